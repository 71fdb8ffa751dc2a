/* The page of compare --html: its frame, the verdict, and where everything comes from. */
#include "config.h"

#include "report_html.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "html_page.h"
#include "report.h"

static void
put_date(struct buf *out, uint64_t ns)
{
	time_t s = (time_t)(ns / 1000000000);
	struct tm tm;
	char text[40];

	if (ns == 0 || gmtime_r(&s, &tm) == NULL ||
	    strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S UTC", &tm) == 0)
		return;
	html_text(out, text);
}

static const char *
base_name(const char *path)
{
	size_t n = strlen(path);

	while (n > 1 && path[n - 1] == '/')
		n--;
	for (size_t i = n; i > 0; i--)
		if (path[i - 1] == '/' && i < n)
			return path + i;
	return path;
}

static uint64_t
behaviour(const struct judge_totals *t)
{
	uint64_t n = 0;

	for (size_t k = 0; k < JUDGE_N_KINDS; k++)
		n += k == JUDGE_NEGOTIATED ? 0 : t->divergences[k];
	return n;
}

static size_t
causes(const struct findings *f)
{
	size_t n = 0;

	for (size_t i = 0; i < f->groups.n; i++)
		n += f->groups.list[i].first.kind != JUDGE_NEGOTIATED;
	return n;
}

static void
put_verdict(const struct findings *f, const struct judge_totals *t, struct buf *out)
{
	uint64_t n = behaviour(t);

	if (n == 0 && t->expected == 0) {
		html_put(out, "<h1>No answer was recorded</h1>\n");
	} else if (n == 0) {
		html_put(out, "<h1 class=\"good\">The server behaved as recorded</h1>\n");
	} else {
		html_put(out, "<h1 class=\"bad\">");
		html_counted(out, n, "divergence");
		html_put(out, ", ");
		if (f->groups.n_beyond > 0)
			html_put(out, "more than ");
		html_counted(out, causes(f), "cause");
		html_put(out, "</h1>\n");
	}
}

/* "NAME, recorded 2026-11-22 ... from FILE". */
static void
put_sides(const struct findings *f, struct buf *out)
{
	const struct ir_meta *w = &f->workload->meta, *r = &f->run->meta;

	html_put(out, "<dl class=\"sides\"><dt class=\"rec\">Recorded</dt><dd><b>");
	html_text(out, base_name(f->workload_path));
	html_put(out, "</b> ");
	put_date(out, w->start);
	for (size_t i = 0; i < w->n_sources && i < 4; i++) {
		html_put(out, i == 0 ? ", from " : ", ");
		html_text(out, w->sources[i].name);
	}
	if (w->n_sources > 4)
		buf_printf(out, " and %zu more", w->n_sources - 4);
	html_put(out, "</dd><dt class=\"live\">Live</dt><dd><b>");
	html_text(out, r->n_conns > 0 && r->conns[0].server != NULL ? r->conns[0].server : "");
	html_put(out, "</b> ");
	put_date(out, r->start);
	html_put(out, ", run ");
	html_text(out, base_name(f->run_path));
	if (r->options != NULL && r->options[0] != '\0') {
		html_put(out, " <code>");
		html_text(out, r->options);
		html_put(out, "</code>");
	}
	html_put(out, "</dd></dl>\n");
}

static void
put_tile(struct buf *out, const char *name, uint64_t n, const char *class)
{
	buf_printf(out, "<div%s%s%s><dt>", *class != '\0' ? " class=\"" : "", class,
		   *class != '\0' ? "\"" : "");
	html_put(out, name);
	html_put(out, "</dt><dd>");
	html_count(out, n);
	html_put(out, "</dd></div>");
}

static void
put_tile_time(struct buf *out, const char *name, const struct load *t)
{
	html_put(out, "<div><dt>");
	html_put(out, name);
	html_put(out, "</dt><dd>");
	html_duration(out, t->span * LOAD_SPANS);
	html_put(out, "</dd></div>");
}

static void
put_totals(const struct findings *f, const struct judge_totals *t, struct buf *out)
{
	html_put(out, "<dl class=\"tiles\">");
	put_tile(out, "Recorded answers", t->expected, "");
	put_tile(out, "Came", t->met, "");
	put_tile(out, "Without a difference", t->equal, "");
	if (t->met < t->expected)
		put_tile(out, "Did not come", t->expected - t->met, "bad");
	if (t->reordered > 0)
		put_tile(out, "In another order", t->reordered, "");
	put_tile(out, "Requests recorded", f->recorded_load.n_requests, "");
	put_tile(out, "Requests sent", f->live_load.n_requests, "");
	put_tile_time(out, "Time recorded", &f->recorded_load);
	put_tile_time(out, "Time live", &f->live_load);
	html_put(out, "</dl>\n");
}

/* By kind, since the sum alone says little. */
static void
put_kinds(const struct judge_totals *t, struct buf *out)
{
	if (behaviour(t) == 0)
		return;
	html_put(out, "<ul class=\"kinds\">");
	for (size_t k = 0; k < JUDGE_N_KINDS; k++) {
		if (t->divergences[k] == 0 || k == JUDGE_NEGOTIATED)
			continue;
		buf_printf(out, "<li><span class=\"kind\">%s</span> ", judge_kind_names[k]);
		html_count(out, t->divergences[k]);
		html_put(out, "</li>");
	}
	html_put(out, "</ul>\n");
}

/* Answers by command: how many were equal. */
static void
put_commands(const struct judge_totals *t, struct buf *out)
{
	html_put(out, "<section><h2 id=\"commands\">Answers by command</h2>\n<div "
		      "class=\"wide\"><table class=\"commands\"><thead><tr><th>Command</th><th "
		      "class=\"n\">Recorded</th><th class=\"n\">Came</th><th "
		      "class=\"n\">Equal</th><th>Share equal</th></tr></thead><tbody>\n");
	for (unsigned c = 0; c <= SMB2_N_COMMANDS; c++) {
		uint64_t n = t->commands[c].recorded, equal = t->commands[c].equal;
		double share = n > 0 ? 100.0 * (double)(equal < n ? equal : n) / (double)n : 0;

		if (n == 0)
			continue;
		html_put(out, "<tr><th scope=\"row\">");
		html_text(out, c < SMB2_N_COMMANDS ? smb2_command_name(c) : "unknown");
		html_put(out, "</th><td class=\"n\">");
		html_count(out, n);
		html_put(out, "</td><td class=\"n\">");
		html_count(out, t->commands[c].came);
		buf_printf(out, "</td><td class=\"n%s\">", equal < n ? " bad" : "");
		html_count(out, equal);
		/* Never "100 %" where one differs. */
		buf_printf(out,
			   "</td><td><span class=\"bar\"><i style=\"width:%.2f%%\"></i></span> "
			   "<span class=\"n\">%.1f\xe2\x80\xaf%%</span></td></tr>\n",
			   share, equal < n && share > 99.9 ? 99.9 : share);
	}
	html_put(out, "</tbody></table></div></section>\n");
}

static void
put_head(const struct findings *f, const struct judge_totals *t, struct buf *out)
{
	html_put(out, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
		      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
		      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
		      "style-src 'unsafe-inline'; img-src data:\">\n"
		      "<meta name=\"color-scheme\" content=\"light dark\">\n"
		      "<link rel=\"icon\" href=\"data:,\">\n<title>");
	html_text(out, base_name(f->workload_path));
	html_put(out, ": ");
	html_counted(out, behaviour(t), "divergence");
	html_put(out, "</title>\n<style>");
	for (size_t i = 0; html_style[i] != NULL; i++)
		html_put(out, html_style[i]);
	html_put(out, "</style></head>\n<body><main>\n");
}

static void
put_contents(const struct findings *f, struct buf *out)
{
	html_put(out, "<nav>");
	if (causes(f) > 0)
		html_put(out, "<a href=\"#divergences\">Divergences</a>");
	html_put(out, "<a href=\"#commands\">Answers</a><a href=\"#latency\">Latency</a><a "
		      "href=\"#time\">Over time</a><a "
		      "href=\"#substituted\">Substituted</a></nav>\n");
}

static int
put_page(const struct findings *f, const struct judge_totals *t, struct buf *out)
{
	struct substituted s;
	int r = substituted_gather(&s, f->workload, f->run);

	put_head(f, t, out);
	html_put(out, "<header><p class=\"tool\">smbench compare</p>\n");
	put_verdict(f, t, out);
	put_sides(f, out);
	put_totals(f, t, out);
	put_kinds(t, out);
	put_contents(f, out);
	html_put(out, "</header>\n");
	if (r == 0)
		r = html_put_divergences(f, out);
	put_commands(t, out);
	if (r == 0)
		r = html_put_latency(f, out);
	html_put_timeline(f, out);
	html_put_substituted(&s, out);
	html_put(out, "<footer>" PACKAGE_STRING ", workload by ");
	html_text(out, f->workload->meta.tool != NULL ? f->workload->meta.tool : "hand");
	html_put(out, "</footer>\n</main></body></html>\n");
	return r != 0 ? r : out->err;
}

int
report_html_write(const struct findings *f, const struct judge_totals *totals, const char *path,
		  struct err *e)
{
	struct buf page = {0};
	FILE *file = NULL;
	int r = put_page(f, totals, &page);

	if (r != 0) {
		(void)err_set(e, r, "%s: %s", path, err_str(r));
		goto out;
	}
	file = fopen(path, "w");
	if (file == NULL || fwrite(page.p, 1, page.n, file) != page.n)
		r = -errno;
	if (file != NULL && fclose(file) != 0 && r == 0)
		r = -errno;
	if (r != 0)
		(void)err_set(e, r, "%s: %s", path, err_str(r));
out:
	buf_free(&page);
	return r;
}
