/* A scripted server for the replay engine, in memory. */
#include "config.h"

#include "tests/peer.h"

#include <stdio.h>
#include <stdlib.h>

#include "proto/smb2_relay.h"

static const struct auth_creds nobody = {
	.user = "someone", .domain = "ELSEWHERE", .password = "pw"};

static const struct auth_creds *
find_creds(void *ctx, const char *user, const char *domain)
{
	(void)ctx;
	(void)user;
	(void)domain;
	return &nobody;
}

/* Every run draws the same numbers. */
static int
not_random(void *ctx, uint8_t *out, size_t n)
{
	struct peer *p = ctx;

	for (size_t i = 0; i < n; i++)
		out[i] = (uint8_t)(p->drawn++ * 7 + 1);
	return 0;
}

static void
on_divergence(void *ctx, const struct judge_divergence *d)
{
	struct peer *p = ctx;

	buf_printf(&p->divergences, "%s #%lld %s%s%s: %s, %s\n", judge_kind_names[d->kind],
		   (long long)d->event, d->message, d->field[0] != '\0' ? " " : "", d->field,
		   d->expected, d->got);
}

static void
on_audit(void *ctx, const struct audit_entry *a)
{
	struct peer *p = ctx;

	buf_printf(&p->audit, "%llu+%u %s\n", (unsigned long long)a->event, a->off, a->what);
}

static int
io_connect(void *ctx, uint32_t conn)
{
	struct peer *p = ctx;

	p->conns[conn].n_connect++;
	if (p->broken)
		return -24;
	p->conns[conn].connecting = true;
	return 0;
}

/* Messages of the client up to an event, that one included. */
static uint64_t
sends_up_to(const struct peer *p, uint64_t event)
{
	uint64_t n = 0;

	for (size_t i = 0; i <= event; i++)
		n += p->ir->events[i].kind == IR_SEND;
	return n;
}

static int
io_send(void *ctx, uint32_t conn, struct slice bytes, struct engine_wrote *wrote)
{
	struct peer *p = ctx;

	p->n_writes++;
	p->now += p->write_takes;
	*wrote = (struct engine_wrote){.at = p->now, .waiting = p->full ? bytes.n : 0};
	return p->break_at != PEER_NEVER && p->n_writes == sends_up_to(p, p->break_at) &&
			       p->conns[conn].up
		       ? -32
		       : 0;
}

/* Each of these has a thread of its own. */
static void
io_send_all(void *ctx, struct engine_put *puts, size_t n)
{
	struct peer *p = ctx;
	uint64_t start = p->now, end = 0;

	for (size_t i = 0; i < n; i++) {
		p->now = puts[i].began = puts[i].at > start ? puts[i].at : start;
		puts[i].r = io_send(ctx, puts[i].conn, puts[i].bytes, &puts[i].wrote);
		end = p->now > end ? p->now : end;
	}
	p->now = end;
	p->n_parallel += n;
}

static void
on_wrote(void *ctx, uint32_t conn, struct slice bytes, uint64_t now)
{
	struct peer *p = ctx;

	if (p->n_list < PEER_WRITES)
		p->list[p->n_list++] = (struct peer_write){conn, bytes.n, now};
	p->conns[conn].missing -= bytes.n;
	buf_printf(&p->writes, "%s%zu", p->writes.n > 0 ? " " : "", bytes.n);
}

static void
io_finish(void *ctx, uint32_t conn)
{
	struct peer *p = ctx;

	p->conns[conn].n_finish++;
	p->conns[conn].finished = true;
	p->conns[conn].finished_at = p->now;
}

static void
io_reset(void *ctx, uint32_t conn)
{
	struct peer *p = ctx;

	p->conns[conn].n_reset++;
	p->conns[conn].up = false;
}

static void
io_close(void *ctx, uint32_t conn)
{
	struct peer *p = ctx;

	p->conns[conn].n_close++;
	p->conns[conn].up = false;
}

static void
io_read(void *ctx, uint32_t conn, bool on)
{
	struct peer *p = ctx;

	p->conns[conn].unread = !on;
}

