/* The judge: recorded answers beside live ones. */
#include "config.h"

#include "ir/judge_int.h"

#include <stdio.h>
#include <stdlib.h>

#include "ir/expected.h"
#include "proto/ntstatus.h"

#define KIND_NAME(name, text) text,
const char *const judge_kind_names[JUDGE_N_KINDS] = {JUDGE_KINDS(KIND_NAME)};
#undef KIND_NAME

static void
met(struct judge *j, struct expect *e)
{
	if (e->state == WAITING)
		j->totals.met++;
	e->state = MET;
}

/* The symbols that a response would have defined will not come. */
static void
fail_symbols(struct judge *j, const struct expect *e)
{
	const struct ir_event *ev = &j->ir->events[e->event];

	for (uint32_t i = ir_patch_from(ev, e->off);
	     i < ev->n_patches && ev->patches[i].off - e->off < e->len; i++)
		symbols_fail(&j->symbols, (enum ir_what)ev->patches[i].what, ev->patches[i].number,
			     false);
}

/* An interim that was recorded before a final answer that has now come without it. */
static void
skip_interim(struct judge *j, struct expect *e)
{
	if (e->state == WAITING && judge_pending_counts(j, e->conn, e->message_id, e->command))
		judge_report_expect(j, JUDGE_INTERIM, e, "status", "STATUS_PENDING",
				    "no interim response");
	fail_symbols(j, e);
	met(j, e);
}

static struct expect *
find_answer(struct judge *j, uint32_t conn, const struct smb2_pdu *live)
{
	bool interim = smb2_is_interim(live);
	struct expect *e;

	for (size_t i = judge_lower_bound(j, conn, live->h.message_id);
	     (e = judge_answer_at(j, i, conn, live->h.message_id)) != NULL; i++) {
		if (e->state == MET || e->raw)
			continue;
		if (e->interim == interim)
			return e;
		if (interim)
			return NULL; /* the recorded answer was final */
		skip_interim(j, e);
	}
	return NULL;
}

int
judge_decode_expect(struct judge *j, const struct expect *e, struct smb2_pdu *out)
{
	struct slice bytes = ir_bytes(j->ir, &j->ir->events[e->event], &j->scratch);

	return smb2_pdu_decode(slice_sub(bytes, e->off, e->len), out);
}

/* The number of the open that a live break names, 0: none. */
static uint32_t
broken_open(const struct judge *j, const struct smb2_pdu *live)
{
	return live->body_def == &smb2_defs[SMB2_DEF_smb2_oplock_break_notify]
		       ? judge_open(j, live->body.smb2_oplock_break_notify.file_id.b)
		       : 0;
}

/*
 * How well a recorded break fits a live one of the same lease or open; less is better. A server may
 * choose another of the client's connections. Of many breaks in succession the one that breaks to
 * the same is meant, even if one before it was left out; but not one behind an acknowledgment that
 * is still to go out.
 */
static unsigned
misfit(const struct judge *j, const struct break_note *n, uint32_t conn, uint32_t to)
{
	return (n->conn != conn ? 4u : 0) + (j->expects[n->expect].state != WAITING ? 2u : 0) +
	       (n->to != to ? 1u : 0);
}

/* A hand expects a break on this connection and does not say of what. */
static struct expect *
find_any_break(const struct judge *j, uint32_t conn)
{
	struct expect *e;

	for (size_t i = judge_lower_bound(j, conn, SMB2_NO_MESSAGE_ID);
	     (e = judge_answer_at(j, i, conn, SMB2_NO_MESSAGE_ID)) != NULL; i++) {
		const struct ir_event *ev = &j->ir->events[e->event];

		if (ev->expecting && e->state == WAITING &&
		    !expected_names(ev, e->pdu, "body.lease_key") &&
		    !expected_names(ev, e->pdu, "body.file_id"))
			return e;
	}
	return NULL;
}

static struct expect *
find_break(struct judge *j, uint32_t conn, const struct smb2_pdu *live)
{
	struct break_note *n, *best = NULL;
	uint32_t to = breaks_to(live), until = BREAKS_NONE;
	struct smb2_pdu recorded = *live;

	if (live->body_def == &smb2_defs[SMB2_DEF_smb2_lease_break_notify])
		mapper_recorded_key(j->mapper, recorded.body.smb2_lease_break_notify.lease_key.b);
	for (n = breaks_first(j->breaks, conn, &recorded, broken_open(j, live));
	     n != NULL && n->event < until; n = breaks_next(j->breaks, n)) {
		if (j->expects[n->expect].state == WAITING && n->ack < until)
			until = n->ack;
		if (best == NULL || misfit(j, n, conn, to) < misfit(j, best, conn, to))
			best = n;
		if (misfit(j, best, conn, to) == 0)
			break;
	}
	if (best == NULL)
		return find_any_break(j, conn);
	best->met = true;
	return &j->expects[best->expect];
}

