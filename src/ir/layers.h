/*
 * The layers around the PDUs of a message: sealed (MS-SMB2 2.2.41) and compressed (MS-SMB2 2.2.42).
 *
 * All messages here begin with their ProtocolId: without the 4 bytes of the session service.
 */
#ifndef SMB_IR_LAYERS_H
#define SMB_IR_LAYERS_H

#include "base/buf.h"
#include "crypto/seal.h"
#include "proto/smb2_codec.h"

/* Flags of a 3.1.1 transform header, and EncryptionAlgorithm AES-128-CCM of a 3.0 one. */
#define SEAL_FLAGS_ENCRYPTED 1

/*
 * Decode the transform header of a sealed message, so that the key can be found by its session_id;
 * t->sealed borrows from the message. Returns 0, or with a text in `e` ERR_TRUNCATED, or
 * ERR_MALFORMED (no transform header, or an OriginalMessageSize that is not that of what follows).
 */
int seal_header(struct slice message, struct smb2_transform *t, struct err *e) MUST_CHECK;

/*
 * Append to `out` the sealed form of `plain` (MS-SMB2 3.1.4.3); `flags` is what to send in Flags,
 * as recorded or SEAL_FLAGS_ENCRYPTED. `plain` may not lie in `out`. Returns 0, ERR_NOMEM,
 * ERR_LIMIT or ERR_CRYPTO.
 */
int seal_message(struct sealer *s, uint64_t session_id, uint16_t flags, struct slice plain,
		 const uint8_t nonce[SEAL_NONCE_FIELD], struct buf *out) MUST_CHECK;

/*
 * Append to `out` what a sealed message holds: plain PDUs, or a compressed message. Returns 0, an
 * error of seal_header, ERR_VERIFY (the key is another, or the message was altered), ERR_NOMEM or
 * ERR_CRYPTO, with a text in `e`.
 */
int unseal_message(struct sealer *s, struct slice message, struct buf *out,
		   struct err *e) MUST_CHECK;

#endif
