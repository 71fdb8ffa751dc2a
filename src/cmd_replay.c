/* smbench replay: play a workload's client side against a live server. */
#include "config.h"

#include "cmd.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/hex.h"
#include "base/log.h"
#include "dry_run.h"
#include "play.h"
#include "repeat.h"
#include "replay/busy.h"
#include "report.h"
#include "step.h"
#include "target.h"
#include "words.h"

static const char help[] =
	"usage: smbench replay [OPTION]... WORKLOAD //HOST[/SHARE]\n"
	"       smbench replay --dry-run [OPTION]... WORKLOAD [//HOST[/SHARE]]\n"
	"\n"
	"Play the client side of a workload against a live server, and say where the server "
	"behaves\n"
	"differently. With SHARE, every recorded share but IPC$ is that one. WORKLOAD is a "
	"directory that\n"
	"compile made, or a file written by hand (see smbench-ir(5)).\n"
	"\n" TARGET_HELP
	"      --dry-run             only print what would be sent, who would log on, and what the "
	"map makes\n"
	"                            of names; needs no server\n"
	"      --verbose             with --dry-run: names that no rule touches, too\n";

static const char help_rest[] =
	"      --run DIR             keep what the server did there, for smbench compare\n"
	"      --pcap FILE           write the replay as a capture\n"
	"      --latency             say how long answers took, recorded and live, by command and "
	"size\n"
	"      --busy N              keep N processors busy meanwhile, so that a server on this "
	"machine is\n"
	"                            interrupted in more places (default 0)\n"
	"      --audit               list every sent byte range that differs from the recording:\n"
	"                            event, frame, connection, offset, recorded width, sent width, "
	"reason,\n"
	"                            recorded and sent bytes, separated by tabs\n"
	"      --step                stop before each message and take commands from stdin (help "
	"lists "
	"them)\n"
	"  -j, --json                print one JSON object\n"
	"  -h, --help                print this help\n"
	"\n" TARGET_HELP_PASSWORD
	"Exit status: 0 the same, 1 differences, 2 usage or unreadable input, 3 connection or\n"
	"authentication failed, 4 internal error.\n";

enum {
	OPT_RUN = 256,
	OPT_PCAP,
	OPT_AUDIT,
	OPT_DRY_RUN,
	OPT_VERBOSE,
	OPT_STEP,
	OPT_LATENCY,
	OPT_BUSY,
};

static const struct option longs[] = {
	TARGET_LONG_OPTIONS,
	PLAY_LONG_OPTIONS,
	REPEAT_LONG_OPTIONS,
	{"run", required_argument, NULL, OPT_RUN},
	{"pcap", required_argument, NULL, OPT_PCAP},
	{"audit", no_argument, NULL, OPT_AUDIT},
	{"dry-run", no_argument, NULL, OPT_DRY_RUN},
	{"verbose", no_argument, NULL, OPT_VERBOSE},
	{"step", no_argument, NULL, OPT_STEP},
	{"latency", no_argument, NULL, OPT_LATENCY},
	{"busy", required_argument, NULL, OPT_BUSY},
	{"json", no_argument, NULL, 'j'},
	{"help", no_argument, NULL, 'h'},
	{NULL, 0, NULL, 0},
};

struct args {
	struct replay_options replay;
	struct target target;
	struct repeat_options repeat;
	bool json, dry_run, verbose, step;
	uint32_t busy; /* processors that are kept so meanwhile */
	uint64_t n_sends;
};

static void
print_audit(void *ctx, const struct audit_entry *a)
{
	(void)ctx;
	(void)printf("%" PRIu64 "\t%" PRIu64 "\t%" PRIu32 "\t%" PRIu32 "\t%zu\t%zu\t%s\t", a->event,
		     a->frame, a->conn, a->off, a->recorded.n, a->sent.n, a->what);
	hex_print(stdout, a->recorded.p, a->recorded.n);
	(void)putchar('\t');
	hex_print(stdout, a->sent.p, a->sent.n);
	(void)putchar('\n');
}

