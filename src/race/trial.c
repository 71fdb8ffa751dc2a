/* One try of a workload, and what became of its requests. */
#include "config.h"

#include "race/trial.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/list.h"

static int
add_requests(struct trial_requests *r, uint32_t event, size_t *cap, struct buf *scratch)
{
	const struct ir_event *ev = &r->ir->events[event];
	struct smb2_chain chain;
	struct slice pdu;
	int err = 0;

	if (ev->kind != IR_SEND)
		return 0;
	chain = smb2_chain_init(ir_bytes(r->ir, ev, scratch));
	for (uint16_t i = 0; err == 0 && smb2_chain_next(&chain, &pdu); i++) {
		if (pdu.n < SMB2_HEADER)
			break;
		err = list_room(&r->list, r->n, cap, sizeof(*r->list));
		if (err == 0)
			r->list[r->n++] = (struct trial_request){
				.event = event,
				.conn = ev->conn,
				.pdu = i,
				.command = (uint16_t)wire_le(pdu.p + SMB2_HDR_AT(command), 2)};
	}
	return err != 0 ? err : scratch->err;
}

int
trial_requests_new(const struct ir *ir, struct trial_requests *out)
{
	struct buf scratch = {0};
	size_t cap = 0;
	int r = 0;

	*out = (struct trial_requests){.ir = ir};
	out->first = calloc(ir->n_events + 1, sizeof(*out->first));
	if (out->first == NULL)
		r = ERR_NOMEM;
	for (uint32_t i = 0; r == 0 && i < ir->n_events; i++) {
		out->first[i] = (uint32_t)out->n;
		r = add_requests(out, i, &cap, &scratch);
	}
	if (r == 0)
		out->first[ir->n_events] = (uint32_t)out->n;
	buf_free(&scratch);
	if (r != 0)
		trial_requests_free(out);
	return r;
}

void
trial_requests_free(struct trial_requests *r)
{
	free(r->list);
	free(r->first);
	*r = (struct trial_requests){0};
}

int
trial_new(const struct trial_requests *requests, struct trial *out)
{
	*out = (struct trial){.requests = requests};
	out->answers = calloc(requests->n + 1, sizeof(*out->answers));
	return out->answers != NULL ? 0 : ERR_NOMEM;
}

void
trial_free(struct trial *t)
{
	free(t->answers);
	buf_free(&t->bytes);
	buf_free(&t->fields);
	*t = (struct trial){0};
}

static void
on_sent(void *ctx, uint64_t event, uint32_t conn, const struct engine_message *m, uint64_t now)
{
	struct trial *t = ctx;
	struct smb2_chain chain = smb2_chain_init(m->plain);
	struct slice pdu;
	size_t i, end;

	(void)conn;
	if (event == ENGINE_OWN)
		return;
	i = t->requests->first[event];
	end = t->requests->first[event + 1];
	for (; i < end && smb2_chain_next(&chain, &pdu) && pdu.n >= SMB2_HEADER; i++) {
		struct trial_answer *a = &t->answers[i];

		a->state = TRIAL_WAITS;
		a->message_id = wire_le(pdu.p + SMB2_HDR_AT(message_id), 8);
		a->sent = now;
		a->request = t->bytes.n;
		a->request_len = pdu.n;
		buf_add(&t->bytes, pdu.p, pdu.n);
	}
}

/* The request that waits for an answer, among those sent last first; NULL: none. */
static struct trial_answer *
find_waiting(struct trial *t, uint32_t conn, uint64_t message_id)
{
	for (size_t i = t->requests->n; i > 0; i--) {
		struct trial_answer *a = &t->answers[i - 1];

		if (a->state == TRIAL_WAITS && a->message_id == message_id &&
		    t->requests->list[i - 1].conn == conn)
			return a;
	}
	return NULL;
}

