/*
 * The replay itself: decides when each event of a workload is due, sends what is to be sent, and
 * hands what comes to the judge.
 *
 * No I/O and no clock (law 5): the caller gives bytes and times (ns, monotonic, any start), and
 * gets calls of struct engine_io and a wake-up time.
 *
 *   A lane is a sequence of events that are played one after the other. --order=total has one lane
 * with all events, the other orders one for each connection. A step of a lane ends (the
 * event is done), or waits for an answer, a symbol, a connection, or a time.
 *
 *   connection:  IDLE --CONNECT event--> CONNECTING --engine_connected--> UP
 * --RST/engine_closed--> CLOSED
 *
   Members of a barrier, and what a gap ties to others, are made ready in their lanes and go out by
 * their own times (barriers.h).
 *
 * Up to a FIN of both sides a connection stays UP: `finished` is ours, `server_finished` the
 * server's, which ends a connection at once unless it was recorded.
 */
#ifndef SMB_REPLAY_ENGINE_H
#define SMB_REPLAY_ENGINE_H

#include "ir/lateness.h"
#include "replay/assemble.h"

#define ENGINE_NEVER UINT64_MAX
#define ENGINE_OWN UINT64_MAX /* in place of an event: a message that was not recorded */

enum engine_order { ORDER_TOTAL, ORDER_CAUSAL, ORDER_CONNECTION, ORDER_NONE };
enum engine_pace { PACE_RECORDED, PACE_THINK, PACE_NONE };
enum engine_wait {
	CREDITS_WAIT,
	CREDITS_FORCE,
	CREDITS_ASK
}; /* where the live server granted less */
enum engine_segments { SEGMENTS_MESSAGE, SEGMENTS_RECORDED };
enum engine_on_drop { DROP_STOP, DROP_RECONNECT };
enum engine_on_break { BREAK_ACK, BREAK_IGNORE, BREAK_CLOSE };

struct engine_options {
	enum engine_order order;
	enum engine_pace pace;
	enum engine_wait credits;
	enum engine_segments segments; /* what goes out in one write: a message, or what did */
	double speed;                  /* of recorded times: 2 plays twice as fast */
	uint64_t spin;                 /* ns; for the caller, who does not sleep them before a send
					*/
	uint64_t timeout;              /* ns; beyond what the recording waited for the same thing */
	bool stop;                     /* end at the first divergence */
	bool same_negotiation; /* end where the live server negotiates otherwise than recorded */
	bool leave_sealed_out; /* pass over messages that compile could not open */
	enum engine_on_drop on_drop;   /* what follows a connection lost unlike recorded */
	enum engine_on_break on_break; /* what a break is answered with that was not recorded */
	bool send_idle_acks;           /* send acknowledgments of breaks that did not come, too */
	enum seal_mode seal;
	const char *server; /* the live server's name */
	const char
		*share; /* the share that stands for every recorded one but IPC$; "": as recorded */
	const struct map *map;     /* names that go before these two; NULL: none */
	const struct clone *clone; /* whose names and keys are played; NULL: the recorded ones */
	/* Told of every live answer with the recorded one that it was found to be, and with its
	 * recorded MessageId; NULL: nobody is. */
	void (*answer)(void *ctx, const struct judge_match *m, const struct smb2_pdu *live);
	void *answer_ctx;
};

/* What became of bytes that were to be sent. */
struct engine_wrote {
	uint64_t at;    /* when the socket had taken what it takes at once */
	size_t waiting; /* bytes of the connection that it has not taken; engine_flushed follows */
};

/* One of several messages that are due at nearly one time, each on a connection of its own. */
struct engine_put {
	uint32_t conn;
	struct slice bytes;
	uint64_t at; /* when it is due */
	/* What came of it. */
	int r; /* as that of `send` */
	uint64_t began;
	struct engine_wrote wrote;
};

/* What the engine wants done. Connections are numbered as in the workload. */
struct engine_io {
	void *ctx;
	int (*connect)(void *ctx, uint32_t conn); /* begins; engine_connected or engine_closed
						     follows. 0 or a negative error */
	int (*send)(void *ctx, uint32_t conn, struct slice bytes,
		    struct engine_wrote *wrote);  /* takes all bytes, 0 or a negative error */
	void (*finish)(void *ctx, uint32_t conn); /* no more bytes will be sent: FIN */
	void (*reset)(void *ctx, uint32_t conn);  /* RST; the connection is gone */
	void (*close)(void *ctx, uint32_t conn);  /* both sides are done */
	void (*read)(void *ctx, uint32_t conn, bool on); /* stop reading, or go on */
	uint64_t (*now)(void *ctx); /* the time at hand, of what is sent together; NULL: that of
				       the call */
	/* Send all these, in the order of their times; where the first is late, the others are as
	 * late. NULL: `send` does one after the other. */
	void (*send_all)(void *ctx, struct engine_put *puts, size_t n);
	uint64_t lead; /* ns; from when engine_is_paired says so to `send_all`, at the least */
};

/* Who is told what was done, in order; for the run, the capture of it and progress. Any member may
 * be NULL. */
