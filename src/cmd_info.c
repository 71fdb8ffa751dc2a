/* smbench info: what is in captures, and whether it can be replayed. */
#include "config.h"

#include "cmd.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/log.h"
#include "info.h"
#include "secrets.h"
#include "survey.h"

#define USUAL ((size_t)80) /* columns */
#define NARROWEST ((size_t)40)
#define WIDEST ((size_t)1000)

static const char help[] =
	"usage: smbench info [OPTION]... CAPTURE...\n"
	"\n"
	"Say whether packet captures (pcap, pcapng; gzip or zstd; - for standard input) can be "
	"replayed,\n"
	"what stands against it and which command comes next; then who talked to whom, what was "
	"said,\n"
	"which files were used and what failed. Several captures are merged by time.\n"
	"\n"
	"  -p, --port N   only connections to this server port (default: any where SMB is spoken)\n"
	"  -j, --json     one JSON object, with everything that the text cuts short\n" SECRETS_HELP
	"  -h, --help     print this help\n";

/* What is asked for. */
struct query {
	char **paths;
	int n;
	uint16_t port;
	bool json;
	struct secrets secrets;
};

static int
read_captures(const struct query *q, struct survey *s, struct unseal *u, struct err *e)
{
	const struct cap_options opt = {.port = q->port, .progress = cmd_progress};
	const struct cap_sink own = survey_sink(s);
	struct unseal_tap tap = {.unseal = u, .inner = &own};
	const struct cap_sink sink = unseal_tap_sink(&tap);
	struct cap_input *inputs = calloc((size_t)q->n, sizeof(*inputs));
	int r;

	if (inputs == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	for (int i = 0; i < q->n; i++)
		inputs[i].path = q->paths[i];
	r = capture_read(inputs, (size_t)q->n, &opt, &sink, &s->totals, e);
	log_progress_end();
	free(inputs);
	if (r != 0)
		return err_set(e, r, "%s", err_str(r));
	if (s->messages == 0)
		return err_set(
			e, ERR_NOTFOUND, "%s%s: 0 messages from %llu packets: %s", q->paths[0],
			q->n > 1 ? ", ..." : "", (unsigned long long)s->totals.packets,
			s->totals.packets == 0                  ? "the capture is empty"
			: s->totals.not_ip == s->totals.packets ? "none is IP"
			: s->totals.connections > 0 ? "SMB connections without a whole message"
						    : "no connection speaks SMB2");
	return 0;
}

/* The columns of the terminal that standard output is, or as $COLUMNS says; 80 elsewhere. */
static size_t
columns(void)
{
	const char *said = getenv("COLUMNS");
	unsigned long n = said != NULL ? strtoul(said, NULL, 10) : 0;
	struct winsize size;

	if (n == 0 && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
		n = size.ws_col;
	return n < NARROWEST || n > WIDEST ? USUAL : n;
}

static void
print(const struct query *q, struct survey *s, const struct unseal *u, struct json_out *out)
{
	const struct info_given given = {.paths = q->paths, .n = q->n, .secrets = &q->secrets};
	const bool colour = isatty(STDOUT_FILENO) == 1 && getenv("NO_COLOR") == NULL;
	struct survey_verdicts verdicts;
	struct info_next next;
	const struct info all = {.survey = s, .unseal = u, .verdicts = &verdicts, .next = &next};

	survey_judge(s, u, &verdicts);
	info_next(s, &verdicts, &given, &next);
	survey_top_sort(&s->top);
	if (q->json)
		info_put_json(&all, out);
	else
		info_put_text(&all, columns(), colour, &out->b);
	if (verdicts.why.err != 0)
		out->b.err = verdicts.why.err;
	buf_free(&verdicts.why);
	info_next_free(&next);
}

static int
info(const struct query *q)
{
	const struct unseal_secrets use = secrets_for_unseal(&q->secrets);
	struct survey s;
	struct unseal *u = NULL;
	struct json_out out = {0};
	struct err e = {0};
	int r = unseal_new(&use, &u);

	if (r != 0)
		return cmd_status(r);
	survey_init(&s);
	r = read_captures(q, &s, u, &e);
	/* What came before the damage of a file is worth knowing. */
	if (r == 0 || s.messages > 0) {
		if (survey_end(&s) == 0)
			print(q, &s, u, &out);
		else
			out.b.err = ERR_NOMEM;
		if (out.b.err == 0)
			(void)fwrite(out.b.p, 1, out.b.n, stdout);
		else
			r = err_set(&e, out.b.err, "%s", err_str(out.b.err));
	}
	buf_free(&out.b);
	survey_free(&s);
	unseal_free(u);
	return r == 0 ? EXIT_SAME : cmd_fail(&e);
}

static int
parse_and_run(int argc, char **argv, struct query *q)
{
	static const struct option longs[] = {
		{"port", required_argument, NULL, 'p'},
		{"json", no_argument, NULL, 'j'},
		SECRETS_OPTIONS,
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	struct err e = {0};
	int c;

	while ((c = getopt_long(argc, argv, "p:jh", longs, NULL)) != -1) {
		switch (c) {
		case 'p':
			if (cmd_parse_port(optarg, &q->port) != 0)
				return cmd_usage("info", "'%s' is no port", optarg);
			break;
		case 'j':
			q->json = true;
			break;
		case 'h':
			(void)fputs(help, stdout);
			return EXIT_SAME;
		case '?':
			return cmd_usage("info", "bad option");
		default:
			if (secrets_option(&q->secrets, c, optarg, &e) != 0)
				return cmd_fail(&e);
		}
	}
	if (optind == argc)
		return cmd_usage("info", "no capture named");
	q->paths = argv + optind;
	q->n = argc - optind;
	return info(q);
}

int
cmd_info(int argc, char **argv)
{
	struct query q = {0};
	int status = parse_and_run(argc, argv, &q);

	secrets_free(&q.secrets);
	return status;
}
