/*
 * Clones of a workload: played again and again on one share, each try with names and keys of its
 * own.
 *
 * What the workload itself makes has a fresh name: what a CREATE made, and where a rename or link
 * led, unless it was there before. The last part of such a path changes, keeping its beginning, its
 * extension and, where it has six letters to spare, its length; what lies below it keeps its name.
 * Keys by which a server knows clients and opens are fresh as well: ClientGuid, CreateGuid, lease
 * keys and parent lease keys, AppInstanceId; equal ones stay equal, those of zeroes stay. All
 * follows from seed and try.
 */
#ifndef SMB_IR_CLONE_H
#define SMB_IR_CLONE_H

#include "ir/ir.h"

struct clone;

/* Find what the workload makes; nothing of it is kept. The first try is 1. Returns 0 or ERR_NOMEM.
 */
int clone_new(const struct ir *ir, uint64_t seed, struct clone **out) MUST_CHECK;
void clone_free(struct clone *c);

/* From now on this try is played. */
void clone_try(struct clone *c, uint64_t n);

/* Both. */
uint64_t clone_seed(const struct clone *c);
uint64_t clone_number(const struct clone *c);

/* The path of this try in place of a recorded one, from the root of a share (NULL: not known), with
 * backslashes; appended to `out`. Returns 1, 0 (it is the same: nothing is appended) or ERR_NOMEM.
 */
int clone_path(const struct clone *c, const char *share, const char *path,
	       struct buf *out) MUST_CHECK;

/* A recorded key becomes the one of this try, and the other way round. */
#define CLONE_KEY 16
void clone_key(const struct clone *c, uint8_t key[CLONE_KEY]);

#endif
