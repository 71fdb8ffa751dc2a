/*
 * state.jsonl, or messages: what can be read, or is implied, can be written, and what was written
 * reads as the same.
 */
#include "config.h"

#include "fuzz/fuzz.h"

#include <stdlib.h>

#include "ir/state_feed.h"
#include "ir/state_out.h"
#include "ir/state_read.h"

#define FRAME 4
#define EVENTS 4096

static struct ir_event events[EVENTS];

static void
require(bool holds)
{
	if (!holds)
		abort();
}

static void
put_all(const struct state *s, struct json_out *out)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct state_entry *e = &s->list[i];

		require(e->kind != STATE_FILE || e->data.n_pieces == 0 || state_size(&e->data) > 0);
		state_put_lines(out, e);
	}
	require(out->b.err == 0);
}

/* A state, its lines, the state that these are, and its lines. */
static void
check_lines(const struct state *s, const struct ir *ir)
{
	struct json_out once = {.comma = false}, twice = {.comma = false};
	struct state again;
	struct err e = {0};

	put_all(s, &once);
	require(state_parse("state", buf_slice(&once.b), ir, &again, &e) == 0);
	put_all(&again, &twice);
	require(again.n == s->n && slice_eq(buf_slice(&once.b), buf_slice(&twice.b)));
	state_free(&again);
	buf_free(&once.b);
	buf_free(&twice.b);
}

/* Messages behind a byte each, whose lowest bit says that the server sent it; their frame headers
 * say how long they are. */
static void
feed(struct state_feed *f, struct slice data, size_t pos)
{
	struct state_message m = {.server = "s"};

	for (; m.event < EVENTS && pos < data.n && FRAME < data.n - pos; m.event++) {
		size_t n = FRAME + (size_t)wire_be(data.p + pos + 2, 3);
		struct ir_extent at = {.off = pos + 1};

		m.response = (data.p[pos] & 1) != 0;
		m.conn = data.p[pos] >> 7;
		m.bytes = slice_of(data.p + pos + 1, n < data.n - pos - 1 ? n : data.n - pos - 1);
		at.len = (uint32_t)m.bytes.n;
		m.extents = &at;
		m.n_extents = 1;
		require(state_feed(f, &m) == 0);
		pos += 1 + m.bytes.n;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct ir ir = {.events = events, .n_events = EVENTS, .data = data, .data_len = n};
	struct state_feed *f = NULL;
	struct state s;
	struct err e = {0};

	if (n > 0 && data[0] == '{') {
		if (state_parse("state", slice_of(data, n), &ir, &s, &e) == 0)
			check_lines(&s, &ir);
		else
			require(e.code != 0 && e.text[0] != '\0');
		state_free(&s);
		return 0;
	}
	require(state_feed_new(&f) == 0);
	feed(f, slice_of(data, n), 0);
	require(state_feed_end(f, &s) == 0);
	check_lines(&s, &ir);
	state_free(&s);
	state_feed_free(f);
	return 0;
}
