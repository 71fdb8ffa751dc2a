/* The subcommand table and what all subcommands share: exit status and failure messages. */
#include "config.h"

#include "cmd.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

static const struct command {
	const char *name, *help;
	int (*run)(int argc, char **argv);
} commands[] = {
	{"info", "what is in a capture, and whether it can be replayed", cmd_info},
	{"compile", "turn captures into a workload", cmd_compile},
	{"show", "print a workload, one line a message", cmd_show},
	{"check", "check a workload, or the codec on captures, without a server", cmd_check},
	{"cut", "take a part out of a workload, with what it depends on", cmd_cut},
	{"anonymize", "rewrite names, addresses and contents, so that a workload can be given away",
	 cmd_anonymize},
	{"export", "write a workload or run as a capture for Wireshark", cmd_export},
	{"keys", "derive the session keys of a capture from passwords or keytabs", cmd_keys},
	{"provision", "make what must be on a share before a replay", cmd_provision},
	{"replay", "play a workload's client side against a live server", cmd_replay},
	{"race", "search the orders and gaps of a workload for races", cmd_race},
	{"compare", "say where a run differs from its workload", cmd_compare},
};

int
cmd_status(int code)
{
	switch (code) {
	case 0:
		return EXIT_SAME;
	case ERR_AUTH:
	case ERR_NET:
		return EXIT_NO_CONNECTION;
	case ERR_INTERNAL:
	case ERR_CRYPTO:
	case ERR_NOMEM:
		return EXIT_BUG;
	default:
		return EXIT_BAD_INPUT;
	}
}

int
cmd_fail(const struct err *e)
{
	log_err("%s", err_text(e));
	return cmd_status(e->code);
}

int
cmd_usage(const char *command, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	(void)fprintf(stderr, "smbench %s: %s\nTry 'smbench %s --help'.\n", command, text, command);
	return EXIT_BAD_INPUT;
}

void
cmd_progress(void *ctx, uint64_t done, uint64_t total)
{
	(void)ctx;
	if (total > 0)
		log_progress("read %llu of %llu MB", (unsigned long long)(done / 1000000),
			     (unsigned long long)(total / 1000000));
	else
		log_progress("read %llu MB", (unsigned long long)(done / 1000000));
}

int
cmd_parse_port(const char *text, uint16_t *out)
{
	char *end;
	unsigned long v = strtoul(text, &end, 10);

	if (end == text || *end != '\0' || v == 0 || v > 65535)
		return ERR_USAGE;
	*out = (uint16_t)v;
	return 0;
}

int
cmd_parse_time(const char *text, uint64_t *out)
{
	char *end;
	uint64_t seconds = strtoull(text, &end, 10), ns = 0, unit = 1000000000;

	if (end == text || text[0] == '-' || seconds > UINT64_MAX / 1000000000 - 1)
		return ERR_USAGE;
	if (*end == '.')
		for (end++; *end >= '0' && *end <= '9'; end++)
			ns += (uint64_t)(*end - '0') * (unit /= 10);
	*out = seconds * 1000000000 + ns;
	return *end == '\0' ? 0 : ERR_USAGE;
}

static void
print_help(FILE *f)
{
	(void)fprintf(f, "usage: smbench COMMAND [OPTION]... ARGUMENT...\n\n"
			 "Turn a capture of SMB2/3 traffic into a workload, play it against a live "
			 "server byte for byte,\n"
			 "and say where the server behaves differently.\n\n");
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		(void)fprintf(f, "  %-9s %s\n", commands[i].name, commands[i].help);
	(void)fprintf(f,
		      "\nsmbench COMMAND --help lists a command's options; see also smbench(1).\n"
		      "Exit status: 0 the same, 1 differences, 2 usage or unreadable input, 3 "
		      "connection or\n"
		      "authentication failed, 4 internal error.\n");
}

/* Buffered output may fail only when it is flushed: a full disk must not look like success. */
static int
flush_output(int status)
{
	if (fflush(stdout) != 0 || ferror(stdout)) {
		log_err("cannot write to standard output");
		return status == EXIT_SAME ? EXIT_BAD_INPUT : status;
	}
	return status;
}

int
main(int argc, char **argv)
{
	(void)setlocale(LC_CTYPE, "C.UTF-8");
	if (argc < 2) {
		print_help(stderr);
		return EXIT_BAD_INPUT;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		print_help(stdout);
		return flush_output(EXIT_SAME);
	}
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
		(void)puts(PACKAGE_STRING);
		return flush_output(EXIT_SAME);
	}
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return flush_output(commands[i].run(argc - 1, argv + 1));
	(void)fprintf(stderr, "smbench: unknown command '%s'\nTry 'smbench --help'.\n", argv[1]);
	return EXIT_BAD_INPUT;
}
