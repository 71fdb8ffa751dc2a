/* Trees, opens, breaks: who uses which file of which share. */
#include "config.h"

#include <stdlib.h>
#include <strings.h>

#include "base/utf16.h"
#include "proto/ntstatus.h"
#include "survey.h"

#define SHAREFLAG_ENCRYPT_DATA 0x8000 /* the same */
#define LEASE_ACK_REQUIRED 0x1        /* MS-SMB2 2.2.23.2 */
#define OPLOCK_II 1                   /* MS-SMB2 2.2.14 */

uint64_t
survey_key(const struct survey_conn *c, const struct smb2_b16 *id)
{
	return survey_mix(survey_mix(c->server_key, wire_le(id->b, 8)), wire_le(id->b + 8, 8));
}

static uint64_t
tree_key(const struct survey_conn *c, uint64_t session, uint32_t tree)
{
	return survey_mix(survey_mix(c->server_key, session), tree);
}

static uint64_t
flight_key(uint32_t conn, uint64_t message_id)
{
	return survey_mix((uint64_t)conn + 1, message_id);
}

/* The host of a UNC path is a name of the server. */
static void
name_server(struct survey *s, const struct survey_conn *c, const char *unc)
{
	const char *host = unc + strspn(unc, "\\");

	survey_name_host(s, c->server_host, host, strcspn(host, "\\"));
}

static int
tree_connect(struct survey *s, const struct survey_conn *c, struct slice path, uint32_t *out)
{
	struct survey_share *x;
	char *text = survey_text(path);

	if (text == NULL)
		return ERR_NOMEM;
	name_server(s, c, text);
	for (size_t i = 0; i < s->n_shares; i++) {
		if (strcmp(s->shares[i].path, text) != 0)
			continue;
		s->shares[i].connects++;
		*out = (uint32_t)i;
		free(text);
		return 0;
	}
	x = survey_grow(&s->shares, &s->n_shares, &s->cap_shares, sizeof(*s->shares),
			SURVEY_MAX_LISTED);
	if (x == NULL) {
		s->not_listed++;
		free(text);
		return 0;
	}
	*x = (struct survey_share){.path = text, .connects = 1};
	*out = (uint32_t)(x - s->shares);
	return 0;
}

static void
tree_connected(struct survey *s, const struct survey_conn *c, const struct smb2_pdu *pdu,
	       const struct survey_flight *f)
{
	const struct smb2_tree_connect_resp *body = &pdu->body.smb2_tree_connect_resp;
	struct survey_share *x = f->share < s->n_shares ? &s->shares[f->share] : NULL;
	struct survey_tree *t;

	if (x == NULL)
		return;
	x->failed += ntstatus_failed(pdu->h.status);
	if (pdu->body_def != &smb2_defs[SMB2_DEF_smb2_tree_connect_resp])
		return;
	x->type = body->share_type;
	x->sealed = x->sealed || (body->share_flags & SHAREFLAG_ENCRYPT_DATA) != 0;
	if (s->trees.n == s->trees.max)
		survey_table_clear(&s->trees);
	t = survey_table_add(&s->trees, tree_key(c, pdu->h.session_id, pdu->h.tree_id));
	if (t != NULL)
		t->share = f->share;
}

/* The FileId of a request, or NULL. */
static const struct smb2_b16 *
file_id_of(const struct smb2_pdu *p)
{
	switch (p->h.command) {
	case SMB2_CMD_CLOSE:
		return &p->body.smb2_close_req.file_id;
	case SMB2_CMD_FLUSH:
		return &p->body.smb2_flush_req.file_id;
	case SMB2_CMD_READ:
		return &p->body.smb2_read_req.file_id;
	case SMB2_CMD_WRITE:
		return &p->body.smb2_write_req.file_id;
	case SMB2_CMD_LOCK:
		return &p->body.smb2_lock_req.file_id;
	case SMB2_CMD_IOCTL:
		return &p->body.smb2_ioctl_req.file_id;
	case SMB2_CMD_QUERY_DIRECTORY:
		return &p->body.smb2_query_directory_req.file_id;
	case SMB2_CMD_CHANGE_NOTIFY:
		return &p->body.smb2_change_notify_req.file_id;
	case SMB2_CMD_QUERY_INFO:
		return &p->body.smb2_query_info_req.file_id;
	case SMB2_CMD_SET_INFO:
		return &p->body.smb2_set_info_req.file_id;
	default:
		return NULL;
	}
}

static bool
is_all_ones(const struct smb2_b16 *id)
{
	return (wire_le(id->b, 8) & wire_le(id->b + 8, 8)) == UINT64_MAX;
}

