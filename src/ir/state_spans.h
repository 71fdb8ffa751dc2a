/*
 * Who was first at each byte of a file: a READ that showed it, or a WRITE that hid what was there.
 */
#ifndef SMB_IR_STATE_SPANS_H
#define SMB_IR_STATE_SPANS_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SPAN_WRITTEN UINT64_MAX /* `at` of what the capture wrote */
#define SPAN_OWN ((uint64_t)1 << 62)

struct span {
	uint64_t off, len; /* in the file */
	uint64_t at;   /* in data.bin, SPAN_WRITTEN, or from SPAN_OWN on: in bytes of one's own */
	uint64_t hash; /* of its bytes; 0: not known */
};

/* Blocks of spans by `off`, so that putting one between others moves few. Zero it first. */
struct spans {
	struct span_block *blocks; /* owned */
	size_t n, cap;
};

void spans_free(struct spans *s);

/*
 * What no earlier span has of this one becomes its own. `*left` spans may still be made, and counts
 * down. `*differs`: the same bytes were seen before, as others. Returns 0, ERR_LIMIT (none left) or
 * ERR_NOMEM.
 */
int spans_add(struct spans *s, const struct span *x, size_t *left, bool *differs) MUST_CHECK;

/* The spans in order: begin with `*at` 0; NULL at the end. */
const struct span *spans_next(const struct spans *s, uint64_t *at);

#endif
