/* Finds the recorded request of a MessageId. */
#include "config.h"

#include "base/list.h"
#include "ir/requests.h"

#include <stdlib.h>

#include "proto/smb2_pdu.h"

static int
add(struct requests *r, const struct request *q)
{
	if (list_room(&r->list, r->n, &r->cap, sizeof(*r->list)) != 0)
		return ERR_NOMEM;
	r->list[r->n++] = *q;
	return 0;
}

static int
add_event(struct requests *r, const struct ir *ir, uint32_t event, struct buf *scratch)
{
	const struct ir_event *ev = &ir->events[event];
	struct smb2_chain chain;
	struct smb2_pdu pdu;
	struct slice bytes, s;
	int ret = 0;

	if (ev->kind != IR_SEND)
		return 0;
	bytes = ir_bytes(ir, ev, scratch);
	if (scratch->err != 0)
		return scratch->err;
	if (smb2_msg_kind(bytes) != SMB2_MSG_PLAIN)
		return 0;
	chain = smb2_chain_init(bytes);
	for (uint16_t i = 0; ret == 0 && smb2_chain_next(&chain, &s); i++)
		if (smb2_pdu_decode(s, &pdu) == 0 && !pdu.response)
			ret = add(r, &(struct request){.message_id = pdu.h.message_id,
						       .event = event,
						       .conn = ev->conn,
						       .pdu = i,
						       .asked = smb2_asked(&pdu),
						       .cancel = pdu.h.command == SMB2_CMD_CANCEL});
	return ret;
}

static int
order(const struct request *a, const struct request *b)
{
	if (a->conn != b->conn)
		return a->conn < b->conn ? -1 : 1;
	if (a->message_id != b->message_id)
		return a->message_id < b->message_id ? -1 : 1;
	if (a->cancel != b->cancel)
		return a->cancel ? 1 : -1;
	return a->event < b->event ? -1 : a->event > b->event;
}

static int
by_message_id(const void *a, const void *b)
{
	return order(a, b);
}

static int
fill(struct requests *r, const struct ir *ir)
{
	struct buf scratch = {0};
	int ret = 0;

	r->n = 0;
	for (uint32_t i = 0; ret == 0 && i < ir->n_events; i++)
		ret = add_event(r, ir, i, &scratch);
	buf_free(&scratch);
	if (ret == 0 && r->n > 0)
		qsort(r->list, r->n, sizeof(*r->list), by_message_id);
	r->filled = ret == 0;
	return ret;
}

void
requests_free(struct requests *r)
{
	free(r->list);
	*r = (struct requests){0};
}

int
requests_find(struct requests *r, const struct ir *ir, uint32_t conn, uint64_t message_id,
	      const struct request **out)
{
	const struct request wanted = {.conn = conn, .message_id = message_id};
	size_t lo = 0, hi;
	int ret = r->filled ? 0 : fill(r, ir);

	*out = NULL;
	if (ret != 0)
		return ret;
	hi = r->n;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (order(&r->list[mid], &wanted) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo < r->n && r->list[lo].conn == conn && r->list[lo].message_id == message_id)
		*out = &r->list[lo];
	return 0;
}
