/* What replay and compare print: a line a divergence, the summary, or both as JSON. One report, two
 * writers. */
#ifndef SMB_REPORT_H
#define SMB_REPORT_H

#include <stdbool.h>

#include "ir/judge.h"
#include "ir/latency.h"
#include "replay/engine.h"
#include "report_skew.h"

struct report;

/* `json`: print one object, that report_end ends; else a line for each divergence as it comes.
 * Returns 0 or ERR_NOMEM. */
int report_new(bool json, struct report **out) MUST_CHECK;
void report_free(struct report *r);

/* The sink that the judge is to have. */
struct judge_sink report_sink(struct report *r);

/* What a replay adds to a comparison, all zero and "" for compare; and what compare adds. */
struct report_run {
	const char *target;
	uint64_t sent, not_sent, split_segments, duration_ns;
	uint64_t own;                                       /* messages that were not recorded */
	uint64_t drops, reconnects, opens, opens_reclaimed; /* see engine_totals */
	uint64_t held;                        /* acknowledgments of breaks that did not come */
	size_t mute;                          /* connections that are not played */
	struct lateness lateness;             /* of a paced run */
	const struct engine_credits *credits; /* of each connection */
	size_t n_conns;
	struct report_skews skews;             /* of barriers and gaps */
	const struct latency *recorded, *live; /* NULL: not measured */
	const struct latency *due;             /* live, since each request was due; or NULL */
};

/* Exit status 1: any difference was found, be it in negotiation alone. */
bool report_differs(const struct judge_totals *totals);

/* Print what is left: the summary. Returns 0, or ERR_NOMEM where the JSON is not whole. */
int report_end(struct report *r, const struct judge_totals *totals,
	       const struct report_run *run) MUST_CHECK;

#endif
