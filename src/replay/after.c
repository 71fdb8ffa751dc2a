/* What events wait for beside their order. */
#include "config.h"

#include "replay/after.h"
#include "replay/barriers.h"

#include <stdlib.h>

/* The events that wait for each one: of event i, list[first[i]] to list[first[i + 1]]. */
struct waiters {
	uint32_t *first, *list; /* owned */
};

static bool
any_waits(const struct ir *ir)
{
	for (size_t i = 0; i < ir->n_events; i++)
		if (ir->events[i].n_after > 0 || ir->events[i].timing != NULL)
			return true;
	return false;
}

static int
would_wait(const struct ir *ir, size_t event, enum engine_order order, struct err *e)
{
	static const char *const names[] = {"total", "causal", "connection", "none"};

	return err_set(e, ERR_USAGE,
		       "%s:%u: waits for what --order=%s plays later, or what waits for it",
		       ir->path, ir_line(ir, event), names[order]);
}

/* `sequence`: of all events, or NULL. Causes lie before what they lead to, as all that is before in
 * total order. */
static int
check_total(const struct ir *ir, const uint32_t *sequence, enum engine_order order, struct err *e)
{
	uint32_t *place = calloc(ir->n_events + 1, sizeof(*place));
	int r = place != NULL ? 0 : ERR_NOMEM;

	for (uint32_t i = 0; r == 0 && i < ir->n_events; i++)
		place[sequence != NULL ? sequence[i] : i] = i;
	for (size_t i = 0; r == 0 && i < ir->n_events; i++)
		for (uint32_t k = 0; r == 0 && k < ir->events[i].n_after; k++)
			if (place[ir->events[i].after[k]] > place[i])
				r = would_wait(ir, i, order, e);
	free(place);
	return r;
}

/* By counting. On its connection, each event waits for the one before it, too: `next`. */
static int
waiters_new(const struct ir *ir, struct waiters *w)
{
	size_t n = ir->n_events, sum = 0;

	w->first = calloc(n + 2, sizeof(*w->first));
	for (size_t i = 0; w->first != NULL && i < n; i++)
		for (uint32_t k = 0; k < ir->events[i].n_after; k++, sum++)
			w->first[ir->events[i].after[k] + 2]++;
	w->list = calloc(sum + 1, sizeof(*w->list));
	if (w->first == NULL || w->list == NULL)
		return ERR_NOMEM;
	for (size_t i = 2; i < n + 2; i++)
		w->first[i] += w->first[i - 1];
	/* What is counted at i + 1 while filling is where the list of i ends. */
	for (uint32_t i = 0; i < n; i++)
		for (uint32_t k = 0; k < ir->events[i].n_after; k++)
			w->list[w->first[ir->events[i].after[k] + 1]++] = i;
	return 0;
}

/* State of a check of connections: what each event still waits for. */
struct check {
	const struct ir *ir;
	const struct timings *timings;
	struct waiters waiters;
	uint32_t *missing; /* owned: of each group, members that still wait for something else */
	uint32_t *left, *next, *ready; /* owned; next: the one on its connection, 0: none */
	size_t n_ready;
};

static void
free_event(struct check *c, uint32_t event)
{
	const struct timing_group *g;
	uint32_t m;

	if (--c->left[event] > 0)
		return;
	m = timings_find(c->timings, event);
	if (m == TIMINGS_NONE) {
		c->ready[c->n_ready++] = event;
		return;
	}
	if (--c->missing[c->timings->members[m].group] > 0)
		return;
	g = &c->timings->groups[c->timings->members[m].group];
	for (uint32_t i = 0; i < g->n; i++)
		c->ready[c->n_ready++] = c->timings->members[c->timings->order[g->first + i]].event;
}

/* Do two events go out by each other's time? */
static bool
are_tied(const struct timings *t, uint32_t a, uint32_t b)
{
	uint32_t x = timings_find(t, a), y = timings_find(t, b);

	return x != TIMINGS_NONE && y != TIMINGS_NONE && t->members[x].group == t->members[y].group;
}

