/* What a map makes of requests: finds their names by the structure lists. */
#include "config.h"

#include "base/list.h"
#include "ir/mapper.h"

#include <stdlib.h>

#include "base/utf16.h"
#include "ir/mapper_int.h"
#include "proto/sid.h"
#include "proto/smb2_elems.h"

#define KIND_NAME(name, text) text,
const char *const mapper_kind_names[MAPPER_N_KINDS] = {MAPPER_KINDS(KIND_NAME)};
#undef KIND_NAME

#define ROOTED(text) ((text)[0] == '\\' || (text)[0] == '/')

int
mapper_new(const struct ir *ir, const struct mapper_options *opt, struct mapper **out)
{
	struct mapper *m = calloc(1, sizeof(*m));
	int r = 0;

	if (m == NULL)
		return ERR_NOMEM;
	m->ir = ir;
	m->opt = *opt;
	m->names = opt->clone != NULL || (opt->map != NULL && map_has_names(opt->map));
	if (m->names)
		r = handles_init(ir, &m->handles);
	if (r == 0 && m->names) {
		m->shares = calloc((size_t)m->handles.index[IR_TREE].n + 1, sizeof(*m->shares));
		r = m->shares != NULL ? 0 : ERR_NOMEM;
	}
	if (r != 0) {
		mapper_free(m);
		return r;
	}
	*out = m;
	return 0;
}

void
mapper_free(struct mapper *m)
{
	if (m == NULL)
		return;
	for (uint32_t i = 0; m->shares != NULL && i <= m->handles.index[IR_TREE].n; i++)
		free(m->shares[i]);
	free(m->shares);
	if (m->names)
		handles_free(&m->handles);
	buf_free(&m->scratch);
	free(m);
}

void
mapper_edits_free(struct mapper_edits *e)
{
	free(e->list);
	arena_free(&e->bytes);
	*e = (struct mapper_edits){.n = 0};
}

int
mapper_edits_add(struct mapper_edits *e, const struct smb2_edit *edit)
{
	uint8_t *copy;

	if (list_room(&e->list, e->n, &e->cap, sizeof(*e->list)) != 0)
		return ERR_NOMEM;
	copy = arena_alloc(&e->bytes, edit->fresh.n + 1);
	if (copy == NULL)
		return ERR_NOMEM;
	if (edit->fresh.n > 0)
		memcpy(copy, edit->fresh.p, edit->fresh.n);
	e->list[e->n] = *edit;
	e->list[e->n++].fresh = slice_of(copy, edit->fresh.n);
	return 0;
}

static int
by_offset(const void *a, const void *b)
{
	const struct smb2_edit *x = a, *y = b;

	if (x->off != y->off)
		return x->off < y->off ? -1 : 1;
	return x->len < y->len ? -1 : x->len > y->len;
}

void
mapper_edits_sort(struct mapper_edits *e)
{
	size_t n = 0;

	if (e->n > 1)
		qsort(e->list, e->n, sizeof(*e->list), by_offset);
	for (size_t i = 0; i < e->n; i++)
		if (n == 0 || e->list[i].off >= e->list[n - 1].off + e->list[n - 1].len)
			e->list[n++] = e->list[i];
	e->n = n;
}

/* The last part of "\\HOST\share", owned. */
static char *
share_name(struct slice path)
{
	struct buf text = {0};
	const char *name;
	char *copy = NULL;

	if (mapper_text(path, &text)) {
		name = strrchr((char *)text.p, '\\');
		copy = strdup(name != NULL ? name + 1 : (char *)text.p);
	}
	buf_free(&text);
	return copy;
}

const char *
mapper_share_of(struct mapper *m, uint32_t tree)
{
	uint32_t place = ir_index_at(&m->handles.index[IR_TREE], tree);
	struct smb2_pdu pdu;

	if (place == 0)
		return NULL;
	if (m->shares[place] == NULL &&
	    handles_request(m->ir, handles_find(&m->handles, IR_TREE, tree), &m->scratch, &pdu) ==
		    0 &&
	    pdu.h.command == SMB2_CMD_TREE_CONNECT && pdu.body_def != NULL)
		m->shares[place] =
			share_name(smb2_get_bytes(smb2_row_find(pdu.body_def, "path"), &pdu.body));
	return m->shares[place];
}

