/* Security tokens: names in them rewritten, all that a password could be tried on filled anew. */
#ifndef SMB_ANONYMIZE_ANON_TOKEN_H
#define SMB_ANONYMIZE_ANON_TOKEN_H

#include "anonymize/anon_name.h"

/*
 * Rewrite a token in place: NTLM, Kerberos, both within SPNEGO or not. Lengths and shape stay:
 * which fields there are, flags, times. Responses, keys, challenges, tickets, signatures become
 * other bytes. `*judged`: all of it is known. Returns 0, ERR_NOMEM or ERR_CRYPTO.
 */
int anon_token(struct anon_names *names, uint8_t *p, size_t n, bool *judged) MUST_CHECK;

/* An NTLM message that begins there, whatever follows it; the same. */
int anon_ntlm(struct anon_names *names, uint8_t *p, size_t n, bool *judged) MUST_CHECK;

#endif
