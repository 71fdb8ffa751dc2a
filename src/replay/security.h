/*
 * Logons and keys of a replay: makes the tokens of SESSION_SETUP anew, derives the live keys, signs
 * and verifies. No I/O, no clock.
 *
 * Sessions are known by the number of their symbol in the workload. A session has a signing key for
 * each connection (channel) that it was set up or bound on (MS-SMB2 3.2.5.3).
 */
#ifndef SMB_REPLAY_SECURITY_H
#define SMB_REPLAY_SECURITY_H

#include "auth/auth.h"
#include "crypto/kdf.h"
#include "crypto/sign.h"
#include "ir/ir.h"
#include "ir/layers.h"
#include "proto/smb2_pdu.h"
#include "ir/mids.h"

/* Whose name and secret a recorded logon gets, and who is told the live keys. */
struct security_creds {
	/* NULL: none. The names live as long as the logon, the result need only live until the next
	 * call. */
	const struct auth_creds *(*find)(void *ctx, const char *user, const char *domain);
	/* A session that can seal was set up; NULL: nobody wants to know. */
	void (*keylog)(void *ctx, uint64_t session_id, struct slice session_key,
		       const struct seal_keys *keys);
	void *ctx;
};

struct security;
struct security_conn;

/* `env` and `creds` are borrowed for the life of it. Returns 0 or ERR_NOMEM. */
int security_new(const struct ir *ir, const struct security_creds *creds,
		 const struct auth_env *env, struct security **out) MUST_CHECK;
void security_free(struct security *s);

/* The security of one connection; freed with security_conn_free. */
int security_conn_new(struct security *s, struct security_conn **out) MUST_CHECK;
void security_conn_free(struct security_conn *c);

/* A SESSION_SETUP leg that is to be sent needs the server's answer to the one before: false while
 * that has not come. */
bool security_can_setup(const struct security_conn *c, uint32_t session);

/*
 * The token for a SESSION_SETUP request: `session` is the number of the recorded SessionId in its
 * header (0: none), `recorded` its recorded token, `fails` says that the recorded logon ended in
 * STATUS_LOGON_FAILURE, so that a wrong password is used on purpose. Appends to `out`. Returns 0 or
 * an error of auth_step.
 */
struct security_leg {
	uint64_t event, message_id; /* recorded */
	uint32_t session;
	uint32_t logs_on; /* the session that the recorded answer sets up, 0: none or unknown */
	struct slice recorded;
	bool fails;
	bool extra; /* one more leg of the logon whose last request had this MessageId; nothing was
		       recorded */
};
int security_token(struct security_conn *c, const struct security_leg *leg, struct buf *out,
		   struct err *e) MUST_CHECK;

/* Whether the logon whose request this was takes another leg, now that the server has answered;
 * `*event` is that request's. */
bool security_wants_leg(const struct security_conn *c, uint64_t message_id, uint64_t *event);

/* The connection's MessageIds. security_* functions and decoded answers given to them have recorded
 * ones. */
struct mids *security_mids(struct security_conn *c);

/* A message is about to go out as it is in `message` (frame header included): follow the preauth
 * hash. Returns 0 or ERR_CRYPTO. */
int security_sent(struct security_conn *c, struct slice message,
		  const struct smb2_pdu *first) MUST_CHECK;

/*
 * A live NEGOTIATE or SESSION_SETUP response. `session` is the number of the session that the
 * recorded response belongs to (0: none). After the last leg the keys are there. Returns 0, or
 * ERR_AUTH, ERR_VERIFY, ERR_MALFORMED with a text in `e` where the server's tokens are no good,
 * ERR_CRYPTO, ERR_NOMEM.
 */
int security_received(struct security_conn *c, const struct smb2_pdu *live, struct slice message,
		      uint32_t session, struct err *e) MUST_CHECK;

/*
 * What signs a session's messages on a connection: the channel's key, else that of the session's
 * first channel; a binding SESSION_SETUP is always signed with the latter (MS-SMB2 3.2.4.1.1).
 * NULL: none.
 */
struct signer *security_signer(const struct security_conn *c, uint32_t session, bool binding);

/* Did the live server, and not the recorded one, let the session's user in as a guest, so that
 * nothing of it can be signed? */
bool security_is_guest(const struct security_conn *c, uint32_t session);

/* The same by live SessionId, for answers. */
struct signer *security_signer_live(const struct security_conn *c, uint64_t session_id);

/* A session's keys are those of a lost one: the next logon to it makes new ones. */
void security_forget(struct security *s, uint32_t session);

/* How often keys have come or gone, of all sessions. */
uint64_t security_changes(const struct security_conn *c);

/* Can messages of that session be sealed? */
bool security_can_seal(const struct security_conn *c, uint32_t session);

/*
 * Append the sealed form of `plain` (from its ProtocolId on), with a fresh nonce; only where
 * security_can_seal. Returns 0, ERR_LIMIT, ERR_CRYPTO or ERR_NOMEM.
 */
int security_seal(const struct security_conn *c, uint32_t session, struct slice plain,
		  struct buf *out) MUST_CHECK;

/*
 * Append what a live sealed message (from its ProtocolId on) holds. Returns 0, ERR_NOTFOUND (no key
 * for its session), or an error of unseal_message, with a text in `e`.
 */
int security_unseal(const struct security_conn *c, struct slice sealed, struct buf *out,
		    struct err *e) MUST_CHECK;

#endif
