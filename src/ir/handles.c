/* Sessions, trees and opens of a workload. */
#include "config.h"

#include "ir/handles.h"

#include <stdlib.h>
#include <xxhash.h>

#define HASH_FUNCTION(key, len, out) ((out) = (unsigned)XXH3_64bits((key), (len)))
#define HASH_NONFATAL_OOM 1
#define uthash_nonfatal_oom(entry) ((entry)->off = 0)
#include <uthash.h>

/* A request that asks for a handle, until its answer is met. */
struct asked {
	struct key {
		uint64_t message_id, conn;
	} key;
	uint32_t event, off, session, tree;
	uint32_t ended; /* by a CLOSE in its own chain */
	UT_hash_handle hh;
};

/* A look through a workload. */
struct scan {
	const struct ir *ir;
	struct handles *h;
	struct asked *asked;
	uint32_t event;
	struct slice bytes;
	/* Of the chain at hand: what related requests inherit (MS-SMB2 3.2.4.1.4). */
	uint32_t session, tree;
	struct asked *create;
};

static int
add_asked(struct scan *s, size_t off, uint64_t message_id, struct asked **out)
{
	struct asked *a, *old, key;

	memset(&key, 0, sizeof(key));
	key.key.message_id = message_id;
	key.key.conn = s->ir->events[s->event].conn;
	HASH_FIND(hh, s->asked, &key.key, sizeof(key.key), old);
	if (old != NULL) {
		HASH_DEL(s->asked, old);
		free(old);
	}
	a = calloc(1, sizeof(*a));
	if (a == NULL)
		return ERR_NOMEM;
	a->key = key.key;
	a->event = s->event;
	a->off = (uint32_t)off;
	a->session = s->session;
	a->tree = s->tree;
	a->ended = HANDLES_NEVER;
	HASH_ADD(hh, s->asked, key, sizeof(a->key), a);
	*out = a;
	if (a->off != 0)
		return 0;
	free(a);
	return ERR_NOMEM;
}

static void
end_symbol(struct scan *s, enum ir_what what, uint32_t number)
{
	struct handle *h = &s->h->list[what][ir_index_at(&s->h->index[what], number)];

	if (number != 0 && h->ended == HANDLES_NEVER)
		h->ended = s->event;
}

static int
scan_request(struct scan *s, size_t off, struct slice pdu)
{
	unsigned command = (unsigned)wire_le(pdu.p + SMB2_HDR_AT(command), 2);
	uint64_t id = wire_le(pdu.p + SMB2_HDR_AT(message_id), 8);
	uint32_t flags = (uint32_t)wire_le(pdu.p + SMB2_HDR_AT(flags), 4), open;
	struct asked *asked;

	if ((flags & SMB2_FLAGS_RELATED_OPERATIONS) == 0) {
		s->session = ir_symbol_in(&s->ir->events[s->event], IR_SESSION, off, SMB2_HEADER);
		s->tree = ir_symbol_in(&s->ir->events[s->event], IR_TREE, off, SMB2_HEADER);
		s->create = NULL;
	}
	switch (command) {
	case SMB2_CMD_SESSION_SETUP:
	case SMB2_CMD_TREE_CONNECT:
		return add_asked(s, off, id, &asked);
	case SMB2_CMD_CREATE:
		return add_asked(s, off, id, &s->create);
	case SMB2_CMD_LOGOFF:
		end_symbol(s, IR_SESSION, s->session);
		break;
	case SMB2_CMD_TREE_DISCONNECT:
		end_symbol(s, IR_TREE, s->tree);
		break;
	case SMB2_CMD_CLOSE:
		open = ir_symbol_in(&s->ir->events[s->event], IR_OPEN, off, pdu.n);
		end_symbol(s, IR_OPEN, open);
		if (open == 0 && s->create != NULL)
			s->create->ended = s->event;
		break;
	default:
		break;
	}
	return 0;
}

static void
give(struct scan *s, enum ir_what what, size_t off, struct slice pdu)
{
	uint32_t number = ir_symbol_in(&s->ir->events[s->event], what, off, pdu.n);
	struct key key;
	struct asked *a;
	struct handle *h;

	if (number == 0)
		return;
	memset(&key, 0, sizeof(key));
	key.message_id = wire_le(pdu.p + SMB2_HDR_AT(message_id), 8);
	key.conn = s->ir->events[s->event].conn;
	HASH_FIND(hh, s->asked, &key, sizeof(key), a);
	h = &s->h->list[what][ir_index_at(&s->h->index[what], number)];
	h->number = number;
	h->given = s->event;
	h->given_off = (uint32_t)off;
	if (a == NULL)
		return;
	h->asked = a->event;
	h->asked_off = a->off;
	h->session = a->session;
	h->tree = a->tree;
	if (a->ended != HANDLES_NEVER)
		h->ended = a->ended;
}

