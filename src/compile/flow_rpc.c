/*
 * Value flow over pipes: the PDUs of connection-oriented RPC (C706 12.6, MS-RPCE 2.2.2). The stubs
 * of calls and answers are searched; what belongs to RPC itself is not, but for the association
 * group that a server makes up at the first bind.
 */
#include "config.h"

#include "compile/flow_int.h"

#define RPC_REQUEST 0
#define RPC_RESPONSE 2
#define RPC_BIND 11
#define RPC_BIND_ACK 12
#define RPC_ALTER 14
#define RPC_ALTER_RESP 15
#define RPC_LAST_TYPE 19
#define RPC_FIRST_FRAG 0x01
#define RPC_OBJECT_UUID 0x80
#define RPC_LITTLE_ENDIAN 0x10
#define RPC_UUID_LEN 16
#define RPC_PRIVACY 6           /* MS-RPCE 2.2.1.1.8: the stub is sealed */
#define RPC_HANDLE ((size_t)20) /* C706 N: ndr_context_handle: attributes, UUID */
#define RPC_HANDLE_TYPE 15

/* One of the PDUs in what goes over a pipe. */
struct rpc_pdu {
	struct rpc_header h;
	struct slice bytes;
	struct slice
		body; /* behind the header, without the security trailer; empty if it is sealed */
};

static bool
is_rpc(const struct rpc_header *h, size_t n)
{
	return h->version == 5 && h->version_minor <= 1 && h->ptype <= RPC_LAST_TYPE &&
	       h->drep.b[0] == RPC_LITTLE_ENDIAN && h->frag_length <= n &&
	       h->frag_length >= smb2_defs[SMB2_DEF_rpc_header].fixed;
}

/* The next PDU; false where none begins, or not all of it is here. */
static bool
next_pdu(struct slice *left, struct rpc_pdu *out)
{
	size_t header = smb2_defs[SMB2_DEF_rpc_header].fixed;
	size_t trailer = smb2_defs[SMB2_DEF_rpc_trailer].fixed, end;
	struct rpc_trailer t;

	if (smb2_decode(&smb2_defs[SMB2_DEF_rpc_header], *left, 0, &out->h, NULL) != 0 ||
	    !is_rpc(&out->h, left->n))
		return false;
	end = out->h.frag_length;
	out->bytes = slice_sub(*left, 0, end);
	*left = slice_sub(*left, end, left->n - end);
	out->body = slice_sub(out->bytes, header, end - header);
	if (out->h.auth_length == 0)
		return true;
	if (out->h.auth_length > out->body.n || trailer > out->body.n - out->h.auth_length ||
	    smb2_decode(&smb2_defs[SMB2_DEF_rpc_trailer], out->bytes,
			end - out->h.auth_length - trailer, &t, NULL) != 0 ||
	    t.auth_level >= RPC_PRIVACY)
		out->body.n = 0;
	else
		out->body.n -= out->h.auth_length + trailer;
	return true;
}

/* The parameters of a call or its results; 8 bytes, and perhaps an object's UUID, precede them. */
static struct slice
stub_of(const struct rpc_pdu *pdu)
{
	size_t skip = smb2_defs[SMB2_DEF_rpc_call].fixed;

	if (pdu->h.ptype == RPC_REQUEST && (pdu->h.pfc_flags & RPC_OBJECT_UUID) != 0)
		skip += RPC_UUID_LEN;
	return slice_sub(pdu->body, skip, skip < pdu->body.n ? pdu->body.n - skip : 0);
}

static struct flow_place
place_of(const struct flow_place *p, struct slice s)
{
	struct flow_place out = *p;

	out.bytes = s;
	out.off = s.n > 0 ? p->off + (size_t)(s.p - p->bytes.p) : p->off;
	return out;
}

/* Do two of the four words that would be a UUID hold two characters each? Then it is a string. */
static bool
has_text(const uint8_t *p)
{
	unsigned text = 0;

	for (size_t i = 0; i < RPC_UUID_LEN; i += 4)
		text += p[i] != 0 && p[i + 1] == 0 && p[i + 2] != 0 && p[i + 3] == 0;
	return text >= 2;
}

/* Most calls begin with the handle that they are about. Its attributes are 0; Samba keeps a small
 * number there. */
static int
use_handle(const struct flow_place *stub)
{
	if (stub->bytes.n < RPC_HANDLE || wire_le(stub->bytes.p, 4) > RPC_HANDLE_TYPE ||
	    has_text(stub->bytes.p + 4))
		return 0;
	return flow_use_exact(stub, 0, RPC_HANDLE);
}

