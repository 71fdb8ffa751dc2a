/* What `race` prints: pairs, gaps, rates. */
#include "config.h"

#include "race_report.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/utf16.h"
#include "ir/json_out.h"

#define BAR 40 /* columns of a rate of 1 */
#define BUSY_TEXT 24

/* "CREATE D\v" of an event. */
static void
put_event(const struct race_report *r, uint32_t event)
{
	const struct ir_event *ev = &r->ir->events[event];
	struct buf scratch = {0}, name = {0};
	struct smb2_chain chain = smb2_chain_init(ir_bytes(r->ir, ev, &scratch));
	struct slice bytes;
	struct smb2_pdu pdu;

	(void)printf("  #%" PRIu32, event);
	if (ev->label != NULL)
		(void)printf(" @%s", ev->label);
	(void)printf(" (connection %" PRIu32 ")", ev->conn);
	if (ev->kind != IR_SEND)
		(void)printf(" %s", ir_kind_names[ev->kind]);
	while (ev->kind == IR_SEND && smb2_chain_next(&chain, &bytes) &&
	       smb2_pdu_decode(bytes, &pdu) == 0) {
		(void)printf(" %s", smb2_command_name(pdu.h.command));
		if (pdu.body_def != &smb2_defs[SMB2_DEF_smb2_create_req])
			continue;
		buf_reset(&name);
		utf16_to_utf8(pdu.body.smb2_create_req.name, &name);
		if (name.err == 0 && name.n > 0)
			(void)printf(" %.*s", (int)name.n, (const char *)name.p);
	}
	(void)printf("\n");
	buf_free(&scratch);
	buf_free(&name);
}

static void
put_rate(const struct race_rate *rate)
{
	double low, high;

	race_wilson(rate, &low, &high);
	(void)printf("%" PRIu64 " of %" PRIu64 " tries, %.1f %% (%.1f to %.1f %%)", rate->hits,
		     rate->tries,
		     rate->tries > 0 ? 100.0 * (double)rate->hits / (double)rate->tries : 0,
		     100 * low, 100 * high);
}

static void
put_curve(const struct race_finding *f)
{
	static const char bar[] = "########################################";

	(void)printf("          gap us   hits tries\n");
	for (size_t i = 0; i < f->n_points; i++) {
		const struct race_point *p = &f->points[i];
		size_t n = p->rate.tries > 0 ? (size_t)(p->rate.hits * BAR / p->rate.tries) : 0;

		(void)printf("    %+12.1f %6" PRIu64 " %5" PRIu64 "  %-*.*s  %s\n",
			     (double)p->ns / 1e3, p->rate.hits, p->rate.tries, BAR, (int)n, bar,
			     p->outcome);
	}
}

/* The option that belongs to it; nothing where no processor is kept busy. */
static void
put_busy(uint32_t n, char out[BUSY_TEXT])
{
	out[0] = '\0';
	if (n > 0)
		(void)snprintf(out, BUSY_TEXT, " --busy %" PRIu32, n);
}

static void
put_hit(const struct race_finding *f)
{
	char first[SCHEDULE_TEXT], best[SCHEDULE_TEXT], busy[BUSY_TEXT];

	put_busy(f->busy, busy);
	schedule_put(&f->first, first);
	schedule_put(&f->best, best);
	(void)printf("  hit (%s): %s\n", race_reason_names[f->reason], f->why);
	(void)printf("  in all ");
	put_rate(&f->rate);
	(void)printf("; first with --schedule %s%s\n", first, busy);
	if (f->best_rate.tries > 0) {
		(void)printf("  with --schedule %s%s ", best, busy);
		put_rate(&f->best_rate);
		(void)printf("\n");
	}
	if (f->until[0] != '\0')
		(void)printf("  --until '%s'\n", f->until);
}

static const char *
conflict_of(const struct race_finding *f)
{
	return f->kind < CONFLICT_N_KINDS ? conflict_kind_names[f->kind] : "as asked for";
}

