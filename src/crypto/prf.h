/*
 * Keyed functions that need no protocol: a pseudo-random function (HMAC-SHA-256) that is run often
 * under one key, and a key stream that can be read from any place (AES-256 in counter mode).
 */
#ifndef SMB_CRYPTO_PRF_H
#define SMB_CRYPTO_PRF_H

#include "base/wire.h"

#define PRF_LEN 32 /* bytes of a key, and of what the function gives */

struct prf;

/* Returns 0, ERR_NOMEM or ERR_CRYPTO. */
int prf_new(const uint8_t key[PRF_LEN], struct prf **out) MUST_CHECK;
void prf_free(struct prf *p); /* NULL is fine */

/* HMAC-SHA-256 of `a` followed by `b`. `out` may lie in either. Returns 0 or ERR_CRYPTO. */
int prf_run(struct prf *p, struct slice a, struct slice b, uint8_t out[PRF_LEN]) MUST_CHECK;

/* `n` bytes of the key's stream from its 16-byte block number `block` on. Returns 0 or ERR_CRYPTO.
 */
int prf_stream(const uint8_t key[PRF_LEN], uint64_t block, uint8_t *out, size_t n) MUST_CHECK;

#endif
