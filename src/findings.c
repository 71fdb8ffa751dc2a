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

/* A PDU of a message of the run. */
static struct place
find_pdu(const struct findings *f, uint32_t event, unsigned pdu)
{
	struct place p = {.event = event};
	struct buf scratch = {0};
	struct slice bytes = ir_bytes(f->run, &f->run->events[event - 1], &scratch), one;
	struct smb2_chain chain = smb2_chain_init(bytes);

	for (unsigned i = 0; i <= pdu && smb2_chain_next(&chain, &one); i++) {
		p.off = (size_t)(one.p - bytes.p);
		p.len = one.n;
	}
	buf_free(&scratch);
	return p;
}

/* What came for it: mostly what is judged now. Of a listing more shows with its last answer, which
 * concerns those before it. */
static struct place
place_of(const struct findings *f, const struct judge_divergence *d)
{
	uint32_t came = d->event < f->workload->n_events ? f->came[d->event] : 0;

	return came == 0 || came == f->now.event || f->now.event == 0 ? f->now
								      : find_pdu(f, came, d->pdu);
}

static void
on_divergence(void *ctx, const struct judge_divergence *d)
{
	struct findings *f = ctx;
	struct place live = place_of(f, d);

	groups_add(&f->groups, d, live.event != 0 ? &live : NULL);
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
findings_matched(struct findings *f, const struct judge_match *m)
{
	if (m->found && f->came[m->event] == 0)
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
	return r != 0 ? r : f->groups.err;
}
