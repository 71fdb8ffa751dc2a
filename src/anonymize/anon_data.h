/*
 * What files hold: byte by byte another one, by the key, the file and the byte's place in it. So
 * what was written in one piece is what is read in another; zeros stay zeros, since servers make
 * them themselves. Under the key each place has a substitution of its own: what shows is where
 * zeros are, and where a file got the same byte again in the same place.
 */
#ifndef SMB_ANONYMIZE_ANON_DATA_H
#define SMB_ANONYMIZE_ANON_DATA_H

#include "anonymize/anon_key.h"

struct anon_data;

/* Returns 0, ERR_NOMEM or ERR_CRYPTO. */
int anon_data_new(const struct anon_key *key, struct anon_data **out) MUST_CHECK;
void anon_data_free(struct anon_data *d);

/* Rewrite `n` bytes that stand at `offset` of the file that `file` is the key of. Returns 0 or
 * ERR_CRYPTO. */
int anon_data_rewrite(struct anon_data *d, const uint8_t file[PRF_LEN], uint64_t offset, uint8_t *p,
		      size_t n) MUST_CHECK;

#endif
