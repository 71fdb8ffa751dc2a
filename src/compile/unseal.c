/* Opens sealed and compressed messages of a capture, and follows the logons from which keys come.
 */
#include "config.h"

#include "base/list.h"
#include "compile/unseal.h"

#include <stdio.h>
#include <stdlib.h>

#include "compile/unseal_session.h"
#include "crypto/hash.h"
#include "crypto/kdf.h"
#include "ir/layers.h"
#include "proto/ntstatus.h"
#include "proto/smb2_compress.h"

#define MAX_LOGONS 64           /* under way at once on a connection; more are not opened */
#define SESSION_SETUP_BINDING 1 /* SMB2_SESSION_FLAG_BINDING, MS-SMB2 2.2.5 */
#define SESSION_FLAG_NO_KEY 0x3 /* guest or null, MS-SMB2 2.2.6 */

/* A logon under way. */
struct logon {
	uint64_t message_id, session_id;
	bool answered;
	struct auth_open *tokens;
	struct preauth preauth;
};

/* What is followed of a connection. */
struct follow {
	struct negotiated wire;
	struct preauth preauth;
	struct logon *logons;
	size_t n_logons, cap_logons;
};

struct unseal {
	struct unseal_secrets secrets;
	struct unseal_table sessions;
	struct follow **conns; /* by connection id; NULL: nothing seen, or closed */
	size_t n_conns;
	struct buf opened, unpacked; /* the message at hand: without its seal; decompressed */
};

int
unseal_new(const struct unseal_secrets *secrets, struct unseal **out)
{
	struct unseal *u = calloc(1, sizeof(*u));

	if (u == NULL)
		return ERR_NOMEM;
	u->secrets = *secrets;
	*out = u;
	return 0;
}

static void
end_logon(struct follow *f, struct logon *l)
{
	auth_open_free(l->tokens);
	*l = f->logons[--f->n_logons];
}

static void
free_follow(struct follow *f)
{
	if (f == NULL)
		return;
	while (f->n_logons > 0)
		end_logon(f, &f->logons[0]);
	free(f->logons);
	free(f);
}

void
unseal_free(struct unseal *u)
{
	if (u == NULL)
		return;
	for (size_t i = 0; i < u->n_conns; i++)
		free_follow(u->conns[i]);
	free(u->conns);
	unseal_table_free(&u->sessions);
	buf_free(&u->opened);
	buf_free(&u->unpacked);
	free(u);
}

void
unseal_close(struct unseal *u, const struct cap_conn *c)
{
	if (c->id >= u->n_conns)
		return;
	free_follow(u->conns[c->id]);
	u->conns[c->id] = NULL;
}

const struct unseal_session *
unseal_session(const struct unseal *u, size_t i)
{
	return unseal_table_at(&u->sessions, i);
}

static struct follow *
follow_of(struct unseal *u, uint32_t id)
{
	if (id >= u->n_conns) {
		size_t n = (size_t)id + 1 + u->n_conns / 2;
		struct follow **more = realloc(u->conns, n * sizeof(struct follow *));

		if (more == NULL)
			return NULL;
		memset(more + u->n_conns, 0, (n - u->n_conns) * sizeof(struct follow *));
		u->conns = more;
		u->n_conns = n;
	}
	if (u->conns[id] == NULL)
		u->conns[id] = calloc(1, sizeof(struct follow));
	return u->conns[id];
}

static struct slice
without_frame(struct slice message)
{
	return slice_sub(message, NBSS_HEADER, message.n - NBSS_HEADER);
}

static int
on_negotiate(struct follow *f, const struct smb2_pdu *pdu, struct slice message)
{
	if (pdu->response)
		negotiated_read(pdu, &f->wire);
	else
		f->preauth = (struct preauth){{0}};
	return preauth_update(&f->preauth, without_frame(message));
}

