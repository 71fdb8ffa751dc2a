/* A hash table of a bounded number of elements, for what is followed while a capture is read. */
#ifndef SMB_SURVEY_TABLE_H
#define SMB_SURVEY_TABLE_H

#include "base/wire.h"

/*
 * Elements of `size` bytes that begin with their key, a uint64_t other than 0. `size` and `max` are
 * set by the caller, the rest begins as zero. Pointers to elements hold until the next add or
 * remove.
 */
struct survey_table {
	size_t size, max;
	uint8_t *slots; /* owned */
	size_t n, cap;
	uint64_t forgotten; /* elements that found no room */
};

/* A key of two values; never 0. Not keyed: who makes keys collide garbles the counts, no more. */
uint64_t survey_mix(uint64_t a, uint64_t b);

/* The element, or NULL; of key 0 there is none. */
void *survey_table_find(const struct survey_table *t, uint64_t key);

/* The element, made (all zero but for its key) where it is not there; NULL where there is no room,
 * which is counted. */
void *survey_table_add(struct survey_table *t, uint64_t key);

/* Drop the element of that key, if there. */
void survey_table_remove(struct survey_table *t, uint64_t key);

void survey_table_clear(struct survey_table *t); /* counts its elements as forgotten */
void survey_table_free(struct survey_table *t);

#endif
