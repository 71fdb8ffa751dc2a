/*
 * A copy of a message in which one variable part has other bytes: for what must be fresh by nature,
 * tokens and server names.
 */
#ifndef SMB_PROTO_SMB2_RELAY_H
#define SMB_PROTO_SMB2_RELAY_H

#include "base/buf.h"

/*
 * Append to `out` a copy of a plain message (frame header included) in which the V row `row_name`
 * of the body of PDU number `pdu_index` (from 0) has the bytes of `replacement`. Equal length: only
 * those bytes differ. Else these follow: the row's length field, the offsets of rows whose bytes
 * lie behind it (they move by a multiple of 8, so that their alignment stays), the PDU's
 * NextCommand and padding where another PDU follows, the frame's length. All other bytes are as
 * they were.
 *
 * Returns 0; ERR_NOTFOUND (no such PDU or row), ERR_MALFORMED (the body is opaque), ERR_USAGE (the
 * row has no offset and length of its own), ERR_LIMIT (a field cannot hold the new value) or
 * ERR_NOMEM, with text in `e`. On failure `out` holds what it held.
 */
int smb2_relay(struct slice message, size_t pdu_index, const char *row_name,
	       struct slice replacement, struct buf *out, struct err *e) MUST_CHECK;

#endif
