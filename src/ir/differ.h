/* Two decoded PDUs, field by field, by what their structure lists say is compared. */
#ifndef SMB_IR_DIFFER_H
#define SMB_IR_DIFFER_H

#include "proto/smb2_pdu.h"

/* One differing field. Texts are borrowed for the call. */
struct differ_field {
	const char *path; /* "status", "body.create_contexts[1].data.lease_state" */
	bool payload;     /* it holds file data */
	const char *expected, *got;
};

typedef void (*differ_fn)(void *ctx, const struct differ_field *f);

/*
 * Compare header and body. Calls `fn` for each field that differs; a different status hides what
 * follows from it (the body). Where both were opened (smb2_pdu_open), the bodies of information
 * classes and FSCTLs are compared by their fields; else by their size. Returns 0 or ERR_NOMEM.
 */
int differ_pdus(const struct smb2_pdu *recorded, const struct smb2_pdu *live, differ_fn fn,
		void *ctx) MUST_CHECK;

/* The header alone: `*same` where the bodies are left to be compared. */
int differ_headers(const struct smb2_pdu *recorded, const struct smb2_pdu *live, differ_fn fn,
		   void *ctx, bool *same) MUST_CHECK;

/* Two structures of one kind, each the first in its bytes; `prefix` comes before their paths.
 * Returns 0 or ERR_NOMEM. */
int differ_structs(const struct smb2_def *def, struct slice recorded, struct slice live,
		   const char *prefix, differ_fn fn, void *ctx) MUST_CHECK;

/* Append a field's value as it stands in a report, NUL behind it. */
void differ_put_value(const struct smb2_item *it, struct buf *out);

#endif
