/* smbench replay: play a workload's client side against a live server. */
#include "config.h"

#include "cmd.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "creds.h"
#include "dry_run.h"
#include "ir/map.h"
#include "replay/replay.h"
#include "report.h"

static const char help[] =
	"usage: smbench replay [OPTION]... WORKLOAD //HOST[/SHARE]\n"
	"       smbench replay --dry-run [OPTION]... WORKLOAD [//HOST[/SHARE]]\n"
	"\n"
	"Play the client side of a workload against a live server, and say where the server "
	"behaves\n"
	"differently. With SHARE, every recorded share but IPC$ is that one. WORKLOAD is a "
	"directory that\n"
	"compile made, or a file written by hand (see smbench-ir(5)).\n"
	"\n"
	"  -U, --user [DOMAIN/]USER[%PASSWORD]  who logs on, for every recorded user\n"
	"  -A, --authentication-file FILE       read user, password and domain from a file\n"
	"      --use-kerberos WHEN   desired (default): users log on as recorded, or by the other "
	"of\n"
	"                            Kerberos and NTLM where the credentials are only for that;\n"
	"                            required: by Kerberos; off: by NTLM\n"
	"      --spn NAME            the server's Kerberos name (default cifs/HOST)\n"
	"      --map FILE            who logs on, and what stands for recorded servers, shares, "
	"paths, SIDs:\n"
	"                            JSON, see smbench-map(5)\n"
	"      --dry-run             only print what would be sent, who would log on, and what the "
	"map makes\n"
	"                            of names; needs no server\n"
	"      --verbose             with --dry-run: names that no rule touches, too\n"
	"  -p, --port PORT           the server's port (default 445)\n"
	"      --bind-source ADDRESS[,ADDRESS]...\n"
	"                            where connections come from: each recorded client address has "
	"one\n"
	"      --order ORDER         total (default): all sends and receipts in recorded order;\n"
	"                            connection: in order on each connection;\n"
	"                            none: sends wait only for values and credits they need\n"
	"      --pace PACE           recorded (default): at recorded times; none: as fast as order "
	"allows\n"
	"      --speed FACTOR        play recorded times FACTOR times as fast\n"
	"      --credits WHAT        where the server granted fewer credits than recorded: wait "
	"(default) or\n"
	"                            force: send all the same\n"
	"      --segments WHICH      message (default): each message is one write; recorded: what "
	"was\n"
	"                            one TCP segment is\n"
	"      --timeout SECONDS     wait for an answer so much longer than recorded (default 10)\n"
	"      --on-divergence WHAT  continue (default) or stop at the first one\n"
	"      --on-break WHAT       answer breaks that were not recorded and wait for an answer:\n"
	"                            ack (default): acknowledge; close: close what is broken; "
	"ignore\n"
	"      --on-drop WHAT        where a connection is lost, unlike recorded: stop (default) "
	"sending on it,\n"
	"                            or reconnect, and reclaim session, trees and durable opens\n"
	"      --without-break WHAT  recorded acknowledgments of breaks that do not come:\n"
	"                            hold (default) them back, or send\n"
	"      --seal WHICH          as-recorded (default), always, or never\n"
	"      --leave-sealed-out    pass over messages that compile could not open\n"
	"      --require-same-negotiation\n"
	"                            stop where the server negotiates otherwise than recorded\n"
	"      --keylog FILE         append the live session keys, as Wireshark's "
	"smb2_seskey_list\n"
	"      --run DIR             keep what the server did there, for smbench compare\n"
	"      --pcap FILE           write the replay as a capture\n"
	"      --audit               list every sent byte range that differs from the recording:\n"
	"                            event, frame, connection, offset, recorded width, sent width, "
	"reason,\n"
	"                            recorded and sent bytes, separated by tabs\n"
	"  -j, --json                print one JSON object\n"
	"  -h, --help                print this help\n"
	"\n"
	"Without a password in -U or -A it is taken from $PASSWD or asked for; Kerberos takes "
	"tickets\n"
	"from $KRB5CCNAME if that is set and no password is given.\n"
	"Exit status: 0 the same, 1 differences, 2 usage or unreadable input, 3 connection or\n"
	"authentication failed, 4 internal error.\n";

