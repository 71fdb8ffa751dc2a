/* Value flow: which parts of requests and responses are looked at. */
#include "config.h"

#include "compile/flow_int.h"

#include <stdlib.h>

#include "proto/smb2_elems.h"

/* Room for what was said and sent. A directory listing has up to 64 KiB, an answer over a pipe 4.
 */
#define SAID_PIPES ((size_t)256 << 10)
#define SAID_FILES ((size_t)1 << 20)
#define SENT_PIPES ((size_t)128 << 10)
#define SENT_FILES ((size_t)64 << 10)

/* MS-SMB2 2.2.31, MS-FSCC 2.3 */
#define FSCTL_PIPE_TRANSCEIVE 0x0011c017u
#define FSCTL_SRV_ENUMERATE_SNAPSHOTS 0x00144064u
#define FSCTL_OFFLOAD_WRITE 0x00098268u
#define FSCTL_READ_USN_JOURNAL 0x000900bbu
#define FSCTL_ENUM_USN_DATA 0x000900b3u

#define FILE_OPEN_BY_FILE_ID 0x2000u /* MS-SMB2 2.2.13 CreateOptions */
#define INFO_FILESYSTEM 2            /* MS-SMB2 2.2.37 InfoType */
#define INFO_QUOTA 4

/* Fields of FSCTLs that are identifiers by their place, however small their numbers. */
static const struct {
	uint32_t ctl_code;
	uint16_t at, width;
} exact[] = {
	{FSCTL_OFFLOAD_WRITE, 32, 512},  /* MS-FSCC 2.3.80 Token */
	{FSCTL_READ_USN_JOURNAL, 0, 8},  /* MS-FSCC 2.3.63 StartUsn */
	{FSCTL_READ_USN_JOURNAL, 32, 8}, /* UsnJournalID */
	{FSCTL_ENUM_USN_DATA, 0, 8},     /* MS-FSCC 2.3.16 StartFileReferenceNumber */
};

int
flow_new(const struct flow_rules *rules, struct flow **out)
{
	struct flow *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return ERR_NOMEM;
	f->said[FLOW_PIPES].opt = (struct flow_ring_options){.bytes = SAID_PIPES, .stride = 4};
	f->said[FLOW_FILES].opt = (struct flow_ring_options){.bytes = SAID_FILES, .stride = 8};
	f->sent[FLOW_PIPES].opt = (struct flow_ring_options){SENT_PIPES, 4, true};
	f->sent[FLOW_FILES].opt = (struct flow_ring_options){SENT_FILES, 4, true};
	if (rules != NULL)
		f->rules = *rules;
	f->named = calloc(f->rules.n_add + 1, sizeof(*f->named));
	if (f->named == NULL) {
		free(f);
		return ERR_NOMEM;
	}
	*out = f;
	return 0;
}

void
flow_free(struct flow *f)
{
	if (f == NULL)
		return;
	for (int i = 0; i < FLOW_SPACES; i++) {
		flow_ring_free(&f->said[i]);
		flow_ring_free(&f->sent[i]);
	}
	free(f->values);
	free(f->next);
	free(f->named);
	free(f);
}

const struct ir_value *
flow_values(const struct flow *f, size_t *n)
{
	*n = f->n_values;
	return f->values;
}

uint64_t
flow_left_out(const struct flow *f)
{
	return f->left_out;
}

void
flow_tree(struct flow *f, uint32_t tree, bool pipes)
{
	f->pipes[tree % FLOW_PIPE_TREES] = pipes ? tree : 0;
	f->disks[tree % FLOW_PIPE_TREES] = pipes ? 0 : tree;
}

static enum flow_pipe
pipe_of(const struct flow *f, uint32_t tree)
{
	if (tree != 0 && f->pipes[tree % FLOW_PIPE_TREES] == tree)
		return FLOW_PIPE;
	return tree != 0 && f->disks[tree % FLOW_PIPE_TREES] == tree ? FLOW_NO_PIPE
								     : FLOW_MAYBE_PIPE;
}

static struct flow_place
make_place(struct flow *f, const struct flow_message *m, const struct flow_pdu *p,
	   enum flow_space space, struct slice s)
{
	return (struct flow_place){
		.f = f,
		.m = m,
		.space = space,
		.bytes = s,
		.off = p->at + (s.n > 0 ? (size_t)(s.p - p->pdu->bytes.p) : 0),
	};
}

