/* What the judge expects: the recorded answers, and how they are found. */
#include "config.h"

#include <stdlib.h>

#include "base/list.h"
#include "ir/judge_int.h"
#include "ir/scans.h"

static int
add_expect(struct judge *j, const struct expect *e)
{
	if (list_room(&j->expects, j->n_expects, &j->cap_expects, sizeof(*j->expects)) != 0)
		return ERR_NOMEM;
	j->expects[j->n_expects++] = *e;
	if (!e->raw)
		judge_count_of(j, e)->recorded++;
	return 0;
}

static int
expect_pdus(struct judge *j, uint32_t event, struct slice bytes)
{
	struct smb2_chain chain = smb2_chain_init(bytes);
	struct smb2_pdu pdu;
	struct slice s;
	int r = 0;

	for (uint16_t i = 0; r == 0 && smb2_chain_next(&chain, &s); i++) {
		struct expect e = {.event = event, .conn = j->ir->events[event].conn, .pdu = i};

		e.off = (uint32_t)(s.p - bytes.p);
		e.len = (uint32_t)s.n;
		if (smb2_pdu_decode(s, &pdu) != 0 || !pdu.response) {
			e.raw = true;
		} else {
			e.message_id = pdu.h.message_id;
			e.command = pdu.h.command;
			e.status = pdu.h.status;
			e.credits = pdu.h.credits;
			e.flags = pdu.h.flags;
			e.interim = smb2_is_interim(&pdu);
		}
		r = add_expect(j, &e);
		if (r == 0 && !e.raw && e.message_id == SMB2_NO_MESSAGE_ID)
			r = breaks_add(j->breaks, event, (uint32_t)j->n_expects - 1, &pdu);
	}
	return r;
}

/* What a response defines; what lies in no PDU, nothing ever will. PDUs and patches both ascend. */
static void
note_definitions(struct judge *j, uint32_t event)
{
	const struct ir_event *ev = &j->ir->events[event];
	size_t k = j->first[event];

	for (uint32_t i = 0; i < ev->n_patches; i++) {
		const struct ir_patch *p = &ev->patches[i];
		bool inside;

		while (k < j->n_expects && p->off >= j->expects[k].off + j->expects[k].len)
			k++;
		inside = k < j->n_expects && p->off >= j->expects[k].off && !j->expects[k].raw;
		if (!inside)
			symbols_fail(&j->symbols, (enum ir_what)p->what, p->number, true);
	}
}

static int
expect_event(struct judge *j, uint32_t event)
{
	const struct ir_event *ev = &j->ir->events[event];
	struct slice bytes;
	int r;

	if (ev->kind != IR_RECV || ir_is_mute(j->ir, ev->conn))
		return 0;
	bytes = ir_bytes(j->ir, ev, &j->scratch);
	if (j->scratch.err != 0)
		return j->scratch.err;
	if (smb2_msg_kind(bytes) == SMB2_MSG_PLAIN)
		r = expect_pdus(j, event, bytes);
	else
		r = add_expect(j, &(struct expect){.event = event,
						   .conn = ev->conn,
						   .len = (uint32_t)bytes.n,
						   .raw = true});
	if (r == 0)
		note_definitions(j, event);
	return r;
}

/* Bodies that only their request tells how to read. */
static bool
needs_request(const struct expect *e)
{
	return !e->raw && !e->interim &&
	       (e->command == SMB2_CMD_QUERY_INFO || e->command == SMB2_CMD_QUERY_DIRECTORY);
}

static int
ask_of(struct judge *j, struct expect *e, const struct scans *scans)
{
	const struct scan_request *q = scans_find(scans, e->conn, e->message_id);
	const struct request *request;
	int r = requests_find(&j->requests, j->ir, e->conn, e->message_id, &request);

	if (r == 0 && request != NULL)
		e->asked = request->asked;
	if (q == NULL || e->command != SMB2_CMD_QUERY_DIRECTORY)
		return r;
	e->scan = q->scan;
	j->scans[q->scan].to_come++;
	j->scans[q->scan].exact = q->exact;
	return r;
}

/* What was asked for is looked up before the run begins, which has no time for it. */
static int
ask(struct judge *j)
{
	struct scans scans = {.n = 0};
	bool any = false, listings = false;
	int r = 0;

	for (size_t i = 0; i < j->n_expects; i++) {
		any |= needs_request(&j->expects[i]);
		listings |= j->expects[i].command == SMB2_CMD_QUERY_DIRECTORY;
	}
	if (listings)
		r = scans_init(j->ir, &scans);
	if (r == 0)
		j->scans = calloc((size_t)scans.n_scans + 1, sizeof(*j->scans));
	if (r == 0 && j->scans == NULL)
		r = ERR_NOMEM;
	j->n_scans = scans.n_scans;
	for (size_t i = 0; r == 0 && any && i < j->n_expects; i++)
		if (needs_request(&j->expects[i]))
			r = ask_of(j, &j->expects[i], &scans);
	scans_free(&scans);
	return r;
}

