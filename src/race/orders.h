/*
 * A workload in another order: what comes before what, other than recorded.
 *
 * Of events of two connections the one recorded later may come first. Where the later one of the
 * recording is a receipt, its request had been sent, and what is put before it goes out without
 * waiting for that answer.
 */
#ifndef SMB_RACE_ORDERS_H
#define SMB_RACE_ORDERS_H

#include "ir/conflicts.h"

struct order {
	uint32_t first, second; /* events: recorded the other way round */
};

/*
 * The orders by which a sequence of all events departs from the recording, but those that others,
 * and the order on each connection, imply. `*out` is to be freed. Returns 0, ERR_LIMIT (too many
 * connections) or ERR_NOMEM.
 */
int orders_find(const struct ir *ir, const uint32_t *sequence, struct order **out,
		size_t *n) MUST_CHECK;

/*
 * The workload in the order nearest to the recorded one that keeps these: the earlier of two events
 * is put off. `out` has events of its own, without barriers, gaps and pauses, with the times of the
 * places that they come to, and borrows all else; for schedule_free. Returns 0, ERR_USAGE where it
 * cannot be, or ERR_NOMEM.
 */
int orders_apply(const struct ir *ir, const struct conflicts *c, const struct order *list, size_t n,
		 struct ir *out, struct err *e) MUST_CHECK;

/* Append "second behind the answer to third": of events that have labels, an answer that of its
 * request and ".answer". */
void orders_put(const struct ir *ir, const struct order *o, struct buf *out);

#endif
