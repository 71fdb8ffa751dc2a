/* What a CREATE and its answer say of the names on a share. */
#include "config.h"

#include "ir/state_int.h"

#include "proto/ntstatus.h"
#include "proto/smb2_elems.h"

/* MS-SMB2 2.2.13 */
#define DISPOSITION_OPEN 1
#define DISPOSITION_OVERWRITE 4
#define OPTION_DIRECTORY 0x1
#define OPTION_DELETE_ON_CLOSE 0x1000
#define OPTION_BY_FILE_ID 0x2000
/* create_action, MS-SMB2 2.2.14 */
#define ACTION_OPENED 1
#define ACTION_CREATED 2
#define SYMLINK_RELATIVE 1 /* MS-SMB2 2.2.2.2.1 */
#define REPARSE_SYMLINK 0xa000000cu
#define SYMLINK_FIXED 20 /* bytes before the names of a symbolic link, MS-FSCC 2.1.2.4 */

/* A CREATE that is answered, with what its name says. */
struct made {
	struct state_feed *f;
	struct state_tree *t;
	const struct state_asked *q;
	const struct state_answer *a;
	const struct smb2_create_req *req;
	struct state_path path;
	struct slice stream; /* its name; empty: the main one */
	bool reclaim, replay;
	bool elsewhere;             /* a snapshot, or what has no name that could be made */
	struct state_handle before; /* with `reclaim`: what it reclaims */
};

static uint32_t
unit(struct slice s, size_t i)
{
	return (uint32_t)wire_le(s.p + i, 2);
}

/* What is behind the first backslash. */
static struct slice
behind_separator(struct slice s)
{
	for (size_t i = 0; i + 1 < s.n; i += 2)
		if (unit(s, i) == '\\')
			return slice_sub(s, i + 2, s.n - i - 2);
	return (struct slice){0};
}

/* A component "@GMT-..." names a snapshot (MS-SMB2 2.2.13). */
static bool
names_snapshot(struct slice s)
{
	static const uint8_t mark[] = "@\0G\0M\0T\0-";

	for (size_t i = 0; i + sizeof(mark) <= s.n; i += 2)
		if (memcmp(s.p + i, mark, sizeof(mark) - 1) == 0)
			return true;
	return false;
}

/* What NTFS keeps for itself ("$Extend\\$Quota") no client can make. */
static bool
is_volumes_own(struct slice path)
{
	static const uint8_t name[] = "$\0E\0x\0t\0e\0n\0d\0";

	while (path.n >= 2 && unit(path, 0) == '\\')
		path = slice_of(path.p + 2, path.n - 2);
	return path.n >= sizeof(name) - 1 && memcmp(path.p, name, sizeof(name) - 1) == 0 &&
	       (path.n == sizeof(name) - 1 || unit(path, sizeof(name) - 1) == '\\');
}

/* "dir\file:stream:$DATA" into its parts. */
static void
split_stream(struct made *m, struct slice name)
{
	size_t colon = 0, end;

	while (colon + 1 < name.n && unit(name, colon) != ':')
		colon += 2;
	m->path.path = slice_of(name.p, colon);
	if (colon + 1 >= name.n)
		return;
	for (end = colon + 2; end + 1 < name.n && unit(name, end) != ':';)
		end += 2;
	m->stream = slice_sub(name, colon + 2, end - colon - 2);
}

static void
read_context(struct made *m, const struct smb2_create_context *c)
{
	union smb2_any any;

	if (c->name.n != 4)
		return;
	if (memcmp(c->name.p, "TWrp", 4) == 0 && c->data.n == 8)
		m->elsewhere = m->elsewhere || wire_le(c->data.p, 8) != 0;
	if (memcmp(c->name.p, "AAPL", 4) == 0 && !ntstatus_failed(m->a->pdu->h.status))
		state_set_apple(m->f, m->a->m->conn);
	/* Both forms of the reconnect begin with the FileId, as their lists say. */
	if ((memcmp(c->name.p, "DHnC", 4) == 0 || memcmp(c->name.p, "DH2C", 4) == 0) &&
	    smb2_decode(&smb2_defs[SMB2_DEF_smb2_ctx_dhnc_req], c->data, 0, &any, NULL) == 0) {
		m->reclaim = true;
		memcpy(m->before.id, any.smb2_ctx_dhnc_req.file_id.b, 16);
	}
}

