/*
 * The window of MessageIds of one connection: what the server's grants allow, and what requests
 * have taken of it (MS-SMB2 3.2.4.1.6, 3.3.1.1, 3.3.1.2, 3.3.5.2.3).
 *
 * A connection begins with one credit, for id 0. Every granted credit adds an id at the top. A
 * request takes its MessageId, or as many ids from there on as its CreditCharge says, in any order
 * and each once; CANCEL takes none. Pure bookkeeping, in bounded memory.
 */
#ifndef SMB_IR_CREDITS_H
#define SMB_IR_CREDITS_H

#include "proto/smb2_pdu.h"

#define CREDITS_MAX_RANGES                                                                         \
	256 /* of used ids; where there are more, the lowest holes count as used */

/* What the window needs to know of a PDU's header. */
struct credit_head {
	uint64_t message_id;
	uint32_t flags, status, next_command;
	uint16_t command, charge, credits;
};

/* Ids from `first` on, without `end`. */
struct credit_range {
	uint64_t first, end;
};

struct credits {
	uint64_t low, top;         /* ids below `low` are used, those from `top` on not granted */
	struct credit_range *used; /* owned: what is used between them, ascending, with holes */
	size_t n_used, cap;
	bool known;       /* false: the capture lacks what the window depends on */
	bool multi;       /* CreditCharge counts (Connection.SupportsMultiCredit) */
	uint64_t granted; /* by answers, which is without the first one */
	uint64_t taken;   /* ids, once each */
	uint64_t requests, answers, most_outstanding; /* requests without their final answer */
};

/* A connection that was just made. */
void credits_begin(struct credits *c);
void credits_free(struct credits *c);

/* From here on nothing is known of the window: it covers every request. */
void credits_lose(struct credits *c);

/* Read the header of a PDU. False: the bytes do not begin with one. */
bool credits_head(struct slice pdu, struct credit_head *out);

/* How many ids a request takes on this connection; 0 for CANCEL. */
uint32_t credits_charge(const struct credits *c, const struct credit_head *h);

/* Are all of these ids granted and unused? */
bool credits_cover(const struct credits *c, uint64_t id, uint32_t charge);

/* Are some of them still to be granted? */
bool credits_short_of(const struct credits *c, uint64_t id, uint32_t charge);

/* A request goes out, covered or not. Returns 0 or ERR_NOMEM. */
int credits_sent(struct credits *c, uint64_t id, uint32_t charge) MUST_CHECK;

/* An answer came, or a notification. */
void credits_answered(struct credits *c, const struct credit_head *h);

/* A NEGOTIATE response came: does CreditCharge count from here on? */
void credits_negotiated(struct credits *c, const struct smb2_pdu *response);

#endif
