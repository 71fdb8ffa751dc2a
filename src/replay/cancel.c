/* Recorded CANCELs. */
#include "config.h"

#include "replay/cancel.h"

#define AT_ASYNC_ID SMB2_HDR_AT(reserved) /* where both it and TreeId lie in the SYNC form */

/* The AsyncId in its header; NULL: there is none. */
static const struct ir_patch *
async_patch(const struct ir_event *ev, const uint8_t *pdu)
{
	if ((wire_le(pdu + SMB2_HDR_AT(flags), 4) & SMB2_FLAGS_ASYNC_COMMAND) == 0)
		return NULL;
	return ir_patch_in(ev, IR_ASYNC, NBSS_HEADER + AT_ASYNC_ID, 1);
}

static bool
is_cancel(struct slice message)
{
	struct smb2_chain chain = smb2_chain_init(message);
	struct slice pdu;

	return smb2_msg_kind(message) == SMB2_MSG_PLAIN && smb2_chain_next(&chain, &pdu) &&
	       pdu.n >= SMB2_HEADER && wire_le(pdu.p + SMB2_HDR_AT(command), 2) == SMB2_CMD_CANCEL;
}

/* The MessageId of the PDU at `off` of a response. */
static bool
id_at(struct slice message, size_t off, uint64_t *message_id)
{
	struct smb2_chain chain = smb2_chain_init(message);
	struct slice pdu;

	while (smb2_chain_next(&chain, &pdu)) {
		if (pdu.n < SMB2_HEADER || off - (size_t)(pdu.p - message.p) >= pdu.n)
			continue;
		*message_id = wire_le(pdu.p + SMB2_HDR_AT(message_id), 8);
		return true;
	}
	return false;
}

/* Who asked for what an interim response gave this AsyncId: the response is not far before. */
static bool
asked(const struct ir *ir, const struct ir_event *ev, uint32_t number, uint64_t *message_id)
{
	struct buf scratch = {0};
	bool found = false;

	while (ev-- > ir->events && !found)
		for (uint32_t i = 0; i < ev->n_patches && !found && ev->kind == IR_RECV; i++)
			found = ev->patches[i].what == IR_ASYNC &&
				ev->patches[i].number == number &&
				id_at(ir_bytes(ir, ev, &scratch), ev->patches[i].off, message_id);
	buf_free(&scratch);
	return found;
}

bool
cancel_target(const struct ir *ir, const struct ir_event *ev, struct slice message,
	      uint64_t *message_id)
{
	const struct ir_patch *p;

	if (!is_cancel(message))
		return false;
	p = async_patch(ev, message.p + NBSS_HEADER);
	if (p != NULL)
		return asked(ir, ev, p->number, message_id);
	*message_id = wire_le(message.p + NBSS_HEADER + SMB2_HDR_AT(message_id), 8);
	return true;
}

bool
cancel_by_message_id(const struct ir *ir, const struct judge *j, const struct ir_event *ev,
		     struct slice message)
{
	uint8_t *pdu = (uint8_t *)message.p + NBSS_HEADER;
	const struct ir_patch *p;
	struct slice value;
	uint64_t id;

	if (!is_cancel(message))
		return false;
	p = async_patch(ev, pdu);
	if (p == NULL || judge_symbol(j, IR_ASYNC, p->number, &value) == JUDGE_DEFINED ||
	    !asked(ir, ev, p->number, &id))
		return false;
	wire_put_le(pdu + SMB2_HDR_AT(flags), 4,
		    wire_le(pdu + SMB2_HDR_AT(flags), 4) & ~(uint64_t)SMB2_FLAGS_ASYNC_COMMAND);
	wire_put_le(pdu + AT_ASYNC_ID, 8, 0);
	wire_put_le(pdu + SMB2_HDR_AT(message_id), 8, id);
	return true;
}
