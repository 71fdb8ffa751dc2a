/* Gathering what a comparison finds. */
#include "config.h"

#include "findings.h"

#include <stdlib.h>

#define MAX_SPEED 1e6

int
findings_init(struct findings *f, const struct ir *workload, const struct ir *run,
	      const struct judge_sink *next)
{
	f->workload = workload;
	f->run = run;
	f->next = *next;
	f->live = calloc(workload->n_events + 1, sizeof(*f->live));
	f->differs = calloc(workload->n_events / 8 + 1, 1);
	return f->live != NULL && f->differs != NULL ? 0 : ERR_NOMEM;
}

void
findings_free(struct findings *f)
{
	free(f->live);
	free(f->differs);
	groups_free(&f->groups);
	latency_free(&f->recorded);
	latency_free(&f->played);
}

static void
on_divergence(void *ctx, const struct judge_divergence *d)
{
	struct findings *f = ctx;

	f->divergences++;
	groups_add(&f->groups, d, f->now.event != 0 ? &f->now : NULL);
	if (d->event < f->workload->n_events && d->kind != JUDGE_NEGOTIATED)
		f->differs[d->event / 8] |= (uint8_t)(1u << d->event % 8);
	f->next.divergence(f->next.ctx, d);
}

struct judge_sink
findings_sink(struct findings *f)
{
	return (struct judge_sink){.ctx = f, .divergence = on_divergence};
}

void
findings_judging(struct findings *f, uint64_t event, struct slice message, struct slice pdu)
{
	f->now = (struct place){
		.event = event + 1, .off = (size_t)(pdu.p - message.p), .len = pdu.n};
}

void
findings_judging_nothing(struct findings *f)
{
	f->now = (struct place){0};
}

void
findings_matched(struct findings *f, const struct smb2_pdu *live, const struct judge_match *m,
		 uint64_t before)
{
	unsigned command = exchange_command(live);

	if (!m->found)
		return;
	f->by_command[command].came++;
	f->by_command[command].equal += f->divergences == before;
	if (f->live[m->event] == 0)
		f->live[m->event] = (uint32_t)f->now.event;
}

void
findings_sent(struct findings *f, uint64_t event, uint64_t of)
{
	if (f->live[of] == 0)
		f->live[of] = (uint32_t)(event + 1);
}

/* 1000 where it is the recorded pace. */
static uint64_t
pace_of(const struct ir_meta *run)
{
	const char *pace = ir_run_option(run, "--pace="), *speed = ir_run_option(run, "--speed=");
	double v = speed != NULL ? strtod(speed, NULL) : 1;

	if (pace == NULL || strncmp(pace, "recorded", 8) != 0 || !(v >= 0.001 && v <= MAX_SPEED))
		return 0;
	return (uint64_t)(v * 1000 + 0.5);
}

int
findings_finish(struct findings *f)
{
	int r = latency_gather(&f->recorded, f->workload, NULL, 1);

	f->pace = pace_of(&f->run->meta);
	if (r == 0)
		r = latency_gather(&f->played, f->run, f->pace > 0 ? f->workload : NULL,
				   (double)f->pace / 1000);
	return r != 0 ? r : f->groups.err;
}
