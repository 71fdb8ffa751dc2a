/* Plain LZ77 (MS-XCA 2.3, 2.4): flags of 32 items, literal bytes, matches of 16 bits and more. */
#include "config.h"

#include "proto/xca.h"
#include "proto/xca_lz.h"

#include <stdlib.h>

#define MAX_DISTANCE 8192
#define LEN_3BITS 7  /* lengths (less XCA_MATCH_MIN) from here on go on in half a byte */
#define LEN_HALF 15  /* that half from here on in a byte */
#define LEN_BYTE 255 /* that byte from here on in 16 bits, which hold all of the length */
#define NO_HALF SIZE_MAX

struct reader {
	struct wire_rd r;
	size_t half; /* where the byte is whose upper half holds the next length; or NO_HALF */
};

/* The half byte of a length: the lower half of a new byte, or the upper one of the last such. */
static size_t
get_half(struct reader *r)
{
	size_t at = r->half;

	if (at != NO_HALF) {
		r->half = NO_HALF;
		return r->r.base[at] >> 4;
	}
	r->half = r->r.pos;
	return wire_get_u8(&r->r) & 15;
}

/* What stands behind a match whose 3 bits of length are full. */
static bool
get_long_length(struct reader *r, size_t *len)
{
	size_t half = get_half(r), v;

	*len = LEN_3BITS + half;
	if (half < LEN_HALF)
		return true;
	v = wire_get_u8(&r->r);
	*len += v;
	if (v < LEN_BYTE)
		return true;
	v = wire_get_le16(&r->r);
	if (v == 0)
		v = wire_get_le32(&r->r);
	*len = v;
	return v >= LEN_3BITS + LEN_HALF;
}

static bool
get_match(struct reader *r, struct xca_out *o)
{
	unsigned v = wire_get_le16(&r->r);
	size_t len = v % 8;

	if (len == LEN_3BITS && !get_long_length(r, &len))
		return false;
	return r->r.err == 0 && xca_put_match(o, v / 8 + 1u, len + XCA_MATCH_MIN);
}

int
xca_lz77_decompress(struct slice in, uint8_t *out, size_t n)
{
	struct reader r = {.r = wire_rd_init(in), .half = NO_HALF};
	struct xca_out o = {.p = out, .n = n};
	uint32_t flags = 0;
	bool good = true;

	/* The flags behind the last item are ones, and nothing stands behind them. */
	for (unsigned left = 0; good && wire_rd_left(&r.r) > 0; left--, flags <<= 1) {
		if (left == 0) {
			flags = wire_get_le32(&r.r);
			left = 32;
			if (wire_rd_left(&r.r) == 0)
				break;
		}
		if ((flags & 0x80000000u) != 0)
			good = get_match(&r, &o);
		else
			good = xca_put(&o, wire_get_u8(&r.r));
	}
	return good && r.r.err == 0 && o.pos == n ? 0 : ERR_MALFORMED;
}

struct writer {
	struct buf *out;
	uint32_t flags;
	unsigned n_flags;
	size_t flags_at; /* where they go */
	size_t half;     /* the byte whose upper half is free, or NO_HALF */
};

/* Say what the item just written was. */
static void
put_flag(struct writer *w, uint32_t match)
{
	w->flags = w->flags << 1 | match;
	if (++w->n_flags < 32)
		return;
	if (w->out->err == 0)
		wire_put_le(w->out->p + w->flags_at, 4, w->flags);
	w->n_flags = 0;
	w->flags_at = w->out->n;
	buf_zero(w->out, 4);
}

static void
put_half(struct writer *w, size_t v)
{
	if (w->half != NO_HALF) {
		if (w->out->err == 0)
			w->out->p[w->half] |= (uint8_t)(v << 4);
		w->half = NO_HALF;
		return;
	}
	w->half = w->out->n;
	buf_le(w->out, 1, v);
}

/* The length, less XCA_MATCH_MIN, of a match whose 3 bits do not suffice. */
static void
put_long_length(struct writer *w, size_t len)
{
	size_t v = len - LEN_3BITS;

	put_half(w, v < LEN_HALF ? v : LEN_HALF);
	if (v < LEN_HALF)
		return;
	v -= LEN_HALF;
	buf_le(w->out, 1, v < LEN_BYTE ? v : LEN_BYTE);
	if (v < LEN_BYTE)
		return;
	buf_le(w->out, 2, len <= UINT16_MAX ? len : 0);
	if (len > UINT16_MAX)
		buf_le(w->out, 4, len);
}

static void
put_match(struct writer *w, size_t distance, size_t len)
{
	len -= XCA_MATCH_MIN;
	buf_le(w->out, 2, (distance - 1) << 3 | (len < LEN_3BITS ? len : LEN_3BITS));
	if (len >= LEN_3BITS)
		put_long_length(w, len);
	put_flag(w, 1);
}

int
xca_lz77_compress(struct slice in, struct buf *out)
{
	struct writer w = {.out = out, .flags_at = out->n, .half = NO_HALF};
	struct xca_finder *f;
	size_t distance, len;

	if (in.n > XCA_MAX)
		return ERR_LIMIT;
	f = calloc(1, sizeof(*f));
	if (f == NULL)
		return ERR_NOMEM;
	buf_zero(out, 4);
	for (size_t pos = 0; pos < in.n && out->err == 0; pos += len) {
		len = xca_find(f, in, pos, in.n, MAX_DISTANCE, &distance);
		if (len > 0) {
			put_match(&w, distance, len);
		} else {
			len = 1;
			buf_add(out, in.p + pos, 1);
			put_flag(&w, 0);
		}
	}
	if (out->err == 0)
		wire_put_le(out->p + w.flags_at, 4,
			    (uint64_t)w.flags << (32 - w.n_flags) | (UINT32_MAX >> w.n_flags));
	free(f);
	return out->err;
}
