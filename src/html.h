/* Writing HTML: text from anywhere is escaped, in one place. */
#ifndef SMB_HTML_H
#define SMB_HTML_H

#include "base/buf.h"

/* Markup of our own. Never with text from a capture or a server: html_text is for that. */
void html_put(struct buf *out, const char *markup);

/*
 * Text from anywhere, as content or between double quotes: no character of it is markup. Control
 * characters, those that turn the direction of text round, and bytes that are no UTF-8 are shown as
 * their numbers.
 */
void html_text(struct buf *out, const char *text);
void html_text_n(struct buf *out, const char *text, size_t n);

/* At most `max` characters of it, then an ellipsis; a long text is left whole for the reader's
 * pointer by the caller, if at all. */
void html_text_cut(struct buf *out, const char *text, size_t max);

/* <name class="class">text</name>; `class` may be NULL and is our own. */
void html_element(struct buf *out, const char *name, const char *class, const char *text);

/* A number with thin spaces between groups of three digits. */
void html_count(struct buf *out, uint64_t n);

/* "1 message", "12 345 messages": the plural is made with "s". */
void html_counted(struct buf *out, uint64_t n, const char *what);

/* "812 ns", "3.42 ms": three digits; the same as plain ASCII ("us"), for terminals. */
void html_duration(struct buf *out, uint64_t ns);
void text_duration(struct buf *out, uint64_t ns, const char *micro);

#endif
