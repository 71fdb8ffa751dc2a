/* The logons of a batch, as a hand would write them. */
#ifndef SMB_PROVISION_BATCH_LOGON_H
#define SMB_PROVISION_BATCH_LOGON_H

#include "provision/batch.h"

/*
 * Append a hand-written workload (smbench-ir(5)): on each of BATCH_CONNS connections a logon, and a
 * tree for each share. Returns 0 or the error that stuck in `out`.
 */
int batch_logons(const struct batch_options *opt, struct buf *out) MUST_CHECK;

#endif
