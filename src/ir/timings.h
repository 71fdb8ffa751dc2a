/*
 * Events that go out by each other's time ("barrier", "gap", "pause" with an event), in groups: all
 * that are tied to each other, directly or through others. A message that pauses for another one
 * has its time as a whole, which is that of its first piece.
 *
 * A group is let go when all its members are ready. From then on each member has a time: `at` ns
 * after the group was let go, of which the first is 0, or `at` ns after the answer to another
 * member.
 */
#ifndef SMB_IR_TIMINGS_H
#define SMB_IR_TIMINGS_H

#include "ir/ir.h"

#define TIMINGS_NONE UINT32_MAX
#define TIMINGS_MAX_GROUP 16384u

struct timing_member {
	uint32_t event;
	uint32_t group;
	uint32_t of;         /* the member that its gap counts from; TIMINGS_NONE: no gap */
	uint32_t before;     /* the member before it on its connection and in its group, or NONE */
	uint32_t answer;     /* the member whose answer `at` counts from; TIMINGS_NONE: none */
	const char *barrier; /* borrowed from the workload; or NULL */
	uint64_t at;         /* ns */
};

struct timing_group {
	uint32_t first, n; /* of `order` */
};

struct timings {
	struct timing_member *members; /* owned; by event */
	size_t n;
	uint32_t *order;             /* owned: members group by group, and in each by event */
	struct timing_group *groups; /* owned */
	size_t n_groups;
};

/*
 * Find the groups. Returns 0; ERR_MALFORMED with the line in `path` of what cannot be (a barrier
 * with one member, gaps in a circle, a gap or pause to what the client does not send, a time before
 * the answer that it counts from, two members of a connection in another order than there, over
 * TIMINGS_MAX_GROUP in a group); or ERR_NOMEM.
 */
int timings_new(const struct ir *ir, const char *path, struct timings *out,
		struct err *e) MUST_CHECK;
void timings_free(struct timings *t);

/* The member that an event is, TIMINGS_NONE: none. */
uint32_t timings_find(const struct timings *t, uint64_t event);

#endif
