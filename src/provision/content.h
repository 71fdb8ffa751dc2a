/*
 * The bytes that a file or stream is to have: those that the capture showed, and, up to
 * CONTENT_MADE_UP, made-up ones where it showed none; beyond that, what nobody saw is left as it is
 * in a file that was just made larger: zeros.
 */
#ifndef SMB_PROVISION_CONTENT_H
#define SMB_PROVISION_CONTENT_H

#include "ir/state.h"

#define CONTENT_MADE_UP 65536 /* offset */

struct content {
	const struct state *state;
	const struct state_data *data;
	uint64_t seed; /* see content_of */
};

/*
 * The content of a file, or of its stream (an index; -1: the file itself). What is made up depends
 * only on the share, path and stream, as recorded, and on the offset: every run makes the same.
 */
struct content content_of(const struct state *s, const struct state_entry *e, long stream);

/* Bytes from `*off` on, or behind, that are to be written: at most `max` of them. False: no more.
 */
bool content_next(const struct content *c, uint64_t *off, uint32_t max, uint32_t *n);

/* The `n` bytes at `off`, which content_next gave. */
void content_read(const struct content *c, uint64_t off, uint8_t *out, uint32_t n);

/* How many bytes are to be written: `limit` where there are as many or more. */
uint64_t content_sum(const struct content *c, uint64_t limit);

/* Where the last of them ends. */
uint64_t content_end(const struct content *c);

#endif
