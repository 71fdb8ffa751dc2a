/* The ladder diagram: connections as columns, time downwards, messages as arrows. */
#include "config.h"

#include <stdio.h>

#include "html_page.h"
#include "show.h"

#define GUTTER 72 /* where the times stand, on either side */
#define MARGIN 14 /* from a column's edge to its line */
#define HEAD 44
#define ROW 34
#define NOTE 17        /* more for a line of what happened live */
#define CHAR_TENTHS 64 /* width of a character in tenths of a unit */

struct drawing {
	const struct findings *f;
	const struct captions *captions;
	const struct group *about;
	struct buf *out;
	uint32_t conns[LADDER_ROWS]; /* that have a column */
	unsigned n_conns, width;     /* of a column */
	uint64_t zero, live_zero;
	bool has_live_zero;
	unsigned y;
};

/* Does the event have a row? */
static bool
has_row(const struct ir_event *ev)
{
	return ev->kind != IR_JUNK;
}

void
ladder_choose(const struct ir *ir, uint64_t event, struct ladder *l)
{
	uint64_t first = event;
	size_t before = 0, after = 0;

	*l = (struct ladder){0};
	if (event >= ir->n_events)
		return;
	while (first > 0 && before < LADDER_BEFORE)
		before += has_row(&ir->events[--first]);
	for (uint64_t i = first; i < ir->n_events && after <= LADDER_AFTER; i++) {
		if (!has_row(&ir->events[i]) && i != event)
			continue;
		after += i >= event;
		l->events[l->n++] = i;
	}
}

static const struct ir_event *
event_at(const struct drawing *d, uint64_t event)
{
	return &d->f->workload->events[event];
}

static bool
live_time(const struct drawing *d, uint64_t event, uint64_t *t)
{
	uint32_t live = d->f->came[event];

	if (live != 0)
		*t = d->f->run->events[live - 1].t_first;
	return live != 0;
}

/* The column of a connection; they stand by their numbers. */
static unsigned
column_of(const struct drawing *d, uint32_t conn)
{
	unsigned i = 0;

	while (i + 1 < d->n_conns && d->conns[i] != conn)
		i++;
	return i;
}

static void
add_column(struct drawing *d, uint32_t conn)
{
	unsigned i = d->n_conns;

	for (unsigned k = 0; k < d->n_conns; k++)
		if (d->conns[k] == conn)
			return;
	for (; i > 0 && d->conns[i - 1] > conn; i--)
		d->conns[i] = d->conns[i - 1];
	d->conns[i] = conn;
	d->n_conns++;
}

static unsigned
left_of(const struct drawing *d, unsigned column)
{
	return GUTTER + column * d->width;
}

static void
put_time(const struct drawing *d, const char *class, unsigned x, uint64_t t, uint64_t zero)
{
	buf_printf(d->out, "<text class=\"t %s\" x=\"%u\" y=\"%u\">", class, x, d->y + 4);
	if (t == zero) {
		html_put(d->out, "0");
	} else if (t > zero) {
		html_put(d->out, "+");
		html_duration(d->out, t - zero);
	} else {
		html_put(d->out, "\xe2\x88\x92");
		html_duration(d->out, zero - t);
	}
	html_put(d->out, "</text>");
}

static void
put_label(const struct drawing *d, const char *class, unsigned column, unsigned y, const char *text)
{
	unsigned x = left_of(d, column) + d->width / 2;
	size_t max = (d->width - 2 * MARGIN - 12) * 10 / CHAR_TENTHS;

	buf_printf(d->out, "<text class=\"%s\" x=\"%u\" y=\"%u\">", class, x, y);
	if (strlen(text) > max)
		html_element(d->out, "title", NULL, text);
	html_text_cut(d->out, text, max);
	html_put(d->out, "</text>");
}

/* From the client's line to the server's, or back. */
static void
put_arrow(const struct drawing *d, const char *class, unsigned column, bool from_server)
{
	unsigned a = left_of(d, column) + MARGIN, b = a + d->width - 2 * MARGIN;
	unsigned tip = from_server ? a : b, y = d->y;
	int back = from_server ? 7 : -7;

	buf_printf(d->out,
		   "<path class=\"arrow %s\" d=\"M%u %uH%u\"/>"
		   "<path class=\"tip %s\" d=\"M%u %ul%d -4v8z\"/>",
		   class, from_server ? b : a, y, tip, class, tip, y, back);
}

/* What a divergence says beside the recorded message; empty where it says nothing. */
static void
describe(const struct group *g, char *text, size_t size)
{
	const struct judge_divergence *d = &g->first;

	if (d->kind == JUDGE_STATUS || d->field[0] == '\0')
		(void)snprintf(text, size, "live: %s", d->got);
	else
		(void)snprintf(text, size, "live: %s %s, recorded %s", d->field, d->got,
			       d->expected);
}

static bool
came_unasked(const struct judge_divergence *d)
{
	return d->kind == JUDGE_EXTRA || d->kind == JUDGE_INTERIM;
}

static void
put_live_only(struct drawing *d, unsigned column)
{
	char text[600];
	uint64_t t;

	(void)snprintf(text, sizeof(text), "live only: %s, %s", d->about->first.message,
		       d->about->first.got);
	put_label(d, "bad", column, d->y - 5, text);
	put_arrow(d, "bad", column, true);
	if (d->about->live.event != 0 && d->has_live_zero) {
		t = d->f->run->events[d->about->live.event - 1].t_first;
		put_time(d, "live", left_of(d, d->n_conns) + 8, t, d->live_zero);
	}
	d->y += ROW;
}

