/*
 * Sessions, trees and opens of a workload: which request asked for each, in what it stands, and
 * which request ends it.
 */
#ifndef SMB_IR_HANDLES_H
#define SMB_IR_HANDLES_H

#include "ir/ir.h"
#include "proto/smb2_pdu.h"

#define HANDLES_NEVER UINT32_MAX

struct handle {
	uint32_t asked,
		asked_off;         /* event of the request and its PDU's place in that; of a
				      session its first SESSION_SETUP. HANDLES_NEVER: not recorded */
	uint32_t given, given_off; /* the response that defines it */
	uint32_t ended;            /* event of its LOGOFF, TREE_DISCONNECT or CLOSE, or
				      HANDLES_NEVER */
	uint32_t session, tree;    /* numbers of what it was asked for in, 0: none */
};

struct handles {
	struct handle *of[IR_N_SYMBOL_KINDS]; /* by number; of IR_SESSION, IR_TREE and IR_OPEN */
	uint32_t n[IR_N_SYMBOL_KINDS];        /* the highest number */
};

/* Look through a workload. Returns 0 or ERR_NOMEM. */
int handles_init(const struct ir *ir, struct handles *out) MUST_CHECK;
void handles_free(struct handles *h);

/* The session that the first request of a recorded message stands in, 0: none. */
uint32_t handles_session(const struct ir_event *ev);

/* Decode the request that asked for a handle, or the response that gave it; borrowed from the
 * workload or `scratch`. Returns 0, ERR_NOTFOUND where none was recorded, or ERR_NOMEM. */
int handles_request(const struct ir *ir, const struct handle *h, struct buf *scratch,
		    struct smb2_pdu *out) MUST_CHECK;
int handles_response(const struct ir *ir, const struct handle *h, struct buf *scratch,
		     struct smb2_pdu *out) MUST_CHECK;

#endif
