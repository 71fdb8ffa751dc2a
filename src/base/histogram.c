/* Counts values in buckets whose width grows with the value. */
#include "config.h"

#include "base/histogram.h"

#include <stdlib.h>

#define PARTS 10000u

/* By how many bits a value is shortened. */
static unsigned
shift_of(uint64_t value)
{
	unsigned bits = 64u - (unsigned)__builtin_clzll(value | 1);

	return bits > HISTOGRAM_BITS + 1 ? bits - HISTOGRAM_BITS - 1 : 0;
}

/* Values of one shift have the upper half of its 2^8 places, those of none the lower half, too. */
static unsigned
bucket_of(uint64_t value)
{
	unsigned shift = shift_of(value);

	return (shift << HISTOGRAM_BITS) + (unsigned)(value >> shift);
}

/* The largest value of a bucket. */
static uint64_t
end_of(unsigned bucket)
{
	unsigned shift = bucket >> HISTOGRAM_BITS;
	uint64_t high;

	if (shift > 0)
		shift--;
	high = bucket - (shift << HISTOGRAM_BITS);
	return (high << shift) + (((uint64_t)1 << shift) - 1);
}

int
histogram_add(struct histogram *h, uint64_t value)
{
	if (h->counts == NULL) {
		h->counts = calloc(HISTOGRAM_BUCKETS, sizeof(*h->counts));
		if (h->counts == NULL)
			return ERR_NOMEM;
		h->min = value;
	}
	h->counts[bucket_of(value)]++;
	h->n++;
	h->min = value < h->min ? value : h->min;
	h->max = value > h->max ? value : h->max;
	return 0;
}

uint64_t
histogram_at(const struct histogram *h, unsigned part)
{
	/* How many values are not to exceed it: rounded up, at least one. */
	uint64_t wanted = h->n / PARTS * part + (h->n % PARTS * part + PARTS - 1) / PARTS;
	uint64_t seen = 0, end;

	if (h->n == 0)
		return 0;
	wanted = wanted > 0 ? wanted : 1;
	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
		seen += h->counts[i];
		if (seen >= wanted) {
			end = end_of(i);
			return end < h->max ? end : h->max;
		}
	}
	return h->max;
}

int
histogram_merge(struct histogram *to, const struct histogram *from)
{
	if (from->n == 0)
		return 0;
	if (to->counts == NULL) {
		to->counts = calloc(HISTOGRAM_BUCKETS, sizeof(*to->counts));
		if (to->counts == NULL)
			return ERR_NOMEM;
		to->min = from->min;
	}
	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++)
		to->counts[i] += from->counts[i];
	to->n += from->n;
	to->min = from->min < to->min ? from->min : to->min;
	to->max = from->max > to->max ? from->max : to->max;
	return 0;
}

uint64_t
histogram_next(const struct histogram *h, unsigned *at, uint64_t *value)
{
	if (h->counts == NULL)
		return 0;
	for (; *at < HISTOGRAM_BUCKETS; (*at)++) {
		if (h->counts[*at] == 0)
			continue;
		*value = end_of(*at);
		return h->counts[(*at)++];
	}
	return 0;
}

void
histogram_free(struct histogram *h)
{
	free(h->counts);
	*h = (struct histogram){0};
}
