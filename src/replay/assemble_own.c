/* Requests that were not recorded. */
#include "config.h"

#include "replay/assemble_own.h"

#include <stdio.h>

int
own_build(const struct own_header *h, const struct smb2_def *def, const void *body, size_t size,
	  struct buf *out)
{
	const struct smb2_hdr hdr = {.protocol_id = {{0xfe, 'S', 'M', 'B'}},
				     .structure_size = SMB2_HEADER,
				     .credit_charge = h->credit_charge,
				     .command = (uint16_t)h->command,
				     .credits = h->credits > 0 ? h->credits : 1,
				     .tree_id = h->tree_id,
				     .session_id = h->session_id};
	size_t at = out->n, n = SMB2_HEADER + size;
	int r;

	if (n > 0xffffff)
		return ERR_LIMIT;
	buf_zero(out, NBSS_HEADER + n);
	if (out->err != 0)
		return out->err;
	wire_put_be(out->p + at + 1, 3, n);
	r = smb2_encode(&smb2_hdr_req_sync, &hdr, 0, out->p + at + NBSS_HEADER, NULL, n);
	return r != 0 ? r : smb2_encode(def, body, SMB2_HEADER, out->p + at + NBSS_HEADER, NULL, n);
}

static int
sign(const struct security_conn *c, uint32_t session, struct buf *plain)
{
	struct signer *signer = security_signer(c, session, false);
	uint8_t *pdu = plain->p + NBSS_HEADER;

	if (session == 0 || signer == NULL)
		return 0;
	wire_put_le(pdu + SMB2_HDR_AT(flags), 4,
		    wire_le(pdu + SMB2_HDR_AT(flags), 4) | SMB2_FLAGS_SIGNED);
	return signer_compute(signer, slice_of(pdu, plain->n - NBSS_HEADER), pdu + SIGN_OFFSET);
}

static int
seal(struct assemble *a, const struct security_conn *c, uint32_t session, struct buf *plain)
{
	int r;

	if (!security_can_seal(c, session))
		return ERR_UNSUPPORTED;
	buf_reset(&a->wire);
	buf_zero(&a->wire, NBSS_HEADER);
	r = security_seal(c, session, slice_of(plain->p + NBSS_HEADER, plain->n - NBSS_HEADER),
			  &a->wire);
	if (r == 0 && a->wire.n - NBSS_HEADER > 0xffffff)
		r = ERR_LIMIT;
	if (r == 0)
		wire_put_be(a->wire.p + 1, 3, a->wire.n - NBSS_HEADER);
	return r;
}

int
assemble_own(struct assemble *a, const struct security_conn *c, const struct own_way *way,
	     struct buf *plain, struct slice *wire, uint8_t *layers)
{
	const struct ir_event *like = &a->ir->events[way->like];
	bool was_sealed = (like->layers & IR_SEALED) != 0,
	     to_seal = (was_sealed && a->seal == SEAL_AS_RECORDED) ||
		       (a->seal == SEAL_ALWAYS && security_can_seal(c, way->session));
	int r = 0;

	wire_put_le(plain->p + NBSS_HEADER + SMB2_HDR_AT(message_id), 8, way->message_id);
	if (!to_seal && (was_sealed || ir_patch_in(like, IR_SIGNATURE, 0, SIZE_MAX) != NULL))
		r = sign(c, way->session, plain);
	if (r == 0 && a->audit.entry != NULL) {
		struct audit_entry entry = {.event = way->like,
					    .frame = like->frame_first,
					    .conn = like->conn,
					    .sent = buf_slice(plain)};

		(void)snprintf(entry.what, sizeof(entry.what), "%s", way->what);
		a->audit.entry(a->audit.ctx, &entry);
	}
	*wire = buf_slice(plain);
	*layers = 0;
	if (r == 0 && to_seal) {
		r = seal(a, c, way->session, plain);
		*wire = buf_slice(&a->wire);
		*layers = IR_SEALED;
	}
	return r;
}
