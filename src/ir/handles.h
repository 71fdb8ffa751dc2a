/*
 * Sessions, trees and opens of a workload: which request asked for each, in what it stands, and
 * which request ends it.
 */
#ifndef SMB_IR_HANDLES_H
#define SMB_IR_HANDLES_H

#include "ir/ir_index.h"
#include "proto/smb2_pdu.h"

#define HANDLES_NEVER UINT32_MAX

struct handle {
	uint32_t number; /* of its symbol */
	uint32_t asked,
		asked_off;         /* event of the request and its PDU's place in that; of a
				      session its first SESSION_SETUP. HANDLES_NEVER: not recorded */
	uint32_t given, given_off; /* the response that defines it */
	uint32_t ended;            /* event of its LOGOFF, TREE_DISCONNECT or CLOSE, or
				      HANDLES_NEVER */
	uint32_t session, tree;    /* numbers of what it was asked for in, 0: none */
};

/* Of IR_SESSION, IR_TREE and IR_OPEN. */
struct handles {
	struct ir_index index[IR_N_SYMBOL_KINDS];
	struct handle *list[IR_N_SYMBOL_KINDS]; /* by place, from 1 to index[].n */
};

/* Look through a workload. Returns 0 or ERR_NOMEM. */
int handles_init(const struct ir *ir, struct handles *out) MUST_CHECK;
void handles_free(struct handles *h);

/* That of a symbol; of one that no event defines, one that nothing is known of. */
static inline const struct handle *
handles_find(const struct handles *h, enum ir_what what, uint32_t number)
{
	return &h->list[what][ir_index_at(&h->index[what], number)];
}

/* The session that the first request of a recorded message stands in, 0: none. */
uint32_t handles_session(const struct ir_event *ev);

/* Decode the request that asked for a handle, or the response that gave it; borrowed from the
 * workload or `scratch`. Returns 0, ERR_NOTFOUND where none was recorded, or ERR_NOMEM. */
int handles_request(const struct ir *ir, const struct handle *h, struct buf *scratch,
		    struct smb2_pdu *out) MUST_CHECK;
int handles_response(const struct ir *ir, const struct handle *h, struct buf *scratch,
		     struct smb2_pdu *out) MUST_CHECK;

#endif
