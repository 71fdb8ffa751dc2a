/*
 * Which recorded QUERY_DIRECTORY requests make one listing: those on one open, from where it begins
 * anew to where it does again (MS-SMB2 3.3.5.18). How a server cuts the listing into answers is its
 * own.
 */
#ifndef SMB_IR_SCANS_H
#define SMB_IR_SCANS_H

#include "ir/ir.h"

/* A request of a scan. */
struct scan_request {
	uint64_t message_id;
	uint32_t conn;
	uint32_t scan; /* its number, from 1 */
	uint32_t event;
	uint32_t open;   /* number of the open's symbol, 0: not known */
	uint32_t create; /* where in the message a CREATE of its chain is, 0: nowhere */
	bool begins;     /* the client asks for the listing from its start */
	bool exact;      /* the listing is of one name, not of a pattern */
};

struct scans {
	struct scan_request *list; /* owned; by connection and MessageId */
	size_t n, cap;
	uint32_t n_scans;
};

/* Look through a workload. Returns 0 or ERR_NOMEM; scans_free in each case. */
int scans_init(const struct ir *ir, struct scans *out) MUST_CHECK;
void scans_free(struct scans *s);

/* The request with that MessageId, NULL: it is no QUERY_DIRECTORY. */
const struct scan_request *scans_find(const struct scans *s, uint32_t conn, uint64_t message_id);

#endif
