/* Lists in opened bodies whose elements have names. */
#include "config.h"

#include "ir/listing.h"

#include <stdlib.h>

#include "base/list.h"
#include "base/utf16.h"
#include "proto/smb2_elems.h"

static const struct {
	const char *row, *what;
} kinds[] = {
	{"entries", "entry"},
	{"streams", "stream"},
	{"extended_attributes", "extended attribute"},
};

const char *
listing_what(const struct smb2_row *row)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (smb2_contents[row->content].cut == SMB2_CUT_NEXT &&
		    strcmp(row->name, kinds[i].row) == 0)
			return kinds[i].what;
	return NULL;
}

static const struct smb2_row *
name_row(const struct smb2_def *element)
{
	for (size_t i = element->n_fixed; i < element->n_rows; i++)
		if (element->rows[i].role == SMB2_NAME)
			return &element->rows[i];
	return NULL;
}

struct slice
listing_name(const struct smb2_def *element, const union smb2_any *in)
{
	const struct smb2_row *row = name_row(element);

	return row != NULL ? smb2_get_bytes(row, in) : (struct slice){0};
}

void
listing_put_name(const char *what, const struct smb2_def *element, struct slice name,
		 struct buf *out)
{
	const struct smb2_row *row = name_row(element);

	buf_printf(out, "%s \"", what);
	if (row != NULL && smb2_contents[row->content].cut == SMB2_CUT_TEXT)
		utf16_to_utf8(name, out);
	else
		buf_printf(out, "%.*s", (int)name.n, name.n > 0 ? (const char *)name.p : "");
	buf_printf(out, "\"");
}

void
listing_free(struct listing *l)
{
	free(l->list);
	*l = (struct listing){0};
}

/* The structures in the body's own row, which must be one list. */
static struct smb2_elems
list_in(const struct smb2_elems *body, struct smb2_elem *whole, struct listing *out)
{
	struct smb2_elems it = *body, none = {0};
	const struct smb2_row *row;

	if (it.def == NULL || it.def->n_rows != 1 || !smb2_elems_next(&it, whole))
		return none;
	row = it.def->rows;
	out->what = listing_what(row);
	return out->what != NULL
		       ? smb2_elems_view(row, &whole->any, (struct smb2_view){.response = true})
		       : none;
}

static int
read_elements(struct smb2_elems *it, struct listing *out)
{
	struct smb2_elem e;

	out->def = it->def;
	while (smb2_elems_next(it, &e)) {
		int r = list_room(&out->list, out->n, &out->cap, sizeof(*out->list));

		if (r != 0)
			return r;
		out->list[out->n++] =
			(struct listing_element){listing_name(it->def, &e.any), e.bytes};
	}
	out->broken = !smb2_is_padding(slice_sub(it->all, it->pos, it->all.n - it->pos));
	return 0;
}

int
listing_read(const struct smb2_pdu *pdu, struct listing *out)
{
	const struct smb2_def *def = pdu->body_def;
	struct smb2_elem whole;

	*out = (struct listing){0};
	for (size_t i = def != NULL ? def->n_fixed : 0; def != NULL && i < def->n_rows; i++) {
		struct smb2_elems body =
			smb2_elems_view(&def->rows[i], &pdu->body, smb2_pdu_view(pdu));
		struct smb2_elems it;

		if (def->rows[i].role != SMB2_BODY)
			continue;
		it = list_in(&body, &whole, out);
		if (it.def != NULL)
			return read_elements(&it, out);
	}
	return 0;
}

static int
order(struct slice a, struct slice b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int c = n > 0 ? memcmp(a.p, b.p, n) : 0;

	return c != 0 ? c : a.n < b.n ? -1 : a.n > b.n;
}

/* Of one name, those that come first in the body. */
static int
by_name(const void *a, const void *b)
{
	const struct listing_element *x = a, *y = b;
	int c = order(x->name, y->name);

	return c != 0 ? c : x->bytes.p < y->bytes.p ? -1 : x->bytes.p > y->bytes.p;
}

int
listing_match(struct listing *recorded, struct listing *live, listing_fn fn, void *ctx)
{
	struct listing_element *a = recorded->list, *b = live->list;
	size_t i = 0, k = 0;
	int r = 0;

	for (; r == 0 && i < recorded->n && i < live->n && slice_eq(a[i].name, b[i].name); i++)
		r = fn(ctx, &a[i], &b[i]);
	k = i;
	if (i < recorded->n)
		qsort(a + i, recorded->n - i, sizeof(*a), by_name);
	if (k < live->n)
		qsort(b + k, live->n - k, sizeof(*b), by_name);
	while (r == 0 && (i < recorded->n || k < live->n)) {
		int c = i == recorded->n ? 1 : k == live->n ? -1 : order(a[i].name, b[k].name);

		r = fn(ctx, c <= 0 ? &a[i] : NULL, c >= 0 ? &b[k] : NULL);
		i += c <= 0;
		k += c >= 0;
	}
	return r;
}

int
listing_differ(const struct listing *l, const struct listing_element *recorded,
	       const struct listing_element *live, differ_fn fn, void *ctx)
{
	struct buf prefix = {0};
	int r;

	if (slice_eq(recorded->bytes, live->bytes))
		return 0;
	listing_put_name(l->what, l->def, recorded->name, &prefix);
	buf_add(&prefix, ": ", 3);
	r = prefix.err;
	if (r == 0)
		r = differ_structs(l->def, recorded->bytes, live->bytes, (char *)prefix.p, fn, ctx);
	buf_free(&prefix);
	return r;
}

/* Lists in two answers. */
struct lists {
	const struct listing *kind;
	differ_fn fn;
	void *ctx;
};

static int
on_pair(void *ctx, const struct listing_element *recorded, const struct listing_element *live)
{
	struct lists *l = ctx;
	struct buf path = {0};
	int r;

	if (recorded != NULL && live != NULL)
		return listing_differ(l->kind, recorded, live, l->fn, l->ctx);
	listing_put_name(l->kind->what, l->kind->def,
			 recorded != NULL ? recorded->name : live->name, &path);
	buf_add(&path, "", 1);
	r = path.err;
	if (r == 0)
		l->fn(l->ctx,
		      &(struct differ_field){.path = (char *)path.p,
					     .expected = recorded != NULL ? "present" : "absent",
					     .got = live != NULL ? "present" : "absent"});
	buf_free(&path);
	return r;
}

int
listing_differ_pdus(const struct smb2_pdu *recorded, const struct smb2_pdu *live, differ_fn fn,
		    void *ctx)
{
	struct listing a = {0}, b = {0};
	struct lists lists = {&a, fn, ctx};
	bool same = false;
	int r = listing_read(recorded, &a);

	if (r == 0)
		r = listing_read(live, &b);
	if (r == 0 && (a.def == NULL || a.def != b.def || a.broken || b.broken)) {
		r = differ_pdus(recorded, live, fn, ctx);
	} else if (r == 0) {
		r = differ_headers(recorded, live, fn, ctx, &same);
		if (r == 0 && same)
			r = listing_match(&a, &b, on_pair, &lists);
	}
	listing_free(&a);
	listing_free(&b);
	return r;
}
