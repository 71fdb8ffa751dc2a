/* What security.c (logons) and security_keys.c (channels and their keys) share. */
#ifndef SMB_REPLAY_SECURITY_INT_H
#define SMB_REPLAY_SECURITY_INT_H

#include "ir/negotiated.h"
#include "ir/ir_index.h"
#include "replay/security.h"

/* A logon under way. */
struct logon {
	struct logon *next;
	struct auth *auth;
	uint64_t event, message_id; /* of its last request, recorded */
	uint32_t session;           /* number, 0: not known yet */
	bool answered;              /* the last request has its answer */
	struct buf token;           /* of the last answer */
	struct auth_info who; /* of the last recorded token: credentials may borrow its names */
	struct preauth preauth;
};

struct channel {
	uint32_t session;
	uint64_t session_id; /* live */
	struct signer *signer;
};

struct security_conn {
	struct mids mids;
	struct security *security;
	struct negotiated negotiated;
	struct preauth preauth;
	struct logon *logons;
	size_t n_logons;
	struct channel *channels;
	size_t n_channels;
};

/* What all channels of a session share. */
struct session_keys {
	struct signer *first;      /* that of the channel that set it up; borrowed from `signers` */
	struct sealer *sealers[2]; /* client to server, server to client */
	struct seal_nonce nonce;
	uint64_t session_id; /* live */
	bool guest;          /* the live server let the user in as a guest */
};

struct security {
	const struct ir *ir;
	struct security_creds creds;
	const struct auth_env *env;
	struct session_keys *sessions; /* by number */
	struct ir_index index;         /* of the sessions */
	struct signer **signers;       /* all channels', which outlive their connections */
	size_t n_signers;
	uint64_t changes; /* of keys */
};

bool security_has_channel(const struct security_conn *c, uint32_t session);

/* A logon has succeeded: derive its keys. Returns 0, ERR_CRYPTO or ERR_NOMEM. */
int security_add_channel(struct security_conn *c, const struct logon *l,
			 uint64_t session_id) MUST_CHECK;

/* A logon has succeeded as a guest, which has no keys. */
void security_add_guest(struct security_conn *c, const struct logon *l);

/* Free and wipe all keys. */
void security_keys_free(struct security *s);

#endif
