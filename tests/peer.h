/*
 * A scripted server for the replay engine, in memory: serves the recorded answers of a workload
 * with other session, tree, file and async ids and resume keys, in its own time. No network, no
 * clock.
 */
#ifndef SMB_TESTS_PEER_H
#define SMB_TESTS_PEER_H

#include "replay/engine.h"

#define PEER_XOR 0x5a /* every byte of an id is changed by it; ids of zeroes or ones stay */
#define PEER_CONNS 64
#define PEER_NEVER UINT64_MAX

struct peer_conn {
	bool connecting, up, finished, reset, closed;
	bool unread; /* the client reads nothing */
	unsigned n_finish, n_reset, n_close, n_connect;
	uint64_t finished_at;
	size_t missing; /* bytes of messages that were sent, but not written */
};

#define PEER_WRITES 32

/* One write. */
struct peer_write {
	uint32_t conn;
	size_t n;
	uint64_t at;
};

struct peer {
	const struct ir *ir; /* the caller's */
	struct engine_options opt;
	struct judge *judge;
	struct mapper *mapper;
	struct security *security;
	struct engine *engine;
	struct assemble assemble;
	struct auth_env env;
	struct peer_conn conns[PEER_CONNS];
	struct buf *sent;  /* of each event */
	uint64_t *sent_at; /* of each event; PEER_NEVER: was not sent */
	bool *served;      /* RECV, server's FIN and RST: done */
	uint64_t now, start;
	uint64_t n_writes;
	uint64_t write_takes;   /* ns that each of them takes */
	bool parallel;          /* messages may be written at the same time, if it is known, */
	uint64_t lead;          /* ns, so long before */
	uint64_t n_parallel;    /* messages that were */
	bool unprepared;        /* nothing is made ahead of its time */
	bool full;              /* sockets take nothing */
	uint32_t drawn;         /* random numbers so far */
	struct buf divergences; /* a line each, "KIND #EVENT message field: EXPECTED, GOT" */
	struct buf order;       /* numbers of sent events */
	struct buf writes;      /* sizes of writes */
	struct peer_write list[PEER_WRITES]; /* the first of them, as they were told of */
	size_t n_list;
	struct buf own;      /* messages that were not recorded, one behind the other */
	size_t own_answered; /* of these, bytes */
	uint32_t own_conn;   /* where the last one came */
	struct buf audit;    /* a line each, "EVENT+OFFSET WHAT" */
	/* What the server does: */
	size_t cut, piece;  /* input comes as two pieces, cut there; or in pieces of that size. 0:
			       whole messages */
	uint64_t mute;      /* the answers of this event never come */
	uint64_t mute_from; /* the answers of this event and all behind it never come */
	uint64_t alter;     /* an answer of which one bit is other than recorded */
	size_t alter_at;    /* in that byte */
	uint64_t say_at;    /* after this event was sent it says, unasked: */
	struct slice say;
	struct slice own_answers; /* it answers these messages one after the other to what was not
				     recorded, with its MessageId; empty: see answer_own */
	uint32_t own_status;      /* what it answers to messages that were not recorded */
	uint64_t die_at;          /* closes the connection instead of taking this event */
	uint64_t break_at;        /* sending this event fails */
	uint32_t refuse;          /* this connection is refused */
	bool refuse_again;        /* this connection is refused once it was up */
	bool own_mute;            /* what was not recorded gets no answer */
	bool deaf;                /* never closes a connection */
	bool patient;             /* answers only when all bytes of what was sent were written */
	bool eager;               /* answers one request after the other as they come */
	bool broken;              /* connections cannot even be begun */
	bool moves_ids;  /* answers to the MessageId that a request had, not to the recorded one
			  */
	bool keep_ids;   /* serves the recorded ids */
	uint16_t cipher; /* it opens and seals with it, by the live keys; for one session. 0:
			    nothing */
	struct sealer *sealers[2]; /* client to server, server to client */
	uint64_t session_id;       /* the live one */
	uint64_t opened, sealed;   /* messages that it opened; that it sealed */
};

/* Make ready. All else is to be set before peer_start. */
void peer_init(struct peer *p, const struct ir *ir);

/* The parts that play. Returns 0 or ERR_NOMEM. */
int peer_start(struct peer *p) MUST_CHECK;

/* Play to the end. Returns 0, or what the engine returned, or ERR_INTERNAL where it waits for
 * nothing. */
int peer_play(struct peer *p) MUST_CHECK;

void peer_free(struct peer *p);

/* The divergences so far, as one text; the audit; what was written. */
const char *peer_said(struct peer *p);
const char *peer_audited(struct peer *p);
const char *peer_writes(struct peer *p);

/* What one event's bytes should be, other than what is declared: NULL, or the first thing that is
 * wrong. */
const char *peer_check_sent(struct peer *p, uint64_t event);

#endif