/* The keys of the session that the client has set up. */
static void
on_keys(void *ctx, uint64_t session_id, struct slice session_key, const struct seal_keys *keys)
{
	struct peer *p = ctx;

	(void)session_key;
	if (p->cipher == 0 || p->sealers[0] != NULL)
		return;
	p->session_id = session_id;
	if (sealer_new((enum seal_cipher)p->cipher, slice_of(keys->c2s, keys->n), &p->sealers[0]) !=
		    0 ||
	    sealer_new((enum seal_cipher)p->cipher, slice_of(keys->s2c, keys->n), &p->sealers[1]) !=
		    0)
		abort();
}

static void
set_frame(struct buf *message)
{
	wire_put_be(message->p + 1, 3, message->n - NBSS_HEADER);
}

/* What is in a sealed request, with the frame header of a plain one. */
static void
open_sent(struct peer *p, struct slice wire, struct buf *out)
{
	buf_zero(out, NBSS_HEADER);
	if (p->sealers[0] == NULL ||
	    unseal_message(p->sealers[0], slice_sub(wire, NBSS_HEADER, wire.n - NBSS_HEADER), out,
			   NULL) != 0)
		abort();
	set_frame(out);
	p->opened++;
}

static void
on_sent(void *ctx, uint64_t event, uint32_t conn, const struct engine_message *m, uint64_t now)
{
	struct peer *p = ctx;

	p->conns[conn].missing += m->wire.n;
	if (event == ENGINE_OWN) {
		buf_add(&p->own, m->wire.p, m->wire.n);
		p->own_conn = conn;
		return;
	}
	p->sent_at[event] = now;
	if ((m->layers & IR_SEALED) != 0)
		open_sent(p, m->wire, &p->sent[event]);
	else
		buf_add(&p->sent[event], m->wire.p, m->wire.n);
	buf_printf(&p->order, "%s%llu", p->order.n > 0 ? " " : "", (unsigned long long)event);
}

void
peer_init(struct peer *p, const struct ir *ir)
{
	*p = (struct peer){.ir = ir,
			   .mute = PEER_NEVER,
			   .mute_from = PEER_NEVER,
			   .alter = PEER_NEVER,
			   .say_at = PEER_NEVER,
			   .die_at = PEER_NEVER,
			   .break_at = PEER_NEVER,
			   .refuse = UINT32_MAX};
	p->opt = (struct engine_options){.pace = PACE_NONE,
					 .speed = 1,
					 .timeout = 1000000000u,
					 .server = "server",
					 .share = ""};
	p->start = p->now = 5000000000000u;
}

int
peer_start(struct peer *p)
{
	const struct engine_io io = {.ctx = p,
				     .connect = io_connect,
				     .send = io_send,
				     .finish = io_finish,
				     .reset = io_reset,
				     .close = io_close,
				     .read = io_read,
				     .send_all = p->parallel ? io_send_all : NULL,
				     .lead = p->lead};
	const struct engine_watch watch = {.ctx = p, .sent = on_sent, .wrote = on_wrote};
	const struct judge_sink sink = {.ctx = p, .divergence = on_divergence};
	const struct security_creds creds = {.find = find_creds, .keylog = on_keys, .ctx = p};
	const struct mapper_options names = {
		.map = p->opt.map, .server = p->opt.server, .share = p->opt.share};
	int r;

	if (p->ir->meta.n_conns > PEER_CONNS)
		abort();
	p->env = (struct auth_env){.random = not_random, .ctx = p, .filetime = 133000000000000000u};
	p->sent = calloc(p->ir->n_events + 1, sizeof(*p->sent));
	p->sent_at = malloc((p->ir->n_events + 1) * sizeof(*p->sent_at));
	p->served = calloc(p->ir->n_events + 1, sizeof(*p->served));
	if (p->sent == NULL || p->sent_at == NULL || p->served == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < p->ir->n_events; i++)
		p->sent_at[i] = PEER_NEVER;
	r = judge_new(p->ir, &sink, &p->judge);
	if (r == 0)
		r = mapper_new(p->ir, &names, &p->mapper);
	p->assemble = (struct assemble){.ir = p->ir,
					.judge = p->judge,
					.mapper = p->mapper,
					.audit = {.ctx = p, .entry = on_audit}};
	if (r == 0)
		r = security_new(p->ir, &creds, &p->env, &p->security);
	if (r == 0)
		r = engine_new(p->ir, p->judge, &p->assemble, p->security, &p->opt, &p->engine);
	if (r == 0)
		engine_set_io(p->engine, &io, &watch);
	return r;
}

