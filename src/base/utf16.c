/* UTF-16LE to and from text. */
#include "config.h"

#include "base/utf16.h"

#include <wctype.h>

static void
add_code_point(struct buf *out, uint32_t c)
{
	uint8_t b[4];
	size_t n;

	if (c < 0x80) {
		b[0] = (uint8_t)c;
		n = 1;
	} else if (c < 0x800) {
		b[0] = (uint8_t)(0xc0 | c >> 6);
		b[1] = (uint8_t)(0x80 | (c & 0x3f));
		n = 2;
	} else if (c < 0x10000) {
		b[0] = (uint8_t)(0xe0 | c >> 12);
		b[1] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
		b[2] = (uint8_t)(0x80 | (c & 0x3f));
		n = 3;
	} else {
		b[0] = (uint8_t)(0xf0 | c >> 18);
		b[1] = (uint8_t)(0x80 | (c >> 12 & 0x3f));
		b[2] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
		b[3] = (uint8_t)(0x80 | (c & 0x3f));
		n = 4;
	}
	buf_add(out, b, n);
}

void
utf16_to_utf8(struct slice s, struct buf *out)
{
	struct wire_rd r = wire_rd_init(s);

	while (wire_rd_left(&r) >= 2) {
		uint32_t c = wire_get_le16(&r);

		if (c >= 0xd800 && c < 0xdc00 && wire_rd_left(&r) >= 2) {
			uint32_t low = (uint32_t)wire_le(r.base + r.pos, 2);

			if (low >= 0xdc00 && low < 0xe000) {
				c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
				r.pos += 2;
			}
		}
		add_code_point(out, c);
	}
}

/* The code point at *p, which is moved past it; -1 where it is none. */
static int32_t
next_code_point(const uint8_t **p)
{
	static const uint8_t lead[] = {0x00, 0xc0, 0xe0, 0xf0}, mask[] = {0x7f, 0x1f, 0x0f, 0x07};
	const uint8_t *s = *p;
	size_t extra = s[0] < 0x80 ? 0 : s[0] >= 0xf0 ? 3 : s[0] >= 0xe0 ? 2 : 1;
	int32_t c = s[0] & mask[extra];

	if ((s[0] & (uint8_t)~mask[extra]) != lead[extra])
		return -1;
	for (size_t i = 1; i <= extra; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return -1;
		c = c << 6 | (s[i] & 0x3f);
	}
	*p = s + extra + 1;
	return c <= 0x10ffff ? c : -1;
}

static int
from_utf8(const char *text, struct buf *out, wint_t (*map)(wint_t))
{
	const uint8_t *p = (const uint8_t *)text;

	while (*p != 0) {
		int32_t c = next_code_point(&p);

		if (c < 0)
			return ERR_MALFORMED;
		if (map != NULL && c < 0x10000)
			c = (int32_t)map((wint_t)c);
		if (c >= 0x10000) {
			buf_le(out, 2, 0xd800 + ((uint64_t)(c - 0x10000) >> 10));
			c = 0xdc00 + ((c - 0x10000) & 0x3ff);
		}
		buf_le(out, 2, (uint64_t)c);
	}
	return out->err;
}

int
utf16_from_utf8(const char *text, struct buf *out)
{
	return from_utf8(text, out, NULL);
}

int
utf16_from_utf8_upper(const char *text, struct buf *out)
{
	return from_utf8(text, out, towupper);
}

bool
utf16_same_name(const char *a, const char *b)
{
	struct buf x = {0}, y = {0};
	bool same = utf16_from_utf8_upper(a, &x) == 0 && utf16_from_utf8_upper(b, &y) == 0 &&
		    slice_eq(buf_slice(&x), buf_slice(&y));

	buf_free(&x);
	buf_free(&y);
	return same;
}
