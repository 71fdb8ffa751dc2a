/* The subcommands: each parses its options, calls the layers below, prints, and returns the exit
 * status. */
#ifndef SMB_CMD_H
#define SMB_CMD_H

#include <stdint.h>

#include "base/err.h"

/* Exit status, everywhere. */
enum {
	EXIT_SAME = 0,
	EXIT_DIFFERENT = 1,
	EXIT_BAD_INPUT = 2,
	EXIT_NO_CONNECTION = 3,
	EXIT_BUG = 4
};

/* argv[0] is the subcommand's name. */
int cmd_anonymize(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_compare(int argc, char **argv);
int cmd_compile(int argc, char **argv);
int cmd_cut(int argc, char **argv);
int cmd_export(int argc, char **argv);
int cmd_info(int argc, char **argv);
int cmd_keys(int argc, char **argv);
int cmd_provision(int argc, char **argv);
int cmd_race(int argc, char **argv);
int cmd_replay(int argc, char **argv);
int cmd_show(int argc, char **argv);

/* The exit status that a failure has. */
int cmd_status(int code);

/* Print "smbench: " and the failure to stderr; returns its exit status. */
int cmd_fail(const struct err *e);

/* Print a usage error with the way to the help; returns EXIT_BAD_INPUT. */
int cmd_usage(const char *command, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* For struct cap_options: how much of the captures has been read, on a terminal's stderr. */
void cmd_progress(void *ctx, uint64_t done, uint64_t total);

/* A port number. Returns 0 or ERR_USAGE. */
int cmd_parse_port(const char *text, uint16_t *out) MUST_CHECK;

/* Seconds with fractions, "1600000000.25", to nanoseconds. Returns 0 or ERR_USAGE. */
int cmd_parse_time(const char *text, uint64_t *out) MUST_CHECK;

#endif
