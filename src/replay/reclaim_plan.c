/* What is to be done on a new connection. */
#include "config.h"

#include "replay/reclaim_plan.h"

#include <stdlib.h>

#include "replay/react.h"
#include "replay/reclaim_open.h"

#define SETUP_BINDING 1 /* MS-SMB2 2.2.5 */

void
plan_free(struct plan *p)
{
	free(p->tasks);
	*p = (struct plan){.n = 0};
}

static int
add(struct plan *p, const struct task *t)
{
	struct task *more = realloc(p->tasks, (p->n + 1) * sizeof(*more));

	if (more == NULL)
		return ERR_NOMEM;
	p->tasks = more;
	p->tasks[p->n++] = *t;
	return 0;
}

/* The first PDU of a recorded request; false: it is none of SMB2. */
static bool
first_pdu(struct engine *e, uint32_t event, struct smb2_pdu *out)
{
	struct smb2_chain chain;
	struct slice pdu;

	buf_reset(&e->out);
	chain = smb2_chain_init(ir_bytes(e->ir, &e->ir->events[event], &e->out));
	return smb2_chain_next(&chain, &pdu) && smb2_pdu_decode(pdu, out) == 0;
}

static bool
is_smb1(struct engine *e, uint32_t event)
{
	buf_reset(&e->out);
	return smb2_msg_kind(ir_bytes(e->ir, &e->ir->events[event], &e->out)) == SMB2_MSG_SMB1;
}

/* What the connection begins with, one in SMB1 included. */
static int
add_negotiates(struct engine *e, uint32_t conn, struct plan *p)
{
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < e->ir->n_events; i++) {
		struct smb2_pdu pdu;

		if (e->ir->events[i].conn != conn || e->ir->events[i].kind != IR_SEND)
			continue;
		if (!engine_passed(e, i) ||
		    !(first_pdu(e, i, &pdu) ? pdu.h.command == SMB2_CMD_NEGOTIATE : is_smb1(e, i)))
			break;
		r = add(p, &(struct task){.kind = TASK_NEGOTIATE, .event = i});
	}
	return r;
}

static bool
is_binding(struct engine *e, uint32_t event)
{
	struct smb2_pdu pdu;

	return first_pdu(e, event, &pdu) &&
	       pdu.body_def == &smb2_defs[SMB2_DEF_smb2_session_setup_req] &&
	       (pdu.body.smb2_session_setup_req.flags & SETUP_BINDING) != 0;
}

/* Was it made on this connection, and is it still there? */
static bool
is_there(const struct engine *e, uint32_t conn, enum ir_what what, const struct handle *h)
{
	struct slice v;

	return h->asked != HANDLES_NEVER && e->ir->events[h->asked].conn == conn &&
	       judge_symbol(e->judge, what, h->number, &v) == JUDGE_DEFINED &&
	       (h->ended == HANDLES_NEVER || !engine_passed(e, h->ended));
}

static int
add_handles(struct engine *e, uint32_t conn, enum ir_what what, struct plan *p)
{
	static const enum task_kind kinds[IR_N_SYMBOL_KINDS] = {
		[IR_SESSION] = TASK_SESSION, [IR_TREE] = TASK_TREE, [IR_OPEN] = TASK_OPEN};
	const struct handles *all = react_handles(e);
	int r = 0;

	for (uint32_t i = 1; r == 0 && i <= all->index[what].n; i++) {
		const struct handle *h = &all->list[what][i];

		if (!is_there(e, conn, what, h))
			continue;
		p->n_opens += what == IR_OPEN;
		if (what != IR_OPEN || reclaim_is_durable(e, h))
			r = add(p, &(struct task){.kind = kinds[what],
						  .event = h->asked,
						  .number = h->number,
						  .session = h->session,
						  .tree = h->tree});
	}
	return r;
}

/* The first leg of each logon that bound the connection to a session of another one. */
static int
add_bindings(struct engine *e, uint32_t conn, struct plan *p)
{
	uint32_t last = 0;
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < e->ir->n_events; i++) {
		const struct ir_event *ev = &e->ir->events[i];
		uint32_t session = ev->n_patches > 0 && ev->kind == IR_SEND && ev->conn == conn &&
						   engine_passed(e, i)
					   ? handles_session(ev)
					   : 0;

		if (session == 0 || session == last || !is_binding(e, i))
			continue;
		last = session;
		r = add(p, &(struct task){.kind = TASK_SESSION,
					  .event = i,
					  .number = session,
					  .session = session,
					  .binds = true});
	}
	return r;
}

bool
plan_next_leg(struct engine *e, struct task *t)
{
	uint32_t conn = e->ir->events[t->event].conn;
	struct smb2_pdu pdu;

	for (uint32_t i = t->event + 1; i < e->ir->n_events && engine_passed(e, i); i++) {
		const struct ir_event *ev = &e->ir->events[i];

		if (ev->kind != IR_SEND || ev->conn != conn || handles_session(ev) != t->number ||
		    !first_pdu(e, i, &pdu))
			continue;
		if (pdu.h.command == SMB2_CMD_SESSION_SETUP)
			t->event = i;
		return pdu.h.command == SMB2_CMD_SESSION_SETUP;
	}
	return false;
}

int
plan_make(struct engine *e, uint32_t conn, struct plan *out)
{
	int r = react_look_through(e);

	*out = (struct plan){.n = 0};
	if (r == 0)
		r = add_negotiates(e, conn, out);
	if (r == 0)
		r = add_handles(e, conn, IR_SESSION, out);
	if (r == 0)
		r = add_bindings(e, conn, out);
	if (r == 0)
		r = add_handles(e, conn, IR_TREE, out);
	if (r == 0)
		r = add_handles(e, conn, IR_OPEN, out);
	return r;
}