void
peer_free(struct peer *p)
{
	engine_free(p->engine);
	security_free(p->security);
	judge_free(p->judge);
	assemble_free(&p->assemble);
	mapper_free(p->mapper);
	for (size_t i = 0; p->sent != NULL && i < p->ir->n_events; i++)
		buf_free(&p->sent[i]);
	free(p->sent);
	free(p->sent_at);
	free(p->served);
	sealer_free(p->sealers[0]);
	sealer_free(p->sealers[1]);
	buf_free(&p->divergences);
	buf_free(&p->order);
	buf_free(&p->own);
	buf_free(&p->audit);
	buf_free(&p->writes);
}

static const char *
text_of(struct buf *b)
{
	buf_add(b, "", 1);
	return b->p != NULL ? (char *)b->p : "";
}

const char *
peer_said(struct peer *p)
{
	return text_of(&p->divergences);
}

const char *
peer_writes(struct peer *p)
{
	return text_of(&p->writes);
}

const char *
peer_audited(struct peer *p)
{
	return text_of(&p->audit);
}

/* Each byte of an id, unless it is none. */
static void
change_id(uint8_t *id, size_t n)
{
	uint8_t all_or = 0, all_and = 0xff;

	for (size_t i = 0; i < n; i++) {
		all_or |= id[i];
		all_and &= id[i];
	}
	for (size_t i = 0; i < n && all_or != 0 && all_and != 0xff; i++)
		id[i] ^= PEER_XOR;
}

static void
change_ids(uint8_t *message, size_t n)
{
	struct smb2_chain chain = smb2_chain_init(slice_of(message, n));
	struct smb2_item items[SMB2_SYMBOLS_MAX];
	struct smb2_pdu pdu;
	struct slice s;

	if (smb2_msg_kind(slice_of(message, n)) != SMB2_MSG_PLAIN)
		return;
	while (smb2_chain_next(&chain, &s)) {
		size_t found;

		if (smb2_pdu_decode(s, &pdu) != 0)
			continue;
		found = smb2_find_symbols(&pdu, items, SMB2_SYMBOLS_MAX);
		for (size_t i = 0; i < found; i++)
			change_id(message + (s.p - message) + items[i].off, items[i].len);
	}
}

static int
input(struct peer *p, uint32_t conn, const uint8_t *bytes, size_t n)
{
	size_t step = p->piece != 0 ? p->piece : n;
	int r = 0;

	if (p->cut > 0 && p->cut < n) {
		r = engine_input(p->engine, conn, slice_of(bytes, p->cut), p->now);
		return r != 0 ? r
			      : engine_input(p->engine, conn, slice_of(bytes + p->cut, n - p->cut),
					     p->now);
	}
	for (size_t i = 0; r == 0 && i < n; i += step) {
		size_t m = step < n - i ? step : n - i;
		uint8_t *exact = malloc(m); /* so that a sanitizer sees one byte over */

		if (exact == NULL)
			return ERR_NOMEM;
		memcpy(exact, bytes + i, m);
		r = engine_input(p->engine, conn, slice_of(exact, m), p->now);
		free(exact);
	}
	return r;
}

/*
 * A recorded mechListMIC and signature cannot hold under a fresh session key, so the end of a logon
 * goes without both: NegTokenResp with accept-completed (RFC 4178 4.2.2) alone.
 */
