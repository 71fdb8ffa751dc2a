/* The replay itself: lanes of events, played as answers and time allow. */
#include "config.h"

#include "replay/barriers.h"
#include "replay/faults.h"
#include "replay/pauses.h"
#include "replay/react.h"
#include "replay/reclaim.h"
#include "replay/segments.h"

#include <stdio.h>
#include <stdlib.h>

enum step { STEP_DONE, STEP_WAIT, STEP_FAILED };

int
engine_new(const struct ir *ir, struct judge *judge, struct assemble *assemble,
	   struct security *security, const struct engine_options *opt, struct engine **out)
{
	struct engine *e = calloc(1, sizeof(*e));
	struct timings timings = {0};
	uint32_t *order = NULL;
	int r = 0;

	if (e == NULL)
		return ERR_NOMEM;
	e->ir = ir;
	e->judge = judge;
	e->assemble = assemble;
	e->security = security;
	e->opt = *opt;
	e->conns = calloc(ir->meta.n_conns + 1, sizeof(*e->conns));
	if (e->conns == NULL)
		r = ERR_NOMEM;
	for (size_t i = 0; r == 0 && i < ir->meta.n_conns; i++) {
		e->conns[i].server_fin = UINT64_MAX;
		r = security_conn_new(security, &e->conns[i].security);
	}
	for (size_t i = ir->n_events; r == 0 && i > 0; i--)
		if (ir->events[i - 1].kind == IR_FIN && ir->events[i - 1].server)
			e->conns[ir->events[i - 1].conn].server_fin = i - 1;
	if (r == 0)
		r = timings_new(ir, ir->path, &timings, NULL);
	if (r == 0)
		r = barriers_order(ir, &timings, &order, NULL);
	if (r == 0)
		r = engine_lanes_new(e, order);
	if (r == 0 && opt->order == ORDER_CAUSAL)
		r = causal_new(ir, order, &timings, &e->causal);
	if (r == 0)
		r = barriers_new(e, &timings);
	free(order);
	timings_free(&timings);
	if (r == 0)
		r = engine_credits_new(e);
	if (r == 0)
		r = after_new(ir, opt->order == ORDER_CAUSAL, &e->after);
	if (r == 0)
		r = pace_new(e);
	if (r != 0) {
		engine_free(e);
		return r;
	}
	*out = e;
	return 0;
}

void
engine_set_io(struct engine *e, const struct engine_io *io, const struct engine_watch *watch)
{
	e->io = *io;
	e->watch = *watch;
}

void
engine_free(struct engine *e)
{
	if (e == NULL)
		return;
	for (uint32_t i = 0; e->conns != NULL && i < e->ir->meta.n_conns; i++) {
		pauses_drop(e, i);
		econn_free(&e->conns[i]);
	}
	free(e->conns);
	free(e->lanes);
	after_free(&e->after);
	causal_free(&e->causal);
	pace_free(&e->pace);
	ahead_free(&e->ahead);
	free(e->lane_events);
	free(e->outside);
	free(e->left_out);
	react_free(e->react);
	barriers_free(e);
	buf_free(&e->pauses);
	buf_free(&e->out);
	buf_free(&e->opened);
	buf_free(&e->unpacked);
	free(e);
}

bool
engine_passed(const struct engine *e, uint64_t n)
{
	const struct lane *l = &e->lanes[e->opt.order == ORDER_TOTAL ? 0 : e->ir->events[n].conn];

	return l->pos == l->n || event_at(l, l->pos) > n;
}

/* How long the recording waited for an event of a lane: since the one before it, of those that its
 * order waits for. */
static uint64_t
recorded_wait(const struct engine *e, const struct lane *l, size_t i)
{
	uint64_t t = e->ir->events[event_at(l, i)].t_last, before;

	while (i > 0 && e->opt.order == ORDER_CAUSAL &&
	       e->ir->events[event_at(l, i - 1)].kind == IR_RECV)
		i--;
	before = i > 0 ? e->ir->events[event_at(l, i - 1)].t_last : 0;
	return t > before ? t - before : 0;
}

