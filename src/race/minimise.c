/* From a hit to the least that still hits. */
#include "config.h"

#include "race/minimise_int.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "race/until.h"

#define TRIES 30u       /* of what might do better */
#define TUNE 4          /* gaps on either side of the best one that are tried at the end */
#define TUNE_STEP 25000 /* ns between them */
#define MAX_EVENTS 64u  /* of an expression */

static const char *const words[SCHEDULE_MAX_GROUP] = {"first", "second", "third", "fourth"};

/* The schedule of a hit, with the events of a part in place of the whole's. */
static int
schedule_of(const struct mini *m, const struct ir *part, struct schedule *out)
{
	uint32_t events[SCHEDULE_MAX_GROUP] = {0};

	for (uint32_t i = 0; i < m->n_members; i++) {
		events[i] = mini_find(part, m->members[i]);
		if (events[i] == UINT32_MAX)
			return ERR_NOTFOUND;
	}
	*out = m->hit;
	out->a = events[0];
	out->b = events[1];
	memcpy(out->group, events, sizeof(out->group));
	return 0;
}

int
mini_arm(const struct mini *m, const struct ir *part, struct ir *out)
{
	struct schedule s;
	int r;

	if (m->by_orders)
		return mini_orders_arm(m, part, out);
	r = schedule_of(m, part, &s);
	return r != 0 ? r : schedule_apply(part, NULL, &s, out, m->e);
}

/* All members at a barrier, in place of their times. */
static int
arm_barrier(const struct mini *m, struct ir *armed)
{
	struct ir_timing *t = arena_alloc(&armed->arena, sizeof(*t));

	if (t == NULL)
		return ERR_NOMEM;
	*t = (struct ir_timing){.barrier = "race"};
	for (uint32_t i = 0; i < m->n_members; i++)
		armed->events[mini_find(armed, m->members[i])].timing = t;
	return 0;
}

static int
measure_armed(const struct mini *m, unsigned tries, bool barrier, struct race_rate *rate)
{
	struct ir armed = {0};
	int r = mini_arm(m, &m->ir, &armed);

	if (r == 0 && barrier)
		r = arm_barrier(m, &armed);
	if (r == 0)
		r = mini_measure(m, &armed, tries, false, rate);
	schedule_free(&armed);
	return r;
}

/* The best time of what is left is another one than that of the whole. */
static int
tune(struct mini *m, int64_t *ns)
{
	struct race_rate best = {0};
	int64_t from = *ns, to = *ns;
	int r = 0;

	for (int k = -TUNE; r == 0 && k <= TUNE; k++) {
		struct race_rate rate = {0};

		*ns = from + (int64_t)k * TUNE_STEP;
		r = measure_armed(m, TRIES, false, &rate);
		if (r == 0 && rate.hits > best.hits) {
			best = rate;
			to = *ns;
		}
	}
	*ns = to;
	return r;
}

static int
tune_all(struct mini *m)
{
	int r = 0;

	if (m->hit.kind == SCHEDULE_GAP)
		r = tune(m, &m->hit.ns);
	for (uint32_t i = 1; r == 0 && m->hit.kind == SCHEDULE_GROUP && i < m->n_members; i++)
		r = tune(m, &m->hit.at[i]);
	return r != 0 ? r : measure_armed(m, 2 * TRIES, false, &m->result->rate);
}

/* A barrier says more than times of next to nothing. */
static int
try_barrier(struct mini *m)
{
	struct race_rate rate = {0};
	int r;

	if (m->hit.kind != SCHEDULE_GAP && m->hit.kind != SCHEDULE_GROUP)
		return 0;
	r = measure_armed(m, 2 * TRIES, true, &rate);
	m->result->barrier =
		r == 0 && rate.hits >= m->result->rate.hits && mini_is_enough(m, &rate);
	if (m->result->barrier)
		m->result->rate = rate;
	return r;
}

static void
put_test(char *out, size_t size, const char *label, const char *status)
{
	if (status[0] != '\0')
		(void)snprintf(out, size, "%s.status == %s", label, status);
	else
		(void)snprintf(out, size, "%s.answered == 0", label);
}

/* An expression about the whole, about what has labels. */
static int
take_until(struct mini *m, const char *text)
{
	struct trial_requests requests = {0};
	uint32_t events[MAX_EVENTS];
	struct until *u = NULL;
	struct buf out = {0};
	int r = trial_requests_new(&m->marked, &requests);

	if (r == 0)
		r = until_new(text, &requests, &u, m->e);
	for (size_t i = 0, n = r == 0 ? until_events(u, events, MAX_EVENTS) : 0; r == 0 && i < n;
	     i++) {
		const char *label;
		char word[IR_MAX_LABEL];

		mini_word(&m->marked, events[i], word, sizeof(word));
		r = mini_mark(m, events[i], word, &label);
	}
	if (r == 0) {
		until_rename(u, text, &m->marked, &out);
		r = out.err;
	}
	if (r == 0 && out.n >= sizeof(m->result->until))
		r = err_set(m->e, ERR_NOTFOUND, "the expression is too long: not minimised");
	if (r == 0)
		(void)snprintf(m->result->until, sizeof(m->result->until), "%.*s", (int)out.n,
			       (const char *)out.p);
	buf_free(&out);
	until_free(u);
	trial_requests_free(&requests);
	return r;
}

