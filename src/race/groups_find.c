/* Which requests are a group. */
#include "config.h"

#include "race/groups.h"

#include <stdlib.h>

#include "base/list.h"

#define NEAREST 6u         /* conflicts of a request that are looked at */
#define MOST_GROUPS 20000u /* before the nearest are chosen */

struct link {
	uint32_t other, place;
	uint8_t kind;
	bool overlaps;
};

struct node {
	struct link links[NEAREST]; /* by distance from its event */
	uint32_t n;
};

struct finder {
	const struct ir *ir;
	struct node *nodes; /* owned, of each event */
	struct group *list; /* owned by the caller */
	size_t n, cap;
};

static uint32_t
apart(uint32_t a, uint32_t b)
{
	return a > b ? a - b : b - a;
}

/* Keep the nearest. */
static void
add_link(struct node *n, uint32_t event, const struct link *l)
{
	uint32_t i;

	if (n->n == NEAREST && apart(event, l->other) >= apart(event, n->links[NEAREST - 1].other))
		return;
	n->n += n->n < NEAREST;
	for (i = n->n - 1; i > 0 && apart(event, n->links[i - 1].other) > apart(event, l->other);
	     i--)
		n->links[i] = n->links[i - 1];
	n->links[i] = *l;
}

static int
add_pair(void *ctx, uint32_t event, const struct conflict *c)
{
	struct finder *f = ctx;
	struct link l = {
		.other = c->other, .place = c->place, .kind = c->kind, .overlaps = c->overlaps};

	if (f->ir->events[event].kind != IR_SEND || f->ir->events[c->other].kind != IR_SEND)
		return 0;
	add_link(&f->nodes[event], event, &l);
	l.other = event;
	add_link(&f->nodes[c->other], c->other, &l);
	return 0;
}

/* Is its connection another one than theirs? */
static bool
fits(const struct finder *f, const struct group *g, uint32_t event)
{
	for (uint32_t i = 0; i < g->n; i++)
		if (f->ir->events[g->events[i]].conn == f->ir->events[event].conn)
			return false;
	return true;
}

static struct group
with(const struct group *g, const struct link *l)
{
	struct group out = *g;
	uint32_t i = out.n++;

	for (; i > 0 && out.events[i - 1] > l->other; i--)
		out.events[i] = out.events[i - 1];
	out.events[i] = l->other;
	out.overlaps |= l->overlaps;
	return out;
}

static int
add_group(struct finder *f, const struct group *g)
{
	int r = list_room(&f->list, f->n, &f->cap, sizeof(*g));

	if (r == 0)
		f->list[f->n++] = *g;
	return r;
}

static bool
is_same_thing(const struct link *a, const struct link *b)
{
	return a->kind == b->kind && a->place == b->place;
}

/* One more request that meets `event` at a thing, unless it is known. */
static void
add_near(struct node *near, uint32_t event, const struct link *l)
{
	if (l->other == event)
		return;
	for (uint32_t i = 0; i < near->n; i++)
		if (near->links[i].other == l->other)
			return;
	add_link(near, event, l);
}

/* Whom a request meets at a thing, also by others: conflicts that others imply are not listed. */
static struct node
gather(const struct finder *f, uint32_t event, const struct link *thing)
{
	const struct node *own = &f->nodes[event];
	struct node near = {.n = 0};

	for (uint32_t i = 0; i < own->n; i++)
		if (is_same_thing(&own->links[i], thing))
			add_near(&near, event, &own->links[i]);
	for (uint32_t i = 0; i < own->n; i++) {
		const struct node *next = &f->nodes[own->links[i].other];

		for (uint32_t k = 0; is_same_thing(&own->links[i], thing) && k < next->n; k++)
			if (is_same_thing(&next->links[k], thing))
				add_near(&near, event, &next->links[k]);
	}
	return near;
}

/* All groups of `g` and some of those near from `at` on. */
static int
add_groups(struct finder *f, const struct group *g, const struct node *near, uint32_t at)
{
	int r = g->n >= SCHEDULE_MIN_GROUP ? add_group(f, g) : 0;

	for (uint32_t i = at; r == 0 && g->n < SCHEDULE_MAX_GROUP && i < near->n; i++) {
		const struct group more = with(g, &near->links[i]);

		if (fits(f, g, near->links[i].other))
			r = add_groups(f, &more, near, i + 1);
	}
	return r;
}

/* Those that a request is in: of each thing at which it meets others. */
static int
groups_of(struct finder *f, uint32_t event)
{
	const struct node *node = &f->nodes[event];
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < node->n; i++) {
		const struct group one = {.events = {event}, .n = 1, .kind = node->links[i].kind};
		struct node near;
		bool seen = false;

		for (uint32_t k = 0; k < i; k++)
			seen |= is_same_thing(&node->links[k], &node->links[i]);
		if (seen)
			continue;
		near = gather(f, event, &node->links[i]);
		r = add_groups(f, &one, &near, 0);
	}
	return r;
}

static uint32_t
span(const struct group *g)
{
	return g->events[g->n - 1] - g->events[0];
}

/* Groups of three first: they have fewer orders, and are parts of those of four. */
static int
by_nearness(const void *x, const void *y)
{
	const struct group *a = x, *b = y;

	if (a->n != b->n)
		return a->n < b->n ? -1 : 1;
	if (a->overlaps != b->overlaps)
		return a->overlaps ? -1 : 1;
	if (span(a) != span(b))
		return span(a) < span(b) ? -1 : 1;
	return memcmp(a->events, b->events, sizeof(a->events));
}

/* The same events were found from each of them. */
static void
leave_doubles_out(struct finder *f)
{
	size_t kept = 0;

	if (f->n > 0)
		qsort(f->list, f->n, sizeof(*f->list), by_nearness);
	for (size_t i = 0; i < f->n; i++)
		if (kept == 0 || memcmp(f->list[kept - 1].events, f->list[i].events,
					sizeof(f->list[i].events)) != 0)
			f->list[kept++] = f->list[i];
	f->n = kept;
}

int
groups_find(const struct ir *ir, const struct conflicts *c, struct group **out, size_t *n)
{
	struct finder f = {.ir = ir};
	int r;

	*out = NULL;
	*n = 0;
	f.nodes = calloc(ir->n_events + 1, sizeof(*f.nodes));
	if (f.nodes == NULL)
		return ERR_NOMEM;
	r = conflicts_pairs(c, add_pair, &f);
	for (uint32_t i = 0; r == 0 && i < ir->n_events && f.n < MOST_GROUPS; i++)
		r = groups_of(&f, i);
	free(f.nodes);
	if (r != 0) {
		free(f.list);
		return r;
	}
	leave_doubles_out(&f);
	*out = f.list;
	*n = f.n;
	return 0;
}

uint32_t
groups_orders(uint32_t n)
{
	return n < 2 ? 1 : n * groups_orders(n - 1);
}

void
groups_order(uint32_t n, uint32_t number, uint32_t out[SCHEDULE_MAX_GROUP])
{
	uint32_t left[SCHEDULE_MAX_GROUP] = {0, 1, 2, 3};

	for (uint32_t i = 0; i < n; i++) {
		uint32_t of = groups_orders(n - 1 - i), at = number / of;

		number %= of;
		out[i] = left[at];
		for (uint32_t k = at; k + 1 < n - i; k++)
			left[k] = left[k + 1];
	}
}
