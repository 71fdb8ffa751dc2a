/* Counting what was substituted, from the bytes themselves. */
#include "config.h"

#include "substituted.h"

#include "ir/fields.h"

/* A PDU as recorded and as it went out. */
struct pair {
	struct substituted *s;
	const struct ir_event *ev;
	uint64_t event;
	size_t at; /* of the recorded one in its message */
	struct smb2_pdu recorded, sent;
	struct fields was, is;
	bool alike; /* both have the same fields, wherever they lie */
};

/* Tokens and signatures say something of passwords; a server's name varies in length. */
static bool
may_show(enum ir_what what)
{
	return what < IR_N_SYMBOL_KINDS;
}

static bool
may_grow(enum ir_what what)
{
	return what == IR_TOKEN || what == IR_SERVER;
}

static bool
covers(const struct smb2_item *it, size_t off)
{
	return off >= it->off && off - it->off < it->len;
}

/* The sent bytes of a recorded place: as far inside the same field. `*grew`: the field has another
 * length. Empty: there are none. */
static struct slice
sent_at(const struct pair *p, size_t off, size_t width, bool *grew)
{
	*grew = false;
	if (off < SMB2_HEADER || p->recorded.bytes.n == p->sent.bytes.n)
		return slice_sub(p->sent.bytes, off, width);
	for (size_t i = 0; p->alike && i < p->was.n; i++) {
		const struct smb2_item *was = &p->was.list[i].it, *is = &p->is.list[i].it;

		if (!covers(was, off))
			continue;
		*grew = was->len != is->len;
		return slice_sub(slice_sub(p->sent.bytes, is->off, is->len), off - was->off, width);
	}
	return (struct slice){0};
}

static void
count_change(struct pair *p, const struct ir_patch *patch, struct slice a, struct slice b)
{
	struct substituted_kind *k = &p->s->of[patch->what];

	if (k->changed++ > 0)
		return;
	k->event = p->event;
	if (!may_show((enum ir_what)patch->what) || a.n == 0 || a.n != b.n)
		return;
	k->shown = a.n < SUBSTITUTED_SHOWN ? a.n : SUBSTITUTED_SHOWN;
	memcpy(k->recorded, a.p, k->shown);
	memcpy(k->sent, b.p, k->shown);
}

static void
count_patch(struct pair *p, const struct ir_patch *patch)
{
	size_t off = patch->off - p->at;
	struct slice a = slice_sub(p->recorded.bytes, off, patch->width), b;
	bool grew;

	b = sent_at(p, off, patch->width, &grew);
	p->s->of[patch->what].places++;
	if (!slice_eq(a, b) || (grew && may_grow((enum ir_what)patch->what)))
		count_change(p, patch, a, b);
}

/* The frame's length. */
static void
count_frame(struct pair *p, struct slice recorded, struct slice sent)
{
	for (uint32_t i = 0; i < p->ev->n_patches && p->ev->patches[i].off < NBSS_HEADER; i++) {
		const struct ir_patch *patch = &p->ev->patches[i];
		struct slice a = slice_sub(recorded, patch->off, patch->width);
		struct slice b = slice_sub(sent, patch->off, patch->width);

		p->s->of[patch->what].places++;
		if (!slice_eq(a, b))
			count_change(p, patch, a, b);
	}
}

static bool
is_patched(const struct pair *p, size_t off)
{
	for (uint32_t i = 0; i < p->ev->n_patches; i++) {
		const struct ir_patch *patch = &p->ev->patches[i];

		if (off >= patch->off && off - patch->off < patch->width)
			return true;
	}
	return false;
}

/* Does a patch that may change its length lie in the field? */
static bool
has_grown(const struct pair *p, const struct smb2_item *it)
{
	for (uint32_t i = 0; i < p->ev->n_patches; i++)
		if (may_grow((enum ir_what)p->ev->patches[i].what) &&
		    p->ev->patches[i].off >= p->at && covers(it, p->ev->patches[i].off - p->at))
			return true;
	return false;
}

static void
count_field(struct substituted *s, const char *name)
{
	size_t i = 0;

	while (i < s->n_fields && strcmp(s->fields[i].name, name) != 0)
		i++;
	if (i == SUBSTITUTED_FIELDS) {
		s->other++;
		return;
	}
	if (i == s->n_fields)
		s->fields[s->n_fields++].name = name;
	s->fields[i].n++;
}

