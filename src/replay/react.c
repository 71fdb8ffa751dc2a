/* Breaks that were not recorded, and recorded ones that do not come. */
#include "config.h"

#include "replay/react.h"

#include <stdlib.h>

#include "ir/handles.h"
#include "proto/smb2_elems.h"

#define OPLOCK_EXCLUSIVE 0x08 /* MS-SMB2 2.2.13 */
#define OPLOCK_BATCH 0x09
#define LEASE_ACK_REQUIRED 0x1 /* MS-SMB2 2.2.23.2 */

/* An open, by the lease that its CREATE asked for. */
struct lease_open {
	uint8_t key[16];
	uint32_t open;
};

struct react {
	struct handles handles;
	struct lease_open *leases; /* by key */
	size_t n_leases;
	struct ir_index opens;
	uint8_t *levels; /* of each open, by place: the oplock that it holds */
	bool *held;      /* of each event: a break whose acknowledgment was held back */
};

void
react_free(struct react *r)
{
	if (r == NULL)
		return;
	handles_free(&r->handles);
	free(r->leases);
	ir_index_free(&r->opens);
	free(r->levels);
	free(r->held);
	free(r);
}

/* The part that every replay has: small, and nothing is looked through for it. */
static struct react *
get(struct engine *e)
{
	if (e->react != NULL)
		return e->react;
	e->react = calloc(1, sizeof(*e->react));
	if (e->react == NULL)
		return NULL;
	if (ir_index_new(e->ir, IR_OPEN, &e->react->opens) == 0)
		e->react->levels = calloc((size_t)e->react->opens.n + 1, 1);
	e->react->held = calloc(e->ir->n_events + 1, sizeof(bool));
	if (e->react->levels != NULL && e->react->held != NULL)
		return e->react;
	react_free(e->react);
	return e->react = NULL;
}

int
react_note(struct engine *e, const struct judge_match *m, const struct smb2_pdu *live)
{
	struct react *r;
	uint32_t open;

	if (!m->found || live->body_def != &smb2_defs[SMB2_DEF_smb2_create_resp])
		return 0;
	open = judge_open(e->judge, live->body.smb2_create_resp.file_id.b);
	if (open == 0)
		return 0;
	r = get(e);
	if (r == NULL)
		return ERR_NOMEM;
	r->levels[ir_index_at(&r->opens, open)] = live->body.smb2_create_resp.oplock_level;
	return 0;
}

/* The lease that a CREATE asks for. */
static bool
lease_of(const struct smb2_pdu *create, uint8_t *key)
{
	const struct smb2_create_req *body = &create->body.smb2_create_req;
	struct smb2_elems it;
	struct smb2_elem el;

	if (create->body_def != &smb2_defs[SMB2_DEF_smb2_create_req])
		return false;
	it = smb2_elems_init(smb2_row_find(create->body_def, "create_contexts"), body, false);
	while (smb2_elems_next(&it, &el)) {
		const struct smb2_create_context *c = &el.any.smb2_create_context;

		if (c->name.n != 4 || memcmp(c->name.p, "RqLs", 4) != 0 || c->data.n < 16)
			continue;
		memcpy(key, c->data.p, 16);
		return true;
	}
	return false;
}

static int
by_key(const void *a, const void *b)
{
	const struct lease_open *x = a, *y = b;
	int c = memcmp(x->key, y->key, sizeof(x->key));

	return c != 0 ? c : x->open < y->open ? -1 : x->open > y->open;
}

int
react_look_through(struct engine *e)
{
	struct react *r = get(e);
	struct buf scratch = {0};
	struct smb2_pdu pdu;
	uint32_t n;
	int ret;

	if (r == NULL)
		return ERR_NOMEM;
	if (r->handles.list[IR_OPEN] != NULL)
		return 0;
	ret = handles_init(e->ir, &r->handles);
	if (ret != 0)
		return ret;
	n = r->handles.index[IR_OPEN].n;
	r->leases = calloc((size_t)n + 1, sizeof(*r->leases));
	if (r->leases == NULL)
		return ERR_NOMEM;
	for (uint32_t i = 1; i <= n; i++) {
		const struct handle *h = &r->handles.list[IR_OPEN][i];
		struct lease_open *l = &r->leases[r->n_leases];

		l->open = h->number;
		if (handles_request(e->ir, h, &scratch, &pdu) == 0 && lease_of(&pdu, l->key))
			r->n_leases++;
	}
	ret = scratch.err;
	buf_free(&scratch);
	qsort(r->leases, r->n_leases, sizeof(*r->leases), by_key);
	return ret;
}

