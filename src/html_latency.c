/* Latency on the page: a table of percentiles, and the distributions. */
#include "config.h"

#include "html_page.h"
#include "scale.h"

#define PARTS 60     /* of a distribution */
#define PART_WIDTH 4 /* units */
#define HALF_HEIGHT 20

static const struct {
	const char *name;
	uint32_t per_100000;
	uint64_t needs; /* values, for it to be another than the greatest */
} columns[] = {
	{"p50", 50000, 1},      {"p90", 90000, 1},        {"p99", 99000, 1},
	{"p99.9", 99900, 1000}, {"p99.99", 99990, 10000}, {"max", 100000, 1},
};
#define N_COLUMNS (sizeof(columns) / sizeof(columns[0]))

static void
put_decade(struct buf *out, unsigned decade)
{
	uint64_t ns = 1;

	while (decade-- > 0)
		ns *= 10;
	if (ns >= 1000000000)
		buf_printf(out, "%llu s", (unsigned long long)(ns / 1000000000));
	else if (ns >= 1000000)
		buf_printf(out, "%llu ms", (unsigned long long)(ns / 1000000));
	else if (ns >= 1000)
		buf_printf(out, "%llu \xc2\xb5s", (unsigned long long)(ns / 1000));
	else
		buf_printf(out, "%llu ns", (unsigned long long)ns);
}

/* The axis stands once, in the head of the table. */
static void
put_axis(struct scale s, struct buf *out)
{
	unsigned width = PARTS * PART_WIDTH, n = s.high - s.low;
	unsigned step = n > 5 ? 2 : 1;

	buf_printf(out, "<svg class=\"axis\" viewBox=\"0 0 %u 14\" aria-hidden=\"true\">", width);
	for (unsigned i = 0; i <= n; i += step) {
		buf_printf(out, "<text x=\"%u\" y=\"11\"%s>", i * width / n,
			   i == 0   ? " class=\"l\""
			   : i == n ? " class=\"r\""
				    : "");
		put_decade(out, s.low + i);
		html_put(out, "</text>");
	}
	html_put(out, "</svg>");
}

/* An area from the middle line, up or down; its highest part fills the half. */
static void
put_area(struct scale s, const struct hist *h, const char *class, bool down, struct buf *out)
{
	uint64_t parts[PARTS], top = 1;

	if (h->n == 0)
		return;
	scale_spread(s, h, parts, PARTS);
	for (size_t i = 0; i < PARTS; i++)
		top = parts[i] > top ? parts[i] : top;
	buf_printf(out, "<path class=\"%s\" d=\"M0 %d", class, HALF_HEIGHT);
	for (size_t i = 0; i < PARTS; i++) {
		double part = (double)parts[i] / (double)top * (HALF_HEIGHT - 1);

		if (parts[i] > 0 && part < 1)
			part = 1; /* one of many is seen, too */
		buf_printf(out, "V%.1fh%d", down ? HALF_HEIGHT + part : HALF_HEIGHT - part,
			   PART_WIDTH);
	}
	buf_printf(out, "V%dz\"/>", HALF_HEIGHT);
}

static void
put_distribution(struct scale s, const struct hist *recorded, const struct hist *live,
		 struct buf *out)
{
	unsigned width = PARTS * PART_WIDTH, n = s.high - s.low;

	buf_printf(out,
		   "<svg class=\"spread\" viewBox=\"0 0 %u %d\" role=\"img\"><title>recorded "
		   "above, live below the line</title><path class=\"grid\" d=\"",
		   width, 2 * HALF_HEIGHT);
	for (unsigned i = 0; i <= n; i++)
		buf_printf(out, "M%u 0V%d", i * width / n, 2 * HALF_HEIGHT);
	html_put(out, "\"/>");
	put_area(s, recorded, "rec", false, out);
	put_area(s, live, "live", true, out);
	buf_printf(out, "<path class=\"base\" d=\"M0 %dH%u\"/></svg>", HALF_HEIGHT, width);
}