/* Where answer after answer stays away, as when a server has another number of them, waiting for
 * each in full takes hours: from the fifth of a connection on, its half, its third and so on. */
static uint64_t
wait_for(const struct engine *e, const struct lane *l, size_t i)
{
	uint64_t missed = e->conns[e->ir->events[event_at(l, i)].conn].missed;

	return e->opt.timeout / (missed < 4 ? 1 : missed - 2) + recorded_wait(e, l, i);
}

bool
engine_waited(const struct engine *e, struct lane *l, size_t i, uint64_t now)
{
	if (pauses_half_out(e, e->ir->events[event_at(l, i)].conn)) { /* it cannot come yet */
		l->deadline = 0;
		l->wake = ENGINE_NEVER;
		return false;
	}
	if (l->deadline == 0)
		l->deadline = now + wait_for(e, l, i);
	l->wake = l->deadline;
	return now >= l->deadline;
}

static void
lose(struct engine *e, uint64_t n, const char *expected)
{
	struct econn *c = &e->conns[e->ir->events[n].conn];

	if (c->loss_reported)
		return;
	c->loss_reported = true;
	judge_report(e->judge, JUDGE_DISCONNECT, n, "connection", expected,
		     c->why[0] != '\0' ? c->why : "closed by the server");
}

/* Event `n` finds its connection lost: is it being connected anew? */
static bool
reconnects(struct engine *e, struct lane *l, uint64_t n)
{
	bool begun = false;

	e->fatal = reclaim_begin(e, n, &begun);
	l->deadline = 0;
	return begun && e->fatal == 0 && reclaim_waits(e, e->ir->events[n].conn, e->now, &l->wake);
}

/* The next wait of the lane is another one. */
static enum step
done(struct lane *l)
{
	l->deadline = 0;
	return STEP_DONE;
}

/* Is it before an event's time? Then that is when the lane goes on. */
static bool
is_early(const struct engine *e, struct lane *l, uint64_t n, uint64_t now)
{
	l->wake = l->pace.due = pace_due(e, n);
	l->pace.timed = l->wake > now;
	return l->pace.timed;
}

static enum step
step_connect(struct engine *e, struct lane *l, size_t i, uint64_t now)
{
	uint64_t n = event_at(l, i);
	uint32_t conn = e->ir->events[n].conn;
	struct econn *c = &e->conns[conn];

	if (c->state == ECONN_IDLE && (is_early(e, l, n, now) || barriers_hold(e, l, i, now)))
		return STEP_WAIT;
	if (c->state == ECONN_IDLE && barriers_has(e, n))
		return done(l);
	if (c->state == ECONN_IDLE)
		engine_connect(e, n);
	if (c->state == ECONN_CONNECTING && !engine_waited(e, l, i, now))
		return STEP_WAIT;
	if (c->state != ECONN_UP) {
		e->totals.connects_failed++;
		lose(e, n, "a connection");
	}
	return done(l);
}

void
engine_drop_answers(struct engine *e, uint64_t n)
{
	const struct ir_event *ev = &e->ir->events[n];
	struct smb2_chain chain;
	struct slice bytes;
	struct smb2_pdu pdu;

	buf_reset(&e->out);
	chain = smb2_chain_init(ir_bytes(e->ir, ev, &e->out));
	while (smb2_chain_next(&chain, &bytes))
		if (smb2_pdu_decode(bytes, &pdu) == 0)
			judge_unsent(e->judge, ev->conn, pdu.h.message_id);
}

void
engine_not_sent(struct engine *e, uint64_t n)
{
	e->totals.not_sent++;
	engine_drop_answers(e, n);
}

/* A message is about to go out for event `n`. */
static int
going(struct engine *e, uint64_t n, const struct engine_message *m, uint64_t now)
{
	int r = engine_credits_sent(e, n, m->plain, now);

	if (r != 0)
		return r;
	e->conns[e->ir->events[n].conn].went_on = true;
	judge_sent(e->judge, n);
	return 0;
}

