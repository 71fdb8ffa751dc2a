/*
 * What judge.c (matching), judge_index.c (what is expected), judge_compare.c and judge_listing.c
 * (what differs) and judge_report.c (what is said) share.
 */
#ifndef SMB_IR_JUDGE_INT_H
#define SMB_IR_JUDGE_INT_H

#include "ir/breaks.h"
#include "ir/differ.h"
#include "ir/fileids.h"
#include "ir/judge.h"
#include "ir/negotiated.h"
#include "ir/requests.h"
#include "ir/symbols.h"

enum state { WAITING, MET, GIVEN_UP };

/* One recorded answer: a PDU, or a message that is no plain SMB2. */
struct expect {
	uint64_t message_id;
	uint32_t event, conn;
	uint32_t off, len; /* in the event's bytes */
	uint32_t status, flags;
	uint32_t scan; /* the listing that it is a part of, 0: none */
	uint16_t command, pdu, credits;
	uint16_t asked; /* smb2_asked of its request */
	uint8_t state;
	bool raw, interim;
	bool equal;  /* it came and was counted as equal */
	bool listed; /* its part in a listing was judged, or given up */
};

/* A listing of a directory: what came for all requests of a scan (ir/scans.h). */
struct judge_leftover;
struct judge_scan {
	struct judge_leftover *left; /* owned: what is to be found in other answers, or NULL */
	uint32_t to_come;            /* answers that were recorded and have not come */
	bool exact;                  /* of one name */
	bool listed[2], ended[2];    /* entries came; its end was told: recorded, live */
	bool broken;                 /* it cannot be compared as a whole */
};

struct judge {
	const struct ir *ir;
	struct judge_sink sink;
	struct expect *expects; /* in order of events */
	size_t n_expects, cap_expects;
	uint32_t *first;       /* of each event, and one more: index of its first expect */
	uint32_t *sorted;      /* expects by connection, MessageId, order */
	uint32_t *next_answer; /* of each connection: an expect before which all are met */
	uint32_t *conn_first;  /* of each connection, and one more: where its expects begin in
				  by_conn */
	uint32_t *by_conn;     /* expects by connection, order */
	struct symbols symbols;
	struct breaks *breaks;
	struct fileid *live_opens; /* by live FileId */
	struct judge_totals totals;
	struct negotiated_said negotiated;
	struct requests requests;
	struct judge_scan *scans; /* by number, from 1 */
	uint32_t n_scans;
	size_t n_left;         /* entries in all `left` */
	uint64_t sent;         /* the last request that went out, UINT64_MAX: none did */
	struct mapper *mapper; /* NULL: names are as recorded */
	struct buf scratch, masked, mapped;
};

/* Where the recorded answers to a MessageId begin in `sorted`, and the one at place `i`; NULL: it
 * belongs to another MessageId. */
size_t judge_lower_bound(const struct judge *j, uint32_t conn, uint64_t message_id);
struct expect *judge_answer_at(const struct judge *j, size_t i, uint32_t conn, uint64_t message_id);

/* A recorded answer, decoded; borrowed from the workload or j->scratch. */
int judge_decode_expect(struct judge *j, const struct expect *e, struct smb2_pdu *out) MUST_CHECK;

/* Compare a recorded answer with the live one that stands for it. Returns 0 or ERR_NOMEM. */
int judge_compare(struct judge *j, struct expect *e, const struct smb2_pdu *live) MUST_CHECK;

/* While two answers are compared. */
struct judge_comparison {
	struct judge *j;
	const struct expect *e;
	bool equal;
	bool negotiation; /* of two that tell what was negotiated */
};

/* The sink of ir/differ.h; `ctx` is a struct judge_comparison. */
void judge_on_difference(void *ctx, const struct differ_field *f);

/* Compare two opened answers to QUERY_DIRECTORY. Returns 0 or ERR_NOMEM. */
int judge_listing_compare(const struct smb2_pdu *rec, const struct smb2_pdu *live,
			  struct judge_comparison *c) MUST_CHECK;

/* An answer was compared, or (NULL) will not be: where it is the last of a listing, say what is
 * left of that. Returns 0 or ERR_NOMEM. */
int judge_listing_answered(struct judge *j, struct expect *e,
			   const struct smb2_pdu *live) MUST_CHECK;

void judge_listing_free(struct judge *j);

/* What is counted of the answers to its command. */
static inline struct judge_count *
judge_count_of(struct judge *j, const struct expect *e)
{
	return &j->totals.commands[e->command < SMB2_N_COMMANDS ? e->command : SMB2_N_COMMANDS];
}

/* An answer is equal; or, as it turns out, not. */
void judge_count_equal(struct judge *j, struct expect *e, bool equal);

/* Is the presence of an interim answer to that request behaviour? */
bool judge_pending_counts(const struct judge *j, uint32_t conn, uint64_t message_id,
			  uint16_t command);

/* "CREATE response", "OPLOCK_BREAK notification"; in `text`. */
const char *judge_name_message(char *text, size_t size, unsigned command, uint64_t message_id);

/* Counts a difference and hands it to the sink. */
void judge_tell(struct judge *j, const struct judge_divergence *d);

/* A difference between a recorded answer and a live one. */
void judge_report_expect(struct judge *j, enum judge_kind kind, const struct expect *e,
			 const char *field, const char *expected, const char *got);

/* A live PDU that was not recorded. Returns 0 or ERR_NOMEM. */
int judge_report_extra(struct judge *j, uint32_t conn, const struct smb2_pdu *live) MUST_CHECK;

#endif
