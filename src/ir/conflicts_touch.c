/* What each request touches: names, files, bytes, directories, keys. */
#include "config.h"

#include "ir/conflicts_int.h"
#include "proto/ntstatus.h"
#include "proto/smb2_pdu.h"

#define MAX_LOCKS 64 /* of one LOCK, that are told apart */

/* MS-SMB2 2.2.13 */
#define DELETE_ON_CLOSE 0x1000u /* CreateOptions */
#define SHARE_READ 1u
/* DesiredAccess: all that neither writes nor deletes */
#define ACCESS_READS                                                                               \
	(0x1u | 0x8u | 0x20u | 0x80u | 0x20000u | 0x100000u | 0x80000000u | 0x20000000u)
#define ACCESS_STAT (0x80u | 0x100000u) /* sees attributes, and takes no part in sharing */
#define LEASE_WRITE 4u
#define OPLOCK_II 1
#define OPLOCK_LEASE 0xff
enum { SUPERSEDE, OPEN, MAKE, OVERWRITE = 4, OVERWRITE_IF };    /* CreateDisposition */
enum { ACTION_SUPERSEDED, ACTION_OPENED, ACTION_CREATED };      /* CreateAction */
enum { LOCK_SHARED = 1, LOCK_UNLOCK = 4 };                      /* MS-SMB2 2.2.26.1 */
enum { WATCH_TREE = 1 };                                        /* MS-SMB2 2.2.35 */
enum { INFO_FILE = 1, INFO_SECURITY = 3 };                      /* MS-SMB2 2.2.39 */
enum { CLASS_RENAME = 10, CLASS_LINK, CLASS_DISPOSITION = 13 }; /* MS-FSCC 2.4 */
enum { CLASS_ALLOCATION = 19, CLASS_END_OF_FILE, CLASS_DISPOSITION_EX = 64, CLASS_RENAME_EX };

/* A request on its way through. */
struct look {
	struct conflicts_pass *p;
	const struct asked *q;
	const struct ir_event *ev;
	const struct smb2_pdu *pdu;
	struct opened *o;   /* what it uses; NULL: none that is known */
	uint32_t lease;     /* CREATE: the lease state that it asks for */
	struct touch key;   /* and its key, if that is one of TOUCH_LEASE */
	struct slice fresh; /* SET_INFO: a new name */
};

static void
touch(struct conflicts_pass *p, enum touch_what what, enum touch_mode mode, uint64_t a,
      uint32_t place)
{
	conflicts_touch(
		p,
		&(struct touch){
			.what = what, .mode = mode, .a = a, .hi = CONFLICTS_WHOLE, .place = place});
}

static struct touch
touch_key(struct look *l, enum touch_what what, struct slice key, uint64_t client)
{
	const struct touch t = {.what = what,
				.mode = TOUCH_CHANGE,
				.a = wire_le(key.p, 8) ^ client,
				.b = wire_le(key.p + 8, 8)};

	conflicts_touch(l->p, &t);
	return t;
}

static uint32_t
parent_of(const struct conflicts_pass *p, uint32_t name)
{
	return p->c->names[name - 1].parent;
}

/* An entry of its directory comes, goes or changes. */
static void
touch_entry(struct conflicts_pass *p, uint32_t name)
{
	uint32_t dir = parent_of(p, name);

	if (dir != 0)
		touch(p, TOUCH_ENTRIES, TOUCH_ADD, dir, dir);
	for (; dir != 0; dir = parent_of(p, dir))
		touch(p, TOUCH_TREE, TOUCH_ADD, dir, dir);
}

/* The directories that a path goes through; all can reach the root of a share. */
static void
touch_way(struct conflicts_pass *p, uint32_t name)
{
	for (uint32_t dir = parent_of(p, name); dir != 0 && parent_of(p, dir) != 0;
	     dir = parent_of(p, dir))
		touch(p, TOUCH_NAME, TOUCH_READ, dir, dir);
}

static void
touch_bytes(struct look *l, enum touch_mode mode, uint64_t off, uint64_t n)
{
	const struct touch t = {.what = TOUCH_DATA,
				.mode = mode,
				.a = l->o->file,
				.lo = off,
				.hi = n < CONFLICTS_WHOLE - off ? off + n : CONFLICTS_WHOLE,
				.place = l->o->name};

	if (n > 0)
		conflicts_touch(l->p, &t);
}

