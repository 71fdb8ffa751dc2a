/* smbench provision: the state of the shares that a workload began with. */
#include "config.h"

#include "cmd.h"

#include <getopt.h>
#include <stdio.h>

#include "base/log.h"
#include "plan.h"
#include "play.h"
#include "provisioning.h"
#include "target.h"
#include "words.h"

static const char help[] =
	"usage: smbench provision [OPTION]... WORKLOAD --plan\n"
	"       smbench provision [OPTION]... WORKLOAD //HOST[/SHARE]\n"
	"       smbench provision [OPTION]... WORKLOAD //HOST[/SHARE] --verify|--clean\n"
	"       smbench provision [OPTION]... WORKLOAD --local DIR\n"
	"\n"
	"Bring a share to the state that it must have before a workload is played against it: what "
	"its\n"
	"messages opened, found, listed or read that they did not make themselves. What is there "
	"already is\n"
	"made to match, what must not exist is removed, and both are said.\n"
	"\n"
	"      --plan                only print that state as a tree, with the reason for each "
	"entry\n"
	"      --verify              only say where the share differs from it\n"
	"      --clean               remove the names of this state, and those that the workload "
	"makes\n"
	"      --local DIR           make it in a directory of this machine, as smbd would keep it "
	"there\n" TARGET_HELP
	"      --timeout SECONDS     wait so long for an answer (default 10)\n"
	"  -j, --json                print one JSON object; of --plan, with all that is known of "
	"each\n"
	"  -h, --help                print this help\n"
	"\n" TARGET_HELP_PASSWORD
	"Exit status: 0 done, or the same; 1 the server refused something, or differences; 2 usage "
	"or\n"
	"unreadable input; 3 connection or authentication failed; 4 internal error.\n";

enum { OPT_PLAN = 256, OPT_VERIFY, OPT_CLEAN, OPT_LOCAL, OPT_TIMEOUT };

struct args {
	const char *path;
	struct target target;
	struct provision_options make;
	struct provisioning how;
};

static int
plan(const struct args *a, const struct ir *ir, const struct state *s, struct err *e)
{
	struct json_out out = {0};
	int r;

	if (a->how.json)
		plan_put_json(s, ir, &out);
	else
		plan_put_text(s, ir, &out.b);
	r = out.b.err;
	if (r == 0)
		(void)fwrite(out.b.p, 1, out.b.n, stdout);
	buf_free(&out.b);
	return r != 0 ? err_set(e, r, "%s", err_str(r)) : 0;
}

/* Who makes it: the first recorded user that somebody stands for. */
static void
choose_user(struct args *a, const struct ir *ir)
{
	const struct security_creds *c = &a->make.replay.creds;

	a->make.user = "provision";
	a->make.domain = "";
	for (size_t i = ir->meta.n_principals; i > 0; i--) {
		const struct ir_principal *p = &ir->meta.principals[i - 1];

		if (p->user[0] == '\0' || c->find(c->ctx, p->user, p->domain) == NULL)
			continue;
		a->make.user = p->user;
		a->make.domain = p->domain;
	}
}

static int
do_it(struct args *a, const struct ir *ir, const struct state *s, struct err *e)
{
	int r;

	if (a->how.mode == PROVISIONING_PLAN) {
		r = plan(a, ir, s, e);
		return r != 0 ? cmd_fail(e) : EXIT_SAME;
	}
	r = target_complete(&a->target, a->how.mode != PROVISIONING_LOCAL, e);
	if (r != 0)
		return cmd_fail(e);
	target_fill(&a->target, &a->make.replay);
	choose_user(a, ir);
	return provisioning_run(&a->how, s, &a->make);
}

static int
provision(struct args *a)
{
	struct err e = {0};
	struct state s = {0};
	struct ir ir = {0};
	int r = ir_load(a->path, &ir, &e), status;

	if (r == 0)
		r = state_load(a->path, &ir, &s, &e);
	status = r == 0 ? do_it(a, &ir, &s, &e) : cmd_fail(&e);
	state_free(&s);
	ir_free(&ir);
	if (target_free(&a->target) != 0 && status == EXIT_SAME) {
		log_err("cannot write the key log");
		status = EXIT_BAD_INPUT;
	}
	return status;
}

static int
choose_mode(struct args *a, enum provisioning_mode mode)
{
	if (a->how.mode != PROVISIONING_MAKE && a->how.mode != mode)
		return ERR_USAGE;
	a->how.mode = mode;
	return 0;
}

static int
parse_option(struct args *a, int c, char *value, struct err *e)
{
	double seconds;

	switch (c) {
	case OPT_PLAN:
		return choose_mode(a, PROVISIONING_PLAN);
	case OPT_VERIFY:
		return choose_mode(a, PROVISIONING_VERIFY);
	case OPT_CLEAN:
		return choose_mode(a, PROVISIONING_CLEAN);
	case OPT_LOCAL:
		a->how.dir = value;
		return choose_mode(a, PROVISIONING_LOCAL);
	case OPT_TIMEOUT:
		if (word_positive(value, 1e6, &seconds) != 0)
			return ERR_USAGE;
		a->make.replay.engine.timeout = (uint64_t)(seconds * 1e9);
		return 0;
	case 'j':
		a->how.json = true;
		return 0;
	default:
		return target_option(&a->target, c, value, e);
	}
}

static int
take_arguments(struct args *a, int n, char **arguments)
{
	bool alone = a->how.mode == PROVISIONING_PLAN || a->how.mode == PROVISIONING_LOCAL;

	if (n < 1)
		return cmd_usage("provision", "which workload?");
	if (n == 1 && !alone)
		return cmd_usage("provision", "what is to be done? //HOST[/SHARE], or --plan");
	if (n > (alone ? 1 : 2))
		return cmd_usage("provision", alone ? "--plan and --local need no target"
						    : "one workload and one target at a time");
	if (n == 2 && target_parse(&a->target, arguments[1]) != 0)
		return cmd_usage("provision", "'%s' is no target: //HOST[/SHARE]", arguments[1]);
	a->path = arguments[0];
	return 0;
}

int
cmd_provision(int argc, char **argv)
{
	static const struct option longs[] = {
		{"plan", no_argument, NULL, OPT_PLAN},
		{"verify", no_argument, NULL, OPT_VERIFY},
		{"clean", no_argument, NULL, OPT_CLEAN},
		{"local", required_argument, NULL, OPT_LOCAL},
		{"timeout", required_argument, NULL, OPT_TIMEOUT},
		{"json", no_argument, NULL, 'j'},
		{"help", no_argument, NULL, 'h'},
		TARGET_LONG_OPTIONS,
		{NULL, 0, NULL, 0},
	};
	struct args a = {.how.mode = PROVISIONING_MAKE};
	struct err e = {0};
	int c, status;

	a.make.replay.engine = play_defaults();
	while ((c = getopt_long(argc, argv, TARGET_SHORT_OPTIONS "jh", longs, NULL)) != -1) {
		if (c == 'h') {
			(void)fputs(help, stdout);
			return EXIT_SAME;
		}
		if (c == '?')
			return cmd_usage("provision", "bad option");
		if (parse_option(&a, c, optarg, &e) != 0)
			return e.text[0] != '\0' ? cmd_usage("provision", "%s", e.text)
			       : optarg != NULL
				       ? cmd_usage("provision", "'%s' is no valid value", optarg)
				       : cmd_usage("provision",
						   "--plan, --verify, --clean and --local "
						   "exclude each other");
	}
	status = take_arguments(&a, argc - optind, argv + optind);
	return status != 0 ? status : provision(&a);
}
