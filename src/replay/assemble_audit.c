/* Which bytes of a request differ from the recorded ones, and what declared that. */
#include "config.h"

#include "replay/assemble_int.h"

#include <stdio.h>

void
audit_entry(const struct request *q, const char *what, uint32_t number, size_t off,
	    struct slice recorded, struct slice sent)
{
	struct audit_entry a = {.event = q->n,
				.frame = q->ev->frame_first,
				.conn = q->ev->conn,
				.off = (uint32_t)off,
				.recorded = recorded,
				.sent = sent};

	if (slice_eq(recorded, sent))
		return;
	if (number != 0)
		(void)snprintf(a.what, sizeof(a.what), "%s.%u", what, number);
	else
		(void)snprintf(a.what, sizeof(a.what), "%s", what);
	q->a->audit.entry(q->a->audit.ctx, &a);
}

/* What is declared of some bytes of the recorded message. */
struct declared {
	size_t off, rec, sent; /* bytes in the recorded and in the sent one */
	const char *what;
	uint32_t number;
};

static const char *
change_name(const struct request *q, const struct smb2_change *c)
{
	switch (c->kind) {
	case SMB2_CHANGE_EDIT:
		return q->a->edits.list[c->edit].tag;
	case SMB2_CHANGE_PADDING:
		return "padding";
	case SMB2_CHANGE_LAYOUT:
		break;
	}
	return ir_what_names[IR_LAYOUT];
}

/* The next patch or change, by its place; false at the end. What relaying has changed is told by
 * its changes, not by the patches that asked for it. */
static bool
next_declared(const struct request *q, uint32_t *i, size_t *k, struct declared *out)
{
	const struct smb2_changes *changes = &q->a->changes;
	const struct ir_patch *p;

	while (*i < q->ev->n_patches &&
	       (q->ev->patches[*i].what == IR_TOKEN || q->ev->patches[*i].what == IR_SERVER ||
		q->ev->patches[*i].what == IR_LAYOUT))
		(*i)++;
	p = *i < q->ev->n_patches ? &q->ev->patches[*i] : NULL;
	if (*k < changes->n && (p == NULL || changes->list[*k].off <= p->off)) {
		const struct smb2_change *c = &changes->list[(*k)++];

		*out = (struct declared){c->off, c->was, c->is, change_name(q, c), 0};
		return true;
	}
	if (p == NULL)
		return false;
	*out = (struct declared){p->off, p->width, p->width, ir_what_names[p->what], p->number};
	(*i)++;
	return true;
}

/* All that is declared, and what lies between, which must be equal. Longer tokens and names move
 * what follows them. */
static void
audit(const struct request *q, struct slice sent)
{
	struct slice rec = q->recorded;
	size_t done = 0, moved = 0, k = 0; /* `moved` wraps where something became shorter */
	struct declared d;
	uint32_t i = 0;

	while (next_declared(q, &i, &k, &d)) {
		if (d.off < done)
			continue; /* a value inside a name */
		audit_entry(q, "UNDECLARED", 0, done + moved, slice_sub(rec, done, d.off - done),
			    slice_sub(sent, done + moved, d.off - done));
		audit_entry(q, d.what, d.number, d.off + moved, slice_sub(rec, d.off, d.rec),
			    slice_sub(sent, d.off + moved, d.sent));
		done = d.off + d.rec;
		moved += d.sent - d.rec;
	}
	audit_entry(q, "UNDECLARED", 0, done + moved, slice_sub(rec, done, rec.n - done),
		    slice_sub(sent, done + moved, sent.n - done - moved));
}

/* A header field of one PDU, which is then as recorded in `scratch`. */
static void
audit_header(const struct request *q, const char *what, struct buf *scratch, size_t at,
	     struct slice recorded)
{
	audit_entry(q, what, 0, at, recorded, slice_of(scratch->p + at, recorded.n));
	memcpy(scratch->p + at, recorded.p, recorded.n);
}

/* What changed in headers, then the rest as if it had not. */
static int
audit_moved(struct request *q)
{
	struct smb2_chain sent, rec = smb2_chain_init(q->recorded);
	struct buf *scratch = &q->a->relaid, *out = q->out;
	struct slice s, t;

	buf_reset(scratch);
	buf_add(scratch, out->p + q->at, out->n - q->at);
	if (scratch->err != 0)
		return scratch->err;
	sent = smb2_chain_init(buf_slice(scratch));
	while (smb2_chain_next(&sent, &s) && smb2_chain_next(&rec, &t) && s.n >= SMB2_HEADER &&
	       t.n >= SMB2_HEADER) {
		size_t at = (size_t)(s.p - scratch->p);

		audit_header(q, "credits", scratch, at + SMB2_HDR_AT(credits),
			     slice_sub(t, SMB2_HDR_AT(credits), 2));
		audit_header(q, "guest", scratch, at + SMB2_HDR_AT(flags),
			     slice_sub(t, SMB2_HDR_AT(flags), 4));
		audit_header(q, "message_id", scratch, at + SMB2_HDR_AT(message_id),
			     slice_sub(t, SMB2_HDR_AT(message_id), 8));
	}
	audit(q, buf_slice(scratch));
	return 0;
}

int
audit_request(struct request *q)
{
	struct slice sent = slice_sub(buf_slice(q->out), q->at, q->out->n - q->at);

	if (q->a->audit.entry == NULL)
		return 0;
	if (q->extra != NULL)
		audit_entry(q, q->extra->what, 0, 0, (struct slice){0}, sent);
	else if (q->renamed)
		audit_entry(q, "cancel by message id", 0, 0, q->recorded, sent);
	else if (security_mids(q->c)->n > 0 || q->a->more_credits > 0 || q->unsigned_for_guest)
		return audit_moved(q);
	else
		audit(q, sent);
	return 0;
}
