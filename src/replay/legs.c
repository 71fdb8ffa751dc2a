/* The recorded legs of a logon: looked for only where the live one takes others. */
#include "config.h"

#include "replay/legs.h"

#include "proto/smb2_pdu.h"

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

bool
legs_find_next(const struct ir *ir, uint64_t answer, uint32_t session, struct buf *scratch,
	       struct legs_next *out)
{
	for (uint64_t i = answer + 1; session != 0 && i < ir->n_events; i++) {
		const struct ir_event *ev = &ir->events[i];

		if (ev->kind != IR_SEND || ev->conn != ir->events[answer].conn)
			continue;
		if (is_setup(ir, ev, session, scratch, &out->message_id)) {
			out->event = i;
			return true;
		}
	}
	return false;
}
