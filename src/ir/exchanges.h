/* Requests with their answers: what latencies and loads are computed from, of a workload and of a
 * run alike. */
#ifndef SMB_IR_EXCHANGES_H
#define SMB_IR_EXCHANGES_H

#include "ir/ir.h"
#include "proto/smb2_pdu.h"

/* A request and, where `answered`, its final answer. Times are those of their ir: from the
 * request's last byte to the answer's last. Interim answers (STATUS_PENDING) do not count. */
struct exchange {
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

/*
 * All requests of an ir but CANCELs, which are not answered: answered ones in the order of their
 * answers, then the others. Messages that are not open to us count as none. Returns 0, ERR_NOMEM,
 * or what `fn` returned.
 */
int exchanges_scan(const struct ir *ir, exchange_fn fn, void *ctx, struct answers *out) MUST_CHECK;

/* The command as an index below SMB2_N_COMMANDS + 1. */
unsigned exchange_command(const struct smb2_pdu *pdu);

#endif
