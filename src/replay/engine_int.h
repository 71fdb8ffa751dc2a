/* What engine.c (what is due) and engine_input.c (what comes) share. */
#ifndef SMB_REPLAY_ENGINE_INT_H
#define SMB_REPLAY_ENGINE_INT_H

#include "replay/after.h"
#include "replay/ahead.h"
#include "replay/causal.h"
#include "replay/econn.h"
#include "replay/engine.h"
#include "replay/gate.h"
#include "replay/pace.h"

struct lane {
	const uint32_t *events; /* NULL: all, in order */
	size_t n, pos;
	size_t unmet;  /* engine_passes_receipts: before this, all answers came or were given up */
	size_t passed; /* the first receipt passed over while its connection reads nothing,
			  plus 1 */
	bool catch_up; /* what was passed over is awaited before the next event */
	uint64_t delayed;  /* until then, by a fault; 0: not */
	uint64_t deadline; /* of the event it waits for, 0: does not wait */
	uint64_t wake;
	struct pace_lane pace;
	size_t ahead;         /* up to there its events were made ahead, as far as they can be */
	uint64_t ahead_heard; /* that one could not when so many messages had come, plus 1 */
	bool done;
};

static inline uint64_t
event_at(const struct lane *l, size_t i)
{
	return l->events != NULL ? l->events[i] : i;
}
struct react;
struct barriers;

struct engine {
	const struct ir *ir;
	struct judge *judge;
	struct assemble *assemble;
	struct security *security;
	struct engine_options opt;
	struct engine_io io;
	struct engine_watch watch;
	struct engine_totals totals;
	struct econn *conns;
	struct lane *lanes;
	size_t n_lanes, lanes_done;
	struct after after;
	struct causal causal;
	uint32_t *lane_events; /* of all lanes */
	uint64_t start;        /* when the first event was due */
	bool started, stopped;
	bool is_sharp; /* what it waits for is a member's time */
	bool own; /* what is sent now is a lane's event, not one like it: with its pieces and faults
		   */
	uint64_t now;  /* of the input at work, or the last write */
	uint64_t wake; /* when the caller is to call again */
	struct pace pace;
	struct ahead ahead;
	struct engine_untold {
		const struct engine_message *message; /* NULL: none */
		uint64_t event;
		uint32_t conn;
	} untold; /* it is being written: told of when that is done, since its time has come */
	uint8_t *outside; /* a bit for each event: its requests lay outside the recorded window */
	bool *left_out; /* of each event, a leg that the live logon does not take; NULL: none yet */
	const struct gate *gate;   /* NULL: nobody steps through */
	bool shut;                 /* it was, when it was asked last in this engine_run */
	struct react *react;       /* NULL: nothing to react to so far */
	struct barriers *barriers; /* NULL: the workload has none */
	struct pausing *half_out;  /* messages that go out in pieces, and are not through */
	struct buf pauses;         /* struct engine_skew each: how they were kept */
	struct buf out, opened, unpacked;
	int fatal; /* an error met where none can be returned */
};

/* Make the lanes; `order`: of all events, NULL: their own. Returns 0 or ERR_NOMEM. */
int engine_lanes_new(struct engine *e, const uint32_t *order) MUST_CHECK;

/* A lane does not wait for receipts where they stand: ORDER_NONE, or what waits for them does. */
static inline bool
engine_passes_receipts(const struct engine *e)
{
	return e->opt.order == ORDER_NONE || e->opt.order == ORDER_CAUSAL;
}

/* Does the lane's event at `i` wait for the receipt `n`? It is given up in time. e->fatal may be
 * set. */
bool engine_awaits(struct engine *e, struct lane *l, size_t i, uint64_t n, uint64_t now);

/* Has the replay gone past that event? */
bool engine_passed(const struct engine *e, uint64_t n);

/*
 * What stands for event `n` in e->out, unless making it failed with `r`, gets its layers, and is
 * noted as sent. `m->wire` is empty where it cannot go out, which has been reported then. Returns 0
 * or a fatal error.
 */
int engine_prepare(struct engine *e, uint64_t n, int r, struct engine_message *m, uint64_t now,
		   struct err *err) MUST_CHECK;

/* Begin a CONNECT event; do a FIN or RST event of the client. */
void engine_connect(struct engine *e, uint64_t n);
void engine_end(struct engine *e, uint64_t n, uint64_t now);

/* A request that did not go out; the answers to one of which only a part did are not expected. */
void engine_not_sent(struct engine *e, uint64_t n);
void engine_drop_answers(struct engine *e, uint64_t n);

/* Wait in a lane's step for a thing that may not come: until its deadline, which the first call
 * sets. True when that has passed. */
bool engine_waited(const struct engine *e, struct lane *l, size_t i, uint64_t now);

/* Send what stands for event `n` in e->out, unless making it failed with `r`. Returns 0 or a fatal
 * error. */
int engine_send(struct engine *e, uint64_t n, int r, uint64_t now, struct err *err) MUST_CHECK;

/* Find what lay outside the recorded windows. Returns 0 or ERR_NOMEM. */
int engine_credits_new(struct engine *e) MUST_CHECK;

/* Does event `n` wait for credits that the live server may still grant? */
bool engine_credits_hold(struct engine *e, uint64_t n, uint64_t now);

/* How many credits the request of event `n` is to ask for beyond the recorded ones. */
uint16_t engine_credits_ask(const struct engine *e, uint64_t n);

/* `plain` goes out for event `n`. Reports where it needs credits that were not granted, unlike
 * recorded. Returns 0 or ERR_NOMEM. */
int engine_credits_sent(struct engine *e, uint64_t n, struct slice plain, uint64_t now) MUST_CHECK;

/* A live answer came; its MessageId is the live one. */
void engine_credits_received(struct engine *e, uint32_t conn, const struct smb2_pdu *live);

/* It was matched: was less granted so far than recorded? */
void engine_credits_compare(struct engine *e, uint32_t conn, const struct smb2_pdu *live,
			    const struct judge_match *m);

#endif
