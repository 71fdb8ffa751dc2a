/* smbench info: what is in captures, and whether it can be replayed. */
#include "config.h"

#include "cmd.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/log.h"
#include "ir/json_out.h"
#include "proto/ntstatus.h"
#include "secrets.h"
#include "show.h"
#include "survey.h"

#define LISTED                                                                                     \
	((size_t)20) /* lines of a list, so that all stays on about a screen; --json has           \
			everything */

static const char help[] =
	"usage: smbench info [OPTION]... CAPTURE...\n"
	"\n"
	"Say what is in packet captures (pcap, pcapng; gzip or zstd; - for standard input), and "
	"whether it\n"
	"can be replayed. Several captures are merged by time.\n"
	"\n"
	"  -p, --port N   only connections to this server port (default: any where SMB is spoken)\n"
	"  -j, --json     one JSON object, with everything that the text cuts short\n" SECRETS_HELP
	"  -h, --help     print this help\n";

static const char *const verdicts[] = {
	[SURVEY_REPLAYABLE] = "replayable",
	[SURVEY_IN_PART] = "replayable in part",
	[SURVEY_NOT] = "not replayable",
};

static void
put_time(struct buf *out, uint64_t ns)
{
	time_t s = (time_t)(ns / 1000000000);
	struct tm tm;
	char text[32] = "?";

	if (gmtime_r(&s, &tm) != NULL)
		(void)strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm);
	buf_printf(out, "%s.%06llu UTC", text, (unsigned long long)(ns % 1000000000 / 1000));
}

static void
put_count(struct buf *out, const char *what, uint64_t n)
{
	if (n > 0)
		buf_printf(out, ", %s %llu", what, (unsigned long long)n);
}

static const char *
dialect_name(const struct survey_conn *c)
{
	const char *name = show_value_name("dialect_revision", c->dialect);

	return !c->negotiated ? "dialect unknown" : name != NULL ? name : "unknown dialect";
}

static void
put_conn(struct buf *out, size_t i, const struct survey_conn *c)
{
	buf_printf(out, "  %-3zu %s to %s  %s", i, c->client, c->server, dialect_name(c));
	if (c->negotiated && c->signing_required)
		buf_printf(out, ", signing required");
	put_count(out, "PDUs", c->pdus);
	put_count(out, "signed", c->signed_pdus);
	put_count(out, "sealed", c->sealed);
	put_count(out, "compressed", c->compressed);
	put_count(out, "SMB1", c->smb1);
	put_count(out, "unknown", c->unknown);
	put_count(out, "gaps", c->gaps);
	put_count(out, "junk bytes", c->junk_bytes);
	buf_printf(out, "%s\n", c->syn_seen ? "" : ", capture starts in its middle");
}

static void
put_session(struct buf *out, const struct survey_session *s)
{
	buf_printf(out, "  %-3u 0x%016llx  ", s->conn, (unsigned long long)s->id);
	if (s->anonymous)
		buf_printf(out, "anonymous");
	else if (s->user != NULL)
		buf_printf(out, "%s%s%s", s->domain != NULL ? s->domain : "",
			   s->domain != NULL && s->domain[0] != '\0' ? "\\" : "", s->user);
	else
		buf_printf(out, "user not said");
	buf_printf(out, "  %s", s->mechanism != NULL ? s->mechanism : "unknown");
	if (!s->answered)
		buf_printf(out, ", no response");
	else if (s->status != STATUS_SUCCESS)
		buf_printf(out, ", %s", ntstatus_name(s->status));
	buf_printf(out, "\n");
}

/* Sessions that are sealed, or signed with a known key. */
static void
put_unsealed(struct buf *out, const struct unseal *u)
{
	struct buf lines = {0};

	for (size_t i = 0; unseal_session(u, i) != NULL; i++)
		secrets_put_session(unseal_session(u, i), &lines);
	if (lines.n > 0)
		buf_printf(out, "seals and signatures\n");
	buf_add(out, lines.p, lines.n);
	buf_free(&lines);
}

static void
put_more(struct buf *out, size_t n)
{
	if (n > LISTED)
		buf_printf(out, "  ... and %zu more\n", n - LISTED);
}

