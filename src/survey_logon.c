/* Logons of a capture: who, by which mechanism, how it ended, in whose place. */
#include "config.h"

#include <stdlib.h>

#include "auth/auth.h"
#include "proto/ntstatus.h"
#include "survey.h"

#define SESSION_SETUP_BINDING 1 /* SMB2_SESSION_FLAG_BINDING, MS-SMB2 2.2.5 */
#define SESSION_FLAG_GUEST 1    /* MS-SMB2 2.2.6 */
#define SESSION_FLAG_NULL 2

/* The logon that a SESSION_SETUP goes on with, or a new one; NULL where it is not listed. */
static struct survey_session *
session_of(struct survey *s, uint32_t conn, uint64_t id)
{
	bool again = false;
	struct survey_session *x;

	for (size_t i = s->n_sessions; id != 0 && i > 0 && !again; i--) {
		x = &s->sessions[i - 1];
		if (x->conn != conn || x->id != id)
			continue;
		again = x->answered && x->status == STATUS_SUCCESS;
		if (!again)
			return x;
	}
	x = survey_grow(&s->sessions, &s->n_sessions, &s->cap_sessions, sizeof(*s->sessions),
			SURVEY_MAX_LISTED);
	if (x != NULL)
		x->again = again;
	return x;
}

static void
take(char **to, char **from)
{
	if (*from == NULL)
		return;
	free(*to);
	*to = *from;
	*from = NULL;
}

static void
see_token(struct survey *s, const struct survey_conn *c, struct survey_session *x,
	  struct auth_info *i)
{
	if (x->mechanism == NULL || strcmp(i->mechanism, "unknown") != 0)
		x->mechanism = i->mechanism;
	if (i->ntlm_type == 3) {
		x->anonymous = i->anonymous;
		if (i->workstation != NULL)
			survey_name_host(s, c->client_host, i->workstation, strlen(i->workstation));
	}
	take(&x->user, &i->user);
	take(&x->domain, &i->domain);
	take(&x->service, &i->service);
}

int
survey_setup(struct survey *s, struct survey_conn *c, uint32_t conn, const struct smb2_pdu *pdu)
{
	const struct smb2_session_setup_req *body = &pdu->body.smb2_session_setup_req;
	struct survey_session *x = session_of(s, conn, pdu->h.session_id);
	struct auth_info i;
	int r;

	if (x == NULL) {
		s->not_listed++;
		return 0;
	}
	x->conn = conn;
	x->id = pdu->h.session_id;
	x->message_id = pdu->h.message_id;
	x->answered = false;
	x->binding = (body->flags & SESSION_SETUP_BINDING) != 0;
	if (body->previous_session_id != 0 && body->previous_session_id != x->id)
		x->previous = body->previous_session_id;
	r = auth_describe(body->security_buffer, &i);
	if (r != 0)
		return r;
	see_token(s, c, x, &i);
	auth_describe_free(&i);
	return 0;
}

/* The server's token names it. */
static int
see_server(struct survey *s, const struct survey_conn *c, struct slice token)
{
	struct auth_info i;
	int r = auth_describe(token, &i);

	if (r != 0)
		return r;
	if (i.server != NULL)
		survey_name_host(s, c->server_host, i.server, strlen(i.server));
	auth_describe_free(&i);
	return 0;
}

int
survey_setup_response(struct survey *s, struct survey_conn *c, uint32_t conn,
		      const struct smb2_pdu *pdu)
{
	const struct smb2_session_setup_resp *body = &pdu->body.smb2_session_setup_resp;

	if (smb2_is_interim(pdu))
		return 0;
	for (size_t i = s->n_sessions; i > 0; i--) {
		struct survey_session *x = &s->sessions[i - 1];

		if (x->conn != conn || x->answered || x->message_id != pdu->h.message_id)
			continue;
		x->id = pdu->h.session_id != 0 ? pdu->h.session_id : x->id;
		x->status = pdu->h.status;
		x->answered = true;
		if (pdu->body_def != &smb2_defs[SMB2_DEF_smb2_session_setup_resp])
			break;
		x->guest = (body->session_flags & SESSION_FLAG_GUEST) != 0;
		x->anonymous = x->anonymous || (body->session_flags & SESSION_FLAG_NULL) != 0;
		return see_server(s, c, body->security_buffer);
	}
	return 0;
}