/* What a file's name in the lists is made of. */
struct naming {
	const struct survey_share *share; /* or NULL */
	struct slice name;
};

static void
put_name(void *ctx, struct buf *out)
{
	const struct naming *n = ctx;
	const char *share = n->share != NULL ? strrchr(n->share->path, '\\') : NULL;
	struct slice name = n->name;

	if (name.n > SURVEY_NAME_MAX)
		name.n = SURVEY_NAME_MAX;
	buf_printf(out, "%s\\", share != NULL ? share + 1 : "?");
	utf16_to_utf8(name, out);
}

static int
create(struct survey *s, struct survey_conn *c, const struct smb2_pdu *pdu, uint32_t share,
       struct survey_flight *f)
{
	struct survey_share *x = share < s->n_shares ? &s->shares[share] : NULL;
	struct naming naming = {x, survey_create_name(pdu)};
	struct survey_file *file;

	f->path = survey_path(share, naming.name);
	survey_create(s, c, pdu, f);
	file = survey_top_open(&s->top, f->path, put_name, &naming);
	if (file == NULL)
		return ERR_NOMEM;
	file->opens++;
	return 0;
}

/* The CLOSE of a handle answers a break of it, too. */
static void
close_answers(struct survey *s, const struct survey_open *o)
{
	size_t before = s->breaks.n;

	survey_table_remove(&s->breaks, o->key);
	if (o->lease != 0)
		survey_table_remove(&s->breaks, o->lease);
	s->counts.break_closes += before - s->breaks.n;
}

/* The open that a request names. */
static const struct survey_open *
open_of(struct survey *s, const struct survey_conn *c, const struct smb2_pdu *pdu,
	const struct survey_chain *chain)
{
	const struct smb2_b16 *id = file_id_of(pdu);

	if (id == NULL)
		return NULL;
	if (is_all_ones(id))
		return survey_table_find(&s->opens, chain->open);
	return survey_table_find(&s->opens, survey_key(c, id));
}

static void
count_operation(struct survey *s, const struct smb2_pdu *pdu, const struct survey_flight *f)
{
	struct survey_file *file = f->path != 0 ? survey_top_find(&s->top, f->path) : NULL;
	uint64_t written = 0;

	if (pdu->h.command == SMB2_CMD_WRITE)
		written = pdu->body.smb2_write_req.data.n;
	s->counts.written_bytes += written;
	if (file != NULL)
		survey_top_count(&s->top, file, 1, 0, written);
	if (f->share < s->n_shares)
		s->shares[f->share].operations++;
}

/* Acknowledgments. */
static void
acknowledge(struct survey *s, const struct survey_conn *c, const struct smb2_pdu *pdu)
{
	const struct smb2_b16 *id = NULL;

	if (pdu->body_def == &smb2_defs[SMB2_DEF_smb2_lease_break_ack])
		id = &pdu->body.smb2_lease_break_ack.lease_key;
	else if (pdu->body_def == &smb2_defs[SMB2_DEF_smb2_oplock_break_ack])
		id = &pdu->body.smb2_oplock_break_ack.file_id;
	if (id == NULL)
		return;
	s->counts.break_acks++;
	survey_table_remove(&s->breaks, survey_key(c, id));
}

static int
see_command(struct survey *s, struct survey_conn *c, const struct smb2_pdu *pdu,
	    struct survey_chain *chain, struct survey_flight *f)
{
	const struct survey_open *o;
	int r = 0;

	switch (pdu->h.command) {
	case SMB2_CMD_TREE_CONNECT:
		return tree_connect(s, c,
				    pdu->body_def == &smb2_defs[SMB2_DEF_smb2_tree_connect_req]
					    ? pdu->body.smb2_tree_connect_req.path
					    : pdu->body.smb2_tree_connect_ext_req.path,
				    &f->share);
	case SMB2_CMD_OPLOCK_BREAK:
		acknowledge(s, c, pdu);
		return 0;
	case SMB2_CMD_CREATE:
		r = create(s, c, pdu, f->share, f);
		chain->open = 0;
		chain->path = f->path;
		break;
	default:
		o = open_of(s, c, pdu, chain);
		f->open = o != NULL ? o->key : 0;
		f->unknown = o == NULL && file_id_of(pdu) != NULL && !is_all_ones(file_id_of(pdu));
		f->path = o != NULL ? o->path : chain->path;
		if (o != NULL && pdu->h.command == SMB2_CMD_CLOSE)
			close_answers(s, o);
		chain->open = f->open;
		chain->path = f->path;
	}
	count_operation(s, pdu, f);
	return r;
}

