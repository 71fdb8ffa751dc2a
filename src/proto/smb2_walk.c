/*
 * For each field of a PDU: the walk that printing, comparison and mutation share, and its short cut
 * to symbols.
 */
#include "config.h"

#include "proto/smb2_elems.h"
#include "proto/smb2_pdu.h"

/* More than the V rows of any structure, plus its fixed part; a test counts them. */
#define EXTENTS_MAX 8

struct walk {
	const struct smb2_visitor *v;
	const uint8_t *base; /* item offsets count from here */
	struct smb2_view view;
};

/* A structure where it lies. */
struct place {
	const struct smb2_def *def;
	struct slice origin; /* bounds it */
	size_t pos;
	const void *in;
};

/* Described ranges of a structure, from its origin's start. */
struct extents {
	size_t n;
	struct {
		size_t start, end;
	} at[EXTENTS_MAX];
};

static void
extents_add(struct extents *x, size_t start, size_t len)
{
	size_t i = x->n;

	if (len == 0 || x->n == EXTENTS_MAX)
		return;
	for (; i > 0 && x->at[i - 1].start > start; i--)
		x->at[i] = x->at[i - 1];
	x->at[i].start = start;
	x->at[i].end = start + len;
	x->n++;
}

static int
give_leaf(const struct walk *w, const struct smb2_item *it)
{
	return w->v->leaf != NULL ? w->v->leaf(w->v->ctx, it) : 0;
}

static int
give_gap(const struct walk *w, struct slice s)
{
	const char *name = smb2_is_padding(s) ? "padding" : "unexplained";

	if (s.n == 0)
		return 0;
	return give_leaf(w, &(struct smb2_item){.name = name,
						.off = (size_t)(s.p - w->base),
						.len = s.n,
						.bytes = s,
						.element = -1});
}

/* Give what no row describes from the structure's start to the end of what bounds it. */
static int
give_gaps(const struct walk *w, const struct place *at, const struct extents *x)
{
	size_t done = at->pos;
	int r;

	for (size_t i = 0; i < x->n; i++) {
		if (x->at[i].start > done) {
			r = give_gap(w, slice_sub(at->origin, done, x->at[i].start - done));
			if (r != 0)
				return r;
		}
		if (x->at[i].end > done)
			done = x->at[i].end;
	}
	return give_gap(w, slice_sub(at->origin, done, at->origin.n - done));
}

/* Is `name` that of the length of `of`? */
static bool
is_length_of(const char *name, const char *of)
{
	size_t n = strlen(of);

	return strncmp(name, of, n) == 0 && strcmp(name + n, "_length") == 0;
}

/*
 * Of a text field of fixed width what is text: as many bytes as a field before it says, or up to
 * the first zero. What is behind may be anything: Windows does not clear it.
 */
static struct slice
fixed_text(const struct place *at, const struct smb2_row *row, const uint8_t *p)
{
	size_t n = 0;

	for (const struct smb2_row *r = at->def->rows; r < row; r++) {
		uint64_t length = smb2_get(r, at->in);

		if (is_length_of(r->name, row->name))
			return slice_of(p, length < row->width ? (size_t)length : row->width);
	}
	while (n + 2 <= row->width && wire_le(p + n, 2) != 0)
		n += 2;
	return slice_of(p, n);
}

static struct smb2_item
fixed_item(const struct walk *w, const struct place *at, const struct smb2_row *row)
{
	const uint8_t *p = at->origin.p + at->pos + row->wire;
	struct smb2_item it = {
		.def = at->def,
		.row = row,
		.name = row->name,
		.off = (size_t)(p - w->base),
		.len = row->width,
		.value = smb2_get(row, at->in),
		.bytes = row->kind >= SMB2_GUID ? slice_of(p, row->width) : (struct slice){0},
		.element = -1,
	};

	if (row->kind == SMB2_T24 || row->kind == SMB2_T68) {
		it.bytes = fixed_text(at, row, p);
		it.cut = SMB2_CUT_TEXT;
	}
	return it;
}

