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

	for (size_t i = 0; i < m->n && m->steps[i].from <= recorded; i++)
		live += (uint64_t)(int64_t)m->steps[i].delta;
	return live;
}

uint64_t
mids_recorded(const struct mids *m, uint64_t live)
{
	uint64_t recorded = live;

	for (size_t i = 0; i < m->n; i++)
		if (m->steps[i].delta > 0 && m->steps[i].inserted == live)
			return m->steps[i].of;
	for (size_t i = 0; i < m->n; i++) {
		uint64_t moved = recorded - (uint64_t)(int64_t)m->steps[i].delta;

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
	return 0;
}

int
mids_insert(struct mids *m, uint64_t of, uint64_t *live)
{
	struct mid_step step = {.from = m->next, .delta = 1, .of = of};

	/* Behind a request that will not be sent, no id is in use yet. */
	if (m->n > 0 && m->steps[m->n - 1].from > step.from)
		step.from = m->steps[m->n - 1].from;
	*live = step.inserted = mids_live(m, step.from);
	return add_step(m, &step);
}

int
mids_remove(struct mids *m, uint64_t recorded)
{
	const struct mid_step step = {.from = recorded + 1, .delta = -1};

	if (m->next > recorded || (m->n > 0 && m->steps[m->n - 1].from > step.from))
		return 0;
	return add_step(m, &step);
}
