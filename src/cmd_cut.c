/* smbench cut: a part of a workload, with what it depends on. */
#include "config.h"

#include "cmd.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "ir/cut.h"
#include "ranges.h"

static const char help[] =
	"usage: smbench cut [OPTION]... WORKLOAD -o OUT\n"
	"\n"
	"Take messages out of a workload, together with what they depend on: connects, "
	"NEGOTIATE,\n"
	"logons, tree connects, the requests that define the values they use, what was done before "
	"to\n"
	"the files they use, their answers. The new workload can be played by itself. A message "
	"is\n"
	"asked for where all options hold for it.\n"
	"\n"
	"  -o, --output DIR     write the new workload to this directory\n"
	"  -f, --force          write over a workload that is there\n"
	"  -n, --number RANGE   these messages: 5, 5-9, 5-, -9, with commas between several\n"
	"      --conn RANGE     messages of these connections\n"
	"      --session RANGE  messages of these sessions (numbers as in session.1)\n"
	"      --from TIME      messages from this time on, in seconds since the start, as show "
	"prints\n"
	"      --to TIME        it; or since 1970, written @TIME\n"
	"      --without RANGE  but not these messages, unless something needs them\n"
	"      --no-history     without what opened or changed the files before that are used: "
	"they\n"
	"                       are there already, as they were at that point\n"
	"      --keep-times     keep pauses in which all was left out; else a second is left of "
	"them\n"
	"  -q, --quiet          print no summary\n"
	"  -h, --help           print this help\n"
	"\n"
	"Exit status: 0 good, 2 usage or unreadable input, or nothing is asked for.\n";

struct args {
	struct ranges numbers, conns, sessions, without;
	const char *from, *to, *out, *path;
	bool force, quiet, no_history, keep_times;
};

/* What made the workload, without the folders that it was made in. */
static void
describe(const struct args *a, int argc, char **argv, struct buf *out)
{
	buf_printf(out, "cut");
	for (int i = 1; i < argc; i++) {
		if (argv[i] == a->out && strcmp(argv[i - 1], "cut") != 0)
			continue;
		if (argv[i] != a->path && strcmp(argv[i], "-o") != 0 &&
		    strcmp(argv[i], "--output") != 0 && argv[i] + 9 != a->out &&
		    argv[i] + 2 != a->out)
			buf_printf(out, " %s", argv[i]);
	}
	buf_add(out, "", 1);
}

/* "1.5" since the start, "@1600000000" since 1970, which is cut at the start. */
static int
parse_time(const char *text, uint64_t start, uint64_t *out)
{
	bool absolute = text[0] == '@';
	int r = cmd_parse_time(text + absolute, out);

	if (r == 0 && absolute)
		*out = *out > start ? *out - start : 0;
	return r;
}

static struct cut_ranges
as_ranges(const struct ranges *r)
{
	return (struct cut_ranges){r->at, r->n};
}

static void
print_needed(const struct cut_result *r)
{
	const char *before = " (";

	for (size_t i = 0; i < CUT_N_CLASSES; i++) {
		if (r->needed[i] == 0)
			continue;
		(void)printf("%s%s %" PRIu64, before, cut_class_names[i], r->needed[i]);
		before = ", ";
	}
	(void)printf("%s\n", before[0] == ',' ? ")" : "");
}

/* "  3 requests WHAT", where there are any. */
static void
print_count(uint64_t n, const char *noun, const char *what)
{
	if (n > 0)
		(void)printf("  %" PRIu64 " %s%s %s\n", n, noun, n == 1 ? "" : "s", what);
}

static void
print_summary(const char *out, const struct cut_result *r)
{
	char text[96];

	(void)printf("%s: kept %" PRIu64 " of %" PRIu64 " messages: %" PRIu64 " asked for, %" PRIu64
		     " they depend on",
		     out, r->kept, r->messages, r->asked, r->kept - r->asked);
	print_needed(r);
	print_count(r->renumbered, "message", "renumbered, for those left out before them");
	(void)snprintf(text, sizeof(text),
		       "edited to ask for %" PRIu64 " more credits, for those left out",
		       r->raised_by);
	print_count(r->raised, "request", text);
	print_count(r->widened, "connection", "kept whole up to there, for the credits");
	print_count(r->inside, "request", "outside the window as recorded, and now inside");
	print_count(r->after, "reference", "in \"after\" to what is left out, dropped");
	print_count(r->timings, "timing", "(barrier, gap, pause) by what is left out, dropped");
	(void)snprintf(text, sizeof(text), "shortened, by %.3f s in all",
		       (double)r->shortened_ns / 1e9);
	print_count(r->pauses, "pause", text);
}

