/* When messages are due, and why they went out later. */
#include "config.h"

#include "replay/pace.h"

#include <stdlib.h>

#include "replay/engine_int.h"
#include "replay/sources.h"

#define MAX_WAIT 1e18L /* ns, about 30 years: later is never */

/* A message that the socket has not taken whole. */
struct pace_waiting {
	uint64_t end;            /* of its bytes, among all of the connection */
	uint64_t due, freed, at; /* `at`: when it was given to the socket */
	uint8_t cause;
};

int
pace_new(struct engine *e)
{
	size_t n = e->ir->meta.n_conns;
	const struct sources one_each = {.n = n};

	if (e->opt.pace != PACE_THINK)
		return 0;
	e->pace.anchors = calloc(n + 1, sizeof(*e->pace.anchors));
	if (e->pace.anchors == NULL)
		return ERR_NOMEM;
	if (e->opt.order != ORDER_TOTAL)
		return 0;
	/* The connections of one client think together. */
	return sources_assign(&one_each, &e->ir->meta, &e->pace.anchor_of);
}

void
pace_free(struct pace *p)
{
	free(p->anchors);
	free(p->anchor_of);
	histogram_free(&p->late);
	for (size_t i = 0; i < LATENESS_N_CAUSES; i++)
		histogram_free(&p->parts[i]);
}

void
pace_conn_free(struct pace_conn *p)
{
	buf_free(&p->waiting);
	*p = (struct pace_conn){.head = 0};
}

static struct pace_anchor *
anchor_of(const struct engine *e, uint64_t n)
{
	uint32_t conn = e->ir->events[n].conn;

	return &e->pace.anchors[e->pace.anchor_of != NULL ? e->pace.anchor_of[conn] : conn];
}

uint64_t
pace_due(const struct engine *e, uint64_t n)
{
	const struct pace_anchor *a = e->opt.pace == PACE_THINK ? anchor_of(e, n) : NULL;
	uint64_t since = e->start, t = e->ir->events[n].t_first;
	long double wait;

	if (e->opt.pace == PACE_NONE)
		return since;
	if (a != NULL && a->set) {
		since = a->live;
		t = t > a->recorded ? t - a->recorded : 0;
	}
	/* 64 bits of mantissa where the machine has them: exact at any speed, for ever. */
	wait = (long double)t / (long double)e->opt.speed;
	return since + (uint64_t)(wait < MAX_WAIT ? wait : MAX_WAIT);
}

/* What the lane waited for has come. */
static void
release(struct engine *e, struct pace_lane *l, uint64_t now)
{
	if (!l->held)
		return;
	l->held = false;
	l->freed = e->pace.heard >= l->since && e->pace.heard < now ? e->pace.heard : now;
}

void
pace_waits(struct engine *e, struct lane *l, uint64_t now)
{
	uint64_t n = event_at(l, l->pos);
	const struct econn *c = &e->conns[e->ir->events[n].conn];

	if (l->pace.timed) {
		release(e, &l->pace, now);
		return;
	}
	if (!l->pace.held)
		l->pace.since = now;
	l->pace.held = true;
	l->pace.cause = c->held_event == n + 1 ? LATENESS_CREDITS : LATENESS_ORDER;
}

/* The lane's event at hand happens; what is behind it could not before its time. */
static void
pass(struct engine *e, struct pace_lane *l, uint64_t now)
{
	release(e, l, now);
	if (l->due <= l->freed)
		return;
	l->freed = l->due;
	l->cause = LATENESS_ORDER;
}

/* Does a lane wait for the event where it stands in it? */
static bool
is_waited_for(const struct engine *e, const struct ir_event *ev)
{
	return ev->kind == IR_CONNECT || (ev->kind == IR_RECV && !engine_passes_receipts(e));
}

void
pace_received(struct engine *e, struct lane *l, uint64_t n, uint64_t now)
{
	bool held = l->pace.held;

	release(e, &l->pace, now);
	if (e->opt.pace == PACE_THINK)
		*anchor_of(e, event_at(l, l->pos)) =
			(struct pace_anchor){.live = held ? l->pace.freed : now,
					     .recorded = e->ir->events[n].t_last,
					     .set = true};
}

void
pace_done(struct engine *e, struct lane *l, uint64_t n, uint64_t now)
{
	if (is_waited_for(e, &e->ir->events[n]))
		pace_received(e, l, n, now);
	pass(e, &l->pace, now);
}

void
pace_sends(struct engine *e, struct lane *l, uint64_t n, uint64_t now)
{
	pass(e, &l->pace, now);
	e->conns[e->ir->events[n].conn].pace.next =
		(struct pace_send){.set = e->opt.pace != PACE_NONE,
				   .cause = l->pace.cause,
				   .due = l->pace.due,
				   .freed = l->pace.freed};
}

/* A message that was given to its socket at `at` was out at `done`. */
static void
count(struct engine *e, const struct pace_waiting *w, uint64_t done)
{
	uint64_t late = done > w->due ? done - w->due : 0, parts[LATENESS_N_CAUSES] = {0};
	uint64_t freed = w->freed < w->at ? w->freed : w->at;
	unsigned most = LATENESS_OWN;
	int r;

	if (freed > w->due)
		parts[w->cause] = freed - w->due;
	if (done > w->at)
		parts[LATENESS_SOCKET] = done - (w->at > w->due ? w->at : w->due);
	parts[LATENESS_OWN] = late - parts[w->cause] - parts[LATENESS_SOCKET];
	r = histogram_add(&e->pace.late, late);
	for (unsigned i = 0; i < LATENESS_N_CAUSES; i++) {
		if (r == 0 && parts[i] > 0)
			r = histogram_add(&e->pace.parts[i], parts[i]);
		most = parts[i] > parts[most] ? i : most;
	}
	e->pace.much[most] += late > LATENESS_MUCH;
	if (r != 0)
		e->fatal = r;
}

void
pace_wrote(struct engine *e, struct econn *c, size_t bytes, const struct engine_wrote *w)
{
	struct pace_conn *p = &c->pace;
	const struct pace_waiting at = {.end = p->bytes + bytes,
					.due = p->next.due,
					.freed = p->next.freed,
					.at = w->at,
					.cause = p->next.cause};

	p->bytes += bytes;
	if (!p->next.set)
		return;
	p->next.set = false;
	if (w->waiting == 0) {
		count(e, &at, w->at);
		return;
	}
	buf_add(&p->waiting, (const uint8_t *)&at, sizeof(at));
	if (p->waiting.err != 0)
		e->fatal = p->waiting.err;
}

void
pace_flushed(struct engine *e, struct econn *c, size_t waiting, uint64_t now)
{
	struct pace_conn *p = &c->pace;
	struct pace_waiting at;

	while (p->waiting.n > p->head) {
		memcpy(&at, p->waiting.p + p->head, sizeof(at));
		if (at.end > p->bytes - waiting)
			return;
		count(e, &at, now);
		p->head += sizeof(at);
	}
	buf_free(&p->waiting);
	p->head = 0;
}

void
pace_summary(const struct pace *p, struct lateness *out)
{
	*out = (struct lateness){.n = p->late.n,
				 .p50 = histogram_at(&p->late, 5000),
				 .p99 = histogram_at(&p->late, 9900),
				 .max = p->late.max};
	for (size_t i = 0; i < LATENESS_N_CAUSES; i++) {
		out->by[i].much = p->much[i];
		out->by[i].max = p->parts[i].max;
		out->much += p->much[i];
	}
}
