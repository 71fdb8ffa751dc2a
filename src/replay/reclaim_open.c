/* CREATE requests that reclaim durable opens. */
#include "config.h"

#include "replay/reclaim_open.h"

#include "proto/smb2_elems.h"
#include "replay/assemble_own.h"
#include "replay/react.h"

#define PERSISTENT 2 /* MS-SMB2 2.2.14.2.12 */
#define NAME_AT (SMB2_HEADER + 56)

/* What the recorded contexts say. */
struct durable {
	bool v1, v2;
	uint8_t create_guid[16];
	bool persistent;
	struct slice lease; /* data of the lease context; n 0: none */
};

static bool
is_named(const struct smb2_create_context *c, const char *name)
{
	return c->name.n == 4 && memcmp(c->name.p, name, 4) == 0;
}

/* The CreateGuid lies behind other fields in both contexts that have one. */
static void
read_context(const struct smb2_create_context *c, struct durable *out)
{
	struct smb2_ctx_dh2q_req asks;
	struct smb2_ctx_dh2c_req again;

	if (is_named(c, "RqLs")) {
		out->lease = c->data;
	} else if (is_named(c, "DHnQ") || is_named(c, "DHnC")) {
		out->v1 = true;
	} else if (is_named(c, "DH2Q") && smb2_decode(&smb2_defs[SMB2_DEF_smb2_ctx_dh2q_req],
						      c->data, 0, &asks, NULL) == 0) {
		out->v2 = true;
		memcpy(out->create_guid, asks.create_guid.b, 16);
	} else if (is_named(c, "DH2C") && smb2_decode(&smb2_defs[SMB2_DEF_smb2_ctx_dh2c_req],
						      c->data, 0, &again, NULL) == 0) {
		out->v2 = true;
		out->persistent = (again.flags & PERSISTENT) != 0;
		memcpy(out->create_guid, again.create_guid.b, 16);
	}
}

static struct durable
read_request(const struct smb2_pdu *create)
{
	struct durable d = {.v1 = false};
	struct smb2_elems it;
	struct smb2_elem el;

	if (create->body_def != &smb2_defs[SMB2_DEF_smb2_create_req])
		return d;
	it = smb2_elems_init(smb2_row_find(create->body_def, "create_contexts"),
			     &create->body.smb2_create_req, false);
	while (smb2_elems_next(&it, &el))
		read_context(&el.any.smb2_create_context, &d);
	return d;
}

/* Was it granted as persistent? Only then the server takes it back as that. */
static bool
was_persistent(const struct smb2_pdu *answer)
{
	struct smb2_ctx_dh2q_resp granted;
	struct smb2_elems it;
	struct smb2_elem el;

	if (answer->body_def != &smb2_defs[SMB2_DEF_smb2_create_resp])
		return false;
	it = smb2_elems_init(smb2_row_find(answer->body_def, "create_contexts"),
			     &answer->body.smb2_create_resp, true);
	while (smb2_elems_next(&it, &el))
		if (is_named(&el.any.smb2_create_context, "DH2Q") &&
		    smb2_decode(&smb2_defs[SMB2_DEF_smb2_ctx_dh2q_resp],
				el.any.smb2_create_context.data, 0, &granted, NULL) == 0)
			return (granted.flags & PERSISTENT) != 0;
	return false;
}

bool
reclaim_is_durable(struct engine *e, const struct handle *open)
{
	struct smb2_pdu create;
	struct durable d;

	if (handles_request(e->ir, open, &e->out, &create) != 0)
		return false;
	d = read_request(&create);
	return d.v1 || d.v2;
}

/* Append a context, 8-byte aligned; `more`: another one follows. */
static int
add_context(struct buf *out, const char *name, struct slice data, bool more)
{
	const uint32_t name_at = 16, data_at = 24, n = data_at + (uint32_t)((data.n + 7) & ~7u);
	const struct smb2_create_context c = {.next = more ? n : 0,
					      .name_offset = (uint16_t)name_at,
					      .name_length = 4,
					      .data_offset = (uint16_t)data_at,
					      .data_length = (uint32_t)data.n,
					      .name = slice_of(name, 4),
					      .data = data};
	size_t at = out->n, size = more ? n : data_at + data.n;

	buf_zero(out, size);
	return out->err != 0 ? out->err
			     : smb2_encode(&smb2_defs[SMB2_DEF_smb2_create_context], &c, 0,
					   out->p + at, NULL, size);
}

