/* What engine.c (what is due) and engine_input.c (what comes) share. */
#ifndef SMB_REPLAY_ENGINE_INT_H
#define SMB_REPLAY_ENGINE_INT_H

#include "replay/econn.h"
#include "replay/engine.h"

struct lane {
	const uint32_t *events; /* NULL: all, in order */
	size_t n, pos;
	size_t unmet;      /* ORDER_NONE: before this, all answers came or were given up */
	uint64_t deadline; /* of the event it waits for, 0: does not wait */
	uint64_t wake;
	bool done;
};

struct engine {
	const struct ir *ir;
	struct judge *judge;
	struct assemble *assemble;
	struct engine_options opt;
	struct engine_io io;
	struct engine_watch watch;
	struct engine_totals totals;
	struct econn *conns;
	struct lane *lanes;
	size_t n_lanes, lanes_done;
	uint32_t *lane_events; /* of all lanes */
	uint64_t start;        /* when the first event was due */
	bool started, stopped;
	uint64_t now;   /* of the input at work */
	bool *left_out; /* of each event, a leg that the live logon does not take; NULL: none yet */
	struct buf out, opened, unpacked;
	int fatal; /* an error met where none can be returned */
};

/* Send what stands for event `n` in e->out, unless making it failed with `r`. Returns 0 or a fatal
 * error. */
int engine_send(struct engine *e, uint64_t n, int r, uint64_t now, struct err *err) MUST_CHECK;

#endif
