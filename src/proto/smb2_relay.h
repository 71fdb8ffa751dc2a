/*
 * A copy of a message in which some variable parts have other bytes, of any length: for what must
 * be fresh by nature (tokens), and for names that stand for others.
 */
#ifndef SMB_PROTO_SMB2_RELAY_H
#define SMB_PROTO_SMB2_RELAY_H

#include "base/buf.h"
#include "proto/smb2_pdu.h"

/* Bytes of a message, or of a PDU alone, that others take the place of: those of a V row, or some
 * of them. */
struct smb2_edit {
	size_t off, len;
	struct slice fresh;
	const struct smb2_row *row; /* with `len` 0: the row of the body that had no bytes */
	const char *tag;            /* the caller's own */
};

/* What a relay did to some bytes. */
enum smb2_change_kind {
	SMB2_CHANGE_EDIT, /* with the padding right behind it */
	SMB2_CHANGE_PADDING,
	SMB2_CHANGE_LAYOUT, /* an offset or length that follows */
};

struct smb2_change {
	size_t off, was, is; /* in the message before; bytes before and after */
	enum smb2_change_kind kind;
	size_t edit; /* SMB2_CHANGE_EDIT: which */
};

/* In order of their offsets. Zero it first. */
struct smb2_changes {
	struct smb2_change *list; /* owned */
	size_t n, cap;
};

void smb2_changes_free(struct smb2_changes *c);

/*
 * Where the bytes of the V row `name` of a decoded body lie, to be replaced; `out->off` counts from
 * the PDU. Returns 0, ERR_NOTFOUND (no such row), ERR_MALFORMED (the body is opaque) or ERR_USAGE
 * (the row has no offset and length of its own), with text in `e`.
 */
int smb2_edit_row(const struct smb2_pdu *pdu, const char *name, struct smb2_edit *out,
		  struct err *e) MUST_CHECK;

/*
 * Append to `out` a copy of a plain message (frame header included) with these edits, which ascend
 * and do not overlap. Where lengths change, these follow: lengths and offsets of rows, in all
 * structures that hold what changed or stand beside it; links of chains; padding, so that what was
 * aligned stays so; NextCommand and the frame's length. All other bytes are as they were. `changes`
 * (may be NULL) gets what was done. Returns 0; ERR_MALFORMED (an edit in no described body, or one
 * that overlaps), ERR_LIMIT (a field cannot hold its new value) or ERR_NOMEM, with text in `e`. On
 * failure `out` holds what it held.
 */
int smb2_relay(struct slice message, const struct smb2_edit *edits, size_t n, struct buf *out,
	       struct smb2_changes *changes, struct err *e) MUST_CHECK;

/* The same of one decoded PDU, its bodies opened or not; the edits count from its start. */
int smb2_relay_pdu(const struct smb2_pdu *pdu, const struct smb2_edit *edits, size_t n,
		   struct buf *out, struct err *e) MUST_CHECK;

#endif
