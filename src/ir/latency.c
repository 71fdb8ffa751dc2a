/* How long answers took, from histograms. */
#include "config.h"

#include "ir/latency.h"

#include <stdlib.h>

#include "base/list.h"

#define KIB 1024u

const char *const latency_sizes[LATENCY_SIZES] = {"to 4 KiB", "to 64 KiB", "to 1 MiB",
						  "over 1 MiB"};

struct reader {
	const struct ir *workload; /* count from when it was due, by this one; or NULL */
	double speed;
	uint64_t begin; /* when the workload's times began in the run */
	struct latency *out;
};

static uint8_t
size_class(uint64_t n)
{
	return n <= 4 * KIB ? 0 : n <= 64 * KIB ? 1 : n <= KIB * KIB ? 2 : 3;
}

static bool
is_recorded(const struct reader *r, uint64_t of)
{
	return of > 0 && of <= r->workload->n_events;
}

/* How far behind the begin a request is due by the workload's times. */
static uint64_t
after_begin(const struct reader *r, uint64_t of)
{
	return (uint64_t)((double)r->workload->events[of - 1].t_first / r->speed);
}

/* Nothing goes out before it is due, and what was the least late says when the times began. */
static void
note_sent(struct reader *r, uint64_t of, uint64_t sent)
{
	uint64_t after = is_recorded(r, of) ? after_begin(r, of) : 0;

	after = sent > after ? sent - after : 0;
	if (is_recorded(r, of) && after < r->begin)
		r->begin = after;
}

/* When a request was due by the workload's times, or went out. */
static uint64_t
since_of(const struct reader *r, const struct exchange *x)
{
	uint64_t due = r->workload != NULL ? r->begin + after_begin(r, x->of) : x->sent;

	return due < x->sent ? due : x->sent;
}

static int
on_exchange(void *ctx, const struct exchange *x)
{
	struct reader *r = ctx;
	uint64_t since;

	if (!x->answered || x->command >= SMB2_N_COMMANDS ||
	    (r->workload != NULL && !is_recorded(r, x->of)))
		return 0;
	since = since_of(r, x);
	return histogram_add(&r->out->all[x->command][size_class(x->length)],
			     x->done > since ? x->done - since : 0);
}

int
latency_of(const struct ir *ir, struct latency *out)
{
	struct reader r = {.out = out};

	*out = (struct latency){0};
	return exchanges_scan(ir, on_exchange, &r, NULL);
}

int
latency_since_due(const struct ir *run, const struct ir *workload, double speed,
		  struct latency *out)
{
	struct reader r = {.workload = workload, .speed = speed, .begin = UINT64_MAX, .out = out};

	*out = (struct latency){0};
	for (size_t i = 0; i < run->n_events; i++)
		if (run->events[i].kind == IR_SEND)
			note_sent(&r, run->events[i].of, run->events[i].t_last);
	return exchanges_scan(run, on_exchange, &r, NULL);
}

static int
keep(void *ctx, const struct exchange *x)
{
	struct latency_watch *w = ctx;

	if (!x->answered)
		return 0;
	if (list_room(&w->list, w->n, &w->cap, sizeof(*w->list)) != 0)
		return ERR_NOMEM;
	w->list[w->n++] = *x;
	return 0;
}

int
latency_watch_feed(struct latency_watch *w, const struct exchange_message *m)
{
	w->exchanges.fn = keep;
	w->exchanges.ctx = w;
	return exchanges_feed(&w->exchanges, m);
}

static int
read_list(const struct latency_watch *w, struct reader *r)
{
	int ret = 0;

	*r->out = (struct latency){0};
	for (size_t i = 0; r->workload != NULL && i < w->n; i++)
		note_sent(r, w->list[i].of, w->list[i].sent);
	for (size_t i = 0; ret == 0 && i < w->n; i++)
		ret = on_exchange(r, &w->list[i]);
	return ret;
}

int
latency_watch_end(struct latency_watch *w, struct latency *live, struct latency *due)
{
	struct reader sent = {.out = live};
	struct reader since = {
		.workload = w->workload, .speed = w->speed, .begin = UINT64_MAX, .out = due};
	int r = exchanges_end(&w->exchanges, 0);

	*live = *due = (struct latency){0};
	if (r == 0)
		r = read_list(w, &sent);
	if (r == 0 && w->speed > 0)
		r = read_list(w, &since);
	free(w->list);
	w->list = NULL;
	w->n = w->cap = 0;
	return r;
}

double
latency_speed(const struct ir *run)
{
	const char *said =
		run->meta.options != NULL ? strstr(run->meta.options, IR_RUN_SPEED) : NULL;
	bool thinks = said != NULL && strstr(run->meta.options, IR_RUN_THINK) != NULL;
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
