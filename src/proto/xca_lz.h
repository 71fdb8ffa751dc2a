/* What the three compressions of MS-XCA share: output that cannot overflow, and finding matches. */
#ifndef SMB_PROTO_XCA_LZ_H
#define SMB_PROTO_XCA_LZ_H

#include "base/buf.h"

#define XCA_MATCH_MIN 3 /* shorter matches have no encoding */

/* Where decompressed bytes go: `pos` of `n` bytes are there. */
struct xca_out {
	uint8_t *p;
	size_t n, pos;
};

/* Append one byte; false when there is no room. */
static inline bool
xca_put(struct xca_out *o, uint8_t byte)
{
	if (o->pos == o->n)
		return false;
	o->p[o->pos++] = byte;
	return true;
}

/* Append `n` bytes. */
bool xca_put_bytes(struct xca_out *o, struct slice s);

/*
 * Append `len` bytes that begin `distance` before the end; they may overlap what they make. False
 * where they begin before the start, or do not fit.
 */
bool xca_put_match(struct xca_out *o, size_t distance, size_t len);

/* Where three bytes with the same hash stood last, plus 1; 0: nowhere. All zero to begin with. */
#define XCA_HASH_BITS 13
struct xca_finder {
	uint32_t last[1 << XCA_HASH_BITS];
};

/*
 * The length of a match for what stands at `pos` of `in`, from XCA_MATCH_MIN to `max` bytes, and
 * its distance, at most `max_distance`; 0 when none is known. `pos` becomes known.
 */
size_t xca_find(struct xca_finder *f, struct slice in, size_t pos, size_t max, size_t max_distance,
		size_t *distance);

#endif
