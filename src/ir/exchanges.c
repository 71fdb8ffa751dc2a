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

struct pending {
	struct key key;
	struct exchange x;
	bool failed; /* out of memory */
	UT_hash_handle hh;
};

struct scan {
	const struct ir *ir;
	struct pending *pending; /* the requests that have no answer yet */
	exchange_fn fn;
	void *ctx;
	struct answers *answers;
};

unsigned
exchange_command(const struct smb2_pdu *pdu)
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
add_request(struct scan *s, uint32_t event, const struct smb2_pdu *pdu)
{
	const struct ir_event *ev = &s->ir->events[event];
	const struct key key = {.message_id = pdu->h.message_id, .conn = ev->conn};
	struct pending *p;

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
	p->x = (struct exchange){.event = event,
				 .length = length_of(pdu),
				 .command = (uint16_t)exchange_command(pdu),
				 .sent = ev->t_last};
	return 0;
}

static int
add_answer(struct scan *s, uint32_t event, const struct smb2_pdu *pdu)
{
	const struct ir_event *ev = &s->ir->events[event];
	const struct key key = {.message_id = pdu->h.message_id, .conn = ev->conn};
	struct pending *p;
	int r;

	if (s->answers != NULL)
		s->answers->n[exchange_command(pdu)]++;
	if (smb2_is_interim(pdu))
		return 0;
	HASH_FIND(hh, s->pending, &key, sizeof(key), p);
	if (p == NULL)
		return 0;
	HASH_DEL(s->pending, p);
	p->x.answered = true;
	p->x.done = ev->t_last > p->x.sent ? ev->t_last : p->x.sent;
	r = s->fn(s->ctx, &p->x);
	free(p);
	return r;
}

static int
scan_message(struct scan *s, uint32_t event, struct slice bytes)
{
	struct smb2_chain chain = smb2_chain_init(bytes);
	bool sent = s->ir->events[event].kind == IR_SEND;
	struct smb2_pdu pdu;
	struct slice one;
	int r = 0;

	if (smb2_msg_kind(bytes) != SMB2_MSG_PLAIN)
		return 0;
	while (r == 0 && smb2_chain_next(&chain, &one))
		if (smb2_pdu_decode(one, &pdu) == 0 && pdu.response != sent)
			r = sent ? add_request(s, event, &pdu) : add_answer(s, event, &pdu);
	return r;
}

static int
give_unanswered(struct scan *s, int r)
{
	struct pending *p, *next;

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
	struct scan s = {.ir = ir, .fn = fn, .ctx = ctx, .answers = out};
	struct buf scratch = {0};
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < ir->n_events; i++) {
		const struct ir_event *ev = &ir->events[i];

		if (ev->kind != IR_SEND && ev->kind != IR_RECV)
			continue;
		r = scan_message(&s, i, ir_bytes(ir, ev, &scratch));
		r = r != 0 ? r : scratch.err;
	}
	r = give_unanswered(&s, r);
	buf_free(&scratch);
	return r;
}
