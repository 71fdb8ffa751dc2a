/*
 * From a hit to the least that still hits: the two messages, what they depend on, and of what else
 * there is only what the hit does not do without. What is left must not hit in recorded order.
 */
#ifndef SMB_RACE_MINIMISE_H
#define SMB_RACE_MINIMISE_H

#include "race/race.h"

struct minimise_options {
	struct race_options race; /* its `until`, `tries` and `time` are the minimiser's; what is
				     left hits at least at its `least_rate` */
	const char *out;          /* the directory to write; `OUT.1` and `OUT.2` beside it while at
				     work */
	bool force;               /* write over a workload */
	const char *command_line; /* for the workload's `options` */
};

struct minimise_result {
	uint64_t messages, connections;  /* that are left */
	uint64_t tried, left_out;        /* messages that were left out in a try; for good */
	int64_t ns;                      /* the gap */
	bool barrier;                    /* in place of a gap */
	struct race_rate rate, in_order; /* with the gap; and in recorded order */
	char until[256];                 /* holds for a hit, in terms of what was written */
};

/*
 * Write the least that hits as `f` does. Returns 0; ERR_NOTFOUND where what the two messages depend
 * on does not hit at that rate by itself; or another error, with a text in `e`.
 */
int minimise(const struct ir *ir, const struct race_finding *f, const struct minimise_options *opt,
	     struct minimise_result *result, struct err *e) MUST_CHECK;

#endif
