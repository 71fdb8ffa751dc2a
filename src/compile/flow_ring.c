/* The bytes that were said last, in a ring, found again by any 8 of them. */
#include "config.h"

#include "compile/flow_ring.h"

#include <stdlib.h>

#define REGIONS ((size_t)4096)     /* a power of two */
#define BUCKETS ((size_t)32 << 10) /* a power of two */
#define WAYS ((size_t)4)           /* windows in a bucket */
#define UNIT 4                     /* places are multiples of it */
#define MIN_NONZERO 2              /* bytes of a window that is worth its place */

static int
make(struct flow_ring *r)
{
	r->bytes = calloc(1, r->opt.bytes + FLOW_WINDOW);
	r->regions = calloc(REGIONS, sizeof(*r->regions));
	r->index = calloc(BUCKETS * WAYS, sizeof(*r->index));
	if (r->bytes != NULL && r->regions != NULL && r->index != NULL)
		return 0;
	flow_ring_free(r);
	return ERR_NOMEM;
}

void
flow_ring_free(struct flow_ring *r)
{
	free(r->bytes);
	free(r->regions);
	free(r->index);
	*r = (struct flow_ring){.opt = r->opt};
}

int
flow_ring_add(struct flow_ring *r, struct slice bytes, const struct flow_region *what,
	      uint8_t **copy)
{
	size_t n = bytes.n < r->opt.bytes / 4 ? bytes.n : r->opt.bytes / 4, at;
	struct flow_region *region;

	if (r->bytes == NULL && make(r) != 0)
		return ERR_NOMEM;
	at = (size_t)(r->head & (r->opt.bytes - 1));
	/* In one piece: what does not fit at the end goes to the start. */
	if (n > r->opt.bytes - at) {
		r->head += r->opt.bytes - at;
		at = 0;
	}
	region = &r->regions[r->n++ & (REGIONS - 1)];
	*region = *what;
	region->start = r->head;
	region->len = (uint32_t)n;
	memcpy(r->bytes + at, bytes.p, n);
	if (copy != NULL)
		*copy = r->bytes + at;
	r->head += (n + FLOW_WINDOW - 1) & ~(size_t)(FLOW_WINDOW - 1);
	return 0;
}

/* Is the piece with that number still whole? */
static bool
is_kept(const struct flow_ring *r, uint64_t i)
{
	return r->n - i <= REGIONS && r->head - r->regions[i & (REGIONS - 1)].start <= r->opt.bytes;
}

const uint8_t *
flow_ring_bytes(const struct flow_ring *r, const struct flow_region *region)
{
	return r->bytes + (region->start & (r->opt.bytes - 1));
}

bool
flow_ring_is_old(const struct flow_ring *r, const struct flow_region *region)
{
	uint64_t later = (r->n - 1 - (uint64_t)(region - r->regions)) & (REGIONS - 1);

	return r->head - region->start > r->opt.bytes / 2 || later > REGIONS / 2;
}

static uint32_t *
bucket_of(const struct flow_ring *r, const uint8_t *window)
{
	uint64_t v = wire_le(window, FLOW_WINDOW) * 0x9e3779b97f4a7c15u;

	return &r->index[(v >> 32 & (BUCKETS - 1)) * WAYS];
}

/* How far behind the head a window of the index is; more than the ring has: it is gone. */
static uint64_t
age_of(const struct flow_ring *r, uint32_t entry)
{
	uint32_t head = (uint32_t)(r->head / UNIT);

	return entry == 0 ? UINT64_MAX : (uint64_t)(uint32_t)(head - (entry - 1)) * UNIT;
}

static const uint8_t *
window_at(const struct flow_ring *r, uint64_t age)
{
	return r->bytes + ((r->head - age) & (r->opt.bytes - 1));
}

static bool
is_worth(const uint8_t *window)
{
	unsigned nonzero = 0;

	for (size_t i = 0; i < FLOW_WINDOW; i++)
		nonzero += window[i] != 0;
	return nonzero >= MIN_NONZERO;
}

/* An equal window's place, else a free one, else the oldest one's. */
static void
index_window(struct flow_ring *r, const uint8_t *window, uint64_t place)
{
	uint32_t *b = bucket_of(r, window), *into = b;

	for (size_t i = 0; i < WAYS; i++) {
		uint64_t age = age_of(r, b[i]);

		if (age <= r->opt.bytes && memcmp(window_at(r, age), window, FLOW_WINDOW) == 0) {
			if (r->opt.keep_first)
				return;
			into = &b[i];
			break;
		}
		if (age > age_of(r, *into))
			into = &b[i];
	}
	*into = (uint32_t)(place / UNIT) + 1;
}

static void
index_region(struct flow_ring *r, const struct flow_region *region)
{
	const uint8_t *p = flow_ring_bytes(r, region);

	for (size_t i = 0; region->len - i >= FLOW_WINDOW && i < region->len; i += r->opt.stride)
		if (is_worth(p + i))
			index_window(r, p + i, region->start + i);
}

static void
catch_up(struct flow_ring *r)
{
	if (r->n - r->done > REGIONS)
		r->done = r->n - REGIONS;
	for (; r->done < r->n; r->done++)
		if (is_kept(r, r->done))
			index_region(r, &r->regions[r->done & (REGIONS - 1)]);
}

/* The piece that holds a place; pieces ascend. */
static struct flow_region *
region_at(const struct flow_ring *r, uint64_t place)
{
	uint64_t lo = r->n > REGIONS ? r->n - REGIONS : 0, hi = r->n;

	while (lo < hi) {
		uint64_t mid = lo + (hi - lo) / 2;
		const struct flow_region *region = &r->regions[mid & (REGIONS - 1)];

		if (region->start + region->len <= place)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == r->n || !is_kept(r, lo) || r->regions[lo & (REGIONS - 1)].start > place)
		return NULL;
	return &r->regions[lo & (REGIONS - 1)];
}

bool
flow_ring_find(struct flow_ring *r, const uint8_t *window, struct flow_hit *out)
{
	const uint32_t *b;

	if (r->n == 0)
		return false;
	catch_up(r);
	b = bucket_of(r, window);
	for (size_t i = 0; i < WAYS; i++) {
		uint64_t age = age_of(r, b[i]);

		if (age > r->opt.bytes || age < FLOW_WINDOW ||
		    memcmp(window_at(r, age), window, FLOW_WINDOW) != 0)
			continue;
		out->region = region_at(r, r->head - age);
		if (out->region == NULL)
			continue;
		out->at = (size_t)(r->head - age - out->region->start);
		if (out->region->len - out->at >= FLOW_WINDOW)
			return true;
	}
	return false;
}