static void
touch_all_bytes(struct look *l, enum touch_mode mode)
{
	touch_bytes(l, mode, 0, CONFLICTS_WHOLE);
}

static void
touch_file(struct look *l, enum touch_what what, enum touch_mode mode)
{
	touch(l->p, what, mode, l->o->file, l->o->name);
}

/* --- CREATE --- */

static int
on_context_field(void *ctx, const struct smb2_item *it)
{
	struct look *l = ctx;
	uint64_t client = l->p->clients[l->ev->conn];

	if (it->row == NULL)
		return 0;
	if (strcmp(it->name, "lease_state") == 0)
		l->lease = (uint32_t)it->value;
	if (it->bytes.n != 16)
		return 0;
	if (strcmp(it->name, "create_guid") == 0)
		(void)touch_key(l, TOUCH_GUID, it->bytes, client);
	else if (strcmp(it->name, "app_instance_id") == 0)
		(void)touch_key(l, TOUCH_APP, it->bytes, 0);
	else if (strcmp(it->name, "lease_key") == 0)
		l->key = touch_key(l, TOUCH_LEASE, it->bytes, client);
	return 0;
}

/* Two opens that only read, and let others read, do not know of each other. */
static bool
is_sharing(const struct look *l, const struct smb2_create_req *req)
{
	uint32_t access = req->desired_access;
	bool holds = req->requested_oplock_level == OPLOCK_LEASE
			     ? (l->lease & LEASE_WRITE) != 0
			     : req->requested_oplock_level > OPLOCK_II;

	if (holds || (access & ~ACCESS_READS) != 0 || (req->create_options & DELETE_ON_CLOSE) != 0)
		return false;
	return (access & ~ACCESS_STAT) == 0 || (req->share_access & SHARE_READ) != 0;
}

/* In what the answers' statuses differ: what did no harm. `unknown`: there is no answer. */
struct outcome {
	bool unknown, done, made, emptied, nothing;
};

static struct outcome
outcome_of(const struct asked *q, const struct smb2_create_req *req)
{
	struct outcome o = {.unknown = q->final == CONFLICTS_NEVER};
	uint32_t d = req->create_disposition;

	o.done = !o.unknown && q->status == (uint32_t)STATUS_SUCCESS;
	o.made = o.done && q->action != ACTION_OPENED && d != OPEN;
	o.emptied =
		(o.done || o.unknown) && (d == SUPERSEDE || d == OVERWRITE || d == OVERWRITE_IF);
	o.nothing = q->status == (uint32_t)STATUS_OBJECT_NAME_NOT_FOUND ||
		    q->status == (uint32_t)STATUS_OBJECT_PATH_NOT_FOUND ||
		    q->status == (uint32_t)STATUS_OBJECT_NAME_COLLISION;
	return o;
}

static void
note_open(struct look *l)
{
	struct conflicts_pass *p = l->p;
	struct opened *o;

	if (p->probing)
		return;
	if (l->q->open == 0 || p->opens[l->q->open].known)
		return;
	o = &p->opens[l->q->open];
	*o = *l->o;
	o->known = true;
	o->conn = l->ev->conn;
	o->before = p->last_open[o->conn];
	p->last_open[o->conn] = l->q->open;
}

static void
touch_created(struct look *l, const struct outcome *r)
{
	uint32_t name = l->o->name;
	bool changes = r->made || r->unknown || conflicts_doomed(l->p, l->o->file);

	touch_way(l->p, name);
	touch(l->p, TOUCH_NAME, changes ? TOUCH_CHANGE : TOUCH_READ, name, name);
	if (changes)
		touch_entry(l->p, name);
	if (l->key.what == TOUCH_LEASE)
		touch(l->p, TOUCH_ENTRIES, TOUCH_READ, name, name);
	if (r->nothing)
		return;
	touch_file(l, TOUCH_FILE, l->o->sharing ? TOUCH_READ : TOUCH_CHANGE);
	touch_file(l, TOUCH_ATTRIBUTES, TOUCH_READ);
	if (r->done || r->unknown)
		touch_all_bytes(l, r->emptied ? TOUCH_CHANGE : TOUCH_READ);
}

/* Does that status say that the name stands for something? */
static bool
tells_of_a_file(uint32_t status)
{
	return status == (uint32_t)STATUS_OBJECT_NAME_COLLISION ||
	       status == (uint32_t)STATUS_SHARING_VIOLATION ||
	       status == (uint32_t)STATUS_DELETE_PENDING ||
	       status == (uint32_t)STATUS_FILE_IS_A_DIRECTORY ||
	       status == (uint32_t)STATUS_NOT_A_DIRECTORY;
}

