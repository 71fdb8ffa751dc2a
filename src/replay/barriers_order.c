/* The order of events in which barriers and gaps can be kept. */
#include "config.h"

#include "replay/barriers.h"

#include <stdlib.h>

#define NONE UINT32_MAX

struct orderer {
	const struct ir *ir;
	const struct timings *t;
	uint32_t *next;    /* of each event: the next one of its connection */
	uint32_t *head;    /* of each connection: what it has come to */
	uint32_t *heap;    /* connections that do not wait, by their heads */
	uint32_t *waiting; /* of each group: connections that are still to come to it */
	bool *taken;       /* of each member */
	uint32_t *out;
	size_t n_heap, n_out;
};

static bool
stands_before(const struct orderer *o, uint32_t a, uint32_t b)
{
	return o->head[o->heap[a]] < o->head[o->heap[b]];
}

static void
swap(struct orderer *o, uint32_t a, uint32_t b)
{
	uint32_t x = o->heap[a];

	o->heap[a] = o->heap[b];
	o->heap[b] = x;
}

static void
push(struct orderer *o, uint32_t conn)
{
	uint32_t i = (uint32_t)o->n_heap++;

	o->heap[i] = conn;
	for (; i > 0 && stands_before(o, i, (i - 1) / 2); i = (i - 1) / 2)
		swap(o, i, (i - 1) / 2);
}

static uint32_t
pop(struct orderer *o)
{
	uint32_t conn = o->heap[0], i = 0, least = 0;

	swap(o, 0, (uint32_t)--o->n_heap);
	do {
		i = least;
		if (2 * i + 1 < o->n_heap && stands_before(o, 2 * i + 1, least))
			least = 2 * i + 1;
		if (2 * i + 2 < o->n_heap && stands_before(o, 2 * i + 2, least))
			least = 2 * i + 2;
		swap(o, i, least);
	} while (least != i);
	return conn;
}

/* Move a connection on, past members that are in the order already. */
static void
go_on(struct orderer *o, uint32_t conn)
{
	uint32_t n = o->head[conn], m = n != NONE ? timings_find(o->t, n) : TIMINGS_NONE;

	while (m != TIMINGS_NONE && o->taken[m]) {
		n = o->next[n];
		m = n != NONE ? timings_find(o->t, n) : TIMINGS_NONE;
	}
	o->head[conn] = n;
	if (n != NONE)
		push(o, conn);
}

/* All connections of a group have come to it. */
static void
put_group(struct orderer *o, const struct timing_group *g)
{
	const uint32_t *list = o->t->order + g->first;

	for (uint32_t i = 0; i < g->n; i++) {
		o->out[o->n_out++] = o->t->members[list[i]].event;
		o->taken[list[i]] = true;
	}
	for (uint32_t i = 0; i < g->n; i++) {
		uint32_t event = o->t->members[list[i]].event, conn = o->ir->events[event].conn;

		if (o->head[conn] == event)
			go_on(o, conn);
	}
}

static void
put_all(struct orderer *o)
{
	while (o->n_heap > 0) {
		uint32_t conn = pop(o), n = o->head[conn], m = timings_find(o->t, n);

		if (m == TIMINGS_NONE) {
			o->out[o->n_out++] = n;
			o->head[conn] = o->next[n];
			go_on(o, conn);
		} else if (--o->waiting[o->t->members[m].group] == 0) {
			put_group(o, &o->t->groups[o->t->members[m].group]);
		}
	}
}

/* How many connections each group has; `seen` is a table of connections. */
static void
count_conns(struct orderer *o, uint32_t *seen)
{
	for (uint32_t g = 0; g < o->t->n_groups; g++) {
		const uint32_t *list = o->t->order + o->t->groups[g].first;

		for (uint32_t i = 0; i < o->t->groups[g].n; i++) {
			uint32_t conn = o->ir->events[o->t->members[list[i]].event].conn;

			o->waiting[g] += seen[conn] != g + 1;
			seen[conn] = g + 1;
		}
	}
}

static int
begin(struct orderer *o)
{
	size_t conns = o->ir->meta.n_conns, n = o->ir->n_events;
	uint32_t *last = calloc(conns + 1, sizeof(*last));

	o->next = malloc((n + 1) * sizeof(*o->next));
	o->head = malloc((conns + 1) * sizeof(*o->head));
	o->heap = calloc(conns + 1, sizeof(*o->heap));
	o->waiting = calloc(o->t->n_groups + 1, sizeof(*o->waiting));
	o->taken = calloc(o->t->n + 1, sizeof(*o->taken));
	o->out = calloc(n + 1, sizeof(*o->out));
	if (last == NULL || o->next == NULL || o->head == NULL || o->heap == NULL ||
	    o->waiting == NULL || o->taken == NULL || o->out == NULL) {
		free(last);
		return ERR_NOMEM;
	}
	count_conns(o, last);
	memset(o->head, 0xff, (conns + 1) * sizeof(*o->head));
	for (size_t i = n; i > 0; i--) {
		uint32_t conn = o->ir->events[i - 1].conn;

		o->next[i - 1] = o->head[conn];
		o->head[conn] = (uint32_t)(i - 1);
	}
	for (uint32_t c = 0; c < conns; c++)
		if (o->head[c] != NONE)
			push(o, c);
	free(last);
	return 0;
}

/* The first event that no order brings. */
static int
stuck(const struct orderer *o, struct err *e)
{
	uint32_t first = NONE;

	for (uint32_t c = 0; c < o->ir->meta.n_conns; c++)
		if (o->head[c] < first)
			first = o->head[c];
	return err_set(e, ERR_USAGE, "%s:%u: waits for what stands behind what waits for it",
		       o->ir->path, ir_line(o->ir, first));
}

int
barriers_order(const struct ir *ir, const struct timings *t, uint32_t **out, struct err *e)
{
	struct orderer o = {.ir = ir, .t = t};
	int r = 0;

	*out = NULL;
	if (t->n == 0)
		return 0;
	r = begin(&o);
	if (r == 0)
		put_all(&o);
	if (r == 0 && o.n_out < ir->n_events)
		r = stuck(&o, e);
	if (r == 0) {
		*out = o.out;
		o.out = NULL;
	}
	free(o.next);
	free(o.head);
	free(o.heap);
	free(o.waiting);
	free(o.taken);
	free(o.out);
	return r;
}