/* What a hit is, in terms of labels. */
static int
choose_until(struct mini *m, const struct race_finding *f)
{
	char a[96], b[96];

	if (m->opt->race.until != NULL)
		return take_until(m, m->opt->race.until);
	if (f->reason == RACE_FIELD)
		return err_set(m->e, ERR_NOTFOUND, "a hit by a field is not minimised");
	if (f->until[0] == '\0') /* what is no answer */
		return 0;
	if (m->hit.kind != SCHEDULE_GAP)
		return take_until(m, f->until);
	put_test(a, sizeof(a), m->members[0], f->status_a);
	put_test(b, sizeof(b), m->members[1], f->status_b);
	(void)snprintf(m->result->until, sizeof(m->result->until), "%s and %s", a, b);
	return 0;
}

/* The workload without its times, and with labels for what it is about. */
static int
mark(struct mini *m, const struct ir *ir, const struct race_finding *f)
{
	const struct schedule base = {.kind = SCHEDULE_BASE};
	uint32_t events[SCHEDULE_MAX_GROUP] = {m->hit.a, m->hit.b};
	int r = schedule_apply(ir, NULL, &base, &m->marked, m->e);

	for (size_t i = 0; r == 0 && i < m->marked.n_events; i++) {
		m->marked.events[i].timing = NULL;
		m->marked.events[i].n_pauses = 0;
	}
	if (m->hit.n_group > 0)
		memcpy(events, m->hit.group, sizeof(events));
	m->n_members = m->by_orders ? 0 : m->hit.n_group > 0 ? m->hit.n_group : 2;
	for (uint32_t i = 0; r == 0 && i < m->n_members; i++)
		r = mini_mark(m, events[i], words[i], &m->members[i]);
	return r != 0 ? r : choose_until(m, f);
}

/* What the keys depend on; or all, where random orders are about more than that. */
static int
first_part(struct mini *m)
{
	struct race_rate rate = {0};
	bool good = false;
	int r = mini_first_part(m, false, &good, &rate);

	if (r == 0 && !good && m->by_orders)
		r = mini_first_part(m, true, &good, &rate);
	if (r == 0 && !good)
		r = err_set(m->e, ERR_NOTFOUND,
			    "what the messages depend on hits in %" PRIu64 " of %" PRIu64
			    " tries by itself: not minimised",
			    rate.hits, rate.tries);
	return r;
}

static int
write_out(struct mini *m)
{
	struct ir armed = {0};
	int r = mini_arm(m, &m->ir, &armed);

	m->result->kind = m->hit.kind;
	m->result->n_members = m->n_members;
	m->result->at[1] = m->hit.ns;
	m->result->off = m->hit.off;
	m->result->alone = m->hit.a == m->hit.b;
	if (m->hit.kind == SCHEDULE_GROUP)
		memcpy(m->result->at, m->hit.at, sizeof(m->result->at));
	if (r == 0 && m->result->barrier)
		r = arm_barrier(m, &armed);
	if (r == 0)
		r = mini_write(m, &armed);
	schedule_free(&armed);
	return r;
}

int
minimise(const struct ir *ir, const struct race_finding *f, const struct minimise_options *opt,
	 struct minimise_result *result, struct err *e)
{
	struct mini m = {.opt = opt,
			 .result = result,
			 .e = e,
			 .hit = f->best,
			 .by_orders = f->best.kind == SCHEDULE_PCT};
	int r;

	*result = (struct minimise_result){0};
	if (f->best.kind == SCHEDULE_BASE || f->best.kind == SCHEDULE_SWAP)
		return err_set(e, ERR_NOTFOUND,
			       "only gaps, groups, cuts and random orders are minimised");
	r = mini_name_dirs(&m);
	if (r == 0)
		r = mark(&m, ir, f);
	if (r == 0 && m.by_orders)
		r = mini_orders_find(&m, &m.marked, &f->best);
	if (r == 0)
		r = first_part(&m);
	if (r == 0)
		r = mini_leave_out(&m);
	if (r == 0 && m.by_orders)
		r = mini_orders_reduce(&m);
	if (r == 0)
		r = tune_all(&m);
	if (r == 0)
		r = try_barrier(&m);
	if (r == 0 && m.by_orders)
		mini_orders_say(&m);
	if (r == 0)
		r = write_out(&m);
	mini_free(&m);
	return r == 0 ? 0 : err_set(e, r, "%s", err_str(r));
}