static const struct expect *sort_base; /* qsort has no context argument; set for the call only */

static int
by_message_id(const void *a, const void *b)
{
	uint32_t i = *(const uint32_t *)a, k = *(const uint32_t *)b;
	const struct expect *x = &sort_base[i], *y = &sort_base[k];

	if (x->conn != y->conn)
		return x->conn < y->conn ? -1 : 1;
	if (x->message_id != y->message_id)
		return x->message_id < y->message_id ? -1 : 1;
	return i < k ? -1 : i > k;
}

/* Lists of a connection's expects in recorded order, by counting. */
static int
index_conns(struct judge *j)
{
	size_t n = j->ir->meta.n_conns;

	j->next_answer = calloc(n + 1, sizeof(*j->next_answer));
	j->conn_first = calloc(n + 2, sizeof(*j->conn_first));
	j->by_conn = calloc(j->n_expects + 1, sizeof(*j->by_conn));
	if (j->next_answer == NULL || j->conn_first == NULL || j->by_conn == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < j->n_expects; i++)
		j->conn_first[j->expects[i].conn + 1]++;
	for (size_t c = 0; c < n; c++) {
		j->conn_first[c + 1] += j->conn_first[c];
		j->next_answer[c] = j->conn_first[c];
	}
	for (uint32_t i = 0; i < j->n_expects; i++)
		j->by_conn[j->next_answer[j->expects[i].conn]++] = i;
	for (size_t c = 0; c < n; c++)
		j->next_answer[c] = j->conn_first[c];
	return 0;
}

static int
build(struct judge *j)
{
	const struct ir *ir = j->ir;
	int r = breaks_new(ir, &j->breaks);

	if (r == 0)
		r = symbols_new(ir, &j->symbols);
	if (r != 0)
		return r;
	j->first = calloc(ir->n_events + 1, sizeof(*j->first));
	if (j->first == NULL)
		return ERR_NOMEM;
	for (uint32_t i = 0; i < ir->n_events; i++) {
		j->first[i] = (uint32_t)j->n_expects;
		r = expect_event(j, i);
		if (r != 0)
			return r;
	}
	j->first[ir->n_events] = (uint32_t)j->n_expects;
	j->totals.expected = j->n_expects;
	j->sorted = calloc(j->n_expects + 1, sizeof(*j->sorted));
	if (j->sorted == NULL)
		return ERR_NOMEM;
	for (uint32_t i = 0; i < j->n_expects; i++)
		j->sorted[i] = i;
	sort_base = j->expects;
	qsort(j->sorted, j->n_expects, sizeof(*j->sorted), by_message_id);
	r = breaks_index(j->breaks);
	if (r == 0)
		r = index_conns(j);
	return r != 0 ? r : ask(j);
}

int
judge_new(const struct ir *ir, const struct judge_sink *sink, struct judge **out)
{
	struct judge *j = calloc(1, sizeof(*j));
	int r;

	if (j == NULL)
		return ERR_NOMEM;
	j->ir = ir;
	j->sink = *sink;
	j->sent = UINT64_MAX;
	r = build(j);
	if (r != 0) {
		judge_free(j);
		return r;
	}
	*out = j;
	return 0;
}

void
judge_free(struct judge *j)
{
	if (j == NULL)
		return;
	symbols_free(&j->symbols);
	judge_listing_free(j);
	buf_free(&j->masked);
	buf_free(&j->mapped);
	breaks_free(j->breaks);
	fileids_free(&j->live_opens);
	free(j->expects);
	free(j->first);
	free(j->sorted);
	free(j->next_answer);
	free(j->conn_first);
	free(j->by_conn);
	requests_free(&j->requests);
	buf_free(&j->scratch);
	free(j);
}

/* The first of the sorted expects of a connection and MessageId. */
size_t
judge_lower_bound(const struct judge *j, uint32_t conn, uint64_t message_id)
{
	size_t lo = 0, hi = j->n_expects;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		const struct expect *e = &j->expects[j->sorted[mid]];

		if (e->conn < conn || (e->conn == conn && e->message_id < message_id))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

struct expect *
judge_answer_at(const struct judge *j, size_t i, uint32_t conn, uint64_t message_id)
{
	struct expect *e;

	if (i >= j->n_expects)
		return NULL;
	e = &j->expects[j->sorted[i]];
	return e->conn == conn && e->message_id == message_id ? e : NULL;
}
