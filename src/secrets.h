/* The options with which captures are opened: --keys, --password, --password-file, --keytab. One
 * way for info, compile, check and keys. */
#ifndef SMB_SECRETS_H
#define SMB_SECRETS_H

#include <getopt.h>

#include "compile/unseal.h"

enum {
	SECRETS_OPT_KEYS = 512,
	SECRETS_OPT_PASSWORD,
	SECRETS_OPT_PASSWORD_FILE,
	SECRETS_OPT_KEYTAB
};

/* The lines for a command's table of long options, and for its help. */
#define SECRETS_OPTIONS                                                                            \
	{"keys", required_argument, NULL, SECRETS_OPT_KEYS},                                       \
		{"password", required_argument, NULL, SECRETS_OPT_PASSWORD},                       \
		{"password-file", required_argument, NULL, SECRETS_OPT_PASSWORD_FILE},             \
	{                                                                                          \
		"keytab", required_argument, NULL, SECRETS_OPT_KEYTAB                              \
	}
#define SECRETS_HELP                                                                               \
	"      --keys FILE             session keys as Wireshark's smb2_seskey_list has them:\n"   \
	"                              SESSION_ID,SESSION_KEY,S2C_KEY,C2S_KEY in hex, a line "     \
	"each\n"                                                                                   \
	"      --password [DOMAIN/]USER%PASSWORD\n"                                                \
	"                              a user's password; may be repeated. %:HASH is an NT hash "  \
	"in hex\n"                                                                                 \
	"      --password-file FILE    such lines, one a user\n"                                   \
	"      --keytab FILE           keys of services, for Kerberos logons; may be repeated\n"

/* Owns what it holds. */
struct secrets {
	struct unseal_key *keys;
	size_t n_keys;
	struct auth_secret *list;
	size_t n_list;
	char **texts; /* what the list points into */
	size_t n_texts;
};

/* Take one of the options above. Returns 0, ERR_USAGE, ERR_MALFORMED, a negated errno or ERR_NOMEM
 * with a text in `e`; ERR_NOTFOUND where it is none of them. */
int secrets_option(struct secrets *s, int option, char *value, struct err *e) MUST_CHECK;

/* For compile and the like; borrows from `s`. */
struct unseal_secrets secrets_for_unseal(const struct secrets *s);

/* Append a line: how far a session that is sealed, or signed with a known key, could be opened and
 * checked, and why no further. Nothing for others. */
void secrets_put_session(const struct unseal_session *s, struct buf *out);

/* Wipes all. */
void secrets_free(struct secrets *s);

#endif
