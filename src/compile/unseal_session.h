/* The sessions that unseal.c follows, and their keys. */
#ifndef SMB_COMPILE_UNSEAL_SESSION_H
#define SMB_COMPILE_UNSEAL_SESSION_H

#include "compile/unseal.h"
#include "crypto/kdf.h"
#include "ir/negotiated.h"

struct unseal_signer {
	uint32_t conn;
	struct signer *signer;
};

struct unseal_entry {
	struct unseal_session info;
	struct cap_addr server;
	bool replaced;             /* the server assigned its SessionId anew */
	struct sealer *sealers[2]; /* client to server, server to client */
	struct unseal_signer *channels;
	size_t n_channels;
};

struct unseal_table {
	struct unseal_entry **entries; /* in order of first sight */
	size_t n, cap;
	size_t last; /* the one found last */
};

/* The session of that id on that server; made where it is not there. Returns 0 or ERR_NOMEM. */
int unseal_table_get(struct unseal_table *t, const struct cap_addr *server, uint64_t session_id,
		     struct unseal_entry **out) MUST_CHECK;

/* From here on the id is another session's. */
void unseal_table_renew(struct unseal_table *t, const struct cap_addr *server, uint64_t session_id);

const struct unseal_session *unseal_table_at(const struct unseal_table *t, size_t i);
void unseal_table_free(struct unseal_table *t); /* wipes all keys */

/* A logon that succeeded: on which connection, with what hash, and the key that its tokens gave
 * (key_len 0: none). */
struct unseal_channel {
	uint32_t conn;
	struct negotiated wire;
	const struct preauth *preauth;
	struct auth_opened opened;
};

/*
 * Derive a session's keys from the logon's key or, where `why` says why there is none, from a given
 * session key. Returns 0 (also without any key), ERR_CRYPTO or ERR_NOMEM.
 */
int unseal_add_channel(struct unseal_entry *s, const struct unseal_secrets *secrets,
		       const struct unseal_channel *ch, const char *why) MUST_CHECK;

#define UNSEAL_FIRST_CHANNEL UINT32_MAX /* no connection has this number */

/* The signer of a session on a connection: the channel's, else its first one; NULL: no key. */
struct signer *unseal_signer(const struct unseal_entry *s, uint32_t conn);

/* Open a sealed message of one direction, appending to `out`. Returns 0, ERR_NOTFOUND (no key),
 * ERR_VERIFY, ERR_MALFORMED, ERR_CRYPTO, ERR_NOMEM. */
int unseal_open(struct unseal_entry *s, const struct unseal_secrets *secrets,
		const struct negotiated *wire, bool from_server, struct slice sealed,
		struct buf *out) MUST_CHECK;

#endif
