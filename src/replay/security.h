/*
 * Logons and keys of a replay: makes the tokens of SESSION_SETUP anew, derives the live keys, signs and verifies. No I/O, no clock.
 *
 * Sessions are known by the number of their symbol in the workload. A session has a signing key for each connection (channel) that it
 * was set up or bound on (MS-SMB2 3.2.5.3).
 */
#ifndef SMB_REPLAY_SECURITY_H
#define SMB_REPLAY_SECURITY_H

#include "auth/auth.h"
#include "crypto/kdf.h"
#include "crypto/sign.h"
#include "ir/ir.h"
#include "proto/smb2_pdu.h"

/* Whose name and secret a recorded logon gets. */
struct security_creds {
	const struct auth_creds *(*find)(void *ctx, const char *user, const char *domain); /* NULL: none */
	void *ctx;
};

struct security;
struct security_conn;

/* `env` and `creds` are borrowed for the life of it. Returns 0 or ERR_NOMEM. */
int security_new(const struct ir *ir, const struct security_creds *creds, const struct auth_env *env, struct security **out) MUST_CHECK;
void security_free(struct security *s);

/* The security of one connection; freed with security_conn_free. */
int security_conn_new(struct security *s, struct security_conn **out) MUST_CHECK;
void security_conn_free(struct security_conn *c);

/* A SESSION_SETUP leg that is to be sent needs the server's answer to the one before: false while that has not come. */
bool security_can_setup(const struct security_conn *c, uint32_t session);

/*
 * The token for a SESSION_SETUP request: `session` is the number of the recorded SessionId in its header (0: none), `recorded` its recorded
 * token, `fails` says that the recorded logon ended in STATUS_LOGON_FAILURE, so that a wrong password is used on purpose. Appends to `out`. Returns 0 or an
 * error of auth_step.
 */
struct security_leg {
	uint64_t message_id;
	uint32_t session;
	struct slice recorded;
	bool fails;
};
int security_token(struct security_conn *c, const struct security_leg *leg, struct buf *out, struct err *e) MUST_CHECK;

/* A message is about to go out as it is in `message` (frame header included): follow the preauth hash. Returns 0 or ERR_CRYPTO. */
int security_sent(struct security_conn *c, struct slice message, const struct smb2_pdu *first) MUST_CHECK;

/*
 * A live NEGOTIATE or SESSION_SETUP response. `session` is the number of the session that the recorded response belongs to (0: none). After
 * the last leg the keys are there. Returns 0, or ERR_AUTH, ERR_VERIFY, ERR_MALFORMED with a text in `e` where the server's tokens are no good, ERR_CRYPTO, ERR_NOMEM.
 */
int security_received(struct security_conn *c, const struct smb2_pdu *live, struct slice message, uint32_t session, struct err *e) MUST_CHECK;

/* What signs a session's messages on a connection: the channel's key, else that of the session's first channel; NULL: none. */
struct signer *security_signer(const struct security_conn *c, uint32_t session);

/* The same by live SessionId, for answers. */
struct signer *security_signer_live(const struct security_conn *c, uint64_t session_id);

#endif
