/*
 * Hand-written messages (smbench-ir(5), HAND-WRITTEN WORKLOADS): from the fields that a hand named
 * to bytes, patches, and the answers that are waited for.
 *
 * Layouts and lengths come from the structure lists (proto/smb2_def.h); what is computed here is
 * only what a list leaves open: where parts lie, which ids are next, which values come from an
 * earlier answer.
 */
#ifndef SMB_IR_HAND_H
#define SMB_IR_HAND_H

#include "ir/ir_event.h"

#define HAND_MAX_MEMORY                                                                            \
	((size_t)512 << 20) /* bytes that a workload with hand-written ones takes                  \
			     */

/* Is this object more than a recorded event: are there fields, an answer to be expected, a logon?
 */
bool hand_is_line(const struct json *root);

/*
 * Read the object in l->doc and append its events. Returns 0, ERR_MALFORMED with its place,
 * ERR_LIMIT or ERR_NOMEM.
 */
int hand_read(struct ir_loader *l) MUST_CHECK;

/* The last event was recorded: what it says of ids, sessions and trees counts for what a hand
 * writes below. Returns 0, ERR_MALFORMED or ERR_NOMEM. */
int hand_note(struct ir_loader *l) MUST_CHECK;

/* All is read: answers that stand nowhere, principals, connections. As hand_read. */
int hand_end(struct ir_loader *l) MUST_CHECK;

/* NULL is fine. */
void hand_free(struct hand *h);

#endif
