/* Who touched a thing before: lists of accesses, kept short by dropping what later ones imply. */
#include "config.h"

#include "base/list.h"
#include "ir/conflicts_int.h"

#define MAX_ACCESSES 1024 /* to one thing; of more the oldest is forgotten */
#define MAX_OVERLAPS 64   /* of these that are at work; above that a change counts as behind all */
#define MAX_APART 32      /* ranges of one file that are told apart while one group reads it */

void
conflicts_error(struct conflicts_pass *p, int r)
{
	if (p->err == 0)
		p->err = r;
}

/* Its place plus 1, 0: memory is out. */
static uint32_t
object_of(struct conflicts_pass *p, const struct touch *t)
{
	const struct cut_key k = {.a = t->a, .b = t->b, .kind = (uint32_t)t->what};
	uint32_t i = cut_table_get(&p->table, &k);

	if (i != 0)
		return i;
	conflicts_error(p,
			list_room(&p->objects, p->n_objects, &p->cap_objects, sizeof(*p->objects)));
	if (p->err == 0)
		conflicts_error(p, cut_table_put(&p->table, &k, (uint32_t)p->n_objects + 1));
	if (p->err != 0)
		return 0;
	p->objects[p->n_objects++] = (struct object){.n = 0};
	return (uint32_t)p->n_objects;
}

/* A place for one more access, plus 1; 0: memory is out. */
static uint32_t
new_access(struct conflicts_pass *p)
{
	uint32_t i = p->free_access;

	if (i != 0) {
		p->free_access = p->pool[i - 1].next;
		return i;
	}
	conflicts_error(p, list_room(&p->pool, p->n_pool, &p->cap_pool, sizeof(*p->pool)));
	return p->err == 0 ? (uint32_t)++p->n_pool : 0;
}

static void
drop(struct conflicts_pass *p, struct object *o, uint32_t *link)
{
	uint32_t i = *link;

	*link = p->pool[i - 1].next;
	p->pool[i - 1].next = p->free_access;
	p->free_access = i;
	o->n--;
}

static bool
meet(const struct access *a, const struct access *b)
{
	return (a->mode == TOUCH_CHANGE || a->mode != b->mode) && a->lo < b->hi && b->lo < a->hi;
}

/* What had come of it before the event at hand. */
static uint32_t
came(const struct conflicts_pass *p, const struct access *x, bool *final)
{
	const struct asked *q = x->asked != 0 ? &p->c->asked[x->asked - 1] : NULL;

	*final = q == NULL || (q->final != CONFLICTS_NEVER && q->final < p->n);
	if (q == NULL)
		return x->event;
	if (*final)
		return q->final;
	return q->counts && q->interim < p->n ? q->interim : x->event;
}

static enum conflict_kind
kind_of(enum touch_what what)
{
	switch (what) {
	case TOUCH_CLIENT:
		return CONFLICT_CLIENT;
	case TOUCH_SESSION:
		return CONFLICT_SESSION;
	case TOUCH_OPEN:
		return CONFLICT_OPEN;
	case TOUCH_GUID:
		return CONFLICT_GUID;
	case TOUCH_APP:
		return CONFLICT_APP;
	case TOUCH_LEASE:
		return CONFLICT_LEASE;
	case TOUCH_NAME:
		return CONFLICT_NAME;
	case TOUCH_FILE:
		return CONFLICT_FILE;
	case TOUCH_DATA:
		return CONFLICT_DATA;
	case TOUCH_ATTRIBUTES:
		return CONFLICT_ATTRIBUTES;
	case TOUCH_ENTRIES:
	case TOUCH_TREE:
		break;
	}
	return CONFLICT_LISTING;
}

/* An access of the same sender, behind what it came behind: `now` need not be told again. */
static bool
is_known(const struct conflicts_pass *p, uint32_t mine, const struct access *x)
{
	const struct asked *q = x->asked != 0 ? &p->c->asked[x->asked - 1] : NULL;

	return mine > x->event && (q == NULL || (q->final != CONFLICTS_NEVER && q->final < mine));
}

