/* The links between events, found in one pass over them. */
#include "config.h"

#include "base/list.h"
#include "ir/cut_links.h"

#include <stdlib.h>

#include "ir/cut_links_int.h"
#include "proto/ntstatus.h"

void
cut_note_error(struct cut_builder *b, int r)
{
	if (b->err == 0)
		b->err = r;
}

/* Room for one more element of an array of that size. */
bool
cut_room(struct cut_builder *b, void *array, size_t n, size_t *cap, size_t size)
{
	int r = list_room(array, n, cap, size);

	if (r != 0)
		cut_note_error(b, r);
	return r == 0;
}

/* `to` is an event plus 1; 0 is none. */
void
cut_add_link(struct cut_builder *b, uint32_t from, uint32_t to)
{
	if (to == 0 || to - 1 == from ||
	    !cut_room(b, &b->links, b->n_links, &b->cap_links, sizeof(*b->links)))
		return;
	b->links[b->n_links++] = (struct cut_link){from, to - 1};
}

uint32_t
cut_get(const struct cut_builder *b, enum cut_key_kind kind, uint64_t a, uint64_t key_b)
{
	const struct cut_key k = {.a = a, .b = key_b, .kind = kind};

	return cut_table_get(&b->table, &k);
}

void
cut_put(struct cut_builder *b, enum cut_key_kind kind, uint64_t a, uint64_t key_b, uint32_t value)
{
	const struct cut_key k = {.a = a, .b = key_b, .kind = kind};

	cut_note_error(b, cut_table_put(&b->table, &k, value));
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
find_defs(struct cut_builder *b)
{
	for (size_t k = 0; k < IR_N_SYMBOL_KINDS; k++) {
		int r = ir_index_new(b->ir, (enum ir_what)k, &b->index[k]);

		if (r != 0)
			return r;
		b->defs[k] = calloc((size_t)b->index[k].n + 1, sizeof(*b->defs[k]));
		if (b->defs[k] == NULL)
			return ERR_NOMEM;
	}
	for (uint32_t n = 0; n < b->ir->n_events; n++) {
		const struct ir_event *ev = &b->ir->events[n];

		for (uint32_t i = 0; ev->kind == IR_RECV && i < ev->n_patches; i++)
			b->defs[ev->patches[i].what][ir_index_at(&b->index[ev->patches[i].what],
								 ev->patches[i].number)] = n + 1;
	}
	return 0;
}

static bool
next_part(struct credit_heads *i, struct cut_part *p)
{
	if (!credit_heads_next(i, &p->h))
		return false;
	p->at = (uint32_t)i->at;
	p->end = (uint32_t)i->next;
	return true;
}

static struct credit_heads
parts_of(struct cut_builder *b)
{
	return (struct credit_heads){.ir = b->ir, .ev = b->ev, .scratch = &b->heads};
}

/* The bytes of the event at hand. */
static struct slice
bytes_of(struct cut_builder *b)
{
	if (b->bytes.n == 0)
		b->bytes = ir_bytes(b->ir, b->ev, &b->scratch);
	cut_note_error(b, b->scratch.err);
	return b->bytes;
}

bool
cut_decode(struct cut_builder *b, const struct cut_part *p, struct smb2_pdu *out)
{
	struct slice s = bytes_of(b);

	return p->end <= s.n && smb2_pdu_decode(slice_sub(s, p->at, p->end - p->at), out) == 0;
}

/* A session's user needs the logon on its own connection, and that on the one which began the
 * session. */
/* The event that defines a symbol, plus 1. */
static uint32_t
def_of(const struct cut_builder *b, enum ir_what what, uint32_t number)
{
	return b->defs[what][ir_index_at(&b->index[what], number)];
}

static void
use_session(struct cut_builder *b, uint32_t session)
{
	uint32_t def = def_of(b, IR_SESSION, session), own = b->ev->conn;

	cut_add_link(b, b->n, def);
	cut_add_link(b, b->n, cut_get(b, CUT_LOGON, session, own));
	if (def != 0 && b->ir->events[def - 1].conn != own)
		cut_add_link(b, b->n, cut_get(b, CUT_LOGON, session, b->ir->events[def - 1].conn));
}

static uint64_t
symbol_key(const struct ir_patch *p)
{
	return (uint64_t)p->what << 32 | p->number;
}

static void
use_symbols(struct cut_builder *b)
{
	for (uint32_t i = 0; i < b->ev->n_patches; i++) {
		const struct ir_patch *p = &b->ev->patches[i];

		if (p->what >= IR_N_SYMBOL_KINDS)
			continue;
		if (p->what == IR_SESSION)
			use_session(b, p->number);
		else
			cut_add_link(b, b->n, def_of(b, (enum ir_what)p->what, p->number));
		/* What was closed before fails as recorded only where it was closed. */
		cut_add_link(b, b->n, cut_get(b, CUT_ENDED, symbol_key(p), 0));
	}
	if (b->ev->sealed_by != 0)
		use_session(b, b->ev->sealed_by);
}

/* The first symbol of that kind in a PDU. */
const struct ir_patch *
cut_symbol_in(const struct ir_event *ev, const struct cut_part *p, enum ir_what what)
{
	return ir_patch_in(ev, what, p->at, p->end - p->at);
}

static void
end_symbol(struct cut_builder *b, const struct cut_part *p)
{
	enum ir_what what = p->h.command == SMB2_CMD_CLOSE             ? IR_OPEN
			    : p->h.command == SMB2_CMD_TREE_DISCONNECT ? IR_TREE
								       : IR_SESSION;
	const struct ir_patch *symbol = cut_symbol_in(b->ev, p, what);

	if (symbol != NULL)
		cut_put(b, CUT_ENDED, symbol_key(symbol), 0, b->n + 1);
}

/* CANCEL needs what it cancels: the async id's request is found by the symbol. */
static void
link_cancel(struct cut_builder *b, const struct cut_part *p)
{
	if ((p->h.flags & SMB2_FLAGS_ASYNC_COMMAND) == 0 ||
	    cut_symbol_in(b->ev, p, IR_ASYNC) == NULL)
		cut_add_link(b, b->n, cut_get(b, CUT_REQUEST, p->h.message_id, b->ev->conn));
}

/* --- requests --- */

static int
on_context_field(void *ctx, const struct smb2_item *it)
{
	struct cut_builder *b = ctx;
	enum cut_key_kind kind;
	uint64_t x, y;

	if (it->row == NULL || it->bytes.n != 16)
		return 0;
	if (strcmp(it->name, "create_guid") == 0)
		kind = CUT_GUID;
	else if (strcmp(it->name, "lease_key") == 0)
		kind = CUT_LEASE;
	else
		return 0;
	halves(it->bytes.p, &x, &y);
	/* A reconnect or a replay needs the CREATE that it repeats. */
	if (kind == CUT_GUID)
		cut_add_link(b, b->n, cut_get(b, CUT_GUID, x, y));
	cut_put(b, kind, x, y, b->n + 1);
	return 0;
}

static void
see_create(struct cut_builder *b, const struct cut_part *p)
{
	const struct smb2_visitor v = {.ctx = b, .leaf = on_context_field};
	const struct ir_patch *tree = cut_symbol_in(b->ev, p, IR_TREE);
	struct smb2_pdu pdu;

	if (!cut_decode(b, p, &pdu) || pdu.body_def != &smb2_defs[SMB2_DEF_smb2_create_req])
		return;
	cut_note_error(b, smb2_walk_body(&pdu, &v));
	if (b->history)
		cut_touch_name(b, cut_share_used(b, tree),
			       cut_file_name(pdu.body.smb2_create_req.name));
}

static void
see_request(struct cut_builder *b, const struct cut_part *p)
{
	if (p->h.command == SMB2_CMD_CANCEL) {
		link_cancel(b, p);
		return;
	}
	cut_put(b, CUT_REQUEST, p->h.message_id, b->ev->conn, b->n + 1);
	switch (p->h.command) {
	case SMB2_CMD_NEGOTIATE:
		b->negotiates[b->ev->conn] = b->n + 1;
		break;
	case SMB2_CMD_SESSION_SETUP: {
		const struct ir_patch *s = cut_symbol_in(b->ev, p, IR_SESSION);

		/* The first of the PDU is the header's. */
		if (s != NULL && s->off < p->at + SMB2_HEADER)
			cut_put(b, CUT_LOGON, s->number, b->ev->conn, b->n + 1);
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
		cut_touch_open(b, p);
}

static void
drop_pending(struct cut_builder *b, size_t i)
{
	b->n_pending--;
	memmove(&b->pending[i], &b->pending[i + 1], (b->n_pending - i) * sizeof(b->pending[0]));
}

static void
see_send(struct cut_builder *b)
{
	struct credit_heads i = parts_of(b);
	bool breaker = false;
	struct cut_part p;

	cut_add_link(b, b->n, b->negotiates[b->ev->conn]);
	use_symbols(b);
	while (next_part(&i, &p)) {
		see_request(b, &p);
		breaker = breaker || breaks_may_come(p.h.command);
	}
	cut_note_error(b, b->heads.err);
	/* MS-SMB2 3.3.5.3.1: an SMB1 NEGOTIATE has MessageId 0. */
	if (i.next == 0) {
		cut_put(b, CUT_REQUEST, 0, b->ev->conn, b->n + 1);
		b->negotiates[b->ev->conn] = b->n + 1;
	}
	b->last_send = b->n + 1;
	if (breaker && b->n_pending == MAX_PENDING)
		drop_pending(b, 0);
	if (breaker)
		b->pending[b->n_pending++] = b->n;
}

/* --- answers --- */

static void
define_open(struct cut_builder *b, const struct cut_part *p, const struct ir_patch *def,
	    uint32_t request)
{
	struct slice s = slice_sub(bytes_of(b), def->off, 16);

	if (s.n == 16)
		cut_note_error(b, fileids_set(&b->opens, s.p, def->number));
	if (b->history && request != 0)
		cut_open_file(b, p, def->number, request - 1);
}

/* What an answer defines, once it is known whose it is. */
static void
see_definitions(struct cut_builder *b, const struct cut_part *p, uint32_t request)
{
	for (uint32_t i = ir_patch_from(b->ev, p->at);
	     i < b->ev->n_patches && b->ev->patches[i].off < p->end; i++) {
		const struct ir_patch *def = &b->ev->patches[i];

		if (def->what == IR_SESSION && request != 0)
			cut_put(b, CUT_LOGON, def->number, b->ev->conn, request);
		else if (def->what == IR_TREE && request != 0 && b->history)
			b->shares[ir_index_at(&b->index[IR_TREE], def->number)] =
				cut_share_of(b, request - 1);
		else if (def->what == IR_OPEN)
			define_open(b, p, def, request);
	}
}

/* What got the lease or oplock: an event, plus 1. */
static uint32_t
holder_of(struct cut_builder *b, const struct smb2_pdu *pdu)
{
	uint64_t x, y;
	uint32_t open;

	if (pdu->body_def == &smb2_defs[SMB2_DEF_smb2_lease_break_notify]) {
		halves(pdu->body.smb2_lease_break_notify.lease_key.b, &x, &y);
		return cut_get(b, CUT_LEASE, x, y);
	}
	if (pdu->body_def != &smb2_defs[SMB2_DEF_smb2_oplock_break_notify])
		return 0;
	open = fileids_find(b->opens, pdu->body.smb2_oplock_break_notify.file_id.b);
	return open != 0 ? def_of(b, IR_OPEN, open) : 0;
}

static void
see_break(struct cut_builder *b, const struct cut_part *p)
{
	struct cut_links *out = b->out;
	struct cut_break *k;
	struct smb2_pdu pdu;

	if (!cut_decode(b, p, &pdu) ||
	    !cut_room(b, &out->breaks, out->n_breaks, &b->cap_breaks, sizeof(*out->breaks)))
		return;
	cut_note_error(b, breaks_add(b->breaks, b->n, 0, &pdu));
	/* It is sent for the last request of a kind that breaks and has no final answer. */
	k = &out->breaks[out->n_breaks++];
	*k = (struct cut_break){.event = b->n, .holder = holder_of(b, &pdu)};
	if (b->n_pending > 0)
		k->cause = b->pending[b->n_pending - 1] + 1;
	cut_add_link(b, b->n, k->holder);
	cut_add_link(b, b->n, k->cause);
}

/*
 * What ended the wait of a request that was pending: the last that was done to its file since, else
 * what was sent last (an unlock, a cancel, an acknowledgment).
 */
static void
link_end_of_wait(struct cut_builder *b, const struct cut_part *p, uint32_t request)
{
	uint64_t file = b->history ? cut_file_used(b, request - 1, p->h.message_id) : 0;
	uint32_t last = file != 0 ? cut_get(b, CUT_FILE_LAST, file, 0) : 0;

	cut_add_link(b, b->n, last > request ? last : b->last_send);
}

static void
see_answer(struct cut_builder *b, const struct cut_part *p)
{
	uint32_t request = cut_get(b, CUT_REQUEST, p->h.message_id, b->ev->conn);
	bool interim = p->h.status == (uint32_t)STATUS_PENDING &&
		       (p->h.flags & SMB2_FLAGS_ASYNC_COMMAND) != 0;

	cut_add_link(b, b->n, request);
	if (request != 0)
		cut_add_link(b, request - 1, b->n + 1);
	see_definitions(b, p, request);
	if (!interim && request != 0 && (p->h.flags & SMB2_FLAGS_ASYNC_COMMAND) != 0)
		link_end_of_wait(b, p, request);
	for (size_t i = b->n_pending; !interim && request != 0 && i-- > 0;)
		if (b->pending[i] == request - 1)
			drop_pending(b, i);
}

static void
see_recv(struct cut_builder *b)
{
	struct credit_heads i = parts_of(b);
	struct cut_part p;

	cut_add_link(b, b->n, b->negotiates[b->ev->conn]);
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
link_acks(struct cut_builder *b)
{
	cut_note_error(b, breaks_index(b->breaks));
	for (uint32_t n = 0; b->err == 0 && n < b->ir->n_events; n++) {
		const struct break_note *note = breaks_of_ack(b->breaks, n);

		if (note == NULL)
			continue;
		cut_add_link(b, n, note->event + 1);
		cut_add_link(b, note->event, n + 1);
	}
}

/* Sort the links by where they begin, by counting. */
static int
index_links(struct cut_builder *b)
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
builder_free(struct cut_builder *b)
{
	for (size_t k = 0; k < IR_N_SYMBOL_KINDS; k++) {
		ir_index_free(&b->index[k]);
		free(b->defs[k]);
	}
	free(b->negotiates);
	free(b->shares);
	free(b->files);
	free(b->changes);
	free(b->links);
	cut_table_free(&b->table);
	fileids_free(&b->opens);
	breaks_free(b->breaks);
	buf_free(&b->heads);
	buf_free(&b->scratch);
	buf_free(&b->other);
}

static int
build(struct cut_builder *b)
{
	b->negotiates = calloc(b->ir->meta.n_conns + 1, sizeof(*b->negotiates));
	if (b->negotiates == NULL)
		return ERR_NOMEM;
	cut_note_error(b, breaks_new(b->ir, &b->breaks));
	if (b->err == 0)
		cut_note_error(b, find_defs(b));
	b->shares = calloc((size_t)b->index[IR_TREE].n + 1, sizeof(*b->shares));
	if (b->shares == NULL)
		return ERR_NOMEM;
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
	struct cut_builder b = {.ir = ir, .out = out, .history = history};
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
