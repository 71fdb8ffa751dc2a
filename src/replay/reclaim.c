/* A connection that was lost, unlike recorded. */
#include "config.h"

#include "replay/reclaim.h"

#include <stdlib.h>

#include "proto/ntstatus.h"
#include "replay/cancel.h"
#include "replay/react.h"
#include "replay/reclaim_open.h"
#include "replay/reclaim_plan.h"
#include "replay/segments.h"

#define RETRY_NS 200000000u /* a server that comes up again refuses connections for a while */

struct reclaim {
	struct plan plan;
	size_t at;        /* the task at work */
	uint64_t sent_id; /* of its last request */
	uint64_t next_id;
	uint64_t resume; /* the recorded MessageId that goes on behind all tasks */
	uint64_t deadline, retry;
};

void
reclaim_free(struct reclaim *r)
{
	if (r == NULL)
		return;
	plan_free(&r->plan);
	free(r);
}

/* Requests that are sent already, and what is still to be sent, on a connection. */
struct remains {
	bool sends;        /* something is */
	uint64_t first_id; /* the lowest MessageId of it */
};

static void
look_at_send(struct engine *e, const struct ir_event *ev, bool passed, struct remains *out)
{
	struct smb2_chain chain;
	struct slice pdu;

	buf_reset(&e->out);
	chain = smb2_chain_init(ir_bytes(e->ir, ev, &e->out));
	out->sends |= !passed;
	while (smb2_chain_next(&chain, &pdu) && pdu.n >= SMB2_HEADER) {
		uint64_t id = wire_le(pdu.p + SMB2_HDR_AT(message_id), 8);

		if (passed)
			judge_give_up_answers(e->judge, ev->conn, id, JUDGE_LOST);
		else if (wire_le(pdu.p + SMB2_HDR_AT(command), 2) != SMB2_CMD_CANCEL &&
			 id < out->first_id)
			out->first_id = id;
	}
}

/* Is there something left to be sent before the recording closes the connection, too? */
static bool
has_sends(const struct engine *e, uint64_t n)
{
	uint32_t conn = e->ir->events[n].conn;

	for (uint64_t i = n; i < e->ir->n_events; i++) {
		const struct ir_event *ev = &e->ir->events[i];

		if (ev->conn != conn || (ev->kind != IR_SEND && ev->kind != IR_FIN &&
					 ev->kind != IR_RST && ev->kind != IR_CONNECT))
			continue;
		return ev->kind == IR_SEND;
	}
	return false;
}

static struct remains
look_at_sends(struct engine *e, uint64_t n)
{
	struct remains out = {.first_id = UINT64_MAX};

	for (uint64_t i = 0; i < e->ir->n_events; i++)
		if (e->ir->events[i].conn == e->ir->events[n].conn &&
		    e->ir->events[i].kind == IR_SEND)
			look_at_send(e, &e->ir->events[i], engine_passed(e, i), &out);
	return out;
}

/* Nothing of the lost connection counts any more. */
static int
begin_anew(struct engine *e, uint32_t conn)
{
	struct econn *c = &e->conns[conn];
	struct security_conn *fresh;
	int r = security_conn_new(e->security, &fresh);

	if (r != 0)
		return r;
	security_conn_free(c->security);
	c->security = fresh;
	own_free(&c->own);
	buf_free(&c->in);
	c->taken = 0;
	c->wrote = c->server_finished = false;
	credits_free(&c->window);
	c->window = (struct credits){.low = 0};
	return 0;
}

static void
connect_again(struct engine *e, uint32_t conn)
{
	struct econn *c = &e->conns[conn];

	c->state = ECONN_CONNECTING;
	c->reclaim->retry = ENGINE_NEVER;
	e->totals.connects++;
	if (e->io.connect(e->io.ctx, conn) == 0)
		return;
	c->state = ECONN_CLOSED;
	reclaim_lost(e, conn);
}

int
reclaim_begin(struct engine *e, uint64_t n, bool *begun)
{
	uint32_t conn = e->ir->events[n].conn;
	struct econn *c = &e->conns[conn];
	struct reclaim *r;
	struct remains remains;
	int ret;

	*begun = e->opt.on_drop == DROP_RECONNECT && c->went_on && !c->finished && has_sends(e, n);
	if (!*begun)
		return 0;
	engine_closed(e, conn, false, c->why, e->now);
	remains = look_at_sends(e, n);
	r = calloc(1, sizeof(*r));
	if (r == NULL)
		return ERR_NOMEM;
	c->reclaim = r;
	c->went_on = false;
	r->resume = remains.first_id;
	ret = plan_make(e, conn, &r->plan);
	if (ret == 0)
		ret = begin_anew(e, conn);
	if (ret != 0)
		return ret;
	e->totals.drops++;
	e->totals.opens += r->plan.n_opens;
	r->deadline = e->now + e->opt.timeout;
	connect_again(e, conn);
	return 0;
}

