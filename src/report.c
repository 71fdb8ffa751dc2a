/* What replay and compare print. */
#include "config.h"

#include "report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "ir/json_out.h"
#include "report_lateness.h"
#include "report_latency.h"

#define FLUSH_JSON                                                                                 \
	((size_t)64 << 10) /* bytes kept back: a server may cause any number of divergences */

struct report {
	bool json, colour;
	struct json_out out;
	struct json_out negotiated; /* kept for the end; the judge says each of them once */
};

int
report_new(bool json, struct report **out)
{
	struct report *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return ERR_NOMEM;
	r->json = json;
	r->colour = !json && isatty(STDOUT_FILENO);
	if (json) {
		json_out_open(&r->out, '{');
		json_out_line(&r->out, 1);
		json_out_key_open(&r->out, "divergences", '[');
		json_out_open(&r->negotiated, '[');
	}
	*out = r;
	return 0;
}

void
report_free(struct report *r)
{
	if (r == NULL)
		return;
	buf_free(&r->out.b);
	buf_free(&r->negotiated.b);
	free(r);
}

/* Names come from servers: control characters, which a terminal obeys, become dots. */
static void
print_safe(const char *text)
{
	for (; *text != '\0'; text++)
		(void)putchar((unsigned char)*text < 0x20 || *text == 0x7f ? '.' : *text);
}

/* What the servers are comes before what they do, and is no divergence of theirs. */
static void
print_negotiated(const struct report *r, const struct judge_divergence *d)
{
	(void)printf("%snegotiated otherwise%s: %s %s: expected ", r->colour ? "\033[1;33m" : "",
		     r->colour ? "\033[0m" : "", d->message, d->field);
	print_safe(d->expected);
	(void)printf(", got ");
	print_safe(d->got);
	(void)printf(" (#%" PRIu64 ", frame %" PRIu64 ", connection %" PRIu32 ")\n", d->event,
		     d->frame, d->conn);
}

static void
print_text(const struct report *r, const struct judge_divergence *d)
{
	if (d->path != NULL)
		(void)printf("%s:%" PRIu32, d->path, d->line);
	else if (d->event != UINT64_MAX)
		(void)printf("#%" PRIu64, d->event);
	else
		(void)printf("live");
	if (d->label != NULL)
		(void)printf(" @%s", d->label);
	if (d->frame != 0)
		(void)printf(" (frame %" PRIu64 ")", d->frame);
	(void)printf(" connection %" PRIu32 ": %s%s%s", d->conn, r->colour ? "\033[1;31m" : "",
		     judge_kind_names[d->kind], r->colour ? "\033[0m" : "");
	(void)printf(": %s%s%s: expected ", d->message, d->field[0] != '\0' ? " " : "", d->field);
	print_safe(d->expected);
	(void)printf(", got ");
	print_safe(d->got);
	(void)putchar('\n');
}

/* Hand on what has gathered; a lack of memory stays known. */
static void
flush_json(struct json_out *o)
{
	if (o->b.n > 0)
		(void)fwrite(o->b.p, 1, o->b.n, stdout);
	o->b.n = 0;
}

static void
add_json(struct json_out *o, const struct judge_divergence *d)
{
	json_out_line(o, 2);
	json_out_open(o, '{');
	json_out_key_text(o, "kind", judge_kind_names[d->kind]);
	if (d->event != UINT64_MAX)
		json_out_key_uint(o, "event", d->event);
	if (d->path != NULL) {
		json_out_key_text(o, "file", d->path);
		json_out_key_uint(o, "line", d->line);
	}
	if (d->label != NULL)
		json_out_key_text(o, "label", d->label);
	if (d->frame != 0) {
		json_out_key_uint(o, "frame", d->frame);
	}
	json_out_key_uint(o, "connection", d->conn);
	json_out_key_text(o, "message", d->message);
	json_out_key_uint(o, "pdu", d->pdu);
	if (d->field[0] != '\0')
		json_out_key_text(o, "field", d->field);
	json_out_key_text(o, "expected", d->expected);
	json_out_key_text(o, "got", d->got);
	json_out_close(o, '}');
}

