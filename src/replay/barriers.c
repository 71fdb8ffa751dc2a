/* Events that go out by each other's time. */
#include "config.h"

#include "replay/barriers_int.h"
#include "replay/faults.h"
#include "replay/pauses.h"
#include "replay/react.h"

#include <stdlib.h>

#define TELL_BEFORE 300000u /* ns: what is due so soon is not made late by telling */

int
barriers_new(struct engine *e, struct timings *t)
{
	struct barriers *b;

	if (t->n == 0)
		return 0;
	b = e->barriers = calloc(1, sizeof(*b));
	if (b == NULL)
		return ERR_NOMEM;
	b->t = *t;
	*t = (struct timings){0};
	b->members = calloc(b->t.n, sizeof(*b->members));
	b->groups = calloc(b->t.n_groups, sizeof(*b->groups));
	b->untold = calloc(b->t.n, sizeof(*b->untold));
	if (b->members == NULL || b->groups == NULL || b->untold == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < b->t.n_groups; i++)
		b->groups[i].missing = b->groups[i].left = b->t.groups[i].n;
	return barriers_find_pairs(e);
}

void
barriers_free(struct engine *e)
{
	struct barriers *b = e->barriers;

	if (b == NULL)
		return;
	for (size_t i = 0; b->members != NULL && i < b->t.n; i++) {
		buf_free(&b->members[i].plain);
		buf_free(&b->members[i].wire);
	}
	free(b->members);
	free(b->groups);
	free(b->untold);
	free(b->close);
	free(b->puts);
	timings_free(&b->t);
	free(b);
	e->barriers = NULL;
}

uint64_t
barriers_clock(const struct engine *e)
{
	return e->io.now != NULL ? e->io.now(e->io.ctx) : e->now;
}

static uint32_t
find(const struct engine *e, uint64_t n)
{
	return e->barriers != NULL ? timings_find(&e->barriers->t, n) : TIMINGS_NONE;
}

bool
barriers_has(const struct engine *e, uint64_t n)
{
	return e->ir->events[n].timing != NULL || find(e, n) != TIMINGS_NONE;
}

/* The MessageId of a message's last request. */
static uint64_t
last_id(struct engine *e, const struct ir_event *ev)
{
	struct smb2_chain chain = smb2_chain_init(ir_bytes(e->ir, ev, &e->unpacked));
	uint64_t id = SMB2_NO_MESSAGE_ID;
	struct slice pdu;

	while (smb2_chain_next(&chain, &pdu))
		if (pdu.n >= SMB2_HEADER)
			id = wire_le(pdu.p + SMB2_HDR_AT(message_id), 8);
	return id;
}

void
barriers_make(struct engine *e, uint32_t i)
{
	struct member *m = &e->barriers->members[i];
	uint64_t n = e->barriers->t.members[i].event;
	const struct ir_event *ev = &e->ir->events[n];
	struct err err = {0};
	int r;

	m->made = true;
	if (ev->kind != IR_SEND)
		return;
	buf_reset(&e->out);
	r = assemble_event(e->assemble, e->conns[ev->conn].security, n, &e->out, &err);
	r = engine_prepare(e, n, r, &m->message, e->now, &err);
	if (r != 0)
		e->fatal = r;
	if (r != 0 || m->message.wire.n == 0)
		return;
	m->message_id = last_id(e, ev);
	buf_add(&m->plain, m->message.plain.p, m->message.plain.n);
	buf_add(&m->wire, m->message.wire.p, m->message.wire.n);
	if (m->plain.err != 0 || m->wire.err != 0)
		e->fatal = ERR_NOMEM;
	m->message.plain = buf_slice(&m->plain);
	m->message.wire = buf_slice(&m->wire);
	e->own = true;
	m->times = fault_times(e, n);
	(void)fault_cuts(e, n, &m->message);
	m->message.wire.n = pauses_first(e, n, &m->message);
	e->own = false;
}

