/* Load over time. */
#include "config.h"

#include "ir/load.h"

static size_t
span_of(const struct load *l, uint64_t t)
{
	uint64_t i = t / l->span;

	return i < LOAD_SPANS ? (size_t)i : LOAD_SPANS - 1;
}

/* Each span has its part of the wait. */
static void
add_flight(struct load *l, uint64_t from, uint64_t to)
{
	for (size_t i = span_of(l, from); i < LOAD_SPANS && i * l->span < to; i++) {
		uint64_t a = i * l->span > from ? i * l->span : from;
		uint64_t b = (i + 1) * l->span < to ? (i + 1) * l->span : to;

		l->flight[i] += b - a;
	}
}

static int
on_exchange(void *ctx, const struct exchange *x)
{
	struct load *l = ctx;

	l->n_requests++;
	l->requests[span_of(l, x->sent)]++;
	if (x->answered)
		add_flight(l, x->sent, x->done);
	return 0;
}

static void
add_bytes(struct load *l, const struct ir *ir)
{
	uint64_t end = 0;

	for (size_t i = 0; i < ir->n_events; i++)
		end = ir->events[i].t_last > end ? ir->events[i].t_last : end;
	l->span = end / LOAD_SPANS + 1;
	for (size_t i = 0; i < ir->n_events; i++)
		if (ir->events[i].kind == IR_SEND || ir->events[i].kind == IR_RECV)
			l->bytes[span_of(l, ir->events[i].t_last)] += ir->events[i].size;
}

int
load_of(const struct ir *ir, struct load *out)
{
	*out = (struct load){0};
	add_bytes(out, ir);
	return exchanges_scan(ir, on_exchange, out, &out->answers);
}
