/*
 * Replacing variable parts of a message, and all lengths and offsets that follow from it.
 *
 * Positions are those of the PDU before; `start_of` and `end_of` say where they come to lie. In a
 * first pass over the structures padding is laid anew where it is needed, in a second one fields
 * get their new values, in a third the bytes are put together.
 */
#include "config.h"

#include "base/list.h"
#include "proto/smb2_relay.h"

#include <stdlib.h>

#include "proto/smb2_elems.h"
#include "proto/smb2_splice.h"

#define ROWS_MAX 8 /* more than the V rows of any body */

/* A field of fixed width with its new value. */
struct field {
	size_t off, width;
	uint64_t value;
};

struct relay {
	const struct smb2_pdu *pdu;
	const struct smb2_edit *edits;
	size_t n_edits;
	bool last;     /* of its chain */
	bool planning; /* the first pass */
	struct smb2_splices parts, pads;
	struct field *fields;
	size_t n_fields, cap_fields;
	struct err *e;
};

/* A structure where it lies. */
struct place {
	const struct smb2_def *def;
	struct slice origin; /* bounds it */
	size_t pos;          /* in `origin` */
	const void *in;
};

static size_t
start_of(const struct relay *r, size_t pos)
{
	return pos + smb2_splices_moved(&r->parts, pos, true) +
	       smb2_splices_moved(&r->pads, pos, true);
}

static size_t
end_of(const struct relay *r, size_t pos)
{
	return pos + smb2_splices_moved(&r->parts, pos, false) +
	       smb2_splices_moved(&r->pads, pos, false);
}

static size_t
offset_of(const struct relay *r, const uint8_t *p)
{
	return (size_t)(p - r->pdu->bytes.p);
}

/* What lies at `next` keeps its alignment to what begins at `from`; `end`: behind what precedes. */
static int
fit(struct relay *r, size_t from, size_t end, size_t next, size_t align)
{
	size_t was = next - from, now = start_of(r, next) - start_of(r, from);
	struct smb2_splice pad = {.start = end, .end = end};
	struct slice gap;

	if (end > next)
		end = pad.start = pad.end = next;
	gap = slice_sub(r->pdu->bytes, end, next - end);
	if (was == now)
		return 0;
	if (smb2_is_padding(gap)) {
		pad.end = next;
		now -= gap.n;
	}
	pad.zeros = (was - now) & (align - 1);
	return pad.zeros == pad.end - pad.start ? 0 : smb2_splices_add(&r->pads, &pad);
}

static int
add_field(struct relay *r, size_t off, size_t width, uint64_t value, const char *name)
{
	if (width < 8 && value >> (8 * width) != 0)
		return err_set(r->e, ERR_LIMIT, "%s cannot hold %llu", name,
			       (unsigned long long)value);
	if (list_room(&r->fields, r->n_fields, &r->cap_fields, sizeof(*r->fields)) != 0)
		return ERR_NOMEM;
	r->fields[r->n_fields++] = (struct field){off, width, value};
	return 0;
}

/* The F row of a description that a reference is to. */
static const struct smb2_row *
referred(const struct smb2_def *def, struct smb2_ref ref)
{
	for (size_t i = 0; i < def->n_fixed; i++)
		if (def->rows[i].member == ref.member)
			return &def->rows[i];
	return NULL;
}

/* The field that `ref` names has grown by `by`, which may be negative and wrap. */
static int
grow_field(struct relay *r, const struct place *at, struct smb2_ref ref, uint64_t by)
{
	const struct smb2_row *f = referred(at->def, ref);
	size_t off = offset_of(r, at->origin.p) + at->pos + f->wire;

	return by == 0 ? 0 : add_field(r, off, f->width, smb2_get(f, at->in) + by, f->name);
}

/* The edit that gives bytes to a row that had none. */
static const struct smb2_edit *
filling(const struct relay *r, const struct place *at, const struct smb2_row *row)
{
	for (size_t i = 0; at->in == &r->pdu->body && i < r->n_edits; i++)
		if (r->edits[i].len == 0 && r->edits[i].row == row)
			return &r->edits[i];
	return NULL;
}

static int
fill_row(struct relay *r, const struct place *at, const struct smb2_row *row,
	 const struct smb2_edit *edit)
{
	const struct smb2_row *off = referred(at->def, row->at), *len = referred(at->def, row->len);
	size_t pos = at->pos;
	int err = add_field(r, pos + off->wire, off->width, end_of(r, edit->off), off->name);

	return err != 0 ? err : add_field(r, pos + len->wire, len->width, edit->fresh.n, len->name);
}