static struct smb2_item
var_item(const struct walk *w, const struct place *at, const struct smb2_row *row)
{
	struct slice s = smb2_get_bytes(row, at->in);
	const uint8_t *p = s.n > 0 ? s.p : at->origin.p + at->pos + at->def->fixed;

	return (struct smb2_item){
		.def = at->def,
		.row = row,
		.name = row->name,
		.off = (size_t)(p - w->base),
		.len = s.n,
		.bytes = s,
		.element = -1,
	};
}

static int
give_numbers(const struct walk *w, const struct smb2_item *whole, size_t width, enum smb2_cut cut)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < whole->len / width; i++) {
		struct smb2_item it = *whole;

		it.off += width * i;
		it.len = width;
		it.bytes = slice_of(whole->bytes.p + width * i, width);
		it.value = wire_le(it.bytes.p, width);
		it.element = (int)i;
		it.cut = cut;
		r = give_leaf(w, &it);
	}
	return r;
}

static int walk_place(const struct walk *w, const struct place *at);

static int
give_element(const struct walk *w, const struct smb2_item *row, const struct smb2_elems *it,
	     const struct smb2_elem *e)
{
	struct place at = {.def = it->def, .origin = e->bytes, .in = &e->any};
	struct smb2_item item = *row;
	int r = 0;

	item.def = it->def;
	item.off = (size_t)(e->bytes.p - w->base);
	item.len = e->bytes.n;
	item.bytes = e->bytes;
	item.element = e->index;
	if (w->v->enter != NULL)
		r = w->v->enter(w->v->ctx, &item);
	if (r == 0)
		r = walk_place(w, &at);
	if (r == 0 && w->v->leave != NULL)
		r = w->v->leave(w->v->ctx, &item);
	return r;
}

/* The structures of a V row; its bytes as they are where not even the first can be decoded. */
static int
give_structures(const struct walk *w, const struct place *at, const struct smb2_item *row)
{
	struct smb2_elems it = smb2_elems_view(row->row, at->in, w->view);
	struct smb2_elem e;
	size_t done = 0;
	int r = 0;

	if (row->len == 0)
		return row->row->asked ? give_leaf(w, row) : 0;
	while (r == 0 && smb2_elems_next(&it, &e)) {
		size_t start = (size_t)(e.bytes.p - it.all.p);

		r = give_gap(w, slice_sub(it.all, done, start - done));
		if (r == 0)
			r = give_element(w, row, &it, &e);
		done = start + e.bytes.n;
	}
	if (r != 0)
		return r;
	if (done == 0)
		return give_leaf(w, row);
	return give_gap(w, slice_sub(it.all, done, it.all.n - done));
}

/* Exactly one SID? */
static bool
is_sid(struct slice s)
{
	struct dtyp_sid sid;
	size_t end;

	return smb2_decode(&smb2_defs[SMB2_DEF_dtyp_sid], s, 0, &sid, &end) == 0 && end == s.n;
}

static int
give_var(const struct walk *w, const struct place *at, const struct smb2_row *row)
{
	struct smb2_item it = var_item(w, at, row);

	switch (smb2_contents[row->content].cut) {
	case SMB2_CUT_U16S:
		return give_numbers(w, &it, 2, SMB2_CUT_U16S);
	case SMB2_CUT_U32S:
		return give_numbers(w, &it, 4, SMB2_CUT_U32S);
	case SMB2_CUT_SID:
		it.cut = is_sid(it.bytes) ? SMB2_CUT_SID : SMB2_CUT_NONE;
		return give_leaf(w, &it);
	case SMB2_CUT_TEXT:
		it.cut = SMB2_CUT_TEXT;
		return give_leaf(w, &it);
	case SMB2_CUT_NONE:
		return give_leaf(w, &it);
	case SMB2_CUT_ONE:
	case SMB2_CUT_ARRAY:
	case SMB2_CUT_NEXT:
	case SMB2_CUT_LIST8:
		return give_structures(w, at, &it);
	}
	return 0;
}

