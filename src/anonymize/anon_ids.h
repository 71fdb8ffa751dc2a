/* What identifies by number: SIDs, IP addresses, GUIDs. And bytes that only fill their place. */
#ifndef SMB_ANONYMIZE_ANON_IDS_H
#define SMB_ANONYMIZE_ANON_IDS_H

#include "base/buf.h"
#include "crypto/prf.h"

/*
 * Rewrite a SID in place (MS-DTYP 2.4.2.2): the domain of S-1-5-21 and S-1-12-1, and ids of 1000
 * and more of its users, and of Unix ones (S-1-22, S-1-5-88); other numbers are the same
 * everywhere. `*judged`: it was of a kind that is known. Returns 0 or ERR_CRYPTO.
 */
int anon_sid(struct prf *prf, uint8_t *p, size_t n, bool *judged) MUST_CHECK;

/* Other bytes for these, the same ones for the same; zeros alone stay. Returns 0 or ERR_CRYPTO. */
int anon_fill(struct prf *prf, uint8_t *p, size_t n) MUST_CHECK;

/*
 * Addresses. What stands for an IPv4 address is one for documentation (RFC 5737), or, when these
 * are used up, for benchmarks (RFC 2544); for an IPv6 address one of 2001:db8::/32 (RFC 3849).
 */
struct anon_address;
struct anon_addresses {
	struct prf *prf;
	struct anon_address *all; /* owned */
	uint8_t *used;            /* owned; of each IPv4 address that may be given, whether it is */
};

void anon_addresses_free(struct anon_addresses *a);

/* Rewrite 4 or 16 bytes of address in place; all zero stays. Returns 0, ERR_NOMEM or ERR_CRYPTO. */
int anon_address(struct anon_addresses *a, uint8_t *p, size_t n) MUST_CHECK;

/* What stands for "127.0.0.1:50312" or "[::1]:445"; what is none of these becomes "". Appends, NUL
 * behind it. Returns 0, ERR_NOMEM or ERR_CRYPTO. */
int anon_endpoint(struct anon_addresses *a, const char *text, struct buf *out) MUST_CHECK;

/*
 * Rewrite a text that is an IPv4 address in place, by as many characters; where that needs zeros
 * before numbers it has them. False where it is none, or does not fit.
 */
bool anon_address_text(struct anon_addresses *a, uint16_t *u, size_t n);

#endif
