/* How connections begin and end: what the workload says, and what the network brings. */
#include "config.h"

#include "replay/barriers.h"
#include "replay/pauses.h"
#include "replay/reclaim.h"

#include <stdio.h>

void
engine_connect(struct engine *e, uint64_t n)
{
	uint32_t conn = e->ir->events[n].conn;
	struct econn *c = &e->conns[conn];

	c->state = ECONN_CONNECTING;
	c->was_reset = false;
	e->totals.connects++;
	if (e->io.connect(e->io.ctx, conn) != 0) {
		c->state = ECONN_CLOSED;
		(void)snprintf(c->why, sizeof(c->why), "none could be made");
	}
}

void
engine_end(struct engine *e, uint64_t n, uint64_t now)
{
	const struct ir_event *ev = &e->ir->events[n];
	struct econn *c = &e->conns[ev->conn];

	if (c->state != ECONN_UP || (c->finished && ev->kind == IR_FIN))
		return;
	if (e->watch.ended != NULL)
		e->watch.ended(e->watch.ctx, ev->conn, false, ev->kind == IR_RST, now);
	c->finished = true;
	if (ev->kind == IR_FIN)
		e->io.finish(e->io.ctx, ev->conn);
	else
		e->io.reset(e->io.ctx, ev->conn);
	c->was_reset = ev->kind == IR_RST;
	if (ev->kind == IR_RST || c->server_finished)
		c->state = ECONN_CLOSED;
}

void
engine_connected(struct engine *e, uint32_t conn, uint64_t now)
{
	struct econn *c = &e->conns[conn];

	if (c->state != ECONN_CONNECTING)
		return;
	c->state = ECONN_UP;
	credits_begin(&c->window);
	c->recorded_grants = c->asking = 0;
	e->now = e->pace.heard = now;
	if (e->watch.connected != NULL)
		e->watch.connected(e->watch.ctx, conn, now);
	if (c->reclaim != NULL && e->fatal == 0)
		e->fatal = reclaim_connected(e, conn);
}

void
engine_closed(struct engine *e, uint32_t conn, bool reset, const char *why, uint64_t now)
{
	struct econn *c = &e->conns[conn];

	barriers_tell(e);
	if (c->state == ECONN_CLOSED || c->state == ECONN_IDLE)
		return;
	if (c->state == ECONN_UP && (reset || !c->server_finished) && e->watch.ended != NULL)
		e->watch.ended(e->watch.ctx, conn, true, reset, now);
	c->state = ECONN_CLOSED;
	buf_free(&c->held);
	pauses_drop(e, conn);
	pace_conn_free(&c->pace);
	if (why != c->why)
		(void)snprintf(c->why, sizeof(c->why), "%s", why);
	e->io.close(e->io.ctx, conn);
	e->now = e->pace.heard = now;
	if (c->reclaim != NULL)
		reclaim_lost(e, conn);
}

void
engine_finished(struct engine *e, uint32_t conn, uint64_t now)
{
	static const char why[] = "closed by the server";
	struct econn *c = &e->conns[conn];

	barriers_tell(e);
	if (c->finished || c->server_fin == UINT64_MAX || c->state != ECONN_UP) {
		engine_closed(e, conn, false, why, now);
		return;
	}
	c->server_finished = true;
	(void)snprintf(c->why, sizeof(c->why), "%s", why);
	if (e->watch.ended != NULL)
		e->watch.ended(e->watch.ctx, conn, true, false, now);
	e->io.read(e->io.ctx, conn, false);
}

void
engine_flushed(struct engine *e, uint32_t conn, size_t waiting, uint64_t now)
{
	pace_flushed(e, &e->conns[conn], waiting, now);
}