int
engine_prepare(struct engine *e, uint64_t n, int r, struct engine_message *m, uint64_t now,
	       struct err *err)
{
	struct econn *c = &e->conns[e->ir->events[n].conn];

	*m = (struct engine_message){.plain = buf_slice(&e->out)};
	if (r == 0)
		r = assemble_layers(e->assemble, c->security, n, m, err);
	if (r == ERR_NOMEM || r == ERR_CRYPTO)
		return r;
	if (r != 0) {
		judge_report(e->judge, JUDGE_LOGON, n, "request", "a request as recorded",
			     err_text(err));
		e->totals.logons++;
		e->totals.logons_failed++;
		m->wire.n = 0;
		engine_not_sent(e, n);
		return 0;
	}
	return going(e, n, m, now);
}

static int
write_message(struct engine *e, uint64_t n, const struct engine_message *m, uint64_t now)
{
	uint32_t conn = e->ir->events[n].conn;
	bool cut = false;

	for (uint32_t i = fault_times(e, n);
	     i > 0 && e->conns[conn].state == ECONN_UP && e->fatal == 0; i--) {
		struct engine_message out = *m;

		if (e->gate != NULL)
			e->gate->sent(e->gate->ctx, conn, m);
		e->totals.sent++;
		cut = fault_cuts(e, n, &out);
		e->untold = (struct engine_untold){m, n, conn};
		segments_write(e, n, &out, now);
		segments_tell(e, e->now);
	}
	if (cut)
		engine_drop_answers(e, n);
	return e->fatal;
}

int
engine_send(struct engine *e, uint64_t n, int r, uint64_t now, struct err *err)
{
	struct engine_message m;

	r = engine_prepare(e, n, r, &m, now, err);
	return r != 0 || m.wire.n == 0 ? r : write_message(e, n, &m, now);
}

/* What stands for event `n`, made ahead of its time or now. */
static int
send_recorded(struct engine *e, uint64_t n, uint64_t now)
{
	struct engine_message m;
	struct err err = {0};
	int r;

	e->assemble->more_credits = engine_credits_ask(e, n);
	if (e->assemble->more_credits == 0 && ahead_take(e, n, &m)) {
		r = going(e, n, &m, now);
		return r != 0 ? r : write_message(e, n, &m, now);
	}
	buf_reset(&e->out);
	return engine_send(e, n,
			   assemble_event(e->assemble, e->conns[e->ir->events[n].conn].security, n,
					  &e->out, &err),
			   now, &err);
}

static enum step
send_event(struct engine *e, struct lane *l, uint64_t n, uint64_t now)
{
	e->own = true;
	pace_sends(e, l, n, now);
	e->fatal = send_recorded(e, n, now);
	e->own = false;
	fault_behind(e, l, n, now);
	return e->fatal != 0 ? STEP_FAILED : done(l);
}

/* A request that is passed over; its MessageId is not taken. */
static int
leave_unsent(struct engine *e, uint64_t n)
{
	engine_drop_answers(e, n);
	return assemble_leave_out(e->assemble, e->conns[e->ir->events[n].conn].security, n);
}

/* May a message go out that could? If not, `*s` is what becomes of its step. */
static bool
allow(struct engine *e, struct lane *l, uint64_t n, enum step *s)
{
	enum gate_verdict verdict = gate_ask(e, n);
	bool held, lost = false;

	if (verdict == GATE_SHUT || verdict == GATE_LATER) {
		l->wake = ENGINE_NEVER;
		*s = STEP_WAIT;
		return false;
	}
	e->fatal = react_hold(e, n, &held);
	held |= verdict == GATE_SKIP;
	if (e->fatal == 0 && held)
		e->fatal = leave_unsent(e, n);
	else if (e->fatal == 0)
		lost = reclaim_is_lost(e, n);
	e->totals.not_sent += lost;
	*s = e->fatal != 0 ? STEP_FAILED : done(l);
	return e->fatal == 0 && !held && !lost;
}

