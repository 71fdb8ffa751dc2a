/* What a send waits for where the recorded order counts only as far as there is a reason for it. */
#include "config.h"

#include "replay/causal.h"

#include <stdlib.h>

#include "replay/engine_int.h"

/* Members of a group have one place. */
static int
make_places(const struct ir *ir, const uint32_t *sequence, const struct timings *t,
	    struct causal *out)
{
	out->place = calloc(ir->n_events + 1, sizeof(*out->place));
	if (out->place == NULL)
		return ERR_NOMEM;
	for (uint32_t i = 0; i < ir->n_events; i++)
		out->place[sequence[i]] = i;
	for (size_t g = 0; g < t->n_groups; g++)
		for (uint32_t i = 0; i < t->groups[g].n; i++)
			out->place[t->members[t->order[t->groups[g].first + i]].event] =
				out->place[t->members[t->order[t->groups[g].first]].event];
	return 0;
}

int
causal_new(const struct ir *ir, const uint32_t *sequence, const struct timings *t,
	   struct causal *out)
{
	int r = conflicts_new(ir, &out->conflicts);

	if (r != 0)
		return r;
	out->came = calloc(conflicts_groups(out->conflicts) + 1, sizeof(*out->came));
	if (out->came == NULL)
		return ERR_NOMEM;
	return sequence != NULL ? make_places(ir, sequence, t, out) : 0;
}

/* Does event `n` come behind `other`, as far as barriers and gaps do not say otherwise? */
static bool
is_behind(const struct causal *c, uint64_t n, uint32_t other)
{
	return c->place == NULL || c->place[other] < c->place[n];
}

void
causal_free(struct causal *c)
{
	conflicts_free(c->conflicts);
	free(c->came);
	free(c->place);
}

/* What shares a segment with the message before it was on its way before that was answered. */
static bool
follows_at_once(const struct engine *e, const struct lane *l, size_t i)
{
	return e->opt.segments == SEGMENTS_RECORDED && i > 0 &&
	       e->ir->events[event_at(l, i)].joined &&
	       e->ir->events[event_at(l, i - 1)].kind == IR_SEND;
}

static bool
is_ours(const struct ir_event *ev)
{
	return ev->kind == IR_SEND || ((ev->kind == IR_FIN || ev->kind == IR_RST) && !ev->server);
}

/* Has not come what the client had received? The end of a connection is its own lane's to await. */
static bool
is_missing(struct engine *e, struct lane *l, size_t i, uint32_t receipt, uint64_t now)
{
	if (e->ir->events[receipt].kind == IR_RECV)
		return engine_awaits(e, l, i, receipt, now);
	l->wake = ENGINE_NEVER;
	return !engine_passed(e, receipt);
}

bool
causal_holds(struct engine *e, struct lane *l, size_t i, uint64_t now)
{
	uint64_t n = event_at(l, i);
	struct conflicts_history h[2];

	if (e->causal.conflicts == NULL || !is_ours(&e->ir->events[n]) || follows_at_once(e, l, i))
		return false;
	conflicts_received(e->causal.conflicts, (uint32_t)n, h);
	for (int k = 0; k < 2; k++)
		for (size_t *came = &e->causal.came[h[k].group]; *came < h[k].n; ++*came) {
			uint32_t receipt = h[k].events[*came];

			if (!is_behind(&e->causal, n, receipt))
				break;
			if (is_missing(e, l, i, receipt, now))
				return true;
			pace_received(e, l, receipt, now);
		}
	return false;
}

bool
causal_met(const struct engine *e, uint64_t n, uint32_t *first)
{
	size_t n_pairs;
	const struct conflict *pair;

	if (e->causal.conflicts == NULL)
		return true;
	pair = conflicts_of(e->causal.conflicts, (uint32_t)n, &n_pairs);
	for (size_t i = 0; i < n_pairs; i++) {
		const struct ir_event *ev = &e->ir->events[pair[i].after];

		/* What a lost connection does not bring its own lane reports. */
		if (!is_behind(&e->causal, n, pair[i].after) ||
		    after_happened(&e->after, e->ir, e->judge, pair[i].after) ||
		    (ev->kind == IR_RECV && e->conns[ev->conn].state == ECONN_CLOSED &&
		     engine_passed(e, pair[i].after)))
			continue;
		*first = pair[i].after;
		return false;
	}
	return true;
}
