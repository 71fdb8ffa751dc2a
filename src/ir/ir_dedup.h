/*
 * Which payloads data.bin holds already: a bounded table from the hash of a payload to where it was
 * stored.
 */
#ifndef SMB_IR_IR_DEDUP_H
#define SMB_IR_IR_DEDUP_H

#include "base/wire.h"

struct ir_dedup {
	struct ir_dedup_slot *slots; /* owned; a power of two */
	size_t cap, used;
};

uint64_t ir_dedup_hash(struct slice payload);

/* Where a payload with that hash may be; the caller compares. False: nowhere. */
bool ir_dedup_find(const struct ir_dedup *d, uint64_t hash, uint64_t *off);

/*
 * Remember a payload. When the table is full, or memory is out, it is not remembered: that costs
 * space only.
 */
void ir_dedup_add(struct ir_dedup *d, uint64_t hash, uint64_t off);

void ir_dedup_free(struct ir_dedup *d);

#endif
