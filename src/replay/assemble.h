/*
 * The bytes that go out for a recorded request: a copy with its patches applied (law 1). Also says,
 * for the audit, which bytes differ from the recording, and why.
 */
#ifndef SMB_REPLAY_ASSEMBLE_H
#define SMB_REPLAY_ASSEMBLE_H

#include "ir/judge.h"
#include "ir/mapper.h"
#include "replay/security.h"

/* A range of sent bytes that differs from the recorded ones. */
struct audit_entry {
	uint64_t event, frame;
	uint32_t conn;
	uint32_t off;                /* in the sent message, frame header included */
	struct slice recorded, sent; /* of different length where a token or name is */
	char what[40]; /* "open.17", "signature", "token", "name", ...; "UNDECLARED" would be a
			 bug */
};

struct audit_sink {
	void *ctx;
	void (*entry)(void *ctx, const struct audit_entry *a); /* NULL: no audit */
};

enum seal_mode { SEAL_AS_RECORDED, SEAL_ALWAYS, SEAL_NEVER };

struct assemble {
	const struct ir *ir;
	struct judge *judge;
	struct mapper *mapper; /* what names stand for recorded ones */
	enum seal_mode seal;
	uint16_t more_credits; /* that the event asks for beyond the recorded ones */
	struct audit_sink audit;
	struct buf wire;                    /* see assemble_layers */
	struct buf recorded, relaid, token; /* scratch */
	struct mapper_edits edits;          /* of the message at hand */
	struct smb2_changes changes;        /* and what they changed */
};

void assemble_free(struct assemble *a);

/*
 * Is there what event `n` needs: its symbols and, for a SESSION_SETUP, the server's last token?
 * False: wait. Symbols whose response failed or was given up count as there; their recorded bytes
 * go out.
 */
bool assemble_ready(const struct assemble *a, const struct security_conn *c, uint64_t n);

/* Append the bytes of event `n` to `out`. Returns 0, or an error of security_token, ERR_MALFORMED,
 * ERR_CRYPTO, ERR_NOMEM with a text in `e`. */
int assemble_event(struct assemble *a, struct security_conn *c, uint64_t n, struct buf *out,
		   struct err *e) MUST_CHECK;

/*
 * The same ahead of its time: the event's MessageIds do not count as used before assemble_commit,
 * when it goes out. Not for what a logon, a CANCEL or the preauth hash has part in.
 */
int assemble_ahead(struct assemble *a, struct security_conn *c, uint64_t n, struct buf *out,
		   struct err *e) MUST_CHECK;
int assemble_commit(struct assemble *a, struct security_conn *c, uint64_t n) MUST_CHECK;

/*
 * One more SESSION_SETUP, which was not recorded: like event `n`, the recorded request whose answer
 * it leads to, with these live ids and the token of the next leg. Or the NEGOTIATE, SESSION_SETUP
 * or TREE_CONNECT of event `n` once again. Errors as assemble_event.
 */
struct assemble_extra {
	uint64_t message_id, session_id;
	uint64_t of;       /* by which `security` knows the logon that it belongs to */
	bool recorded;     /* the token is made as for the event itself: it is no further leg */
	uint64_t previous; /* PreviousSessionId; 0: as recorded */
	const char *what;  /* in the audit, "extra leg" */
};
int assemble_extra_leg(struct assemble *a, struct security_conn *c, uint64_t n,
		       const struct assemble_extra *extra, struct buf *out,
		       struct err *e) MUST_CHECK;

/* A recorded SESSION_SETUP is left out, since the logon is over before it: take its MessageId out,
 * and say it in the audit. Returns 0 or ERR_NOMEM. */
int assemble_leave_out(struct assemble *a, struct security_conn *c, uint64_t n) MUST_CHECK;

/* A message as it is on the wire, and without its layers. */
struct engine_message {
	struct slice wire, plain; /* frame header included; the same where there are no layers */
	uint8_t layers;           /* enum ir_layer */
};

/*
 * Put the layers of event `n` around `m->plain`, what assemble_event made of it: `m->wire` is what
 * goes out, `plain` itself where there are none, else borrowed from `a` until the next call;
 * `m->layers` says which. A recorded compressed form goes out again where nothing in it was
 * patched, else the message is compressed anew in the same way. Returns 0, ERR_UNSUPPORTED (it was
 * sealed, but the live session has no cipher), ERR_LIMIT, ERR_CRYPTO or ERR_NOMEM with a text in
 * `e`.
 */
int assemble_layers(struct assemble *a, const struct security_conn *c, uint64_t n,
		    struct engine_message *m, struct err *e) MUST_CHECK;

#endif