/* What is tried, and how. */
static void
put_kind(const char *what, const struct race_finding *f)
{
	(void)printf("%s: %s", what, conflict_of(f));
	if (f->busy > 0)
		(void)printf("; %" PRIu32 " processor%s kept busy", f->busy,
			     f->busy > 1 ? "s" : "");
	(void)printf("\n");
}

static void
put_group(const struct race_report *r, const struct race_finding *f)
{
	put_kind("group", f);
	for (uint32_t i = 0; i < f->n_group; i++)
		put_event(r, f->group[i]);
	if (f->recorded[0] != '\0')
		(void)printf("  as recorded         %s\n  %" PRIu32
			     " orders, one request behind the answer to another: %" PRIu32
			     " outcomes\n",
			     f->recorded, f->orders, f->order_outcomes);
}

static void
put_pair(const struct race_report *r, const struct race_finding *f)
{
	put_kind("pair", f);
	put_event(r, f->a);
	put_event(r, f->b);
	if (f->recorded[0] != '\0')
		(void)printf("  as recorded         %s\n  the other way round %s\n", f->recorded,
			     f->swapped);
}

/* Messages that were cut, and of the points where those that hit. */
static void
put_cuts(const struct race_report *r, const struct race_finding *f)
{
	size_t hits = 0;

	if (f->a != f->b) {
		put_kind("cut, the rest of the first behind the second", f);
		put_event(r, f->best.a);
		put_event(r, f->best.b);
	} else {
		(void)printf("cut, one message at a time\n");
	}
	for (size_t i = 0; i < f->n_points; i++)
		hits += f->points[i].rate.hits > 0;
	(void)printf("  %zu cuts and times, %zu with hits\n", f->n_points, hits);
	for (size_t i = 0; i < f->n_points; i++) {
		const struct race_point *p = &f->points[i];

		if (p->rate.hits > 0)
			(void)printf("    #%-6" PRIu32 " byte %-6" PRIu32 " %+10.1f us %4" PRIu64
				     " of %3" PRIu64 "  %s\n",
				     p->event, p->off, (double)p->ns / 1e3, p->rate.hits,
				     p->rate.tries, p->outcome);
	}
}

static void
put_finding(const struct race_report *r, const struct race_finding *f)
{
	if (f->cut) {
		put_cuts(r, f);
	} else if (f->a == f->b) {
		(void)printf("random orders: %" PRIu64 " tries, each meets what needs %" PRIu32
			     " of %" PRIu32 " events in one order (of %" PRIu32
			     " connections) with a probability of at least %.2g\n",
			     f->rate.tries, r->result->depth, r->result->pct_k, r->result->pct_n,
			     r->result->bound);
	} else if (f->n_group > 0) {
		put_group(r, f);
	} else {
		put_pair(r, f);
	}
	if (!f->played) {
		(void)printf("  something else orders them\n");
		return;
	}
	if (f->reason != RACE_NONE)
		put_hit(f);
	else
		(void)printf("  no hit in %" PRIu64 " tries\n", f->rate.tries);
	if (f->n_points > 0 && !f->cut)
		put_curve(f);
}

/* When the messages of a hit go out. */
static void
put_times(const struct minimise_result *m)
{
	static const char *const places[SCHEDULE_MAX_GROUP] = {"first", "second", "third",
							       "fourth"};

	if (m->barrier)
		(void)printf("%s at a barrier", m->n_members > 2 ? "all" : "both");
	else if (m->kind == SCHEDULE_ORDER)
		(void)printf("one behind the answer to the other");
	else if (m->kind == SCHEDULE_PCT)
		(void)printf("in another order");
	else if (m->kind == SCHEDULE_CUT)
		(void)printf("the first cut at byte %" PRIu32 ", its rest %.1f us behind %s",
			     m->off, (double)m->at[1] / 1e3, m->alone ? "that" : "the second");
	else
		for (uint32_t i = 1; i < m->n_members; i++)
			(void)printf("%sthe %s %+.1f us from the first", i > 1 ? ", " : "",
				     places[i], (double)m->at[i] / 1e3);
}

