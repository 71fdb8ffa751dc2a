/* Groups of events that go out by each other's time. */
#include "config.h"

#include "ir/timings.h"

#include <stdlib.h>

struct maker {
	const struct ir *ir;
	const char *path;
	struct timings *t;
	uint32_t *root;  /* of each member: another one of its group, itself at the end */
	int64_t *offset; /* of each member: ns since `answer`, or since what stands first in its
			    group */
	uint8_t *state;  /* of each member: enum seen */
	struct err *e;
};

enum seen { UNSEEN, ON_THE_WAY, DONE };

static int
fail(const struct maker *m, uint32_t event, const char *what)
{
	return err_set(m->e, ERR_MALFORMED, "%s:%u: %s", m->path, ir_line(m->ir, event), what);
}

static int
by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* Does the client do this at a time of its choice? */
static bool
has_time(const struct ir_event *ev)
{
	return ev->kind == IR_SEND || ev->kind == IR_CONNECT ||
	       ((ev->kind == IR_FIN || ev->kind == IR_RST) && !ev->server);
}

static int
check_gap(const struct maker *m, uint32_t event)
{
	const struct ir_timing *g = m->ir->events[event].timing;
	const struct ir_event *of = &m->ir->events[g->of];

	if (!has_time(of) || (g->answered && of->kind != IR_SEND))
		return fail(m, event,
			    g->answered ? "gap: what it counts from is no request"
					: "gap: what it counts from is nothing that the client "
					  "does");
	return 0;
}

/* What a pause counts from goes out before the rest of the message can. */
static int
check_pause(const struct maker *m, uint32_t event, const struct ir_pause *p)
{
	const struct ir_event *of = &m->ir->events[p->of];

	if (!has_time(of) || (p->answered && of->kind != IR_SEND))
		return fail(m, event,
			    p->answered ? "pause: what it counts from is no request"
					: "pause: what it counts from is nothing that the client "
					  "does");
	if (of->conn == m->ir->events[event].conn && p->of >= event)
		return fail(m, event,
			    "pause: what it counts from goes out behind it on its connection");
	return 0;
}

/* Its pauses that count from other events; these go into `events`, itself behind each. */
static int
gather_pauses(const struct maker *m, uint32_t event, uint32_t *events, size_t *n)
{
	const struct ir_event *ev = &m->ir->events[event];
	int r = 0;

	for (uint32_t k = 0; r == 0 && k < ev->n_pauses; k++) {
		if (ev->pauses[k].of == IR_NO_EVENT)
			continue;
		r = check_pause(m, event, &ev->pauses[k]);
		events[(*n)++] = ev->pauses[k].of;
		events[(*n)++] = event;
	}
	return r;
}

/* The events that are members: those with a timing, and those that gaps and pauses count from. */
static int
gather(struct maker *m)
{
	size_t n = 0, kept = 0;
	uint32_t *events;
	int r = 0;

	for (size_t i = 0; i < m->ir->n_events; i++)
		n += (m->ir->events[i].timing != NULL) + m->ir->events[i].n_pauses;
	events = calloc(2 * n + 1, sizeof(*events));
	m->t->members = calloc(2 * n + 1, sizeof(*m->t->members));
	if (events == NULL || m->t->members == NULL)
		r = ERR_NOMEM;
	n = 0;
	for (uint32_t i = 0; r == 0 && i < m->ir->n_events; i++) {
		const struct ir_timing *g = m->ir->events[i].timing;

		r = gather_pauses(m, i, events, &n);
		if (g == NULL || r != 0)
			continue;
		events[n++] = i;
		if (g->barrier != NULL)
			continue;
		r = check_gap(m, i);
		events[n++] = g->of;
	}
	if (r == 0 && n > 0)
		qsort(events, n, sizeof(*events), by_number);
	for (size_t i = 0; r == 0 && i < n; i++)
		if (kept == 0 || m->t->members[kept - 1].event != events[i])
			m->t->members[kept++].event = events[i];
	m->t->n = kept;
	free(events);
	return r;
}

uint32_t
timings_find(const struct timings *t, uint64_t event)
{
	size_t low = 0, high = t->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (t->members[mid].event < event)
			low = mid + 1;
		else
			high = mid;
	}
	return low < t->n && t->members[low].event == event ? (uint32_t)low : TIMINGS_NONE;
}

