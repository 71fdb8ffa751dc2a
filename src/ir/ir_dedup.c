/* A bounded hash table with open addressing. */
#include "config.h"

#include "ir/ir_dedup.h"

#include <stdlib.h>

#include <xxhash.h>

/*
 * 16 MiB at most (24 while it grows), which leaves room in the 64 MiB that compile may take; 3 GiB
 * of 4 KiB payloads.
 */
#define MIN_SLOTS ((size_t)1 << 12)
#define MAX_SLOTS ((size_t)1 << 20)

/* Bytes at either end of a payload that are hashed: what is found is compared as a whole anyhow. */
#define SAMPLE ((size_t)16 << 10)

struct ir_dedup_slot {
	uint64_t hash; /* 0: free */
	uint64_t off;
};

uint64_t
ir_dedup_hash(struct slice payload)
{
	uint64_t hash = XXH3_64bits(payload.p, payload.n <= SAMPLE ? payload.n : SAMPLE);

	if (payload.n > SAMPLE)
		hash = XXH3_64bits_withSeed(payload.p + payload.n - SAMPLE, SAMPLE,
					    hash ^ payload.n);
	return hash != 0 ? hash : 1;
}

static struct ir_dedup_slot *
find_slot(struct ir_dedup_slot *slots, size_t cap, uint64_t hash)
{
	size_t i = hash & (cap - 1);

	while (slots[i].hash != 0 && slots[i].hash != hash)
		i = (i + 1) & (cap - 1);
	return &slots[i];
}

bool
ir_dedup_find(const struct ir_dedup *d, uint64_t hash, uint64_t *off)
{
	const struct ir_dedup_slot *s;

	if (d->cap == 0)
		return false;
	s = find_slot(d->slots, d->cap, hash);
	*off = s->off;
	return s->hash != 0;
}

/* At three quarters full; stays as it is where it cannot grow. */
static void
grow(struct ir_dedup *d)
{
	size_t cap = d->cap > 0 ? d->cap * 2 : MIN_SLOTS;
	struct ir_dedup_slot *slots;

	if (cap > MAX_SLOTS)
		return;
	slots = calloc(cap, sizeof(*slots));
	if (slots == NULL)
		return;
	for (size_t i = 0; i < d->cap; i++)
		if (d->slots[i].hash != 0)
			*find_slot(slots, cap, d->slots[i].hash) = d->slots[i];
	free(d->slots);
	d->slots = slots;
	d->cap = cap;
}

void
ir_dedup_add(struct ir_dedup *d, uint64_t hash, uint64_t off)
{
	struct ir_dedup_slot *s;

	if (d->used >= d->cap / 4 * 3)
		grow(d);
	if (d->used >= d->cap / 4 * 3)
		return;
	s = find_slot(d->slots, d->cap, hash);
	d->used += s->hash == 0;
	*s = (struct ir_dedup_slot){hash, off};
}

void
ir_dedup_free(struct ir_dedup *d)
{
	free(d->slots);
	*d = (struct ir_dedup){0};
}