static bool
is_related(struct slice pdu)
{
	return (wire_le(pdu.p + SMB2_HDR_AT(flags), 4) & SMB2_FLAGS_RELATED_OPERATIONS) != 0;
}

const char *
mapper_share_at(struct mapper *m, const struct ir_event *ev, struct slice message, size_t at)
{
	struct smb2_chain chain = smb2_chain_init(message);
	const char *share = NULL;
	struct slice pdu;

	while (smb2_chain_next(&chain, &pdu) && pdu.n >= SMB2_HEADER) {
		size_t off = (size_t)(pdu.p - message.p);

		/* What is related inherits (MS-SMB2 3.2.4.1.4). */
		if (!is_related(pdu))
			share = mapper_share_of(m, ir_symbol_in(ev, IR_TREE, off, SMB2_HEADER));
		if (off == at)
			break;
	}
	return share;
}

/* The path in a CREATE; behind server and share where it is one of DFS (MS-SMB2 2.2.13). */
static int
create_path(const struct smb2_pdu *pdu, struct buf *out)
{
	struct buf text = {0};
	const char *path;
	int r = 0;

	if (pdu->body_def == &smb2_defs[SMB2_DEF_smb2_create_req] &&
	    mapper_text(pdu->body.smb2_create_req.name, &text)) {
		path = (char *)text.p;
		if ((pdu->h.flags & SMB2_FLAGS_DFS_OPERATIONS) != 0)
			for (int i = 0; i < 2; i++) {
				path += strcspn(path, "\\");
				path += *path == '\\';
			}
		while (ROOTED(path))
			path++;
		buf_add(out, path, strlen(path) + 1);
		r = 1;
	}
	if (text.err != 0 || out->err != 0)
		r = ERR_NOMEM;
	buf_free(&text);
	return r;
}

/* The CREATE that stands in the chain before `at`. */
static int
chained_path(const struct mapper_place *p, struct buf *out)
{
	struct smb2_chain chain = smb2_chain_init(p->message);
	struct slice bytes, create = {0};
	struct smb2_pdu pdu;

	while (smb2_chain_next(&chain, &bytes) && bytes.n >= SMB2_HEADER &&
	       (size_t)(bytes.p - p->message.p) < p->at)
		if (wire_le(bytes.p + SMB2_HDR_AT(command), 2) == SMB2_CMD_CREATE)
			create = bytes;
	return create.n > 0 && smb2_pdu_decode(create, &pdu) == 0 ? create_path(&pdu, out) : 0;
}

int
mapper_open_path(struct mapper *m, const struct mapper_place *p, struct buf *out)
{
	uint32_t open = ir_symbol_in(p->ev, IR_OPEN, p->at, p->pdu->bytes.n);
	struct smb2_pdu pdu;
	int r;

	if (open == 0)
		return chained_path(p, out);
	r = handles_request(m->ir, handles_find(&m->handles, IR_OPEN, open), &m->scratch, &pdu);
	if (r != 0)
		return r == ERR_NOMEM ? r : 0;
	return create_path(&pdu, out);
}

/* A PDU on the walk. */
struct look {
	struct mapper *m;
	struct mapper_place place;
	struct mapper_edits *out;
	bool relative; /* the symbolic link that the walk is in */
	int err;
};

/* Instead of what the walk is at, this text. */
static int
edit_text(struct look *l, const struct smb2_item *it, const char *live)
{
	struct smb2_edit edit = {.off = it->off, .len = it->len, .row = it->row};
	struct buf utf16 = {0};
	int r = utf16_from_utf8(live, &utf16);

	if (r == 0 && it->len == 0)
		r = smb2_edit_row(l->place.pdu, it->name, &edit, NULL);
	edit.tag = "name";
	edit.off += l->place.at;
	edit.fresh = buf_slice(&utf16);
	if (r == 0 && (edit.len > 0 || edit.fresh.n > 0) && !slice_eq(edit.fresh, it->bytes))
		r = mapper_edits_add(l->out, &edit);
	buf_free(&utf16);
	return r;
}