static int
new_logon(struct unseal *u, struct follow *f, uint64_t session_id, struct logon **out)
{
	struct logon *l;
	int r;

	if (list_room(&f->logons, f->n_logons, &f->cap_logons, sizeof(*l)) != 0)
		return ERR_NOMEM;
	l = &f->logons[f->n_logons];
	*l = (struct logon){.session_id = session_id, .preauth = f->preauth};
	r = auth_open_new(u->secrets.secrets, u->secrets.n_secrets, &l->tokens);
	if (r != 0)
		return r;
	f->n_logons++;
	*out = l;
	return 0;
}

/* The logon that a request goes on with, or a new one; *out is NULL where there are too many. */
static int
logon_of_request(struct unseal *u, struct follow *f, uint64_t session_id, struct logon **out)
{
	*out = NULL;
	for (size_t i = 0; session_id != 0 && i < f->n_logons; i++)
		if (f->logons[i].session_id == session_id && f->logons[i].answered)
			*out = &f->logons[i];
	return *out != NULL || f->n_logons == MAX_LOGONS ? 0 : new_logon(u, f, session_id, out);
}

static int
on_setup_request(struct unseal *u, struct follow *f, const struct smb2_pdu *pdu,
		 struct slice message)
{
	struct logon *l;
	int r;

	if (pdu->body_def != &smb2_defs[SMB2_DEF_smb2_session_setup_req])
		return 0;
	r = logon_of_request(u, f, pdu->h.session_id, &l);
	if (r != 0 || l == NULL)
		return r;
	l->message_id = pdu->h.message_id;
	l->answered = false;
	r = auth_open_token(l->tokens, false, pdu->body.smb2_session_setup_req.security_buffer);
	return r != 0 ? r : preauth_update(&l->preauth, without_frame(message));
}

static struct logon *
logon_of_response(struct follow *f, uint64_t message_id)
{
	for (size_t i = 0; i < f->n_logons; i++)
		if (!f->logons[i].answered && f->logons[i].message_id == message_id)
			return &f->logons[i];
	return NULL;
}

/* The logon succeeded: its key, from its tokens or as given, makes the session's. */
static int
logged_on(struct unseal *u, struct follow *f, const struct cap_conn *conn, const struct logon *l,
	  uint16_t flags)
{
	struct unseal_entry *s;
	struct unseal_channel ch = {.conn = conn->id, .wire = f->wire, .preauth = &l->preauth};
	struct err e = {0};
	int r = unseal_table_get(&u->sessions, &conn->server, l->session_id, &s);

	if (r != 0)
		return r;
	if ((flags & SESSION_FLAG_NO_KEY) != 0) {
		(void)snprintf(s->info.why, sizeof(s->info.why),
			       "a guest or anonymous session, which has no key");
		return 0;
	}
	r = auth_open_key(l->tokens, &ch.opened, &e);
	if (r == ERR_NOMEM || r == ERR_CRYPTO)
		return r;
	s->info.wrong_secret = r == ERR_AUTH || r == ERR_VERIFY;
	r = unseal_add_channel(s, &u->secrets, &ch, r == 0 ? NULL : err_text(&e));
	hash_wipe(&ch.opened, sizeof(ch.opened));
	return r;
}

static int
on_setup_response(struct unseal *u, struct follow *f, const struct cap_conn *conn,
		  const struct smb2_pdu *pdu, struct slice message)
{
	struct logon *l = logon_of_response(f, pdu->h.message_id);
	const struct smb2_session_setup_resp *body = &pdu->body.smb2_session_setup_resp;
	int r;

	if (l == NULL || smb2_is_interim(pdu))
		return 0;
	if (pdu->body_def != &smb2_defs[SMB2_DEF_smb2_session_setup_resp]) {
		end_logon(f, l);
		return 0;
	}
	if (l->session_id == 0)
		unseal_table_renew(&u->sessions, &conn->server, pdu->h.session_id);
	l->session_id = pdu->h.session_id;
	l->answered = true;
	r = auth_open_token(l->tokens, true, body->security_buffer);
	if (r == 0 && pdu->h.status != STATUS_SUCCESS)
		return preauth_update(&l->preauth, without_frame(message));
	if (r == 0)
		r = logged_on(u, f, conn, l, body->session_flags);
	end_logon(f, l);
	return r;
}

