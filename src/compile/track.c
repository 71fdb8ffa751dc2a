/* Which values in a message are symbols, and which bytes are made anew when it is sent. */
#include "config.h"

#include "compile/track.h"

#include <stdio.h>
#include <stdlib.h>

#include "auth/auth.h"
#include "base/utf16.h"
#include "compile/symtab.h"
#include "crypto/sign.h"
#include "proto/ntstatus.h"

#define MAX_SETUPS                                                                                 \
	64 /* logons under way at once on a connection; of more the oldest lose their session      \
	      symbol */
#define MAX_PRINCIPALS                                                                             \
	4096 /* listed in the workload; sessions beyond are not listed, but replayed */
#define MAX_SHARES 4096

struct track_conn {
	uint32_t server;             /* index of the server's address */
	uint64_t setups[MAX_SETUPS]; /* MessageIds of SESSION_SETUPs without SessionId: their
					responses will assign one; oldest first */
	size_t n_setups;
};

struct track {
	struct symtab *symbols;
	struct arena arena; /* principals, shares */
	struct cap_addr *servers;
	size_t n_servers;
	struct ir_principal *principals;
	size_t n_principals;
	const char **shares;
	size_t n_shares;
	struct ir_patch patches[TRACK_MAX_PATCHES];
	size_t n_patches;
	uint64_t bad_signatures; /* of the message at hand */
	struct flow *flow;       /* NULL: not asked for */
	uint32_t event;          /* that the message will be */
	uint32_t tree;           /* that its last PDU named, 0: none that is known */
};

/* What a PDU's values are looked up with. */
struct place {
	struct track *t;
	struct track_conn *c;
	const struct cap_message *m;
	const struct smb2_pdu *pdu;
	size_t at; /* of the PDU in the message */
	bool bad_signature;
	struct sym_scope scope;
};

int
track_new(const struct flow_rules *flow, struct track **out)
{
	struct track *t = calloc(1, sizeof(*t));
	int r;

	if (t == NULL)
		return ERR_NOMEM;
	r = symtab_new(&t->symbols);
	if (r == 0 && flow != NULL)
		r = flow_new(flow, &t->flow);
	if (r == 0) {
		t->principals = arena_alloc(&t->arena, MAX_PRINCIPALS * sizeof(*t->principals));
		t->shares = arena_alloc(&t->arena, MAX_SHARES * sizeof(*t->shares));
		if (t->principals == NULL || t->shares == NULL)
			r = ERR_NOMEM;
	}
	if (r != 0) {
		track_free(t);
		return r;
	}
	*out = t;
	return 0;
}

void
track_free(struct track *t)
{
	if (t == NULL)
		return;
	symtab_free(t->symbols);
	flow_free(t->flow);
	arena_free(&t->arena);
	free(t->servers);
	free(t);
}

void
track_close(struct track *t, struct cap_conn *c)
{
	(void)t;
	free(c->user);
	c->user = NULL;
}

/* The state of a connection; made when its first message comes. */
static struct track_conn *
conn_of(struct track *t, struct cap_conn *c)
{
	struct track_conn *tc = c->user;
	size_t i = 0;

	if (tc != NULL)
		return tc;
	while (i < t->n_servers &&
	       (t->servers[i].port != c->server.port || t->servers[i].family != c->server.family ||
		memcmp(t->servers[i].ip, c->server.ip, sizeof(c->server.ip)) != 0))
		i++;
	if (i == t->n_servers) {
		struct cap_addr *more = realloc(t->servers, (i + 1) * sizeof(*more));

		if (more == NULL)
			return NULL;
		t->servers = more;
		t->servers[t->n_servers++] = c->server;
	}
	tc = calloc(1, sizeof(*tc));
	if (tc == NULL)
		return NULL;
	tc->server = (uint32_t)i;
	c->user = tc;
	return tc;
}

static void
add_patch(struct track *t, enum ir_what what, uint32_t number, size_t off, size_t width,
	  size_t from)
{
	if (t->n_patches == TRACK_MAX_PATCHES)
		return;
	t->patches[t->n_patches++] = (struct ir_patch){.off = (uint32_t)off,
						       .width = (uint32_t)width,
						       .number = number,
						       .what = (uint8_t)what,
						       .from = (uint8_t)from};
}

