/* Throughput, requests and requests under way, over the time of the recording and of the run. */
#include "config.h"

#include "html_page.h"

#define WIDTH 480 /* a span is 4 units */
#define SPAN (WIDTH / LOAD_SPANS)
#define HEIGHT 96
#define TOP 18
#define FOOT 18
#define APART 10 /* scales that differ by more are not shared */

/* What a drawing is of. */
enum what { BYTES, REQUESTS, FLIGHT };

/* Bytes or requests a second, or requests under way on average. */
static double
value_at(const struct load *t, enum what what, size_t i)
{
	double span = (double)t->span;

	switch (what) {
	case BYTES:
		return (double)t->bytes[i] / span * 1e9;
	case REQUESTS:
		return (double)t->requests[i] / span * 1e9;
	case FLIGHT:
		return (double)t->flight[i] / span;
	}
	return 0;
}

static double
top_of(const struct load *t, enum what what)
{
	double top = 0;

	for (size_t i = 0; i < LOAD_SPANS; i++)
		top = value_at(t, what, i) > top ? value_at(t, what, i) : top;
	return top;
}

/* Three digits with k, M, G. */
static void
put_value(struct buf *out, double v, const char *unit)
{
	static const char *const prefixes[] = {"", "k", "M", "G", "T"};
	size_t i = 0;

	while (i < 4 && v >= 999.5) {
		v /= 1000;
		i++;
	}
	buf_printf(out, "%.*f%s%s%s",
		   v >= 99.95 || v < 0.005 ? 0
		   : v >= 9.995            ? 1
					   : 2,
		   v, *unit != '\0' || i > 0 ? "\xe2\x80\xaf" : "", prefixes[i], unit);
}

static void
put_chart(const struct load *t, enum what what, const char *class, double scale, struct buf *out)
{
	static const char *const units[] = {"B/s", "/s", ""};

	buf_printf(out,
		   "<svg class=\"chart\" viewBox=\"0 0 %d %d\" role=\"img\">"
		   "<path class=\"grid\" d=\"M0 %dH%dM0 %dH%d\"/>",
		   WIDTH, TOP + HEIGHT + FOOT, TOP, WIDTH, TOP + HEIGHT / 2, WIDTH);
	buf_printf(out, "<path class=\"%s\" d=\"M0 %d", class, TOP + HEIGHT);
	for (size_t i = 0; i < LOAD_SPANS; i++)
		buf_printf(out, "V%.1fh%d",
			   TOP + HEIGHT - (scale > 0 ? value_at(t, what, i) / scale : 0) * HEIGHT,
			   SPAN);
	buf_printf(out, "V%dz\"/><path class=\"base\" d=\"M0 %dH%d\"/>", TOP + HEIGHT, TOP + HEIGHT,
		   WIDTH);
	buf_printf(out, "<text x=\"0\" y=\"%d\">", TOP - 5);
	put_value(out, scale, units[what]);
	buf_printf(out,
		   "</text><text x=\"0\" y=\"%d\">0</text><text class=\"r\" x=\"%d\" y=\"%d\">",
		   TOP + HEIGHT + 13, WIDTH, TOP + HEIGHT + 13);
	html_duration(out, t->span * LOAD_SPANS);
	html_put(out, "</text></svg>");
}

static void
put_pair(const struct findings *f, enum what what, const char *title, struct buf *out)
{
	const struct load *a = &f->recorded_load, *b = &f->live_load;
	double x = top_of(a, what), y = top_of(b, what), most = x > y ? x : y;
	bool shared = most <= APART * x && most <= APART * y;

	buf_printf(out,
		   "<h3>%s%s</h3><div class=\"pair\"><figure><figcaption class=\"rec\">"
		   "recorded</figcaption>",
		   title, shared ? "" : " <small>(each on its own scale)</small>");
	put_chart(a, what, "rec", shared ? most : x, out);
	html_put(out, "</figure><figure><figcaption class=\"live\">live</figcaption>");
	put_chart(b, what, "live", shared ? most : y, out);
	html_put(out, "</figure></div>\n");
}

/* Of a paced run: how long after their times messages went out, and what made them late. */
static void
put_lateness(const struct lateness *l, struct buf *out)
{
	if (l->n == 0)
		return;
	html_put(out, "<p class=\"note\">Messages went out behind their times by ");
	html_duration(out, l->p50);
	html_put(out, " (median), ");
	html_duration(out, l->p99);
	html_put(out, " (99\xe2\x80\xaf%), ");
	html_duration(out, l->max);
	html_put(out, " at most.");
	for (size_t i = 0; i < LATENESS_N_CAUSES; i++) {
		if (l->by[i].much == 0)
			continue;
		html_put(out, " Later than ");
		html_duration(out, LATENESS_MUCH);
		buf_printf(out, " by %s: ", lateness_texts[i]);
		html_count(out, l->by[i].much);
		html_put(out, ".");
	}
	html_put(out, "</p>\n");
}

void
html_put_timeline(const struct findings *f, struct buf *out)
{
	struct lateness l;

	lateness_get(f->run->meta.totals, f->run->meta.n_totals, &l);
	html_put(out, "<section><h2 id=\"time\">Over time</h2>\n");
	put_lateness(&l, out);
	put_pair(f, BYTES, "Throughput, both ways", out);
	put_pair(f, REQUESTS, "Requests", out);
	put_pair(f, FLIGHT, "Requests under way, on average", out);
	html_put(out, "</section>\n");
}
