/* Where a duration stands on a logarithmic axis, for pictures on the page and in the terminal. */
#ifndef SMB_SCALE_H
#define SMB_SCALE_H

#include "ir/latency.h"

/* From 10^low to 10^high ns. */
struct scale {
	unsigned low, high;
};

/* Whole decades that hold all latencies of both; at least one. */
struct scale scale_of(const struct latency *a, const struct latency *b);

/* How many values of `h` fall into each of `n` equal parts of the axis. */
void scale_spread(struct scale s, const struct hist *h, uint64_t *cells, size_t n);

/* 10^decade in ns as text: "10 us"; static. */
const char *scale_decade(unsigned decade);

#endif
