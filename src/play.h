/* How a workload is played: the options of the engine, for the commands that play one. */
#ifndef SMB_PLAY_H
#define SMB_PLAY_H

#include "replay/engine.h"

/* The options that play_option takes, for getopt_long. */
enum {
	PLAY_OPT_ORDER = 0x2000,
	PLAY_OPT_PACE,
	PLAY_OPT_CREDITS,
	PLAY_OPT_SEGMENTS,
	PLAY_OPT_SEAL,
	PLAY_OPT_ON_BREAK,
	PLAY_OPT_ON_DROP,
	PLAY_OPT_WITHOUT_BREAK,
	PLAY_OPT_ON_DIVERGENCE,
	PLAY_OPT_SPEED,
	PLAY_OPT_SPIN,
	PLAY_OPT_TIMEOUT,
	PLAY_OPT_LEAVE_SEALED_OUT,
	PLAY_OPT_SAME_NEGOTIATION,
};

/* clang-format off */
#define PLAY_LONG_OPTIONS \
	{"order", required_argument, NULL, PLAY_OPT_ORDER}, \
	{"pace", required_argument, NULL, PLAY_OPT_PACE}, \
	{"credits", required_argument, NULL, PLAY_OPT_CREDITS}, \
	{"segments", required_argument, NULL, PLAY_OPT_SEGMENTS}, \
	{"seal", required_argument, NULL, PLAY_OPT_SEAL}, \
	{"on-break", required_argument, NULL, PLAY_OPT_ON_BREAK}, \
	{"on-drop", required_argument, NULL, PLAY_OPT_ON_DROP}, \
	{"without-break", required_argument, NULL, PLAY_OPT_WITHOUT_BREAK}, \
	{"on-divergence", required_argument, NULL, PLAY_OPT_ON_DIVERGENCE}, \
	{"speed", required_argument, NULL, PLAY_OPT_SPEED}, \
	{"spin", required_argument, NULL, PLAY_OPT_SPIN}, \
	{"timeout", required_argument, NULL, PLAY_OPT_TIMEOUT}, \
	{"leave-sealed-out", no_argument, NULL, PLAY_OPT_LEAVE_SEALED_OUT}, \
	{"require-same-negotiation", no_argument, NULL, PLAY_OPT_SAME_NEGOTIATION}
/* clang-format on */

/* Where they stand in a command's help. */
extern const char play_help[];

/* One of these options. Returns 0, or ERR_USAGE where the value is none. */
int play_option(struct engine_options *o, int option, const char *value) MUST_CHECK;

/* What is played without options. */
struct engine_options play_defaults(void);

#endif
