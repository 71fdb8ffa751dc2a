/* Text for a terminal of a known width: labelled lines, wrapped or cut, harmless whatever names
 * hold. */
#ifndef SMB_PAGE_H
#define SMB_PAGE_H

#include "base/buf.h"

#define PAGE_LABEL ((size_t)11) /* columns of the labels */

struct page {
	struct buf *out;
	size_t width;
	bool colour;
	const char *label; /* of the next line; NULL: none */
};

/* The columns that a text takes (a character each; bytes that are no UTF-8 as well). */
size_t page_columns(const char *text, size_t n);

/* Append `text` cut in its middle to at most `columns` columns, control characters as "?". With
 * `pad`, filled up with spaces to that. */
void page_fit(struct buf *out, const char *text, size_t columns, bool pad);

/* A line behind the label, or behind as many spaces; cut in the middle where it is too long. */
void page_line(struct page *p, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* A line with a name on the left and its figures on the right: the name gives way. Two lines where
 * too little of it would be left. */
void page_row(struct page *p, const char *name, const char *figures);

/*
 * Words at `indent` columns, wrapped, the following lines `further` columns further in. `end`
 * stands before each line break (" \\" for a shell). Words are parted by `part`.
 */
struct page_wrap {
	size_t indent, further;
	char part;
	const char *end;
};
void page_wrap(struct page *p, const struct page_wrap *how, const char *text, size_t n);

/* Begin and end of a colour (the number of an ECMA-48 SGR), where there are any. */
void page_colour(struct page *p, const char *sgr);

#endif
