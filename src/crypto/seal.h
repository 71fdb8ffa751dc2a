/* Sealing and opening of messages (MS-SMB2 2.2.41, 3.1.4.3, 3.2.5.1.1.1): AES-CCM and AES-GCM. */
#ifndef SMB_CRYPTO_SEAL_H
#define SMB_CRYPTO_SEAL_H

#include "base/wire.h"

#define SEAL_TAG_LEN 16     /* of the transform header's Signature field */
#define SEAL_NONCE_FIELD 16 /* of its Nonce field, of which a cipher takes the first bytes */
#define SEAL_KEY_MAX 32

/* The values are the CipherIds of MS-SMB2 2.2.3.1.2. Before 3.1.1 it is always AES-128-CCM. */
enum seal_cipher {
	SEAL_AES_128_CCM = 1,
	SEAL_AES_128_GCM = 2,
	SEAL_AES_256_CCM = 3,
	SEAL_AES_256_GCM = 4,
};

/* "AES-128-CCM"; NULL for a value that is none of them. */
const char *seal_cipher_name(enum seal_cipher cipher);

/* Bytes of its key, 16 or 32; 0 for a value that is none of them. */
size_t seal_key_len(enum seal_cipher cipher);

/* One cipher with one key, that of one direction of a session. */
struct sealer;

/*
 * A sealer, reusable for any number of messages. Returns 0, ERR_UNSUPPORTED (no such cipher),
 * ERR_CRYPTO (also for a key of another length than the cipher's) or ERR_NOMEM.
 */
int sealer_new(enum seal_cipher cipher, struct slice key, struct sealer **out) MUST_CHECK;

/* Free it and wipe its key. NULL is fine. */
void sealer_free(struct sealer *s);

enum seal_cipher sealer_cipher(const struct sealer *s);

/*
 * Seal `plain` to as many bytes at `out`, which may be plain.p; `nonce` is the whole Nonce field,
 * `aad` the transform header from Nonce to its end. Returns 0, ERR_LIMIT (over 1 GiB) or
 * ERR_CRYPTO.
 */
int sealer_seal(struct sealer *s, const uint8_t nonce[SEAL_NONCE_FIELD], struct slice aad,
		struct slice plain, uint8_t *out, uint8_t tag[SEAL_TAG_LEN]) MUST_CHECK;

/*
 * Open `sealed` to as many bytes at `out`, which may be sealed.p. Returns 0, or ERR_VERIFY where
 * the tag does not fit (wrong key, or altered bytes; then the bytes at `out` are zeroes), or
 * ERR_LIMIT or ERR_CRYPTO.
 */
int sealer_open(struct sealer *s, const uint8_t nonce[SEAL_NONCE_FIELD], struct slice aad,
		struct slice sealed, const uint8_t tag[SEAL_TAG_LEN], uint8_t *out) MUST_CHECK;

/*
 * A source of nonces: a counter that starts at random. One for each key, whatever the number of
 * channels that seal with it: a repeated nonce gives the key away.
 */
struct seal_nonce {
	uint64_t next, left; /* the counter, and how many values it may still take */
	uint8_t rest[4];     /* of the nonce, behind the counter: the same in all */
};

/* Returns 0 or ERR_CRYPTO (no randomness). */
int seal_nonce_init(struct seal_nonce *n) MUST_CHECK;

/*
 * The next Nonce field for the cipher; the bytes that it does not use are zero. Returns 0,
 * ERR_LIMIT when all have been used, or ERR_UNSUPPORTED (no such cipher).
 */
int seal_nonce_next(struct seal_nonce *n, enum seal_cipher cipher,
		    uint8_t out[SEAL_NONCE_FIELD]) MUST_CHECK;

#endif
