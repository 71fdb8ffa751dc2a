/* Symbols of a workload while it is played. */
#include "config.h"

#include "ir/symbols.h"

#include <stdlib.h>

#define RPC_HEADER 24 /* of a response */
#define RPC_STATUS 4
#define MAX_FIELDS 512 /* of a PDU; what lies behind them is not found */

struct symbol {
	uint8_t state; /* enum judge_symbol */
	uint32_t width;
	uint8_t value[IR_MAX_SYMBOL_WIDTH];
	uint8_t *wide; /* owned: a value that is wider */
};

int
symbols_new(const struct ir *ir, struct symbols *out)
{
	int r = 0;

	*out = (struct symbols){0};
	for (size_t k = 0; r == 0 && k < IR_N_SYMBOL_KINDS; k++) {
		r = ir_index_new(ir, (enum ir_what)k, &out->index[k]);
		if (r == 0)
			out->list[k] = calloc((size_t)out->index[k].n + 1, sizeof(*out->list[k]));
		if (r == 0 && out->list[k] == NULL)
			r = ERR_NOMEM;
	}
	return r;
}

void
symbols_free(struct symbols *s)
{
	for (size_t k = 0; k < IR_N_SYMBOL_KINDS; k++) {
		for (uint32_t i = 0; s->list[k] != NULL && i <= s->index[k].n; i++)
			free(s->list[k][i].wide);
		free(s->list[k]);
		ir_index_free(&s->index[k]);
	}
	*s = (struct symbols){0};
}

static struct symbol *
symbol_of(const struct symbols *s, enum ir_what what, uint32_t number)
{
	return &s->list[what][ir_index_at(&s->index[what], number)];
}

enum judge_symbol
symbols_get(const struct symbols *s, enum ir_what what, uint32_t number, struct slice *value)
{
	const struct symbol *y = symbol_of(s, what, number);

	*value = y->state == JUDGE_DEFINED
			 ? slice_of(y->wide != NULL ? y->wide : y->value, y->width)
			 : (struct slice){0};
	return (enum judge_symbol)y->state;
}

int
symbols_set(struct symbols *s, enum ir_what what, uint32_t number, struct slice value)
{
	struct symbol *y = symbol_of(s, what, number);
	uint8_t *wide = NULL;

	if (value.n > sizeof(y->value)) {
		wide = malloc(value.n);
		if (wide == NULL)
			return ERR_NOMEM;
	}
	s->changes += y->state == JUDGE_DEFINED;
	free(y->wide);
	y->wide = wide;
	memcpy(wide != NULL ? wide : y->value, value.p, value.n);
	y->width = (uint32_t)value.n;
	y->state = JUDGE_DEFINED;
	return 0;
}

void
symbols_fail(struct symbols *s, enum ir_what what, uint32_t number, bool anyway)
{
	struct symbol *y = symbol_of(s, what, number);

	s->changes += anyway && y->state == JUDGE_DEFINED;
	if (anyway || y->state == JUDGE_UNDEFINED)
		y->state = JUDGE_FAILED;
}

struct slice
symbols_in(const struct smb2_pdu *live, enum ir_what what, unsigned k)
{
	static const uint8_t roles[IR_N_SYMBOL_KINDS] = {
		[IR_SESSION] = SMB2_SESSION_ID, [IR_TREE] = SMB2_TREE_ID,
		[IR_ASYNC] = SMB2_ASYNC_ID,     [IR_OPEN] = SMB2_FILE_ID,
		[IR_RESUME] = SMB2_RESUME_KEY,
	};
	struct smb2_item items[64];
	size_t n = smb2_find_symbols(live, items, sizeof(items) / sizeof(items[0]));

	for (size_t i = 0; i < n; i++)
		if (items[i].row->role == roles[what] &&
		    smb2_defines(live->h.command, roles[what], smb2_is_interim(live)) && k-- == 0)
			return slice_sub(live->bytes, items[i].off, items[i].len);
	return (struct slice){0};
}

/* A field by what it is, wherever it lies. */
struct field {
	const struct smb2_row *row; /* NULL: bytes that no row describes */
	const char *name;
	int element;
	struct slice tag; /* of the CREATE context that it is in */
	unsigned ordinal; /* how many like it precede it */
};

struct search {
	struct field want;
	size_t off, width; /* recorded: what it holds, or where it begins */
	struct slice tag;  /* of the context that the walk is in */
	unsigned seen;     /* fields like it so far */
	unsigned left;     /* fields that may still be looked at */
	struct smb2_item *found;
};

static bool
is_tag(const struct smb2_item *it)
{
	return it->row != NULL && it->def == &smb2_defs[SMB2_DEF_smb2_create_context] &&
	       strcmp(it->name, "name") == 0;
}

