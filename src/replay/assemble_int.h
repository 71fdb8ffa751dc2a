/* What assemble.c and assemble_audit.c share. */
#ifndef SMB_REPLAY_ASSEMBLE_INT_H
#define SMB_REPLAY_ASSEMBLE_INT_H

#include "replay/assemble.h"

/* One request on its way out. */
struct request {
	struct assemble *a;
	struct security_conn *c;
	uint64_t n;
	const struct ir_event *ev;
	struct slice recorded;
	struct buf *out;
	size_t at;                          /* where it begins in `out` */
	const struct assemble_extra *extra; /* NULL: the event itself */
	bool ahead;                         /* it is made ahead of its time */
	bool unsigned_for_guest;            /* SIGNED and signature were taken out of it */
	bool renamed;                       /* a CANCEL that names its request otherwise */
	struct err *e;
};

/* `recorded` became `sent` at `off` of the sent message, unless they are the same. */
void audit_entry(const struct request *q, const char *what, uint32_t number, size_t off,
		 struct slice recorded, struct slice sent);

/* Tell the audit all that differs in what goes out. Returns 0 or ERR_NOMEM. */
int audit_request(struct request *q) MUST_CHECK;

#endif
