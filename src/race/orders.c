/* Orders other than the recorded one. */
#include "config.h"

#include "race/orders.h"
#include "race/schedule.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/list.h"

#define NONE UINT32_MAX
#define MAX_CONNS ((size_t)1000)

struct finder {
	const struct ir *ir;
	size_t conns;
	uint32_t *last, *moved; /* owned: of each connection, played last; and by the client */
	uint32_t *most; /* owned: of each two connections, the last one that waits no longer */
	struct order *list;
	size_t n, cap;
};

/* What came before an event on another connection, and was recorded behind it. */
static int
look(struct finder *f, uint32_t event, uint32_t conn)
{
	uint32_t own = f->ir->events[event].conn, *most = &f->most[own * f->conns + conn], first;
	int r;

	/* Receipts come when they come. */
	first = schedule_can_move(&f->ir->events[event]) ? f->last[conn] : f->moved[conn];
	if (first == NONE || first < event || (*most != NONE && first <= *most))
		return 0;
	r = list_room(&f->list, f->n, &f->cap, sizeof(*f->list));
	if (r != 0)
		return r;
	f->list[f->n++] = (struct order){.first = first, .second = event};
	*most = first;
	return 0;
}

static int
look_at_all(struct finder *f, const uint32_t *sequence)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < f->ir->n_events; i++) {
		const struct ir_event *ev = &f->ir->events[sequence[i]];

		for (uint32_t c = 0; r == 0 && c < f->conns; c++)
			if (c != ev->conn)
				r = look(f, sequence[i], c);
		f->last[ev->conn] = sequence[i];
		if (schedule_can_move(ev))
			f->moved[ev->conn] = sequence[i];
	}
	return r;
}

int
orders_find(const struct ir *ir, const uint32_t *sequence, struct order **out, size_t *n)
{
	struct finder f = {.ir = ir, .conns = ir->meta.n_conns};
	int r = 0;

	*out = NULL;
	*n = 0;
	if (f.conns > MAX_CONNS)
		return ERR_LIMIT;
	f.last = malloc((f.conns + 1) * sizeof(*f.last));
	f.moved = malloc((f.conns + 1) * sizeof(*f.moved));
	f.most = malloc((f.conns * f.conns + 1) * sizeof(*f.most));
	if (f.last == NULL || f.moved == NULL || f.most == NULL) {
		r = ERR_NOMEM;
	} else {
		memset(f.last, 0xff, (f.conns + 1) * sizeof(*f.last));
		memset(f.moved, 0xff, (f.conns + 1) * sizeof(*f.moved));
		memset(f.most, 0xff, (f.conns * f.conns + 1) * sizeof(*f.most));
		r = look_at_all(&f, sequence);
	}
	free(f.last);
	free(f.moved);
	free(f.most);
	if (r != 0) {
		free(f.list);
		return r;
	}
	*out = f.list;
	*n = f.n;
	return 0;
}

struct sorter {
	const struct ir *ir;
	const struct conflicts *conflicts;
	const struct order *list;
	size_t n;
	uint32_t *next;  /* owned; of each event: the next one of its connection */
	uint32_t *head;  /* owned; of each connection */
	uint32_t *place; /* owned; of each event, NONE: it has none yet */
};

static bool
is_free(const struct sorter *s, uint32_t event)
{
	const struct ir_event *ev = &s->ir->events[event];
	uint32_t needs[CONFLICTS_NEEDS_MAX];
	size_t n = ev->kind == IR_SEND
			   ? conflicts_needs(s->conflicts, event, needs, CONFLICTS_NEEDS_MAX)
			   : 0;

	for (size_t i = 0; i < n && i < CONFLICTS_NEEDS_MAX; i++)
		if (s->place[needs[i]] == NONE)
			return false;
	for (uint32_t i = 0; i < ev->n_after; i++)
		if (s->place[ev->after[i]] == NONE)
			return false;
	for (size_t i = 0; i < s->n; i++)
		if (s->list[i].second == event && s->place[s->list[i].first] == NONE)
			return false;
	return true;
}

