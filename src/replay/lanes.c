/* Which events are played one after the other. */
#include "config.h"

#include "replay/segments.h"

#include <stdlib.h>

/* Sort the events into one list for each connection, by counting. */
static int
make_conn_lanes(struct engine *e)
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
	for (uint32_t i = 0; i < ir->n_events; i++)
		e->lane_events[at[ir->events[i].conn]++] = i;
	free(at);
	return 0;
}

/* Sends stand where they share a segment with others; for that even the one lane of all events is a
 * list. */
static int
make_segments(struct engine *e)
{
	size_t n = e->ir->n_events;

	if (e->opt.order == ORDER_TOTAL) {
		e->lane_events = calloc(n + 1, sizeof(*e->lane_events));
		if (e->lane_events == NULL)
			return ERR_NOMEM;
		for (uint32_t i = 0; i < n; i++)
			e->lane_events[i] = i;
		e->lanes[0].events = e->lane_events;
	}
	for (size_t i = 0; i < e->n_lanes; i++)
		segments_order(e->ir, e->lane_events + (e->lanes[i].events - e->lane_events),
			       e->lanes[i].n);
	return 0;
}

int
engine_lanes_new(struct engine *e)
{
	int r = 0;

	e->n_lanes = e->opt.order == ORDER_TOTAL ? 1 : e->ir->meta.n_conns;
	e->lanes = calloc(e->n_lanes + 1, sizeof(*e->lanes));
	if (e->lanes == NULL)
		return ERR_NOMEM;
	if (e->opt.order == ORDER_TOTAL)
		e->lanes[0].n = e->ir->n_events;
	else
		r = make_conn_lanes(e);
	return r == 0 && e->opt.segments == SEGMENTS_RECORDED ? make_segments(e) : r;
}
