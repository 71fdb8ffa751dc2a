/*
 * smbench check: everything that can be known of a workload without a server; with --codec, of
 * captures.
 */
#include "config.h"

#include "cmd.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "check.h"
#include "check_credits.h"
#include "plan.h"
#include "secrets.h"
#include "replay/after.h"

static const char help[] =
	"usage: smbench check [OPTION]... WORKLOAD\n"
	"       smbench check --codec [OPTION]... CAPTURE...\n"
	"\n"
	"Check a workload without a server: every message is decoded and encoded again, values "
	"that\n"
	"replay fills in lie on fields that hold such values, names agree with bytes, responses "
	"have\n"
	"requests. What is wrong with the workload is a problem; what is odd in the recorded "
	"traffic,\n"
	"which replay repeats as it is, is a remark. For each connection it says how credits were "
	"used,\n"
	"and which requests took message ids that were not granted.\n"
	"With --codec, decode and encode every PDU of captures, also of sealed messages where a "
	"key is\n"
	"known.\n"
	"\n"
	"      --codec     check the codec on captures\n"
	"      --symbols   also list the values that were found by value flow, and where\n"
	"  -p, --port N    with --codec: only connections to this server port\n"
	"  -h, --help      print this help\n"
	"With --codec:\n" SECRETS_HELP "\n"
	"Exit status: 0 nothing wrong, 1 problems found, 2 usage or unreadable input.\n";

/* What a capture's PDUs came to. */
struct codec {
	const char *file;
	struct check_codec counts;
	uint64_t other; /* messages that are not plain SMB2 */
	struct smb2_questions asked;
};

static int
on_message(void *ctx, const struct cap_message *m)
{
	struct codec *c = ctx;
	struct smb2_chain chain = smb2_chain_init(m->bytes);
	struct slice pdu;
	struct buf says = {0};
	int r = 0;

	if (smb2_msg_kind(m->bytes) != SMB2_MSG_PLAIN) {
		c->other++;
		return 0;
	}
	while (r == 0 && smb2_chain_next(&chain, &pdu)) {
		buf_reset(&says);
		r = check_pdu(pdu, m->conn->id, &c->asked, &c->counts, &says);
		if (r == 0 && says.n > 0)
			(void)printf("%s: frame %llu: %.*s\n", c->file,
				     (unsigned long long)m->frame_last, (int)says.n,
				     (const char *)says.p);
	}
	buf_free(&says);
	return r;
}

static int
on_event(void *ctx, const struct cap_event *e)
{
	(void)ctx;
	(void)e;
	return 0;
}

static void
print_counts(const struct check_codec *c)
{
	(void)printf("PDUs %llu, identical %llu, opaque %llu", (unsigned long long)c->pdus,
		     (unsigned long long)c->identical, (unsigned long long)c->opaque);
	if (c->unexplained > 0)
		(void)printf(", unexplained bytes %llu", (unsigned long long)c->unexplained);
	if (c->bodies + c->plain > 0)
		(void)printf(", bodies %llu", (unsigned long long)(c->bodies + c->plain));
	if (c->plain > 0)
		(void)printf(", %llu of them as bytes", (unsigned long long)c->plain);
	(void)printf("\n");
}

static void
add_counts(struct check_codec *sum, const struct check_codec *c)
{
	sum->pdus += c->pdus;
	sum->identical += c->identical;
	sum->opaque += c->opaque;
	sum->unexplained += c->unexplained;
	sum->bodies += c->bodies;
	sum->plain += c->plain;
}

/* What all captures share. */
struct codec_run {
	uint16_t port;
	bool several;
	struct secrets secrets;
	struct check_codec total;
};

static int
read_capture(struct codec *c, const struct codec_run *run, struct cap_totals *totals,
	     struct buf *sessions, struct err *e)
{
	const struct unseal_secrets use = secrets_for_unseal(&run->secrets);
	const struct cap_sink own = {.ctx = c, .message = on_message, .event = on_event};
	const struct cap_options opt = {.port = run->port, .progress = cmd_progress};
	struct unseal_tap tap = {.inner = &own};
	struct cap_input input = {.path = c->file};
	struct cap_sink sink;
	int r = unseal_new(&use, &tap.unseal);

	if (r != 0)
		return r;
	sink = unseal_tap_sink(&tap);
	r = capture_read(&input, 1, &opt, &sink, totals, e);
	log_progress_end();
	for (size_t i = 0; unseal_session(tap.unseal, i) != NULL; i++)
		secrets_put_session(unseal_session(tap.unseal, i), sessions);
	unseal_free(tap.unseal);
	return r != 0 ? r : sessions->err;
}

/* One capture; returns its exit status. */
static int
check_capture(char *path, struct codec_run *run)
{
	struct codec c = {.file = path};
	struct cap_totals totals;
	struct buf sessions = {0};
	struct err e = {0};
	int r = read_capture(&c, run, &totals, &sessions, &e);

	smb2_questions_free(&c.asked);
	/* A file that ends early says all the same how the codec does on what it has. */
	if (r == ERR_TRUNCATED && c.counts.pdus > 0) {
		log_warn("%s", err_text(&e));
		r = 0;
	} else if (r != 0) {
		(void)err_set(&e, r, "%s: %s", path, err_str(r));
	} else if (c.counts.pdus == 0) {
		r = err_set(&e, ERR_NOTFOUND,
			    "%s: 0 PDUs from %llu packets (%llu messages of other kinds)", path,
			    (unsigned long long)totals.packets, (unsigned long long)c.other);
	}
	if (r == 0 && run->several)
		(void)printf("%s: ", path);
	if (r == 0)
		print_counts(&c.counts);
	if (r == 0 && sessions.n > 0)
		(void)fwrite(sessions.p, 1, sessions.n, stdout);
	buf_free(&sessions);
	if (r != 0)
		return cmd_fail(&e);
	add_counts(&run->total, &c.counts);
	return c.counts.identical == c.counts.pdus ? EXIT_SAME : EXIT_DIFFERENT;
}

