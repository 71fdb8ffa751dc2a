/* The bytes that go out for a recorded request. */
#include "config.h"

#include "replay/assemble_int.h"

#include "base/log.h"
#include "proto/ntstatus.h"
#include "proto/smb2_compress.h"
#include "proto/smb2_elems.h"
#include "proto/smb2_relay.h"
#include "replay/cancel.h"

void
assemble_free(struct assemble *a)
{
	buf_free(&a->recorded);
	buf_free(&a->relaid);
	buf_free(&a->token);
	buf_free(&a->wire);
	mapper_edits_free(&a->edits);
	smb2_changes_free(&a->changes);
}

bool
assemble_ready(const struct assemble *a, const struct security_conn *c, uint64_t n)
{
	const struct ir_event *ev = &a->ir->events[n];
	struct slice value;

	for (uint32_t i = 0; i < ev->n_patches; i++) {
		const struct ir_patch *p = &ev->patches[i];

		if (p->what < IR_N_SYMBOL_KINDS &&
		    judge_symbol(a->judge, p->what, p->number, &value) == JUDGE_UNDEFINED)
			return false;
	}
	return ir_patch_in(ev, IR_TOKEN, 0, SIZE_MAX) == NULL ||
	       security_can_setup(c, ir_symbol_in(ev, IR_SESSION, NBSS_HEADER, SMB2_HEADER));
}

static void
apply_symbols(struct request *q)
{
	uint8_t *bytes = q->out->p + q->at;

	for (uint32_t i = 0; i < q->ev->n_patches; i++) {
		const struct ir_patch *p = &q->ev->patches[i];
		struct slice value;

		if (p->what >= IR_N_SYMBOL_KINDS ||
		    judge_symbol(q->a->judge, p->what, p->number, &value) != JUDGE_DEFINED)
			continue;
		value = slice_sub(value, p->from, p->width);
		if (value.n == p->width)
			memcpy(bytes + p->off, value.p, value.n);
	}
}

/* The decoded PDU that a patch lies in, and its place; what is empty may lie behind its last byte.
 */
static bool
pdu_of(const struct request *q, const struct ir_patch *p, struct smb2_pdu *pdu, size_t *at)
{
	struct smb2_chain chain = smb2_chain_init(q->recorded);
	struct slice bytes;

	while (smb2_chain_next(&chain, &bytes)) {
		*at = (size_t)(bytes.p - q->recorded.p);
		if (p->off - *at <= bytes.n)
			return smb2_pdu_decode(bytes, pdu) == 0;
	}
	return false;
}

/* The bytes of a patch, those of row `row`, are to be the ones in `token`. */
static int
edit(struct request *q, const struct ir_patch *p, const struct smb2_pdu *pdu, size_t at,
     const char *row)
{
	struct smb2_edit edit = {.off = p->off, .len = p->width};
	int r = 0;

	if (p->width == 0) {
		r = smb2_edit_row(pdu, row, &edit, q->e);
		edit.off += at;
	}
	edit.tag = ir_what_names[p->what];
	edit.fresh = buf_slice(&q->a->token);
	return r != 0 ? r : mapper_edits_add(&q->a->edits, &edit);
}

static int
replace_token(struct request *q, const struct ir_patch *p)
{
	struct security_leg leg = {.recorded = slice_sub(q->recorded, p->off, p->width)};
	struct smb2_pdu pdu;
	size_t at;
	int r;

	if (!pdu_of(q, p, &pdu, &at) || pdu.body_def != &smb2_defs[SMB2_DEF_smb2_session_setup_req])
		return err_set(q->e, ERR_MALFORMED,
			       "event %llu: a token patch outside a SESSION_SETUP",
			       (unsigned long long)q->n);
	leg.event = q->n;
	leg.session = ir_symbol_in(q->ev, IR_SESSION, at, SMB2_HEADER);
	leg.logs_on = judge_recorded_session(q->a->judge, q->ev->conn, pdu.h.message_id);
	leg.message_id = q->extra != NULL ? q->extra->of : pdu.h.message_id;
	leg.extra = q->extra != NULL && !q->extra->recorded;
	if (leg.extra)
		leg.recorded = (struct slice){0};
	leg.fails = judge_recorded_status(q->a->judge, q->ev->conn, pdu.h.message_id) ==
		    (uint32_t)STATUS_LOGON_FAILURE;
	buf_reset(&q->a->token);
	r = security_token(q->c, &leg, &q->a->token, q->e);
	return r != 0 ? r : edit(q, p, &pdu, at, "security_buffer");
}

