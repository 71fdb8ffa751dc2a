/* What CREATE requests and their answers tell: leases and durable handles. */
#include "config.h"

#include "proto/ntstatus.h"
#include "proto/smb2_elems.h"
#include "survey.h"

#define LEVEL_LEASE 0xff           /* SMB2_OPLOCK_LEVEL_LEASE */
#define DH2Q_PERSISTENT 0x00000002 /* SMB2_DHANDLE_FLAG_PERSISTENT */

static unsigned
fold(const uint8_t *p)
{
	unsigned c = (unsigned)wire_le(p, 2);

	return c == '/' ? '\\' : c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

static uint64_t
finish(uint64_t h, uint32_t share)
{
	return survey_mix(h, (uint64_t)share + 1);
}

uint64_t
survey_path(uint32_t share, struct slice name)
{
	uint64_t h = 0xcbf29ce484222325u; /* FNV-1a, a character at a time */

	for (size_t i = 0; i + 1 < name.n; i += 2) {
		h = (h ^ fold(name.p + i)) * 0x100000001b3u;
	}
	return finish(h, share);
}

/* Where the part of a name behind its first separator begins. */
static struct slice
behind_separator(struct slice name)
{
	for (size_t i = 0; i + 1 < name.n; i += 2)
		if (fold(name.p + i) == '\\')
			return slice_sub(name, i + 2, name.n - i - 2);
	return (struct slice){0};
}

struct slice
survey_create_name(const struct smb2_pdu *request)
{
	struct slice name = request->body.smb2_create_req.name;

	if ((request->h.flags & SMB2_FLAGS_DFS_OPERATIONS) != 0)
		name = behind_separator(behind_separator(name));
	return name;
}

/* The context's tag as a number, its data in `data`; false at the end. */
static bool
next_context(struct smb2_elems *it, uint32_t *tag, struct slice *data)
{
	struct smb2_elem e;

	if (!smb2_elems_next(it, &e))
		return false;
	*tag = e.any.smb2_create_context.name.n == 4
		       ? (uint32_t)wire_be(e.any.smb2_create_context.name.p, 4)
		       : 0;
	*data = e.any.smb2_create_context.data;
	return true;
}

static struct smb2_elems
contexts_of(const struct smb2_pdu *pdu)
{
	return smb2_elems_init(smb2_row_find(pdu->body_def, "create_contexts"), &pdu->body,
			       pdu->response);
}

#define TAG4(a, b, c, d) ((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (d))
enum {
	TAG_RQLS = TAG4('R', 'q', 'L', 's'),
	TAG_DHNQ = TAG4('D', 'H', 'n', 'Q'),
	TAG_DHNC = TAG4('D', 'H', 'n', 'C'),
	TAG_DH2Q = TAG4('D', 'H', '2', 'Q'),
	TAG_DH2C = TAG4('D', 'H', '2', 'C'),
};

/* A lease context: both versions begin alike. */
static bool
read_lease(struct slice data, struct smb2_ctx_rqls *out)
{
	return smb2_decode(&smb2_defs[SMB2_DEF_smb2_ctx_rqls], data, 0, out, NULL) == 0;
}

void
survey_create(struct survey *s, const struct survey_conn *c, const struct smb2_pdu *pdu,
	      struct survey_flight *f)
{
	struct smb2_elems it = contexts_of(pdu);
	struct smb2_ctx_rqls lease;
	struct slice data;
	uint32_t tag;

	while (next_context(&it, &tag, &data)) {
		s->counts.durable_requests += tag == TAG_DHNQ || tag == TAG_DH2Q;
		f->reclaim = f->reclaim || tag == TAG_DHNC || tag == TAG_DH2C;
		if (tag != TAG_RQLS || !read_lease(data, &lease))
			continue;
		s->counts.lease_requests++;
		f->lease = survey_key(c, &lease.lease_key);
	}
	s->counts.reclaims += f->reclaim;
}

static void
see_granted(struct survey *s, const struct smb2_pdu *pdu)
{
	uint8_t level = pdu->body.smb2_create_resp.oplock_level;
	struct smb2_elems it = contexts_of(pdu);
	struct smb2_ctx_dh2q_resp v2;
	struct smb2_ctx_rqls lease;
	struct slice data;
	uint32_t tag;

	s->counts.oplocks += level != 0 && level != LEVEL_LEASE;
	while (next_context(&it, &tag, &data)) {
		s->counts.durable += tag == TAG_DHNQ || tag == TAG_DH2Q;
		if (tag == TAG_RQLS && read_lease(data, &lease))
			s->counts.leases += lease.lease_state != 0;
		if (tag == TAG_DH2Q &&
		    smb2_decode(&smb2_defs[SMB2_DEF_smb2_ctx_dh2q_resp], data, 0, &v2, NULL) == 0)
			s->counts.persistent += (v2.flags & DH2Q_PERSISTENT) != 0;
	}
}

void
survey_created(struct survey *s, const struct survey_conn *c, const struct smb2_pdu *pdu,
	       const struct survey_flight *f)
{
	const struct smb2_create_resp *body = &pdu->body.smb2_create_resp;
	struct survey_open *o;
	uint64_t key;

	if (pdu->body_def != &smb2_defs[SMB2_DEF_smb2_create_resp])
		return;
	s->counts.reclaimed += f->reclaim;
	see_granted(s, pdu);
	key = survey_key(c, &body->file_id);
	if (s->opens.n == s->opens.max)
		survey_table_clear(&s->opens);
	o = survey_table_add(&s->opens, key);
	if (o == NULL)
		return;
	o->path = f->path;
	o->lease = f->lease;
	o->share = f->share;
	o->oplock = body->oplock_level;
}
