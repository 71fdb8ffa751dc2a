/* UTF-16LE to and from text. Lossless: an unpaired surrogate becomes its three-byte (WTF-8) form.
 */
#ifndef SMB_BASE_UTF16_H
#define SMB_BASE_UTF16_H

#include "base/buf.h"

/* Append the UTF-8 form of `s` to `out`; a last odd byte is dropped. Errors stick in `out`. */
void utf16_to_utf8(struct slice s, struct buf *out);

/*
 * Append the UTF-16LE form of NUL-terminated `text` to `out`. Returns 0, or ERR_MALFORMED where the
 * text is not (W)UTF-8, or the error that stuck in `out`.
 */
int utf16_from_utf8(const char *text, struct buf *out) MUST_CHECK;

/* Append `text` uppercased as the NTLM user name is (MS-NLMP 3.3.2): ASCII and the simple
 * one-to-one pairs of towupper. */
int utf16_from_utf8_upper(const char *text, struct buf *out) MUST_CHECK;

/* Are two texts one name, uppercased in that way? False also where one is not (W)UTF-8, or for want
 * of memory. */
bool utf16_same_name(const char *a, const char *b);

#endif