static bool
symbol_kind(uint8_t role, enum ir_what *what)
{
	switch (role) {
	case SMB2_SESSION_ID:
		*what = IR_SESSION;
		return true;
	case SMB2_TREE_ID:
		*what = IR_TREE;
		return true;
	case SMB2_ASYNC_ID:
		*what = IR_ASYNC;
		return true;
	case SMB2_FILE_ID:
		*what = IR_OPEN;
		return true;
	case SMB2_RESUME_KEY:
		*what = IR_RESUME;
		return true;
	default:
		return false;
	}
}

/* The field's bytes, numbers too; empty where all are 0 or all 0xff, which never stand for anything
 * (MS-SMB2 3.2.4.1.4). */
static struct slice
value_of(const struct place *p, const struct smb2_item *it)
{
	struct slice v = slice_sub(p->pdu->bytes, it->off, it->len);
	uint8_t all_or = 0, all_and = 0xff;

	for (size_t i = 0; i < v.n; i++) {
		all_or |= v.p[i];
		all_and &= v.p[i];
	}
	return all_or == 0 || all_and == 0xff ? (struct slice){0} : v;
}

/* The session comes first, since the other values are looked up within it; the header's is the
 * first of its role. */
static uint32_t
session_of(const struct place *p, const struct smb2_item *items, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (items[i].row->role == SMB2_SESSION_ID) {
			struct slice value = value_of(p, &items[i]);

			return value.n > 0
				       ? symtab_find(p->t->symbols, IR_SESSION, p->scope, value, 0)
				       : 0;
		}
	}
	return 0;
}

static void
use_half_ids(const struct place *p, const struct smb2_item *it, struct slice value)
{
	for (uint8_t from = 0; from < 16; from = (uint8_t)(from + 8)) {
		struct smb2_item half = {.off = it->off + from, .len = 8};
		struct slice v = value_of(p, &half);
		uint32_t number;

		if (v.n == 0 || value.n != 16)
			continue;
		number = symtab_find(p->t->symbols, IR_OPEN, p->scope, v, from);
		if (number != 0)
			add_patch(p->t, IR_OPEN, number, p->at + half.off, 8, from);
	}
}

/* A request uses a value: a patch, where some response assigned it. */
static void
use_value(const struct place *p, enum ir_what what, const struct smb2_item *it)
{
	struct slice value = value_of(p, it);
	uint32_t number;

	if (value.n == 0)
		return;
	number = symtab_find(p->t->symbols, what, p->scope, value, 0);
	if (number != 0)
		add_patch(p->t, what, number, p->at + it->off, it->len, 0);
	else if (what == IR_OPEN)
		use_half_ids(p, it, value);
}

static void
end_values(const struct place *p, enum ir_what what, const struct smb2_item *it)
{
	unsigned command = p->pdu->h.command;
	struct slice value = value_of(p, it);

	if (value.n == 0)
		return;
	if ((command == SMB2_CMD_LOGOFF && what == IR_SESSION) ||
	    (command == SMB2_CMD_TREE_DISCONNECT && what == IR_TREE) ||
	    (command == SMB2_CMD_CLOSE && what == IR_OPEN))
		symtab_retire(p->t->symbols, what, p->scope, value);
}

static void
drop_setup(struct track_conn *c, size_t i)
{
	c->n_setups--;
	memmove(&c->setups[i], &c->setups[i + 1], (c->n_setups - i) * sizeof(c->setups[0]));
}

static void
note_setup(struct track_conn *c, uint64_t message_id)
{
	if (c->n_setups == MAX_SETUPS)
		drop_setup(c, 0);
	c->setups[c->n_setups++] = message_id;
}

/* SESSION_SETUP responses carry the SessionId of running logons too: only one to a request without
 * SessionId assigns. */
static bool
assigns_session(const struct place *p)
{
	uint32_t status = p->pdu->h.status;

	for (size_t i = 0; i < p->c->n_setups; i++) {
		if (p->c->setups[i] != p->pdu->h.message_id)
			continue;
		drop_setup(p->c, i);
		return status == STATUS_SUCCESS ||
		       status == (uint32_t)STATUS_MORE_PROCESSING_REQUIRED;
	}
	return false;
}

