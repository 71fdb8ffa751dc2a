/* The leaves of a walk as a list, each with the way to it: what two PDUs are compared by. */
#ifndef SMB_IR_FIELDS_H
#define SMB_IR_FIELDS_H

#include "proto/smb2_pdu.h"

#define FIELDS_MAX ((size_t)1 << 16) /* in one list; what is behind them is left out */

struct field {
	struct smb2_item it;
	int32_t parent; /* index into nodes, -1: top */
};

/* A structure that holds others. */
struct field_node {
	const char *name;
	int element;
	int32_t parent;
};

/* All zero is empty. */
struct fields {
	struct field *list; /* owned */
	size_t n, cap;
	struct field_node *nodes; /* owned */
	size_t n_nodes, cap_nodes;
	int32_t top;
	unsigned hidden; /* depth inside of what is not compared */
	bool more;       /* there are more than FIELDS_MAX */
};

/*
 * The fields of a decoded PDU's body, or of one decoded structure that begins `bytes`. Padding is
 * left out, and so is what is nested in a row that is not compared as a whole. Offsets of a
 * structure's fields count from `bytes`. Returns 0 or ERR_NOMEM; fields_free in each case. Items
 * borrow from what is walked.
 */
int fields_of_body(const struct smb2_pdu *pdu, struct fields *out) MUST_CHECK;
int fields_of_struct(const struct smb2_def *def, struct slice bytes, const union smb2_any *in,
		     struct fields *out) MUST_CHECK;
void fields_free(struct fields *f);

/* Append "create_contexts[1].data.lease_state". */
void fields_put_path(const struct fields *f, const struct field *x, struct buf *out);

/* The field of that name beside `x` in the same structure, or NULL. */
const struct field *fields_beside(const struct fields *f, const struct field *x, const char *name);

#endif
