/* One try after the other, and what they tell. */
#include "config.h"

#include "race/race_int.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "proto/ntstatus.h"
#include "race/invariants.h"
#include "replay/net.h"

#define REASON_NAME(name, text) text,
const char *const race_reason_names[RACE_N_REASONS] = {RACE_REASONS(REASON_NAME)};
#undef REASON_NAME

void
race_wilson(const struct race_rate *r, double *low, double *high)
{
	const double z = 1.959964; /* 97.5 % of the normal distribution */
	double n = (double)r->tries, p = n > 0 ? (double)r->hits / n : 0, mid, half;

	*low = 0;
	*high = 1;
	if (r->tries == 0)
		return;
	mid = (p + z * z / (2 * n)) / (1 + z * z / n);
	half = z / (1 + z * z / n) * sqrt(p * (1 - p) / n + z * z / (4 * n * n));
	*low = mid - half > 0 ? mid - half : 0;
	*high = mid + half < 1 ? mid + half : 1;
}

uint64_t
race_now(void)
{
	return net_now();
}

int
race_new(const struct ir *ir, const struct race_options *opt, struct race **out, struct err *e)
{
	struct race *r = calloc(1, sizeof(*r));
	int ret = r != NULL ? 0 : ERR_NOMEM;

	if (ret == 0) {
		r->ir = ir;
		r->opt = *opt;
		r->random = opt->seed;
		r->latency = calloc(ir->n_events + 1, sizeof(*r->latency));
		ret = r->latency != NULL ? trial_requests_new(ir, &r->requests) : ERR_NOMEM;
	}
	if (ret == 0)
		ret = trial_new(&r->requests, &r->trial);
	if (ret == 0)
		ret = conflicts_new(ir, &r->conflicts);
	/* What an earlier search left on the share is in nobody's way. */
	if (ret == 0 && !opt->keep_names && opt->reset == NULL)
		ret = clone_new(ir, race_now(), &r->clone);
	if (ret == 0 && opt->until != NULL) {
		ret = until_new(opt->until, &r->requests, &r->until, e);
		if (ret == ERR_USAGE)
			(void)err_prefix(e, "--until");
	}
	if (ret != 0) {
		race_free(r);
		return err_set(e, ret, "%s", err_str(ret));
	}
	*out = r;
	return 0;
}

void
race_free(struct race *r)
{
	if (r == NULL)
		return;
	trial_free(&r->trial);
	trial_requests_free(&r->requests);
	conflicts_free(r->conflicts);
	until_free(r->until);
	clone_free(r->clone);
	known_free(&r->known);
	buf_free(&r->text);
	free(r->latency);
	free(r);
}

bool
race_goes_on(const struct race *r)
{
	return r->result->rate.tries < r->opt.tries && race_now() - r->began < r->opt.time;
}

static int
reset(const struct race *r, struct err *e)
{
	int status = r->opt.reset != NULL ? system(r->opt.reset) : 0; /* what the user asked for */

	if (status == 0)
		return 0;
	return err_set(e, ERR_USAGE, "--reset '%s': status %d", r->opt.reset, status);
}

int
race_try(struct race *r, const struct schedule *s, struct err *e)
{
	struct replay_options o = r->opt.replay;
	struct ir ir;
	int ret = schedule_apply(r->ir, r->conflicts, s, &ir, e);

	if (ret != 0)
		return ret;
	ret = reset(r, e);
	if (r->clone != NULL)
		clone_try(r->clone, ++r->numbers);
	o.engine.clone = r->clone;
	o.engine.order = schedule_order(s);
	o.engine.pace = PACE_NONE;
	if (ret == 0)
		ret = trial_run(&r->trial, &ir, &o, e);
	schedule_free(&ir);
	return ret;
}

static void
put_answer(const struct trial_answer *a, struct buf *out)
{
	static const char *const states[] = {
		[TRIAL_UNSENT] = "not sent", [TRIAL_WAITS] = "no answer", [TRIAL_LOST] = "lost"};

	buf_printf(out, "%s",
		   a->state == TRIAL_ANSWERED ? ntstatus_name(a->status) : states[a->state]);
}

