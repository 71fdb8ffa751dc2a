/* Finds the recorded request of a MessageId: what a live answer belongs to that no recording has.
 */
#ifndef SMB_IR_REQUESTS_H
#define SMB_IR_REQUESTS_H

#include "ir/ir.h"

struct request {
	uint64_t message_id;
	uint32_t event, conn;
	uint16_t pdu;   /* in its chain, from 0 */
	uint16_t asked; /* smb2_asked: of which information its answer is */
	bool cancel;    /* a CANCEL, which has the MessageId of another request */
};

/* Zero it first; filled by the first search, since most replays need none. */
struct requests {
	struct request *list; /* by connection, MessageId, CANCELs last */
	size_t n, cap;
	bool filled;
};

void requests_free(struct requests *r);

/* `*out`: the request, borrowed, or NULL where none has that MessageId. Returns 0 or ERR_NOMEM. */
int requests_find(struct requests *r, const struct ir *ir, uint32_t conn, uint64_t message_id,
		  const struct request **out) MUST_CHECK;

#endif
