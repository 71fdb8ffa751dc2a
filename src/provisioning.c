/* What provision says of its work. */
#include "config.h"

#include "provisioning.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/log.h"
#include "cmd.h"
#include "provision/local.h"

/* Removing is all that --clean does: no line for each. */
static bool
is_said(const struct provisioning *p, enum provision_say say)
{
	return p->mode != PROVISIONING_CLEAN || say != PROVISION_REMOVED;
}

/* Names come from captures: no control character reaches the terminal. */
static void
print_text(const char *text)
{
	for (; *text != '\0'; text++)
		(void)putchar((unsigned char)*text < ' ' || *text == 0x7f ? '?' : *text);
}

static void
on_line(void *ctx, const struct provision_line *l)
{
	struct provisioning *p = ctx;

	if (!is_said(p, l->say))
		return;
	if (p->json) {
		json_out_open(&p->out, '{');
		json_out_key_text(&p->out, "say", provision_say_names[l->say]);
		json_out_key_text(&p->out, "share", l->share);
		json_out_key_text(&p->out, "path", l->path);
		json_out_key_text(&p->out, "text", l->text);
		json_out_close(&p->out, '}');
		return;
	}
	log_progress_end();
	(void)printf("%s ", provision_say_names[l->say]);
	print_text(l->share);
	(void)putchar('\\');
	print_text(l->path);
	(void)fputs(l->text[0] != '\0' ? ": " : "", stdout);
	print_text(l->text);
	(void)putchar('\n');
}

static void
on_progress(void *ctx, uint64_t sent)
{
	(void)ctx;
	log_progress("sent %" PRIu64 " messages", sent);
}

static void
print_totals(const struct provisioning *p, const struct provision_result *r)
{
	double s = (double)r->duration / 1e9;
	uint64_t made = r->directories + r->files;

	switch (p->mode) {
	case PROVISIONING_VERIFY:
		(void)printf("%" PRIu64 " as they are to be, %" PRIu64 " not, in %.3f s\n", r->same,
			     r->differ, s);
		return;
	case PROVISIONING_CLEAN:
		(void)printf("%" PRIu64 " removed, %" PRIu64 " refused, in %.3f s\n",
			     r->said[PROVISION_REMOVED], r->said[PROVISION_REFUSED], s);
		return;
	default:
		break;
	}
	(void)printf("%" PRIu64 " directories and %" PRIu64 " files made, %" PRIu64
		     " bytes written, in %.3f s",
		     r->directories, r->files, r->bytes, s);
	if (made >= 100 && s > 0)
		(void)printf(": %.0f names a second", (double)made / s);
	(void)printf("\n%" PRIu64 " were as they are to be, %" PRIu64 " changed, %" PRIu64
		     " removed, %" PRIu64 " refused, %" PRIu64 " not done\n",
		     r->same, r->said[PROVISION_CHANGED], r->said[PROVISION_REMOVED],
		     r->said[PROVISION_REFUSED], r->said[PROVISION_NOT_DONE]);
}

static void
put_totals(struct json_out *o, const struct provision_result *r)
{
	json_out_key_uint(o, "directories", r->directories);
	json_out_key_uint(o, "files", r->files);
	json_out_key_uint(o, "bytes", r->bytes);
	json_out_key_uint(o, "same", r->same);
	json_out_key_uint(o, "differ", r->differ);
	json_out_key_uint(o, "changed", r->said[PROVISION_CHANGED]);
	json_out_key_uint(o, "removed", r->said[PROVISION_REMOVED]);
	json_out_key_uint(o, "refused", r->said[PROVISION_REFUSED]);
	json_out_key_uint(o, "not_done", r->said[PROVISION_NOT_DONE]);
	json_out_key(o, "seconds");
	json_out_raw(o, "%.6f", (double)r->duration / 1e9);
	json_out_close(o, '}');
	buf_add(&o->b, "\n", 1);
}

static int
play(struct provisioning *p, const struct state *s, const struct provision_options *opt,
     struct provision_result *result, struct err *e)
{
	if (p->mode == PROVISIONING_VERIFY)
		return provision_verify(s, opt, result, e);
	if (p->mode == PROVISIONING_CLEAN)
		return provision_clean(s, opt, result, e);
	if (p->mode == PROVISIONING_LOCAL)
		return provision_local(s, p->dir, opt, result, e);
	return provision_make(s, opt, result, e);
}

int
provisioning_run(struct provisioning *p, const struct state *s, struct provision_options *opt)
{
	struct provision_result result;
	struct err e = {0};
	int r;

	opt->line = on_line;
	opt->progress = on_progress;
	opt->ctx = p;
	if (p->json) {
		json_out_open(&p->out, '{');
		json_out_key_open(&p->out, "lines", '[');
	}
	r = play(p, s, opt, &result, &e);
	log_progress_end();
	if (p->json)
		json_out_close(&p->out, ']');
	if (r == 0 && p->json)
		put_totals(&p->out, &result);
	else if (r == 0)
		print_totals(p, &result);
	if (r == 0 && p->out.b.err != 0)
		r = err_set(&e, p->out.b.err, "%s", err_str(p->out.b.err));
	if (r == 0 && p->json)
		(void)fwrite(p->out.b.p, 1, p->out.b.n, stdout);
	buf_free(&p->out.b);
	if (r != 0)
		return cmd_fail(&e);
	/* Made to match, what differed does so no longer. */
	if (p->mode == PROVISIONING_VERIFY && result.differ > 0)
		return EXIT_DIFFERENT;
	return result.said[PROVISION_REFUSED] > 0 ? EXIT_DIFFERENT : EXIT_SAME;
}
