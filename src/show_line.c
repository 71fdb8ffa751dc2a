/*
 * One line a message, in the manner of tshark: number, time, connection, direction, commands with
 * what matters in them.
 */
#include "config.h"

#include "show.h"

#include <stdlib.h>

#include "auth/auth.h"
#include "base/hex.h"
#include "base/utf16.h"
#include "ir/ir_index.h"
#include "proto/ntstatus.h"

#define NAME_MAX_SHOWN 256     /* bytes of a name that are kept */
#define ROOT_NAME "(root)"     /* of the share: CREATE with an empty name */
#define PENDING ((size_t)4096) /* CREATE requests whose response is awaited; a power of two */

/* A CREATE whose response will say which open has this name. */
struct pending {
	uint64_t message_id;
	uint32_t conn;
	const char *name;
};

struct show_line {
	struct arena names;
	struct ir_index index; /* of the opens */
	const char **opens;    /* name of each open, by its place; NULL: not known */
	struct pending pending[PENDING];
};

/* What of a body is worth its place in the line, and how it is written. */
enum form {
	TEXT,
	PATH,
	CONTEXTS,
	BYTES,
	HEX,
	NAMED,
	OPEN_ID,
	RANGE,
	DIALECTS,
	TOKEN,
	LOCKS,
	CLASS,
	KEY
};

struct fact {
	enum smb2_def_id def;
	enum form form;
	const char *label, *row;
};