static void
put_small(const struct race_report *r)
{
	const struct minimise_result *m = r->small;
	char busy[BUSY_TEXT];

	put_busy(r->hit->busy, busy);
	(void)printf("%s: %" PRIu64 " messages on %" PRIu64 " connections, ", r->out, m->messages,
		     m->connections);
	put_times(m);
	(void)printf(": ");
	put_rate(&m->rate);
	(void)printf("; in order 0 of %" PRIu64 "\n", m->in_order.tries);
	if (m->needs[0] != '\0')
		(void)printf("  needs: %s\n", m->needs);
	if (busy[0] != '\0' || m->until[0] != '\0')
		(void)printf(" %s", busy);
	if (m->until[0] != '\0')
		(void)printf(" --until '%s'", m->until);
	if (busy[0] != '\0' || m->until[0] != '\0')
		(void)printf("\n");
}

/* The pair of the finding before, with processors kept busy. */
static bool
is_again(const struct race_finding *f)
{
	return f->a == f[-1].a && f->b == f[-1].b && f->busy > f[-1].busy;
}

/* Pairs and groups; random orders and cuts are none. */
static size_t
tried(const struct race_result *x)
{
	size_t n = 0;

	for (size_t i = 0; i < x->n_findings; i++)
		n += x->findings[i].a != x->findings[i].b && !x->findings[i].cut &&
		     !(i > 0 && is_again(&x->findings[i]));
	return n;
}

void
race_report_text(const struct race_report *r)
{
	const struct race_result *x = r->result;
	double s = (double)x->duration / 1e9;

	for (size_t i = 0; i < x->n_findings; i++) {
		if (r->repeated)
			continue;
		put_finding(r, &x->findings[i]);
	}
	if (r->repeated && x->n_findings > 0 && x->findings[0].reason != RACE_NONE)
		(void)printf("first hit (%s): %s\n", race_reason_names[x->findings[0].reason],
			     x->findings[0].why);
	if (!r->repeated)
		(void)printf("%zu pairs and %zu groups that only chance orders, %zu tried; ",
			     x->pairs, x->groups, tried(x));
	(void)printf("hits ");
	put_rate(&x->rate);
	(void)printf(", in %.1f s, %.1f a second\n", s, s > 0 ? (double)x->rate.tries / s : 0);
	if (r->small != NULL)
		put_small(r);
}

static void
json_rate(struct json_out *o, const char *key, const struct race_rate *rate)
{
	double low, high;

	race_wilson(rate, &low, &high);
	json_out_key_open(o, key, '{');
	json_out_key_uint(o, "tries", rate->tries);
	json_out_key_uint(o, "hits", rate->hits);
	json_out_key(o, "low");
	json_out_raw(o, "%.6f", low);
	json_out_key(o, "high");
	json_out_raw(o, "%.6f", high);
	json_out_close(o, '}');
}

static void
json_points(struct json_out *o, const struct race_finding *f)
{
	json_out_key_open(o, f->cut ? "cuts" : "gaps", '[');
	for (size_t i = 0; i < f->n_points; i++) {
		json_out_open(o, '{');
		if (f->cut) {
			json_out_key_uint(o, "event", f->points[i].event);
			json_out_key_uint(o, "offset", f->points[i].off);
		}
		json_out_key(o, "ns");
		json_out_raw(o, "%" PRId64, f->points[i].ns);
		json_rate(o, "rate", &f->points[i].rate);
		json_out_key_text(o, "outcome", f->points[i].outcome);
		json_out_close(o, '}');
	}
	json_out_close(o, ']');
}

