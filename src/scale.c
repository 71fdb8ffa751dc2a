/* Logarithmic axes. */
#include "config.h"

#include "scale.h"

#include <math.h>
#include <string.h>

#define MAX_DECADE 13 /* 10,000 s */

static unsigned
decade_below(uint64_t v)
{
	unsigned d = 0;

	while (v >= 10 && d < MAX_DECADE) {
		v /= 10;
		d++;
	}
	return d;
}

static void
widen(struct scale *s, const struct hist *h)
{
	unsigned low, high;

	if (h->n == 0)
		return;
	low = decade_below(h->min);
	high = decade_below(h->max) + 1;
	s->low = low < s->low ? low : s->low;
	s->high = high > s->high ? high : s->high;
}

struct scale
scale_of(const struct latency *a, const struct latency *b)
{
	struct scale s = {.low = MAX_DECADE, .high = 0};

	widen(&s, &a->all.hist);
	widen(&s, &b->all.hist);
	return s.low < s.high ? s : (struct scale){.low = 3, .high = 9};
}

void
scale_spread(struct scale s, const struct hist *h, uint64_t *cells, size_t n)
{
	size_t at = 0;
	uint64_t low, count;

	memset(cells, 0, n * sizeof(*cells));
	while ((count = hist_next(h, &at, &low)) > 0) {
		double x = (log10((double)(low > 0 ? low : 1)) - s.low) / (s.high - s.low);
		size_t i = x > 0 ? (size_t)(x * (double)n) : 0;

		cells[i < n ? i : n - 1] += count;
	}
}

const char *
scale_decade(unsigned decade)
{
	static const char *const names[] = {"1 ns",   "10 ns", "100 ns", "1 us",    "10 us",
					    "100 us", "1 ms",  "10 ms",  "100 ms",  "1 s",
					    "10 s",   "100 s", "1000 s", "10000 s", "100000 s"};

	return names[decade < sizeof(names) / sizeof(names[0]) ? decade : 0];
}
