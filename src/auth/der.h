/* Reading and writing DER (X.690), as far as SPNEGO, GSS-API and Kerberos need it. */
#ifndef SMB_AUTH_DER_H
#define SMB_AUTH_DER_H

#include "base/buf.h"

#define DER_INTEGER 0x02
#define DER_OCTETS 0x04
#define DER_OID 0x06
#define DER_GENERAL_STRING 0x1b
#define DER_SEQUENCE 0x30
#define DER_APPLICATION(n) (0x60 + (n)) /* constructed, n < 31 */
#define DER_CONTEXT(n) (0xa0 + (n))     /* the same */

/* One element, borrowed from what is read. */
struct der {
	uint8_t tag;
	struct slice whole, content;
	size_t length_width; /* bytes of the length field */
};

/*
 * The next element; false at the end and where the rest is not DER (X.690 8.1, definite lengths of
 * at most 4 bytes).
 */
bool der_next(struct wire_rd *r, struct der *d);

/* The contents of the first element of `in`, if that has this tag; else an empty slice. */
struct slice der_open(struct slice in, uint8_t tag);

/* The contents of the first element with this tag among those of `in`; an empty slice: none. */
struct slice der_find(struct slice in, uint8_t tag);

/* Whether `in` begins with this OBJECT IDENTIFIER (its contents). */
bool der_has_oid(struct slice in, struct slice oid);

/* Contents of an INTEGER of up to 4 bytes as a number; `fallback` where it is none. */
int32_t der_integer(struct slice content, int32_t fallback);

/* Append an element. Errors stick in `out`. */
void der_put(struct buf *out, uint8_t tag, struct slice content);

/* Put an element around all that `b` holds. Errors stick in `b`. */
void der_wrap(struct buf *b, uint8_t tag);

#endif
