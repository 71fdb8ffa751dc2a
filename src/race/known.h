/* A set of texts: what was seen before. */
#ifndef SMB_RACE_KNOWN_H
#define SMB_RACE_KNOWN_H

#include "base/wire.h"

struct known_text;

/* All zero is an empty set. */
struct known {
	struct known_text *table; /* owned */
};

bool known_has(const struct known *k, struct slice text);

/* Returns 0 or ERR_NOMEM. */
int known_add(struct known *k, struct slice text) MUST_CHECK;
void known_free(struct known *k);

#endif
