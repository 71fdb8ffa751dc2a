/* What a run sent otherwise than recorded, counted by reason. */
#ifndef SMB_SUBSTITUTED_H
#define SMB_SUBSTITUTED_H

#include "ir/ir.h"
#include "proto/smb2_pdu.h"

#define SUBSTITUTED_FIELDS 32 /* names of fields that are told apart */
#define SUBSTITUTED_SHOWN 8   /* bytes of an example */

/* Of one kind of patch. */
struct substituted_kind {
	uint64_t places, changed; /* patches of sent messages; those with other bytes */
	uint64_t event;           /* where the first was changed */
	uint8_t recorded[SUBSTITUTED_SHOWN], sent[SUBSTITUTED_SHOWN];
	size_t shown; /* of these; 0 where they are secret, or of no fixed width */
};

struct substituted {
	uint64_t messages; /* that were recorded and sent */
	uint64_t changed;  /* of these with other bytes than recorded */
	uint64_t relaid;   /* of these with another length */
	uint64_t own;      /* sent, but not recorded */
	struct substituted_kind of[IR_N_WHATS];
	struct {
		const char *name; /* static: of a field that no patch covers */
		uint64_t n;
	} fields[SUBSTITUTED_FIELDS];
	size_t n_fields;
	uint64_t other; /* differences outside of patches and fields that are told apart */
};

/* Returns 0 or ERR_NOMEM. */
int substituted_gather(struct substituted *s, const struct ir *workload,
		       const struct ir *run) MUST_CHECK;

#endif
