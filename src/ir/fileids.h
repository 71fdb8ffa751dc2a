/* Which open a FileId stands for: recorded ones, or live ones. */
#ifndef SMB_IR_FILEIDS_H
#define SMB_IR_FILEIDS_H

#include "base/err.h"

#include <stdint.h>

struct fileid; /* an entry; the table is a pointer to one, NULL while it is empty */

/* From now on the 16 bytes stand for that open (number of its symbol). Returns 0 or ERR_NOMEM. */
int fileids_set(struct fileid **table, const uint8_t *id, uint32_t number) MUST_CHECK;

/* The open that was set last, 0: none. */
uint32_t fileids_find(struct fileid *table, const uint8_t *id);

void fileids_free(struct fileid **table);

#endif
