/* What the server sends: opened, matched, judged; logons that take other legs than recorded. */
#include "config.h"

#include "replay/engine_int.h"

#include <stdlib.h>

#include "ir/legs.h"
#include "proto/ntstatus.h"
#include "proto/smb2_compress.h"
#include "replay/barriers.h"
#include "replay/react.h"
#include "replay/reclaim.h"

/* The number of the session that a recorded response belongs to: what it defines, or what its
 * request used. */
static uint32_t
session_of_match(const struct engine *e, const struct judge_match *m)
{
	return m->found ? ir_symbol_in(&e->ir->events[m->event], IR_SESSION, 0, SIZE_MAX) : 0;
}

/*
 * Every signature is checked (MS-SMB2 3.2.5.1.3), but for breaks, which have no session, and for a
 * session that the server has deleted: it has no key for it any more (smbd sets the flag all the
 * same).
 */
static void
verify(struct engine *e, struct econn *c, const struct smb2_pdu *live, const struct judge_match *m)
{
	struct signer *s;

	if ((live->h.flags & SMB2_FLAGS_SIGNED) == 0 || live->h.message_id == SMB2_NO_MESSAGE_ID ||
	    live->h.status == (uint32_t)STATUS_USER_SESSION_DELETED)
		return;
	s = security_signer_live(c->security, live->h.session_id);
	if (m->found && s != NULL && signer_verify(s, live->bytes) != 0)
		judge_report(e->judge, JUDGE_SIGNATURE, m->event,
			     smb2_command_name(live->h.command), "a valid signature",
			     "one that does not hold");
}

/* Logons are counted where the recording had a success, at their last answer. */
static void
count_logon(struct engine *e, uint32_t conn, const struct smb2_pdu *live, bool bad_token)
{
	if (live->h.command != SMB2_CMD_SESSION_SETUP || smb2_is_interim(live) ||
	    live->h.status == (uint32_t)STATUS_MORE_PROCESSING_REQUIRED ||
	    judge_recorded_status(e->judge, conn, live->h.message_id) != STATUS_SUCCESS)
		return;
	e->totals.logons++;
	e->totals.logons_failed += bad_token || live->h.status != STATUS_SUCCESS;
}

static uint64_t
differences(const struct engine *e)
{
	return judge_divergences(e->judge) + judge_totals(e->judge)->divergences[JUDGE_NEGOTIATED];
}

/* A NEGOTIATE response that differs ends the run where that was asked for: what follows would be
 * another test. */
static void
check_negotiation(struct engine *e, const struct smb2_pdu *live, uint64_t differences_before)
{
	if (!e->opt.same_negotiation || live->h.command != SMB2_CMD_NEGOTIATE ||
	    differences(e) == differences_before)
		return;
	e->totals.other_negotiation = true;
	e->stopped = true;
}

static int
leave_leg_out(struct engine *e, uint32_t conn, uint64_t event)
{
	if (e->left_out == NULL)
		e->left_out = calloc(e->ir->n_events, sizeof(*e->left_out));
	if (e->left_out == NULL)
		return ERR_NOMEM;
	e->left_out[event] = true;
	return assemble_leave_out(e->assemble, e->conns[conn].security, event);
}

/*
 * The answer ends a logon for which more legs were recorded (Kerberos in place of NTLM, either in
 * place of IAKERB): the next ones are left out; without one there is nothing left to judge.
 */
static int
end_early(struct engine *e, uint32_t conn, struct smb2_pdu *live, struct judge_match *m,
	  bool *judged)
{
	struct legs_end end;
	int r;

	do {
		r = legs_end_early(e->judge, e->ir, conn, live, &end);
		*m = end.first;
		*judged = !end.found;
		if (r == 0 && end.found)
			r = leave_leg_out(e, conn, end.event);
	} while (r == 0 && end.found && legs_differ(e->judge, conn, live));
	return r;
}

/* An answer that wants a leg that was not recorded (NTLM in place of Kerberos). Returns 0 or a
 * fatal error. */
static int
send_extra_leg(struct engine *e, uint32_t conn, const struct smb2_pdu *live, uint64_t event)
{
	struct security_conn *security = e->conns[conn].security;
	struct assemble_extra extra = {
		.session_id = live->h.session_id, .of = live->h.message_id, .what = "extra leg"};
	struct err err = {0};
	int r = mids_insert(security_mids(security), live->h.message_id, &extra.message_id);

	if (r != 0)
		return r;
	buf_reset(&e->out);
	return engine_send(e, event,
			   assemble_extra_leg(e->assemble, security, event, &extra, &e->out, &err),
			   e->now, &err);
}

/* Security first learns what the answer says. Returns 0 or a fatal error; a bad token is a
 * divergence, and `*bad` says so. */
static int
learn(struct engine *e, uint32_t conn, const struct smb2_pdu *live, struct slice message,
      const struct judge_match *m, bool *bad)
{
	struct err err = {0};
	int r = security_received(e->conns[conn].security, live, message, session_of_match(e, m),
				  &err);

	if (r == ERR_NOMEM || r == ERR_CRYPTO)
		return r;
	*bad = r != 0;
	if (r != 0 && m->found)
		judge_report(e->judge, JUDGE_LOGON, m->event, "SESSION_SETUP response",
			     "a valid token", err_text(&err));
	return 0;
}

static int
judge_answer(struct engine *e, uint32_t conn, const struct engine_message *message,
	     struct smb2_pdu *live, struct judge_match *m)
{
	struct econn *c = &e->conns[conn];
	uint64_t before = differences(e), id = live->h.message_id, event;
	bool other = legs_differ(e->judge, conn, live), bad = false, judged = false;
	int r = 0;