const struct handles *
react_handles(const struct engine *e)
{
	return &e->react->handles;
}

/* An open as it is now: live ids, and where it is. */
struct now_open {
	struct own_header header;
	struct slice file_id;
	uint32_t session;
	uint32_t conn; /* where requests for it go out */
	uint64_t like;
};

static bool
live_number(const struct engine *e, enum ir_what what, uint32_t number, uint64_t *out)
{
	struct slice v;

	if (number == 0 || judge_symbol(e->judge, what, number, &v) != JUDGE_DEFINED)
		return false;
	*out = wire_le(v.p, v.n);
	return true;
}

/* The connection that the break came on, if the session is there too; else the open's own. */
static uint32_t
choose_conn(const struct engine *e, uint32_t conn, const struct handle *h, uint64_t session_id)
{
	return security_signer_live(e->conns[conn].security, session_id) != NULL
		       ? conn
		       : e->ir->events[h->asked].conn;
}

/* Is it open, and in what? False: it was closed, or is not known. */
static bool
find_open(const struct engine *e, uint32_t conn, uint32_t number, struct now_open *out)
{
	const struct handle *h = handles_find(&e->react->handles, IR_OPEN, number);
	struct smb2_pdu create;
	struct buf scratch = {0};
	uint64_t tree;
	bool found = judge_symbol(e->judge, IR_OPEN, number, &out->file_id) == JUDGE_DEFINED &&
		     h->asked != HANDLES_NEVER &&
		     (h->ended == HANDLES_NEVER || !engine_passed(e, h->ended)) &&
		     live_number(e, IR_TREE, h->tree, &tree) &&
		     live_number(e, IR_SESSION, h->session, &out->header.session_id) &&
		     handles_request(e->ir, h, &scratch, &create) == 0;

	if (found) {
		out->header.tree_id = (uint32_t)tree;
		out->header.credit_charge = create.h.credit_charge != 0;
		out->session = h->session;
		out->conn = choose_conn(e, conn, h, out->header.session_id);
		out->like = h->asked;
	}
	buf_free(&scratch);
	return found;
}

static int
send_own(struct engine *e, struct now_open *o, const struct smb2_def *def, const void *body)
{
	bool closes = o->header.command == SMB2_CMD_CLOSE;
	const struct own own = {
		.way = {.like = o->like,
			.session = o->session,
			.what = closes ? "extra close" : "extra break acknowledgment"},
		.name = closes ? "CLOSE, not recorded" : "break acknowledgment, not recorded"};
	struct buf message = {0};
	int r = own_build(&o->header, def, body, def->fixed, &message);

	if (r == 0)
		r = own_send(e, o->conn, &own, &message);
	buf_free(&message);
	return r;
}

static int
close_open(struct engine *e, struct now_open *o)
{
	struct smb2_close_req body = {.structure_size = 24};

	o->header.command = SMB2_CMD_CLOSE;
	memcpy(body.file_id.b, o->file_id.p, sizeof(body.file_id.b));
	return send_own(e, o, &smb2_defs[SMB2_DEF_smb2_close_req], &body);
}

/* MS-SMB2 3.2.5.19.1: a batch or exclusive oplock is given back as the server says. */
static int
on_oplock_break(struct engine *e, uint32_t conn, const struct smb2_pdu *live, uint8_t held)
{
	const struct smb2_oplock_break_notify *n = &live->body.smb2_oplock_break_notify;
	struct smb2_oplock_break_ack ack = {.structure_size = 24, .oplock_level = n->oplock_level};
	uint32_t open = judge_open(e->judge, n->file_id.b);
	struct now_open o;

	if ((held != OPLOCK_EXCLUSIVE && held != OPLOCK_BATCH) || !find_open(e, conn, open, &o))
		return 0;
	if (e->opt.on_break == BREAK_CLOSE)
		return close_open(e, &o);
	o.header.command = SMB2_CMD_OPLOCK_BREAK;
	memcpy(ack.file_id.b, n->file_id.b, sizeof(ack.file_id.b));
	return send_own(e, &o, &smb2_defs[SMB2_DEF_smb2_oplock_break_ack], &ack);
}

