/* Matches: copied when decompressing, found when compressing. */
#include "config.h"

#include "proto/xca_lz.h"

bool
xca_put_bytes(struct xca_out *o, struct slice s)
{
	if (s.n > o->n - o->pos)
		return false;
	if (s.n > 0)
		memcpy(o->p + o->pos, s.p, s.n);
	o->pos += s.n;
	return true;
}

bool
xca_put_match(struct xca_out *o, size_t distance, size_t len)
{
	uint8_t *to;

	if (distance == 0 || distance > o->pos || len > o->n - o->pos)
		return false;
	to = o->p + o->pos;
	o->pos += len;
	if (distance >= len) {
		memcpy(to, to - distance, len);
		return true;
	}
	/* It repeats itself: byte by byte, as MS-XCA 2.2.4 has it. */
	for (; len > 0; len--, to++)
		*to = *(to - distance);
	return true;
}

static uint32_t
hash_three(const uint8_t *p)
{
	uint32_t v = (uint32_t)wire_le(p, 2) | (uint32_t)p[2] << 16;

	return v * 2654435761u >> (32 - XCA_HASH_BITS);
}

size_t
xca_find(struct xca_finder *f, struct slice in, size_t pos, size_t max, size_t max_distance,
	 size_t *distance)
{
	uint32_t *slot;
	size_t from, n = 0;

	if (max > in.n - pos)
		max = in.n - pos;
	if (max < XCA_MATCH_MIN)
		return 0;
	slot = &f->last[hash_three(in.p + pos)];
	from = *slot;
	*slot = (uint32_t)pos + 1;
	if (from == 0 || pos + 1 - from > max_distance)
		return 0;
	from--;
	while (n < max && in.p[from + n] == in.p[pos + n])
		n++;
	*distance = pos - from;
	return n >= XCA_MATCH_MIN ? n : 0;
}
