/* Hashes: what NTLM and tests need. OpenSSL does the work. */
#ifndef SMB_CRYPTO_HASH_H
#define SMB_CRYPTO_HASH_H

#include "base/wire.h"

/*
 * Each returns 0 or ERR_CRYPTO. MD4 and RC4 need OpenSSL's legacy provider, which is loaded on
 * first use.
 */
int hash_md4(struct slice in, uint8_t out[16]) MUST_CHECK;
int hash_md5(struct slice in, uint8_t out[16]) MUST_CHECK;
int hash_hmac_md5(struct slice key, struct slice in, uint8_t out[16]) MUST_CHECK;
int hash_sha256(struct slice in, uint8_t out[32]) MUST_CHECK;
int hash_rc4(struct slice key, struct slice in,
	     uint8_t *out) MUST_CHECK; /* `in.n` bytes to `out`, which may be in.p */

/* Whether two secrets of `n` bytes are equal, in a time that does not tell where they differ. */
bool hash_equal(const void *a, const void *b, size_t n);

/* Cryptographically random bytes. Returns 0 or ERR_CRYPTO. */
int hash_random(void *out, size_t n) MUST_CHECK;

/* Overwrite a secret so that the compiler does not drop it. */
void hash_wipe(void *p, size_t n);

#endif
