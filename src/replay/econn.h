/* What the engine knows of one connection: its state, the frames that come in pieces, its credits.
 */
#ifndef SMB_REPLAY_ECONN_H
#define SMB_REPLAY_ECONN_H

#include "ir/ir.h"
#include "replay/security.h"

enum econn_state { ECONN_IDLE, ECONN_CONNECTING, ECONN_UP, ECONN_CLOSED };

struct econn {
	enum econn_state state;
	bool finished;       /* our FIN went out */
	bool loss_reported;  /* a closed connection is one divergence, whatever follows from it */
	char why[48];        /* it was closed */
	uint64_t window_end; /* credits granted so far: MessageIds below it, plus 1, may be used
				(MS-SMB2 3.2.4.1.2) */
	struct security_conn *security;
	struct buf in; /* a frame that has not come whole; no memory while there is none */
	size_t taken;  /* of `in`: the frame handed out last */
};

void econn_free(struct econn *c);

/*
 * The next whole frame: from what was kept and then from `*bytes`, which is moved past what was
 * used. Borrowed until the next call. False: no whole frame is there; what is left of `*bytes` is
 * for econn_keep.
 */
bool econn_next_frame(struct econn *c, struct slice *bytes, struct slice *frame);

/* Keep the beginning of a frame for the next input. Returns 0 or ERR_NOMEM. */
int econn_keep(struct econn *c, struct slice bytes) MUST_CHECK;

/* Do the credits that the live server granted cover a request's MessageIds? */
bool econn_has_credits(const struct econn *c, const struct ir *ir, const struct ir_event *ev,
		       struct buf *scratch);

#endif