/* Where the offset in a row's field counts from. */
static size_t
base_of(const struct relay *r, const struct place *at, const struct smb2_row *row)
{
	size_t origin = offset_of(r, at->origin.p);

	if (row->at_tail)
		return origin + at->pos + at->def->fixed;
	return at->def->own_origin || row->at_own ? origin + at->pos : origin;
}

/* Offset and length of a row. */
static int
put_refs(struct relay *r, const struct place *at, const struct smb2_row *row)
{
	struct slice s = smb2_get_bytes(row, at->in);
	const struct smb2_edit *edit = filling(r, at, row);
	size_t start, base = base_of(r, at, row), own = offset_of(r, at->origin.p) + at->pos;
	int err = 0;

	if (edit != NULL)
		return fill_row(r, at, row, edit);
	if (row->whole) {
		size_t size = (size_t)smb2_get(referred(at->def, row->len), at->in);

		return grow_field(r, at, row->len, end_of(r, own + size) - start_of(r, own) - size);
	}
	if (s.n == 0)
		return 0;
	start = offset_of(r, s.p);
	if (row->at.width != 0)
		err = grow_field(r, at, row->at,
				 start_of(r, start) - start_of(r, base) - (start - base));
	if (err == 0 && row->len.width != 0 && !row->counted)
		err = grow_field(r, at, row->len,
				 end_of(r, start + s.n) - start_of(r, start) - s.n);
	return err;
}

/* Where the content of a structure ends, in its origin. */
static size_t
content_end(const struct place *at)
{
	size_t end = at->pos + at->def->fixed;

	for (size_t i = at->def->n_fixed; i < at->def->n_rows; i++) {
		struct slice s = smb2_get_bytes(&at->def->rows[i], at->in);

		if (s.n > 0 && (size_t)(s.p - at->origin.p) + s.n > end)
			end = (size_t)(s.p - at->origin.p) + s.n;
	}
	return end;
}

/* An element of a chain: its link, or what it takes to keep the next one aligned. */
static int
visit_link(struct relay *r, const struct place *at)
{
	static const struct smb2_def *const by4[] = {&smb2_defs[SMB2_DEF_fscc_notify],
						     &smb2_defs[SMB2_DEF_smb2_ea]};
	const struct smb2_row *link = &at->def->rows[0];
	size_t own = offset_of(r, at->origin.p), next = (size_t)smb2_get(link, at->in);
	size_t align = at->def == by4[0] || at->def == by4[1] ? 4 : 8;

	if (next == 0)
		return 0;
	if (r->planning)
		return fit(r, own, own + content_end(at), own + next, align);
	return grow_field(r, at, (struct smb2_ref){link->member, link->width},
			  start_of(r, own + next) - start_of(r, own) - next);
}

static int visit(struct relay *r, const struct place *at);

static int
visit_elements(struct relay *r, const struct place *at, const struct smb2_row *row)
{
	struct smb2_elems it = smb2_elems_view(row, at->in, smb2_pdu_view(r->pdu));
	size_t first = it.all.n > 0 ? offset_of(r, it.all.p) : 0, end = first;
	struct smb2_elem e;
	int err = 0;

	if (it.def == NULL || !smb2_splices_touch(&r->parts, first, first + it.all.n))
		return 0;
	while (err == 0 && smb2_elems_next(&it, &e)) {
		struct place el = {.def = it.def, .origin = e.bytes, .in = &e.any};

		if (it.cut == SMB2_CUT_LIST8 && r->planning && e.index > 0)
			err = fit(r, first, end, offset_of(r, e.bytes.p), 8);
		if (err == 0)
			err = visit(r, &el);
		if (err == 0 && it.cut == SMB2_CUT_NEXT)
			err = visit_link(r, &el);
		end = offset_of(r, e.bytes.p) + content_end(&el);
	}
	return err;
}

static int
visit(struct relay *r, const struct place *at)
{
	int err = 0;

	for (size_t i = at->def->n_fixed; err == 0 && i < at->def->n_rows; i++) {
		const struct smb2_row *row = &at->def->rows[i];

		if (!r->planning && (row->at.width != 0 || row->len.width != 0))
			err = put_refs(r, at, row);
		if (err == 0)
			err = visit_elements(r, at, row);
	}
	return err;
}