static int
see_call(const struct flow_place *p, const struct rpc_pdu *pdu)
{
	struct flow_place stub = place_of(p, stub_of(pdu));
	int r = 0;

	if ((pdu->h.pfc_flags & RPC_FIRST_FRAG) != 0)
		r = use_handle(&stub);
	if (r == 0)
		r = flow_use_any(&stub);
	return r == 0 ? flow_note_sent(&stub) : r;
}

/* The association group in a PDU that binds or answers that; NULL: none. */
static const uint8_t *
group_of(const struct rpc_pdu *pdu)
{
	const struct smb2_row *row = smb2_row_find(&smb2_defs[SMB2_DEF_rpc_bind], "assoc_group_id");
	struct slice s = slice_sub(pdu->body, row->wire, row->width);

	return s.n > 0 && wire_le(s.p, s.n) != 0 ? s.p : NULL;
}

static struct flow_group *
find_group(struct flow *f, const uint8_t *id)
{
	size_t n = f->n_groups < FLOW_GROUPS ? f->n_groups : FLOW_GROUPS;

	for (size_t i = 1; i <= n; i++) {
		struct flow_group *g = &f->groups[(f->n_groups - i) % FLOW_GROUPS];

		if (memcmp(g->id, id, sizeof(g->id)) == 0)
			return g;
	}
	return NULL;
}

static void
use_group(const struct flow_place *p, const uint8_t *id)
{
	const struct flow_group *g = id != NULL ? find_group(p->f, id) : NULL;
	size_t off = g != NULL ? p->off + (size_t)(id - p->bytes.p) : 0;

	if (g != NULL && !flow_is_taken(p->m, off, sizeof(g->id)))
		(void)flow_add_use(p->m, off, sizeof(g->id), g->value, 0);
}

/* It names nothing until the client sends it back, but no two servers make up the same one: it is
 * a value at once, so that it counts for no difference. */
static int
define_group(const struct flow_place *p, const uint8_t *id)
{
	struct ir_value v = {.event = p->m->event, .width = sizeof(p->f->groups[0].id)};
	struct flow_group *g;
	uint32_t number;
	int r;

	if (id == NULL || find_group(p->f, id) != NULL)
		return 0;
	v.off = (uint32_t)(p->off + (size_t)(id - p->bytes.p));
	if (flow_is_taken(p->m, v.off, v.width) || flow_rules_forbid(p->f, slice_of(id, v.width)))
		return 0;
	r = flow_define(p->f, &v, &number);
	if (r != 0 || number == 0)
		return r;
	g = &p->f->groups[p->f->n_groups++ % FLOW_GROUPS];
	memcpy(g->id, id, sizeof(g->id));
	g->value = number;
	return 0;
}

int
flow_rpc_request(const struct flow_place *p, bool maybe)
{
	struct slice left = p->bytes;
	struct rpc_pdu pdu;
	bool any = false;
	int r = 0;

	while (r == 0 && next_pdu(&left, &pdu)) {
		any = true;
		if (pdu.h.ptype == RPC_REQUEST)
			r = see_call(p, &pdu);
		else if (pdu.h.ptype == RPC_BIND || pdu.h.ptype == RPC_ALTER)
			use_group(p, group_of(&pdu));
	}
	/* The rest of a PDU that does not fit into one message, or another protocol. */
	if (r == 0 && left.n > 0 && (any || !maybe)) {
		struct flow_place rest = place_of(p, left);

		r = flow_use_any(&rest);
		if (r == 0)
			r = flow_note_sent(&rest);
	}
	return r;
}

int
flow_rpc_response(const struct flow_place *p, bool maybe)
{
	struct slice left = p->bytes;
	struct flow_place said;
	struct rpc_pdu pdu;
	bool any = false;
	int r = 0;

	while (r == 0 && next_pdu(&left, &pdu)) {
		any = true;
		said = place_of(p, stub_of(&pdu));
		if (pdu.h.ptype == RPC_RESPONSE)
			r = flow_note_said(&said);
		else if (pdu.h.ptype == RPC_BIND_ACK || pdu.h.ptype == RPC_ALTER_RESP)
			r = define_group(p, group_of(&pdu));
	}
	if (r == 0 && left.n > 0 && (any || !maybe)) {
		said = place_of(p, left);
		r = flow_note_said(&said);
	}
	return r;
}
