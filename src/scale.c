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
widen(struct scale *s, const struct histogram *h)
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
scale_of(const struct histogram *a, const struct histogram *b)
{
	struct scale s = {.low = MAX_DECADE, .high = 0};

	widen(&s, a);
	widen(&s, b);
	return s.low < s.high ? s : (struct scale){.low = 3, .high = 9};
}

void
scale_spread(struct scale s, const struct histogram *h, uint64_t *parts, size_t n)
{
	unsigned at = 0;
	uint64_t value, count;

	memset(parts, 0, n * sizeof(*parts));
	while ((count = histogram_next(h, &at, &value)) > 0) {
		double x = (log10((double)(value > 0 ? value : 1)) - s.low) / (s.high - s.low);
		size_t i = x > 0 ? (size_t)(x * (double)n) : 0;

		parts[i < n ? i : n - 1] += count;
	}
}

void
scale_put_decade(struct buf *out, unsigned decade, const char *micro)
{
	static const char *const digits[] = {"1", "10", "100"};
	const char *units[] = {"ns", micro, "ms"};

	if (decade < 9)
		buf_printf(out, "%s %s", digits[decade % 3], units[decade / 3]);
	else
		buf_printf(out, "%.0f s", pow(10, decade - 9));
}
