/*
 * Workloads: what loads is written, loads again, and is the same; a part that is cut out of it
 * loads, too, and so does what it is anonymized; it can be exported, to a capture that can be read
 * to its end; and its latencies can be counted. The input is workload.json, a zero byte,
 * messages.jsonl, a zero byte, data.bin.
 */
#include "config.h"

#include "fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "anonymize/anonymize.h"
#include "compile/capture.h"
#include "export/export.h"
#include "ir/cut.h"
#include "ir/ir.h"
#include "ir/ir_files.h"
#include "ir/latency.h"
#include "ir/state_feed.h"

static char dir[] = "/tmp/smbench-fuzz-XXXXXX";
static char capture[sizeof(dir) + 8];

static void
require(bool holds)
{
	if (!holds)
		abort();
}

static void
remove_dir(void)
{
	(void)rmdir(dir);
}

/* What stands before the next zero byte, which is passed over. */
static struct slice
next_part(struct slice *left)
{
	const uint8_t *zero = left->n > 0 ? memchr(left->p, 0, left->n) : NULL;
	struct slice part = slice_of(left->p, zero != NULL ? (size_t)(zero - left->p) : left->n);
	size_t skip = part.n + (zero != NULL);

	*left = slice_of(left->p + skip, left->n - skip);
	return part;
}

static bool
same_event(const struct ir *a, const struct ir *b, size_t i)
{
	const struct ir_event *x = &a->events[i], *y = &b->events[i];
	struct buf bx = {0}, by = {0}, lx = {0}, ly = {0};
	/* Lines without places in data.bin, which a writer chooses. */
	const struct ir_stored nowhere = {0};
	char *px = (char *)buf_reserve(&lx, ir_line_bound(x, NULL));
	char *py = (char *)buf_reserve(&ly, ir_line_bound(y, NULL));
	bool same;

	require(px != NULL && py != NULL);
	lx.n = (size_t)(ir_format_line(i, x, &nowhere, NULL, px) - px);
	ly.n = (size_t)(ir_format_line(i, y, &nowhere, NULL, py) - py);
	ir_format_sets(x, &lx);
	ir_format_sets(y, &ly);
	ir_format_marks(x, &lx);
	ir_format_marks(y, &ly);
	same = slice_eq(buf_slice(&lx), buf_slice(&ly)) &&
	       slice_eq(ir_recorded(a, x, &bx), ir_recorded(b, y, &by)) &&
	       slice_eq(ir_bytes(a, x, &bx), ir_bytes(b, y, &by)) && slice_eq(x->packed, y->packed);
	buf_free(&lx);
	buf_free(&ly);
	buf_free(&bx);
	buf_free(&by);
	return same;
}

static void
save(const struct ir *ir)
{
	struct ir_writer *w;
	struct buf scratch = {0};
	struct err e = {0};

	require(ir_writer_open(dir, true, &w, &e) == 0);
	for (size_t i = 0; i < ir->n_events; i++) {
		struct slice s = ir_recorded(ir, &ir->events[i], &scratch);

		require(ir_writer_event(w, &ir->events[i], s, s, NULL, &e) == 0);
	}
	require(ir_writer_close(w, &ir->meta, &e) == 0);
	buf_free(&scratch);
}

static void
check_saved(const struct ir *ir)
{
	struct buf a = {0}, b = {0};
	struct err e = {0};
	struct ir again;

	require(ir_load(dir, &again, &e) == 0);
	require(again.n_events == ir->n_events);
	require(memcmp(again.n_symbols, ir->n_symbols, sizeof(ir->n_symbols)) == 0);
	for (size_t i = 0; i < ir->n_events; i++)
		require(same_event(ir, &again, i));
	ir_format_meta(&ir->meta, &a);
	ir_format_meta(&again.meta, &b);
	require(slice_eq(buf_slice(&a), buf_slice(&b)));
	buf_free(&a);
	buf_free(&b);
	ir_free(&again);
}

