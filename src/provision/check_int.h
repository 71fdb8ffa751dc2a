/* What check.c (asking) and check_parts.c (comparing) share. */
#ifndef SMB_PROVISION_CHECK_INT_H
#define SMB_PROVISION_CHECK_INT_H

#include "provision/work.h"

/* Contents that were asked for. */
struct check_read {
	uint64_t off;
	long stream; /* -1: the file itself */
	uint32_t item, n;
};

struct check {
	struct work *w;
	bool all, say;            /* of work_check */
	struct check_read *reads; /* owned; of the batch at hand */
	size_t n_reads, cap_reads;
};

/* A part differs: it is to do, and both sides are said, if at all. NULL: there is no such line. */
void check_differs(struct check *c, uint32_t item, enum work_part part, const char *wanted,
		   const char *found);

/* Compare what an answer says, an empty one where it failed. */
void check_basic(struct check *c, uint32_t item, struct slice answer);
void check_eas(struct check *c, uint32_t item, struct slice answer);
void check_streams(struct check *c, uint32_t item, struct slice answer);
void check_reparse(struct check *c, uint32_t item, struct slice answer);
void check_security(struct check *c, uint32_t item, struct slice answer,
		    const struct smb2_pdu *pdu);

/* What a READ was answered; empty where it failed. Borrowed from the PDU. */
struct slice check_read_data(const struct smb2_pdu *pdu);

/* Say where the bytes of a read first differ from the `wanted` ones. */
void check_say_bytes(struct check *c, const struct check_read *r, struct slice wanted,
		     const struct smb2_pdu *pdu);

/* Of an answer that check_basic takes. */
bool check_is_directory(struct slice answer);

#endif
