/* Requests with their answers, symbols with what defines them, and who received what. */
#include "config.h"

#include <stdlib.h>

#include "base/list.h"
#include "ir/conflicts_int.h"
#include "ir/handles.h"
#include "ir/interim.h"
#include "proto/ntstatus.h"
#include "proto/smb2_pdu.h"

enum { KEY_REQUEST };

struct answers {
	struct conflicts *c;
	const struct ir *ir;
	struct cut_entry *requests; /* place plus 1, by MessageId and connection */
	struct buf heads, scratch;
	uint32_t *last_group; /* owned: of each connection, that of its last request */
	uint32_t n;           /* the event at hand */
};

static int
find_definitions(struct conflicts *c)
{
	for (size_t k = 0; k < IR_N_SYMBOL_KINDS; k++) {
		int r = ir_index_new(c->ir, (enum ir_what)k, &c->index[k]);

		if (r != 0)
			return r;
		c->defs[k] = calloc((size_t)c->index[k].n + 1, sizeof(*c->defs[k]));
		if (c->defs[k] == NULL)
			return ERR_NOMEM;
	}
	for (uint32_t n = 0; n < c->ir->n_events; n++) {
		const struct ir_event *ev = &c->ir->events[n];

		for (uint32_t i = 0; ev->kind == IR_RECV && i < ev->n_patches; i++) {
			const struct ir_patch *d = &ev->patches[i];

			c->defs[d->what][ir_index_at(&c->index[d->what], d->number)] = n + 1;
		}
	}
	return 0;
}

static int
see_request(struct answers *a, const struct credit_heads *at, const struct credit_head *h)
{
	struct conflicts *c = a->c;
	const struct cut_key k = {
		.a = h->message_id, .b = a->ir->events[a->n].conn, .kind = KEY_REQUEST};
	int r = list_room(&c->asked, c->n_asked, &c->cap_asked, sizeof(*c->asked));

	if (r != 0)
		return r;
	c->asked[c->n_asked++] = (struct asked){.event = a->n,
						.off = (uint32_t)at->at,
						.len = (uint32_t)(at->next - at->at),
						.interim = CONFLICTS_NEVER,
						.final = CONFLICTS_NEVER,
						.message_id = h->message_id,
						.command = h->command};
	/* A CANCEL has the MessageId of what it cancels. */
	if (h->command == SMB2_CMD_CANCEL)
		return 0;
	return cut_table_put(&a->requests, &k, (uint32_t)c->n_asked);
}

/* What a CREATE made: of the file, and the open. */
static void
see_create(struct answers *a, const struct credit_heads *at, struct asked *q)
{
	const struct ir_event *ev = &a->ir->events[a->n];
	struct slice bytes = ir_bytes(a->ir, ev, &a->scratch);
	struct smb2_pdu pdu;

	q->open = ir_index_at(&a->c->index[IR_OPEN],
			      ir_symbol_in(ev, IR_OPEN, at->at, at->next - at->at));
	if (smb2_pdu_decode(slice_sub(bytes, at->at, at->next - at->at), &pdu) == 0 &&
	    pdu.body_def == &smb2_defs[SMB2_DEF_smb2_create_resp])
		q->action = (uint8_t)pdu.body.smb2_create_resp.create_action;
}

static void
see_answer(struct answers *a, const struct credit_heads *at, const struct credit_head *h)
{
	const struct cut_key k = {
		.a = h->message_id, .b = a->ir->events[a->n].conn, .kind = KEY_REQUEST};
	uint32_t place = cut_table_get(&a->requests, &k);
	struct asked *q = place != 0 ? &a->c->asked[place - 1] : NULL;

	if (h->message_id == SMB2_NO_MESSAGE_ID)
		a->c->answers[a->n] = CONFLICTS_BREAK;
	if (q == NULL || q->final != CONFLICTS_NEVER)
		return;
	if (a->c->group_of[a->n] == 0)
		a->c->group_of[a->n] = a->c->group_of[q->event];
	if (h->status == (uint32_t)STATUS_PENDING && (h->flags & SMB2_FLAGS_ASYNC_COMMAND) != 0) {
		q->interim = q->interim == CONFLICTS_NEVER ? a->n : q->interim;
		return;
	}
	q->final = a->n;
	if (a->c->answers[a->n] != CONFLICTS_BREAK) {
		q->next = a->c->answers[a->n];
		a->c->answers[a->n] = place;
	}
	q->status = h->status;
	if (q->command == SMB2_CMD_CREATE && h->status == STATUS_SUCCESS)
		see_create(a, at, q);
}

