/* Which tries are made. */
#include "config.h"

#include "race/cuts.h"
#include "race/groups.h"
#include "race/race_int.h"
#include "race/pct.h"
#include "race/random.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/list.h"
#include "replay/busy.h"

#define SWEEP 16   /* gaps of the first sweep of a pair */
#define FINER 12   /* gaps put between those whose answers differ */
#define BEST 8     /* gaps that the best one is chosen from */
#define MEASURE 60 /* tries of it */
#define LEARN 3    /* tries of the other order */
#define MARGIN                                                                                     \
	100000 /* ns that a sweep goes beyond one and a half times what answers take at least */
#define LEAST_STEP 4000 /* ns: finer no gap is kept */

struct pair {
	uint32_t a, b;
	uint8_t kind;
	bool overlaps;
};

struct pairs {
	const struct ir *ir;
	struct pair *list; /* owned */
	size_t n, cap;
};

static int
add_pair(void *ctx, uint32_t event, const struct conflict *c)
{
	struct pairs *p = ctx;
	int r;

	if (p->ir->events[event].kind != IR_SEND || p->ir->events[c->other].kind != IR_SEND)
		return 0;
	r = list_room(&p->list, p->n, &p->cap, sizeof(*p->list));
	if (r == 0)
		p->list[p->n++] = (struct pair){
			.a = c->other, .b = event, .kind = c->kind, .overlaps = c->overlaps};
	return r;
}

/* What was at work at a time first, then what came shortly one after the other; where no times
 * tell, what stands near, the last first. */
static uint64_t
distance(const struct ir *ir, const struct pair *p)
{
	uint64_t a = ir->events[p->a].t_last, b = ir->events[p->b].t_first;

	return p->overlaps ? 0 : b > a ? b - a : 1;
}

static struct pairs *sorted; /* qsort has no context */

static int
by_distance(const void *x, const void *y)
{
	const struct pair *a = x, *b = y;
	uint64_t d = distance(sorted->ir, a), e = distance(sorted->ir, b);

	if (d != e)
		return d < e ? -1 : 1;
	return a->b - a->a != b->b - b->a ? (a->b - a->a < b->b - b->a ? -1 : 1)
					  : (a->a < b->a) - (a->a > b->a);
}

static int
find_pairs(const struct race *r, struct pairs *p)
{
	int ret;

	*p = (struct pairs){.ir = r->ir};
	if (r->opt.n_group > 0)
		return 0;
	if (r->opt.only) {
		ret = list_room(&p->list, 0, &p->cap, sizeof(*p->list));
		if (ret == 0)
			p->list[p->n++] = (struct pair){
				.a = r->opt.a, .b = r->opt.b, .kind = CONFLICT_N_KINDS};
		return ret;
	}
	ret = conflicts_pairs(r->conflicts, add_pair, p);
	sorted = p;
	if (ret == 0 && p->n > 0)
		qsort(p->list, p->n, sizeof(*p->list), by_distance);
	return ret;
}

static int
by_gap(const void *x, const void *y)
{
	const struct race_point *a = x, *b = y;

	return (a->ns > b->ns) - (a->ns < b->ns);
}

/* Some more tries of one gap. */
static int
try_point(struct race *r, struct race_point *p, unsigned times, struct err *e)
{
	const struct race_finding *f = race_last(r);
	const struct schedule s = {.kind = SCHEDULE_GAP, .a = f->a, .b = f->b, .ns = p->ns};
	int ret = 0;

	for (unsigned i = 0; ret == 0 && i < times && race_goes_on(r); i++) {
		char what[48];
		bool hit;

		(void)snprintf(what, sizeof(what), "gap %+.1f us", (double)p->ns / 1e3);
		race_progress(r, f, what);
		ret = race_count(r, &s, &hit, e);
		if (ret != 0)
			break;
		p->rate.tries++;
		p->rate.hits += hit;
		if (p->rate.tries == 1 || hit)
			race_put_pair(r, f->a, f->b, p->outcome, sizeof(p->outcome));
	}
	return ret;
}

/* A new gap; the point is appended. */
static int
try_gap(struct race *r, int64_t ns, unsigned times, size_t *cap, struct err *e)
{
	struct race_finding *f = race_last(r);
	struct race_point p = {.ns = ns};
	int ret = list_room(&f->points, f->n_points, cap, sizeof(p));

	if (ret == 0)
		ret = try_point(r, &p, times, e);
	if (ret == 0 && p.rate.tries > 0)
		f->points[f->n_points++] = p;
	return ret;
}