static int
define_value(struct place *p, enum ir_what what, const struct smb2_item *it)
{
	struct slice value = value_of(p, it);
	uint32_t number;
	int r;

	/* What does not get its place in the message must not be used either. */
	if (value.n == 0 || p->t->n_patches == TRACK_MAX_PATCHES)
		return 0;
	r = symtab_define(p->t->symbols, what, p->scope, value, &number);
	if (r != 0)
		return r;
	if (what == IR_SESSION)
		p->scope.session = number;
	add_patch(p->t, what, number, p->at + it->off, it->len, 0);
	return 0;
}

static int
track_response(struct place *p, const struct smb2_item *items, size_t n)
{
	bool interim = smb2_is_interim(p->pdu), fresh = false;

	if (p->pdu->h.command == SMB2_CMD_SESSION_SETUP && !interim)
		fresh = assigns_session(p);
	for (size_t i = 0; i < n; i++) {
		enum ir_what what;
		int r;

		if (!symbol_kind(items[i].row->role, &what))
			continue;
		if (what == IR_ASYNC && !interim)
			symtab_retire(p->t->symbols, what, p->scope,
				      slice_sub(p->pdu->bytes, items[i].off, items[i].len));
		if (!smb2_defines(p->pdu->h.command, items[i].row->role, interim) ||
		    (what == IR_SESSION && !fresh) ||
		    (what != IR_ASYNC && ntstatus_failed(p->pdu->h.status) && what != IR_SESSION))
			continue;
		r = define_value(p, what, &items[i]);
		if (r != 0)
			return r;
	}
	return 0;
}

static const char *
copy_text(struct arena *a, const char *text)
{
	return arena_text(a, text != NULL ? text : "", text != NULL ? strlen(text) : 0);
}

/* Who logs on stands in the token that carries the user's name. */
static int
note_principal(const struct place *p, struct slice token)
{
	struct track *t = p->t;
	struct auth_info info;
	struct ir_principal *new;
	int r = auth_describe(token, &info);

	if (r != 0)
		return r;
	if (t->n_principals < MAX_PRINCIPALS &&
	    (info.ntlm_type == 3 || strcmp(info.mechanism, "Kerberos") == 0)) {
		new = &t->principals[t->n_principals];
		*new = (struct ir_principal){.domain = copy_text(&t->arena, info.domain),
					     .user = copy_text(&t->arena, info.user),
					     .mechanism = info.mechanism,
					     .session = p->scope.session};
		if (new->domain == NULL || new->user == NULL)
			r = ERR_NOMEM;
		else
			t->n_principals++;
	}
	auth_describe_free(&info);
	return r;
}

/* A part that may change its length: the frame's length, NextCommand and the part's own length
 * follow. */
static void
add_variable(const struct place *p, enum ir_what what, struct slice part, const char *length)
{
	const struct smb2_row *row = smb2_row_find(p->pdu->body_def, length);

	add_patch(p->t, IR_LAYOUT, 0, 1, 3, 0);
	if (p->pdu->h.next_command != 0)
		add_patch(p->t, IR_LAYOUT, 0, p->at + SMB2_HDR_AT(next_command),
			  sizeof(p->pdu->h.next_command), 0);
	add_patch(p->t, IR_LAYOUT, 0, p->at + SMB2_HEADER + row->wire, row->width, 0);
	add_patch(p->t, what, 0, p->at + (size_t)(part.p - p->pdu->bytes.p), part.n, 0);
}

static int
track_session_setup(const struct place *p)
{
	struct slice token = p->pdu->body.smb2_session_setup_req.security_buffer;

	if (p->pdu->h.session_id == 0)
		note_setup(p->c, p->pdu->h.message_id);
	if (token.n == 0)
		return 0;
	add_variable(p, IR_TOKEN, token, "security_buffer_length");
	return note_principal(p, token);
}

static int
note_share(struct track *t, struct slice path)
{
	struct buf text = {0};
	int r = 0;

	utf16_to_utf8(path, &text);
	buf_add(&text, "", 1);
	if (text.err != 0) {
		r = text.err;
		goto out;
	}
	for (size_t i = 0; i < t->n_shares; i++)
		if (strcmp(t->shares[i], (char *)text.p) == 0)
			goto out;
	if (t->n_shares < MAX_SHARES) {
		t->shares[t->n_shares] = copy_text(&t->arena, (char *)text.p);
		if (t->shares[t->n_shares] == NULL)
			r = ERR_NOMEM;
		else
			t->n_shares++;
	}
out:
	buf_free(&text);
	return r;
}

