/* A PDU rewritten: each field by what the structure lists say of it. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "anonymize/anon_int.h"
#include "anonymize/anon_token.h"
#include "base/hex.h"
#include "proto/sid.h"
#include "proto/smb2_elems.h"
#include "proto/smb2_set.h"

#define BY_FILE_ID 0x2000u       /* CreateOptions: the name is an id (MS-SMB2 2.2.13) */
#define TAG_NFS_LINK 0x014b4e4cu /* NFS_SPECFILE_LNK, MS-FSCC 2.1.2.6 */
#define FSCTL_READ_HASH 0x001441bbu
#define V4_LEN 4u
#define MOVE_IPV4 1u /* MS-SMB2 2.2.2.2.2.1 */

/* What happens to a field that is no number. */
enum act {
	ACT_KEEP,
	ACT_FILE, /* a text: as ANON_FILE, ANON_HOST, ANON_UNC */
	ACT_HOST,
	ACT_UNC,
	ACT_SID,
	ACT_FILL, /* other bytes, the same for the same */
	ACT_ADDRESS,
	ACT_TOKEN,
	ACT_PAYLOAD,
	ACT_EA_NAME,
	ACT_EA_VALUE,
	ACT_ZERO,
	ACT_SEARCH, /* of no known structure */
};

/* What is not as its kind or role says. */
static const struct rule {
	enum smb2_def_id def;
	const char *name;
	enum act act;
} rules[] = {
	{SMB2_DEF_smb2_neg_netname, "net_name", ACT_HOST},
	{SMB2_DEF_smb2_neg_preauth, "salt", ACT_KEEP},
	{SMB2_DEF_smb2_create_context, "name", ACT_KEEP},
	{SMB2_DEF_smb2_aapl_query_full_resp, "model", ACT_KEEP},
	{SMB2_DEF_smb2_share_redirect_error, "resource_name", ACT_UNC},
	{SMB2_DEF_smb2_move_dst_ipaddr, "address", ACT_ADDRESS},
	{SMB2_DEF_smb2_ctx_svhdx, "initiator_host_name", ACT_HOST},
	{SMB2_DEF_smb2_ctx_svhdx_v2, "initiator_host_name", ACT_HOST},
	{SMB2_DEF_smb2_ea, "ea_name", ACT_EA_NAME},
	{SMB2_DEF_smb2_ea, "ea_value", ACT_EA_VALUE},
	{SMB2_DEF_fscc_get_ea, "ea_name", ACT_EA_NAME},
	{SMB2_DEF_fscc_fs_attribute, "file_system_name", ACT_KEEP},
	{SMB2_DEF_fscc_fs_volume, "volume_serial_number", ACT_FILL},
	{SMB2_DEF_fscc_id, "volume_serial_number", ACT_FILL},
	{SMB2_DEF_fscc_ntfs_volume_data, "volume_serial_number", ACT_FILL},
	{SMB2_DEF_fscc_fs_object_id, "object_id", ACT_FILL},
	{SMB2_DEF_fscc_fs_object_id, "extended_info", ACT_KEEP}, /* Samba's version */
	{SMB2_DEF_fscc_object_id, "object_id", ACT_FILL},
	{SMB2_DEF_fscc_object_id, "birth_volume_id", ACT_FILL},
	{SMB2_DEF_fscc_object_id, "birth_object_id", ACT_FILL},
	{SMB2_DEF_fscc_object_id, "domain_id", ACT_FILL},
	{SMB2_DEF_fscc_object_id_extended, "birth_volume_id", ACT_FILL},
	{SMB2_DEF_fscc_object_id_extended, "birth_object_id", ACT_FILL},
	{SMB2_DEF_fscc_object_id_extended, "domain_id", ACT_FILL},
	{SMB2_DEF_fscc_on_disk_volume_info, NULL, ACT_KEEP}, /* names of programs */
	{SMB2_DEF_fscc_offload_token, "token_id", ACT_KEEP}, /* given for some seconds */
	{SMB2_DEF_smb2_snapshots, "snapshots", ACT_KEEP},    /* times */
	{SMB2_DEF_smb2_resume_key_resp, "context", ACT_KEEP},
	{SMB2_DEF_smb2_sockaddr_in, "ipv4_address", ACT_ADDRESS},
	{SMB2_DEF_smb2_sockaddr_in6, "ipv6_address", ACT_ADDRESS},
	{SMB2_DEF_dfsc_site, "site_name", ACT_HOST},
	{SMB2_DEF_dfsc_referral_v3, "service_site_guid", ACT_FILL},
	{SMB2_DEF_sqos_req, "initiator_name", ACT_HOST},
	{SMB2_DEF_sqos_req, "initiator_node_name", ACT_HOST},
	{SMB2_DEF_smb2_read_req, "read_channel_info", ACT_SEARCH},
};