static int
parse_option(struct args *a, int c, char *value, struct err *e)
{
	switch (c) {
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
	case OPT_STEP:
		a->step = true;
		return 0;
	case OPT_LATENCY:
		a->replay.latency = true;
		return 0;
	case OPT_BUSY:
		return word_whole(value, BUSY_MAX, &a->busy);
	case 'j':
		a->json = true;
		return 0;
	default:
		if (c >= REPEAT_OPT_REPEAT)
			return repeat_option(&a->repeat, c, value);
		return c >= PLAY_OPT_ORDER ? play_option(&a->replay.engine, c, value)
					   : target_option(&a->target, c, value, e);
	}
}

static void
print_progress(void *ctx, const struct engine_totals *t)
{
	struct args *a = ctx;

	log_progress("sent %" PRIu64 " of %" PRIu64 " messages", t->sent, a->n_sends);
}

/* Print what is left of the report: the summary. */
static int
end_report(struct args *a, const struct ir *ir, const struct replay_result *result,
	   struct report *report)
{
	struct latency recorded = {0};
	struct report_run run = {.target = result->target,
				 .sent = result->engine.sent,
				 .not_sent = result->engine.not_sent,
				 .own = result->engine.own,
				 .held = result->engine.held,
				 .drops = result->engine.drops,
				 .reconnects = result->engine.reconnects,
				 .opens = result->engine.opens,
				 .opens_reclaimed = result->engine.opens_reclaimed,
				 .split_segments = result->engine.split_segments,
				 .duration_ns = result->duration,
				 .mute = ir->n_mute,
				 .lateness = result->lateness,
				 .credits = result->credits,
				 .n_conns = result->credits != NULL ? ir->meta.n_conns : 0,
				 .skews = {.ir = ir, .list = result->skews, .n = result->n_skews}};
	int r = a->replay.latency ? latency_of(ir, &recorded) : 0;

	if (a->replay.latency) {
		run.recorded = &recorded;
		run.live = &result->live;
		run.due = result->has_due ? &result->due : NULL;
	}
	if (r == 0)
		r = report_end(report, &result->judge, &run);
	latency_free(&recorded);
	return r;
}

static int
play(struct args *a, const struct ir *ir, struct err *e)
{
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
	if (report_differs(&result.judge))
		status = EXIT_DIFFERENT;
	if (result.target[0] != '\0' && end_report(a, ir, &result, report) != 0 && r == 0)
		r = err_set(e, ERR_NOMEM, "%s", err_str(ERR_NOMEM));
	report_free(report);
	latency_free(&result.live);
	latency_free(&result.due);
	free(result.credits);
	free(result.skews);
	return r != 0 ? cmd_fail(e) : status;
}

static int
step_through(struct args *a, struct ir *ir, struct err *e)
{
	struct step *step = NULL;
	int r = step_new(ir, &step), status;

	if (r != 0) {
		(void)err_set(e, r, "%s", err_str(r));
		return cmd_fail(e);
	}
	a->replay.gate = step_gate(step);
	status = play(a, ir, e);
	step_free(step);
	return status;
}

/* One try, or all. */
static int
play_clones(struct args *a, struct ir *ir, struct err *e)
{
	struct clone *clone = NULL;
	int r = repeat_seed(&a->repeat), status;

	if (r == 0 && a->repeat.tries > 0) {
		a->repeat.json = a->json;
		return repeat(ir, &a->repeat, &a->replay);
	}
	if (r == 0 && a->repeat.one > 0)
		r = clone_new(ir, a->repeat.seed, &clone);
	if (r != 0) {
		(void)err_set(e, r, "%s", err_str(r));
		return cmd_fail(e);
	}
	if (clone != NULL)
		clone_try(clone, a->repeat.one);
	a->replay.engine.clone = clone;
	status = a->step ? step_through(a, ir, e) : play(a, ir, e);
	clone_free(clone);
	return status;
}

