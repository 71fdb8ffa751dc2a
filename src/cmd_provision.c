/* smbench provision: the state of the shares that a workload began with. */
#include "config.h"

#include "cmd.h"

#include <getopt.h>
#include <stdio.h>

#include "plan.h"

static const char help[] =
	"usage: smbench provision [OPTION]... WORKLOAD --plan\n"
	"\n"
	"Say what must be on a share, and what must not, before a workload is played against it: "
	"what its\n"
	"messages opened, found, listed or read that they did not make themselves.\n"
	"\n"
	"      --plan     print it as a tree, with the reason for each entry\n"
	"  -j, --json     one JSON object, with all that is known of each\n"
	"  -h, --help     print this help\n"
	"\n"
	"Exit status: 0 good, 2 usage or unreadable input.\n";

struct args {
	const char *path;
	bool plan, json;
};

static int
plan(const struct args *a, const struct ir *ir, const struct state *s, struct err *e)
{
	struct json_out out = {0};
	int r;

	if (a->json)
		plan_put_json(s, ir, &out);
	else
		plan_put_text(s, ir, &out.b);
	r = out.b.err;
	if (r == 0)
		(void)fwrite(out.b.p, 1, out.b.n, stdout);
	buf_free(&out.b);
	return r != 0 ? err_set(e, r, "%s", err_str(r)) : 0;
}

static int
provision(const struct args *a)
{
	struct err e = {0};
	struct state s = {0};
	struct ir ir;
	int r = ir_load(a->path, &ir, &e);

	if (r != 0)
		return cmd_fail(&e);
	r = state_load(a->path, &ir, &s, &e);
	if (r == 0)
		r = plan(a, &ir, &s, &e);
	state_free(&s);
	ir_free(&ir);
	return r != 0 ? cmd_fail(&e) : EXIT_SAME;
}

int
cmd_provision(int argc, char **argv)
{
	enum { OPT_PLAN = 256 };
	static const struct option longs[] = {
		{"plan", no_argument, NULL, OPT_PLAN},
		{"json", no_argument, NULL, 'j'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	struct args a = {0};
	int c;

	while ((c = getopt_long(argc, argv, "jh", longs, NULL)) != -1) {
		switch (c) {
		case OPT_PLAN:
			a.plan = true;
			break;
		case 'j':
			a.json = true;
			break;
		case 'h':
			(void)fputs(help, stdout);
			return EXIT_SAME;
		default:
			return cmd_usage("provision", "bad option");
		}
	}
	if (argc - optind != 1)
		return cmd_usage("provision",
				 argc == optind ? "which workload?" : "one workload at a time");
	if (!a.plan)
		return cmd_usage("provision", "what is to be done? --plan");
	a.path = argv[optind];
	return provision(&a);
}
