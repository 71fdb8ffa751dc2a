/* What is in a capture. */
#include "config.h"

#include "base/list.h"
#include "survey.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "base/utf16.h"
#include "proto/ntstatus.h"

#define NEGOTIATE_SIGNING_REQUIRED 2 /* MS-SMB2 2.2.4 */
#define GLOBAL_CAP_ENCRYPTION 0x40   /* the same */
#define MAX_CONNS ((size_t)1 << 20)
#define MAX_FOLLOWED ((size_t)1 << 16) /* trees, opens, requests and breaks at once */
#define MAX_HOST_NAME ((size_t)255)
#define SECOND 1000000000u

/* Where a host is in the list. */
struct host_place {
	uint64_t key;
	uint32_t at;
};

void
survey_init(struct survey *s)
{
	*s = (struct survey){0};
	s->host_index =
		(struct survey_table){.size = sizeof(struct host_place), .max = SURVEY_MAX_LISTED};
	s->trees = (struct survey_table){.size = sizeof(struct survey_tree), .max = MAX_FOLLOWED};
	s->opens = (struct survey_table){.size = sizeof(struct survey_open), .max = MAX_FOLLOWED};
	s->flights =
		(struct survey_table){.size = sizeof(struct survey_flight), .max = MAX_FOLLOWED};
	s->breaks = (struct survey_table){.size = sizeof(struct survey_break), .max = MAX_FOLLOWED};
}