static uint32_t
root_of(struct maker *m, uint32_t i)
{
	while (m->root[i] != i)
		i = m->root[i] = m->root[m->root[i]];
	return i;
}

static void
unite(struct maker *m, uint32_t a, uint32_t b)
{
	a = root_of(m, a);
	b = root_of(m, b);
	m->root[a > b ? a : b] = a > b ? b : a;
}

struct named {
	const char *barrier;
	uint32_t member;
};

static int
by_name(const void *a, const void *b)
{
	const struct named *x = a, *y = b;
	int r = strcmp(x->barrier, y->barrier);

	return r != 0 ? r : (x->member > y->member) - (x->member < y->member);
}

/* Members of one barrier are of one group; there are at least two. */
static int
unite_barriers(struct maker *m)
{
	struct named *list = calloc(m->t->n + 1, sizeof(*list));
	size_t n = 0;
	int r = list != NULL ? 0 : ERR_NOMEM;

	for (uint32_t i = 0; r == 0 && i < m->t->n; i++)
		if (m->t->members[i].barrier != NULL)
			list[n++] = (struct named){m->t->members[i].barrier, i};
	if (n > 0)
		qsort(list, n, sizeof(*list), by_name);
	for (size_t i = 0; r == 0 && i < n; i++) {
		bool before = i > 0 && strcmp(list[i - 1].barrier, list[i].barrier) == 0,
		     behind = i + 1 < n && strcmp(list[i + 1].barrier, list[i].barrier) == 0;

		if (before)
			unite(m, list[i - 1].member, list[i].member);
		else if (!behind)
			r = fail(m, m->t->members[list[i].member].event,
				 "barrier: no other event has the same one");
	}
	free(list);
	return r;
}

static void
tie(struct maker *m)
{
	for (uint32_t i = 0; i < m->t->n; i++) {
		struct timing_member *x = &m->t->members[i];
		const struct ir_event *ev = &m->ir->events[x->event];
		const struct ir_timing *g = ev->timing;

		x->of = x->answer = TIMINGS_NONE;
		for (uint32_t k = 0; k < ev->n_pauses; k++)
			if (ev->pauses[k].of != IR_NO_EVENT)
				unite(m, i, timings_find(m->t, ev->pauses[k].of));
		if (g == NULL)
			continue;
		x->barrier = g->barrier;
		if (g->barrier == NULL) {
			x->of = timings_find(m->t, g->of);
			unite(m, i, x->of);
		}
	}
}

static int
place(struct maker *m, uint32_t i)
{
	struct timing_member *x = &m->t->members[i];
	const struct ir_timing *g = m->ir->events[x->event].timing;

	m->state[i] = DONE;
	if (x->of == TIMINGS_NONE)
		return 0;
	x->answer = g->answered ? x->of : m->t->members[x->of].answer;
	m->offset[i] = (g->answered ? 0 : m->offset[x->of]) + g->ns;
	if (m->offset[i] > (int64_t)IR_MAX_GAP || m->offset[i] < -(int64_t)IR_MAX_GAP)
		return fail(m, x->event, "gap: too long");
	if (x->answer != TIMINGS_NONE && m->offset[i] < 0)
		return fail(m, x->event, "gap: before the answer that it counts from");
	return 0;
}

/* A member's place follows from that of what it counts from: along the gaps to the first that is
 * placed, and back. `way` has room for all. */
static int
place_all(struct maker *m, uint32_t *way)
{
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < m->t->n; i++) {
		uint32_t depth = 0, at = i;

		while (at != TIMINGS_NONE && m->state[at] == UNSEEN) {
			m->state[at] = ON_THE_WAY;
			way[depth++] = at;
			at = m->t->members[at].of;
		}
		if (at != TIMINGS_NONE && m->state[at] == ON_THE_WAY)
			return fail(m, m->t->members[at].event, "gap: in a circle");
		while (r == 0 && depth > 0)
			r = place(m, way[--depth]);
	}
	return r;
}

