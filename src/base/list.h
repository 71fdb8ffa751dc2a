/* Lists that grow: room for one more element in an array on the heap. */
#ifndef SMB_BASE_LIST_H
#define SMB_BASE_LIST_H

#include <stddef.h>

#include "base/err.h"

/*
 * `list` is the address of a pointer to an array of `*cap` elements of `size` bytes (NULL and 0 at
 * first), of which `n` are used. Afterwards there is room for one more. Returns 0 or ERR_NOMEM,
 * and then nothing has changed. The owner frees the array.
 */
int list_room(void *list, size_t n, size_t *cap, size_t size) MUST_CHECK;

#endif