static void
let_go(struct engine *e, uint32_t group)
{
	struct barriers *b = e->barriers;
	struct group *g = &b->groups[group];

	if (g->let_go || g->left == 0)
		return;
	g->let_go = true;
	g->let_go_at = barriers_clock(e);
	if (barriers_is_pair(e, group))
		g->let_go_at += e->io.lead;
	g->next_active = b->active;
	b->active = group + 1;
}

/* The group waits for one less. */
static void
is_there(struct engine *e, uint32_t i, enum member_state state)
{
	struct barriers *b = e->barriers;
	struct group *g = group_of(b, i);

	b->members[i].state = state;
	g->left -= state == GONE;
	if (--g->missing == 0)
		let_go(e, b->t.members[i].group);
}

static bool
gets_it_later(const struct engine *e, uint64_t n)
{
	return e->barriers->t.members[find(e, n)].answer != TIMINGS_NONE;
}

/* Is there all that its bytes need? With ORDER_TOTAL that does not count, but for what an answer in
 * its group will bring. */
static bool
can_be_made(struct engine *e, uint64_t n, uint64_t now)
{
	const struct ir_event *ev = &e->ir->events[n];

	if (ev->kind != IR_SEND)
		return true;
	if (e->opt.order != ORDER_TOTAL && react_is_early(e, n))
		return false;
	if ((e->opt.order != ORDER_TOTAL || gets_it_later(e, n)) &&
	    !assemble_ready(e->assemble, e->conns[ev->conn].security, n))
		return false;
	return !engine_credits_hold(e, n, now);
}

bool
barriers_is_ready(const struct engine *e, uint64_t n)
{
	return e->barriers->members[find(e, n)].state != FREE;
}

bool
barriers_lacks(struct engine *e, struct lane *l, size_t at, uint64_t now)
{
	uint64_t n = event_at(l, at);

	return !barriers_is_ready(e, n) && !gets_it_later(e, n) && !can_be_made(e, n, now) &&
	       !engine_waited(e, l, at, now);
}

/* One that an answer brings the rest for is made when that has come. */
static void
take_turn(struct engine *e, struct lane *l, uint64_t n, uint64_t now)
{
	uint32_t i = find(e, n);

	e->barriers->members[i].lane = l;
	if (!gets_it_later(e, n) || can_be_made(e, n, now))
		barriers_make(e, i);
	is_there(e, i, READY);
	l->deadline = 0;
}

void
barriers_passed(struct engine *e, uint64_t n)
{
	uint32_t i = find(e, n);

	if (i != TIMINGS_NONE && e->barriers->members[i].state == FREE)
		is_there(e, i, GONE);
}

/* Is the lane's next event another member of the group? */
static bool
is_followed(const struct engine *e, const struct lane *l, size_t at, uint32_t group)
{
	uint32_t i = at + 1 < l->n ? find(e, event_at(l, at + 1)) : TIMINGS_NONE;

	return i != TIMINGS_NONE && e->barriers->t.members[i].group == group;
}

/* Have all the lane's members of a group gone out? */
static bool
is_through(const struct engine *e, const struct lane *l, uint32_t group)
{
	const struct barriers *b = e->barriers;
	const struct timing_group *g = &b->t.groups[group];

	for (uint32_t k = 0; k < g->n; k++) {
		const struct member *m = &b->members[b->t.order[g->first + k]];

		if (m->state == READY && m->lane == l)
			return false;
	}
	return true;
}

/* Nothing that is known will bring what the group waits for: go on without. */
static void
give_up(struct engine *e, uint32_t group)
{
	struct barriers *b = e->barriers;
	const struct timing_group *g = &b->t.groups[group];

	if (!b->groups[group].let_go) {
		let_go(e, group);
		return;
	}
	for (uint32_t k = 0; k < g->n; k++) {
		uint32_t i = b->t.order[g->first + k], of = b->t.members[i].answer;

		if (b->members[i].state == READY && of != TIMINGS_NONE && !b->members[of].answered)
			b->members[i].in_vain = true;
	}
}