static void
put_line(const char *class, const char *name, const struct hist *h, struct buf *out)
{
	buf_printf(out, "<th scope=\"row\" class=\"side %s\">%s</th><td class=\"n\">", class, name);
	html_count(out, h->n);
	html_put(out, "</td>");
	for (size_t i = 0; i < N_COLUMNS; i++) {
		html_put(out, "<td class=\"n\">");
		if (h->n == 0)
			html_put(out, "<span class=\"none\">\xe2\x80\x93</span>");
		else if (h->n < columns[i].needs)
			html_put(out, "<span class=\"none\" title=\"too few answers\">"
				      "\xc2\xb7</span>");
		else
			html_duration(out, hist_at(h, columns[i].per_100000));
		html_put(out, "</td>");
	}
}

/* Worth a line: waiting behind slow answers made it worse by more than a tenth. */
static bool
is_behind(const struct latency_class *c)
{
	return hist_at(&c->planned, 99000) / 11 * 10 > hist_at(&c->hist, 99000);
}

static void
put_class(struct scale s, const struct latency_class *recorded, const struct latency_class *live,
	  const char *name, bool size, struct buf *out)
{
	bool behind = is_behind(live);

	buf_printf(out, "<tbody%s><tr><th scope=\"rowgroup\" rowspan=\"%d\"%s>",
		   size ? " class=\"size\"" : "", behind ? 3 : 2, size ? " class=\"sub\"" : "");
	html_text(out, name);
	html_put(out, "</th>");
	put_line("rec", "recorded", &recorded->hist, out);
	buf_printf(out, "<td class=\"picture\" rowspan=\"%d\">", behind ? 3 : 2);
	put_distribution(s, &recorded->hist, &live->hist, out);
	html_put(out, "</td></tr><tr>");
	put_line("live", "live", &live->hist, out);
	if (behind) {
		html_put(out, "</tr><tr>");
		put_line("live", "from plan", &live->planned, out);
	}
	html_put(out, "</tr></tbody>\n");
}

/* One size class alone says nothing that its command does not say. */
static bool
is_worth(const struct findings *f, unsigned class)
{
	const struct latency *a = &f->recorded, *b = &f->played;
	unsigned from = class >= LATENCY_WRITE ? LATENCY_WRITE : LATENCY_READ, n = 0;

	if (a->of[class].hist.n + b->of[class].hist.n == 0)
		return false;
	if (!latency_is_size(class))
		return true;
	for (unsigned i = from; i < from + LATENCY_SIZES; i++)
		n += a->of[i].hist.n + b->of[i].hist.n > 0;
	return n > 1;
}

void
html_put_latency(const struct findings *f, struct buf *out)
{
	struct scale s = scale_of(&f->recorded, &f->played);

	html_put(out, "<section><h2 id=\"latency\">Latency</h2>\n"
		      "<p class=\"note\">From a request\xe2\x80\x99s first byte to its final "
		      "answer\xe2\x80\x99s last, as the client saw it. The recorded times are "
		      "those of the capture\xe2\x80\x99s place.");
	if (f->played.has_planned)
		html_put(
			out,
			" <em>From plan</em> counts from when a request was to go out, and "
			"stands where requests waited behind others whose answers were slow or did "
			"not come.");
	html_put(out, "</p>\n<div class=\"wide\"><table class=\"latency\"><thead><tr><th>Command"
		      "</th><th></th><th class=\"n\">Answers</th>");
	for (size_t i = 0; i < N_COLUMNS; i++)
		buf_printf(out, "<th class=\"n\">%s</th>", columns[i].name);
	html_put(out, "<th class=\"picture\">");
	put_axis(s, out);
	html_put(out, "</th></tr></thead>\n");
	for (size_t i = 0; i < LATENCY_CLASSES; i++) {
		unsigned class = latency_order[i];

		if (is_worth(f, class))
			put_class(s, &f->recorded.of[class], &f->played.of[class],
				  latency_class_name(class), latency_is_size(class), out);
	}
	put_class(s, &f->recorded.all, &f->played.all, "All commands", false, out);
	html_put(out, "</table></div></section>\n");
}
