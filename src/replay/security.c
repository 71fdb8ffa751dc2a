/* Logons and keys of a replay. */
#include "config.h"

#include "replay/security.h"

#include <stdlib.h>

#include "crypto/hash.h"
#include "proto/ntstatus.h"

#define MAX_LOGONS 64          /* under way at once on one connection; of more the oldest are given up */
#define SESSION_FLAG_GUEST 0x1 /* MS-SMB2 2.2.6 */
#define SESSION_FLAG_NULL 0x2
#define DIALECT_311 0x0311
#define DIALECT_30 0x0300

/* A logon under way. */
struct logon {
	struct logon *next;
	struct auth *auth;
	uint64_t message_id;     /* of its last request */
	uint32_t session;        /* number, 0: not known yet */
	bool answered;           /* the last request has its answer */
	struct buf token;        /* of the last answer */
	struct preauth preauth;
};

struct channel {
	uint32_t session;
	uint64_t session_id; /* live */
	struct signer *signer;
};

struct security_conn {
	struct security *security;
	uint16_t dialect;
	enum sign_alg alg;
	struct preauth preauth;
	struct logon *logons;
	size_t n_logons;
	struct channel *channels;
	size_t n_channels;
};

struct security {
	struct security_creds creds;
	const struct auth_env *env;
	struct signer **first; /* of each session, on the connection that set it up; borrowed from its channel */
	uint32_t n_sessions;
	struct signer **signers; /* channels' signers outlive their connection, since `first` borrows them */
	size_t n_signers;
};

int
security_new(const struct ir *ir, const struct security_creds *creds, const struct auth_env *env, struct security **out)
{
	struct security *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return ERR_NOMEM;
	s->creds = *creds;
	s->env = env;
	s->n_sessions = ir->n_symbols[IR_SESSION];
	s->first = calloc((size_t)s->n_sessions + 1, sizeof(struct signer *));
	if (s->first == NULL) {
		free(s);
		return ERR_NOMEM;
	}
	*out = s;
	return 0;
}

void
security_free(struct security *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->n_signers; i++)
		signer_free(s->signers[i]);
	free(s->signers);
	free(s->first);
	free(s);
}

int
security_conn_new(struct security *s, struct security_conn **out)
{
	struct security_conn *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return ERR_NOMEM;
	c->security = s;
	*out = c;
	return 0;
}

static void
free_logon(struct security_conn *c, struct logon *l)
{
	struct logon **p = &c->logons;

	while (*p != l)
		p = &(*p)->next;
	*p = l->next;
	c->n_logons--;
	auth_free(l->auth);
	buf_free(&l->token);
	hash_wipe(l, sizeof(*l));
	free(l);
}

void
security_conn_free(struct security_conn *c)
{
	if (c == NULL)
		return;
	while (c->logons != NULL)
		free_logon(c, c->logons);
	free(c->channels);
	free(c);
}

static struct logon *
logon_of_session(const struct security_conn *c, uint32_t session)
{
	for (struct logon *l = c->logons; session != 0 && l != NULL; l = l->next)
		if (l->session == session)
			return l;
	return NULL;
}

bool
security_can_setup(const struct security_conn *c, uint32_t session)
{
	const struct logon *l = logon_of_session(c, session);

	return l == NULL || l->answered;
}

static struct logon *
oldest_logon(const struct security_conn *c)
{
	struct logon *l = c->logons;

	while (l->next != NULL)
		l = l->next;
	return l;
}

static int
new_logon(struct security_conn *c, uint32_t session, struct logon **out)
{
	const struct auth_creds nobody = {.user = "", .domain = "", .password = ""};
	struct logon *l;
	int r;

	if (c->n_logons == MAX_LOGONS)
		free_logon(c, oldest_logon(c));
	l = calloc(1, sizeof(*l));
	if (l == NULL)
		return ERR_NOMEM;
	r = auth_new(&nobody, c->security->env, &l->auth);
	if (r != 0) {
		free(l);
		return r;
	}
	l->session = session;
	l->preauth = c->preauth;
	l->next = c->logons;
	c->logons = l;
	c->n_logons++;
	*out = l;
	return 0;
}