/* Did a CREATE make its file? A hand that did not say so means that it may. */
static bool
is_made(const struct look *l, const struct smb2_create_req *req)
{
	uint32_t d = req->create_disposition;

	if (l->q->action == ACTION_CREATED || d == MAKE)
		return true;
	return l->p->ir->events[l->q->final].expecting && l->q->action == ACTION_SUPERSEDED &&
	       d != OPEN && d != OVERWRITE;
}

/* What is said of a name first counts. */
static void
note_origin(struct look *l, uint32_t name, const struct outcome *r)
{
	struct name *names = l->p->c->names;
	bool made = r->done && is_made(l, &l->pdu->body.smb2_create_req);

	if (names[name - 1].origin == NAME_UNKNOWN && made)
		names[name - 1].origin = NAME_MADE;
	if (!r->done && !tells_of_a_file(l->q->status))
		return;
	for (; name != 0; name = names[name - 1].parent)
		if (names[name - 1].origin == NAME_UNKNOWN)
			names[name - 1].origin = NAME_WAS_THERE;
}

/* Behind server and share where the path is one of DFS (MS-SMB2 2.2.13). */
static struct slice
path_of(const struct smb2_pdu *pdu)
{
	struct slice s = pdu->body.smb2_create_req.name;
	int parts = (pdu->h.flags & SMB2_FLAGS_DFS_OPERATIONS) != 0 ? 2 : 0;
	size_t i = 0;

	while (parts > 0 && i + 1 < s.n) {
		parts -= wire_le(s.p + i, 2) == '\\';
		i += 2;
	}
	return conflicts_file_part(slice_sub(s, i, s.n - i));
}

static void
look_at_create(struct look *l, const struct share *s, struct opened *fresh)
{
	const struct smb2_visitor v = {.ctx = l, .leaf = on_context_field};
	const struct smb2_create_req *req = &l->pdu->body.smb2_create_req;
	struct slice path = path_of(l->pdu);
	struct outcome r = outcome_of(l->q, req);

	conflicts_error(l->p, smb2_walk_body(l->pdu, &v));
	*fresh = (struct opened){.pipe = s->pipes};
	l->o = fresh;
	fresh->sharing = is_sharing(l, req);
	fresh->name = conflicts_name(l->p, s, path);
	if (fresh->name == 0)
		return;
	/* What it made is another file than what had its name before. */
	if (r.done && l->q->action == ACTION_CREATED && !l->p->probing)
		l->p->c->names[fresh->name - 1].file = 0;
	fresh->file = conflicts_file(l->p, fresh->name);
	if ((req->create_options & DELETE_ON_CLOSE) != 0 && (r.done || r.unknown))
		conflicts_doom(l->p, fresh->file);
	if (!s->pipes)
		touch_created(l, &r);
	if (!s->pipes && !r.unknown)
		note_origin(l, fresh->name, &r);
	if (l->key.what == TOUCH_LEASE && !r.nothing)
		conflicts_lease(l->p, &l->key, fresh->name);
	note_open(l);
}

/* --- what uses an open --- */

static bool
succeeded(const struct asked *q)
{
	return q->final == CONFLICTS_NEVER || q->status == (uint32_t)STATUS_SUCCESS;
}

static void
look_at_close(struct look *l)
{
	touch_file(l, TOUCH_FILE, l->o->sharing ? TOUCH_READ : TOUCH_CHANGE);
	if (l->o->locked)
		touch_all_bytes(l, TOUCH_CHANGE);
	if (conflicts_doomed(l->p, l->o->file)) {
		touch(l->p, TOUCH_NAME, TOUCH_CHANGE, l->o->name, l->o->name);
		touch_entry(l->p, l->o->name);
	}
	l->o->closed = l->o->closed || l->q == NULL || succeeded(l->q);
}

static int
on_lock(void *ctx, const struct smb2_item *it)
{
	struct look *l = ctx;
	struct smb2_lock_element e;

	if (it->def != &smb2_defs[SMB2_DEF_smb2_lock_element])
		return 0;
	if (it->element >= MAX_LOCKS) {
		touch_all_bytes(l, TOUCH_CHANGE);
		return 1;
	}
	if (smb2_decode(it->def, l->pdu->bytes, it->off, &e, NULL) == 0)
		touch_bytes(l, (e.flags & LOCK_SHARED) != 0 ? TOUCH_READ : TOUCH_CHANGE, e.offset,
			    e.length);
	return 0;
}