static int
end_logon(struct buf *message)
{
	static const uint8_t accepted[] = {0xa1, 7, 0x30, 5, 0xa0, 3, 0x0a, 1, 0};
	struct smb2_chain chain = smb2_chain_init(buf_slice(message));
	struct smb2_edit edit = {.off = 0};
	struct buf new = {0};
	struct smb2_pdu pdu;
	struct slice s;
	struct err e = {0};
	int r;

	if (!smb2_chain_next(&chain, &s) || smb2_pdu_decode(s, &pdu) != 0 ||
	    pdu.body_def != &smb2_defs[SMB2_DEF_smb2_session_setup_resp] || pdu.h.status != 0)
		return 0;
	r = smb2_edit_row(&pdu, "security_buffer", &edit, &e);
	edit.off += NBSS_HEADER;
	edit.fresh = slice_of(accepted, sizeof(accepted));
	if (r == 0)
		r = smb2_relay(buf_slice(message), &edit, 1, &new, NULL, &e);
	if (r == 0) {
		buf_free(message);
		*message = new;
		wire_put_le(message->p + NBSS_HEADER + SMB2_HDR_AT(flags), 4,
			    pdu.h.flags & ~(uint32_t)SMB2_FLAGS_SIGNED);
	}
	return r;
}

static int
seal_answer(struct peer *p, struct buf *message)
{
	uint8_t nonce[SEAL_NONCE_FIELD] = {0};
	struct buf sealed = {0};
	int r;

	if (p->sealers[1] == NULL)
		return ERR_INTERNAL;
	wire_put_le(nonce, 8, p->sealed++);
	buf_zero(&sealed, NBSS_HEADER);
	r = seal_message(p->sealers[1], p->session_id, SEAL_FLAGS_ENCRYPTED,
			 slice_of(message->p + NBSS_HEADER, message->n - NBSS_HEADER), nonce,
			 &sealed);
	if (r == 0)
		set_frame(&sealed);
	buf_free(message);
	*message = sealed;
	return r;
}

#define MESSAGE_ID (NBSS_HEADER + SMB2_HDR_AT(message_id))

/* The request with the MessageId that a recorded answer begins with may have gone out with another:
 * the answer's ids move with it. */
static void
move_ids(const struct peer *p, uint64_t n, struct buf *message)
{
	struct smb2_chain chain = smb2_chain_init(buf_slice(message));
	uint64_t id = wire_le(message->p + MESSAGE_ID, 8), moved = 0;
	struct buf scratch = {0};
	struct slice pdu;

	for (uint64_t i = n; i > 0 && moved == 0; i--) {
		const struct ir_event *ev = &p->ir->events[i - 1];
		struct slice rec = ir_bytes(p->ir, ev, &scratch);

		if (ev->kind == IR_SEND && ev->conn == p->ir->events[n].conn &&
		    rec.n > MESSAGE_ID + 8 && p->sent[i - 1].n > MESSAGE_ID + 8 &&
		    wire_le(rec.p + MESSAGE_ID, 8) == id)
			moved = wire_le(p->sent[i - 1].p + MESSAGE_ID, 8) - id;
	}
	while (id != SMB2_NO_MESSAGE_ID && smb2_chain_next(&chain, &pdu)) {
		uint8_t *at = message->p + (pdu.p - message->p) + SMB2_HDR_AT(message_id);

		wire_put_le(at, 8, wire_le(at, 8) + moved);
	}
	buf_free(&scratch);
}

static int
serve(struct peer *p, uint64_t n)
{
	const struct ir_event *ev = &p->ir->events[n];
	struct buf scratch = {0}, message = {0};
	struct slice recorded;
	int r;

	p->served[n] = true;
	if (ev->kind != IR_RECV) {
		if (p->conns[ev->conn].up && ev->kind == IR_FIN)
			engine_finished(p->engine, ev->conn, p->now);
		else if (p->conns[ev->conn].up)
			engine_closed(p->engine, ev->conn, true, "closed by the server", p->now);
		return 0;
	}
	recorded = ir_bytes(p->ir, ev, &scratch);
	buf_add(&message, recorded.p, recorded.n);
	r = scratch.err != 0 ? scratch.err : message.err;
	if (r == 0 && !p->keep_ids)
		change_ids(message.p, message.n);
	if (r == 0 && p->moves_ids && smb2_msg_kind(buf_slice(&message)) == SMB2_MSG_PLAIN)
		move_ids(p, n, &message);
	if (r == 0 && p->cipher != 0)
		r = end_logon(&message);
	if (r == 0 && p->cipher != 0 && (ev->layers & IR_SEALED) != 0)
		r = seal_answer(p, &message);
	if (r == 0 && n == p->alter)
		message.p[p->alter_at] ^= 1;
	if (r == 0)
		r = input(p, ev->conn, message.p, message.n);
	buf_free(&scratch);
	buf_free(&message);
	return r;
}

