/* The recorded legs of a logon. */
#ifndef SMB_REPLAY_LEGS_H
#define SMB_REPLAY_LEGS_H

#include "ir/ir.h"

struct legs_next {
	uint64_t event, message_id;
};

/* The next SESSION_SETUP of a session (number) behind `answer`, an event of its connection. False:
 * there is none. */
bool legs_find_next(const struct ir *ir, uint64_t answer, uint32_t session, struct buf *scratch,
		    struct legs_next *out);

#endif