/* Between neighbours that ended differently, or of which one hit. */
static bool
differ(const struct race_point *a, const struct race_point *b)
{
	return b->ns - a->ns > LEAST_STEP &&
	       ((a->rate.hits > 0) != (b->rate.hits > 0) || strcmp(a->outcome, b->outcome) != 0);
}

static int
refine(struct race *r, size_t *cap, struct err *e)
{
	struct race_finding *f = race_last(r);
	int ret = 0;

	for (unsigned i = 0; ret == 0 && i < FINER && race_goes_on(r); i++) {
		size_t widest = 0, n = f->n_points;
		int64_t width = 0;

		qsort(f->points, n, sizeof(*f->points), by_gap);
		for (size_t k = 1; k < n; k++)
			if (differ(&f->points[k - 1], &f->points[k]) &&
			    f->points[k].ns - f->points[k - 1].ns > width) {
				width = f->points[k].ns - f->points[k - 1].ns;
				widest = k;
			}
		if (widest == 0)
			return 0;
		ret = try_gap(r, f->points[widest - 1].ns + width / 2, r->opt.per_gap, cap, e);
	}
	if (f->n_points > 0)
		qsort(f->points, f->n_points, sizeof(*f->points), by_gap);
	return ret;
}

/* What the server does in the other order, too, no race makes. */
static int
learn_swapped(struct race *r, struct err *e)
{
	struct race_finding *f = race_last(r);
	const struct schedule s = {.kind = SCHEDULE_SWAP, .a = f->a, .b = f->b};
	int ret = 0;

	for (unsigned i = 0; ret == 0 && i < LEARN; i++) {
		race_progress(r, f, "the other order");
		ret = race_try(r, &s, e);
		if (ret == 0)
			ret = race_learn(r, f->a, f->b);
		if (ret == 0)
			race_put_pair(r, f->a, f->b, f->swapped, sizeof(f->swapped));
	}
	return ret;
}

static int
learn_recorded(struct race *r, struct err *e)
{
	struct race_finding *f = race_last(r);
	const struct schedule s = {.kind = SCHEDULE_BASE};
	int ret = 0;

	for (unsigned i = 0; ret == 0 && i < LEARN; i++) {
		ret = race_try(r, &s, e);
		if (ret == 0)
			ret = race_learn(r, f->a, f->b);
	}
	if (ret == 0)
		race_put_pair(r, f->a, f->b, f->recorded, sizeof(f->recorded));
	return ret;
}

/* What hits most, as far as that is sure, comes first. */
static int
by_rate(const void *x, const void *y)
{
	const struct race_point *a = x, *b = y;
	double low_a, low_b, high;

	race_wilson(&a->rate, &low_a, &high);
	race_wilson(&b->rate, &low_b, &high);
	return (low_a < low_b) - (low_a > low_b);
}

/*
 * The gap that hits most. Of few tries chance would choose: the better half goes on with as many
 * tries again as each has had, until one is left.
 */
static int
choose_best(struct race *r, struct err *e)
{
	struct race_finding *f = race_last(r);
	struct race_point *p = f->points;
	size_t n = f->n_points < BEST ? f->n_points : BEST;
	int ret = 0;

	qsort(p, f->n_points, sizeof(*p), by_rate);
	for (; ret == 0 && n > 1; n /= 2) {
		for (size_t i = 0; ret == 0 && i < n; i++)
			ret = try_point(r, &p[i], (unsigned)p[i].rate.tries, e);
		qsort(p, n, sizeof(*p), by_rate);
	}
	f->best.ns = p[0].ns;
	qsort(p, f->n_points, sizeof(*p), by_gap);
	return ret;
}

/* How much what hits most does. */
static int
measure(struct race *r, struct err *e)
{
	struct race_finding *f = race_last(r);
	int ret;

	f->best = f->first;
	ret = f->first.kind == SCHEDULE_GAP ? choose_best(r, e) : 0;
	for (unsigned i = 0; ret == 0 && i < MEASURE; i++) {
		bool hit;

		race_progress(r, f, "measuring");
		ret = race_count(r, &f->best, &hit, e);
		f->best_rate.tries += ret == 0;
		f->best_rate.hits += hit;
	}
	return ret;
}