static void
look_at_lock(struct look *l)
{
	const struct smb2_visitor v = {.ctx = l, .enter = on_lock};

	l->o->locked = true;
	(void)!smb2_walk_body(l->pdu, &v);
}

static int
on_new_name(void *ctx, const struct smb2_item *it)
{
	struct look *l = ctx;

	if (it->row == NULL || strcmp(it->name, "file_name") != 0)
		return 0;
	l->fresh = it->bytes;
	return 1;
}

/* A rename or link: both names change, and from now on the new one stands for the file. */
static void
look_at_rename(struct look *l, const struct share *s, bool link)
{
	const struct smb2_visitor v = {.ctx = l, .leaf = on_new_name};
	struct smb2_pdu opened = *l->pdu;
	struct conflicts *c = l->p->c;
	uint32_t to, was = l->o->name;

	smb2_pdu_open(&opened, 0);
	if (smb2_walk_body(&opened, &v) != 1)
		return;
	to = conflicts_name(l->p, s, conflicts_file_part(l->fresh));
	if (to == 0)
		return;
	touch_way(l->p, to);
	touch(l->p, TOUCH_NAME, TOUCH_CHANGE, to, to);
	touch_entry(l->p, to);
	touch(l->p, TOUCH_NAME, TOUCH_CHANGE, was, was);
	touch_entry(l->p, was);
	touch_file(l, TOUCH_FILE, TOUCH_CHANGE);
	if (!succeeded(l->q) || l->p->probing)
		return;
	if (c->names[to - 1].origin == NAME_UNKNOWN)
		c->names[to - 1].origin = NAME_MADE;
	c->names[to - 1].file = l->o->file;
	if (!link) {
		c->names[was - 1].file = 0;
		l->o->name = to;
	}
}

static void
look_at_disposition(struct look *l)
{
	if (succeeded(l->q))
		conflicts_doom(l->p, l->o->file);
	touch(l->p, TOUCH_NAME, TOUCH_CHANGE, l->o->name, l->o->name);
	touch_file(l, TOUCH_FILE, TOUCH_CHANGE);
}

static void
look_at_set_info(struct look *l, const struct share *s)
{
	const struct smb2_set_info_req *req = &l->pdu->body.smb2_set_info_req;
	unsigned class = req->file_info_class;

	if (req->info_type == INFO_SECURITY)
		touch(l->p, TOUCH_NAME, TOUCH_CHANGE, l->o->name, l->o->name);
	if (req->info_type != INFO_FILE && req->info_type != INFO_SECURITY)
		return;
	if (req->info_type == INFO_FILE &&
	    (class == CLASS_RENAME || class == CLASS_LINK || class == CLASS_RENAME_EX)) {
		look_at_rename(l, s, class == CLASS_LINK);
		return;
	}
	touch_entry(l->p, l->o->name);
	if (req->info_type == INFO_FILE &&
	    (class == CLASS_DISPOSITION || class == CLASS_DISPOSITION_EX))
		look_at_disposition(l);
	else if (req->info_type == INFO_FILE &&
		 (class == CLASS_ALLOCATION || class == CLASS_END_OF_FILE))
		touch_all_bytes(l, TOUCH_CHANGE);
	else
		touch_file(l, TOUCH_ATTRIBUTES, TOUCH_CHANGE);
}

/* Control codes whose access is "any" or "read" (MS-FSCC 2.3), but for those that are known to
 * change; the others may. */
static enum touch_mode
ioctl_mode(uint32_t code)
{
	static const uint32_t reads[] = {
		0x00140078, /* FSCTL_SRV_REQUEST_RESUME_KEY */
		0x00144064, /* FSCTL_SRV_ENUMERATE_SNAPSHOTS */
		0x000940cf, /* FSCTL_QUERY_ALLOCATED_RANGES */
		0x000900a8, /* FSCTL_GET_REPARSE_POINT */
		0x0009009c, /* FSCTL_GET_OBJECT_ID */
		0x0009003c, /* FSCTL_GET_COMPRESSION */
		0x0009027c, /* FSCTL_GET_INTEGRITY_INFORMATION */
	};

	for (size_t i = 0; i < sizeof(reads) / sizeof(reads[0]); i++)
		if (reads[i] == code)
			return TOUCH_READ;
	return TOUCH_CHANGE;
}

