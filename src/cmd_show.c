/* smbench show: what is in a workload or a run. */
#include "config.h"

#include "cmd.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "ranges.h"
#include "show.h"

static const char help[] =
	"usage: smbench show [OPTION]... WORKLOAD\n"
	"\n"
	"Print a workload, or a run that replay kept, one line a message:\n"
	"number, seconds since the start, connection, direction, commands; in brackets the\n"
	"values that replay fills in, or that a response defines. ^ is the open of the request "
	"before.\n"
	"\n"
	"  -V, --verbose       all fields of every PDU\n"
	"  -x, --hex           all bytes, patched ones in brackets\n"
	"  -j, --json          one JSON object a line for every PDU\n"
	"      --stats         only count: by command and status, by connection, symbols\n"
	"  -n, --number RANGE  only these messages: 5, 5-9, 5-, -9, with commas between several\n"
	"  -h, --help          print this help\n";

#define FLUSH_AT ((size_t)256 << 10)

struct options {
	bool verbose, hex, json, stats;
	struct ranges ranges; /* none: all */
	const char *path;
};

struct shower {
	const struct options *o;
	struct ir ir;
	struct buf scratch;
	struct smb2_questions asked;
	struct json_out out; /* text goes to its buffer, too */
	struct show_line *line;
	struct show_stats *stats;
};

/* Returns the exit status of a wrong command line, or -1. */
static int
parse_options(int argc, char **argv, struct options *o)
{
	enum { OPT_STATS = 256 };
	static const struct option longs[] = {
		{"verbose", no_argument, NULL, 'V'},
		{"hex", no_argument, NULL, 'x'},
		{"json", no_argument, NULL, 'j'},
		{"stats", no_argument, NULL, OPT_STATS},
		{"number", required_argument, NULL, 'n'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	int c;

	while ((c = getopt_long(argc, argv, "Vxjn:h", longs, NULL)) != -1) {
		switch (c) {
		case 'V':
			o->verbose = true;
			break;
		case 'x':
			o->hex = true;
			break;
		case 'j':
			o->json = true;
			break;
		case OPT_STATS:
			o->stats = true;
			break;
		case 'n':
			if (!ranges_parse(optarg, &o->ranges))
				return cmd_usage("show", "'%s' is no range of numbers", optarg);
			break;
		case 'h':
			(void)fputs(help, stdout);
			return EXIT_SAME;
		default:
			(void)fprintf(stderr, "Try 'smbench show --help'.\n");
			return EXIT_BAD_INPUT;
		}
	}
	if (argc - optind != 1)
		return cmd_usage("show",
				 argc == optind ? "which workload?" : "one workload at a time");
	if (o->json && (o->verbose || o->hex))
		return cmd_usage("show", "--json goes with neither -V nor -x");
	o->path = argv[optind];
	return -1;
}

/* Print what has gathered; false when nobody takes it any more. */
static bool
flush_out(struct shower *s, size_t at)
{
	bool good = true;

	if (s->out.b.n >= at) {
		good = fwrite(s->out.b.p, 1, s->out.b.n, stdout) == s->out.b.n;
		buf_reset(&s->out.b);
	}
	return good;
}

static void
show_event(struct shower *s, const struct show_event *e)
{
	bool wanted = s->o->ranges.n == 0 || ranges_have(&s->o->ranges, e->n);

	if (!wanted) {
		if (s->line != NULL)
			show_line_learn(s->line, e);
		return;
	}
	if (s->stats != NULL) {
		show_stats_add(s->stats, e);
	} else if (s->o->json) {
		show_json_put(e, &s->out);
	} else {
		show_line_put(s->line, e, &s->out.b);
		if (s->o->verbose)
			show_tree_put(e, &s->out.b);
		if (s->o->hex)
			show_hex_put(e, &s->out.b);
	}
}

static int
show_all(struct shower *s)
{
	bool colour = isatty(STDOUT_FILENO) == 1 && getenv("NO_COLOR") == NULL, good = true;

	for (size_t i = 0; good && i < s->ir.n_events; i++) {
		const struct ir_event *ev = &s->ir.events[i];
		struct show_event e = {
			.ir = &s->ir, .ev = ev, .n = i, .kind = SMB2_MSG_UNKNOWN, .colour = colour};

		e.bytes = ir_bytes(&s->ir, ev, &s->scratch);
		if (ev->kind == IR_SEND || ev->kind == IR_RECV)
			e.kind = smb2_msg_kind(e.bytes);
		e.asked = &s->asked;
		if (s->scratch.err == 0 && (s->o->verbose || s->o->json) &&
		    show_note(&e, &s->asked) != 0)
			return ERR_NOMEM;
		if (s->scratch.err == 0)
			show_event(s, &e);
		if (s->scratch.err != 0 || s->out.b.err != 0)
			return ERR_NOMEM;
		good = flush_out(s, FLUSH_AT);
	}
	if (s->stats != NULL && s->o->json)
		show_stats_put_json(s->stats, &s->out);
	else if (s->stats != NULL)
		show_stats_put(s->stats, &s->out.b);
	(void)flush_out(s, 0);
	return 0;
}

int
cmd_show(int argc, char **argv)
{
	struct options o = {0};
	struct shower s = {.o = &o};
	struct err e = {0};
	int r = parse_options(argc, argv, &o);

	if (r >= 0)
		return r;
	r = ir_load(o.path, &s.ir, &e);
	if (r != 0)
		return cmd_fail(&e);
	if (o.stats)
		s.stats = show_stats_new(&s.ir);
	else if (!o.json)
		s.line = show_line_new(&s.ir);
	if (s.stats != NULL || s.line != NULL || o.json)
		r = show_all(&s);
	else
		r = ERR_NOMEM;
	if (r != 0)
		r = cmd_fail((err_set(&e, r, "%s: %s", o.path, err_str(r)), &e));
	show_line_free(s.line);
	show_stats_free(s.stats);
	buf_free(&s.out.b);
	buf_free(&s.scratch);
	smb2_questions_free(&s.asked);
	ir_free(&s.ir);
	return r;
}