static const struct fact facts[] = {
	{SMB2_DEF_smb2_negotiate_req, DIALECTS, "", "dialects"},
	{SMB2_DEF_smb2_negotiate_311_req, DIALECTS, "", "dialects"},
	{SMB2_DEF_smb2_negotiate_resp, NAMED, "", "dialect_revision"},
	{SMB2_DEF_smb2_negotiate_311_resp, NAMED, "", "dialect_revision"},
	{SMB2_DEF_smb2_session_setup_req, TOKEN, "", "security_buffer"},
	{SMB2_DEF_smb2_session_setup_resp, TOKEN, "", "security_buffer"},
	{SMB2_DEF_smb2_tree_connect_req, TEXT, "", "path"},
	{SMB2_DEF_smb2_tree_connect_ext_req, TEXT, "", "path"},
	{SMB2_DEF_smb2_tree_connect_resp, NAMED, "", "share_type"},
	{SMB2_DEF_smb2_create_req, PATH, "", "name"},
	{SMB2_DEF_smb2_create_req, NAMED, "", "create_disposition"},
	{SMB2_DEF_smb2_create_req, HEX, "access ", "desired_access"},
	{SMB2_DEF_smb2_create_req, HEX, "share ", "share_access"},
	{SMB2_DEF_smb2_create_req, NAMED, "oplock ", "requested_oplock_level"},
	{SMB2_DEF_smb2_create_req, CONTEXTS, "", "create_contexts"},
	{SMB2_DEF_smb2_create_resp, OPEN_ID, "", "file_id"},
	{SMB2_DEF_smb2_create_resp, NAMED, "", "create_action"},
	{SMB2_DEF_smb2_create_resp, BYTES, "", "end_of_file"},
	{SMB2_DEF_smb2_create_resp, NAMED, "oplock ", "oplock_level"},
	{SMB2_DEF_smb2_create_resp, CONTEXTS, "", "create_contexts"},
	{SMB2_DEF_smb2_close_req, OPEN_ID, "", "file_id"},
	{SMB2_DEF_smb2_flush_req, OPEN_ID, "", "file_id"},
	{SMB2_DEF_smb2_read_req, OPEN_ID, "", "file_id"},
	{SMB2_DEF_smb2_read_req, RANGE, "", "length"},
	{SMB2_DEF_smb2_read_resp, BYTES, "", "data_length"},
	{SMB2_DEF_smb2_write_req, OPEN_ID, "", "file_id"},
	{SMB2_DEF_smb2_write_req, RANGE, "", "length"},
	{SMB2_DEF_smb2_write_resp, BYTES, "", "count"},
	{SMB2_DEF_smb2_lock_req, OPEN_ID, "", "file_id"},
	{SMB2_DEF_smb2_lock_req, LOCKS, "", "locks"},
	{SMB2_DEF_smb2_ioctl_req, NAMED, "", "ctl_code"},
	{SMB2_DEF_smb2_ioctl_req, OPEN_ID, "", "file_id"},
	{SMB2_DEF_smb2_ioctl_resp, NAMED, "", "ctl_code"},
	{SMB2_DEF_smb2_ioctl_resp, BYTES, "", "output_count"},
	{SMB2_DEF_smb2_query_directory_req, OPEN_ID, "", "file_id"},
	{SMB2_DEF_smb2_query_directory_req, NAMED, "", "file_information_class"},
	{SMB2_DEF_smb2_query_directory_req, TEXT, "", "file_name"},
	{SMB2_DEF_smb2_query_directory_resp, BYTES, "", "output_buffer_length"},
	{SMB2_DEF_smb2_change_notify_req, OPEN_ID, "", "file_id"},
	{SMB2_DEF_smb2_change_notify_req, HEX, "filter ", "completion_filter"},
	{SMB2_DEF_smb2_change_notify_resp, BYTES, "", "output_buffer_length"},
	{SMB2_DEF_smb2_query_info_req, OPEN_ID, "", "file_id"},
	{SMB2_DEF_smb2_query_info_req, CLASS, "", "file_info_class"},
	{SMB2_DEF_smb2_query_info_resp, BYTES, "", "output_buffer_length"},
	{SMB2_DEF_smb2_set_info_req, OPEN_ID, "", "file_id"},
	{SMB2_DEF_smb2_set_info_req, CLASS, "", "file_info_class"},
	{SMB2_DEF_smb2_oplock_break_notify, OPEN_ID, "to ", "file_id"},
	{SMB2_DEF_smb2_oplock_break_notify, NAMED, "oplock ", "oplock_level"},
	{SMB2_DEF_smb2_oplock_break_ack, OPEN_ID, "", "file_id"},
	{SMB2_DEF_smb2_oplock_break_ack, NAMED, "oplock ", "oplock_level"},
	{SMB2_DEF_smb2_oplock_break_resp, NAMED, "oplock ", "oplock_level"},
	{SMB2_DEF_smb2_lease_break_notify, KEY, "lease ", "lease_key"},
	{SMB2_DEF_smb2_lease_break_notify, NAMED, "from ", "current_lease_state"},
	{SMB2_DEF_smb2_lease_break_notify, NAMED, "to ", "new_lease_state"},
	{SMB2_DEF_smb2_lease_break_ack, KEY, "lease ", "lease_key"},
	{SMB2_DEF_smb2_lease_break_ack, NAMED, "", "lease_state"},
	{SMB2_DEF_smb2_lease_break_resp, NAMED, "lease ", "lease_state"},
};

struct show_line *
show_line_new(const struct ir *ir)
{
	struct show_line *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return NULL;
	if (ir_index_new(ir, IR_OPEN, &l->index) != 0) {
		free(l);
		return NULL;
	}
	l->opens = calloc((size_t)l->index.n + 1, sizeof(*l->opens));
	if (l->opens == NULL) {
		show_line_free(l);
		return NULL;
	}
	return l;
}

void
show_line_free(struct show_line *l)
{
	if (l == NULL)
		return;
	arena_free(&l->names);
	ir_index_free(&l->index);
	free(l->opens);
	free(l);
}

/* UTF-16 as text in which every character has a width: control characters become dots. */
static void
put_text(struct buf *out, struct slice utf16)
{
	size_t from = out->n;

	utf16_to_utf8(utf16, out);
	for (size_t i = from; i < out->n; i++)
		if (out->p[i] < 0x20 || out->p[i] == 0x7f)
			out->p[i] = '.';
}

static void
put_named(struct buf *out, const char *field, uint64_t value)
{
	const char *name = show_value_name(field, value);

	if (name != NULL)
		buf_printf(out, "%s", name);
	else
		buf_printf(out, "0x%llx", (unsigned long long)value);
}