enum {
	OPT_ORDER = 256,
	OPT_PACE,
	OPT_SPEED,
	OPT_TIMEOUT,
	OPT_ON_DIVERGENCE,
	OPT_ON_BREAK,
	OPT_ON_DROP,
	OPT_WITHOUT_BREAK,
	OPT_RUN,
	OPT_PCAP,
	OPT_AUDIT,
	OPT_SEAL,
	OPT_LEAVE_SEALED_OUT,
	OPT_SAME_NEGOTIATION,
	OPT_KEYLOG,
	OPT_KERBEROS,
	OPT_SPN,
	OPT_CREDITS,
	OPT_MAP,
	OPT_SEGMENTS,
	OPT_BIND_SOURCE,
	OPT_DRY_RUN,
	OPT_VERBOSE,
};

struct args {
	struct replay_options replay;
	struct creds creds;
	const char *map_file;
	struct map *map;
	struct auth_creds mapped; /* what find_creds gave last */
	char host[256], share[256], spn[sizeof("cifs/") + 256];
	bool json, dry_run, verbose;
	FILE *keylog;
	uint64_t n_sends;
};

/* By the map; else -U is for everybody. */
static const struct auth_creds *
find_creds(void *ctx, const char *user, const char *domain)
{
	struct args *a = ctx;
	const struct map_principal *p = a->map != NULL ? map_principal(a->map, user, domain) : NULL;

	const char *live = a->map != NULL ? map_domain(a->map, domain) : NULL;

	if (p == NULL)
		return a->creds.given ? &a->creds.auth : NULL;
	if (live == NULL)
		live = domain;
	a->mapped = (struct auth_creds){.user = p->user != NULL ? p->user : user,
					.domain = p->domain != NULL ? p->domain : live,
					.password = p->password,
					.nt_hash = p->nt_hash,
					.keytab = p->keytab,
					.ccache = p->ccache,
					.kerberos = a->creds.auth.kerberos,
					.spn = a->creds.auth.spn};
	return &a->mapped;
}

/* One of several words; its index, or -1. */
static int
one_of(const char *word, const char *const *words)
{
	for (int i = 0; words[i] != NULL; i++)
		if (strcmp(word, words[i]) == 0)
			return i;
	return -1;
}

static int
parse_positive(const char *text, double max, double *out)
{
	char *end;

	*out = strtod(text, &end);
	return end != text && *end == '\0' && *out > 0 && *out <= max ? 0 : ERR_USAGE;
}

static int
parse_port(const char *text, uint16_t *out)
{
	double v;

	if (parse_positive(text, 65535, &v) != 0 || v != (double)(uint16_t)v)
		return ERR_USAGE;
	*out = (uint16_t)v;
	return 0;
}

/* "//HOST[/SHARE]", with backslashes too. */
static int
parse_target(struct args *a, const char *text)
{
	size_t host;

	if (strlen(text) < 3 || strchr("/\\", text[0]) == NULL || strchr("/\\", text[1]) == NULL)
		return ERR_USAGE;
	text += 2;
	host = strcspn(text, "/\\");
	if (host == 0 || host >= sizeof(a->host))
		return ERR_USAGE;
	memcpy(a->host, text, host);
	a->host[host] = '\0';
	if (text[host] != '\0' &&
	    snprintf(a->share, sizeof(a->share), "%s", text + host + 1) >= (int)sizeof(a->share))
		return ERR_USAGE;
	return strpbrk(a->share, "/\\") == NULL ? 0 : ERR_USAGE;
}

static int
parse_kerberos(const char *value, struct auth_creds *c)
{
	static const char *const words[] = {"desired", "off", "required", NULL};
	int i = one_of(value, words);

	if (i < 0)
		return ERR_USAGE;
	c->kerberos = (enum auth_kerberos)i;
	return 0;
}

