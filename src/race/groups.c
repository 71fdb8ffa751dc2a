/* The search of groups of three and four requests. */
#include "config.h"

#include "race/groups.h"
#include "race/race_int.h"
#include "race/random.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/list.h"

#define LEARN 2       /* tries of each order */
#define POINTS 48     /* times that are tried */
#define NEARER 8      /* and near to those that hit */
#define MEASURE 60    /* tries of what hits most */
#define MARGIN 100000 /* ns that times go beyond one and a half times what answers take */
#define NEAR_PART 16  /* of the whole range is near */

struct candidate {
	struct schedule s;
	struct race_rate rate;
};

struct search {
	struct race *r;
	const struct group *g;
	struct candidate *list; /* owned: what was tried */
	size_t n, cap;
	struct err *e;
};

static void
progress(const struct search *s, const char *what, const struct schedule *at)
{
	char text[SCHEDULE_TEXT + 32], schedule[SCHEDULE_TEXT];

	schedule_put(at, schedule);
	(void)snprintf(text, sizeof(text), "%s %s", what, schedule);
	race_progress(s->r, race_last(s->r), text);
}

static struct schedule
serial(const struct group *g, uint32_t number)
{
	struct schedule s = {.kind = SCHEDULE_ORDER, .n_group = g->n};
	uint32_t order[SCHEDULE_MAX_GROUP];

	groups_order(g->n, number, order);
	for (uint32_t i = 0; i < g->n; i++)
		s.group[i] = g->events[order[i]];
	s.a = s.group[0];
	s.b = s.group[1];
	return s;
}

/* So many tries that count. */
static int
try_times(struct search *s, const struct schedule *x, uint32_t times)
{
	int r = list_room(&s->list, s->n, &s->cap, sizeof(*s->list));
	struct candidate *c;

	if (r != 0)
		return r;
	c = &s->list[s->n];
	*c = (struct candidate){.s = *x};
	for (uint32_t i = 0; r == 0 && i < times && race_goes_on(s->r); i++) {
		bool hit;

		progress(s, "a group", x);
		r = race_count(s->r, x, &hit, s->e);
		c->rate.tries += r == 0;
		c->rate.hits += hit;
	}
	s->n += c->rate.tries > 0;
	return r;
}

/* One behind the answer to the other: with --until that may be a hit, else it is what an order
 * gives. */
static int
try_order(struct search *s, uint32_t number)
{
	struct race_finding *f = race_last(s->r);
	const struct schedule x = serial(s->g, number);
	int r = 0;

	if (s->r->until != NULL)
		return try_times(s, &x, LEARN);
	for (uint32_t i = 0; r == 0 && i < LEARN; i++) {
		bool anew = false;

		progress(s, "learning", &x);
		r = race_try(s->r, &x, s->e);
		if (r == 0)
			r = race_learn_group(s->r, s->g->events, s->g->n, &anew);
		f->order_outcomes += anew;
	}
	if (r == 0 && number == 0)
		race_put_group(s->r, s->g->events, s->g->n, f->recorded, sizeof(f->recorded));
	return r;
}

static int
try_orders(struct search *s)
{
	struct race_finding *f = race_last(s->r);
	uint32_t orders = groups_orders(s->g->n);
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < orders && race_goes_on(s->r); i++) {
		r = try_order(s, i);
		f->orders += r == 0;
	}
	return r;
}

/* From where to where a request's time is changed: what two can do to each other they do while both
 * are at work. */
static void
range(const struct search *s, uint32_t i, int64_t *low, int64_t *high)
{
	const uint64_t *latency = s->r->latency;
	uint64_t own = latency[s->g->events[i]], first = latency[s->g->events[0]];

	*low = s->r->opt.low;
	*high = s->r->opt.high;
	if (*low < *high)
		return;
	*low = -(int64_t)(own + own / 2) - MARGIN;
	*high = (int64_t)(first + first / 2) + MARGIN;
}

