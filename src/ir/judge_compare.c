/* The judge: a recorded answer and a live one that were found to belong together. */
#include "config.h"

#include "ir/expected.h"
#include "ir/judge_int.h"
#include "ir/listing.h"

void
judge_on_difference(void *ctx, const struct differ_field *f)
{
	struct judge_comparison *c = ctx;
	enum judge_kind kind = f->payload                       ? JUDGE_DATA
			       : strcmp(f->path, "status") == 0 ? JUDGE_STATUS
			       : c->negotiation                 ? JUDGE_NEGOTIATED
								: JUDGE_FIELD;

	c->equal = false;
	if (kind == JUDGE_NEGOTIATED &&
	    negotiated_said(&c->j->negotiated, f->path, f->expected, f->got))
		return;
	judge_report_expect(c->j, kind, c->e, f->path, f->expected, f->got);
}

/* Equal to the byte in all that is compared, as most answers are: nothing to decode. */
static bool
same_bytes(const struct judge *j, const struct expect *e, const struct smb2_pdu *live)
{
	return e->command == live->h.command && e->status == live->h.status &&
	       e->flags == live->h.flags && e->len == live->bytes.n &&
	       ir_bytes_are(j->ir, &j->ir->events[e->event], e->off + SMB2_HEADER,
			    slice_sub(live->bytes, SMB2_HEADER, live->bytes.n - SMB2_HEADER));
}

/* FSCTL_VALIDATE_NEGOTIATE_INFO repeats what NEGOTIATE said (MS-SMB2 3.3.5.15.12). */
static bool
tells_negotiation(const struct smb2_pdu *pdu)
{
	const struct smb2_row *output;

	if (pdu->body_def != &smb2_defs[SMB2_DEF_smb2_ioctl_resp])
		return pdu->h.command == SMB2_CMD_NEGOTIATE;
	output = smb2_row_find(pdu->body_def, "output");
	return smb2_select(output, &pdu->body, true) ==
	       &smb2_defs[SMB2_DEF_smb2_validate_negotiate_resp];
}

/* Answers that hold keys of leases. */
static bool
may_hold_keys(const struct expect *e)
{
	return e->command == SMB2_CMD_CREATE || e->command == SMB2_CMD_OPLOCK_BREAK;
}

static int
map_keys(struct judge *j, const struct expect *e, bool *any)
{
	struct smb2_pdu rec;

	if (judge_decode_expect(j, e, &rec) != 0)
		return 0;
	buf_reset(&j->mapped);
	buf_add(&j->mapped, rec.bytes.p, rec.bytes.n);
	if (j->mapped.err == 0)
		*any = mapper_keys(j->mapper, &rec, j->mapped.p);
	return j->mapped.err;
}

/* What a hand expects are recorded keys: `answer` has those in place of live ones. */
static int
put_keys_back(struct judge *j, struct smb2_pdu *answer)
{
	buf_reset(&j->mapped);
	buf_add(&j->mapped, answer->bytes.p, answer->bytes.n);
	if (j->mapped.err == 0 && mapper_keys(j->mapper, answer, j->mapped.p))
		return smb2_pdu_decode(buf_slice(&j->mapped), answer);
	return j->mapped.err;
}

/* What a hand expects may lie in the body of an information class, which the request names. */
static int
compare_expected(const struct smb2_pdu *live, struct judge_comparison *c)
{
	struct smb2_pdu answer = *live;
	int r = 0;

	if (c->j->mapper != NULL && may_hold_keys(c->e))
		r = put_keys_back(c->j, &answer);
	if (r != 0)
		return r;
	answer.asked = c->e->asked;
	return expected_pdu(&c->j->ir->events[c->e->event], c->e->pdu, &answer, judge_on_difference,
			    c);
}

/* Answers that can hold names of files. */
static bool
may_name(const struct expect *e)
{
	return e->command == SMB2_CMD_QUERY_DIRECTORY || e->command == SMB2_CMD_QUERY_INFO ||
	       e->command == SMB2_CMD_CHANGE_NOTIFY;
}

/* The recorded answer with the names that stand for its own is in j->mapped, where `*any`. */
static int
map_expect(struct judge *j, const struct expect *e, bool *any)
{
	const struct request *asks;
	struct smb2_pdu rec;
	int r;

	*any = false;
	if (j->mapper != NULL && may_hold_keys(e))
		return map_keys(j, e, any);
	if (j->mapper == NULL || !may_name(e) || judge_decode_expect(j, e, &rec) != 0)
		return 0;
	r = requests_find(&j->requests, j->ir, e->conn, e->message_id, &asks);
	if (r != 0 || asks == NULL)
		return r;
	buf_reset(&j->mapped);
	return mapper_answer(j->mapper, &(struct mapper_question){asks->event, asks->pdu}, &rec,
			     &j->mapped, any);
}

void
judge_map(struct judge *j, struct mapper *m)
{
	j->mapper = m;
}

/* Values that an answer defines differ by nature; entries of a directory are found by name, and
 * what defines something in them is not compared. */
static int
compare_masked(const struct smb2_pdu *rec, struct smb2_pdu *expected, const struct smb2_pdu *live,
	       struct judge_comparison *c)
{
	struct judge *j = c->j;
	struct smb2_pdu copy = *live;
	bool any;
	int r = symbols_mask(&j->ir->events[c->e->event], c->e->off, rec, live, &j->masked, &any);

	if (r == 0 && any && smb2_pdu_decode(buf_slice(&j->masked), &copy) != 0)
		r = ERR_INTERNAL; /* only values were replaced */
	smb2_pdu_open(expected, c->e->asked);
	smb2_pdu_open(&copy, c->e->asked);
	return r != 0 ? r : listing_differ_pdus(expected, &copy, judge_on_difference, c);
}

static int
compare_recorded(const struct smb2_pdu *live, struct judge_comparison *c)
{
	struct judge *j = c->j;
	const struct expect *e = c->e;
	struct smb2_pdu rec, expected, copy = *live;
	bool mapped;
	int r = map_expect(j, e, &mapped);

	if (r != 0 || (!mapped && same_bytes(j, e, live)))
		return r;
	if (judge_decode_expect(j, e, &rec) != 0)
		return j->scratch.err;
	expected = rec;
	if (mapped && smb2_pdu_decode(buf_slice(&j->mapped), &expected) != 0)
		return ERR_INTERNAL; /* only names were replaced */
	c->negotiation = tells_negotiation(&rec);
	if (e->scan == 0)
		return compare_masked(&rec, &expected, live, c);
	smb2_pdu_open(&expected, e->asked);
	smb2_pdu_open(&copy, e->asked);
	return judge_listing_compare(&expected, &copy, c);
}

int
judge_compare(struct judge *j, struct expect *e, const struct smb2_pdu *live)
{
	struct judge_comparison c = {.j = j, .e = e, .equal = true};
	bool by_hand = j->ir->events[e->event].expecting;
	int r = by_hand ? compare_expected(live, &c) : compare_recorded(live, &c);

	if (r == 0 && c.equal)
		judge_count_equal(j, e, true);
	if (r == 0)
		r = judge_listing_answered(j, e, by_hand ? NULL : live);
	return r;
}
