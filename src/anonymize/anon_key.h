/*
 * The key that a rewrite goes by: 32 bytes in a file that is the user's own, or made up and
 * forgotten. It never stands in a workload.
 */
#ifndef SMB_ANONYMIZE_ANON_KEY_H
#define SMB_ANONYMIZE_ANON_KEY_H

#include "crypto/prf.h"

#define ANON_KEY_FILE_MAX ((size_t)64 << 10) /* bytes of a key file */
#define ANON_KEY_FILE_MIN ((size_t)16)

struct anon_key {
	uint8_t k[PRF_LEN];
};

/*
 * The key that a file's bytes make (their SHA-256), which may be any text of at least 16 bytes.
 * Returns 0, a negated errno, ERR_USAGE (too short or too long) or ERR_CRYPTO, with a text in `e`.
 */
int anon_key_load(const char *path, struct anon_key *out, struct err *e) MUST_CHECK;

/* One that nobody knows. Returns 0 or ERR_CRYPTO. */
int anon_key_random(struct anon_key *out, struct err *e) MUST_CHECK;

/* Another key of it, by purpose: "names", "data". Returns 0 or ERR_CRYPTO. */
int anon_key_derive(const struct anon_key *k, const char *purpose, struct anon_key *out) MUST_CHECK;

void anon_key_wipe(struct anon_key *k);

#endif
