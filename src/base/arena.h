/* Many small allocations with one lifetime: one arena, one free. */
#ifndef SMB_BASE_ARENA_H
#define SMB_BASE_ARENA_H

#include "base/wire.h"

struct arena {
	struct arena_block *blocks; /* owned */
	size_t used;                /* bytes in all blocks, for those who must bound it */
};

/* Zeroed, 16-aligned memory that lives until arena_free; NULL when memory is out. */
void *arena_alloc(struct arena *a, size_t n) MUST_CHECK;

/* A NUL-terminated copy of `n` bytes of text; NULL when memory is out. */
char *arena_text(struct arena *a, const char *text, size_t n) MUST_CHECK;

/* Free everything that was allocated from it; it is empty then. */
void arena_free(struct arena *a);

#endif
