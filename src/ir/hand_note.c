/* What recorded events say for those that a hand writes below them, and the end of it all. */
#include "config.h"

#include "ir/hand_int.h"

static void
note_request(struct hand_conn *c, const struct ir_event *ev, size_t at, const struct smb2_pdu *pdu,
	     struct hand_asked *a)
{
	uint64_t charge = pdu->h.credit_charge > 1 ? pdu->h.credit_charge : 1;

	c->negotiated |= pdu->h.command == SMB2_CMD_NEGOTIATE;
	if (pdu->h.command != SMB2_CMD_CANCEL && pdu->h.message_id != SMB2_NO_MESSAGE_ID &&
	    pdu->h.message_id >= c->recorded) {
		c->recorded = pdu->h.message_id + charge;
		c->next_id = hand_moved_id(c, c->recorded);
	}
	a->command = pdu->h.command;
	a->message_id = hand_moved_id(c, pdu->h.message_id);
	for (unsigned k = 0; k < IR_N_SYMBOL_KINDS; k++)
		a->symbols[k] = ir_symbol_in(ev, (enum ir_what)k, at, pdu->bytes.n);
	if (a->symbols[IR_SESSION] != 0)
		c->session = a->symbols[IR_SESSION];
	if (a->symbols[IR_TREE] != 0)
		c->tree = a->symbols[IR_TREE];
}

/* What the answer to a request with a label defines is known by that label. */
static void
note_answer(struct hand *h, struct hand_conn *c, const struct ir_event *ev, size_t at,
	    const struct smb2_pdu *pdu)
{
	struct hand_asked *a = hand_find_asked(h, ev->conn, hand_moved_id(c, pdu->h.message_id));

	for (unsigned k = 0; k < IR_N_SYMBOL_KINDS; k++) {
		uint32_t number = ir_symbol_in(ev, (enum ir_what)k, at, pdu->bytes.n);

		if (number == 0)
			continue;
		if (a != NULL)
			a->symbols[k] = number;
		if (k == IR_SESSION)
			c->session = number;
		else if (k == IR_TREE)
			c->tree = number;
		else if (k == IR_OPEN)
			c->open = number;
	}
}

static size_t
count_pdus(struct slice bytes)
{
	struct smb2_chain chain = smb2_chain_init(bytes);
	struct slice pdu;
	size_t n = 0;

	while (smb2_chain_next(&chain, &pdu))
		n++;
	return n;
}

static int
note_message(struct hand *h, struct hand_conn *c, const struct ir_event *ev, struct slice bytes)
{
	size_t n = ev->kind == IR_SEND && ev->label != NULL ? count_pdus(bytes) : 0, i = 0;
	struct hand_asked *asked = arena_alloc(&h->l->ir->arena, n * sizeof(*asked)), none;
	struct smb2_chain chain = smb2_chain_init(bytes);
	struct smb2_pdu pdu;
	struct slice s;

	if (asked == NULL)
		return ERR_NOMEM;
	for (; smb2_chain_next(&chain, &s); i++) {
		size_t at = (size_t)(s.p - bytes.p);

		if (smb2_pdu_decode(s, &pdu) != 0)
			continue;
		if (ev->kind == IR_SEND)
			note_request(c, ev, at, &pdu, i < n ? &asked[i] : &none);
		else
			note_answer(h, c, ev, at, &pdu);
	}
	return n > 0 ? hand_add_recorded(h, ev->label, ev->conn, asked, (uint32_t)n) : 0;
}

static int
note(struct hand *h, struct ir_event *ev, struct buf *scratch)
{
	struct hand_conn *c = hand_conn(h, ev->conn);
	struct slice bytes;
	int r;

	if (c == NULL)
		return ERR_NOMEM;
	h->t = ev->t_last > h->t ? ev->t_last : h->t;
	c->up = true;
	if (ev->kind != IR_SEND && ev->kind != IR_RECV)
		return 0;
	bytes = ir_bytes(h->l->ir, ev, scratch);
	if (scratch->err != 0)
		return scratch->err;
	if (smb2_msg_kind(bytes) != SMB2_MSG_PLAIN)
		return 0;
	r = note_message(h, c, ev, bytes);
	return r == 0 ? hand_move_ids(h, c, ev, bytes) : r;
}