static int
check_new(struct check *c, const uint32_t *order)
{
	size_t n = c->ir->n_events;
	uint32_t *last = calloc(c->ir->meta.n_conns + 1, sizeof(*last)); /* and one */
	int r = waiters_new(c->ir, &c->waiters);

	c->left = calloc(n + 1, sizeof(*c->left));
	c->next = calloc(n + 1, sizeof(*c->next));
	c->ready = calloc(n + 1, sizeof(*c->ready));
	c->missing = calloc(c->timings->n_groups + 1, sizeof(*c->missing));
	if (last == NULL || c->missing == NULL || c->left == NULL || c->next == NULL ||
	    c->ready == NULL)
		r = ERR_NOMEM;
	for (size_t g = 0; r == 0 && g < c->timings->n_groups; g++)
		c->missing[g] = c->timings->groups[g].n;
	for (uint32_t k = 0; r == 0 && k < n; k++) {
		uint32_t i = order != NULL ? order[k] : k, *before = &last[c->ir->events[i].conn];
		bool follows = *before != 0 && !are_tied(c->timings, *before - 1, i);

		c->left[i] = 1 + c->ir->events[i].n_after + follows;
		if (follows)
			c->next[*before - 1] = i;
		*before = i + 1;
	}
	free(last);
	return r;
}

static int
check_conns(const struct ir *ir, const struct timings *t, const uint32_t *sequence,
	    enum engine_order order, struct err *e)
{
	struct check c = {.ir = ir, .timings = t};
	int r = check_new(&c, sequence);

	for (uint32_t i = 0; r == 0 && i < ir->n_events; i++)
		free_event(&c, i);
	for (size_t i = 0; r == 0 && i < c.n_ready; i++) {
		uint32_t event = c.ready[i];

		if (c.next[event] != 0)
			free_event(&c, c.next[event]);
		for (uint32_t k = c.waiters.first[event]; k < c.waiters.first[event + 1]; k++)
			free_event(&c, c.waiters.list[k]);
	}
	for (size_t i = 0; r == 0 && i < ir->n_events; i++)
		if (c.left[i] > 0 && (ir->events[i].n_after > 0 || ir->events[i].timing != NULL))
			r = would_wait(ir, i, order, e);
	free(c.waiters.first);
	free(c.waiters.list);
	free(c.left);
	free(c.next);
	free(c.ready);
	free(c.missing);
	return r;
}

int
after_check(const struct ir *ir, enum engine_order order, struct err *e)
{
	struct timings t = {0};
	uint32_t *sequence = NULL;
	int r;

	if (!any_waits(ir))
		return 0;
	r = timings_new(ir, ir->path, &t, e);
	if (r == 0)
		r = barriers_order(ir, &t, &sequence, e);
	if (r == 0 && (order == ORDER_TOTAL || order == ORDER_CAUSAL))
		r = check_total(ir, sequence, order, e);
	else if (r == 0)
		r = check_conns(ir, &t, sequence, order, e);
	free(sequence);
	timings_free(&t);
	return r;
}

int
after_new(const struct ir *ir, bool always, struct after *out)
{
	*out = (struct after){0};
	if (!always && !any_waits(ir))
		return 0;
	out->done = calloc(ir->n_events / 8 + 1, 1);
	return out->done != NULL ? 0 : ERR_NOMEM;
}

void
after_free(struct after *a)
{
	free(a->done);
	a->done = NULL;
}

void
after_done(struct after *a, uint64_t event)
{
	if (a->done != NULL)
		a->done[event / 8] |= (uint8_t)(1u << event % 8);
}

bool
after_happened(const struct after *a, const struct ir *ir, const struct judge *j, uint64_t event)
{
	return ir->events[event].kind == IR_RECV ? judge_satisfied(j, event)
						 : (a->done[event / 8] >> event % 8 & 1) != 0;
}

bool
after_met(const struct after *a, const struct ir *ir, const struct judge *j, uint64_t event,
	  uint32_t *first)
{
	const struct ir_event *ev = &ir->events[event];

	for (uint32_t i = 0; a->done != NULL && i < ev->n_after; i++) {
		*first = ev->after[i];
		if (!after_happened(a, ir, j, *first))
			return false;
	}
	return true;
}
