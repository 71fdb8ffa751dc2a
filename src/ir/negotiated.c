/* What a NEGOTIATE response settled for a connection. */
#include "config.h"

#include "ir/negotiated.h"

#include <string.h>
#include <xxhash.h>

/* A response holds one algorithm in each context. Never ends the walk. */
static int
find_algorithms(void *ctx, const struct smb2_item *it)
{
	struct negotiated *n = ctx;

	if (it->cut != SMB2_CUT_U16S || it->element != 0)
		return 0;
	if (it->def == &smb2_defs[SMB2_DEF_smb2_neg_encryption])
		n->cipher = (uint16_t)it->value;
	else if (it->def == &smb2_defs[SMB2_DEF_smb2_neg_signing] && it->value <= SIGN_AES_GMAC)
		n->alg = (enum sign_alg)it->value;
	return 0;
}

void
negotiated_read(const struct smb2_pdu *response, struct negotiated *out)
{
	const struct smb2_visitor v = {.ctx = out, .leaf = find_algorithms};

	if (response->body_def == &smb2_defs[SMB2_DEF_smb2_negotiate_311_resp]) {
		*out = (struct negotiated){.dialect = DIALECT_311, .alg = SIGN_AES_CMAC};
		if (smb2_walk_body(response, &v) != 0)
			return;
	} else if (response->body_def == &smb2_defs[SMB2_DEF_smb2_negotiate_resp]) {
		uint16_t dialect = response->body.smb2_negotiate_resp.dialect_revision;
		bool smb3 = dialect >= DIALECT_300;

		*out = (struct negotiated){.dialect = dialect,
					   .alg = smb3 ? SIGN_AES_CMAC : SIGN_HMAC_SHA256,
					   .cipher = smb3 ? SEAL_AES_128_CCM : 0};
	}
}

bool
negotiated_said(struct negotiated_said *s, const char *field, const char *expected, const char *got)
{
	uint64_t h = XXH3_64bits_withSeed(got, strlen(got),
					  XXH3_64bits_withSeed(expected, strlen(expected),
							       XXH3_64bits(field, strlen(field))));

	for (size_t i = 0; i < s->n; i++)
		if (s->hash[i] == h)
			return true;
	if (s->n < NEGOTIATED_SAID_MAX)
		s->hash[s->n++] = h;
	return false;
}
