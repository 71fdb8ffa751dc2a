/* The live window of MessageIds: which requests are held for it, and where the server granted less
 * than recorded. */
#include "config.h"

#include "replay/engine_int.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "ir/credit_scan.h"

int
engine_credits_new(struct engine *e)
{
	struct credit_scan scan;
	int r = credit_scan_new(e->ir, &scan);

	e->outside = calloc(e->ir->n_events / 8 + 1, 1);
	if (r == 0 && e->outside == NULL)
		r = ERR_NOMEM;
	for (size_t i = 0; r == 0 && i < e->ir->n_events; i++) {
		bool covered;

		r = credit_scan_event(&scan, &e->ir->events[i], &covered, NULL, NULL);
		if (!covered)
			e->outside[i / 8] |= (uint8_t)(1u << i % 8);
	}
	credit_scan_free(&scan);
	return r;
}

static bool
was_outside(const struct engine *e, uint64_t n)
{
	return (e->outside[n / 8] >> n % 8 & 1) != 0;
}

/* Does a request of event `n` still lack credits? Its ids are put into `*id` and `*charge`. */
static bool
lacks_credits(struct engine *e, uint64_t n, uint64_t *id, uint32_t *charge)
{
	const struct ir_event *ev = &e->ir->events[n];
	struct credit_heads i = {.ir = e->ir, .ev = ev, .scratch = &e->out};
	const struct econn *c = &e->conns[ev->conn];
	struct credit_head h;

	while (credit_heads_next(&i, &h)) {
		*id = mids_live(security_mids(c->security), h.message_id);
		*charge = credits_charge(&c->window, &h);
		if (credits_short_of(&c->window, *id, *charge))
			return true;
	}
	return false;
}

bool
engine_credits_hold(struct engine *e, uint64_t n, uint64_t now)
{
	struct econn *c = &e->conns[e->ir->events[n].conn];
	uint64_t id;
	uint32_t charge;

	/* With nothing outstanding no grant can come any more; one that is not read is not known.
	 */
	if (was_outside(e, n) || c->deaf || e->opt.credits == CREDITS_FORCE ||
	    c->window.answers == c->window.requests || !lacks_credits(e, n, &id, &charge))
		return false;
	/* Without an order requests run ahead of the recorded answers, and wait for them anyhow. */
	if (c->held_event != n + 1 && (e->opt.order != ORDER_NONE || c->credits.less)) {
		c->held_event = n + 1;
		c->held_from = now;
		c->credits.held++;
	}
	return true;
}

uint16_t
engine_credits_ask(const struct engine *e, uint64_t n)
{
	const struct econn *c = &e->conns[e->ir->events[n].conn];
	uint64_t less =
		c->recorded_grants > c->window.granted ? c->recorded_grants - c->window.granted : 0;

	if (e->opt.credits != CREDITS_ASK || c->asking != 0)
		return 0;
	return (uint16_t)(less < UINT16_MAX ? less : UINT16_MAX);
}

/* The event goes out although the recorded window covered it and the live one does not. */
static void
report_uncovered(struct engine *e, uint64_t n, uint64_t id, uint32_t charge)
{
	struct econn *c = &e->conns[e->ir->events[n].conn];
	char expected[64], got[96];

	c->credits.uncovered++;
	(void)snprintf(expected, sizeof(expected), "%" PRIu32 " credit%s for message id %" PRIu64,
		       charge, charge == 1 ? "" : "s", id);
	(void)snprintf(got, sizeof(got), "message ids below %" PRIu64 " granted", c->window.top);
	judge_report(e->judge, JUDGE_CREDITS, n, "request", expected, got);
}

int
engine_credits_sent(struct engine *e, uint64_t n, struct slice plain, uint64_t now)
{
	struct econn *c = &e->conns[e->ir->events[n].conn];
	struct smb2_chain chain = smb2_chain_init(plain);
	struct credit_head h;
	struct slice pdu;
	bool said = was_outside(e, n) || c->deaf;
	int r = 0;

	if (c->held_event == n + 1) {
		c->credits.held_ns += now - c->held_from;
		c->held_event = 0;
	}
	/* MS-SMB2 3.3.5.2.3: an SMB1 NEGOTIATE takes id 0. */
	if (smb2_msg_kind(plain) == SMB2_MSG_SMB1)
		return credits_sent(&c->window, 0, 1);
	while (r == 0 && smb2_chain_next(&chain, &pdu) && credits_head(pdu, &h)) {
		uint32_t charge = credits_charge(&c->window, &h);

		if (!said && credits_short_of(&c->window, h.message_id, charge)) {
			said = true;
			report_uncovered(e, n, h.message_id, charge);
		}
		if (e->assemble->more_credits > 0 && c->asking == 0)
			c->asking = h.message_id + 1;
		r = credits_sent(&c->window, h.message_id, charge);
	}
	return r;
}

void
engine_credits_received(struct engine *e, uint32_t conn, const struct smb2_pdu *live)
{
	struct econn *c = &e->conns[conn];
	struct credit_head h;

	if (!credits_head(live->bytes, &h))
		return;
	credits_answered(&c->window, &h);
	if (h.message_id + 1 == c->asking)
		c->asking = 0;
	if (h.command == SMB2_CMD_NEGOTIATE)
		credits_negotiated(&c->window, live);
}

void
engine_credits_compare(struct engine *e, uint32_t conn, const struct smb2_pdu *live,
		       const struct judge_match *m)
{
	struct econn *c = &e->conns[conn];
	struct engine_credits *d = &c->credits;

	if (!m->found)
		return;
	c->recorded_grants += m->credits;
	if (d->less)
		return;
	d->recorded_sum += m->credits;
	if (c->window.granted >= d->recorded_sum)
		return;
	d->less = true;
	d->event = m->event;
	d->frame = e->ir->events[m->event].frame_last;
	d->granted = live->h.credits;
	d->recorded = m->credits;
	d->sum = c->window.granted;
}

const struct engine_credits *
engine_credits(const struct engine *e, uint32_t conn)
{
	return &e->conns[conn].credits;
}
