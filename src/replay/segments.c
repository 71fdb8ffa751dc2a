/* What goes out in one write. */
#include "config.h"

#include "replay/pauses.h"
#include "replay/segments.h"

#define MAX_GAP 256    /* events that a joined send may pass */
#define MAX_PATCHES 64 /* of each of them, and its own */

static bool
is_variable(const struct ir_patch *p)
{
	return p->what == IR_TOKEN || p->what == IR_SERVER;
}

/* Does a send need what a receipt brings? In doubt it does. */
static bool
depends(const struct ir_event *send, const struct ir_event *receipt)
{
	if (receipt->n_patches > MAX_PATCHES)
		return true;
	for (uint32_t i = 0; i < send->n_patches; i++) {
		const struct ir_patch *use = &send->patches[i];

		if (use->what == IR_TOKEN && receipt->conn == send->conn)
			return true;
		for (uint32_t k = 0; k < receipt->n_patches; k++)
			if (receipt->patches[k].what == use->what &&
			    receipt->patches[k].number == use->number)
				return true;
	}
	return false;
}

/* It has been given another place or fate than recorded: no segment is shared with it. */
static bool
is_edited(const struct ir_event *ev)
{
	return ev->n_after > 0 || ev->fault != NULL || ev->timing != NULL || ev->n_pauses > 0;
}

/* The place of the send that the one at `i` can stand behind; `i` where there is none. */
static size_t
place_before(const struct ir *ir, const uint32_t *events, size_t i)
{
	const struct ir_event *send = &ir->events[events[i]];

	if (send->n_patches > MAX_PATCHES || is_edited(send))
		return i;
	for (size_t k = i; k > 0 && i - k < MAX_GAP; k--) {
		const struct ir_event *before = &ir->events[events[k - 1]];

		if (before->conn == send->conn && before->kind == IR_SEND)
			return before->fault == NULL && before->n_pauses == 0 ? k - 1 : i;
		if (before->conn == send->conn && before->kind != IR_RECV)
			return i;
		if (before->kind == IR_RECV && depends(send, before))
			return i;
	}
	return i;
}

void
segments_order(const struct ir *ir, uint32_t *events, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		const struct ir_event *ev = &ir->events[events[i]];
		uint32_t moved = events[i];
		size_t before;

		if (ev->kind != IR_SEND || !ev->joined)
			continue;
		before = place_before(ir, events, i);
		if (before == i)
			continue;
		memmove(events + before + 2, events + before + 1,
			(i - before - 1) * sizeof(*events));
		events[before + 1] = moved;
	}
}

/* Where in a PDU of `now` bytes a cut is that was at `cut` of its `was` ones. Of what can change
 * its length there is one in a PDU. */
static size_t
cut_in_pdu(const struct ir_event *ev, size_t pdu_off, size_t was, size_t now, size_t cut)
{
	for (uint32_t i = 0; i < ev->n_patches; i++) {
		const struct ir_patch *p = &ev->patches[i];

		if (is_variable(p) && p->off >= pdu_off && p->off - pdu_off < was &&
		    p->off - pdu_off + p->width <= cut)
			return was - cut < now ? now - (was - cut) : 0;
	}
	return cut < now ? cut : now;
}

/* The same in a whole plain message. */
static size_t
cut_in_plain(const struct ir_event *ev, struct slice recorded, struct slice live, size_t cut)
{
	struct smb2_chain was = smb2_chain_init(recorded), is = smb2_chain_init(live);
	struct slice r, s;

	if (recorded.n == live.n)
		return cut;
	while (smb2_chain_next(&was, &r) && smb2_chain_next(&is, &s)) {
		size_t off = (size_t)(r.p - recorded.p);

		if (cut < off)
			break;
		if (cut - off < r.n)
			return (size_t)(s.p - live.p) + cut_in_pdu(ev, off, r.n, s.n, cut - off);
	}
	return cut;
}

size_t
segments_cut(const struct ir_event *ev, struct slice recorded, const struct engine_message *m,
	     size_t cut)
{
	size_t was = (ev->layers & IR_SEALED) != 0 ? IR_SEAL_HEADER : 0,
	       is = (m->layers & IR_SEALED) != 0 ? IR_SEAL_HEADER : 0;

	if (cut <= NBSS_HEADER)
		return cut;
	if (cut < NBSS_HEADER + was)
		return is > 0 ? cut : 0;
	cut -= was;
	if ((ev->layers & IR_COMPRESSED) == 0)
		cut = cut_in_plain(ev, recorded, m->plain, cut);
	return cut + is;
}

