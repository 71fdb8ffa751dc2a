/* Made-up requests as a workload in memory. */
#include "config.h"

#include "provision/batch.h"

#include <stdlib.h>

#include "base/list.h"
#include "ir/ir_files.h"
#include "provision/batch_logon.h"

#define CREDITS 64         /* asked for with each request */
#define CREDIT_BYTES 65536 /* that one credit pays for, MS-SMB2 3.1.5.2 */
#define FEW 256            /* messages that one connection does for */
#define ANSWER 72          /* bytes of the stand-in for an answer */
#define SERVER_SIGNS 2     /* SMB2_NEGOTIATE_SIGNING_REQUIRED, MS-SMB2 2.2.4 */
#define SESSION_SEALS 4    /* SMB2_SESSION_FLAG_ENCRYPT_DATA, MS-SMB2 2.2.6 */
#define SHARE_SEALS 0x8000 /* SMB2_SHAREFLAG_ENCRYPT_DATA, MS-SMB2 2.2.10 */

/* A message of the batch. */
struct message {
	uint64_t tag;
	uint32_t answer; /* event of its answers */
	uint32_t first;  /* of its requests, among those of the batch */
	uint32_t n;
};

/* A connection. */
struct way {
	bool used;
	uint32_t session, *trees; /* symbols; of each share, owned */
	uint64_t next_id;
};

struct batch {
	struct batch_options opt;
	struct batch_server server;
	uint64_t done; /* messages of the batches before */

	struct ir ir;            /* the logon; then its events are in `events` */
	struct ir_event *events; /* owned */
	size_t n_logon, n_events, cap_events;
	struct message *messages; /* owned */
	size_t n_messages, cap_messages;
	struct buf answered; /* a byte for each request: it was */
	struct buf parts;    /* and one: what it is for */
	uint8_t part;
	uint32_t number;
	struct way ways[BATCH_CONNS];
	uint32_t way; /* of the message that is being put together */
	size_t bytes;
	int err;

	struct buf out;      /* the message that is being put together */
	struct buf stand_in; /* and its answers */
	struct ir_patch patches[3 * BATCH_CHAIN];
	uint32_t n_patches, n_requests;
	size_t last; /* where its last request begins */
	uint32_t share;
};

int
batch_new(const struct batch_options *opt, struct batch **out)
{
	struct batch *b = calloc(1, sizeof(*b));
	bool no_memory = false;

	if (b == NULL)
		return ERR_NOMEM;
	b->opt = *opt;
	for (size_t i = 0; i < BATCH_CONNS; i++) {
		b->ways[i].trees = calloc(opt->n_shares + 1, sizeof(*b->ways[i].trees));
		no_memory |= b->ways[i].trees == NULL;
	}
	b->server.share_status = calloc(opt->n_shares + 1, sizeof(*b->server.share_status));
	if (no_memory || b->server.share_status == NULL) {
		batch_free(b);
		return ERR_NOMEM;
	}
	*out = b;
	return 0;
}

/* Forget the messages. */
static void
clear(struct batch *b)
{
	if (b->events != NULL)
		b->ir.events = NULL;
	ir_free(&b->ir);
	b->ir = (struct ir){0};
	free(b->events);
	b->events = NULL;
	b->n_events = b->cap_events = b->n_logon = b->n_messages = 0;
	b->bytes = 0;
	buf_reset(&b->answered);
	buf_reset(&b->parts);
	b->number++;
}

void
batch_free(struct batch *b)
{
	if (b == NULL)
		return;
	clear(b);
	free(b->messages);
	for (size_t i = 0; i < BATCH_CONNS; i++)
		free(b->ways[i].trees);
	free(b->server.share_status);
	buf_free(&b->answered);
	buf_free(&b->parts);
	buf_free(&b->out);
	buf_free(&b->stand_in);
	free(b);
}

const struct batch_server *
batch_server(const struct batch *b)
{
	return &b->server;
}

bool
batch_full(const struct batch *b)
{
	return b->n_messages >= BATCH_MESSAGES || b->bytes >= BATCH_BYTES;
}

/* ---- the logons ---- */

/* What the logons define: their symbols, in the order of the shares; and the next free MessageIds,
 * behind the last one, each of which took one. */
static void
note_logon(struct batch *b)
{
	size_t n[BATCH_CONNS] = {0};

	for (size_t i = 0; i < b->ir.n_events; i++) {
		const struct ir_event *ev = &b->ir.events[i];
		struct way *way = &b->ways[ev->conn];

		if (ev->kind == IR_SEND)
			way->next_id =
				1 + wire_le(ev->own + NBSS_HEADER + SMB2_HDR_AT(message_id), 8);
		for (uint32_t k = 0; ev->kind == IR_RECV && k < ev->n_patches; k++) {
			if (ev->patches[k].what == IR_SESSION)
				way->session = ev->patches[k].number;
			if (ev->patches[k].what == IR_TREE && n[ev->conn] < b->opt.n_shares)
				way->trees[n[ev->conn]++] = ev->patches[k].number;
		}
	}
}

