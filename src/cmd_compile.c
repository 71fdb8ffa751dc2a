/* smbench compile: captures to a workload. */
#include "config.h"

#include "cmd.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "compile/compile.h"
#include "ir/map.h"
#include "secrets.h"

static const char help[] =
	"usage: smbench compile [OPTION]... CAPTURE... -o WORKLOAD\n"
	"\n"
	"Turn packet captures (pcap, pcapng; gzip or zstd; - for standard input) into a workload.\n"
	"Several captures are merged by time.\n"
	"\n"
	"  -o, --output DIR    write the workload to this directory\n"
	"  -f, --force         write over an existing workload\n"
	"  -p, --port PORT     only connections to this server port (default: any where SMB is "
	"spoken)\n"
	"      --client ADDR   only connections of this client address\n"
	"      --from SECONDS  only packets from this time on (seconds since 1970, fractions "
	"allowed)\n"
	"      --to SECONDS    only packets up to this time\n"
	"      --map FILE      bytes that are, or are not, symbols of value flow: its key "
	"\"values\"\n"
	"      --no-values     find no symbols by value flow\n" SECRETS_HELP
	"  -q, --quiet         print no summary\n"
	"  -h, --help          print this help\n";

enum { OPT_CLIENT = 256, OPT_FROM, OPT_TO, OPT_MAP, OPT_NO_VALUES };

static void
print_count(const char *what, uint64_t n)
{
	if (n > 0)
		(void)printf("  %-24s %" PRIu64 "\n", what, n);
}

static void
print_summary(const char *out, const struct compile_result *r)
{
	const struct cap_totals *t = &r->capture;

	(void)printf("%s: %" PRIu64 " messages (%" PRIu64 " PDUs) in %" PRIu64
		     " connections from %" PRIu64 " packets\n",
		     out, r->messages, r->pdus, t->connections, t->packets);
	print_count("messages opened", r->opened);
	print_count("messages decompressed", r->unpacked);
	print_count("values by flow", r->values);
	print_count("values left as recorded", r->values_left_out);
	print_count("names in the first state", r->state_names);
	print_count("left out of that", r->state_left_out);
	print_count("sealed messages", r->sealed);
	print_count("compressed messages", r->compressed);
	print_count("SMB1 messages", r->smb1);
	print_count("session service packets", r->nbss);
	print_count("unknown messages", r->unknown);
	print_count("opaque PDUs", r->opaque);
	print_count("broken chains", r->broken_chains);
	print_count("bytes lost in gaps", t->gap_bytes);
	print_count("bytes of damaged messages", t->gap_known_bytes);
	print_count("junk bytes", t->junk_bytes);
	print_count("packets cut by snaplen", t->snaplen_cut);
	print_count("lost fragments", t->fragments_lost);
	print_count("malformed packets", t->bad_packets);
	print_count("conflicting TCP bytes", t->tcp_conflicting_bytes);
}

static void
print_session(void *ctx, const struct unseal_session *s)
{
	struct buf line = {0};

	(void)ctx;
	secrets_put_session(s, &line);
	if (line.n > 0)
		(void)fwrite(line.p, 1, line.n, stdout);
	buf_free(&line);
}

/* What made the workload, without the folders that it was made in. */
static void
describe(char *text, size_t size, const struct compile_options *opt)
{
	const struct cap_options *o = &opt->capture;
	int n = snprintf(text, size, "compile%s", opt->no_values ? " --no-values" : "");

	if (o->port != 0)
		n += snprintf(text + n, size - (size_t)n, " --port %u", o->port);
	if (o->client != NULL)
		n += snprintf(text + n, size - (size_t)n, " --client %.64s", o->client);
	if (o->from != 0)
		n += snprintf(text + n, size - (size_t)n, " --from %" PRIu64 ".%09" PRIu64,
			      o->from / 1000000000, o->from % 1000000000);
	if (o->to != 0)
		(void)snprintf(text + n, size - (size_t)n, " --to %" PRIu64 ".%09" PRIu64,
			       o->to / 1000000000, o->to % 1000000000);
}

