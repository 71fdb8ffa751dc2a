/* smbench race: search the orders and gaps of a workload for races. */
#include "config.h"

#include "cmd.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "play.h"
#include "race_report.h"
#include "replay/busy.h"
#include "target.h"
#include "words.h"

#define DEFAULT_TIME 300e9 /* ns */
#define DEFAULT_TIMEOUT 2000000000u
#define DEFAULT_DEPTH 3
#define DEFAULT_RATE 0.1
#define DEFAULT_PER_GAP 4
#define DEFAULT_BASE 5

static const char help[] =
	"usage: smbench race [OPTION]... WORKLOAD //HOST[/SHARE]\n"
	"\n"
	"Play a workload again and again, each time another pair of messages that the recording "
	"orders\n"
	"only by chance at another distance, until something happens that neither order explains. "
	"Say how\n"
	"often and at which gap, and write the least that still does it. See smbench-race(1).\n"
	"\n"
	"  -o, --output DIR          write what is left of the first hit to this directory\n"
	"  -f, --force               write over a workload that is there\n"
	"      --until EXPRESSION    only this is a hit: 'CREATE#2.status == STATUS_SUCCESS and "
	"not "
	"a.lost == 1'\n"
	"      --watch-pid PID       a hit, too: this process is gone\n"
	"      --watch-log FILE      a hit, too: a new line of this file\n"
	"      --watch-line REGEX    that matches this (default: PANIC|INTERNAL ERROR)\n"
	"      --time TIME           search so long (default 300s)\n"
	"      --tries N             or so many tries (default: as many as there is time for)\n"
	"      --base-runs N         tries in recorded order, before the search (default 5)\n"
	"      --seed N              of what is random (default 1)\n"
	"      --depth N             random orders change their mind N - 1 times (default 3)\n"
	"      --all                 go on behind the first pair that hits\n"
	"      --schedule ID         play only this one, --tries times (default 100)\n"
	"      --pair A:B            only these two events (labels or numbers; ends of "
	"connections, "
	"too)\n"
	"      --group A:B:C[:D]     only these three or four\n"
	"      --gaps FROM:TO:N      N gaps of each pair, from -500us to 2ms, say, and no others\n"
	"      --per-gap N           tries of each gap (default 4)\n"
	"      --busy N              keep N processors busy meanwhile. Default: each pair is tried "
	"without\n"
	"                            that, then, on a server on this machine, with all but one\n"
	"      --reset COMMAND       run this before each try, in place of fresh names\n"
	"      --keep-names          neither of the two\n"
	"      --least-rate PERCENT  what is written hits at least so often (default 10)\n"
	"      --timeout SECONDS     a request is not answered after that (default 2)\n"
	"      --on-break WHAT       as of replay: ack (default), close or ignore\n" TARGET_HELP
	"  -j, --json                print one JSON object\n"
	"  -h, --help                print this help\n"
	"\n" TARGET_HELP_PASSWORD "Exit status: 0 nothing was found, 1 something was, 2 usage or "
	"unreadable input, 3 connection "
	"or\n"
	"authentication failed, 4 internal error.\n";

enum {
	OPT_UNTIL = 256,
	OPT_PID,
	OPT_LOG,
	OPT_LINE,
	OPT_TIME,
	OPT_TRIES,
	OPT_BASE,
	OPT_SEED,
	OPT_DEPTH,
	OPT_ALL,
	OPT_SCHEDULE,
	OPT_RESET,
	OPT_KEEP,
	OPT_LEAST,
	OPT_PAIR,
	OPT_GROUP,
	OPT_GAPS,
	OPT_PER_GAP,
	OPT_BUSY,
};

struct args {
	struct target target;
	struct race_options race;
	struct watch watch;
	const char *out, *schedule, *log, *line, *pair, *group;
	bool force, json, busy_given;
};

static int
parse_count(const char *text, double max, uint64_t *out)
{
	double v;

	if (word_positive(text, max, &v) != 0 || v != (double)(uint64_t)v)
		return ERR_USAGE;
	*out = (uint64_t)v;
	return 0;
}

static int
parse_small(const char *text, double max, uint32_t *out)
{
	uint64_t v;
	int r = parse_count(text, max, &v);

	if (r == 0)
		*out = (uint32_t)v;
	return r;
}

static int
parse_pid(const char *text, pid_t *out)
{
	uint32_t v;
	int r = parse_small(text, 4194304, &v);

	if (r == 0)
		*out = (pid_t)v;
	return r;
}

