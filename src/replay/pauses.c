/* Messages that go out in pieces, with time between these. */
#include "config.h"

#include "replay/pauses.h"

#include <stdlib.h>

#include "base/list.h"
#include "replay/barriers.h"
#include "replay/segments.h"

struct piece {
	size_t end;                   /* in the bytes of its message */
	const struct ir_pause *pause; /* before it; NULL: none, it follows at once */
};

struct pausing {
	struct pausing *next; /* of those that are half out */
	uint32_t conn;
	uint64_t event;
	struct buf bytes;     /* all of the message, and what queues behind it */
	struct piece *pieces; /* owned */
	size_t n, cap;
	size_t at, done; /* the piece that is next; bytes that went out */
	uint64_t since;  /* when the one before it was out */
};

bool
pauses_are_there(const struct ir *ir)
{
	for (size_t i = 0; i < ir->n_events; i++)
		if (ir->events[i].n_pauses > 0)
			return true;
	return false;
}

static uint64_t
clock_of(const struct engine *e)
{
	return e->io.now != NULL ? e->io.now(e->io.ctx) : e->now;
}

/* Where a message that stands for an event is cut by its next pause behind `done`; from pause `*i`
 * on, which is moved to the one behind it. All its bytes: by none. */
static size_t
next_cut(struct engine *e, const struct ir_event *ev, const struct engine_message *m, size_t done,
	 uint32_t *i)
{
	struct slice recorded = ir_bytes(e->ir, ev, &e->unpacked);

	while (*i < ev->n_pauses) {
		size_t cut = segments_cut(ev, recorded, m, ev->pauses[(*i)++].off);

		if (cut > done && cut < m->wire.n)
			return cut;
	}
	return m->wire.n;
}

size_t
pauses_first(struct engine *e, uint64_t n, const struct engine_message *m)
{
	const struct ir_event *ev = &e->ir->events[n];
	uint32_t i = 0;

	return e->own && ev->n_pauses > 0 ? next_cut(e, ev, m, 0, &i) : m->wire.n;
}

static int
add_piece(struct pausing *p, size_t end, const struct ir_pause *pause)
{
	int r = list_room(&p->pieces, p->n, &p->cap, sizeof(*p->pieces));

	if (r == 0)
		p->pieces[p->n++] = (struct piece){end, pause};
	return r;
}

static void
pausing_free(struct pausing *p)
{
	if (p == NULL)
		return;
	buf_free(&p->bytes);
	free(p->pieces);
	free(p);
}

/* The pieces behind the first one. */
static int
find_pieces(struct engine *e, struct pausing *p, const struct engine_message *m)
{
	const struct ir_event *ev = &e->ir->events[p->event];
	const struct ir_pause *before;
	uint32_t i = 0;
	size_t end = next_cut(e, ev, m, 0, &i);
	int r = 0;

	while (r == 0 && end < m->wire.n) {
		before = &ev->pauses[i - 1];
		end = next_cut(e, ev, m, end, &i);
		r = add_piece(p, end, before);
	}
	return r;
}

void
pauses_begin(struct engine *e, uint64_t n, const struct engine_message *m, size_t first,
	     uint64_t at)
{
	uint32_t conn = e->ir->events[n].conn;
	struct pausing *p = calloc(1, sizeof(*p));

	if (p == NULL) {
		e->fatal = ERR_NOMEM;
		return;
	}
	*p = (struct pausing){.conn = conn, .event = n, .done = first, .since = at};
	buf_add(&p->bytes, m->wire.p, m->wire.n);
	e->fatal = p->bytes.err != 0 ? p->bytes.err : find_pieces(e, p, m);
	if (e->fatal != 0 || p->n == 0) {
		pausing_free(p);
		return;
	}
	p->next = e->half_out;
	e->half_out = e->conns[conn].pausing = p;
}

void
pauses_write(struct engine *e, uint64_t n, const struct engine_message *m, uint64_t now)
{
	uint32_t conn = e->ir->events[n].conn;
	size_t first = pauses_first(e, n, m);

	segments_write_whole(e, conn, slice_sub(m->wire, 0, first), now);
	if (first < m->wire.n && e->conns[conn].state == ECONN_UP && e->fatal == 0)
		pauses_begin(e, n, m, first, e->now);
}

bool
pauses_hold(const struct engine *e, struct lane *l, const struct ir_event *ev)
{
	if (!pauses_half_out(e, ev->conn) || ev->kind == IR_RECV || ev->server)
		return false;
	l->wake = ENGINE_NEVER; /* the next piece has a time of its own */
	return true;
}

