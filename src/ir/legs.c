/* Logons that take more or fewer legs than recorded. */
#include "config.h"

#include "ir/legs.h"

#include "proto/ntstatus.h"

static bool
is_setup(const struct ir *ir, const struct ir_event *ev, uint32_t session, struct buf *scratch,
	 uint64_t *message_id)
{
	struct smb2_chain chain;
	struct smb2_pdu pdu;
	struct slice bytes;
	bool uses = false;

	for (uint32_t i = 0; i < ev->n_patches; i++)
		uses |= ev->patches[i].what == IR_SESSION && ev->patches[i].number == session;
	if (!uses)
		return false;
	buf_reset(scratch);
	chain = smb2_chain_init(ir_bytes(ir, ev, scratch));
	if (!smb2_chain_next(&chain, &bytes) || smb2_pdu_decode(bytes, &pdu) != 0 ||
	    pdu.h.command != SMB2_CMD_SESSION_SETUP)
		return false;
	*message_id = pdu.h.message_id;
	return true;
}

static int
find_next(const struct ir *ir, struct legs_end *out)
{
	struct buf scratch = {0};
	int r = 0;

	for (uint64_t i = out->first.event + 1;
	     r == 0 && !out->found && out->session != 0 && i < ir->n_events; i++) {
		const struct ir_event *ev = &ir->events[i];

		if (ev->kind != IR_SEND || ev->conn != ir->events[out->first.event].conn)
			continue;
		out->found = is_setup(ir, ev, out->session, &scratch, &out->message_id);
		out->event = i;
		r = scratch.err;
	}
	buf_free(&scratch);
	return r;
}

/* The session that the recorded request before `answer` logs on to, 0 where it is the first leg. */
static int
find_session(const struct ir *ir, uint64_t answer, uint64_t message_id, uint32_t *session)
{
	struct buf scratch = {0};
	uint64_t id;
	int r = 0;

	*session = 0;
	for (uint64_t i = answer; r == 0 && *session == 0 && i-- > 0;) {
		const struct ir_event *ev = &ir->events[i];
		uint32_t used = ev->kind == IR_SEND && ev->conn == ir->events[answer].conn
					? ir_symbol_in(ev, IR_SESSION, 0, SIZE_MAX)
					: 0;

		if (used != 0 && is_setup(ir, ev, used, &scratch, &id) && id == message_id)
			*session = used;
		r = scratch.err;
	}
	buf_free(&scratch);
	return r;
}

bool
legs_differ(const struct judge *j, uint32_t conn, const struct smb2_pdu *live)
{
	const uint32_t more = (uint32_t)STATUS_MORE_PROCESSING_REQUIRED;

	return live->h.command == SMB2_CMD_SESSION_SETUP && !smb2_is_interim(live) &&
	       (live->h.status == more || live->h.status == STATUS_SUCCESS) &&
	       (live->h.status == more) !=
		       (judge_recorded_status(j, conn, live->h.message_id) == more);
}

int
legs_end_early(struct judge *j, const struct ir *ir, uint32_t conn, struct smb2_pdu *live,
	       struct legs_end *out)
{
	struct smb2_pdu first = *live;
	int r;

	*out = (struct legs_end){.session = judge_recorded_session(j, conn, live->h.message_id)};
	first.h.status = (uint32_t)STATUS_MORE_PROCESSING_REQUIRED;
	first.h.flags &= ~(uint32_t)SMB2_FLAGS_SIGNED;
	r = judge_pdu(j, conn, &first, &out->first);
	if (r == 0 && out->first.found && out->session == 0)
		r = find_session(ir, out->first.event, live->h.message_id, &out->session);
	if (r == 0 && out->first.found)
		r = find_next(ir, out);
	if (r == 0 && out->found)
		live->h.message_id = out->message_id;
	return r;
}
