/* Schedules: their texts, and what they make of a workload. */
#include "config.h"

#include "race/schedule.h"
#include "race/pct.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "replay/after.h"

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
	for (size_t i = 0; s->kind != SCHEDULE_BASE && i < ir->n_events; i++)
		out->events[i].timing = NULL;
	if (s->kind == SCHEDULE_GAP)
		r = tie(out, s->b, s->a, s->ns, false);
	else if (s->kind == SCHEDULE_SWAP)
		r = tie(out, s->a, s->b, 0, true);
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