/* By the path of the file that the request names: a directory, or the link itself. */
static int
map_in_open(struct look *l, enum mapper_kind kind, const char *text, struct buf *live)
{
	struct buf path = {0};
	int r = mapper_open_path(l->m, &l->place, &path);

	if (r == 1 && kind == MAPPER_PATTERN)
		r = mapper_map_child(l->m, l->place.share, (char *)path.p, text, live);
	else if (r == 1)
		r = mapper_map_target(l->m, l->place.share, (char *)path.p, text, live);
	buf_free(&path);
	return r;
}

static int
map_value(struct look *l, enum mapper_kind kind, const char *text, struct buf *live)
{
	switch (kind) {
	case MAPPER_PATH:
		return mapper_map_path(l->m, l->place.share, text, live);
	case MAPPER_PATTERN:
		/* Wildcards: MS-FSCC 2.1.4.4 */
		return text[0] == '\0' || strpbrk(text, "*?<>\"") != NULL
			       ? 0
			       : map_in_open(l, kind, text, live);
	case MAPPER_TARGET:
		if (!l->relative)
			return mapper_map_target(l->m, l->place.share, NULL, text, live);
		return ROOTED(text) ? 0 : map_in_open(l, kind, text, live);
	case MAPPER_SERVER: /* with all that follows; it may begin with a backslash */
		buf_printf(live, "%s", ROOTED(text) ? "\\" : "");
		return mapper_map_unc(l->m, text + ROOTED(text), live);
	case MAPPER_SHARE:
	case MAPPER_SID:
	case MAPPER_N_KINDS:
		break;
	}
	return 0;
}

static int
look_text(struct look *l, const struct smb2_item *it, enum mapper_kind kind)
{
	struct buf text = {0}, live = {0};
	int r = 0;

	if (it->len == 0 && kind != MAPPER_PATH)
		return 0;
	if (mapper_text(it->bytes, &text))
		r = map_value(l, kind, (char *)text.p, &live);
	else
		r = text.err;
	if (r >= 0 && text.n > 0 && kind != MAPPER_SERVER)
		mapper_see(l->m, kind, l->place.share, (char *)text.p,
			   r == 1 ? (char *)live.p : (char *)text.p);
	if (r == 1)
		r = edit_text(l, it, (char *)live.p);
	buf_free(&text);
	buf_free(&live);
	return r < 0 ? r : 0;
}

static void
see_sid(struct look *l, struct slice recorded, struct slice live)
{
	struct buf a = {0}, b = {0};

	if (l->m->opt.see != NULL && sid_put_text(recorded, &a) && sid_put_text(live, &b)) {
		buf_zero(&a, 1);
		buf_zero(&b, 1);
		if (a.err == 0 && b.err == 0)
			mapper_see(l->m, MAPPER_SID, NULL, (char *)a.p, (char *)b.p);
	}
	buf_free(&a);
	buf_free(&b);
}

static int
look_sid(struct look *l, const struct smb2_item *it)
{
	struct smb2_edit edit = {.off = l->place.at + it->off, .len = it->len, .tag = "sid"};
	struct buf live = {0};
	int r = l->m->opt.map != NULL ? map_sid(l->m->opt.map, it->bytes, &live) : 0;

	see_sid(l, it->bytes, r == 1 ? buf_slice(&live) : it->bytes);
	edit.fresh = buf_slice(&live);
	if (r == 1 && !slice_eq(edit.fresh, it->bytes))
		r = mapper_edits_add(l->out, &edit);
	buf_free(&live);
	return r < 0 ? r : 0;
}

static int
look_key(struct look *l, const struct smb2_item *it)
{
	uint8_t key[CLONE_KEY];
	const struct smb2_edit edit = {.off = l->place.at + it->off,
				       .len = it->len,
				       .fresh = slice_of(key, sizeof(key)),
				       .tag = "key"};

	memcpy(key, it->bytes.p, sizeof(key));
	clone_key(l->m->opt.clone, key);
	return slice_eq(edit.fresh, it->bytes) ? 0 : mapper_edits_add(l->out, &edit);
}

