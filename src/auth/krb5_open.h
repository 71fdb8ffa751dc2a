/* Opening a captured Kerberos logon with a keytab (RFC 4120 5.5, RFC 4121 4.1). */
#ifndef SMB_AUTH_KRB5_OPEN_H
#define SMB_AUTH_KRB5_OPEN_H

#include "auth/auth_open.h"

/*
 * The session key of an exchange. `ap_req` and `ap_rep` are the GSS-API tokens; `ap_rep` may be
 * empty where the client wanted no mutual authentication. Every key of the file `keytab` with the
 * ticket's encryption type is tried, whatever its principal: a service has many names. The key is
 * the acceptor's subkey, else the initiator's, else the ticket's session key. Sets key and names in
 * `out`. Errors as in auth_open_key, with a text in `e`.
 */
int kerberos_open(const char *keytab, struct slice ap_req, struct slice ap_rep,
		  struct auth_opened *out, struct err *e) MUST_CHECK;

/* Append the service that an AP-REQ is for, which stands in it in the clear: "cifs/host@REALM".
 * Nothing where it is malformed. */
void kerberos_service(struct slice ap_req, struct buf *out);

#endif