static int
scan_event(struct scan *s, struct buf *scratch)
{
	const struct ir_event *ev = &s->ir->events[s->event];
	struct smb2_chain chain;
	struct slice pdu;
	int r = 0;

	if (ev->kind != IR_SEND && (ev->kind != IR_RECV || ev->n_patches == 0))
		return 0;
	buf_reset(scratch);
	s->bytes = ir_bytes(s->ir, ev, scratch);
	if (scratch->err != 0 || smb2_msg_kind(s->bytes) != SMB2_MSG_PLAIN)
		return scratch->err;
	s->session = s->tree = 0;
	s->create = NULL;
	chain = smb2_chain_init(s->bytes);
	while (r == 0 && smb2_chain_next(&chain, &pdu) && pdu.n >= SMB2_HEADER) {
		size_t off = (size_t)(pdu.p - s->bytes.p);

		if (ev->kind == IR_SEND) {
			r = scan_request(s, off, pdu);
			continue;
		}
		give(s, IR_SESSION, off, pdu);
		give(s, IR_TREE, off, pdu);
		give(s, IR_OPEN, off, pdu);
	}
	return r;
}

static int
make_tables(const struct ir *ir, struct handles *h)
{
	static const enum ir_what kinds[] = {IR_SESSION, IR_TREE, IR_OPEN};

	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		struct ir_index *x = &h->index[kinds[k]];
		int r = ir_index_new(ir, kinds[k], x);

		if (r != 0)
			return r;
		h->list[kinds[k]] = calloc((size_t)x->n + 1, sizeof(struct handle));
		if (h->list[kinds[k]] == NULL)
			return ERR_NOMEM;
		for (uint32_t i = 0; i <= x->n; i++)
			h->list[kinds[k]][i] = (struct handle){.asked = HANDLES_NEVER,
							       .given = HANDLES_NEVER,
							       .ended = HANDLES_NEVER};
	}
	return 0;
}

int
handles_init(const struct ir *ir, struct handles *out)
{
	struct scan s = {.ir = ir, .h = out};
	struct buf scratch = {0};
	struct asked *a, *next;
	int r;

	*out = (struct handles){.list = {NULL}};
	r = make_tables(ir, out);
	for (s.event = 0; r == 0 && s.event < ir->n_events; s.event++)
		r = scan_event(&s, &scratch);
	HASH_ITER(hh, s.asked, a, next)
	{
		HASH_DEL(s.asked, a);
		free(a);
	}
	buf_free(&scratch);
	if (r != 0)
		handles_free(out);
	return r;
}

void
handles_free(struct handles *h)
{
	for (size_t k = 0; k < IR_N_SYMBOL_KINDS; k++) {
		free(h->list[k]);
		ir_index_free(&h->index[k]);
	}
	*h = (struct handles){.list = {NULL}};
}

uint32_t
handles_session(const struct ir_event *ev)
{
	return ir_symbol_in(ev, IR_SESSION, 0, NBSS_HEADER + SMB2_HEADER);
}

static int
decode_at(const struct ir *ir, uint32_t event, uint32_t off, struct buf *scratch,
	  struct smb2_pdu *out)
{
	struct smb2_chain chain;
	struct slice bytes, pdu;

	if (event == HANDLES_NEVER)
		return ERR_NOTFOUND;
	buf_reset(scratch);
	bytes = ir_bytes(ir, &ir->events[event], scratch);
	if (scratch->err != 0)
		return scratch->err;
	chain = smb2_chain_init(bytes);
	while (smb2_chain_next(&chain, &pdu))
		if ((size_t)(pdu.p - bytes.p) == off)
			return smb2_pdu_decode(pdu, out) == 0 ? 0 : ERR_NOTFOUND;
	return ERR_NOTFOUND;
}

int
handles_request(const struct ir *ir, const struct handle *h, struct buf *scratch,
		struct smb2_pdu *out)
{
	return decode_at(ir, h->asked, h->asked_off, scratch, out);
}

int
handles_response(const struct ir *ir, const struct handle *h, struct buf *scratch,
		 struct smb2_pdu *out)
{
	return decode_at(ir, h->given, h->given_off, scratch, out);
}
