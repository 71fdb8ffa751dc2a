/* From the messages of a workload, one after the other, to the state of the shares that they began
 * with. */
#ifndef SMB_IR_STATE_FEED_H
#define SMB_IR_STATE_FEED_H

#include "ir/state.h"

#define STATE_MAX_WAITING ((size_t)1 << 16) /* requests that are followed at once */
#define STATE_MAX_OPENS ((size_t)1 << 20)   /* handles that are followed at once */

struct state_feed;

/* A message as compile writes it, or as it was loaded; all borrowed for the call. */
struct state_message {
	uint64_t event;
	uint32_t conn;
	const char *server; /* address of the connection's server: what tells servers apart */
	bool response;      /* it came from the server */
	struct slice bytes; /* plain, from the frame header on */
	const struct ir_extent *extents; /* where they are in data.bin; none: nowhere */
	size_t n_extents;
};

/* Returns 0 or ERR_NOMEM; free what it made in either case. */
int state_feed_new(struct state_feed **out) MUST_CHECK;
void state_feed_free(struct state_feed *f);

/* The next message in captured order. Returns 0 or ERR_NOMEM. */
int state_feed(struct state_feed *f, const struct state_message *m) MUST_CHECK;

/* What all of them imply, without `data` (the bytes of data.bin). Returns 0 or
 * ERR_NOMEM. */
int state_feed_end(const struct state_feed *f, struct state *out) MUST_CHECK;

/* The same of a workload in memory. Returns 0 or ERR_NOMEM. */
int state_derive(const struct ir *ir, struct state *out) MUST_CHECK;

#endif
