/* The workload in memory: names, the bytes of an event, release. */
#include "config.h"

#include "ir/ir.h"

#include <sys/mman.h>

#include "ir/ir_files.h"
#include "proto/smb2_pdu.h"
#include "proto/smb2_set.h"

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

uint32_t
ir_patch_from(const struct ir_event *ev, size_t off)
{
	uint32_t lo = 0, hi = ev->n_patches;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (ev->patches[mid].off < off)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

const struct ir_patch *
ir_patch_in(const struct ir_event *ev, enum ir_what what, size_t off, size_t n)
{
	for (uint32_t i = ir_patch_from(ev, off); i < ev->n_patches && ev->patches[i].off - off < n;
	     i++)
		if (ev->patches[i].what == what)
			return &ev->patches[i];
	return NULL;
}

uint32_t
ir_symbol_in(const struct ir_event *ev, enum ir_what what, size_t off, size_t n)
{
	const struct ir_patch *p = ir_patch_in(ev, what, off, n);

	return p != NULL ? p->number : 0;
}

size_t
ir_wire_size(const struct ir_event *ev)
{
	return ((ev->layers & IR_COMPRESSED) != 0 ? ev->packed.n : ev->size) +
	       ((ev->layers & IR_SEALED) != 0 ? IR_SEAL_HEADER : 0);
}

struct slice
ir_recorded(const struct ir *ir, const struct ir_event *ev, struct buf *scratch)
{
	buf_reset(scratch);
	if (ev->size == 0)
		return (struct slice){0};
	if (ev->own != NULL)
		return slice_of(ev->own, ev->size);
	if (ev->n_extents == 1)
		return slice_of(ir->data + ev->extents[0].off, ev->extents[0].len);
	for (uint32_t i = 0; i < ev->n_extents; i++)
		buf_add(scratch, ir->data + ev->extents[i].off, ev->extents[i].len);
	return scratch->err == 0 ? buf_slice(scratch) : (struct slice){0};
}

uint32_t
ir_line(const struct ir *ir, uint64_t event)
{
	return ir->events[event].line != 0 ? ir->events[event].line : (uint32_t)event + 1;
}

bool
ir_bytes_are(const struct ir *ir, const struct ir_event *ev, size_t off, struct slice bytes)
{
	if (ev->own != NULL && ev->n_sets == 0)
		return slice_eq(slice_sub(slice_of(ev->own, ev->size), off, bytes.n), bytes);
	for (uint32_t i = 0; ev->n_sets == 0 && bytes.n > 0 && i < ev->n_extents; i++) {
		const struct ir_extent *x = &ev->extents[i];
		size_t n = off < x->len ? x->len - off : 0;

		if (n > bytes.n)
			n = bytes.n;
		if (n > 0 && memcmp(ir->data + x->off + off, bytes.p, n) != 0)
			return false;
		bytes = slice_sub(bytes, n, bytes.n - n);
		off = n > 0 ? 0 : off - x->len;
	}
	return ev->n_sets == 0 && bytes.n == 0;
}

/* The PDU with that number in a plain message; an empty slice where there is none. */
static struct slice
find_pdu(struct slice message, uint32_t index)
{
	struct smb2_chain c = smb2_chain_init(message);
	struct slice pdu = {0};

	if (smb2_msg_kind(message) != SMB2_MSG_PLAIN)
		return pdu;
	for (uint32_t i = 0; smb2_chain_next(&c, &pdu); i++)
		if (i == index)
			return pdu;
	return (struct slice){0};
}

int
ir_apply_sets(const struct ir_event *ev, uint8_t *bytes, size_t n, struct err *e)
{
	for (uint32_t i = 0; i < ev->n_sets; i++) {
		const struct ir_set *s = &ev->sets[i];
		struct slice pdu = find_pdu(slice_of(bytes, n), s->pdu);
		int r;

		if (pdu.n == 0)
			return err_set(e, ERR_NOTFOUND, "%s: there is no PDU %u", s->path, s->pdu);
		r = smb2_set_field(bytes + (pdu.p - bytes), pdu.n, s->path, s->value, e);
		if (r != 0)
			return r;
	}
	return 0;
}

struct slice
ir_bytes(const struct ir *ir, const struct ir_event *ev, struct buf *scratch)
{
	struct slice s = ir_recorded(ir, ev, scratch);

	if (ev->n_sets == 0 || scratch->err != 0)
		return s;
	if (scratch->n == 0)
		buf_add(scratch, s.p, s.n);
	/* ir_load has seen that the edits hold. */
	if (scratch->err == 0 && ir_apply_sets(ev, scratch->p, scratch->n, NULL) != 0)
		scratch->err = ERR_INTERNAL;
	return scratch->err == 0 ? buf_slice(scratch) : (struct slice){0};
}