/* "HOST\share" of a UNC path; empty where it is none. */
static struct slice
unc_rest(struct slice path)
{
	if (path.n < 4 || memcmp(path.p, "\\\0\\\0", 4) != 0)
		return (struct slice){0};
	return slice_sub(path, 4, path.n - 4);
}

static int
track_tree_connect(const struct place *p)
{
	struct slice path = p->pdu->body.smb2_tree_connect_req.path, rest = unc_rest(path);

	if (rest.n > 0)
		add_variable(p, IR_SERVER, rest, "path_length");
	return note_share(p->t, path);
}

/* A signature of zeroes was not made with a key, whatever the flag says: it goes out as it is. */
static void
track_signature(const struct place *p)
{
	struct smb2_item it = {.off = SIGN_OFFSET, .len = SIGN_LEN};

	if ((p->pdu->h.flags & SMB2_FLAGS_SIGNED) != 0 && value_of(p, &it).n > 0)
		add_patch(p->t, IR_SIGNATURE, 0, p->at + it.off, it.len, 0);
}

static int
track_request(struct place *p, const struct smb2_item *items, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		enum ir_what what;

		if (!symbol_kind(items[i].row->role, &what))
			continue;
		use_value(p, what, &items[i]);
		end_values(p, what, &items[i]);
	}
	if (!p->bad_signature)
		track_signature(p);
	if (p->pdu->body_def == &smb2_defs[SMB2_DEF_smb2_session_setup_req])
		return track_session_setup(p);
	if (p->pdu->body_def == &smb2_defs[SMB2_DEF_smb2_tree_connect_req])
		return track_tree_connect(p);
	return 0;
}

/* "+NAME", where there is room for it. Once for each PDU of a capture: no printf. */
static void
add_command(struct track_message *out, const struct smb2_pdu *pdu)
{
	const char *name = smb2_command_name(pdu->h.command);
	size_t n = strlen(out->commands), len = strlen(name);

	if (n > 0 && n + 1 < sizeof(out->commands))
		out->commands[n++] = '+';
	if (len >= sizeof(out->commands) - n)
		len = sizeof(out->commands) - n - 1;
	memcpy(out->commands + n, name, len);
	out->commands[n + len] = '\0';
}

/* The tree that the PDU names; that of a related one is the one before it. */
static uint32_t
tree_of(const struct place *p, size_t first)
{
	size_t off = p->at + SMB2_HDR_AT(tree_id);

	for (size_t i = first; i < p->t->n_patches; i++)
		if (p->t->patches[i].what == IR_TREE && p->t->patches[i].off == off)
			p->t->tree = p->t->patches[i].number;
	return p->t->tree;
}

/* Values by flow, beside the PDU's patches from `first` on. */
static int
track_flow(const struct place *p, size_t first)
{
	struct track *t = p->t;
	const struct smb2_pdu *pdu = p->pdu;
	const struct flow_pdu fp = {.pdu = pdu, .at = p->at, .tree = tree_of(p, first)};
	const struct flow_message fm = {.event = t->event,
					.conn = p->m->conn->id,
					.patches = t->patches,
					.n_patches = &t->n_patches,
					.first = first,
					.max_patches = TRACK_MAX_PATCHES};

	if (p->m->dir == CAP_C2S)
		return pdu->response ? 0 : flow_request(t->flow, &fm, &fp);
	if (pdu->body_def == &smb2_defs[SMB2_DEF_smb2_tree_connect_resp] && t->tree != 0)
		flow_tree(t->flow, t->tree, pdu->body.smb2_tree_connect_resp.share_type == 2);
	return pdu->response ? flow_response(t->flow, &fm, &fp) : 0;
}

static int
track_pdu(struct track *t, const struct cap_message *m, struct slice bytes, uint32_t *related,
	  struct track_message *out)
{
	struct smb2_item items[64];
	struct smb2_pdu pdu;
	struct place p = {.t = t, .c = m->conn->user, .m = m, .pdu = &pdu};
	struct slice payload;
	size_t n, first;
	int r = 0;

