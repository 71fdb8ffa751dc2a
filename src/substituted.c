/* Counting what was substituted, from the bytes themselves. */
#include "config.h"

#include "substituted.h"

/* A message as recorded and as it went out. */
struct pair {
	struct substituted *s;
	const struct ir_event *ev;
	uint64_t event;
	struct slice recorded, sent;
};

/* Tokens and signatures say something of passwords; a server's name varies in length. */
static bool
may_show(enum ir_what what)
{
	return what < IR_N_SYMBOL_KINDS;
}

/* Where the byte at `off` of the recorded message went: behind a part that grew, further back. */
static size_t
moved(const struct pair *p, size_t off, size_t grew_at)
{
	return off > grew_at ? off + p->sent.n - p->recorded.n : off;
}

/* Up to where both are laid alike: the first patch that may have another length. */
static size_t
grows_at(const struct pair *p)
{
	for (uint32_t i = 0; p->recorded.n != p->sent.n && i < p->ev->n_patches; i++)
		if (p->ev->patches[i].what == IR_TOKEN || p->ev->patches[i].what == IR_SERVER)
			return p->ev->patches[i].off;
	return p->recorded.n;
}

static void
count_patch(struct pair *p, const struct ir_patch *patch, size_t grew_at)
{
	struct substituted_kind *k = &p->s->of[patch->what];
	size_t at = moved(p, patch->off, grew_at);
	struct slice a = slice_sub(p->recorded, patch->off, patch->width);
	struct slice b = slice_sub(p->sent, at, patch->width);

	k->places++;
	if (slice_eq(a, b) && patch->off != grew_at)
		return;
	if (k->changed++ > 0)
		return;
	k->event = p->event;
	if (!may_show((enum ir_what)patch->what) || a.n == 0 || a.n != b.n)
		return;
	k->shown = a.n < SUBSTITUTED_SHOWN ? a.n : SUBSTITUTED_SHOWN;
	memcpy(k->recorded, a.p, k->shown);
	memcpy(k->sent, b.p, k->shown);
}

static bool
is_patched(const struct ir_event *ev, size_t off)
{
	for (uint32_t i = 0; i < ev->n_patches; i++)
		if (off >= ev->patches[i].off && off - ev->patches[i].off < ev->patches[i].width)
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

struct fields {
	struct pair *p;
	size_t at; /* of the PDU in the message */
};

/* Does a byte of the field differ that no patch covers? */
static int
on_field(void *ctx, const struct smb2_item *it)
{
	struct fields *f = ctx;
	const struct pair *p = f->p;
	struct slice a = slice_sub(p->recorded, f->at + it->off, it->len);
	struct slice b = slice_sub(p->sent, f->at + it->off, it->len);

	for (size_t i = 0; !slice_eq(a, b) && i < a.n; i++) {
		if (a.p[i] != b.p[i] && !is_patched(p->ev, f->at + it->off + i)) {
			count_field(p->s, it->row != NULL ? it->name : "padding");
			return 0;
		}
	}
	return 0;
}

/* Messages of one length: what differs outside of the patches, by the fields' names. */
static int
count_fields(struct pair *p)
{
	struct smb2_chain chain = smb2_chain_init(p->recorded);
	struct fields f = {.p = p};
	const struct smb2_visitor v = {.ctx = &f, .leaf = on_field};
	struct smb2_pdu pdu;
	struct slice one;
	int r = 0;

	while (r == 0 && smb2_chain_next(&chain, &one)) {
		f.at = (size_t)(one.p - p->recorded.p);
		if (smb2_pdu_decode(one, &pdu) != 0)
			continue;
		r = smb2_walk_header(&pdu, &v);
		if (r == 0)
			r = smb2_walk_body(&pdu, &v);
	}
	return r;
}

static int
count_message(struct pair *p)
{
	size_t grew_at = grows_at(p);

	p->s->messages++;
	for (uint32_t i = 0; i < p->ev->n_patches; i++)
		count_patch(p, &p->ev->patches[i], grew_at);
	if (slice_eq(p->recorded, p->sent))
		return 0;
	p->s->changed++;
	if (p->recorded.n == p->sent.n)
		return count_fields(p);
	p->s->relaid++;
	return 0;
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

		if (ev->kind != IR_SEND || ev->of > workload->n_events)
			continue;
		if (ev->of == 0) {
			s->own++;
			continue;
		}
		p.event = ev->of - 1;
		p.ev = &workload->events[p.event];
		p.recorded = ir_bytes(workload, p.ev, &a);
		p.sent = ir_bytes(run, ev, &b);
		r = a.err != 0 ? a.err : b.err;
		if (r == 0)
			r = count_message(&p);
	}
	buf_free(&a);
	buf_free(&b);
	return r;
}