/* The file id: its symbol and name; that of a related request comes from the one before. */
static void
put_open(const struct show_line *l, const struct show_pdu *p, const struct smb2_row *row,
	 struct buf *out)
{
	const struct ir_patch *s =
		show_patch_at(p->event->ev, p->at + SMB2_HEADER + row->wire, row->width);
	struct slice id = smb2_get_bytes(row, &p->pdu->body);
	const char *name;

	if (s != NULL && s->what == IR_OPEN) {
		show_put_symbol(out, s);
		name = l->opens[ir_index_at(&l->index, s->number)];
		if (name != NULL && !p->pdu->response)
			buf_printf(out, " %s", name);
	} else if (id.n == 16 && wire_le(id.p, 8) == UINT64_MAX &&
		   wire_le(id.p + 8, 8) == UINT64_MAX) {
		buf_printf(out, (p->pdu->h.flags & SMB2_FLAGS_RELATED_OPERATIONS) != 0 ? "^"
										       : "no open");
	} else if (id.n == 16) {
		buf_printf(out, "%016llx:%llx", (unsigned long long)wire_le(id.p, 8),
			   (unsigned long long)wire_le(id.p + 8, 8));
	}
}

static uint64_t
number_of(const struct smb2_pdu *pdu, const char *name)
{
	const struct smb2_row *row = smb2_row_find(pdu->body_def, name);

	return row != NULL ? smb2_get(row, &pdu->body) : 0;
}

static void
put_token(struct buf *out, struct slice token)
{
	struct auth_info i;

	if (token.n == 0 || auth_describe(token, &i) != 0)
		return;
	buf_printf(out, "%s", i.mechanism);
	if (i.ntlm_type >= 1 && i.ntlm_type <= 3)
		buf_printf(out, " %s",
			   i.ntlm_type == 1   ? "NEGOTIATE"
			   : i.ntlm_type == 2 ? "CHALLENGE"
					      : "AUTHENTICATE");
	if (i.anonymous)
		buf_printf(out, " anonymous");
	else if (i.user != NULL)
		buf_printf(out, " %s\\%s", i.domain != NULL ? i.domain : "", i.user);
	auth_describe_free(&i);
}

static void
put_dialects(struct buf *out, struct slice s)
{
	for (size_t i = 0; i + 1 < s.n; i += 2) {
		buf_add(out, " ", i > 0);
		put_named(out, "dialect_revision", wire_le(s.p + i, 2));
	}
}

/* Of several locks the first one, and how many there are. */
static void
put_locks(struct buf *out, const struct smb2_pdu *pdu)
{
	struct slice s = pdu->body.smb2_lock_req.locks;
	struct smb2_lock_element first;
	unsigned count = pdu->body.smb2_lock_req.lock_count;

	if (smb2_decode(&smb2_defs[SMB2_DEF_smb2_lock_element], s, 0, &first, NULL) != 0)
		return;
	buf_printf(out, "%llu+%llu %s", (unsigned long long)first.offset,
		   (unsigned long long)first.length,
		   (first.flags & 4) != 0   ? "unlock"
		   : (first.flags & 2) != 0 ? "exclusive"
					    : "shared");
	if (count > 1)
		buf_printf(out, " and %u more", count - 1);
}

static void
put_class(struct buf *out, const struct smb2_pdu *pdu, uint64_t value)
{
	uint64_t type = number_of(pdu, "info_type");
	const char *name = show_class_name(type, value);

	put_named(out, "info_type", type);
	if (name != NULL)
		buf_printf(out, " %s", name);
	else if (value != 0)
		buf_printf(out, " class %llu", (unsigned long long)value);
}