static int
follow_pdu(struct unseal *u, const struct cap_message *m, const struct smb2_pdu *pdu)
{
	struct follow *f = follow_of(u, m->conn->id);

	if (f == NULL)
		return ERR_NOMEM;
	if (pdu->h.command == SMB2_CMD_NEGOTIATE)
		return on_negotiate(f, pdu, m->bytes);
	return pdu->response ? on_setup_response(u, f, m->conn, pdu, m->bytes)
			     : on_setup_request(u, f, pdu, m->bytes);
}

/* A session that the server has deleted has no key any more, though smbd sets the flag. */
static bool
is_signed(const struct smb2_pdu *pdu)
{
	return (pdu->h.flags & SMB2_FLAGS_SIGNED) != 0 && pdu->h.message_id != SMB2_NO_MESSAGE_ID &&
	       pdu->h.session_id != 0 && pdu->h.session_id != UINT64_MAX &&
	       !(pdu->response && pdu->h.status == (uint32_t)STATUS_USER_SESSION_DELETED);
}

/* A binding request is signed with the session's key, whatever the channel has (MS-SMB2 3.2.4.1.1).
 */
static struct signer *
signer_of(const struct unseal_entry *s, uint32_t conn, const struct smb2_pdu *pdu)
{
	bool binding = pdu->body_def == &smb2_defs[SMB2_DEF_smb2_session_setup_req] &&
		       (pdu->body.smb2_session_setup_req.flags & SESSION_SETUP_BINDING) != 0;

	return unseal_signer(s, binding ? UNSEAL_FIRST_CHANNEL : conn);
}

/* *good: the signature holds, or nobody can tell. */
static int
verify(struct unseal *u, const struct cap_message *m, const struct smb2_pdu *pdu, bool *good)
{
	struct unseal_entry *s;
	struct signer *signer;
	int r = unseal_table_get(&u->sessions, &m->conn->server, pdu->h.session_id, &s);

	*good = true;
	if (r != 0)
		return r;
	s->info.is_signed++;
	signer = signer_of(s, m->conn->id, pdu);
	if (signer == NULL)
		return 0;
	s->info.checked++;
	*good = signer_verify(signer, pdu->bytes) == 0;
	s->info.valid += *good;
	/* A key with which nothing was valid yet may be the wrong one: that says nothing of the
	 * signature. */
	*good = *good || s->info.valid == 0;
	return 0;
}

/* Logons and what is signed; other PDUs need no decoding here. */
static bool
concerns(struct slice pdu)
{
	unsigned command;

	if (pdu.n < SMB2_HEADER)
		return false;
	command = (unsigned)wire_le(pdu.p + SMB2_HDR_AT(command), 2);
	return command == SMB2_CMD_NEGOTIATE || command == SMB2_CMD_SESSION_SETUP ||
	       (wire_le(pdu.p + SMB2_HDR_AT(flags), 4) & SMB2_FLAGS_SIGNED) != 0;
}

static int
follow_message(struct unseal *u, struct unseal_message *um)
{
	const struct cap_message *m = &um->m;
	struct smb2_chain chain = smb2_chain_init(m->bytes);
	bool good = true, sealed = (um->layers & IR_SEALED) != 0;
	struct smb2_pdu pdu;
	struct slice bytes;
	int r = 0;

	for (unsigned i = 0; r == 0 && smb2_chain_next(&chain, &bytes); i++) {
		if (!concerns(bytes) || smb2_pdu_decode(bytes, &pdu) != 0)
			continue;
		if (pdu.h.command == SMB2_CMD_NEGOTIATE || pdu.h.command == SMB2_CMD_SESSION_SETUP)
			r = follow_pdu(u, m, &pdu);
		if (r == 0 && !sealed && is_signed(&pdu))
			r = verify(u, m, &pdu, &good);
		if (!good && i < 64)
			um->bad_signatures |= (uint64_t)1 << i;
		good = true;
	}
	return r;
}

