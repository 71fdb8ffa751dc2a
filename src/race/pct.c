/* Random orders after PCT. */
#include "config.h"

#include "race/pct.h"
#include "race/random.h"

#include <stdlib.h>

#define NONE UINT32_MAX

struct pct {
	const struct ir *ir;
	struct ir *into;    /* the same; NULL: nothing is made to wait */
	uint32_t *sequence; /* NULL: it is not asked for */
	uint32_t n;         /* events in it */
	const struct conflicts *conflicts;
	uint32_t *next;     /* of each event: the next one of its connection */
	uint32_t *head;     /* of each connection */
	uint32_t *priority; /* of each connection: the highest one goes first */
	bool *done;         /* of each event */
	bool serial;        /* what a request is answered comes before another request */
	uint32_t last[2];   /* the event before, and the last one on another connection than that */
};

static int
note_first(void *ctx, uint32_t event, const struct conflict *pair)
{
	uint32_t *first = ctx;

	(void)event;
	*first = pair->other < *first ? pair->other : *first;
	return 0;
}

int
pct_size(const struct ir *ir, const struct conflicts *c, struct pct_size *out)
{
	bool *seen = calloc(ir->meta.n_conns + 1, sizeof(*seen));
	int r;

	if (seen == NULL)
		return ERR_NOMEM;
	*out = (struct pct_size){.first = (uint32_t)ir->n_events};
	r = conflicts_pairs(c, note_first, &out->first);
	for (size_t i = out->first; i < ir->n_events; i++) {
		out->k++;
		out->n += !seen[ir->events[i].conn];
		seen[ir->events[i].conn] = true;
	}
	free(seen);
	return r;
}

double
pct_bound(const struct pct_size *s, uint32_t depth)
{
	double p = s->n > 0 ? 1.0 / s->n : 0;

	for (uint32_t i = 1; i < depth && s->k > 0; i++)
		p /= s->k;
	return p;
}

/* All that the event needs has come: values of other connections, and what a hand made it wait
 * for. */
static bool
is_enabled(const struct pct *p, uint32_t event)
{
	const struct ir_event *ev = &p->ir->events[event];
	uint32_t needs[CONFLICTS_NEEDS_MAX];
	size_t n = ev->kind == IR_SEND
			   ? conflicts_needs(p->conflicts, event, needs, CONFLICTS_NEEDS_MAX)
			   : 0;

	for (size_t i = 0; i < n && i < CONFLICTS_NEEDS_MAX; i++)
		if (!p->done[needs[i]])
			return false;
	for (uint32_t i = 0; i < ev->n_after; i++)
		if (!p->done[ev->after[i]])
			return false;
	return true;
}

static uint32_t
choose(const struct pct *p)
{
	uint32_t best = NONE, at = p->last[0] != NONE ? p->ir->events[p->last[0]].conn : NONE;

	if (p->serial && at != NONE && p->head[at] != NONE &&
	    p->ir->events[p->head[at]].kind == IR_RECV && is_enabled(p, p->head[at]))
		return at;
	for (uint32_t c = 0; c < p->ir->meta.n_conns; c++)
		if (p->head[c] != NONE && (best == NONE || p->priority[c] > p->priority[best]) &&
		    is_enabled(p, p->head[c]))
			best = c;
	return best;
}

/* The event comes behind the ones before it on other connections. */
static int
put(struct pct *p, uint32_t event)
{
	struct ir_event *ev;
	uint32_t *after, n, other = NONE;

	if (p->sequence != NULL)
		p->sequence[p->n++] = event;
	if (p->last[0] != NONE)
		other = p->ir->events[p->last[0]].conn != p->ir->events[event].conn ? p->last[0]
										    : p->last[1];
	if (p->last[0] == NONE || p->ir->events[p->last[0]].conn != p->ir->events[event].conn)
		p->last[1] = p->last[0];
	p->last[0] = event;
	p->done[event] = true;
	if (p->into == NULL)
		return 0;
	ev = &p->into->events[event];
	n = ev->n_after;
	if (other == NONE || ev->kind == IR_RECV || ev->server || ev->kind == IR_GAP ||
	    ev->kind == IR_JUNK)
		return 0;
	after = arena_alloc(&p->into->arena, (n + 1) * sizeof(*after));
	if (after == NULL)
		return ERR_NOMEM;
	if (n > 0)
		memcpy(after, ev->after, n * sizeof(*after));
	after[n] = other;
	ev->after = after;
	ev->n_after = n + 1;
	return 0;
}

