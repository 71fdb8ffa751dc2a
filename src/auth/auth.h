/*
 * Logging on: one interface over SPNEGO, NTLM and Kerberos.
 *
 * A recorded logon cannot be sent again, it must be made anew with live credentials and the live
 * server's challenge. The recorded token of each leg is the template: the new one keeps its
 * wrapping (SPNEGO or raw, mechanism list, optional elements), and with NTLM its NEGOTIATE flags,
 * version, field order, and whether it had a MIC and key exchange. Messages without secrets (NTLM
 * NEGOTIATE) come out byte for byte as recorded.
 *
 * Where a logon goes by another mechanism than recorded, its SPNEGO is built anew and its number of
 * legs differs: Kerberos takes one (AP-REQ; the answer that ends it has the AP-REP), NTLM two. The
 * caller goes by the live server's status: STATUS_MORE_PROCESSING_REQUIRED asks for another leg,
 * for which auth_step is called with the recorded token of that leg, or with an empty one where
 * there is none (none at all was recorded of a hand-written logon, which begins with an empty one);
 * STATUS_SUCCESS ends the logon, and recorded legs that are left are not sent. auth_wants_leg tells
 * beforehand which of the two is to come.
 *
 * No I/O, no clock: time and randomness are given. The exception is libkrb5, which asks the KDC
 * over the network, blocking, inside auth_step, and has its own clock and configuration.
 */
#ifndef SMB_AUTH_AUTH_H
#define SMB_AUTH_AUTH_H

#include <stdbool.h>

#include "base/buf.h"

#define AUTH_KEY_MAX 32 /* bytes of the longest session key */

/* Which mechanism a live logon takes. */
enum auth_kerberos {
	AUTH_KERBEROS_DESIRED, /* as recorded; the other one where the credentials are only for it
				*/
	AUTH_KERBEROS_OFF,     /* NTLM */
	AUTH_KERBEROS_REQUIRED
};

/* Who logs on. Borrowed by auth_new for as long as the struct auth lives. */
struct auth_creds {
	const char *user;   /* UTF-8; "" with anonymous, or who the ticket cache is of */
	const char *domain; /* UTF-8, may be ""; for Kerberos only one with a dot counts (realm) */
	const char *password;   /* UTF-8, or NULL where another secret is given */
	const uint8_t *nt_hash; /* 16 bytes, or NULL; for NTLM only */
	enum auth_kerberos kerberos;
	const char *keytab; /* path, or NULL; for Kerberos only, as the next two */
	const char *ccache; /* name of a ticket cache, or NULL: the default one of libkrb5 */
	const char *spn;    /* "cifs/host.example.com[@REALM]" */
	bool refused;       /* make a logon that the server must refuse: the recorded one failed */
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

/* Another one logs on, from the next leg: who it is to be may stand in the recorded token of a
 * later leg only. Borrowed as in auth_new. */
void auth_set_creds(struct auth *a, const struct auth_creds *creds);

/* Free it and wipe its keys. NULL is fine. */
void auth_free(struct auth *a);

/*
 * The token for the next leg, appended to `out`. `recorded` is what the recorded client sent on
 * that leg (empty: it had no such leg); `server` is the token of the live server's last
 * SESSION_SETUP response (empty on the first leg). A recorded token that is neither SPNEGO nor
 * NTLMSSP nor Kerberos, or not understood, goes out as it is. Recorded NTLM logons without a
 * response (anonymous ones, or of smbclient -N) stay so, whatever the credentials. Returns 0, or
 * ERR_MALFORMED (the server's token), ERR_UNSUPPORTED (an NTLMv1 response, a leg behind the last),
 * ERR_AUTH (also what KDC or ticket cache say), ERR_NET (no KDC), ERR_CRYPTO, ERR_NOMEM, with a
 * text in `e`.
 */
int auth_step(struct auth *a, struct slice recorded, struct slice server, struct buf *out,
	      struct err *e) MUST_CHECK;

/* Whether the logon, after the token just made, takes another leg if all goes well. */
bool auth_wants_leg(const struct auth *a);

/* Why the logon's shape differs from the recorded one: static text, NULL where it does not. For
 * tests, which see by it what a logon was made by. */
const char *auth_departure(const struct auth *a);

/*
 * The server accepted: check its last token (with Kerberos the AP-REP, which proves the server;
 * mechListMIC where it sent one; not with NTLM without extended session security). Returns 0,
 * ERR_MALFORMED, ERR_AUTH, ERR_VERIFY, ERR_CRYPTO or ERR_NOMEM with a text in `e`.
 */
int auth_accept(struct auth *a, struct slice server, struct err *e) MUST_CHECK;

/*
 * The session key: the exported one of NTLM (16 bytes), the GSS-API context's of Kerberos (as long
 * as its encryption type has it, 16 or 32 bytes). All of it is Session.FullSessionKey, its first 16
 * bytes are Session.SessionKey (MS-SMB2 3.2.1.3, 3.2.5.3). Returns its length, or 0 before the last
 * token was made. An anonymous logon has one too, although anybody can compute it: impacket signs
 * with it, and Windows takes and makes such signatures.
 */
size_t auth_session_key(const struct auth *a, uint8_t key[AUTH_KEY_MAX]);

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
	char *server;  /* of a CHALLENGE: the name that the server gives itself, or NULL */
	char *service; /* of a Kerberos AP-REQ: "cifs/host@REALM", or NULL */
};

/*
 * Describe any token, from client or server; never fails on hostile input: what is not understood
 * is "unknown". Returns 0 or ERR_NOMEM.
 */
int auth_describe(struct slice token, struct auth_info *out) MUST_CHECK;
void auth_describe_free(struct auth_info *i);

#endif