static bool
is_field(const struct smb2_item *it, struct slice tag, const struct field *f)
{
	return it->row == f->row && it->element == f->element && slice_eq(tag, f->tag) &&
	       strcmp(it->name, f->name) == 0;
}

/* Ends the walk at the field that holds the recorded bytes. */
static int
find_recorded(void *ctx, const struct smb2_item *it)
{
	struct search *s = ctx;

	if (s->left-- == 0)
		return ERR_LIMIT;
	if (is_tag(it))
		s->tag = it->bytes;
	if (it->off > s->off || s->off - it->off > it->len ||
	    s->width > it->len - (s->off - it->off))
		return 0;
	s->want = (struct field){it->row, it->name, it->element, s->tag, 0};
	*s->found = *it;
	return 1;
}

/* Counts fields like it on the way; ends at the one with its ordinal, or at its offset. */
static int
find_like(void *ctx, const struct smb2_item *it)
{
	struct search *s = ctx;

	if (s->left-- == 0)
		return ERR_LIMIT;
	if (is_tag(it))
		s->tag = it->bytes;
	if (!is_field(it, s->tag, &s->want))
		return 0;
	if (it->off == s->off || s->seen++ == s->want.ordinal) {
		*s->found = *it;
		return 1;
	}
	return 0;
}

/* The walks say by their result whether they ended early. */
static bool
walk(const struct smb2_pdu *pdu, struct search *s,
     int (*leaf)(void *ctx, const struct smb2_item *it))
{
	const struct smb2_visitor v = {.ctx = s, .leaf = leaf};
	int r;

	s->tag = (struct slice){0};
	s->seen = 0;
	s->left = MAX_FIELDS;
	r = smb2_walk_header(pdu, &v);
	if (r == 0)
		r = smb2_walk_body(pdu, &v);
	return r == 1;
}

/* A response of DCE/RPC (C706 12.6.4.10), which is no fault. */
static bool
is_rpc_response(struct slice s)
{
	return s.n > RPC_HEADER && s.p[0] == 5 && s.p[2] == 2;
}

/*
 * Where the live bytes have what the recorded ones have at `in`: as far from their start. But where
 * a response of RPC has another length, and the value is its last one, maybe with a status behind,
 * then as far from the end: what stands before it is a name, say.
 */
static size_t
place_in(struct slice recorded, struct slice live, size_t in, size_t width)
{
	size_t behind = recorded.n - in - width;

	if (recorded.n == live.n || behind > RPC_STATUS || !is_rpc_response(recorded) ||
	    !is_rpc_response(live) || live.n < RPC_HEADER + width + behind)
		return in;
	return live.n - behind - width;
}

struct slice
symbols_value_in(const struct smb2_pdu *live, const struct smb2_pdu *recorded, size_t off,
		 size_t width)
{
	struct smb2_item at, like;
	struct search s = {.off = off, .width = width, .found = &at};
	size_t in;

	if (!walk(recorded, &s, find_recorded))
		return (struct slice){0};
	/* Which of several like it: those before it. */
	s.found = &like;
	s.off = at.off;
	s.want.ordinal = UINT32_MAX;
	(void)walk(recorded, &s, find_like);
	s.want.ordinal = s.seen;
	s.off = SIZE_MAX;
	if (!walk(live, &s, find_like))
		return (struct slice){0};
	in = place_in(slice_sub(recorded->bytes, at.off, at.len),
		      slice_sub(live->bytes, like.off, like.len), off - at.off, width);
	if (like.len < in || width > like.len - in)
		return (struct slice){0};
	return slice_sub(live->bytes, like.off + in, width);
}

int
symbols_mask(const struct ir_event *ev, size_t at, const struct smb2_pdu *recorded,
	     const struct smb2_pdu *live, struct buf *copy, bool *any)
{
	*any = false;
	for (uint32_t i = 0; i < ev->n_patches; i++) {
		const struct ir_patch *p = &ev->patches[i];
		struct slice was, is;

		if (p->what != IR_VALUE || p->off < at)
			continue;
		was = slice_sub(recorded->bytes, p->off - at, p->width);
		if (was.n == 0)
			break; /* in the next PDU */
		is = symbols_value_in(live, recorded, p->off - at, p->width);
		if (is.n == 0)
			continue;
		if (!*any) {
			buf_reset(copy);
			buf_add(copy, live->bytes.p, live->bytes.n);
			if (copy->err != 0)
				return copy->err;
		}
		*any = true;
		memcpy(copy->p + (is.p - live->bytes.p), was.p, was.n);
	}
	return 0;
}
