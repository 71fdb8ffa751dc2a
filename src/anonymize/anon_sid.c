/* SIDs and filler: numbers that become others under the key. */
#include "config.h"

#include "anonymize/anon_ids.h"

#define SID_HEAD 8u     /* revision, count, authority */
#define FIRST_OWN 1000u /* ids below are the same everywhere (MS-DTYP 2.4.2.4), or a system's */
#define END_OWN 0x80000000u
#define NOBODY 65534u
#define ROUNDS 6u

enum { NT_AUTHORITY = 5, AZURE_AUTHORITY = 12, UNIX_AUTHORITY = 22 };

/* A permutation of 32-bit numbers: a Feistel network of two halves. */
static int
permute(struct prf *prf, uint32_t *v)
{
	uint32_t left = *v >> 16, right = *v & 0xffff;
	uint8_t in[3], h[PRF_LEN];

	for (uint8_t i = 0; i < ROUNDS; i++) {
		uint32_t old = right;

		in[0] = i;
		wire_put_le(in + 1, 2, right);
		if (prf_run(prf, slice_of("id", 2), slice_of(in, 3), h) != 0)
			return ERR_CRYPTO;
		right = left ^ (uint32_t)wire_le(h, 2);
		left = old;
	}
	*v = left << 16 | right;
	return 0;
}

/* An id that an administrator gave becomes another such one; around the cycle until it is. */
static int
map_id(struct prf *prf, uint8_t *p)
{
	uint32_t v = (uint32_t)wire_le(p, 4);
	int r = 0;

	if (v < FIRST_OWN || v >= END_OWN || v == NOBODY)
		return 0;
	do {
		r = permute(prf, &v);
	} while (r == 0 && (v < FIRST_OWN || v >= END_OWN || v == NOBODY));
	wire_put_le(p, 4, v);
	return r;
}

/* The numbers that stand for a domain, together. */
static int
map_domain(struct prf *prf, uint8_t *p, size_t n)
{
	uint8_t h[PRF_LEN];
	bool zero = true;
	int r;

	for (size_t i = 0; i < n; i++)
		zero &= p[i] == 0;
	if (zero)
		return 0; /* S-1-5-21-0-0-0-497: of no domain */
	r = prf_run(prf, slice_of("domain", 6), slice_of(p, n), h);
	if (r == 0)
		memcpy(p, h, n);
	return r;
}

/* S-1-5-... */
static int
map_nt(struct prf *prf, uint8_t *sub, size_t count, bool *judged)
{
	uint32_t first = count > 0 ? (uint32_t)wire_le(sub, 4) : 0;
	int r = 0;

	if (first == 21 && count >= 4) {
		r = map_domain(prf, sub + 4, 12);
		for (size_t i = 4; r == 0 && i < count; i++)
			r = map_id(prf, sub + 4 * i);
	} else if (first == 88 && count == 3 && wire_le(sub + 4, 4) <= 2) {
		r = map_id(prf, sub + 8); /* Services for NFS: user, group */
	} else {
		*judged = count <= 2; /* no room for who it is */
	}
	return r;
}

int
anon_sid(struct prf *prf, uint8_t *p, size_t n, bool *judged)
{
	size_t count = n >= SID_HEAD ? (n - SID_HEAD) / 4 : 0;
	uint8_t *sub = p + SID_HEAD;

	*judged = true;
	if (n < SID_HEAD)
		return 0;
	switch (wire_be(p + 2, 6)) {
	case NT_AUTHORITY:
		return map_nt(prf, sub, count, judged);
	case AZURE_AUTHORITY:
		return count == 5 ? map_domain(prf, sub + 4, 16) : 0;
	case UNIX_AUTHORITY:
		return count == 2 ? map_id(prf, sub + 4) : 0;
	default:
		*judged = count <= 2;
		return 0;
	}
}

int
anon_fill(struct prf *prf, uint8_t *p, size_t n)
{
	uint8_t h[PRF_LEN];
	bool zero = true;
	int r;

	for (size_t i = 0; zero && i < n; i++)
		zero = p[i] == 0;
	if (zero)
		return 0;
	r = prf_run(prf, slice_of("fill", 4), slice_of(p, n), h);
	return r == 0 ? prf_stream(h, 0, p, n) : r;
}