static int
parse_word(int option, const char *value, struct engine_options *o)
{
	static const char *const orders[] = {"total", "connection", "none", NULL};
	static const char *const paces[] = {"recorded", "none", NULL};
	static const char *const reactions[] = {"continue", "stop", NULL};
	static const char *const credits[] = {"wait", "force", NULL};
	static const char *const segments[] = {"message", "recorded", NULL};
	static const char *const seals[] = {"as-recorded", "always", "never", NULL};
	static const char *const breaks[] = {"ack", "ignore", "close", NULL};
	static const char *const drops[] = {"stop", "reconnect", NULL};
	static const char *const idle[] = {"hold", "send", NULL};
	int i = one_of(value, option == OPT_ORDER           ? orders
			      : option == OPT_PACE          ? paces
			      : option == OPT_CREDITS       ? credits
			      : option == OPT_SEGMENTS      ? segments
			      : option == OPT_SEAL          ? seals
			      : option == OPT_ON_BREAK      ? breaks
			      : option == OPT_ON_DROP       ? drops
			      : option == OPT_WITHOUT_BREAK ? idle
							    : reactions);

	if (i < 0)
		return ERR_USAGE;
	if (option == OPT_ORDER)
		o->order = (enum engine_order)i;
	else if (option == OPT_PACE)
		o->pace = (enum engine_pace)i;
	else if (option == OPT_CREDITS)
		o->credits = (enum engine_wait)i;
	else if (option == OPT_SEGMENTS)
		o->segments = (enum engine_segments)i;
	else if (option == OPT_SEAL)
		o->seal = (enum seal_mode)i;
	else if (option == OPT_ON_BREAK)
		o->on_break = (enum engine_on_break)i;
	else if (option == OPT_ON_DROP)
		o->on_drop = (enum engine_on_drop)i;
	else if (option == OPT_WITHOUT_BREAK)
		o->send_idle_acks = i == 1;
	else
		o->stop = i == 1;
	return 0;
}

static void
print_audit(void *ctx, const struct audit_entry *a)
{
	(void)ctx;
	(void)printf("%" PRIu64 "\t%" PRIu64 "\t%" PRIu32 "\t%" PRIu32 "\t%zu\t%zu\t%s\t", a->event,
		     a->frame, a->conn, a->off, a->recorded.n, a->sent.n, a->what);
	for (size_t i = 0; i < a->recorded.n; i++)
		(void)printf("%02x", a->recorded.p[i]);
	(void)putchar('\t');
	for (size_t i = 0; i < a->sent.n; i++)
		(void)printf("%02x", a->sent.p[i]);
	(void)putchar('\n');
}

static void
put_hex(FILE *f, const uint8_t *p, size_t n, char end)
{
	for (size_t i = 0; i < n; i++)
		(void)fprintf(f, "%02x", p[i]);
	(void)fputc(end, f);
}

/* A line for Wireshark's smb2_seskey_list. */
static void
write_keys(void *ctx, uint64_t session_id, struct slice session_key, const struct seal_keys *keys)
{
	struct args *a = ctx;
	uint8_t id[8];

	wire_put_le(id, sizeof(id), session_id);
	put_hex(a->keylog, id, sizeof(id), ',');
	put_hex(a->keylog, session_key.p, session_key.n, ',');
	put_hex(a->keylog, keys->s2c, keys->n, ',');
	put_hex(a->keylog, keys->c2s, keys->n, '\n');
}

/* Keys are for the user alone. */
static int
open_keylog(struct args *a, const char *path, struct err *e)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	a->keylog = fd >= 0 ? fdopen(fd, "a") : NULL;
	if (a->keylog == NULL)
		return err_set(e, -errno, "%s: %s", path, strerror(errno));
	a->replay.creds.keylog = write_keys;
	return 0;
}