static void
add_edge(struct conflicts_pass *p, const struct access *x, const struct touch *t)
{
	struct conflicts *c = p->c;
	uint32_t conn = p->ir->events[p->n].conn;
	bool final;
	struct conflict edge = {.other = x->event,
				.after = came(p, x, &final),
				.place = t->place,
				.kind = (uint8_t)kind_of(t->what)};

	edge.overlaps = !final;
	edge.ordered = t->what == TOUCH_CLIENT || conn == p->ir->events[x->event].conn ||
		       clock_behind(&p->clocks[conn], p->ir, x->event);
	conflicts_error(p, list_room(&c->edges, c->n_edges, &c->cap_edges, sizeof(*c->edges)));
	if (p->err == 0)
		c->edges[c->n_edges++] = edge;
}

/* What one session sends on one connection has an order of its own. */
static bool
is_other(const struct conflicts_pass *p, const struct access *now, const struct access *x)
{
	return x->group != now->group || p->ir->events[x->event].conn != p->ir->events[p->n].conn;
}

/* Does whoever waits for `now` wait for `x` as well, so that `x` need not be known any more? */
static bool
implies(const struct conflicts_pass *p, const struct access *now, const struct access *x,
	bool crowded)
{
	bool final, same = now->group == x->group, mine;

	(void)came(p, x, &final);
	mine = same && now->mode == x->mode;
	if (now->mode != TOUCH_CHANGE && !mine)
		return false;
	return (final || crowded) && now->lo <= x->lo && now->hi >= x->hi;
}

/* Ranges of one group that touch each other become one, but for what is of the whole file; so do
 * all when they are too many. */
static void
unite(struct access *now, const struct access *x, size_t n)
{
	if (now->group != x->group || now->mode != x->mode ||
	    (n <= MAX_APART && (now->lo > x->hi || now->hi < x->lo || x->hi == CONFLICTS_WHOLE)))
		return;
	now->lo = x->lo < now->lo ? x->lo : now->lo;
	now->hi = x->hi > now->hi ? x->hi : now->hi;
}

/* Only look what was last met behind the event at hand. */
static void
probe(struct conflicts_pass *p, const struct object *o, const struct access *now)
{
	for (uint32_t i = o->first; i != 0; i = p->pool[i - 1].next) {
		const struct access *x = &p->pool[i - 1];

		if (x->event > now->event && is_other(p, now, x) && meet(now, x) &&
		    x->event + 1 > p->probed)
			p->probed = x->event + 1;
	}
}

static void
insert(struct conflicts_pass *p, struct object *o, const struct access *now)
{
	uint32_t i = new_access(p);

	if (i == 0)
		return;
	p->pool[i - 1] = *now;
	p->pool[i - 1].next = o->first;
	o->first = i;
	o->n++;
}

/* Need `x`, in the list of `o`, not be known any more? */
static bool
is_spent(const struct conflicts_pass *p, const struct object *o, const struct access *now,
	 const struct access *x)
{
	if (x->next == 0 && o->n > MAX_ACCESSES)
		return true;
	if (x->event == now->event)
		return now->mode == x->mode && now->lo <= x->lo && now->hi >= x->hi;
	return implies(p, now, x, o->n > MAX_OVERLAPS);
}

/* Go through the list, newest first; then `now` is at its front, with the bytes of what it takes
 * in. */
static void
meet_all(struct conflicts_pass *p, struct object *o, const struct touch *t,
	 const struct access *now)
{
	struct access whole = *now;
	uint32_t mine = 0;

	for (uint32_t *link = &o->first; p->err == 0 && *link != 0;) {
		const struct access *x = &p->pool[*link - 1];
		bool other = is_other(p, now, x);

		if (!other && mine == 0 && x->mode == now->mode && x->lo <= now->lo &&
		    x->hi >= now->hi)
			mine = x->event;
		if (other && meet(now, x) && !is_known(p, mine, x))
			add_edge(p, x, t);
		unite(&whole, x, o->n);
		if (is_spent(p, o, &whole, x))
			drop(p, o, link);
		else
			link = &p->pool[*link - 1].next;
	}
	insert(p, o, &whole);
}

void
conflicts_touch(struct conflicts_pass *p, const struct touch *t)
{
	const struct access now = {.lo = t->lo,
				   .hi = t->what == TOUCH_DATA ? t->hi : CONFLICTS_WHOLE,
				   .event = p->n,
				   .asked = p->asked,
				   .group = p->c->group_of[p->n],
				   .mode = (uint8_t)t->mode};
	uint32_t place = object_of(p, t);

	if (place == 0)
		return;
	if (p->probing)
		probe(p, &p->objects[place - 1], &now);
	else
		meet_all(p, &p->objects[place - 1], t, &now);
}
