/* Pairs requests with their answers and handles with what they stand for. */
#include "config.h"

#include "ir/state_int.h"

#include <stdlib.h>
#include <strings.h>

#include "base/utf16.h"
#include "proto/ntstatus.h"

/* Without memory an element is left out, which its owner sees. */
#define HASH_NONFATAL_OOM 1
#define uthash_nonfatal_oom(element) ((element)->left_out = true)
#include <uthash.h>
#include <xxhash.h>

#define SHARE_PIPE 2  /* MS-SMB2 2.2.10 */
#define SHARE_PRINT 3 /* the same */

struct open {
	struct state_handle key;
	struct state_target target;
	bool dies, left_out;
	UT_hash_handle hh;
};

struct tree_key {
	uint64_t server, session, tree;
};

struct tree {
	struct tree_key key;
	struct state_object *root; /* NULL: no files */
	bool left_out;
	UT_hash_handle hh;
};

struct wait_key {
	uint64_t conn, message_id;
};

struct waiting {
	struct wait_key key;
	struct state_asked q; /* its request is decoded when the answer comes */
	struct slice bytes;   /* owned: the request */
	uint64_t next;        /* MessageId of the related request behind it, SMB2_NO_MESSAGE_ID */
	uint16_t command, asked;
	bool related; /* it takes its handle from the one before it */
	bool late;    /* what it changes is not known before that one is answered */
	bool left_out;
	UT_hash_handle hh;
};

struct state_feed {
	struct state_tree *tree;
	struct open *opens;
	struct tree *trees;
	struct waiting *waiting;
	uint8_t *apple; /* owned: by connection */
	size_t n_apple;
	uint64_t left_out;
};

/* What a related request takes over from the one before it. */
struct chain {
	uint64_t last; /* MessageId of the one before it */
	uint64_t session, tree;
	struct state_handle handle;
	bool known; /* the handle is */
};

int
state_feed_new(struct state_feed **out)
{
	struct state_feed *f = calloc(1, sizeof(*f));

	*out = f;
	return f != NULL ? state_tree_new(&f->tree) : ERR_NOMEM;
}

static void
clear_waiting(struct state_feed *f)
{
	struct waiting *w, *next;

	HASH_ITER(hh, f->waiting, w, next)
	{
		HASH_DEL(f->waiting, w);
		free((void *)(uintptr_t)w->bytes.p);
		free(w);
	}
}

static void
clear_opens(struct state_feed *f)
{
	struct open *o, *next;

	HASH_ITER(hh, f->opens, o, next)
	{
		HASH_DEL(f->opens, o);
		free(o);
	}
}

static void
clear_trees(struct state_feed *f)
{
	struct tree *t, *next;

	HASH_ITER(hh, f->trees, t, next)
	{
		HASH_DEL(f->trees, t);
		free(t);
	}
}

void
state_feed_free(struct state_feed *f)
{
	if (f == NULL)
		return;
	clear_waiting(f);
	clear_opens(f);
	clear_trees(f);
	state_tree_free(f->tree);
	free(f->apple);
	free(f);
}

struct state_tree *
state_feed_tree(struct state_feed *f)
{
	return f->tree;
}

void
state_set_apple(struct state_feed *f, uint32_t conn)
{
	size_t n = (size_t)conn + 64;
	uint8_t *more;

	if (conn >= f->n_apple) {
		more = realloc(f->apple, n);
		if (more == NULL)
			return;
		memset(more + f->n_apple, 0, n - f->n_apple);
		f->apple = more;
		f->n_apple = n;
	}
	f->apple[conn] = 1;
}

bool
state_is_apple(const struct state_feed *f, uint32_t conn)
{
	return conn < f->n_apple && f->apple[conn] != 0;
}

/* ---- Handles ---- */

static struct open *
find_open(struct state_feed *f, const struct state_handle *h)
{
	struct open *o;

	HASH_FIND(hh, f->opens, h, sizeof(*h), o);
	return o;
}

