/* What barriers.c (groups, and what is due of them) and barriers_pairs.c share. */
#ifndef SMB_REPLAY_BARRIERS_INT_H
#define SMB_REPLAY_BARRIERS_INT_H

#include "replay/barriers.h"

enum member_state {
	FREE,  /* its turn has not come */
	READY, /* it waits for its group, or for its time */
	DONE,  /* it went out */
	GONE   /* its lane has passed it: a lost connection, a fault */
};

struct member {
	enum member_state state;
	bool made;     /* its bytes are there */
	bool answered; /* `answered_at` is set */
	bool in_vain;  /* what its time counts from did not come */
	bool failed;   /* its connection broke when it was sent */
	struct lane *lane;
	struct buf plain, wire;
	struct engine_message message;
	uint32_t times;
	uint64_t sent_at, answered_at;
	uint64_t told_at;    /* when it had been written, as runs have it */
	uint64_t message_id; /* recorded, of the last request of the message */
};

struct group {
	uint32_t missing, left; /* members that are FREE; FREE or READY */
	bool let_go;
	uint64_t let_go_at;
	uint32_t next_active; /* in the list of those that were let go, plus 1 */
};

struct barriers {
	struct timings t;
	struct member *members;
	struct group *groups;
	uint32_t active;  /* the first group that was let go and is not through, plus 1 */
	uint32_t *untold; /* members that went out and nobody was told of, in that order */
	size_t n_untold;
	uint32_t *close;         /* members that go out in one call */
	struct engine_put *puts; /* for it */
	bool has_pairs;          /* there are such members */
};

static inline struct group *
group_of(const struct barriers *b, uint32_t m)
{
	return &b->groups[b->t.members[m].group];
}

/* The time at hand. */
uint64_t barriers_clock(const struct engine *e);

/* Make a member's bytes, so that nothing is left to do but to write them. */
void barriers_make(struct engine *e, uint32_t i);

/* A member's bytes, or their first piece, were given to the socket: what follows is to. */
void barriers_written(struct engine *e, uint32_t i);

/* When a member is due; ENGINE_NEVER: not known yet. */
uint64_t barriers_due(const struct barriers *b, uint32_t i);

/* The member of a group that is due first, and when; TIMINGS_NONE: none. */
uint32_t barriers_first_due(const struct engine *e, uint32_t group, uint64_t *when);

/* Make ready for what follows, and find whether it happens at all. Returns 0 or ERR_NOMEM. */
int barriers_find_pairs(struct engine *e) MUST_CHECK;

/* Are several of a group's members due first, at nearly one time, each on a connection of its own?
 */
bool barriers_is_pair(const struct engine *e, uint32_t group);

/* Send those, which are due at `when`. False: there are none, and nothing was done. */
bool barriers_put_pair(struct engine *e, uint32_t group, uint64_t when);

#endif
