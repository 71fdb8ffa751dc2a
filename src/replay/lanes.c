/* Which events are played one after the other. */
#include "config.h"

#include "replay/segments.h"

#include <stdlib.h>

/* Sort the events into one list for each connection, by counting. */
static int
make_conn_lanes(struct engine *e, const uint32_t *order)
{
	const struct ir *ir = e->ir;
	size_t *at = calloc(e->n_lanes + 1, sizeof(*at));

	e->lane_events = calloc(ir->n_events + 1, sizeof(*e->lane_events));
	if (at == NULL || e->lane_events == NULL) {
		free(at);
		return ERR_NOMEM;
	}
	for (size_t i = 0; i < ir->n_events; i++)
		at[ir->events[i].conn + 1]++;
	for (size_t c = 0; c < e->n_lanes; c++) {
		e->lanes[c].n = at[c + 1];
		at[c + 1] += at[c];
		e->lanes[c].events = e->lane_events + at[c];
	}
	for (uint32_t i = 0; i < ir->n_events; i++) {
		uint32_t n = order != NULL ? order[i] : i;

		e->lane_events[at[ir->events[n].conn]++] = n;
	}
	free(at);
	return 0;
}

/* The one lane of all events, where they do not stand as in the workload. */
static int
make_one_lane(struct engine *e, const uint32_t *order)
{
	size_t n = e->ir->n_events;

	e->lanes[0].n = n;
	if (order == NULL && e->opt.segments != SEGMENTS_RECORDED)
		return 0;
	e->lane_events = calloc(n + 1, sizeof(*e->lane_events));
	if (e->lane_events == NULL)
		return ERR_NOMEM;
	for (uint32_t i = 0; i < n; i++)
		e->lane_events[i] = order != NULL ? order[i] : i;
	e->lanes[0].events = e->lane_events;
	return 0;
}

int
engine_lanes_new(struct engine *e, const uint32_t *order)
{
	int r;

	e->n_lanes = e->opt.order == ORDER_TOTAL ? 1 : e->ir->meta.n_conns;
	e->lanes = calloc(e->n_lanes + 1, sizeof(*e->lanes));
	if (e->lanes == NULL)
		return ERR_NOMEM;
	r = e->opt.order == ORDER_TOTAL ? make_one_lane(e, order) : make_conn_lanes(e, order);
	/* Sends stand where they share a segment with others. */
	for (size_t i = 0; r == 0 && e->opt.segments == SEGMENTS_RECORDED && i < e->n_lanes; i++)
		segments_order(e->ir, e->lane_events + (e->lanes[i].events - e->lane_events),
			       e->lanes[i].n);
	return r;
}