/* Where the parts of a body begin and end, by their beginnings. */
struct parts {
	size_t start[ROWS_MAX], end[ROWS_MAX], n;
};

static void
add_part(struct parts *p, size_t start, size_t end)
{
	size_t i = p->n;

	if (p->n == ROWS_MAX)
		return;
	for (; i > 0 && p->start[i - 1] > start; i--) {
		p->start[i] = p->start[i - 1];
		p->end[i] = p->end[i - 1];
	}
	p->start[i] = start;
	p->end[i] = end;
	p->n++;
}

/* Behind what stands before `next`: `end`, or bytes for a row that had none. */
static size_t
end_before(const struct relay *r, size_t end, size_t next)
{
	for (size_t i = 0; i < r->n_edits; i++)
		if (r->edits[i].len == 0 && r->edits[i].off > end && r->edits[i].off <= next)
			end = r->edits[i].off;
	return end;
}

/* An odd StructureSize counts one byte of what follows (MS-SMB2 2.2.13): it is there even where
 * nothing follows. */
static int
keep_one_byte(struct relay *r, const struct place *at)
{
	size_t size = r->pdu->bytes.n;
	struct smb2_splice one = {.start = size, .end = size, .zeros = r->last ? 1 : 8};

	if ((smb2_get(&at->def->rows[0], at->in) & 1) == 0 ||
	    start_of(r, size) > at->pos + at->def->fixed)
		return 0;
	return smb2_splices_add(&r->pads, &one);
}

/* Padding between the parts of the body, and behind it where another PDU follows. */
static int
plan_body(struct relay *r, const struct place *at)
{
	size_t end = at->pos + at->def->fixed, size = r->pdu->bytes.n;
	struct parts parts = {.n = 0};
	int err = visit(r, at);

	for (size_t i = at->def->n_fixed; i < at->def->n_rows; i++) {
		struct slice s = smb2_get_bytes(&at->def->rows[i], at->in);

		if (s.n > 0)
			add_part(&parts, offset_of(r, s.p), offset_of(r, s.p) + s.n);
	}
	for (size_t i = 0; err == 0 && i < parts.n; i++) {
		err = fit(r, 0, end_before(r, end, parts.start[i]), parts.start[i], 8);
		end = parts.end[i] > end ? parts.end[i] : end;
	}
	if (err == 0 && !r->last)
		err = fit(r, 0, end_before(r, end, size), size, 8);
	return err == 0 ? keep_one_byte(r, at) : err;
}

/* The edits in order; each inside the body. */
static int
take_edits(struct relay *r)
{
	size_t done = SMB2_HEADER;
	int err = 0;

	for (size_t i = 0; err == 0 && i < r->n_edits; i++) {
		const struct smb2_edit *edit = &r->edits[i];

		if (edit->off < done || edit->off > r->pdu->bytes.n ||
		    edit->len > r->pdu->bytes.n - edit->off)
			return err_set(r->e, ERR_MALFORMED, "what is replaced overlaps");
		done = edit->off + edit->len;
		err = smb2_splices_add(&r->parts, &(struct smb2_splice){.start = edit->off,
									.end = done,
									.fresh = edit->fresh,
									.edit = i});
	}
	return err;
}

static int
add_change(struct smb2_changes *c, const struct smb2_change *change)
{
	struct smb2_change *last = c->n > 0 ? &c->list[c->n - 1] : NULL;

	if (change->kind == SMB2_CHANGE_PADDING && last != NULL && last->kind == SMB2_CHANGE_EDIT &&
	    last->off + last->was == change->off) {
		last->was += change->was;
		last->is += change->is;
		return 0;
	}
	if (list_room(&c->list, c->n, &c->cap, sizeof(*c->list)) != 0)
		return ERR_NOMEM;
	c->list[c->n++] = *change;
	return 0;
}

void
smb2_changes_free(struct smb2_changes *c)
{
	free(c->list);
	*c = (struct smb2_changes){.n = 0};
}

/* The next splice of both lists, by its start; what was edited before the padding behind it. */
static const struct smb2_splice *
next_splice(const struct relay *r, size_t *i, size_t *k)
{
	const struct smb2_splice *a = *i < r->parts.n ? &r->parts.list[*i] : NULL;
	const struct smb2_splice *b = *k < r->pads.n ? &r->pads.list[*k] : NULL;

	if (a != NULL && (b == NULL || a->start <= b->start)) {
		(*i)++;
		return a;
	}
	if (b != NULL)
		(*k)++;
	return b;
}

