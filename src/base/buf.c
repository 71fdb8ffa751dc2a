/* A growable byte buffer. */
#include "config.h"

#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>

void
buf_free(struct buf *b)
{
	free(b->p);
	*b = (struct buf){0};
}

void
buf_reset(struct buf *b)
{
	b->n = 0;
	b->err = 0;
}

uint8_t *
buf_reserve(struct buf *b, size_t n)
{
	size_t cap = b->cap < 64 ? 64 : b->cap;
	uint8_t *p;

	if (b->err != 0)
		return NULL;
	if (n > BUF_MAX - b->n) {
		b->err = ERR_LIMIT;
		return NULL;
	}
	if (b->p != NULL && n <= b->cap - b->n)
		return b->p + b->n;
	while (cap - b->n < n)
		cap *= 2;
	p = realloc(b->p, cap);
	if (p == NULL) {
		b->err = ERR_NOMEM;
		return NULL;
	}
	b->p = p;
	b->cap = cap;
	return p + b->n;
}

void
buf_add(struct buf *b, const void *p, size_t n)
{
	uint8_t *to = buf_reserve(b, n);

	if (to == NULL || n == 0)
		return;
	memcpy(to, p, n);
	b->n += n;
}

void
buf_zero(struct buf *b, size_t n)
{
	uint8_t *to = buf_reserve(b, n);

	if (to == NULL)
		return;
	memset(to, 0, n);
	b->n += n;
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	uint8_t *to;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0 || (to = buf_reserve(b, (size_t)n + 1)) == NULL)
		return;
	va_start(ap, fmt);
	(void)vsnprintf((char *)to, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->n += (size_t)n;
}

void
buf_le(struct buf *b, size_t width, uint64_t v)
{
	uint8_t *to = buf_reserve(b, width);

	if (to == NULL)
		return;
	wire_put_le(to, width, v);
	b->n += width;
}

void
buf_be(struct buf *b, size_t width, uint64_t v)
{
	uint8_t *to = buf_reserve(b, width);

	if (to == NULL)
		return;
	wire_put_be(to, width, v);
	b->n += width;
}

void
buf_consume(struct buf *b, size_t n)
{
	if (n >= b->n) {
		b->n = 0;
		return;
	}
	memmove(b->p, b->p + n, b->n - n);
	b->n -= n;
}
