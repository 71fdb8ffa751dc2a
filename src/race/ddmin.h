/*
 * Which of a set's members does it take? Delta debugging: Zeller, Hildebrandt, "Simplifying and
 * Isolating Failure-Inducing Input", IEEE Transactions on Software Engineering 28 (2002).
 */
#ifndef SMB_RACE_DDMIN_H
#define SMB_RACE_DDMIN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* Does it do with these members of `n`? Returns 0, or what ends the search. */
typedef int (*ddmin_fn)(void *ctx, const bool *kept, size_t n, bool *does);

/*
 * `kept` has the members with which it does, and gets those of which not one more can be left out;
 * or, after `most` calls of `fn`, what was left by then. Nothing is asked of the empty set. Returns
 * 0, ERR_NOMEM, or what `fn` returned.
 */
int ddmin(bool *kept, size_t n, size_t most, ddmin_fn fn, void *ctx) MUST_CHECK;

#endif
