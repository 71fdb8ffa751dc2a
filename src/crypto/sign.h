/* Signing and verifying of SMB2 messages (MS-SMB2 3.1.4.1, 3.1.5.1). */
#ifndef SMB_CRYPTO_SIGN_H
#define SMB_CRYPTO_SIGN_H

#include "base/wire.h"

#define SIGN_KEY_LEN 16
#define SIGN_LEN 16        /* of the Signature field */
#define SIGN_OFFSET 48     /* where it stands in the SMB2 header */
#define SIGN_HEADER_LEN 64 /* the least that can be signed */

/* The values are the SigningAlgorithmIds of MS-SMB2 2.2.3.1.7. */
enum sign_alg { SIGN_HMAC_SHA256 = 0, SIGN_AES_CMAC = 1, SIGN_AES_GMAC = 2 };

struct signer;

/*
 * A signer for one algorithm and key, reusable for any number of messages. Returns 0, ERR_NOMEM or
 * ERR_CRYPTO.
 */
int signer_new(enum sign_alg alg, const uint8_t key[SIGN_KEY_LEN], struct signer **out) MUST_CHECK;

/* Free it and wipe its key. NULL is fine. */
void signer_free(struct signer *s);

/*
 * The signature over `pdu` (one PDU of a chain, from its header to the end of its padding) with its
 * Signature field taken as zero; the bytes are not changed. GMAC takes MessageId, the
 * SERVER_TO_REDIR flag and whether it is a CANCEL from the header (MS-SMB2 3.1.4.1). Returns 0,
 * ERR_TRUNCATED (shorter than a header) or ERR_CRYPTO.
 */
int signer_compute(struct signer *s, struct slice pdu, uint8_t out[SIGN_LEN]) MUST_CHECK;

/*
 * 0 where the Signature field of `pdu` holds, ERR_VERIFY where it does not, or an error of
 * signer_compute.
 */
int signer_verify(struct signer *s, struct slice pdu) MUST_CHECK;

#endif