/* The frame header that a plain message of that size has; bytes follow it in `b`. */
static void
begin_frame(struct buf *b)
{
	buf_reset(b);
	buf_zero(b, NBSS_HEADER);
}

static int
end_frame(struct buf *b, struct cap_message *m)
{
	if (b->err != 0)
		return b->err;
	if (b->n - NBSS_HEADER > 0xffffff)
		return ERR_LIMIT;
	wire_put_be(b->p + 1, 3, b->n - NBSS_HEADER);
	m->bytes = buf_slice(b); /* its cuts stay those of the wire */
	return 0;
}

/* Take the seal off. What cannot be opened stays as it is. */
static int
open_seal(struct unseal *u, const struct cap_message *m, struct unseal_message *out)
{
	struct slice sealed = without_frame(m->bytes);
	struct follow *f = follow_of(u, m->conn->id);
	struct smb2_transform t;
	struct unseal_entry *s;
	int r;

	if (f == NULL)
		return ERR_NOMEM;
	if (seal_header(sealed, &t, NULL) != 0)
		return 0;
	r = unseal_table_get(&u->sessions, &m->conn->server, t.session_id, &s);
	if (r != 0)
		return r;
	s->info.sealed++;
	out->session_id = t.session_id;
	begin_frame(&u->opened);
	r = unseal_open(s, &u->secrets, &f->wire, m->dir == CAP_S2C, sealed, &u->opened);
	if (r == ERR_NOMEM || r == ERR_CRYPTO)
		return r;
	if (r != 0)
		return 0;
	s->info.opened++;
	out->layers |= IR_SEALED;
	return end_frame(&u->opened, &out->m);
}

static int
unpack(struct unseal *u, struct unseal_message *out)
{
	struct slice packed = out->m.bytes;
	int r;

	begin_frame(&u->unpacked);
	r = smb2_decompress(without_frame(packed), &u->unpacked, NULL);
	if (r == ERR_NOMEM)
		return r;
	if (r != 0)
		return 0;
	out->compressed = packed;
	out->layers |= IR_COMPRESSED;
	return end_frame(&u->unpacked, &out->m);
}

int
unseal_message_next(struct unseal *u, const struct cap_message *m, struct unseal_message *out)
{
	int r = 0;

	*out = (struct unseal_message){.m = *m};
	if (smb2_msg_kind(out->m.bytes) == SMB2_MSG_SEALED)
		r = open_seal(u, m, out);
	if (r == 0 && smb2_msg_kind(out->m.bytes) == SMB2_MSG_COMPRESSED)
		r = unpack(u, out);
	if (r == 0 && smb2_msg_kind(out->m.bytes) == SMB2_MSG_PLAIN)
		r = follow_message(u, out);
	return r;
}

static int
tap_message(void *ctx, const struct cap_message *m)
{
	struct unseal_tap *t = ctx;
	struct unseal_message um;
	int r = unseal_message_next(t->unseal, m, &um);

	return r != 0 ? r : t->inner->message(t->inner->ctx, &um.m);
}

static int
tap_event(void *ctx, const struct cap_event *e)
{
	struct unseal_tap *t = ctx;

	return t->inner->event(t->inner->ctx, e);
}

static void
tap_close(void *ctx, struct cap_conn *c)
{
	struct unseal_tap *t = ctx;

	unseal_close(t->unseal, c);
	if (t->inner->close != NULL)
		t->inner->close(t->inner->ctx, c);
}

struct cap_sink
unseal_tap_sink(struct unseal_tap *t)
{
	return (struct cap_sink){
		.ctx = t, .message = tap_message, .event = tap_event, .close = tap_close};
}
