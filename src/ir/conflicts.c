/* The conflicts of a workload, found in one pass over its events. */
#include "config.h"

#include "ir/conflicts.h"

#include <stdlib.h>

#include "ir/breaks.h"
#include "ir/conflicts_int.h"
#include "proto/smb2_pdu.h"

#define MAX_PENDING 1024 /* requests without final answer that a break may come of */

#define KIND_NAME(name, text) text,
const char *const conflict_kind_names[CONFLICT_N_KINDS] = {CONFLICT_KINDS(KIND_NAME)};
#undef KIND_NAME

static struct slice
bytes_of(struct conflicts_pass *p, uint32_t n)
{
	struct slice s = ir_bytes(p->ir, &p->ir->events[n], &p->scratch);

	conflicts_error(p, p->scratch.err);
	return s;
}

static void
join(struct conflicts_pass *p, uint32_t conn, uint32_t event)
{
	conflicts_error(p, clock_join(p->clocks, conn, p->ir, event));
}

/* A send comes behind what defines its values, and what any of its channels received. */
static void
learn_from_own(struct conflicts_pass *p)
{
	const struct conflicts *c = p->c;
	uint32_t conn = p->ir->events[p->n].conn, needs[CONFLICTS_NEEDS_MAX],
		 last = p->last_received[c->group_of[p->n]];
	size_t n = conflicts_needs(c, p->n, needs, CONFLICTS_NEEDS_MAX);

	for (size_t i = 0; i < n; i++)
		join(p, conn, needs[i]);
	if (last != 0)
		join(p, conn, last - 1);
}

static void
note_pending(struct conflicts_pass *p)
{
	const struct conflicts *c = p->c;
	bool breaks = false;

	for (uint32_t i = c->first_asked[p->n]; i < c->first_asked[p->n + 1]; i++)
		breaks = breaks || breaks_may_come(c->asked[i].command);
	if (!breaks)
		return;
	if (p->n_pending == MAX_PENDING)
		memmove(p->pending, p->pending + 1, --p->n_pending * sizeof(*p->pending));
	p->pending[p->n_pending++] = p->n;
}

static void
see_send(struct conflicts_pass *p)
{
	learn_from_own(p);
	if (p->c->first_asked[p->n] == p->c->first_asked[p->n + 1])
		return;
	p->bytes = bytes_of(p, p->n);
	p->asked = p->c->first_asked[p->n] + 1;
	conflicts_request(p);
	note_pending(p);
}

/* A break is received because of the last request that may have caused it and has no answer. */
static void
see_break(struct conflicts_pass *p)
{
	if (p->n_pending > 0)
		join(p, p->ir->events[p->n].conn, p->pending[p->n_pending - 1]);
}

/* What was pending ended because of what its request met last. */
static void
see_end_of_wait(struct conflicts_pass *p, const struct asked *q)
{
	uint32_t n = p->n;

	p->probing = true;
	p->probed = 0;
	p->n = q->event;
	p->bytes = bytes_of(p, p->n);
	p->asked = p->c->first_asked[p->n] + 1;
	conflicts_request(p);
	p->n = n;
	p->probing = false;
	if (p->probed != 0)
		join(p, p->ir->events[n].conn, p->probed - 1);
}

static void
see_answer(struct conflicts_pass *p, const struct asked *q)
{
	for (size_t i = p->n_pending; i-- > 0;)
		if (p->pending[i] == q->event) {
			p->n_pending--;
			memmove(&p->pending[i], &p->pending[i + 1],
				(p->n_pending - i) * sizeof(*p->pending));
		}
	if (q->interim != CONFLICTS_NEVER)
		see_end_of_wait(p, q);
}

static void
see_recv(struct conflicts_pass *p)
{
	const struct conflicts *c = p->c;
	uint32_t i = c->answers[p->n];

	if (i == CONFLICTS_BREAK)
		see_break(p);
	for (; i != CONFLICTS_BREAK && i != 0; i = c->asked[i - 1].next)
		see_answer(p, &c->asked[i - 1]);
	p->last_received[c->group_of[p->n]] = p->n + 1;
}

static int
by_other(const void *a, const void *b)
{
	const struct conflict *x = a, *y = b;

	if (x->other != y->other)
		return x->other < y->other ? -1 : 1;
	return x->kind < y->kind ? -1 : x->kind > y->kind;
}

/* Of those of one event with one other, the first kind, and all that is to have come. */
static void
settle_edges(struct conflicts *c, size_t from)
{
	size_t n = from;

	qsort(c->edges + from, c->n_edges - from, sizeof(*c->edges), by_other);
	for (size_t i = from; i < c->n_edges; i++) {
		struct conflict *e = &c->edges[i];

		if (n == from || c->edges[n - 1].other != e->other) {
			c->edges[n++] = *e;
			continue;
		}
		if (c->edges[n - 1].after < e->after)
			c->edges[n - 1].after = e->after;
		c->edges[n - 1].overlaps = c->edges[n - 1].overlaps || e->overlaps;
	}
	c->n_edges = n;
}

static void
see_event(struct conflicts_pass *p)
{
	size_t from = p->c->n_edges;

	p->c->first[p->n] = from;
	switch ((enum ir_kind)p->ir->events[p->n].kind) {
	case IR_SEND:
		see_send(p);
		break;
	case IR_RECV:
		see_recv(p);
		break;
	case IR_FIN:
	case IR_RST:
		conflicts_disconnect(p);
		break;
	case IR_CONNECT:
	case IR_GAP:
	case IR_JUNK:
	case IR_N_KINDS:
		break;
	}
	if (p->c->n_edges - from > 1)
		settle_edges(p->c, from);
}

