/*
 * The judge: what a live server answers, held against what the workload recorded.
 *
 * Both the replayer (as answers arrive) and `compare` (from a stored run) feed it. It finds the
 * recorded answer that a live one corresponds to, learns from it the live values of symbols, and
 * names every difference. No I/O, no clock.
 */
#ifndef SMB_IR_JUDGE_H
#define SMB_IR_JUDGE_H

#include "ir/ir.h"
#include "ir/mapper.h"
#include "ir/symbols.h"
#include "proto/smb2_pdu.h"

/* Kinds of divergence: name in reports. */
#define JUDGE_KINDS(X)                                                                             \
	X(STATUS, "status")         /* another NTSTATUS */                                         \
	X(FIELD, "field")           /* another value in a field that is compared */                \
	X(DATA, "data")             /* other file data */                                          \
	X(MISSING, "missing")       /* a recorded answer did not come */                           \
	X(EXTRA, "extra")           /* an answer or break came that was not recorded */            \
	X(INTERIM, "interim")       /* STATUS_PENDING came or did not come, unlike recorded */     \
	X(ORDER, "order")           /* a break stands elsewhere among the answers */               \
	X(SIGNATURE, "signature")   /* a live signature does not hold */                           \
	X(NEGOTIATED, "negotiated") /* another value in a NEGOTIATE response: what the servers */  \
				    /* are, and no behaviour yet; said once for a run */           \
	X(DISCONNECT, "disconnect") /* the server closed the connection, unlike recorded */        \
	X(CONNECTED, "connected")   /* the server was to close the connection and did not */       \
	X(LAYER, "layer")           /* sealed, unlike recorded, or the other way */                \
	X(LOGON, "logon")           /* the logon could not go on */                                \
	X(CREDITS, "credits")       /* a request needed credits that were not granted */
#define JUDGE_KIND_ENUM(name, text) JUDGE_##name,
enum judge_kind { JUDGE_KINDS(JUDGE_KIND_ENUM) JUDGE_N_KINDS };
#undef JUDGE_KIND_ENUM
extern const char *const judge_kind_names[JUDGE_N_KINDS];

/* One difference (law 9). Texts are borrowed for the call that hands it out. */
struct judge_divergence {
	enum judge_kind kind;
	uint64_t event, frame;    /* of the workload; frame 0: none */
	const char *path, *label; /* the file and label of a hand-written event, or NULL */
	uint32_t line;            /* and its line */
	uint32_t conn;
	unsigned pdu;        /* in its chain, from 0 */
	const char *message; /* "CREATE response", "lease break notification", "connection" */
	const char *field;   /* "status", "body.oplock_level"; "" where no field is meant */
	const char *expected, *got;
};

/* Answers of a command. */
struct judge_count {
	uint64_t recorded, came, equal; /* `equal`: of those that came */
};

struct judge_totals {
	uint64_t expected;  /* recorded answers: PDUs, and messages that are not SMB2 */
	uint64_t met;       /* of these came */
	uint64_t equal;     /* came without any difference */
	uint64_t given_up;  /* did not come */
	uint64_t reordered; /* came before one that was recorded earlier on the connection */
	uint64_t divergences[JUDGE_N_KINDS];
	struct judge_count commands[SMB2_N_COMMANDS + 1]; /* the last is of unknown ones */
};

/* Called for every divergence. */
struct judge_sink {
	void *ctx;
	void (*divergence)(void *ctx, const struct judge_divergence *d);
};

struct judge;

/* The workload is borrowed for the judge's life. Returns 0 or ERR_NOMEM. */
int judge_new(const struct ir *ir, const struct judge_sink *sink, struct judge **out) MUST_CHECK;
void judge_free(struct judge *j);

/* What is expected has the names that stand for the recorded ones. The mapper is borrowed for the
 * judge's life. */
void judge_map(struct judge *j, struct mapper *m);

/* A recorded request goes out: a break that no recording has is named by the last one. */
void judge_sent(struct judge *j, uint64_t event);

