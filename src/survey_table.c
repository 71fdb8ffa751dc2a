/* A hash table of a bounded number of elements: open addressing, linear probing. */
#include "config.h"

#include "survey_table.h"

#include <stdlib.h>

#define PROBES ((size_t)64) /* at most: keys made to collide cost no more than this */

uint64_t
survey_mix(uint64_t a, uint64_t b)
{
	uint64_t x = (a ^ 0x9e3779b97f4a7c15u) * 0xff51afd7ed558ccdu;

	x = (x ^ (x >> 32) ^ b) * 0xc4ceb9fe1a85ec53u;
	x = (x ^ (x >> 29)) * 0x9e3779b97f4a7c15u;
	x ^= x >> 32;
	return x != 0 ? x : 1;
}

static void *
slot_at(const struct survey_table *t, size_t i)
{
	return t->slots + (i & (t->cap - 1)) * t->size;
}

static uint64_t
key_at(const struct survey_table *t, size_t i)
{
	uint64_t key;

	memcpy(&key, slot_at(t, i), sizeof(key));
	return key;
}

/* The slot of a key, or the empty one where it belongs; NULL where neither is near. */
static void *
look(const struct survey_table *t, uint64_t key)
{
	for (size_t i = 0; i < PROBES && i < t->cap; i++) {
		uint64_t found = key_at(t, key + i);

		if (found == key || found == 0)
			return slot_at(t, key + i);
	}
	return NULL;
}

void *
survey_table_find(const struct survey_table *t, uint64_t key)
{
	void *slot = t->cap > 0 && key != 0 ? look(t, key) : NULL;
	uint64_t found = 0;

	if (slot != NULL)
		memcpy(&found, slot, sizeof(found));
	return found == key ? slot : NULL;
}

static void
grow(struct survey_table *t)
{
	struct survey_table more = *t;

	more.cap = t->cap > 0 ? t->cap * 2 : 64;
	more.slots = calloc(more.cap, t->size);
	if (more.slots == NULL)
		return;
	for (size_t i = 0; i < t->cap; i++) {
		uint64_t key = key_at(t, i);
		void *to = key != 0 ? look(&more, key) : NULL;

		if (to != NULL)
			memcpy(to, slot_at(t, i), t->size);
		more.n -= key != 0 && to == NULL;
		more.forgotten += key != 0 && to == NULL;
	}
	free(t->slots);
	*t = more;
}

void *
survey_table_add(struct survey_table *t, uint64_t key)
{
	void *slot = survey_table_find(t, key);

	if (slot != NULL)
		return slot;
	if (t->n * 2 >= t->cap && t->n < t->max)
		grow(t);
	slot = t->n < t->max && t->n < t->cap ? look(t, key) : NULL;
	if (slot == NULL) {
		t->forgotten++;
		return NULL;
	}
	memset(slot, 0, t->size);
	memcpy(slot, &key, sizeof(key));
	t->n++;
	return slot;
}

/* Elements behind the hole that could not be found over it move into it. */
static void
close_hole(struct survey_table *t, size_t hole)
{
	for (size_t i = hole + 1; key_at(t, i) != 0; i++) {
		size_t home = (size_t)key_at(t, i) & (t->cap - 1);

		if (((i - home) & (t->cap - 1)) < ((i - hole) & (t->cap - 1)))
			continue;
		memcpy(slot_at(t, hole), slot_at(t, i), t->size);
		memset(slot_at(t, i), 0, t->size);
		hole = i;
	}
}

void
survey_table_remove(struct survey_table *t, uint64_t key)
{
	uint8_t *slot = survey_table_find(t, key);

	if (slot == NULL)
		return;
	memset(slot, 0, t->size);
	t->n--;
	close_hole(t, (size_t)(slot - t->slots) / t->size);
}

void
survey_table_clear(struct survey_table *t)
{
	t->forgotten += t->n;
	if (t->cap > 0)
		memset(t->slots, 0, t->cap * t->size);
	t->n = 0;
}

void
survey_table_free(struct survey_table *t)
{
	free(t->slots);
	t->slots = NULL;
	t->n = t->cap = 0;
}
