/* Writing one field of recorded bytes by its name, for hand-altered workloads. */
#ifndef SMB_PROTO_SMB2_SET_H
#define SMB_PROTO_SMB2_SET_H

#include "proto/smb2_pdu.h"

/*
 * Write `value` over the field `path` of the PDU of `n` bytes at `pdu`, in place. A path names
 * fields as the walk does: the header's bare ("status", "flags"), those of the body behind "body.",
 * nested ones behind the rows that hold them, with an index where there are several:
 * "body.create_contexts[1].data.lease_state", "body.dialects[0]".
 *
 * A field with a number takes a number in C notation, 32-bit ones also the name of an NTSTATUS
 * ("STATUS_ACCESS_DENIED"); byte strings and variable parts take exactly as many bytes as they
 * have, in hexadecimal.
 *
 * Returns 0; ERR_NOTFOUND (no such field in this PDU), ERR_USAGE (no value for it), ERR_TRUNCATED
 * or ERR_MALFORMED (no PDU), with a text in `e` that names the path.
 */
int smb2_set_field(uint8_t *pdu, size_t n, const char *path, const char *value,
		   struct err *e) MUST_CHECK;

/* The field of a decoded PDU that a path names; false where there is none. */
bool smb2_find_field(const struct smb2_pdu *pdu, const char *path, struct smb2_item *out);

/* Write a value, as above, to the `it->len` bytes at `p`. Returns 0 or ERR_USAGE. */
int smb2_put_value(uint8_t *p, const struct smb2_item *it, const char *value) MUST_CHECK;

/* Append the bytes of a text in hexadecimal to `out`. Returns 0, ERR_USAGE, or the error that stuck
 * in `out`. */
int smb2_add_hex(const char *text, struct buf *out) MUST_CHECK;

#endif
