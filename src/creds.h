/* Credentials as Samba's own tools take them: -U [DOMAIN/]USER[%PASSWORD], -A FILE, PASSWD, a
 * prompt. */
#ifndef SMB_CREDS_H
#define SMB_CREDS_H

#include "auth/auth.h"

/* Owns its texts; creds_free wipes them. */
struct creds {
	struct auth_creds auth; /* points into `text` */
	char text[3][256];      /* user, domain, password */
	bool given, have_password;
};

/* Take -U's value. A password on the command line is overwritten there, so that ps does not show
 * it. Returns 0 or ERR_USAGE. */
int creds_parse_user(struct creds *c, char *value, struct err *e) MUST_CHECK;

/* Read -A's file: lines "username = ", "password = ", "domain = ". Returns 0, a negated errno or
 * ERR_MALFORMED, with file and line in `e`. */
int creds_read_file(struct creds *c, const char *path, struct err *e) MUST_CHECK;

/*
 * Where no password is known: a user's from $PASSWD; else, unless auth.kerberos says off, tickets
 * from $KRB5CCNAME (or the default cache where Kerberos is required and nobody can be asked); else
 * a user's from a prompt on the terminal. Returns 0 or ERR_AUTH.
 */
int creds_complete(struct creds *c, struct err *e) MUST_CHECK;

void creds_free(struct creds *c);

#endif
