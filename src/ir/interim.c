/* Interim answers: behaviour, or only the server's pace. */
#include "config.h"

#include "ir/interim.h"

#include "proto/smb2_pdu.h"

#define MAX_EVENTS 4096     /* looked at for one answer */
#define LONG_WAIT 100000000 /* ns: nobody's own work takes so long, so it was a wait */

/* Something that the client did, and that may end a wait. */
static bool
is_act(const struct ir_event *ev)
{
	return ev->kind == IR_SEND || ((ev->kind == IR_FIN || ev->kind == IR_RST) && !ev->server);
}

/* Does the event hold a PDU with that MessageId? */
static bool
holds(const struct ir *ir, const struct ir_event *ev, uint64_t message_id)
{
	struct buf scratch = {0};
	struct smb2_chain chain = smb2_chain_init(ir_bytes(ir, ev, &scratch));
	struct smb2_pdu pdu;
	struct slice bytes;
	bool found = false;

	while (!found && smb2_chain_next(&chain, &bytes))
		found = smb2_pdu_decode(bytes, &pdu) == 0 && pdu.h.message_id == message_id;
	buf_free(&scratch);
	return found;
}

/* The last thing that the client did before an event; INTERIM_NONE: nothing, or long before. */
static uint32_t
last_act(const struct ir *ir, uint32_t event)
{
	for (uint32_t i = event; i > 0 && event - i < MAX_EVENTS; i--)
		if (is_act(&ir->events[i - 1]))
			return i - 1;
	return INTERIM_NONE;
}

static bool
acted_between(const struct ir *ir, uint32_t first, uint32_t last)
{
	for (uint32_t i = first + 1; i < last && i - first < MAX_EVENTS; i++)
		if (is_act(&ir->events[i]))
			return true;
	return false;
}

static bool
broke_between(const struct ir *ir, uint32_t first, uint32_t last)
{
	for (uint32_t i = first + 1; i < last && i - first < MAX_EVENTS; i++)
		if (ir->events[i].kind == IR_RECV && holds(ir, &ir->events[i], SMB2_NO_MESSAGE_ID))
			return true;
	return false;
}

/* Does the request wait for somebody else? `request`: its event. */
static bool
waits(const struct ir *ir, const struct interim_wait *w, uint32_t request)
{
	switch (w->command) {
	case SMB2_CMD_LOCK:
	case SMB2_CMD_CHANGE_NOTIFY:
		return true;
	case SMB2_CMD_CREATE:
	case SMB2_CMD_SET_INFO:
		return w->interim != INTERIM_NONE && w->final != INTERIM_NONE &&
		       request != INTERIM_NONE && broke_between(ir, request, w->final);
	default:
		return false;
	}
}

/* Did the wait go on for long after its interim answer? */
static bool
was_long(const struct ir *ir, const struct interim_wait *w)
{
	uint64_t from = ir->events[w->interim].t_last, to = ir->events[w->final].t_first;

	return to > from && to - from >= LONG_WAIT;
}

bool
interim_counts(const struct ir *ir, const struct interim_wait *w)
{
	uint32_t came = w->interim != INTERIM_NONE ? w->interim : w->final, act;
	const struct ir_event *ev;

	if (came == INTERIM_NONE)
		return waits(ir, w, INTERIM_NONE);
	act = last_act(ir, came);
	if (!waits(ir, w, act))
		return false;
	if (w->final == INTERIM_NONE || (w->interim != INTERIM_NONE && was_long(ir, w)))
		return true;
	ev = act != INTERIM_NONE ? &ir->events[act] : NULL;
	if (ev != NULL &&
	    (ev->kind != IR_SEND || ev->conn != w->conn || !holds(ir, ev, w->message_id)))
		return false;
	return w->interim == INTERIM_NONE || acted_between(ir, w->interim, w->final);
}
