/* Tries, one after the other. */
#include "config.h"

#include "repeat.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "cmd.h"
#include "crypto/hash.h"
#include "outcomes.h"
#include "race/until.h"
#include "replay/net.h"

const char repeat_help[] =
	"      --repeat N            play it N times, each time with names and keys of its own, "
	"and\n"
	"                            count what comes of it; with --run, the runs of those that\n"
	"                            differ are DIR/000001 and so on\n"
	"      --seed SEED           the number that these names and keys follow from (drawn, and\n"
	"                            printed)\n"
	"      --try N               play only the Nth try of the seed\n"
	"      --same-names          with --repeat: names and keys as recorded\n"
	"      --reset COMMAND       with --repeat: between two tries run COMMAND by the shell;\n"
	"                            $SMBENCH_TRY is the number of the next\n"
	"      --hit EXPRESSION      with --repeat: count the tries for which this holds, as "
	"--until\n"
	"                            of smbench race, not those that differ\n";

static volatile sig_atomic_t interrupted;

static void
on_interrupt(int number)
{
	(void)number;
	interrupted = 1;
}

static int
parse_number(const char *text, uint64_t least, uint64_t *out)
{
	char *end;

	errno = 0;
	*out = strtoull(text, &end, 10);
	return errno == 0 && text[0] >= '0' && text[0] <= '9' && *end == '\0' && *out >= least
		       ? 0
		       : ERR_USAGE;
}

int
repeat_option(struct repeat_options *o, int option, const char *value)
{
	switch (option) {
	case REPEAT_OPT_REPEAT:
		return parse_number(value, 1, &o->tries);
	case REPEAT_OPT_SEED:
		o->seeded = true;
		return parse_number(value, 0, &o->seed);
	case REPEAT_OPT_TRY:
		return parse_number(value, 1, &o->one);
	case REPEAT_OPT_SAME_NAMES:
		o->same_names = true;
		return 0;
	case REPEAT_OPT_RESET:
		o->reset = value;
		return 0;
	case REPEAT_OPT_HIT:
		o->hit = value;
		return 0;
	default:
		return ERR_USAGE;
	}
}

const char *
repeat_clash(const struct repeat_options *o)
{
	if (o->tries > 0 && o->one > 0)
		return "--repeat and --try exclude each other";
	if (o->tries == 0 && (o->same_names || o->reset != NULL || o->hit != NULL))
		return "--same-names, --reset and --hit are for --repeat";
	if (o->same_names && o->seeded)
		return "--same-names and --seed exclude each other";
	if (o->tries == 0 && o->one == 0 && o->seeded)
		return "--seed is for --repeat or --try";
	return NULL;
}

int
repeat_seed(struct repeat_options *o)
{
	uint8_t bytes[4];
	int r = o->seeded ? 0 : hash_random(bytes, sizeof(bytes));

	if (!o->seeded && r == 0)
		o->seed = wire_le(bytes, sizeof(bytes));
	return r;
}

/* What goes from one try to the next. */
struct tries {
	const struct ir *ir;
	const struct repeat_options *o;
	struct replay_options replay;
	const char *dir; /* for the runs of those that differ, or NULL */
	char path[4096];
	struct clone *clone;
	struct outcomes *outcomes;
	struct until *hit; /* NULL: a difference is a hit */
	struct trial_requests requests;
	struct trial trial; /* with `hit` */
	char target[256];
	uint64_t n, duration;
};

static int
reset(const struct tries *t, struct err *e)
{
	char number[24];
	int status;

	(void)snprintf(number, sizeof(number), "%" PRIu64, t->n);
	(void)setenv("SMBENCH_TRY", number, 1);
	status = system(t->o->reset);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGINT)
		interrupted = 1;
	else if (status != 0)
		return err_set(e, ERR_USAGE, "before try %" PRIu64 ": '%s' failed", t->n,
			       t->o->reset);
	return 0;
}

/* A run that is as recorded is not kept. */
static void
remove_run(const char *path)
{
	static const char *const files[] = {"workload.json", "messages.jsonl", "data.bin"};
	char file[4200];

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		(void)snprintf(file, sizeof(file), "%s/%s", path, files[i]);
		(void)unlink(file);
	}
	(void)rmdir(path);
}

static int
play_plainly(struct tries *t, struct err *e)
{
	struct replay_result result;
	int r = replay_run(t->ir, &t->replay, &result, e);

	if (result.target[0] != '\0')
		(void)snprintf(t->target, sizeof(t->target), "%s", result.target);
	free(result.credits);
	free(result.skews);
	return r;
}

/* Play, and see whether what is sought happens. */
static int
look(struct tries *t, bool *hit, struct err *e)
{
	int r = trial_run(&t->trial, t->ir, &t->replay, e);

	if (r == 0 && t->trial.no_connection)
		r = err_set(e, ERR_NET, "cannot connect to %s", t->target);
	*hit = r == 0 && until_holds(t->hit, &t->trial);
	return r;
}

static int
play_one(struct tries *t, struct err *e)
{
	uint64_t hits = outcomes_hits(t->outcomes);
	bool hit = false;
	int r, ended;

	if (t->clone != NULL)
		clone_try(t->clone, t->n);
	if (t->dir != NULL && snprintf(t->path, sizeof(t->path), "%s/%06" PRIu64, t->dir, t->n) >=
				      (int)sizeof(t->path))
		return err_set(e, -ENAMETOOLONG, "%s: %s", t->dir, strerror(ENAMETOOLONG));
	outcomes_begin(t->outcomes);
	r = t->hit != NULL ? look(t, &hit, e) : play_plainly(t, e);
	if (r != 0) {
		(void)err_set(e, r, "%s", err_str(r));
		return err_prefix(e, "try %" PRIu64, t->n);
	}
	ended = outcomes_end(t->outcomes, t->hit != NULL ? &hit : NULL);
	if (t->dir != NULL && outcomes_hits(t->outcomes) == hits)
		remove_run(t->path);
	return ended;
}