uint64_t
barriers_due(const struct barriers *b, uint32_t i)
{
	const struct timing_member *t = &b->t.members[i];
	const struct member *of = t->answer != TIMINGS_NONE ? &b->members[t->answer] : NULL;

	if (b->members[i].in_vain || (of != NULL && of->state == GONE))
		return 0;
	if (of == NULL)
		return group_of(b, i)->let_go_at + t->at;
	return of->answered ? of->answered_at + t->at : ENGINE_NEVER;
}

/* Does the group wait for something that may never come? */
static bool
may_wait_for_ever(const struct engine *e, uint32_t group)
{
	const struct barriers *b = e->barriers;
	const struct timing_group *g = &b->t.groups[group];

	if (!b->groups[group].let_go)
		return true;
	for (uint32_t k = 0; k < g->n; k++) {
		uint32_t i = b->t.order[g->first + k];

		if (b->members[i].state == READY && barriers_due(b, i) != ENGINE_NEVER)
			return false;
	}
	return true;
}

bool
barriers_hold(struct engine *e, struct lane *l, size_t at, uint64_t now)
{
	uint32_t i = find(e, event_at(l, at)), group;
	struct member *m;

	if (i == TIMINGS_NONE)
		return false;
	m = &e->barriers->members[i];
	group = e->barriers->t.members[i].group;
	if (m->state == FREE)
		take_turn(e, l, event_at(l, at), now);
	if (e->fatal != 0 || is_followed(e, l, at, group) || is_through(e, l, group)) {
		l->deadline = 0;
		return false;
	}
	l->wake = ENGINE_NEVER;
	if (!may_wait_for_ever(e, group))
		l->deadline = 0;
	else if (engine_waited(e, l, at, now))
		give_up(e, group);
	return true;
}

void
barriers_answered(struct engine *e, uint32_t conn, const struct smb2_pdu *live, uint64_t since)
{
	struct barriers *b = e->barriers;

	for (uint32_t a = b != NULL ? b->active : 0; a != 0; a = b->groups[a - 1].next_active) {
		const struct timing_group *g = &b->t.groups[a - 1];

		for (uint32_t k = 0; k < g->n; k++) {
			uint32_t i = b->t.order[g->first + k];
			struct member *m = &b->members[i];

			if (m->state != DONE || m->answered || m->message.wire.n == 0 ||
			    e->ir->events[b->t.members[i].event].conn != conn ||
			    m->message_id != live->h.message_id || smb2_is_interim(live))
				continue;
			m->answered = true;
			m->answered_at = since;
		}
	}
}

uint32_t
barriers_first_due(const struct engine *e, uint32_t group, uint64_t *when)
{
	const struct barriers *b = e->barriers;
	const struct timing_group *g = &b->t.groups[group];
	uint32_t first = TIMINGS_NONE;

	*when = ENGINE_NEVER;
	for (uint32_t k = 0; k < g->n; k++) {
		uint32_t i = b->t.order[g->first + k];
		uint32_t before = b->t.members[i].before;
		uint64_t t = b->members[i].state == READY ? barriers_due(b, i) : ENGINE_NEVER;

		if (t < *when && (before == TIMINGS_NONE || b->members[before].state != READY) &&
		    !pauses_half_out(e, e->ir->events[b->t.members[i].event].conn)) {
			*when = t;
			first = i;
		}
	}
	return first;
}

static void
write_message(struct engine *e, struct member *m, uint32_t conn)
{
	e->conns[conn].wrote = true;
	for (uint32_t k = m->times; k > 0 && !m->failed; k--) {
		struct engine_wrote wrote = {.at = m->sent_at};

		m->failed = e->io.send(e->io.ctx, conn, m->message.wire, &wrote) != 0;
		m->told_at = wrote.at > e->now ? wrote.at : e->now;
		if (!m->failed)
			pace_wrote(e, &e->conns[conn], m->message.wire.n, &wrote);
	}
}

/* A message as a whole, of which a piece stands for the member. */
static struct engine_message
whole(const struct member *m)
{
	struct engine_message out = m->message;

	out.wire = buf_slice(&m->wire);
	return out;
}

