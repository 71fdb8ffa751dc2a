/* What is in a capture. */
#include "config.h"

#include "survey.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include "auth/auth.h"
#include "base/utf16.h"
#include "proto/ntstatus.h"

#define NEGOTIATE_SIGNING_REQUIRED 2 /* MS-SMB2 2.2.4 */
#define MAX_CONNS ((size_t)1 << 20)

/* One more element at the end of a list, zeroed; NULL when memory is out or `max` is reached. */
static void *
grow(void *list, size_t *n, size_t *cap, size_t size, size_t max)
{
	uint8_t *p;

	memcpy(&p, list, sizeof(p));
	if (*n >= max)
		return NULL;
	if (*n == *cap) {
		size_t more = *cap > 0 ? *cap * 2 : 16;

		p = realloc(p, more * size);
		if (p == NULL)
			return NULL;
		memcpy(list, &p, sizeof(p));
		*cap = more;
	}
	memset(p + *n * size, 0, size);
	return p + (*n)++ * size;
}

static void
put_address(const struct cap_addr *a, char out[64])
{
	char ip[INET6_ADDRSTRLEN] = "?";

	(void)inet_ntop(a->family, a->ip, ip, sizeof(ip));
	(void)snprintf(out, 64, a->family == AF_INET6 ? "[%s]:%u" : "%s:%u", ip, a->port);
}

/* The connection's entry; NULL when memory is out. */
static struct survey_conn *
conn_of(struct survey *s, const struct cap_conn *conn)
{
	while (s->n_conns <= conn->id)
		if (grow(&s->conns, &s->n_conns, &s->cap_conns, sizeof(*s->conns), MAX_CONNS) ==
		    NULL)
			return NULL;
	if (s->conns[conn->id].client[0] == '\0') {
		put_address(&conn->client, s->conns[conn->id].client);
		put_address(&conn->server, s->conns[conn->id].server);
		s->conns[conn->id].syn_seen = conn->syn_seen;
	}
	return &s->conns[conn->id];
}

static char *
text_of(struct slice utf16)
{
	struct buf b = {0};

	utf16_to_utf8(utf16, &b);
	buf_add(&b, "", 1);
	if (b.err != 0)
		buf_free(&b);
	return (char *)b.p;
}

/* The logon that a SESSION_SETUP goes on with, or a new one; NULL where it is not listed. */
static struct survey_session *
session_of(struct survey *s, uint32_t conn, uint64_t id)
{
	for (size_t i = s->n_sessions; id != 0 && i > 0; i--)
		if (s->sessions[i - 1].conn == conn && s->sessions[i - 1].id == id)
			return &s->sessions[i - 1];
	return grow(&s->sessions, &s->n_sessions, &s->cap_sessions, sizeof(*s->sessions),
		    SURVEY_MAX_LISTED);
}

static int
see_setup(struct survey *s, uint32_t conn, const struct smb2_pdu *pdu)
{
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
	r = auth_describe(pdu->body.smb2_session_setup_req.security_buffer, &i);
	if (r != 0)
		return r;
	if (x->mechanism == NULL || strcmp(i.mechanism, "unknown") != 0)
		x->mechanism = i.mechanism;
	if (i.ntlm_type == 3 || i.user != NULL) {
		free(x->user);
		free(x->domain);
		x->user = i.user;
		x->domain = i.domain;
		x->anonymous = i.anonymous;
		i.user = i.domain = NULL;
	}
	auth_describe_free(&i);
	return 0;
}

static void
see_setup_response(struct survey *s, uint32_t conn, const struct smb2_pdu *pdu)
{
	for (size_t i = s->n_sessions; i > 0; i--) {
		struct survey_session *x = &s->sessions[i - 1];

		if (x->conn != conn || x->answered || x->message_id != pdu->h.message_id)
			continue;
		x->id = pdu->h.session_id != 0 ? pdu->h.session_id : x->id;
		x->status = pdu->h.status;
		x->answered = true;
		return;
	}
}

static int
see_tree(struct survey *s, struct slice path)
{
	struct survey_share *x;
	char *text = text_of(path);

	if (text == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < s->n_shares; i++) {
		if (strcmp(s->shares[i].path, text) == 0) {
			s->shares[i].connects++;
			free(text);
			return 0;
		}
	}
	x = grow(&s->shares, &s->n_shares, &s->cap_shares, sizeof(*s->shares), SURVEY_MAX_LISTED);
	if (x == NULL) {
		s->not_listed++;
		free(text);
		return 0;
	}
	x->path = text;
	x->connects = 1;
	return 0;
}

static void
see_negotiated(struct survey_conn *c, const struct smb2_pdu *pdu)
{
	/* Both forms begin alike, as their lists show. */
	const struct smb2_row *mode = smb2_row_find(pdu->body_def, "security_mode");
	const struct smb2_row *dialect = smb2_row_find(pdu->body_def, "dialect_revision");

	if (mode == NULL || dialect == NULL)
		return;
	c->negotiated = true;
	c->signing_required = (smb2_get(mode, &pdu->body) & NEGOTIATE_SIGNING_REQUIRED) != 0;
	c->dialect = (uint16_t)smb2_get(dialect, &pdu->body);
}

