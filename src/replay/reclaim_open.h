/* CREATE requests that reclaim durable opens, MS-SMB2 3.2.4.4. */
#ifndef SMB_REPLAY_RECLAIM_OPEN_H
#define SMB_REPLAY_RECLAIM_OPEN_H

#include "ir/handles.h"
#include "replay/reclaim_plan.h"

/* Did the recorded CREATE ask for an open that outlives its connection? */
bool reclaim_is_durable(struct engine *e, const struct handle *open);

/* Send the CREATE of a task on its connection. Returns 0 or a fatal error. */
int reclaim_open(struct engine *e, uint32_t conn, struct task *t, uint64_t message_id) MUST_CHECK;

/* A request of a connection that is being reclaimed goes out. Returns 0 or a fatal error. */
int reclaim_send(struct engine *e, uint32_t conn, const struct engine_message *m) MUST_CHECK;

#endif
