/* LZNT1 (MS-XCA 2.5): chunks of up to 4096 bytes, each for itself. */
#include "config.h"

#include "proto/xca.h"
#include "proto/xca_lz.h"

#include <stdlib.h>

#define CHUNK 4096
#define HEADER_COMPRESSED 0x8000u
#define HEADER_SIGNATURE 0x3000u
#define HEADER_SIGNATURE_MASK 0x7000u
#define HEADER_LEN_MASK 0x0fffu /* bytes behind the header, less 1 */

/*
 * MS-XCA 2.5.1.4: of the 16 bits of a compressed word, how many are displacement when `done` bytes
 * of the chunk are there.
 */
static unsigned
displacement_bits(size_t done)
{
	unsigned m = 4;

	while (m < 12 && (size_t)1 << m < done)
		m++;
	return m;
}

/* One compressed chunk; `o` bounds it to what is left of the output and to CHUNK bytes. */
static bool
expand_chunk(struct slice chunk, struct xca_out *o)
{
	struct wire_rd r = wire_rd_init(chunk);
	unsigned flags = 0, left = 0, word, len_bits;
	bool good = true;

	for (; good && wire_rd_left(&r) > 0; left--, flags >>= 1) {
		if (left == 0) {
			flags = wire_get_u8(&r);
			left = 8;
			if (wire_rd_left(&r) == 0)
				break;
		}
		if ((flags & 1) == 0) {
			good = xca_put(o, wire_get_u8(&r));
			continue;
		}
		word = wire_get_le16(&r);
		len_bits = 16 - displacement_bits(o->pos);
		good = r.err == 0 && xca_put_match(o, (word >> len_bits) + 1u,
						   (word & ((1u << len_bits) - 1)) + XCA_MATCH_MIN);
	}
	return good && r.err == 0;
}

int
xca_lznt1_decompress(struct slice in, uint8_t *out, size_t n)
{
	struct wire_rd r = wire_rd_init(in);
	size_t done = 0;

	while (wire_rd_left(&r) > 0) {
		unsigned header = wire_get_le16(&r);
		struct slice chunk;
		struct xca_out o = {.p = out + done, .n = n - done < CHUNK ? n - done : CHUNK};

		if (header == 0)
			break;
		chunk = wire_get_slice(&r, (header & HEADER_LEN_MASK) + 1u);
		if (r.err != 0 || (header & HEADER_SIGNATURE_MASK) != HEADER_SIGNATURE)
			return ERR_MALFORMED;
		if ((header & HEADER_COMPRESSED) != 0 ? !expand_chunk(chunk, &o)
						      : !xca_put_bytes(&o, chunk))
			return ERR_MALFORMED;
		done += o.pos;
	}
	return r.err == 0 && done == n ? 0 : ERR_MALFORMED;
}

/* The items of one chunk, each group of eight behind its flags. */
static void
put_items(struct xca_finder *f, struct slice chunk, struct buf *out)
{
	size_t flags_at = 0, distance, len;
	unsigned n_flags = 8, bits;

	memset(f, 0, sizeof(*f));
	for (size_t pos = 0; pos < chunk.n && out->err == 0; pos += len, n_flags++) {
		if (n_flags == 8) {
			n_flags = 0;
			flags_at = out->n;
			buf_zero(out, 1);
		}
		bits = 16 - displacement_bits(pos);
		len = xca_find(f, chunk, pos, ((size_t)1 << bits) - 1 + XCA_MATCH_MIN,
			       (size_t)1 << (16 - bits), &distance);
		if (len == 0) {
			len = 1;
			buf_add(out, chunk.p + pos, 1);
			continue;
		}
		buf_le(out, 2, (distance - 1) << bits | (len - XCA_MATCH_MIN));
		if (out->err == 0)
			out->p[flags_at] |= (uint8_t)(1u << n_flags);
	}
}

/* A chunk of at most CHUNK bytes, compressed where that is shorter. */
static void
put_chunk(struct xca_finder *f, struct slice chunk, struct buf *out)
{
	size_t at = out->n, len;

	buf_zero(out, 2);
	put_items(f, chunk, out);
	if (out->err != 0)
		return;
	len = out->n - at - 2;
	if (len < chunk.n) {
		wire_put_le(out->p + at, 2, HEADER_COMPRESSED | HEADER_SIGNATURE | (len - 1));
		return;
	}
	out->n = at;
	buf_le(out, 2, HEADER_SIGNATURE | (chunk.n - 1));
	buf_add(out, chunk.p, chunk.n);
}

int
xca_lznt1_compress(struct slice in, struct buf *out)
{
	struct xca_finder *f;

	if (in.n > XCA_MAX)
		return ERR_LIMIT;
	f = malloc(sizeof(*f));
	if (f == NULL)
		return ERR_NOMEM;
	for (size_t pos = 0; pos < in.n && out->err == 0; pos += CHUNK)
		put_chunk(f, slice_of(in.p + pos, in.n - pos < CHUNK ? in.n - pos : CHUNK), out);
	free(f);
	return out->err;
}