static struct flow_read *
read_slot(struct flow *f, uint32_t conn, uint64_t message_id)
{
	return &f->reads[(message_id ^ (uint64_t)conn * 977) % FLOW_PIPE_READS];
}

/* A READ's answer need not name its tree: what it is of is known from the request. */
static void
note_read(struct flow *f, const struct flow_message *m, const struct flow_pdu *p)
{
	enum flow_pipe of = pipe_of(f, p->tree);
	struct flow_read *slot;

	if (of == FLOW_NO_PIPE)
		return;
	slot = read_slot(f, m->conn, p->pdu->h.message_id);
	*slot = (struct flow_read){p->pdu->h.message_id, m->conn, (uint8_t)of};
}

static enum flow_pipe
read_of(struct flow *f, const struct flow_message *m, const struct smb2_pdu *pdu)
{
	const struct flow_read *slot = read_slot(f, m->conn, pdu->h.message_id);

	return slot->message_id == pdu->h.message_id && slot->conn == m->conn
		       ? (enum flow_pipe)slot->of
		       : FLOW_NO_PIPE;
}

/* Whatever in it looks like an identifier; then it counts as sent. */
static int
use_any(const struct flow_place *place)
{
	int r = flow_use_any(place);

	return r == 0 ? flow_note_sent(place) : r;
}

static int
request_ioctl(struct flow *f, const struct flow_message *m, const struct flow_pdu *p)
{
	const struct smb2_ioctl_req *b = &p->pdu->body.smb2_ioctl_req;
	const struct smb2_row *row = smb2_row_find(p->pdu->body_def, "input");
	struct flow_place place = make_place(f, m, p, FLOW_FILES, b->input);
	int r = 0;

	if (b->ctl_code == FSCTL_PIPE_TRANSCEIVE) {
		place.space = FLOW_PIPES;
		return flow_rpc_request(&place, false);
	}
	/* Of a described structure the identifiers are known. */
	if (b->input.n == 0 || smb2_select(row, b, false) != NULL)
		return 0;
	for (size_t i = 0; r == 0 && i < sizeof(exact) / sizeof(exact[0]); i++)
		if (exact[i].ctl_code == b->ctl_code)
			r = flow_use_exact(&place, exact[i].at, exact[i].width);
	return r == 0 ? use_any(&place) : r;
}

static bool
is_snapshot(const uint8_t *p)
{
	static const uint8_t head[] = "@\0G\0M\0T\0-";

	return memcmp(p, head, sizeof(head)) == 0;
}

static struct flow_snapshot *
find_snapshot(struct flow *f, const uint8_t *name)
{
	size_t n = f->n_snapshots < FLOW_SNAPSHOTS ? f->n_snapshots : FLOW_SNAPSHOTS;

	for (size_t i = 1; i <= n; i++) {
		struct flow_snapshot *s = &f->snapshots[(f->n_snapshots - i) % FLOW_SNAPSHOTS];

		if (memcmp(s->name, name, FLOW_SNAPSHOT) == 0)
			return s;
	}
	return NULL;
}

static struct flow_snapshot *
add_snapshot(struct flow *f, const uint8_t *name)
{
	struct flow_snapshot *s = &f->snapshots[f->n_snapshots++ % FLOW_SNAPSHOTS];

	*s = (struct flow_snapshot){0};
	memcpy(s->name, name, FLOW_SNAPSHOT);
	return s;
}

/* A snapshot of which a server told: MS-SMB2 2.2.32.2. One that the client named first is its own.
 */
static int
use_snapshot(const struct flow_place *p, size_t at)
{
	struct flow_snapshot *s = find_snapshot(p->f, p->bytes.p + at);
	struct ir_value v = {.width = FLOW_SNAPSHOT};
	int r;

	if (s == NULL)
		(void)add_snapshot(p->f, p->bytes.p + at);
	if (s == NULL || s->off == 0 || *p->m->n_patches == p->m->max_patches ||
	    flow_is_taken(p->m, p->off + at, FLOW_SNAPSHOT) ||
	    flow_rules_forbid(p->f, slice_of(s->name, FLOW_SNAPSHOT)))
		return 0;
	v.event = s->event;
	v.off = s->off;
	r = s->value == 0 ? flow_define(p->f, &v, &s->value) : 0;
	if (r == 0 && s->value != 0)
		(void)flow_add_use(p->m, p->off + at, FLOW_SNAPSHOT, s->value, 0);
	return r;
}

