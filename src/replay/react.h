/*
 * What the replay does about breaks that were not recorded, as --on-break says, and about recorded
 * acknowledgments of breaks that did not come.
 */
#ifndef SMB_REPLAY_REACT_H
#define SMB_REPLAY_REACT_H

#include "ir/handles.h"
#include "replay/engine_int.h"

/* A recorded response came: what it says of oplocks that opens hold. Returns 0 or ERR_NOMEM. */
int react_note(struct engine *e, const struct judge_match *m,
	       const struct smb2_pdu *live) MUST_CHECK;

/*
 * A break came on a connection; `m` is the recorded one, if there is one. Where nobody will
 * acknowledge it and the server waits for that (MS-SMB2 3.2.5.19), do what --on-break says. Returns
 * 0 or a fatal error.
 */
int react_to_break(struct engine *e, uint32_t conn, const struct judge_match *m,
		   const struct smb2_pdu *live) MUST_CHECK;

/* Does event `n` acknowledge a break that is still to come? */
bool react_is_early(const struct engine *e, uint64_t n);

/* Hold event `n` back where it acknowledges a break that did not come; `*held` says whether.
 * Returns 0 or ERR_NOMEM. */
int react_hold(struct engine *e, uint64_t n, bool *held) MUST_CHECK;

/* Look through the workload for handles, once. Returns 0 or ERR_NOMEM. Then they are there. */
int react_look_through(struct engine *e) MUST_CHECK;
const struct handles *react_handles(const struct engine *e);

void react_free(struct react *r);

#endif
