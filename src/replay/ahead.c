/* Messages made ready before their time. */
#include "config.h"

#include "replay/ahead.h"

#include "replay/barriers.h"
#include "replay/engine_int.h"

#define KEPT ((size_t)4096) /* bytes of a buffer that is kept */

/* An entry of the audit, kept until its message goes out. */
struct kept {
	struct audit_entry entry;
	size_t recorded, sent; /* where their bytes are */
};

/* Most messages are small, and their memory is used again. */
static void
forget(struct buf *b)
{
	if (b->cap > KEPT)
		buf_free(b);
	else
		buf_reset(b);
}

static void
empty(struct ahead *a, size_t i)
{
	struct ahead_slot *s = &a->slots[i];

	a->bytes -= s->plain.n + s->wire.n;
	a->n--;
	a->events[i] = 0;
	forget(&s->plain);
	forget(&s->wire);
	forget(&s->audit);
	forget(&s->audited);
}

void
ahead_free(struct ahead *a)
{
	for (size_t i = 0; i < AHEAD_SLOTS; i++) {
		buf_free(&a->slots[i].plain);
		buf_free(&a->slots[i].wire);
		buf_free(&a->slots[i].audit);
		buf_free(&a->slots[i].audited);
	}
}

/* The slot of an event plus 1; AHEAD_SLOTS: none. With 0 a free one. */
static size_t
slot_of(const struct ahead *a, uint64_t event)
{
	size_t i = 0;

	while (i < AHEAD_SLOTS && a->events[i] != event)
		i++;
	return i;
}

void
ahead_done(struct engine *e, uint64_t n)
{
	size_t i = e->ahead.n > 0 ? slot_of(&e->ahead, n + 1) : AHEAD_SLOTS;

	if (i < AHEAD_SLOTS)
		empty(&e->ahead, i);
}

/* How often what messages of that connection are made of has changed; counts of three that only
 * grow. */
static uint64_t
inputs(const struct engine *e, uint64_t n)
{
	struct security_conn *c = e->conns[e->ir->events[n].conn].security;

	return security_mids(c)->changes + security_changes(c) + judge_changes(e->judge);
}

static void
keep_entry(void *ctx, const struct audit_entry *entry)
{
	struct ahead_slot *s = ctx;
	struct kept k = {.entry = *entry, .recorded = s->audited.n};

	buf_add(&s->audited, entry->recorded.p, entry->recorded.n);
	k.sent = s->audited.n;
	buf_add(&s->audited, entry->sent.p, entry->sent.n);
	buf_add(&s->audit, &k, sizeof(k));
}

static void
tell_audit(const struct ahead_slot *s, const struct audit_sink *sink)
{
	for (size_t at = 0; at < s->audit.n; at += sizeof(struct kept)) {
		struct kept k;

		memcpy(&k, s->audit.p + at, sizeof(k));
		k.entry.recorded.p = s->audited.p + k.recorded;
		k.entry.sent.p = s->audited.p + k.sent;
		sink->entry(sink->ctx, &k.entry);
	}
}

bool
ahead_take(struct engine *e, uint64_t n, struct engine_message *m)
{
	size_t i = e->ahead.n > 0 ? slot_of(&e->ahead, n + 1) : AHEAD_SLOTS;
	const struct ahead_slot *s;

	if (i == AHEAD_SLOTS)
		return false;
	s = &e->ahead.slots[i];
	if (s->inputs != inputs(e, n)) {
		e->ahead.dropped++;
		empty(&e->ahead, i);
		return false;
	}
	*m = (struct engine_message){.plain = buf_slice(&s->plain),
				     .wire = buf_slice(s->wire.n > 0 ? &s->wire : &s->plain),
				     .layers = s->layers};
	if (assemble_commit(e->assemble, e->conns[e->ir->events[n].conn].security, n) != 0)
		return false;
	if (e->assemble->audit.entry != NULL)
		tell_audit(s, &e->assemble->audit);
	e->ahead.taken++;
	return true;
}

/* Logons follow what comes in between, a CANCEL names its request by what has come until then, what
 * has a fault is nobody's hurry, and barriers make their messages themselves. */
