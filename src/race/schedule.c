/* Schedules: their texts, and what they make of a workload. */
#include "config.h"

#include "race/schedule.h"
#include "race/pct.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "replay/after.h"

#define LEAD 150000 /* ns: what goes out of a message is read before the other one comes */

static void
put_group(const struct schedule *s, char text[SCHEDULE_TEXT])
{
	bool timed = s->kind == SCHEDULE_GROUP;
	int n = snprintf(text, SCHEDULE_TEXT, "%s", timed ? "group" : "order");

	for (uint32_t i = 0; i < s->n_group; i++)
		n += snprintf(text + n, SCHEDULE_TEXT - (size_t)n, ":%" PRIu32, s->group[i]);
	for (uint32_t i = 1; timed && i < s->n_group; i++)
		n += snprintf(text + n, SCHEDULE_TEXT - (size_t)n, ":%" PRId64, s->at[i]);
}

static void
put_cut(const struct schedule *s, char text[SCHEDULE_TEXT])
{
	int n = snprintf(text, SCHEDULE_TEXT, "cut:%" PRIu32 ":%" PRIu32, s->a, s->off);

	if (s->b != s->a)
		n += snprintf(text + n, SCHEDULE_TEXT - (size_t)n, ":%" PRIu32, s->b);
	(void)snprintf(text + n, SCHEDULE_TEXT - (size_t)n, ":%" PRId64, s->ns);
}

void
schedule_put(const struct schedule *s, char text[SCHEDULE_TEXT])
{
	switch (s->kind) {
	case SCHEDULE_BASE:
		(void)snprintf(text, SCHEDULE_TEXT, "base");
		break;
	case SCHEDULE_GAP:
		(void)snprintf(text, SCHEDULE_TEXT, "gap:%" PRIu32 ":%" PRIu32 ":%" PRId64, s->a,
			       s->b, s->ns);
		break;
	case SCHEDULE_SWAP:
		(void)snprintf(text, SCHEDULE_TEXT, "swap:%" PRIu32 ":%" PRIu32, s->a, s->b);
		break;
	case SCHEDULE_GROUP:
	case SCHEDULE_ORDER:
		put_group(s, text);
		break;
	case SCHEDULE_CUT:
		put_cut(s, text);
		break;
	case SCHEDULE_PCT:
		(void)snprintf(text, SCHEDULE_TEXT, "pct:%" PRIu64 ":%" PRIu32, s->seed, s->depth);
		break;
	}
}

/* A decimal number, and one of `ends` behind it, or the end of the text. */
static bool
take(const char **p, int64_t least, int64_t most, bool last, int64_t *out)
{
	char *end;
	long long v = strtoll(*p, &end, 10);

	if (end == *p || v < least || v > most || *end != (last ? '\0' : ':'))
		return false;
	*p = end + !last;
	*out = v;
	return true;
}

bool
schedule_can_move(const struct ir_event *ev)
{
	return ev->kind == IR_SEND || ev->kind == IR_CONNECT ||
	       ((ev->kind == IR_FIN || ev->kind == IR_RST) && !ev->server);
}

static bool
take_event(const char **p, const struct ir *ir, bool last, uint32_t *out)
{
	int64_t v;

	if (!take(p, 0, (int64_t)ir->n_events - 1, last, &v) || !schedule_can_move(&ir->events[v]))
		return false;
	*out = (uint32_t)v;
	return true;
}

static bool
is_in_group(const struct schedule *s, uint32_t event)
{
	for (uint32_t i = 0; i < s->n_group; i++)
		if (s->group[i] == event)
			return true;
	return false;
}

/* Events, and of a group their times. */
static bool
take_group(const char *text, const struct ir *ir, struct schedule *out)
{
	bool timed = out->kind == SCHEDULE_GROUP;
	uint32_t fields = 1, n;

	for (const char *p = text; *p != '\0'; p++)
		fields += *p == ':';
	n = timed ? (fields + 1) / 2 : fields;
	if (n < SCHEDULE_MIN_GROUP || n > SCHEDULE_MAX_GROUP || (timed && fields % 2 == 0))
		return false;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t event;

		if (!take_event(&text, ir, !timed && i + 1 == n, &event) || is_in_group(out, event))
			return false;
		out->group[out->n_group++] = event;
	}
	for (uint32_t i = 1; timed && i < n; i++)
		if (!take(&text, -(int64_t)IR_MAX_GAP, (int64_t)IR_MAX_GAP, i + 1 == n,
			  &out->at[i]))
			return false;
	out->a = out->group[0];
	out->b = out->group[1];
	return true;
}

/* A message, a byte of it, perhaps an event of another connection, and a time. */
static bool
take_cut(const char *text, const struct ir *ir, struct schedule *out)
{
	uint32_t fields = 1;
	int64_t off;

	for (const char *p = text; *p != '\0'; p++)
		fields += *p == ':';
	if (fields < 3 || fields > 4 || !take_event(&text, ir, false, &out->a) ||
	    ir->events[out->a].kind != IR_SEND ||
	    !take(&text, 1, (int64_t)ir_wire_size(&ir->events[out->a]) - 1, false, &off))
		return false;
	out->off = (uint32_t)off;
	out->b = out->a;
	if (fields == 4 && (!take_event(&text, ir, false, &out->b) ||
			    ir->events[out->a].conn == ir->events[out->b].conn))
		return false;
	return take(&text, 0, (int64_t)IR_MAX_GAP, true, &out->ns);
}