/* A PDU on the walk. */
struct look {
	struct anon *a;
	const struct ir_event *ev;
	const struct smb2_pdu *pdu; /* NULL: the field is alone, of a text */
	size_t off;                 /* of the PDU in the event */
	uint8_t *p;                 /* what is rewritten */
	struct anon_place at;
	uint8_t ea[PRF_LEN]; /* the key of the attribute's value */
	uint64_t chunk[2];   /* of a copy: where from, where to */
	uint32_t source;     /* the file that a copy is from */
	uint64_t kind;       /* of an address, of a reparse point */
};

static void
count(const struct look *l, enum anon_count what, size_t n)
{
	if (!l->a->learning)
		l->a->result->counts[what] += n;
}

static int
search(struct look *l, const struct smb2_item *it)
{
	char where[64];
	uint64_t ctl = 0, found;
	const struct smb2_row *row;
	int r;

	if (it->len == 0)
		return 0;
	row = l->pdu != NULL && l->pdu->body_def != NULL
		      ? smb2_row_find(l->pdu->body_def, "ctl_code")
		      : NULL;
	if (row != NULL)
		ctl = smb2_get(row, &l->pdu->body);
	if (l->at.pipe)
		(void)snprintf(where, sizeof(where), "RPC, in pipes");
	else if (ctl != 0)
		(void)snprintf(where, sizeof(where), "FSCTL 0x%08x %s", (unsigned)ctl, it->name);
	else
		(void)snprintf(where, sizeof(where), "%s %s",
			       l->pdu != NULL ? smb2_command_name(l->pdu->h.command) : "expected",
			       it->name);
	anon_unjudged(l->a, where, it->len);
	found = l->a->result->counts[ANON_FOUND];
	r = anon_search(l->a, l->p + it->off, it->len);
	if (l->at.pipe && l->pdu != NULL && !l->pdu->response)
		l->a->result->calls += l->a->result->counts[ANON_FOUND] > found;
	return r;
}

static int
payload(struct look *l, const struct smb2_item *it)
{
	uint64_t period, offset = l->at.offset;
	const uint8_t *key = anon_files_key(&l->a->files, l->at.file, &period);

	if (l->at.pipe)
		return search(l, it);
	count(l, ANON_CONTENT, it->len);
	if (l->a->learning)
		return 0;
	if (period == 0)
		return anon_data_rewrite(l->a->data, key, offset, l->p + it->off, it->len);
	for (size_t done = 0, n; done < it->len; done += n) {
		uint64_t in = (offset + done) % period;
		int r;

		n = it->len - done < period - in ? it->len - done : (size_t)(period - in);
		r = anon_data_rewrite(l->a->data, key, in, l->p + it->off + done, n);
		if (r != 0)
			return r;
	}
	return 0;
}

