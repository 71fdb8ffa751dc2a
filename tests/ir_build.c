/* Puts workloads together in memory, for tests. */
#include "config.h"

#include "tests/ir_build.h"

#include <stdlib.h>

void
ir_build_init(struct ir_build *b)
{
	for (size_t i = 0; i < IR_BUILD_CONNS; i++)
		b->conns[i] = (struct ir_conn){"127.0.0.1:5000", "127.0.0.2:445", true};
	b->ir.events = b->events;
	b->ir.meta.conns = b->conns;
	b->ir.meta.n_conns = IR_BUILD_CONNS;
}

void
ir_build_free(struct ir_build *b)
{
	buf_free(&b->data);
}

uint32_t
ir_build_event(struct ir_build *b, enum ir_kind kind, uint32_t conn, struct slice bytes)
{
	uint32_t n = (uint32_t)b->ir.n_events++;
	struct ir_event *ev = &b->events[n];

	if (n == IR_BUILD_EVENTS)
		abort();
	b->extents[n] = (struct ir_extent){b->data.n, (uint32_t)bytes.n};
	buf_add(&b->data, bytes.p, bytes.n);
	if (b->data.err != 0)
		abort();
	b->ir.data = b->data.p;
	b->ir.data_len = b->data.n;
	*ev = (struct ir_event){.kind = (uint8_t)kind, .conn = conn, .size = (uint32_t)bytes.n};
	ev->t_first = ev->t_last = n * 1000000u;
	ev->frame_first = ev->frame_last = n + 1;
	ev->extents = &b->extents[n];
	ev->n_extents = bytes.n > 0;
	ev->patches = &b->patches[b->n_patches];
	return n;
}

void
ir_build_patch(struct ir_build *b, uint32_t off, uint32_t width, enum ir_what what, uint32_t number)
{
	if (b->n_patches == IR_BUILD_PATCHES)
		abort();
	b->patches[b->n_patches++] = (struct ir_patch){
		.off = off, .width = width, .number = number, .what = (uint8_t)what};
	b->events[b->ir.n_events - 1].n_patches++;
	if (what < IR_N_SYMBOL_KINDS && number > b->ir.n_symbols[what])
		b->ir.n_symbols[what] = number;
}
