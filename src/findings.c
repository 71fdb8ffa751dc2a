/* Gathering what a comparison finds. */
#include "config.h"

#include "findings.h"

#include <stdlib.h>

int
findings_init(struct findings *f, const struct ir *workload, const struct ir *run,
	      const struct judge_sink *next)
{
	f->workload = workload;
	f->run = run;
	f->next = *next;
	f->came = calloc(workload->n_events + 1, sizeof(*f->came));
	f->differs = calloc(workload->n_events / 8 + 1, 1);
	return f->came != NULL && f->differs != NULL ? 0 : ERR_NOMEM;
}

void
findings_free(struct findings *f)
{
	free(f->came);
	free(f->differs);
	groups_free(&f->groups);
	latency_free(&f->recorded);
	latency_free(&f->live);
	latency_free(&f->due);
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
	f->commands[command].came++;
	f->commands[command].equal += f->divergences == before;
	if (f->came[m->event] == 0)
		f->came[m->event] = (uint32_t)f->now.event;
}

void
findings_sent(struct findings *f, uint64_t event, uint64_t of)
{
	if (f->came[of] == 0)
		f->came[of] = (uint32_t)(event + 1);
}

int
findings_finish(struct findings *f)
{
	double speed = latency_speed(f->run);
	int r = latency_of(f->workload, &f->recorded);

	f->has_due = speed > 0;
	if (r == 0)
		r = latency_of(f->run, &f->live);
	if (r == 0 && f->has_due)
		r = latency_since_due(f->run, f->workload, speed, &f->due);
	if (r == 0)
		r = load_of(f->workload, &f->recorded_load);
	if (r == 0)
		r = load_of(f->run, &f->live_load);
	for (size_t i = 0; i <= SMB2_N_COMMANDS; i++)
		f->commands[i].recorded = f->recorded_load.answers.n[i];
	return r != 0 ? r : f->groups.err;
}