/* What a text in a request is. */
static bool
kind_of(const struct look *l, const struct smb2_item *it, enum mapper_kind *kind)
{
	static const struct {
		enum smb2_def_id def;
		enum mapper_kind kind;
	} kinds[] = {
		{SMB2_DEF_smb2_create_req, MAPPER_PATH},
		{SMB2_DEF_fscc_rename, MAPPER_PATH},
		{SMB2_DEF_fscc_rename_ex, MAPPER_PATH},
		{SMB2_DEF_smb2_query_directory_req, MAPPER_PATTERN},
		{SMB2_DEF_fscc_reparse_symlink, MAPPER_TARGET},
		{SMB2_DEF_fscc_reparse_mount_point, MAPPER_TARGET},
		{SMB2_DEF_dfsc_referrals_req, MAPPER_SERVER},
		{SMB2_DEF_dfsc_request_data, MAPPER_SERVER},
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (it->def != &smb2_defs[kinds[i].def])
			continue;
		*kind = kinds[i].kind;
		if (*kind == MAPPER_PATH && i == 0 &&
		    (l->place.pdu->h.flags & SMB2_FLAGS_DFS_OPERATIONS) != 0)
			*kind = MAPPER_SERVER;
		return true;
	}
	return false;
}

static int
on_leaf(void *ctx, const struct smb2_item *it)
{
	struct look *l = ctx;
	enum mapper_kind kind;

	if (it->row == NULL)
		return 0;
	if (it->def == &smb2_defs[SMB2_DEF_fscc_reparse_symlink] && strcmp(it->name, "flags") == 0)
		l->relative = (it->value & 1) != 0; /* SYMLINK_FLAG_RELATIVE */
	if (l->m->opt.clone != NULL && mapper_is_key(it))
		return look_key(l, it);
	if (it->cut == SMB2_CUT_SID)
		return look_sid(l, it);
	if (it->cut == SMB2_CUT_TEXT && kind_of(l, it, &kind))
		return look_text(l, it, kind);
	return 0;
}

/* Only these hold names or keys: spares the others the decoding. */
static bool
has_names(const struct mapper *m, struct slice pdu)
{
	switch ((enum smb2_command)wire_le(pdu.p + SMB2_HDR_AT(command), 2)) {
	case SMB2_CMD_CREATE:
	case SMB2_CMD_IOCTL:
	case SMB2_CMD_QUERY_DIRECTORY:
	case SMB2_CMD_QUERY_INFO:
	case SMB2_CMD_SET_INFO:
		return true;
	case SMB2_CMD_NEGOTIATE:
	case SMB2_CMD_OPLOCK_BREAK:
		return m->opt.clone != NULL;
	default:
		return false;
	}
}

static int
look_at(struct mapper *m, const struct mapper_place *place, struct mapper_edits *out)
{
	struct look l = {.m = m, .place = *place, .out = out};
	const struct smb2_visitor v = {.ctx = &l, .leaf = on_leaf};

	return smb2_walk_body(place->pdu, &v);
}

int
mapper_request(struct mapper *m, uint64_t event, struct slice message, struct mapper_edits *out)
{
	struct smb2_chain chain;
	struct slice bytes;
	int r = 0;

	if (!m->names || smb2_msg_kind(message) != SMB2_MSG_PLAIN)
		return 0;
	chain = smb2_chain_init(message);
	while (r == 0 && smb2_chain_next(&chain, &bytes)) {
		struct mapper_place place = {.ev = &m->ir->events[event],
					     .message = message,
					     .at = (size_t)(bytes.p - message.p)};
		struct smb2_pdu pdu;

		if (bytes.n < SMB2_HEADER || !has_names(m, bytes) ||
		    smb2_pdu_decode(bytes, &pdu) != 0 || pdu.body_def == NULL)
			continue;
		smb2_pdu_open(&pdu, 0);
		place.pdu = &pdu;
		place.share = mapper_share_at(m, place.ev, message, place.at);
		r = look_at(m, &place, out);
	}
	return r;
}
