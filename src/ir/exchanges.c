/* Finds each request's final answer by connection and MessageId. */
#include "config.h"

#include "ir/exchanges.h"

#include <stdlib.h>

#define HASH_NONFATAL_OOM 1
#define uthash_nonfatal_oom(entry) ((entry)->failed = true)
#include <uthash.h>

struct key {
	uint64_t message_id;
	uint64_t conn;
};

struct exchange_pending {
	struct key key;
	struct exchange x;
	bool failed; /* out of memory */
	UT_hash_handle hh;
};

static unsigned
command_of(const struct smb2_pdu *pdu)
{
	return pdu->h.command < SMB2_N_COMMANDS ? pdu->h.command : SMB2_N_COMMANDS;
}

/* MS-SMB2 2.2.19 and 2.2.21 */
static uint32_t
length_of(const struct smb2_pdu *pdu)
{
	if (pdu->body_def == &smb2_defs[SMB2_DEF_smb2_read_req])
		return pdu->body.smb2_read_req.length;
	if (pdu->body_def == &smb2_defs[SMB2_DEF_smb2_write_req])
		return pdu->body.smb2_write_req.length;
	return 0;
}

/* A MessageId that was asked for before, by a request that was sent twice or on a connection that
 * was made again: the last one counts. */
static int
add_request(struct exchanges *s, const struct exchange_message *m, const struct smb2_pdu *pdu)
{
	const struct key key = {.message_id = pdu->h.message_id, .conn = m->conn};
	struct exchange_pending *p;

	if (pdu->h.command == SMB2_CMD_CANCEL)
		return 0;
	HASH_FIND(hh, s->pending, &key, sizeof(key), p);
	if (p == NULL) {
		p = calloc(1, sizeof(*p));
		if (p == NULL)
			return ERR_NOMEM;
		p->key = key;
		HASH_ADD(hh, s->pending, key, sizeof(key), p);
		if (p->failed) {
			free(p);
			return ERR_NOMEM;
		}
	}
	p->x = (struct exchange){.of = m->of,
				 .event = m->event,
				 .length = length_of(pdu),
				 .command = (uint16_t)command_of(pdu),
				 .sent = m->time};
	return 0;
}

static int
add_answer(struct exchanges *s, const struct exchange_message *m, const struct smb2_pdu *pdu)
{
	const struct key key = {.message_id = pdu->h.message_id, .conn = m->conn};
	struct exchange_pending *p;
	int r;

	s->answers.n[command_of(pdu)]++;
	if (smb2_is_interim(pdu))
		return 0;
	HASH_FIND(hh, s->pending, &key, sizeof(key), p);
	if (p == NULL)
		return 0;
	HASH_DEL(s->pending, p);
	p->x.answered = true;
	p->x.done = m->time > p->x.sent ? m->time : p->x.sent;
	r = s->fn(s->ctx, &p->x);
	free(p);
	return r;
}

int
exchanges_feed(struct exchanges *s, const struct exchange_message *m)
{
	struct smb2_chain chain = smb2_chain_init(m->bytes);
	struct smb2_pdu pdu;
	struct slice one;
	int r = 0;

	if (smb2_msg_kind(m->bytes) != SMB2_MSG_PLAIN)
		return 0;
	while (r == 0 && smb2_chain_next(&chain, &one))
		if (smb2_pdu_decode(one, &pdu) == 0 && pdu.response != m->sent)
			r = m->sent ? add_request(s, m, &pdu) : add_answer(s, m, &pdu);
	return r;
}

int
exchanges_end(struct exchanges *s, int r)
{
	struct exchange_pending *p, *next;

	HASH_ITER(hh, s->pending, p, next)
	{
		HASH_DEL(s->pending, p);
		if (r == 0)
			r = s->fn(s->ctx, &p->x);
		free(p);
	}
	return r;
}

int
exchanges_scan(const struct ir *ir, exchange_fn fn, void *ctx, struct answers *out)
{
	struct exchanges s = {.fn = fn, .ctx = ctx};
	struct buf scratch = {0};
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < ir->n_events; i++) {
		const struct ir_event *ev = &ir->events[i];
		struct exchange_message m = {.of = ev->of,
					     .time = ev->t_last,
					     .event = i,
					     .conn = ev->conn,
					     .sent = ev->kind == IR_SEND};

		if (ev->kind != IR_SEND && ev->kind != IR_RECV)
			continue;
		m.bytes = ir_bytes(ir, ev, &scratch);
		r = scratch.err != 0 ? scratch.err : exchanges_feed(&s, &m);
	}
	if (out != NULL)
		*out = s.answers;
	r = exchanges_end(&s, r);
	buf_free(&scratch);
	return r;
}