static bool
can_be_ahead(struct engine *e, uint64_t n)
{
	const struct ir_event *ev = &e->ir->events[n];
	struct smb2_chain chain;
	struct slice pdu;
	size_t pdus = 0;

	if (ev->kind != IR_SEND || ev->fault != NULL || barriers_has(e, n) ||
	    ir_patch_in(ev, IR_TOKEN, 0, SIZE_MAX) != NULL)
		return false;
	buf_reset(&e->unpacked);
	chain = smb2_chain_init(ir_bytes(e->ir, ev, &e->unpacked));
	for (; smb2_chain_next(&chain, &pdu); pdus++) {
		unsigned command = pdu.n < SMB2_HEADER
					   ? (unsigned)SMB2_CMD_NEGOTIATE
					   : (unsigned)wire_le(pdu.p + SMB2_HDR_AT(command), 2);

		if (command == SMB2_CMD_NEGOTIATE || command == SMB2_CMD_SESSION_SETUP ||
		    command == SMB2_CMD_CANCEL)
			return false;
	}
	return pdus > 0;
}

/* Has every symbol that it uses a value? One that failed may still get one. */
static bool
is_known(const struct engine *e, const struct ir_event *ev)
{
	struct slice value;

	for (uint32_t i = 0; i < ev->n_patches; i++)
		if (ev->patches[i].what < IR_N_SYMBOL_KINDS &&
		    judge_symbol(e->judge, ev->patches[i].what, ev->patches[i].number, &value) !=
			    JUDGE_DEFINED)
			return false;
	return true;
}

/* What cannot be made will fail at its time, and be reported then. */
static void
make(struct engine *e, uint64_t n)
{
	struct security_conn *c = e->conns[e->ir->events[n].conn].security;
	struct assemble *a = e->assemble;
	const struct audit_sink sink = a->audit;
	size_t i = slot_of(&e->ahead, 0);
	struct ahead_slot *s = &e->ahead.slots[i];
	struct engine_message m = {0};
	struct err err = {0};
	int r;

	s->inputs = inputs(e, n);
	e->ahead.events[i] = n + 1;
	e->ahead.n++;
	if (sink.entry != NULL)
		a->audit = (struct audit_sink){.ctx = s, .entry = keep_entry};
	a->more_credits = 0; /* it will be made anew where it is to ask for some */
	r = assemble_ahead(a, c, n, &s->plain, &err);
	a->audit = sink;
	m.plain = buf_slice(&s->plain);
	if (r == 0)
		r = assemble_layers(a, c, n, &m, &err);
	s->layers = m.layers;
	if (r == 0 && s->layers != 0)
		buf_add(&s->wire, m.wire.p, m.wire.n);
	e->ahead.bytes += s->plain.n + s->wire.n;
	r = r != 0                ? r
	    : s->wire.err != 0    ? s->wire.err
	    : s->audited.err != 0 ? s->audited.err
				  : s->audit.err;
	if (r != 0)
		empty(&e->ahead, i);
	if (r == ERR_NOMEM)
		e->fatal = r;
}

/* The lane that goes on next and has something to be looked at. */
static struct lane *
pick(struct engine *e)
{
	struct lane *best = NULL;

	for (size_t i = 0; i < e->n_lanes; i++) {
		struct lane *l = &e->lanes[i];

		if (l->done || l->ahead_heard == e->totals.received + 1)
			continue;
		if (l->ahead < l->pos)
			l->ahead = l->pos;
		if (l->ahead < l->n && l->ahead - l->pos < AHEAD_LOOK &&
		    (best == NULL || l->wake < best->wake))
			best = l;
	}
	return best;
}

/* Is there time for it, and what it is made of? */
static bool
can_be_made(struct engine *e, uint64_t n, uint64_t now)
{
	const struct ir_event *ev = &e->ir->events[n];
	const struct econn *c = &e->conns[ev->conn];

	return c->state == ECONN_UP && c->reclaim == NULL && is_known(e, ev) &&
	       ev->size < AHEAD_BYTES - e->ahead.bytes &&
	       e->wake - now > AHEAD_GUARD + (uint64_t)ev->size * AHEAD_NS_PER_BYTE;
}

bool
engine_make_ahead(struct engine *e, uint64_t now)
{
	struct lane *l;

	/* Behind a gate messages are edited, and nobody is in a hurry. */
	if (e->opt.pace == PACE_NONE || e->gate != NULL || e->stopped || e->fatal != 0)
		return false;
	if (e->ahead.tries == 0 || e->ahead.n == AHEAD_SLOTS || e->wake <= now + AHEAD_GUARD ||
	    (l = pick(e)) == NULL)
		return false;
	e->ahead.tries--;
	for (; l->ahead < l->n && l->ahead - l->pos < AHEAD_LOOK; l->ahead++) {
		uint64_t n = event_at(l, l->ahead);

		if (!can_be_ahead(e, n))
			continue;
		if (!can_be_made(e, n, now)) {
			l->ahead_heard = e->totals.received + 1;
			return true;
		}
		make(e, n);
		l->ahead++;
		return true;
	}
	return true;
}