static int
compile(char **paths, int n, const char *out, struct compile_options *opt, bool quiet)
{
	struct cap_input *inputs = calloc((size_t)n, sizeof(*inputs));
	struct compile_result result;
	struct err e = {0};
	char text[256];
	int r;

	if (inputs == NULL)
		return EXIT_BUG;
	for (int i = 0; i < n; i++)
		inputs[i].path = paths[i];
	describe(text, sizeof(text), opt);
	opt->command_line = text;
	opt->capture.progress = cmd_progress;
	r = compile_captures(inputs, (size_t)n, out, opt, &result, &e);
	log_progress_end();
	free(inputs);
	if (!quiet && (r == 0 || (r == ERR_TRUNCATED && result.messages > 0)))
		print_summary(out, &result);
	if (r == 0 && result.sealed > 0)
		log_warn("%" PRIu64 " sealed message%s kept as captured: info says which secret "
			 "opens what",
			 result.sealed, result.sealed == 1 ? " is" : "s are");
	if (r == 0 && result.wrong_secrets > 0)
		r = err_set(&e, ERR_USAGE, "the secrets of %" PRIu64 " session%s are wrong",
			    result.wrong_secrets, result.wrong_secrets > 1 ? "s" : "");
	return r != 0 ? cmd_fail(&e) : EXIT_SAME;
}

/* What of a map is for compile. The last one counts. */
static int
use_map(const char *path, struct map **map, struct flow_rules *rules, struct err *e)
{
	int r;

	map_free(*map);
	*map = NULL;
	r = map_load(path, map, e);
	if (r != 0)
		return r;
	rules->add = map_values(*map, false, &rules->n_add);
	rules->forbid = map_values(*map, true, &rules->n_forbid);
	return 0;
}

/* What the options ask for. */
struct args {
	struct compile_options opt;
	struct secrets secrets;
	struct map *map;
	const char *out;
	bool quiet;
};

static const struct option longs[] = {
	{"output", required_argument, NULL, 'o'},
	{"force", no_argument, NULL, 'f'},
	{"port", required_argument, NULL, 'p'},
	{"client", required_argument, NULL, OPT_CLIENT},
	{"from", required_argument, NULL, OPT_FROM},
	{"to", required_argument, NULL, OPT_TO},
	{"map", required_argument, NULL, OPT_MAP},
	{"no-values", no_argument, NULL, OPT_NO_VALUES},
	SECRETS_OPTIONS,
	{"quiet", no_argument, NULL, 'q'},
	{"help", no_argument, NULL, 'h'},
	{NULL, 0, NULL, 0},
};

/* Returns 0, ERR_USAGE for a value that is none, or another error with its text in `e`. */
static int
take_option(struct args *a, int c, struct err *e)
{
	switch (c) {
	case 'o':
		a->out = optarg;
		return 0;
	case 'f':
		a->opt.replace = true;
		return 0;
	case 'p':
		return cmd_parse_port(optarg, &a->opt.capture.port) != 0 ? ERR_USAGE : 0;
	case OPT_CLIENT:
		a->opt.capture.client = optarg;
		return 0;
	case OPT_FROM:
		return cmd_parse_time(optarg, &a->opt.capture.from);
	case OPT_TO:
		return cmd_parse_time(optarg, &a->opt.capture.to);
	case OPT_MAP:
		return use_map(optarg, &a->map, &a->opt.rules, e);
	case OPT_NO_VALUES:
		a->opt.no_values = true;
		return 0;
	case 'q':
		a->quiet = true;
		return 0;
	default:
		return secrets_option(&a->secrets, c, optarg, e);
	}
}

static int
parse_and_run(int argc, char **argv, struct args *a)
{
	struct err e = {0};
	int c, r;

	while ((c = getopt_long(argc, argv, "o:fp:qh", longs, NULL)) != -1) {
		if (c == 'h') {
			(void)fputs(help, stdout);
			return EXIT_SAME;
		}
		if (c == '?')
			return cmd_usage("compile", "bad option");
		r = take_option(a, c, &e);
		if (r != 0)
			return e.code != 0 ? cmd_fail(&e)
					   : cmd_usage("compile", "'%s' is no valid value", optarg);
	}
	if (optind == argc || a->out == NULL)
		return cmd_usage("compile", "no %s named", a->out == NULL ? "--output" : "capture");
	a->opt.secrets = secrets_for_unseal(&a->secrets);
	a->opt.session = a->quiet ? NULL : print_session;
	return compile(argv + optind, argc - optind, a->out, &a->opt, a->quiet);
}

int
cmd_compile(int argc, char **argv)
{
	struct args a = {0};
	int status = parse_and_run(argc, argv, &a);

	map_free(a.map);
	secrets_free(&a.secrets);
	return status;
}
