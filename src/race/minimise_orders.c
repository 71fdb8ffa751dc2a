/* From a random order to the few orders of two events that it takes. */
#include "config.h"

#include "race/minimise_int.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "proto/smb2_pdu.h"
#include "race/ddmin.h"
#include "race/pct.h"

#define MOST_ASKED 500 /* sets of orders that are tried */

struct asking {
	struct mini *m;
	const struct ir *ir;
	struct conflicts *conflicts; /* owned */
	struct order *list;          /* owned */
	struct order *some;          /* owned: room for those that are kept */
	size_t n;
	bool *kept; /* owned */
	struct race_rate rate;
};

static size_t
choose(const struct asking *a, const bool *kept)
{
	size_t n = 0;

	for (size_t i = 0; i < a->n; i++)
		if (kept[i])
			a->some[n++] = a->list[i];
	return n;
}

static int
ask(void *ctx, const bool *kept, size_t n, bool *does)
{
	struct asking *a = ctx;
	struct ir played;
	int r;

	(void)n;
	*does = false;
	r = orders_apply(a->ir, a->conflicts, a->some, choose(a, kept), &played, a->m->e);
	if (r == ERR_USAGE) {
		*a->m->e = (struct err){0};
		return 0;
	}
	if (r == 0)
		r = mini_measure(a->m, &played, 30, true, &a->rate);
	*does = r == 0 && mini_is_enough(a->m, &a->rate);
	schedule_free(&played);
	return r;
}

/* The orders in which the random one departs from the recording. */
static int
gather(struct asking *a, const struct schedule *s)
{
	uint32_t *sequence = calloc(a->ir->n_events + 1, sizeof(*sequence));
	int r = sequence != NULL ? pct_sequence(a->ir, a->conflicts, s->seed, s->depth, sequence)
				 : ERR_NOMEM;

	if (r == 0)
		r = orders_find(a->ir, sequence, &a->list, &a->n);
	free(sequence);
	if (r != 0)
		return r;
	a->some = calloc(a->n + 1, sizeof(*a->some));
	a->kept = malloc(a->n + 1);
	if (a->some == NULL || a->kept == NULL)
		return ERR_NOMEM;
	memset(a->kept, true, a->n);
	return 0;
}

/* The request that a receipt answers; itself: there is none. */
static uint32_t
request_of(const struct ir *ir, uint32_t recv)
{
	struct buf scratch = {0};
	struct slice bytes = ir_bytes(ir, &ir->events[recv], &scratch), other;
	uint64_t id = SMB2_NO_MESSAGE_ID;
	uint32_t found = recv;

	if (smb2_msg_kind(bytes) == SMB2_MSG_PLAIN && bytes.n >= NBSS_HEADER + SMB2_HEADER)
		id = wire_le(bytes.p + NBSS_HEADER + SMB2_HDR_AT(message_id), 8);
	for (uint32_t i = recv; found == recv && id != SMB2_NO_MESSAGE_ID && i > 0; i--) {
		const struct ir_event *ev = &ir->events[i - 1];

		if (ev->kind != IR_SEND || ev->conn != ir->events[recv].conn)
			continue;
		other = ir_bytes(ir, ev, &scratch);
		if (other.n >= NBSS_HEADER + SMB2_HEADER &&
		    wire_le(other.p + NBSS_HEADER + SMB2_HDR_AT(message_id), 8) == id)
			found = i - 1;
	}
	buf_free(&scratch);
	return found;
}

/* An event of an order gets a label, and an answer its request's. */
static int
name(struct mini *m, uint32_t event, const char **label)
{
	uint32_t request =
		m->marked.events[event].kind == IR_RECV ? request_of(&m->marked, event) : event;
	char word[IR_MAX_LABEL];
	int r;

	mini_word(&m->marked, request, word, sizeof(word));
	r = mini_mark(m, request, word, label);
	if (r != 0 || request == event)
		return r;
	(void)snprintf(word, sizeof(word), "%.50s.answer", *label);
	return mini_mark(m, event, word, label);
}

