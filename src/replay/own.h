/*
 * Requests of the replay's own, which were not recorded: each takes the next MessageId of its
 * connection as soon as a credit covers it, so that recorded ids behind it move by one. Their
 * answers are not held against the recording: only one that fails is a divergence.
 */
#ifndef SMB_REPLAY_OWN_H
#define SMB_REPLAY_OWN_H

#include "replay/assemble_own.h"

#define OWN_MAX 1024 /* waiting on one connection; of more the newest are not sent */

struct engine;

struct own {
	struct own *next;
	struct own_way way;
	struct buf message; /* of own_build */
	const char *name;   /* for reports, "break acknowledgment" */
	bool sent;
};

/* Send it on a connection, now or when there is a credit. Takes over `message`, which is empty
 * afterwards. Returns 0 or a fatal error. */
int own_send(struct engine *e, uint32_t conn, const struct own *what,
	     struct buf *message) MUST_CHECK;

/* Send what has waited for a credit. Returns 0 or a fatal error. */
int own_flush(struct engine *e, uint32_t conn) MUST_CHECK;

/* Is it the answer to one of them? `live` has its live MessageId. */
bool own_answered(struct engine *e, uint32_t conn, const struct smb2_pdu *live);

/* Forget all of a connection. */
void own_free(struct own **list);

#endif