static int
put_together(struct relay *r, struct buf *out, size_t first_edit, size_t at,
	     struct smb2_changes *changes)
{
	size_t i = 0, k = 0, done = 0;
	const struct smb2_splice *s;
	int err = 0;

	while (err == 0 && (s = next_splice(r, &i, &k)) != NULL) {
		bool edit = s >= r->parts.list && s < r->parts.list + r->parts.n;

		if (s->start < done)
			return err_set(r->e, ERR_MALFORMED, "what is replaced overlaps");
		buf_add(out, r->pdu->bytes.p + done, s->start - done);
		buf_add(out, s->fresh.p, s->fresh.n);
		buf_zero(out, s->zeros);
		done = s->end;
		if (changes != NULL)
			err = add_change(
				changes,
				&(struct smb2_change){at + s->start, s->end - s->start,
						      s->fresh.n + s->zeros,
						      edit ? SMB2_CHANGE_EDIT : SMB2_CHANGE_PADDING,
						      first_edit + s->edit});
	}
	buf_add(out, r->pdu->bytes.p + done, r->pdu->bytes.n - done);
	return err != 0 ? err : out->err;
}

/* Write the fields over their copies at `before` of `out`. */
static int
put_fields(struct relay *r, struct buf *out, size_t before, size_t at, struct smb2_changes *changes)
{
	int err = 0;

	for (size_t i = 0; err == 0 && i < r->n_fields; i++) {
		const struct field *f = &r->fields[i];
		size_t pos = start_of(r, f->off);

		/* Structures that lie across one another. */
		if (smb2_splices_cover(&r->parts, f->off, f->width) ||
		    smb2_splices_cover(&r->pads, f->off, f->width) || pos > out->n - before ||
		    f->width > out->n - before - pos)
			return err_set(r->e, ERR_MALFORMED, "what is replaced overlaps");
		wire_put_le(out->p + before + pos, f->width, f->value);
		if (changes != NULL)
			err = add_change(changes,
					 &(struct smb2_change){at + f->off, f->width, f->width,
							       SMB2_CHANGE_LAYOUT, 0});
	}
	return err;
}

/* All passes over one PDU, which begins at `at` of its message. */
static int
relay_pdu(struct relay *r, struct buf *out, size_t first_edit, size_t at,
	  struct smb2_changes *changes)
{
	struct place body = {r->pdu->body_def, r->pdu->bytes, SMB2_HEADER, &r->pdu->body};
	size_t before = out->n;
	int err = take_edits(r);

	if (err == 0 && r->pdu->body_def == NULL)
		err = err_set(r->e, ERR_MALFORMED, "the body is opaque");
	r->planning = true;
	if (err == 0)
		err = plan_body(r, &body);
	r->planning = false;
	if (err == 0)
		err = visit(r, &body);
	if (err == 0 && !r->last)
		err = add_field(r, SMB2_HDR_AT(next_command), 4, start_of(r, r->pdu->bytes.n),
				"next_command");
	if (err == 0)
		err = put_together(r, out, first_edit, at, changes);
	if (err == 0)
		err = put_fields(r, out, before, at, changes);
	if (err != 0)
		out->n = before;
	smb2_splices_free(&r->parts);
	smb2_splices_free(&r->pads);
	free(r->fields);
	return err;
}

int
smb2_relay_pdu(const struct smb2_pdu *pdu, const struct smb2_edit *edits, size_t n, struct buf *out,
	       struct err *e)
{
	struct relay r = {.pdu = pdu, .edits = edits, .n_edits = n, .last = true, .e = e};
	int err;

	r.last = pdu->h.next_command == 0;
	err = relay_pdu(&r, out, 0, 0, NULL);
	return err != 0 ? err_set(e, err, "%s", err_str(err)) : 0;
}

static int
by_offset(const void *a, const void *b)
{
	const struct smb2_change *x = a, *y = b;

	if (x->off != y->off)
		return x->off < y->off ? -1 : 1;
	/* What goes in before a place, before what happens to it. */
	return (x->was != 0) - (y->was != 0);
}

/* A message, PDU by PDU. */
struct message {
	struct slice bytes;
	const struct smb2_edit *edits;
	size_t n, used;
	struct buf *out;
	struct smb2_changes *changes;
	struct err *e;
};