static void
read_request(struct made *m)
{
	const struct smb2_pdu *pdu = m->q->request;
	struct slice name = m->req->name;
	struct smb2_elems it =
		smb2_elems_init(smb2_row_find(pdu->body_def, "create_contexts"), &pdu->body, false);
	struct smb2_elem e;

	if ((pdu->h.flags & SMB2_FLAGS_DFS_OPERATIONS) != 0)
		name = behind_separator(behind_separator(name));
	m->elsewhere = (m->req->create_options & OPTION_BY_FILE_ID) != 0 || names_snapshot(name) ||
		       is_volumes_own(name);
	split_stream(m, name);
	while (smb2_elems_next(&it, &e))
		read_context(m, &e.any.smb2_create_context);
	m->replay = (pdu->h.flags & SMB2_FLAGS_REPLAY_OPERATION) != 0;
}

/* What the answer says of the file and the stream that it opened. */
static void
note_opened(struct made *m, const struct state_target *t)
{
	const struct smb2_create_resp *r = &m->a->pdu->body.smb2_create_resp;
	const struct state_facts facts = {
		.times = {r->creation_time, r->last_access_time, r->last_write_time,
			  r->change_time},
		.attributes = r->file_attributes,
		.event = m->path.event,
	};

	if (t->stream == NULL || (r->file_attributes & STATE_ATTR_DIRECTORY) != 0)
		state_is(t->object,
			 (r->file_attributes & STATE_ATTR_DIRECTORY) != 0 ? STATE_DIRECTORY
									  : STATE_FILE,
			 m->path.event);
	if (r->create_action != ACTION_OPENED || !state_is_first(t->object))
		return;
	state_note_facts(t->object, &facts);
	if (t->object->kind != STATE_DIRECTORY || t->stream != NULL)
		state_sized(t->object, state_stuff_of(t), r->end_of_file, true, m->path.event);
}

/* Opened anew and emptied: what was in it nobody will see. */
static int
empty(struct made *m, const struct state_target *t)
{
	if (t->stream == NULL)
		t->object->touched |= STATE_TOUCHED_ALL & ~(unsigned)STATE_TOUCHED_SECURITY;
	else
		t->object->touched |= STATE_TOUCHED_TIMES;
	return state_write(m->f, t, 0, UINT64_MAX, m->path.event);
}

/* The stream of the object, which was there or is new. */
static int
find_stream(struct made *m, struct state_target *t, uint32_t action)
{
	struct state_object *o = t->object;
	struct state_node_stream *s;
	int r;

	if (m->stream.n == 0)
		return 0;
	r = state_stream_of(m->t, o, m->stream, &t->stream);
	s = t->stream;
	if (r != 0 || s == NULL)
		return r;
	if (action == ACTION_CREATED) {
		s->absent = s->absent || !s->stuff.sized;
		s->stuff.touched = true;
		o->touched |= STATE_TOUCHED_TIMES;
	} else if (s->absent && !s->stuff.touched) {
		state_conflict(o, STATE_DOUBT_EXISTS, m->path.event);
		s->absent = false;
	}
	return 0;
}

/* The object under the name, by what was done. */
static int
find_object(struct made *m, struct state_slot *s, struct state_object *dir, uint32_t action,
	    struct state_target *t)
{
	bool new = action == ACTION_CREATED && m->stream.n == 0;

	if (s == NULL) { /* the root, or there is no room */
		t->object = dir;
		return 0;
	}
	if (new)
		return state_made(m->t, s, STATE_BY_CREATED, m->path.event, &t->object);
	return state_sight(m->t, s,
			   action == ACTION_OPENED || m->stream.n > 0 ? STATE_BY_OPENED
								      : STATE_BY_REPLACED,
			   m->path.event, &t->object);
}

static int
see_opened(struct made *m, struct state_target *t)
{
	uint32_t action = m->a->pdu->body.smb2_create_resp.create_action;
	struct state_object *dir;
	struct state_slot *s;
	int r = state_walk(m->t, &m->path, STATE_WALK_EXISTS, &dir, &s);

	if (r == 0)
		r = find_object(m, s, dir, action, t);
	if (r != 0 || t->object == NULL)
		return r;
	r = find_stream(m, t, action);
	if (r == 0 && t->stream == NULL && m->stream.n > 0)
		*t = (struct state_target){0}; /* one stream too many */
	if (r != 0 || t->object == NULL)
		return r;
	note_opened(m, t);
	return action != ACTION_OPENED && action != ACTION_CREATED ? empty(m, t) : 0;
}

