/*
 * Key derivation (SP 800-108 counter mode with HMAC-SHA256, MS-SMB2 3.1.4.2) and the 3.1.1 preauth
 * hash (MS-SMB2 3.2.5.2, 3.2.5.3).
 */
#ifndef SMB_CRYPTO_KDF_H
#define SMB_CRYPTO_KDF_H

#include "crypto/seal.h"

#define PREAUTH_LEN 64

/*
 * The running SHA-512 of MS-SMB2 3.2.5.2 and 3.2.5.3, "PreauthIntegrityHashValue"; starts as
 * zeroes.
 */
struct preauth {
	uint8_t hash[PREAUTH_LEN];
};

/*
 * hash = SHA-512(hash || message), message from the SMB2 header to its end. Returns 0 or
 * ERR_CRYPTO.
 */
int preauth_update(struct preauth *p, struct slice message) MUST_CHECK;

/*
 * `out_len` bytes of SP 800-108 KDF in counter mode (r = 32, L = 8 * out_len), PRF HMAC-SHA256.
 * `label` and `context` are used as given: a terminating NUL that MS-SMB2 asks for is part of the
 * slice. Returns 0 or ERR_CRYPTO.
 */
int kdf_sp800_108(struct slice key, struct slice label, struct slice context, uint8_t *out,
		  size_t out_len) MUST_CHECK;

/*
 * The signing key of a session or channel (MS-SMB2 3.2.5.3.1): the session key itself (cut or
 * zero-padded to 16 bytes) before 3.0, "SMB2AESCMAC"/"SmbSign" in 3.0 and 3.0.2,
 * "SMBSigningKey"/preauth hash in 3.1.1. `dialect` is the DialectRevision; `preauth` may be NULL
 * before 3.1.1. Returns 0 or ERR_CRYPTO.
 */
int kdf_signing_key(uint16_t dialect, struct slice session_key, const struct preauth *preauth,
		    uint8_t out[16]) MUST_CHECK;

/* The cipher keys of a session: what its client seals with, and its server. */
struct seal_keys {
	uint8_t c2s[SEAL_KEY_MAX], s2c[SEAL_KEY_MAX];
	size_t n; /* bytes of each */
};

/*
 * Session.EncryptionKey and Session.DecryptionKey of a client (MS-SMB2 3.2.5.3.1): "SMB2AESCCM"
 * with "ServerIn " and "ServerOut" in 3.0 and 3.0.2, "SMBC2SCipherKey" and "SMBS2CCipherKey" with
 * the preauth hash in 3.1.1. `full_key` is the key as the mechanism gave it: 128-bit ciphers are
 * keyed from its first 16 bytes (zero-padded), 256-bit ones from all of it. The hash is that of the
 * SESSION_SETUP which established the session, never of a binding. `preauth` may be NULL before
 * 3.1.1. Returns 0, ERR_UNSUPPORTED (a dialect before 3.0, or no such cipher) or ERR_CRYPTO. The
 * caller wipes `out`.
 */
int kdf_cipher_keys(uint16_t dialect, enum seal_cipher cipher, struct slice full_key,
		    const struct preauth *preauth, struct seal_keys *out) MUST_CHECK;

#endif