static int
replace_server(struct request *q, const struct ir_patch *p)
{
	struct slice path;
	struct smb2_pdu pdu;
	size_t at;
	int r;

	if (!pdu_of(q, p, &pdu, &at) || pdu.body_def != &smb2_defs[SMB2_DEF_smb2_tree_connect_req])
		return err_set(q->e, ERR_MALFORMED,
			       "event %llu: a server patch outside a TREE_CONNECT",
			       (unsigned long long)q->n);
	path = pdu.body.smb2_tree_connect_req.path;
	if (path.n < p->width || p->off != (size_t)(path.p - q->recorded.p) + path.n - p->width)
		return err_set(q->e, ERR_MALFORMED,
			       "event %llu: a server patch that is not the end of the path",
			       (unsigned long long)q->n);
	buf_reset(&q->a->token);
	r = mapper_unc(q->a->mapper, slice_sub(path, path.n - p->width, p->width), &q->a->token);
	return r != 0 ? r : edit(q, p, &pdu, at, "path");
}

static int
collect_edits(struct request *q)
{
	struct slice message = slice_sub(buf_slice(q->out), q->at, q->out->n - q->at);
	int r = 0;

	mapper_edits_free(&q->a->edits);
	q->a->changes.n = 0;
	for (uint32_t i = 0; r == 0 && i < q->ev->n_patches; i++) {
		if (q->ev->patches[i].what == IR_TOKEN)
			r = replace_token(q, &q->ev->patches[i]);
		else if (q->ev->patches[i].what == IR_SERVER)
			r = replace_server(q, &q->ev->patches[i]);
	}
	if (r == 0)
		r = mapper_request(q->a->mapper, q->n, message, &q->a->edits);
	mapper_edits_sort(&q->a->edits);
	return r;
}

/* Tokens and names: the message with them takes the place of what is in `out`. */
static int
replace_variable(struct request *q)
{
	struct slice message = slice_sub(buf_slice(q->out), q->at, q->out->n - q->at);
	struct err e = {0};
	int r = collect_edits(q);

	if (r != 0 || q->a->edits.n == 0)
		return r;
	buf_reset(&q->a->relaid);
	r = smb2_relay(message, q->a->edits.list, q->a->edits.n, &q->a->relaid, &q->a->changes, &e);
	if (r == ERR_MALFORMED && ir_patch_in(q->ev, IR_TOKEN, 0, SIZE_MAX) == NULL &&
	    ir_patch_in(q->ev, IR_SERVER, 0, SIZE_MAX) == NULL) {
		log_warn("event %llu: its names stay as recorded: %s", (unsigned long long)q->n,
			 err_text(&e));
		q->a->changes.n = 0;
		return 0;
	}
	if (r != 0)
		return err_set(q->e, r, "%s", err_text(&e));
	q->out->n = q->at;
	buf_add(q->out, q->a->relaid.p, q->a->relaid.n);
	return q->out->err;
}

/* MS-SMB2 2.2.5: SMB2_SESSION_FLAG_BINDING. */
static bool
is_binding(struct slice bytes)
{
	struct smb2_pdu pdu;

	return smb2_pdu_decode(bytes, &pdu) == 0 &&
	       pdu.body_def == &smb2_defs[SMB2_DEF_smb2_session_setup_req] &&
	       (pdu.body.smb2_session_setup_req.flags & 1) != 0;
}

/* A guest has no key, and a server refuses a signature that it cannot check (MS-SMB2 3.2.4.1.1). */
static void
unsign(struct request *q, uint8_t *pdu)
{
	uint64_t flags = wire_le(pdu + SMB2_HDR_AT(flags), 4);

	wire_put_le(pdu + SMB2_HDR_AT(flags), 4, flags & ~(uint64_t)SMB2_FLAGS_SIGNED);
	memset(pdu + SIGN_OFFSET, 0, SIGN_LEN);
	q->unsigned_for_guest = true;
}

/*
 * Sign what was signed. PDUs of the sent message and of the recorded one go in step, since only
 * lengths inside them differ. A related PDU is signed by the session of the one before it.
 */
