/* Requests that were not recorded: made from structs, signed and sealed as their session's are. */
#ifndef SMB_REPLAY_ASSEMBLE_OWN_H
#define SMB_REPLAY_ASSEMBLE_OWN_H

#include "replay/assemble.h"

/* What stands in the header of such a request. */
struct own_header {
	enum smb2_command command;
	uint16_t credit_charge; /* 0 in dialect 2.0.2, else 1 */
	uint16_t credits;       /* to ask for; 0: one */
	uint32_t tree_id;       /* both live */
	uint64_t session_id;
};

/* Append a message of one request (frame header included): `body` is the C struct of `def`, whose
 * variable parts lie where its offsets say, up to `size` bytes behind the header. MessageId and
 * Signature are zero. Returns 0, ERR_LIMIT or ERR_NOMEM. */
int own_build(const struct own_header *h, const struct smb2_def *def, const void *body, size_t size,
	      struct buf *out) MUST_CHECK;

/* How it goes out. */
struct own_way {
	uint64_t like;    /* it is signed or sealed as this event of the workload was */
	uint32_t session; /* number of its session, 0: none */
	uint64_t message_id;
	const char *what; /* in the audit, "extra break acknowledgment" */
};

/*
 * Finish a message of own_build in place. `*wire` is what goes out: `plain`, or its sealed form,
 * borrowed from `a` until its next call; `*layers` (enum ir_layer) says which. Returns 0,
 * ERR_UNSUPPORTED (sealed, but there is no key), ERR_LIMIT, ERR_CRYPTO or ERR_NOMEM.
 */
int assemble_own(struct assemble *a, const struct security_conn *c, const struct own_way *way,
		 struct buf *plain, struct slice *wire, uint8_t *layers) MUST_CHECK;

#endif