void *
survey_grow(void *list, size_t *n, size_t *cap, size_t size, size_t max)
{
	uint8_t *p;

	if (*n >= max || list_room(list, *n, cap, size) != 0)
		return NULL;
	memcpy(&p, list, sizeof(p));
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

static uint64_t
address_key(const struct cap_addr *a)
{
	bool v6 = a->family == AF_INET6;
	uint64_t low = wire_le(a->ip, v6 ? 8 : 4), high = v6 ? wire_le(a->ip + 8, 8) : 0;

	return survey_mix(survey_mix(low, high), (uint64_t)a->family << 16 | a->port);
}

/* The host of an address, a new one where it is not listed; SURVEY_NONE where there is no room. */
static uint32_t
host_of(struct survey *s, const struct cap_addr *a, bool server)
{
	struct cap_addr x = *a;
	struct host_place *place;
	struct survey_host *h;
	uint64_t key;

	x.port = server ? a->port : 0;
	key = address_key(&x);
	place = survey_table_find(&s->host_index, key);
	if (place != NULL) {
		s->hosts[place->at].connections++;
		return place->at;
	}
	h = survey_grow(&s->hosts, &s->n_hosts, &s->cap_hosts, sizeof(*s->hosts),
			SURVEY_MAX_LISTED);
	if (h == NULL) {
		s->not_listed++;
		return SURVEY_NONE;
	}
	put_address(&x, h->address);
	if (!server) /* without the port, which is another each time */
		(void)inet_ntop(a->family, a->ip, h->address, sizeof(h->address));
	h->server = server;
	h->connections = 1;
	place = survey_table_add(&s->host_index, key);
	if (place != NULL)
		place->at = (uint32_t)(h - s->hosts);
	return (uint32_t)(h - s->hosts);
}

/* The same name, or one of them is the other without its domain. */
static bool
same_host(const char *a, const char *b, size_t n)
{
	size_t m = strlen(a), less = m < n ? m : n;

	return strncasecmp(a, b, less) == 0 &&
	       (m == n || (m < n && b[m] == '.') || (n < m && a[n] == '.'));
}

void
survey_name_host(struct survey *s, uint32_t i, const char *name, size_t n)
{
	struct survey_host *h = i < s->n_hosts ? &s->hosts[i] : NULL;
	size_t k = 0;

	if (h == NULL || n == 0 || n > MAX_HOST_NAME ||
	    (strncmp(h->address, name, n) == 0 && (h->address[n] == '\0' || h->address[n] == ':')))
		return;
	while (k < SURVEY_HOST_NAMES && h->names[k] != NULL && !same_host(h->names[k], name, n))
		k++;
	if (k == SURVEY_HOST_NAMES || (h->names[k] != NULL && strlen(h->names[k]) >= n))
		return;
	free(h->names[k]);
	h->names[k] = strndup(name, n);
}

/* The connection's entry; NULL when memory is out. */
static struct survey_conn *
conn_of(struct survey *s, const struct cap_conn *conn)
{
	struct survey_conn *c;

	while (s->n_conns <= conn->id)
		if (survey_grow(&s->conns, &s->n_conns, &s->cap_conns, sizeof(*s->conns),
				MAX_CONNS) == NULL)
			return NULL;
	c = &s->conns[conn->id];
	if (c->client[0] == '\0') {
		put_address(&conn->client, c->client);
		put_address(&conn->server, c->server);
		c->syn_seen = conn->syn_seen;
		c->server_key = address_key(&conn->server);
		c->client_host = host_of(s, &conn->client, false);
		c->server_host = host_of(s, &conn->server, true);
	}
	return c;
}

char *
survey_text(struct slice utf16)
{
	struct buf b = {0};

	utf16_to_utf8(utf16, &b);
	buf_add(&b, "", 1);
	if (b.err != 0)
		buf_free(&b);
	return (char *)b.p;
}

static void
see_negotiated(struct survey_conn *c, const struct smb2_pdu *pdu)
{
	/* Both forms begin alike, as their lists show. */
	const struct smb2_row *mode = smb2_row_find(pdu->body_def, "security_mode");
	const struct smb2_row *caps = smb2_row_find(pdu->body_def, "capabilities");

	if (mode == NULL || caps == NULL)
		return;
	c->negotiated = true;
	c->signing_required = (smb2_get(mode, &pdu->body) & NEGOTIATE_SIGNING_REQUIRED) != 0;
	negotiated_read(pdu, &c->wire);
	/* Before 3.1.1 the server says by a capability that it seals at all (MS-SMB2 2.2.4). */
	if (c->wire.dialect != DIALECT_311 &&
	    (smb2_get(caps, &pdu->body) & GLOBAL_CAP_ENCRYPTION) == 0)
		c->wire.cipher = 0;
}

/* What the PDU tells beside its numbers. */
static int
see_body(struct survey *s, struct survey_conn *c, uint32_t conn, const struct smb2_pdu *pdu,
	 struct survey_chain *chain)
{
	int r = 0;

	if (pdu->response && pdu->h.command == SMB2_CMD_SESSION_SETUP)
		r = survey_setup_response(s, c, conn, pdu);
	if (pdu->response && pdu->h.command == SMB2_CMD_NEGOTIATE && pdu->body_def != NULL)
		see_negotiated(c, pdu);
	if (pdu->body_def == &smb2_defs[SMB2_DEF_smb2_session_setup_req])
		r = survey_setup(s, c, conn, pdu);
	if (r != 0)
		return r;
	return pdu->response ? survey_response(s, c, conn, pdu)
			     : survey_request(s, c, conn, pdu, chain);
}

static int
see_pdu(struct survey *s, struct survey_conn *c, uint32_t conn, struct slice bytes,
	struct survey_chain *chain)
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
	return see_body(s, c, conn, &pdu, chain);
}

static void
see_time(struct survey *s, struct survey_conn *c, const struct cap_message *m)
{
	uint64_t second = m->t_first / SECOND;

	s->first = s->first == 0 || m->t_first < s->first ? m->t_first : s->first;
	s->last = m->t_last > s->last ? m->t_last : s->last;
	c->first = c->first == 0 || m->t_first < c->first ? m->t_first : c->first;
	c->last = m->t_last > c->last ? m->t_last : c->last;
	s->in_second = second == s->second ? s->in_second + 1 : 1;
	s->second = second;
	s->peak = s->in_second > s->peak ? s->in_second : s->peak;
}

