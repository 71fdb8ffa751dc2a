/* Counting PDUs by command, direction and status. */
#ifndef SMB_TALLY_H
#define SMB_TALLY_H

#include "ir/json_out.h"
#include "proto/smb2_pdu.h"

struct tally_row {
	unsigned command;
	bool response;
	uint32_t status;
	uint64_t n;
};

struct tally {
	struct tally_row *rows; /* owned */
	size_t n;
	uint64_t more; /* PDUs that found no row: the input has too many different statuses, or
			  memory is out */
};

void tally_add(struct tally *t, const struct smb2_pdu *pdu);

/* The `max` most frequent errors (severity error of MS-ERREF 2.3, but for those that go on with a
 * logon), most frequent first. Returns how many are in `out`; `*all`: how many responses were
 * errors,
 * `*kinds`: of how many kinds. */
size_t tally_errors(const struct tally *t, const struct tally_row **out, size_t max, uint64_t *all,
		    size_t *kinds);

/* Append a table, or an array of objects; the rows are sorted by command, responses by frequency.
 */
void tally_put(struct tally *t, struct buf *out);
void tally_put_json(struct tally *t, struct json_out *out);

void tally_free(struct tally *t);

#endif