int
schedule_parse(const char *text, const struct ir *ir, struct schedule *out)
{
	int64_t seed = 0, depth = 0;
	bool good = false;

	*out = (struct schedule){.kind = SCHEDULE_BASE};
	if (strcmp(text, "base") == 0)
		return 0;
	if (strncmp(text, "gap:", 4) == 0) {
		out->kind = SCHEDULE_GAP;
		text += 4;
		good = take_event(&text, ir, false, &out->a) &&
		       take_event(&text, ir, false, &out->b) &&
		       take(&text, -(int64_t)IR_MAX_GAP, (int64_t)IR_MAX_GAP, true, &out->ns);
	} else if (strncmp(text, "swap:", 5) == 0) {
		out->kind = SCHEDULE_SWAP;
		text += 5;
		good = take_event(&text, ir, false, &out->a) &&
		       take_event(&text, ir, true, &out->b);
	} else if (strncmp(text, "group:", 6) == 0 || strncmp(text, "order:", 6) == 0) {
		out->kind = text[0] == 'g' ? SCHEDULE_GROUP : SCHEDULE_ORDER;
		good = take_group(text + 6, ir, out);
	} else if (strncmp(text, "cut:", 4) == 0) {
		out->kind = SCHEDULE_CUT;
		return take_cut(text + 4, ir, out) ? 0 : ERR_USAGE;
	} else if (strncmp(text, "pct:", 4) == 0) {
		out->kind = SCHEDULE_PCT;
		text += 4;
		good = take(&text, 0, INT64_MAX, false, &seed) &&
		       take(&text, 1, PCT_MAX_DEPTH, true, &depth);
	}
	out->seed = (uint64_t)seed;
	out->depth = (uint32_t)depth;
	return good && (out->kind == SCHEDULE_PCT || out->a != out->b) ? 0 : ERR_USAGE;
}

/* One event goes by the time of another one. */
static int
tie(struct ir *out, uint32_t event, uint32_t of, int64_t ns, bool answered)
{
	struct ir_timing *t = arena_alloc(&out->arena, sizeof(*t));

	if (t == NULL)
		return ERR_NOMEM;
	*t = (struct ir_timing){.of = of, .ns = ns, .answered = answered};
	out->events[event].timing = t;
	return 0;
}

static int
tie_group(struct ir *out, const struct schedule *s)
{
	int r = 0;

	for (uint32_t i = 1; r == 0 && i < s->n_group; i++)
		r = s->kind == SCHEDULE_GROUP ? tie(out, s->group[i], s->group[0], s->at[i], false)
					      : tie(out, s->group[i], s->group[i - 1], 0, true);
	return r;
}

/* The message that is cut begins first, whichever was recorded first. */
static int
cut(struct ir *out, const struct schedule *s)
{
	struct ir_pause *p = arena_alloc(&out->arena, sizeof(*p));

	if (p == NULL)
		return ERR_NOMEM;
	*p = (struct ir_pause){
		.off = s->off, .of = s->b != s->a ? s->b : IR_NO_EVENT, .ns = (uint64_t)s->ns};
	out->events[s->a].pauses = p;
	out->events[s->a].n_pauses = 1;
	return s->b != s->a ? tie(out, s->b, s->a, LEAD, false) : 0;
}

int
schedule_apply(const struct ir *ir, const struct conflicts *c, const struct schedule *s,
	       struct ir *out, struct err *e)
{
	int r = 0;

	*out = *ir;
	out->arena = (struct arena){0};
	out->events = arena_alloc(&out->arena, (ir->n_events + 1) * sizeof(*out->events));
	if (out->events == NULL)
		return ERR_NOMEM;
	memcpy(out->events, ir->events, ir->n_events * sizeof(*out->events));
	for (size_t i = 0; s->kind != SCHEDULE_BASE && i < ir->n_events; i++) {
		out->events[i].timing = NULL;
		out->events[i].n_pauses = 0;
	}
	if (s->kind == SCHEDULE_GAP)
		r = tie(out, s->b, s->a, s->ns, false);
	else if (s->kind == SCHEDULE_SWAP)
		r = tie(out, s->a, s->b, 0, true);
	else if (s->kind == SCHEDULE_GROUP || s->kind == SCHEDULE_ORDER)
		r = tie_group(out, s);
	else if (s->kind == SCHEDULE_CUT)
		r = cut(out, s);
	else if (s->kind == SCHEDULE_PCT)
		r = pct_apply(out, c, s->seed, s->depth, s->serial);
	if (r == 0)
		r = after_check(out, schedule_order(s), e);
	if (r != 0)
		schedule_free(out);
	return r;
}

enum engine_order
schedule_order(const struct schedule *s)
{
	return s->kind == SCHEDULE_PCT ? ORDER_CONNECTION : ORDER_TOTAL;
}

void
schedule_free(struct ir *out)
{
	arena_free(&out->arena);
	*out = (struct ir){0};
}