static void
put_times(const struct drawing *d, uint64_t event)
{
	const struct ir_event *ev = event_at(d, event);
	uint64_t t;

	put_time(d, "rec", GUTTER - 8, ev->t_first, d->zero);
	if (live_time(d, event, &t) && d->has_live_zero)
		put_time(d, "live", left_of(d, d->n_conns) + 8, t, d->live_zero);
}

static void
put_row(struct drawing *d, uint64_t event)
{
	const struct ir_event *ev = event_at(d, event);
	const struct judge_divergence *first = &d->about->first;
	unsigned column = column_of(d, ev->conn);
	bool message = ev->kind == IR_SEND || ev->kind == IR_RECV;
	bool here = first->event == event, unasked = here && came_unasked(first);
	bool bad = findings_differs(d->f, event) && !unasked;
	bool gone = message && d->f->came[event] == 0;
	const char *class = bad && gone ? "bad gone" : bad ? "bad" : gone ? "gone" : "";
	char note[600] = "";

	if (here && !unasked)
		describe(d->about, note, sizeof(note));
	else if (bad)
		(void)snprintf(note, sizeof(note), "differs, too");
	else if (gone)
		(void)snprintf(note, sizeof(note),
			       ev->kind == IR_SEND ? "was not sent" : "did not come");
	if (here)
		buf_printf(d->out,
			   "<rect class=\"here\" x=\"0\" y=\"%u\" width=\"%u\" "
			   "height=\"%u\" rx=\"4\"/>",
			   d->y - 19, left_of(d, d->n_conns) + GUTTER,
			   (note[0] != '\0' ? ROW + NOTE : ROW) + (unasked ? ROW : 0) - 5);
	put_label(d, gone ? "gone" : "", column, d->y - 5, captions_of(d->captions, event));
	put_arrow(d, class, column, show_from_server(ev));
	put_times(d, event);
	if (note[0] != '\0') {
		put_label(d, bad ? "bad" : "gone", column, d->y + 13, note);
		d->y += NOTE;
	}
	d->y += ROW;
	if (unasked)
		put_live_only(d, column);
}

/* Lines run down the whole drawing, behind the rest. */
static void
put_columns(const struct drawing *d, unsigned height)
{
	const struct ir_meta *meta = &d->f->workload->meta;

	for (unsigned i = 0; i < d->n_conns; i++) {
		const struct ir_conn *c = &meta->conns[d->conns[i]];
		unsigned a = left_of(d, i) + MARGIN, b = a + d->width - 2 * MARGIN;

		buf_printf(d->out, "<path class=\"life\" d=\"M%u %uV%uM%u %uV%u\"/>", a, HEAD - 14,
			   height, b, HEAD - 14, height);
		buf_printf(d->out, "<text class=\"head\" x=\"%u\" y=\"13\">connection %u</text>",
			   left_of(d, i) + d->width / 2, (unsigned)d->conns[i]);
		buf_printf(d->out, "<text class=\"end\" x=\"%u\" y=\"%u\">", a - 6, HEAD - 18);
		html_text_cut(d->out, c->client, 24);
		buf_printf(d->out, "</text><text class=\"end r\" x=\"%u\" y=\"%u\">", b + 6,
			   HEAD - 18);
		html_text_cut(d->out, c->server, 24);
		html_put(d->out, "</text>");
	}
	buf_printf(d->out,
		   "<text class=\"t rec\" x=\"%u\" y=\"13\">recorded</text>"
		   "<text class=\"t live\" x=\"%u\" y=\"13\">live</text>",
		   GUTTER - 8, left_of(d, d->n_conns) + 8);
}

static unsigned
height_of(const struct drawing *d, const struct ladder *l)
{
	unsigned height = HEAD + 8;

	for (size_t i = 0; i < l->n; i++) {
		uint64_t event = l->events[i];
		bool here = event == d->about->first.event;
		bool message =
			event_at(d, event)->kind == IR_SEND || event_at(d, event)->kind == IR_RECV;
		bool unasked = here && came_unasked(&d->about->first);
		bool noted = (here && !unasked) || (findings_differs(d->f, event) && !unasked) ||
			     (message && d->f->came[event] == 0);

		height += ROW + (noted ? NOTE : 0) + (unasked ? ROW : 0);
	}
	return height;
}

void
html_put_ladder(const struct findings *f, const struct captions *c, const struct ladder *l,
		const struct group *about, struct buf *out)
{
	struct drawing d = {.f = f, .captions = c, .about = about, .out = out, .y = HEAD + 14};
	unsigned width, height;

	if (l->n == 0)
		return;
	for (size_t i = 0; i < l->n; i++) {
		add_column(&d, event_at(&d, l->events[i])->conn);
		if (!d.has_live_zero)
			d.has_live_zero = live_time(&d, l->events[i], &d.live_zero);
	}
	d.zero = event_at(&d, l->events[0])->t_first;
	d.width = d.n_conns == 1 ? 520 : d.n_conns == 2 ? 440 : 320;
	width = left_of(&d, d.n_conns) + GUTTER;
	height = height_of(&d, l);
	buf_printf(out,
		   "<div class=\"wide\"><svg class=\"ladder\" role=\"img\" viewBox=\"0 0 %u %u\" "
		   "style=\"min-width:%upx;max-width:%upx\">",
		   width, height, width * 3 / 4, width);
	buf_printf(out, "<title>Messages around event %llu</title>",
		   (unsigned long long)about->first.event);
	put_columns(&d, height);
	for (size_t i = 0; i < l->n; i++)
		put_row(&d, l->events[i]);
	html_put(out, "</svg></div>\n");
}