/* The answers to all requests of an event. */
static void
put_event(const struct race *r, uint32_t event, struct buf *out)
{
	if (r->ir->events[event].kind != IR_SEND)
		buf_printf(out, "%s", ir_kind_names[r->ir->events[event].kind]);
	for (uint32_t i = r->requests.first[event]; i < r->requests.first[event + 1]; i++) {
		buf_printf(out, "%s", i > r->requests.first[event] ? "+" : "");
		put_answer(&r->trial.answers[i], out);
	}
}

static void
put_events(const struct race *r, const uint32_t *events, size_t n, struct buf *out)
{
	for (size_t i = 0; i < n; i++) {
		buf_printf(out, "%s", i > 0 ? " | " : "");
		put_event(r, events[i], out);
	}
}

void
race_put_group(struct race *r, const uint32_t *events, size_t n, char *out, size_t size)
{
	buf_reset(&r->text);
	put_events(r, events, n, &r->text);
	(void)snprintf(out, size, "%.*s", (int)r->text.n, (const char *)r->text.p);
}

void
race_put_pair(struct race *r, uint32_t a, uint32_t b, char *out, size_t size)
{
	race_put_group(r, (const uint32_t[2]){a, b}, 2, out, size);
}

/* A text that stands for how a request, or a group of them, ended. */
static struct slice
key_of_request(struct race *r, size_t i)
{
	buf_reset(&r->text);
	buf_printf(&r->text, "R%zu ", i);
	put_answer(&r->trial.answers[i], &r->text);
	return buf_slice(&r->text);
}

static struct slice
key_of_group(struct race *r, const uint32_t *events, size_t n)
{
	buf_reset(&r->text);
	buf_printf(&r->text, "P");
	for (size_t i = 0; i < n; i++)
		buf_printf(&r->text, "%" PRIu32 " ", events[i]);
	put_events(r, events, n, &r->text);
	return buf_slice(&r->text);
}

/* The next line of the fields that are not as recorded. */
static bool
next_field(const struct race *r, size_t *at, struct slice *line)
{
	struct slice rest = slice_sub(buf_slice(&r->trial.fields), *at, r->trial.fields.n - *at);
	const uint8_t *end = rest.n > 0 ? memchr(rest.p, '\n', rest.n) : NULL;

	if (end == NULL)
		return false;
	*line = slice_sub(rest, 0, (size_t)(end - rest.p));
	*at += line->n + 1;
	return true;
}

int
race_learn(struct race *r, uint32_t a, uint32_t b)
{
	return race_learn_group(r, (const uint32_t[2]){a, b}, a != b ? 2 : 0, NULL);
}

int
race_learn_group(struct race *r, const uint32_t *events, size_t n, bool *anew)
{
	struct slice line;
	size_t at = 0;
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < r->requests.n; i++) {
		const struct trial_answer *x = &r->trial.answers[i];
		uint64_t *latency = &r->latency[r->requests.list[i].event];

		ret = known_add(&r->known, key_of_request(r, i));
		if (x->state == TRIAL_ANSWERED && (*latency == 0 || x->done - x->sent < *latency))
			*latency = x->done - x->sent;
	}
	while (ret == 0 && next_field(r, &at, &line))
		ret = known_add(&r->known, line);
	if (anew != NULL)
		*anew = n > 0 && !known_has(&r->known, key_of_group(r, events, n));
	if (ret == 0 && n > 0)
		ret = known_add(&r->known, key_of_group(r, events, n));
	return ret != 0 ? ret : r->text.err;
}

