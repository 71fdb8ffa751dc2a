/*
 * The structures in a V row, one after the other: for the walk, the identity check and symbol
 * discovery.
 */
#ifndef SMB_PROTO_SMB2_ELEMS_H
#define SMB_PROTO_SMB2_ELEMS_H

#include "proto/smb2_codec.h"

struct smb2_elems {
	const struct smb2_def *def; /* of each; NULL: the row's bytes are no described structure */
	enum smb2_cut cut;
	struct slice all; /* the row's bytes */
	size_t pos;       /* in `all`: where the next begins; after the last, where the rest does */
	int index;        /* of the next */
	bool done;
};

/* One of them: its own bytes (where NEXT says, up to the following one) and its decoded struct. */
struct smb2_elem {
	struct slice bytes;
	int index; /* -1 of a lone structure */
	union smb2_any any;
};

/* Start on the V row `row` of the decoded struct `in`. */
struct smb2_elems smb2_elems_init(const struct smb2_row *row, const void *in, bool response);
struct smb2_elems smb2_elems_view(const struct smb2_row *row, const void *in,
				  struct smb2_view view);

/*
 * The next one, borrowed from the row's bytes. False at the end, or where the bytes at `it->pos`
 * are not what the description says; what follows it->pos then is unexplained.
 */
bool smb2_elems_next(struct smb2_elems *it, struct smb2_elem *out);

/*
 * Are these undescribed bytes padding: zeros that align what follows (up to seven), where
 * StructureSize is odd with the one byte that it counts of an empty buffer?
 */
bool smb2_is_padding(struct slice s);

#endif
