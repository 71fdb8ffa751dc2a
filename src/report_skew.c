/* How exactly barriers, gaps and pauses were kept. */
#include "config.h"

#include "report_skew.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/histogram.h"

#define MAX_SAID 20 /* barriers, gaps and pauses that get a line each */

static void
put_event(const struct report_skews *s, uint64_t event)
{
	if (s->ir->events[event].label != NULL)
		(void)printf("@%s", s->ir->events[event].label);
	else
		(void)printf("#%" PRIu64, event);
}

static void
put_line(const struct report_skews *s, const struct engine_skew *k)
{
	if (k->barrier != NULL) {
		(void)printf("barrier %s: ", k->barrier);
		if (k->missed)
			(void)printf("not all of %" PRIu32 " messages went out\n", k->n);
		else
			(void)printf("%" PRIu32 " messages within %.1f us\n", k->n,
				     (double)k->actual / 1e3);
		return;
	}
	(void)printf(k->pause > 0 ? "pause " : "gap ");
	put_event(s, k->event);
	if (k->pause > 0)
		(void)printf(" at byte %" PRIu32, k->pause);
	(void)printf(": planned %+.1f us from %s", (double)k->planned / 1e3,
		     k->answered ? "the answer to " : "");
	if (k->of == k->event)
		(void)printf("the piece before");
	else
		put_event(s, k->of);
	if (k->missed)
		(void)printf(", which did not come\n");
	else
		(void)printf(", went out at %+.1f us\n", (double)k->actual / 1e3);
}

int
report_skew_text(const struct report_skews *s)
{
	struct histogram off = {0};
	int r = 0;

	for (size_t i = 0; r == 0 && i < s->n; i++) {
		int64_t by = s->list[i].actual - s->list[i].planned;

		if (i < MAX_SAID)
			put_line(s, &s->list[i]);
		if (!s->list[i].missed)
			r = histogram_add(&off, (uint64_t)(by < 0 ? -by : by));
	}
	if (r == 0 && s->n > MAX_SAID)
		(void)printf("%" PRIu64
			     " barriers, gaps and pauses were off by %.1f us (median), %.1f us "
			     "(99 %%), %.1f us at most\n",
			     off.n, (double)histogram_at(&off, 5000) / 1e3,
			     (double)histogram_at(&off, 9900) / 1e3, (double)off.max / 1e3);
	histogram_free(&off);
	return r;
}

void
report_skew_json(const struct report_skews *s, struct json_out *o)
{
	if (s->n == 0)
		return;
	json_out_key_open(o, "timings", '[');
	for (size_t i = 0; i < s->n; i++) {
		const struct engine_skew *k = &s->list[i];

		json_out_open(o, '{');
		json_out_key_uint(o, "event", k->event);
		if (k->barrier != NULL) {
			json_out_key_text(o, "barrier", k->barrier);
			json_out_key_uint(o, "messages", k->n);
		} else {
			json_out_key_uint(o, "of", k->of);
			if (k->pause > 0)
				json_out_key_uint(o, "pause", k->pause);
			json_out_key_text(o, "from", k->answered ? "answered" : "sent");
			json_out_key(o, "planned_ns");
			json_out_raw(o, "%" PRId64, k->planned);
		}
		json_out_key_bool(o, "missed", k->missed);
		if (!k->missed) {
			json_out_key(o, "actual_ns");
			json_out_raw(o, "%" PRId64, k->actual);
		}
		json_out_close(o, '}');
	}
	json_out_close(o, ']');
}
