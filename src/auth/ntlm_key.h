/*
 * What NTLM computes from secrets: NTLMv2 responses, session keys, MIC and signatures (MS-NLMP
 * 3.3.2, 3.4).
 */
#ifndef SMB_AUTH_NTLM_KEY_H
#define SMB_AUTH_NTLM_KEY_H

#include "auth/auth.h"

#define NTLM_KEY_LEN 16
#define NTLM_CHALLENGE_LEN 8
#define NTLM_SIGNATURE_LEN 16

/* NEGOTIATE flags, MS-NLMP 2.2.2.5 */
#define NTLM_UNICODE 0x00000001u
#define NTLM_SIGN 0x00000010u
#define NTLM_SEAL 0x00000020u
#define NTLM_EXTENDED_SESSIONSECURITY 0x00080000u
#define NTLM_128 0x20000000u
#define NTLM_KEY_EXCH 0x40000000u
#define NTLM_56 0x80000000u

/*
 * NTOWFv2 of MS-NLMP 3.3.2. Returns 0, ERR_AUTH (a name or password that is not UTF-8, or none),
 * ERR_NOMEM or ERR_CRYPTO.
 */
int ntlm_ntowf_v2(const struct auth_creds *c, uint8_t out[NTLM_KEY_LEN]) MUST_CHECK;

/*
 * HMAC_MD5(ntowf, server challenge || blob): the NTProofStr where `blob` is the
 * NTLMv2_CLIENT_CHALLENGE, the first 16 bytes of the LMv2 response where it is the client's
 * challenge (MS-NLMP 3.3.2). Returns 0, ERR_NOMEM or ERR_CRYPTO.
 */
int ntlm_proof(const uint8_t ntowf[NTLM_KEY_LEN], const uint8_t server[NTLM_CHALLENGE_LEN],
	       struct slice blob, uint8_t out[NTLM_KEY_LEN]) MUST_CHECK;

/*
 * The MIC of MS-NLMP 3.1.5.1.2 over the three messages; the MIC field of the last must be zero.
 * Errors as in ntlm_proof.
 */
int ntlm_mic(const uint8_t key[NTLM_KEY_LEN], struct slice negotiate, struct slice challenge,
	     struct slice authenticate, uint8_t out[NTLM_KEY_LEN]) MUST_CHECK;

/*
 * The first signature (sequence number 0) of one side over `message` (MS-NLMP 3.4.4). `key` is the
 * exported session key, `flags` what was negotiated. Without extended session security only that of
 * the client: both sides then draw on one key stream, and servers differ in how. Returns 0,
 * ERR_NOMEM, ERR_CRYPTO or ERR_UNSUPPORTED.
 */
int ntlm_signature(const uint8_t key[NTLM_KEY_LEN], uint32_t flags, bool from_server,
		   struct slice message, uint8_t out[NTLM_SIGNATURE_LEN]) MUST_CHECK;

#endif
