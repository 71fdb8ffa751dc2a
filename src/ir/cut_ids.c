/* New MessageIds: without the holes that were not there. And the window that the new ids need. */
#include "config.h"

#include "base/list.h"
#include "ir/cut_ids.h"

#include <stdlib.h>

#include "proto/ntstatus.h"

#define MAX_CREDITS 8192 /* in one answer: what servers grant at most */

/* An id range of a request, on the way to the holes. */
struct used {
	uint64_t first, end;
	uint32_t conn;
	bool kept;
};

struct uses {
	struct used *at;
	size_t n, cap;
};

static int
add_use(struct uses *u, const struct used *use)
{
	if (list_room(&u->at, u->n, &u->cap, sizeof(*u->at)) != 0)
		return ERR_NOMEM;
	u->at[u->n++] = *use;
	return 0;
}

/* All ids that the recorded requests took. */
static int
find_uses(const struct cut_keep *k, struct uses *u)
{
	struct credit_scan scan;
	bool covered;
	int r = credit_scan_new(k->ir, &scan);

	for (size_t n = 0; r == 0 && n < k->ir->n_events; n++) {
		const struct ir_event *ev = &k->ir->events[n];
		struct credit_heads i = {.ir = k->ir, .ev = ev, .scratch = &scan.whole};
		struct credit_head h;

		while (r == 0 && ev->kind == IR_SEND && credit_heads_next(&i, &h)) {
			uint32_t charge = credits_charge(&scan.conns[ev->conn], &h);
			struct used use = {h.message_id, h.message_id + charge, ev->conn,
					   cut_is_kept(k, n)};

			/* What wraps is nonsense, and stays where it is. */
			if (charge > 0 && use.end > use.first)
				r = add_use(u, &use);
		}
		if (r == 0)
			r = credit_scan_event(&scan, ev, &covered, NULL, NULL);
	}
	credit_scan_free(&scan);
	return r;
}

static int
by_conn_and_id(const void *a, const void *b)
{
	const struct used *x = a, *y = b;

	if (x->conn != y->conn)
		return x->conn < y->conn ? -1 : 1;
	if (x->first != y->first)
		return x->first < y->first ? -1 : 1;
	if (x->end != y->end)
		return x->end < y->end ? -1 : 1;
	return (int)x->kept - (int)y->kept;
}

/* The uses of one connection, by id, as holes: what no kept request uses. */
static size_t
make_holes(const struct used *u, size_t n, struct cut_hole *out)
{
	uint64_t done = 0, before = 0;
	size_t n_out = 0;

	for (size_t i = 0; i < n; i++) {
		uint64_t first = u[i].first > done ? u[i].first : done, end = u[i].end;

		if (u[i].kept) {
			/* A hole that reaches into it ends here. */
			struct cut_hole *last = n_out > 0 ? &out[n_out - 1] : NULL;

			if (last != NULL && last->end > u[i].first) {
				uint64_t from = last->first < u[i].first ? u[i].first : last->first;

				before -= last->end - from;
				last->end = from;
				n_out -= last->first == last->end;
			}
		} else if (end > first) {
			out[n_out++] = (struct cut_hole){first, end, before};
			before += end - first;
		}
		if (end > done)
			done = end;
	}
	return n_out;
}

static int
find_holes(struct cut_ids *c)
{
	struct uses u = {0};
	size_t i = 0;
	int r = find_uses(c->keep, &u);

	if (r == 0 && u.n > 0)
		qsort(u.at, u.n, sizeof(*u.at), by_conn_and_id);
	while (r == 0 && i < u.n) {
		uint32_t conn = u.at[i].conn;
		size_t first = i;

		while (i < u.n && u.at[i].conn == conn)
			i++;
		free(c->holes[conn]);
		c->holes[conn] = calloc(i - first, sizeof(**c->holes));
		if (c->holes[conn] == NULL)
			r = ERR_NOMEM;
		else
			c->n_holes[conn] = make_holes(u.at + first, i - first, c->holes[conn]);
	}
	free(u.at);
	return r;
}

/* The id without the holes below it. Notifications have none. */
static uint64_t
new_id(const struct cut_ids *c, uint32_t conn, uint64_t id)
{
	const struct cut_hole *h = c->holes[conn];
	size_t lo = 0, hi = c->n_holes[conn];

	if (id == SMB2_NO_MESSAGE_ID)
		return id;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (h[mid].first <= id)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == 0)
		return id;
	h += lo - 1;
	return id - h->before - (id < h->end ? id - h->first : h->end - h->first);
}

static int
add_edit(struct cut_ids *c, const struct cut_edit *edit)
{
	if (list_room(&c->edits, c->n_edits, &c->cap_edits, sizeof(*c->edits)) != 0)
		return ERR_NOMEM;
	c->edits[c->n_edits++] = *edit;
	return 0;
}

/* --- credits --- */

/* Where a connection can ask for more: its last good answer. */
struct giver {
	uint32_t answer, pdu; /* event, plus 1 (0: there is none), and PDU in it */
	uint64_t message_id;  /* recorded */
	uint16_t grants;
	uint64_t raised; /* by so much more than recorded */
	bool sought, found;
	struct cut_edit request; /* which asked, with what it asks for now */
};