static int
log_on(struct batch *b)
{
	struct buf text = {0};
	struct err e = {0};
	int r = batch_logons(&b->opt, &text);

	if (r == 0)
		r = ir_parse_file("the logon", buf_slice(&text), &b->ir, &e);
	buf_free(&text);
	if (r != 0)
		return r;
	for (size_t c = 0; c < BATCH_CONNS; c++)
		b->ways[c].used = c == 0;
	note_logon(b);
	b->n_logon = b->n_events = b->ir.n_events;
	b->cap_events = b->n_events + 256;
	b->events = calloc(b->cap_events, sizeof(*b->events));
	if (b->events == NULL)
		return ERR_NOMEM;
	memcpy(b->events, b->ir.events, b->n_events * sizeof(*b->events));
	return 0;
}

/* ---- messages ---- */

static void
add_patch(struct batch *b, enum ir_what what, uint32_t number, size_t field)
{
	b->patches[b->n_patches++] = (struct ir_patch){.off = (uint32_t)(b->last + field),
						       .width = ir_what_widths[what],
						       .number = number,
						       .what = (uint8_t)what};
}

void
batch_begin(struct batch *b, size_t share, uint32_t lane, uint64_t tag)
{
	if (b->events == NULL && b->err == 0)
		b->err = log_on(b);
	if (b->err == 0)
		b->err = list_room(&b->messages, b->n_messages, &b->cap_messages,
				   sizeof(*b->messages));
	if (b->err != 0)
		return;
	buf_reset(&b->out);
	buf_reset(&b->stand_in);
	buf_zero(&b->out, NBSS_HEADER);
	buf_zero(&b->stand_in, NBSS_HEADER);
	b->n_patches = b->n_requests = 0;
	b->share = (uint32_t)share;
	b->way = b->n_messages < FEW ? 0 : lane % BATCH_CONNS;
	b->ways[b->way].used = true;
	b->part = 0;
	b->messages[b->n_messages] = (struct message){.tag = tag, .first = (uint32_t)b->answered.n};
}

void
batch_part(struct batch *b, uint8_t part)
{
	b->part = part;
}

uint32_t
batch_number(const struct batch *b)
{
	return b->number;
}

/* A stand-in for the answer: its ids, and credits enough for all that follows. */
static void
put_stand_in(struct batch *b, enum smb2_command command, uint64_t message_id)
{
	size_t at = b->stand_in.n;
	uint8_t *p;

	if (b->n_requests > 0)
		wire_put_le(b->stand_in.p + at - ANSWER + SMB2_HDR_AT(next_command), 4, ANSWER);
	buf_zero(&b->stand_in, ANSWER);
	if (b->stand_in.err != 0)
		return;
	p = b->stand_in.p + at;
	memcpy(p, "\xfeSMB", 4);
	wire_put_le(p + SMB2_HDR_AT(structure_size), 2, SMB2_HEADER);
	wire_put_le(p + SMB2_HDR_AT(command), 2, command);
	wire_put_le(p + SMB2_HDR_AT(credits), 2, CREDITS);
	wire_put_le(p + SMB2_HDR_AT(flags), 4, SMB2_FLAGS_SERVER_TO_REDIR);
	wire_put_le(p + SMB2_HDR_AT(message_id), 8, message_id);
}

/* Begin the next request of the chain: aligned, linked to. */
static int
next_request(struct batch *b, size_t n)
{
	size_t before = b->last;

	if (b->n_requests == BATCH_CHAIN)
		return ERR_LIMIT;
	if (b->n_requests > 0)
		buf_zero(&b->out, (8 - ((b->out.n - before) & 7)) & 7);
	b->last = b->out.n;
	buf_zero(&b->out, n);
	if (b->out.err != 0)
		return b->out.err;
	if (b->n_requests > 0)
		wire_put_le(b->out.p + before + SMB2_HDR_AT(next_command), 4, b->last - before);
	return 0;
}