static void
put_lists(struct buf *out, const struct survey *s)
{
	buf_printf(out, "connections %zu\n", s->n_conns);
	for (size_t i = 0; i < s->n_conns && i < LISTED; i++)
		put_conn(out, i, &s->conns[i]);
	put_more(out, s->n_conns);
	buf_printf(out, "logons %zu\n", s->n_sessions);
	for (size_t i = 0; i < s->n_sessions && i < LISTED; i++)
		put_session(out, &s->sessions[i]);
	put_more(out, s->n_sessions);
	buf_printf(out, "shares %zu\n", s->n_shares);
	for (size_t i = 0; i < s->n_shares && i < LISTED; i++)
		buf_printf(out, "  %s  connected %llu times\n", s->shares[i].path,
			   (unsigned long long)s->shares[i].connects);
	put_more(out, s->n_shares);
}

static void
put_losses(struct buf *out, const struct cap_totals *t)
{
	size_t from = out->n;

	put_count(out, "bytes in gaps", t->gap_bytes);
	put_count(out, "bytes of damaged messages", t->gap_known_bytes);
	put_count(out, "junk bytes", t->junk_bytes);
	put_count(out, "packets cut by snaplen", t->snaplen_cut);
	put_count(out, "lost fragments", t->fragments_lost);
	put_count(out, "malformed packets", t->bad_packets);
	put_count(out, "conflicting TCP bytes", t->tcp_conflicting_bytes);
	if (out->n == from)
		return;
	buf_printf(out, "\n");
	memcpy(out->p + from, "  ", 2);
}

static void
put_text(struct buf *out, struct survey *s, const struct unseal *u)
{
	const struct cap_totals *t = &s->totals;
	struct buf why = {0};
	enum survey_verdict verdict = survey_judge(s, &why);
	size_t from;

	buf_printf(out, "packets %llu, SMB messages %llu, PDUs %llu, from ",
		   (unsigned long long)t->packets, (unsigned long long)s->messages,
		   (unsigned long long)s->pdus);
	put_time(out, s->first);
	buf_printf(out, " for %.6f s\n", (double)(s->last - s->first) / 1e9);
	for (int k = SMB2_MSG_SEALED; k <= SMB2_MSG_UNKNOWN; k++)
		if (s->kinds[k] > 0)
			buf_printf(out, "  %s messages %llu\n",
				   smb2_msg_kind_name((enum smb2_msg_kind)k),
				   (unsigned long long)s->kinds[k]);
	if (s->opaque + s->malformed > 0)
		buf_printf(out, "  opaque PDUs %" PRIu64 "\n", s->opaque + s->malformed);
	put_losses(out, t);
	put_lists(out, s);
	put_unsealed(out, u);
	if (s->tally.n > 0)
		buf_printf(out, "PDUs %llu\n", (unsigned long long)s->pdus);
	tally_put(&s->tally, out);
	buf_printf(out, "verdict: %s\n", verdicts[verdict]);
	for (size_t i = from = 0; i < why.n; i++) {
		if (why.p[i] != '\n')
			continue;
		buf_printf(out, "  %.*s\n", (int)(i - from), (const char *)why.p + from);
		from = i + 1;
	}
	if (why.err != 0)
		out->err = why.err;
	buf_free(&why);
}

static void
number(struct json_out *o, const char *key, uint64_t v)
{
	json_out_key(o, key);
	json_out_uint(o, v);
}

static void
text(struct json_out *o, const char *key, const char *v)
{
	json_out_key(o, key);
	json_out_text(o, v != NULL ? v : "");
}

static void
boolean(struct json_out *o, const char *key, bool v)
{
	json_out_key(o, key);
	json_out_bool(o, v);
}

static void
json_conns(struct json_out *o, const struct survey *s)
{
	json_out_key(o, "connections");
	json_out_open(o, '[');
	for (size_t i = 0; i < s->n_conns; i++) {
		const struct survey_conn *c = &s->conns[i];

		json_out_open(o, '{');
		text(o, "client", c->client);
		text(o, "server", c->server);
		boolean(o, "syn_seen", c->syn_seen);
		text(o, "dialect", c->negotiated ? dialect_name(c) : NULL);
		boolean(o, "signing_required", c->signing_required);
		number(o, "pdus", c->pdus);
		number(o, "signed", c->signed_pdus);
		number(o, "sealed", c->sealed);
		number(o, "compressed", c->compressed);
		number(o, "smb1", c->smb1);
		number(o, "unknown", c->unknown);
		number(o, "gaps", c->gaps);
		number(o, "gap_bytes", c->gap_bytes);
		number(o, "junk_bytes", c->junk_bytes);
		json_out_close(o, '}');
	}
	json_out_close(o, ']');
}

