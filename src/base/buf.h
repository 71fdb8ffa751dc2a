/* A growable byte buffer with a hard limit. The error is sticky, as in the cursor. */
#ifndef SMB_BASE_BUF_H
#define SMB_BASE_BUF_H

#include "base/wire.h"

#define BUF_MAX ((size_t)1 << 30) /* the most that a buffer holds, whatever the input says */

struct buf {
	uint8_t *p; /* owned */
	size_t n, cap;
	int err; /* 0, ERR_NOMEM or ERR_LIMIT */
};

/* Free what the buffer holds and make it empty; the struct itself is the caller's. */
void buf_free(struct buf *b);

/* Forget the content and the error, keep the memory. */
void buf_reset(struct buf *b);

/* Make room for `n` more bytes and return where they go (n is not changed); NULL on failure. */
uint8_t *buf_reserve(struct buf *b, size_t n);

/* Append bytes, or `n` zero bytes, or a formatted text (without its NUL). */
void buf_add(struct buf *b, const void *p, size_t n);
void buf_zero(struct buf *b, size_t n);
void buf_printf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Append the low `width` bytes of `v`, least or most significant first. */
void buf_le(struct buf *b, size_t width, uint64_t v);
void buf_be(struct buf *b, size_t width, uint64_t v);

/* Drop the first `n` bytes (all of them if there are fewer). */
void buf_consume(struct buf *b, size_t n);

/* What the buffer holds; valid until it changes. */
static inline struct slice
buf_slice(const struct buf *b)
{
	return slice_of(b->p, b->n);
}

#endif
