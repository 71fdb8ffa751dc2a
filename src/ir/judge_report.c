/* What the judge says: differences with their event, and answers that no recording has. */
#include "config.h"

#include <stdio.h>

#include "ir/interim.h"
#include "ir/judge_int.h"
#include "proto/ntstatus.h"

void
judge_tell(struct judge *j, const struct judge_divergence *d)
{
	struct judge_divergence placed = *d;

	j->totals.divergences[d->kind]++;
	if (d->event < j->ir->n_events) {
		const struct ir_event *ev = &j->ir->events[d->event];

		placed.label = ev->label;
		placed.path = ev->line != 0 ? j->ir->path : NULL;
		placed.line = ev->line;
	}
	if (j->sink.divergence != NULL)
		j->sink.divergence(j->sink.ctx, &placed);
}

void
judge_report(struct judge *j, enum judge_kind kind, uint64_t event, const char *message,
	     const char *expected, const char *got)
{
	const struct ir_event *ev = &j->ir->events[event];

	judge_tell(j, &(struct judge_divergence){.kind = kind,
						 .event = event,
						 .frame = ev->frame_last,
						 .conn = ev->conn,
						 .message = message,
						 .field = "",
						 .expected = expected,
						 .got = got});
}

void
judge_report_live(struct judge *j, enum judge_kind kind, uint32_t conn, const char *message,
		  const char *expected, const char *got)
{
	judge_tell(j, &(struct judge_divergence){.kind = kind,
						 .event = UINT64_MAX,
						 .conn = conn,
						 .message = message,
						 .field = "",
						 .expected = expected,
						 .got = got});
}

/* "CREATE response", "OPLOCK_BREAK notification"; in `text`. */
const char *
judge_name_message(char *text, size_t size, unsigned command, uint64_t message_id)
{
	(void)snprintf(text, size, "%s %s", smb2_command_name(command),
		       message_id == SMB2_NO_MESSAGE_ID ? "notification" : "response");
	return text;
}

void
judge_count_equal(struct judge *j, struct expect *e, bool equal)
{
	if (equal == e->equal)
		return;
	e->equal = equal;
	j->totals.equal += equal ? 1 : UINT64_MAX;
	judge_count_of(j, e)->equal += equal ? 1 : UINT64_MAX;
}

void
judge_report_expect(struct judge *j, enum judge_kind kind, const struct expect *e,
		    const char *field, const char *expected, const char *got)
{
	char text[64];

	judge_count_equal(j, &j->expects[e - j->expects], false);
	judge_tell(j, &(struct judge_divergence){
			      .kind = kind,
			      .event = e->event,
			      .frame = j->ir->events[e->event].frame_last,
			      .conn = e->conn,
			      .pdu = e->pdu,
			      .field = field,
			      .expected = expected,
			      .got = got,
			      .message = e->raw ? "message"
						: judge_name_message(text, sizeof(text), e->command,
								     e->message_id)});
}

/* Is the presence of an interim answer to that request behaviour? */
bool
judge_pending_counts(const struct judge *j, uint32_t conn, uint64_t message_id, uint16_t command)
{
	struct interim_wait w = {.conn = conn,
				 .message_id = message_id,
				 .command = command,
				 .interim = INTERIM_NONE,
				 .final = INTERIM_NONE};
	const struct expect *e;

	for (size_t i = judge_lower_bound(j, conn, message_id);
	     w.final == INTERIM_NONE && (e = judge_answer_at(j, i, conn, message_id)) != NULL;
	     i++) {
		if (e->interim && w.interim == INTERIM_NONE)
			w.interim = e->event;
		else if (!e->interim && !e->raw)
			w.final = e->event;
	}
	return interim_counts(j->ir, &w);
}

/* Has a final answer to that request come? */
static bool
answered(const struct judge *j, uint32_t conn, uint64_t message_id)
{
	const struct expect *e;

	for (size_t i = judge_lower_bound(j, conn, message_id);
	     (e = judge_answer_at(j, i, conn, message_id)) != NULL; i++)
		if (!e->interim && !e->raw && e->state == MET)
			return true;
	return false;
}

/* An answer that was not recorded belongs to a request that was; a break to none, but mostly the
 * last one is the cause. */
int
judge_report_extra(struct judge *j, uint32_t conn, const struct smb2_pdu *live)
{
	struct judge_divergence d = {.event = UINT64_MAX, .conn = conn, .field = ""};
	bool interim = smb2_is_interim(live);
	const struct request *request = NULL;
	char message[64], got[96], text[BREAKS_TEXT];
	int r = 0;

	if (interim && !judge_pending_counts(j, conn, live->h.message_id, live->h.command))
		return 0;
	if (live->h.message_id == SMB2_NO_MESSAGE_ID)
		d.event = j->sent;
	else
		r = requests_find(&j->requests, j->ir, conn, live->h.message_id, &request);
	if (request != NULL) {
		d.event = request->event;
		d.pdu = request->pdu;
	}
	if (d.event != UINT64_MAX)
		d.frame = j->ir->events[d.event].frame_last;
	if (live->h.message_id == SMB2_NO_MESSAGE_ID)
		(void)snprintf(got, sizeof(got), "%s", breaks_describe(live, text));
	else if (request != NULL)
		(void)snprintf(got, sizeof(got), "%s", ntstatus_name(live->h.status));
	else
		(void)snprintf(got, sizeof(got), "%s, message id %llu",
			       ntstatus_name(live->h.status),
			       (unsigned long long)live->h.message_id);
	d.kind = interim ? JUDGE_INTERIM : JUDGE_EXTRA;
	d.message =
		judge_name_message(message, sizeof(message), live->h.command, live->h.message_id);
	d.expected = interim                                 ? "no interim response"
		     : request == NULL                       ? "nothing"
		     : answered(j, conn, live->h.message_id) ? "no second answer"
							     : "no answer";
	d.got = got;
	judge_tell(j, &d);
	return r;
}
