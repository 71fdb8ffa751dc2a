/*
 * What each PDU of a workload is about: its share, file and place in it, and what an answer's
 * request asked for.
 */
#ifndef SMB_ANONYMIZE_ANON_TRACK_H
#define SMB_ANONYMIZE_ANON_TRACK_H

#include "anonymize/anon_files.h"
#include "ir/ir.h"
#include "proto/smb2_pdu.h"

struct anon_place {
	uint32_t share, file; /* of anon_files; 0: not known */
	uint64_t offset;      /* READ, WRITE */
	uint16_t asked;       /* see smb2_asked */
	bool pipe;            /* it is in IPC$ */
};

struct anon_id;

/* Zero it, then set `files`. */
struct anon_track {
	struct anon_files *files;
	struct anon_id *ids;    /* owned */
	struct anon_place last; /* of the PDU before, in a chain */
	size_t at;              /* PDUs of the message so far */
};

void anon_track_free(struct anon_track *t);

/* A message begins. */
void anon_track_message(struct anon_track *t);

/*
 * The next PDU of it, decoded, which stands at `off` of the event's bytes. Returns 0, ERR_NOMEM or
 * ERR_CRYPTO.
 */
int anon_track_pdu(struct anon_track *t, const struct ir_event *ev, const struct smb2_pdu *pdu,
		   size_t off, struct anon_place *out) MUST_CHECK;

/*
 * The file that an id in a PDU, which stands at `off` of the event, is for: of role FILE_ID an
 * open, of role RESUME_KEY the source of a copy. 0: not known.
 */
uint32_t anon_track_file(const struct anon_track *t, const struct ir_event *ev,
			 const struct smb2_item *it, struct slice pdu, size_t off);

#endif
