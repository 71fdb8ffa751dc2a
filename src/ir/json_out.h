/* Writing JSON text: fast, always valid, in the order in which it is called. */
#ifndef SMB_IR_JSON_OUT_H
#define SMB_IR_JSON_OUT_H

#include "base/buf.h"

struct json_out {
	struct buf b; /* the text; its error is sticky; owned by the caller, see buf_free */
	bool comma;   /* the next value must be parted from the last one */
};

/* Open and close an object ('{', '}') or array ('[', ']'). */
void json_out_open(struct json_out *o, char bracket);
void json_out_close(struct json_out *o, char bracket);

/* The key of the next value: a plain ASCII name, or any text. */
void json_out_key(struct json_out *o, const char *name);
void json_out_name(struct json_out *o, const char *text, size_t n);

/*
 * Texts are UTF-8; what is not (and unpaired surrogates) becomes U+FFFD. Bytes become lower-case
 * hex.
 */
void json_out_text(struct json_out *o, const char *text);
void json_out_text_n(struct json_out *o, const char *text, size_t n);
void json_out_uint(struct json_out *o, uint64_t v);
void json_out_bool(struct json_out *o, bool v);
void json_out_hex(struct json_out *o, struct slice s);

/* A key and its value; a NULL text is empty. */
void json_out_key_open(struct json_out *o, const char *name, char bracket);
void json_out_key_text(struct json_out *o, const char *name, const char *text);
void json_out_key_uint(struct json_out *o, const char *name, uint64_t v);
void json_out_key_bool(struct json_out *o, const char *name, bool v);

/* A value that is JSON already: numbers in a form of their own. */
void json_out_raw(struct json_out *o, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* A line break and `depth` tabs before the next key or value; the comma before it is written first.
 */
void json_out_line(struct json_out *o, unsigned depth);

/* The same before what closes an object or array: no comma stands there. */
void json_out_last_line(struct json_out *o, unsigned depth);

/* `v` in decimal at `p`, which has room for 20 bytes; returns the end. */
char *json_put_uint(char *p, uint64_t v);

/*
 * Bytes of the UTF-8 character that begins at `p` with a byte over 0x7f; 0 where it is none, or a
 * surrogate (RFC 3629).
 */
size_t json_utf8_len(const uint8_t *p, size_t left);

#endif