static int
check_captures(char **paths, int n, struct codec_run *run)
{
	int worst = EXIT_SAME;

	run->several = n > 1;
	for (int i = 0; i < n; i++) {
		int status = check_capture(paths[i], run);

		if (status > worst)
			worst = status;
	}
	if (n > 1)
		print_counts(&run->total);
	return worst;
}

/* Does something wait for ever, in the order that asks least? */
static int
check_order(const struct ir *ir, struct check_result *result)
{
	struct err e = {0};
	int r = after_check(ir, ORDER_CONNECTION, &e);

	if (r != ERR_USAGE)
		return r;
	(void)printf("%s\n", err_text(&e));
	result->problems++;
	return 0;
}

/* What the shares held at the start, as state.jsonl or the messages say. */
static int
check_state(const char *path, const struct ir *ir, struct err *e)
{
	struct plan_totals totals;
	struct state s;
	struct buf text = {0};
	int r = state_load(path, ir, &s, e);

	if (r != 0)
		return r;
	plan_count(&s, &totals);
	plan_put_totals(&totals, &text);
	if (s.n > 0 && text.err == 0)
		(void)printf("%s: first state: %.*s\n", path, (int)text.n, (const char *)text.p);
	r = text.err;
	buf_free(&text);
	state_free(&s);
	return r;
}

static int
check_workload(const char *path, bool symbols)
{
	struct check_result result;
	struct err e = {0};
	struct ir ir;
	int r = ir_load(path, &ir, &e);

	if (r != 0)
		return cmd_fail(&e);
	r = symbols ? check_symbols(path, &ir, stdout) : 0;
	if (r == 0)
		r = check_ir(path, &ir, stdout, &result);
	if (r == 0)
		r = check_order(&ir, &result);
	if (r == 0)
		r = check_credits(path, &ir, stdout);
	if (r == 0 && !ir.meta.run)
		r = check_state(path, &ir, &e);
	if (r != 0) {
		(void)err_set(&e, r, "%s: %s", path, err_str(r));
		r = cmd_fail(&e);
	} else {
		(void)printf("%s: %zu events, problems %llu, remarks %llu\n", path, ir.n_events,
			     (unsigned long long)result.problems,
			     (unsigned long long)result.remarks);
		if (result.unsent + result.faults > 0)
			(void)printf("faults %llu, unsent %llu\n",
				     (unsigned long long)result.faults,
				     (unsigned long long)result.unsent);
		if (result.timings > 0)
			(void)printf("barriers, gaps and pauses %llu\n",
				     (unsigned long long)result.timings);
		print_counts(&result.codec);
		r = result.problems == 0 ? EXIT_SAME : EXIT_DIFFERENT;
	}
	ir_free(&ir);
	return r;
}

static int
parse_and_run(int argc, char **argv, struct codec_run *run)
{
	enum { OPT_CODEC = 256, OPT_SYMBOLS };
	static const struct option longs[] = {
		{"codec", no_argument, NULL, OPT_CODEC},
		{"symbols", no_argument, NULL, OPT_SYMBOLS},
		{"port", required_argument, NULL, 'p'},
		SECRETS_OPTIONS,
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	struct err e = {0};
	bool codec = false, symbols = false, only_codec = false;
	int c, status;

	while ((c = getopt_long(argc, argv, "p:h", longs, NULL)) != -1) {
		only_codec |= c == 'p' || c >= SECRETS_OPT_KEYS;
		switch (c) {
		case OPT_CODEC:
			codec = true;
			break;
		case OPT_SYMBOLS:
			symbols = true;
			break;
		case 'p':
			if (cmd_parse_port(optarg, &run->port) != 0)
				return cmd_usage("check", "'%s' is no port", optarg);
			break;
		case 'h':
			(void)fputs(help, stdout);
			return EXIT_SAME;
		case '?':
			return cmd_usage("check", "bad option");
		default:
			if (secrets_option(&run->secrets, c, optarg, &e) != 0)
				return cmd_fail(&e);
		}
	}
	if (optind == argc)
		return cmd_usage("check", codec ? "no capture named" : "no workload named");
	if (codec && symbols)
		return cmd_usage("check", "--symbols is of a workload, not of captures");
	if (!codec && (only_codec || argc - optind > 1))
		return cmd_usage("check", only_codec ? "--port and secrets go with --codec only"
						     : "one workload at a time");
	status = codec ? check_captures(argv + optind, argc - optind, run)
		       : check_workload(argv[optind], symbols);
	return status;
}

int
cmd_check(int argc, char **argv)
{
	struct codec_run run = {0};
	int status = parse_and_run(argc, argv, &run);

	secrets_free(&run.secrets);
	return status;
}