static int
new_pass(struct conflicts_pass *p)
{
	size_t n_conns = p->ir->meta.n_conns + 1;

	p->opens = calloc((size_t)p->c->index[IR_OPEN].n + 1, sizeof(*p->opens));
	p->shares = calloc((size_t)p->c->index[IR_TREE].n + 1, sizeof(*p->shares));
	p->last_open = calloc(n_conns, sizeof(*p->last_open));
	p->clients = calloc(n_conns, sizeof(*p->clients));
	p->clocks = calloc(n_conns, sizeof(*p->clocks));
	p->last_received = calloc((size_t)p->c->n_groups + 1, sizeof(*p->last_received));
	p->pending = calloc(MAX_PENDING, sizeof(*p->pending));
	return p->opens != NULL && p->shares != NULL && p->last_open != NULL &&
			       p->clients != NULL && p->clocks != NULL &&
			       p->last_received != NULL && p->pending != NULL
		       ? 0
		       : ERR_NOMEM;
}

static void
free_pass(struct conflicts_pass *p)
{
	for (size_t i = 0; p->clocks != NULL && i < p->ir->meta.n_conns; i++)
		free(p->clocks[i].list);
	cut_table_free(&p->table);
	free(p->objects);
	free(p->pool);
	free(p->opens);
	free(p->shares);
	free(p->last_open);
	free(p->clients);
	free(p->clocks);
	free(p->last_received);
	free(p->pending);
	buf_free(&p->scratch);
}

static int
build(struct conflicts *c)
{
	struct conflicts_pass p = {.c = c, .ir = c->ir};
	int r = conflicts_answers(c);

	c->first = calloc(c->ir->n_events + 1, sizeof(*c->first));
	if (r == 0)
		r = c->first != NULL ? new_pass(&p) : ERR_NOMEM;
	for (p.n = 0; r == 0 && p.n < c->ir->n_events; p.n++) {
		see_event(&p);
		r = p.err;
	}
	if (r == 0)
		c->first[c->ir->n_events] = c->n_edges;
	free_pass(&p);
	return r;
}

int
conflicts_new(const struct ir *ir, struct conflicts **out)
{
	struct conflicts *c = calloc(1, sizeof(*c));
	int r;

	if (c == NULL)
		return ERR_NOMEM;
	c->ir = ir;
	r = build(c);
	if (r != 0) {
		conflicts_free(c);
		return r;
	}
	*out = c;
	return 0;
}

void
conflicts_free(struct conflicts *c)
{
	if (c == NULL)
		return;
	for (size_t k = 0; k < IR_N_SYMBOL_KINDS; k++) {
		ir_index_free(&c->index[k]);
		free(c->defs[k]);
	}
	free(c->asked);
	free(c->first_asked);
	free(c->answers);
	free(c->group_of);
	free(c->received);
	free(c->first_received);
	free(c->edges);
	free(c->first);
	free(c->names);
	free(c);
}

const struct conflict *
conflicts_of(const struct conflicts *c, uint32_t event, size_t *n)
{
	*n = c->first[event + 1] - c->first[event];
	return *n > 0 ? c->edges + c->first[event] : NULL;
}

uint32_t
conflicts_groups(const struct conflicts *c)
{
	return c->n_groups;
}

/* What a group had received before an event. */
static struct conflicts_history
history(const struct conflicts *c, uint32_t group, uint32_t event)
{
	const uint32_t *list = c->received + c->first_received[group];
	size_t lo = 0, hi = c->first_received[group + 1] - c->first_received[group];

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (list[mid] < event)
			lo = mid + 1;
		else
			hi = mid;
	}
	return (struct conflicts_history){group, list, lo};
}

void
conflicts_received(const struct conflicts *c, uint32_t event, struct conflicts_history out[2])
{
	uint32_t own = c->group_of[event],
		 conn = conflicts_conn_group(c, c->ir->events[event].conn);

	out[0] = history(c, own, event);
	out[1] = history(c, conn, event);
	if (own == conn)
		out[0].n = 0;
}

size_t
conflicts_needs(const struct conflicts *c, uint32_t event, uint32_t *out, size_t max)
{
	const struct ir_event *ev = &c->ir->events[event];
	size_t n = 0;

	for (uint32_t i = 0; i < ev->n_patches && n < max; i++) {
		const struct ir_patch *s = &ev->patches[i];
		uint32_t def =
			ev->kind == IR_SEND && s->what < IR_N_SYMBOL_KINDS
				? c->defs[s->what][ir_index_at(&c->index[s->what], s->number)]
				: 0;
		size_t k = 0;

		while (k < n && out[k] + 1 != def)
			k++;
		if (def != 0 && k == n)
			out[n++] = def - 1;
	}
	return n;
}

int
conflicts_pairs(const struct conflicts *c, conflicts_fn fn, void *ctx)
{
	int r = 0;

	for (uint32_t n = 0; r == 0 && n < c->ir->n_events; n++)
		for (size_t i = c->first[n]; r == 0 && i < c->first[n + 1]; i++)
			if (!c->edges[i].ordered)
				r = fn(ctx, n, &c->edges[i]);
	return r;
}
