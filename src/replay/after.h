/* "after" of events: what must have happened before them, whatever the order says. */
#ifndef SMB_REPLAY_AFTER_H
#define SMB_REPLAY_AFTER_H

#include "replay/engine.h"

/*
 * Can all that is waited for, by "after", barriers and gaps, happen in that order? Returns 0,
 * ERR_USAGE with the place of an event that would wait for ever, or ERR_NOMEM.
 */
int after_check(const struct ir *ir, enum engine_order order, struct err *e) MUST_CHECK;

struct after {
	uint8_t *done; /* a bit for each event; NULL: nothing is waited for */
};

/* `always`: it is asked of events that no other names, too. Returns 0 or ERR_NOMEM. */
int after_new(const struct ir *ir, bool always, struct after *out) MUST_CHECK;
void after_free(struct after *a);

/* The event has been played. Receipts count when they have come or were given up, whenever that is.
 */
void after_done(struct after *a, uint64_t event);

/* Has the event happened? */
bool after_happened(const struct after *a, const struct ir *ir, const struct judge *j,
		    uint64_t event);

/*
 * Has all happened that the event waits for? If not, `*first` is what it waits for.
 */
bool after_met(const struct after *a, const struct ir *ir, const struct judge *j, uint64_t event,
	       uint32_t *first);

#endif