bool
pauses_queue(struct engine *e, uint32_t conn, struct slice bytes)
{
	struct pausing *p = e->conns[conn].pausing;

	if (p == NULL)
		return false;
	buf_add(&p->bytes, bytes.p, bytes.n);
	e->fatal = p->bytes.err != 0 ? p->bytes.err : add_piece(p, p->bytes.n, NULL);
	return true;
}

/* When the next piece is due. What it counts from may be late, but not for ever. */
static uint64_t
due(const struct engine *e, const struct pausing *p)
{
	const struct ir_pause *x = p->pieces[p->at].pause;
	uint64_t at = p->since;

	if (x == NULL)
		return p->since;
	if (x->of == IR_NO_EVENT)
		return p->since + x->ns;
	switch (barriers_when(e, x->of, x->answered, &at)) {
	case BARRIERS_THEN:
		return at + x->ns > p->since ? at + x->ns : p->since;
	case BARRIERS_LATER:
		return p->since + e->opt.timeout;
	case BARRIERS_NOT:
		break;
	}
	return p->since;
}

static void
unlink_pausing(struct engine *e, struct pausing *p)
{
	struct pausing **at = &e->half_out;

	while (*at != p)
		at = &(*at)->next;
	*at = p->next;
	e->conns[p->conn].pausing = NULL;
	pausing_free(p);
}

void
pauses_drop(struct engine *e, uint32_t conn)
{
	if (e->conns[conn].pausing != NULL)
		unlink_pausing(e, e->conns[conn].pausing);
}

/* A piece went out, or its connection broke. */
static void
told(struct engine *e, struct pausing *p, struct slice bytes, int r)
{
	uint32_t conn = p->conn;
	uint64_t at = p->since;

	if (e->watch.wrote != NULL)
		e->watch.wrote(e->watch.ctx, conn, bytes, at);
	e->now = at > e->now ? at : e->now;
	if (r != 0)
		engine_closed(e, conn, true, "the connection broke while sending", e->now);
	else if (p->at == p->n)
		unlink_pausing(e, p);
}

/* How a pause was kept. */
static void
note(struct engine *e, const struct pausing *p, uint64_t went)
{
	const struct ir_pause *x = p->pieces[p->at].pause;
	struct engine_skew s = {.event = p->event, .of = p->event, .n = 1};
	uint64_t from = p->since;

	if (x == NULL)
		return;
	if (x->of != IR_NO_EVENT) {
		s.of = x->of;
		s.answered = x->answered;
		s.missed = barriers_when(e, x->of, x->answered, &from) != BARRIERS_THEN;
	}
	s.pause = x->off;
	s.planned = (int64_t)x->ns;
	s.actual = (int64_t)(went - from);
	buf_add(&e->pauses, (const uint8_t *)&s, sizeof(s));
	if (e->pauses.err != 0)
		e->fatal = e->pauses.err;
}

/* The next piece of a message, whose time has come. */
static void
put(struct engine *e, struct pausing *p)
{
	struct slice bytes =
		slice_sub(buf_slice(&p->bytes), p->done, p->pieces[p->at].end - p->done);
	uint32_t conn = p->conn;
	struct engine_wrote wrote = {.at = clock_of(e)};
	uint64_t went = wrote.at;
	int r = e->io.send(e->io.ctx, conn, bytes, &wrote);

	note(e, p, went);
	p->done += bytes.n;
	p->at++;
	p->since = wrote.at > went ? wrote.at : went;
	if (r == 0)
		pace_wrote(e, &e->conns[conn], bytes.n, &wrote);
	barriers_tell(e); /* what went out before; that may end the connection */
	if (e->conns[conn].pausing == p)
		told(e, p, bytes, r);
}

bool
pauses_run(struct engine *e)
{
	struct pausing **at = &e->half_out;
	bool moved = false;

	while (*at != NULL && e->fatal == 0) {
		if (due(e, *at) > clock_of(e)) {
			at = &(*at)->next;
			continue;
		}
		put(e, *at);
		at = &e->half_out; /* what was told may have changed the list */
		moved = true;
	}
	return moved;
}

uint64_t
pauses_wake(const struct engine *e)
{
	uint64_t wake = ENGINE_NEVER;

	for (const struct pausing *p = e->half_out; p != NULL; p = p->next) {
		uint64_t t = due(e, p);

		wake = t < wake ? t : wake;
	}
	return wake;
}
