/*
 * A high-dynamic-range histogram: counts of values over the whole range of 64 bits, each known to a
 * 128th of it, in bounded memory (log-linear buckets, as in Gil Tene's HdrHistogram).
 */
#ifndef SMB_BASE_HISTOGRAM_H
#define SMB_BASE_HISTOGRAM_H

#include <stdint.h>

#include "base/err.h"

#define HISTOGRAM_BITS 7u /* the leading bits of a value that count, behind the first one */
#define HISTOGRAM_BUCKETS ((64u - HISTOGRAM_BITS + 1) << HISTOGRAM_BITS)

/* All zero is an empty one. */
struct histogram {
	uint64_t n, min, max; /* of the values, exact */
	uint64_t *counts;     /* owned; NULL while there are none */
};

/* Add a value. Returns 0 or ERR_NOMEM. */
int histogram_add(struct histogram *h, uint64_t value) MUST_CHECK;

/*
 * The value that `part` of 10,000 do not exceed: 5000 is the median, 9999 the 99.99th percentile.
 * It is the upper end of its bucket, and no more than the largest value; 0 of an empty histogram.
 */
uint64_t histogram_at(const struct histogram *h, unsigned part);

/* Add all values of another one, as far as they are known. Returns 0 or ERR_NOMEM. */
int histogram_merge(struct histogram *to, const struct histogram *from) MUST_CHECK;

/*
 * The buckets that hold values, in order. Begin with `*at` 0; returns how many values the next one
 * holds, with the largest that it may hold in `*value`; 0 at the end.
 */
uint64_t histogram_next(const struct histogram *h, unsigned *at, uint64_t *value);

void histogram_free(struct histogram *h);

#endif
