/*
 * A Kerberos realm without a KDC: a service key in a keytab, and a ticket under it in a ticket
 * cache, as a KDC would have made them. The acceptor is libgssapi's. So Kerberos is tested without
 * a network, with every encryption type.
 */
#ifndef SMB_TESTS_KRB5_FORGE_H
#define SMB_TESTS_KRB5_FORGE_H

#include <krb5/krb5.h>

#include "base/buf.h"

#define FORGE_REALM "TEST.REALM"
#define FORGE_SPN "cifs/server.test"
#define FORGE_KVNO 3

struct forge {
	char dir[32], keytab[64], ccache[64]; /* paths */
	krb5_context ctx;
	krb5_enctype etype;
	krb5_keyblock service; /* the service's key */
};

/*
 * Make all of it, in a new folder under /tmp: keys of this encryption type, a ticket of alice until
 * `lifetime` seconds from now. Sets KRB5_CONFIG, where only this type is permitted.
 */
void forge_new(struct forge *f, krb5_enctype etype, int lifetime);

/* From now on all encryption types are permitted: client and server then agree on the best. */
void forge_permit_all(const struct forge *f);
void forge_free(struct forge *f);

/* Write another keytab file at `path` with one key. */
void forge_keytab(struct forge *f, const char *path, const char *principal, unsigned kvno,
		  const krb5_keyblock *key);

/*
 * The server's side: take the client's token, append the answer to `reply`, set the session key and
 * its length. Returns false where the server refuses.
 */
bool forge_accept(const struct forge *f, struct slice token, struct buf *reply, uint8_t key[32],
		  size_t *n);

#endif