/* The gaps of a pair: what two requests can do to each other they do while both are at work. */
static void
choose_gaps(const struct race *r, const struct pair *p, int64_t *low, int64_t *high)
{
	*low = r->opt.low;
	*high = r->opt.high;
	if (*low < *high)
		return;
	*low = -(int64_t)(r->latency[p->b] + r->latency[p->b] / 2) - MARGIN;
	*high = (int64_t)(r->latency[p->a] + r->latency[p->a] / 2) + MARGIN;
}

/* From one end to the other; each gap somewhere in its part, unless their number was given. */
static int
sweep(struct race *r, const struct pair *p, size_t *cap, struct err *e)
{
	uint32_t n = r->opt.gaps > 0 ? r->opt.gaps : SWEEP;
	int64_t low, high, step;
	int ret = 0;

	choose_gaps(r, p, &low, &high);
	step = (high - low) / (r->opt.gaps > 1 ? n - 1 : n);
	for (uint32_t i = 0; ret == 0 && i < n && race_goes_on(r); i++) {
		int64_t jitter =
			r->opt.gaps > 0 ? 0 : (int64_t)random_below(&r->random, (uint64_t)step + 1);

		ret = try_gap(r, low + step * i + jitter, r->opt.per_gap, cap, e);
	}
	return ret;
}

/* What the server does in either order. */
static int
learn_orders(struct race *r, const struct pair *p, struct err *e)
{
	int ret;

	if (r->ir->events[p->a].kind != IR_SEND || r->ir->events[p->b].kind != IR_SEND)
		return 0;
	ret = learn_recorded(r, e);
	return ret != 0 ? ret : learn_swapped(r, e);
}

static void
end_busy(struct race *r)
{
	busy_stop(r->keepers);
	r->keepers = NULL;
	r->busy = 0;
}

/* How many processors are kept busy from now on; answers take another time then. */
static int
set_busy(struct race *r, uint32_t n, struct err *e)
{
	int ret;

	if (r->busy == n)
		return 0;
	end_busy(r);
	r->busy = n;
	memset(r->latency, 0, r->ir->n_events * sizeof(*r->latency));
	ret = busy_start(n, &r->keepers);
	return ret == 0 ? 0 : err_set(e, ret, "--busy %" PRIu32 ": %s", n, err_str(ret));
}

static int
try_pair(struct race *r, const struct pair *p, struct err *e)
{
	const struct race_finding new = {.a = p->a, .b = p->b, .kind = p->kind};
	size_t cap = 0;
	int ret = race_new_finding(r, &new);

	if (ret == 0)
		ret = learn_orders(r, p, e);
	if (ret == ERR_USAGE && !r->opt.only) { /* something else orders the two */
		*e = (struct err){0};
		return 0;
	}
	race_last(r)->played = true;
	if (ret == 0)
		ret = sweep(r, p, &cap, e);
	if (ret == 0 && r->opt.gaps == 0)
		ret = refine(r, &cap, e);
	if (ret == 0 && r->opt.gaps == 0 && race_last(r)->reason != RACE_NONE)
		ret = measure(r, e);
	return ret;
}

/* What one request after the other gives, in a random order, is no race. */
static int
learn_serial(struct race *r, const struct schedule *s, struct err *e)
{
	struct schedule serial = *s;
	int ret;

	serial.serial = true;
	if (r->until != NULL)
		return 0;
	ret = race_try(r, &serial, e);
	return ret != 0 ? ret : race_learn(r, 0, 0);
}

static int
try_random(struct race *r, struct err *e)
{
	const struct race_finding new = {.played = true};
	struct pct_size size;
	int ret = pct_size(r->ir, r->conflicts, &size);

	r->result->bound = pct_bound(&size, r->opt.depth);
	r->result->depth = r->opt.depth;
	r->result->pct_k = size.k;
	r->result->pct_n = size.n;
	if (ret == 0 && race_goes_on(r) && size.n > 1)
		ret = race_new_finding(r, &new);
	while (ret == 0 && race_goes_on(r) && size.n > 1) {
		struct schedule s = {.kind = SCHEDULE_PCT,
				     .seed = random_next(&r->random) >> 1,
				     .depth = r->opt.depth};
		struct race_finding *f = race_last(r);
		bool hit;

		race_progress(r, f, "random orders");
		ret = learn_serial(r, &s, e);
		if (ret == 0)
			ret = race_count(r, &s, &hit, e);
		if (ret == ERR_USAGE) { /* this one cannot be played */
			*e = (struct err){0};
			ret = 0;
			continue;
		}
		if (ret == 0 && hit && !r->opt.all) {
			f->best = s;
			return measure(r, e);
		}
	}
	return ret;
}

