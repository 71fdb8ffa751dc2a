/* How often something happened, and how sure that is. */
#ifndef SMB_BASE_RATE_H
#define SMB_BASE_RATE_H

#include <stdint.h>

/* The 95 % confidence interval of the probability behind `hits` of `n` tries, after Wilson,
 * "Probable Inference, the Law of Succession, and Statistical Inference" (1927). 0 to 1 where n is
 * 0. */
void rate_interval(uint64_t hits, uint64_t n, double *low, double *high);

#endif