/* A member of a barrier or gap: it goes out with its group. */
static enum step
step_member(struct engine *e, struct lane *l, size_t i, uint64_t now)
{
	enum step s = STEP_DONE;

	if (barriers_lacks(e, l, i, now))
		return STEP_WAIT;
	if (!barriers_is_ready(e, event_at(l, i)) && !allow(e, l, event_at(l, i), &s))
		return s;
	return barriers_hold(e, l, i, now) ? STEP_WAIT : done(l);
}

static enum step
step_send(struct engine *e, struct lane *l, size_t i, uint64_t now)
{
	uint64_t n = event_at(l, i);
	const struct ir_event *ev = &e->ir->events[n];
	struct econn *c = &e->conns[ev->conn];
	enum step s = STEP_DONE;

	if (c->state == ECONN_CONNECTING && !engine_waited(e, l, i, now))
		return STEP_WAIT;
	if (c->server_finished && n < c->server_fin)
		engine_closed(e, ev->conn, false, c->why, now);
	if (c->given_up) {
		engine_drop_answers(e, n);
		return done(l);
	}
	if (c->state != ECONN_UP) {
		lose(e, n, "a request could be sent");
		if (reconnects(e, l, n))
			return STEP_WAIT;
		e->totals.not_sent++;
		return e->fatal != 0 ? STEP_FAILED : done(l);
	}
	if (is_early(e, l, n, now))
		return STEP_WAIT;
	if (barriers_has(e, n))
		return step_member(e, l, i, now);
	if (engine_credits_hold(e, n, now) && !engine_waited(e, l, i, now))
		return STEP_WAIT;
	if ((!assemble_ready(e->assemble, c->security, n) || react_is_early(e, n)) &&
	    e->opt.order != ORDER_TOTAL && !engine_waited(e, l, i, now))
		return STEP_WAIT;
	if (fault_delays(e, l, n, now))
		return STEP_WAIT;
	return allow(e, l, n, &s) ? send_event(e, l, n, now) : s;
}

/* Of receipt `n`, for which the lane's event at `i` waits. */
static enum step
step_receive(struct engine *e, struct lane *l, size_t i, uint64_t n, uint64_t now)
{
	struct econn *c = &e->conns[e->ir->events[n].conn];
	char why[64];

	if (judge_satisfied(e->judge, n))
		return done(l);
	if (c->deaf) {
		l->passed = l->passed != 0 ? l->passed : i + 1;
		return done(l);
	}
	if (c->was_reset) {
		judge_drop(e->judge, n);
		return done(l);
	}
	if (c->state == ECONN_CLOSED || c->state == ECONN_IDLE || c->server_finished) {
		lose(e, n, "an answer");
		if (reconnects(e, l, n))
			return STEP_WAIT;
		judge_drop(e->judge, n);
		return e->fatal != 0 ? STEP_FAILED : done(l);
	}
	if (!engine_waited(e, l, i, now))
		return STEP_WAIT;
	(void)snprintf(why, sizeof(why), "no answer within %.1f s",
		       (double)wait_for(e, l, i) / 1e9);
	c->missed++;
	judge_give_up(e->judge, n, why);
	return done(l);
}

static enum step
step_end_client(struct engine *e, struct lane *l, size_t i, uint64_t now)
{
	uint64_t n = event_at(l, i);

	if (is_early(e, l, n, now) || barriers_hold(e, l, i, now))
		return STEP_WAIT;
	if (!barriers_has(e, n))
		engine_end(e, n, now);
	return done(l);
}

static enum step
step_end_server(struct engine *e, struct lane *l, size_t i, uint64_t now)
{
	uint64_t n = event_at(l, i);
	struct econn *c = &e->conns[e->ir->events[n].conn];

	bool open = c->state == ECONN_UP && !c->server_finished && !c->deaf;

	if (open && !engine_waited(e, l, i, now))
		return STEP_WAIT;
	if (open && !c->finished)
		judge_report(e->judge, JUDGE_CONNECTED, n, "connection", "closed by the server",
			     "still open");
	c->loss_reported = true; /* from here on it is recorded as closed */
	return done(l);
}