static struct slice
live_value(struct judge *j, const struct expect *e, const struct ir_patch *p,
	   const struct smb2_pdu *live)
{
	struct smb2_pdu rec;

	if (judge_decode_expect(j, e, &rec) != 0)
		return (struct slice){0};
	return symbols_value_in(live, &rec, p->off - e->off, p->width);
}

static int
learn(struct judge *j, const struct expect *e, const struct smb2_pdu *live)
{
	const struct ir_event *ev = &j->ir->events[e->event];
	unsigned seen[IR_N_SYMBOL_KINDS] = {0};
	int r = 0;

	for (uint32_t i = ir_patch_from(ev, e->off);
	     r == 0 && i < ev->n_patches && ev->patches[i].off - e->off < e->len; i++) {
		const struct ir_patch *p = &ev->patches[i];
		enum ir_what what = (enum ir_what)p->what;
		struct slice v = what == IR_VALUE ? live_value(j, e, p, live)
						  : symbols_in(live, what, seen[what]++);

		if (v.n > 0 && v.n == p->width)
			r = judge_learn(j, what, p->number, v);
		else
			symbols_fail(&j->symbols, what, p->number, true);
	}
	return r;
}

/* Where the connection's answers come in another order: a break that moves is a divergence, other
 * answers are counted. */
static void
check_order(struct judge *j, struct expect *e)
{
	uint32_t *next = &j->next_answer[e->conn], end = j->conn_first[e->conn + 1];
	const struct expect *waiting;

	while (*next < end && j->expects[j->by_conn[*next]].state != WAITING)
		(*next)++;
	if (*next == end)
		return;
	waiting = &j->expects[j->by_conn[*next]];
	if (waiting >= e || waiting->interim)
		return;
	j->totals.reordered++;
	if (e->message_id == SMB2_NO_MESSAGE_ID || waiting->message_id == SMB2_NO_MESSAGE_ID) {
		char text[64], place[128];

		(void)snprintf(place, sizeof(place), "before the %s of event %u",
			       judge_name_message(text, sizeof(text), waiting->command,
						  waiting->message_id),
			       waiting->event);
		judge_report_expect(j, JUDGE_ORDER, e, "", "behind it", place);
	}
}

/* A break came on another connection of its client. */
static void
report_connection(struct judge *j, const struct expect *e, uint32_t conn)
{
	char expected[32], got[32];

	(void)snprintf(expected, sizeof(expected), "%u", e->conn);
	(void)snprintf(got, sizeof(got), "%u", conn);
	judge_report_expect(j, JUDGE_FIELD, e, "connection", expected, got);
}

int
judge_pdu(struct judge *j, uint32_t conn, const struct smb2_pdu *live, struct judge_match *out)
{
	struct expect *e = live->h.message_id == SMB2_NO_MESSAGE_ID ? find_break(j, conn, live)
								    : find_answer(j, conn, live);
	int r;

	*out = (struct judge_match){.found = e != NULL};
	if (e == NULL)
		return judge_report_extra(j, conn, live);
	out->event = e->event;
	out->pdu = e->pdu;
	out->credits = e->credits;
	judge_count_of(j, e)->came++;
	met(j, e);
	if (e->conn != conn)
		report_connection(j, e, conn);
	else
		check_order(j, e);
	r = learn(j, e, live);
	return r != 0 ? r : judge_compare(j, e, live);
}

/* What cannot be told apart by a MessageId corresponds to recorded ones of its kind in order. `got`
 * is what it is, for people. */
static void
match_raw(struct judge *j, uint32_t conn, struct slice bytes, const char *got)
{
	for (uint32_t i = j->conn_first[conn]; i < j->conn_first[conn + 1]; i++) {
		struct expect *e = &j->expects[j->by_conn[i]];
		struct slice was;

		if (!e->raw || e->state == MET)
			continue;
		met(j, e);
		was = slice_sub(ir_bytes(j->ir, &j->ir->events[e->event], &j->scratch), e->off,
				e->len);
		if (slice_eq(was, bytes))
			j->totals.equal++;
		else
			judge_report_expect(j, JUDGE_FIELD, e, "", "the same bytes", "other bytes");
		return;
	}
	judge_tell(j, &(struct judge_divergence){.kind = JUDGE_EXTRA,
						 .event = UINT64_MAX,
						 .conn = conn,
						 .message = "message",
						 .field = "",
						 .expected = "nothing",
						 .got = got});
}

void
judge_raw(struct judge *j, uint32_t conn, struct slice message)
{
	match_raw(j, conn, message, smb2_msg_kind_name(smb2_msg_kind(message)));
}

void
judge_malformed(struct judge *j, uint32_t conn, struct slice pdu)
{
	match_raw(j, conn, pdu, "malformed SMB2");
}

void
judge_sent(struct judge *j, uint64_t event)
{
	j->sent = event;
}

