/* One value of a hand-written message: to bytes, by the row that it stands for. */
#include "config.h"

#include "ir/hand_int.h"

#include <stdio.h>

#include "base/utf16.h"
#include "proto/sid.h"

int
hand_fail(const struct json_doc *d, const struct json *v, const char *fmt, ...)
{
	char text[200];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return json_fail(d, v, ERR_MALFORMED, "%s", text);
}

int
hand_text(const struct json_doc *d, const struct json *v, char number[HAND_NUMBER],
	  const char **out)
{
	uint64_t n = 0;
	int r;

	if (json_is_text(v))
		return json_text(d, v, out);
	if (!json_is_number(v))
		return hand_fail(d, v, "must be a text or a number");
	r = json_uint(d, v, JSON_MAX_INT, &n);
	(void)snprintf(number, HAND_NUMBER, "%llu", (unsigned long long)n);
	*out = number;
	return r;
}

const struct json *
hand_find(const struct hand_fields *f, const char *name)
{
	size_t n = strlen(f->prefix);

	for (const struct json *m = f->object != NULL ? json_first(f->object) : NULL; m != NULL;
	     m = json_next(m))
		if (strncmp(json_name(m), f->prefix, n) == 0 && strcmp(json_name(m) + n, name) == 0)
			return m;
	return NULL;
}

/* The number of a command by its name, SMB2_N_COMMANDS: none. */
static unsigned
command_number(const char *name)
{
	unsigned i = 0;

	while (i < SMB2_N_COMMANDS && strcmp(smb2_command_name(i), name) != 0)
		i++;
	return i;
}

/* The kind of value that a field of an answer has, IR_N_SYMBOL_KINDS: none that it assigns. */
static enum ir_what
kind_of_field(const char *field)
{
	static const char *const names[IR_N_SYMBOL_KINDS] = {
		[IR_SESSION] = "session_id",
		[IR_TREE] = "tree_id",
		[IR_ASYNC] = "async_id",
		[IR_OPEN] = "body.file_id",
		[IR_RESUME] = "body.output.resume_key",
	};
	unsigned i = 0;

	while (i < IR_N_SYMBOL_KINDS && (names[i] == NULL || strcmp(names[i], field) != 0))
		i++;
	return (enum ir_what)i;
}

/* "LABEL.field" in a field: a symbol, which becomes a patch. */
static int
put_reference(struct hand_build *b, const struct smb2_row *row, size_t pos,
	      const struct json_doc *d, const struct json *v, const char *text)
{
	enum ir_what what = hand_symbol_of(row->role);
	const char *field = "";
	const struct hand_asked *a = hand_find_name(b->h, text, &field);

	if (a == NULL)
		return hand_fail(d, v, "no message above has the label of \"@%.100s\"", text);
	if (strcmp(row->name, "message_id") == 0 && strcmp(field, "message_id") == 0) {
		wire_put_le(b->out->p + pos, row->width, a->message_id);
		return 0;
	}
	if (what == IR_N_SYMBOL_KINDS || kind_of_field(field) != what)
		return hand_fail(d, v, "%s cannot be taken from \"@%.100s\"", row->name, text);
	if (a->symbols[what] == 0)
		return hand_fail(d, v, "the answer to \"@%.100s\" has no such value", text);
	hand_put_symbol(b->out->p + pos, what, a->symbols[what], row->width);
	/* An id in the body, as of a previous session, is not that of the request. */
	if (pos - b->pdu < SMB2_HEADER || what == IR_OPEN)
		b->asked->symbols[what] = a->symbols[what];
	return hand_add_patch(b->h, what, a->symbols[what], pos, row->width);
}

int
hand_put_fixed(struct hand_build *b, const struct smb2_row *row, size_t pos,
	       const struct json_doc *d, const struct json *v)
{
	struct smb2_item it = {.row = row, .len = row->width, .element = -1};
	char number[HAND_NUMBER];
	const char *text = "";
	unsigned command;
	int r = hand_text(d, v, number, &text);

	if (r != 0)
		return r;
	if (text[0] == '@')
		return put_reference(b, row, pos, d, v, text + 1);
	command = strcmp(row->name, "command") == 0 ? command_number(text) : SMB2_N_COMMANDS;
	if (command < SMB2_N_COMMANDS)
		wire_put_le(b->out->p + pos, row->width, command);
	else if (smb2_put_value(b->out->p + pos, &it, text) != 0)
		return hand_fail(d, v, "no value for its %u bytes: %.100s", row->width, text);
	return 0;
}