static void
look_at_write(struct look *l)
{
	const struct smb2_write_req *req = &l->pdu->body.smb2_write_req;

	/* At the end, wherever that is (MS-SMB2 3.3.5.13). */
	if (req->offset == UINT64_MAX)
		touch_all_bytes(l, TOUCH_CHANGE);
	else
		touch_bytes(l, TOUCH_CHANGE, req->offset, req->length);
	touch_entry(l->p, l->o->name);
}

static void
look_at_notify(struct look *l)
{
	uint32_t name = l->o->name;

	touch(l->p, TOUCH_ENTRIES, TOUCH_READ, name, name);
	if ((l->pdu->body.smb2_change_notify_req.flags & WATCH_TREE) != 0)
		touch(l->p, TOUCH_TREE, TOUCH_READ, name, name);
}

static void
look_at_use(struct look *l, const struct share *s)
{
	switch ((enum smb2_command)l->q->command) {
	case SMB2_CMD_CLOSE:
		look_at_close(l);
		break;
	case SMB2_CMD_READ:
		touch_bytes(l, TOUCH_READ, l->pdu->body.smb2_read_req.offset,
			    l->pdu->body.smb2_read_req.length);
		break;
	case SMB2_CMD_WRITE:
		look_at_write(l);
		break;
	case SMB2_CMD_LOCK:
		look_at_lock(l);
		break;
	case SMB2_CMD_IOCTL:
		touch_all_bytes(l, ioctl_mode(l->pdu->body.smb2_ioctl_req.ctl_code));
		break;
	case SMB2_CMD_QUERY_DIRECTORY:
		touch(l->p, TOUCH_ENTRIES, TOUCH_READ, l->o->name, l->o->name);
		break;
	case SMB2_CMD_CHANGE_NOTIFY:
		look_at_notify(l);
		break;
	case SMB2_CMD_QUERY_INFO:
		touch_file(l, TOUCH_ATTRIBUTES, TOUCH_READ);
		touch(l->p, TOUCH_NAME, TOUCH_READ, l->o->name, l->o->name);
		touch_all_bytes(l, TOUCH_READ);
		break;
	case SMB2_CMD_SET_INFO:
		look_at_set_info(l, s);
		break;
	case SMB2_CMD_OPLOCK_BREAK:
		touch_file(l, TOUCH_FILE, TOUCH_CHANGE);
		break;
	default:
		break;
	}
}

/* --- all requests --- */

static const struct ir_patch *
symbol_in(const struct look *l, enum ir_what what)
{
	return ir_patch_in(l->ev, what, l->q->off, l->q->len);
}

static uint32_t
symbol_at(const struct look *l, enum ir_what what)
{
	const struct ir_patch *s = symbol_in(l, what);

	return s != NULL ? ir_index_at(&l->p->c->index[what], s->number) : 0;
}

/* All sessions that it names: its own, and the one that a logon ends. */
static void
touch_sessions(struct look *l)
{
	bool changes = l->q->command == SMB2_CMD_SESSION_SETUP || l->q->command == SMB2_CMD_LOGOFF;

	for (uint32_t i = ir_patch_from(l->ev, l->q->off);
	     i < l->ev->n_patches && l->ev->patches[i].off - l->q->off < l->q->len; i++)
		if (l->ev->patches[i].what == IR_SESSION)
			touch(l->p, TOUCH_SESSION, changes ? TOUCH_CHANGE : TOUCH_READ,
			      l->ev->patches[i].number, 0);
}

static void
look_at_lease_ack(struct look *l)
{
	const struct smb2_lease_break_ack *ack = &l->pdu->body.smb2_lease_break_ack;

	struct touch key = touch_key(l, TOUCH_LEASE, slice_of(ack->lease_key.b, 16),
				     l->p->clients[l->ev->conn]);
	uint32_t name = conflicts_leased(l->p, &key);

	if (name != 0)
		touch(l->p, TOUCH_FILE, TOUCH_CHANGE, conflicts_file(l->p, name), name);
}