struct walk {
	struct cut_ids *c;
	struct cut_result *result;
	struct credit_scan recorded;
	struct credits *now;  /* of each connection: with what is kept, and new ids */
	struct giver *givers; /* of each connection */
	bool *is_short;       /* of each connection: credits that it needs cannot be had */
	bool any_short;
	struct buf scratch, other;
};

/* Does a request of that id stand in the event? */
static bool
find_in(struct walk *w, struct giver *g, uint32_t event)
{
	const struct ir *ir = w->c->keep->ir;
	struct credit_heads i = {.ir = ir, .ev = &ir->events[event], .scratch = &w->scratch};
	struct credit_head h;

	g->request = (struct cut_edit){.event = event, .credits = true};
	for (; i.ev->kind == IR_SEND && credit_heads_next(&i, &h); g->request.pdu++) {
		g->request.value = h.credits;
		if (h.message_id == g->message_id && h.command != SMB2_CMD_CANCEL)
			return true;
	}
	return false;
}

#define MAX_SOUGHT 64 /* links of an answer that are followed to its request */

/* The request to an answer is among the links of that. */
static bool
find_request(struct walk *w, struct giver *g)
{
	const struct cut_links *links = &w->c->keep->links;
	uint32_t l;

	if (g->answer == 0)
		return false;
	l = links->first[g->answer - 1];
	for (int i = 0; !g->sought && i < MAX_SOUGHT && l < links->first[g->answer]; i++, l++) {
		g->found = find_in(w, g, links->to[l]);
		g->sought = g->found;
	}
	g->sought = true;
	return g->found;
}

/* The edits of an answer that grants more, and of its request, which asks for more. */
static int
end_giver(struct walk *w, struct giver *g)
{
	const struct cut_edit answer = {.event = g->answer - 1,
					.pdu = g->pdu,
					.credits = true,
					.value = g->grants + g->raised};
	int r = 0;

	if (g->raised > 0) {
		w->result->raised++;
		w->result->raised_by += g->raised;
		r = add_edit(w->c, &g->request);
		if (r == 0)
			r = add_edit(w->c, &answer);
	}
	*g = (struct giver){.answer = 0};
	return r;
}

/* A request needs ids that what is kept does not grant: the last answer gives them. */
static void
raise_credits(struct walk *w, uint32_t conn, uint64_t more)
{
	struct giver *g = &w->givers[conn];

	if (more > MAX_CREDITS || g->grants + g->raised + more > MAX_CREDITS ||
	    !find_request(w, g) || g->request.value + more > UINT16_MAX) {
		w->is_short[conn] = w->any_short = true;
		return;
	}
	g->raised += more;
	g->request.value += more;
	w->now[conn].top += more;
}

static int
edit_id(struct walk *w, uint32_t n, uint32_t pdu, uint64_t id, uint64_t now)
{
	return id == now ? 0
			 : add_edit(w->c, &(struct cut_edit){.event = n, .pdu = pdu, .value = now});
}

static int
walk_send(struct walk *w, uint32_t n, bool was_covered)
{
	const struct ir_event *ev = &w->c->keep->ir->events[n];
	struct credit_heads i = {.ir = w->c->keep->ir, .ev = ev, .scratch = &w->other};
	struct credits *now = &w->now[ev->conn];
	struct credit_head h;
	bool covered = true;
	int r = 0;

	for (uint32_t pdu = 0; r == 0 && credit_heads_next(&i, &h); pdu++) {
		uint64_t id = new_id(w->c, ev->conn, h.message_id);
		uint32_t charge = credits_charge(now, &h);

		if (was_covered && credits_short_of(now, id, charge))
			raise_credits(w, ev->conn, id + charge - now->top);
		covered = covered && credits_cover(now, id, charge);
		r = edit_id(w, n, pdu, h.message_id, id);
		if (r == 0)
			r = credits_sent(now, id, charge);
	}
	w->result->inside += !was_covered && covered;
	return r != 0 || i.next != 0 ? r : credits_sent(now, 0, 1);
}

static int
walk_recv(struct walk *w, uint32_t n)
{
	const struct ir_event *ev = &w->c->keep->ir->events[n];
	struct credit_heads i = {.ir = w->c->keep->ir, .ev = ev, .scratch = &w->other};
	struct credits *now = &w->now[ev->conn];
	struct credit_head h;
	int r = 0;

	now->multi = w->recorded.conns[ev->conn].multi;
	now->known = now->known && w->recorded.conns[ev->conn].known;
	for (uint32_t pdu = 0; r == 0 && credit_heads_next(&i, &h); pdu++) {
		credits_answered(now, &h);
		r = edit_id(w, n, pdu, h.message_id, new_id(w->c, ev->conn, h.message_id));
		if (r != 0 || h.status != STATUS_SUCCESS || h.command == SMB2_CMD_NEGOTIATE ||
		    (h.flags & SMB2_FLAGS_ASYNC_COMMAND) != 0 || h.message_id == SMB2_NO_MESSAGE_ID)
			continue;
		r = end_giver(w, &w->givers[ev->conn]);
		w->givers[ev->conn] = (struct giver){.answer = n + 1,
						     .pdu = pdu,
						     .message_id = h.message_id,
						     .grants = h.credits};
	}
	return r;
}

