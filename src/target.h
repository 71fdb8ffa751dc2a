/* The live server that a command talks to, and who logs on there: what the commands that need one
 * have in common. */
#ifndef SMB_TARGET_H
#define SMB_TARGET_H

#include <stdio.h>

#include "creds.h"
#include "ir/map.h"
#include "replay/replay.h"

struct target {
	char host[256], share[256]; /* no share: "" */
	struct creds creds;
	const char *map_file;
	struct map *map;          /* of that file */
	struct auth_creds mapped; /* what was found last */
	FILE *keylog;
	char spn[sizeof("cifs/") + 256];
	struct sources sources;
	uint16_t port;
};

/* The options that target_option takes, for getopt_long. */
enum {
	TARGET_OPT_KERBEROS = 0x1000,
	TARGET_OPT_SPN,
	TARGET_OPT_MAP,
	TARGET_OPT_BIND_SOURCE,
	TARGET_OPT_KEYLOG,
};

#define TARGET_SHORT_OPTIONS "U:A:p:"
/* clang-format off */
#define TARGET_LONG_OPTIONS \
	{"user", required_argument, NULL, 'U'}, \
	{"authentication-file", required_argument, NULL, 'A'}, \
	{"port", required_argument, NULL, 'p'}, \
	{"use-kerberos", required_argument, NULL, TARGET_OPT_KERBEROS}, \
	{"spn", required_argument, NULL, TARGET_OPT_SPN}, \
	{"map", required_argument, NULL, TARGET_OPT_MAP}, \
	{"bind-source", required_argument, NULL, TARGET_OPT_BIND_SOURCE}, \
	{"keylog", required_argument, NULL, TARGET_OPT_KEYLOG}
/* clang-format on */

/* Where they stand in a command's help. */
#define TARGET_HELP                                                                                \
	"  -U, --user [DOMAIN/]USER[%PASSWORD]  who logs on, for every recorded user\n"            \
	"  -A, --authentication-file FILE       read user, password and domain from a file\n"      \
	"      --use-kerberos WHEN   desired (default): users log on as recorded, or by the "      \
	"other "                                                                                   \
	"of\n"                                                                                     \
	"                            Kerberos and NTLM where the credentials are only for that;\n" \
	"                            required: by Kerberos; off: by NTLM\n"                        \
	"      --spn NAME            the server's Kerberos name (default cifs/HOST)\n"             \
	"      --map FILE            who logs on, and what stands for recorded servers, shares, "  \
	"paths, SIDs:\n"                                                                           \
	"                            JSON, see smbench-map(5)\n"                                   \
	"  -p, --port PORT           the server's port (default 445)\n"                            \
	"      --bind-source ADDRESS[,ADDRESS]...\n"                                               \
	"                            where connections come from: each recorded client address "   \
	"has "                                                                                     \
	"one\n"                                                                                    \
	"      --keylog FILE         append the live session keys, as Wireshark's "                \
	"smb2_seskey_list\n"

#define TARGET_HELP_PASSWORD                                                                       \
	"Without a password in -U or -A it is taken from $PASSWD or asked for; Kerberos takes "    \
	"tickets\n"                                                                                \
	"from $KRB5CCNAME if that is set and no password is given.\n"

/* One of these options. Returns 0, or ERR_USAGE or another error, with a text in `e` where there
 * is more to say than that the value is none. */
int target_option(struct target *t, int option, char *value, struct err *e) MUST_CHECK;

/* "//HOST[/SHARE]", with backslashes too. Returns 0 or ERR_USAGE. */
int target_parse(struct target *t, const char *text) MUST_CHECK;

/*
 * When all options are known: asks for a password where `talks` and none was given, and reads the
 * map. Returns 0 or an error with a text in `e`.
 */
int target_complete(struct target *t, bool talks, struct err *e) MUST_CHECK;

/* Put all of it into the options of a replay; `t` is borrowed. */
void target_fill(struct target *t, struct replay_options *out);

/* Free what options gave, and wipe secrets. Returns 0, or a negated errno where the key log could
 * not be written. */
int target_free(struct target *t) MUST_CHECK;

#endif