void
barriers_written(struct engine *e, uint32_t i)
{
	struct barriers *b = e->barriers;
	struct member *m = &b->members[i];
	uint64_t n = b->t.members[i].event;
	const struct engine_message all = whole(m);

	if (e->ir->events[n].n_pauses > 0 && !m->failed)
		pauses_begin(e, n, &all, m->message.wire.n, m->told_at);
	b->untold[b->n_untold++] = i;
}

/* A member's time has come. */
static void
put(struct engine *e, uint32_t i)
{
	struct member *m = &e->barriers->members[i];
	uint64_t n = e->barriers->t.members[i].event;
	const struct ir_event *ev = &e->ir->events[n];

	if (!m->made)
		barriers_make(e, i);
	if (ev->kind != IR_SEND)
		barriers_tell(e); /* theirs is told at once */
	m->sent_at = barriers_clock(e);
	m->state = DONE;
	group_of(e->barriers, i)->left--;
	if (ev->kind == IR_CONNECT) {
		engine_connect(e, n);
	} else if (ev->kind == IR_FIN || ev->kind == IR_RST) {
		engine_end(e, n, m->sent_at);
	} else if (m->message.wire.n > 0 && e->conns[ev->conn].state == ECONN_UP) {
		write_message(e, m, ev->conn);
		barriers_written(e, i);
	} else if (m->message.wire.n > 0) {
		engine_not_sent(e, n);
	}
}

static void
tell(struct engine *e, uint32_t i)
{
	struct member *m = &e->barriers->members[i];
	uint64_t n = e->barriers->t.members[i].event;
	const struct ir_event *ev = &e->ir->events[n];
	const struct engine_message sent = ev->n_pauses > 0 ? whole(m) : m->message;
	uint32_t conn = ev->conn;

	for (uint32_t k = m->times; k > 0; k--) {
		if (e->watch.sent != NULL)
			e->watch.sent(e->watch.ctx, n, conn, &sent, m->told_at);
		if (e->watch.wrote != NULL)
			e->watch.wrote(e->watch.ctx, conn, m->message.wire, m->told_at);
		e->totals.sent++;
	}
	e->now = m->told_at;
	if (sent.wire.n < m->wire.n)
		engine_drop_answers(e, n);
	if (m->failed)
		engine_closed(e, conn, true, "the connection broke while sending", m->told_at);
	fault_behind(e, m->lane, n, m->told_at);
}

void
barriers_tell(struct engine *e)
{
	struct barriers *b = e->barriers;
	size_t n;

	if (b == NULL)
		return;
	n = b->n_untold;
	b->n_untold = 0; /* what is told may end a connection, before which all is told */
	for (size_t i = 0; i < n; i++)
		tell(e, b->untold[i]);
}

/* Does a message that is half out count from an answer of the group? */
static bool
is_awaited(const struct engine *e, uint32_t group)
{
	const struct barriers *b = e->barriers;
	const struct timing_group *g = &b->t.groups[group];

	for (uint32_t k = 0; k < g->n; k++) {
		uint32_t event = b->t.members[b->t.order[g->first + k]].event;

		if (e->ir->events[event].n_pauses > 0 &&
		    pauses_half_out(e, e->ir->events[event].conn))
			return true;
	}
	return false;
}

enum barriers_when
barriers_when(const struct engine *e, uint32_t event, bool answered, uint64_t *at)
{
	const struct member *m = &e->barriers->members[find(e, event)];

	if (m->state == GONE)
		return BARRIERS_NOT;
	if (m->state != DONE || (answered && !m->answered))
		return BARRIERS_LATER;
	*at = answered ? m->answered_at : m->sent_at;
	return BARRIERS_THEN;
}

/* What is due of a group. */
static bool
run_group(struct engine *e, uint32_t group)
{
	uint64_t when;
	bool moved = false;

	for (;;) {
		uint32_t i = barriers_first_due(e, group, &when);

		if (i == TIMINGS_NONE || when > barriers_clock(e) || e->fatal != 0)
			return moved;
		if (!barriers_put_pair(e, group, when))
			put(e, i);
		moved = true;
	}
}