/* A message that compile could not open has no layers and is none of SMB2. */
static bool
is_closed(struct engine *e, const struct ir_event *ev)
{
	enum smb2_msg_kind kind;

	buf_reset(&e->unpacked);
	kind = smb2_msg_kind(ir_bytes(e->ir, ev, &e->unpacked));
	return kind == SMB2_MSG_SEALED || kind == SMB2_MSG_COMPRESSED;
}

static enum step
leave_out(struct engine *e, struct lane *l, uint64_t n)
{
	if (e->ir->events[n].kind == IR_SEND)
		e->totals.not_sent++;
	else
		judge_drop(e->judge, n);
	return done(l);
}

bool
engine_awaits(struct engine *e, struct lane *l, size_t i, uint64_t n, uint64_t now)
{
	return step_receive(e, l, i, n, now) != STEP_DONE;
}

/*
 * Does the event wait for another one? That frees it whenever it happens; but an answer that its
 * lane does not wait for any more is given up here.
 */
static bool
holds_back(struct engine *e, struct lane *l, size_t i, uint64_t now)
{
	uint32_t first = 0;
	char why[64];

	if (causal_holds(e, l, i, now))
		return true;
	while (!after_met(&e->after, e->ir, e->judge, event_at(l, i), &first) ||
	       !causal_met(e, event_at(l, i), &first)) {
		l->wake = ENGINE_NEVER;
		if (e->ir->events[first].kind != IR_RECV || !engine_passed(e, first) ||
		    !engine_waited(e, l, i, now))
			return true;
		(void)snprintf(why, sizeof(why), "no answer within %.1f s",
			       (double)e->opt.timeout / 1e9);
		judge_give_up(e->judge, first, why);
		l->deadline = 0;
	}
	return false;
}

static enum step
step(struct engine *e, struct lane *l, size_t i, uint64_t now)
{
	const struct ir_event *ev = &e->ir->events[event_at(l, i)];

	if (ir_is_mute(e->ir, ev->conn))
		return done(l);
	if (e->conns[ev->conn].reclaim != NULL && reclaim_waits(e, ev->conn, now, &l->wake))
		return e->fatal != 0 ? STEP_FAILED : STEP_WAIT;
	if (e->left_out != NULL && e->left_out[event_at(l, i)])
		return done(l);
	if (ev->fault != NULL && ev->fault->unsent) {
		engine_drop_answers(e, event_at(l, i));
		return done(l);
	}
	if (e->opt.leave_sealed_out && (ev->kind == IR_SEND || ev->kind == IR_RECV) &&
	    is_closed(e, ev))
		return leave_out(e, l, event_at(l, i));
	if (pauses_hold(e, l, ev) || holds_back(e, l, i, now))
		return STEP_WAIT;
	switch ((enum ir_kind)ev->kind) {
	case IR_CONNECT:
		return step_connect(e, l, i, now);
	case IR_SEND:
		return step_send(e, l, i, now);
	case IR_JUNK:
		return ev->server ? STEP_DONE : step_send(e, l, i, now);
	case IR_RECV:
		return step_receive(e, l, i, event_at(l, i), now);
	case IR_FIN:
	case IR_RST:
		return ev->server ? step_end_server(e, l, i, now) : step_end_client(e, l, i, now);
	case IR_GAP:
	case IR_N_KINDS:
		break;
	}
	return STEP_DONE;
}

/* Where receipts are passed over, a FIN or RST and the end wait for all, else answers would be cut
 * off. */
static enum step
settle(struct engine *e, struct lane *l, uint64_t now)
{
	while (l->unmet < l->pos) {
		uint64_t n = event_at(l, l->unmet);

		if (e->ir->events[n].kind == IR_RECV &&
		    step_receive(e, l, l->unmet, n, now) == STEP_WAIT)
			return STEP_WAIT;
		l->unmet++;
	}
	return STEP_DONE;
}