static void
on_divergence(void *ctx, const struct judge_divergence *d)
{
	struct report *r = ctx;

	if (!r->json && d->kind == JUDGE_NEGOTIATED)
		print_negotiated(r, d);
	else if (!r->json)
		print_text(r, d);
	else
		add_json(d->kind == JUDGE_NEGOTIATED ? &r->negotiated : &r->out, d);
	if (r->out.b.n >= FLUSH_JSON)
		flush_json(&r->out);
}

struct judge_sink
report_sink(struct report *r)
{
	return (struct judge_sink){.ctx = r, .divergence = on_divergence};
}

static uint64_t
sum_divergences(const struct judge_totals *t)
{
	uint64_t sum = 0;

	for (size_t k = 0; k < JUDGE_N_KINDS; k++)
		sum += t->divergences[k];
	return sum;
}

bool
report_differs(const struct judge_totals *t)
{
	return sum_divergences(t) > 0;
}

/* Connections of which each gets a line. */
#define MAX_CONNS_SAID 20

/* Servers grant a credit more or less in an answer, as it happens: that is worth a word where it
 * had a consequence. */
static bool
credits_mattered(const struct engine_credits *c)
{
	return c->held > 0 || c->uncovered > 0;
}

static void
text_credits(size_t conn, const struct engine_credits *c)
{
	(void)printf("connection %zu: fewer credits than recorded", conn);
	if (c->less)
		(void)printf(", first in the answer #%" PRIu64, c->event);
	if (c->less && c->frame != 0)
		(void)printf(" (frame %" PRIu64 ")", c->frame);
	if (c->less)
		(void)printf(": %" PRIu32 ", recorded %" PRIu32 "; in all up to there %" PRIu64
			     ", recorded %" PRIu64,
			     c->granted, c->recorded, c->sum, c->recorded_sum);
	if (c->held > 0)
		(void)printf("; %" PRIu64 " request%s waited for credits, %.3f s in all", c->held,
			     c->held == 1 ? "" : "s", (double)c->held_ns / 1e9);
	if (c->uncovered > 0)
		(void)printf("; %" PRIu64 " went out without", c->uncovered);
	(void)printf("\n");
}

static void
end_text_credits(const struct report_run *run)
{
	size_t less = 0;

	for (size_t i = 0; i < run->n_conns; i++)
		if (credits_mattered(&run->credits[i]) && less++ < MAX_CONNS_SAID)
			text_credits(i, &run->credits[i]);
	if (less > MAX_CONNS_SAID)
		(void)printf("and on %zu more connections\n", less - MAX_CONNS_SAID);
}

static void
end_text(const struct judge_totals *t, const struct report_run *run)
{
	uint64_t sum = sum_divergences(t);

	if (run->target[0] != '\0')
		(void)printf("%s: %" PRIu64 " messages sent%s in %.3f s\n", run->target, run->sent,
			     run->not_sent > 0 ? " (not all)" : "", (double)run->duration_ns / 1e9);
	if (run->not_sent > 0)
		(void)printf("%" PRIu64 " messages could not be sent\n", run->not_sent);
	if (run->mute > 0)
		(void)printf("%zu connection%s without SMB2 %s not played\n", run->mute,
			     run->mute == 1 ? "" : "s", run->mute == 1 ? "is" : "are");
	if (run->own > 0)
		(void)printf("%" PRIu64 " messages sent that were not recorded\n", run->own);
	if (run->drops > 0)
		(void)printf("reconnected %" PRIu64 " of %" PRIu64 " times, %" PRIu64 " of %" PRIu64
			     " opens reclaimed\n",
			     run->reconnects, run->drops, run->opens_reclaimed, run->opens);
	if (run->held > 0)
		(void)printf("%" PRIu64 " acknowledgments held back: their breaks did not come\n",
			     run->held);
	end_text_credits(run);
	report_lateness_text(&run->lateness);
	if (run->split_segments > 0)
		(void)printf("%" PRIu64 " recorded segments could not go out in one write\n",
			     run->split_segments);
	(void)printf("%" PRIu64 " of %" PRIu64 " recorded answers came, %" PRIu64
		     " without a difference",
		     t->met, t->expected, t->equal);
	if (t->reordered > 0)
		(void)printf("; %" PRIu64 " in another order", t->reordered);
	(void)printf("\n%" PRIu64 " divergence%s", sum, sum == 1 ? "" : "s");
	for (size_t k = 0; k < JUDGE_N_KINDS; k++)
		if (t->divergences[k] > 0)
			(void)printf(", %s %" PRIu64, judge_kind_names[k], t->divergences[k]);
	(void)printf("\n");
}