static int
sign(struct request *q)
{
	struct smb2_chain sent =
		smb2_chain_init(slice_sub(buf_slice(q->out), q->at, q->out->n - q->at));
	struct smb2_chain rec = smb2_chain_init(q->recorded);
	struct slice s, t;
	uint32_t session = 0;

	while (smb2_chain_next(&sent, &s) && smb2_chain_next(&rec, &t)) {
		size_t off = (size_t)(t.p - q->recorded.p);
		uint32_t own = ir_symbol_in(q->ev, IR_SESSION, off, SMB2_HEADER);
		struct signer *signer;
		int r;

		session = own != 0 ? own : session;
		if (ir_patch_in(q->ev, IR_SIGNATURE, off + SIGN_OFFSET, 1) == NULL || session == 0)
			continue;
		if (security_is_guest(q->c, session))
			unsign(q, q->out->p + (s.p - q->out->p));
		if ((signer = security_signer(q->c, session,
					      ir_patch_in(q->ev, IR_TOKEN, 0, SIZE_MAX) != NULL &&
						      is_binding(s))) == NULL)
			continue;
		r = signer_compute(signer, s, q->out->p + (s.p - q->out->p) + SIGN_OFFSET);
		if (r != 0)
			return r;
	}
	return 0;
}

/* The session that a logon takes the place of. */
static void
put_previous(const struct request *q, uint8_t *pdu)
{
	const struct smb2_row *row =
		smb2_row_find(&smb2_defs[SMB2_DEF_smb2_session_setup_req], "previous_session_id");

	if (q->extra->previous != 0 &&
	    wire_le(pdu + SMB2_HDR_AT(command), 2) == SMB2_CMD_SESSION_SETUP)
		wire_put_le(pdu + SMB2_HEADER + row->wire, 8, q->extra->previous);
}

static void
ask_credits(const struct request *q, uint8_t *pdu)
{
	uint64_t credits = wire_le(pdu + SMB2_HDR_AT(credits), 2) + q->a->more_credits;

	wire_put_le(pdu + SMB2_HDR_AT(credits), 2, credits < UINT16_MAX ? credits : UINT16_MAX);
}

/* The ids that move where a logon takes other legs than recorded, in every header. Those of
 * notifications do not. */
static void
move_ids(struct request *q)
{
	struct smb2_chain chain =
		smb2_chain_init(slice_sub(buf_slice(q->out), q->at, q->out->n - q->at));
	struct mids *mids = security_mids(q->c);
	struct slice pdu;

	if (smb2_msg_kind(q->recorded) != SMB2_MSG_PLAIN)
		return;
	while (smb2_chain_next(&chain, &pdu)) {
		uint8_t *p = q->out->p + (pdu.p - q->out->p);
		uint64_t id, charge;

		if (pdu.n < SMB2_HEADER)
			continue;
		id = wire_le(p + SMB2_HDR_AT(message_id), 8);
		charge = wire_le(p + SMB2_HDR_AT(credit_charge), 2);
		if (id == SMB2_NO_MESSAGE_ID)
			continue;
		if (q->extra != NULL) {
			wire_put_le(p + SMB2_HDR_AT(message_id), 8, q->extra->message_id);
			wire_put_le(p + SMB2_HDR_AT(session_id), 8, q->extra->session_id);
			put_previous(q, p);
			continue;
		}
		if (!q->ahead)
			mids_sent(mids, id, charge > 1 ? charge : 1);
		wire_put_le(p + SMB2_HDR_AT(message_id), 8, mids_live(mids, id));
		if (pdu.p == q->out->p + q->at + NBSS_HEADER)
			ask_credits(q, p);
	}
}

/* Spares most requests the decoding. */
static bool
has_preauth(struct slice pdu)
{
	unsigned command = pdu.n < SMB2_HEADER ? SMB2_N_COMMANDS
					       : (unsigned)wire_le(pdu.p + SMB2_HDR_AT(command), 2);

	return command == SMB2_CMD_NEGOTIATE || command == SMB2_CMD_SESSION_SETUP;
}

/* The preauth hash follows the bytes as they go out. */
static int
follow(struct request *q)
{
	struct slice message = slice_sub(buf_slice(q->out), q->at, q->out->n - q->at), pdu;
	struct smb2_chain chain;
	struct smb2_pdu first;

	if (smb2_msg_kind(message) != SMB2_MSG_PLAIN)
		return 0;
	chain = smb2_chain_init(message);
	if (!smb2_chain_next(&chain, &pdu) || !has_preauth(pdu) ||
	    smb2_pdu_decode(pdu, &first) != 0)
		return 0;
	first.h.message_id = q->extra != NULL
				     ? q->extra->of
				     : mids_recorded(security_mids(q->c), first.h.message_id);
	return security_sent(q->c, message, &first);
}