/* Number the groups, and list their members. */
static int
list_groups(struct maker *m)
{
	struct timings *t = m->t;
	uint32_t at = 0;

	for (uint32_t i = 0; i < t->n; i++)
		if (root_of(m, i) == i)
			t->members[i].group = (uint32_t)t->n_groups++;
	t->groups = calloc(t->n_groups + 1, sizeof(*t->groups));
	t->order = calloc(t->n + 1, sizeof(*t->order));
	if (t->groups == NULL || t->order == NULL)
		return ERR_NOMEM;
	for (uint32_t i = 0; i < t->n; i++) {
		t->members[i].group = t->members[root_of(m, i)].group;
		t->groups[t->members[i].group].n++;
	}
	for (size_t g = 0; g < t->n_groups; g++) {
		t->groups[g].first = at;
		at += t->groups[g].n;
		t->groups[g].n = 0;
	}
	for (uint32_t i = 0; i < t->n; i++) {
		struct timing_group *g = &t->groups[t->members[i].group];

		t->order[g->first + g->n++] = i;
	}
	return 0;
}

/* The first of a group goes out when it is let go. */
static void
settle(struct maker *m, const struct timing_group *g)
{
	const uint32_t *list = m->t->order + g->first;
	int64_t least = 0;

	for (uint32_t i = 0; i < g->n; i++)
		if (m->t->members[list[i]].answer == TIMINGS_NONE && m->offset[list[i]] < least)
			least = m->offset[list[i]];
	for (uint32_t i = 0; i < g->n; i++) {
		struct timing_member *x = &m->t->members[list[i]];

		x->at = (uint64_t)(m->offset[list[i]] - (x->answer == TIMINGS_NONE ? least : 0));
	}
}

/* On a connection members stay in their order: find the one before each. `last`: of each
 * connection, the member so far and one; cleared behind each group. */
static int
check_conns(const struct maker *m, const struct timing_group *g, uint32_t *last)
{
	const uint32_t *list = m->t->order + g->first;
	int r = 0;

	if (g->n > TIMINGS_MAX_GROUP)
		r = fail(m, m->t->members[list[0]].event, "too many events go out by its time");
	for (uint32_t i = 0; r == 0 && i < g->n; i++) {
		struct timing_member *x = &m->t->members[list[i]], *before;
		uint32_t *of_conn = &last[m->ir->events[x->event].conn];

		x->before = *of_conn != 0 ? *of_conn - 1 : TIMINGS_NONE;
		before = *of_conn != 0 ? &m->t->members[*of_conn - 1] : NULL;
		if (before != NULL && before->answer == x->answer && before->at > x->at)
			r = fail(m, x->event,
				 "it would overtake what stands before it on its connection");
		*of_conn = list[i] + 1;
	}
	for (uint32_t i = 0; i < g->n; i++)
		last[m->ir->events[m->t->members[list[i]].event].conn] = 0;
	return r;
}

static int
make(struct maker *m)
{
	uint32_t *last = calloc(m->ir->meta.n_conns + 1, sizeof(*last)),
		 *way = calloc(m->t->n + 1, sizeof(*way));
	int r;

	m->root = calloc(m->t->n + 1, sizeof(*m->root));
	m->offset = calloc(m->t->n + 1, sizeof(*m->offset));
	m->state = calloc(m->t->n + 1, 1);
	r = last != NULL && way != NULL && m->root != NULL && m->offset != NULL && m->state != NULL
		    ? 0
		    : ERR_NOMEM;
	for (uint32_t i = 0; r == 0 && i < m->t->n; i++)
		m->root[i] = i;
	if (r == 0) {
		tie(m);
		r = unite_barriers(m);
	}
	if (r == 0)
		r = place_all(m, way);
	if (r == 0)
		r = list_groups(m);
	for (size_t g = 0; r == 0 && g < m->t->n_groups; g++) {
		settle(m, &m->t->groups[g]);
		r = check_conns(m, &m->t->groups[g], last);
	}
	free(last);
	free(way);
	free(m->root);
	free(m->offset);
	free(m->state);
	return r;
}

int
timings_new(const struct ir *ir, const char *path, struct timings *out, struct err *e)
{
	struct maker m = {.ir = ir, .path = path, .t = out, .e = e};
	int r;

	*out = (struct timings){0};
	r = gather(&m);
	if (r == 0 && out->n > 0)
		r = make(&m);
	if (r != 0)
		timings_free(out);
	return r;
}

void
timings_free(struct timings *t)
{
	free(t->members);
	free(t->order);
	free(t->groups);
	*t = (struct timings){0};
}
