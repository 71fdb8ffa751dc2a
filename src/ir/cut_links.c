/* The links between events, found in one pass over them. */
#include "config.h"

#include "ir/cut_links.h"

#include <stdlib.h>

#include "ir/breaks.h"
#include "ir/credit_scan.h"
#include "ir/cut_table.h"
#include "ir/fileids.h"
#include "proto/ntstatus.h"

/* MS-SMB2 2.2.39, MS-FSCC 2.4: a new name in SET_INFO, and where it begins. */
#define INFO_FILE 1
#define FILE_RENAME 10
#define FILE_LINK 11
#define RENAME_NAME 20

#define MAX_PENDING 1024 /* requests without final answer that a break may come of */

#define MAX_CHAIN 256    /* PDUs of a request in which one is sought */

/* What is looked up, and what is found: events, plus 1, or a file. */
enum key_kind {
	REQUEST,   /* a MessageId on a connection: the last request that had it */
	LOGON,     /* a session on a connection: its last SESSION_SETUP */
	ENDED,     /* a symbol: the last request that ended it */
	GUID,      /* a CreateGuid: the last CREATE with it */
	LEASE,     /* a lease key: the last CREATE with it */
	FILE_LAST, /* a file: the last event that opened or changed it */
	OPEN_FILE, /* an open: its file */
};

struct link {
	uint32_t from, to;
};

struct builder {
	const struct ir *ir;
	struct cut_links *out;
	bool history;
	struct link *links;
	size_t n_links, cap_links;
	size_t cap_breaks;
	uint32_t *defs[IR_N_SYMBOL_KINDS]; /* events, plus 1 */
	uint32_t *negotiates;              /* of each connection: the last NEGOTIATE, plus 1 */
	uint64_t *shares;                  /* of each tree: a hash of its path */
	uint64_t *files;                   /* of each number that OPEN_FILE gives */
	size_t n_files, cap_files;
	struct cut_entry *table;
	struct fileid *opens; /* by recorded FileId */
	struct breaks *breaks;
	uint32_t pending[MAX_PENDING];
	size_t n_pending;
	uint32_t last_send; /* on any connection, plus 1 */
	struct buf heads, scratch, other;
	struct slice bytes; /* of the event at hand, empty: not needed so far */
	uint32_t n; /* the event at hand */
	const struct ir_event *ev;
	int err;
};

/* A PDU of the event at hand. */
struct part {
	struct credit_head h;
	uint32_t at, end; /* in its bytes */
};

static void
note_error(struct builder *b, int r)
{
	if (b->err == 0)
		b->err = r;
}

/* Room for one more element of an array of that size. */
static bool
room(struct builder *b, void *array, size_t n, size_t *cap, size_t size)
{
	void **p = array, *more;

	if (n < *cap)
		return true;
	more = realloc(*p, (*cap * 2 + 256) * size);
	if (more == NULL) {
		note_error(b, ERR_NOMEM);
		return false;
	}
	*p = more;
	*cap = *cap * 2 + 256;
	return true;
}

/* `to` is an event plus 1; 0 is none. */
static void
add_link(struct builder *b, uint32_t from, uint32_t to)
{
	if (to == 0 || to - 1 == from ||
	    !room(b, &b->links, b->n_links, &b->cap_links, sizeof(*b->links)))
		return;
	b->links[b->n_links++] = (struct link){from, to - 1};
}

static uint32_t
get(const struct builder *b, enum key_kind kind, uint64_t a, uint64_t key_b)
{
	const struct cut_key k = {.a = a, .b = key_b, .kind = kind};

	return cut_table_get(&b->table, &k);
}

static void
put(struct builder *b, enum key_kind kind, uint64_t a, uint64_t key_b, uint32_t value)
{
	const struct cut_key k = {.a = a, .b = key_b, .kind = kind};

	note_error(b, cut_table_put(&b->table, &k, value));
}

/* A key of 16 bytes. */
static void
halves(const uint8_t *p, uint64_t *a, uint64_t *b)
{
	*a = wire_le(p, 8);
	*b = wire_le(p + 8, 8);
}