/* The connection stays lost. */
static void
give_up(struct engine *e, uint32_t conn, const char *why)
{
	struct econn *c = &e->conns[conn];

	reclaim_free(c->reclaim);
	c->reclaim = NULL;
	engine_closed(e, conn, false, why, e->now);
}

bool
reclaim_waits(struct engine *e, uint32_t conn, uint64_t now, uint64_t *wake)
{
	struct reclaim *r = e->conns[conn].reclaim;

	e->now = now;
	if (now >= r->deadline) {
		give_up(e, conn, "no reconnection in time");
		return false;
	}
	if (now >= r->retry)
		connect_again(e, conn);
	*wake = r->deadline < r->retry ? r->deadline : r->retry;
	return true;
}

void
reclaim_lost(struct engine *e, uint32_t conn)
{
	struct reclaim *r = e->conns[conn].reclaim;

	/* Once it was up, there is more amiss than a server that starts. */
	r->retry = r->at == 0 && r->next_id == 0 ? e->now + RETRY_NS : ENGINE_NEVER;
	if (r->retry == ENGINE_NEVER)
		r->deadline = e->now;
}

static void
finish(struct engine *e, uint32_t conn, int *ret)
{
	struct econn *c = &e->conns[conn];

	*ret = mids_restart(security_mids(c->security), c->reclaim->resume, c->reclaim->next_id);
	reclaim_free(c->reclaim);
	c->reclaim = NULL;
	c->loss_reported = false;
	e->totals.reconnects++;
}

/* e->out holds the request of the task at work; its layers are those of its event. */
static int
put_out(struct engine *e, uint32_t conn, const struct task *t, struct err *err)
{
	struct econn *c = &e->conns[conn];
	struct engine_message m = {.plain = buf_slice(&e->out)};
	int r = assemble_layers(e->assemble, c->security, t->event, &m, err);

	return r != 0 ? r : reclaim_send(e, conn, &m);
}

int
reclaim_send(struct engine *e, uint32_t conn, const struct engine_message *m)
{
	struct econn *c = &e->conns[conn];
	struct reclaim *r = c->reclaim;
	int ret = credits_sent(&c->window, r->next_id, 1);

	if (ret != 0)
		return ret;
	r->sent_id = r->next_id++;
	r->deadline = e->now + e->opt.timeout;
	if (e->watch.sent != NULL)
		e->watch.sent(e->watch.ctx, ENGINE_OWN, conn, m, e->now);
	e->totals.own++;
	segments_write_whole(e, conn, m->wire, e->now);
	return 0;
}

static uint64_t
live_id(const struct engine *e, uint32_t session)
{
	struct slice v;

	return session != 0 && judge_symbol(e->judge, IR_SESSION, session, &v) == JUDGE_DEFINED
		       ? wire_le(v.p, v.n)
		       : 0;
}

/* NEGOTIATE, SESSION_SETUP and TREE_CONNECT go out as recorded, but for their ids and the token.
 * `recorded`: not a leg of a logon that has more of them than the recorded one. */
static int
send_recorded(struct engine *e, uint32_t conn, const struct task *t, uint64_t session_id,
	      bool recorded)
{
	struct econn *c = &e->conns[conn];
	struct assemble_extra extra = {.message_id = c->reclaim->next_id,
				       .session_id = session_id,
				       .of = MIDS_OWN,
				       .recorded = recorded,
				       .previous = t->previous,
				       .what = "reconnection"};
	struct err err = {0};
	int r;

	buf_reset(&e->out);
	r = assemble_extra_leg(e->assemble, c->security, t->event, &extra, &e->out, &err);
	if (r == 0)
		r = put_out(e, conn, t, &err);
	if (r == ERR_NOMEM || r == ERR_CRYPTO || r == 0)
		return r;
	judge_report_live(e->judge, JUDGE_LOGON, conn, "reconnection", "a request as recorded",
			  err_text(&err));
	give_up(e, conn, "no reconnection");
	return 0;
}

static int
send_task(struct engine *e, uint32_t conn, struct task *t)
{
	if (t->kind == TASK_SESSION) {
		t->previous = t->binds ? 0 : live_id(e, t->number);
		if (!t->binds)
			security_forget(e->security, t->number);
		return send_recorded(e, conn, t, t->binds ? live_id(e, t->number) : 0, true);
	}
	if (t->kind == TASK_OPEN)
		return reclaim_open(e, conn, t, e->conns[conn].reclaim->next_id);
	return send_recorded(e, conn, t, live_id(e, t->session), true);
}

/* What stands in something that was not reclaimed is passed over. */
static bool
is_possible(const struct plan *p, const struct task *t)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct task *o = &p->tasks[i];

		if (o->failed && ((o->kind == TASK_SESSION && o->number == t->session) ||
				  (o->kind == TASK_TREE && o->number == t->tree)))
			return false;
	}
	return true;
}