	if (other && live->h.status != STATUS_SUCCESS) {
		r = learn(e, conn, live, message->plain, m, &bad);
		if (r != 0 || security_wants_leg(c->security, id, &event))
			return r != 0 ? r : send_extra_leg(e, conn, live, event);
	} else if (other) {
		struct smb2_pdu whole = *live;

		r = end_early(e, conn, live, m, &judged);
		if (r == 0)
			r = learn(e, conn, &whole, message->plain, m, &bad);
	}
	if (r == 0 && !judged)
		r = judge_pdu(e->judge, conn, live, m);
	check_negotiation(e, live, before);
	if (r == 0 && !other)
		r = learn(e, conn, live, message->plain, m, &bad);
	count_logon(e, conn, live, bad);
	return r;
}

static int
on_pdu(struct engine *e, uint32_t conn, const struct engine_message *message, struct slice bytes,
       struct judge_match *m)
{
	struct econn *c = &e->conns[conn];
	struct smb2_pdu live;
	int r;

	*m = (struct judge_match){.found = false};
	if (smb2_pdu_decode(bytes, &live) != 0 || !live.response) {
		judge_malformed(e->judge, conn, bytes);
		return 0;
	}
	engine_credits_received(e, conn, &live);
	if (c->reclaim != NULL && live.h.message_id != SMB2_NO_MESSAGE_ID)
		return reclaim_answered(e, conn, &live, message->plain);
	if (own_answered(e, conn, &live))
		return own_flush(e, conn);
	live.h.message_id = mids_recorded(security_mids(c->security), live.h.message_id);
	barriers_answered(e, conn, &live, c->began);
	r = judge_answer(e, conn, message, &live, m);
	engine_credits_compare(e, conn, &live, m);
	if (e->opt.answer != NULL)
		e->opt.answer(e->opt.answer_ctx, m, &live);
	if (r == 0 && (message->layers & IR_SEALED) == 0)
		verify(e, c, &live, m);
	if (r == 0)
		r = react_note(e, m, &live);
	if (r == 0 && live.h.message_id == SMB2_NO_MESSAGE_ID)
		r = react_to_break(e, conn, m, &live);
	return r != 0 ? r : own_flush(e, conn);
}

/* The message without its layers, in e->opened. Returns 0, or an error with a text in `err` where
 * it cannot be opened. */
static int
take_off(struct engine *e, const struct econn *c, struct engine_message *m, struct err *err)
{
	struct buf *out = &e->opened;
	int r = 0;

	if (smb2_msg_kind(m->plain) == SMB2_MSG_SEALED) {
		buf_reset(out);
		buf_zero(out, NBSS_HEADER);
		r = security_unseal(c->security,
				    slice_sub(m->plain, NBSS_HEADER, m->plain.n - NBSS_HEADER), out,
				    err);
		m->layers |= IR_SEALED;
		m->plain = buf_slice(out);
	}
	if (r == 0 && smb2_msg_kind(m->plain) == SMB2_MSG_COMPRESSED) {
		buf_reset(&e->unpacked);
		buf_zero(&e->unpacked, NBSS_HEADER);
		r = smb2_decompress(slice_sub(m->plain, NBSS_HEADER, m->plain.n - NBSS_HEADER),
				    &e->unpacked, err);
		m->layers |= IR_COMPRESSED;
		m->plain = buf_slice(out = &e->unpacked);
	}
	if (r == 0 && m->layers != 0)
		wire_put_be(out->p + 1, 3, out->n - NBSS_HEADER);
	return r;
}

/* Sealed where it was not, or the other way: said once for a message, at its first answer that was
 * recorded. */
static void
compare_layers(struct engine *e, const struct engine_message *m, const struct judge_match *match)
{
	bool was = (e->ir->events[match->event].layers & IR_SEALED) != 0,
	     is = (m->layers & IR_SEALED) != 0;

	if (match->found && was != is)
		judge_report(e->judge, JUDGE_LAYER, match->event, "message",
			     was ? "sealed" : "not sealed", is ? "sealed" : "not sealed");
}

static int
on_message(struct engine *e, uint32_t conn, struct slice wire, uint64_t now)
{
	struct engine_message m = {.wire = wire, .plain = wire};
	struct judge_match match = {.found = false}, first = {.found = false};
	struct smb2_chain chain;
	struct slice pdu;
	struct err err = {0};
	int r = take_off(e, &e->conns[conn], &m, &err);

	if (r == ERR_NOMEM || r == ERR_CRYPTO)
		return r;
	e->totals.received++;
	e->now = e->pace.heard = now;
	if (r != 0)
		m.plain = wire; /* it stays closed */
	if (e->watch.received != NULL)
		e->watch.received(e->watch.ctx, conn, &m, now);
	if (e->gate != NULL)
		e->gate->received(e->gate->ctx, conn, &m);
	if (smb2_msg_kind(m.plain) != SMB2_MSG_PLAIN) {
		judge_raw(e->judge, conn, m.plain);
		return 0;
	}
	chain = smb2_chain_init(m.plain);
	for (r = 0; r == 0 && smb2_chain_next(&chain, &pdu); first = first.found ? first : match)
		r = on_pdu(e, conn, &m, pdu, &match);
	if (r == 0 && first.found)
		compare_layers(e, &m, &first);
	return r;
}

int
engine_input(struct engine *e, uint32_t conn, struct slice bytes, uint64_t now)
{
	struct econn *c = &e->conns[conn];
	struct slice message;
	int r = 0;

	barriers_tell(e);
	if (c->in.n == c->taken)
		c->began = now;
	while (r == 0 && econn_next_frame(c, &bytes, &message)) {
		r = on_message(e, conn, message, now);
		c->began = now;
	}
	return r != 0 ? r : econn_keep(c, bytes);
}