/* An attribute's name, whose value gets a key of its own. */
static int
ea_name(struct look *l, const struct smb2_item *it)
{
	int r = prf_run(l->a->prf, slice_of("attribute", 9), it->bytes, l->ea);

	count(l, ANON_NAMES, it->len > 0);
	return r == 0 ? anon_name_bytes(&l->a->names, ANON_FILE, l->p + it->off, it->len) : r;
}

static int
ea_value(struct look *l, const struct smb2_item *it)
{
	count(l, ANON_ATTRIBUTES, it->len);
	return l->a->learning ? 0
			      : anon_data_rewrite(l->a->data, l->ea, 0, l->p + it->off, it->len);
}

static int
token(struct look *l, const struct smb2_item *it)
{
	bool judged = true;
	int r = anon_token(&l->a->names, l->p + it->off, it->len, &judged);

	count(l, ANON_TOKENS, it->len > 0);
	if (r == 0 && !judged)
		anon_unjudged(l->a, "parts of security tokens", it->len);
	return r;
}

static int
sid(struct look *l, const struct smb2_item *it)
{
	bool judged;
	int r = anon_sid(l->a->prf, l->p + it->off, it->len, &judged);

	if (r == 0)
		anon_see_sid(l->a, it->bytes, slice_of(l->p + it->off, it->len));
	count(l, ANON_SIDS, 1);
	if (r == 0 && !judged)
		anon_unjudged(l->a, "SIDs of other kinds", it->len);
	return r;
}

static int
address(struct look *l, const struct smb2_item *it)
{
	bool v4 = it->def == &smb2_defs[SMB2_DEF_smb2_move_dst_ipaddr] && l->kind == MOVE_IPV4;

	count(l, ANON_ADDRESSES, 1);
	return anon_address(&l->a->addresses, l->p + it->off, v4 ? V4_LEN : it->len);
}

/* The name of a file that is opened by its id is that id. */
static bool
is_id(const struct look *l, const struct smb2_item *it)
{
	return l->pdu != NULL && it->def == &smb2_defs[SMB2_DEF_smb2_create_req] &&
	       (l->pdu->body.smb2_create_req.create_options & BY_FILE_ID) != 0;
}

static int
text(struct look *l, const struct smb2_item *it, enum anon_text kind)
{
	size_t n = it->cut == SMB2_CUT_TEXT ? it->bytes.n : it->len;

	/* Behind a text of fixed width stands what was in memory, or what macOS puts there. */
	if (n < it->len)
		memset(l->p + it->off + n, 0, it->len - n);
	if (n == 0 || is_id(l, it))
		return 0;
	if (l->pdu != NULL && it->def == &smb2_defs[SMB2_DEF_smb2_create_req] &&
	    (l->pdu->h.flags & SMB2_FLAGS_DFS_OPERATIONS) != 0)
		kind = ANON_UNC;
	count(l, kind == ANON_HOST ? ANON_HOSTS : ANON_NAMES, 1);
	return anon_name_utf16(&l->a->names, kind, l->p + it->off, n);
}

/* Several, one behind the other, each with a zero behind it. */
static int
texts(struct look *l, const struct smb2_item *it, enum anon_text kind)
{
	int r = 0;

	for (size_t from = 0, i = 0; r == 0 && i <= it->bytes.n; i += 2) {
		if (i + 1 < it->bytes.n && wire_le(it->bytes.p + i, 2) != 0)
			continue;
		count(l, ANON_NAMES, i > from);
		r = anon_name_utf16(&l->a->names, kind, l->p + it->off + from, i - from);
		from = i + 2;
	}
	return r;
}

