/* Shares, opens and questions of a workload, by symbol where there is one, else by their bytes. */
#include "config.h"

#include "anonymize/anon_track.h"

#include <stdlib.h>

#include "anonymize/anon_chars.h"

/* Without memory an element is left out, which its owner sees. */
#define HASH_NONFATAL_OOM 1
#define uthash_nonfatal_oom(element) ((element)->left_out = true)
#include <uthash.h>

#define IPC "ipc$"
#define BY_FILE_ID 0x2000u /* CreateOptions: the name is an id (MS-SMB2 2.2.13) */

enum tag { TAG_SYMBOL, TAG_BYTES, TAG_QUESTION };

struct key {
	uint32_t tag, what, conn, number;
	uint8_t bytes[IR_MAX_SYMBOL_WIDTH];
};

struct anon_id {
	struct key key;
	struct anon_place place;
	bool left_out;
	UT_hash_handle hh;
};

void
anon_track_free(struct anon_track *t)
{
	struct anon_id *i, *next;

	HASH_ITER(hh, t->ids, i, next)
	{
		HASH_DEL(t->ids, i);
		free(i);
	}
}

void
anon_track_message(struct anon_track *t)
{
	t->last = (struct anon_place){.file = 0};
	t->at = 0;
}

static struct anon_id *
look_up(const struct anon_track *t, const struct key *k)
{
	struct anon_id *found = NULL;

	HASH_FIND(hh, t->ids, k, sizeof(*k), found);
	return found;
}

static int
put(struct anon_track *t, const struct key *k, const struct anon_place *place)
{
	struct anon_id *i = look_up(t, k);

	if (i == NULL) {
		i = calloc(1, sizeof(*i));
		if (i == NULL)
			return ERR_NOMEM;
		i->key = *k;
		HASH_ADD(hh, t->ids, key, sizeof(i->key), i);
		if (i->left_out) {
			free(i);
			return ERR_NOMEM;
		}
	}
	i->place = *place;
	return 0;
}

static enum ir_what
what_of(const struct smb2_item *it)
{
	switch (it->row->role) {
	case SMB2_TREE_ID:
		return IR_TREE;
	case SMB2_RESUME_KEY:
		return IR_RESUME;
	default:
		return IR_OPEN;
	}
}

/* False where it says no more than that it is that of the PDU before. */
static bool
key_of(const struct ir_event *ev, const struct smb2_item *it, struct slice pdu, size_t off,
       struct key *out)
{
	enum ir_what what = what_of(it);
	bool related = true;

	memset(out, 0, sizeof(*out));
	out->what = what;
	for (uint32_t i = 0; i < ev->n_patches; i++) {
		const struct ir_patch *p = &ev->patches[i];

		if (p->what != what || p->off < off + it->off || p->off - off - it->off >= it->len)
			continue;
		out->tag = TAG_SYMBOL;
		out->number = p->number;
		return true;
	}
	out->tag = TAG_BYTES;
	/* TreeIds are a session's own, FileIds and resume keys a server's. */
	out->conn = what == IR_TREE ? ev->conn : 0;
	for (size_t i = 0; i < it->len && i < sizeof(out->bytes); i++) {
		out->bytes[i] = pdu.p[it->off + i];
		related &= out->bytes[i] == 0xff;
	}
	return !related;
}

static void
question_key(const struct ir_event *ev, const struct smb2_pdu *pdu, struct key *out)
{
	memset(out, 0, sizeof(*out));
	out->tag = TAG_QUESTION;
	out->conn = ev->conn;
	wire_put_le(out->bytes, 8, pdu->h.message_id);
}

uint32_t
anon_track_file(const struct anon_track *t, const struct ir_event *ev, const struct smb2_item *it,
		struct slice pdu, size_t off)
{
	const struct anon_id *i;
	struct key k;

	if (!key_of(ev, it, pdu, off, &k))
		return t->last.file;
	i = look_up(t, &k);
	return i != NULL ? i->place.file : 0;
}

/* The share's root, by the last part of "\\HOST\share": a server has several names. */
static int
on_tree_connect(struct anon_track *t, struct slice path, struct anon_place *out)
{
	size_t at = path.n / 2 * 2, n = strlen(IPC);
	struct slice share;

	while (at > 0 && wire_le(path.p + at - 2, 2) != '\\')
		at -= 2;
	share = slice_sub(path, at, path.n - at);
	out->pipe = share.n == 2 * n;
	for (size_t i = 0; out->pipe && i < n; i++)
		out->pipe = anon_fold((uint16_t)wire_le(share.p + 2 * i, 2)) == (uint8_t)IPC[i];
	return anon_files_path(t->files, 0, share, &out->share);
}

/* A path of DFS begins with server and share (MS-SMB2 2.2.13), which the tree says, too. */
static struct slice
without_host(struct slice path)
{
	for (int i = 0; i < 2; i++) {
		size_t at = 0;

		while (at + 2 <= path.n && wire_le(path.p + at, 2) == '\\')
			at += 2;
		while (at + 2 <= path.n && wire_le(path.p + at, 2) != '\\')
			at += 2;
		path = slice_sub(path, at, path.n - at);
	}
	return path;
}