bool
state_find_open(struct state_feed *f, const struct state_handle *h, struct state_target *out)
{
	const struct open *o = find_open(f, h);

	if (o != NULL)
		*out = o->target;
	return o != NULL;
}

int
state_open(struct state_feed *f, const struct state_handle *h, const struct state_target *t,
	   bool dies)
{
	struct open *o = find_open(f, h);

	if (o != NULL) {
		o->target = *t;
		o->dies = dies;
		return 0;
	}
	if (HASH_COUNT(f->opens) >= STATE_MAX_OPENS) {
		f->left_out += HASH_COUNT(f->opens);
		clear_opens(f);
	}
	o = calloc(1, sizeof(*o));
	if (o == NULL)
		return ERR_NOMEM;
	o->key = *h;
	o->target = *t;
	o->dies = dies;
	HASH_ADD(hh, f->opens, key, sizeof(o->key), o);
	if (!o->left_out)
		return 0;
	free(o);
	return ERR_NOMEM;
}

/* A stream goes alone, a file with all of them. */
static void
close_handle(struct state_feed *f, const struct state_handle *h)
{
	struct open *o = find_open(f, h);

	if (o == NULL)
		return;
	if (o->target.object != NULL && (o->dies || o->target.object->dying)) {
		if (o->target.stream == NULL)
			state_gone(o->target.object);
		else
			o->target.stream->stuff.touched = true;
	}
	HASH_DEL(f->opens, o);
	free(o);
}

/* ---- Trees ---- */

static struct tree *
find_tree(struct state_feed *f, uint64_t server, uint64_t session, uint64_t tree)
{
	const struct tree_key key = {server, session, tree};
	struct tree *t;

	HASH_FIND(hh, f->trees, &key, sizeof(key), t);
	return t;
}

static int
add_tree(struct state_feed *f, const struct tree_key *key, struct state_object *root)
{
	struct tree *t = find_tree(f, key->server, key->session, key->tree);

	if (t != NULL) {
		t->root = root;
		return 0;
	}
	if (HASH_COUNT(f->trees) >= STATE_MAX_WAITING)
		clear_trees(f);
	t = calloc(1, sizeof(*t));
	if (t == NULL)
		return ERR_NOMEM;
	t->key = *key;
	t->root = root;
	HASH_ADD(hh, f->trees, key, sizeof(t->key), t);
	if (!t->left_out)
		return 0;
	free(t);
	return ERR_NOMEM;
}

/* The share's name in a UNC path; NULL: it has none, or is that of pipes. */
static const char *
share_of(const char *unc)
{
	const char *share = unc + strspn(unc, "\\");

	share += strcspn(share, "\\");
	share += strspn(share, "\\");
	return share[0] != '\0' && strcasecmp(share, "IPC$") != 0 ? share : NULL;
}

static int
connected(struct state_feed *f, const struct state_asked *q, const struct state_answer *a)
{
	const struct smb2_pdu *pdu = a->pdu;
	struct tree_key key = {a->server, pdu->h.session_id, pdu->h.tree_id};
	struct state_object *root = NULL;
	struct buf unc = {0};
	const struct smb2_row *row;
	const char *share;
	uint8_t type;
	int r = 0;

	if (pdu->body_def != &smb2_defs[SMB2_DEF_smb2_tree_connect_resp] || q->request == NULL)
		return 0;
	row = smb2_row_find(q->request->body_def, "path");
	type = pdu->body.smb2_tree_connect_resp.share_type;
	if (row != NULL)
		utf16_to_utf8(smb2_get_bytes(row, &q->request->body), &unc);
	buf_add(&unc, "", 1);
	r = unc.err;
	share = r == 0 ? share_of((const char *)unc.p) : NULL;
	if (share != NULL && type != SHARE_PIPE && type != SHARE_PRINT)
		r = state_root(f->tree, share, &root);
	if (r == 0)
		r = add_tree(f, &key, root);
	buf_free(&unc);
	return r;
}

/* ---- Requests ---- */