static enum act
by_role(const struct smb2_item *it)
{
	bool bytes = it->row->kind == SMB2_VAR;

	if (it->cut == SMB2_CUT_SID)
		return ACT_SID;
	switch (it->row->role) {
	case SMB2_SIGNATURE:
		return ACT_ZERO;
	case SMB2_ENTROPY:
		return it->row->kind == SMB2_GUID ? ACT_FILL : ACT_KEEP;
	case SMB2_TOKEN:
		return ACT_TOKEN;
	case SMB2_PAYLOAD:
		return ACT_PAYLOAD;
	case SMB2_UNC:
		return ACT_UNC;
	case SMB2_RESERVED:
		return bytes ? ACT_ZERO : ACT_KEEP;
	default:
		break;
	}
	if (it->cut == SMB2_CUT_TEXT)
		return ACT_FILE;
	return bytes && it->cut == SMB2_CUT_NONE ? ACT_SEARCH : ACT_KEEP;
}

static enum act
act_of(const struct smb2_item *it)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (it->def == &smb2_defs[rules[i].def] &&
		    (rules[i].name == NULL || strcmp(it->name, rules[i].name) == 0))
			return rules[i].act;
	return by_role(it);
}

static int
fill(struct look *l, const struct smb2_item *it)
{
	count(l, ANON_GUIDS, 1);
	return anon_fill(l->a->prf, l->p + it->off, it->len);
}

static int
zero(struct look *l, const struct smb2_item *it)
{
	bool any = false;

	for (size_t i = 0; i < it->len; i++)
		any |= l->p[it->off + i] != 0;
	memset(l->p + it->off, 0, it->len);
	count(l, ANON_SIGNATURES, any && it->row->role == SMB2_SIGNATURE);
	return 0;
}

/* What no row describes: alignment, and what memory was left in it; or a body that does not fit
 * its description. */
static int
gap(struct look *l, const struct smb2_item *it)
{
	if (!smb2_is_padding(it->bytes) && it->len > 7)
		return search(l, it);
	memset(l->p + it->off, 0, it->len);
	return 0;
}

/* A rename, a link: the file has another name, too. */
static int
named_anew(struct look *l, const struct smb2_item *it)
{
	uint32_t other;
	int r;

	if (!l->a->learning || l->at.file == 0 || l->pdu->response || it->bytes.n == 0 ||
	    wire_le(it->bytes.p, 2) == ':')
		return 0;
	r = anon_files_path(&l->a->files, l->at.share, it->bytes, &other);
	return r == 0 ? anon_files_unite(&l->a->files, l->at.file, other) : r;
}

/* The server copies from one file to another, or to another place. */
static int
copied(struct look *l)
{
	uint64_t from = l->chunk[0], to = l->chunk[1];
	int r;

	if (!l->a->learning || l->at.file == 0 || l->source == 0)
		return 0;
	r = anon_files_unite(&l->a->files, l->source, l->at.file);
	if (from != to)
		anon_files_shift(&l->a->files, l->at.file, from > to ? from - to : to - from);
	return r;
}

static bool
is_copy(const struct smb2_def *def)
{
	return def == &smb2_defs[SMB2_DEF_smb2_duplicate_extents_req] ||
	       def == &smb2_defs[SMB2_DEF_smb2_duplicate_extents_ex_req];
}

static bool
is_named(const struct smb2_item *it, const char *name)
{
	return strcmp(it->name, name) == 0;
}

/* What fields say about others. */
static int
learn(struct look *l, const struct smb2_item *it)
{
	const struct smb2_def *def = it->def;
	bool chunk = def == &smb2_defs[SMB2_DEF_smb2_srv_copychunk];

	if (is_named(it, "type") || is_named(it, "reparse_tag"))
		l->kind = it->value;
	if (it->row->role == SMB2_RESUME_KEY || (is_copy(def) && is_named(it, "source_file_id")))
		l->source = anon_track_file(&l->a->track, l->ev, it, l->pdu->bytes, l->off);
	if ((chunk && is_named(it, "source_offset")) ||
	    (is_copy(def) && is_named(it, "source_file_offset")))
		l->chunk[0] = it->value;
	if ((chunk && is_named(it, "target_offset")) ||
	    (is_copy(def) && is_named(it, "target_file_offset"))) {
		l->chunk[1] = it->value;
		return copied(l);
	}
	if (def == &smb2_defs[SMB2_DEF_fscc_rename] || def == &smb2_defs[SMB2_DEF_fscc_rename_ex])
		return is_named(it, "file_name") ? named_anew(l, it) : 0;
	return 0;
}