int
hand_note(struct ir_loader *l)
{
	struct buf scratch = {0};
	int r = 0;

	if (l->hand != NULL)
		r = note(l->hand, &l->ir->events[l->ir->n_events - 1], &scratch);
	if (l->hand != NULL || l->file)
		l->ir->events[l->ir->n_events - 1].line = (uint32_t)l->doc.line;
	buf_free(&scratch);
	return r;
}

int
hand_note_all(struct hand *h)
{
	struct buf scratch = {0};
	int r = 0;

	for (size_t i = 0; r == 0 && i < h->l->ir->n_events; i++)
		r = note(h, &h->l->ir->events[i], &scratch);
	buf_free(&scratch);
	return r;
}

/* New symbols follow those that were recorded. */
static void
renumber(const uint32_t *recorded, enum ir_what what, uint32_t *number)
{
	if ((*number & HAND_NEW) != 0)
		*number = (*number & ~HAND_NEW) + recorded[what];
}

static int
check_room(const struct hand *h)
{
	for (unsigned k = 0; k < IR_N_SYMBOL_KINDS; k++)
		if (h->n_symbols[k] > IR_MAX_SYMBOL - h->l->ir->n_symbols[k])
			return err_set(h->l->doc.e, ERR_LIMIT, "%s: over %u symbols",
				       h->l->doc.file, IR_MAX_SYMBOL);
	return 0;
}

static int
place_symbols(struct hand *h)
{
	struct ir *ir = h->l->ir;
	uint32_t recorded[IR_N_SYMBOL_KINDS];
	int r = check_room(h);

	memcpy(recorded, ir->n_symbols, sizeof(recorded));
	for (size_t i = 0; r == 0 && i < ir->n_events; i++) {
		struct ir_event *ev = &ir->events[i];
		/* A hand-written event's patches were made here, none is shared. */
		struct ir_patch *p = (struct ir_patch *)(uintptr_t)ev->patches;

		renumber(recorded, IR_SESSION, &ev->sealed_by);
		for (uint32_t k = 0; r == 0 && k < ev->n_patches; k++) {
			bool new = (p[k].number & HAND_NEW) != 0;

			if (new)
				renumber(recorded, (enum ir_what)p[k].what, &p[k].number);
			if (new && ev->kind == IR_RECV)
				r = ir_define(h->l, &p[k]);
		}
	}
	for (size_t i = 0; r == 0 && i < h->n_principals; i++)
		renumber(recorded, IR_SESSION, &h->principals[i].session);
	return r;
}

/* Who logs on, behind those of workload.json. */
static int
place_principals(struct hand *h)
{
	struct ir_meta *meta = &h->l->ir->meta;
	size_t n = meta->n_principals + h->n_principals;
	struct ir_principal *all = arena_alloc(&h->l->ir->arena, n * sizeof(*all));

	if (all == NULL)
		return ERR_NOMEM;
	if (meta->n_principals > 0)
		memcpy(all, meta->principals, meta->n_principals * sizeof(*all));
	if (h->n_principals > 0)
		memcpy(all + meta->n_principals, h->principals, h->n_principals * sizeof(*all));
	meta->principals = all;
	meta->n_principals = n;
	return 0;
}

/* A file's connections are those that it names. */
static int
place_conns(struct ir_loader *l)
{
	struct ir_conn *conns = arena_alloc(&l->ir->arena, l->n_conns * sizeof(*conns));

	if (conns == NULL)
		return ERR_NOMEM;
	for (uint32_t i = 0; i < l->n_conns; i++)
		conns[i] = (struct ir_conn){"client", "server", true};
	l->ir->meta.conns = conns;
	l->ir->meta.n_conns = l->n_conns;
	return 0;
}

int
hand_end(struct ir_loader *l)
{
	struct hand *h = l->hand;
	int r = l->file ? place_conns(l) : 0;

	if (r == 0 && l->file)
		l->ir->meta.tool = "hand-written";
	if (r != 0 || h == NULL)
		return r;
	r = hand_place_rest(h);
	if (r == 0)
		r = place_symbols(h);
	return r == 0 ? place_principals(h) : r;
}