static int
on_create(struct anon_track *t, const struct smb2_pdu *pdu, struct anon_place *out)
{
	const struct smb2_create_req *q = &pdu->body.smb2_create_req;
	struct slice name = q->name;

	if ((pdu->h.flags & SMB2_FLAGS_DFS_OPERATIONS) != 0 &&
	    (q->create_options & BY_FILE_ID) == 0)
		name = without_host(name);
	return anon_files_path(t->files, out->share, name, &out->file);
}

/* What stands for an id: what was learnt of it, or, where it was never given, itself. */
static int
resolve(struct anon_track *t, const struct key *k, struct anon_place *out)
{
	const struct anon_id *i = look_up(t, k);

	if (k->what == IR_TREE) {
		out->share = i != NULL ? i->place.share : 0;
		out->pipe = i != NULL && i->place.pipe;
		return 0;
	}
	if (i != NULL) {
		out->file = i->place.file;
		out->pipe = i->place.pipe;
		return 0;
	}
	return anon_files_path(t->files, 0, slice_of(k, sizeof(*k)), &out->file);
}

static int
find_ids(struct anon_track *t, const struct ir_event *ev, const struct smb2_pdu *pdu, size_t off,
	 struct anon_place *out)
{
	struct smb2_item ids[SMB2_SYMBOLS_MAX];
	size_t n = smb2_find_symbols(pdu, ids, SMB2_SYMBOLS_MAX);
	bool seen = false;
	struct key k;
	int r = 0;

	if (t->at > 0 && (pdu->h.flags & SMB2_FLAGS_RELATED_OPERATIONS) != 0)
		*out = t->last;
	for (size_t i = 0; r == 0 && i < n; i++) {
		enum smb2_role role = ids[i].row->role;

		/* Of several the first is what the request goes to. */
		if (role != SMB2_TREE_ID && (role != SMB2_FILE_ID || seen))
			continue;
		seen |= role == SMB2_FILE_ID;
		if (key_of(ev, &ids[i], pdu->bytes, off, &k))
			r = resolve(t, &k, out);
	}
	return r;
}

static int
on_request(struct anon_track *t, const struct ir_event *ev, const struct smb2_pdu *pdu, size_t off,
	   struct anon_place *out)
{
	struct key k;
	int r = find_ids(t, ev, pdu, off, out);

	out->asked = smb2_asked(pdu);
	if (r == 0 && pdu->body_def == &smb2_defs[SMB2_DEF_smb2_create_req])
		r = on_create(t, pdu, out);
	else if (r == 0 && pdu->body_def == &smb2_defs[SMB2_DEF_smb2_tree_connect_req])
		r = on_tree_connect(t, pdu->body.smb2_tree_connect_req.path, out);
	else if (r == 0 && pdu->body_def == &smb2_defs[SMB2_DEF_smb2_tree_connect_ext_req])
		r = on_tree_connect(t, pdu->body.smb2_tree_connect_ext_req.path, out);
	else if (pdu->body_def == &smb2_defs[SMB2_DEF_smb2_read_req])
		out->offset = pdu->body.smb2_read_req.offset;
	else if (pdu->body_def == &smb2_defs[SMB2_DEF_smb2_write_req])
		out->offset = pdu->body.smb2_write_req.offset;
	question_key(ev, pdu, &k);
	return r == 0 && pdu->h.command != SMB2_CMD_CANCEL ? put(t, &k, out) : r;
}

static int
on_response(struct anon_track *t, const struct ir_event *ev, const struct smb2_pdu *pdu, size_t off,
	    struct anon_place *out)
{
	struct smb2_item ids[SMB2_SYMBOLS_MAX];
	struct anon_id *asked;
	struct key k;
	size_t n;
	int r = 0;

	question_key(ev, pdu, &k);
	asked = look_up(t, &k);
	if (asked == NULL || pdu->h.message_id == SMB2_NO_MESSAGE_ID)
		return 0;
	*out = asked->place;
	if (smb2_is_interim(pdu))
		return 0;
	HASH_DEL(t->ids, asked);
	free(asked);
	n = smb2_find_symbols(pdu, ids, SMB2_SYMBOLS_MAX);
	for (size_t i = 0; r == 0 && i < n; i++)
		if (smb2_defines(pdu->h.command, ids[i].row->role, false) &&
		    ids[i].row->role != SMB2_SESSION_ID && ids[i].row->role != SMB2_ASYNC_ID &&
		    key_of(ev, &ids[i], pdu->bytes, off, &k))
			r = put(t, &k, out);
	return r;
}

int
anon_track_pdu(struct anon_track *t, const struct ir_event *ev, const struct smb2_pdu *pdu,
	       size_t off, struct anon_place *out)
{
	int r;

	*out = (struct anon_place){.file = 0};
	r = pdu->response ? on_response(t, ev, pdu, off, out) : on_request(t, ev, pdu, off, out);
	t->last = *out;
	t->at++;
	return r;
}