static int
see_chain(struct survey *s, struct survey_conn *c, const struct cap_message *m)
{
	struct smb2_chain chain = smb2_chain_init(m->bytes);
	struct survey_chain before = {0};
	unsigned n = 0;
	bool related = false;
	struct slice pdu;
	int r = 0;

	for (; r == 0 && smb2_chain_next(&chain, &pdu); n++) {
		if (pdu.n >= SMB2_HEADER)
			related = related || (wire_le(pdu.p + SMB2_HDR_AT(flags), 4) &
					      SMB2_FLAGS_RELATED_OPERATIONS) != 0;
		r = see_pdu(s, c, m->conn->id, pdu, &before);
	}
	if (m->dir == CAP_C2S && n > 1) {
		s->counts.compounds++;
		s->counts.related += related;
	}
	return r;
}

static int
see_plain(struct survey *s, struct survey_conn *c, const struct cap_message *m)
{
	const struct ir_extent nowhere = {.len = (uint32_t)m->bytes.n}; /* it is not stored */
	const struct state_message says = {.extents = &nowhere,
					   .n_extents = 1,
					   .event = m->frame_last,
					   .conn = m->conn->id,
					   .server = c->server,
					   .response = m->dir == CAP_S2C,
					   .bytes = m->bytes};
	int r = s->state == NULL ? state_feed_new(&s->state) : 0;

	if (r == 0)
		r = state_feed(s->state, &says);
	return r == 0 ? see_chain(s, c, m) : r;
}

static int
see_message(void *ctx, const struct cap_message *m)
{
	struct survey *s = ctx;
	struct survey_conn *c = conn_of(s, m->conn);
	enum smb2_msg_kind kind = smb2_msg_kind(m->bytes);

	if (c == NULL)
		return ERR_NOMEM;
	s->messages++;
	s->kinds[kind]++;
	see_time(s, c, m);
	c->plain += kind == SMB2_MSG_PLAIN;
	c->sealed += kind == SMB2_MSG_SEALED;
	c->compressed += kind == SMB2_MSG_COMPRESSED;
	c->smb1 += kind == SMB2_MSG_SMB1;
	c->unknown += kind == SMB2_MSG_UNKNOWN;
	return kind == SMB2_MSG_PLAIN ? see_plain(s, c, m) : 0;
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
	c->fin[e->dir] = c->fin[e->dir] || e->kind == CAP_FIN;
	c->rst[e->dir] = c->rst[e->dir] || e->kind == CAP_RST;
	return 0;
}

struct cap_sink
survey_sink(struct survey *s)
{
	return (struct cap_sink){.ctx = s, .message = see_message, .event = see_event};
}

int
survey_end(struct survey *s)
{
	struct state first;
	int r = s->state != NULL ? state_feed_end(s->state, &first) : 0;

	if (r != 0 || s->state == NULL)
		return r;
	plan_count(&first, &s->names.totals);
	s->names.at_least = first.left_out + first.requests_left_out > 0;
	state_free(&first);
	return 0;
}

void
survey_free(struct survey *s)
{
	for (size_t i = 0; i < s->n_sessions; i++) {
		free(s->sessions[i].user);
		free(s->sessions[i].domain);
		free(s->sessions[i].service);
	}
	for (size_t i = 0; i < s->n_hosts; i++)
		for (size_t k = 0; k < SURVEY_HOST_NAMES; k++)
			free(s->hosts[i].names[k]);
	for (size_t i = 0; i < s->n_shares; i++)
		free(s->shares[i].path);
	free(s->conns);
	free(s->hosts);
	free(s->sessions);
	free(s->shares);
	tally_free(&s->tally);
	survey_top_free(&s->top);
	survey_table_free(&s->host_index);
	survey_table_free(&s->trees);
	survey_table_free(&s->opens);
	survey_table_free(&s->flights);
	survey_table_free(&s->breaks);
	state_feed_free(s->state);
	*s = (struct survey){0};
}