/* Where symbols are defined: known before the pass. */
static int
find_defs(struct builder *b)
{
	for (size_t k = 0; k < IR_N_SYMBOL_KINDS; k++) {
		b->defs[k] = calloc((size_t)b->ir->n_symbols[k] + 1, sizeof(*b->defs[k]));
		if (b->defs[k] == NULL)
			return ERR_NOMEM;
	}
	for (uint32_t n = 0; n < b->ir->n_events; n++) {
		const struct ir_event *ev = &b->ir->events[n];

		for (uint32_t i = 0; ev->kind == IR_RECV && i < ev->n_patches; i++)
			b->defs[ev->patches[i].what][ev->patches[i].number] = n + 1;
	}
	return 0;
}

static bool
next_part(struct credit_heads *i, struct part *p)
{
	if (!credit_heads_next(i, &p->h))
		return false;
	p->at = (uint32_t)i->at;
	p->end = (uint32_t)i->next;
	return true;
}

static struct credit_heads
parts_of(struct builder *b)
{
	return (struct credit_heads){.ir = b->ir, .ev = b->ev, .scratch = &b->heads};
}

/* The bytes of the event at hand. */
static struct slice
bytes_of(struct builder *b)
{
	if (b->bytes.n == 0)
		b->bytes = ir_bytes(b->ir, b->ev, &b->scratch);
	note_error(b, b->scratch.err);
	return b->bytes;
}


static bool
decode(struct builder *b, const struct part *p, struct smb2_pdu *out)
{
	struct slice s = bytes_of(b);

	return p->end <= s.n && smb2_pdu_decode(slice_sub(s, p->at, p->end - p->at), out) == 0;
}

/* A session's user needs the logon on its own connection, and that on the one which began the
 * session. */
static void
use_session(struct builder *b, uint32_t session)
{
	uint32_t def = b->defs[IR_SESSION][session], own = b->ev->conn;

	add_link(b, b->n, def);
	add_link(b, b->n, get(b, LOGON, session, own));
	if (def != 0 && b->ir->events[def - 1].conn != own)
		add_link(b, b->n, get(b, LOGON, session, b->ir->events[def - 1].conn));
}

static uint64_t
symbol_key(const struct ir_patch *p)
{
	return (uint64_t)p->what << 32 | p->number;
}

static void
use_symbols(struct builder *b)
{
	for (uint32_t i = 0; i < b->ev->n_patches; i++) {
		const struct ir_patch *p = &b->ev->patches[i];

		if (p->what >= IR_N_SYMBOL_KINDS)
			continue;
		if (p->what == IR_SESSION)
			use_session(b, p->number);
		else
			add_link(b, b->n, b->defs[p->what][p->number]);
		/* What was closed before fails as recorded only where it was closed. */
		add_link(b, b->n, get(b, ENDED, symbol_key(p), 0));
	}
	if (b->ev->sealed_by != 0)
		use_session(b, b->ev->sealed_by);
}

