/*
 * Hand-written workloads: what loads is sound (patches inside their messages, ascending, of known
 * symbols; requests that decode), and a judge can be made of it; what does not says where and why.
 */
#include "config.h"

#include "fuzz/fuzz.h"

#include <stdlib.h>

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
	ir_free(&ir);
	return 0;
}
