/* A table of numbers by key, for what cut looks up while it passes over the events. */
#ifndef SMB_IR_CUT_TABLE_H
#define SMB_IR_CUT_TABLE_H

#include "base/err.h"

#include <stdint.h>

struct cut_entry;

/* Zero all of it before it is filled: its bytes are the key. */
struct cut_key {
	uint64_t a, b;
	uint32_t kind; /* the caller's */
	uint32_t c;
};

/* The number that the key has, 0: none. */
uint32_t cut_table_get(struct cut_entry *const *table, const struct cut_key *key);

/* From now on it has this one. Returns 0 or ERR_NOMEM. */
int cut_table_put(struct cut_entry **table, const struct cut_key *key, uint32_t value) MUST_CHECK;

void cut_table_free(struct cut_entry **table);

#endif
