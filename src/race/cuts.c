/* The search of messages that are cut on their way. */
#include "config.h"

#include "race/cuts.h"
#include "race/race_int.h"
#include "race/random.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/list.h"

#define OF_A_KIND 4    /* recorded cuts, and PDUs, that count */
#define TIMES 4        /* of a rest behind the other message, at each point */
#define ALONE 20000000 /* ns that a message stops alone: a server that is busy has read it, too */
#define MARGIN 100000  /* ns that times go beyond one and a half times what the answer takes */
#define AGAIN 8        /* tries of what has hit, before the best is chosen */
#define MEASURE 60     /* tries of that */

struct search {
	struct race *r;
	uint64_t until, tries; /* where it ends */
	size_t cap;            /* of the points of the finding at hand */
	struct buf scratch;
	struct err *e;
};

static int
by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* Without those that lie outside, or stand twice. */
static size_t
tidy(uint32_t *list, size_t n, size_t size)
{
	size_t kept = 0;

	qsort(list, n, sizeof(*list), by_number);
	for (size_t i = 0; i < n; i++)
		if (list[i] > 0 && list[i] < size && (kept == 0 || list[kept - 1] != list[i]))
			list[kept++] = list[i];
	return kept;
}

size_t
cuts_points(const struct ir *ir, const struct ir_event *ev, struct buf *scratch,
	    uint32_t out[CUTS_MAX_POINTS])
{
	uint32_t size = (uint32_t)ir_wire_size(ev), n = 0,
		 seal = (ev->layers & IR_SEALED) != 0 ? IR_SEAL_HEADER : 0;
	struct slice bytes = ir_bytes(ir, ev, scratch), pdu;
	struct smb2_chain chain = smb2_chain_init(bytes);

	for (uint32_t i = 0; i < ev->n_cuts && i < OF_A_KIND; i++)
		out[n++] = ev->cuts[i];
	out[n++] = NBSS_HEADER;
	out[n++] = NBSS_HEADER + seal;
	out[n++] = size / 2;
	out[n++] = size - 1;
	if ((ev->layers & IR_COMPRESSED) != 0)
		return tidy(out, n, size);
	for (uint32_t i = 0; i < OF_A_KIND && smb2_chain_next(&chain, &pdu); i++)
		out[n++] = seal + (uint32_t)(pdu.p - bytes.p) + (i == 0 ? SMB2_HEADER : 0);
	return tidy(out, n, size);
}

static bool
goes_on(const struct search *s)
{
	return race_goes_on(s->r) && race_now() < s->until && s->r->result->rate.tries < s->tries;
}

static struct schedule
schedule_of(const struct race_finding *f, const struct race_point *p)
{
	uint32_t other = f->a == f->b ? p->event : p->event == f->a ? f->b : f->a;

	return (struct schedule){
		.kind = SCHEDULE_CUT, .a = p->event, .b = other, .off = p->off, .ns = p->ns};
}

/* So many tries of a point. One that cannot be played has none. */
static int
try_point(struct search *s, struct race_point *p, unsigned times)
{
	struct race_finding *f = race_last(s->r);
	const struct schedule x = schedule_of(f, p);
	char text[SCHEDULE_TEXT];
	int r = 0;

	schedule_put(&x, text);
	for (unsigned i = 0; r == 0 && i < times && goes_on(s); i++) {
		bool hit;

		race_progress(s->r, f, text);
		r = race_count(s->r, &x, &hit, s->e);
		if (r != 0)
			break;
		p->rate.tries++;
		p->rate.hits += hit;
		if (f->a != f->b && (p->rate.tries == 1 || hit))
			race_put_pair(s->r, f->a, f->b, p->outcome, sizeof(p->outcome));
		else if (p->rate.tries == 1 || hit)
			race_put_group(s->r, &p->event, 1, p->outcome, sizeof(p->outcome));
	}
	if (r != ERR_USAGE)
		return r;
	*s->e = (struct err){0};
	return 0;
}

/* A new point; once, and more often where it hits. */
static int
add_point(struct search *s, uint32_t event, uint32_t off, int64_t ns)
{
	struct race_finding *f = race_last(s->r);
	struct race_point p = {.event = event, .off = off, .ns = ns};
	int r = list_room(&f->points, f->n_points, &s->cap, sizeof(p));

	if (r == 0)
		r = try_point(s, &p, 1);
	if (r == 0 && p.rate.hits > 0)
		r = try_point(s, &p, AGAIN - 1);
	if (r == 0 && p.rate.tries > 0)
		f->points[f->n_points++] = p;
	return r;
}

/* The rest of an event behind another one: while that one is at work, and a little later. */
static int
cut_against(struct search *s, uint32_t event, uint32_t other)
{
	const struct ir *ir = s->r->ir;
	int64_t range = (int64_t)(s->r->latency[other] + s->r->latency[other] / 2) + MARGIN;
	uint32_t points[CUTS_MAX_POINTS];
	size_t n;
	int r = 0;

	if (ir->events[event].conn == ir->events[other].conn)
		return 0;
	n = cuts_points(ir, &ir->events[event], &s->scratch, points);
	for (size_t i = 0; r == 0 && i < n * TIMES && goes_on(s); i++) {
		int64_t step = range / TIMES;

		r = add_point(s, event, points[i / TIMES],
			      (int64_t)(i % TIMES) * step +
				      (int64_t)random_below(&s->r->random, (uint64_t)step + 1));
	}
	return r != 0 ? r : s->scratch.err;
}

