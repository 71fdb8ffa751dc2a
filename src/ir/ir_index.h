/*
 * The defined symbols of a kind, by number, however far apart the numbers are: each has a place
 * from 1, so that what is kept for it is as much as the workload defines, not as its highest number
 * says.
 */
#ifndef SMB_IR_IR_INDEX_H
#define SMB_IR_IR_INDEX_H

#include "ir/ir.h"

struct ir_index {
	uint64_t *bits;   /* owned: a bit for each number */
	uint32_t *before; /* owned: of each 64 numbers, how many defined ones precede them */
	uint32_t max;     /* the highest number */
	uint32_t n;       /* how many there are */
};

/* Returns 0 or ERR_NOMEM. */
int ir_index_new(const struct ir *ir, enum ir_what what, struct ir_index *out) MUST_CHECK;
void ir_index_free(struct ir_index *x);

/* The place of a number, 0 where no event defines it. */
static inline uint32_t
ir_index_at(const struct ir_index *x, uint32_t number)
{
	uint64_t word, bit = (uint64_t)1 << number % 64;

	if (number > x->max)
		return 0;
	word = x->bits[number / 64];
	if ((word & bit) == 0)
		return 0;
	return x->before[number / 64] + 1 + (uint32_t)__builtin_popcountll(word & (bit - 1));
}

#endif