/* The tag of a context, and in a lease its state. */
static int
put_context_leaf(void *ctx, const struct smb2_item *it)
{
	struct buf *out = ctx;
	bool text = it->bytes.n == 4;

	if (it->def == &smb2_defs[SMB2_DEF_smb2_create_context] && strcmp(it->name, "name") == 0) {
		for (size_t i = 0; i < it->bytes.n; i++)
			text = text && it->bytes.p[i] > 0x20 && it->bytes.p[i] < 0x7f;
		buf_printf(out, "%s", out->n > 0 && out->p[out->n - 1] != ' ' ? " " : "");
		for (size_t i = 0; i < it->bytes.n && i < 4; i++)
			buf_printf(out, text ? "%c" : "%02x", it->bytes.p[i]);
		buf_printf(out, "%s", text ? "" : "..");
	} else if (strcmp(it->name, "lease_state") == 0) {
		buf_add(out, "=", 1);
		put_named(out, it->name, it->value);
	}
	return out->err;
}

static void
put_contexts(struct buf *out, const struct smb2_pdu *pdu)
{
	const struct smb2_visitor v = {.ctx = out, .leaf = put_context_leaf};

	if (smb2_walk_body(pdu, &v) != 0)
		buf_printf(out, "...");
}

static void
put_value(const struct show_line *l, const struct show_pdu *p, const struct fact *f,
	  const struct smb2_row *row, struct buf *out)
{
	uint64_t v = smb2_get(row, &p->pdu->body);
	struct slice s = smb2_get_bytes(row, &p->pdu->body);

	switch (f->form) {
	case TEXT:
		put_text(out, s);
		break;
	case PATH:
		put_text(out, s);
		if (s.n == 0)
			buf_printf(out, ROOT_NAME);
		break;
	case CONTEXTS:
		put_contexts(out, p->pdu);
		break;
	case BYTES:
		buf_printf(out, "%llu bytes", (unsigned long long)v);
		break;
	case HEX:
		buf_printf(out, "0x%llx", (unsigned long long)v);
		break;
	case NAMED:
		put_named(out, f->row, v);
		break;
	case OPEN_ID:
		put_open(l, p, row, out);
		break;
	case RANGE:
		buf_printf(out, "%llu+%llu", (unsigned long long)number_of(p->pdu, "offset"),
			   (unsigned long long)v);
		break;
	case DIALECTS:
		put_dialects(out, s);
		break;
	case TOKEN:
		put_token(out, s);
		break;
	case LOCKS:
		put_locks(out, p->pdu);
		break;
	case CLASS:
		put_class(out, p->pdu, v);
		break;
	case KEY:
		hex_add(out, s.p, s.n < 4 ? s.n : 4);
		buf_printf(out, "..");
		break;
	}
}

static void
put_facts(const struct show_line *l, const struct show_pdu *p, struct buf *out)
{
	const struct smb2_def *def = p->pdu->body_def;

	for (size_t i = 0; def != NULL && i < sizeof(facts) / sizeof(facts[0]); i++) {
		const struct smb2_row *row =
			def == &smb2_defs[facts[i].def] ? smb2_row_find(def, facts[i].row) : NULL;
		size_t n = out->n, value;

		if (row == NULL)
			continue;
		buf_printf(out, " %s", facts[i].label);
		value = out->n;
		put_value(l, p, &facts[i], row, out);
		if (out->n == value && out->err == 0)
			out->n = n; /* an empty name, a token that is not there */
	}
}

static void
put_colour(const struct show_event *e, const char *code, struct buf *out)
{
	if (e->colour)
		buf_printf(out, "\033[%sm", code);
}

static const char *
break_name(const struct smb2_pdu *pdu)
{
	if (pdu->h.command != SMB2_CMD_OPLOCK_BREAK || !pdu->response ||
	    pdu->h.message_id != SMB2_NO_MESSAGE_ID)
		return NULL;
	return "BREAK notification";
}

/* What is compared of an answer that a hand expects; the rest of its bytes only stands in. */
static void
put_expected(const struct show_pdu *p, struct buf *out)
{
	const struct ir_event *ev = p->event->ev;
	unsigned n = 0;

	if (p->pdu->async && p->pdu->h.status == STATUS_PENDING) {
		buf_printf(out, " STATUS_PENDING");
		return;
	}
	for (uint32_t i = 0; i < ev->n_expects; i++)
		if (ev->expects[i].pdu == p->index)
			buf_printf(out, "%s%s = %s", n++ == 0 ? " expected " : ", ",
				   ev->expects[i].path, ev->expects[i].value);
	if (n == 0)
		buf_printf(out, " any answer");
}

