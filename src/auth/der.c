/* DER: reading elements one after the other and by tag, writing them from the inside out. */
#include "config.h"

#include "auth/der.h"

bool
der_next(struct wire_rd *r, struct der *d)
{
	size_t start = r->pos, length;

	if (wire_rd_left(r) == 0)
		return false;
	d->tag = wire_get_u8(r);
	length = wire_get_u8(r);
	d->length_width = 1;
	if (length >= 0x80) {
		size_t n = length - 0x80;

		if (n == 0 || n > 4)
			return false;
		length = (size_t)wire_get_be(r, n);
		d->length_width = 1 + n;
	}
	d->content = wire_get_slice(r, length);
	if (r->err != 0)
		return false;
	d->whole = slice_of(r->base + start, r->pos - start);
	return true;
}

struct slice
der_open(struct slice in, uint8_t tag)
{
	struct wire_rd r = wire_rd_init(in);
	struct der d;

	return der_next(&r, &d) && d.tag == tag ? d.content : (struct slice){0};
}

struct slice
der_find(struct slice in, uint8_t tag)
{
	struct wire_rd r = wire_rd_init(in);
	struct der d;

	while (der_next(&r, &d)) {
		if (d.tag == tag)
			return d.content;
	}
	return (struct slice){0};
}

bool
der_has_oid(struct slice in, struct slice oid)
{
	return oid.n > 0 && slice_eq(der_open(in, DER_OID), oid);
}

int32_t
der_integer(struct slice content, int32_t fallback)
{
	uint32_t v;

	if (content.n == 0 || content.n > 4)
		return fallback;
	v = (content.p[0] & 0x80) != 0 ? UINT32_MAX : 0;
	for (size_t i = 0; i < content.n; i++)
		v = v << 8 | content.p[i];
	return (int32_t)v;
}

void
der_put(struct buf *out, uint8_t tag, struct slice content)
{
	size_t width = 0;

	for (size_t n = content.n; content.n >= 0x80 && n > 0; n >>= 8)
		width++;
	buf_le(out, 1, tag);
	if (width > 0)
		buf_le(out, 1, 0x80 + width);
	buf_be(out, width > 0 ? width : 1, content.n);
	buf_add(out, content.p, content.n);
}

void
der_wrap(struct buf *b, uint8_t tag)
{
	struct buf inner = *b;

	*b = (struct buf){.err = inner.err};
	der_put(b, tag, buf_slice(&inner));
	buf_free(&inner);
}
