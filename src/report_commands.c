/* Answers and latencies by command, for the terminal and as JSON. */
#include "config.h"

#include "report_commands.h"

#include <stdlib.h>
#include <unistd.h>

#include "html.h"
#include "scale.h"

#define PARTS 12 /* of a sparkline */

bool
report_commands_pictures(void)
{
	static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
	const char *value = NULL;

	for (size_t i = 0; i < 3 && (value == NULL || *value == '\0'); i++)
		value = getenv(names[i]);
	return isatty(STDOUT_FILENO) == 1 && value != NULL &&
	       (strstr(value, "UTF-8") != NULL || strstr(value, "utf8") != NULL ||
		strstr(value, "UTF8") != NULL || strstr(value, "utf-8") != NULL);
}

/* U+2581 to U+2588, the highest part being full; a part that holds anything is seen. */
static void
put_sparkline(struct scale s, const struct hist *h, struct buf *out)
{
	uint64_t parts[PARTS], top = 1;

	scale_spread(s, h, parts, PARTS);
	for (size_t i = 0; i < PARTS; i++)
		top = parts[i] > top ? parts[i] : top;
	for (size_t i = 0; i < PARTS; i++) {
		double height = (double)parts[i] / (double)top * 8;

		if (parts[i] == 0)
			buf_add(out, " ", 1);
		else
			buf_printf(out, "\xe2\x96%c", 0x81 + (height < 1 ? 0 : (int)height - 1));
	}
}

/* Right-aligned in `width`. */
static void
put_time(const struct hist *h, uint32_t per_100000, int width, struct buf *out)
{
	struct buf text = {0};

	if (h->n == 0)
		buf_printf(&text, "-");
	else
		text_duration(&text, hist_at(h, per_100000), "us");
	buf_printf(out, "%*.*s", width, (int)text.n, text.n > 0 ? (const char *)text.p : "");
	buf_free(&text);
}

static void
put_row(const struct findings *f, unsigned class, const struct scale *pictures, bool colour,
	struct buf *out)
{
	const struct hist *a = &f->recorded.of[class].hist, *b = &f->played.of[class].hist;
	bool size = latency_is_size(class);
	uint64_t answers = size ? a->n : f->recorded.answers.n[class];
	uint64_t equal = size ? 0 : f->by_command[class].equal;
	bool red = colour && !size && equal < answers;

	buf_printf(out, "%s%-*s %8llu ", size ? "  " : "", size ? 14 : 16,
		   latency_class_name(class), (unsigned long long)answers);
	if (size)
		buf_printf(out, "%8s", "");
	else
		buf_printf(out, "%s%8llu%s", red ? "\033[31m" : "", (unsigned long long)equal,
			   red ? "\033[0m" : "");
	put_time(a, 50000, 11, out);
	put_time(b, 50000, 9, out);
	put_time(a, 99000, 11, out);
	put_time(b, 99000, 9, out);
	if (pictures != NULL) {
		buf_printf(out, "   %s", colour ? "\033[2m" : "");
		put_sparkline(*pictures, a, out);
		buf_printf(out, "%s  ", colour ? "\033[0m" : "");
		put_sparkline(*pictures, b, out);
	}
	buf_add(out, "\n", 1);
}

static bool
is_there(const struct findings *f, unsigned class)
{
	return f->recorded.of[class].hist.n + f->played.of[class].hist.n > 0 ||
	       (!latency_is_size(class) && f->recorded.answers.n[class] > 0);
}

/* The ends of the axis over its sparkline. */
static void
put_ends(struct scale s, struct buf *out)
{
	const char *low = scale_decade(s.low), *high = scale_decade(s.high);

	buf_printf(out, "%s%*s", low, PARTS - (int)strlen(low), high);
}

void
report_commands_put(const struct findings *f, bool pictures, bool colour, struct buf *out)
{
	struct scale s = scale_of(&f->recorded, &f->played);
	bool any = false;

	for (unsigned i = 0; i < LATENCY_CLASSES; i++)
		any = any || is_there(f, i);
	if (!any)
		return;
	buf_printf(out, "%-16s %8s %8s%11s%9s%11s%9s", "command", "answers", "equal", "p50",
		   "live p50", "p99", "live p99");
	if (pictures) {
		buf_printf(out, "   ");
		put_ends(s, out);
		buf_printf(out, "  ");
		put_ends(s, out);
	}
	buf_add(out, "\n", 1);
	for (size_t i = 0; i < LATENCY_CLASSES; i++)
		if (is_there(f, latency_order[i]))
			put_row(f, latency_order[i], pictures ? &s : NULL, colour, out);
}

static void
put_json_hist(const char *name, const struct hist *h, struct json_out *o)
{
	static const struct {
		const char *name;
		uint32_t per_100000;
	} points[] = {{"p50", 50000},
		      {"p90", 90000},
		      {"p99", 99000},
		      {"p99.9", 99900},
		      {"p99.99", 99990}};

	json_out_key(o, name);
	json_out_open(o, '{');
	json_out_key(o, "count");
	json_out_uint(o, h->n);
	for (size_t i = 0; h->n > 0 && i < sizeof(points) / sizeof(points[0]); i++) {
		json_out_key(o, points[i].name);
		json_out_uint(o, hist_at(h, points[i].per_100000));
	}
	if (h->n > 0) {
		json_out_key(o, "min");
		json_out_uint(o, h->min);
		json_out_key(o, "max");
		json_out_uint(o, h->max);
	}
	json_out_close(o, '}');
}

static void
put_json_class(const struct findings *f, unsigned class, struct json_out *o)
{
	const struct latency_class *live = &f->played.of[class];

	json_out_line(o, 2);
	json_out_open(o, '{');
	json_out_key(o, "command");
	json_out_text(o, !latency_is_size(class)  ? latency_class_name(class)
			 : class >= LATENCY_WRITE ? "WRITE"
						  : "READ");
	if (latency_is_size(class)) {
		json_out_key(o, "size");
		json_out_text(o, latency_class_name(class));
	} else {
		json_out_key(o, "answers");
		json_out_uint(o, f->recorded.answers.n[class]);
		json_out_key(o, "equal");
		json_out_uint(o, f->by_command[class].equal);
	}
	put_json_hist("recorded_ns", &f->recorded.of[class].hist, o);
	put_json_hist("live_ns", &live->hist, o);
	if (f->played.has_planned)
		put_json_hist("live_from_plan_ns", &live->planned, o);
	json_out_close(o, '}');
}

void
report_commands_put_json(const struct findings *f, struct json_out *o)
{
	json_out_open(o, '[');
	for (size_t i = 0; i < LATENCY_CLASSES; i++)
		if (is_there(f, latency_order[i]))
			put_json_class(f, latency_order[i], o);
	json_out_line(o, 1);
	json_out_close(o, ']');
}
