/* Prints latencies: a table, or JSON. */
#include "config.h"

#include "report_latency.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "html.h"
#include "scale.h"

#define SPARKS 12 /* parts of a sparkline */

#define N_PARTS 5
static const struct {
	unsigned part; /* of 10,000 */
	const char *key;
} parts[N_PARTS] = {{5000, "p50_ns"},
		    {9000, "p90_ns"},
		    {9900, "p99_ns"},
		    {9990, "p99_9_ns"},
		    {9999, "p99_99_ns"}};

static bool
has_sizes(unsigned command)
{
	return command == SMB2_CMD_READ || command == SMB2_CMD_WRITE;
}

/* Whether standard output is a terminal that takes UTF-8, as the locale's name says. */
static bool
takes_pictures(void)
{
	static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
	const char *value = NULL;

	for (size_t i = 0; i < 3 && (value == NULL || *value == '\0'); i++)
		value = getenv(names[i]);
	return isatty(STDOUT_FILENO) == 1 && value != NULL &&
	       (strstr(value, "UTF-8") != NULL || strstr(value, "utf8") != NULL);
}

/* The table. */
struct table {
	const struct report_run *run;
	const struct judge_totals *totals;
	bool colour, pictures;
	struct scale scale;
	struct buf out;
};

/* U+2581 to U+2588, the highest part being full; a part that holds anything is seen. */
static void
put_sparkline(struct table *t, const struct histogram *h)
{
	uint64_t spread[SPARKS], top = 1;

	scale_spread(t->scale, h, spread, SPARKS);
	for (size_t i = 0; i < SPARKS; i++)
		top = spread[i] > top ? spread[i] : top;
	for (size_t i = 0; i < SPARKS; i++) {
		double height = (double)spread[i] / (double)top * 8;

		if (spread[i] == 0)
			buf_printf(&t->out, " ");
		else
			buf_printf(&t->out, "\xe2\x96%c",
				   0x81 + (height < 1 ? 0 : (int)height - 1));
	}
}

static void
put_time(struct table *t, const struct histogram *h, unsigned part, int width)
{
	struct buf text = {0};

	if (h->n == 0)
		buf_printf(&text, "-");
	else
		text_duration(&text, histogram_at(h, part), "us");
	buf_printf(&t->out, "%*.*s", width, (int)text.n, text.n > 0 ? (const char *)text.p : "");
	if (text.err != 0)
		t->out.err = text.err;
	buf_free(&text);
}

static void
put_times(struct table *t, const struct histogram *recorded, const struct histogram *live)
{
	put_time(t, recorded, 5000, 11);
	put_time(t, live, 5000, 9);
	put_time(t, recorded, 9900, 11);
	put_time(t, live, 9900, 9);
	if (t->pictures) {
		buf_printf(&t->out, "   %s", t->colour ? "\033[2m" : "");
		put_sparkline(t, recorded);
		buf_printf(&t->out, "%s  ", t->colour ? "\033[0m" : "");
		put_sparkline(t, live);
	}
	buf_printf(&t->out, "\n");
}

/* One size alone says no more than its command. */
static void
put_sizes(struct table *t, unsigned command)
{
	const struct histogram *recorded = t->run->recorded->all[command];
	const struct histogram *live = t->run->live->all[command];
	unsigned n = 0;

	for (unsigned i = 0; i < LATENCY_SIZES; i++)
		n += recorded[i].n + live[i].n > 0;
	for (unsigned i = 0; n > 1 && i < LATENCY_SIZES; i++) {
		if (recorded[i].n + live[i].n == 0)
			continue;
		buf_printf(&t->out, "  %-14s %8" PRIu64 " %8s", latency_sizes[i], recorded[i].n,
			   "");
		put_times(t, &recorded[i], &live[i]);
	}
}

static int
put_command(struct table *t, unsigned command)
{
	const struct judge_count *c = &t->totals->commands[command];
	struct histogram recorded = {0}, live = {0};
	bool red = t->colour && c->equal < c->recorded;
	int r = latency_sum(t->run->recorded, (int)command, &recorded);

	if (r == 0)
		r = latency_sum(t->run->live, (int)command, &live);
	if (r == 0 && c->recorded + recorded.n + live.n > 0) {
		buf_printf(&t->out, "%-16s %8" PRIu64 " %s%8" PRIu64 "%s",
			   smb2_command_name(command), c->recorded, red ? "\033[31m" : "", c->equal,
			   red ? "\033[0m" : "");
		put_times(t, &recorded, &live);
		put_sizes(t, command);
	}
	histogram_free(&recorded);
	histogram_free(&live);
	return r;
}

