/* Text for a terminal of a known width. */
#include "config.h"

#include "page.h"

#include <stdarg.h>
#include <stdio.h>

#include "ir/json_out.h"

#define ELLIPSIS "..."
#define NAME_LEAST ((size_t)12) /* columns that a name has beside its figures */

/* Bytes of the character at `p`. */
static size_t
character(const char *p, size_t left)
{
	const uint8_t *b = (const uint8_t *)p;
	size_t n = b[0] > 0x7f ? json_utf8_len(b, left) : 1;

	return n > 0 ? n : 1;
}

size_t
page_columns(const char *text, size_t n)
{
	size_t columns = 0;

	for (size_t i = 0; i < n; i += character(text + i, n - i))
		columns++;
	return columns;
}

/* C0 and C1 controls, and what is no UTF-8, would rule the terminal. */
static bool
is_control(const char *p, size_t n)
{
	const uint8_t *b = (const uint8_t *)p;

	return (n == 1 && (b[0] < 0x20 || b[0] >= 0x7f)) || (n == 2 && b[0] == 0xc2 && b[1] < 0xa0);
}

/* The characters from number `from` up to `to`. */
static void
put_part(struct buf *out, const char *text, size_t from, size_t to)
{
	size_t n = strlen(text), column = 0;

	for (size_t i = 0, k; i < n && column < to; i += k, column++) {
		k = character(text + i, n - i);
		if (column < from)
			continue;
		if (is_control(text + i, k))
			buf_add(out, "?", 1);
		else
			buf_add(out, text + i, k);
	}
}

void
page_fit(struct buf *out, const char *text, size_t columns, bool pad)
{
	size_t n = page_columns(text, strlen(text)), cut = strlen(ELLIPSIS), head;

	if (n <= columns) {
		put_part(out, text, 0, n);
		for (; pad && n < columns; n++)
			buf_add(out, " ", 1);
		return;
	}
	if (columns < 2 * cut) {
		put_part(out, text, 0, columns);
		return;
	}
	head = (columns - cut) / 2;
	put_part(out, text, 0, head);
	buf_add(out, ELLIPSIS, cut);
	put_part(out, text, n - (columns - cut - head), n);
}

void
page_colour(struct page *p, const char *sgr)
{
	if (p->colour)
		buf_printf(p->out, "\033[%sm", sgr);
}

static void
put_label(struct page *p)
{
	if (p->label != NULL)
		page_colour(p, "1");
	buf_printf(p->out, "%-*s", (int)PAGE_LABEL, p->label != NULL ? p->label : "");
	if (p->label != NULL)
		page_colour(p, "0");
	p->label = NULL;
}

static size_t
body_width(const struct page *p)
{
	return p->width > PAGE_LABEL + 20 ? p->width - PAGE_LABEL : 20;
}

void
page_line(struct page *p, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	put_label(p);
	page_fit(p->out, text, body_width(p), false);
	buf_add(p->out, "\n", 1);
}

void
page_row(struct page *p, const char *name, const char *figures)
{
	size_t n = page_columns(figures, strlen(figures)), width = body_width(p);

	if (n + 2 + NAME_LEAST > width) {
		page_line(p, "%s", name);
		page_line(p, "  %s", figures);
		return;
	}
	put_label(p);
	page_fit(p->out, name, width - n - 2, true);
	buf_add(p->out, "  ", 2);
	page_fit(p->out, figures, n, false);
	buf_add(p->out, "\n", 1);
}

static void
put_spaces(struct buf *out, size_t n)
{
	for (; n > 0; n--)
		buf_add(out, " ", 1);
}

/* A word without what would rule the terminal. */
static void
put_word(struct buf *out, const char *word, size_t n)
{
	for (size_t i = 0, k; i < n; i += k) {
		k = character(word + i, n - i);
		if (is_control(word + i, k))
			buf_add(out, "?", 1);
		else
			buf_add(out, word + i, k);
	}
}

void
page_wrap(struct page *p, const struct page_wrap *how, const char *text, size_t n)
{
	size_t column = how->indent, room = p->width - (how->end != NULL ? strlen(how->end) : 0);
	bool first = true;

	put_spaces(p->out, how->indent);
	for (size_t i = 0, k; i < n; i += k + 1) {
		size_t columns;

		for (k = 0; i + k < n && text[i + k] != how->part; k++)
			;
		columns = page_columns(text + i, k);
		if (!first && column + 1 + columns > room) {
			buf_printf(p->out, "%s\n", how->end != NULL ? how->end : "");
			column = how->indent + how->further;
			put_spaces(p->out, column);
		} else if (!first) {
			buf_add(p->out, " ", 1);
			column++;
		}
		put_word(p->out, text + i, k);
		column += columns;
		first = false;
	}
	buf_add(p->out, "\n", 1);
}