static int
use_snapshots(const struct flow_place *p)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < p->bytes.n && p->bytes.n - i >= FLOW_SNAPSHOT; i += 2)
		if (p->bytes.p[i] == '@' && is_snapshot(p->bytes.p + i))
			r = use_snapshot(p, i);
	return r;
}

static void
learn_snapshots(const struct flow_place *p)
{
	size_t n = 0; /* more than are kept need not be looked at */

	for (size_t i = 0; n < FLOW_SNAPSHOTS && i < p->bytes.n && p->bytes.n - i >= FLOW_SNAPSHOT;
	     i += 2) {
		struct flow_snapshot *s;

		if (p->bytes.p[i] != '@' || !is_snapshot(p->bytes.p + i))
			continue;
		n++;
		s = find_snapshot(p->f, p->bytes.p + i);
		if (s != NULL && s->off == 0)
			continue; /* the client's own */
		if (s == NULL)
			s = add_snapshot(p->f, p->bytes.p + i);
		s->event = p->m->event;
		s->off = (uint32_t)(p->off + i);
		s->value = 0;
	}
}

static bool
has_tag(const struct smb2_create_context *c, const char *tag)
{
	return c->name.n == 4 && memcmp(c->name.p, tag, 4) == 0;
}

/* A context that is described holds no identifiers that are not listed, but for a snapshot's time.
 */
static int
request_context(struct flow *f, const struct flow_message *m, const struct flow_pdu *p,
		const struct smb2_create_context *c)
{
	const struct smb2_row *row =
		smb2_row_find(&smb2_defs[SMB2_DEF_smb2_create_context], "data");
	struct flow_place place = make_place(f, m, p, FLOW_FILES, c->data);

	if (has_tag(c, "TWrp"))
		return flow_use_exact(&place, 0, 8);
	return c->data.n == 0 || smb2_select(row, c, false) != NULL ? 0 : use_any(&place);
}

static int
request_create(struct flow *f, const struct flow_message *m, const struct flow_pdu *p)
{
	const struct smb2_create_req *b = &p->pdu->body.smb2_create_req;
	struct flow_place name = make_place(f, m, p, FLOW_FILES, b->name);
	struct smb2_elems it;
	struct smb2_elem e;
	int r = 0;

	if ((b->create_options & FILE_OPEN_BY_FILE_ID) != 0 && b->name.n >= FLOW_WINDOW)
		r = flow_use_exact(&name, 0, b->name.n);
	else if (b->name.n >= FLOW_SNAPSHOT)
		r = use_snapshots(&name);
	if (r != 0 || b->create_contexts.n == 0)
		return r;
	it = smb2_elems_init(smb2_row_find(p->pdu->body_def, "create_contexts"), b, false);
	while (r == 0 && smb2_elems_next(&it, &e))
		r = request_context(f, m, p, &e.any.smb2_create_context);
	return r;
}

static int
request_write(struct flow *f, const struct flow_message *m, const struct flow_pdu *p)
{
	enum flow_pipe of = pipe_of(f, p->tree);
	struct flow_place place = make_place(f, m, p, FLOW_PIPES, p->pdu->body.smb2_write_req.data);

	return of == FLOW_NO_PIPE ? 0 : flow_rpc_request(&place, of == FLOW_MAYBE_PIPE);
}

static int
request_info(struct flow *f, const struct flow_message *m, const struct flow_pdu *p)
{
	bool set = p->pdu->h.command == SMB2_CMD_SET_INFO;
	unsigned type = set ? p->pdu->body.smb2_set_info_req.info_type
			    : p->pdu->body.smb2_query_info_req.info_type;
	struct flow_place place = make_place(f, m, p, FLOW_FILES,
					     set ? p->pdu->body.smb2_set_info_req.buffer
						 : p->pdu->body.smb2_query_info_req.input_buffer);

	/* Times, sizes, attributes, names, ACLs: what a client sets, not what it names. */
	return place.bytes.n == 0 || (type != INFO_FILESYSTEM && type != INFO_QUOTA)
		       ? 0
		       : use_any(&place);
}