/* The token that carries the user's name decides whose secret is used; before it nothing depends on that. */
static int
choose_creds(struct security_conn *c, struct logon *l, const struct security_leg *leg, struct err *e)
{
	struct auth_creds use = {.user = "", .domain = "", .password = ""};
	const struct auth_creds *found;
	struct auth_info info;
	int r = auth_describe(leg->recorded, &info);

	if (r != 0)
		return r;
	found = c->security->creds.find(c->security->creds.ctx, info.user != NULL ? info.user : "",
					info.domain != NULL ? info.domain : "");
	if (found != NULL)
		use = *found;
	else if (info.ntlm_type == 3 && !info.anonymous)
		r = err_set(e, ERR_AUTH, "no credentials for the recorded user '%s%s%s'", info.domain != NULL ? info.domain : "",
			    info.domain != NULL && info.domain[0] != '\0' ? "\\" : "", info.user != NULL ? info.user : "");
	auth_describe_free(&info);
	if (leg->fails) {
		use.password = "\x01 wrong on purpose: the recorded logon failed \x01";
		use.nt_hash = NULL;
	}
	auth_set_creds(l->auth, &use);
	return r;
}

int
security_token(struct security_conn *c, const struct security_leg *leg, struct buf *out, struct err *e)
{
	struct logon *l = logon_of_session(c, leg->session);
	int r = 0;

	if (l == NULL)
		r = new_logon(c, leg->session, &l);
	if (r == 0)
		r = choose_creds(c, l, leg, e);
	if (r == 0)
		r = auth_step(l->auth, leg->recorded, buf_slice(&l->token), out, e);
	if (r != 0) {
		(void)err_set(e, r, "cannot make a logon token: %s", err_str(r));
		if (l != NULL)
			free_logon(c, l);
		return r;
	}
	l->message_id = leg->message_id;
	l->answered = false;
	return 0;
}

static struct logon *
logon_of_message(const struct security_conn *c, uint64_t message_id)
{
	for (struct logon *l = c->logons; l != NULL; l = l->next)
		if (!l->answered && l->message_id == message_id)
			return l;
	return NULL;
}

/* The preauth hash covers messages from their SMB2 header on (MS-SMB2 3.2.5.2). */
static struct slice
without_frame(struct slice message)
{
	return slice_sub(message, NBSS_HEADER, message.n - NBSS_HEADER);
}

int
security_sent(struct security_conn *c, struct slice message, const struct smb2_pdu *first)
{
	struct logon *l;

	if (first->h.command == SMB2_CMD_NEGOTIATE) {
		c->preauth = (struct preauth){{0}};
		return preauth_update(&c->preauth, without_frame(message));
	}
	l = first->h.command == SMB2_CMD_SESSION_SETUP ? logon_of_message(c, first->h.message_id) : NULL;
	return l != NULL ? preauth_update(&l->preauth, without_frame(message)) : 0;
}

/* The one signing algorithm of a 3.1.1 NEGOTIATE response (MS-SMB2 3.2.5.2): without that context AES-CMAC. */
static int
find_algorithm(void *ctx, const struct smb2_item *it)
{
	enum sign_alg *alg = ctx;

	if (it->def == &smb2_defs[SMB2_DEF_smb2_neg_signing] && it->cut == SMB2_CUT_U16S && it->value <= SIGN_AES_GMAC)
		*alg = (enum sign_alg)it->value;
	return 0;
}

static int
negotiated(struct security_conn *c, const struct smb2_pdu *live, struct slice message)
{
	const struct smb2_visitor v = {.ctx = &c->alg, .leaf = find_algorithm};

	if (live->body_def == &smb2_defs[SMB2_DEF_smb2_negotiate_311_resp])
		c->dialect = live->body.smb2_negotiate_311_resp.dialect_revision;
	else if (live->body_def == &smb2_defs[SMB2_DEF_smb2_negotiate_resp])
		c->dialect = live->body.smb2_negotiate_resp.dialect_revision;
	else
		return 0;
	c->alg = c->dialect >= DIALECT_30 && c->dialect <= DIALECT_311 ? SIGN_AES_CMAC : SIGN_HMAC_SHA256;
	if (c->dialect == DIALECT_311 && smb2_walk_body(live, &v) != 0)
		return ERR_MALFORMED;
	return preauth_update(&c->preauth, without_frame(message));
}