static int
keep(struct mini *m, const struct asking *a)
{
	size_t n = choose(a, a->kept);
	int r = 0;

	m->orders = calloc(n + 1, sizeof(*m->orders));
	if (m->orders == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; r == 0 && i < n; i++) {
		r = name(m, a->some[i].first, &m->orders[i].first);
		if (r == 0)
			r = name(m, a->some[i].second, &m->orders[i].second);
		m->n_orders++;
	}
	return r;
}

static void
asking_free(struct asking *a)
{
	conflicts_free(a->conflicts);
	free(a->list);
	free(a->some);
	free(a->kept);
}

int
mini_orders_find(struct mini *m, const struct ir *ir, const struct schedule *s)
{
	struct asking a = {.m = m, .ir = ir};
	bool does = false;
	int r = conflicts_new(ir, &a.conflicts);

	if (r == 0)
		r = gather(&a, s);
	if (r == 0)
		r = ask(&a, a.kept, a.n, &does);
	if (r == 0 && !does)
		r = err_set(m->e, ERR_NOTFOUND,
			    "its order hits in %" PRIu64 " of %" PRIu64
			    " tries, where each message waits for all before it: not minimised",
			    a.rate.hits, a.rate.tries);
	if (r == 0)
		r = ddmin(a.kept, a.n, MOST_ASKED, ask, &a);
	if (r == 0)
		r = keep(m, &a);
	asking_free(&a);
	return r;
}

/* The named orders as those of a workload's events. */
static int
resolve(const struct mini *m, const struct ir *part, struct order *out)
{
	for (size_t i = 0; i < m->n_orders; i++) {
		out[i].first = mini_find(part, m->orders[i].first);
		out[i].second = mini_find(part, m->orders[i].second);
		if (out[i].first == UINT32_MAX || out[i].second == UINT32_MAX)
			return ERR_NOTFOUND;
	}
	return 0;
}

int
mini_orders_arm(const struct mini *m, const struct ir *part, struct ir *out)
{
	struct order *list = calloc(m->n_orders + 1, sizeof(*list));
	struct conflicts *c = NULL;
	int r = list != NULL ? resolve(m, part, list) : ERR_NOMEM;

	if (r == 0)
		r = conflicts_new(part, &c);
	if (r == 0)
		r = orders_apply(part, c, list, m->n_orders, out, m->e);
	conflicts_free(c);
	free(list);
	return r;
}

/* In what is left fewer may do. */
int
mini_orders_reduce(struct mini *m)
{
	struct asking a = {.m = m, .ir = &m->ir, .n = m->n_orders};
	size_t n = 0;
	int r = conflicts_new(&m->ir, &a.conflicts);

	a.list = calloc(a.n + 1, sizeof(*a.list));
	a.some = calloc(a.n + 1, sizeof(*a.some));
	a.kept = malloc(a.n + 1);
	if (a.list == NULL || a.some == NULL || a.kept == NULL)
		r = ERR_NOMEM;
	if (r == 0) {
		memset(a.kept, true, a.n);
		r = resolve(m, &m->ir, a.list);
	}
	if (r == 0)
		r = ddmin(a.kept, a.n, MOST_ASKED, ask, &a);
	for (size_t i = 0; r == 0 && i < a.n; i++)
		if (a.kept[i])
			m->orders[n++] = m->orders[i];
	m->n_orders = r == 0 ? n : m->n_orders;
	asking_free(&a);
	return r;
}

void
mini_orders_say(const struct mini *m)
{
	struct buf text = {0};

	for (size_t i = 0; i < m->n_orders; i++) {
		const struct order o = {mini_find(&m->ir, m->orders[i].first),
					mini_find(&m->ir, m->orders[i].second)};

		buf_printf(&text, "%s", i > 0 ? ", " : "");
		orders_put(&m->ir, &o, &text);
	}
	if (text.err == 0 && text.n > 0)
		(void)snprintf(m->result->needs, sizeof(m->result->needs), "%.*s", (int)text.n,
			       (const char *)text.p);
	buf_free(&text);
}