/* Times around those of `near`, or anywhere in their range. */
static struct schedule
somewhere(const struct search *s, const struct schedule *near)
{
	struct schedule x = {.kind = SCHEDULE_GROUP, .n_group = s->g->n};
	int64_t low, high;

	for (uint32_t i = 0; i < s->g->n; i++)
		x.group[i] = s->g->events[i];
	x.a = x.group[0];
	x.b = x.group[1];
	for (uint32_t i = 1; i < s->g->n; i++) {
		range(s, i, &low, &high);
		if (near != NULL) {
			int64_t part = (high - low) / NEAR_PART;

			low = near->at[i] - part;
			high = near->at[i] + part;
		}
		x.at[i] = low + (int64_t)random_below(&s->r->random, (uint64_t)(high - low) + 1);
	}
	return x;
}

/* What hit most, for sure; NULL: nothing did. */
static const struct candidate *
best(const struct search *s)
{
	const struct candidate *best = NULL;
	double low, high, most = 0;

	for (size_t i = 0; i < s->n; i++) {
		race_wilson(&s->list[i].rate, &low, &high);
		if (s->list[i].rate.hits > 0 && low > most) {
			most = low;
			best = &s->list[i];
		}
	}
	return best;
}

static int
sweep(struct search *s)
{
	uint32_t points = s->r->opt.gaps > 0 ? s->r->opt.gaps : POINTS, per = s->r->opt.per_gap;
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < points && race_goes_on(s->r); i++) {
		struct schedule x = somewhere(s, NULL);

		if (i == 0)
			memset(x.at, 0, sizeof(x.at));
		r = try_times(s, &x, (per + 1) / 2);
	}
	for (uint32_t i = 0; r == 0 && i < NEARER && race_goes_on(s->r) && best(s) != NULL; i++) {
		const struct schedule near = best(s)->s, x = somewhere(s, &near);

		r = try_times(s, &x, per);
	}
	return r;
}

static int
measure(struct search *s)
{
	struct race_finding *f = race_last(s->r);
	int r = 0;

	f->best = best(s)->s;
	for (uint32_t i = 0; r == 0 && i < MEASURE; i++) {
		bool hit;

		progress(s, "measuring", &f->best);
		r = race_count(s->r, &f->best, &hit, s->e);
		f->best_rate.tries += r == 0;
		f->best_rate.hits += hit;
	}
	return r;
}

static int
try_group(struct search *s)
{
	struct race_finding new = {
		.a = s->g->events[0], .b = s->g->events[1], .n_group = s->g->n, .kind = s->g->kind};
	int r;

	memcpy(new.group, s->g->events, sizeof(new.group));
	s->n = 0;
	r = race_new_finding(s->r, &new);
	if (r != 0)
		return r;
	r = try_orders(s);
	if (r == ERR_USAGE && !s->r->opt.only) { /* something else orders them */
		*s->e = (struct err){0};
		return 0;
	}
	race_last(s->r)->played = true;
	/* What an order does needs no times. */
	if (r == 0 && best(s) == NULL)
		r = sweep(s);
	return r == 0 && best(s) != NULL ? measure(s) : r;
}

/* The one that was asked for. */
static int
asked_for(const struct race *r, struct group **out, size_t *n)
{
	struct group *g = calloc(1, sizeof(*g));

	if (g == NULL)
		return ERR_NOMEM;
	memcpy(g->events, r->opt.group, sizeof(g->events));
	g->n = r->opt.n_group;
	g->kind = CONFLICT_N_KINDS;
	*out = g;
	*n = 1;
	return 0;
}

int
groups_search(struct race *r, struct err *e)
{
	struct search s = {.r = r, .e = e};
	struct group *groups = NULL;
	size_t n = 0;
	int ret = r->opt.only ? asked_for(r, &groups, &n)
			      : groups_find(r->ir, r->conflicts, &groups, &n);

	r->result->groups = n;
	for (size_t i = 0; ret == 0 && i < n && race_goes_on(r); i++) {
		s.g = &groups[i];
		ret = try_group(&s);
		if (ret == 0 && race_hits_enough(r, race_last(r)) && !r->opt.all)
			break;
	}
	free(groups);
	free(s.list);
	return ret;
}

int
groups_learn(struct race *r, const struct schedule *s, struct err *e)
{
	struct race_finding *f = race_last(r);
	struct group g = {.n = s->n_group};
	struct search all = {.r = r, .g = &g, .e = e};

	memcpy(g.events, s->group, sizeof(g.events));
	memcpy(f->group, s->group, sizeof(f->group));
	f->n_group = s->n_group;
	return try_orders(&all);
}
