/*
 * Logging on: one interface over SPNEGO, NTLM and (later) Kerberos.
 *
 * A recorded logon cannot be sent again, it must be made anew with live credentials and the live
 * server's challenge. The recorded token of each leg is the template: the new one keeps its
 * wrapping (SPNEGO or raw NTLMSSP, mechanism list, optional elements), NEGOTIATE flags, version,
 * field order, and whether it had a MIC and key exchange. Messages without secrets (NTLM NEGOTIATE)
 * come out byte for byte as recorded. No I/O, no clock: time and randomness are given.
 */
#ifndef SMB_AUTH_AUTH_H
#define SMB_AUTH_AUTH_H

#include <stdbool.h>

#include "base/buf.h"

/* Who logs on. Borrowed by auth_new for as long as the struct auth lives. */
struct auth_creds {
	const char *user;       /* UTF-8; "" with anonymous */
	const char *domain;     /* UTF-8, may be "" */
	const char *password;   /* UTF-8, or NULL where nt_hash is given */
	const uint8_t *nt_hash; /* 16 bytes, or NULL */
};

struct auth_env {
	int (*random)(void *ctx, uint8_t *out, size_t n); /* 0 or a negative error */
	void *ctx;
	uint64_t filetime; /* now, in 100 ns since 1601 */
};

struct auth;

/* A logon that starts. Returns 0 or ERR_NOMEM. */
int auth_new(const struct auth_creds *creds, const struct auth_env *env,
	     struct auth **out) MUST_CHECK;

/* Another one logs on, from the next leg: who it is to be may stand in the recorded token of a later leg only. Borrowed as in auth_new. */
void auth_set_creds(struct auth *a, const struct auth_creds *creds);

/* Free it and wipe its keys. NULL is fine. */
void auth_free(struct auth *a);

/*
 * The token for the next leg, appended to `out`. `recorded` is what the recorded client sent on
 * that leg; `server` is the token of the live server's last SESSION_SETUP response (empty on the
 * first leg). A recorded token that is neither SPNEGO nor NTLMSSP, or not understood, goes out as
 * it is. Recorded logons without a response (anonymous ones, or of smbclient -N) stay so, whatever
 * the credentials. Returns 0, or ERR_MALFORMED (the server's token), ERR_UNSUPPORTED (a Kerberos
 * leg, or an NTLMv1 response), ERR_AUTH, ERR_CRYPTO, ERR_NOMEM, with a text in `e`.
 */
int auth_step(struct auth *a, struct slice recorded, struct slice server, struct buf *out,
	      struct err *e) MUST_CHECK;

/*
 * The server accepted: check its last token (mechListMIC where it sent one; not without extended
 * session security). Returns 0, ERR_MALFORMED, ERR_VERIFY, ERR_CRYPTO or ERR_NOMEM with a text in `e`.
 */
int auth_accept(struct auth *a, struct slice server, struct err *e) MUST_CHECK;

/*
 * The exported session key, 16 bytes; false before the last token was made. An anonymous logon has
 * one too, although anybody can compute it: impacket signs with it, and Windows takes and makes
 * such signatures.
 */
bool auth_session_key(const struct auth *a, uint8_t key[16]);

/*
 * What a token is, for people and for `info`: never holds a secret. All texts are owned by the
 * struct; see auth_describe_free.
 */
struct auth_info {
	const char *mechanism; /* "NTLMSSP", "Kerberos", "SPNEGO", "unknown": static text */
	bool spnego;           /* wrapped in SPNEGO */
	int ntlm_type;         /* 1 NEGOTIATE, 2 CHALLENGE, 3 AUTHENTICATE, 0 none */
	uint32_t ntlm_flags;
	bool anonymous;
	char *user, *domain, *workstation; /* of an AUTHENTICATE, UTF-8, or NULL */
};

/*
 * Describe any token, from client or server; never fails on hostile input: what is not understood
 * is "unknown". Returns 0 or ERR_NOMEM.
 */
int auth_describe(struct slice token, struct auth_info *out) MUST_CHECK;
void auth_describe_free(struct auth_info *i);

#endif
