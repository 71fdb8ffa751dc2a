/* What is kept: a selection, closed over the links between events. */
#include "config.h"

#include "ir/cut_keep.h"

#include <stdlib.h>

/* What is asked for or not; the rest goes with its connection. */
static bool
is_message(const struct ir_event *ev)
{
	return ev->kind == IR_SEND || ev->kind == IR_RECV || ev->kind == IR_GAP ||
	       ev->kind == IR_JUNK;
}

static bool
in_ranges(const struct cut_ranges *r, uint64_t x)
{
	for (size_t i = 0; i < r->n; i++)
		if (x >= r->at[i].first && x <= r->at[i].last)
			return true;
	return false;
}

/* A message uses, defines or is sealed by one of these sessions; answers come with their request.
 */
static bool
is_of_session(const struct cut_ranges *sessions, const struct ir_event *ev)
{
	if (ev->sealed_by != 0 && in_ranges(sessions, ev->sealed_by))
		return true;
	for (uint32_t i = 0; i < ev->n_patches; i++)
		if (ev->patches[i].what == IR_SESSION && in_ranges(sessions, ev->patches[i].number))
			return true;
	return false;
}

static bool
is_asked_for(const struct cut_options *opt, const struct ir_event *ev, uint64_t n)
{
	return ev->t_first >= opt->from && ev->t_first <= opt->to &&
	       (opt->numbers.n == 0 || in_ranges(&opt->numbers, n)) &&
	       (opt->conns.n == 0 || in_ranges(&opt->conns, ev->conn)) &&
	       (opt->sessions.n == 0 || is_of_session(&opt->sessions, ev)) &&
	       !in_ranges(&opt->without, n);
}

static void
keep(struct cut_keep *k, uint32_t n, enum cut_mark mark)
{
	if (cut_is_kept(k, n))
		return;
	k->marks[n] = (uint8_t)mark;
	k->conns[k->ir->events[n].conn] = true;
	k->stack[k->n_stack++] = n;
}

static void
follow_links(struct cut_keep *k)
{
	while (k->n_stack > 0) {
		uint32_t n = k->stack[--k->n_stack];

		for (uint32_t i = k->links.first[n]; i < k->links.first[n + 1]; i++)
			keep(k, k->links.to[i], CUT_NEEDED);
	}
}

static bool
is_kept(const struct cut_keep *k, uint32_t event_plus_1)
{
	return event_plus_1 != 0 && cut_is_kept(k, event_plus_1 - 1);
}

/* A break comes where its holder and its cause are; what it needs may bring along others, before
 * it, so that passes in both directions find all but the oddest. */
static bool
keep_breaks(struct cut_keep *k)
{
	bool more = false;

	for (size_t i = 0; i < k->links.n_breaks; i++) {
		const struct cut_break *b = &k->links.breaks[i];

		if (cut_is_kept(k, b->event) || !is_kept(k, b->holder) || !is_kept(k, b->cause))
			continue;
		keep(k, b->event, CUT_NEEDED);
		follow_links(k);
		more = true;
	}
	return more;
}

#define MAX_PASSES 64 /* over the breaks: chains of them that go back in time are short */

static void
close_over(struct cut_keep *k)
{
	follow_links(k);
	for (int i = 0; i < MAX_PASSES && keep_breaks(k); i++)
		;
}

int
cut_keep_new(const struct ir *ir, const struct cut_options *opt, struct cut_keep *out)
{
	int r;

	*out = (struct cut_keep){.ir = ir};
	out->marks = calloc(ir->n_events + 1, sizeof(*out->marks));
	out->conns = calloc(ir->meta.n_conns + 1, sizeof(*out->conns));
	out->stack = calloc(ir->n_events + 1, sizeof(*out->stack));
	if (out->marks == NULL || out->conns == NULL || out->stack == NULL)
		return ERR_NOMEM;
	r = cut_links_new(ir, opt->history, &out->links);
	if (r != 0)
		return r;
	for (uint32_t n = 0; n < ir->n_events; n++)
		if (is_message(&ir->events[n]) && is_asked_for(opt, &ir->events[n], n))
			keep(out, n, CUT_ASKED);
	close_over(out);
	return 0;
}

void
cut_keep_free(struct cut_keep *k)
{
	cut_links_free(&k->links);
	free(k->marks);
	free(k->conns);
	free(k->stack);
	*k = (struct cut_keep){.ir = NULL};
}

void
cut_keep_before(struct cut_keep *k, uint32_t conn, uint32_t before)
{
	for (uint32_t n = 0; n < before; n++)
		if (k->ir->events[n].conn == conn && is_message(&k->ir->events[n]))
			keep(k, n, CUT_NEEDED);
	close_over(k);
}

/* What is known of a connection's end on the way through the events. */
struct end {
	uint32_t last; /* what its client sent last, plus 1 */
	bool closing;  /* the client ended it, or some end was kept */
};

/*
 * Where the server ended a connection on its own it did so for what the client had sent last:
 * without that, there is nothing to expect.
 */
static bool
keeps_end(const struct cut_keep *k, const struct ir_event *ev, struct end *end)
{
	if (ev->kind == IR_CONNECT)
		return true;
	if (!ev->server || end->last == 0 || is_kept(k, end->last))
		end->closing = true;
	return end->closing;
}

int
cut_keep_ends(struct cut_keep *k)
{
	struct end *ends = calloc(k->ir->meta.n_conns + 1, sizeof(*ends));

	if (ends == NULL)
		return ERR_NOMEM;
	for (uint32_t n = 0; n < k->ir->n_events; n++) {
		const struct ir_event *ev = &k->ir->events[n];

		if (ev->kind == IR_SEND)
			ends[ev->conn].last = n + 1;
		if (!is_message(ev) && k->conns[ev->conn] && keeps_end(k, ev, &ends[ev->conn]))
			k->marks[n] = CUT_NEEDED;
	}
	free(ends);
	return 0;
}
