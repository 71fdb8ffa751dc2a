/* Latency on the page: a table of percentiles, and the distributions. */
#include "config.h"

#include "html_page.h"
#include "scale.h"

#define PARTS 60     /* of a distribution */
#define PART_WIDTH 4 /* units */
#define HALF_HEIGHT 20

static const struct {
	const char *name;
	unsigned part;  /* of 10,000 */
	uint64_t needs; /* values, for it to be another than the greatest */
} columns[] = {
	{"p50", 5000, 1},      {"p90", 9000, 1},        {"p99", 9900, 1},
	{"p99.9", 9990, 1000}, {"p99.99", 9999, 10000}, {"max", 10000, 1},
};
#define N_COLUMNS (sizeof(columns) / sizeof(columns[0]))

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
		scale_put_decade(out, s.low + i, "\xc2\xb5s");
		html_put(out, "</text>");
	}
	html_put(out, "</svg>");
}

/* An area from the middle line, up or down; its highest part fills the half. */
static void
put_area(struct scale s, const struct histogram *h, const char *class, bool down, struct buf *out)
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
put_distribution(struct scale s, const struct histogram *recorded, const struct histogram *live,
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
put_line(const char *class, const char *name, const struct histogram *h, struct buf *out)
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
			html_duration(out, histogram_at(h, columns[i].part));
		html_put(out, "</td>");
	}
}

/* What a row is of. */
struct row {
	const char *name;
	bool size;
	const struct histogram *recorded, *live, *due;
};

/* Worth a line: waiting behind slow answers made it worse by more than a tenth. */
static bool
is_behind(const struct row *r)
{
	return histogram_at(r->due, 9900) / 11 * 10 > histogram_at(r->live, 9900);
}

static void
put_row(struct scale s, const struct row *r, struct buf *out)
{
	bool behind = is_behind(r);

	if (r->recorded->n + r->live->n == 0)
		return;
	buf_printf(out, "<tbody%s><tr><th scope=\"rowgroup\" rowspan=\"%d\"%s>",
		   r->size ? " class=\"size\"" : "", behind ? 3 : 2,
		   r->size ? " class=\"sub\"" : "");
	html_text(out, r->name);
	html_put(out, "</th>");
	put_line("rec", "recorded", r->recorded, out);
	buf_printf(out, "<td class=\"picture\" rowspan=\"%d\">", behind ? 3 : 2);
	put_distribution(s, r->recorded, r->live, out);
	html_put(out, "</td></tr><tr>");
	put_line("live", "live", r->live, out);
	if (behind) {
		html_put(out, "</tr><tr>");
		put_line("live", "since due", r->due, out);
	}
	html_put(out, "</tr></tbody>\n");
}

/* One size alone says no more than its command. */
static void
put_sizes(const struct findings *f, struct scale s, unsigned command, struct buf *out)
{
	unsigned n = 0;

	for (unsigned i = 0; i < LATENCY_SIZES; i++)
		n += f->recorded.all[command][i].n + f->live.all[command][i].n > 0;
	for (unsigned i = 0; n > 1 && i < LATENCY_SIZES; i++)
		put_row(s,
			&(struct row){.name = latency_sizes[i],
				      .size = true,
				      .recorded = &f->recorded.all[command][i],
				      .live = &f->live.all[command][i],
				      .due = &f->due.all[command][i]},
			out);
}

/* The sums of a command, or of all where it is -1. */
struct sums {
	struct histogram recorded, live, due;
};

static int
sum(const struct findings *f, int command, struct sums *s)
{
	int r = latency_sum(&f->recorded, command, &s->recorded);

	if (r == 0)
		r = latency_sum(&f->live, command, &s->live);
	if (r == 0 && f->has_due)
		r = latency_sum(&f->due, command, &s->due);
	return r;
}

static void
free_sums(struct sums *s)
{
	histogram_free(&s->recorded);
	histogram_free(&s->live);
	histogram_free(&s->due);
}

static int
put_command(const struct findings *f, struct scale s, unsigned command, struct buf *out)
{
	struct sums sums = {0};
	int r = sum(f, (int)command, &sums);

	if (r == 0) {
		put_row(s,
			&(struct row){.name = smb2_command_name(command),
				      .recorded = &sums.recorded,
				      .live = &sums.live,
				      .due = &sums.due},
			out);
		put_sizes(f, s, command, out);
	}
	free_sums(&sums);
	return r;
}

static void
put_head(const struct findings *f, struct scale s, struct buf *out)
{
	html_put(out,
		 "<section><h2 id=\"latency\">Latency</h2>\n"
		 "<p class=\"note\">From a request\xe2\x80\x99s last byte to its final "
		 "answer\xe2\x80\x99s last: recorded at the capture\xe2\x80\x99s place, live as "
		 "the replay saw it.");
	if (f->has_due)
		html_put(out, " <em>Since due</em> counts from when a request was to go out, and "
			      "stands where requests waited behind others whose answers were slow "
			      "or did not come.");
	html_put(out, "</p>\n<div class=\"wide\"><table class=\"latency\"><thead><tr><th>Command"
		      "</th><th></th><th class=\"n\">Answers</th>");
	for (size_t i = 0; i < N_COLUMNS; i++)
		buf_printf(out, "<th class=\"n\">%s</th>", columns[i].name);
	html_put(out, "<th class=\"picture\">");
	put_axis(s, out);
	html_put(out, "</th></tr></thead>\n");
}

int
html_put_latency(const struct findings *f, struct buf *out)
{
	struct sums all = {0};
	int r = sum(f, -1, &all);
	struct scale s = scale_of(&all.recorded, &all.live);

	put_head(f, s, out);
	for (unsigned c = 0; r == 0 && c < SMB2_N_COMMANDS; c++)
		r = put_command(f, s, c, out);
	if (r == 0)
		put_row(s,
			&(struct row){.name = "All commands",
				      .recorded = &all.recorded,
				      .live = &all.live,
				      .due = &all.due},
			out);
	html_put(out, "</table></div></section>\n");
	free_sums(&all);
	return r;
}
