/* Where a duration stands on a logarithmic axis, for pictures on the page and in the terminal. */
#ifndef SMB_SCALE_H
#define SMB_SCALE_H

#include <stddef.h>

#include "base/buf.h"
#include "base/histogram.h"

/* From 10^low to 10^high ns. */
struct scale {
	unsigned low, high;
};

/* Whole decades that hold all values of both; at least one. */
struct scale scale_of(const struct histogram *a, const struct histogram *b);

/* How many values of `h` fall into each of `n` equal parts of the axis. */
void scale_spread(struct scale s, const struct histogram *h, uint64_t *parts, size_t n);

/* Append 10^decade ns, "10 us"; `micro` is how the prefix of a millionth is written ("us"). */
void scale_put_decade(struct buf *out, unsigned decade, const char *micro);

#endif
