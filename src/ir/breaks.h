/*
 * The recorded break notifications, found by what they break: a lease of one client (that is a
 * ClientGuid, MS-SMB2 3.3.1.1), or an open. And which of them a recorded acknowledgment answers.
 */
#ifndef SMB_IR_BREAKS_H
#define SMB_IR_BREAKS_H

#include "ir/ir.h"
#include "proto/smb2_pdu.h"

#define BREAKS_NONE UINT32_MAX

/* One recorded notification. */
struct break_note {
	uint32_t event, conn;
	uint32_t expect; /* the caller's number for it */
	uint32_t next;   /* the next of what it breaks, BREAKS_NONE: it is the last */
	uint32_t ack; /* event of its first recorded acknowledgment, BREAKS_NONE: there is none */
	uint32_t to;  /* what it breaks to: lease state or oplock level */
	bool met;     /* it came: it is not found any more; the caller sets it */
};

struct breaks;

/* `ir` is borrowed. Returns 0 or ERR_NOMEM. */
int breaks_new(const struct ir *ir, struct breaks **out) MUST_CHECK;
void breaks_free(struct breaks *b);

/* A recorded notification: all are told, in order of events, then breaks_index is called. Returns 0
 * or ERR_NOMEM. */
int breaks_add(struct breaks *b, uint32_t event, uint32_t expect,
	       const struct smb2_pdu *recorded) MUST_CHECK;
int breaks_index(struct breaks *b) MUST_CHECK;

/*
 * The first recorded notification that breaks what a live one on that connection breaks and was not
 * met, NULL: none; and the next of it. `open` is the number of the open with the live one's FileId,
 * 0: none or a lease.
 */
struct break_note *breaks_first(struct breaks *b, uint32_t conn, const struct smb2_pdu *live,
				uint32_t open);
struct break_note *breaks_next(struct breaks *b, const struct break_note *note);

/* The notification that a recorded SEND acknowledges: the last one of its lease or open before it.
 * NULL: there is none, or the event is no acknowledgment. */
const struct break_note *breaks_of_ack(const struct breaks *b, uint64_t event);

/* May a break come of a request with that command? */
bool breaks_may_come(unsigned command);

/* What a notification breaks to, as in break_note. */
uint32_t breaks_to(const struct smb2_pdu *pdu);

/* "lease from RH to R", "oplock to II": a notification in words, in `text`. */
#define BREAKS_TEXT 48
const char *breaks_describe(const struct smb2_pdu *pdu, char text[BREAKS_TEXT]);

#endif
