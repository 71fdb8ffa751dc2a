/*
 * MessageIds of a connection where more or fewer requests go out than recorded (legs of a logon,
 * acknowledgments), or that begins anew: those behind move.
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

#define MIDS_NOTIFICATION UINT64_MAX /* is no id and never moves */
#define MIDS_OWN (UINT64_MAX - 1)    /* stands for the recorded id of what answers to none */

struct mid_step {
	uint64_t from;     /* recorded ids from here on move by... */
	int64_t delta;     /* ...1 or -1, or where the connection began anew any number */
	bool inserts;      /* for a request that was not recorded */
	uint64_t inserted; /* then its live id */
	uint64_t of;       /* and the recorded one that its answer counts for */
};

struct mids {
	struct mid_step *steps; /* by `from` */
	size_t n;
	uint64_t next;       /* the lowest recorded id that is above all that were sent */
	uint64_t changes;    /* how often ids moved */
	uint64_t lost_below; /* recorded ids below it were of the connection before */
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

/* The live id that mids_insert would take. */
uint64_t mids_next(const struct mids *m);

/* The connection begins anew: recorded ids from `recorded` on are now `live` and following ones.
 * Returns 0 or ERR_NOMEM. */
int mids_restart(struct mids *m, uint64_t recorded, uint64_t live) MUST_CHECK;

/* A recorded id was seen to be `live`, as some before it were not used: so are the following ones
 * moved. Returns 0 or ERR_NOMEM. */
int mids_follow(struct mids *m, uint64_t recorded, uint64_t live) MUST_CHECK;

/* Did the request with that recorded id go out before the connection began anew, if ever? */
bool mids_is_lost(const struct mids *m, uint64_t recorded);

/* A recorded request will not be sent. Its id stays free where later ones are in use already.
 * Returns 0 or ERR_NOMEM. */
int mids_remove(struct mids *m, uint64_t recorded) MUST_CHECK;

#endif