static struct waiting *
find_waiting(struct state_feed *f, uint32_t conn, uint64_t message_id)
{
	const struct wait_key key = {conn, message_id};
	struct waiting *w;

	HASH_FIND(hh, f->waiting, &key, sizeof(key), w);
	return w;
}

static void
drop(struct state_feed *f, struct waiting *w)
{
	HASH_DEL(f->waiting, w);
	free((void *)(uintptr_t)w->bytes.p);
	free(w);
}

/* A place for a request's answer; NULL when memory is out. */
static struct waiting *
wait_for(struct state_feed *f, uint32_t conn, uint64_t message_id)
{
	struct waiting *w = find_waiting(f, conn, message_id);

	if (w != NULL)
		drop(f, w);
	w = calloc(1, sizeof(*w));
	if (w == NULL)
		return NULL;
	w->key = (struct wait_key){conn, message_id};
	w->next = SMB2_NO_MESSAGE_ID;
	HASH_ADD(hh, f->waiting, key, sizeof(w->key), w);
	if (!w->left_out)
		return w;
	free(w);
	return NULL;
}

/* Of these the answer says little without the request. */
static bool
is_kept(const struct smb2_pdu *pdu)
{
	if (pdu->bytes.n > STATE_KEPT_REQUEST)
		return false;
	switch (pdu->h.command) {
	case SMB2_CMD_TREE_CONNECT:
	case SMB2_CMD_CREATE:
	case SMB2_CMD_SET_INFO:
	case SMB2_CMD_IOCTL:
	case SMB2_CMD_QUERY_INFO:
	case SMB2_CMD_QUERY_DIRECTORY:
		return true;
	default:
		return false;
	}
}

/* Does the PDU tell anything? Asked before it is decoded. */
static bool
is_followed(struct slice pdu)
{
	if (pdu.n < SMB2_HEADER)
		return false;
	switch (wire_le(pdu.p + SMB2_HDR_AT(command), 2)) {
	case SMB2_CMD_TREE_CONNECT:
	case SMB2_CMD_CREATE:
	case SMB2_CMD_CLOSE:
	case SMB2_CMD_READ:
	case SMB2_CMD_WRITE:
	case SMB2_CMD_IOCTL:
	case SMB2_CMD_QUERY_INFO:
	case SMB2_CMD_QUERY_DIRECTORY:
	case SMB2_CMD_SET_INFO:
		return true;
	default:
		return false;
	}
}

/* The FileId of a request; false: it has none. */
static bool
file_id_of(const struct smb2_pdu *pdu, uint8_t id[16])
{
	const struct smb2_row *row =
		pdu->body_def != NULL ? smb2_row_find(pdu->body_def, "file_id") : NULL;
	struct slice s = row != NULL ? smb2_get_bytes(row, &pdu->body) : (struct slice){0};

	if (s.n == 16)
		memcpy(id, s.p, 16);
	return s.n == 16;
}

static bool
is_all_ones(const uint8_t id[16])
{
	return (wire_le(id, 8) & wire_le(id + 8, 8)) == UINT64_MAX;
}

/* Whose handle the request names; that of the one before it where it says so. */
static void
find_target(struct state_feed *f, uint64_t server, const struct smb2_pdu *pdu, struct chain *c,
	    struct waiting *w)
{
	struct state_handle h = {.server = server};

	if (pdu->h.command == SMB2_CMD_CREATE) {
		c->known = false;
		return;
	}
	if (!file_id_of(pdu, h.id))
		return;
	if (!is_all_ones(h.id)) {
		c->handle = h;
		c->known = true;
	}
	w->related = w->late = !c->known;
	if (!c->known)
		return;
	w->q.handle = c->handle;
	(void)state_find_open(f, &c->handle, &w->q.target);
}