/* What depends on other fields: the target of an NFS link (MS-FSCC 2.1.2.6), hashes of contents. */
static enum act
correct(const struct look *l, const struct smb2_item *it, enum act act)
{
	if (it->def == &smb2_defs[SMB2_DEF_fscc_reparse_nfs] && act == ACT_SEARCH)
		return l->kind == TAG_NFS_LINK ? ACT_FILE : ACT_SEARCH;
	if (it->def == &smb2_defs[SMB2_DEF_smb2_ioctl_resp] && act == ACT_SEARCH &&
	    l->pdu->body.smb2_ioctl_resp.ctl_code == FSCTL_READ_HASH)
		return ACT_FILL;
	return act;
}

static int
rewrite(struct look *l, const struct smb2_item *it, enum act act)
{
	switch (act) {
	case ACT_KEEP:
		return 0;
	case ACT_FILE:
		return text(l, it, ANON_FILE);
	case ACT_HOST:
		return text(l, it, ANON_HOST);
	case ACT_UNC:
		return texts(l, it, ANON_UNC);
	case ACT_SID:
		return sid(l, it);
	case ACT_FILL:
		return fill(l, it);
	case ACT_ADDRESS:
		return address(l, it);
	case ACT_TOKEN:
		return token(l, it);
	case ACT_PAYLOAD:
		return payload(l, it);
	case ACT_EA_NAME:
		return ea_name(l, it);
	case ACT_EA_VALUE:
		return ea_value(l, it);
	case ACT_ZERO:
		return zero(l, it);
	case ACT_SEARCH:
		return search(l, it);
	}
	return 0;
}

static int
on_leaf(void *ctx, const struct smb2_item *it)
{
	struct look *l = ctx;
	int r;

	if (it->row == NULL)
		return gap(l, it);
	r = learn(l, it);
	return r == 0 ? rewrite(l, it, correct(l, it, act_of(it))) : r;
}

int
anon_struct(struct anon *a, enum smb2_def_id id, uint8_t *p, size_t n)
{
	struct look l = {.a = a, .p = p};
	const struct smb2_visitor v = {.ctx = &l, .leaf = on_leaf};
	struct buf was = {0};
	union smb2_any any;
	int r;

	buf_add(&was, p, n);
	r = was.err;
	if (r == 0 && smb2_decode(&smb2_defs[id], buf_slice(&was), 0, &any, NULL) == 0)
		r = smb2_walk_struct(&smb2_defs[id], buf_slice(&was), 0, &any, false, &v);
	else if (r == 0)
		r = anon_search(a, p, n);
	buf_free(&was);
	return r;
}

int
anon_attribute(struct anon *a, uint8_t *name, size_t n, uint8_t *value, size_t value_n)
{
	struct look l = {.a = a, .p = name};
	struct buf was = {0};
	struct smb2_item it = {.len = n};
	int r;

	/* In messages a name has its zero, which belongs to what its value goes by. */
	buf_add(&was, name, n);
	buf_zero(&was, 1);
	r = was.err;
	it.bytes = buf_slice(&was);
	if (r == 0)
		r = ea_name(&l, &it);
	l.p = value;
	it = (struct smb2_item){.len = value_n};
	if (r == 0)
		r = ea_value(&l, &it);
	buf_free(&was);
	return r;
}

int
anon_content(struct anon *a, uint32_t file, uint64_t offset, uint8_t *p, size_t n)
{
	struct look l = {.a = a, .p = p, .at = {.file = file, .offset = offset}};
	const struct smb2_item it = {.len = n};

	return payload(&l, &it);
}

