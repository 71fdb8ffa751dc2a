/* smbench export: a workload or run as a capture. */
#include "config.h"

#include "cmd.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "export/export.h"

static const char help[] =
	"usage: smbench export [OPTION]... WORKLOAD|RUN -o FILE\n"
	"\n"
	"Write a workload, or what a replay kept with --run, as a pcapng capture for Wireshark "
	"and\n"
	"others: connections, segments, times and addresses as they were recorded. What was sealed "
	"stands\n"
	"plain. compile makes of it the workload again.\n"
	"\n"
	"  -o, --output FILE    write to this file; - is standard output\n"
	"  -f, --force          write over a file that is there\n"
	"  -q, --quiet          print no summary\n"
	"  -h, --help           print this help\n"
	"\n"
	"Exit status: 0 good, 2 usage or unreadable input.\n";

struct args {
	const char *out;
	bool force, quiet;
};

/* "  3 messages WHAT", where there are any. */
static void
print_count(uint64_t n, const char *noun, const char *one, const char *many)
{
	if (n > 0)
		(void)printf("  %" PRIu64 " %s%s %s\n", n, noun, n == 1 ? "" : "s",
			     n == 1 ? one : many);
}

static void
print_summary(const char *out, const struct export_result *r)
{
	char text[96];

	(void)printf("%s: %" PRIu64 " message%s of %" PRIu64 " connection%s in %" PRIu64
		     " packet%s\n",
		     out, r->messages, r->messages == 1 ? "" : "s", r->connections,
		     r->connections == 1 ? "" : "s", r->packets, r->packets == 1 ? "" : "s");
	print_count(r->sealed, "message", "that was sealed stands plain",
		    "that were sealed stand plain");
	(void)snprintf(text, sizeof(text), "with %" PRIu64 " byte%s that the capture lost",
		       r->lost_bytes, r->lost_bytes == 1 ? "" : "s");
	print_count(r->gaps, "gap", text, text);
	print_count(r->split, "segment", "too large for a packet, and cut",
		    "too large for a packet, and cut");
	print_count(r->faults, "message", "with a fault stands whole and once",
		    "with a fault stand whole and once");
	print_count(r->made_up, "connection", "has made-up addresses", "have made-up addresses");
	if (r->port != 0)
		(void)printf("  server port %u: tell tshark -d tcp.port==%u,nbss\n", r->port,
			     r->port);
}

/* Returns the exit status of a wrong command line, or -1. */
static int
parse_options(int argc, char **argv, struct args *a)
{
	static const struct option longs[] = {
		{"output", required_argument, NULL, 'o'},
		{"force", no_argument, NULL, 'f'},
		{"quiet", no_argument, NULL, 'q'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	int c;

	while ((c = getopt_long(argc, argv, "o:fqh", longs, NULL)) != -1) {
		switch (c) {
		case 'o':
			a->out = optarg;
			break;
		case 'f':
			a->force = true;
			break;
		case 'q':
			a->quiet = true;
			break;
		case 'h':
			(void)fputs(help, stdout);
			return EXIT_SAME;
		default:
			return cmd_usage("export", "bad option");
		}
	}
	if (argc - optind != 1)
		return cmd_usage("export",
				 argc == optind ? "which workload?" : "one workload at a time");
	if (a->out == NULL)
		return cmd_usage("export", "-o FILE is needed");
	return -1;
}

int
cmd_export(int argc, char **argv)
{
	struct args a = {0};
	struct export_result result;
	struct err e = {0};
	struct ir ir;
	bool to_stdout;
	int r = parse_options(argc, argv, &a);

	if (r >= 0)
		return r;
	to_stdout = strcmp(a.out, "-") == 0;
	if (!a.force && !to_stdout && access(a.out, F_OK) == 0) {
		(void)err_set(&e, -EEXIST, "%s: is there already; --force writes over it", a.out);
		return cmd_fail(&e);
	}
	if (to_stdout && isatty(STDOUT_FILENO))
		return cmd_usage("export", "a capture is nothing for a terminal");
	r = ir_load(argv[optind], &ir, &e);
	if (r != 0)
		return cmd_fail(&e);
	r = export_workload(&ir, a.out, &result, &e);
	ir_free(&ir);
	if (r != 0)
		return cmd_fail(&e);
	if (!a.quiet && !to_stdout)
		print_summary(a.out, &result);
	return EXIT_SAME;
}