static void
json_sessions(struct json_out *o, const struct survey *s)
{
	json_out_key(o, "logons");
	json_out_open(o, '[');
	for (size_t i = 0; i < s->n_sessions; i++) {
		const struct survey_session *x = &s->sessions[i];

		json_out_open(o, '{');
		number(o, "connection", x->conn);
		number(o, "session_id", x->id);
		text(o, "domain", x->domain);
		text(o, "user", x->user);
		boolean(o, "anonymous", x->anonymous);
		text(o, "mechanism", x->mechanism);
		text(o, "status", x->answered ? ntstatus_name(x->status) : NULL);
		json_out_close(o, '}');
	}
	json_out_close(o, ']');
	json_out_key(o, "shares");
	json_out_open(o, '[');
	for (size_t i = 0; i < s->n_shares; i++) {
		json_out_open(o, '{');
		text(o, "path", s->shares[i].path);
		number(o, "connects", s->shares[i].connects);
		json_out_close(o, '}');
	}
	json_out_close(o, ']');
}

static void
json_unsealed(struct json_out *o, const struct unseal *u)
{
	const struct unseal_session *s;

	json_out_key(o, "sessions");
	json_out_open(o, '[');
	for (size_t i = 0; (s = unseal_session(u, i)) != NULL; i++) {
		json_out_open(o, '{');
		number(o, "session_id", s->session_id);
		number(o, "sealed", s->sealed);
		number(o, "opened", s->opened);
		number(o, "signed", s->is_signed);
		number(o, "checked", s->checked);
		number(o, "valid", s->valid);
		text(o, "missing", s->why);
		json_out_close(o, '}');
	}
	json_out_close(o, ']');
}

static void
json_losses(struct json_out *o, const struct cap_totals *t)
{
	json_out_key(o, "lost");
	json_out_open(o, '{');
	number(o, "gap_bytes", t->gap_bytes);
	number(o, "damaged_message_bytes", t->gap_known_bytes);
	number(o, "junk_bytes", t->junk_bytes);
	number(o, "snaplen_cut_packets", t->snaplen_cut);
	number(o, "lost_fragments", t->fragments_lost);
	number(o, "bad_packets", t->bad_packets);
	number(o, "conflicting_bytes", t->tcp_conflicting_bytes);
	json_out_close(o, '}');
}

static void
put_json(struct json_out *o, struct survey *s, const struct unseal *u)
{
	struct buf why = {0};
	enum survey_verdict verdict = survey_judge(s, &why);

	json_out_open(o, '{');
	number(o, "packets", s->totals.packets);
	number(o, "messages", s->messages);
	number(o, "pdus", s->pdus);
	number(o, "opaque", s->opaque + s->malformed);
	json_out_key(o, "start");
	json_out_raw(o, "%llu.%09llu", (unsigned long long)(s->first / 1000000000),
		     (unsigned long long)(s->first % 1000000000));
	json_out_key(o, "seconds");
	json_out_raw(o, "%.9f", (double)(s->last - s->first) / 1e9);
	json_conns(o, s);
	json_sessions(o, s);
	json_unsealed(o, u);
	json_out_key(o, "commands");
	tally_put_json(&s->tally, o);
	json_losses(o, &s->totals);
	text(o, "verdict", verdicts[verdict]);
	json_out_key(o, "reasons");
	json_out_open(o, '[');
	for (size_t i = 0, from = 0; i < why.n; i++) {
		if (why.p[i] != '\n')
			continue;
		json_out_text_n(o, (const char *)why.p + from, i - from);
		from = i + 1;
	}
	json_out_close(o, ']');
	json_out_close(o, '}');
	buf_add(&o->b, "\n", 1);
	if (why.err != 0)
		o->b.err = why.err;
	buf_free(&why);
}

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

static int
info(const struct query *q)
{
	const struct unseal_secrets use = secrets_for_unseal(&q->secrets);
	struct survey s = {0};
	struct unseal *u = NULL;
	struct json_out out = {0};
	struct err e = {0};
	int r = unseal_new(&use, &u);

	if (r != 0)
		return cmd_status(r);
	r = read_captures(q, &s, u, &e);
	/* What came before the damage of a file is worth knowing. */
	if (r == 0 || s.messages > 0) {
		if (q->json)
			put_json(&out, &s, u);
		else
			put_text(&out.b, &s, u);
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
