/* How much went on at what time, in a workload or a run. */
#ifndef SMB_IR_LOAD_H
#define SMB_IR_LOAD_H

#include "ir/exchanges.h"

#define LOAD_SPANS 120

/* Sums over equal spans of the whole time. */
struct load {
	uint64_t span;              /* ns of one */
	uint64_t bytes[LOAD_SPANS]; /* of whole messages, both ways */
	uint64_t requests[LOAD_SPANS];
	uint64_t flight[LOAD_SPANS]; /* ns that requests waited for their answers */
	uint64_t n_requests;         /* in all, but for CANCELs */
	struct answers answers;
};

/* Returns 0 or ERR_NOMEM. */
int load_of(const struct ir *ir, struct load *out) MUST_CHECK;

#endif