static int
play_all(struct tries *t, struct err *e)
{
	const struct sigaction once = {.sa_handler = on_interrupt, .sa_flags = (int)SA_RESETHAND};
	uint64_t begin = net_now();
	int r = 0;

	(void)sigaction(SIGINT, &once, NULL);
	for (t->n = 1; r == 0 && t->n <= t->o->tries && !interrupted; t->n++) {
		log_progress("try %" PRIu64 " of %" PRIu64 ", %" PRIu64 " %s", t->n, t->o->tries,
			     outcomes_hits(t->outcomes), t->hit != NULL ? "hit" : "differ");
		if (t->n > 1 && t->o->reset != NULL)
			r = reset(t, e);
		if (r == 0 && !interrupted)
			r = play_one(t, e);
	}
	t->duration = net_now() - begin;
	log_progress_end();
	(void)signal(SIGINT, SIG_DFL);
	return r;
}

static void
print_text(const struct tries *t)
{
	uint64_t n = outcomes_tries(t->outcomes), hits = outcomes_hits(t->outcomes);
	char rate[OUTCOMES_RATE];

	(void)printf("%s: %" PRIu64 " tries, %.1f a second\n", t->target, n,
		     (double)n * 1e9 / (double)(t->duration > 0 ? t->duration : 1));
	(void)printf("%" PRIu64 " %s: %s\n", hits, t->hit != NULL ? "hit" : "differ",
		     outcomes_rate(hits, n, rate));
	if (t->clone == NULL)
		(void)printf("names and keys as recorded\n");
	else if (hits > 0)
		(void)printf("names and keys by --seed=%" PRIu64 "; --try=%" PRIu64
			     " plays the first that %s\n",
			     t->o->seed, outcomes_first_hit(t->outcomes),
			     t->hit != NULL ? "hit" : "differs");
	else
		(void)printf("names and keys by --seed=%" PRIu64 "\n", t->o->seed);
	outcomes_print(t->outcomes);
}

static int
print_json(const struct tries *t)
{
	struct json_out out = {.comma = false};
	uint64_t n = outcomes_tries(t->outcomes);

	json_out_open(&out, '{');
	json_out_line(&out, 1);
	json_out_key_text(&out, "target", t->target);
	json_out_key_uint(&out, "tries", n);
	outcomes_json_rate(&out, "hits", outcomes_hits(t->outcomes), n);
	json_out_key_uint(&out, "first_hit", outcomes_first_hit(t->outcomes));
	json_out_key_bool(&out, "same_names", t->clone == NULL);
	if (t->clone != NULL)
		json_out_key_uint(&out, "seed", t->o->seed);
	json_out_key_uint(&out, "duration_ns", t->duration);
	outcomes_json(t->outcomes, &out);
	json_out_close(&out, '}');
	if (out.b.err == 0)
		(void)printf("%.*s\n", (int)out.b.n, (char *)out.b.p);
	buf_free(&out.b);
	return out.b.err;
}

/* What is a hit is said by an expression. */
static int
seek(struct tries *t, struct err *e)
{
	int r = trial_requests_new(t->ir, &t->requests);

	if (r == 0)
		r = trial_new(&t->requests, &t->trial);
	return r != 0 ? r : until_new(t->o->hit, &t->requests, &t->hit, e);
}

int
repeat(const struct ir *ir, const struct repeat_options *o, const struct replay_options *opt)
{
	struct tries t = {.ir = ir, .o = o, .replay = *opt, .dir = opt->run};
	struct err e = {0};
	int r = outcomes_new(&t.outcomes), status = EXIT_SAME;

	if (r == 0 && !o->same_names)
		r = clone_new(ir, o->seed, &t.clone);
	(void)snprintf(t.target, sizeof(t.target), "%s:%u", opt->host, opt->port);
	if (r == 0 && o->hit != NULL)
		r = seek(&t, &e);
	if (r == 0 && t.dir != NULL && mkdir(t.dir, 0777) != 0 && errno != EEXIST)
		r = err_set(&e, -errno, "%s: %s", t.dir, strerror(errno));
	if (r == 0) {
		t.replay.divergences = outcomes_sink(t.outcomes);
		t.replay.engine.clone = t.clone;
		t.replay.run = t.dir != NULL ? t.path : NULL;
		r = play_all(&t, &e);
	}
	if (t.outcomes != NULL && outcomes_tries(t.outcomes) > 0) {
		int printed = 0;

		if (o->json)
			printed = print_json(&t);
		else
			print_text(&t);
		status = outcomes_hits(t.outcomes) > 0 ? EXIT_DIFFERENT : EXIT_SAME;
		r = r != 0 ? r : printed;
	}
	if (r != 0)
		(void)err_set(&e, r, "%s", err_str(r));
	until_free(t.hit);
	trial_free(&t.trial);
	trial_requests_free(&t.requests);
	outcomes_free(t.outcomes);
	clone_free(t.clone);
	return r != 0 ? cmd_fail(&e) : status;
}