static int
see_success(struct made *m)
{
	struct state_handle h = {.server = m->a->server};
	struct state_target t = {0};
	bool dies = (m->req->create_options & OPTION_DELETE_ON_CLOSE) != 0;
	int r = 0;

	memcpy(h.id, m->a->pdu->body.smb2_create_resp.file_id.b, 16);
	m->before.server = h.server;
	/* A request that is sent again gets the handle that its first answer had. */
	if (m->replay && state_find_open(m->f, &h, &t))
		return 0;
	if (m->reclaim && state_find_open(m->f, &m->before, &t))
		return state_open(m->f, &h, &t, dies);
	if (!m->elsewhere)
		r = see_opened(m, &t);
	if (t.object != NULL && t.stream == NULL)
		t.object->doomed = t.object->doomed || dies;
	return r == 0 ? state_open(m->f, &h, &t, dies) : r;
}

/* The refusal says that there is something. */
static int
see_there(struct made *m, enum state_reason why, bool file)
{
	bool directory = !file && (m->req->create_options & OPTION_DIRECTORY) != 0;
	struct state_object *dir, *o;
	struct state_slot *s;
	int r = state_walk(m->t, &m->path, STATE_WALK_EXISTS, &dir, &s);

	if (r == 0 && s != NULL)
		r = state_sight(m->t, s, why, m->path.event, &o);
	if (r != 0 || s == NULL)
		return r;
	if (o->kind == STATE_N_KINDS)
		o->maybe_directory = directory;
	return 0;
}

static int
see_kind(struct made *m, enum state_kind kind)
{
	struct state_object *dir;
	struct state_slot *s;
	int r = see_there(m, STATE_BY_REFUSED, kind == STATE_FILE);

	if (r == 0)
		r = state_walk(m->t, &m->path, STATE_WALK_KNOWN, &dir, &s);
	if (r == 0 && s != NULL && s->now != NULL)
		state_is(s->now, kind, m->path.event);
	return r;
}

/* No such name: of a stream that says nothing of the file. */
static int
see_absent(struct made *m)
{
	struct state_node_stream *stream;
	struct state_object *dir;
	struct state_slot *s;
	int r = state_walk(m->t, &m->path, m->stream.n > 0 ? STATE_WALK_KNOWN : STATE_WALK_TRY,
			   &dir, &s);

	if (r != 0 || s == NULL)
		return r;
	if (m->stream.n == 0) {
		state_absent(s, STATE_BY_NOT_FOUND, m->path.event);
		return 0;
	}
	if (s->now == NULL || !state_is_first(s->now))
		return 0;
	r = state_stream_of(m->t, s->now, m->stream, &stream);
	if (r == 0 && stream != NULL && !stream->stuff.sized)
		stream->absent = true;
	return r;
}

/* Something above it is away, or a file: the directory it would be in, in any case. */
static int
see_no_path(struct made *m)
{
	struct state_path up = m->path;
	struct state_object *dir;
	struct state_slot *s;
	size_t n = up.path.n & ~(size_t)1;
	int r;

	while (n >= 2 && unit(up.path, n - 2) != '\\')
		n -= 2;
	if (n < 4)
		return 0;
	up.path.n = n - 2;
	r = state_walk(m->t, &up, STATE_WALK_KNOWN, &dir, &s);
	if (r != 0 || s == NULL || (s->now != NULL && !s->now->dying))
		return r;
	s->no_directory = s->how == STATE_FIRST_UNKNOWN;
	state_absent(s, STATE_BY_NOT_FOUND, m->path.event);
	return 0;
}

/* ---- Symbolic links, MS-SMB2 2.2.2.2.1 ---- */

static bool
find_link(const struct smb2_pdu *pdu, struct smb2_symlink_error *out)
{
	bool contexts = pdu->body_def == &smb2_defs[SMB2_DEF_smb2_error_contexts_resp];
	const struct smb2_row *row;
	struct smb2_elems it;
	struct smb2_elem e;

	if (!contexts && pdu->body_def != &smb2_defs[SMB2_DEF_smb2_error_symlink_resp])
		return false;
	row = smb2_row_find(pdu->body_def, "error_data");
	it = smb2_elems_init(row, &pdu->body, true);
	if (!smb2_elems_next(&it, &e))
		return false;
	if (contexts) {
		union smb2_any context = e.any;

		row = smb2_row_find(&smb2_defs[SMB2_DEF_smb2_error_context], "error_context_data");
		it = smb2_elems_init(row, &context, true);
		if (it.def != &smb2_defs[SMB2_DEF_smb2_symlink_error] || !smb2_elems_next(&it, &e))
			return false;
	}
	*out = e.any.smb2_symlink_error;
	return true;
}

