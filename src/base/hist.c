/* Log-linear histograms. */
#include "config.h"

#include "base/hist.h"

#include <stdlib.h>

#define SUB_BITS 7u /* of a value: exact below its highest bit */
#define HALF ((uint64_t)1 << (SUB_BITS - 1))
#define CELLS ((size_t)((64 - SUB_BITS) * HALF + 2 * HALF))

/* A value of b bits, more than SUB_BITS, keeps the highest SUB_BITS of them. */
static size_t
cell_of(uint64_t v)
{
	unsigned shift;

	if (v < 2 * HALF)
		return (size_t)v;
	shift = 64u - (unsigned)__builtin_clzll(v) - SUB_BITS;
	return (size_t)(shift * HALF + (v >> shift));
}

static uint64_t
lowest(size_t cell)
{
	size_t shift = cell < 2 * HALF ? 0 : cell / HALF - 1;

	return ((uint64_t)cell - shift * HALF) << shift;
}

void
hist_free(struct hist *h)
{
	free(h->counts);
	*h = (struct hist){0};
}

int
hist_add(struct hist *h, uint64_t value)
{
	if (h->counts == NULL)
		h->counts = calloc(CELLS, sizeof(*h->counts));
	if (h->counts == NULL)
		return ERR_NOMEM;
	h->counts[cell_of(value)]++;
	h->min = h->n == 0 || value < h->min ? value : h->min;
	h->max = value > h->max ? value : h->max;
	h->n++;
	return 0;
}

uint64_t
hist_at(const struct hist *h, uint32_t per_100000)
{
	/* In two parts, so that no product overflows. */
	uint64_t rank = h->n / 100000 * per_100000 + (h->n % 100000 * per_100000 + 99999) / 100000;
	uint64_t seen = 0, high;

	if (h->n == 0)
		return 0;
	for (size_t i = 0; i < CELLS; i++) {
		seen += h->counts[i];
		if (seen < rank || seen == 0)
			continue;
		high = i + 1 < CELLS ? lowest(i + 1) - 1 : UINT64_MAX;
		return high < h->max ? high : h->max;
	}
	return h->max;
}

uint64_t
hist_next(const struct hist *h, size_t *at, uint64_t *low)
{
	if (h->counts == NULL)
		return 0;
	for (; *at < CELLS; (*at)++) {
		if (h->counts[*at] == 0)
			continue;
		*low = lowest(*at);
		return h->counts[(*at)++];
	}
	return 0;
}