void
batch_put(struct batch *b, enum smb2_command command, const struct smb2_def *def, const void *body,
	  size_t size, size_t bytes)
{
	bool related = b->n_requests > 0;
	uint16_t charge = (uint16_t)(bytes > CREDIT_BYTES ? (bytes - 1) / CREDIT_BYTES + 1 : 1);
	struct smb2_hdr hdr = {.protocol_id = {{0xfe, 'S', 'M', 'B'}},
			       .structure_size = SMB2_HEADER,
			       .credit_charge = b->server.dialect == 0x0202 ? 0 : charge,
			       .command = (uint16_t)command,
			       .credits = (uint16_t)(charge + CREDITS),
			       .flags = (b->server.signs ? SMB2_FLAGS_SIGNED : 0u) |
					(related ? SMB2_FLAGS_RELATED_OPERATIONS : 0u),
			       .message_id = b->ways[b->way].next_id,
			       .tree_id = related ? UINT32_MAX : 0,
			       .session_id = related ? UINT64_MAX : 0};

	if (b->err == 0)
		b->err = next_request(b, SMB2_HEADER + size);
	if (b->err == 0)
		b->err = smb2_encode(&smb2_hdr_req_sync, &hdr, 0, b->out.p + b->last, NULL,
				     SMB2_HEADER + size);
	if (b->err == 0)
		b->err = smb2_encode(def, body, SMB2_HEADER, b->out.p + b->last, NULL,
				     SMB2_HEADER + size);
	if (b->err != 0)
		return;
	if (!related) {
		add_patch(b, IR_TREE, b->ways[b->way].trees[b->share], SMB2_HDR_AT(tree_id));
		add_patch(b, IR_SESSION, b->ways[b->way].session, SMB2_HDR_AT(session_id));
	}
	if (b->server.signs)
		add_patch(b, IR_SIGNATURE, 0, SMB2_HDR_AT(signature));
	put_stand_in(b, command, b->ways[b->way].next_id);
	buf_le(&b->answered, 1, 0);
	buf_le(&b->parts, 1, b->part);
	b->ways[b->way].next_id += charge;
	b->n_requests++;
}

void
batch_fail(struct batch *b, int error)
{
	b->err = b->err != 0 ? b->err : error;
}

/* Bytes of an event, copied. */
static int
keep(struct batch *b, struct ir_event *ev, struct buf *from)
{
	uint8_t *p = arena_alloc(&b->ir.arena, from->n + 1);

	if (from->err != 0 || p == NULL)
		return from->err != 0 ? from->err : ERR_NOMEM;
	if (from->n > IR_MAX_BYTES)
		return ERR_LIMIT;
	wire_put_be(from->p + 1, 3, from->n - NBSS_HEADER);
	memcpy(p, from->p, from->n);
	ev->own = p;
	ev->size = (uint32_t)from->n;
	b->bytes += from->n;
	return 0;
}

static int
add_event(struct batch *b, const struct ir_event *ev)
{
	if (list_room(&b->events, b->n_events, &b->cap_events, sizeof(*b->events)) != 0)
		return ERR_NOMEM;
	b->events[b->n_events++] = *ev;
	return 0;
}

/* The event of what was put together, and that of its answers. */
static int
add_message(struct batch *b, uint32_t after)
{
	struct ir_event send = {.kind = IR_SEND, .conn = b->way, .n_patches = b->n_patches},
			recv = {.kind = IR_RECV, .conn = b->way, .expecting = true};
	struct ir_patch *patches = arena_alloc(&b->ir.arena, b->n_patches * sizeof(*patches));
	uint32_t *waits = arena_alloc(&b->ir.arena, sizeof(*waits));
	int r;

	if (patches == NULL || waits == NULL)
		return ERR_NOMEM;
	memcpy(patches, b->patches, b->n_patches * sizeof(*patches));
	send.patches = patches;
	if (after != BATCH_NONE) {
		*waits = b->messages[after].answer;
		send.after = waits;
		send.n_after = 1;
	}
	r = keep(b, &send, &b->out);
	if (r == 0)
		r = keep(b, &recv, &b->stand_in);
	if (r == 0)
		r = add_event(b, &send);
	if (r == 0)
		r = add_event(b, &recv);
	return r;
}

uint32_t
batch_end(struct batch *b, uint32_t after)
{
	if (b->err == 0)
		b->err = add_message(b, after);
	if (b->err != 0)
		return BATCH_NONE;
	b->messages[b->n_messages].answer = (uint32_t)b->n_events - 1;
	b->messages[b->n_messages].n = b->n_requests;
	b->err = b->answered.err != 0 ? b->answered.err : b->parts.err;
	return (uint32_t)b->n_messages++;
}

/* ---- playing ---- */