/* The answer to the k-th request is due when that has come. */
static bool
is_due_eagerly(const struct peer *p, uint64_t n)
{
	uint32_t conn = p->ir->events[n].conn;
	uint64_t requests = 0, answers = 0;

	for (uint64_t i = 0; i < p->ir->n_events; i++) {
		const struct ir_event *ev = &p->ir->events[i];

		if (ev->conn != conn)
			continue;
		requests += ev->kind == IR_SEND && p->sent_at[i] != PEER_NEVER;
		answers += ev->kind == IR_RECV && i < n;
	}
	return requests > answers;
}

/* Is it the server's turn to do this event? When it has got what the recorded one had got last
 * before it. */
static bool
is_due(const struct peer *p, uint64_t n)
{
	const struct ir_event *ev = &p->ir->events[n];
	bool all = p->opt.order == ORDER_TOTAL;

	if (p->served[n] || n == p->mute || n >= p->mute_from || !p->conns[ev->conn].up ||
	    p->conns[ev->conn].unread || (p->patient && p->conns[ev->conn].missing > 0))
		return false;
	if (ev->kind != IR_RECV &&
	    !((ev->kind == IR_FIN || ev->kind == IR_RST) && ev->server && !p->deaf))
		return false;
	if (p->eager && ev->kind == IR_RECV)
		return is_due_eagerly(p, n);
	for (uint64_t i = n; i > 0; i--) {
		const struct ir_event *before = &p->ir->events[i - 1];
		bool unsent = before->fault != NULL && before->fault->unsent;
		bool sends = (before->kind == IR_SEND && !unsent) ||
			     (before->kind == IR_FIN && !before->server);

		if (!sends || (!all && before->conn != ev->conn) || !p->conns[before->conn].up)
			continue;
		return before->kind == IR_SEND ? p->sent_at[i - 1] != PEER_NEVER
					       : p->conns[before->conn].finished;
	}
	return true;
}

static int
answer_next(struct peer *p, uint64_t message_id)
{
	uint8_t answer[512];
	size_t n = NBSS_HEADER + (size_t)wire_be(p->own_answers.p + 1, 3);

	if (n > sizeof(answer))
		return ERR_LIMIT;
	memcpy(answer, p->own_answers.p, n);
	wire_put_le(answer + MESSAGE_ID, 8, message_id);
	p->own_answers = slice_sub(p->own_answers, n, p->own_answers.n - n);
	return input(p, p->own_conn, answer, n);
}

/* A message that was not recorded is answered with its own body, which suits acknowledgments, or
 * with an error's. */
static int
answer_own(struct peer *p)
{
	struct slice m = slice_sub(buf_slice(&p->own), p->own_answered, p->own.n - p->own_answered);
	uint8_t answer[512] = {0}, *h = answer + NBSS_HEADER;
	size_t n = NBSS_HEADER + (size_t)wire_be(m.p + 1, 3);

	p->own_answered += n;
	if (n > sizeof(answer))
		return ERR_LIMIT;
	if (p->own_answers.n > 0)
		return answer_next(p, wire_le(m.p + MESSAGE_ID, 8));
	memcpy(answer, m.p, n);
	wire_put_le(h + SMB2_HDR_AT(flags), 4, SMB2_FLAGS_SERVER_TO_REDIR);
	wire_put_le(h + SMB2_HDR_AT(status), 4, p->own_status);
	if (p->own_status != 0) {
		n = NBSS_HEADER + SMB2_HEADER + 9;
		memset(h + SMB2_HEADER, 0, 9);
		h[SMB2_HEADER] = 9;
		wire_put_be(answer + 1, 3, n - NBSS_HEADER);
	}
	return input(p, p->own_conn, answer, n);
}

