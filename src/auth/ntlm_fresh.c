/* NTLM messages for a logon that was recorded with Kerberos. */
#include "config.h"

#include "auth/ntlm_fresh.h"

#define SIGNATURE "NTLMSSP" /* with its NUL */

/*
 * MS-NLMP 2.2.2.5: UNICODE, REQUEST_TARGET, SIGN, NTLM, ALWAYS_SIGN, EXTENDED_SESSIONSECURITY,
 * VERSION, 128, KEY_EXCH.
 */
#define FLAGS 0x62088215u

/* MS-NLMP 2.2.1.3: where the payload begins, behind version and MIC, and its fields */
#define PAYLOAD 88
#define MIC_LEN 16
#define LM_LEN 24
#define BLOB_LEN 28 /* NTLMv2_CLIENT_CHALLENGE up to its AV_PAIRs */
#define PROOF_LEN 16
#define KEY_LEN 16
#define AV_FLAGS 6
#define AV_FLAG_MIC 2
#define AV_PAIRS_LEN 16 /* MsvAvFlags, MsvAvEOL, and 4 zeroes behind them as clients have */
#define NT_LEN (PROOF_LEN + BLOB_LEN + AV_PAIRS_LEN)

/* MS-NLMP 2.2.2.10: Windows 6.1, revision 15 */
static void
put_version(struct buf *out)
{
	buf_le(out, 4, 0x0106);
	buf_le(out, 4, 0x0f000000);
}

static void
put_descriptor(struct buf *out, size_t n, size_t off)
{
	buf_le(out, 2, n);
	buf_le(out, 2, n);
	buf_le(out, 4, off);
}

int
ntlm_fresh_negotiate(struct buf *out)
{
	buf_add(out, SIGNATURE, sizeof(SIGNATURE));
	buf_le(out, 4, 1);
	buf_le(out, 4, FLAGS);
	put_descriptor(out, 0, 40); /* no domain, no workstation */
	put_descriptor(out, 0, 40);
	put_version(out);
	return out->err;
}

int
ntlm_fresh_authenticate(struct buf *out)
{
	const size_t lm = PAYLOAD, nt = lm + LM_LEN, names = nt + NT_LEN;

	buf_add(out, SIGNATURE, sizeof(SIGNATURE));
	buf_le(out, 4, 3);
	put_descriptor(out, LM_LEN, lm);
	put_descriptor(out, NT_LEN, nt);
	put_descriptor(out, 0, names); /* domain, user, workstation */
	put_descriptor(out, 0, names);
	put_descriptor(out, 0, names);
	put_descriptor(out, KEY_LEN, names);
	buf_le(out, 4, FLAGS);
	put_version(out);
	for (size_t i = 0; i < MIC_LEN; i++)
		buf_le(out, 1, 0xff); /* zeroes would say that there is none */
	buf_zero(out, LM_LEN + PROOF_LEN);
	buf_le(out, 2, 0x0101); /* RespType, HiRespType */
	buf_zero(out, BLOB_LEN - 2);
	buf_le(out, 2, AV_FLAGS);
	buf_le(out, 2, 4);
	buf_le(out, 4, AV_FLAG_MIC);
	buf_zero(out, AV_PAIRS_LEN - 8 + KEY_LEN);
	return out->err;
}
