/* The HTML writer. */
#include "config.h"

#include "html.h"

#include "ir/json_out.h"

void
html_put(struct buf *out, const char *markup)
{
	buf_add(out, markup, strlen(markup));
}

/* The number of the character that begins at `p`, of `n` bytes. */
static uint32_t
decode(const uint8_t *p, size_t n)
{
	uint32_t c = n == 2 ? p[0] & 0x1fu : n == 3 ? p[0] & 0x0fu : p[0] & 0x07u;

	for (size_t i = 1; i < n; i++)
		c = c << 6 | (p[i] & 0x3fu);
	return c;
}

/* C1 controls, marks and overrides of direction, line separators, no-break joiners, the
 * byte order mark: what is not seen, or makes other text seen wrongly. */
static bool
is_invisible(uint32_t c)
{
	return (c >= 0x80 && c < 0xa0) || c == 0xad || c == 0x61c || (c >= 0x200b && c <= 0x200f) ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff ||
	       (c >= 0xfff0 && c <= 0xfffb) || (c & 0xfffeu) == 0xfffe ||
	       (c >= 0xe0000 && c <= 0xe0fff);
}

static void
put_ascii(struct buf *out, uint8_t c)
{
	switch (c) {
	case '<':
		html_put(out, "&lt;");
		break;
	case '>':
		html_put(out, "&gt;");
		break;
	case '&':
		html_put(out, "&amp;");
		break;
	case '"':
		html_put(out, "&quot;");
		break;
	case '\'':
		html_put(out, "&#39;");
		break;
	default:
		if (c < 0x20 || c == 0x7f)
			buf_printf(out, "\\x%02x", c);
		else
			buf_add(out, &c, 1);
	}
}

/* One character; returns its bytes. */
static size_t
put_char(struct buf *out, const uint8_t *p, size_t left)
{
	size_t n;

	if (p[0] < 0x80) {
		put_ascii(out, p[0]);
		return 1;
	}
	n = json_utf8_len(p, left);
	if (n == 0) {
		buf_printf(out, "\\x%02x", p[0]);
		return 1;
	}
	if (is_invisible(decode(p, n)))
		buf_printf(out, "\\u{%x}", (unsigned)decode(p, n));
	else
		buf_add(out, p, n);
	return n;
}

void
html_text_n(struct buf *out, const char *text, size_t n)
{
	const uint8_t *p = (const uint8_t *)text;

	for (size_t i = 0; i < n;)
		i += put_char(out, p + i, n - i);
}

void
html_text(struct buf *out, const char *text)
{
	html_text_n(out, text, strlen(text));
}

void
html_text_cut(struct buf *out, const char *text, size_t max)
{
	const uint8_t *p = (const uint8_t *)text;
	size_t n = strlen(text), i = 0;

	while (i < n && max-- > 0)
		i += put_char(out, p + i, n - i);
	if (i < n)
		html_put(out, "\xe2\x80\xa6");
}

void
html_element(struct buf *out, const char *name, const char *class, const char *text)
{
	if (class != NULL)
		buf_printf(out, "<%s class=\"%s\">", name, class);
	else
		buf_printf(out, "<%s>", name);
	html_text(out, text);
	buf_printf(out, "</%s>", name);
}

void
html_count(struct buf *out, uint64_t n)
{
	uint64_t groups[7];
	size_t i = 0;

	do {
		groups[i++] = n % 1000;
		n /= 1000;
	} while (n > 0);
	buf_printf(out, "%u", (unsigned)groups[--i]);
	while (i > 0)
		buf_printf(out, "\xe2\x80\xaf%03u", (unsigned)groups[--i]);
}

void
html_counted(struct buf *out, uint64_t n, const char *what)
{
	html_count(out, n);
	buf_printf(out, " %s%s", what, n == 1 ? "" : "s");
}

void
text_duration(struct buf *out, uint64_t ns, const char *micro)
{
	const char *units[] = {"ns", micro, "ms", "s"};
	double v = (double)ns;
	size_t unit = 0;

	while (unit < 3 && v >= 999.5) {
		v /= 1000;
		unit++;
	}
	buf_printf(out, "%.*f %s",
		   unit == 0 || v >= 99.95 ? 0
		   : v >= 9.995            ? 1
					   : 2,
		   v, units[unit]);
}

void
html_duration(struct buf *out, uint64_t ns)
{
	text_duration(out, ns, "\xc2\xb5s");
}