static int
add_contexts(struct buf *out, const struct durable *d, struct slice file_id)
{
	struct smb2_ctx_dh2c_req v2 = {.flags = d->persistent ? PERSISTENT : 0};
	uint8_t data[36] = {0};
	int r = 0;

	if (d->lease.n > 0)
		r = add_context(out, "RqLs", d->lease, true);
	if (r != 0 || !d->v2)
		return r != 0 ? r : add_context(out, "DHnC", file_id, false);
	memcpy(v2.file_id.b, file_id.p, sizeof(v2.file_id.b));
	memcpy(v2.create_guid.b, d->create_guid, sizeof(v2.create_guid.b));
	r = smb2_encode(&smb2_defs[SMB2_DEF_smb2_ctx_dh2c_req], &v2, 0, data, NULL, sizeof(data));
	return r != 0 ? r : add_context(out, "DH2C", slice_of(data, sizeof(data)), false);
}

static uint64_t
live(const struct engine *e, enum ir_what what, uint32_t number)
{
	struct slice v;

	return judge_symbol(e->judge, what, number, &v) == JUDGE_DEFINED ? wire_le(v.p, v.n) : 0;
}

/* It was put together of what was recorded. */
static void
put_keys(const struct engine *e, struct buf *message)
{
	struct smb2_chain chain = smb2_chain_init(buf_slice(message));
	struct slice bytes;
	struct smb2_pdu pdu;

	if (smb2_chain_next(&chain, &bytes) && smb2_pdu_decode(bytes, &pdu) == 0)
		(void)mapper_keys(e->assemble->mapper, &pdu, message->p + (bytes.p - message->p));
}

static int
build(struct engine *e, const struct task *t, const struct smb2_pdu *create,
      const struct durable *d, struct buf *out)
{
	const struct own_header h = {.command = SMB2_CMD_CREATE,
				     .credit_charge = create->h.credit_charge != 0,
				     .credits = create->h.credits,
				     .tree_id = (uint32_t)live(e, IR_TREE, t->tree),
				     .session_id = live(e, IR_SESSION, t->session)};
	struct smb2_create_req body = create->body.smb2_create_req;
	struct buf contexts = {0}, name = {0};
	struct slice file_id;
	int r;

	if (judge_symbol(e->judge, IR_OPEN, t->number, &file_id) != JUDGE_DEFINED)
		return ERR_NOTFOUND;
	r = add_contexts(&contexts, d, file_id);
	if (r == 0)
		r = mapper_path(e->assemble->mapper, t->tree, body.name, &name);
	body.name = buf_slice(&name);
	body.name_length = (uint16_t)name.n;
	if (name.n > UINT16_MAX)
		r = ERR_LIMIT;
	body.name_offset = NAME_AT;
	body.create_contexts_offset = (uint32_t)((NAME_AT + body.name.n + 7) & ~(size_t)7);
	body.create_contexts_length = (uint32_t)contexts.n;
	body.create_contexts = buf_slice(&contexts);
	if (r == 0)
		r = own_build(&h, create->body_def, &body,
			      body.create_contexts_offset - SMB2_HEADER + contexts.n, out);
	if (r == 0)
		put_keys(e, out);
	buf_free(&contexts);
	buf_free(&name);
	return r;
}

int
reclaim_open(struct engine *e, uint32_t conn, struct task *t, uint64_t message_id)
{
	const struct handle *h = handles_find(react_handles(e), IR_OPEN, t->number);
	const struct own_way way = {.like = t->event,
				    .session = t->session,
				    .message_id = message_id,
				    .what = "reconnection"};
	struct engine_message m = {.plain = {0}};
	struct smb2_pdu create, answer;
	struct buf recorded = {0}, plain = {0};
	struct durable d;
	int r = handles_response(e->ir, h, &recorded, &answer);
	bool persistent = r == 0 && was_persistent(&answer);

	r = handles_request(e->ir, h, &recorded, &create);
	if (r == 0) {
		d = read_request(&create);
		d.persistent |= persistent;
		r = build(e, t, &create, &d, &plain);
	}
	if (r == 0)
		r = assemble_own(e->assemble, e->conns[conn].security, &way, &plain, &m.wire,
				 &m.layers);
	m.plain = buf_slice(&plain);
	if (r == 0)
		r = reclaim_send(e, conn, &m);
	buf_free(&recorded);
	buf_free(&plain);
	return r;
}