static int
walk_event(struct walk *w, uint32_t n)
{
	const struct ir_event *ev = &w->c->keep->ir->events[n];
	bool covered;
	int r = credit_scan_event(&w->recorded, ev, &covered, NULL, NULL);

	if (ev->kind == IR_CONNECT)
		credits_begin(&w->now[ev->conn]);
	if (r != 0 || !cut_is_kept(w->c->keep, n))
		return r;
	if (ev->kind == IR_SEND)
		return walk_send(w, n, covered);
	else if (ev->kind == IR_RECV)
		return walk_recv(w, n);
	return 0;
}

static int
by_place(const void *a, const void *b)
{
	const struct cut_edit *x = a, *y = b;

	if (x->event != y->event)
		return x->event < y->event ? -1 : 1;
	if (x->pdu != y->pdu)
		return x->pdu < y->pdu ? -1 : 1;
	return (int)x->credits - (int)y->credits;
}

/* By place. Of two to the same field, as two answers to one request make, the last counts. */
static void
sort_edits(struct cut_ids *c)
{
	size_t kept = 0;

	if (c->n_edits > 0)
		qsort(c->edits, c->n_edits, sizeof(*c->edits), by_place);
	for (size_t i = 0; i < c->n_edits; i++) {
		if (i + 1 < c->n_edits && by_place(&c->edits[i], &c->edits[i + 1]) == 0)
			continue;
		c->edits[kept++] = c->edits[i];
	}
	c->n_edits = kept;
}

static int
walk_all(struct walk *w)
{
	size_t n_conns = w->c->keep->ir->meta.n_conns;
	int r = credit_scan_new(w->c->keep->ir, &w->recorded);

	w->now = calloc(n_conns + 1, sizeof(*w->now));
	w->givers = calloc(n_conns + 1, sizeof(*w->givers));
	w->is_short = calloc(n_conns + 1, sizeof(*w->is_short));
	if (w->now == NULL || w->givers == NULL || w->is_short == NULL)
		return ERR_NOMEM;
	for (uint32_t n = 0; r == 0 && n < w->c->keep->ir->n_events; n++)
		r = walk_event(w, n);
	for (size_t i = 0; r == 0 && i < n_conns; i++)
		r = end_giver(w, &w->givers[i]);
	if (r == 0)
		sort_edits(w->c);
	return r;
}

static void
walk_free(struct walk *w)
{
	for (size_t i = 0; w->now != NULL && i < w->c->keep->ir->meta.n_conns; i++)
		credits_free(&w->now[i]);
	free(w->now);
	free(w->givers);
	free(w->is_short);
	credit_scan_free(&w->recorded);
	buf_free(&w->scratch);
	buf_free(&w->other);
}

/* Connections whose credits come from what was left out are kept whole, up to what was kept last.
 */
static void
widen(const struct walk *w)
{
	struct cut_keep *k = w->c->keep;

	for (uint32_t c = 0; c < k->ir->meta.n_conns; c++) {
		uint32_t end = (uint32_t)k->ir->n_events;

		if (!w->is_short[c])
			continue;
		while (end > 0 && (k->ir->events[end - 1].conn != c || !cut_is_kept(k, end - 1)))
			end--;
		cut_keep_before(k, c, end);
		w->result->widened++;
	}
}

/* One try. `*again`: more is kept now, so that ids and credits are others. */
static int
try_ids(struct cut_ids *c, struct cut_result *result, bool *again)
{
	const struct cut_result before = *result;
	struct walk w = {.c = c, .result = result};
	int r = find_holes(c);

	c->n_edits = 0;
	if (r == 0)
		r = walk_all(&w);
	*again = r == 0 && w.any_short;
	if (*again) {
		*result = before;
		widen(&w);
	}
	walk_free(&w);
	return r;
}

#define MAX_TRIES 16 /* each widens the connections that lack credits; a second is rare */

int
cut_ids_new(struct cut_keep *keep, struct cut_result *result, struct cut_ids *out)
{
	size_t n = keep->ir->meta.n_conns;
	bool again = true;
	int r = 0;

	*out = (struct cut_ids){.keep = keep};
	out->holes = calloc(n + 1, sizeof(struct cut_hole *));
	out->n_holes = calloc(n + 1, sizeof(*out->n_holes));
	if (out->holes == NULL || out->n_holes == NULL)
		return ERR_NOMEM;
	for (int i = 0; r == 0 && again && i < MAX_TRIES; i++)
		r = try_ids(out, result, &again);
	return r;
}

void
cut_ids_free(struct cut_ids *c)
{
	for (size_t i = 0; c->holes != NULL && i < c->keep->ir->meta.n_conns; i++)
		free(c->holes[i]);
	free(c->holes);
	free(c->n_holes);
	free(c->edits);
}
