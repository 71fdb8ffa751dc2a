/* What a map makes of recorded answers, so that they are what is to be expected. */
#include "config.h"

#include "base/utf16.h"
#include "ir/mapper_int.h"

/* An answer on the walk. */
struct look {
	struct mapper *m;
	const char *share;
	const char *dir; /* what the names are in; NULL: they are paths from the root */
	struct mapper_edits edits;
};

/* "\dir\file" of FileNameInformation, or a name in a directory. */
static int
map_name(struct look *l, const char *text, struct buf *live)
{
	if (l->dir == NULL)
		return mapper_map_path(l->m, l->share, text, live);
	if (strcmp(text, ".") == 0 || strcmp(text, "..") == 0)
		return 0;
	return mapper_map_child(l->m, l->share, l->dir, text, live);
}

static int
look_sid(struct look *l, const struct smb2_item *it)
{
	struct smb2_edit edit = {.off = it->off, .len = it->len};
	struct buf live = {0};
	int r = l->m->opt.map != NULL ? map_sid(l->m->opt.map, it->bytes, &live) : 0;

	edit.fresh = buf_slice(&live);
	if (r == 1)
		r = mapper_edits_add(&l->edits, &edit);
	buf_free(&live);
	return r;
}

static int
look_name(struct look *l, const struct smb2_item *it)
{
	struct buf text = {0}, live = {0}, utf16 = {0};
	struct smb2_edit edit = {.off = it->off, .len = it->len};
	int r = 0;

	if (mapper_text(it->bytes, &text) && text.n > 1)
		r = map_name(l, (char *)text.p, &live);
	if (r == 1)
		r = utf16_from_utf8((char *)live.p, &utf16) == 0 ? 1 : utf16.err;
	edit.fresh = buf_slice(&utf16);
	if (r == 1 && edit.fresh.n > 0 && !slice_eq(edit.fresh, it->bytes))
		r = mapper_edits_add(&l->edits, &edit);
	if (text.err != 0)
		r = ERR_NOMEM;
	buf_free(&text);
	buf_free(&live);
	buf_free(&utf16);
	return r < 0 ? r : 0;
}

static int
on_leaf(void *ctx, const struct smb2_item *it)
{
	struct look *l = ctx;

	if (it->row == NULL)
		return 0;
	if (it->cut == SMB2_CUT_SID)
		return look_sid(l, it);
	if (it->cut == SMB2_CUT_TEXT && strcmp(it->name, "file_name") == 0)
		return look_name(l, it);
	return 0;
}

/* Does an answer hold names, and are these in the directory that was asked about? */
static bool
holds_names(const struct smb2_pdu *pdu, uint16_t asked, bool *in_dir)
{
	*in_dir = pdu->h.command == SMB2_CMD_QUERY_DIRECTORY ||
		  pdu->h.command == SMB2_CMD_CHANGE_NOTIFY;
	return *in_dir || asked == SMB2_ASKED_FILE(9) || asked == SMB2_ASKED_FILE(18) ||
	       asked == SMB2_ASKED_FILE(48) || asked == SMB2_ASKED_SECURITY ||
	       asked == SMB2_ASKED_QUOTA;
}

/* The request's PDU, in its recorded message. */
static bool
find_request(struct mapper *m, const struct mapper_question *q, struct buf *scratch,
	     struct mapper_place *place, struct smb2_pdu *pdu)
{
	struct smb2_chain chain;
	struct slice bytes;

	place->ev = &m->ir->events[q->event];
	place->message = ir_bytes(m->ir, place->ev, scratch);
	chain = smb2_chain_init(place->message);
	for (unsigned i = 0; i <= q->pdu; i++)
		if (!smb2_chain_next(&chain, &bytes))
			return false;
	place->at = (size_t)(bytes.p - place->message.p);
	place->pdu = pdu;
	return smb2_pdu_decode(bytes, pdu) == 0;
}

static int
collect(struct look *l, const struct mapper_question *q, const struct smb2_pdu *recorded,
	struct smb2_pdu *opened)
{
	const struct smb2_visitor v = {.ctx = l, .leaf = on_leaf};
	struct buf scratch = {0}, dir = {0};
	struct mapper_place place = {.at = 0};
	struct smb2_pdu request;
	bool in_dir;
	int r = 0;

	*opened = *recorded;
	if (find_request(l->m, q, &scratch, &place, &request) &&
	    holds_names(recorded, smb2_asked(&request), &in_dir)) {
		l->share = mapper_share_at(l->m, place.ev, place.message, place.at);
		r = in_dir ? mapper_open_path(l->m, &place, &dir) : 1;
		l->dir = in_dir ? (char *)dir.p : NULL;
		smb2_pdu_open(opened, smb2_asked(&request));
		if (r == 1)
			r = smb2_walk_body(opened, &v);
	}
	if (scratch.err != 0)
		r = scratch.err;
	buf_free(&scratch);
	buf_free(&dir);
	return r;
}

int
mapper_answer(struct mapper *m, const struct mapper_question *q, const struct smb2_pdu *recorded,
	      struct buf *out, bool *any)
{
	struct look l = {.m = m};
	struct smb2_pdu opened;
	int r = 0;

	*any = false;
	if (m->names && recorded->body_def != NULL)
		r = collect(&l, q, recorded, &opened);
	mapper_edits_sort(&l.edits);
	if (r == 0 && l.edits.n > 0) {
		r = smb2_relay_pdu(&opened, l.edits.list, l.edits.n, out, NULL);
		*any = r == 0;
		if (r != ERR_NOMEM)
			r = 0; /* too long for its fields: the server cannot say it, either */
	}
	mapper_edits_free(&l.edits);
	return r;
}
