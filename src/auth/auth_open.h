/*
 * What a captured logon gives away to who knows a secret of it: the session key.
 *
 * NTLM opens with the password or NT hash of the user, and its response tells whether that is the
 * right one. Kerberos opens with the key of the service, from a keytab. Feed the tokens of one
 * logon in order, then ask for the key. No I/O but the reading of keytabs, no clock.
 */
#ifndef SMB_AUTH_AUTH_OPEN_H
#define SMB_AUTH_AUTH_OPEN_H

#include "auth/auth.h"

/* One secret: of a user (password or nt_hash), or a keytab. */
struct auth_secret {
	const char *user;       /* UTF-8, compared without regard to case; NULL with a keytab */
	const char *domain;     /* UTF-8; NULL or "": any */
	const char *password;   /* UTF-8, or NULL where nt_hash is given */
	const uint8_t *nt_hash; /* 16 bytes, or NULL */
	const char *keytab;     /* path, or NULL */
};

struct auth_opened {
	uint8_t key[AUTH_KEY_MAX]; /* as auth_session_key gives it */
	size_t key_len;
	char user[256],
		domain[256]; /* who logged on (Kerberos: with the realm as domain), cut if longer */
};

struct auth_open;

/* A logon of which no token is known yet. The secrets are borrowed. Returns 0 or ERR_NOMEM. */
int auth_open_new(const struct auth_secret *secrets, size_t n, struct auth_open **out) MUST_CHECK;

/* Free it and wipe its keys. NULL is fine. */
void auth_open_free(struct auth_open *o);

/*
 * The next token of the logon, copied. What is not understood is passed over. Returns 0 or
 * ERR_NOMEM.
 */
int auth_open_token(struct auth_open *o, bool from_server, struct slice token) MUST_CHECK;

/*
 * The session key that the tokens so far lead to. Returns 0, or with a text in `e` that holds no
 * secret: ERR_NOTFOUND (no secret is for that user or service), ERR_AUTH (it is wrong), ERR_VERIFY
 * (it is right, but the tokens were altered), ERR_TRUNCATED (a token is missing), ERR_MALFORMED,
 * ERR_UNSUPPORTED (NTLMv1, another mechanism), a negated errno (a keytab cannot be read),
 * ERR_CRYPTO, ERR_NOMEM. The caller wipes `out`.
 */
int auth_open_key(const struct auth_open *o, struct auth_opened *out, struct err *e) MUST_CHECK;

#endif