static void
look_at_negotiate(struct look *l)
{
	const uint8_t *guid = l->pdu->body_def == &smb2_defs[SMB2_DEF_smb2_negotiate_req]
				      ? l->pdu->body.smb2_negotiate_req.client_guid.b
			      : l->pdu->body_def == &smb2_defs[SMB2_DEF_smb2_negotiate_311_req]
				      ? l->pdu->body.smb2_negotiate_311_req.client_guid.b
				      : NULL;

	/* Without one it is nobody's (MS-SMB2 2.2.3, of dialect 2.0.2). */
	if (guid != NULL && (wire_le(guid, 8) | wire_le(guid + 8, 8)) != 0)
		(void)touch_key(l, TOUCH_CLIENT, slice_of(guid, 16), 0);
	if (guid != NULL)
		l->p->clients[l->ev->conn] =
			wire_le(guid, 8) * 0x9e3779b97f4a7c15u ^ wire_le(guid + 8, 8);
}

static void
look_at_tree(struct look *l)
{
	const struct asked *q = l->q;
	uint32_t tree = q->final != CONFLICTS_NEVER
				? ir_symbol_in(&l->p->ir->events[q->final], IR_TREE, 0, SIZE_MAX)
				: 0;

	if (tree != 0)
		l->p->shares[ir_index_at(&l->p->c->index[IR_TREE], tree)] =
			conflicts_share(l->pdu->body.smb2_tree_connect_req.path);
}

static void
look_at_decoded(struct look *l, struct opened *fresh)
{
	const struct share *s = &l->p->shares[symbol_at(l, IR_TREE)];

	if (l->q->command == SMB2_CMD_NEGOTIATE)
		look_at_negotiate(l);
	else if (l->q->command == SMB2_CMD_TREE_CONNECT)
		look_at_tree(l);
	else if (l->pdu->body_def == &smb2_defs[SMB2_DEF_smb2_lease_break_ack])
		look_at_lease_ack(l);
	else if (l->q->command == SMB2_CMD_CREATE)
		look_at_create(l, s, fresh);
	else if (l->o != NULL && !l->o->pipe)
		look_at_use(l, s);
}

/* Of those no more is to be known than their headers and symbols. */
static bool
is_plain(unsigned command)
{
	return command == SMB2_CMD_ECHO || command == SMB2_CMD_CANCEL ||
	       command == SMB2_CMD_LOGOFF || command == SMB2_CMD_TREE_DISCONNECT ||
	       command == SMB2_CMD_SESSION_SETUP || command == SMB2_CMD_FLUSH;
}

/* The PDU's own open; else, as a related request, that of the CREATE before it
 * (MS-SMB2 3.3.5.2.7.2), which may have failed. */
static struct opened *
open_used(struct look *l, struct opened *chained, uint32_t made)
{
	uint32_t place = symbol_at(l, IR_OPEN);

	if (place != 0)
		touch(l->p, TOUCH_OPEN, l->q->command == SMB2_CMD_CLOSE ? TOUCH_CHANGE : TOUCH_READ,
		      place, l->p->opens[place].name);
	if (place != 0)
		return l->p->opens[place].known ? &l->p->opens[place] : NULL;
	if (made != 0)
		return &l->p->opens[made];
	return chained->name != 0 ? chained : NULL;
}

void
conflicts_request(struct conflicts_pass *p)
{
	const struct asked *first = &p->c->asked[p->asked - 1];
	struct opened chained = {.name = 0};
	uint32_t made = 0;
	struct smb2_pdu pdu;

	for (const struct asked *q = first;
	     p->err == 0 && q < p->c->asked + p->c->n_asked && q->event == p->n; q++) {
		struct look l = {.p = p, .q = q, .ev = &p->ir->events[p->n], .pdu = &pdu};
		struct slice bytes = slice_sub(p->bytes, q->off, q->len);

		p->asked = (uint32_t)(q - p->c->asked) + 1;
		touch_sessions(&l);
		l.o = open_used(&l, &chained, made);
		if (is_plain(q->command))
			continue;
		if (smb2_pdu_decode(bytes, &pdu) == 0 && pdu.body_def != NULL)
			look_at_decoded(&l, &chained);
		if (q->command == SMB2_CMD_CREATE)
			made = q->open;
	}
}

void
conflicts_disconnect(struct conflicts_pass *p)
{
	uint32_t conn = p->ir->events[p->n].conn;

	p->asked = 0;
	for (uint32_t i = p->last_open[conn]; p->err == 0 && i != 0; i = p->opens[i].before) {
		struct look l = {.p = p, .ev = &p->ir->events[p->n], .o = &p->opens[i]};

		if (!l.o->closed && !l.o->pipe && l.o->name != 0)
			look_at_close(&l);
	}
	p->last_open[conn] = 0;
}
