/* smbench anonymize: a workload that can be given away. */
#include "config.h"

#include "cmd.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "anonymize/anonymize.h"
#include "base/log.h"
#include "ir/json_out.h"

#define EXTENSIONS_SHOWN 40

static const char help[] =
	"usage: smbench anonymize [OPTION]... WORKLOAD -o OUT\n"
	"\n"
	"Write a workload anew with other names, users, SIDs, addresses, DNS names and contents, "
	"so that\n"
	"it can be given away. Lengths, times, sizes, extensions and structure stay: it replays as "
	"the\n"
	"original does. What could not be judged is printed.\n"
	"\n"
	"  -o, --output DIR  write the new workload to this directory\n"
	"  -f, --force       write over a workload that is there\n"
	"  -k, --key FILE    go by the key in this file, any 16 bytes or more: the same key "
	"rewrites "
	"the\n"
	"                    same names alike in every workload; without it the key is made up "
	"and\n"
	"                    forgotten\n"
	"      --table FILE  write which name and which SID became which to this file, as JSON; "
	"keep "
	"it to\n"
	"                    yourself\n"
	"  -q, --quiet       print no summary\n"
	"  -h, --help        print this help\n"
	"\n"
	"Exit status: 0 good, 2 usage or unreadable input, 4 internal error.\n";

struct args {
	const char *path, *out, *key, *table;
	bool force, quiet;
};

/* What is gathered for the summary and the table. */
struct heard {
	struct json_out names, sids;
	struct buf extensions;
	size_t n_extensions, n_names, n_sids;
};

static void
put_pair(struct json_out *o, const char *was, const char *is)
{
	json_out_line(o, 1);
	json_out_open(o, '[');
	json_out_text(o, was);
	json_out_text(o, is);
	json_out_close(o, ']');
}

static void
on_name(void *ctx, const char *was, const char *is)
{
	struct heard *h = ctx;

	h->n_names++;
	put_pair(&h->names, was, is);
}

static void
on_sid(void *ctx, const char *was, const char *is)
{
	struct heard *h = ctx;

	h->n_sids++;
	put_pair(&h->sids, was, is);
}

static void
on_extension(void *ctx, const char *text, uint64_t times)
{
	struct heard *h = ctx;

	(void)times;
	if (h->n_extensions++ < EXTENSIONS_SHOWN)
		buf_printf(&h->extensions, " %s", text);
}

static void
on_progress(void *ctx, uint64_t done, uint64_t total)
{
	(void)ctx;
	log_progress("rewriting: %" PRIu64 " %%", total > 0 ? done * 100 / total : 100);
}

static void
print_line(uint64_t n, const char *text)
{
	if (n > 0)
		(void)printf("  %12" PRIu64 "  %s\n", n, text);
}

static void
print_unjudged(const struct anon_result *r, const struct heard *h)
{
	if (r->n_unjudged + r->calls + r->strange + r->repeating + h->n_extensions == 0)
		return;
	(void)printf("could not be judged; look whether it tells something:\n");
	for (size_t i = 0; i < r->n_unjudged; i++)
		(void)printf("  %12" PRIu64 "  bytes: %s, %" PRIu64 " time%s\n",
			     r->unjudged[i].bytes, r->unjudged[i].where, r->unjudged[i].times,
			     r->unjudged[i].times == 1 ? "" : "s");
	print_line(r->calls,
		   "calls over pipes that name something else now: a server answers as to "
		   "that");
	print_line(r->strange,
		   "characters of names that stayed: of scripts that are not known here");
	print_line(r->repeating, "files of which the server copied parts to other places: equal "
				 "bytes in them show");
	if (h->n_extensions > 0)
		(void)printf("  %12zu  extensions that stayed:%s%s\n", h->n_extensions,
			     h->extensions.p != NULL ? (char *)h->extensions.p : "",
			     h->n_extensions > EXTENSIONS_SHOWN ? " ..." : "");
}

static void
print_summary(const struct args *a, const struct anon_result *r, struct heard *h)
{
	buf_zero(&h->extensions, 1);
	(void)printf("%s: %" PRIu64 " message%s anonymized, with %s\n", a->out, r->messages,
		     r->messages == 1 ? "" : "s",
		     a->key != NULL ? a->key : "a key that is forgotten now");
	(void)printf("  %zu name%s and %zu SID%s became others, wherever they stand\n", h->n_names,
		     h->n_names == 1 ? "" : "s", h->n_sids, h->n_sids == 1 ? "" : "s");
	(void)printf("rewritten:\n");
	for (size_t i = 0; i < ANON_N_COUNTS; i++)
		print_line(r->counts[i], anon_count_names[i]);
	print_unjudged(r, h);
}