static void
put_pdu(const struct show_line *l, const struct show_pdu *p, struct buf *out)
{
	const struct show_event *e = p->event;
	const char *name;

	if (p->pdu == NULL) {
		buf_printf(out, "malformed PDU, %zu bytes", p->bytes.n);
		return;
	}
	name = break_name(p->pdu);
	put_colour(e, "1", out);
	buf_printf(out, "%s", name != NULL ? name : smb2_command_name(p->pdu->h.command));
	put_colour(e, "0", out);
	if (e->ev->expecting) {
		put_expected(p, out);
		return;
	}
	if (p->pdu->response && p->pdu->h.status != STATUS_SUCCESS) {
		put_colour(e, ntstatus_failed(p->pdu->h.status) ? "31" : "33", out);
		buf_printf(out, " %s", ntstatus_name(p->pdu->h.status));
		put_colour(e, "0", out);
	}
	put_facts(l, p, out);
	if (p->pdu->body_def == NULL)
		buf_printf(out, " (opaque body: %s)",
			   p->pdu->opaque != NULL ? p->pdu->opaque : "unknown");
}

/*
 * What the name of an open is learnt from: the request's name, and the number that its response
 * defines.
 */
static void
learn_pdu(struct show_line *l, const struct show_pdu *p)
{
	const struct smb2_pdu *pdu = p->pdu;
	struct pending *slot;
	const struct ir_patch *s;
	struct buf name = {0};
	struct slice raw;

	if (pdu == NULL || pdu->h.command != SMB2_CMD_CREATE || pdu->body_def == NULL)
		return;
	slot = &l->pending[(pdu->h.message_id ^ (uint64_t)p->event->ev->conn * 977) &
			   (PENDING - 1)];
	if (pdu->body_def == &smb2_defs[SMB2_DEF_smb2_create_req]) {
		raw = pdu->body.smb2_create_req.name;
		put_text(&name, slice_of(raw.p, raw.n < NAME_MAX_SHOWN ? raw.n : NAME_MAX_SHOWN));
		if (raw.n == 0)
			buf_printf(&name, ROOT_NAME);
		*slot = (struct pending){pdu->h.message_id, p->event->ev->conn, NULL};
		slot->name =
			name.n > 0 ? arena_text(&l->names, (const char *)name.p, name.n) : NULL;
		buf_free(&name);
	} else if (slot->name != NULL && slot->message_id == pdu->h.message_id &&
		   slot->conn == p->event->ev->conn) {
		s = show_patch_at(p->event->ev, p->at + SMB2_HEADER, p->bytes.n - SMB2_HEADER);
		if (s != NULL && s->what == IR_OPEN)
			l->opens[ir_index_at(&l->index, s->number)] = slot->name;
	}
}

void
show_line_learn(struct show_line *l, const struct show_event *e)
{
	struct show_chain c = show_chain_init(e);
	struct show_pdu p;

	while (show_chain_next(&c, &p))
		learn_pdu(l, &p);
}

/* Whether the line, from `from` on, names the symbol already. */
static bool
is_named(const struct buf *out, size_t from, const struct ir_patch *p)
{
	struct buf name = {0};
	bool found = false;

	show_put_symbol(&name, p);
	for (size_t i = from; name.n > 0 && i < out->n && out->n - i >= name.n && !found; i++)
		found = memcmp(out->p + i, name.p, name.n) == 0 &&
			(i + name.n == out->n || out->p[i + name.n] < '0' ||
			 out->p[i + name.n] > '9');
	buf_free(&name);
	return found;
}