static void
note_server(struct batch *b, const struct judge_match *m, const struct smb2_pdu *live)
{
	struct batch_server *s = &b->server;

	if (live->body_def == &smb2_defs[SMB2_DEF_smb2_negotiate_resp]) {
		s->dialect = live->body.smb2_negotiate_resp.dialect_revision;
		s->signs = (live->body.smb2_negotiate_resp.security_mode & SERVER_SIGNS) != 0;
		s->max_read = live->body.smb2_negotiate_resp.max_read_size;
		s->max_write = live->body.smb2_negotiate_resp.max_write_size;
	} else if (live->body_def == &smb2_defs[SMB2_DEF_smb2_negotiate_311_resp]) {
		s->dialect = live->body.smb2_negotiate_311_resp.dialect_revision;
		s->signs = (live->body.smb2_negotiate_311_resp.security_mode & SERVER_SIGNS) != 0;
		s->max_read = live->body.smb2_negotiate_311_resp.max_read_size;
		s->max_write = live->body.smb2_negotiate_311_resp.max_write_size;
	} else if (live->body_def == &smb2_defs[SMB2_DEF_smb2_session_setup_resp]) {
		s->seals |= (live->body.smb2_session_setup_resp.session_flags & SESSION_SEALS) != 0;
	} else if (live->body_def == &smb2_defs[SMB2_DEF_smb2_tree_connect_resp]) {
		s->seals |= (live->body.smb2_tree_connect_resp.share_flags & SHARE_SEALS) != 0;
	}
	if (live->h.command != SMB2_CMD_TREE_CONNECT || m->event >= b->n_logon)
		return;
	for (size_t i = 0; i < b->opt.n_shares; i++)
		if (ir_symbol_in(&b->events[m->event], IR_TREE, 0, SIZE_MAX) == b->ways[0].trees[i])
			s->share_status[i] = live->h.status;
}

/* The message whose answers an event has. */
static const struct message *
message_of(const struct batch *b, uint64_t event)
{
	uint64_t i = (event - b->n_logon) / 2;

	return event >= b->n_logon && i < b->n_messages ? &b->messages[i] : NULL;
}

static void
tell(struct batch *b, const struct message *msg, uint32_t i, const struct smb2_pdu *live)
{
	const struct batch_answer a = {
		.tag = msg->tag, .part = b->parts.p[msg->first + i], .pdu = live};

	b->opt.answer(b->opt.ctx, &a);
}

static void
on_answer(void *ctx, const struct judge_match *m, const struct smb2_pdu *live)
{
	struct batch *b = ctx;
	const struct message *msg;

	if (!m->found || smb2_is_interim(live))
		return;
	note_server(b, m, live);
	msg = message_of(b, m->event);
	if (msg == NULL || m->pdu >= msg->n)
		return;
	b->answered.p[msg->first + m->pdu] = 1;
	tell(b, msg, m->pdu, live);
}

static void
tell_missing(struct batch *b)
{
	for (size_t i = 0; i < b->n_messages; i++)
		for (uint32_t k = 0; k < b->messages[i].n; k++)
			if (b->answered.p[b->messages[i].first + k] == 0)
				tell(b, &b->messages[i], k, NULL);
}

static void
on_tick(void *ctx, const struct engine_totals *totals)
{
	struct batch *b = ctx;

	if (b->opt.tick != NULL)
		b->opt.tick(b->opt.ctx, b->done + totals->sent);
}

/* What differs from a recording is no matter here: there was none. */
static void
no_divergence(void *ctx, const struct judge_divergence *d)
{
	(void)ctx;
	(void)d;
}

static int
play(struct batch *b, struct err *e)
{
	struct replay_options opt = *b->opt.replay;
	struct replay_result result;
	int r;

	/* Over connections that nothing goes over, nobody logs on. */
	for (size_t i = 0; i < b->n_logon; i++)
		if (!b->ways[b->events[i].conn].used)
			b->events[i].kind = IR_GAP;
	b->ir.events = b->events;
	b->ir.n_events = b->n_events;
	opt.run = opt.pcap = NULL;
	opt.audit = (struct audit_sink){0};
	opt.divergences = (struct judge_sink){.divergence = no_divergence};
	opt.tick = on_tick;
	opt.tick_ctx = b;
	opt.engine.order = ORDER_NONE;
	opt.engine.pace = PACE_NONE;
	opt.engine.seal = b->server.seals ? SEAL_ALWAYS : SEAL_AS_RECORDED;
	opt.engine.answer = on_answer;
	opt.engine.answer_ctx = b;
	if (b->opt.plain_names) {
		opt.engine.map = NULL;
		opt.engine.share = "";
	}
	r = replay_run(&b->ir, &opt, &result, e);
	b->done += result.engine.sent;
	free(result.credits);
	return r;
}

int
batch_probe(struct batch *b, struct err *e)
{
	bool sealed;
	int r;

	do {
		sealed = b->server.seals;
		r = b->events == NULL ? log_on(b) : 0;
		if (r == 0)
			r = play(b, e);
		clear(b);
	} while (r == 0 && b->server.seals && !sealed);
	return r != 0 ? err_set(e, r, "%s", err_str(r)) : 0;
}

int
batch_run(struct batch *b, struct err *e)
{
	int r = b->err;

	if (r == 0 && b->n_messages > 0)
		r = play(b, e);
	if (r == 0)
		tell_missing(b);
	b->err = 0;
	clear(b);
	return r != 0 ? err_set(e, r, "%s", err_str(r)) : 0;
}
