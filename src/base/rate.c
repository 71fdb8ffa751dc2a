/* How often something happened. */
#include "config.h"

#include "base/rate.h"

#include <math.h>

#define Z 1.959964 /* 97.5 % of the normal distribution lie below */

void
rate_interval(uint64_t hits, uint64_t n, double *low, double *high)
{
	double all = (double)n, p = n > 0 ? (double)hits / all : 0, middle, half;

	*low = 0;
	*high = 1;
	if (n == 0)
		return;
	middle = (p + Z * Z / (2 * all)) / (1 + Z * Z / all);
	half = Z / (1 + Z * Z / all) * sqrt(p * (1 - p) / all + Z * Z / (4 * all * all));
	if (middle > half)
		*low = middle - half;
	if (middle + half < 1)
		*high = middle + half;
}
