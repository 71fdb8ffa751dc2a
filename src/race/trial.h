/*
 * One try: a workload is played once against the live server, and what became of each request is
 * kept.
 */
#ifndef SMB_RACE_TRIAL_H
#define SMB_RACE_TRIAL_H

#include "replay/replay.h"

/* The requests of a workload, PDU by PDU, in the order of its events. */
struct trial_request {
	uint32_t event, conn;
	uint16_t pdu, command;
};

struct trial_requests {
	struct trial_request *list; /* owned */
	size_t n;
	uint32_t *first; /* owned: of each event the first of its requests; of n_events: n */
	const struct ir *ir;
};

/* Returns 0 or ERR_NOMEM. */
int trial_requests_new(const struct ir *ir, struct trial_requests *out) MUST_CHECK;
void trial_requests_free(struct trial_requests *r);

enum trial_state {
	TRIAL_UNSENT,
	TRIAL_WAITS, /* no final answer came */
	TRIAL_LOST,  /* nor could it: its connection was gone */
	TRIAL_ANSWERED
};

/* What became of a request. Times in ns, of one clock. */
struct trial_answer {
	enum trial_state state;
	bool interim; /* STATUS_PENDING came */
	uint32_t status;
	uint64_t message_id; /* live */
	uint64_t sent, done;
	size_t request, request_len; /* the request as it went out, in `bytes` of the trial */
	size_t at, len;              /* the final answer, there */
};

#define TRIAL_MAX_BREAKS 64

/* An oplock or lease break came: of that lease, or open. */
struct trial_break {
	uint8_t key[16];
	uint64_t at;
};

struct trial {
	const struct trial_requests *requests; /* borrowed */
	struct trial_answer *answers;          /* owned: of each request */
	struct buf bytes;
	struct buf
		fields; /* a line for each field that is not as recorded: "EVENT FIELD VALUE\n" */
	struct trial_break breaks[TRIAL_MAX_BREAKS];
	size_t n_breaks;        /* the first ones */
	uint32_t lost;          /* connections that the server ended, unlike recorded */
	bool no_connection;     /* not one could be made */
	struct judge_sink also; /* is told of differences, too */
	int64_t skew;           /* of the first gap, in ns: how it was kept; else 0 */
};

/* For any number of tries, one after the other. Returns 0 or ERR_NOMEM. */
int trial_new(const struct trial_requests *requests, struct trial *out) MUST_CHECK;
void trial_free(struct trial *t);

/*
 * Play `ir`, which has the events of the requests' workload in the same places. `opt` says against
 * what and how; its watch is the trial's, and differences go on to its sink. Returns 0, or an error
 * with a text in `e` where there was nothing to see: no logon succeeded, memory is out. That no
 * connection could be made is seen.
 */
int trial_run(struct trial *t, const struct ir *ir, const struct replay_options *opt,
	      struct err *e) MUST_CHECK;

/* The answer to a request, decoded; false where none came. Borrowed from the trial. */
bool trial_pdu(const struct trial *t, size_t request, struct smb2_pdu *out);

#endif