/* Only its owner reads it. */
static int
write_file(const char *path, struct slice s, struct err *e)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	int code = fd < 0 || fchmod(fd, 0600) != 0 ? errno : 0;

	while (code == 0 && s.n > 0) {
		ssize_t n = write(fd, s.p, s.n);

		if (n < 0 && errno != EINTR)
			code = errno;
		if (n > 0)
			s = slice_of(s.p + n, s.n - (size_t)n);
	}
	if (fd >= 0 && close(fd) != 0 && code == 0)
		code = errno;
	return code != 0 ? err_set(e, -code, "%s: %s", path, strerror(code)) : 0;
}

static int
write_table(const char *path, const struct heard *h, struct err *e)
{
	struct buf b = {0};
	int r = h->names.b.err != 0 ? h->names.b.err : h->sids.b.err;

	buf_printf(&b, "{\n\"names\":[");
	buf_add(&b, h->names.b.p, h->names.b.n);
	buf_printf(&b, "],\n\"sids\":[");
	buf_add(&b, h->sids.b.p, h->sids.b.n);
	buf_printf(&b, "]\n}\n");
	if (r == 0)
		r = b.err;
	r = r != 0 ? err_set(e, r, "%s: %s", path, err_str(r)) : write_file(path, buf_slice(&b), e);
	buf_free(&b);
	return r;
}

static int
anonymize(const struct args *a, const struct ir *ir, const struct state *state, struct heard *h,
	  struct anon_result *result, struct err *e)
{
	struct anon_key key;
	struct anon_options opt = {.key = &key,
				   .state = state->derived ? NULL : state,
				   .see = on_name,
				   .sid = on_sid,
				   .extension = on_extension,
				   .progress = on_progress,
				   .ctx = h};
	struct ir_writer *w;
	int r = a->key != NULL ? anon_key_load(a->key, &key, e) : anon_key_random(&key, e);

	if (r == 0)
		r = ir_writer_open(a->out, a->force, &w, e);
	if (r == 0)
		r = anonymize_workload(ir, &opt, w, result, e);
	anon_key_wipe(&key);
	log_progress_end();
	if (r == 0 && a->table != NULL)
		r = write_table(a->table, h, e);
	return r;
}

/* Returns the exit status of a wrong command line, or -1. */
static int
parse_options(int argc, char **argv, struct args *a)
{
	enum { OPT_TABLE = 256 };
	static const struct option longs[] = {
		{"output", required_argument, NULL, 'o'},
		{"force", no_argument, NULL, 'f'},
		{"key", required_argument, NULL, 'k'},
		{"table", required_argument, NULL, OPT_TABLE},
		{"quiet", no_argument, NULL, 'q'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	int c;

	while ((c = getopt_long(argc, argv, "o:fk:qh", longs, NULL)) != -1) {
		switch (c) {
		case 'o':
			a->out = optarg;
			break;
		case 'f':
			a->force = true;
			break;
		case 'k':
			a->key = optarg;
			break;
		case OPT_TABLE:
			a->table = optarg;
			break;
		case 'q':
			a->quiet = true;
			break;
		case 'h':
			(void)fputs(help, stdout);
			return EXIT_SAME;
		default:
			return cmd_usage("anonymize", "bad option");
		}
	}
	if (argc - optind != 1)
		return cmd_usage("anonymize",
				 argc == optind ? "which workload?" : "one workload at a time");
	if (a->out == NULL)
		return cmd_usage("anonymize", "-o DIR is needed");
	a->path = argv[optind];
	return -1;
}

/* Is it the workload itself that would be written over? */
static bool
is_same(const char *a, const char *b)
{
	struct stat x, y;

	return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

int
cmd_anonymize(int argc, char **argv)
{
	struct args a = {.path = NULL};
	struct heard h = {.n_names = 0};
	struct anon_result result;
	struct err e = {0};
	struct state state;
	struct ir ir;
	int r = parse_options(argc, argv, &a);

	if (r >= 0)
		return r;
	if (is_same(a.path, a.out))
		return cmd_usage("anonymize", "OUT is WORKLOAD itself");
	r = ir_load(a.path, &ir, &e);
	if (r != 0)
		return cmd_fail(&e);
	r = state_load(a.path, &ir, &state, &e);
	if (r == 0) {
		r = anonymize(&a, &ir, &state, &h, &result, &e);
		state_free(&state);
	}
	ir_free(&ir);
	if (r == 0 && !a.quiet)
		print_summary(&a, &result, &h);
	buf_free(&h.names.b);
	buf_free(&h.sids.b);
	buf_free(&h.extensions);
	return r != 0 ? cmd_fail(&e) : EXIT_SAME;
}
