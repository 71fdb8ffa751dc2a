/* The windows of all connections of a workload, event after event, by the grants that were
 * recorded. */
#ifndef SMB_IR_CREDIT_SCAN_H
#define SMB_IR_CREDIT_SCAN_H

#include "ir/credits.h"
#include "ir/ir.h"

/*
 * The headers of the PDUs of a plain message, front to back, without putting its bytes together
 * where they are in pieces. To start: {.ir = ir, .ev = ev, .scratch = scratch}.
 */
struct credit_heads {
	const struct ir *ir;
	const struct ir_event *ev;
	struct buf *scratch; /* for edited messages, not to be used until the end */
	struct slice edited; /* borrowed from it */
	size_t next;         /* offset of the next PDU, 0: at the first; ev->size: at the end */
	size_t at;           /* of the one handed out last */
};

/* The next header; false at the end, where none can be read, and for what is no plain message. */
bool credit_heads_next(struct credit_heads *i, struct credit_head *out);

struct credit_scan {
	const struct ir *ir;
	struct credits *conns; /* owned: of each connection */
	struct buf scratch, whole;
};

/* A request whose ids the recorded window did not cover. */
struct credit_outside {
	struct credit_head head;
	uint32_t charge;
	const struct credits *window; /* before it */
};

/* `ir` is borrowed. Returns 0 or ERR_NOMEM. */
int credit_scan_new(const struct ir *ir, struct credit_scan *out) MUST_CHECK;
void credit_scan_free(struct credit_scan *s);

/*
 * Follow the next event. `*covered`: the window covers all of its requests; where it does not, `fn`
 * (may be NULL) is called for each that lies outside. Returns 0 or ERR_NOMEM.
 */
int credit_scan_event(struct credit_scan *s, const struct ir_event *ev, bool *covered,
		      void (*fn)(void *ctx, const struct credit_outside *o), void *ctx) MUST_CHECK;

#endif