static int
parse_option(struct args *a, int c, char *value, struct err *e)
{
	double v;

	switch (c) {
	case 'U':
		return creds_parse_user(&a->creds, value, e);
	case 'A':
		return creds_read_file(&a->creds, value, e);
	case 'p':
		return parse_port(value, &a->replay.port);
	case OPT_ORDER:
	case OPT_PACE:
	case OPT_ON_DIVERGENCE:
	case OPT_ON_BREAK:
	case OPT_ON_DROP:
	case OPT_WITHOUT_BREAK:
	case OPT_SEAL:
	case OPT_CREDITS:
	case OPT_SEGMENTS:
		return parse_word(c, value, &a->replay.engine);
	case OPT_SPEED:
		return parse_positive(value, 1e6, &a->replay.engine.speed);
	case OPT_TIMEOUT:
		if (parse_positive(value, 1e6, &v) != 0)
			return ERR_USAGE;
		a->replay.engine.timeout = (uint64_t)(v * 1e9);
		return 0;
	case OPT_BIND_SOURCE:
		return sources_add(&a->replay.sources, value, e);
	case OPT_LEAVE_SEALED_OUT:
		a->replay.engine.leave_sealed_out = true;
		return 0;
	case OPT_SAME_NEGOTIATION:
		a->replay.engine.same_negotiation = true;
		return 0;
	case OPT_KEYLOG:
		return open_keylog(a, value, e);
	case OPT_KERBEROS:
		return parse_kerberos(value, &a->creds.auth);
	case OPT_SPN:
		a->creds.auth.spn = value;
		return 0;
	case OPT_MAP:
		a->map_file = value;
		return 0;
	case OPT_RUN:
		a->replay.run = value;
		return 0;
	case OPT_PCAP:
		a->replay.pcap = value;
		return 0;
	case OPT_AUDIT:
		a->replay.audit.entry = print_audit;
		return 0;
	case OPT_DRY_RUN:
		a->dry_run = true;
		return 0;
	case OPT_VERBOSE:
		a->verbose = true;
		return 0;
	case 'j':
		a->json = true;
		return 0;
	default:
		return ERR_USAGE;
	}
}

static void
print_progress(void *ctx, const struct engine_totals *t)
{
	struct args *a = ctx;

	log_progress("sent %" PRIu64 " of %" PRIu64 " messages", t->sent, a->n_sends);
}

static int
play(struct args *a, const struct ir *ir, struct err *e)
{
	struct report_run run;
	struct replay_result result;
	struct report *report = NULL;
	int r = report_new(a->json, &report), status = EXIT_SAME;

	if (r != 0) {
		(void)err_set(e, r, "%s", err_str(r));
		return cmd_fail(e);
	}
	a->replay.divergences = report_sink(report);
	a->replay.tick = print_progress;
	a->replay.tick_ctx = a;
	for (size_t i = 0; i < ir->n_events; i++)
		a->n_sends += ir->events[i].kind == IR_SEND;
	r = replay_run(ir, &a->replay, &result, e);
	log_progress_end();
	run = (struct report_run){.target = result.target,
				  .sent = result.engine.sent,
				  .not_sent = result.engine.not_sent,
				  .own = result.engine.own,
				  .held = result.engine.held,
				  .drops = result.engine.drops,
				  .reconnects = result.engine.reconnects,
				  .opens = result.engine.opens,
				  .opens_reclaimed = result.engine.opens_reclaimed,
				  .split_segments = result.engine.split_segments,
				  .duration_ns = result.duration,
				  .credits = result.credits,
				  .n_conns = result.credits != NULL ? ir->meta.n_conns : 0};
	if (report_differs(&result.judge))
		status = EXIT_DIFFERENT;
	if (result.target[0] != '\0' && report_end(report, &result.judge, &run) != 0 && r == 0)
		r = err_set(e, ERR_NOMEM, "%s", err_str(ERR_NOMEM));
	report_free(report);
	free(result.credits);
	return r != 0 ? cmd_fail(e) : status;
}

static int
only_tell(struct args *a, const struct ir *ir, struct err *e)
{
	const struct dry_run_options opt = {.names = {.map = a->map,
						      .server = a->host[0] != '\0' ? a->host : NULL,
						      .share = a->share},
					    .creds = a->replay.creds,
					    .verbose = a->verbose,
					    .json = a->json};

	return dry_run(ir, &opt, e) != 0 ? cmd_fail(e) : EXIT_SAME;
}

