/* What can be said of PDUs and workloads without a server. */
#ifndef SMB_CHECK_H
#define SMB_CHECK_H

#include <stdio.h>

#include "ir/ir.h"
#include "proto/smb2_pdu.h"
#include "proto/smb2_questions.h"

/* How PDUs fared in decode and encode. */
struct check_codec {
	uint64_t pdus, identical, opaque, unexplained; /* the last in bytes */
	uint64_t bodies, plain; /* of information classes and FSCTLs: described; only bytes */
};

/*
 * Decode a PDU of that connection, encode it again and count the outcome; `asked` learns of
 * requests and forgets with their answers. What is not as it should be ("CREATE request: opaque:
 * truncated") is appended to `says`. Returns 0 or ERR_NOMEM.
 */
int check_pdu(struct slice pdu, uint64_t conn, struct smb2_questions *asked,
	      struct check_codec *counts, struct buf *says) MUST_CHECK;

struct check_result {
	uint64_t problems; /* the workload contradicts itself */
	uint64_t remarks;  /* the recorded traffic is odd */
	uint64_t unsent;   /* messages that are left out on purpose */
	uint64_t timings;  /* messages and connections that go out by the time of others */
	uint64_t faults;   /* messages that go out wrong on purpose in another way */
	struct check_codec codec;
};

/*
 * Check a loaded workload, whose path is for messages; problems and remarks go to `out`. Returns 0
 * or ERR_NOMEM.
 */
int check_ir(const char *path, const struct ir *ir, FILE *out,
	     struct check_result *result) MUST_CHECK;

/*
 * List the symbols of value flow with their origin, and how often they are used; a line each.
 * Returns 0 or ERR_NOMEM.
 */
int check_symbols(const char *path, const struct ir *ir, FILE *out) MUST_CHECK;

#endif
