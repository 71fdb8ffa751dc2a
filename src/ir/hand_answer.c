/*
 * The answers to hand-written requests: stand-ins with the ids that an answer is told by, the
 * places of what it assigns, and the fields that are compared.
 */
#include "config.h"

#include "ir/hand_int.h"

#include <stdio.h>

#include "base/hex.h"
#include "proto/ntstatus.h"

#define MAX_LATER 4096 /* answers that may be outstanding at once */

/* What is expected of one answer. */
struct wanted {
	const struct json *object; /* NULL: any answer */
	struct ir_set *sets;
	uint32_t n;
	uint32_t status; /* STATUS_SUCCESS where it is not named */
	bool interim;
};

static int
read_status(const struct json_doc *d, const struct json *v, uint32_t *out)
{
	char number[HAND_NUMBER];
	const char *text = "";
	int r = hand_text(d, v, number, &text);

	if (r == 0 && ntstatus_parse(text, out) != 0)
		return hand_fail(d, v, "no NTSTATUS: %.100s", text);
	return r;
}

/* One path and its value, copied. */
static int
read_path(struct hand *h, const struct json *v, uint32_t pdu, struct ir_set *out)
{
	struct ir_loader *l = h->l;
	char number[HAND_NUMBER];
	const char *text = "";
	int r = hand_text(&l->doc, v, number, &text);

	if (r != 0)
		return r;
	out->pdu = pdu;
	out->path = arena_text(&l->ir->arena, json_name(v), strlen(json_name(v)));
	out->value = arena_text(&l->ir->arena, text, strlen(text));
	return out->path != NULL && out->value != NULL ? 0 : ERR_NOMEM;
}

/* What says of a member: is it a path to compare, or something else? */
static int
read_member(struct hand *h, const struct json *v, struct wanted *w, bool *path)
{
	const struct json_doc *d = &h->l->doc;

	*path = false;
	if (strcmp(json_name(v), "interim") == 0)
		return json_bool(d, v, &w->interim);
	/* That of an answer is its request's; a notification is known by it. */
	if (strcmp(json_name(v), "command") == 0)
		return 0;
	*path = true;
	return strcmp(json_name(v), "status") == 0 ? read_status(d, v, &w->status) : 0;
}

static int
read_wanted(struct hand *h, const struct json *v, uint32_t pdu, struct wanted *w)
{
	int r;

	*w = (struct wanted){.object = v};
	if (v == NULL)
		return 0;
	r = json_need_object(&h->l->doc, v);
	if (r != 0)
		return r;
	w->sets = arena_alloc(&h->l->ir->arena, json_count(v) * sizeof(*w->sets));
	if (w->sets == NULL)
		return ERR_NOMEM;
	for (const struct json *m = json_first(v); r == 0 && m != NULL; m = json_next(m)) {
		bool path;

		r = read_member(h, m, w, &path);
		if (r == 0 && path)
			r = read_path(h, m, pdu, &w->sets[w->n++]);
	}
	return r;
}

/* The member of "expect" that a path came from. */
static const struct json *
member(const struct wanted *w, const char *path)
{
	const struct json *m = json_first(w->object);

	while (m != NULL && strcmp(json_name(m), path) != 0)
		m = json_next(m);
	return m;
}

/* "@LABEL.field" as the recorded value, in hexadecimal: only ids are taken from answers. */
static int
resolve(struct hand *h, const struct wanted *w, struct ir_set *s)
{
	const struct json_doc *d = &h->l->doc;
	const struct hand_asked *a;
	const char *field = "";
	uint8_t value[16];
	char *hex;

	if (s->value[0] != '@')
		return 0;
	a = hand_find_name(h, s->value + 1, &field);
	if (a == NULL)
		return hand_fail(d, member(w, s->path),
				 "no message above has the label of \"%.100s\"", s->value);
	if (strcmp(field, "body.file_id") != 0 || strcmp(s->path, "body.file_id") != 0 ||
	    a->symbols[IR_OPEN] == 0)
		return hand_fail(d, member(w, s->path),
				 "only body.file_id of a notification is told by an answer");
	hex = arena_alloc(&h->l->ir->arena, 2 * sizeof(value) + 1);
	if (hex == NULL)
		return ERR_NOMEM;
	hand_put_symbol(value, IR_OPEN, a->symbols[IR_OPEN], sizeof(value));
	hex_text(value, sizeof(value), hex);
	s->value = hex;
	return 0;
}

/*
 * Into the stand-in goes what it has room for: it tells notifications apart, and a value that fits
 * no field is found out here.
 */