static int
sort(struct sorter *s)
{
	size_t conns = s->ir->meta.n_conns;

	memset(s->head, 0xff, (conns + 1) * sizeof(*s->head));
	memset(s->place, 0xff, (s->ir->n_events + 1) * sizeof(*s->place));
	for (size_t i = s->ir->n_events; i > 0; i--) {
		s->next[i - 1] = s->head[s->ir->events[i - 1].conn];
		s->head[s->ir->events[i - 1].conn] = (uint32_t)(i - 1);
	}
	for (uint32_t i = 0; i < s->ir->n_events; i++) {
		uint32_t best = NONE;

		for (uint32_t c = 0; c < conns; c++)
			if (s->head[c] < best && is_free(s, s->head[c]))
				best = s->head[c];
		if (best == NONE)
			return ERR_USAGE;
		s->place[best] = i;
		s->head[s->ir->events[best].conn] = s->next[best];
	}
	return 0;
}

static int
move_event(struct ir *out, const struct ir *ir, const uint32_t *place, uint32_t event)
{
	struct ir_event *ev = &out->events[place[event]];
	const struct ir_event *there = &ir->events[place[event]];
	uint32_t *after;

	*ev = ir->events[event];
	ev->timing = NULL;
	ev->n_pauses = 0;
	ev->line = 0;
	ev->t_first = there->t_first;
	ev->t_last = there->t_last;
	if (ev->n_after == 0)
		return 0;
	after = arena_alloc(&out->arena, ev->n_after * sizeof(*after));
	if (after == NULL)
		return ERR_NOMEM;
	for (uint32_t i = 0; i < ev->n_after; i++)
		after[i] = place[ev->after[i]];
	ev->after = after;
	return 0;
}

int
orders_apply(const struct ir *ir, const struct conflicts *c, const struct order *list, size_t n,
	     struct ir *out, struct err *e)
{
	struct sorter s = {.ir = ir, .conflicts = c, .list = list, .n = n};
	int r = 0;

	*out = *ir;
	out->arena = (struct arena){0};
	out->events = arena_alloc(&out->arena, (ir->n_events + 1) * sizeof(*out->events));
	s.next = malloc((ir->n_events + 1) * sizeof(*s.next));
	s.place = malloc((ir->n_events + 1) * sizeof(*s.place));
	s.head = malloc((ir->meta.n_conns + 1) * sizeof(*s.head));
	if (out->events == NULL || s.next == NULL || s.place == NULL || s.head == NULL)
		r = ERR_NOMEM;
	if (r == 0)
		r = sort(&s);
	for (uint32_t i = 0; r == 0 && i < ir->n_events; i++)
		r = move_event(out, ir, s.place, i);
	free(s.next);
	free(s.place);
	free(s.head);
	if (r != 0)
		schedule_free(out);
	return r != ERR_USAGE ? r : err_set(e, r, "an event would wait for itself");
}

/* "the answer to third", "third". */
static void
put_name(const struct ir *ir, uint32_t event, struct buf *out)
{
	const char *label = ir->events[event].label, *end;

	if (label == NULL) {
		buf_printf(out, "#%" PRIu32, event);
		return;
	}
	end = ir->events[event].kind == IR_RECV ? strstr(label, ".answer") : NULL;
	if (end == NULL)
		buf_printf(out, "%s", label);
	else
		buf_printf(out, "the answer to %.*s", (int)(end - label), label);
}

void
orders_put(const struct ir *ir, const struct order *o, struct buf *out)
{
	bool waits = schedule_can_move(&ir->events[o->second]);

	put_name(ir, waits ? o->second : o->first, out);
	buf_printf(out, waits ? " behind " : " before ");
	put_name(ir, waits ? o->first : o->second, out);
}
