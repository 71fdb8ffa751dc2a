/*
 * Law 3: decode and encode give back the same bytes, and what no description explains is counted.
 */
#include "config.h"

#include "proto/smb2_elems.h"
#include "proto/smb2_pdu.h"

#include <stdlib.h>

/*
 * Bytes of an unknown context, in the map of what is covered: written by a row that doesn't say
 * what they are.
 */
#define UNKNOWN 2

/* What is being encoded. */
struct target {
	const uint8_t *from;    /* the recorded bytes */
	uint8_t *out, *covered; /* covered: 1 where a row has written, or UNKNOWN */
	struct smb2_view view;
	bool failed;
};

static void
uncover(struct target *t, struct slice s)
{
	size_t off = (size_t)(s.p - t->from);

	memset(t->covered + off, 0, s.n);
	for (size_t i = 0; i < s.n; i++)
		t->out[off + i] = (uint8_t)~s.p[i];
}

/*
 * Encode a structure and what is nested in it. A row with structures is encoded by them alone: what
 * smb2_encode copied as a whole is wiped first.
 */
static void
encode_deep(struct target *t, const struct smb2_def *def, const void *in, struct slice origin,
	    size_t pos)
{
	size_t off = (size_t)(origin.p - t->from);
	struct smb2_elem e;

	if (smb2_encode(def, in, pos, t->out + off, t->covered + off, origin.n) != 0)
		t->failed = true;
	for (const struct smb2_row *row = def->rows + def->n_fixed; row < def->rows + def->n_rows;
	     row++) {
		struct smb2_elems it = smb2_elems_view(row, in, t->view);

		if (it.all.n == 0 || smb2_contents[row->content].element == SMB2_DEF_NONE)
			continue;
		if (it.def == NULL) {
			if (row->role != SMB2_BODY)
				memset(t->covered + (it.all.p - t->from), UNKNOWN, it.all.n);
			continue;
		}
		uncover(t, it.all);
		while (smb2_elems_next(&it, &e))
			encode_deep(t, it.def, &e.any, e.bytes, 0);
	}
}

/* Copy what is not covered as it was, and count it. */
static void
copy_gaps(struct target *t, size_t n, struct smb2_identity *id)
{
	for (size_t i = 0, start; i < n;) {
		for (start = i; i < n && t->covered[i] == 0; i++)
			t->out[i] = t->from[i];
		if (smb2_is_padding(slice_of(t->from + start, i - start)))
			id->padding += i - start;
		else
			id->unexplained += i - start;
		for (; i < n && t->covered[i] != 0; i++)
			id->unexplained += t->covered[i] == UNKNOWN;
	}
}

int
smb2_check_identity(const struct smb2_pdu *pdu, struct smb2_identity *id)
{
	size_t n = pdu->bytes.n;
	struct target t = {.from = pdu->bytes.p, .view = smb2_pdu_view(pdu)};

	*id = (struct smb2_identity){.opaque = pdu->body_def == NULL};
	t.out = malloc(2 * n);
	if (t.out == NULL)
		return ERR_NOMEM;
	t.covered = t.out + n;
	uncover(&t, pdu->bytes);
	encode_deep(&t, pdu->hdr_def, &pdu->h, slice_sub(pdu->bytes, 0, SMB2_HEADER), 0);
	if (pdu->body_def != NULL)
		encode_deep(&t, pdu->body_def, &pdu->body, pdu->bytes, SMB2_HEADER);
	copy_gaps(&t, n, id);
	id->identical = !t.failed && memcmp(t.out, t.from, n) == 0;
	free(t.out);
	return 0;
}
