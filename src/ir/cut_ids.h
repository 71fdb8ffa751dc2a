/* New MessageIds and credits for what is kept of a workload. */
#ifndef SMB_IR_CUT_IDS_H
#define SMB_IR_CUT_IDS_H

#include "ir/credit_scan.h"
#include "ir/cut_keep.h"

/* Ids that only requests used that are left out, and how many such there are before them. */
struct cut_hole {
	uint64_t first, end, before;
};

/* An edit that the cut adds. */
struct cut_edit {
	uint32_t event, pdu;
	bool credits; /* else the MessageId */
	uint64_t value;
};

struct cut_ids {
	struct cut_keep *keep;
	struct cut_hole **holes; /* of each connection, ascending */
	size_t *n_holes;
	struct cut_edit *edits; /* by event, PDU, field */
	size_t n_edits, cap_edits;
};

/*
 * Find the new ids of the kept messages, and the credits that they need; where those cannot be had
 * from kept requests, more messages are kept. Counts into `result`. Returns 0, or ERR_NOMEM. To be
 * freed in either case.
 */
int cut_ids_new(struct cut_keep *keep, struct cut_result *result, struct cut_ids *out) MUST_CHECK;
void cut_ids_free(struct cut_ids *c);

#endif
