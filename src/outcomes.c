/* Outcomes of tries, counted. */
#include "config.h"

#include "outcomes.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "base/rate.h"

/* What an answer was in some tries. */
struct value {
	char *text; /* owned: name of a status, or "no answer" */
	uint64_t tries;
};

/* An answer that was not as recorded in some try. */
struct row {
	uint64_t event, frame;
	uint32_t conn;
	unsigned pdu;
	char *where, *recorded; /* owned: place and message; the recorded status */
	struct value *values;   /* owned */
	size_t n, cap;
};

/* Differences that came together. */
struct outcome {
	uint64_t hash, tries, first;
	char *text; /* owned: a line each */
};

struct outcomes {
	uint64_t tries, hits, first_hit, differed;
	uint64_t others; /* tries whose outcome is none of those that are told apart */
	struct row *rows;
	size_t n_rows, cap_rows;
	struct outcome *list;
	size_t n, cap;
	/* of the try at hand */
	uint64_t hash; /* of its differences, in whatever order they came */
	struct buf text;
	bool differs;
	int err;
};

int
outcomes_new(struct outcomes **out)
{
	*out = calloc(1, sizeof(**out));
	return *out != NULL ? 0 : ERR_NOMEM;
}

void
outcomes_free(struct outcomes *o)
{
	if (o == NULL)
		return;
	for (size_t i = 0; i < o->n_rows; i++) {
		for (size_t k = 0; k < o->rows[i].n; k++)
			free(o->rows[i].values[k].text);
		free(o->rows[i].values);
		free(o->rows[i].where);
		free(o->rows[i].recorded);
	}
	for (size_t i = 0; i < o->n; i++)
		free(o->list[i].text);
	free(o->rows);
	free(o->list);
	buf_free(&o->text);
	free(o);
}

/* Names come from servers: control characters, which a terminal obeys, become dots. */
static void
put_safe(struct buf *b, const char *text)
{
	for (; *text != '\0'; text++)
		buf_add(b, (unsigned char)*text < 0x20 || *text == 0x7f ? "." : text, 1);
}

/* "#27 (frame 12) connection 1: CREATE response" */
static void
put_where(struct buf *b, const struct judge_divergence *d)
{
	if (d->path != NULL)
		buf_printf(b, "%s:%" PRIu32 "%s%s", d->path, d->line, d->label != NULL ? " @" : "",
			   d->label != NULL ? d->label : "");
	else if (d->event != UINT64_MAX)
		buf_printf(b, "#%" PRIu64 " (frame %" PRIu64 ")", d->event, d->frame);
	else
		buf_printf(b, "live");
	buf_printf(b, " connection %" PRIu32 ": %s", d->conn, d->message);
	if (d->pdu > 0)
		buf_printf(b, " %u", d->pdu);
}

/* Values that a server chooses differ in each try: only of statuses they are said. */
static void
put_difference(struct buf *b, const struct judge_divergence *d)
{
	put_where(b, d);
	buf_printf(b, ": %s", judge_kind_names[d->kind]);
	if (d->kind == JUDGE_STATUS || d->kind == JUDGE_MISSING) {
		buf_printf(b, ": expected ");
		put_safe(b, d->expected);
		buf_printf(b, ", got ");
		put_safe(b, d->kind == JUDGE_MISSING ? "no answer" : d->got);
	} else if (d->field[0] != '\0') {
		buf_printf(b, ": %s", d->field);
	}
}

static char *
text_of(struct buf *b)
{
	buf_zero(b, 1);
	return b->err == 0 ? strdup((char *)b->p) : NULL;
}

static struct row *
new_row(struct outcomes *o, const struct judge_divergence *d)
{
	struct buf b = {0};
	struct row r = {.event = d->event, .frame = d->frame, .conn = d->conn, .pdu = d->pdu};

	put_where(&b, d);
	r.where = text_of(&b);
	buf_reset(&b);
	put_safe(&b, d->expected);
	r.recorded = text_of(&b);
	buf_free(&b);
	if (r.where == NULL || r.recorded == NULL ||
	    list_room(&o->rows, o->n_rows, &o->cap_rows, sizeof(*o->rows)) != 0) {
		free(r.where);
		free(r.recorded);
		o->err = ERR_NOMEM;
		return NULL;
	}
	o->rows[o->n_rows] = r;
	return &o->rows[o->n_rows++];
}

/* The row of that answer; NULL: there are too many, or memory is out. */
static struct row *
row_of(struct outcomes *o, const struct judge_divergence *d)
{
	for (size_t i = 0; i < o->n_rows; i++)
		if (o->rows[i].event == d->event && o->rows[i].pdu == d->pdu)
			return &o->rows[i];
	return o->n_rows < OUTCOMES_ROWS ? new_row(o, d) : NULL;
}

