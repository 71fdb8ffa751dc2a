/*
 * What must hold in any order, seen from the client: of what it had been told, and had not given
 * back, at one moment.
 *
 *   - two opens of a file never hold overlapping locks of which one is exclusive (MS-SMB2 3.3.5.14)
 *   - no lease with write caching, exclusive or batch oplock beside another open's lease or oplock
 *     that caches (MS-SMB2 3.3.4.7, 3.3.5.9), unless a break of it is under way
 *   - a file that was made in the try has in it zeros and what was written there (MS-SMB2 3.3.5.12)
 */
#ifndef SMB_RACE_INVARIANTS_H
#define SMB_RACE_INVARIANTS_H

#include "race/trial.h"

/* What of it was broken goes into `why`. */
bool invariants_broken(const struct trial *t, char *why, size_t size);

#endif
