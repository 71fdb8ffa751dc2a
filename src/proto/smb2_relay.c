/* Replacing one variable part of a PDU, and all lengths and offsets that follow from it. */
#include "config.h"

#include "proto/smb2_relay.h"

#include "proto/smb2_elems.h"
#include "proto/smb2_pdu.h"

/* Where what is replaced lies. Positions are from the start of the PDU. */
struct relay {
	struct smb2_pdu pdu;
	const struct smb2_row *row;
	size_t at;         /* of the PDU in the message */
	bool last;         /* of its chain */
	size_t start, end; /* of the bytes replaced */
	size_t pad, cut;   /* zeros behind the new bytes; old bytes dropped behind the old ones */
	struct slice fresh;
};

static int
find_pdu(struct slice message, size_t index, struct relay *r, struct err *e)
{
	struct smb2_chain c = smb2_chain_init(message);
	struct slice bytes;
	size_t i = 0;

	for (;; i++) {
		if (!smb2_chain_next(&c, &bytes))
			return err_set(e, ERR_NOTFOUND, "the message has no PDU %zu", index);
		if (i == index)
			break;
	}
	r->at = (size_t)(bytes.p - message.p);
	r->last = c.left.n == 0;
	if (smb2_pdu_decode(bytes, &r->pdu) != 0 || r->pdu.body_def == NULL)
		return err_set(e, ERR_MALFORMED, "the body of PDU %zu is opaque", index);
	return 0;
}

/* The F row of the body's description that a reference is to. */
static const struct smb2_row *
referred(const struct smb2_pdu *pdu, struct smb2_ref ref)
{
	for (size_t i = 0; i < pdu->body_def->n_fixed; i++)
		if (pdu->body_def->rows[i].member == ref.member)
			return &pdu->body_def->rows[i];
	return NULL;
}

static int
find_row(const char *name, struct relay *r, struct err *e)
{
	size_t body = SMB2_HEADER + r->pdu.body_def->fixed;
	struct slice s;
	uint64_t at;

	r->row = smb2_row_find(r->pdu.body_def, name);
	if (r->row == NULL)
		return err_set(e, ERR_NOTFOUND, "%s has no %s", r->pdu.body_def->name, name);
	if (r->row->kind != SMB2_VAR || r->row->at.width == 0 || r->row->len.width == 0 ||
	    r->row->counted)
		return err_set(e, ERR_USAGE, "%s has no offset and length", name);
	s = smb2_get_bytes(r->row, &r->pdu.body);
	/* An empty part lies where its offset says, if that is a place for it. */
	at = smb2_get(referred(&r->pdu, r->row->at), &r->pdu.body);
	r->start = at >= body && at <= r->pdu.bytes.n ? (size_t)at : body;
	if (s.n > 0)
		r->start = (size_t)(s.p - r->pdu.bytes.p);
	if (r->start < body)
		return err_set(e, ERR_USAGE, "%s lies in the fixed part", name);
	r->end = r->start + s.n;
	return 0;
}

/* Do a row's bytes lie behind the replaced ones? */
static bool
is_behind(const struct relay *r, const struct smb2_row *row)
{
	struct slice s = smb2_get_bytes(row, &r->pdu.body);

	return row->kind == SMB2_VAR && row != r->row && s.n > 0 &&
	       (size_t)(s.p - r->pdu.bytes.p) >= r->end;
}

/*
 * Decide on padding: what lies behind moves by a multiple of 8; where only padding lies behind and
 * another PDU follows, it is laid anew.
 */
static void
plan_padding(struct relay *r)
{
	struct slice tail = slice_sub(r->pdu.bytes, r->end, r->pdu.bytes.n - r->end);
	bool behind = false;

	for (size_t i = 0; i < r->pdu.body_def->n_rows; i++)
		behind = behind || is_behind(r, &r->pdu.body_def->rows[i]);
	if (behind || (!r->last && !smb2_is_padding(tail))) {
		r->pad = (r->end - r->start - r->fresh.n) & 7;
	} else if (!r->last) {
		r->cut = tail.n;
		r->pad = (8 - ((r->start + r->fresh.n) & 7)) & 7;
	}
}

/* The PDU's new size. */
static size_t
new_size(const struct relay *r)
{
	return r->pdu.bytes.n - (r->end - r->start) - r->cut + r->fresh.n + r->pad;
}

/* Write `v` over the field of an F row of the copied body. */
static int
put_field(uint8_t *pdu, const struct smb2_row *field, uint64_t v, struct err *e)
{
	if (field->width < 8 && v >> (8 * field->width) != 0)
		return err_set(e, ERR_LIMIT, "%s cannot hold %llu", field->name,
			       (unsigned long long)v);
	wire_put_le(pdu + SMB2_HEADER + field->wire, field->width, v);
	return 0;
}

/* Correct the fields of the copied PDU at `pdu`, and its frame's length. */
static int
put_fields(const struct relay *r, uint8_t *message, size_t n, struct err *e)
{
	uint8_t *pdu = message + r->at;
	const struct smb2_def *def = r->pdu.body_def;
	size_t size = new_size(r), old = r->pdu.bytes.n;
	int err = put_field(pdu, referred(&r->pdu, r->row->len), r->fresh.n, e);

	if (err == 0 && r->start == r->end)
		err = put_field(pdu, referred(&r->pdu, r->row->at), r->start, e);
	for (size_t i = def->n_fixed; err == 0 && i < def->n_rows; i++) {
		const struct smb2_row *field = referred(&r->pdu, def->rows[i].at);

		if (def->rows[i].at.width != 0 && is_behind(r, &def->rows[i]))
			err = put_field(pdu, field, smb2_get(field, &r->pdu.body) + size - old, e);
	}
	if (err != 0)
		return err;
	if (size > UINT32_MAX || n - NBSS_HEADER > 0xffffff)
		return err_set(e, ERR_LIMIT, "the message gets too long");
	if (!r->last)
		wire_put_le(pdu + SMB2_HDR_AT(next_command), 4, size);
	wire_put_be(message + 1, 3, n - NBSS_HEADER);
	return 0;
}

int
smb2_relay(struct slice message, size_t pdu_index, const char *row_name, struct slice replacement,
	   struct buf *out, struct err *e)
{
	struct relay r = {.fresh = replacement};
	size_t before = out->n, tail;
	int err = find_pdu(message, pdu_index, &r, e);

	if (err == 0)
		err = find_row(row_name, &r, e);
	if (err != 0)
		return err;
	if (r.end - r.start != replacement.n)
		plan_padding(&r);
	buf_add(out, message.p, r.at + r.start);
	buf_add(out, replacement.p, replacement.n);
	buf_zero(out, r.pad);
	tail = r.at + r.end + r.cut;
	buf_add(out, message.p + tail, message.n - tail);
	if (out->err != 0)
		err = err_set(e, out->err, "%s", err_str(out->err));
	else if (r.end - r.start != replacement.n)
		err = put_fields(&r, out->p + before, out->n - before, e);
	if (err != 0)
		out->n = before;
	return err;
}