/* What was sealed and goes out plain is signed, else a session that requires signing refuses it
 * (MS-SMB2 3.2.4.1.1). */
static int
sign_unsealed(struct request *q)
{
	struct slice message = slice_sub(buf_slice(q->out), q->at, q->out->n - q->at), pdu;
	struct smb2_chain chain = smb2_chain_init(message);
	uint32_t session = 0;
	int r = 0;

	while (r == 0 && smb2_chain_next(&chain, &pdu)) {
		size_t off = (size_t)(pdu.p - message.p), flags = off + SMB2_HDR_AT(flags);
		uint32_t own = pdu.n >= SMB2_HEADER
				       ? ir_symbol_in(q->ev, IR_SESSION, off, SMB2_HEADER)
				       : 0;
		uint8_t *p = q->out->p + q->at, before[SIGN_LEN + 4];
		struct signer *signer;

		session = own != 0 ? own : session;
		if (pdu.n < SMB2_HEADER || session == 0 ||
		    (signer = security_signer(q->c, session, false)) == NULL)
			continue;
		memcpy(before, p + flags, 4);
		memcpy(before + 4, p + off + SIGN_OFFSET, SIGN_LEN);
		wire_put_le(p + flags, 4, wire_le(p + flags, 4) | SMB2_FLAGS_SIGNED);
		r = signer_compute(signer, pdu, p + off + SIGN_OFFSET);
		if (q->a->audit.entry != NULL) {
			audit_entry(q, "seal", 0, flags, slice_of(before, 4),
				    slice_of(p + flags, 4));
			audit_entry(q, "signature", 0, off + SIGN_OFFSET,
				    slice_of(before + 4, SIGN_LEN),
				    slice_of(p + off + SIGN_OFFSET, SIGN_LEN));
		}
	}
	return r;
}

static int
assemble(struct request *q)
{
	int r;

	q->at = q->out->n;
	q->ev = &q->a->ir->events[q->n];
	buf_reset(&q->a->recorded);
	q->recorded = ir_bytes(q->a->ir, q->ev, &q->a->recorded);
	buf_add(q->out, q->recorded.p, q->recorded.n);
	r = q->a->recorded.err != 0 ? q->a->recorded.err : q->out->err;
	if (r == 0) {
		apply_symbols(q);
		r = replace_variable(q);
	}
	if (r == 0 && q->ev->n_patches > 0) {
		q->renamed = cancel_by_message_id(
			q->a->ir, q->a->judge, q->ev,
			slice_sub(buf_slice(q->out), q->at, q->out->n - q->at));
	}
	if (r == 0)
		move_ids(q);
	if (r == 0 && ir_patch_in(q->ev, IR_SIGNATURE, 0, SIZE_MAX) != NULL)
		r = sign(q);
	if (r == 0)
		r = follow(q);
	if (r == 0)
		r = audit_request(q);
	if (r == 0 && q->a->seal == SEAL_NEVER && (q->ev->layers & IR_SEALED) != 0)
		r = sign_unsealed(q);
	return r != 0 ? err_set(q->e, r, "event %llu: %s", (unsigned long long)q->n, err_str(r))
		      : 0;
}

int
assemble_event(struct assemble *a, struct security_conn *c, uint64_t n, struct buf *out,
	       struct err *e)
{
	struct request q = {.a = a, .c = c, .n = n, .out = out, .e = e};

	return assemble(&q);
}

int
assemble_ahead(struct assemble *a, struct security_conn *c, uint64_t n, struct buf *out,
	       struct err *e)
{
	struct request q = {.a = a, .c = c, .n = n, .out = out, .ahead = true, .e = e};

	return assemble(&q);
}

int
assemble_commit(struct assemble *a, struct security_conn *c, uint64_t n)
{
	struct smb2_chain chain;
	struct slice pdu;

	buf_reset(&a->recorded);
	chain = smb2_chain_init(ir_bytes(a->ir, &a->ir->events[n], &a->recorded));
	while (smb2_chain_next(&chain, &pdu)) {
		uint64_t id, charge;

		if (pdu.n < SMB2_HEADER)
			continue;
		id = wire_le(pdu.p + SMB2_HDR_AT(message_id), 8);
		charge = wire_le(pdu.p + SMB2_HDR_AT(credit_charge), 2);
		if (id != SMB2_NO_MESSAGE_ID)
			mids_sent(security_mids(c), id, charge > 1 ? charge : 1);
	}
	return a->recorded.err;
}

