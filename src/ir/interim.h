/* Which recorded interim answers tell what the server does. */
#ifndef SMB_IR_INTERIM_H
#define SMB_IR_INTERIM_H

#include "ir/ir.h"

#define INTERIM_NONE UINT32_MAX

/* A recorded request by its answers: events, INTERIM_NONE where there is none. */
struct interim_wait {
	uint64_t message_id;
	uint32_t conn;
	uint16_t command;
	uint32_t interim, final;
};

/*
 * Does it count that the recorded interim answer comes; or, where none was recorded, that one
 * comes?
 *
 * STATUS_PENDING says "not yet" (MS-SMB2 3.3.4.2). Of most requests that is the server's own pace:
 * smbd sends it when the final answer takes longer than half a millisecond. It tells something of a
 * request that waits for somebody else: a LOCK, a CHANGE_NOTIFY, and a CREATE or SET_INFO during
 * which a break went out. Even there it is a race when the client had already done something
 * between the request and this answer, which may have ended the wait within that half millisecond,
 * and when the client did nothing between the interim answer and the final one; unless that took
 * long. What is left, a replay that keeps the recorded order brings about again.
 */
bool interim_counts(const struct ir *ir, const struct interim_wait *w);

#endif