static int
put_path(struct hand *h, const struct wanted *w, const struct smb2_def *body, struct ir_set *s,
	 size_t at)
{
	const struct json_doc *d = &h->l->doc;
	struct slice pdu = slice_sub(buf_slice(&h->message), at, h->message.n - at);
	struct smb2_pdu decoded;
	struct smb2_item it;
	int r = resolve(h, w, s);

	if (r != 0)
		return r;
	if (!hand_path_is_known(body, s->path))
		return hand_fail(d, member(w, s->path), "no such field in this answer");
	if (smb2_pdu_decode(pdu, &decoded) != 0)
		return ERR_INTERNAL;
	if (!smb2_find_field(&decoded, s->path, &it) || it.row->kind == SMB2_VAR)
		return 0;
	if (smb2_put_value(h->message.p + at + it.off, &it, s->value) != 0)
		return hand_fail(d, member(w, s->path), "no value for its %zu bytes: %.100s",
				 it.len, s->value);
	return 0;
}

/* What servers grant: one while nobody has logged on, else what was asked for; once. */
static uint16_t
granted(const struct hand_asked *a, const struct wanted *w, bool interim)
{
	if (a->command == SMB2_CMD_NEGOTIATE ||
	    w->status == (uint32_t)STATUS_MORE_PROCESSING_REQUIRED)
		return 1;
	return !interim && a->symbols[IR_ASYNC] != 0 ? 0 : a->credits;
}

/* The header of the stand-in. */
static void
put_header(uint8_t *p, const struct hand_asked *a, const struct wanted *w, bool interim)
{
	uint32_t flags = SMB2_FLAGS_SERVER_TO_REDIR | (interim ? SMB2_FLAGS_ASYNC_COMMAND : 0u);

	memcpy(p, "\xfeSMB", 4);
	wire_put_le(p + SMB2_HDR_AT(structure_size), 2, SMB2_HEADER);
	wire_put_le(p + SMB2_HDR_AT(status), 4, interim ? (uint32_t)STATUS_PENDING : w->status);
	wire_put_le(p + SMB2_HDR_AT(command), 2, a->command);
	wire_put_le(p + SMB2_HDR_AT(credits), 2, granted(a, w, interim));
	wire_put_le(p + SMB2_HDR_AT(flags), 4, flags);
	wire_put_le(p + SMB2_HDR_AT(message_id), 8, a->message_id);
	if (a->symbols[IR_SESSION] != 0)
		hand_put_symbol(p + SMB2_HDR_AT(session_id), IR_SESSION, a->symbols[IR_SESSION], 8);
	if (a->symbols[IR_TREE] != 0 && !interim)
		hand_put_symbol(p + SMB2_HDR_AT(tree_id), IR_TREE, a->symbols[IR_TREE], 4);
}

/* Where an answer's body holds a symbol that it defines, SIZE_MAX: nowhere. */
static size_t
place_of(const struct smb2_def *body, enum ir_what what, size_t end)
{
	const struct smb2_row *row = smb2_row_find(body, "file_id");

	switch (what) {
	case IR_SESSION:
		return SMB2_HDR_AT(session_id);
	case IR_TREE:
		return SMB2_HDR_AT(tree_id);
	case IR_OPEN:
		return row != NULL ? SMB2_HEADER + (size_t)row->wire : SIZE_MAX;
	default:
		return end;
	}
}

/*
 * The definitions of an answer. Where it is expected to fail, what it would have defined lies in
 * bytes behind its body: the symbols are known and never get a value.
 */
static int
put_definitions(struct hand *h, const struct hand_asked *a, const struct smb2_def *body, size_t at)
{
	int r = 0;

	for (unsigned k = 0; r == 0 && k < IR_N_SYMBOL_KINDS; k++) {
		size_t width = ir_what_widths[k], off;

		if (!a->defines[k])
			continue;
		off = place_of(body, (enum ir_what)k, h->message.n - at);
		if (off == SIZE_MAX)
			off = h->message.n - at;
		if (off + at == h->message.n)
			buf_zero(&h->message, width);
		if (h->message.err != 0)
			return h->message.err;
		hand_put_symbol(h->message.p + at + off, (enum ir_what)k, a->symbols[k], width);
		r = hand_add_patch(h, (enum ir_what)k, a->symbols[k], at + off, width);
	}
	return r;
}

/* One PDU of an answer. */
static int
put_answer(struct hand *h, const struct hand_asked *a, struct wanted *w, size_t at)
{
	bool unsolicited = a->message_id == SMB2_NO_MESSAGE_ID;
	uint16_t size = 0;
	const struct smb2_def *body =
		hand_response_body(a->command, w->status, unsolicited, w->sets, w->n, &size);
	int r = 0;

	if (body == NULL) {
		body = hand_response_body(a->command, w->status, unsolicited, NULL, 0, &size);
		for (uint32_t i = 0; i < w->n; i++)
			if (!hand_path_is_known(body, w->sets[i].path))
				return hand_fail(&h->l->doc, member(w, w->sets[i].path),
						 "no such field in this answer");
		return hand_fail(&h->l->doc, w->object, "no answer has all of these fields");
	}
	buf_zero(&h->message, SMB2_HEADER + (size_t)body->fixed + (size & 1));
	if (h->message.err != 0)
		return h->message.err;
	put_header(h->message.p + at, a, w, false);
	wire_put_le(h->message.p + at + SMB2_HEADER, 2, size);
	r = put_definitions(h, a, body, at);
	for (uint32_t i = 0; r == 0 && i < w->n; i++)
		r = put_path(h, w, body, &w->sets[i], at);
	return r;
}

