/*
 * A connection that was lost, unlike recorded: --on-drop=reconnect.
 *
 * One after the other, each when the answer to the one before has come: connect, NEGOTIATE as
 * recorded, the sessions of the connection with the lost one as PreviousSessionId (MS-SMB2
 * 3.2.4.2.3), the trees in use, the durable opens (3.2.4.4). What these answers assign are the live
 * values from then on. Recorded MessageIds go on behind those that this took.
 */
#ifndef SMB_REPLAY_RECLAIM_H
#define SMB_REPLAY_RECLAIM_H

#include "replay/engine_int.h"

/*
 * Event `n` finds its connection lost. Begin to reconnect, where the options say so, requests are
 * left to be sent on it and some were since it was reconnected last; `*begun` says whether. What
 * was asked and not answered is given up. Returns 0 or a fatal error.
 */
int reclaim_begin(struct engine *e, uint64_t n, bool *begun) MUST_CHECK;

/* A connection is at it: give up where that takes too long, and say when to look again. False: it
 * was given up. */
bool reclaim_waits(struct engine *e, uint32_t conn, uint64_t now, uint64_t *wake);

/* The connection is up. Returns 0 or a fatal error. */
int reclaim_connected(struct engine *e, uint32_t conn) MUST_CHECK;

/* It could not be made, or was lost again. */
void reclaim_lost(struct engine *e, uint32_t conn);

/* An answer came; `message` holds it, frame header included. Returns 0 or a fatal error. */
int reclaim_answered(struct engine *e, uint32_t conn, const struct smb2_pdu *live,
		     struct slice message) MUST_CHECK;

/* Is event `n` a CANCEL of a request that was lost with a connection? */
bool reclaim_is_lost(struct engine *e, uint64_t n);

void reclaim_free(struct reclaim *r);

#endif
