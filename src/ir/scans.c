/* Which recorded QUERY_DIRECTORY requests make one listing. */
#include "config.h"

#include "ir/scans.h"

#include <stdlib.h>

#include "base/list.h"
#include "ir/handles.h"

/* MS-SMB2 2.2.33 */
#define RESTART_SCANS 0x01
#define REOPEN 0x10

/* MS-FSCC 2.1.4.4 */
static bool
is_pattern(struct slice utf16)
{
	for (size_t i = 0; i + 1 < utf16.n; i += 2)
		if (utf16.p[i + 1] == 0 && utf16.p[i] != 0 && strchr("*?<>\"", utf16.p[i]) != NULL)
			return true;
	return utf16.n < 2;
}

static int
add_request(struct scans *s, const struct scan_request *at, struct slice bytes)
{
	struct scan_request q = *at;
	struct smb2_pdu pdu;
	int r;

	if (smb2_pdu_decode(bytes, &pdu) != 0 ||
	    pdu.body_def != &smb2_defs[SMB2_DEF_smb2_query_directory_req])
		return 0;
	q.message_id = pdu.h.message_id;
	q.begins = (pdu.body.smb2_query_directory_req.flags & (RESTART_SCANS | REOPEN)) != 0;
	q.exact = !is_pattern(pdu.body.smb2_query_directory_req.file_name);
	r = list_room(&s->list, s->n, &s->cap, sizeof(*s->list));
	if (r == 0)
		s->list[s->n++] = q;
	return r;
}

/* The requests of a message. Related ones have the open that a CREATE before them makes. */
static int
add_event(struct scans *s, const struct ir *ir, uint32_t event, struct buf *scratch)
{
	const struct ir_event *ev = &ir->events[event];
	struct scan_request at = {.event = event, .conn = ev->conn};
	struct smb2_chain chain;
	struct slice bytes, pdu;
	int r = 0;

	buf_reset(scratch);
	bytes = ir_bytes(ir, ev, scratch);
	if (scratch->err != 0 || smb2_msg_kind(bytes) != SMB2_MSG_PLAIN)
		return scratch->err;
	chain = smb2_chain_init(bytes);
	while (r == 0 && smb2_chain_next(&chain, &pdu) && pdu.n >= SMB2_HEADER) {
		uint64_t command = wire_le(pdu.p + SMB2_HDR_AT(command), 2);
		uint64_t flags = wire_le(pdu.p + SMB2_HDR_AT(flags), 4);
		size_t off = (size_t)(pdu.p - bytes.p);

		if ((flags & SMB2_FLAGS_RELATED_OPERATIONS) == 0)
			at.create = 0;
		if (command == SMB2_CMD_CREATE)
			at.create = (uint32_t)off;
		at.open = ir_symbol_in(ev, IR_OPEN, off, pdu.n);
		if (command == SMB2_CMD_QUERY_DIRECTORY)
			r = add_request(s, &at, pdu);
	}
	return r;
}

/* Opens by the CREATE that made them. */
struct made {
	uint32_t event, off, place;
};

static int
by_create(const void *a, const void *b)
{
	const struct made *x = a, *y = b;

	if (x->event != y->event)
		return x->event < y->event ? -1 : 1;
	return x->off < y->off ? -1 : x->off > y->off;
}

static uint32_t
place_of(const struct scan_request *q, const struct handles *h, const struct made *made)
{
	const struct made key = {.event = q->event, .off = q->create}, *found;

	if (q->open != 0)
		return ir_index_at(&h->index[IR_OPEN], q->open);
	if (q->create == 0)
		return 0;
	found = bsearch(&key, made, h->index[IR_OPEN].n, sizeof(*made), by_create);
	return found != NULL ? found->place : 0;
}

/* The requests are in order of events. `first` of each open: the request with which its listing
 * began, and one more. */
static void
assign(struct scans *s, const struct handles *h, const struct made *made, uint32_t *first)
{
	for (size_t i = 0; i < s->n; i++) {
		struct scan_request *q = &s->list[i];
		uint32_t place = place_of(q, h, made);

		if (place == 0 || first[place] == 0 || q->begins) {
			q->scan = ++s->n_scans;
			first[place] = (uint32_t)i + 1;
			continue;
		}
		q->scan = s->list[first[place] - 1].scan;
		q->exact = s->list[first[place] - 1].exact;
	}
}

static int
group(struct scans *s, const struct ir *ir)
{
	struct handles h;
	struct made *made = NULL;
	uint32_t *first = NULL;
	int r = handles_init(ir, &h);

	if (r != 0)
		return r;
	made = calloc((size_t)h.index[IR_OPEN].n + 1, sizeof(*made));
	first = calloc((size_t)h.index[IR_OPEN].n + 1, sizeof(*first));
	r = made != NULL && first != NULL ? 0 : ERR_NOMEM;
	for (uint32_t i = 1; r == 0 && i <= h.index[IR_OPEN].n; i++)
		made[i - 1] =
			(struct made){h.list[IR_OPEN][i].asked, h.list[IR_OPEN][i].asked_off, i};
	if (r == 0 && h.index[IR_OPEN].n > 1)
		qsort(made, h.index[IR_OPEN].n, sizeof(*made), by_create);
	if (r == 0)
		assign(s, &h, made, first);
	free(made);
	free(first);
	handles_free(&h);
	return r;
}

static int
order(const struct scan_request *a, const struct scan_request *b)
{
	if (a->conn != b->conn)
		return a->conn < b->conn ? -1 : 1;
	if (a->message_id != b->message_id)
		return a->message_id < b->message_id ? -1 : 1;
	return 0;
}

static int
by_message_id(const void *a, const void *b)
{
	return order(a, b);
}

int
scans_init(const struct ir *ir, struct scans *out)
{
	struct buf scratch = {0};
	int r = 0;

	*out = (struct scans){0};
	for (uint32_t i = 0; r == 0 && i < ir->n_events; i++)
		if (ir->events[i].kind == IR_SEND)
			r = add_event(out, ir, i, &scratch);
	buf_free(&scratch);
	if (r == 0 && out->n > 0)
		r = group(out, ir);
	if (r == 0 && out->n > 1)
		qsort(out->list, out->n, sizeof(*out->list), by_message_id);
	return r;
}

void
scans_free(struct scans *s)
{
	free(s->list);
	*s = (struct scans){0};
}

const struct scan_request *
scans_find(const struct scans *s, uint32_t conn, uint64_t message_id)
{
	const struct scan_request key = {.conn = conn, .message_id = message_id};

	return s->n > 0 ? bsearch(&key, s->list, s->n, sizeof(*s->list), by_message_id) : NULL;
}
