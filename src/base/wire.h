/*
 * The cursor: the only place where wire bytes become numbers and back.
 *
 * A reader or writer is a small value on the stack that never owns memory. Its error is sticky:
 * after the first failure reads give 0 or an empty slice and writes do nothing, so that a decoder
 * is a straight list of reads with one check at the end.
 */
#ifndef SMB_BASE_WIRE_H
#define SMB_BASE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/err.h"

/* Borrowed bytes. Who lends them, and for how long, stands where a slice is handed out. */
struct slice {
	const uint8_t *p;
	size_t n;
};

static inline struct slice
slice_of(const void *p, size_t n)
{
	return (struct slice){.p = (const uint8_t *)p, .n = n};
}

/* `n` bytes of `s` from `off`; an empty slice where they do not lie inside. */
static inline struct slice
slice_sub(struct slice s, size_t off, size_t n)
{
	if (off > s.n || n > s.n - off)
		return (struct slice){0};
	return slice_of(off > 0 ? s.p + off : s.p, n);
}

static inline bool
slice_eq(struct slice a, struct slice b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* `width` bytes (1 to 8) at `p`, least significant first. The caller has checked the bounds. */
static inline uint64_t
wire_le(const uint8_t *p, size_t width)
{
	uint64_t v = 0;

	/* With a constant width compilers make one load of each of the first three. */
	switch (width) {
	case 2:
		return (uint64_t)p[0] | (uint64_t)p[1] << 8;
	case 4:
		return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 |
		       (uint64_t)p[3] << 24;
	case 8:
		return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 |
		       (uint64_t)p[3] << 24 | (uint64_t)p[4] << 32 | (uint64_t)p[5] << 40 |
		       (uint64_t)p[6] << 48 | (uint64_t)p[7] << 56;
	default:
		for (size_t i = width; i > 0; i--)
			v = v << 8 | p[i - 1];
		return v;
	}
}

/* `width` bytes (1 to 8) at `p`, most significant first. The caller has checked the bounds. */
static inline uint64_t
wire_be(const uint8_t *p, size_t width)
{
	uint64_t v = 0;

	for (size_t i = 0; i < width; i++)
		v = v << 8 | p[i];
	return v;
}

/* Put the low `width` bytes (1 to 8) of `v` at `p`, least significant first. */
static inline void
wire_put_le(uint8_t *p, size_t width, uint64_t v)
{
	for (size_t i = 0; i < width; i++, v >>= 8)
		p[i] = (uint8_t)v;
}

/* Put the low `width` bytes (1 to 8) of `v` at `p`, most significant first. */
static inline void
wire_put_be(uint8_t *p, size_t width, uint64_t v)
{
	for (size_t i = width; i > 0; i--, v >>= 8)
		p[i - 1] = (uint8_t)v;
}

struct wire_rd {
	const uint8_t *base;
	size_t len, pos;
	int err; /* 0 or ERR_TRUNCATED */
};

static inline struct wire_rd
wire_rd_init(struct slice s)
{
	return (struct wire_rd){.base = s.p, .len = s.n};
}

static inline size_t
wire_rd_left(const struct wire_rd *r)
{
	return r->err != 0 ? 0 : r->len - r->pos;
}

/* The next `n` bytes, consumed; borrowed from what the reader reads. */
static inline struct slice
wire_get_slice(struct wire_rd *r, size_t n)
{
	struct slice s = {0};

	if (r->err != 0 || n > r->len - r->pos) {
		r->err = ERR_TRUNCATED;
		return s;
	}
	s = slice_of(r->base + r->pos, n);
	r->pos += n;
	return s;
}

static inline uint64_t
wire_get_le(struct wire_rd *r, size_t width)
{
	struct slice s = wire_get_slice(r, width);

	return s.p != NULL ? wire_le(s.p, width) : 0;
}

static inline uint64_t
wire_get_be(struct wire_rd *r, size_t width)
{
	struct slice s = wire_get_slice(r, width);

	return s.p != NULL ? wire_be(s.p, width) : 0;
}

static inline uint8_t
wire_get_u8(struct wire_rd *r)
{
	return (uint8_t)wire_get_le(r, 1);
}

static inline uint16_t
wire_get_le16(struct wire_rd *r)
{
	return (uint16_t)wire_get_le(r, 2);
}

static inline uint32_t
wire_get_le32(struct wire_rd *r)
{
	return (uint32_t)wire_get_le(r, 4);
}

static inline uint64_t
wire_get_le64(struct wire_rd *r)
{
	return wire_get_le(r, 8);
}

static inline uint16_t
wire_get_be16(struct wire_rd *r)
{
	return (uint16_t)wire_get_be(r, 2);
}

static inline uint32_t
wire_get_be32(struct wire_rd *r)
{
	return (uint32_t)wire_get_be(r, 4);
}

/* Go to an absolute position. */
static inline void
wire_seek(struct wire_rd *r, size_t pos)
{
	if (r->err != 0 || pos > r->len)
		r->err = ERR_TRUNCATED;
	else
		r->pos = pos;
}

struct wire_wr {
	uint8_t *base;
	size_t cap, pos;
	int err; /* 0 or ERR_LIMIT */
};

static inline struct wire_wr
wire_wr_init(void *p, size_t cap)
{
	return (struct wire_wr){.base = (uint8_t *)p, .cap = cap};
}

/* Reserve the next `n` bytes; NULL once the writer has failed. */
static inline uint8_t *
wire_put_space(struct wire_wr *w, size_t n)
{
	uint8_t *p;

	if (w->err != 0 || n > w->cap - w->pos) {
		w->err = ERR_LIMIT;
		return NULL;
	}
	p = w->base + w->pos;
	w->pos += n;
	return p;
}

static inline void
wire_put_bytes(struct wire_wr *w, const void *src, size_t n)
{
	uint8_t *p = wire_put_space(w, n);

	if (p != NULL && n > 0)
		memcpy(p, src, n);
}

static inline void
wire_put_int_le(struct wire_wr *w, size_t width, uint64_t v)
{
	uint8_t *p = wire_put_space(w, width);

	if (p != NULL)
		wire_put_le(p, width, v);
}

static inline void
wire_put_int_be(struct wire_wr *w, size_t width, uint64_t v)
{
	uint8_t *p = wire_put_space(w, width);

	if (p != NULL)
		wire_put_be(p, width, v);
}

#endif
