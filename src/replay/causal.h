/*
 * ORDER_CAUSAL: a send goes out when what its client had received before on its session has come,
 * and what had come of the earlier requests of others that it conflicts with (ir/conflicts.h):
 * their answers, or where they were still at work only that they went out. Sends of one connection
 * keep their order. Nothing else is waited for.
 */
#ifndef SMB_REPLAY_CAUSAL_H
#define SMB_REPLAY_CAUSAL_H

#include <stdbool.h>

#include "base/err.h"
#include "ir/conflicts.h"
#include "ir/timings.h"

struct engine;
struct lane;

struct causal {
	struct conflicts *conflicts; /* NULL: another order */
	size_t *came;    /* of each group: its receipts before this have come or were given up */
	uint32_t *place; /* of each event: what has a higher one is not waited for. NULL: its number
			  */
};

/* `sequence`: the order of all events that barriers and gaps ask for (barriers_order), or NULL; the
 * members of a group wait for each other only as that says. Returns 0 or ERR_NOMEM. */
int causal_new(const struct ir *ir, const uint32_t *sequence, const struct timings *t,
	       struct causal *out) MUST_CHECK;
void causal_free(struct causal *c);

/* Does the lane's event at `i` wait for what its client had received? e->fatal may be set. */
bool causal_holds(struct engine *e, struct lane *l, size_t i, uint64_t now);

/* Has all happened that event `n` conflicts with? If not, `*first` is what it waits for. */
bool causal_met(const struct engine *e, uint64_t n, uint32_t *first);

#endif