int
survey_request(struct survey *s, struct survey_conn *c, uint32_t conn, const struct smb2_pdu *pdu,
	       struct survey_chain *chain)
{
	bool related = (pdu->h.flags & SMB2_FLAGS_RELATED_OPERATIONS) != 0;
	struct survey_flight f = {.key = flight_key(conn, pdu->h.message_id), .share = SURVEY_NONE};
	struct survey_flight *kept;
	const struct survey_tree *t;
	int r;

	s->counts.cancels += pdu->h.command == SMB2_CMD_CANCEL;
	s->counts.replays += (pdu->h.flags & SMB2_FLAGS_REPLAY_OPERATION) != 0;
	if (pdu->h.command == SMB2_CMD_CANCEL)
		return 0;
	if (!related)
		*chain = (struct survey_chain){pdu->h.session_id, 0, 0, pdu->h.tree_id};
	t = survey_table_find(&s->trees, tree_key(c, chain->session, chain->tree));
	if (t != NULL)
		f.share = t->share;
	r = pdu->body_def != NULL ? see_command(s, c, pdu, chain, &f) : 0;
	if (s->flights.n == s->flights.max)
		survey_table_clear(&s->flights);
	kept = survey_table_add(&s->flights, f.key);
	if (kept != NULL)
		*kept = f;
	return r;
}

static void
see_break(struct survey *s, const struct survey_conn *c, const struct smb2_pdu *pdu)
{
	const struct smb2_b16 *id = NULL;
	const struct survey_open *o;
	bool wants_ack;

	if (pdu->body_def == &smb2_defs[SMB2_DEF_smb2_lease_break_notify]) {
		s->counts.lease_breaks++;
		id = &pdu->body.smb2_lease_break_notify.lease_key;
		wants_ack = (pdu->body.smb2_lease_break_notify.flags & LEASE_ACK_REQUIRED) != 0;
	} else if (pdu->body_def == &smb2_defs[SMB2_DEF_smb2_oplock_break_notify]) {
		s->counts.oplock_breaks++;
		id = &pdu->body.smb2_oplock_break_notify.file_id;
		o = survey_table_find(&s->opens, survey_key(c, id));
		wants_ack = o == NULL || o->oplock != OPLOCK_II;
	} else {
		return;
	}
	if (s->breaks.n == s->breaks.max)
		survey_table_clear(&s->breaks);
	if (wants_ack)
		(void)survey_table_add(&s->breaks, survey_key(c, id));
}

static void
count_read(struct survey *s, const struct smb2_pdu *pdu, const struct survey_flight *f)
{
	struct survey_file *file = survey_top_find(&s->top, f->path);
	uint64_t n = pdu->body.smb2_read_resp.data.n;

	s->counts.read_bytes += n;
	if (file != NULL)
		survey_top_count(&s->top, file, 0, n, 0);
}

/* An answer in full. */
static void
see_answer(struct survey *s, const struct survey_conn *c, const struct smb2_pdu *pdu,
	   const struct survey_flight *f)
{
	bool good = pdu->h.status == STATUS_SUCCESS;

	/* What fails may be the use of a closed handle. */
	s->counts.unknown_handles += good && f->unknown;
	switch (pdu->h.command) {
	case SMB2_CMD_TREE_CONNECT:
		tree_connected(s, c, pdu, f);
		break;
	case SMB2_CMD_CREATE:
		survey_created(s, c, pdu, f);
		break;
	case SMB2_CMD_CLOSE:
		if (good)
			survey_table_remove(&s->opens, f->open);
		break;
	case SMB2_CMD_READ:
		if (pdu->body_def == &smb2_defs[SMB2_DEF_smb2_read_resp])
			count_read(s, pdu, f);
		break;
	case SMB2_CMD_QUERY_DIRECTORY:
		s->names.listings += good;
		break;
	default:
		break;
	}
}

int
survey_response(struct survey *s, struct survey_conn *c, uint32_t conn, const struct smb2_pdu *pdu)
{
	uint64_t key = flight_key(conn, pdu->h.message_id);
	const struct survey_flight *found;
	struct survey_flight f;

	if (pdu->h.message_id == SMB2_NO_MESSAGE_ID) {
		see_break(s, c, pdu);
		return 0;
	}
	if (smb2_is_interim(pdu)) {
		s->counts.interim++;
		return 0;
	}
	found = survey_table_find(&s->flights, key);
	if (found == NULL)
		return 0;
	f = *found;
	survey_table_remove(&s->flights, key);
	see_answer(s, c, pdu, &f);
	return 0;
}