int
assemble_extra_leg(struct assemble *a, struct security_conn *c, uint64_t n,
		   const struct assemble_extra *extra, struct buf *out, struct err *e)
{
	struct request q = {.a = a, .c = c, .n = n, .out = out, .extra = extra, .e = e};

	return assemble(&q);
}

int
assemble_leave_out(struct assemble *a, struct security_conn *c, uint64_t n)
{
	struct request q = {.a = a, .c = c, .n = n, .ev = &a->ir->events[n]};
	struct slice pdu;
	struct smb2_chain chain;

	buf_reset(&a->recorded);
	q.recorded = ir_bytes(a->ir, q.ev, &a->recorded);
	if (a->recorded.err != 0)
		return a->recorded.err;
	if (a->audit.entry != NULL)
		audit_entry(&q, "left out", 0, 0, q.recorded, (struct slice){0});
	chain = smb2_chain_init(q.recorded);
	if (!smb2_chain_next(&chain, &pdu) || pdu.n < SMB2_HEADER)
		return 0;
	return mids_remove(security_mids(c), wire_le(pdu.p + SMB2_HDR_AT(message_id), 8));
}

/* By the recording, or by option; a logon is never sealed before its keys are there. */
static bool
is_to_seal(const struct assemble *a, const struct security_conn *c, const struct ir_event *ev,
	   uint32_t session)
{
	if (a->seal == SEAL_AS_RECORDED)
		return (ev->layers & IR_SEALED) != 0;
	return a->seal == SEAL_ALWAYS && ir_patch_in(ev, IR_TOKEN, 0, SIZE_MAX) == NULL &&
	       security_can_seal(c, session);
}

/* Behind its frame header, the compressed form of a plain message. */
static int
compress(struct assemble *a, const struct ir_event *ev, struct slice plain, struct buf *out)
{
	struct slice recorded;
	int r;

	buf_reset(&a->recorded);
	recorded = ir_bytes(a->ir, ev, &a->recorded);
	if (ev->n_sets == 0 && slice_eq(recorded, plain)) {
		buf_add(out, ev->packed.p, ev->packed.n);
		return out->err;
	}
	buf_zero(out, NBSS_HEADER);
	r = smb2_compress_like(slice_sub(ev->packed, NBSS_HEADER, ev->packed.n - NBSS_HEADER),
			       slice_sub(plain, NBSS_HEADER, plain.n - NBSS_HEADER), out);
	if (r == 0)
		wire_put_be(out->p + 1, 3, out->n - NBSS_HEADER);
	return r;
}

static int
seal(const struct security_conn *c, uint32_t session, struct slice message, struct buf *out,
     struct err *e)
{
	size_t at = out->n;
	int r;

	if (!security_can_seal(c, session))
		return err_set(e, ERR_UNSUPPORTED,
			       "it was sealed, but the live session has no key to seal with");
	buf_zero(out, NBSS_HEADER);
	r = security_seal(c, session, slice_sub(message, NBSS_HEADER, message.n - NBSS_HEADER),
			  out);
	if (r == 0 && out->n - at - NBSS_HEADER > 0xffffff)
		r = ERR_LIMIT;
	if (r == 0)
		wire_put_be(out->p + at + 1, 3, out->n - at - NBSS_HEADER);
	return r;
}

int
assemble_layers(struct assemble *a, const struct security_conn *c, uint64_t n,
		struct engine_message *m, struct err *e)
{
	const struct ir_event *ev = &a->ir->events[n];
	uint32_t session = ev->sealed_by != 0
				   ? ev->sealed_by
				   : ir_symbol_in(ev, IR_SESSION, NBSS_HEADER, SMB2_HEADER);
	int r = 0;

	m->wire = m->plain;
	m->layers = 0;
	if ((ev->layers & IR_COMPRESSED) != 0) {
		buf_reset(&a->relaid);
		r = compress(a, ev, m->plain, &a->relaid);
		m->wire = buf_slice(&a->relaid);
		m->layers |= IR_COMPRESSED;
	}
	if (r == 0 && is_to_seal(a, c, ev, session)) {
		buf_reset(&a->wire);
		r = seal(c, session, m->wire, &a->wire, e);
		m->wire = buf_slice(&a->wire);
		m->layers |= IR_SEALED;
	}
	return r != 0 ? err_set(e, r, "event %llu: %s", (unsigned long long)n, err_str(r)) : 0;
}
