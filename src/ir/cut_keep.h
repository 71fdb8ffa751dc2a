/* Which events of a workload are kept: those that were asked for, and what they need. */
#ifndef SMB_IR_CUT_KEEP_H
#define SMB_IR_CUT_KEEP_H

#include "ir/cut.h"
#include "ir/cut_links.h"

enum cut_mark { CUT_DROPPED, CUT_NEEDED, CUT_ASKED };

struct cut_keep {
	const struct ir *ir;
	struct cut_links links;
	uint8_t *marks;  /* enum cut_mark, of each event */
	bool *conns;     /* of each connection: some message of it is kept */
	uint32_t *stack; /* events whose links are to be followed */
	size_t n_stack;
};

static inline bool
cut_is_kept(const struct cut_keep *k, size_t event)
{
	return k->marks[event] != CUT_DROPPED;
}

/* Returns 0, or ERR_NOMEM. To be freed in either case. */
int cut_keep_new(const struct ir *ir, const struct cut_options *opt,
		 struct cut_keep *out) MUST_CHECK;
void cut_keep_free(struct cut_keep *k);

/* Keep all messages of a connection before an event, with what they need. */
void cut_keep_before(struct cut_keep *k, uint32_t conn, uint32_t before);

/* Mark what goes with kept connections: connects and ends. To be called once, at the end. Returns 0
 * or ERR_NOMEM. */
int cut_keep_ends(struct cut_keep *k) MUST_CHECK;

#endif