/* A third of the events, cut out with what it needs: it loads. */
static void
check_cut(const struct ir *ir, uint64_t seed)
{
	const struct cut_range middle = {ir->n_events / 3, ir->n_events / 3 * 2};
	const struct cut_options opt = {.numbers = {&middle, 1},
					.to = UINT64_MAX,
					.history = (seed & 1) != 0,
					.keep_times = (seed & 2) != 0,
					.command_line = "cut"};
	struct cut_result result;
	struct ir_writer *w;
	struct err e = {0};
	struct ir part;
	int r;

	require(ir_writer_open(dir, true, &w, &e) == 0);
	r = cut_workload(ir, &opt, w, &result, &e);
	if (r != 0) {
		require(r == ERR_NOTFOUND || r == ERR_USAGE || r == ERR_LIMIT);
		require(e.text[0] != '\0');
		return;
	}
	require(ir_load(dir, &part, &e) == 0);
	require(result.kept <= result.messages && result.asked <= result.kept);
	ir_free(&part);
}

/* Anonymized it has as many events, as long as they were. */
static void
check_anonymized(const struct ir *ir)
{
	static const struct anon_key key;
	struct anon_options opt = {.key = &key};
	static struct anon_result result;
	struct ir_writer *w;
	struct err e = {0};
	struct state state, saved;
	struct ir again;
	int r;

	require(state_derive(ir, &state) == 0);
	/* Of every other entry a hand says something else. */
	for (size_t i = 0; i < state.n; i += 2)
		if (state.list[i].kind != STATE_ABSENT)
			state.list[i].attributes ^= 0x20;
	state.data = slice_of(ir->data, ir->data_len);
	opt.state = &state;
	require(ir_writer_open(dir, true, &w, &e) == 0);
	r = anonymize_workload(ir, &opt, w, &result, &e);
	if (r != 0) {
		require(r == ERR_USAGE && ir->meta.run);
		state_free(&state);
		return;
	}
	require(ir_load(dir, &again, &e) == 0);
	require(again.n_events == ir->n_events);
	for (size_t i = 0; i < ir->n_events; i++)
		require(again.events[i].size == ir->events[i].size);
	require(state_load(dir, &again, &saved, &e) == 0);
	require(!saved.derived && saved.n == state.n);
	state_free(&saved);
	state_free(&state);
	ir_free(&again);
}

static int
on_message(void *ctx, const struct cap_message *m)
{
	(void)ctx;
	(void)m;
	return 0;
}

static int
on_event(void *ctx, const struct cap_event *e)
{
	(void)ctx;
	(void)e;
	return 0;
}

static void
check_export(const struct ir *ir)
{
	const struct cap_sink sink = {.message = on_message, .event = on_event};
	const struct cap_options opt = {0};
	struct cap_input input = {.path = capture};
	struct export_result result;
	struct cap_totals totals;
	struct err e = {0};

	require(export_workload(ir, capture, &result, &e) == 0);
	require(capture_read(&input, 1, &opt, &sink, &totals, &e) == 0);
	require(totals.packets == result.packets && totals.bad_packets == 0 &&
		totals.not_ip + totals.not_tcp == 0);
	require(unlink(capture) == 0);
}

/* Of a run of it: what was not recorded has no time at which it was due. */
static void
check_latency(const struct ir *ir)
{
	struct latency all, due;

	require(latency_of(ir, &all) == 0 && latency_since_due(ir, ir, 1, &due) == 0);
	for (size_t i = 0; i < SMB2_N_COMMANDS; i++)
		for (size_t k = 0; k < LATENCY_SIZES; k++)
			require(due.all[i][k].n <= all.all[i][k].n);
	latency_free(&all);
	latency_free(&due);
}

static void
remove_files(void)
{
	struct ir_writer *w;

	/* A workload that is opened for writing and given up leaves an empty directory. */
	if (ir_writer_open(dir, true, &w, NULL) == 0)
		ir_writer_abandon(w);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static bool made;
	struct slice left = slice_of(data, n);
	struct ir_text text = {.dir = "w"};
	struct err e = {0};
	struct ir ir;

	if (!made) {
		require(mkdtemp(dir) != NULL && atexit(remove_dir) == 0);
		(void)snprintf(capture, sizeof(capture), "%s/pcapng", dir);
		made = true;
	}
	text.meta = next_part(&left);
	text.messages = next_part(&left);
	text.data = left;
	if (ir_parse(&text, &ir, &e) != 0) {
		require(e.code != 0 && e.text[0] != '\0');
		return 0;
	}
	save(&ir);
	check_saved(&ir);
	check_cut(&ir, n);
	check_anonymized(&ir);
	remove_files();
	check_export(&ir);
	check_latency(&ir);
	ir_free(&ir);
	return 0;
}