static void
json_finding(struct json_out *o, const struct race_finding *f)
{
	char text[SCHEDULE_TEXT];

	json_out_line(o, 2);
	json_out_open(o, '{');
	if (f->a != f->b) {
		json_out_key_open(o, "events", '[');
		for (uint32_t i = 0; i < f->n_group; i++)
			json_out_uint(o, f->group[i]);
		if (f->n_group == 0) {
			json_out_uint(o, f->a);
			json_out_uint(o, f->b);
		}
		json_out_close(o, ']');
		json_out_key_text(o, "conflict", conflict_of(f));
		json_out_key_text(o, "recorded", f->recorded);
		if (f->n_group == 0)
			json_out_key_text(o, "swapped", f->swapped);
		else
			json_out_key_uint(o, "orders", f->orders);
		if (f->n_group > 0)
			json_out_key_uint(o, "order_outcomes", f->order_outcomes);
	}
	json_out_key_bool(o, "played", f->played);
	json_out_key_bool(o, "cut", f->cut);
	json_out_key_uint(o, "busy", f->busy);
	json_rate(o, "rate", &f->rate);
	json_out_key_text(o, "reason", race_reason_names[f->reason]);
	if (f->reason != RACE_NONE) {
		json_out_key_text(o, "why", f->why);
		json_out_key_text(o, "until", f->until);
		schedule_put(&f->first, text);
		json_out_key_text(o, "first", text);
		schedule_put(&f->best, text);
		json_out_key_text(o, "best", text);
		json_rate(o, "best_rate", &f->best_rate);
	}
	json_points(o, f);
	json_out_close(o, '}');
}

static void
json_small(struct json_out *o, const struct race_report *r)
{
	const struct minimise_result *m = r->small;

	json_out_line(o, 1);
	json_out_key_open(o, "minimised", '{');
	json_out_key_text(o, "workload", r->out);
	json_out_key_uint(o, "messages", m->messages);
	json_out_key_uint(o, "connections", m->connections);
	json_out_key_uint(o, "busy", r->hit->busy);
	json_out_key_bool(o, "barrier", m->barrier);
	json_out_key(o, "ns");
	json_out_raw(o, "%" PRId64, m->barrier ? 0 : m->at[1]);
	json_out_key_open(o, "times_ns", '[');
	for (uint32_t i = 1; i < m->n_members; i++)
		json_out_raw(o, "%" PRId64, m->barrier ? 0 : m->at[i]);
	json_out_close(o, ']');
	json_out_key_text(o, "needs", m->needs);
	if (m->kind == SCHEDULE_CUT)
		json_out_key_uint(o, "offset", m->off);
	json_rate(o, "rate", &m->rate);
	json_rate(o, "in_order", &m->in_order);
	json_out_key_text(o, "until", m->until);
	json_out_close(o, '}');
}

int
race_report_json(const struct race_report *r)
{
	const struct race_result *x = r->result;
	struct json_out o = {0};
	int err;

	json_out_open(&o, '{');
	json_out_line(&o, 1);
	json_out_key_uint(&o, "pairs", x->pairs);
	json_out_key_uint(&o, "groups", x->groups);
	json_rate(&o, "rate", &x->rate);
	json_out_key_uint(&o, "duration_ns", x->duration);
	json_out_line(&o, 1);
	json_out_key_open(&o, "findings", '[');
	for (size_t i = 0; i < x->n_findings; i++)
		json_finding(&o, &x->findings[i]);
	json_out_close(&o, ']');
	if (x->pct_n > 0) {
		json_out_line(&o, 1);
		json_out_key_open(&o, "random", '{');
		json_out_key_uint(&o, "events", x->pct_k);
		json_out_key_uint(&o, "connections", x->pct_n);
		json_out_key(&o, "bound");
		json_out_raw(&o, "%.6g", x->bound);
		json_out_close(&o, '}');
	}
	if (r->small != NULL)
		json_small(&o, r);
	json_out_last_line(&o, 0);
	json_out_close(&o, '}');
	err = o.b.err;
	if (err == 0)
		(void)printf("%.*s\n", (int)o.b.n, (const char *)o.b.p);
	buf_free(&o.b);
	return err;
}
