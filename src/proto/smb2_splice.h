/* Replacements in a row of bytes, and where they move the others to. */
#ifndef SMB_PROTO_SMB2_SPLICE_H
#define SMB_PROTO_SMB2_SPLICE_H

#include "base/wire.h"

/* The bytes from `start` to `end` become `fresh` and zeros. */
struct smb2_splice {
	size_t start, end;
	struct slice fresh;
	size_t zeros;
	size_t edit; /* of whose */
};

/* By their starts; they do not overlap. Zero it first. */
struct smb2_splices {
	struct smb2_splice *list; /* owned */
	size_t *moved; /* owned; of each: by how much it and those before it move what follows.
			  Wraps where that shrinks */
	size_t n, cap;
};

/* Returns 0 or ERR_NOMEM. */
int smb2_splices_add(struct smb2_splices *s, const struct smb2_splice *splice) MUST_CHECK;
void smb2_splices_free(struct smb2_splices *s);

/*
 * By how much those move what stands at `pos` that end there or before; wraps where that is
 * backwards. What is put in right at `pos` moves what begins there (`begins`), not what ends there.
 */
size_t smb2_splices_moved(const struct smb2_splices *s, size_t pos, bool begins);

/* Does one lie between, or at one of these? */
bool smb2_splices_touch(const struct smb2_splices *s, size_t start, size_t end);

/* Does one take the place of any of these bytes? */
bool smb2_splices_cover(const struct smb2_splices *s, size_t start, size_t n);

#endif