static void
json_credits(struct json_out *o, size_t conn, const struct engine_credits *c)
{
	json_out_open(o, '{');
	json_out_key_uint(o, "connection", conn);
	if (c->less) {
		json_out_key_uint(o, "event", c->event);
		json_out_key_uint(o, "frame", c->frame);
		json_out_key_uint(o, "granted", c->granted);
		json_out_key_uint(o, "recorded", c->recorded);
		json_out_key_uint(o, "granted_so_far", c->sum);
		json_out_key_uint(o, "recorded_so_far", c->recorded_sum);
	}
	json_out_key_uint(o, "held", c->held);
	json_out_key_uint(o, "held_ns", c->held_ns);
	json_out_key_uint(o, "uncovered", c->uncovered);
	json_out_close(o, '}');
}

/* Connections on which the server granted less than recorded. */
static void
end_json_credits(struct json_out *o, const struct report_run *run)
{
	json_out_key_open(o, "fewer_credits", '[');
	for (size_t i = 0; i < run->n_conns; i++)
		if (credits_mattered(&run->credits[i]))
			json_credits(o, i, &run->credits[i]);
	json_out_close(o, ']');
}

static void
add_negotiated(struct report *r)
{
	struct json_out *n = &r->negotiated;

	n->comma = false;
	json_out_line(n, 1);
	json_out_close(n, ']');
	json_out_line(&r->out, 1);
	json_out_key(&r->out, "negotiated");
	buf_add(&r->out.b, n->b.p, n->b.n);
	r->out.comma = true;
	if (n->b.err != 0)
		r->out.b.err = n->b.err;
}

static void
end_json(struct report *r, const struct judge_totals *t, const struct report_run *run)
{
	struct json_out *o = &r->out;

	o->comma = false;
	json_out_line(o, 1);
	json_out_close(o, ']');
	if (t->divergences[JUDGE_NEGOTIATED] > 0)
		add_negotiated(r);
	json_out_line(o, 1);
	json_out_key_open(o, "totals", '{');
	if (run->target[0] != '\0') {
		json_out_key_text(o, "target", run->target);
		json_out_key_uint(o, "sent", run->sent);
		json_out_key_uint(o, "not_sent", run->not_sent);
		json_out_key_uint(o, "not_recorded", run->own);
		json_out_key_uint(o, "held_back", run->held);
		json_out_key_uint(o, "reconnects", run->reconnects);
		json_out_key_uint(o, "opens_reclaimed", run->opens_reclaimed);
		json_out_key_uint(o, "split_segments", run->split_segments);
		json_out_key_uint(o, "duration_ns", run->duration_ns);
		end_json_credits(o, run);
		report_skew_json(&run->skews, o);
	}
	if (run->mute > 0)
		json_out_key_uint(o, "without_smb2", run->mute);
	report_lateness_json(o, &run->lateness);
	json_out_key_uint(o, "expected", t->expected);
	json_out_key_uint(o, "met", t->met);
	json_out_key_uint(o, "equal", t->equal);
	json_out_key_uint(o, "given_up", t->given_up);
	json_out_key_uint(o, "reordered", t->reordered);
	json_out_key_uint(o, "divergences", sum_divergences(t));
	json_out_key_open(o, "by_kind", '{');
	for (size_t k = 0; k < JUDGE_N_KINDS; k++)
		if (t->divergences[k] > 0)
			json_out_key_uint(o, judge_kind_names[k], t->divergences[k]);
	json_out_close(o, '}');
	json_out_close(o, '}');
	report_latency_json(run, t, o);
	json_out_last_line(o, 0);
	json_out_close(o, '}');
}

int
report_end(struct report *r, const struct judge_totals *totals, const struct report_run *run)
{
	if (!r->json) {
		int err = report_latency_text(run, totals, r->colour);

		if (err == 0)
			err = report_skew_text(&run->skews);
		end_text(totals, run);
		return err;
	}
	end_json(r, totals, run);
	buf_add(&r->out.b, "\n", 1);
	flush_json(&r->out);
	return r->out.b.err;
}
