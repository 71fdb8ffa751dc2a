/* Ranges of numbers as people write them: "5", "5-9", "5-", "-9", with commas between several. */
#ifndef SMB_RANGES_H
#define SMB_RANGES_H

#include <stdbool.h>

#include "ir/cut.h"

#define RANGES_MAX 64

struct ranges {
	struct cut_range at[RANGES_MAX];
	size_t n;
};

/* Append those of a text. False: it is none, or there are too many. */
bool ranges_parse(const char *text, struct ranges *out);

/* Is it in one of them? False where there are none. */
bool ranges_have(const struct ranges *r, uint64_t x);

#endif
