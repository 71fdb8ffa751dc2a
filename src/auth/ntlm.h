/*
 * NTLM messages: reading all three, and building an AUTHENTICATE after a recorded one (MS-NLMP
 * 2.2.1, 3.1.5.1.2).
 */
#ifndef SMB_AUTH_NTLM_H
#define SMB_AUTH_NTLM_H

#include "auth/ntlm_key.h"

enum ntlm_type { NTLM_NONE, NTLM_NEGOTIATE, NTLM_CHALLENGE, NTLM_AUTHENTICATE };

/*
 * Which of the three messages `token` is, by its signature and type; NTLM_NONE for anything else.
 */
enum ntlm_type ntlm_type(struct slice token);

/* A CHALLENGE (MS-NLMP 2.2.1.2); borrows from the message. */
struct ntlm_challenge {
	struct slice message, target_info;
	uint32_t flags;
	const uint8_t *challenge; /* NTLM_CHALLENGE_LEN bytes */
};

/* Returns 0 or ERR_MALFORMED. */
int ntlm_challenge_parse(struct slice token, struct ntlm_challenge *out) MUST_CHECK;

/* The server's DNS name, or its NetBIOS name where it gives no other (UTF-16LE, MS-NLMP 2.2.2.1);
 * empty where it gives none. */
struct slice ntlm_challenge_name(const struct ntlm_challenge *c);

/* The payload fields of an AUTHENTICATE in the order of their descriptors. */
enum ntlm_field {
	NTLM_LM,
	NTLM_NT,
	NTLM_DOMAIN,
	NTLM_USER,
	NTLM_WORKSTATION,
	NTLM_SESSION_KEY,
	NTLM_FIELDS
};

/* An AUTHENTICATE (MS-NLMP 2.2.1.3); borrows from the message. */
struct ntlm_authenticate {
	struct slice message, field[NTLM_FIELDS];
	size_t header_len; /* where the payload begins */
	uint32_t flags;
	bool mic;       /* there is a MIC, and it is not zero */
	bool unproven;  /* no response to the challenge: anonymous, or a user that is only named */
	bool anonymous; /* MS-NLMP 3.2.5.1.2: no user and no NT response */
};

/* Returns 0 or ERR_MALFORMED. */
int ntlm_authenticate_parse(struct slice token, struct ntlm_authenticate *out) MUST_CHECK;

/* The flags of any of the three messages; 0 where there are none. */
uint32_t ntlm_flags(struct slice token);

/* What a logon ends with. The key is the ExportedSessionKey. */
struct ntlm_session {
	uint8_t key[NTLM_KEY_LEN];
	uint32_t flags;
};

struct ntlm_logon {
	const struct auth_creds *creds;
	const struct auth_env *env;
	struct slice negotiate; /* as it was sent, for the MIC */
	struct ntlm_challenge challenge;
	struct ntlm_authenticate recorded;
};

/*
 * Append an AUTHENTICATE in the recorded shape to `out`, with the live credentials and challenge,
 * and set `s`. One without responses comes out as recorded, save its MIC. Returns 0, ERR_MALFORMED
 * (the challenge), ERR_UNSUPPORTED (an NTLMv1 response was recorded), ERR_AUTH (the credentials),
 * ERR_CRYPTO or ERR_NOMEM, with a text in `e`.
 */
int ntlm_authenticate_build(const struct ntlm_logon *l, struct buf *out, struct ntlm_session *s,
			    struct err *e) MUST_CHECK;

/*
 * The session key of a captured logon, from a secret: `creds` has the secret and the names as the
 * AUTHENTICATE has them; `negotiate` may be empty where it was not captured, then the MIC goes
 * unchecked. Returns 0, ERR_AUTH (the response proves the secret wrong), ERR_VERIFY (the secret is
 * right and the MIC wrong), ERR_MALFORMED, ERR_UNSUPPORTED (no NTLMv2 response), ERR_CRYPTO or
 * ERR_NOMEM.
 */
struct ntlm_captured {
	struct slice negotiate;
	struct ntlm_challenge challenge;
	struct ntlm_authenticate authenticate;
};
int ntlm_open(const struct ntlm_captured *c, const struct auth_creds *creds,
	      struct ntlm_session *s) MUST_CHECK;

#endif
