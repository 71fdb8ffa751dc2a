/*
 * Random orders with a guarantee: Burckhardt, Kothari, Musuvathi, Nagarakatte, "A Randomized
 * Scheduler with Probabilistic Guarantees of Finding Bugs", ASPLOS 2010.
 *
 * Connections are the threads, and what they send and receive are the events. Each connection has a
 * random priority; the first that can go on does; at depth - 1 random events the one at work falls
 * behind all others. With n connections and k events a bug that needs `depth` events to come in one
 * order is met with a probability of at least 1 / (n k^(depth - 1)) in each try.
 */
#ifndef SMB_RACE_PCT_H
#define SMB_RACE_PCT_H

#include "ir/conflicts.h"

#define PCT_MAX_DEPTH 16

/* What there is to order: from the first event on that conflicts with a later one by chance. */
struct pct_size {
	uint32_t first; /* that event; n_events: there is none */
	uint32_t k, n;  /* events and connections from there on */
};

/* Returns 0 or ERR_NOMEM. */
int pct_size(const struct ir *ir, const struct conflicts *c, struct pct_size *out) MUST_CHECK;
double pct_bound(const struct pct_size *s, uint32_t depth);

/*
 * Make events wait for each other ("after") in the order that `seed` gives, for a play in the order
 * of connections; `serial`: each request waits for the answer to the one before it; `ir` has events
 * and an arena of its own. Returns 0 or ERR_NOMEM.
 */
int pct_apply(struct ir *ir, const struct conflicts *c, uint64_t seed, uint32_t depth,
	      bool serial) MUST_CHECK;

/* The same order as a sequence of all events: `out` has room for n_events. Returns 0 or ERR_NOMEM.
 */
int pct_sequence(const struct ir *ir, const struct conflicts *c, uint64_t seed, uint32_t depth,
		 uint32_t *out) MUST_CHECK;

#endif