int
flow_request(struct flow *f, const struct flow_message *m, const struct flow_pdu *p)
{
	const struct smb2_def *def = p->pdu->body_def;
	int r = 0;

	if (def == NULL)
		return 0;
	if (f->rules.n_add > 0)
		r = flow_rules_request(f, m, p);
	if (r != 0)
		return r;
	switch (p->pdu->h.command) {
	case SMB2_CMD_READ:
		note_read(f, m, p);
		return 0;
	case SMB2_CMD_WRITE:
		return request_write(f, m, p);
	case SMB2_CMD_IOCTL:
		return request_ioctl(f, m, p);
	case SMB2_CMD_CREATE:
		return request_create(f, m, p);
	case SMB2_CMD_QUERY_INFO:
	case SMB2_CMD_SET_INFO:
		return request_info(f, m, p);
	default:
		return 0;
	}
}

static int
response_ioctl(struct flow *f, const struct flow_message *m, const struct flow_pdu *p)
{
	const struct smb2_ioctl_resp *b = &p->pdu->body.smb2_ioctl_resp;
	const struct smb2_row *row = smb2_row_find(p->pdu->body_def, "output");
	struct flow_place place = make_place(f, m, p, FLOW_FILES, b->output);

	if (b->ctl_code == FSCTL_PIPE_TRANSCEIVE) {
		place.space = FLOW_PIPES;
		return flow_rpc_response(&place, false);
	}
	if (b->output.n == 0 || smb2_select(row, b, true) != NULL)
		return 0;
	if (b->ctl_code == FSCTL_SRV_ENUMERATE_SNAPSHOTS) {
		learn_snapshots(&place);
		return 0;
	}
	return flow_note_said(&place);
}

static int
response_create(struct flow *f, const struct flow_message *m, const struct flow_pdu *p)
{
	const struct smb2_create_resp *b = &p->pdu->body.smb2_create_resp;
	const struct smb2_row *row =
		smb2_row_find(&smb2_defs[SMB2_DEF_smb2_create_context], "data");
	struct smb2_elems it;
	struct smb2_elem e;
	int r = 0;

	if (b->create_contexts.n == 0)
		return 0;
	it = smb2_elems_init(smb2_row_find(p->pdu->body_def, "create_contexts"), b, true);
	while (r == 0 && smb2_elems_next(&it, &e)) {
		const struct smb2_create_context *c = &e.any.smb2_create_context;
		struct flow_place place = make_place(f, m, p, FLOW_FILES, c->data);

		if (has_tag(c, "QFid") || smb2_select(row, c, true) == NULL)
			r = flow_note_said(&place);
	}
	return r;
}

static int
response_read(struct flow *f, const struct flow_message *m, const struct flow_pdu *p)
{
	enum flow_pipe of = read_of(f, m, p->pdu);
	struct flow_place place = make_place(f, m, p, FLOW_PIPES, p->pdu->body.smb2_read_resp.data);

	return of == FLOW_NO_PIPE ? 0 : flow_rpc_response(&place, of == FLOW_MAYBE_PIPE);
}

int
flow_response(struct flow *f, const struct flow_message *m, const struct flow_pdu *p)
{
	const struct smb2_def *def = p->pdu->body_def;
	struct flow_place place;

	if (def == NULL)
		return 0;
	if (f->rules.n_add > 0)
		flow_rules_response(f, m, p);
	if (def == &smb2_defs[SMB2_DEF_smb2_read_resp])
		return response_read(f, m, p);
	if (def == &smb2_defs[SMB2_DEF_smb2_ioctl_resp])
		return response_ioctl(f, m, p);
	if (def == &smb2_defs[SMB2_DEF_smb2_create_resp])
		return response_create(f, m, p);
	if (def != &smb2_defs[SMB2_DEF_smb2_query_info_resp] &&
	    def != &smb2_defs[SMB2_DEF_smb2_query_directory_resp])
		return 0;
	/* All three have one form. */
	place = make_place(f, m, p, FLOW_FILES, p->pdu->body.smb2_query_info_resp.output_buffer);
	return flow_note_said(&place);
}
