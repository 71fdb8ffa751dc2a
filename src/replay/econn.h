/* What the engine knows of one connection: its state, the frames that come in pieces, its credits.
 */
#ifndef SMB_REPLAY_ECONN_H
#define SMB_REPLAY_ECONN_H

#include "ir/credits.h"
#include "ir/ir.h"
#include "replay/engine.h"
#include "replay/own.h"
#include "replay/pace.h"
#include "replay/security.h"

struct pausing;
struct reclaim;

enum econn_state { ECONN_IDLE, ECONN_CONNECTING, ECONN_UP, ECONN_CLOSED };

struct econn {
	enum econn_state state;
	bool finished;        /* our FIN went out */
	bool server_finished; /* the server's FIN came, which was recorded */
	bool given_up;        /* a fault has reset it */
	bool was_reset;       /* by us, as recorded: what was on its way is lost */
	bool deaf;            /* a fault: it reads nothing */
	uint64_t
		server_fin; /* the event in which the server's FIN was recorded; UINT64_MAX: none */
	bool loss_reported; /* a closed connection is one divergence, whatever follows from it */
	char why[48];       /* it was closed */
	struct credits window; /* of MessageIds, live */
	struct engine_credits credits;
	uint64_t recorded_grants; /* by the recorded answers that have come */
	uint64_t asking;          /* the request that asks for more credits, plus 1; 0: none */
	uint64_t held_event,
		held_from; /* what waits for credits, plus 1, and since when; 0: nothing
			    */
	struct security_conn *security;
	bool went_on;            /* a recorded message went out since it was connected last */
	struct reclaim *reclaim; /* it is being connected anew; NULL: it is not */
	struct own *own;         /* requests that were not recorded, oldest first */
	struct buf held;         /* SEGMENTS_RECORDED: the beginning of a segment */
	struct pausing *pausing; /* a message that is half out; NULL: none is */
	bool wrote;              /* bytes went out */
	uint64_t missed;         /* answers that were waited for in vain */
	struct pace_conn pace;
	struct buf in;  /* a frame that has not come whole; no memory while there is none */
	size_t taken;   /* of `in`: the frame handed out last */
	uint64_t began; /* when the first byte of the frame at hand came */
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

#endif
