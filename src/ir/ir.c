/* The workload in memory: names, the bytes of an event, release. */
#include "config.h"

#include "ir/ir.h"

#include <sys/mman.h>

#define KIND_NAME(name, text) text,
const char *const ir_kind_names[IR_N_KINDS] = {IR_KINDS(KIND_NAME)};
#undef KIND_NAME

#define WHAT_NAME(name, text, width) text,
const char *const ir_what_names[IR_N_WHATS] = {IR_WHATS(WHAT_NAME)};
#undef WHAT_NAME

#define WHAT_WIDTH(name, text, width) width,
const uint8_t ir_what_widths[IR_N_WHATS] = {IR_WHATS(WHAT_WIDTH)};
#undef WHAT_WIDTH

void
ir_free(struct ir *ir)
{
	if (ir->mapped > 0)
		(void)munmap((void *)(uintptr_t)ir->data, ir->mapped);
	arena_free(&ir->arena);
	*ir = (struct ir){0};
}

struct slice
ir_recorded(const struct ir *ir, const struct ir_event *ev, struct buf *scratch)
{
	buf_reset(scratch);
	if (ev->n_extents == 1)
		return slice_of(ir->data + ev->extents[0].off, ev->extents[0].len);
	for (uint32_t i = 0; i < ev->n_extents; i++)
		buf_add(scratch, ir->data + ev->extents[i].off, ev->extents[i].len);
	return scratch->err == 0 ? buf_slice(scratch) : (struct slice){0};
}

struct slice
ir_bytes(const struct ir *ir, const struct ir_event *ev, struct buf *scratch)
{
	return ir_recorded(ir, ev, scratch);
}