/* The link as FSCTL_GET_REPARSE_POINT would give it, MS-FSCC 2.1.2.4. */
static void
put_link(const struct smb2_symlink_error *l, struct buf *out)
{
	size_t names = l->substitute_name.n + l->print_name.n;

	buf_le(out, 4, REPARSE_SYMLINK);
	buf_le(out, 2, SYMLINK_FIXED - 8 + names);
	buf_le(out, 2, 0);
	buf_le(out, 2, 0);
	buf_le(out, 2, l->substitute_name.n);
	buf_le(out, 2, l->substitute_name.n);
	buf_le(out, 2, l->print_name.n);
	buf_le(out, 4, l->flags & SYMLINK_RELATIVE);
	buf_add(out, l->substitute_name.p, l->substitute_name.n);
	buf_add(out, l->print_name.p, l->print_name.n);
}

static int
keep_link(struct made *m, struct state_object *o, const struct smb2_symlink_error *l)
{
	struct state_extra *x = state_extra_of(m->t, o);
	struct buf b = {0};
	int r = x != NULL ? 0 : ERR_NOMEM;

	if (r == 0 && x->reparse.n == 0 && (o->touched & STATE_TOUCHED_REPARSE) == 0 &&
	    state_is_first(o)) {
		o->reparse_tag = REPARSE_SYMLINK;
		put_link(l, &b);
		r = b.err != 0 ? b.err : state_keep(m->t, buf_slice(&b), &x->reparse);
	}
	buf_free(&b);
	return r;
}

/* The name up to what the server did not parse is a link. */
static int
see_link(struct made *m)
{
	struct state_path p = m->path;
	struct smb2_symlink_error l;
	struct state_object *dir, *o;
	struct state_slot *s;
	int r;

	if (!find_link(m->a->pdu, &l) || l.unparsed_path_length > p.path.n)
		return 0;
	p.path.n -= l.unparsed_path_length;
	while (p.path.n >= 2 && unit(p.path, (p.path.n & ~(size_t)1) - 2) == '\\')
		p.path.n -= 2;
	r = state_walk(m->t, &p, STATE_WALK_EXISTS, &dir, &s);
	if (r == 0 && s != NULL)
		r = state_sight(m->t, s, STATE_BY_OPENED, p.event, &o);
	if (r != 0 || s == NULL)
		return r;
	if (o->kind == STATE_N_KINDS)
		o->maybe_directory = o->maybe_directory || l.unparsed_path_length > 0 ||
				     (m->req->create_options & OPTION_DIRECTORY) != 0;
	return keep_link(m, o, &l);
}

static int
see_refusal(struct made *m)
{
	uint32_t how = m->req->create_disposition;

	switch ((int)m->a->pdu->h.status) {
	case STATUS_OBJECT_NAME_NOT_FOUND:
	case STATUS_NO_SUCH_FILE:
		return see_absent(m);
	case STATUS_OBJECT_PATH_NOT_FOUND:
		return see_no_path(m);
	case STATUS_OBJECT_NAME_COLLISION:
		return m->stream.n == 0 ? see_there(m, STATE_BY_COLLIDED, false) : 0;
	case STATUS_FILE_IS_A_DIRECTORY:
		return m->stream.n == 0 ? see_kind(m, STATE_DIRECTORY) : 0;
	case STATUS_NOT_A_DIRECTORY:
		return m->stream.n == 0 && (m->req->create_options & OPTION_DIRECTORY) != 0
			       ? see_kind(m, STATE_FILE)
			       : 0;
	case STATUS_SHARING_VIOLATION:
	case STATUS_CANNOT_DELETE:
	case STATUS_USER_MAPPED_FILE:
		return see_there(m, STATE_BY_REFUSED, false);
	case STATUS_ACCESS_DENIED:
		return how == DISPOSITION_OPEN || how == DISPOSITION_OVERWRITE
			       ? see_there(m, STATE_BY_REFUSED, false)
			       : 0;
	case STATUS_STOPPED_ON_SYMLINK:
		return see_link(m);
	default:
		return 0;
	}
}

int
state_created(struct state_feed *f, const struct state_asked *q, const struct state_answer *a)
{
	struct made m = {.f = f,
			 .t = state_feed_tree(f),
			 .q = q,
			 .a = a,
			 .req = &q->request->body.smb2_create_req,
			 .path = {.root = q->root, .event = a->m->event}};

	if (q->request->body_def != &smb2_defs[SMB2_DEF_smb2_create_req])
		return 0;
	read_request(&m);
	if (a->pdu->body_def == &smb2_defs[SMB2_DEF_smb2_create_resp])
		return see_success(&m);
	if (m.elsewhere || m.reclaim)
		return 0;
	return see_refusal(&m);
}
