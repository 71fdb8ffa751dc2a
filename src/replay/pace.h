/*
 * When messages are due, how late they went out, and what held them up. All times are computed from
 * one absolute start (or, with PACE_THINK, from what was waited for), never from the message
 * before: nothing adds up.
 *
 * What a message is late by is parted without a rest: from when it was due to when an answer,
 * credits or a message before it let it go (the last of what its lane had waited for), what the
 * socket did not take at once, and the rest, which is ours.
 */
#ifndef SMB_REPLAY_PACE_H
#define SMB_REPLAY_PACE_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/histogram.h"
#include "ir/lateness.h"

struct engine;
struct lane;
struct econn;
struct engine_wrote;

/* What a lane waits for, or did last. */
struct pace_lane {
	uint64_t due; /* when the event at hand is to happen */
	bool timed;   /* the step at hand waits for that */
	bool held;    /* the lane waits for something else, */
	uint8_t cause;
	uint64_t since, freed; /* since then; when that came last */
};

/* A message that is about to be written. */
struct pace_send {
	bool set;
	uint8_t cause;
	uint64_t due, freed;
};

/* Of one connection. */
struct pace_conn {
	struct pace_send next; /* the message that its next bytes are of */
	uint64_t bytes;        /* that were given to the socket since it was connected */
	struct buf waiting;    /* struct pace_waiting each: messages that it has not taken */
	size_t head;           /* in it, in bytes */
};

/* PACE_THINK counts from here: when it happened, live and recorded. */
struct pace_anchor {
	uint64_t live, recorded;
	bool set;
};

struct pace {
	struct pace_anchor *anchors; /* of each client or connection; NULL: not PACE_THINK */
	uint32_t *anchor_of;         /* of each connection; NULL: its own */
	uint64_t heard;              /* when the last input came */
	struct histogram late, parts[LATENESS_N_CAUSES]; /* ns */
	uint64_t much[LATENESS_N_CAUSES];                /* see struct lateness */
};

/* Returns 0 or ERR_NOMEM. */
int pace_new(struct engine *e) MUST_CHECK;
void pace_free(struct pace *p);
void pace_conn_free(struct pace_conn *p);

/* When is event `n` due? Without a pace: at the start. */
uint64_t pace_due(const struct engine *e, uint64_t n);

/* A step of the lane waits, or its event is done. */
void pace_waits(struct engine *e, struct lane *l, uint64_t now);
void pace_done(struct engine *e, struct lane *l, uint64_t n, uint64_t now);

/* What the lane's event at hand waits for has come: receipt `n`, which is no event of its own. */
void pace_received(struct engine *e, struct lane *l, uint64_t n, uint64_t now);

/* The lane's event `n` goes out now: the next bytes of its connection are of it. */
void pace_sends(struct engine *e, struct lane *l, uint64_t n, uint64_t now);

/* Bytes were given to a connection's socket. */
void pace_wrote(struct engine *e, struct econn *c, size_t bytes, const struct engine_wrote *w);

/* All but `waiting` bytes of those went out. */
void pace_flushed(struct engine *e, struct econn *c, size_t waiting, uint64_t now);

void pace_summary(const struct pace *p, struct lateness *out);

#endif