struct engine_watch {
	void *ctx;
	void (*connected)(void *ctx, uint32_t conn, uint64_t now);
	void (*sent)(void *ctx, uint64_t event, uint32_t conn, const struct engine_message *m,
		     uint64_t now); /* behind its first write; `event` may be ENGINE_OWN */
	void (*wrote)(void *ctx, uint32_t conn, struct slice bytes,
		      uint64_t now); /* after `sent`: the bytes of one write */
	void (*received)(void *ctx, uint32_t conn, const struct engine_message *m, uint64_t now);
	void (*ended)(void *ctx, uint32_t conn, bool server, bool reset, uint64_t now);
};

struct engine_totals {
	uint64_t sent, not_sent; /* messages: not sent since their connection was lost, or could not
				    be made */
	uint64_t own; /* messages that were not recorded: answers to breaks, reconnections */
	uint64_t drops, reconnects; /* connections lost that were to be connected again; were */
	uint64_t opens, opens_reclaimed; /* that these had; of them */
	uint64_t held; /* acknowledgments that were not sent, since their breaks did not come */
	uint64_t received;
	uint64_t logons, logons_failed; /* recorded as successful; of these, refused or for want of
					   credentials not made */
	uint64_t connects_failed, connects;
	uint64_t split_segments; /* SEGMENTS_RECORDED: that did not go out in one write, since a
				    part of them waited for something */
	bool other_negotiation; /* a NEGOTIATE response differed, and same_negotiation ended the run
				 */
};

/*
 * The credits of a connection: where the live server first granted less than recorded, and what
 * came of it.
 */
struct engine_credits {
	bool less;                  /* it did */
	uint64_t event, frame;      /* the recorded answer in which it shows */
	uint32_t granted, recorded; /* in that answer, live and recorded */
	uint64_t sum, recorded_sum; /* in all up to there */
	uint64_t held, held_ns;     /* requests that waited for credits, and for how long */
	uint64_t uncovered;         /* that went out without them, unlike recorded */
};

/* How exactly a barrier, gap or pause was kept. */
struct engine_skew {
	uint64_t event, of;  /* gap: what went out, and what it counts from; barrier: its first */
	const char *barrier; /* of the workload; NULL: a gap */
	uint32_t n;          /* how many events went out by it */
	uint32_t pause;      /* the byte at which the event paused; 0: not a pause. `of` is the
				event itself where it counts from the piece before */
	bool answered;       /* the gap or pause counts from the answer */
	bool missed;         /* something did not go out, or what it counts from did not come */
	int64_t planned;     /* ns */
	int64_t actual;      /* ns; of a barrier from the first to the last; unless `missed` */
};

struct engine;
struct gate;

/* All arguments are borrowed for the engine's life. Returns 0 or ERR_NOMEM. */
int engine_new(const struct ir *ir, struct judge *judge, struct assemble *assemble,
	       struct security *security, const struct engine_options *opt,
	       struct engine **out) MUST_CHECK;
void engine_set_io(struct engine *e, const struct engine_io *io, const struct engine_watch *watch);
void engine_free(struct engine *e);

/* Do all that is due at `now`; `*wake` is when to call again at the latest (ENGINE_NEVER: only on
 * input). Returns 0 or a fatal error with a text in `err`. */
int engine_run(struct engine *e, uint64_t now, uint64_t *wake, struct err *err) MUST_CHECK;

/*
 * While nothing is due: make a message ready before its time. True: there may be another one; the
 * caller looks for input before the next call.
 */
bool engine_make_ahead(struct engine *e, uint64_t now);

/* What the network brought. engine_run is to be called afterwards. Returns 0 or a fatal error. */
void engine_connected(struct engine *e, uint32_t conn, uint64_t now);
int engine_input(struct engine *e, uint32_t conn, struct slice bytes, uint64_t now) MUST_CHECK;
void engine_finished(struct engine *e, uint32_t conn, uint64_t now); /* the server's FIN */
void engine_closed(struct engine *e, uint32_t conn, bool reset, const char *why, uint64_t now);

/* The socket has taken all but `waiting` bytes of what was sent. */
void engine_flushed(struct engine *e, uint32_t conn, size_t waiting, uint64_t now);

/* Somebody steps through this replay (replay/gate.h); borrowed. */
void engine_set_gate(struct engine *e, const struct gate *gate);
bool engine_is_shut(const struct engine *e);

/* Nothing more is sent; the replay ends. */
void engine_stop(struct engine *e);

/* What is live, for who looks at a replay in its middle: the window of a connection that is up
 * (NULL: it is not), and of a symbol what judge_symbol says. */
const struct credits *engine_window(const struct engine *e, uint32_t conn);
enum judge_symbol engine_symbol(const struct engine *e, enum ir_what what, uint32_t number,
				struct slice *value);

bool engine_done(const struct engine *e);
const struct engine_totals *engine_totals(const struct engine *e);
void engine_lateness(const struct engine *e, struct lateness *out);

/* Is the time that engine_run gave one of a barrier or gap? To be awake then takes more than a
 * timer. */
bool engine_is_sharp(const struct engine *e);

/* And is it that of several messages for send_all? Does the workload have any? */
bool engine_is_paired(const struct engine *e);
bool engine_has_pairs(const struct engine *e);

/* Barriers and gaps, in groups, and pauses as they were: an array for free(). Returns 0 or
 * ERR_NOMEM. */
int engine_skews(const struct engine *e, struct engine_skew **out, size_t *n) MUST_CHECK;

const struct engine_credits *engine_credits(const struct engine *e, uint32_t conn);

#endif
