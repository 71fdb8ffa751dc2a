/*
 * A byte's substitution is one of 256 permutations of the bytes 1 to 255, between two turns; which
 * one, and how far the turns go, a key stream says.
 */
#include "config.h"

#include "anonymize/anon_data.h"

#include <stdlib.h>

#include "crypto/hash.h"

#define VALUES 255u /* all but zero */
#define TABLES 256u
#define PER_BYTE 4u                /* bytes of key stream that one byte takes; one is not used */
#define PER_BLOCK (16u / PER_BYTE) /* bytes of data to a block of key stream */
#define CHUNK 4096u                /* bytes of data at once */

struct anon_data {
	uint8_t table[TABLES][VALUES];
	uint8_t stream[(CHUNK + PER_BLOCK) * PER_BYTE];
};

static void
shuffle(uint8_t *t, const uint8_t *random)
{
	for (unsigned i = 0; i < VALUES; i++)
		t[i] = (uint8_t)i;
	for (unsigned i = VALUES - 1; i > 0; i--) {
		unsigned j = (unsigned)wire_le(random + 4 * i, 4) % (i + 1);
		uint8_t swap = t[i];

		t[i] = t[j];
		t[j] = swap;
	}
}

int
anon_data_new(const struct anon_key *key, struct anon_data **out)
{
	struct anon_data *d = calloc(1, sizeof(*d));
	int r = 0;

	if (d == NULL)
		return ERR_NOMEM;
	for (unsigned i = 0; r == 0 && i < TABLES; i++) {
		r = prf_stream(key->k, (uint64_t)i * 4 * TABLES / 16, d->stream, 4 * TABLES);
		shuffle(d->table[i], d->stream);
	}
	if (r != 0) {
		anon_data_free(d);
		return r;
	}
	*out = d;
	return 0;
}

void
anon_data_free(struct anon_data *d)
{
	hash_wipe(d, d != NULL ? sizeof(*d) : 0);
	free(d);
}

static unsigned
turned(unsigned value, uint8_t by)
{
	unsigned sum = value + by;

	return sum < VALUES ? sum : sum - VALUES;
}

static uint8_t
substituted(const struct anon_data *d, const uint8_t *k, uint8_t byte)
{
	if (byte == 0)
		return 0;
	return (uint8_t)(turned(d->table[k[0]][turned(byte - 1u, k[1])], k[2]) + 1);
}

int
anon_data_rewrite(struct anon_data *d, const uint8_t file[PRF_LEN], uint64_t offset, uint8_t *p,
		  size_t n)
{
	while (n > 0) {
		size_t skip = offset % PER_BLOCK, part = n < CHUNK ? n : CHUNK;
		int r = prf_stream(file, offset / PER_BLOCK, d->stream, (skip + part) * PER_BYTE);

		if (r != 0)
			return r;
		for (size_t i = 0; i < part; i++)
			p[i] = substituted(d, d->stream + (skip + i) * PER_BYTE, p[i]);
		offset += part;
		p += part;
		n -= part;
	}
	return 0;
}
