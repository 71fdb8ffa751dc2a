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
#include "compile/capture.h"

static const char help[] =
	"usage: smbench check [OPTION]... WORKLOAD\n"
	"       smbench check --codec [--port N] CAPTURE...\n"
	"\n"
	"Check a workload without a server: every message is decoded and encoded again, values "
	"that\n"
	"replay fills in lie on fields that hold such values, names agree with bytes, responses "
	"have\n"
	"requests. What is wrong with the workload is a problem; what is odd in the recorded "
	"traffic,\n"
	"which replay repeats as it is, is a remark.\n"
	"With --codec, decode and encode every PDU of captures.\n"
	"\n"
	"      --codec     check the codec on captures\n"
	"  -p, --port N    with --codec: only connections to this server port\n"
	"  -h, --help      print this help\n"
	"\n"
	"Exit status: 0 nothing wrong, 1 problems found, 2 usage or unreadable input.\n";

/* What a capture's PDUs came to. */
struct codec {
	const char *file;
	struct check_codec counts;
	uint64_t other; /* messages that are not plain SMB2 */
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
		r = check_pdu(pdu, &c->counts, &says);
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
	(void)printf("\n");
}

/* One capture; returns its exit status. */
static int
check_capture(char *path, bool several, uint16_t port, struct check_codec *total)
{
	struct codec c = {.file = path};
	const struct cap_sink sink = {.ctx = &c, .message = on_message, .event = on_event};
	const struct cap_options opt = {.port = port, .progress = cmd_progress};
	struct cap_input input = {.path = path};
	struct cap_totals totals;
	struct err e = {0};
	int r = capture_read(&input, 1, &opt, &sink, &totals, &e);

	log_progress_end();
	/* A file that ends early says all the same how the codec does on what it has. */
	if (r == ERR_TRUNCATED && c.counts.pdus > 0)
		log_warn("%s", err_text(&e));
	else if (r != 0) {
		(void)err_set(&e, r, "%s: %s", path, err_str(r));
		return cmd_fail(&e);
	}
	if (c.counts.pdus == 0) {
		(void)err_set(&e, ERR_NOTFOUND,
			      "%s: 0 PDUs from %llu packets (%llu messages of other kinds)", path,
			      (unsigned long long)totals.packets, (unsigned long long)c.other);
		return cmd_fail(&e);
	}
	if (several)
		(void)printf("%s: ", path);
	print_counts(&c.counts);
	total->pdus += c.counts.pdus;
	total->identical += c.counts.identical;
	total->opaque += c.counts.opaque;
	total->unexplained += c.counts.unexplained;
	return c.counts.identical == c.counts.pdus ? EXIT_SAME : EXIT_DIFFERENT;
}

static int
check_captures(char **paths, int n, uint16_t port)
{
	struct check_codec total = {0};
	int worst = EXIT_SAME;

	for (int i = 0; i < n; i++) {
		int status = check_capture(paths[i], n > 1, port, &total);

		if (status > worst)
			worst = status;
	}
	if (n > 1)
		print_counts(&total);
	return worst;
}

static int
check_workload(const char *path)
{
	struct check_result result;
	struct err e = {0};
	struct ir ir;
	int r = ir_load(path, &ir, &e);

	if (r != 0)
		return cmd_fail(&e);
	r = check_ir(path, &ir, stdout, &result);
	if (r != 0) {
		(void)err_set(&e, r, "%s: %s", path, err_str(r));
		r = cmd_fail(&e);
	} else {
		(void)printf("%s: %zu events, problems %llu, remarks %llu\n", path, ir.n_events,
			     (unsigned long long)result.problems,
			     (unsigned long long)result.remarks);
		print_counts(&result.codec);
		r = result.problems == 0 ? EXIT_SAME : EXIT_DIFFERENT;
	}
	ir_free(&ir);
	return r;
}

int
cmd_check(int argc, char **argv)
{
	enum { OPT_CODEC = 256 };
	static const struct option longs[] = {
		{"codec", no_argument, NULL, OPT_CODEC},
		{"port", required_argument, NULL, 'p'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	bool codec = false;
	uint16_t port = 0;
	int c;

	while ((c = getopt_long(argc, argv, "p:h", longs, NULL)) != -1) {
		switch (c) {
		case OPT_CODEC:
			codec = true;
			break;
		case 'p':
			if (cmd_parse_port(optarg, &port) != 0)
				return cmd_usage("check", "'%s' is no port", optarg);
			break;
		case 'h':
			(void)fputs(help, stdout);
			return EXIT_SAME;
		default:
			return cmd_usage("check", "bad option");
		}
	}
	if (optind == argc)
		return cmd_usage("check", codec ? "no capture named" : "no workload named");
	if (codec)
		return check_captures(argv + optind, argc - optind, port);
	if (port != 0 || argc - optind > 1)
		return cmd_usage("check", port != 0 ? "--port goes with --codec only"
						    : "one workload at a time");
	return check_workload(argv[optind]);
}