enum bytes_form { HEX, TEXT, ZEROS, N_FORMS };
static const char *const forms[N_FORMS] = {"hex", "text", "zeros"};

static enum bytes_form
form_of(const struct json *v)
{
	enum bytes_form f = HEX;

	while (f < N_FORMS && strcmp(forms[f], json_name(json_first(v))) != 0)
		f++;
	return f;
}

bool
hand_is_bytes(const struct json *v)
{
	return json_is_object(v) && json_count(v) == 1 && form_of(v) < N_FORMS;
}

static int
put_hex(struct hand_build *b, const struct json_doc *d, const struct json *v, const char *text)
{
	int r = smb2_add_hex(text, b->out);

	return r == ERR_USAGE ? hand_fail(d, v, "must be bytes in hexadecimal") : r;
}

int
hand_put_bytes(struct hand_build *b, const struct json_doc *d, const struct json *v)
{
	const struct json *m = json_first(v);
	enum bytes_form form = form_of(v);
	const char *text = "";
	uint64_t n = 0;
	int r;

	if (form == ZEROS) {
		r = json_uint(d, m, IR_MAX_BYTES, &n);
		if (r == 0)
			buf_zero(b->out, (size_t)n);
		return r != 0 ? r : b->out->err;
	}
	r = json_text(d, m, &text);
	if (r == 0 && form == HEX)
		return put_hex(b, d, m, text);
	if (r == 0)
		buf_add(b->out, text, strlen(text));
	return r != 0 ? r : b->out->err;
}

static int
put_u16s(struct hand_build *b, const struct json_doc *d, const struct json *v, size_t *count)
{
	static const struct smb2_row row = {.kind = SMB2_U16, .width = 2};
	const struct smb2_item it = {.row = &row, .len = 2, .element = -1};
	int r = json_need_array(d, v);

	for (const struct json *i = r == 0 ? json_first(v) : NULL; r == 0 && i != NULL;
	     i = json_next(i), (*count)++) {
		char number[HAND_NUMBER];
		const char *text = "";

		r = hand_text(d, i, number, &text);
		buf_zero(b->out, 2);
		if (r == 0)
			r = b->out->err;
		if (r == 0 && smb2_put_value(b->out->p + b->out->n - 2, &it, text) != 0)
			return hand_fail(d, i, "no value for its 2 bytes: %.100s", text);
	}
	return r;
}

/* A create context's name is a tag of four characters, or binary; a name in a file is text. */
static bool
is_plain_text(const struct smb2_def *def, const struct smb2_row *row, const char *text)
{
	return row->role == SMB2_NAME || (def == &smb2_defs[SMB2_DEF_smb2_create_context] &&
					  strcmp(row->name, "name") == 0 && strlen(text) == 4);
}

int
hand_put_plain(struct hand_build *b, const struct smb2_def *def, const struct smb2_row *row,
	       const struct json_doc *d, const struct json *v, size_t *count)
{
	enum smb2_cut cut = smb2_contents[row->content].cut;
	const char *text = "";
	int r;

	if (cut == SMB2_CUT_U16S)
		return put_u16s(b, d, v, count);
	r = json_text(d, v, &text);
	if (r != 0)
		return r;
	if (cut == SMB2_CUT_SID && text[0] == 'S') {
		r = sid_parse(text, b->out);
		return r == ERR_MALFORMED ? hand_fail(d, v, "no SID") : r;
	}
	if (cut == SMB2_CUT_TEXT) {
		r = utf16_from_utf8(text, b->out);
		return r == ERR_MALFORMED ? hand_fail(d, v, "no text") : r;
	}
	if (!is_plain_text(def, row, text))
		return put_hex(b, d, v, text);
	buf_add(b->out, text, strlen(text));
	return b->out->err;
}