static void
write_out(struct engine *e, uint32_t conn, struct slice bytes, uint64_t now)
{
	struct econn *c = &e->conns[conn];
	struct engine_wrote wrote = {.at = now};
	int r;

	if (c->state != ECONN_UP || bytes.n == 0 || pauses_queue(e, conn, bytes))
		return;
	c->wrote = true;
	r = e->io.send(e->io.ctx, conn, bytes, &wrote);
	now = e->now = wrote.at > e->now ? wrote.at : e->now;
	if (r == 0)
		pace_wrote(e, c, bytes.n, &wrote);
	segments_tell(e, now);
	if (e->watch.wrote != NULL)
		e->watch.wrote(e->watch.ctx, conn, bytes, now);
	if (r != 0)
		engine_closed(e, conn, true, "the connection broke while sending", now);
}

void
segments_tell(struct engine *e, uint64_t now)
{
	const struct engine_untold u = e->untold;

	e->untold.message = NULL;
	if (u.message != NULL && e->watch.sent != NULL)
		e->watch.sent(e->watch.ctx, u.event, u.conn, u.message, now);
}

static void
write_held(struct engine *e, uint32_t conn, uint64_t now)
{
	struct buf held = e->conns[conn].held; /* a close frees it */

	e->conns[conn].held = (struct buf){0};
	write_out(e, conn, buf_slice(&held), now);
	buf_free(&held);
}

static void
hold(struct engine *e, uint32_t conn, struct slice bytes, uint64_t now)
{
	struct econn *c = &e->conns[conn];

	if (c->held.n > 0 && bytes.n > SEGMENTS_MAX - c->held.n)
		write_held(e, conn, now);
	if (bytes.n > SEGMENTS_MAX) {
		write_out(e, conn, bytes, now);
		return;
	}
	buf_add(&c->held, bytes.p, bytes.n);
	if (c->held.err != 0)
		e->fatal = c->held.err;
}

/* The bytes of the last segment that an event is in are held: segments_settle follows. */
static void
write_pieces(struct engine *e, uint64_t n, const struct engine_message *m, uint64_t now)
{
	const struct ir_event *ev = &e->ir->events[n];
	struct econn *c = &e->conns[ev->conn];
	struct slice recorded = ir_bytes(e->ir, ev, &e->unpacked);
	size_t done = 0;

	if (!ev->joined)
		write_held(e, ev->conn, now);
	else if (c->held.n == 0 && c->wrote)
		e->totals.split_segments++;
	for (uint32_t i = 0; i < ev->n_cuts; i++) {
		size_t cut = segments_cut(ev, recorded, m, ev->cuts[i]);

		if (cut <= done || cut >= m->wire.n)
			continue;
		hold(e, ev->conn, slice_sub(m->wire, done, cut - done), now);
		write_held(e, ev->conn, now);
		done = cut;
	}
	hold(e, ev->conn, slice_sub(m->wire, done, m->wire.n - done), now);
	if (ev->fault != NULL)
		write_held(e, ev->conn, now);
}

void
segments_write(struct engine *e, uint64_t n, const struct engine_message *m, uint64_t now)
{
	uint32_t conn = e->ir->events[n].conn;

	if (e->own && e->ir->events[n].n_pauses > 0)
		pauses_write(e, n, m, now);
	else if (e->own && e->opt.segments == SEGMENTS_RECORDED)
		write_pieces(e, n, m, now);
	else
		segments_write_whole(e, conn, m->wire, now);
}

void
segments_write_whole(struct engine *e, uint32_t conn, struct slice bytes, uint64_t now)
{
	write_held(e, conn, now);
	write_out(e, conn, bytes, now);
}

void
segments_settle(struct engine *e, const struct lane *l, bool waits, uint64_t now)
{
	size_t next = waits ? l->pos : l->pos + 1;
	uint32_t conn = e->ir->events[event_at(l, l->pos)].conn;
	const struct ir_event *ev;

	if (e->conns[conn].held.n == 0)
		return;
	ev = next < l->n ? &e->ir->events[event_at(l, next)] : NULL;
	/* Whatever has a deadline waits for something else than its time. */
	if (e->stopped || (waits && l->deadline != 0) || ev == NULL || ev->kind != IR_SEND ||
	    ev->conn != conn || !ev->joined || is_edited(ev))
		write_held(e, conn, now);
}