static struct channel *
find_channel(const struct security_conn *c, uint32_t session)
{
	for (size_t i = 0; i < c->n_channels; i++)
		if (c->channels[i].session == session)
			return &c->channels[i];
	return NULL;
}

/* The signers of all channels are freed with `security`. */
static int
keep_signer(struct security *s, struct signer *signer)
{
	struct signer **more = realloc(s->signers, (s->n_signers + 1) * sizeof(struct signer *));

	if (more == NULL) {
		signer_free(signer);
		return ERR_NOMEM;
	}
	s->signers = more;
	s->signers[s->n_signers++] = signer;
	return 0;
}

static int
add_channel(struct security_conn *c, struct logon *l, uint64_t session_id)
{
	uint8_t key[16], signing[16];
	struct channel *more, new = {.session = l->session, .session_id = session_id};
	int r;

	if (!auth_session_key(l->auth, key))
		return 0;
	r = kdf_signing_key(c->dialect, slice_of(key, sizeof(key)), &l->preauth, signing);
	if (r == 0)
		r = signer_new(c->alg, signing, &new.signer);
	hash_wipe(key, sizeof(key));
	hash_wipe(signing, sizeof(signing));
	if (r == 0)
		r = keep_signer(c->security, new.signer);
	if (r != 0)
		return r;
	more = realloc(c->channels, (c->n_channels + 1) * sizeof(*more));
	if (more == NULL)
		return ERR_NOMEM;
	c->channels = more;
	c->channels[c->n_channels++] = new;
	if (new.session <= c->security->n_sessions && c->security->first[new.session] == NULL)
		c->security->first[new.session] = new.signer;
	return 0;
}

/* The last answer of a logon. A reauthentication keeps the keys (MS-SMB2 3.2.5.3.3); guests and null sessions have none. */
static int
logged_on(struct security_conn *c, struct logon *l, const struct smb2_pdu *live, struct err *e)
{
	const struct smb2_session_setup_resp *body = &live->body.smb2_session_setup_resp;
	int r = auth_accept(l->auth, body->security_buffer, e);

	if (r == 0 && (body->session_flags & (SESSION_FLAG_GUEST | SESSION_FLAG_NULL)) == 0 && find_channel(c, l->session) == NULL)
		r = add_channel(c, l, live->h.session_id);
	free_logon(c, l);
	return r;
}

static int
setup_answered(struct security_conn *c, const struct smb2_pdu *live, struct slice message, uint32_t session, struct err *e)
{
	struct logon *l = logon_of_message(c, live->h.message_id);

	if (l == NULL || smb2_is_interim(live))
		return 0;
	if (session != 0)
		l->session = session;
	if (live->h.status == STATUS_SUCCESS && live->body_def == &smb2_defs[SMB2_DEF_smb2_session_setup_resp])
		return logged_on(c, l, live, e);
	if (live->h.status != (uint32_t)STATUS_MORE_PROCESSING_REQUIRED ||
	    live->body_def != &smb2_defs[SMB2_DEF_smb2_session_setup_resp]) {
		free_logon(c, l);
		return 0;
	}
	l->answered = true;
	buf_reset(&l->token);
	buf_add(&l->token, live->body.smb2_session_setup_resp.security_buffer.p,
		live->body.smb2_session_setup_resp.security_buffer.n);
	return l->token.err != 0 ? l->token.err : preauth_update(&l->preauth, without_frame(message));
}

int
security_received(struct security_conn *c, const struct smb2_pdu *live, struct slice message, uint32_t session, struct err *e)
{
	int r = 0;

	if (live->h.command == SMB2_CMD_NEGOTIATE)
		r = negotiated(c, live, message);
	else if (live->h.command == SMB2_CMD_SESSION_SETUP)
		r = setup_answered(c, live, message, session, e);
	return r != 0 ? err_set(e, r, "logon: %s", err_str(r)) : 0;
}

struct signer *
security_signer(const struct security_conn *c, uint32_t session)
{
	const struct channel *ch = find_channel(c, session);

	if (ch != NULL)
		return ch->signer;
	return session <= c->security->n_sessions ? c->security->first[session] : NULL;
}

struct signer *
security_signer_live(const struct security_conn *c, uint64_t session_id)
{
	for (size_t i = c->n_channels; i > 0; i--)
		if (c->channels[i - 1].session_id == session_id)
			return c->channels[i - 1].signer;
	return NULL;
}
