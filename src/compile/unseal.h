/*
 * Opens what a capture holds sealed or compressed, where a key is known, and follows the logons
 * from which keys come. Also verifies the signatures of captured messages.
 */
#ifndef SMB_COMPILE_UNSEAL_H
#define SMB_COMPILE_UNSEAL_H

#include "auth/auth_open.h"
#include "compile/capture.h"
#include "ir/ir.h"
#include "proto/smb2_pdu.h"

/* Keys of one session, as in a file of Wireshark's smb2_seskey_list form. Empty slices: not given.
 */
struct unseal_key {
	uint64_t session_id;
	uint8_t session[32], s2c[32], c2s[32];
	size_t session_len, s2c_len, c2s_len;
};

/* All that is known. Borrowed for the life of the struct unseal. */
struct unseal_secrets {
	const struct unseal_key *keys;
	size_t n_keys;
	const struct auth_secret *secrets;
	size_t n_secrets;
};

/*
 * Read a file of `session_id,session_key,s2c_key,c2s_key` lines in hex, quoted or not, SessionId in
 * wire order, empty where unknown (Wireshark's smb2_seskey_list). Appends to `*keys`, which is
 * reallocated. Returns 0, a negated errno, ERR_MALFORMED with file and line in `e`, ERR_NOMEM.
 */
int unseal_read_keys(const char *path, struct unseal_key **keys, size_t *n,
		     struct err *e) MUST_CHECK;

/* What is known of a session, for people and for `smbench keys`. */
struct unseal_session {
	uint64_t session_id;
	uint16_t dialect;
	uint16_t cipher;         /* CipherId, 0: none negotiated */
	uint64_t sealed, opened; /* messages */
	uint64_t is_signed, checked,
		valid; /* PDUs: with a signature; of these, with a known key; of these, right */
	bool have_key, have_cipher_keys;
	bool wrong_secret; /* one was given for its user or service, and it is not the right one */
	char user[256], domain[256]; /* "" where the token that says it was not opened or seen */
	char why[200];               /* why there is no key; "" with one */
	uint8_t key[32], s2c[32], c2s[32];
	size_t key_len, cipher_key_len;
};

struct unseal;

/* Returns 0 or ERR_NOMEM. */
int unseal_new(const struct unseal_secrets *secrets, struct unseal **out) MUST_CHECK;
void unseal_free(struct unseal *u); /* wipes all keys */

/* What a message came to. */
struct unseal_message {
	struct cap_message m; /* the message to go on with: the plain one, or the given one where it
				 could not be opened. Borrowed until the next call */
	uint8_t layers;       /* IR_SEALED, IR_COMPRESSED: what was taken off */
	uint64_t session_id;  /* that sealed it */
	uint64_t bad_signatures; /* a bit for each PDU (of the first 64) that is signed, but not
				    with the key that is known */
	struct slice compressed; /* the compressed message (frame header included), borrowed until
				    the next call */
};

/* Take the next message of a connection, in captured order. Returns 0, ERR_NOMEM or ERR_CRYPTO. */
int unseal_message_next(struct unseal *u, const struct cap_message *m,
			struct unseal_message *out) MUST_CHECK;

/* Put before another sink: that one gets the messages opened, where they can be. Both are borrowed.
 */
struct unseal_tap {
	struct unseal *unseal;
	const struct cap_sink *inner;
};
struct cap_sink unseal_tap_sink(struct unseal_tap *t);

/* The connection will not be named again. */
void unseal_close(struct unseal *u, const struct cap_conn *c);

/* The sessions in order of first sight, `i` from 0; NULL at the end. Holds keys: not for logs. */
const struct unseal_session *unseal_session(const struct unseal *u, size_t i);

#endif
