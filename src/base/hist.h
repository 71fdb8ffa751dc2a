/*
 * A histogram of durations over their whole range with a relative error under 1 % (log-linear, as
 * Gil Tene's HdrHistogram): 128 cells for the values below 128, then 64 for each doubling.
 */
#ifndef SMB_BASE_HIST_H
#define SMB_BASE_HIST_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* All zero is an empty one. */
struct hist {
	uint64_t *counts; /* of each cell; owned; NULL while it is empty */
	uint64_t n, min, max;
};

void hist_free(struct hist *h);

/* Returns 0 or ERR_NOMEM. */
int hist_add(struct hist *h, uint64_t value) MUST_CHECK;

/* The smallest value that `per_100000` of a hundred thousand values do not exceed (50000: the
 * median), rounded up within its cell, but never over the greatest value; 0 where there is none. */
uint64_t hist_at(const struct hist *h, uint32_t per_100000);

/* The cells that hold values, in order. Begin with `*at` 0; returns how many values the next one
 * holds, with its lowest value in `*low`; 0 at the end. */
uint64_t hist_next(const struct hist *h, size_t *at, uint64_t *low);

#endif
