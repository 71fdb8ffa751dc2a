/* Plans the packets of an export: segments, their order and their times. */
#include "config.h"

#include "base/list.h"
#include "export/export_plan.h"

#include <stdlib.h>

#define MAX_HOLE ((uint32_t)1 << 30) /* sequence numbers reach no further */
#define HEADER 4u                    /* of a frame */
#define KNOWN 8u                     /* bytes that a frame is known by: header and ProtocolId */
#define NO_ITEM SIZE_MAX

/* One direction of a connection. */
struct stream {
	uint64_t key; /* of its latest item */
	bool open;    /* its latest item is data, which more may be joined to */
	uint32_t group;
	size_t first; /* of the client: number of a PLAN_FIRST that nothing followed yet, plus 1 */
	size_t gap;   /* the first of three items of a damaged message that is its latest event, or
			 NO_ITEM */
};

struct planner {
	const struct ir *ir;
	const struct export_ends *ends;
	struct export_plan *plan;
	struct stream *streams; /* client and server of each connection */
	bool by_frame;          /* `key` counts frames, else ns */
	uint64_t reached;       /* the latest key of all events so far */
	int err;                /* 0 or the first failure */
};

/* Is the event exported in its compressed form? Not where a hand has edited it. */
static bool
is_packed(const struct ir_event *ev)
{
	return (ev->layers & IR_COMPRESSED) != 0 && ev->n_sets == 0;
}

struct slice
export_plan_bytes(const struct ir *ir, const struct ir_event *ev, struct buf *scratch)
{
	return is_packed(ev) ? ev->packed : ir_bytes(ir, ev, scratch);
}

static uint32_t
size_of(const struct ir_event *ev)
{
	return is_packed(ev) ? (uint32_t)ev->packed.n : ev->size;
}

static bool
from_server(const struct ir_event *ev)
{
	return ev->kind == IR_RECV || (ev->kind != IR_SEND && ev->server);
}

static bool
is_message(const struct ir_event *ev)
{
	return ev->kind == IR_SEND || ev->kind == IR_RECV;
}

static uint64_t
key_of(const struct planner *p, const struct ir_event *ev, bool last)
{
	if (p->by_frame)
		return last ? ev->frame_last : ev->frame_first;
	return last ? ev->t_last : ev->t_first;
}

/* Append an item; it begins a group of its own. Gives it, or NULL when that failed. */
static struct export_item *
add(struct planner *p, const struct export_item *item)
{
	struct export_plan *plan = p->plan;

	if (p->err == 0)
		p->err = plan->n == UINT32_MAX ? ERR_LIMIT
					       : list_room(&plan->items, plan->n, &plan->cap,
							   sizeof(*plan->items));
	if (p->err != 0)
		return NULL;
	plan->items[plan->n] = *item;
	plan->items[plan->n].group = plan->items[plan->n].number = (uint32_t)plan->n;
	return &plan->items[plan->n++];
}

/* Append an item to a direction: no earlier than what is there, and in the segment of its latest
 * data where `joined`. */
static void
add_to(struct planner *p, struct stream *s, const struct export_item *item, bool joined)
{
	struct export_item *added = add(p, item);

	if (added == NULL)
		return;
	if (added->key < s->key || joined)
		added->key = s->key;
	if (joined)
		added->group = s->group;
	s->key = added->key;
	s->group = added->group;
	s->open = added->kind == PLAN_DATA && added->n > 0;
}

/* Of n steps between two values, the one behind i of them. */
static uint64_t
between(uint64_t from, uint64_t to, uint32_t i, uint32_t n)
{
	return from < to ? from + (to - from) / n * i : to;
}

/* Where a cut of the bytes on the wire lies in those that are exported; 0: nowhere. */
static uint32_t
cut_at(const struct ir_event *ev, uint32_t i)
{
	uint32_t at = ev->cuts[i];

	if ((ev->layers & IR_SEALED) != 0 && at > HEADER)
		at = at - HEADER < IR_SEAL_HEADER ? 0 : at - IR_SEAL_HEADER;
	return at < size_of(ev) ? at : 0;
}

/*
 * What comes next in a direction shows where the bytes are missing that a damaged message before it
 * lost. Where the loss was noticed earlier, or the next message begins in a segment of the damaged
 * one, there was more of that one behind them: they are missing behind its header, then.
 */
static void
place_hole(struct planner *p, struct stream *s, const struct ir_event *next)
{
	struct export_item *known, *rest;

	if (s->gap == NO_ITEM)
		return;
	known = &p->plan->items[s->gap];
	rest = known + 2;
	s->gap = NO_ITEM;
	if (!next->joined &&
	    key_of(p, next, false) <= key_of(p, &p->ir->events[known->event], false))
		return;
	known->n = KNOWN;
	rest->off = KNOWN;
	rest->n = p->ir->events[known->event].size - KNOWN;
	s->group = rest->group;
	s->open = true;
}