/* What it says unasked, and its answers to what was not recorded. */
static bool
speaks(struct peer *p, int *r)
{
	if (p->say_at != PEER_NEVER && p->sent_at[p->say_at] != PEER_NEVER) {
		uint32_t conn = p->ir->events[p->say_at].conn;

		p->say_at = PEER_NEVER;
		*r = input(p, conn, p->say.p, p->say.n);
		return true;
	}
	if (p->own_answered == p->own.n || p->own_mute)
		return false;
	*r = answer_own(p);
	return true;
}

/* One thing of the server's; *did says whether there was one. */
static int
turn(struct peer *p, bool *did)
{
	int r;

	*did = true;
	for (uint32_t c = 0; c < p->ir->meta.n_conns; c++) {
		struct peer_conn *k = &p->conns[c];

		if (!k->connecting)
			continue;
		k->connecting = false;
		if (c == p->refuse || (p->refuse_again && k->n_connect > 1)) {
			engine_closed(p->engine, c, true, "refused", p->now);
		} else {
			k->up = true;
			engine_connected(p->engine, c, p->now);
		}
		return 0;
	}
	if (p->die_at != PEER_NEVER && p->sent_at[p->die_at] != PEER_NEVER) {
		uint32_t conn = p->ir->events[p->die_at].conn;

		p->die_at = PEER_NEVER;
		engine_finished(p->engine, conn, p->now);
		return 0;
	}
	if (speaks(p, &r))
		return r;
	for (uint64_t n = 0; n < p->ir->n_events; n++)
		if (is_due(p, n))
			return serve(p, n);
	*did = false;
	return 0;
}

int
peer_play(struct peer *p)
{
	struct err e = {0};

	for (;;) {
		uint64_t wake;
		bool did;
		int r = engine_run(p->engine, p->now, &wake, &e);

		if (r != 0 || engine_done(p->engine))
			return r;
		while (!p->unprepared && engine_make_ahead(p->engine, p->now))
			continue;
		r = turn(p, &did);
		if (r != 0)
			return r;
		if (did)
			continue;
		if (wake == ENGINE_NEVER || wake <= p->now)
			return ERR_INTERNAL;
		p->now = wake;
	}
}

const char *
peer_check_sent(struct peer *p, uint64_t event)
{
	static char why[96];
	const struct ir_event *ev = &p->ir->events[event];
	struct buf scratch = {0};
	struct slice rec = ir_bytes(p->ir, ev, &scratch), sent = buf_slice(&p->sent[event]);
	size_t at = 0, to = 0; /* in the recorded and in the sent message */

	why[0] = '\0';
	for (uint32_t i = 0; i <= ev->n_patches && why[0] == '\0'; i++) {
		const struct ir_patch *q = i < ev->n_patches ? &ev->patches[i] : NULL;
		size_t off = q != NULL ? q->off : rec.n, width = q != NULL ? q->width : 0;

		if (!slice_eq(slice_sub(rec, at, off - at), slice_sub(sent, to, off - at)) ||
		    to + (off - at) > sent.n)
			(void)snprintf(why, sizeof(why),
				       "#%llu: undeclared change between %zu and %zu",
				       (unsigned long long)event, at, off);
		to += off - at;
		at = off + width;
		if (q != NULL && q->what < IR_N_SYMBOL_KINDS && !p->keep_ids)
			for (size_t k = 0; k < width; k++)
				if (sent.p[to + k] != (rec.p[off + k] ^ PEER_XOR))
					(void)snprintf(why, sizeof(why),
						       "#%llu: %s.%u at %zu is not the live one",
						       (unsigned long long)event,
						       ir_what_names[q->what], q->number, off);
		to += q != NULL && (q->what == IR_TOKEN || q->what == IR_SERVER)
			      ? width + sent.n - rec.n
			      : width;
	}
	if (why[0] == '\0' && to != sent.n)
		(void)snprintf(why, sizeof(why), "#%llu: %zu bytes, not %zu",
			       (unsigned long long)event, sent.n, to);
	buf_free(&scratch);
	return why[0] != '\0' ? why : NULL;
}
