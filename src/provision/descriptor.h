/* Security descriptors as text, for comparing and printing them. */
#ifndef SMB_PROVISION_DESCRIPTOR_H
#define SMB_PROVISION_DESCRIPTOR_H

#include "base/buf.h"
#include "ir/map.h"

/*
 * Append one part (ASK_OWNER, ASK_GROUP, ASK_SACL or ASK_DACL) of a self-relative descriptor as
 * SDDL does (MS-DTYP 2.5.1), but with numbers for rights: "O:S-1-5-21-1",
 * "D:P(0;3;0x1f01ff;S-1-1-0)". SIDs are mapped, if there is a map. Returns 0, ERR_MALFORMED where
 * the bytes are no descriptor, or ERR_NOMEM.
 */
int descriptor_put(const struct map *map, struct slice descriptor, uint32_t part,
		   struct buf *out) MUST_CHECK;

/* Append a copy that asks for what its "inherited automatically" flags say (MS-DTYP 2.4.6: a server
 * takes those only with the request for them). Errors stick in `out`. */
void descriptor_ask_inherited(struct slice descriptor, struct buf *out);

#endif
