/* Recorded CANCELs: which request they are for, and how they name it. */
#ifndef SMB_REPLAY_CANCEL_H
#define SMB_REPLAY_CANCEL_H

#include "ir/judge.h"

/* The recorded MessageId of the request that a message of one CANCEL is for. False: it is no
 * CANCEL, or for a request that is not known. `message`: its bytes, frame header included. */
bool cancel_target(const struct ir *ir, const struct ir_event *ev, struct slice message,
		   uint64_t *message_id);

/*
 * A CANCEL by AsyncId whose interim response did not come live has no AsyncId: as a client does
 * then, it names the request by its MessageId (MS-SMB2 3.2.4.24). Changes the header in place, so
 * that `message` must be the caller's own.
 * False: it is none of these.
 */
bool cancel_by_message_id(const struct ir *ir, const struct judge *j, const struct ir_event *ev,
			  struct slice message);

#endif
