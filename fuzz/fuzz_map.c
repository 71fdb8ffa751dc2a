/*
 * A map and a message: what loads can be applied, whatever the message holds; a relaid message has
 * as many PDUs, what was put in stands in it, and every other byte that differs is in the changes.
 */
#include "config.h"

#include "fuzz/fuzz.h"

#include <stdlib.h>

#include "ir/mapper.h"

#define FRAME 4

static void
require(bool holds)
{
	if (!holds)
		abort();
}

static size_t
count(struct slice message, bool *broken)
{
	struct smb2_chain c = smb2_chain_init(message);
	struct slice s;
	size_t n = 0;

	while (smb2_chain_next(&c, &s))
		n++;
	*broken = c.broken;
	return n;
}

/* Bytes outside of the changes are the recorded ones. */
static void
check_changes(struct slice was, struct slice is, const struct mapper_edits *edits,
	      const struct smb2_changes *changes)
{
	size_t done = 0, moved = 0;

	for (size_t i = 0; i < changes->n; i++) {
		const struct smb2_change *c = &changes->list[i];

		if (c->off < done)
			continue;
		require(slice_eq(slice_sub(was, done, c->off - done),
				 slice_sub(is, done + moved, c->off - done)));
		if (c->kind == SMB2_CHANGE_EDIT) {
			struct slice fresh = edits->list[c->edit].fresh;

			require(slice_eq(slice_sub(is, c->off + moved, fresh.n), fresh));
		}
		done = c->off + c->was;
		moved += c->is - c->was;
	}
	require(was.n + moved == is.n);
	require(slice_eq(slice_sub(was, done, was.n - done),
			 slice_sub(is, done + moved, is.n - done - moved)));
}

static void
check_message(struct mapper *m, struct slice message)
{
	struct smb2_changes changes = {.n = 0};
	struct mapper_edits edits = {.n = 0};
	struct buf out = {0}, again = {0};
	bool broken;
	size_t n = count(message, &broken);

	require(mapper_request(m, 0, message, &edits) == 0);
	mapper_edits_sort(&edits);
	if (edits.n > 0 && !broken &&
	    smb2_relay(message, edits.list, edits.n, &out, &changes, NULL) == 0) {
		require(count(buf_slice(&out), &broken) == n && !broken);
		check_changes(message, buf_slice(&out), &edits, &changes);
	}
	require(mapper_path(m, 0, slice_sub(message, 0, message.n & ~(size_t)1), &again) == 0);
	buf_free(&again);
	buf_free(&out);
	smb2_changes_free(&changes);
	mapper_edits_free(&edits);
}

/* A map, a NUL, and a message behind its frame header. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const uint8_t *end = n > 0 ? memchr(data, 0, n) : NULL;
	size_t text = end != NULL ? (size_t)(end - data) : n;
	struct ir_event event = {.kind = IR_SEND};
	struct ir ir = {.events = &event, .n_events = 1};
	struct mapper_options opt = {.server = "live", .share = ""};
	struct buf message = {0};
	struct mapper *m = NULL;
	struct map *map = NULL;
	struct err e = {0};

	if (map_parse("m", slice_of(data, text), &map, &e) != 0) {
		require(e.code != 0 && e.text[0] != '\0');
		return 0;
	}
	buf_be(&message, FRAME, n - text > 0 ? n - text - 1 : 0);
	if (end != NULL)
		buf_add(&message, end + 1, n - text - 1);
	event.size = (uint32_t)message.n;
	event.own = message.p;
	opt.map = map;
	require(message.err == 0 && mapper_new(&ir, &opt, &m) == 0);
	check_message(m, buf_slice(&message));
	mapper_free(m);
	map_free(map);
	buf_free(&message);
	return 0;
}
