/*
 * Live Kerberos logons through GSSAPI (RFC 4121). Only src/auth/auth.c uses this.
 *
 * The one exception to the rule that the core does no I/O: libkrb5 itself asks the KDC for tickets,
 * over the network and blocking, in kerberos_new and in the first kerberos_step. It also has its
 * own clock, configuration (KRB5_CONFIG) and ticket caches (KRB5CCNAME).
 */
#ifndef SMB_AUTH_KRB5_H
#define SMB_AUTH_KRB5_H

#include "auth/auth.h"

struct kerberos;

/*
 * A logon of `creds` to the service creds->spn, which starts with a ticket of the user: by keytab
 * if one is given, else by ticket cache if one is given, else by password if one is given, else
 * from the default ticket cache. Errors: ERR_AUTH, ERR_NET (no KDC), ERR_NOMEM, with the reason in
 * `e`.
 */
int kerberos_new(const struct auth_creds *creds, struct kerberos **out, struct err *e) MUST_CHECK;
void kerberos_free(struct kerberos *k);

/*
 * Take the server's token (empty before its first) and append the next of the client, which is
 * nothing once the context stands. Errors as in kerberos_new.
 */
int kerberos_step(struct kerberos *k, struct slice server, struct buf *out,
		  struct err *e) MUST_CHECK;

/* Whether the context stands: the server has proven itself. */
bool kerberos_done(const struct kerberos *k);

/* The session key once the context stands, else 0; as auth_session_key. */
size_t kerberos_key(const struct kerberos *k, uint8_t key[AUTH_KEY_MAX]);

/* The client's MIC over `message` appended to `out`. Returns 0, ERR_AUTH (no context yet) or
 * ERR_NOMEM. */
int kerberos_mic(struct kerberos *k, struct slice message, struct buf *out) MUST_CHECK;

/* Returns 0, or ERR_VERIFY where `mic` is not the server's MIC over `message`. */
int kerberos_check_mic(struct kerberos *k, struct slice message, struct slice mic) MUST_CHECK;

#endif