static int
parse_percent(const char *text, double *out)
{
	int r = word_positive(text, 100, out);

	*out /= 100;
	return r;
}

/* "-500us", "2ms". */
static int
parse_gap(const char *text, int64_t *out)
{
	uint64_t v;
	bool before = text[0] == '-';
	int r = word_duration(text + before, IR_MAX_GAP, &v);

	if (r == 0)
		*out = before ? -(int64_t)v : (int64_t)v;
	return r;
}

/* FROM:TO:N, which is cut into its parts. */
static int
parse_gaps(char *text, struct race_options *o)
{
	char *to = strchr(text, ':'), *n = to != NULL ? strchr(to + 1, ':') : NULL;

	if (n == NULL)
		return ERR_USAGE;
	*to++ = *n++ = '\0';
	if (parse_gap(text, &o->low) != 0 || parse_gap(to, &o->high) != 0 || o->low >= o->high ||
	    parse_small(n, 10000, &o->gaps) != 0)
		return ERR_USAGE;
	return 0;
}

/* An event of `n` bytes of text: its label or number. */
static int
find_event(const struct ir *ir, const char *text, size_t n, uint32_t *out)
{
	char *end;
	unsigned long number = strtoul(text, &end, 10);

	for (uint32_t i = 0; i < ir->n_events; i++) {
		const char *label = ir->events[i].label;

		bool named = label != NULL && strlen(label) == n && strncmp(label, text, n) == 0,
		     numbered = n > 0 && end == text + n && number == i;

		if (!named && !numbered)
			continue;
		*out = i;
		return schedule_can_move(&ir->events[i]) ? 0 : ERR_USAGE;
	}
	return ERR_USAGE;
}

static int
find_pair(struct args *a, const struct ir *ir, struct err *e)
{
	const char *colon = a->pair != NULL ? strchr(a->pair, ':') : NULL;

	if (a->pair == NULL)
		return 0;
	a->race.only = true;
	if (colon == NULL || find_event(ir, a->pair, (size_t)(colon - a->pair), &a->race.a) != 0 ||
	    find_event(ir, colon + 1, strlen(colon + 1), &a->race.b) != 0 || a->race.a == a->race.b)
		return err_set(e, ERR_USAGE, "--pair: '%s' are no two requests of this workload",
			       a->pair);
	return 0;
}

static bool
is_of_group(const struct race_options *o, uint32_t event)
{
	for (uint32_t i = 0; i < o->n_group; i++)
		if (o->group[i] == event)
			return true;
	return false;
}

static int
find_group(struct args *a, const struct ir *ir, struct err *e)
{
	struct race_options *o = &a->race;
	const char *at = a->group;
	int r = 0;

	while (r == 0 && at != NULL) {
		size_t n = strcspn(at, ":");
		uint32_t event = 0;

		r = o->n_group < SCHEDULE_MAX_GROUP ? find_event(ir, at, n, &event) : ERR_USAGE;
		if (r == 0 && is_of_group(o, event))
			r = ERR_USAGE;
		if (r == 0)
			o->group[o->n_group++] = event;
		at = at[n] == ':' ? at + n + 1 : NULL;
	}
	if (r == 0 && (a->group == NULL || o->n_group >= SCHEDULE_MIN_GROUP)) {
		o->only |= a->group != NULL;
		return 0;
	}
	return err_set(e, ERR_USAGE,
		       "--group: '%s' are no three or four events of this workload that the client "
		       "can move",
		       a->group);
}

/* Those with a value. */
static int
parse_value(struct args *a, int c, char *value, struct err *e)
{
	switch (c) {
	case 'o':
		a->out = value;
		return 0;
	case OPT_UNTIL:
		a->race.until = value;
		return 0;
	case OPT_PID:
		return parse_pid(value, &a->watch.pid);
	case OPT_LOG:
		a->log = value;
		return 0;
	case OPT_LINE:
		a->line = value;
		return 0;
	case OPT_TIME:
		return word_duration(value, UINT64_MAX / 2, &a->race.time);
	case OPT_TRIES:
		return parse_count(value, 1e12, &a->race.tries);
	case OPT_BASE:
		return parse_small(value, 1000, &a->race.base_runs);
	case OPT_SEED:
		return parse_count(value, 9e15, &a->race.seed);
	case OPT_DEPTH:
		return parse_small(value, 16, &a->race.depth);
	case OPT_SCHEDULE:
		a->schedule = value;
		return 0;
	case OPT_RESET:
		a->race.reset = value;
		return 0;
	case OPT_PAIR:
		a->pair = value;
		return 0;
	case OPT_GROUP:
		a->group = value;
		return 0;
	case OPT_GAPS:
		return parse_gaps(value, &a->race);
	case OPT_BUSY:
		a->busy_given = true;
		return word_whole(value, BUSY_MAX, &a->race.busy);
	case OPT_PER_GAP:
		return parse_small(value, 1e6, &a->race.per_gap);
	case OPT_LEAST:
		return parse_percent(value, &a->race.least_rate);
	case PLAY_OPT_TIMEOUT:
	case PLAY_OPT_ON_BREAK:
		return play_option(&a->race.replay.engine, c, value);
	default:
		return target_option(&a->target, c, value, e);
	}
}

