/* replay --repeat: plays a workload again and again, each try with names and keys of its own, and
 * counts what comes of it. */
#ifndef SMB_REPEAT_H
#define SMB_REPEAT_H

#include "replay/replay.h"

struct repeat_options {
	uint64_t tries; /* 0: no --repeat */
	uint64_t one;   /* only this try of the seed; 0: all */
	uint64_t seed;
	bool seeded;       /* else repeat_seed draws one */
	bool same_names;   /* names and keys as recorded */
	const char *reset; /* a command between tries, or NULL */
	const char *hit; /* an expression (race/until.h) that says what is sought; NULL: differences
			  */
	bool json;
};

/* The options that repeat_option takes, for getopt_long. */
enum {
	REPEAT_OPT_REPEAT = 0x3000,
	REPEAT_OPT_SEED,
	REPEAT_OPT_TRY,
	REPEAT_OPT_SAME_NAMES,
	REPEAT_OPT_RESET,
	REPEAT_OPT_HIT,
};

/* clang-format off */
#define REPEAT_LONG_OPTIONS \
	{"repeat", required_argument, NULL, REPEAT_OPT_REPEAT}, \
	{"seed", required_argument, NULL, REPEAT_OPT_SEED}, \
	{"try", required_argument, NULL, REPEAT_OPT_TRY}, \
	{"same-names", no_argument, NULL, REPEAT_OPT_SAME_NAMES}, \
	{"reset", required_argument, NULL, REPEAT_OPT_RESET}, \
	{"hit", required_argument, NULL, REPEAT_OPT_HIT}
/* clang-format on */

/* Where they stand in a command's help. */
extern const char repeat_help[];

/* One of these options. Returns 0, or ERR_USAGE where the value is none. */
int repeat_option(struct repeat_options *o, int option, const char *value) MUST_CHECK;

/* What options may not go together: a text, or NULL. */
const char *repeat_clash(const struct repeat_options *o);

/* Draw a seed, unless one was given. Returns 0 or ERR_CRYPTO. */
int repeat_seed(struct repeat_options *o) MUST_CHECK;

/* Play all tries and print. opt->run is a directory for the runs of those that differ, in
 * directories named by their numbers. Returns the exit status. */
int repeat(const struct ir *ir, const struct repeat_options *o, const struct replay_options *opt);

#endif