static int
keep_request(struct waiting *w, const struct smb2_pdu *pdu)
{
	uint8_t *copy;

	w->command = pdu->h.command;
	w->asked = smb2_asked(pdu);
	if (pdu->body_def == &smb2_defs[SMB2_DEF_smb2_read_req]) {
		w->q.off = pdu->body.smb2_read_req.offset;
		w->q.len = pdu->body.smb2_read_req.length;
	} else if (pdu->body_def == &smb2_defs[SMB2_DEF_smb2_write_req]) {
		w->q.off = pdu->body.smb2_write_req.offset;
		w->q.len = pdu->body.smb2_write_req.length;
	}
	if (!is_kept(pdu))
		return 0;
	copy = malloc(pdu->bytes.n);
	if (copy == NULL)
		return ERR_NOMEM;
	memcpy(copy, pdu->bytes.p, pdu->bytes.n);
	w->bytes = slice_of(copy, pdu->bytes.n);
	return 0;
}

static int
see_request(struct state_feed *f, const struct state_message *m, uint64_t server,
	    const struct smb2_pdu *pdu, struct chain *c)
{
	bool related = (pdu->h.flags & SMB2_FLAGS_RELATED_OPERATIONS) != 0;
	const struct tree *t;
	struct waiting *w, *last;
	int r;

	if (pdu->body_def == NULL)
		return 0;
	if (HASH_COUNT(f->waiting) >= STATE_MAX_WAITING) {
		f->left_out += HASH_COUNT(f->waiting);
		clear_waiting(f);
	}
	if (!related)
		*c = (struct chain){.last = SMB2_NO_MESSAGE_ID,
				    .session = pdu->h.session_id,
				    .tree = pdu->h.tree_id};
	w = wait_for(f, m->conn, pdu->h.message_id);
	if (w == NULL)
		return ERR_NOMEM;
	t = find_tree(f, server, c->session, c->tree);
	w->q.root = t != NULL ? t->root : NULL;
	find_target(f, server, pdu, c, w);
	last = find_waiting(f, m->conn, c->last);
	if (last != NULL && w->related)
		last->next = pdu->h.message_id;
	c->last = pdu->h.message_id;
	r = keep_request(w, pdu);
	if (r == 0 && w->q.target.object != NULL)
		r = state_changes(f, &w->q.target, pdu, m->event);
	return r;
}

/* ---- Answers ---- */

/* What was asked for behind a CREATE, or another one of its chain, is of its handle. */
static void
pass_on(struct state_feed *f, const struct waiting *w)
{
	uint64_t next = w->next;
	struct waiting *n;

	while (next != SMB2_NO_MESSAGE_ID) {
		n = find_waiting(f, (uint32_t)w->key.conn, next);
		if (n == NULL || !n->related)
			return;
		n->related = false;
		n->q.handle = w->q.handle;
		(void)state_find_open(f, &w->q.handle, &n->q.target);
		next = n->next;
	}
}

/* What could not be taken into account when it went out. */
static int
change_late(struct state_feed *f, const struct waiting *w, const struct state_answer *a)
{
	if (w->q.target.object == NULL || ntstatus_failed(a->pdu->h.status))
		return 0;
	if (w->command == SMB2_CMD_WRITE)
		return state_write(f, &w->q.target, w->q.off, w->q.len, a->m->event);
	return w->q.request != NULL ? state_changes(f, &w->q.target, w->q.request, a->m->event) : 0;
}

static int
see_result(struct state_feed *f, const struct waiting *w, const struct state_answer *a)
{
	const struct state_asked *q = &w->q;
	bool good = !ntstatus_failed(a->pdu->h.status);

	switch (w->command) {
	case SMB2_CMD_TREE_CONNECT:
		return connected(f, q, a);
	case SMB2_CMD_CREATE:
		return q->root != NULL && q->request != NULL ? state_created(f, q, a) : 0;
	case SMB2_CMD_CLOSE:
		if (good)
			close_handle(f, &q->handle);
		return 0;
	default:
		break;
	}
	if (q->target.object == NULL)
		return 0;
	switch (w->command) {
	case SMB2_CMD_SET_INFO:
		return q->request != NULL ? state_changed(f, q, a) : 0;
	case SMB2_CMD_IOCTL:
		return q->request != NULL ? state_controlled(f, q, a) : 0;
	case SMB2_CMD_QUERY_INFO:
		return q->request != NULL ? state_told(f, q, a) : 0;
	case SMB2_CMD_QUERY_DIRECTORY:
		return q->request != NULL ? state_listed(f, q, a) : 0;
	case SMB2_CMD_READ:
		return state_read(f, q, a);
	default:
		return 0;
	}
}