/* An answer is received by whom it logs on, or who asked. A connection is ended by who spoke last
 * on it. */
static int
see_event(struct answers *a)
{
	const struct ir_event *ev = &a->ir->events[a->n];
	struct credit_heads at = {.ir = a->ir, .ev = ev, .scratch = &a->heads};
	uint32_t *group = &a->c->group_of[a->n];
	struct credit_head h;
	int r = 0;

	*group = ev->kind == IR_SEND || ev->kind == IR_RECV
			 ? ir_index_at(&a->c->index[IR_SESSION], handles_session(ev))
			 : 0;
	while (r == 0 && (ev->kind == IR_SEND || ev->kind == IR_RECV) &&
	       credit_heads_next(&at, &h)) {
		if (ev->kind == IR_SEND)
			r = see_request(a, &at, &h);
		else
			see_answer(a, &at, &h);
	}
	if (ev->kind == IR_FIN || ev->kind == IR_RST)
		*group = a->last_group[ev->conn];
	if (*group == 0)
		*group = conflicts_conn_group(a->c, ev->conn);
	if (ev->kind == IR_SEND)
		a->last_group[ev->conn] = *group;
	if (r == 0)
		r = a->heads.err != 0 ? a->heads.err : a->scratch.err;
	return r;
}

static bool
is_received(const struct ir_event *ev)
{
	return ev->kind == IR_RECV || (ev->server && (ev->kind == IR_FIN || ev->kind == IR_RST));
}

/* Sort what was received by group, by counting. */
static int
list_received(struct conflicts *c)
{
	size_t n = c->ir->n_events;
	uint32_t *first = calloc((size_t)c->n_groups + 2, sizeof(*first));

	c->received = calloc(n + 1, sizeof(*c->received));
	c->first_received = first;
	if (first == NULL || c->received == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < n; i++)
		if (is_received(&c->ir->events[i]))
			first[c->group_of[i] + 2]++;
	for (size_t g = 2; g < (size_t)c->n_groups + 2; g++)
		first[g] += first[g - 1];
	/* What is counted at g + 1 while filling is where the list of g ends. */
	for (uint32_t i = 0; i < n; i++)
		if (is_received(&c->ir->events[i]))
			c->received[first[c->group_of[i] + 1]++] = i;
	return 0;
}

/* Which interim answers tell something. */
static void
judge_interims(struct conflicts *c)
{
	for (size_t i = 0; i < c->n_asked; i++) {
		struct asked *q = &c->asked[i];
		const struct interim_wait w = {.message_id = q->message_id,
					       .conn = c->ir->events[q->event].conn,
					       .command = q->command,
					       .interim = q->interim,
					       .final = q->final};

		q->counts = q->interim != CONFLICTS_NEVER && interim_counts(c->ir, &w);
	}
}

int
conflicts_answers(struct conflicts *c)
{
	struct answers a = {.c = c, .ir = c->ir};
	int r = find_definitions(c);

	c->n_groups = conflicts_conn_group(c, (uint32_t)c->ir->meta.n_conns);
	c->group_of = calloc(c->ir->n_events + 1, sizeof(*c->group_of));
	c->first_asked = calloc(c->ir->n_events + 1, sizeof(*c->first_asked));
	c->answers = calloc(c->ir->n_events + 1, sizeof(*c->answers));
	a.last_group = calloc(c->ir->meta.n_conns + 1, sizeof(*a.last_group));
	if (c->group_of == NULL || c->first_asked == NULL || c->answers == NULL ||
	    a.last_group == NULL)
		r = ERR_NOMEM;
	for (a.n = 0; r == 0 && a.n < c->ir->n_events; a.n++) {
		c->first_asked[a.n] = (uint32_t)c->n_asked;
		r = see_event(&a);
	}
	c->first_asked[c->ir->n_events] = (uint32_t)c->n_asked;
	free(a.last_group);
	cut_table_free(&a.requests);
	buf_free(&a.heads);
	buf_free(&a.scratch);
	if (r == 0)
		judge_interims(c);
	return r == 0 ? list_received(c) : r;
}
