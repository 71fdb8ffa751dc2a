/* MessageIds that move: steps in the order of the ids from which on they hold. */
#include "config.h"

#include "ir/mids.h"

#include <stdlib.h>

void
mids_free(struct mids *m)
{
	free(m->steps);
	*m = (struct mids){.n = 0};
}

uint64_t
mids_live(const struct mids *m, uint64_t recorded)
{
	uint64_t live = recorded;

	if (recorded == MIDS_NOTIFICATION)
		return live;
	for (size_t i = 0; i < m->n && m->steps[i].from <= recorded; i++)
		live += (uint64_t)m->steps[i].delta;
	return live;
}

uint64_t
mids_recorded(const struct mids *m, uint64_t live)
{
	uint64_t recorded = live;

	if (live == MIDS_NOTIFICATION)
		return live;
	for (size_t i = 0; i < m->n; i++)
		if (m->steps[i].inserts && m->steps[i].inserted == live)
			return m->steps[i].of;
	for (size_t i = 0; i < m->n; i++) {
		uint64_t moved = recorded - (uint64_t)m->steps[i].delta;

		if (moved < m->steps[i].from)
			break;
		recorded = moved;
	}
	return recorded;
}

void
mids_sent(struct mids *m, uint64_t recorded, uint64_t charge)
{
	if (recorded + charge > m->next)
		m->next = recorded + charge;
}

static int
add_step(struct mids *m, const struct mid_step *step)
{
	struct mid_step *more = realloc(m->steps, (m->n + 1) * sizeof(*more));

	if (more == NULL)
		return ERR_NOMEM;
	m->steps = more;
	m->steps[m->n++] = *step;
	m->changes++;
	return 0;
}

/* The recorded id from which on none was sent. Behind a request that will not be sent, no id is in
 * use yet. */
static uint64_t
unused_from(const struct mids *m)
{
	return m->n > 0 && m->steps[m->n - 1].from > m->next ? m->steps[m->n - 1].from : m->next;
}

uint64_t
mids_next(const struct mids *m)
{
	return mids_live(m, unused_from(m));
}

int
mids_insert(struct mids *m, uint64_t of, uint64_t *live)
{
	struct mid_step step = {.from = unused_from(m), .delta = 1, .inserts = true, .of = of};

	*live = step.inserted = mids_next(m);
	return add_step(m, &step);
}

int
mids_restart(struct mids *m, uint64_t recorded, uint64_t live)
{
	const struct mid_step step = {.from = recorded, .delta = (int64_t)(live - recorded)};

	m->n = 0;
	m->lost_below = recorded;
	m->next = recorded;
	return add_step(m, &step);
}

int
mids_follow(struct mids *m, uint64_t recorded, uint64_t live)
{
	const struct mid_step step = {.from = recorded,
				      .delta = (int64_t)(live - mids_live(m, recorded))};

	if (step.delta == 0 || (m->n > 0 && m->steps[m->n - 1].from > recorded))
		return 0;
	return add_step(m, &step);
}

bool
mids_is_lost(const struct mids *m, uint64_t recorded)
{
	return recorded < m->lost_below;
}

int
mids_remove(struct mids *m, uint64_t recorded)
{
	const struct mid_step step = {.from = recorded + 1, .delta = -1};

	if (m->next > recorded || (m->n > 0 && m->steps[m->n - 1].from > step.from))
		return 0;
	return add_step(m, &step);
}