/* The ends of the axis over its sparkline. */
static void
put_ends(struct table *t)
{
	struct buf low = {0}, high = {0};

	scale_put_decade(&low, t->scale.low, "us");
	scale_put_decade(&high, t->scale.high, "us");
	buf_printf(&t->out, "%.*s%*.*s", (int)low.n, low.n > 0 ? (const char *)low.p : "",
		   SPARKS - (int)low.n, (int)high.n, high.n > 0 ? (const char *)high.p : "");
	buf_free(&low);
	buf_free(&high);
}

static int
put_head(struct table *t)
{
	struct histogram recorded = {0}, live = {0};
	int r = latency_sum(t->run->recorded, -1, &recorded);

	if (r == 0)
		r = latency_sum(t->run->live, -1, &live);
	t->scale = scale_of(&recorded, &live);
	if (r == 0 && recorded.n + live.n > 0) {
		buf_printf(&t->out, "%-16s %8s %8s%11s%9s%11s%9s", "command", "answers", "equal",
			   "p50", "live p50", "p99", "live p99");
		for (int i = 0; t->pictures && i < 2; i++) {
			buf_printf(&t->out, i == 0 ? "   " : "  ");
			put_ends(t);
		}
		buf_printf(&t->out, "\n");
	}
	histogram_free(&recorded);
	histogram_free(&live);
	return r;
}

int
report_latency_text(const struct report_run *run, const struct judge_totals *totals, bool colour)
{
	struct table t = {
		.run = run, .totals = totals, .colour = colour, .pictures = takes_pictures()};
	int r;

	if (run->recorded == NULL)
		return 0;
	r = put_head(&t);
	for (unsigned c = 0; r == 0 && t.out.n > 0 && c < SMB2_N_COMMANDS; c++)
		r = put_command(&t, c);
	if (r == 0)
		r = t.out.err;
	if (r == 0 && t.out.n > 0)
		(void)fwrite(t.out.p, 1, t.out.n, stdout);
	buf_free(&t.out);
	return r;
}

static void
add_histogram(struct json_out *o, const char *key, const struct histogram *h)
{
	json_out_key_open(o, key, '{');
	json_out_key_uint(o, "answers", h->n);
	if (h->n > 0)
		json_out_key_uint(o, "min_ns", h->min);
	for (size_t i = 0; h->n > 0 && i < N_PARTS; i++) {
		json_out_key_uint(o, parts[i].key, histogram_at(h, parts[i].part));
	}
	if (h->n > 0)
		json_out_key_uint(o, "max_ns", h->max);
	json_out_close(o, '}');
}

static void
add_row(const struct report_run *run, unsigned command, unsigned size, struct json_out *o)
{
	if (run->recorded->all[command][size].n + run->live->all[command][size].n == 0)
		return;
	json_out_line(o, 2);
	json_out_open(o, '{');
	json_out_key_text(o, "command", smb2_command_name(command));
	if (has_sizes(command))
		json_out_key_text(o, "size", latency_sizes[size]);
	add_histogram(o, "recorded", &run->recorded->all[command][size]);
	add_histogram(o, "run", &run->live->all[command][size]);
	if (run->due != NULL)
		add_histogram(o, "since_due", &run->due->all[command][size]);
	json_out_close(o, '}');
}

static void
add_commands(const struct judge_totals *totals, struct json_out *o)
{
	json_out_line(o, 1);
	json_out_key_open(o, "commands", '[');
	for (unsigned c = 0; c <= SMB2_N_COMMANDS; c++) {
		if (totals->commands[c].recorded == 0)
			continue;
		json_out_open(o, '{');
		json_out_key_text(o, "command",
				  c < SMB2_N_COMMANDS ? smb2_command_name(c) : "unknown");
		json_out_key_uint(o, "answers", totals->commands[c].recorded);
		json_out_key_uint(o, "came", totals->commands[c].came);
		json_out_key_uint(o, "equal", totals->commands[c].equal);
		json_out_close(o, '}');
	}
	json_out_close(o, ']');
}

void
report_latency_json(const struct report_run *run, const struct judge_totals *totals,
		    struct json_out *o)
{
	if (run->recorded == NULL)
		return;
	add_commands(totals, o);
	json_out_line(o, 1);
	json_out_key_open(o, "latency", '[');
	for (unsigned c = 0; c < SMB2_N_COMMANDS; c++)
		for (unsigned size = 0; size < LATENCY_SIZES; size++)
			add_row(run, c, size, o);
	o->comma = false;
	json_out_line(o, 1);
	json_out_close(o, ']');
}
