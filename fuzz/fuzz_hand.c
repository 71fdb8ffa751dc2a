/*
 * Hand-written workloads: what loads is sound (patches inside their messages, ascending, of known
 * symbols; requests that decode), and a judge can be made of it; what it depends on lies before it,
 * and a clone's keys go there and back; what does not load says where and why.
 */
#include "config.h"

#include "fuzz/fuzz.h"

#include <stdlib.h>

#include "ir/clone.h"
#include "ir/conflicts.h"
#include "ir/ir_files.h"
#include "ir/judge.h"

static void
require(bool holds)
{
	if (!holds)
		abort();
}

static void
check_event(const struct ir *ir, const struct ir_event *ev)
{
	struct buf scratch = {0};
	size_t end = 0;

	require(ev->conn < ir->meta.n_conns && ev->line != 0);
	require(ir_bytes(ir, ev, &scratch).n == ev->size);
	for (uint32_t i = 0; i < ev->n_patches; i++) {
		const struct ir_patch *p = &ev->patches[i];

		require(p->off >= end && p->off <= ev->size && p->width <= ev->size - p->off);
		require(p->what >= IR_N_SYMBOL_KINDS ||
			(p->number > 0 && p->number <= ir->n_symbols[p->what]));
		end = (size_t)p->off + p->width;
	}
	for (uint32_t i = 0; i < ev->n_after; i++)
		require(ev->after[i] < ir->n_events);
	require(ev->sealed_by <= ir->n_symbols[IR_SESSION]);
	buf_free(&scratch);
}

static void
check_conflicts(const struct ir *ir)
{
	struct conflicts *c;

	require(conflicts_new(ir, &c) == 0);
	for (uint32_t n = 0; n < ir->n_events; n++) {
		struct conflicts_history h[2];
		size_t n_pairs;
		const struct conflict *pairs = conflicts_of(c, n, &n_pairs);

		for (size_t i = 0; i < n_pairs; i++) {
			require(pairs[i].other < n && pairs[i].after < n);
			require(pairs[i].after >= pairs[i].other);
			require(i == 0 || pairs[i].other > pairs[i - 1].other);
		}
		conflicts_received(c, n, h);
		for (int k = 0; k < 2; k++)
			require(h[k].n == 0 || h[k].events[h[k].n - 1] < n);
	}
	conflicts_free(c);
}

static void
check_clone(const struct ir *ir)
{
	uint8_t key[CLONE_KEY] = "a key of 15 let";
	struct buf path = {0};
	struct clone *c;

	require(clone_new(ir, 1, &c) == 0);
	clone_key(c, key);
	clone_key(c, key);
	require(memcmp(key, "a key of 15 let", sizeof(key)) == 0);
	require(clone_path(c, "share", "a\\b.txt", &path) >= 0);
	buf_free(&path);
	clone_free(c);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const struct judge_sink nobody = {0};
	struct judge *judge;
	struct err e = {0};
	struct ir ir;

	if (ir_parse_file("probe.smb", slice_of(data, n), &ir, &e) != 0) {
		require(e.code != 0 && e.text[0] != '\0');
		return 0;
	}
	for (size_t i = 0; i < ir.n_events; i++)
		check_event(&ir, &ir.events[i]);
	require(judge_new(&ir, &nobody, &judge) == 0);
	judge_free(judge);
	check_conflicts(&ir);
	check_clone(&ir);
	ir_free(&ir);
	return 0;
}