static int
see_response(struct state_feed *f, const struct state_message *m, uint64_t server,
	     struct smb2_pdu *pdu)
{
	struct waiting *w = find_waiting(f, m->conn, pdu->h.message_id);
	const struct state_answer a = {m, pdu, server};
	struct smb2_pdu request;
	int r = 0;

	if (w == NULL || smb2_is_interim(pdu) || w->command != pdu->h.command)
		return 0;
	if (w->bytes.n > 0 && smb2_pdu_decode(w->bytes, &request) == 0 && request.body_def != NULL)
		w->q.request = &request;
	smb2_pdu_open(pdu, w->asked);
	if (w->late)
		r = change_late(f, w, &a);
	if (r == 0)
		r = see_result(f, w, &a);
	if (r == 0 && pdu->body_def == &smb2_defs[SMB2_DEF_smb2_create_resp]) {
		w->q.handle.server = server;
		memcpy(w->q.handle.id, pdu->body.smb2_create_resp.file_id.b, 16);
		pass_on(f, w);
	}
	drop(f, w);
	return r;
}

int
state_feed(struct state_feed *f, const struct state_message *m)
{
	uint64_t server = XXH3_64bits(m->server, strlen(m->server));
	struct smb2_chain chain = smb2_chain_init(m->bytes);
	struct chain c = {.last = SMB2_NO_MESSAGE_ID};
	struct slice bytes;
	struct smb2_pdu pdu;
	int r = 0;

	if (smb2_msg_kind(m->bytes) != SMB2_MSG_PLAIN)
		return 0;
	while (r == 0 && smb2_chain_next(&chain, &bytes)) {
		if (!is_followed(bytes) || smb2_pdu_decode(bytes, &pdu) != 0 ||
		    pdu.response != m->response)
			continue;
		r = pdu.response ? see_response(f, m, server, &pdu)
				 : see_request(f, m, server, &pdu, &c);
	}
	return r;
}

int
state_feed_end(const struct state_feed *f, struct state *out)
{
	int r = state_list(f->tree, out);

	out->requests_left_out = f->left_out;
	return r;
}

static int
feed_event(struct state_feed *f, const struct ir *ir, size_t n, struct buf *scratch)
{
	const struct ir_event *ev = &ir->events[n];
	struct state_message m = {
		.event = n,
		.conn = ev->conn,
		.server = ev->conn < ir->meta.n_conns ? ir->meta.conns[ev->conn].server : "",
		.response = ev->kind == IR_RECV,
		.extents = ev->own == NULL ? ev->extents : NULL,
		.n_extents = ev->own == NULL ? ev->n_extents : 0,
	};

	/* What a hand expects stands in for an answer: nobody gave it. */
	if ((ev->kind != IR_SEND && ev->kind != IR_RECV) || ev->expecting ||
	    (ev->fault != NULL && ev->fault->unsent))
		return 0;
	m.bytes = ir_bytes(ir, ev, scratch);
	return scratch->err != 0 ? scratch->err : state_feed(f, &m);
}

int
state_derive(const struct ir *ir, struct state *out)
{
	struct state_feed *f;
	struct buf scratch = {0};
	int r = state_feed_new(&f);

	*out = (struct state){0};
	for (size_t n = 0; r == 0 && n < ir->n_events; n++)
		r = feed_event(f, ir, n, &scratch);
	if (r == 0)
		r = state_feed_end(f, out);
	out->derived = true;
	out->data = slice_of(ir->data, ir->data_len);
	buf_free(&scratch);
	state_feed_free(f);
	return r;
}