/* --- what a hand expects of an answer --- */

/* The row that the last name of a path is of, in whatever structure: "body.output_buffer.sid". */
static bool
find_row(const char *path, struct smb2_item *it)
{
	const char *dot = strrchr(path, '.'), *name = dot != NULL ? dot + 1 : path;
	size_t n = strcspn(name, "[");

	for (size_t i = 0; i < SMB2_N_DEFS; i++)
		for (size_t k = 0; k < smb2_defs[i].n_rows; k++) {
			const struct smb2_row *row = &smb2_defs[i].rows[k];

			if (strncmp(row->name, name, n) != 0 || row->name[n] != '\0' ||
			    row->kind < SMB2_GUID)
				continue;
			*it = (struct smb2_item){
				.def = &smb2_defs[i], .row = row, .name = row->name};
			if (row->kind == SMB2_VAR)
				it->cut = smb2_contents[row->content].cut;
			return it->cut != SMB2_CUT_U16S && it->cut != SMB2_CUT_U32S;
		}
	return false;
}

/* Hexadecimal, or a SID as text. */
static int
read_value(const char *value, struct buf *out)
{
	return value[0] == 'S' ? sid_parse(value, out) : smb2_add_hex(value, out);
}

static const char *
rewrite_value(struct look *l, const struct smb2_item *it, const char *value)
{
	struct buf was = {0}, is = {0}, text = {0};
	struct smb2_item field = *it;
	const char *made = value;
	int r = read_value(value, &was);

	buf_add(&is, was.p, was.n);
	field.bytes = buf_slice(&was);
	field.len = was.n;
	if (field.cut != SMB2_CUT_TEXT && field.cut != SMB2_CUT_SID)
		field.cut = SMB2_CUT_NONE;
	l->p = is.p;
	if (r == 0 && was.err == 0 && is.err == 0)
		r = rewrite(l, &field, act_of(&field));
	if (value[0] == 'S' && r == 0)
		(void)sid_put_text(buf_slice(&is), &text);
	if (value[0] != 'S')
		hex_add(&text, is.p, is.n);
	/* What is no value for such a field tells nothing to a comparison, and goes. */
	made = arena_text(&l->a->texts, text.p != NULL && r == 0 ? (char *)text.p : "",
			  r == 0 ? text.n : 0);
	if (made == NULL || was.err != 0 || is.err != 0 || text.err != 0)
		l->a->err = ERR_NOMEM;
	buf_free(&was);
	buf_free(&is);
	buf_free(&text);
	return made;
}

static bool
is_number(const char *value)
{
	char *end;

	(void)strtoull(value, &end, 0);
	return *end == '\0' || strncmp(value, "STATUS_", 7) == 0;
}

int
anon_expects(struct anon *a, uint32_t first, uint32_t last)
{
	struct look l = {.a = a, .at = a->track.last};

	for (uint32_t i = 0; a->err == 0 && i < a->n_expects; i++) {
		struct ir_set *s = &a->expects[i];
		struct smb2_item it;

		if (s->pdu < first || s->pdu > last)
			continue;
		if (find_row(s->path, &it))
			s->value = rewrite_value(&l, &it, s->value);
		else if (!is_number(s->value))
			s->value = "";
	}
	return a->err;
}

int
anon_pdu(struct anon *a, const struct ir_event *ev, struct smb2_pdu *pdu, size_t off, uint8_t *p)
{
	struct look l = {.a = a, .ev = ev, .pdu = pdu, .off = off, .p = p};
	const struct smb2_visitor v = {.ctx = &l, .leaf = on_leaf};
	int r = anon_track_pdu(&a->track, ev, pdu, off, &l.at);

	if (r != 0)
		return r;
	smb2_pdu_open(pdu, l.at.asked);
	r = smb2_walk_header(pdu, &v);
	if (r == 0)
		r = smb2_walk_body(pdu, &v);
	return r;
}
