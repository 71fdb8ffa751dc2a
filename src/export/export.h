/*
 * A workload or a run as a capture: packets as they were, or would be, around the bytes of its
 * messages. What was sealed stands plain, since the keys are in no workload; what was compressed
 * stands compressed.
 */
#ifndef SMB_EXPORT_EXPORT_H
#define SMB_EXPORT_EXPORT_H

#include "ir/ir.h"

struct export_result {
	uint64_t connections, messages, packets;
	uint64_t sealed;           /* messages that were sealed, and stand plain */
	uint64_t split;            /* segments that were larger than a packet can be */
	uint64_t gaps, lost_bytes; /* missing, as in what was captured */
	uint64_t faults;           /* messages with a fault, which stand whole and once */
	uint64_t made_up;          /* connections whose addresses are made up */
	uint16_t port;             /* a server's other than 445 and 139; 0: none */
};

/*
 * Write `ir` to the file `path` ("-": standard output), which is removed again if that fails.
 * Returns 0, a negated errno, ERR_LIMIT or ERR_NOMEM, with a text in `e`.
 */
int export_workload(const struct ir *ir, const char *path, struct export_result *out,
		    struct err *e) MUST_CHECK;

#endif