static int
add_event(struct hand *h, const struct hand_later *a, const struct ir_set *sets, uint32_t n)
{
	struct ir_event ev = {.kind = IR_RECV,
			      .conn = a->conn,
			      .line = a->line,
			      .expecting = true,
			      .expects = sets,
			      .n_expects = n,
			      .layers = a->asked[0].sealed ? IR_SEALED : 0};
	struct ir_event *out;
	char label[IR_MAX_LABEL + sizeof(".answer")];

	if (a->label != NULL) {
		(void)snprintf(label, sizeof(label), "%s.answer", a->label);
		ev.label = arena_text(&h->l->ir->arena, label, strlen(label));
		if (ev.label == NULL)
			return ERR_NOMEM;
		h->l->n_labels++;
	}
	return hand_add_event(h, &ev, &out);
}

/* STATUS_PENDING, which comes before an answer. */
static int
add_interim(struct hand *h, const struct hand_later *a, struct hand_asked *asked)
{
	struct hand_later own = *a;
	struct wanted w = {0};
	int r = hand_new_symbol(h, IR_ASYNC, &asked->symbols[IR_ASYNC]);

	if (r != 0)
		return r;
	buf_reset(&h->message);
	buf_zero(&h->message, NBSS_HEADER + SMB2_HEADER + 9);
	if (h->message.err != 0)
		return h->message.err;
	put_header(h->message.p + NBSS_HEADER, asked, &w, true);
	wire_put_le(h->message.p + NBSS_HEADER + SMB2_HEADER, 2, 9);
	hand_put_symbol(h->message.p + NBSS_HEADER + SMB2_HDR_AT(reserved), IR_ASYNC,
			asked->symbols[IR_ASYNC], 8);
	r = hand_add_patch(h, IR_ASYNC, asked->symbols[IR_ASYNC],
			   NBSS_HEADER + SMB2_HDR_AT(reserved), 8);
	own.label = NULL;
	return r == 0 ? add_event(h, &own, NULL, 0) : r;
}

static int
later(struct hand *h, const struct hand_later *a)
{
	struct hand_later *own = arena_alloc(&h->l->ir->arena, sizeof(*own)), **end = &h->later;
	unsigned n = 0;

	if (own == NULL)
		return ERR_NOMEM;
	*own = *a;
	own->next = NULL;
	for (; *end != NULL; end = &(*end)->next)
		n++;
	*end = own;
	return n < MAX_LATER
		       ? 0
		       : err_set(h->l->doc.e, ERR_LIMIT, "%s:%zu: over %u answers are outstanding",
				 h->l->doc.file, h->l->doc.line, MAX_LATER);
}

/* The event of an answer; `w` has one for each PDU. */
static int
add_answers(struct hand *h, const struct hand_later *a, struct wanted *w)
{
	struct ir_set *all;
	uint32_t n = 0;
	int r = 0;

	buf_reset(&h->message);
	buf_zero(&h->message, NBSS_HEADER);
	for (uint32_t i = 0; r == 0 && i < a->n; i++) {
		size_t at = h->message.n;

		r = put_answer(h, &a->asked[i], &w[i], at);
		if (r == 0 && i + 1 < a->n) {
			buf_zero(&h->message, (8 - ((h->message.n - at) & 7)) & 7);
			if (h->message.err == 0)
				wire_put_le(h->message.p + at + SMB2_HDR_AT(next_command), 4,
					    h->message.n - at);
		}
		n += w[i].n;
	}
	if (r != 0 || h->message.err != 0)
		return r != 0 ? r : h->message.err;
	all = arena_alloc(&h->l->ir->arena, n * sizeof(*all));
	if (all == NULL)
		return ERR_NOMEM;
	n = 0;
	for (uint32_t i = 0; i < a->n; n += w[i++].n)
		if (w[i].n > 0)
			memcpy(all + n, w[i].sets, w[i].n * sizeof(*all));
	return add_event(h, a, all, n);
}

