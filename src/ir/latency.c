/* Latencies and load of a workload or a run. */
#include "config.h"

#include "ir/latency.h"

#define KIB ((uint32_t)1024)

static const uint32_t size_limits[LATENCY_SIZES] = {4 * KIB, 64 * KIB, 1024 * KIB, UINT32_MAX};

const uint8_t latency_order[LATENCY_CLASSES] = {
	SMB2_CMD_NEGOTIATE,    SMB2_CMD_SESSION_SETUP,   SMB2_CMD_LOGOFF,
	SMB2_CMD_TREE_CONNECT, SMB2_CMD_TREE_DISCONNECT, SMB2_CMD_CREATE,
	SMB2_CMD_CLOSE,        SMB2_CMD_FLUSH,           SMB2_CMD_READ,
	LATENCY_READ,          LATENCY_READ + 1,         LATENCY_READ + 2,
	LATENCY_READ + 3,      SMB2_CMD_WRITE,           LATENCY_WRITE,
	LATENCY_WRITE + 1,     LATENCY_WRITE + 2,        LATENCY_WRITE + 3,
	SMB2_CMD_LOCK,         SMB2_CMD_IOCTL,           SMB2_CMD_CANCEL,
	SMB2_CMD_ECHO,         SMB2_CMD_QUERY_DIRECTORY, SMB2_CMD_CHANGE_NOTIFY,
	SMB2_CMD_QUERY_INFO,   SMB2_CMD_SET_INFO,        SMB2_CMD_OPLOCK_BREAK,
	SMB2_N_COMMANDS,
};

const char *
latency_class_name(unsigned class)
{
	static const char *const sizes[LATENCY_SIZES] = {"up to 4 KiB", "up to 64 KiB",
							 "up to 1 MiB", "over 1 MiB"};

	if (class == SMB2_N_COMMANDS)
		return "unknown command";
	if (class < SMB2_N_COMMANDS)
		return smb2_command_name(class);
	return sizes[(class - LATENCY_READ) % LATENCY_SIZES];
}

struct gather {
	struct latency *l;
	const struct ir *ir, *workload;
	double speed;
	double begin; /* ns, live, at which recorded time 0 would have been */
};

/* The time at which a request was to go out, in ns of the workload's time played at that speed. */
static double
plan_of(const struct gather *g, const struct ir_event *ev)
{
	return (double)g->workload->events[ev->of - 1].t_first / g->speed;
}

static bool
has_plan(const struct gather *g, const struct ir_event *ev)
{
	return g->workload != NULL && ev->kind == IR_SEND && ev->of > 0 &&
	       ev->of <= g->workload->n_events;
}

/* The request that was least late was in time: when the run began to count is not kept. */
static void
find_begin(struct gather *g)
{
	bool any = false;

	for (size_t i = 0; i < g->ir->n_events; i++) {
		const struct ir_event *ev = &g->ir->events[i];
		double begin;

		if (!has_plan(g, ev))
			continue;
		begin = (double)ev->t_first - plan_of(g, ev);
		g->begin = !any || begin < g->begin ? begin : g->begin;
		any = true;
	}
}

static size_t
span_of(const struct timeline *t, uint64_t at)
{
	uint64_t i = at / t->span;

	return i < TIMELINE_SPANS ? (size_t)i : TIMELINE_SPANS - 1;
}

static void
add_flight(struct timeline *t, uint64_t from, uint64_t to)
{
	for (size_t i = span_of(t, from); i < TIMELINE_SPANS && i * t->span < to; i++) {
		uint64_t a = i * t->span > from ? i * t->span : from;
		uint64_t b = (i + 1) * t->span < to ? (i + 1) * t->span : to;

		t->flight[i] += b - a;
	}
}

static int
add_to(struct latency_class *c, const struct exchange *x, uint64_t planned)
{
	int r = 0;

	c->requests++;
	if (!x->answered)
		return 0;
	r = hist_add(&c->hist, x->done - x->sent);
	if (r == 0 && planned != UINT64_MAX)
		r = hist_add(&c->planned, x->done - planned);
	return r;
}

static int
on_exchange(void *ctx, const struct exchange *x)
{
	struct gather *g = ctx;
	const struct ir_event *ev = &g->ir->events[x->event];
	uint64_t planned = UINT64_MAX;
	unsigned size = 0;
	int r;

	if (has_plan(g, ev)) {
		double at = g->begin + plan_of(g, ev);

		planned = at < 0 ? 0 : at < (double)x->sent ? (uint64_t)at : x->sent;
	}
	g->l->timeline.requests[span_of(&g->l->timeline, x->sent)]++;
	if (x->answered)
		add_flight(&g->l->timeline, x->sent, x->done);
	while (x->length > size_limits[size])
		size++;
	r = add_to(&g->l->all, x, planned);
	if (r == 0)
		r = add_to(&g->l->of[x->command], x, planned);
	if (r == 0 && x->command == SMB2_CMD_READ)
		r = add_to(&g->l->of[LATENCY_READ + size], x, planned);
	if (r == 0 && x->command == SMB2_CMD_WRITE)
		r = add_to(&g->l->of[LATENCY_WRITE + size], x, planned);
	return r;
}

static void
add_bytes(struct timeline *t, const struct ir *ir)
{
	uint64_t end = 0;

	for (size_t i = 0; i < ir->n_events; i++)
		end = ir->events[i].t_last > end ? ir->events[i].t_last : end;
	t->span = end / TIMELINE_SPANS + 1;
	for (size_t i = 0; i < ir->n_events; i++)
		if (ir->events[i].kind == IR_SEND || ir->events[i].kind == IR_RECV)
			t->bytes[span_of(t, ir->events[i].t_last)] += ir->events[i].size;
}

int
latency_gather(struct latency *l, const struct ir *ir, const struct ir *workload, double speed)
{
	struct gather g = {.l = l, .ir = ir, .workload = workload, .speed = speed};

	*l = (struct latency){.has_planned = workload != NULL};
	add_bytes(&l->timeline, ir);
	find_begin(&g);
	return exchanges_scan(ir, on_exchange, &g, &l->answers);
}

void
latency_free(struct latency *l)
{
	for (size_t i = 0; i < LATENCY_CLASSES; i++) {
		hist_free(&l->of[i].hist);
		hist_free(&l->of[i].planned);
	}
	hist_free(&l->all.hist);
	hist_free(&l->all.planned);
}