/* A PDU with `n` of the edits, which count from its start. */
static int
copy_edited(struct message *m, struct slice bytes, bool last, struct smb2_edit *edits, size_t n)
{
	size_t at = (size_t)(bytes.p - m->bytes.p);
	struct relay r = {.edits = edits, .n_edits = n, .last = last, .e = m->e};
	struct smb2_pdu pdu;

	for (size_t i = 0; i < n; i++) {
		edits[i] = m->edits[m->used + i];
		edits[i].off -= at;
	}
	if (smb2_pdu_decode(bytes, &pdu) != 0)
		return err_set(m->e, ERR_MALFORMED, "no SMB2 header");
	smb2_pdu_open(&pdu, 0);
	r.pdu = &pdu;
	return relay_pdu(&r, m->out, m->used, at, m->changes);
}

/* The next PDU, with those of the edits that lie in it. */
static int
copy_pdu(struct message *m, struct slice bytes, bool last)
{
	size_t at = (size_t)(bytes.p - m->bytes.p), n = 0;
	struct smb2_edit *own;
	int err;

	/* What is empty may lie behind its PDU's last byte. */
	while (m->used + n < m->n && m->edits[m->used + n].off >= at &&
	       m->edits[m->used + n].off - at <= bytes.n)
		n++;
	if (n == 0) {
		buf_add(m->out, bytes.p, bytes.n);
		return m->out->err;
	}
	own = malloc(n * sizeof(*own));
	if (own == NULL)
		return ERR_NOMEM;
	err = copy_edited(m, bytes, last, own, n);
	m->used += n;
	free(own);
	return err;
}

static int
copy_message(struct message *m)
{
	struct smb2_chain chain = smb2_chain_init(m->bytes);
	size_t before = m->out->n, size;
	struct slice pdu;
	int err = 0;

	buf_add(m->out, m->bytes.p, NBSS_HEADER);
	while (err == 0 && smb2_chain_next(&chain, &pdu))
		err = copy_pdu(m, pdu, chain.left.n == 0);
	if (err == 0 && m->used < m->n)
		err = err_set(m->e, ERR_MALFORMED, "what is replaced overlaps");
	if (err == 0)
		err = m->out->err;
	size = m->out->n - before;
	if (err != 0 || size == m->bytes.n)
		return err;
	if (size - NBSS_HEADER > 0xffffff)
		return err_set(m->e, ERR_LIMIT, "the message gets too long");
	wire_put_be(m->out->p + before + 1, 3, size - NBSS_HEADER);
	return m->changes == NULL
		       ? 0
		       : add_change(m->changes,
				    &(struct smb2_change){1, 3, 3, SMB2_CHANGE_LAYOUT, 0});
}

int
smb2_relay(struct slice message, const struct smb2_edit *edits, size_t n, struct buf *out,
	   struct smb2_changes *changes, struct err *e)
{
	struct message m = {message, edits, n, 0, out, changes, e};
	size_t before = out->n;
	int err = copy_message(&m);

	if (err == 0 && changes != NULL && changes->n > 0)
		qsort(changes->list, changes->n, sizeof(*changes->list), by_offset);
	if (err == 0)
		return 0;
	out->n = before;
	return err_set(e, err, "%s", err_str(err));
}

int
smb2_edit_row(const struct smb2_pdu *pdu, const char *name, struct smb2_edit *out, struct err *e)
{
	const struct smb2_row *row;
	size_t body;
	struct slice s;
	uint64_t at;

	if (pdu->body_def == NULL)
		return err_set(e, ERR_MALFORMED, "the body is opaque");
	row = smb2_row_find(pdu->body_def, name);
	body = SMB2_HEADER + pdu->body_def->fixed;
	if (row == NULL)
		return err_set(e, ERR_NOTFOUND, "%s has no %s", pdu->body_def->name, name);
	if (row->kind != SMB2_VAR || row->at.width == 0 || row->len.width == 0 || row->counted)
		return err_set(e, ERR_USAGE, "%s has no offset and length", name);
	s = smb2_get_bytes(row, &pdu->body);
	/* An empty part lies where its offset says, if that is a place for it. */
	at = smb2_get(referred(pdu->body_def, row->at), &pdu->body);
	*out = (struct smb2_edit){.off = at >= body && at <= pdu->bytes.n ? (size_t)at : body,
				  .len = s.n,
				  .row = row};
	if (s.n > 0)
		out->off = (size_t)(s.p - pdu->bytes.p);
	return out->off >= body ? 0 : err_set(e, ERR_USAGE, "%s lies in the fixed part", name);
}