/* Symbols and computations of the message; what stands in every signed request is left to -V. */
static void
put_marks(const struct show_event *e, size_t line, struct buf *out)
{
	unsigned n = 0;

	for (uint32_t i = 0; i < e->ev->n_patches; i++) {
		const struct ir_patch *p = &e->ev->patches[i];

		if (p->what == IR_SIGNATURE || p->what == IR_LAYOUT)
			continue;
		if (e->ev->kind == IR_SEND && is_named(out, line, p))
			continue;
		if (n++ == 0) {
			put_colour(e, "2", out);
			buf_printf(out, e->ev->kind == IR_RECV ? "  [defines" : "  [");
		}
		buf_add(out, " ", n > 1 || e->ev->kind == IR_RECV);
		show_put_symbol(out, p);
	}
	if (n > 0) {
		buf_printf(out, "]");
		put_colour(e, "0", out);
	}
	if (e->ev->layers != 0)
		buf_printf(out, "  [%s%s%s]", (e->ev->layers & IR_SEALED) != 0 ? "sealed" : "",
			   e->ev->layers == (IR_SEALED | IR_COMPRESSED) ? " " : "",
			   (e->ev->layers & IR_COMPRESSED) != 0 ? "compressed" : "");
	if (e->ev->n_sets > 0)
		buf_printf(out, "  [edited]");
	if (e->ev->fault != NULL) {
		buf_printf(out, "  [");
		show_put_fault(out, e->ev->fault);
		buf_printf(out, "]");
	}
	if (e->ev->timing != NULL) {
		buf_printf(out, "  [");
		show_put_timing(out, e->ev->timing);
		buf_printf(out, "]");
	}
	if (e->ev->n_pauses > 0) {
		buf_printf(out, "  [");
		show_put_pauses(out, e->ev);
		buf_printf(out, "]");
	}
	for (uint32_t i = 0; i < e->ev->n_after; i++)
		buf_printf(out, "%s%u", i == 0 ? "  after " : ",", e->ev->after[i]);
	if (e->ev->label != NULL)
		buf_printf(out, "  @%s", e->ev->label);
}

static void
put_other(const struct show_event *e, struct buf *out)
{
	const struct ir_conn *c = &e->ir->meta.conns[e->ev->conn];

	switch ((enum ir_kind)e->ev->kind) {
	case IR_CONNECT:
		buf_printf(out, "connect %s to %s%s", c->client, c->server,
			   c->syn_seen ? "" : " (capture starts later)");
		break;
	case IR_FIN:
		buf_printf(out, "FIN");
		break;
	case IR_RST:
		buf_printf(out, "RST");
		break;
	case IR_GAP:
		buf_printf(out, "gap: %llu bytes lost, %u known of the damaged message",
			   (unsigned long long)e->ev->lost, e->ev->size);
		break;
	case IR_JUNK:
		buf_printf(out, "junk: %u bytes", e->ev->size);
		break;
	case IR_SEND:
	case IR_RECV:
		buf_printf(out, "%s message, %zu bytes", smb2_msg_kind_name(e->kind), e->bytes.n);
		break;
	case IR_N_KINDS:
		break;
	}
}

void
show_line_message(struct show_line *l, const struct show_event *e, struct buf *out)
{
	struct show_chain c = show_chain_init(e);
	struct show_pdu p;
	bool plain = false;

	while (show_chain_next(&c, &p)) {
		buf_add(out, " + ", plain ? 3 : 0);
		plain = true;
		learn_pdu(l, &p);
		put_pdu(l, &p, out);
	}
	if (!plain)
		put_other(e, out);
}

void
show_line_put(struct show_line *l, const struct show_event *e, struct buf *out)
{
	const char *arrow = e->ev->kind == IR_CONNECT || !show_from_server(e->ev) ? "\xe2\x86\x92"
										  : "\xe2\x86\x90";
	size_t line = out->n;

	buf_printf(out, "%6llu %11.6f %3u %s ", (unsigned long long)e->n,
		   (double)(e->ev->t_first) / 1e9, e->ev->conn, arrow);
	show_line_message(l, e, out);
	put_marks(e, line, out);
	buf_add(out, "\n", 1);
}
