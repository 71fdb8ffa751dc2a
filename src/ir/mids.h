/*
 * MessageIds of a connection where a logon takes more or fewer legs than recorded: those behind it
 * move.
 *
 * Recorded ids are what the rest of the replay knows; only bytes on the wire have live ones
 * (MS-SMB2 3.2.4.1.3).
 */
#ifndef SMB_IR_MIDS_H
#define SMB_IR_MIDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct mid_step {
	uint64_t from;     /* recorded ids from here on move by... */
	int delta;         /* ...1 or -1 */
	uint64_t inserted; /* delta 1: the live id of the request that was not recorded */
	uint64_t of;       /* and the recorded one that its answer counts for */
};

struct mids {
	struct mid_step *steps; /* by `from` */
	size_t n;
	uint64_t next; /* the lowest recorded id that is above all that were sent */
};

void mids_free(struct mids *m);

/* Both ids of a request. Where none moved these are the same. */
uint64_t mids_live(const struct mids *m, uint64_t recorded);
uint64_t mids_recorded(const struct mids *m, uint64_t live);

/* A request goes out that takes `charge` ids. */
void mids_sent(struct mids *m, uint64_t recorded, uint64_t charge);

/* Take the next id for a request that was not recorded, whose answer counts for that to `of`.
 * Returns 0 or ERR_NOMEM. */
int mids_insert(struct mids *m, uint64_t of, uint64_t *live) MUST_CHECK;

/* A recorded request will not be sent. Its id stays free where later ones are in use already.
 * Returns 0 or ERR_NOMEM. */
int mids_remove(struct mids *m, uint64_t recorded) MUST_CHECK;

#endif
