/* Counting PDUs by command, direction and status. */
#ifndef SMB_TALLY_H
#define SMB_TALLY_H

#include "ir/json_out.h"
#include "proto/smb2_pdu.h"

struct tally {
	struct tally_row *rows; /* owned */
	size_t n;
	uint64_t more; /* PDUs that found no row: the input has too many different statuses, or
			  memory is out */
};

void tally_add(struct tally *t, const struct smb2_pdu *pdu);

/* Append a table, or an array of objects; the rows are sorted by command, responses by frequency.
 */
void tally_put(struct tally *t, struct buf *out);
void tally_put_json(struct tally *t, struct json_out *out);

void tally_free(struct tally *t);

#endif