	out->n_pdus++;
	if (smb2_pdu_decode(bytes, &pdu) != 0) {
		out->n_opaque++;
		return 0;
	}
	out->n_opaque += pdu.body_def == NULL;
	p.bad_signature = out->n_pdus <= 64 && (t->bad_signatures >> (out->n_pdus - 1) & 1) != 0;
	p.at = (size_t)(bytes.p - m->bytes.p);
	p.scope = (struct sym_scope){.server = p.c->server, .conn = m->conn->id};
	n = smb2_find_symbols(&pdu, items, sizeof(items) / sizeof(items[0]));
	p.scope.session = session_of(&p, items, n);
	/* A related request stands in the session of the one before it (MS-SMB2 3.3.5.2.7.2). */
	if (p.scope.session == 0 && (pdu.h.flags & SMB2_FLAGS_RELATED_OPERATIONS) != 0)
		p.scope.session = *related;
	*related = p.scope.session;
	add_command(out, &pdu);
	payload = smb2_file_data(&pdu);
	if (payload.n > out->payload.n)
		out->payload = payload;
	first = t->n_patches;
	/* Whatever the flag says: a client defines nothing, and a server uses nothing. */
	if (m->dir == CAP_C2S)
		r = track_request(&p, items, n);
	else if (pdu.response)
		r = track_response(&p, items, n);
	return r == 0 && t->flow != NULL ? track_flow(&p, first) : r;
}

static int
by_offset(const void *a, const void *b)
{
	const struct ir_patch *x = a, *y = b;

	return x->off < y->off ? -1 : x->off > y->off;
}

static bool
is_behind(const struct ir_patch *p, const struct ir_patch *before)
{
	return p->off >= before->off && p->off - before->off >= before->width;
}

/*
 * Patches come nearly in order. Two length fields of one frame (a chain of two TREE_CONNECTs) are
 * one patch, and where offsets point to places that other fields have, the first has it.
 */
static void
sort_patches(struct track *t)
{
	size_t kept = 0;
	bool sorted = true;

	for (size_t i = 1; i < t->n_patches; i++)
		sorted = sorted && is_behind(&t->patches[i], &t->patches[i - 1]);
	if (sorted)
		return;
	qsort(t->patches, t->n_patches, sizeof(t->patches[0]), by_offset);
	for (size_t i = 0; i < t->n_patches; i++)
		if (kept == 0 || is_behind(&t->patches[i], &t->patches[kept - 1]))
			t->patches[kept++] = t->patches[i];
	t->n_patches = kept;
}

int
track_message(struct track *t, const struct cap_message *m, uint64_t bad_signatures,
	      struct track_message *out)
{
	struct smb2_chain chain;
	struct slice pdu;
	uint32_t related = 0;

	out->payload = (struct slice){0};
	out->commands[0] = '\0';
	out->n_pdus = out->n_opaque = out->n_broken = 0;
	out->kind = smb2_msg_kind(m->bytes);
	t->n_patches = 0;
	t->tree = 0;
	t->bad_signatures = bad_signatures;
	if (conn_of(t, m->conn) == NULL)
		return ERR_NOMEM;
	if (out->kind == SMB2_MSG_PLAIN) {
		chain = smb2_chain_init(m->bytes);
		while (smb2_chain_next(&chain, &pdu)) {
			int r = track_pdu(t, m, pdu, &related, out);

			if (r != 0)
				return r;
		}
		out->n_broken = chain.broken;
		sort_patches(t);
	}
	out->patches = t->patches;
	out->n_patches = t->n_patches;
	return 0;
}

uint32_t
track_session(struct track *t, const struct cap_conn *c, uint64_t session_id)
{
	const struct track_conn *tc = c->user;
	uint8_t value[8];

	if (tc == NULL)
		return 0;
	wire_put_le(value, sizeof(value), session_id);
	return symtab_find(t->symbols, IR_SESSION,
			   (struct sym_scope){.server = tc->server, .conn = c->id},
			   slice_of(value, sizeof(value)), 0);
}

void
track_number(struct track *t, uint32_t event)
{
	t->event = event;
}

const struct ir_value *
track_values(const struct track *t, size_t *n)
{
	*n = 0;
	return t->flow != NULL ? flow_values(t->flow, n) : NULL;
}

uint64_t
track_values_left_out(const struct track *t)
{
	return t->flow != NULL ? flow_left_out(t->flow) : 0;
}

const uint32_t *
track_symbols(const struct track *t)
{
	return symtab_counts(t->symbols);
}

const struct ir_principal *
track_principals(const struct track *t, size_t *n)
{
	*n = t->n_principals;
	return t->principals;
}

const char *const *
track_shares(const struct track *t, size_t *n)
{
	*n = t->n_shares;
	return (const char *const *)t->shares;
}