/* The first patch at or behind `off`; they ascend. */
static uint32_t
patch_from(const struct ir_event *ev, uint32_t off)
{
	uint32_t lo = 0, hi = ev->n_patches;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (ev->patches[mid].off < off)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* The first symbol of that kind in a PDU. */
static const struct ir_patch *
symbol_in(const struct ir_event *ev, const struct part *p, enum ir_what what)
{
	for (uint32_t i = patch_from(ev, p->at); i < ev->n_patches && ev->patches[i].off < p->end;
	     i++)
		if (ev->patches[i].what == what)
			return &ev->patches[i];
	return NULL;
}

static void
end_symbol(struct builder *b, const struct part *p)
{
	enum ir_what what = p->h.command == SMB2_CMD_CLOSE             ? IR_OPEN
			    : p->h.command == SMB2_CMD_TREE_DISCONNECT ? IR_TREE
								       : IR_SESSION;
	const struct ir_patch *symbol = symbol_in(b->ev, p, what);

	if (symbol != NULL)
		put(b, ENDED, symbol_key(symbol), 0, b->n + 1);
}

/* CANCEL needs what it cancels: the async id's request is found by the symbol. */
static void
link_cancel(struct builder *b, const struct part *p)
{
	if ((p->h.flags & SMB2_FLAGS_ASYNC_COMMAND) == 0 ||
	    symbol_in(b->ev, p, IR_ASYNC) == NULL)
		add_link(b, b->n, get(b, REQUEST, p->h.message_id, b->ev->conn));
}

/* --- files and their history --- */

/* FNV-1a. Two names that meet only mean that more is kept. */
static uint64_t
hash_name(struct slice utf16, uint64_t seed)
{
	uint64_t h = seed ^ 0xcbf29ce484222325u;

	for (size_t i = 0; i + 1 < utf16.n; i += 2) {
		uint16_t c = (uint16_t)wire_le(utf16.p + i, 2);

		/* Names differ in more than the case of letters. */
		if (c >= 'A' && c <= 'Z')
			c = (uint16_t)(c + ('a' - 'A'));
		h = (h ^ c) * 0x100000001b3u;
	}
	return h;
}

/* A stream stands and falls with its file. */
static struct slice
name_without_stream(struct slice name)
{
	for (size_t i = 0; i + 1 < name.n; i += 2)
		if (name.p[i] == ':' && name.p[i + 1] == 0)
			return slice_of(name.p, i);
	return name;
}

/* The event needs what was done to a file before; where it changes the file it is next in line. */
static void
touch_file(struct builder *b, uint64_t file, bool changes)
{
	add_link(b, b->n, get(b, FILE_LAST, file, 0));
	if (changes)
		put(b, FILE_LAST, file, 0, b->n + 1);
}

static void
touch_name(struct builder *b, uint64_t share, struct slice name)
{
	/* Its directories must be there. */
	for (size_t i = 2; i + 1 < name.n; i += 2)
		if (name.p[i] == '\\' && name.p[i + 1] == 0)
			touch_file(b, hash_name(slice_of(name.p, i), share), false);
	touch_file(b, hash_name(name, share), true);
}

/* Where a rename or a link goes (MS-FSCC 2.4.37.2, 2.4.27.2), that name is touched as well. */
static void
touch_target(struct builder *b, const struct part *p)
{
	const struct ir_patch *tree = symbol_in(b->ev, p, IR_TREE);
	const struct smb2_set_info_req *req;
	struct smb2_pdu pdu;
	struct slice buffer;

	if (!decode(b, p, &pdu) || pdu.body_def != &smb2_defs[SMB2_DEF_smb2_set_info_req])
		return;
	req = &pdu.body.smb2_set_info_req;
	buffer = req->buffer;
	if (req->info_type == INFO_FILE && buffer.n > RENAME_NAME &&
	    (req->file_info_class == FILE_RENAME || req->file_info_class == FILE_LINK))
		touch_name(b, tree != NULL ? b->shares[tree->number] : 0,
			   slice_sub(buffer, RENAME_NAME, buffer.n - RENAME_NAME));
}

static void
touch_open(struct builder *b, const struct part *p)
{
	const struct ir_patch *open = symbol_in(b->ev, p, IR_OPEN);
	uint32_t file = open != NULL ? get(b, OPEN_FILE, open->number, 0) : 0;
	bool reads = p->h.command == SMB2_CMD_READ || p->h.command == SMB2_CMD_QUERY_INFO ||
		     p->h.command == SMB2_CMD_FLUSH;

	if (file != 0)
		touch_file(b, b->files[file - 1], !reads);
	if (p->h.command == SMB2_CMD_SET_INFO)
		touch_target(b, p);
}

/* --- requests --- */

static int
on_context_field(void *ctx, const struct smb2_item *it)
{
	struct builder *b = ctx;
	enum key_kind kind;
	uint64_t x, y;

	if (it->row == NULL || it->bytes.n != 16)
		return 0;
	if (strcmp(it->name, "create_guid") == 0)
		kind = GUID;
	else if (strcmp(it->name, "lease_key") == 0)
		kind = LEASE;
	else
		return 0;
	halves(it->bytes.p, &x, &y);
	/* A reconnect or a replay needs the CREATE that it repeats. */
	if (kind == GUID)
		add_link(b, b->n, get(b, GUID, x, y));
	put(b, kind, x, y, b->n + 1);
	return 0;
}

static void
see_create(struct builder *b, const struct part *p)
{
	const struct smb2_visitor v = {.ctx = b, .leaf = on_context_field};
	const struct ir_patch *tree = symbol_in(b->ev, p, IR_TREE);
	struct smb2_pdu pdu;

	if (!decode(b, p, &pdu) || pdu.body_def != &smb2_defs[SMB2_DEF_smb2_create_req])
		return;
	note_error(b, smb2_walk_body(&pdu, &v));
	if (b->history)
		touch_name(b, tree != NULL ? b->shares[tree->number] : 0,
			   name_without_stream(pdu.body.smb2_create_req.name));
}

static void
see_request(struct builder *b, const struct part *p)
{
	if (p->h.command == SMB2_CMD_CANCEL) {
		link_cancel(b, p);
		return;
	}
	put(b, REQUEST, p->h.message_id, b->ev->conn, b->n + 1);
	switch (p->h.command) {
	case SMB2_CMD_NEGOTIATE:
		b->negotiates[b->ev->conn] = b->n + 1;
		break;
	case SMB2_CMD_SESSION_SETUP: {
		const struct ir_patch *s = symbol_in(b->ev, p, IR_SESSION);

		/* The first of the PDU is the header's. */
		if (s != NULL && s->off < p->at + SMB2_HEADER)
			put(b, LOGON, s->number, b->ev->conn, b->n + 1);
		break;
	}
	case SMB2_CMD_CREATE:
		see_create(b, p);
		break;
	case SMB2_CMD_CLOSE:
	case SMB2_CMD_TREE_DISCONNECT:
	case SMB2_CMD_LOGOFF:
		end_symbol(b, p);
		break;
	default:
		break;
	}
	if (b->history && p->h.command != SMB2_CMD_CREATE)
		touch_open(b, p);
}

/* May a break come of that request? */
static bool
may_break(unsigned command)
{
	return command == SMB2_CMD_CREATE || command == SMB2_CMD_WRITE ||
	       command == SMB2_CMD_SET_INFO || command == SMB2_CMD_LOCK ||
	       command == SMB2_CMD_IOCTL;
}

static void
drop_pending(struct builder *b, size_t i)
{
	b->n_pending--;
	memmove(&b->pending[i], &b->pending[i + 1], (b->n_pending - i) * sizeof(b->pending[0]));
}

static void
see_send(struct builder *b)
{
	struct credit_heads i = parts_of(b);
	bool breaker = false;
	struct part p;

	add_link(b, b->n, b->negotiates[b->ev->conn]);
	use_symbols(b);
	while (next_part(&i, &p)) {
		see_request(b, &p);
		breaker = breaker || may_break(p.h.command);
	}
	note_error(b, b->heads.err);
	/* MS-SMB2 3.3.5.3.1: an SMB1 NEGOTIATE has MessageId 0. */
	if (i.next == 0) {
		put(b, REQUEST, 0, b->ev->conn, b->n + 1);
		b->negotiates[b->ev->conn] = b->n + 1;
	}
	b->last_send = b->n + 1;
	if (breaker && b->n_pending == MAX_PENDING)
		drop_pending(b, 0);
	if (breaker)
		b->pending[b->n_pending++] = b->n;
}

/* --- answers --- */

static uint64_t
share_of(struct builder *b, uint32_t request)
{
	const struct ir_event *ev = &b->ir->events[request];
	struct slice s = ir_bytes(b->ir, ev, &b->other), pdu;
	struct smb2_chain chain = smb2_chain_init(s);
	struct smb2_pdu p;

	note_error(b, b->other.err);
	for (int i = 0; i < MAX_CHAIN && smb2_chain_next(&chain, &pdu); i++)
		if (smb2_pdu_decode(pdu, &p) == 0 &&
		    p.body_def == &smb2_defs[SMB2_DEF_smb2_tree_connect_req])
			return hash_name(p.body.smb2_tree_connect_req.path, 0);
	return 0;
}

/* The file of the CREATE with that MessageId in a request. */
static uint64_t
file_of(struct builder *b, uint32_t request, uint64_t message_id)
{
	const struct ir_event *ev = &b->ir->events[request];
	struct slice s = ir_bytes(b->ir, ev, &b->other), bytes;
	struct smb2_chain chain = smb2_chain_init(s);

	note_error(b, b->other.err);
	for (int i = 0; i < MAX_CHAIN && smb2_chain_next(&chain, &bytes); i++) {
		struct part p = {.at = (uint32_t)(bytes.p - s.p)};
		const struct ir_patch *tree;
		struct smb2_pdu pdu;

		p.end = p.at + (uint32_t)bytes.n;
		if (smb2_pdu_decode(bytes, &pdu) != 0 || pdu.h.message_id != message_id ||
		    pdu.body_def != &smb2_defs[SMB2_DEF_smb2_create_req])
			continue;
		tree = symbol_in(ev, &p, IR_TREE);
		return hash_name(name_without_stream(pdu.body.smb2_create_req.name),
				 tree != NULL ? b->shares[tree->number] : 0);
	}
	return 0;
}

static void
define_open(struct builder *b, const struct ir_patch *def, uint32_t request, uint64_t message_id)
{
	struct slice s = slice_sub(bytes_of(b), def->off, 16);

	if (s.n == 16)
		note_error(b, fileids_set(&b->opens, s.p, def->number));
	if (!b->history || request == 0 ||
	    !room(b, &b->files, b->n_files, &b->cap_files, sizeof(*b->files)))
		return;
	b->files[b->n_files++] = file_of(b, request - 1, message_id);
	put(b, OPEN_FILE, def->number, 0, (uint32_t)b->n_files);
}

/* What an answer defines, once it is known whose it is. */
static void
see_definitions(struct builder *b, const struct part *p, uint32_t request)
{
	for (uint32_t i = patch_from(b->ev, p->at);
	     i < b->ev->n_patches && b->ev->patches[i].off < p->end; i++) {
		const struct ir_patch *def = &b->ev->patches[i];

		if (def->what == IR_SESSION && request != 0)
			put(b, LOGON, def->number, b->ev->conn, request);
		else if (def->what == IR_TREE && request != 0 && b->history)
			b->shares[def->number] = share_of(b, request - 1);
		else if (def->what == IR_OPEN)
			define_open(b, def, request, p->h.message_id);
	}
}

/* What got the lease or oplock: an event, plus 1. */
static uint32_t
holder_of(struct builder *b, const struct smb2_pdu *pdu)
{
	uint64_t x, y;
	uint32_t open;

	if (pdu->body_def == &smb2_defs[SMB2_DEF_smb2_lease_break_notify]) {
		halves(pdu->body.smb2_lease_break_notify.lease_key.b, &x, &y);
		return get(b, LEASE, x, y);
	}
	if (pdu->body_def != &smb2_defs[SMB2_DEF_smb2_oplock_break_notify])
		return 0;
	open = fileids_find(b->opens, pdu->body.smb2_oplock_break_notify.file_id.b);
	return open != 0 ? b->defs[IR_OPEN][open] : 0;
}

static void
see_break(struct builder *b, const struct part *p)
{
	struct cut_links *out = b->out;
	struct cut_break *k;
	struct smb2_pdu pdu;

	if (!decode(b, p, &pdu) ||
	    !room(b, &out->breaks, out->n_breaks, &b->cap_breaks, sizeof(*out->breaks)))
		return;
	note_error(b, breaks_add(b->breaks, b->n, 0, &pdu));
	/* It is sent for the last request of a kind that breaks and has no final answer. */
	k = &out->breaks[out->n_breaks++];
	*k = (struct cut_break){.event = b->n, .holder = holder_of(b, &pdu)};
	if (b->n_pending > 0)
		k->cause = b->pending[b->n_pending - 1] + 1;
	add_link(b, b->n, k->holder);
	add_link(b, b->n, k->cause);
}

/* The file that a request uses, 0: not known. */
static uint64_t
file_used(struct builder *b, uint32_t request, uint64_t message_id)
{
	const struct ir_event *ev = &b->ir->events[request];

	for (uint32_t i = 0; i < ev->n_patches; i++)
		if (ev->patches[i].what == IR_OPEN) {
			uint32_t file = get(b, OPEN_FILE, ev->patches[i].number, 0);

			return file != 0 ? b->files[file - 1] : 0;
		}
	return file_of(b, request, message_id);
}

/*
 * What ended the wait of a request that was pending: the last that was done to its file since, else
 * what was sent last (an unlock, a cancel, an acknowledgment).
 */
static void
link_end_of_wait(struct builder *b, const struct part *p, uint32_t request)
{
	uint64_t file = b->history ? file_used(b, request - 1, p->h.message_id) : 0;
	uint32_t last = file != 0 ? get(b, FILE_LAST, file, 0) : 0;

	add_link(b, b->n, last > request ? last : b->last_send);
}

static void
see_answer(struct builder *b, const struct part *p)
{
	uint32_t request = get(b, REQUEST, p->h.message_id, b->ev->conn);
	bool interim = p->h.status == (uint32_t)STATUS_PENDING &&
		       (p->h.flags & SMB2_FLAGS_ASYNC_COMMAND) != 0;

	add_link(b, b->n, request);
	if (request != 0)
		add_link(b, request - 1, b->n + 1);
	see_definitions(b, p, request);
	if (!interim && request != 0 && (p->h.flags & SMB2_FLAGS_ASYNC_COMMAND) != 0)
		link_end_of_wait(b, p, request);
	for (size_t i = b->n_pending; !interim && request != 0 && i-- > 0;)
		if (b->pending[i] == request - 1)
			drop_pending(b, i);
}

static void
see_recv(struct builder *b)
{
	struct credit_heads i = parts_of(b);
	struct part p;

	add_link(b, b->n, b->negotiates[b->ev->conn]);
	if (b->ev->sealed_by != 0)
		use_session(b, b->ev->sealed_by);
	while (next_part(&i, &p)) {
		if (p.h.message_id == SMB2_NO_MESSAGE_ID)
			see_break(b, &p);
		else
			see_answer(b, &p);
	}
}

/* An acknowledgment and its break go together: without it the server waits. */
static void
link_acks(struct builder *b)
{
	note_error(b, breaks_index(b->breaks));
	for (uint32_t n = 0; b->err == 0 && n < b->ir->n_events; n++) {
		const struct break_note *note = breaks_of_ack(b->breaks, n);

		if (note == NULL)
			continue;
		add_link(b, n, note->event + 1);
		add_link(b, note->event, n + 1);
	}
}

/* Sort the links by where they begin, by counting. */
static int
index_links(struct builder *b)
{
	struct cut_links *out = b->out;
	size_t n = b->ir->n_events;

	out->first = calloc(n + 2, sizeof(*out->first));
	out->to = calloc(b->n_links + 1, sizeof(*out->to));
	if (out->first == NULL || out->to == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < b->n_links; i++)
		out->first[b->links[i].from + 2]++;
	for (size_t i = 2; i < n + 2; i++)
		out->first[i] += out->first[i - 1];
	for (size_t i = 0; i < b->n_links; i++)
		out->to[out->first[b->links[i].from + 1]++] = b->links[i].to;
	return 0;
}

static void
builder_free(struct builder *b)
{
	for (size_t k = 0; k < IR_N_SYMBOL_KINDS; k++)
		free(b->defs[k]);
	free(b->negotiates);
	free(b->shares);
	free(b->files);
	free(b->links);
	cut_table_free(&b->table);
	fileids_free(&b->opens);
	breaks_free(b->breaks);
	buf_free(&b->heads);
	buf_free(&b->scratch);
	buf_free(&b->other);
}

static int
build(struct builder *b)
{
	b->negotiates = calloc(b->ir->meta.n_conns + 1, sizeof(*b->negotiates));
	b->shares = calloc((size_t)b->ir->n_symbols[IR_TREE] + 1, sizeof(*b->shares));
	if (b->negotiates == NULL || b->shares == NULL)
		return ERR_NOMEM;
	note_error(b, breaks_new(b->ir, &b->breaks));
	if (b->err == 0)
		note_error(b, find_defs(b));
	for (b->n = 0; b->err == 0 && b->n < b->ir->n_events; b->n++) {
		b->ev = &b->ir->events[b->n];
		b->bytes = (struct slice){0};
		if (b->ev->kind == IR_SEND)
			see_send(b);
		else if (b->ev->kind == IR_RECV)
			see_recv(b);
	}
	if (b->err == 0)
		link_acks(b);
	return b->err == 0 ? index_links(b) : b->err;
}

int
cut_links_new(const struct ir *ir, bool history, struct cut_links *out)
{
	struct builder b = {.ir = ir, .out = out, .history = history};
	int r;

	*out = (struct cut_links){0};
	r = build(&b);
	builder_free(&b);
	if (r != 0)
		cut_links_free(out);
	return r;
}

void
cut_links_free(struct cut_links *l)
{
	free(l->first);
	free(l->to);
	free(l->breaks);
	*l = (struct cut_links){0};
}