static int
only_tell(struct args *a, const struct ir *ir, struct err *e)
{
	const struct target *t = &a->target;
	const struct dry_run_options opt = {.names = {.map = t->map,
						      .server = t->host[0] != '\0' ? t->host : NULL,
						      .share = t->share},
					    .creds = a->replay.creds,
					    .verbose = a->verbose,
					    .json = a->json};

	return dry_run(ir, &opt, e) != 0 ? cmd_fail(e) : EXIT_SAME;
}

static int
keep_busy(const struct args *a, struct busy **out, struct err *e)
{
	int r = busy_start(a->busy, out);

	return r == 0 ? 0 : err_set(e, r, "--busy %" PRIu32 ": %s", a->busy, err_str(r));
}

static int
replay(struct args *a, const char *workload)
{
	struct ir ir = {0};
	struct err e = {0};
	struct busy *busy = NULL;
	int r = target_complete(&a->target, !a->dry_run, &e), status;

	target_fill(&a->target, &a->replay);
	if (r == 0)
		r = ir_load(workload, &ir, &e);
	if (r == 0 && !a->dry_run)
		r = keep_busy(a, &busy, &e);
	if (r != 0)
		status = cmd_fail(&e);
	else
		status = a->dry_run ? only_tell(a, &ir, &e) : play_clones(a, &ir, &e);
	busy_stop(busy);
	ir_free(&ir);
	if (target_free(&a->target) != 0 && status == EXIT_SAME) {
		log_err("cannot write the key log");
		status = EXIT_BAD_INPUT;
	}
	return status;
}

/* The arguments behind the options. */
static int
take_arguments(struct args *a, int n, char **arguments)
{
	if (n != 2 && !(a->dry_run && n == 1))
		return cmd_usage("replay", "a workload and a target //HOST[/SHARE] are needed");
	if (n == 2 && target_parse(&a->target, arguments[1]) != 0)
		return cmd_usage("replay", "'%s' is no target: //HOST[/SHARE]", arguments[1]);
	if (a->step && (a->json || a->dry_run))
		return cmd_usage("replay", "--step goes with neither --json nor --dry-run");
	if (repeat_clash(&a->repeat) != NULL)
		return cmd_usage("replay", "%s", repeat_clash(&a->repeat));
	if (a->repeat.tries > 0 && (a->dry_run || a->step || a->replay.pcap != NULL ||
				    a->replay.latency || a->replay.audit.entry != NULL))
		return cmd_usage("replay", "--repeat goes without --dry-run, --step, --pcap, "
					   "--latency and --audit");
	if (a->repeat.hit != NULL && a->replay.run != NULL)
		return cmd_usage("replay", "--hit and --run exclude each other");
	if (a->json && a->replay.audit.entry != NULL)
		return cmd_usage("replay", "--audit and --json exclude each other");
	return 0;
}

int
cmd_replay(int argc, char **argv)
{
	struct args a = {.replay = {.engine = play_defaults()}};
	struct err e = {0};
	int c, status;

	while ((c = getopt_long(argc, argv, TARGET_SHORT_OPTIONS "jh", longs, NULL)) != -1) {
		if (c == 'h') {
			(void)fputs(help, stdout);
			(void)fputs(play_help, stdout);
			(void)fputs(repeat_help, stdout);
			(void)fputs(help_rest, stdout);
			return EXIT_SAME;
		}
		if (c == '?')
			return cmd_usage("replay", "bad option");
		if (parse_option(&a, c, optarg, &e) != 0)
			return e.text[0] != '\0'
				       ? cmd_usage("replay", "%s", e.text)
				       : cmd_usage("replay", "'%s' is no valid value", optarg);
	}
	status = take_arguments(&a, argc - optind, argv + optind);
	return status != 0 ? status : replay(&a, argv[optind]);
}
