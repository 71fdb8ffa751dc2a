/*
 * From a hit to the least that still hits: the messages, what they depend on, and of what else
 * there is only what the hit does not do without. Of a random order those orders of two events stay
 * that it takes. What is left must not hit in recorded order.
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
	enum schedule_kind kind;         /* by which it hits */
	uint32_t n_members;              /* of a pair or group */
	int64_t at[SCHEDULE_MAX_GROUP];  /* of each, ns since the first */
	bool barrier;                    /* in place of times */
	uint32_t off;                    /* of a cut: the byte, of the first */
	bool alone;                      /* the rest goes by its own time, not behind the second */
	char needs[512];                 /* of a random order: "a before the answer to b, ..." */
	struct race_rate rate, in_order; /* with the gap; and in recorded order */
	char until[512];                 /* holds for a hit, in terms of what was written; "": a
					    hit is no answer (race_options.grave) */
};

/*
 * Write the least that hits as `f` does. Returns 0; ERR_NOTFOUND where what the messages depend
 * on does not hit at that rate by itself; or another error, with a text in `e`.
 */
int minimise(const struct ir *ir, const struct race_finding *f, const struct minimise_options *opt,
	     struct minimise_result *result, struct err *e) MUST_CHECK;

#endif