static int
walk_place(const struct walk *w, const struct place *at)
{
	struct extents x = {0};
	int r = 0;

	extents_add(&x, at->pos, at->def->fixed);
	for (size_t i = 0; r == 0 && i < at->def->n_rows; i++) {
		const struct smb2_row *row = &at->def->rows[i];

		if (i < at->def->n_fixed) {
			struct smb2_item it = fixed_item(w, at, row);

			r = give_leaf(w, &it);
			continue;
		}
		struct slice s = smb2_get_bytes(row, at->in);
		if (s.n > 0)
			extents_add(&x, (size_t)(s.p - at->origin.p), s.n);
		r = give_var(w, at, row);
	}
	return r != 0 ? r : give_gaps(w, at, &x);
}

int
smb2_walk_header(const struct smb2_pdu *pdu, const struct smb2_visitor *v)
{
	struct walk w = {.v = v, .base = pdu->bytes.p, .view = smb2_pdu_view(pdu)};
	struct place at = {.def = pdu->hdr_def,
			   .origin = slice_sub(pdu->bytes, 0, SMB2_HEADER),
			   .in = &pdu->h};

	return walk_place(&w, &at);
}

int
smb2_walk_body(const struct smb2_pdu *pdu, const struct smb2_visitor *v)
{
	struct walk w = {.v = v, .base = pdu->bytes.p, .view = smb2_pdu_view(pdu)};
	struct place at = {
		.def = pdu->body_def, .origin = pdu->bytes, .pos = SMB2_HEADER, .in = &pdu->body};

	if (pdu->body_def == NULL)
		return give_gap(&w, slice_sub(pdu->bytes, SMB2_HEADER, pdu->bytes.n - SMB2_HEADER));
	return walk_place(&w, &at);
}

int
smb2_walk_struct(const struct smb2_def *def, struct slice origin, size_t pos, const void *in,
		 bool response, const struct smb2_visitor *v)
{
	struct walk w = {.v = v, .base = origin.p, .view = {.response = response}};
	struct place at = {.def = def, .origin = origin, .pos = pos, .in = in};

	return walk_place(&w, &at);
}

/* What has been found, and room for more. */
struct finds {
	struct smb2_item *out;
	size_t n, max;
};

static void
find_in(const struct walk *w, const struct place *at, struct finds *f)
{
	const struct smb2_row *end = at->def->rows + at->def->n_rows;
	unsigned direction = w->view.response ? SMB2_DIR_RESPONSE : SMB2_DIR_REQUEST;
	struct smb2_elem e;

	for (const struct smb2_row *row = at->def->rows; row < end; row++) {
		if (!row->symbol || f->n == f->max)
			continue;
		if (row->kind != SMB2_VAR) {
			f->out[f->n++] = fixed_item(w, at, row);
			continue;
		}
		if ((smb2_contents[row->content].symbols & direction) == 0)
			continue;
		struct smb2_elems it = smb2_elems_view(row, at->in, w->view);
		if (it.def == NULL || !it.def->symbols)
			continue;
		while (smb2_elems_next(&it, &e))
			find_in(w, &(struct place){.def = it.def, .origin = e.bytes, .in = &e.any},
				f);
	}
}

size_t
smb2_find_symbols(const struct smb2_pdu *pdu, struct smb2_item *out, size_t max)
{
	struct walk w = {.base = pdu->bytes.p, .view = {.response = pdu->response}};
	struct place at = {.def = pdu->hdr_def, .origin = pdu->bytes, .in = &pdu->h};
	struct finds f = {.out = out, .max = max};

	find_in(&w, &at, &f);
	if (pdu->body_def != NULL && pdu->body_def->symbols) {
		at = (struct place){pdu->body_def, pdu->bytes, SMB2_HEADER, &pdu->body};
		find_in(&w, &at, &f);
	}
	return f.n;
}