static int
cut_alone(struct search *s, uint32_t event)
{
	const struct ir *ir = s->r->ir;
	uint32_t points[CUTS_MAX_POINTS];
	size_t n;
	int r = 0;

	if (ir->events[event].kind != IR_SEND || ir_is_mute(ir, ir->events[event].conn))
		return 0;
	n = cuts_points(ir, &ir->events[event], &s->scratch, points);
	for (size_t i = 0; r == 0 && i < n && goes_on(s); i++)
		r = add_point(s, event, points[i], ALONE);
	return r != 0 ? r : s->scratch.err;
}

/* What hits most, for sure, and how much that is. */
static int
measure(struct search *s)
{
	struct race_finding *f = race_last(s->r);
	double low, high, most = 0;
	int r = 0;

	f->best = f->first;
	for (size_t i = 0; i < f->n_points; i++) {
		race_wilson(&f->points[i].rate, &low, &high);
		if (f->points[i].rate.hits == 0 || low <= most)
			continue;
		most = low;
		f->best = schedule_of(f, &f->points[i]);
	}
	for (unsigned i = 0; r == 0 && i < MEASURE; i++) {
		bool hit;

		race_progress(s->r, f, "measuring");
		r = race_count(s->r, &f->best, &hit, s->e);
		f->best_rate.tries += r == 0;
		f->best_rate.hits += hit;
	}
	return r;
}

static int
begin(struct search *s, const struct race_finding *new)
{
	s->cap = 0;
	return race_new_finding(s->r, new);
}

static int
end(struct search *s)
{
	struct race_finding *f = race_last(s->r);

	f->played = f->n_points > 0;
	return f->reason != RACE_NONE ? measure(s) : 0;
}

/* Is a finding a pair that could be tried, and the first of it? */
static bool
is_pair(const struct race_result *x, size_t i)
{
	const struct race_finding *f = &x->findings[i];

	for (size_t k = 0; k < i; k++)
		if (x->findings[k].a == f->a && x->findings[k].b == f->b)
			return false;
	return f->a != f->b && f->n_group == 0 && f->played;
}

/* One message of a pair is cut. */
static int
try_pair(struct search *s, const struct race_finding *pair, uint32_t event, bool *done)
{
	uint32_t other = event == pair->a ? pair->b : pair->a;
	const struct race_finding f = {.a = pair->a,
				       .b = pair->b,
				       .kind = pair->kind,
				       .cut = true,
				       .best = {.kind = SCHEDULE_CUT, .a = event, .b = other}};
	int r;

	if (*done || !goes_on(s) || s->r->ir->events[event].kind != IR_SEND)
		return 0;
	r = begin(s, &f);
	if (r == 0)
		r = cut_against(s, event, other);
	if (r == 0)
		r = end(s);
	*done = race_hits_enough(s->r, race_last(s->r)) && !s->r->opt.all;
	return r;
}

static int
try_pairs(struct search *s, bool *done)
{
	struct race_result *x = s->r->result;
	size_t n = x->n_findings; /* what is added are cuts */
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++) {
		const struct race_finding f = x->findings[i]; /* the list may move */

		if (!is_pair(x, i))
			continue;
		r = try_pair(s, &f, f.a, done);
		if (r == 0)
			r = try_pair(s, &f, f.b, done);
	}
	return r;
}

static int
try_alone(struct search *s)
{
	const struct race_finding f = {.cut = true};
	const struct race *r = s->r;
	int ret = begin(s, &f);

	for (uint32_t i = 0; ret == 0 && i < r->ir->n_events && goes_on(s); i++)
		if (!r->opt.only || i == r->opt.a || i == r->opt.b)
			ret = cut_alone(s, i);
	return ret == 0 ? end(s) : ret;
}

int
cuts_search(struct race *r, struct err *e)
{
	uint64_t gone = race_now() - r->began, tries = r->result->rate.tries;
	struct search s = {.r = r, .until = UINT64_MAX, .tries = UINT64_MAX, .e = e};
	bool done = false;
	int ret;

	if ((r->result->rate.hits > 0 && !r->opt.all) || r->opt.n_group > 0 || r->opt.gaps > 0 ||
	    !race_goes_on(r))
		return 0;
	if (!r->opt.only) { /* random orders want their part */
		s.until = r->began + gone + (r->opt.time - gone) / 2;
		s.tries = tries + (r->opt.tries - tries) / 2;
	}
	ret = try_pairs(&s, &done);
	if (ret == 0 && !done && goes_on(&s))
		ret = try_alone(&s);
	buf_free(&s.scratch);
	return ret;
}

struct race_finding
cuts_finding(const struct schedule *s)
{
	bool turned = s->kind == SCHEDULE_CUT && s->b < s->a;

	return (struct race_finding){.a = turned ? s->b : s->a,
				     .b = turned ? s->a : s->b,
				     .cut = s->kind == SCHEDULE_CUT,
				     .played = true,
				     .best = *s};
}