static int
order(struct pct *p, const struct pct_size *size, uint64_t seed, uint32_t depth)
{
	uint32_t changes[PCT_MAX_DEPTH], conns = (uint32_t)p->ir->meta.n_conns;
	int r = 0;

	for (uint32_t c = 0; c < conns; c++)
		p->priority[c] = depth + c;
	for (uint32_t c = conns; c > 1; c--) {
		uint32_t other = (uint32_t)random_below(&seed, c), x = p->priority[c - 1];

		p->priority[c - 1] = p->priority[other];
		p->priority[other] = x;
	}
	for (uint32_t i = 0; i + 1 < depth; i++)
		changes[i] = (uint32_t)random_below(&seed, size->k > 0 ? size->k : 1);
	for (uint32_t step = 0; r == 0; step++) {
		uint32_t c = choose(p);

		if (c == NONE)
			return 0;
		r = put(p, p->head[c]);
		p->head[c] = p->next[p->head[c]];
		for (uint32_t i = 0; i + 1 < depth; i++)
			if (changes[i] == step)
				p->priority[c] = depth - 1 - i;
	}
	return r;
}

static void
begin(struct pct *p, uint32_t first)
{
	size_t conns = p->ir->meta.n_conns;

	memset(p->head, 0xff, (conns + 1) * sizeof(*p->head));
	for (size_t i = p->ir->n_events; i > first; i--) {
		uint32_t conn = p->ir->events[i - 1].conn;

		p->next[i - 1] = p->head[conn];
		p->head[conn] = (uint32_t)(i - 1);
	}
	/* What stands before is played as recorded. */
	for (uint32_t i = 0; i < first; i++) {
		p->done[i] = true;
		if (p->sequence != NULL)
			p->sequence[p->n++] = i;
		if (i > 0 && p->ir->events[i].conn != p->ir->events[i - 1].conn)
			p->last[1] = i - 1;
		p->last[0] = i;
	}
}

static int
play(const struct pct *x, uint64_t seed, uint32_t depth)
{
	const struct ir *ir = x->ir;
	struct pct p = *x;
	struct pct_size size;
	int r = pct_size(ir, p.conflicts, &size);

	p.last[0] = p.last[1] = NONE;
	p.next = calloc(ir->n_events + 1, sizeof(*p.next));
	p.head = calloc(ir->meta.n_conns + 1, sizeof(*p.head));
	p.priority = calloc(ir->meta.n_conns + 1, sizeof(*p.priority));
	p.done = calloc(ir->n_events + 1, sizeof(*p.done));
	if (p.next == NULL || p.head == NULL || p.priority == NULL || p.done == NULL)
		r = ERR_NOMEM;
	if (r == 0) {
		begin(&p, size.first);
		r = order(&p, &size, seed, depth);
	}
	free(p.next);
	free(p.head);
	free(p.priority);
	/* What could not go on stands behind. */
	for (uint32_t i = 0; r == 0 && p.sequence != NULL && i < ir->n_events; i++)
		if (!p.done[i])
			p.sequence[p.n++] = i;
	free(p.done);
	return r;
}

int
pct_apply(struct ir *ir, const struct conflicts *c, uint64_t seed, uint32_t depth, bool serial)
{
	struct pct p = {.ir = ir, .into = ir, .conflicts = c, .serial = serial};

	return play(&p, seed, depth);
}

int
pct_sequence(const struct ir *ir, const struct conflicts *c, uint64_t seed, uint32_t depth,
	     uint32_t *out)
{
	struct pct p = {.ir = ir, .sequence = out, .conflicts = c};

	return play(&p, seed, depth);
}