static int
replay(struct args *a, const char *workload)
{
	struct ir ir = {0};
	struct err e = {0};
	int r = a->dry_run ? 0 : creds_complete(&a->creds, &e), status;

	if (r == 0 && a->map_file != NULL)
		r = map_load(a->map_file, &a->map, &e);
	a->replay.engine.map = a->map;
	if (r == 0)
		r = ir_load(workload, &ir, &e);
	if (r != 0)
		status = cmd_fail(&e);
	else
		status = a->dry_run ? only_tell(a, &ir, &e) : play(a, &ir, &e);
	if (a->keylog != NULL && fclose(a->keylog) != 0 && status == EXIT_SAME) {
		log_err("cannot write the key log");
		status = EXIT_BAD_INPUT;
	}
	ir_free(&ir);
	creds_free(&a->creds);
	map_free(a->map);
	return status;
}

int
cmd_replay(int argc, char **argv)
{
	static const struct option longs[] = {
		{"user", required_argument, NULL, 'U'},
		{"authentication-file", required_argument, NULL, 'A'},
		{"port", required_argument, NULL, 'p'},
		{"order", required_argument, NULL, OPT_ORDER},
		{"pace", required_argument, NULL, OPT_PACE},
		{"speed", required_argument, NULL, OPT_SPEED},
		{"timeout", required_argument, NULL, OPT_TIMEOUT},
		{"on-divergence", required_argument, NULL, OPT_ON_DIVERGENCE},
		{"on-break", required_argument, NULL, OPT_ON_BREAK},
		{"on-drop", required_argument, NULL, OPT_ON_DROP},
		{"without-break", required_argument, NULL, OPT_WITHOUT_BREAK},
		{"run", required_argument, NULL, OPT_RUN},
		{"pcap", required_argument, NULL, OPT_PCAP},
		{"audit", no_argument, NULL, OPT_AUDIT},
		{"seal", required_argument, NULL, OPT_SEAL},
		{"leave-sealed-out", no_argument, NULL, OPT_LEAVE_SEALED_OUT},
		{"require-same-negotiation", no_argument, NULL, OPT_SAME_NEGOTIATION},
		{"keylog", required_argument, NULL, OPT_KEYLOG},
		{"json", no_argument, NULL, 'j'},
		{"use-kerberos", required_argument, NULL, OPT_KERBEROS},
		{"spn", required_argument, NULL, OPT_SPN},
		{"credits", required_argument, NULL, OPT_CREDITS},
		{"map", required_argument, NULL, OPT_MAP},
		{"segments", required_argument, NULL, OPT_SEGMENTS},
		{"bind-source", required_argument, NULL, OPT_BIND_SOURCE},
		{"dry-run", no_argument, NULL, OPT_DRY_RUN},
		{"verbose", no_argument, NULL, OPT_VERBOSE},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	struct args a = {.replay = {.port = 445, .engine = {.speed = 1, .timeout = 10000000000u}}};
	struct err e = {0};
	int c;

	a.replay.creds = (struct security_creds){.find = find_creds, .ctx = &a};
	while ((c = getopt_long(argc, argv, "U:A:p:jh", longs, NULL)) != -1) {
		if (c == 'h') {
			(void)fputs(help, stdout);
			return EXIT_SAME;
		}
		if (c == '?')
			return cmd_usage("replay", "bad option");
		if (parse_option(&a, c, optarg, &e) != 0)
			return e.text[0] != '\0'
				       ? cmd_usage("replay", "%s", e.text)
				       : cmd_usage("replay", "'%s' is no valid value", optarg);
	}
	if (argc - optind != 2 && !(a.dry_run && argc - optind == 1))
		return cmd_usage("replay", "a workload and a target //HOST[/SHARE] are needed");
	if (argc - optind == 2 && parse_target(&a, argv[optind + 1]) != 0)
		return cmd_usage("replay", "'%s' is no target: //HOST[/SHARE]", argv[optind + 1]);
	if (a.json && a.replay.audit.entry != NULL)
		return cmd_usage("replay", "--audit and --json exclude each other");
	(void)snprintf(a.spn, sizeof(a.spn), "cifs/%s", a.host);
	if (a.creds.auth.spn == NULL)
		a.creds.auth.spn = a.spn;
	a.replay.host = a.replay.engine.server = a.host;
	a.replay.engine.share = a.share;
	return replay(&a, argv[optind]);
}