static int
learn_base(struct race *r, struct err *e)
{
	const struct schedule s = {.kind = SCHEDULE_BASE};
	int ret = 0;

	for (uint32_t i = 0; ret == 0 && i < r->opt.base_runs; i++) {
		race_progress(r, NULL, "as recorded");
		ret = race_try(r, &s, e);
		if (ret == 0 && r->trial.no_connection)
			ret = err_set(e, ERR_NET, "cannot connect to %s", r->opt.replay.host);
		if (ret == 0)
			ret = race_learn(r, 0, 0);
	}
	return ret;
}

/* With processors kept busy, and before that without, where it may make a difference. */
static int
try_pair_both(struct race *r, const struct pair *p, struct err *e)
{
	bool both = r->opt.idle_too && r->opt.busy > 0;
	int ret = 0;

	if (both) {
		ret = set_busy(r, 0, e);
		if (ret == 0)
			ret = try_pair(r, p, e);
		if (ret != 0 || !race_goes_on(r) ||
		    (race_hits_enough(r, race_last(r)) && !r->opt.all))
			return ret;
	}
	ret = set_busy(r, r->opt.busy, e);
	return ret == 0 ? try_pair(r, p, e) : ret;
}

int
race_search(struct race *r, struct race_result *result, struct err *e)
{
	struct pairs pairs = {0};
	bool done = false;
	int ret;

	*result = (struct race_result){0};
	r->result = result;
	r->began = race_now();
	ret = set_busy(r, r->opt.idle_too ? 0 : r->opt.busy, e);
	if (ret == 0)
		ret = learn_base(r, e);
	if (ret == 0)
		ret = find_pairs(r, &pairs);
	result->pairs = pairs.n;
	for (size_t i = 0; ret == 0 && i < pairs.n && race_goes_on(r) && !done; i++) {
		ret = try_pair_both(r, &pairs.list[i], e);
		done = ret == 0 && race_hits_enough(r, race_last(r)) && !r->opt.all;
	}
	if (ret == 0)
		ret = set_busy(r, r->opt.busy, e);
	if (ret == 0 && !done)
		ret = cuts_search(r, e);
	if (ret == 0 && (result->rate.hits == 0 || r->opt.all) &&
	    (!r->opt.only || r->opt.n_group > 0))
		ret = groups_search(r, e);
	if (ret == 0 && (result->rate.hits == 0 || r->opt.all) && !r->opt.only)
		ret = try_random(r, e);
	free(pairs.list);
	result->duration = race_now() - r->began;
	end_busy(r);
	return ret == 0 ? 0 : err_set(e, ret, "%s", err_str(ret));
}

int
race_repeat(struct race *r, const struct schedule *s, struct race_result *result, struct err *e)
{
	const struct race_finding new = cuts_finding(s);
	int ret;

	*result = (struct race_result){0};
	r->result = result;
	r->began = race_now();
	ret = set_busy(r, r->opt.busy, e);
	if (ret == 0)
		ret = race_new_finding(r, &new);
	if (ret == 0 && r->until == NULL)
		ret = learn_base(r, e);
	if (ret == 0 && r->until == NULL &&
	    (s->kind == SCHEDULE_GAP || (new.cut &&new.a != new.b))) {
		ret = learn_recorded(r, e);
		if (ret == 0)
			ret = learn_swapped(r, e);
	}
	if (ret == 0 && r->until == NULL && s->kind == SCHEDULE_GROUP)
		ret = groups_learn(r, s, e);
	if (ret == 0 && s->kind == SCHEDULE_PCT)
		ret = learn_serial(r, s, e);
	while (ret == 0 && race_goes_on(r)) {
		bool hit;

		race_progress(r, race_last(r), "repeating");
		ret = race_count(r, s, &hit, e);
		if (ret == 0 && r->trial.no_connection && r->opt.watch == NULL &&
		    result->rate.tries == 1)
			ret = err_set(e, ERR_NET, "cannot connect to %s", r->opt.replay.host);
	}
	if (result->n_findings > 0)
		result->findings[0].best_rate = result->findings[0].rate;
	result->duration = race_now() - r->began;
	end_busy(r);
	return ret == 0 ? 0 : err_set(e, ret, "%s", err_str(ret));
}

void
race_result_free(struct race_result *result)
{
	for (size_t i = 0; i < result->n_findings; i++)
		free(result->findings[i].points);
	free(result->findings);
	*result = (struct race_result){0};
}