bool
judge_satisfied(const struct judge *j, uint64_t event)
{
	for (uint32_t i = j->first[event]; i < j->first[event + 1]; i++)
		if (j->expects[i].state == WAITING)
			return false;
	return true;
}

uint32_t
judge_recorded_status(const struct judge *j, uint32_t conn, uint64_t message_id)
{
	const struct expect *e;

	for (size_t i = judge_lower_bound(j, conn, message_id);
	     (e = judge_answer_at(j, i, conn, message_id)) != NULL; i++)
		if (!e->interim && !e->raw)
			return e->status;
	return STATUS_SUCCESS;
}

uint32_t
judge_recorded_session(const struct judge *j, uint32_t conn, uint64_t message_id)
{
	const struct ir_event *ev = NULL;
	const struct expect *e;

	for (size_t i = judge_lower_bound(j, conn, message_id);
	     ev == NULL && (e = judge_answer_at(j, i, conn, message_id)) != NULL; i++)
		if (!e->interim && !e->raw)
			ev = &j->ir->events[e->event];
	return ev != NULL ? ir_symbol_in(ev, IR_SESSION, 0, SIZE_MAX) : 0;
}

static void
give_up(struct judge *j, struct expect *e)
{
	e->state = GIVEN_UP;
	j->totals.given_up++;
	fail_symbols(j, e);
	if (judge_listing_answered(j, e, NULL) != 0)
		e->listed = true; /* nothing is said of a listing that is not whole */
}

static void
report_missing(struct judge *j, const struct expect *e, const char *why)
{
	char text[BREAKS_TEXT];
	struct smb2_pdu rec;
	bool broken = e->message_id == SMB2_NO_MESSAGE_ID && judge_decode_expect(j, e, &rec) == 0;

	judge_report_expect(j, JUDGE_MISSING, e, "",
			    e->raw   ? "a message"
			    : broken ? breaks_describe(&rec, text)
				     : ntstatus_name(e->status),
			    why);
}

static void
give_up_loudly(struct judge *j, struct expect *e, const char *why)
{
	if (e->state != WAITING)
		return;
	give_up(j, e);
	if (!e->interim || judge_pending_counts(j, e->conn, e->message_id, e->command))
		report_missing(j, e, why);
}

void
judge_give_up(struct judge *j, uint64_t event, const char *why)
{
	for (uint32_t i = j->first[event]; i < j->first[event + 1]; i++)
		give_up_loudly(j, &j->expects[i], why);
}

void
judge_give_up_answers(struct judge *j, uint32_t conn, uint64_t message_id, const char *why)
{
	struct expect *e;

	for (size_t i = judge_lower_bound(j, conn, message_id);
	     (e = judge_answer_at(j, i, conn, message_id)) != NULL; i++)
		give_up_loudly(j, e, why);
}

void
judge_drop(struct judge *j, uint64_t event)
{
	for (uint32_t i = j->first[event]; i < j->first[event + 1]; i++)
		if (j->expects[i].state == WAITING)
			give_up(j, &j->expects[i]);
}

void
judge_unsent(struct judge *j, uint32_t conn, uint64_t message_id)
{
	struct expect *e;

	for (size_t i = judge_lower_bound(j, conn, message_id);
	     (e = judge_answer_at(j, i, conn, message_id)) != NULL; i++)
		if (e->state == WAITING)
			give_up(j, e);
}

enum judge_symbol
judge_symbol(const struct judge *j, enum ir_what what, uint32_t number, struct slice *value)
{
	return symbols_get(&j->symbols, what, number, value);
}

uint64_t
judge_changes(const struct judge *j)
{
	return j->symbols.changes;
}

int
judge_learn(struct judge *j, enum ir_what what, uint32_t number, struct slice value)
{
	int r = symbols_set(&j->symbols, what, number, value);

	return r == 0 && what == IR_OPEN ? fileids_set(&j->live_opens, value.p, number) : r;
}

uint32_t
judge_open(const struct judge *j, const uint8_t *file_id)
{
	return fileids_find(j->live_opens, file_id);
}

enum judge_ack
judge_ack(const struct judge *j, uint64_t event, uint64_t *answers)
{
	const struct break_note *n = breaks_of_ack(j->breaks, event);

	if (n == NULL)
		return JUDGE_ACK_FREE;
	*answers = n->event;
	switch ((enum state)j->expects[n->expect].state) {
	case WAITING:
		return JUDGE_ACK_WAITS;
	case GIVEN_UP:
		return JUDGE_ACK_IDLE;
	case MET:
		break;
	}
	return JUDGE_ACK_DUE;
}

const struct judge_totals *
judge_totals(const struct judge *j)
{
	return &j->totals;
}

uint64_t
judge_divergences(const struct judge *j)
{
	uint64_t sum = 0;

	for (size_t k = 0; k < JUDGE_N_KINDS; k++)
		sum += k == JUDGE_NEGOTIATED ? 0 : j->totals.divergences[k];
	return sum;
}