static void
note_break(struct trial *t, const struct smb2_pdu *pdu, uint64_t now)
{
	struct trial_break *b = &t->breaks[t->n_breaks];

	if (t->n_breaks == TRIAL_MAX_BREAKS)
		return;
	b->at = now;
	if (pdu->body_def == &smb2_defs[SMB2_DEF_smb2_lease_break_notify])
		memcpy(b->key, pdu->body.smb2_lease_break_notify.lease_key.b, sizeof(b->key));
	else if (pdu->body_def == &smb2_defs[SMB2_DEF_smb2_oplock_break_notify])
		memcpy(b->key, pdu->body.smb2_oplock_break_notify.file_id.b, sizeof(b->key));
	else
		return;
	t->n_breaks++;
}

static void
on_received(void *ctx, uint32_t conn, const struct engine_message *m, uint64_t now)
{
	struct trial *t = ctx;
	struct smb2_chain chain = smb2_chain_init(m->plain);
	struct smb2_pdu live;
	struct slice pdu;

	while (smb2_msg_kind(m->plain) == SMB2_MSG_PLAIN && smb2_chain_next(&chain, &pdu)) {
		struct trial_answer *a;

		if (smb2_pdu_decode(pdu, &live) != 0 || !live.response)
			continue;
		if (live.h.message_id == SMB2_NO_MESSAGE_ID)
			note_break(t, &live, now);
		a = find_waiting(t, conn, live.h.message_id);
		if (a == NULL)
			continue;
		a->interim |= smb2_is_interim(&live);
		if (smb2_is_interim(&live))
			continue;
		a->state = TRIAL_ANSWERED;
		a->status = live.h.status;
		a->done = now;
		a->at = t->bytes.n;
		a->len = pdu.n;
		buf_add(&t->bytes, pdu.p, pdu.n);
	}
}

/* What waits on a connection that has ended is lost. */
static void
on_ended(void *ctx, uint32_t conn, bool server, bool reset, uint64_t now)
{
	struct trial *t = ctx;

	(void)now;
	if (!server && !reset)
		return;
	for (size_t i = 0; i < t->requests->n; i++)
		if (t->requests->list[i].conn == conn && t->answers[i].state == TRIAL_WAITS)
			t->answers[i].state = TRIAL_LOST;
}

static void
on_divergence(void *ctx, const struct judge_divergence *d)
{
	struct trial *t = ctx;

	if (d->kind == JUDGE_DISCONNECT)
		t->lost++;
	else if (d->kind == JUDGE_FIELD || d->kind == JUDGE_DATA)
		buf_printf(&t->fields, "%" PRIu64 " %s %s\n", d->event, d->field, d->got);
	if (t->also.divergence != NULL)
		t->also.divergence(t->also.ctx, d);
}

int
trial_run(struct trial *t, const struct ir *ir, const struct replay_options *opt, struct err *e)
{
	const struct engine_watch watch = {
		.ctx = t, .sent = on_sent, .received = on_received, .ended = on_ended};
	struct replay_options o = *opt;
	struct replay_result result;
	int r;

	o.watch = &watch;
	t->also = opt->divergences;
	o.divergences = (struct judge_sink){.ctx = t, .divergence = on_divergence};
	memset(t->answers, 0, t->requests->n * sizeof(*t->answers));
	buf_reset(&t->bytes);
	buf_reset(&t->fields);
	t->lost = 0;
	t->n_breaks = 0;
	t->skew = 0;
	r = replay_run(ir, &o, &result, e);
	if (result.n_skews > 0 && !result.skews[0].missed)
		t->skew = result.skews[0].actual;
	free(result.credits);
	free(result.skews);
	latency_free(&result.live);
	latency_free(&result.due);
	t->no_connection = r == ERR_NET;
	if (t->no_connection) {
		*e = (struct err){0};
		r = 0;
	}
	return r != 0 || t->bytes.err == 0 ? r : t->bytes.err;
}

bool
trial_pdu(const struct trial *t, size_t request, struct smb2_pdu *out)
{
	const struct trial_answer *a = &t->answers[request];

	return a->state == TRIAL_ANSWERED &&
	       smb2_pdu_decode(slice_sub(buf_slice(&t->bytes), a->at, a->len), out) == 0;
}