/* Does a byte of the field differ that no patch covers? */
static bool
differs_unpatched(const struct pair *p, const struct smb2_item *was, const struct smb2_item *is)
{
	struct slice a = slice_sub(p->recorded.bytes, was->off, was->len);
	struct slice b = slice_sub(p->sent.bytes, is->off, is->len);

	if (slice_eq(a, b) || (a.n != b.n && has_grown(p, was)))
		return false;
	for (size_t i = 0; i < a.n && i < b.n; i++)
		if (a.p[i] != b.p[i] && !is_patched(p, p->at + was->off + i))
			return true;
	return a.n != b.n;
}

/* A length or offset that follows from another is no change of its own. */
static bool
follows(const struct pair *p, const struct smb2_item *it)
{
	return it->row->role == SMB2_LAYOUT && p->recorded.bytes.n != p->sent.bytes.n;
}

/* The header's fields lie alike in both. */
static int
on_header(void *ctx, const struct smb2_item *it)
{
	const struct pair *p = ctx;

	if (it->row != NULL && !follows(p, it) && differs_unpatched(p, it, it))
		count_field(p->s, it->name);
	return 0;
}

static int
count_fields(struct pair *p)
{
	const struct smb2_visitor v = {.ctx = p, .leaf = on_header};

	for (size_t i = 0; p->alike && i < p->was.n; i++) {
		const struct smb2_item *was = &p->was.list[i].it;

		if (!follows(p, was) && differs_unpatched(p, was, &p->is.list[i].it))
			count_field(p->s, was->name);
	}
	if (!p->alike)
		p->s->other++;
	return smb2_walk_header(&p->recorded, &v);
}

/* Both have the same fields one after the other. */
static bool
are_alike(const struct fields *a, const struct fields *b)
{
	for (size_t i = 0; i < a->n && i < b->n; i++)
		if (a->list[i].it.row != b->list[i].it.row ||
		    a->list[i].it.element != b->list[i].it.element)
			return false;
	return a->n == b->n && !a->more && !b->more;
}

static int
count_pdu(struct pair *p)
{
	size_t end = p->at + p->recorded.bytes.n;
	int r;

	smb2_pdu_open(&p->recorded, 0);
	smb2_pdu_open(&p->sent, 0);
	r = fields_of_body(&p->recorded, &p->was);
	if (r == 0)
		r = fields_of_body(&p->sent, &p->is);
	p->alike = r == 0 && are_alike(&p->was, &p->is);
	for (uint32_t i = 0; r == 0 && i < p->ev->n_patches; i++)
		if (p->ev->patches[i].off >= p->at && p->ev->patches[i].off < end)
			count_patch(p, &p->ev->patches[i]);
	if (r == 0 && !slice_eq(p->recorded.bytes, p->sent.bytes))
		r = count_fields(p);
	fields_free(&p->was);
	fields_free(&p->is);
	return r;
}

/* A message as recorded and as it went out, PDU by PDU. */
static int
count_message(struct pair *p, struct slice recorded, struct slice sent)
{
	struct smb2_chain a = smb2_chain_init(recorded), b = smb2_chain_init(sent);
	struct slice was, is;
	int r = 0;

	p->s->messages++;
	p->s->changed += !slice_eq(recorded, sent);
	p->s->relaid += recorded.n != sent.n;
	count_frame(p, recorded, sent);
	while (r == 0 && smb2_chain_next(&a, &was) && smb2_chain_next(&b, &is)) {
		p->at = (size_t)(was.p - recorded.p);
		if (smb2_pdu_decode(was, &p->recorded) == 0 && smb2_pdu_decode(is, &p->sent) == 0)
			r = count_pdu(p);
	}
	return r;
}

int
substituted_gather(struct substituted *s, const struct ir *workload, const struct ir *run)
{
	struct buf a = {0}, b = {0};
	int r = 0;

	*s = (struct substituted){0};
	for (size_t i = 0; r == 0 && i < run->n_events; i++) {
		const struct ir_event *ev = &run->events[i];
		struct pair p = {.s = s};
		struct slice recorded, sent;

		if (ev->kind != IR_SEND || ev->of > workload->n_events)
			continue;
		if (ev->of == 0) {
			s->own++;
			continue;
		}
		p.event = ev->of - 1;
		p.ev = &workload->events[p.event];
		recorded = ir_bytes(workload, p.ev, &a);
		sent = ir_bytes(run, ev, &b);
		r = a.err != 0 ? a.err : b.err;
		if (r == 0)
			r = count_message(&p, recorded, sent);
	}
	buf_free(&a);
	buf_free(&b);
	return r;
}