static int
go_on(struct engine *e, uint32_t conn)
{
	struct reclaim *r = e->conns[conn].reclaim;
	int ret = 0;

	while (r->at < r->plan.n) {
		struct task *t = &r->plan.tasks[r->at];

		ret = is_possible(&r->plan, t) ? send_task(e, conn, t) : ERR_NOTFOUND;
		if (ret == 0 || ret == ERR_NOMEM || ret == ERR_CRYPTO)
			return ret;
		t->failed = true;
		r->at++;
	}
	finish(e, conn, &ret);
	return ret;
}

bool
reclaim_is_lost(struct engine *e, uint64_t n)
{
	const struct ir_event *ev = &e->ir->events[n];
	const struct mids *mids = security_mids(e->conns[ev->conn].security);
	uint64_t id;

	if (!mids_is_lost(mids, 0))
		return false;
	buf_reset(&e->out);
	return cancel_target(e->ir, ev, ir_bytes(e->ir, ev, &e->out), &id) &&
	       mids_is_lost(mids, id);
}

int
reclaim_connected(struct engine *e, uint32_t conn)
{
	return go_on(e, conn);
}

/* What the answer assigns in place of a lost value. Returns 0 or ERR_NOMEM. */
static int
learn(struct engine *e, const struct task *t, const struct smb2_pdu *live)
{
	const struct judge_match m = {.found = true};
	uint8_t v[8];
	int r;

	switch (t->kind) {
	case TASK_SESSION:
		wire_put_le(v, 8, live->h.session_id);
		return judge_learn(e->judge, IR_SESSION, t->number, slice_of(v, 8));
	case TASK_TREE:
		wire_put_le(v, 4, live->h.tree_id);
		return judge_learn(e->judge, IR_TREE, t->number, slice_of(v, 4));
	case TASK_OPEN:
		if (live->body_def != &smb2_defs[SMB2_DEF_smb2_create_resp])
			return 0;
		r = judge_learn(e->judge, IR_OPEN, t->number,
				slice_of(live->body.smb2_create_resp.file_id.b, 16));
		e->totals.opens_reclaimed++;
		return r != 0 ? r : react_note(e, &m, live);
	case TASK_NEGOTIATE:
		break;
	}
	return 0;
}

static const char *const task_names[] = {
	[TASK_NEGOTIATE] = "NEGOTIATE, not recorded",
	[TASK_SESSION] = "SESSION_SETUP, not recorded",
	[TASK_TREE] = "TREE_CONNECT, not recorded",
	[TASK_OPEN] = "CREATE that reclaims an open, not recorded",
};

/* Follow a logon; `*more`: it goes on with another leg, which was sent. */
static int
follow_logon(struct engine *e, uint32_t conn, struct task *t, const struct smb2_pdu *live,
	     struct slice message, bool *more)
{
	struct security_conn *security = e->conns[conn].security;
	struct smb2_pdu answer = *live;
	struct err err = {0};
	int r;

	answer.h.message_id = MIDS_OWN;
	r = security_received(security, &answer, message, t->kind == TASK_SESSION ? t->number : 0,
			      &err);
	if (r == ERR_NOMEM || r == ERR_CRYPTO)
		return r;
	if (r != 0)
		judge_report_live(e->judge, JUDGE_LOGON, conn, task_names[t->kind], "a valid token",
				  err_text(&err));
	*more = r == 0 && t->kind == TASK_SESSION &&
		live->h.status == (uint32_t)STATUS_MORE_PROCESSING_REQUIRED;
	return *more ? send_recorded(e, conn, t, live->h.session_id, plan_next_leg(e, t)) : 0;
}

int
reclaim_answered(struct engine *e, uint32_t conn, const struct smb2_pdu *live, struct slice message)
{
	struct reclaim *r = e->conns[conn].reclaim;
	struct task *t;
	bool more = false;
	int ret;

	if (r->at == r->plan.n || live->h.message_id != r->sent_id || smb2_is_interim(live))
		return 0;
	t = &r->plan.tasks[r->at];
	ret = t->kind == TASK_NEGOTIATE || t->kind == TASK_SESSION
		      ? follow_logon(e, conn, t, live, message, &more)
		      : 0;
	if (ret != 0 || more || e->conns[conn].reclaim == NULL)
		return ret;
	t->failed = live->h.status != STATUS_SUCCESS;
	if (t->failed)
		judge_report_live(e->judge, JUDGE_STATUS, conn, task_names[t->kind],
				  "STATUS_SUCCESS", ntstatus_name(live->h.status));
	else
		ret = learn(e, t, live);
	r->at++;
	return ret != 0 ? ret : go_on(e, conn);
}