/* What was asked for, in the workload's terms. Returns 0 or ERR_USAGE. */
static int
make_options(const struct args *a, const struct ir *ir, struct cut_options *o, struct err *e)
{
	*o = (struct cut_options){.numbers = as_ranges(&a->numbers),
				  .conns = as_ranges(&a->conns),
				  .sessions = as_ranges(&a->sessions),
				  .without = as_ranges(&a->without),
				  .to = UINT64_MAX,
				  .history = !a->no_history,
				  .keep_times = a->keep_times};
	if (a->from != NULL && parse_time(a->from, ir->meta.start, &o->from) != 0)
		return err_set(e, ERR_USAGE, "--from: '%s' is no time", a->from);
	if (a->to != NULL && parse_time(a->to, ir->meta.start, &o->to) != 0)
		return err_set(e, ERR_USAGE, "--to: '%s' is no time", a->to);
	return 0;
}

static int
cut(const struct args *a, const struct ir *ir, const char *command_line, struct err *e)
{
	struct cut_result result;
	struct cut_options opt;
	struct ir_writer *w;
	int r = make_options(a, ir, &opt, e);

	opt.command_line = command_line;
	if (r == 0)
		r = ir_writer_open(a->out, a->force, &w, e);
	if (r == 0)
		r = cut_workload(ir, &opt, w, &result, e);
	if (r == 0 && !a->quiet)
		print_summary(a->out, &result);
	return r;
}

/* Returns the exit status of a wrong command line, or -1. */
static int
parse_options(int argc, char **argv, struct args *a)
{
	enum { OPT_CONN = 256, OPT_SESSION, OPT_FROM, OPT_TO, OPT_WITHOUT, OPT_HISTORY, OPT_TIMES };
	static const struct option longs[] = {
		{"output", required_argument, NULL, 'o'},
		{"force", no_argument, NULL, 'f'},
		{"number", required_argument, NULL, 'n'},
		{"conn", required_argument, NULL, OPT_CONN},
		{"session", required_argument, NULL, OPT_SESSION},
		{"from", required_argument, NULL, OPT_FROM},
		{"to", required_argument, NULL, OPT_TO},
		{"without", required_argument, NULL, OPT_WITHOUT},
		{"no-history", no_argument, NULL, OPT_HISTORY},
		{"keep-times", no_argument, NULL, OPT_TIMES},
		{"quiet", no_argument, NULL, 'q'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	struct ranges *r = NULL;
	int c;

	while ((c = getopt_long(argc, argv, "o:fn:qh", longs, NULL)) != -1) {
		switch (c) {
		case 'o':
			a->out = optarg;
			break;
		case 'f':
			a->force = true;
			break;
		case 'n':
		case OPT_CONN:
		case OPT_SESSION:
		case OPT_WITHOUT:
			r = c == 'n'           ? &a->numbers
			    : c == OPT_CONN    ? &a->conns
			    : c == OPT_SESSION ? &a->sessions
					       : &a->without;
			if (!ranges_parse(optarg, r))
				return cmd_usage("cut", "'%s' is no range of numbers", optarg);
			break;
		case OPT_FROM:
		case OPT_TO:
			*(c == OPT_FROM ? &a->from : &a->to) = optarg;
			break;
		case OPT_HISTORY:
			a->no_history = true;
			break;
		case OPT_TIMES:
			a->keep_times = true;
			break;
		case 'q':
			a->quiet = true;
			break;
		case 'h':
			(void)fputs(help, stdout);
			return EXIT_SAME;
		default:
			return cmd_usage("cut", "bad option");
		}
	}
	return -1;
}

int
cmd_cut(int argc, char **argv)
{
	struct args a = {0};
	struct buf line = {0};
	struct err e = {0};
	struct ir ir;
	int r = parse_options(argc, argv, &a);

	if (r >= 0)
		return r;
	if (argc - optind != 1)
		return cmd_usage("cut",
				 argc == optind ? "which workload?" : "one workload at a time");
	if (a.out == NULL)
		return cmd_usage("cut", "-o DIR is needed");
	if (a.numbers.n + a.conns.n + a.sessions.n + a.without.n == 0 && a.from == NULL &&
	    a.to == NULL)
		return cmd_usage("cut", "what is to be kept? -n, --conn, --session, --from, --to "
					"or --without");
	a.path = argv[optind];
	r = ir_load(a.path, &ir, &e);
	if (r != 0)
		return cmd_fail(&e);
	describe(&a, argc, argv, &line);
	r = line.err != 0 ? err_set(&e, line.err, "%s", err_str(line.err))
			  : cut(&a, &ir, (const char *)line.p, &e);
	buf_free(&line);
	ir_free(&ir);
	return r != 0 ? cmd_fail(&e) : EXIT_SAME;
}