/* "expect": an object for each PDU, or one for the first. */
static int
read_all(struct hand *h, const struct hand_later *a, const struct json *v, struct wanted *w)
{
	bool many = v != NULL && json_is_array(v);
	const struct json *item = many ? json_first(v) : v;
	int r = 0;

	if (many && json_count(v) != a->n)
		return hand_fail(&h->l->doc, v, "there are %u requests", a->n);
	for (uint32_t i = 0; r == 0 && i < a->n; i++) {
		r = read_wanted(h, item, i, &w[i]);
		item = many && item != NULL ? json_next(item) : NULL;
	}
	return r;
}

static void
note_logon(struct hand *h, const struct hand_later *a, const struct wanted *w)
{
	struct hand_conn *c = hand_conn(h, a->conn);

	if (c != NULL && a->asked[0].command == SMB2_CMD_SESSION_SETUP)
		c->in_logon = w->status == (uint32_t)STATUS_MORE_PROCESSING_REQUIRED;
}

/* Is it the word "none", or "later"? */
static bool
is_word(const struct json_doc *d, const struct json *v, const char *word)
{
	const char *text = "";

	return v != NULL && json_is_text(v) && json_text(d, v, &text) == 0 &&
	       strcmp(text, word) == 0;
}

int
hand_answers(struct hand *h, const struct hand_later *a, const struct json *v)
{
	const struct json_doc *d = &h->l->doc;
	struct wanted *w;
	int r;

	if (is_word(d, v, "none") || (v == NULL && a->asked[0].command == SMB2_CMD_CANCEL))
		return 0;
	if (is_word(d, v, "later"))
		return later(h, a);
	if (v != NULL && json_is_text(v))
		return hand_fail(d, v, "must be an object, an array, \"none\" or \"later\"");
	w = arena_alloc(&h->l->ir->arena, a->n * sizeof(*w));
	if (w == NULL)
		return ERR_NOMEM;
	r = read_all(h, a, v, w);
	if (r != 0)
		return r;
	note_logon(h, a, w);
	if (!w[0].interim)
		return add_answers(h, a, w);
	if (w[0].n > 0)
		return hand_fail(d, v,
				 "an interim answer has no other field: what the final one is "
				 "to have stands where it is awaited");
	r = add_interim(h, a, &a->asked[0]);
	return r == 0 ? later(h, a) : r;
}

/* A notification that the server sends by itself. */
static int
receive_break(struct hand *h, const struct json *v, uint32_t conn)
{
	struct hand_asked any = {.message_id = SMB2_NO_MESSAGE_ID,
				 .command = SMB2_CMD_OPLOCK_BREAK};
	const struct hand_later a = {
		.conn = conn, .line = (uint32_t)h->l->doc.line, .asked = &any, .n = 1};
	const struct json *command = NULL;
	struct wanted w;
	int r;

	for (const struct json *m = v != NULL && json_is_object(v) ? json_first(v) : NULL;
	     m != NULL; m = json_next(m))
		if (strcmp(json_name(m), "command") == 0)
			command = m;
	if (!is_word(&h->l->doc, command != NULL ? command : v, "OPLOCK_BREAK"))
		return hand_fail(&h->l->doc, v,
				 "needs \"answers\", the label of a request, or \"expect\" with "
				 "\"command\":\"OPLOCK_BREAK\"");
	r = read_wanted(h, v, 0, &w);
	return r == 0 ? add_answers(h, &a, &w) : r;
}

int
hand_receive(struct hand *h, const struct json *answers, const struct json *expect, uint32_t conn)
{
	const char *label = "";
	struct hand_later **p = &h->later, *found;
	struct wanted *w;
	int r = 0;

	if (answers == NULL)
		return receive_break(h, expect, conn);
	r = json_text(&h->l->doc, answers, &label);
	while (r == 0 && *p != NULL && ((*p)->label == NULL || strcmp((*p)->label, label) != 0))
		p = &(*p)->next;
	if (r == 0 && *p == NULL)
		return hand_fail(&h->l->doc, answers,
				 "no request above has this label and waits for an answer "
				 "(\"expect\":\"later\" or {\"interim\":true})");
	if (r != 0)
		return r;
	found = *p;
	if (found->conn != conn)
		return hand_fail(&h->l->doc, answers, "was sent on connection %u", found->conn);
	*p = found->next;
	found->line = (uint32_t)h->l->doc.line;
	w = arena_alloc(&h->l->ir->arena, found->n * sizeof(*w));
	if (w == NULL)
		return ERR_NOMEM;
	r = read_all(h, found, expect, w);
	return r == 0 ? add_answers(h, found, w) : r;
}

int
hand_place_rest(struct hand *h)
{
	int r = 0;

	for (struct hand_later *a = h->later; r == 0 && a != NULL; a = a->next) {
		struct wanted *w = arena_alloc(&h->l->ir->arena, a->n * sizeof(*w));

		r = w != NULL ? read_all(h, a, NULL, w) : ERR_NOMEM;
		if (r == 0)
			r = add_answers(h, a, w);
	}
	h->later = NULL;
	return r;
}
