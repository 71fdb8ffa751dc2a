/* What all kinds of a search do: findings, and the tries that count. */
#include "config.h"

#include "race/race_int.h"

#include <inttypes.h>

#include "base/list.h"
#include "proto/ntstatus.h"

void
race_progress(const struct race *r, const struct race_finding *f, const char *what)
{
	char text[320];
	double s = (double)(race_now() - r->began) / 1e9;
	int n;

	if (r->opt.progress == NULL)
		return;
	n = snprintf(text, sizeof(text), "%" PRIu64 " tries (%.1f a second), %" PRIu64 " hits; ",
		     r->result->rate.tries, s > 0 ? (double)r->result->rate.tries / s : 0,
		     r->result->rate.hits);
	if (f == NULL || f->n_group > 0 || f->a == f->b)
		(void)snprintf(text + n, sizeof(text) - (size_t)n, "%s", what);
	else
		(void)snprintf(text + n, sizeof(text) - (size_t)n,
			       "events %" PRIu32 " and %" PRIu32 ": %s", f->a, f->b, what);
	r->opt.progress(r->opt.progress_ctx, text);
}

int
race_new_finding(struct race *r, const struct race_finding *f)
{
	struct race_result *x = r->result;
	int ret = list_room(&x->findings, x->n_findings, &x->cap_findings, sizeof(*f));

	if (ret != 0)
		return ret;
	x->findings[x->n_findings] = *f;
	x->findings[x->n_findings++].busy = r->busy;
	return 0;
}

struct race_finding *
race_last(struct race *r)
{
	return &r->result->findings[r->result->n_findings - 1];
}

static void
keep_status(const struct race *r, uint32_t event, char *out, size_t size)
{
	const struct trial_answer *a = &r->trial.answers[r->requests.first[event]];

	(void)snprintf(out, size, "%s", a->state == TRIAL_ANSWERED ? ntstatus_name(a->status) : "");
}

static void
keep_statuses(const struct race *r, struct race_finding *f)
{
	if (f->a == f->b)
		return;
	keep_status(r, f->a, f->status_a, sizeof(f->status_a));
	keep_status(r, f->b, f->status_b, sizeof(f->status_b));
}

int
race_count(struct race *r, const struct schedule *s, bool *hit, struct err *e)
{
	struct race_finding *f = race_last(r), *first = f->reason == RACE_NONE ? f : NULL;
	const uint32_t pair[2] = {f->a, f->b};
	enum race_reason reason;
	int ret = race_try(r, s, e);

	*hit = false;
	if (ret != 0)
		return ret;
	if (f->n_group > 0)
		reason = race_judge(r, f->group, f->n_group, first);
	else
		reason = race_judge(r, pair, f->a != f->b ? 2 : 0, first);
	*hit = reason != RACE_NONE;
	if (*hit && f->reason == RACE_NONE) {
		f->reason = reason;
		f->first = *s;
		keep_statuses(r, f);
	}
	f->rate.tries++;
	f->rate.hits += *hit;
	r->result->rate.tries++;
	r->result->rate.hits += *hit;
	return 0;
}

bool
race_hits_enough(const struct race *r, const struct race_finding *f)
{
	double low, high;

	race_wilson(&f->best_rate, &low, &high);
	return f->reason != RACE_NONE && low >= r->opt.least_rate;
}