/* What came while its connection read nothing, and was recorded before the lane's next event. */
static bool
catches_up(struct engine *e, struct lane *l, uint64_t now)
{
	if (!l->catch_up)
		return false;
	if (l->passed != 0 && !engine_passes_receipts(e)) {
		l->unmet = l->passed - 1;
		l->passed = 0;
	}
	if (!engine_passes_receipts(e) && settle(e, l, now) == STEP_WAIT)
		return true;
	l->catch_up = false;
	return false;
}

static enum step
step_unordered(struct engine *e, struct lane *l, uint64_t now)
{
	const struct ir_event *ev = &e->ir->events[event_at(l, l->pos)];

	if (ev->kind == IR_RECV && e->opt.leave_sealed_out && is_closed(e, ev))
		return leave_out(e, l, event_at(l, l->pos));
	if (ev->kind == IR_RECV)
		return STEP_DONE;
	if ((ev->kind == IR_FIN || ev->kind == IR_RST) && settle(e, l, now) == STEP_WAIT)
		return STEP_WAIT;
	return step(e, l, l->pos, now);
}

static bool
run_lane(struct engine *e, struct lane *l)
{
	uint64_t now = e->now;
	bool moved = false;

	while (l->pos < l->n && !e->stopped && !catches_up(e, l, now)) {
		enum step s;

		l->pace.timed = false;
		s = engine_passes_receipts(e) ? step_unordered(e, l, now) : step(e, l, l->pos, now);
		if (s == STEP_WAIT)
			pace_waits(e, l, now);
		if (s == STEP_DONE)
			e->stopped = e->opt.stop && judge_divergences(e->judge) > 0;
		if (e->opt.segments == SEGMENTS_RECORDED)
			segments_settle(e, l, s == STEP_WAIT, now);
		if (s != STEP_DONE)
			return moved;
		after_done(&e->after, event_at(l, l->pos));
		barriers_passed(e, event_at(l, l->pos));
		pace_done(e, l, event_at(l, l->pos), now);
		ahead_done(e, event_at(l, l->pos));
		now = e->now;
		l->pos++;
		moved = true;
	}
	if (!l->done && l->pos == l->n && !catches_up(e, l, now) &&
	    (!engine_passes_receipts(e) || settle(e, l, now) == STEP_DONE)) {
		l->done = true;
		e->lanes_done++;
		moved = true;
	}
	return moved;
}

int
engine_run(struct engine *e, uint64_t now, uint64_t *wake, struct err *err)
{
	uint64_t sharp;
	bool moved = true;

	e->now = now;
	e->shut = false; /* the message may wait for its connection to be made again */
	if (!e->started) {
		e->started = true;
		e->start = now;
	}
	/* What one lane sends or learns may free another. */
	while (moved && !e->stopped && e->fatal == 0) {
		moved = false;
		for (size_t i = 0; i < e->n_lanes && e->fatal == 0; i++)
			moved |= run_lane(e, &e->lanes[i]);
		moved = (moved && e->n_lanes > 1) | pauses_run(e) | barriers_run(e);
	}
	*wake = sharp = barriers_wake(e);
	for (size_t i = 0; i < e->n_lanes; i++)
		if (!e->lanes[i].done && e->lanes[i].wake < *wake)
			*wake = e->lanes[i].wake;
	e->is_sharp = *wake == sharp && sharp != ENGINE_NEVER;
	e->wake = *wake;
	e->ahead.tries = AHEAD_TRIES;
	return e->fatal != 0 ? err_set(err, e->fatal, "replay: %s", err_str(e->fatal)) : 0;
}

bool
engine_is_sharp(const struct engine *e)
{
	return e->is_sharp;
}

void
engine_lateness(const struct engine *e, struct lateness *out)
{
	pace_summary(&e->pace, out);
	out->prepared = e->ahead.taken;
}

bool
engine_done(const struct engine *e)
{
	return e->stopped || (e->lanes_done == e->n_lanes && e->half_out == NULL);
}

const struct engine_totals *
engine_totals(const struct engine *e)
{
	return &e->totals;
}
