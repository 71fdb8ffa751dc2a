/* A live answer against what a hand wrote that it should be: only the fields that are named. */
#ifndef SMB_IR_EXPECTED_H
#define SMB_IR_EXPECTED_H

#include "ir/differ.h"
#include "ir/ir.h"

/*
 * Compare the fields that `ev` expects of its PDU number `pdu`; calls `fn` for each that differs or
 * that the answer has not. Another status hides the rest. Returns 0 or ERR_NOMEM.
 */
int expected_pdu(const struct ir_event *ev, uint32_t pdu, const struct smb2_pdu *live, differ_fn fn,
		 void *ctx) MUST_CHECK;

/* Does the event name that field? */
bool expected_names(const struct ir_event *ev, uint32_t pdu, const char *path);

#endif
