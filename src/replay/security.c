/* Logons and keys of a replay. */
#include "config.h"

#include "replay/security_int.h"

#include <stdlib.h>

#include "crypto/hash.h"
#include "proto/ntstatus.h"

#define MAX_LOGONS 64 /* under way at once on one connection; of more the oldest are given up */
#define SESSION_FLAG_GUEST 0x1 /* MS-SMB2 2.2.6 */
#define SESSION_FLAG_NULL 0x2

int
security_new(const struct ir *ir, const struct security_creds *creds, const struct auth_env *env,
	     struct security **out)
{
	struct security *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return ERR_NOMEM;
	s->ir = ir;
	s->creds = *creds;
	s->env = env;
	if (ir_index_new(ir, IR_SESSION, &s->index) != 0) {
		free(s);
		return ERR_NOMEM;
	}
	s->sessions = calloc((size_t)s->index.n + 1, sizeof(*s->sessions));
	if (s->sessions == NULL) {
		ir_index_free(&s->index);
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
	security_keys_free(s);
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
	auth_describe_free(&l->who);
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
	mids_free(&c->mids);
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

/* Who logs on, where the token does not tell: the recorded principal of the session; NULL: unknown.
 */
static const struct ir_principal *
find_principal(const struct security *s, uint32_t session)
{
	for (size_t i = 0; session != 0 && i < s->ir->meta.n_principals; i++)
		if (s->ir->meta.principals[i].session == session)
			return &s->ir->meta.principals[i];
	return NULL;
}

/*
 * The token that carries the user's name decides whose secret is used. Before it that matters where
 * Kerberos is taken: then it goes by the session's principal. Who was anonymous stays so.
 */
static int
choose_creds(struct security_conn *c, struct logon *l, const struct security_leg *leg,
	     struct err *e)
{
	struct auth_creds use = {.user = "", .domain = "", .password = ""};
	const struct auth_creds *found;
	struct auth_info *who = &l->who;
	const struct ir_principal *p;
	const char *user, *domain;
	int r;

	auth_describe_free(who);
	r = auth_describe(leg->recorded, who);
	if (r != 0)
		return r;
	user = who->user != NULL ? who->user : "";
	domain = who->domain != NULL ? who->domain : "";
	p = find_principal(c->security, leg->logs_on != 0 ? leg->logs_on : l->session);
	if (user[0] == '\0' && domain[0] == '\0' && p != NULL) {
		user = p->user;
		domain = p->domain;
	}
	found = c->security->creds.find(c->security->creds.ctx, user, domain);
	if (found != NULL)
		use = *found;
	else if (who->ntlm_type == 3 && !who->anonymous)
		r = err_set(e, ERR_AUTH, "no credentials for the recorded user '%s%s%s'", domain,
			    domain[0] != '\0' ? "\\" : "", user);
	if (p != NULL && p->user[0] == '\0' && strcmp(p->mechanism, "NTLMSSP") == 0)
		use.kerberos = AUTH_KERBEROS_OFF;
	use.refused = leg->fails;
	auth_set_creds(l->auth, &use);
	return r;
}

/* A logon that is not over, by its last request, which was answered. */
static struct logon *
logon_of_answer(const struct security_conn *c, uint64_t message_id)
{
	for (struct logon *l = c->logons; l != NULL; l = l->next)
		if (l->answered && l->message_id == message_id)
			return l;
	return NULL;
}

bool
security_wants_leg(const struct security_conn *c, uint64_t message_id, uint64_t *event)
{
	const struct logon *l = logon_of_answer(c, message_id);

	if (l != NULL)
		*event = l->event;
	return l != NULL && auth_wants_leg(l->auth);
}

struct mids *
security_mids(struct security_conn *c)
{
	return &c->mids;
}

int
security_token(struct security_conn *c, const struct security_leg *leg, struct buf *out,
	       struct err *e)
{
	struct logon *l = leg->extra ? logon_of_answer(c, leg->message_id)
				     : logon_of_session(c, leg->session);
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
	l->event = leg->event;
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
	l = first->h.command == SMB2_CMD_SESSION_SETUP ? logon_of_message(c, first->h.message_id)
						       : NULL;
	return l != NULL ? preauth_update(&l->preauth, without_frame(message)) : 0;
}

static int
negotiated(struct security_conn *c, const struct smb2_pdu *live, struct slice message)
{
	negotiated_read(live, &c->negotiated);
	return preauth_update(&c->preauth, without_frame(message));
}

/* Was the recorded user a guest? What it signed all the same goes out as it was. */
static bool
was_guest(const struct ir *ir, const struct logon *l)
{
	const uint16_t none = SESSION_FLAG_GUEST | SESSION_FLAG_NULL;
	struct buf scratch = {0};
	bool found = false, guest = false;

	for (uint64_t i = l->event + 1; i < ir->n_events && !found; i++) {
		const struct ir_event *ev = &ir->events[i];
		struct smb2_chain chain;
		struct smb2_pdu pdu;
		struct slice bytes;

		if (ev->kind != IR_RECV || ev->conn != ir->events[l->event].conn)
			continue;
		buf_reset(&scratch);
		chain = smb2_chain_init(ir_bytes(ir, ev, &scratch));
		found = smb2_chain_next(&chain, &bytes) && smb2_pdu_decode(bytes, &pdu) == 0 &&
			pdu.body_def == &smb2_defs[SMB2_DEF_smb2_session_setup_resp] &&
			pdu.h.status == STATUS_SUCCESS;
		guest = found && (pdu.body.smb2_session_setup_resp.session_flags & none) != 0;
	}
	buf_free(&scratch);
	return guest;
}

/* The last answer of a logon. A reauthentication keeps the keys (MS-SMB2 3.2.5.3.3); guests and
 * null sessions have none. */
static int
logged_on(struct security_conn *c, struct logon *l, const struct smb2_pdu *live, struct err *e)
{
	const struct smb2_session_setup_resp *body = &live->body.smb2_session_setup_resp;
	int r = auth_accept(l->auth, body->security_buffer, e);

	if (r == 0 && (body->session_flags & (SESSION_FLAG_GUEST | SESSION_FLAG_NULL)) == 0 &&
	    !security_has_channel(c, l->session))
		r = security_add_channel(c, l, live->h.session_id);
	else if (r == 0 && (body->session_flags & SESSION_FLAG_GUEST) != 0 &&
		 !was_guest(c->security->ir, l))
		security_add_guest(c, l);
	free_logon(c, l);
	return r;
}

static int
setup_answered(struct security_conn *c, const struct smb2_pdu *live, struct slice message,
	       uint32_t session, struct err *e)
{
	struct logon *l = logon_of_message(c, live->h.message_id);

	if (l == NULL || smb2_is_interim(live))
		return 0;
	if (session != 0)
		l->session = session;
	if (live->h.status == STATUS_SUCCESS &&
	    live->body_def == &smb2_defs[SMB2_DEF_smb2_session_setup_resp])
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
	return l->token.err != 0 ? l->token.err
				 : preauth_update(&l->preauth, without_frame(message));
}

int
security_received(struct security_conn *c, const struct smb2_pdu *live, struct slice message,
		  uint32_t session, struct err *e)
{
	int r = 0;

	if (live->h.command == SMB2_CMD_NEGOTIATE)
		r = negotiated(c, live, message);
	else if (live->h.command == SMB2_CMD_SESSION_SETUP)
		r = setup_answered(c, live, message, session, e);
	return r != 0 ? err_set(e, r, "logon: %s", err_str(r)) : 0;
}