static int
parse_option(struct args *a, int c, char *value, struct err *e)
{
	switch (c) {
	case 'f':
		a->force = true;
		return 0;
	case 'j':
		a->json = true;
		return 0;
	case OPT_ALL:
		a->race.all = true;
		return 0;
	case OPT_KEEP:
		a->race.keep_names = true;
		return 0;
	default:
		return parse_value(a, c, value, e);
	}
}

static void
print_progress(void *ctx, const char *text)
{
	(void)ctx;
	log_progress("%s", text);
}

/* The finding that hits most; NULL: none does. */
static const struct race_finding *
best_hit(const struct race_result *r)
{
	const struct race_finding *best = NULL;
	double low, high, most = -1;

	for (size_t i = 0; i < r->n_findings; i++) {
		if (r->findings[i].reason == RACE_NONE)
			continue;
		race_wilson(&r->findings[i].best_rate, &low, &high);
		if (low > most)
			best = &r->findings[i];
		most = low > most ? low : most;
	}
	return best;
}

static int
make_small(const struct args *a, const struct ir *ir, const struct race_finding *f,
	   struct minimise_result *small, struct err *e)
{
	struct minimise_options opt = {
		.race = a->race, .out = a->out, .force = a->force, .command_line = "race"};

	opt.race.busy = f->busy;
	return minimise(ir, f, &opt, small, e);
}

/* Print what was found, also where an error ended the search: `r`, which is returned. */
static int
tell(const struct args *a, const struct race_report *report, int r, struct err *e)
{
	if (!a->json)
		race_report_text(report);
	else if (race_report_json(report) != 0 && r == 0)
		return err_set(e, ERR_NOMEM, "%s", err_str(ERR_NOMEM));
	return r;
}

static int
search(struct args *a, const struct ir *ir, struct race *race, struct err *e)
{
	struct race_result result;
	struct minimise_result small;
	struct race_report report = {.ir = ir, .result = &result};
	const struct race_finding *hit;
	struct schedule s;
	struct err why = {0};
	int r, status;

	report.repeated = a->schedule != NULL;
	if (a->schedule != NULL && schedule_parse(a->schedule, ir, &s) != 0)
		return err_set(e, ERR_USAGE, "--schedule: '%s' is none of this workload",
			       a->schedule) != 0
			       ? cmd_fail(e)
			       : EXIT_BUG;
	r = a->schedule != NULL ? race_repeat(race, &s, &result, e) : race_search(race, &result, e);
	log_progress_end();
	report.hit = hit = best_hit(&result);
	if (r == 0 && hit != NULL && a->out != NULL) {
		int small_r = make_small(a, ir, hit, &small, &why);

		log_progress_end();
		if (small_r == 0) {
			report.small = &small;
			report.out = a->out;
		} else if (small_r != ERR_NOTFOUND) {
			r = err_set(e, small_r, "%s", err_text(&why));
		}
	}
	status = hit != NULL ? EXIT_DIFFERENT : EXIT_SAME;
	if (r == 0 || result.n_findings > 0)
		r = tell(a, &report, r, e);
	if (r == 0 && a->out != NULL && hit != NULL && report.small == NULL)
		log_warn("%s", err_text(&why));
	race_result_free(&result);
	return r != 0 ? cmd_fail(e) : status;
}

/* What keeps processors busy here does not hurry a server elsewhere, and a schedule is played as it
 * was said to be. */
static void
choose_busy(struct args *a)
{
	if (a->busy_given || a->schedule != NULL || !busy_is_here(a->target.host))
		return;
	a->race.busy = busy_all_but_one();
	a->race.idle_too = true;
}