static int
see_pdu(struct survey *s, struct survey_conn *c, uint32_t conn, struct slice bytes)
{
	struct smb2_pdu pdu;

	s->pdus++;
	c->pdus++;
	if (smb2_pdu_decode(bytes, &pdu) != 0) {
		s->malformed++;
		return 0;
	}
	tally_add(&s->tally, &pdu);
	c->signed_pdus += (pdu.h.flags & SMB2_FLAGS_SIGNED) != 0;
	s->opaque += pdu.body_def == NULL;
	if (pdu.h.command == SMB2_CMD_SESSION_SETUP && pdu.response)
		see_setup_response(s, conn, &pdu);
	if (pdu.body_def == NULL)
		return 0;
	if (pdu.h.command == SMB2_CMD_NEGOTIATE && pdu.response)
		see_negotiated(c, &pdu);
	if (pdu.body_def == &smb2_defs[SMB2_DEF_smb2_session_setup_req])
		return see_setup(s, conn, &pdu);
	if (pdu.body_def == &smb2_defs[SMB2_DEF_smb2_tree_connect_req])
		return see_tree(s, pdu.body.smb2_tree_connect_req.path);
	return 0;
}

static int
see_message(void *ctx, const struct cap_message *m)
{
	struct survey *s = ctx;
	struct survey_conn *c = conn_of(s, m->conn);
	enum smb2_msg_kind kind = smb2_msg_kind(m->bytes);
	struct smb2_chain chain;
	struct slice pdu;
	int r = 0;

	if (c == NULL)
		return ERR_NOMEM;
	s->messages++;
	s->kinds[kind]++;
	s->first = s->first == 0 || m->t_first < s->first ? m->t_first : s->first;
	s->last = m->t_last > s->last ? m->t_last : s->last;
	c->first = c->first == 0 || m->t_first < c->first ? m->t_first : c->first;
	c->last = m->t_last > c->last ? m->t_last : c->last;
	c->plain += kind == SMB2_MSG_PLAIN;
	c->sealed += kind == SMB2_MSG_SEALED;
	c->compressed += kind == SMB2_MSG_COMPRESSED;
	c->smb1 += kind == SMB2_MSG_SMB1;
	c->unknown += kind == SMB2_MSG_UNKNOWN;
	if (kind != SMB2_MSG_PLAIN)
		return 0;
	chain = smb2_chain_init(m->bytes);
	while (r == 0 && smb2_chain_next(&chain, &pdu))
		r = see_pdu(s, c, m->conn->id, pdu);
	return r;
}

static int
see_event(void *ctx, const struct cap_event *e)
{
	struct survey *s = ctx;
	struct survey_conn *c = conn_of(s, e->conn);

	if (c == NULL)
		return ERR_NOMEM;
	c->gaps += e->kind == CAP_GAP;
	c->gap_bytes += e->kind == CAP_GAP ? e->lost : 0;
	c->junk_bytes += e->kind == CAP_JUNK ? e->bytes.n : 0;
	return 0;
}

struct cap_sink
survey_sink(struct survey *s)
{
	return (struct cap_sink){.ctx = s, .message = see_message, .event = see_event};
}

void
survey_free(struct survey *s)
{
	for (size_t i = 0; i < s->n_sessions; i++) {
		free(s->sessions[i].user);
		free(s->sessions[i].domain);
	}
	for (size_t i = 0; i < s->n_shares; i++)
		free(s->shares[i].path);
	free(s->conns);
	free(s->sessions);
	free(s->shares);
	tally_free(&s->tally);
	*s = (struct survey){0};
}

/* A reason that concerns whole connections. */
static void
put_conns(struct buf *why, uint64_t n, const char *what)
{
	if (n > 0)
		buf_printf(why, "%llu connection%s %s\n", (unsigned long long)n, n == 1 ? "" : "s",
			   what);
}

enum survey_verdict
survey_judge(const struct survey *s, struct buf *why)
{
	uint64_t sealed = 0, compressed = 0, smb1 = 0, middle = 0, bad = 0, gaps = 0, lost = 0,
		 junk = 0;
	bool partly;

	for (size_t i = 0; i < s->n_conns; i++) {
		const struct survey_conn *c = &s->conns[i];
		bool no_start = !c->negotiated && c->plain + c->sealed + c->compressed > 0;

		sealed += c->sealed > 0;
		compressed += c->compressed > 0;
		smb1 += c->plain + c->sealed + c->compressed == 0 && c->smb1 > 0;
		middle += no_start;
		bad += c->sealed + c->compressed > 0 || no_start || c->plain == 0;
		gaps += c->gaps;
		lost += c->gap_bytes;
		junk += c->junk_bytes;
	}
	put_conns(why, sealed, "sealed: --keys, --password or --keytab would open them");
	put_conns(why, compressed, "with compressed messages that cannot be expanded");
	put_conns(why, middle, "captured from the middle: their logon is not there");
	put_conns(why, smb1, "with SMB1 only");
	if (gaps > 0)
		buf_printf(why,
			   "%llu gaps: %llu bytes were not captured, their messages are left out\n",
			   (unsigned long long)gaps, (unsigned long long)lost);
	if (junk > 0)
		buf_printf(why, "%llu bytes that are no SMB message\n", (unsigned long long)junk);
	partly = bad > 0 || gaps > 0 || junk > 0;
	return bad == s->n_conns ? SURVEY_NOT : partly ? SURVEY_IN_PART : SURVEY_REPLAYABLE;
}