bool
barriers_run(struct engine *e)
{
	struct barriers *b = e->barriers;
	bool moved = false;
	uint64_t wake;

	if (b == NULL || (b->active == 0 && b->n_untold == 0))
		return false;
	for (uint32_t *a = &b->active; *a != 0;) {
		struct group *g = &b->groups[*a - 1];

		moved |= run_group(e, *a - 1);
		if (g->left == 0 && !is_awaited(e, *a - 1))
			*a = g->next_active;
		else
			a = &g->next_active;
	}
	wake = barriers_wake(e);
	if (wake == ENGINE_NEVER || wake > barriers_clock(e) + TELL_BEFORE)
		barriers_tell(e);
	return moved;
}

uint64_t
barriers_wake(const struct engine *e)
{
	const struct barriers *b = e->barriers;
	uint64_t wake = pauses_wake(e), when;

	for (uint32_t a = b != NULL ? b->active : 0; a != 0; a = b->groups[a - 1].next_active) {
		(void)barriers_first_due(e, a - 1, &when);
		wake = when < wake ? when : wake;
	}
	return wake;
}

/* How a gap was kept. */
static struct engine_skew
skew_of_gap(const struct barriers *b, uint32_t i, const struct ir *ir)
{
	const struct timing_member *t = &b->t.members[i];
	const struct ir_timing *g = ir->events[t->event].timing;
	const struct member *m = &b->members[i], *of = &b->members[t->of];
	uint64_t from = g->answered ? of->answered_at : of->sent_at;

	return (struct engine_skew){.event = t->event,
				    .of = g->of,
				    .n = 2,
				    .answered = g->answered,
				    .missed = m->state != DONE || of->state != DONE || m->in_vain ||
					      (g->answered && !of->answered),
				    .planned = g->ns,
				    .actual = (int64_t)(m->sent_at - from)};
}

/* How far the members of a group's barrier came apart. */
static struct engine_skew
skew_of_barrier(const struct barriers *b, const struct timing_group *g, uint32_t first)
{
	struct engine_skew s = {.event = b->t.members[first].event,
				.of = b->t.members[first].event,
				.barrier = b->t.members[first].barrier};
	uint64_t least = UINT64_MAX, most = 0;

	for (uint32_t k = 0; k < g->n; k++) {
		const struct member *m = &b->members[b->t.order[g->first + k]];

		if (b->t.members[b->t.order[g->first + k]].barrier == NULL)
			continue;
		s.n++;
		s.missed |= m->state != DONE;
		if (m->state == DONE && m->sent_at < least)
			least = m->sent_at;
		if (m->state == DONE && m->sent_at > most)
			most = m->sent_at;
	}
	s.actual = most > least ? (int64_t)(most - least) : 0;
	return s;
}

int
engine_skews(const struct engine *e, struct engine_skew **out, size_t *n)
{
	const struct barriers *b = e->barriers;

	size_t paused = e->pauses.n / sizeof(**out);

	*n = 0;
	*out = NULL;
	if (b == NULL && paused == 0)
		return 0;
	*out = calloc((b != NULL ? b->t.n : 0) + paused, sizeof(**out));
	if (*out == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; b != NULL && i < b->t.n_groups; i++) {
		const struct timing_group *g = &b->t.groups[i];
		bool barrier = false;

		for (uint32_t k = 0; k < g->n; k++) {
			uint32_t at = b->t.order[g->first + k];

			if (b->t.members[at].of != TIMINGS_NONE)
				(*out)[(*n)++] = skew_of_gap(b, at, e->ir);
			else if (b->t.members[at].barrier != NULL && !barrier)
				(*out)[(*n)++] = skew_of_barrier(b, g, at);
			barrier |= b->t.members[at].barrier != NULL;
		}
	}
	if (paused > 0)
		memcpy(*out + *n, e->pauses.p, e->pauses.n);
	*n += paused;
	return 0;
}