static int
run(struct args *a, const char *workload)
{
	struct ir ir = {0};
	struct race *race = NULL;
	struct err e = {0};
	int r = target_complete(&a->target, true, &e), status;

	if (r == 0)
		target_fill(&a->target, &a->race.replay);
	choose_busy(a);
	if (r == 0 && a->log != NULL)
		r = watch_log(&a->watch, a->log, a->line, &e);
	if (r == 0)
		r = ir_load(workload, &ir, &e);
	if (a->watch.pid != 0 || a->watch.log != NULL)
		a->race.watch = &a->watch;
	if (r == 0)
		r = find_pair(a, &ir, &e);
	if (r == 0)
		r = find_group(a, &ir, &e);
	if (r == 0)
		r = race_new(&ir, &a->race, &race, &e);
	status = r != 0 ? cmd_fail(&e) : search(a, &ir, race, &e);
	race_free(race);
	watch_free(&a->watch);
	ir_free(&ir);
	if (target_free(&a->target) != 0 && status == EXIT_SAME) {
		log_err("cannot write the key log");
		status = EXIT_BAD_INPUT;
	}
	return status;
}

/* A wrong command line. */
static int
give_up(struct args *a, int status)
{
	return target_free(&a->target) != 0 ? EXIT_BAD_INPUT : status;
}

static void
set_defaults(struct race_options *o)
{
	*o = (struct race_options){.seed = 1,
				   .tries = 0,
				   .time = (uint64_t)DEFAULT_TIME,
				   .base_runs = DEFAULT_BASE,
				   .depth = DEFAULT_DEPTH,
				   .least_rate = DEFAULT_RATE,
				   .per_gap = DEFAULT_PER_GAP,
				   .progress = print_progress};
	o->replay.engine = play_defaults();
	o->replay.engine.timeout = DEFAULT_TIMEOUT;
}

int
cmd_race(int argc, char **argv)
{
	static const struct option longs[] = {
		{"output", required_argument, NULL, 'o'},
		{"force", no_argument, NULL, 'f'},
		{"until", required_argument, NULL, OPT_UNTIL},
		{"watch-pid", required_argument, NULL, OPT_PID},
		{"watch-log", required_argument, NULL, OPT_LOG},
		{"watch-line", required_argument, NULL, OPT_LINE},
		{"time", required_argument, NULL, OPT_TIME},
		{"tries", required_argument, NULL, OPT_TRIES},
		{"base-runs", required_argument, NULL, OPT_BASE},
		{"seed", required_argument, NULL, OPT_SEED},
		{"depth", required_argument, NULL, OPT_DEPTH},
		{"all", no_argument, NULL, OPT_ALL},
		{"schedule", required_argument, NULL, OPT_SCHEDULE},
		{"reset", required_argument, NULL, OPT_RESET},
		{"keep-names", no_argument, NULL, OPT_KEEP},
		{"least-rate", required_argument, NULL, OPT_LEAST},
		{"pair", required_argument, NULL, OPT_PAIR},
		{"group", required_argument, NULL, OPT_GROUP},
		{"gaps", required_argument, NULL, OPT_GAPS},
		{"per-gap", required_argument, NULL, OPT_PER_GAP},
		{"busy", required_argument, NULL, OPT_BUSY},
		{"timeout", required_argument, NULL, PLAY_OPT_TIMEOUT},
		{"on-break", required_argument, NULL, PLAY_OPT_ON_BREAK},
		TARGET_LONG_OPTIONS,
		{"json", no_argument, NULL, 'j'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	struct args a = {.line = "PANIC|INTERNAL ERROR"};
	struct err e = {0};
	int c;

	set_defaults(&a.race);
	while ((c = getopt_long(argc, argv, TARGET_SHORT_OPTIONS "o:fjh", longs, NULL)) != -1) {
		if (c == 'h') {
			(void)fputs(help, stdout);
			return EXIT_SAME;
		}
		if (c == '?')
			return cmd_usage("race", "bad option");
		if (parse_option(&a, c, optarg, &e) != 0)
			return give_up(
				&a, e.text[0] != '\0'
					    ? cmd_fail(&e)
					    : cmd_usage("race", "'%s' is no valid value", optarg));
	}
	if (a.race.tries == 0)
		a.race.tries = a.schedule != NULL ? 100 : UINT64_MAX;
	if (argc - optind != 2)
		return give_up(&a, cmd_usage("race", "a workload and //HOST[/SHARE] are needed"));
	if (target_parse(&a.target, argv[optind + 1]) != 0)
		return give_up(&a, cmd_usage("race", "the target is //HOST[/SHARE]"));
	return run(&a, argv[optind]);
}
