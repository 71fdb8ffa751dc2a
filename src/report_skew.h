/* How exactly barriers and gaps were kept, for a replay's report. */
#ifndef SMB_REPORT_SKEW_H
#define SMB_REPORT_SKEW_H

#include "ir/json_out.h"
#include "replay/engine.h"

struct report_skews {
	const struct ir *ir; /* for labels */
	const struct engine_skew *list;
	size_t n;
};

/* A line each for the first ones, and how far all of them were off. Returns 0 or ERR_NOMEM. */
int report_skew_text(const struct report_skews *s) MUST_CHECK;

/* A key "timings" with an array, where there are any. */
void report_skew_json(const struct report_skews *s, struct json_out *o);

#endif