static void
count_status(struct outcomes *o, const struct judge_divergence *d)
{
	const char *got = d->kind == JUDGE_MISSING ? "no answer" : d->got;
	struct row *r = d->event != UINT64_MAX ? row_of(o, d) : NULL;

	for (size_t i = 0; r != NULL && i < r->n; i++)
		if (strcmp(r->values[i].text, got) == 0) {
			r->values[i].tries++;
			return;
		}
	if (r == NULL)
		return;
	if (list_room(&r->values, r->n, &r->cap, sizeof(*r->values)) != 0) {
		o->err = ERR_NOMEM;
		return;
	}
	r->values[r->n] = (struct value){strdup(got), 1};
	if (r->values[r->n].text == NULL)
		o->err = ERR_NOMEM;
	else
		r->n++;
}

/* FNV-1a. Of two outcomes that meet, one is counted as the other. */
static uint64_t
hash_of(struct slice s)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (size_t i = 0; i < s.n; i++)
		h = (h ^ s.p[i]) * 0x100000001b3u;
	return h;
}

static void
on_divergence(void *ctx, const struct judge_divergence *d)
{
	struct outcomes *o = ctx;
	struct buf line = {0};

	if (d->kind == JUDGE_NEGOTIATED)
		return;
	o->differs = true;
	if (d->kind == JUDGE_STATUS || d->kind == JUDGE_MISSING)
		count_status(o, d);
	put_difference(&line, d);
	buf_add(&line, "\n", 1);
	o->hash += hash_of(buf_slice(&line));
	if (line.n <= OUTCOMES_TEXT - (o->text.n < OUTCOMES_TEXT ? o->text.n : OUTCOMES_TEXT))
		buf_add(&o->text, line.p, line.n);
	if (line.err != 0 || o->text.err != 0)
		o->err = ERR_NOMEM;
	buf_free(&line);
}

struct judge_sink
outcomes_sink(struct outcomes *o)
{
	return (struct judge_sink){.ctx = o, .divergence = on_divergence};
}

void
outcomes_begin(struct outcomes *o)
{
	o->hash = 0;
	o->differs = false;
	buf_reset(&o->text);
}

/* The outcome of the try at hand; as recorded: hash 0. NULL: too many, or memory is out. */
static struct outcome *
outcome_of(struct outcomes *o)
{
	for (size_t i = 0; i < o->n; i++)
		if (o->list[i].hash == o->hash)
			return &o->list[i];
	if (o->n == OUTCOMES_MAX)
		return NULL;
	if (list_room(&o->list, o->n, &o->cap, sizeof(*o->list)) != 0) {
		o->err = ERR_NOMEM;
		return NULL;
	}
	o->list[o->n] =
		(struct outcome){.hash = o->hash, .first = o->tries, .text = text_of(&o->text)};
	if (o->list[o->n].text == NULL)
		o->err = ERR_NOMEM;
	return o->err == 0 ? &o->list[o->n++] : NULL;
}

int
outcomes_end(struct outcomes *o, const bool *hit)
{
	bool hits = hit != NULL ? *hit : o->differs;
	struct outcome *is;

	o->tries++;
	o->hits += hits;
	o->differed += o->differs;
	if (hits && o->first_hit == 0)
		o->first_hit = o->tries;
	is = outcome_of(o);
	if (is != NULL)
		is->tries++;
	else
		o->others++;
	return o->err;
}

uint64_t
outcomes_tries(const struct outcomes *o)
{
	return o->tries;
}

uint64_t
outcomes_hits(const struct outcomes *o)
{
	return o->hits;
}

uint64_t
outcomes_first_hit(const struct outcomes *o)
{
	return o->first_hit;
}

const char *
outcomes_rate(uint64_t n, uint64_t of, char text[OUTCOMES_RATE])
{
	double low, high;

	rate_interval(n, of, &low, &high);
	(void)snprintf(text, OUTCOMES_RATE, "%.1f %% (95 %% confidence: %.1f to %.1f %%)",
		       of > 0 ? 100.0 * (double)n / (double)of : 0, 100 * low, 100 * high);
	return text;
}

/* In how many tries the answer was as recorded. */
static uint64_t
as_recorded(const struct outcomes *o, const struct row *r)
{
	uint64_t other = 0;

	for (size_t i = 0; i < r->n; i++)
		other += r->values[i].tries;
	return o->tries > other ? o->tries - other : 0;
}

static bool
varied(const struct outcomes *o, const struct row *r)
{
	return r->n > 1 || as_recorded(o, r) > 0;
}

static int
by_place(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if (x->event != y->event)
		return x->event < y->event ? -1 : 1;
	return x->pdu < y->pdu ? -1 : x->pdu > y->pdu;
}

static int
by_tries(const void *a, const void *b)
{
	const struct outcome *x = a, *y = b;

	if (x->tries != y->tries)
		return x->tries > y->tries ? -1 : 1;
	return x->first < y->first ? -1 : x->first > y->first;
}

