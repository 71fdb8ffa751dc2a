/* SIDs as people write them (MS-DTYP 2.4.2.1): "S-1-5-32-544". */
#ifndef SMB_PROTO_SID_H
#define SMB_PROTO_SID_H

#include "base/buf.h"

/* Append the text of a SID; false, and nothing, where the bytes are not exactly one. */
bool sid_put_text(struct slice sid, struct buf *out);

/* Append the bytes of a SID to `out`. Returns 0 or ERR_MALFORMED, then with nothing appended. */
int sid_parse(const char *text, struct buf *out) MUST_CHECK;

/* The name of a well-known SID (MS-DTYP 2.4.2.4), "Everyone", or NULL. */
const char *sid_name(struct slice sid);

#endif
