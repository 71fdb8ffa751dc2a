/* What each connection is known to come behind. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "ir/conflicts_int.h"

/* Connections that one is known to follow; of more, the nearest in number are forgotten: then a
 * pair counts as unordered that is not. */
#define MAX_CLOCK 256

static size_t
find(const struct clock *c, uint32_t conn)
{
	size_t lo = 0, hi = c->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (c->list[mid].conn < conn)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static int
raise_to(struct clock *c, struct clock_at at)
{
	size_t i = find(c, at.conn);

	if (i < c->n && c->list[i].conn == at.conn) {
		if (c->list[i].event < at.event)
			c->list[i].event = at.event;
		return 0;
	}
	if (c->n == MAX_CLOCK) {
		c->list[i < c->n ? i : c->n - 1] = at;
		return 0;
	}
	if (list_room(&c->list, c->n, &c->cap, sizeof(*c->list)) != 0)
		return ERR_NOMEM;
	memmove(&c->list[i + 1], &c->list[i], (c->n - i) * sizeof(*c->list));
	c->list[i] = at;
	c->n++;
	return 0;
}

int
clock_join(struct clock *clocks, uint32_t conn, const struct ir *ir, uint32_t event)
{
	const struct clock *from = &clocks[ir->events[event].conn];
	int r = 0;

	if (ir->events[event].conn == conn)
		return 0;
	for (size_t i = 0; r == 0 && i < from->n; i++)
		if (from->list[i].conn != conn)
			r = raise_to(&clocks[conn], from->list[i]);
	if (r == 0)
		r = raise_to(&clocks[conn], (struct clock_at){ir->events[event].conn, event});
	return r;
}

bool
clock_behind(const struct clock *c, const struct ir *ir, uint32_t event)
{
	size_t i = find(c, ir->events[event].conn);

	return i < c->n && c->list[i].conn == ir->events[event].conn && c->list[i].event >= event;
}