static void
plan_message(struct planner *p, uint32_t i, struct stream *s)
{
	const struct ir_event *ev = &p->ir->events[i];
	struct export_item item = {.event = i, .kind = PLAN_DATA};
	uint64_t first = key_of(p, ev, false);
	uint32_t end, at;

	first = first < p->reached ? first : p->reached;
	for (uint32_t k = 0; k <= ev->n_cuts; k++) {
		bool last = k == ev->n_cuts;

		end = last ? size_of(ev) : cut_at(ev, k);
		if (end <= item.off && !last)
			continue; /* in the seal */
		at = item.off;
		item.n = end - at;
		item.key = last ? p->reached : between(first, p->reached, k, ev->n_cuts);
		item.t = last ? ev->t_last : between(ev->t_first, ev->t_last, k, ev->n_cuts);
		add_to(p, s, &item, at == 0 && ev->joined && s->open);
		item.off = end;
	}
}

/* What is known of a damaged message, and what is missing: at its end, unless place_hole finds
 * otherwise. */
static void
plan_gap(struct planner *p, uint32_t i, struct stream *s)
{
	const struct ir_event *ev = &p->ir->events[i];
	struct export_item item = {.event = i, .t = ev->t_first, .key = p->reached};
	size_t at = p->plan->n;
	struct buf scratch = {0};
	struct slice known = ir_bytes(p->ir, ev, &scratch);

	item.kind = PLAN_DATA;
	item.n = ev->size;
	add_to(p, s, &item, false);
	item.kind = PLAN_HOLE;
	item.n = ev->lost < MAX_HOLE ? (uint32_t)ev->lost : MAX_HOLE;
	add_to(p, s, &item, false);
	item.kind = PLAN_DATA;
	item.n = 0;
	add_to(p, s, &item, false);
	if (p->err == 0 && known.n > KNOWN &&
	    wire_be(known.p + 1, 3) + HEADER == known.n + ev->lost)
		s->gap = at;
	if (p->err == 0)
		p->err = scratch.err;
	buf_free(&scratch);
}

static void
plan_connect(struct planner *p, uint32_t i)
{
	const struct ir_event *ev = &p->ir->events[i];
	struct export_item item = {.event = i, .t = ev->t_first, .key = key_of(p, ev, false)};
	struct stream *own = &p->streams[(size_t)ev->conn * 2];
	uint32_t before = p->ends[ev->conn].before;

	/* Who wrote the event by hand, or played it, began at the beginning. */
	item.kind = p->ir->meta.conns[ev->conn].syn_seen || ev->frame_first == 0 ? PLAN_CONNECT
										 : PLAN_FIRST;
	for (size_t k = 0; k < 4; k++) {
		const struct stream *s = k < 2 ? &own[k] : &p->streams[(size_t)before * 2 + k - 2];

		if (k < 2 || before != ENDS_NONE)
			item.key = item.key > s->key ? item.key : s->key;
	}
	if (add(p, &item) == NULL)
		return;
	for (size_t k = 0; k < 2; k++)
		own[k] = (struct stream){.key = item.key, .gap = NO_ITEM};
	own[0].first = item.kind == PLAN_FIRST ? p->plan->n : 0;
}

/* The first packet of a connection without a beginning needs none of its own where it had data. */
static void
drop_first(struct planner *p, const struct ir_event *ev)
{
	struct stream *client = &p->streams[(size_t)ev->conn * 2];

	if (client->first > 0 && p->plan->items[client->first - 1].t >= ev->t_first)
		p->plan->items[client->first - 1].kind = PLAN_DATA;
	client->first = 0;
}

static void
plan_event(struct planner *p, uint32_t i)
{
	const struct ir_event *ev = &p->ir->events[i];
	struct stream *s = &p->streams[(size_t)ev->conn * 2 + from_server(ev)];
	uint64_t key = key_of(p, ev, true);
	struct export_item item = {.event = i, .t = ev->t_first, .n = ev->size, .kind = PLAN_DATA};

	p->reached = p->reached > key ? p->reached : key;
	item.key = p->reached;
	if (ev->kind != IR_CONNECT)
		drop_first(p, ev);
	place_hole(p, s, ev);
	if (ev->kind == IR_CONNECT) {
		plan_connect(p, i);
	} else if (ev->kind == IR_GAP) {
		plan_gap(p, i, s);
	} else if (is_message(ev)) {
		plan_message(p, i, s);
	} else {
		item.kind = ev->kind == IR_JUNK ? PLAN_DATA : PLAN_END;
		add_to(p, s, &item, false);
	}
}

static int
compare(const void *a, const void *b)
{
	const struct export_item *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

/* Do all events say which frame they come from? */
static bool
has_frames(const struct ir *ir)
{
	for (size_t i = 0; i < ir->n_events; i++)
		if (ir->events[i].frame_first == 0)
			return false;
	return true;
}

int
export_plan_new(const struct ir *ir, const struct export_ends *ends, struct export_plan *out)
{
	struct planner p = {.ir = ir, .ends = ends, .plan = out, .by_frame = has_frames(ir)};

	*out = (struct export_plan){0};
	p.streams = calloc(ir->meta.n_conns * 2 + 1, sizeof(*p.streams));
	if (p.streams == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < ir->meta.n_conns * 2; i++)
		p.streams[i].gap = NO_ITEM;
	for (size_t i = 0; i < ir->n_events && p.err == 0; i++)
		plan_event(&p, (uint32_t)i);
	if (p.err == 0 && out->n > 0)
		qsort(out->items, out->n, sizeof(*out->items), compare);
	free(p.streams);
	return p.err;
}

void
export_plan_free(struct export_plan *p)
{
	free(p->items);
	*p = (struct export_plan){0};
}
