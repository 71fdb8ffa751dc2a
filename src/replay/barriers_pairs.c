/* Members that go out at nearly one time, each on a connection of its own: in one call. */
#include "config.h"

#include "replay/barriers_int.h"

#include <stdlib.h>

#define CLOSE 100000u /* ns: what is due so soon behind a message is not to wait for its write */

static uint32_t
conn_of(const struct engine *e, uint32_t i)
{
	return e->ir->events[e->barriers->t.members[i].event].conn;
}

static bool
is_message(const struct engine *e, uint32_t i)
{
	return e->ir->events[e->barriers->t.members[i].event].kind == IR_SEND;
}

bool
barriers_is_pair(const struct engine *e, uint32_t group)
{
	const struct barriers *b = e->barriers;
	const struct timing_group *g = &b->t.groups[group];
	uint32_t first = TIMINGS_NONE;
	uint64_t when;

	if (barriers_first_due(e, group, &when) == TIMINGS_NONE)
		return false;
	for (uint32_t k = 0; k < g->n; k++) {
		uint32_t i = b->t.order[g->first + k];

		if (b->members[i].state != READY || !is_message(e, i) ||
		    barriers_due(b, i) == ENGINE_NEVER || barriers_due(b, i) - when > CLOSE)
			continue;
		if (first != TIMINGS_NONE && conn_of(e, i) != conn_of(e, first))
			return true;
		first = i;
	}
	return false;
}

/* Can a member go out beside those that are found already? */
static bool
may_join(struct engine *e, uint32_t i, uint32_t found)
{
	struct barriers *b = e->barriers;
	struct member *m = &b->members[i];

	if (!is_message(e, i) || e->conns[conn_of(e, i)].state != ECONN_UP)
		return false;
	if (!m->made)
		barriers_make(e, i);
	if (m->message.wire.n == 0 || m->times != 1)
		return false;
	for (uint32_t k = 0; k < found; k++)
		if (conn_of(e, b->close[k]) == conn_of(e, i))
			return false;
	return true;
}

/* Find them, up to the first that is not one. They are DONE then. */
static uint32_t
find_close(struct engine *e, uint32_t group, uint64_t when)
{
	struct barriers *b = e->barriers;
	uint32_t n = 0, i;
	uint64_t at;

	while ((i = barriers_first_due(e, group, &at)) != TIMINGS_NONE && at - when <= CLOSE &&
	       may_join(e, i, n)) {
		b->close[n] = i;
		b->puts[n++] = (struct engine_put){
			.conn = conn_of(e, i), .bytes = b->members[i].message.wire, .at = at};
		b->members[i].state = DONE;
	}
	return n;
}

/* One of them was sent, not before the one in front of it, as runs have it. */
static void
was_put(struct engine *e, uint32_t i, const struct engine_put *put)
{
	struct barriers *b = e->barriers;
	struct member *m = &b->members[i];
	struct engine_wrote wrote = put->wrote;

	if (wrote.at < e->now)
		wrote.at = e->now;
	m->sent_at = put->began;
	m->failed = put->r != 0;
	m->told_at = e->now = wrote.at;
	group_of(b, i)->left--;
	e->conns[put->conn].wrote = true;
	if (!m->failed)
		pace_wrote(e, &e->conns[put->conn], put->bytes.n, &put->wrote);
	barriers_written(e, i);
}

bool
barriers_put_pair(struct engine *e, uint32_t group, uint64_t when)
{
	struct barriers *b = e->barriers;
	uint32_t n = 0;

	if (e->io.send_all != NULL && barriers_is_pair(e, group))
		n = find_close(e, group, when);
	if (n < 2) {
		for (uint32_t k = 0; k < n; k++)
			b->members[b->close[k]].state = READY;
		return false;
	}
	e->io.send_all(e->io.ctx, b->puts, n);
	for (uint32_t k = 0; k < n; k++)
		was_put(e, b->close[k], &b->puts[k]);
	return true;
}

bool
engine_is_paired(const struct engine *e)
{
	const struct barriers *b = e->barriers;
	uint64_t when;

	if (!e->is_sharp)
		return false;
	for (uint32_t a = b->active; a != 0; a = b->groups[a - 1].next_active) {
		(void)barriers_first_due(e, a - 1, &when);
		if (when == e->wake && barriers_is_pair(e, a - 1))
			return true;
	}
	return false;
}

/* By group, and by time in it. */
static int
by_time(const void *a, const void *b)
{
	const struct timing_member *x = a, *y = b;

	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	if (x->answer != y->answer)
		return x->answer < y->answer ? -1 : 1;
	return (x->at > y->at) - (x->at < y->at);
}

static bool
are_close(const struct engine *e, const struct timing_member *x, const struct timing_member *y)
{
	return x->group == y->group && x->answer == y->answer && y->at - x->at <= CLOSE &&
	       e->ir->events[x->event].conn != e->ir->events[y->event].conn;
}

int
barriers_find_pairs(struct engine *e)
{
	struct barriers *b = e->barriers;
	struct timing_member *list = calloc(b->t.n, sizeof(*list));
	size_t n = 0;

	b->close = calloc(b->t.n, sizeof(*b->close));
	b->puts = calloc(b->t.n, sizeof(*b->puts));
	if (list == NULL || b->close == NULL || b->puts == NULL) {
		free(list);
		return ERR_NOMEM;
	}
	for (uint32_t i = 0; i < b->t.n; i++)
		if (is_message(e, i))
			list[n++] = b->t.members[i];
	qsort(list, n, sizeof(*list), by_time);
	for (size_t i = 1; i < n && !b->has_pairs; i++)
		b->has_pairs = are_close(e, &list[i - 1], &list[i]);
	free(list);
	return 0;
}

bool
engine_has_pairs(const struct engine *e)
{
	return e->barriers != NULL && e->barriers->has_pairs;
}
