/*
 * The bytes that were said last, in a ring, found again by any 8 of them. What is put in is only
 * copied; it is indexed when something is looked up, so that traffic in which nothing ever is costs
 * a copy.
 */
#ifndef SMB_COMPILE_FLOW_RING_H
#define SMB_COMPILE_FLOW_RING_H

#include <stdbool.h>

#include "base/wire.h"

#define FLOW_WINDOW 8 /* bytes that are looked up */

/* A piece of a message. */
struct flow_region {
	uint64_t start;  /* place in all that was ever put in */
	uint64_t seq;    /* which piece of both directions this is: later ones are greater */
	uint32_t len;    /* bytes */
	uint32_t event;  /* of the workload */
	uint32_t off;    /* in the event's bytes, as of patches */
	uint32_t values; /* the first of the symbols defined in it, see flow.h; 0: none */
};

/* How a ring is laid out. */
struct flow_ring_options {
	size_t bytes;    /* a power of two */
	unsigned stride; /* windows begin at multiples of it, 4 or 8, from a region's start */
	bool keep_first; /* of equal windows the oldest is found, else the newest */
};

struct flow_ring {
	struct flow_ring_options opt;
	uint8_t *bytes; /* owned; NULL until something is put in */
	struct flow_region *regions;
	uint32_t *index;  /* windows, by hash: low bits of a place / 4, plus 1 */
	uint64_t head;    /* where the next piece goes */
	uint64_t n, done; /* pieces ever put in, and of these indexed */
};

struct flow_hit {
	struct flow_region *region;
	size_t at; /* of the window in it */
};

/*
 * Put a piece in; of long ones the first quarter of the ring. `*copy`, unless NULL, is set to the
 * bytes as they are kept, which may be overwritten before anything is looked up. Returns 0 or
 * ERR_NOMEM.
 */
int flow_ring_add(struct flow_ring *r, struct slice bytes, const struct flow_region *what,
		  uint8_t **copy) MUST_CHECK;

/* Find 8 bytes. */
bool flow_ring_find(struct flow_ring *r, const uint8_t *window, struct flow_hit *out);

/* The bytes of a piece that was found. */
const uint8_t *flow_ring_bytes(const struct flow_ring *r, const struct flow_region *region);

/* Is the piece in the older half, so that it will be lost before long? */
bool flow_ring_is_old(const struct flow_ring *r, const struct flow_region *region);

void flow_ring_free(struct flow_ring *r);

#endif