/* Keys are a client's own: another client may have the same one on another connection. */
static bool
is_of_client(const struct engine *e, uint32_t conn, const struct now_open *o)
{
	return o->conn == conn ||
	       security_signer_live(e->conns[conn].security, o->header.session_id) != NULL;
}

/* The first open of a lease, in `leases`. */
static size_t
first_of_lease(const struct react *r, const uint8_t *key)
{
	size_t lo = 0, hi = r->n_leases;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (memcmp(r->leases[mid].key, key, 16) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* MS-SMB2 3.2.5.19.2: one acknowledgment for a lease, whichever of its opens it goes out for. */
static int
on_lease_break(struct engine *e, uint32_t conn, const struct smb2_pdu *live)
{
	const struct smb2_lease_break_notify *n = &live->body.smb2_lease_break_notify;
	struct smb2_lease_break_ack ack = {
		.structure_size = 36, .lease_key = n->lease_key, .lease_state = n->new_lease_state};
	const struct react *r = e->react;
	struct smb2_b16 key = n->lease_key; /* as recorded */
	int ret = 0;

	mapper_recorded_key(e->assemble->mapper, key.b);
	if ((n->flags & LEASE_ACK_REQUIRED) == 0)
		return 0;
	for (size_t i = first_of_lease(r, key.b);
	     ret == 0 && i < r->n_leases && memcmp(r->leases[i].key, key.b, 16) == 0; i++) {
		struct now_open o;

		if (!find_open(e, conn, r->leases[i].open, &o) || !is_of_client(e, conn, &o))
			continue;
		if (e->opt.on_break == BREAK_CLOSE) {
			ret = close_open(e, &o);
			continue;
		}
		o.header.command = SMB2_CMD_OPLOCK_BREAK;
		return send_own(e, &o, &smb2_defs[SMB2_DEF_smb2_lease_break_ack], &ack);
	}
	return ret;
}

/* The oplock that an open held until now. */
static uint8_t
lower_level(struct engine *e, struct react *r, const struct smb2_pdu *live)
{
	const struct smb2_oplock_break_notify *n = &live->body.smb2_oplock_break_notify;
	uint32_t open = ir_index_at(&r->opens, judge_open(e->judge, n->file_id.b));
	uint8_t held = r->levels[open];

	r->levels[open] = n->oplock_level;
	return held;
}

int
react_to_break(struct engine *e, uint32_t conn, const struct judge_match *m,
	       const struct smb2_pdu *live)
{
	bool oplock = live->body_def == &smb2_defs[SMB2_DEF_smb2_oplock_break_notify];
	struct react *r = get(e);
	uint8_t held;
	int ret;

	if (r == NULL)
		return ERR_NOMEM;
	held = oplock ? lower_level(e, r, live) : 0;
	if ((m->found && !r->held[m->event]) || e->opt.on_break == BREAK_IGNORE)
		return 0;
	ret = react_look_through(e);
	if (ret != 0)
		return ret;
	if (oplock)
		return on_oplock_break(e, conn, live, held);
	return live->body_def == &smb2_defs[SMB2_DEF_smb2_lease_break_notify]
		       ? on_lease_break(e, conn, live)
		       : 0;
}

bool
react_is_early(const struct engine *e, uint64_t n)
{
	uint64_t answers;

	return judge_ack(e->judge, n, &answers) == JUDGE_ACK_WAITS;
}

int
react_hold(struct engine *e, uint64_t n, bool *held)
{
	uint64_t answers;
	enum judge_ack ack = judge_ack(e->judge, n, &answers);
	struct react *r;

	*held = !e->opt.send_idle_acks && (ack == JUDGE_ACK_IDLE || ack == JUDGE_ACK_WAITS);
	if (!*held)
		return 0;
	r = get(e);
	if (r == NULL)
		return ERR_NOMEM;
	r->held[answers] = true;
	e->totals.held++;
	return 0;
}
