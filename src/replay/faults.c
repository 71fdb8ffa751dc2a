/* What goes wrong on purpose. */
#include "config.h"

#include "replay/faults.h"
#include "replay/pauses.h"

bool
fault_delays(const struct engine *e, struct lane *l, uint64_t n, uint64_t now)
{
	const struct ir_fault *f = fault_of(e, n);

	if (f == NULL || f->delay == 0)
		return false;
	if (l->delayed == 0)
		l->delayed = now + f->delay;
	l->wake = l->pace.due = l->delayed;
	l->pace.timed = now < l->delayed;
	if (l->pace.timed)
		return true;
	l->delayed = 0;
	return false;
}

uint32_t
fault_times(const struct engine *e, uint64_t n)
{
	const struct ir_fault *f = e->own ? fault_of(e, n) : NULL;

	return f != NULL && f->times > 1 ? f->times : 1;
}

bool
fault_cuts(const struct engine *e, uint64_t n, struct engine_message *m)
{
	const struct ir_fault *f = e->own ? fault_of(e, n) : NULL;

	if (f == NULL || f->cut == 0 || f->cut >= m->wire.n)
		return false;
	m->wire.n = f->cut;
	return true;
}

/* Its connection is closed as if that had been recorded: nothing is sent or expected on it any
 * more, and that is no divergence. */
static void
reset(struct engine *e, uint32_t conn, uint64_t now)
{
	struct econn *c = &e->conns[conn];

	if (c->state != ECONN_UP)
		return;
	if (e->watch.ended != NULL)
		e->watch.ended(e->watch.ctx, conn, false, true, now);
	e->io.reset(e->io.ctx, conn);
	pauses_drop(e, conn);
	c->state = ECONN_CLOSED;
	c->given_up = c->loss_reported = true;
}

static void
stop_reading(struct engine *e, uint32_t conn, bool stop)
{
	struct econn *c = &e->conns[conn];

	if (c->state != ECONN_UP || c->deaf == stop)
		return;
	c->deaf = stop;
	e->io.read(e->io.ctx, conn, !stop);
}

void
fault_behind(struct engine *e, struct lane *l, uint64_t n, uint64_t now)
{
	const struct ir_fault *f = fault_of(e, n);
	uint32_t conn = e->ir->events[n].conn;

	if (f == NULL)
		return;
	if (f->resume_reading) {
		stop_reading(e, conn, false);
		l->catch_up = true;
	}
	if (f->stop_reading)
		stop_reading(e, conn, true);
	if (f->rst)
		reset(e, conn, now);
}
