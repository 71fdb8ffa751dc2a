/* How long answers took, from histograms. */
#include "config.h"

#include "ir/latency.h"

#include <stdlib.h>

#include "ir/exchanges.h"

#define KIB 1024u

const char *const latency_sizes[LATENCY_SIZES] = {"to 4 KiB", "to 64 KiB", "to 1 MiB",
						  "over 1 MiB"};

struct reader {
	const struct ir *ir, *workload; /* the latter: count from when it was due, by this one */
	double speed;
	uint64_t begin; /* when the workload's times began in the run */
	struct latency *out;
};

static uint8_t
size_class(uint64_t n)
{
	return n <= 4 * KIB ? 0 : n <= 64 * KIB ? 1 : n <= KIB * KIB ? 2 : 3;
}

/* When a request was due by the workload's times, or went out. */
static uint64_t
since_of(const struct reader *r, const struct ir_event *ev)
{
	uint64_t due;

	if (r->workload == NULL)
		return ev->t_last;
	due = r->begin + (uint64_t)((double)r->workload->events[ev->of - 1].t_first / r->speed);
	return due < ev->t_last ? due : ev->t_last;
}

static bool
is_recorded(const struct reader *r, const struct ir_event *ev)
{
	return r->workload == NULL || (ev->of > 0 && ev->of <= r->workload->n_events);
}

static int
on_exchange(void *ctx, const struct exchange *x)
{
	struct reader *r = ctx;
	const struct ir_event *ev = &r->ir->events[x->event];
	uint64_t since;

	if (!x->answered || x->command >= SMB2_N_COMMANDS || !is_recorded(r, ev))
		return 0;
	since = since_of(r, ev);
	return histogram_add(&r->out->all[x->command][size_class(x->length)],
			     x->done > since ? x->done - since : 0);
}

static int
read_all(struct reader *r)
{
	*r->out = (struct latency){0};
	return exchanges_scan(r->ir, on_exchange, r, NULL);
}

int
latency_of(const struct ir *ir, struct latency *out)
{
	struct reader r = {.ir = ir, .out = out};

	return read_all(&r);
}

int
latency_since_due(const struct ir *run, const struct ir *workload, double speed,
		  struct latency *out)
{
	struct reader r = {.ir = run, .workload = workload, .speed = speed, .out = out};

	/* Nothing goes out before it is due, and what was the least late says when the times began.
	 */
	r.begin = UINT64_MAX;
	for (size_t i = 0; i < run->n_events; i++) {
		const struct ir_event *ev = &run->events[i];
		uint64_t after;

		if (ev->kind != IR_SEND || ev->of == 0 || ev->of > workload->n_events)
			continue;
		after = (uint64_t)((double)workload->events[ev->of - 1].t_first / speed);
		after = ev->t_last > after ? ev->t_last - after : 0;
		r.begin = after < r.begin ? after : r.begin;
	}
	return read_all(&r);
}

double
latency_speed(const struct ir *run)
{
	const char *said =
		run->meta.options != NULL ? strstr(run->meta.options, IR_RUN_SPEED) : NULL;
	bool thinks =
		said != NULL && strstr(run->meta.options, IR_RUN_THINK) != NULL;
	double speed = said != NULL && !thinks ? strtod(said + strlen(IR_RUN_SPEED), NULL) : 0;

	return speed >= 1e-6 && speed <= 1e6 ? speed : 0;
}

int
latency_sum(const struct latency *l, int command, struct histogram *out)
{
	int r = 0;

	for (size_t i = 0; i < SMB2_N_COMMANDS; i++)
		for (size_t k = 0; r == 0 && k < LATENCY_SIZES; k++)
			if (command < 0 || i == (size_t)command)
				r = histogram_merge(out, &l->all[i][k]);
	return r;
}

void
latency_free(struct latency *l)
{
	for (size_t i = 0; i < SMB2_N_COMMANDS; i++)
		for (size_t k = 0; k < LATENCY_SIZES; k++)
			histogram_free(&l->all[i][k]);
}
