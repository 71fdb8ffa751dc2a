/* Requests with their answers: what latencies and loads are computed from, of a workload and of a
 * run alike. */
#ifndef SMB_IR_EXCHANGES_H
#define SMB_IR_EXCHANGES_H

#include "ir/ir.h"
#include "proto/smb2_pdu.h"

/* A request and, where `answered`, its final answer. Times are those of their ir: from the
 * request's last byte to the answer's last. Interim answers (STATUS_PENDING) do not count. */
struct exchange {
	uint64_t of;      /* run: the workload's event of the request plus 1; else 0 */
	uint32_t event;   /* of the request */
	uint32_t length;  /* READ, WRITE: bytes that it asks for */
	uint16_t command; /* SMB2_N_COMMANDS: an unknown one */
	bool answered;
	uint64_t sent, done; /* ns */
};

/* Called for each exchange; a return other than 0 ends the scan with that value. */
typedef int (*exchange_fn)(void *ctx, const struct exchange *x);

/* How many answers (interim ones and notifications too) each command has; the last is of unknown
 * commands. */
struct answers {
	uint64_t n[SMB2_N_COMMANDS + 1];
};

/* Messages one after the other, as they come. Zero it but for `fn` and `ctx`. */
struct exchanges {
	exchange_fn fn;
	void *ctx;
	struct exchange_pending *pending; /* requests that have no answer yet */
	struct answers answers;
};

/* A message, and its last byte's time. */
struct exchange_message {
	uint64_t of, time;
	uint32_t event, conn;
	bool sent; /* by the client */
	struct slice bytes;
};

/* Give `fn` what this message completes. Returns 0, ERR_NOMEM, or what `fn` returned. */
int exchanges_feed(struct exchanges *x, const struct exchange_message *m) MUST_CHECK;

/* No more messages come: where `r` is 0, give `fn` what was not answered. Frees all. Returns `r`,
 * or what `fn` returned. */
int exchanges_end(struct exchanges *x, int r) MUST_CHECK;

/*
 * All requests of an ir but CANCELs, which are not answered: answered ones in the order of their
 * answers, then the others. Messages that are not open to us count as none. `out` may be NULL.
 * Returns 0, ERR_NOMEM, or what `fn` returned.
 */
int exchanges_scan(const struct ir *ir, exchange_fn fn, void *ctx, struct answers *out) MUST_CHECK;

#endif