/* An expression that holds for the answer to a request, for --until. */
static void
put_until(const struct race *r, size_t i, struct buf *out)
{
	const struct trial_request *q = &r->requests.list[i];
	const char *label = r->ir->events[q->event].label;

	if (label != NULL)
		buf_printf(out, "%s", label);
	else
		buf_printf(out, "#%" PRIu32, q->event);
	if (q->pdu > 0)
		buf_printf(out, ".%u", q->pdu);
	if (r->trial.answers[i].state == TRIAL_ANSWERED)
		buf_printf(out, ".status == %s", ntstatus_name(r->trial.answers[i].status));
	else
		buf_printf(out, ".answered == 0");
}

static void
keep_until(struct race *r, struct race_finding *f)
{
	(void)snprintf(f->until, sizeof(f->until), "%.*s", (int)r->text.n, (const char *)r->text.p);
}

static enum race_reason
judge_request(struct race *r, size_t i, struct race_finding *f)
{
	const struct trial_answer *a = &r->trial.answers[i];
	const struct trial_request *q = &r->requests.list[i];

	if (known_has(&r->known, key_of_request(r, i)))
		return RACE_NONE;
	if (f != NULL) {
		(void)snprintf(f->why, sizeof(f->why),
			       "%s of event %" PRIu32 ": %s, never in order",
			       smb2_command_name(q->command), q->event,
			       a->state == TRIAL_ANSWERED ? ntstatus_name(a->status)
			       : a->state == TRIAL_WAITS  ? "no answer"
							  : "not answered, its connection is lost");
		buf_reset(&r->text);
		put_until(r, i, &r->text);
		keep_until(r, f);
	}
	return a->state == TRIAL_ANSWERED ? RACE_STATUS
	       : a->state == TRIAL_WAITS  ? RACE_HANG
					  : RACE_LOST;
}

static enum race_reason
judge_group(struct race *r, const uint32_t *events, size_t n, struct race_finding *f)
{
	if (n == 0 || known_has(&r->known, key_of_group(r, events, n)))
		return RACE_NONE;
	if (f != NULL) {
		char ends[200];

		race_put_group(r, events, n, ends, sizeof(ends));
		(void)snprintf(f->why, sizeof(f->why), "%s, which no order gives", ends);
		buf_reset(&r->text);
		for (size_t i = 0; i < n; i++) {
			buf_printf(&r->text, "%s", i > 0 ? " and " : "");
			put_until(r, r->requests.first[events[i]], &r->text);
		}
		keep_until(r, f);
	}
	return RACE_OUTCOME;
}

static enum race_reason
judge_fields(struct race *r, struct race_finding *f)
{
	struct slice line;
	size_t at = 0;

	while (next_field(r, &at, &line)) {
		if (known_has(&r->known, line))
			continue;
		if (f != NULL)
			(void)snprintf(f->why, sizeof(f->why), "a field never seen so: event %.*s",
				       (int)line.n, (const char *)line.p);
		return RACE_FIELD;
	}
	return RACE_NONE;
}

/* Whatever is said of the finding, if there is one. */
static enum race_reason
say(struct race_finding *f, enum race_reason reason, const char *why)
{
	if (f != NULL)
		(void)snprintf(f->why, sizeof(f->why), "%s", why);
	return reason;
}

enum race_reason
race_judge(struct race *r, const uint32_t *events, size_t n, struct race_finding *f)
{
	enum race_reason reason = RACE_NONE;
	char why[128];

	if (r->opt.watch != NULL && watch_look(r->opt.watch))
		return say(f, RACE_WATCH, r->opt.watch->found);
	if (r->trial.no_connection)
		return say(f, RACE_LOST, "the server takes no connection any more");
	if (r->until != NULL)
		return until_holds(r->until, &r->trial) ? say(f, RACE_UNTIL, r->opt.until)
							: RACE_NONE;
	if (invariants_broken(&r->trial, why, sizeof(why)))
		return say(f, RACE_INVARIANT, why);
	if (r->opt.grave)
		return RACE_NONE;
	for (uint32_t i = 0; reason == RACE_NONE && i < r->requests.n; i++)
		reason = judge_request(r, i, f);
	if (reason == RACE_NONE)
		reason = judge_group(r, events, n, f);
	return reason != RACE_NONE ? reason : judge_fields(r, f);
}