static void
sort(struct outcomes *o)
{
	if (o->n_rows > 1)
		qsort(o->rows, o->n_rows, sizeof(*o->rows), by_place);
	if (o->n > 1)
		qsort(o->list, o->n, sizeof(*o->list), by_tries);
}

static void
print_count(const struct outcomes *o, uint64_t n)
{
	double low, high;

	rate_interval(n, o->tries, &low, &high);
	(void)printf("  %8" PRIu64 " %6.1f %%  %5.1f to %5.1f %%  ", n,
		     100.0 * (double)n / (double)o->tries, 100 * low, 100 * high);
}

static void
print_row(const struct outcomes *o, const struct row *r)
{
	uint64_t n = as_recorded(o, r);

	(void)printf("%s\n", r->where);
	if (n > 0) {
		print_count(o, n);
		(void)printf("%s (recorded)\n", r->recorded);
	}
	for (size_t i = 0; i < r->n; i++) {
		print_count(o, r->values[i].tries);
		(void)printf("%s\n", r->values[i].text);
	}
}

static void
print_outcome(const struct outcomes *o, const struct outcome *is)
{
	print_count(o, is->tries);
	if (is->text[0] == '\0') {
		(void)printf("as recorded\n");
		return;
	}
	(void)printf("first in try %" PRIu64 ":\n", is->first);
	for (const char *s = is->text; *s != '\0'; s += strcspn(s, "\n") + 1)
		(void)printf("\t%.*s\n", (int)strcspn(s, "\n"), s);
}

void
outcomes_print(struct outcomes *o)
{
	bool any = false;

	sort(o);
	for (size_t i = 0; i < o->n_rows; i++) {
		if (!varied(o, &o->rows[i]))
			continue;
		if (!any)
			(void)printf("\nanswers that varied, tries, share and its 95 %% confidence "
				     "interval\n");
		any = true;
		print_row(o, &o->rows[i]);
	}
	if (o->differed == 0)
		return;
	(void)printf("\noutcomes\n");
	for (size_t i = 0; i < o->n; i++)
		print_outcome(o, &o->list[i]);
	if (o->others > 0) {
		print_count(o, o->others);
		(void)printf("others\n");
	}
}

void
outcomes_json_rate(struct json_out *out, const char *name, uint64_t n, uint64_t of)
{
	double low, high;

	rate_interval(n, of, &low, &high);
	json_out_key_uint(out, name, n);
	json_out_key(out, "rate");
	json_out_raw(out, "%.6f", of > 0 ? (double)n / (double)of : 0);
	json_out_key(out, "low");
	json_out_raw(out, "%.6f", low);
	json_out_key(out, "high");
	json_out_raw(out, "%.6f", high);
}

static void
json_value(const struct outcomes *o, struct json_out *out, const char *status, uint64_t n)
{
	json_out_open(out, '{');
	json_out_key_text(out, "status", status);
	outcomes_json_rate(out, "tries", n, o->tries);
	json_out_close(out, '}');
}

static void
json_row(const struct outcomes *o, struct json_out *out, const struct row *r)
{
	json_out_line(out, 2);
	json_out_open(out, '{');
	json_out_key_uint(out, "event", r->event);
	json_out_key_uint(out, "frame", r->frame);
	json_out_key_uint(out, "connection", r->conn);
	json_out_key_uint(out, "pdu", r->pdu);
	json_out_key_text(out, "message", r->where);
	json_out_key_text(out, "recorded", r->recorded);
	json_out_key_open(out, "statuses", '[');
	if (as_recorded(o, r) > 0)
		json_value(o, out, r->recorded, as_recorded(o, r));
	for (size_t i = 0; i < r->n; i++)
		json_value(o, out, r->values[i].text, r->values[i].tries);
	json_out_close(out, ']');
	json_out_close(out, '}');
}

static void
json_outcome(const struct outcomes *o, struct json_out *out, const struct outcome *is)
{
	json_out_line(out, 2);
	json_out_open(out, '{');
	outcomes_json_rate(out, "tries", is->tries, o->tries);
	json_out_key_uint(out, "first", is->first);
	json_out_key_open(out, "differences", '[');
	for (const char *s = is->text; *s != '\0'; s += strcspn(s, "\n") + 1)
		json_out_text_n(out, s, strcspn(s, "\n"));
	json_out_close(out, ']');
	json_out_close(out, '}');
}

void
outcomes_json(struct outcomes *o, struct json_out *out)
{
	sort(o);
	json_out_line(out, 1);
	json_out_key_open(out, "answers", '[');
	for (size_t i = 0; i < o->n_rows; i++)
		if (varied(o, &o->rows[i]))
			json_row(o, out, &o->rows[i]);
	json_out_close(out, ']');
	json_out_line(out, 1);
	json_out_key_open(out, "outcomes", '[');
	for (size_t i = 0; i < o->n; i++)
		json_outcome(o, out, &o->list[i]);
	json_out_close(out, ']');
	json_out_key_uint(out, "others", o->others);
}