/* What a live PDU was found to be. */
struct judge_match {
	bool found;
	uint64_t event;   /* the recorded RECV */
	unsigned pdu;     /* and the PDU in it */
	uint16_t credits; /* that this one granted */
};

/*
 * A live PDU came on a connection: match, learn, compare. A break may come on another connection of
 * its client than recorded: that is a difference of its field "connection". Returns 0 or ERR_NOMEM.
 */
int judge_pdu(struct judge *j, uint32_t conn, const struct smb2_pdu *live,
	      struct judge_match *out) MUST_CHECK;

/* A live message came that is no plain SMB2 (session service, SMB1, ...): matched in order with
 * recorded ones of its kind. */
void judge_raw(struct judge *j, uint32_t conn, struct slice message);

/* In a plain SMB2 message came a PDU without a valid header, or a request: matched in order with
 * recorded ones of its kind. */
void judge_malformed(struct judge *j, uint32_t conn, struct slice pdu);

/* All that the recorded RECV event holds has come, or was given up. */
bool judge_satisfied(const struct judge *j, uint64_t event);

/* The status of the recorded final answer to a request, STATUS_SUCCESS where there is none. */
uint32_t judge_recorded_status(const struct judge *j, uint32_t conn, uint64_t message_id);

/* The number of the session that the recorded final answer defines, 0 where there is none. */
uint32_t judge_recorded_session(const struct judge *j, uint32_t conn, uint64_t message_id);

/* What is still missing of a recorded event will not be waited for any longer; `why` ("no answer
 * within 5.0 s") goes into the divergence. */
void judge_give_up(struct judge *j, uint64_t event, const char *why);

/* As judge_give_up, but without a divergence: it follows from one that was already reported. */
void judge_drop(struct judge *j, uint64_t event);

#define JUDGE_LOST "connection lost before it came" /* why, where that was so */

/* As judge_give_up, for all answers to one request. */
void judge_give_up_answers(struct judge *j, uint32_t conn, uint64_t message_id, const char *why);

/* As judge_drop, for all answers to a request that could not be sent. */
void judge_unsent(struct judge *j, uint32_t conn, uint64_t message_id);

/* A divergence that the caller saw: counts it and hands it to the sink. Event and frame are taken
 * from `event`. */
void judge_report(struct judge *j, enum judge_kind kind, uint64_t event, const char *message,
		  const char *expected, const char *got);

/* The same of what belongs to no event. */
void judge_report_live(struct judge *j, enum judge_kind kind, uint32_t conn, const char *message,
		       const char *expected, const char *got);

/* The live value of a symbol; `*value` is set where it is defined, and borrowed until the next call
 * that learns. */
enum judge_symbol judge_symbol(const struct judge *j, enum ir_what what, uint32_t number,
			       struct slice *value);

/* How often a symbol that had a live value got another, or lost it. */
uint64_t judge_changes(const struct judge *j);

/* From now on a symbol has that live value, which is as wide as its definition. Returns 0 or
 * ERR_NOMEM. */
int judge_learn(struct judge *j, enum ir_what what, uint32_t number, struct slice value) MUST_CHECK;

/* The number of the open that had a live FileId (16 bytes) last, 0: none. */
uint32_t judge_open(const struct judge *j, const uint8_t *file_id);

/* What has become of the break that a recorded acknowledgment answers. */
enum judge_ack {
	JUDGE_ACK_FREE,  /* it answers none that was recorded, or is no acknowledgment */
	JUDGE_ACK_DUE,   /* it came */
	JUDGE_ACK_WAITS, /* it is still to come */
	JUDGE_ACK_IDLE,  /* it was given up */
};

/* Of a SEND; `*answers` is the event of the break, unless it is FREE. */
enum judge_ack judge_ack(const struct judge *j, uint64_t event, uint64_t *answers);

const struct judge_totals *judge_totals(const struct judge *j);

/* How many differences in behaviour were found: all kinds but JUDGE_NEGOTIATED. */
uint64_t judge_divergences(const struct judge *j);

#endif
