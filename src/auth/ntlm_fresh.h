/* NTLM messages for a logon that was recorded with Kerberos: what there is no recording of. */
#ifndef SMB_AUTH_NTLM_FRESH_H
#define SMB_AUTH_NTLM_FRESH_H

#include "base/buf.h"

/* Append the NEGOTIATE that Samba's clients send. Returns 0 or ERR_NOMEM. */
int ntlm_fresh_negotiate(struct buf *out) MUST_CHECK;

/*
 * Append an AUTHENTICATE without names, proofs and keys, which serves ntlm_authenticate_build as
 * the recorded one: NTLMv2 with MIC and key exchange. Returns 0 or ERR_NOMEM.
 */
int ntlm_fresh_authenticate(struct buf *out) MUST_CHECK;

#endif
