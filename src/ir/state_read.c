/* Reading state.jsonl: every line is checked against what the format allows. */
#include "config.h"

#include "ir/state_read.h"

#include <stdlib.h>

#include "base/utf16.h"
#include "ir/ir_files.h"
#include "ir/json.h"
#include "ir/state_out.h"
#include "ir/state_tree.h"
#include "proto/smb2_set.h"

/* The keys of a line. */
enum key {
	SHARE,
	PATH,
	KIND,
	WHY,
	EVENT,
	DOUBTS,
	AGAINST,
	ATTRIBUTES,
	TIMES,
	SIZE,
	CONTENTS,
	STREAMS,
	EAS,
	REPARSE_TAG,
	REPARSE,
	SECURITY_PARTS,
	SECURITY,
	STREAM,
	N_KEYS
};

struct reader {
	struct json_doc doc;
	const struct ir *ir;
	struct state_tree *t;
	const struct json *m[N_KEYS]; /* of the line at hand */
	struct buf scratch;
	uint64_t *numbers; /* owned: the event of each number; NULL: they are the same */
	size_t n_numbers;
};

/* ---- Values ---- */

/* A number, or a text in C notation. */
static int
read_number(struct reader *rd, const struct json *v, uint64_t max, uint64_t *out)
{
	const char *text;
	char *end;
	int r;

	*out = 0;
	if (v == NULL)
		return 0;
	if (!json_is_text(v))
		return json_uint(&rd->doc, v, max, out);
	r = json_text(&rd->doc, v, &text);
	if (r != 0)
		return r;
	*out = strtoull(text, &end, 0);
	if (text[0] < '0' || text[0] > '9' || *end != '\0' || *out > max)
		return json_fail(&rd->doc, v, ERR_MALFORMED, "must be a number of at most 0x%llx",
				 (unsigned long long)max);
	return 0;
}

/* One of a list of names. */
static int
read_name(struct reader *rd, const struct json *v, const char *const *names, size_t n, size_t *out)
{
	const char *text;
	int r = json_text(&rd->doc, v, &text);

	for (*out = 0; r == 0 && *out < n; (*out)++)
		if (strcmp(names[*out], text) == 0)
			return 0;
	return r != 0 ? r
		      : json_fail(&rd->doc, v, ERR_MALFORMED, "'%s' is none that is known", text);
}

/* The event of a recorded message's number. */
static int
read_event(struct reader *rd, const struct json *v, uint64_t *out)
{
	uint64_t n = 0;
	int r = v != NULL ? json_uint(&rd->doc, v, JSON_MAX_INT, &n) : 0;
	size_t all = rd->numbers != NULL ? rd->n_numbers : rd->ir->n_events;

	*out = 0;
	if (r != 0 || v == NULL)
		return r;
	if (n >= all)
		return json_fail(&rd->doc, v, ERR_MALFORMED, "there is no such message");
	*out = rd->numbers != NULL ? rd->numbers[n] : n;
	return 0;
}

/* Hand-written events between the recorded ones do not count. */
static int
number_events(struct reader *rd)
{
	const struct ir *ir = rd->ir;
	bool by_hand = false;

	for (size_t i = 0; i < ir->n_events; i++)
		by_hand = by_hand || ir->events[i].line != 0;
	if (!by_hand)
		return 0;
	rd->numbers = malloc((ir->n_events + 1) * sizeof(*rd->numbers));
	if (rd->numbers == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < ir->n_events; i++)
		if (ir->events[i].line == 0)
			rd->numbers[rd->n_numbers++] = i;
	return 0;
}

/* Append the bytes of a text in hexadecimal. */
static int
add_hex(struct reader *rd, const struct json *v, struct buf *out)
{
	const char *text;
	int r = json_text(&rd->doc, v, &text);

	if (r == 0)
		r = smb2_add_hex(text, out);
	return r == ERR_USAGE
		       ? json_fail(&rd->doc, v, ERR_MALFORMED, "must be bytes in hexadecimal")
		       : r;
}

static int
read_bytes(struct reader *rd, const struct json *v, struct slice *out)
{
	int r;

	if (v == NULL)
		return 0;
	buf_reset(&rd->scratch);
	r = add_hex(rd, v, &rd->scratch);
	if (r == 0 && rd->scratch.n > STATE_MAX_EXTRA)
		return json_fail(&rd->doc, v, ERR_MALFORMED, "over %zu bytes", STATE_MAX_EXTRA);
	return r == 0 ? state_keep(rd->t, buf_slice(&rd->scratch), out) : r;
}

/* ---- Contents ---- */

static int
read_piece(struct reader *rd, const struct json *v, struct span *out)
{
	const struct json *off, *at, *len;
	uint64_t n;
	int r = json_need_array(&rd->doc, v);

	if (r != 0)
		return r;
	off = json_first(v);
	at = off != NULL ? json_next(off) : NULL;
	len = at != NULL ? json_next(at) : NULL;
	if (at == NULL || (len == NULL) != json_is_text(at) ||
	    (len != NULL && json_next(len) != NULL))
		return json_fail(&rd->doc, v, ERR_MALFORMED,
				 "must be [offset, place in data.bin, length] or [offset, "
				 "\"hexadecimal\"]");
	r = json_uint(&rd->doc, off, JSON_MAX_INT, &out->off);
	if (r == 0 && len == NULL) {
		out->at = SPAN_OWN + rd->t->own.n;
		n = rd->t->own.n;
		r = add_hex(rd, at, &rd->t->own);
		out->len = rd->t->own.n - n;
	} else if (r == 0) {
		r = json_uint(&rd->doc, at, rd->ir->data_len, &out->at);
		if (r == 0)
			r = json_uint(&rd->doc, len, rd->ir->data_len - out->at, &out->len);
	}
	if (r == 0 &&
	    (out->len == 0 || out->len > UINT32_MAX || out->len > JSON_MAX_INT - out->off))
		return json_fail(&rd->doc, v, ERR_MALFORMED, "has no bytes, or too many");
	return r;
}

static int
add_piece(struct reader *rd, const struct json *v, struct state_stuff *f)
{
	struct span x = {0};
	const struct span *there;
	uint64_t at;
	bool differs;
	int r = read_piece(rd, v, &x);

	if (r != 0)
		return r;
	at = x.off;
	there = spans_next(&f->spans, &at);
	if (there != NULL && there->off < x.off + x.len)
		return json_fail(&rd->doc, v, ERR_MALFORMED, "is there twice");
	if (f->sized && x.off + x.len > f->size)
		return json_fail(&rd->doc, v, ERR_MALFORMED, "lies behind the size");
	r = spans_add(&f->spans, &x, &rd->t->spans_left, &differs);
	return r == ERR_LIMIT ? json_fail(&rd->doc, v, r, "over %zu pieces", STATE_MAX_PIECES) : r;
}

static int
read_data(struct reader *rd, const struct json *size, const struct json *contents,
	  struct state_stuff *f)
{
	int r = 0;

	if (size != NULL) {
		r = json_uint(&rd->doc, size, JSON_MAX_INT, &f->size);
		f->sized = true;
	}
	if (r == 0 && contents != NULL)
		r = json_need_array(&rd->doc, contents);
	if (r != 0 || contents == NULL)
		return r;
	for (const struct json *v = json_first(contents); r == 0 && v != NULL; v = json_next(v))
		r = add_piece(rd, v, f);
	return r;
}

/* The stream of that name, which is new or (`known`) is there. */
static int
find_stream(struct reader *rd, const struct json *v, struct state_object *o, bool known,
	    struct state_node_stream **out)
{
	const char *name;
	struct state_node_stream *before = o->streams;
	int r = json_text(&rd->doc, v, &name);

	if (r != 0)
		return r;
	buf_reset(&rd->scratch);
	r = utf16_from_utf8(name, &rd->scratch);
	if (r == 0)
		r = state_stream_of(rd->t, o, buf_slice(&rd->scratch), out);
	if (r != 0)
		return r == ERR_MALFORMED ? json_fail(&rd->doc, v, r, "is no name") : r;
	if (*out == NULL)
		return json_fail(&rd->doc, v, ERR_MALFORMED,
				 "is no name of a stream, or one too many");
	if ((o->streams == before) != known)
		return json_fail(&rd->doc, v, ERR_MALFORMED, "%s",
				 known ? "there is no such stream" : "is there twice");
	return 0;
}

static int
read_streams(struct reader *rd, const struct json *list, struct state_object *o)
{
	enum { NAME, LENGTH, PIECES, N };
	static const struct json_key keys[N] = {
		{"name", true}, {"size", false}, {"contents", false}};
	const struct json *m[N];
	struct state_node_stream *s = NULL;
	int r = json_need_array(&rd->doc, list);

	if (r != 0)
		return r;
	for (const struct json *v = json_first(list); r == 0 && v != NULL; v = json_next(v)) {
		r = json_object(&rd->doc, v, keys, N, m);
		if (r == 0)
			r = find_stream(rd, m[NAME], o, false, &s);
		if (r == 0)
			r = read_data(rd, m[LENGTH], m[PIECES], &s->stuff);
	}
	return r;
}

/* ---- What else there is of an entry ---- */

static int
read_eas(struct reader *rd, const struct json *list, struct state_object *o)
{
	enum { NAME, FLAGS, VALUE, N };
	static const struct json_key keys[N] = {{"name", true}, {"flags", false}, {"value", true}};
	const struct json *m[N];
	int r = json_need_array(&rd->doc, list);

	if (r != 0)
		return r;
	for (const struct json *v = json_first(list); r == 0 && v != NULL; v = json_next(v)) {
		size_t before = o->extra != NULL ? o->extra->n_eas : 0;
		struct state_ea ea = {0};
		const char *name = "";
		uint64_t flags = 0;

		r = json_object(&rd->doc, v, keys, N, m);
		if (r == 0)
			r = json_text(&rd->doc, m[NAME], &name);
		if (r == 0)
			r = read_number(rd, m[FLAGS], UINT8_MAX, &flags);
		if (r == 0)
			r = read_bytes(rd, m[VALUE], &ea.value);
		ea.name = slice_of(name, strlen(name));
		ea.flags = (uint8_t)flags;
		if (r == 0)
			r = state_set_ea(rd->t, o, &ea);
		if (r == 0 && o->extra->n_eas == before)
			r = json_fail(&rd->doc, v, ERR_MALFORMED,
				      "is no name, there twice, or one too many");
	}
	return r;
}

static int
read_times(struct reader *rd, const struct json *v, struct state_object *o)
{
	static const struct json_key keys[STATE_N_TIMES] = {
		{"creation", false}, {"access", false}, {"write", false}, {"change", false}};
	const struct json *m[STATE_N_TIMES];
	int r = json_object(&rd->doc, v, keys, STATE_N_TIMES, m);

	for (size_t i = 0; r == 0 && i < STATE_N_TIMES; i++) {
		const char *text = "";

		if (m[i] == NULL)
			continue;
		r = json_text(&rd->doc, m[i], &text);
		if (r == 0 && state_parse_time(text, &o->times[i]) != 0)
			r = json_fail(&rd->doc, m[i], ERR_MALFORMED,
				      "must be as 2020-09-13T12:26:40.0000000Z");
	}
	return r;
}

static int
read_extra(struct reader *rd, struct state_object *o)
{
	struct state_extra *x;
	uint64_t n;
	int r = read_number(rd, rd->m[REPARSE_TAG], UINT32_MAX, &n);

	o->reparse_tag = (uint32_t)n;
	if (r == 0 && rd->m[EAS] != NULL)
		r = read_eas(rd, rd->m[EAS], o);
	if (r != 0 || (rd->m[REPARSE] == NULL && rd->m[SECURITY] == NULL))
		return r;
	x = state_extra_of(rd->t, o);
	if (x == NULL)
		return ERR_NOMEM;
	r = read_bytes(rd, rd->m[REPARSE], &x->reparse);
	if (r == 0)
		r = read_bytes(rd, rd->m[SECURITY], &x->security);
	if (r == 0)
		r = read_number(rd, rd->m[SECURITY_PARTS], UINT32_MAX, &n);
	x->security_parts = (uint32_t)n;
	return r;
}

static int
read_doubts(struct reader *rd, const struct json *list, uint16_t *out)
{
	size_t which;
	int r = 0;

	*out = 0;
	if (list == NULL)
		return 0;
	r = json_need_array(&rd->doc, list);
	if (r != 0)
		return r;
	for (const struct json *v = json_first(list); r == 0 && v != NULL; v = json_next(v)) {
		r = read_name(rd, v, state_doubt_names, STATE_N_DOUBTS, &which);
		*out |= (uint16_t)(r == 0 ? 1u << which : 0);
	}
	return r;
}

/* ---- Lines ---- */

static bool
is_path(struct slice path)
{
	size_t from = 0;

	for (size_t i = 0; path.n > 0 && i <= path.n; i += 2) {
		if (i < path.n && wire_le(path.p + i, 2) != '\\')
			continue;
		if (!state_is_name(slice_of(path.p + from, i - from)))
			return false;
		from = i + 2;
	}
	return true;
}

/* The share and path of the line: `*dir` is the root where `*slot` is NULL. */
static int
find_place(struct reader *rd, struct state_object **dir, struct state_slot **slot)
{
	struct state_path p = {0};
	const char *share, *path;
	int r = json_text(&rd->doc, rd->m[SHARE], &share);

	if (r == 0)
		r = json_text(&rd->doc, rd->m[PATH], &path);
	if (r != 0)
		return r;
	buf_reset(&rd->scratch);
	r = utf16_from_utf8(path, &rd->scratch);
	if (r == ERR_MALFORMED || strlen(path) > STATE_MAX_PATH ||
	    !is_path(buf_slice(&rd->scratch)))
		return json_fail(&rd->doc, rd->m[PATH], ERR_MALFORMED,
				 "must be names with backslashes between them");
	if (r == 0)
		r = state_root(rd->t, share, &p.root);
	p.path = buf_slice(&rd->scratch);
	if (r == 0)
		r = state_walk(rd->t, &p, STATE_WALK_TRY, dir, slot);
	if (r != 0)
		return r;
	if (rd->t->left_out > 0)
		return json_fail(&rd->doc, NULL, ERR_LIMIT, "too many names");
	if (*dir == NULL || (*slot != NULL && (*dir)->kind != STATE_DIRECTORY))
		return json_fail(&rd->doc, rd->m[PATH], ERR_MALFORMED,
				 "lies in what is no directory");
	return 0;
}

/* What a name is, and why. `*o` is NULL of an absent one. */
static int
place_entry(struct reader *rd, struct state_slot *s, enum state_kind kind,
	    const struct state_slot *said, struct state_object **o)
{
	int r = 0;

	if (s->given)
		return json_fail(&rd->doc, rd->m[PATH], ERR_MALFORMED, "is there twice");
	if (s->now != NULL && kind != STATE_DIRECTORY)
		return json_fail(&rd->doc, rd->m[PATH], ERR_MALFORMED,
				 "holds others, and is no directory");
	*o = NULL;
	if (kind == STATE_ABSENT)
		state_absent(s, (enum state_reason)said->reason, said->event);
	else
		r = state_sight(rd->t, s, (enum state_reason)said->reason, said->event, o);
	s->given = true;
	s->reason = said->reason;
	s->event = said->event;
	s->doubts = said->doubts;
	s->against = said->against;
	return r;
}

/* Of a name that must not exist, nothing else can be said. */
static int
check_absent(const struct reader *rd)
{
	for (size_t i = ATTRIBUTES; i < N_KEYS; i++)
		if (rd->m[i] != NULL)
			return json_fail(&rd->doc, rd->m[i], ERR_MALFORMED,
					 "is said of an absent name");
	return 0;
}

static int
read_entry(struct reader *rd, struct state_object *dir, struct state_slot *s)
{
	struct state_slot said = {.reason = STATE_BY_HAND};
	struct state_object *o = dir;
	size_t kind, why = STATE_BY_HAND;
	uint64_t attributes;
	int r = read_name(rd, rd->m[KIND], state_kind_names, STATE_N_KINDS, &kind);

	if (r == 0 && rd->m[WHY] != NULL)
		r = read_name(rd, rd->m[WHY], state_reason_names, STATE_N_REASONS, &why);
	said.reason = (uint8_t)why;
	if (r == 0)
		r = read_event(rd, rd->m[EVENT], &said.event);
	if (r == 0)
		r = read_event(rd, rd->m[AGAINST], &said.against);
	if (r == 0)
		r = read_doubts(rd, rd->m[DOUBTS], &said.doubts);
	if (r == 0 && s == NULL && kind != STATE_DIRECTORY)
		return json_fail(&rd->doc, rd->m[KIND], ERR_MALFORMED, "the root is a directory");
	if (r == 0 && s != NULL)
		r = place_entry(rd, s, (enum state_kind)kind, &said, &o);
	if (r != 0)
		return r;
	if (kind == STATE_ABSENT)
		return check_absent(rd);
	o->kind = (uint8_t)kind;
	/* The root has no slot that keeps doubts, and what a line leaves unsaid was said so. */
	o->has_eas = s == NULL && (said.doubts >> STATE_DOUBT_EAS & 1) != 0;
	o->has_reparse = s == NULL && (said.doubts >> STATE_DOUBT_REPARSE & 1) != 0;
	o->stuff.touched = why != STATE_BY_HAND;
	r = read_number(rd, rd->m[ATTRIBUTES], UINT32_MAX, &attributes);
	o->attributes = (uint32_t)attributes;
	if (r == 0 && kind != STATE_FILE && (rd->m[SIZE] != NULL || rd->m[CONTENTS] != NULL))
		return json_fail(&rd->doc, rd->m[SIZE] != NULL ? rd->m[SIZE] : rd->m[CONTENTS],
				 ERR_MALFORMED, "is said of a directory");
	if (r == 0 && rd->m[TIMES] != NULL)
		r = read_times(rd, rd->m[TIMES], o);
	if (r == 0)
		r = read_data(rd, rd->m[SIZE], rd->m[CONTENTS], &o->stuff);
	if (r == 0 && rd->m[STREAMS] != NULL)
		r = read_streams(rd, rd->m[STREAMS], o);
	return r == 0 ? read_extra(rd, o) : r;
}

/* More contents of an entry before it. */
static int
read_more(struct reader *rd, struct state_object *dir, struct state_slot *s)
{
	struct state_object *o = s != NULL ? s->now : dir;
	struct state_node_stream *stream = NULL;
	int r = 0;

	for (size_t i = KIND; i < STREAM; i++)
		if (rd->m[i] != NULL && i != CONTENTS)
			return json_fail(&rd->doc, rd->m[i], ERR_MALFORMED,
					 "is said without \"kind\"");
	if (o == NULL || (s != NULL && !s->given) || rd->m[CONTENTS] == NULL)
		return json_fail(&rd->doc, NULL, ERR_MALFORMED,
				 "has no \"kind\", and continues no entry before it");
	if (rd->m[STREAM] != NULL)
		r = find_stream(rd, rd->m[STREAM], o, true, &stream);
	else if (o->kind != STATE_FILE)
		r = json_fail(&rd->doc, rd->m[CONTENTS], ERR_MALFORMED, "is said of a directory");
	return r == 0 ? read_data(rd, NULL, rd->m[CONTENTS],
				  stream != NULL ? &stream->stuff : &o->stuff)
		      : r;
}

static int
read_object(struct reader *rd)
{
	static const struct json_key keys[N_KEYS] = {{"share", true},     {"path", true},
						     {"kind", false},     {"why", false},
						     {"event", false},    {"doubts", false},
						     {"against", false},  {"attributes", false},
						     {"times", false},    {"size", false},
						     {"contents", false}, {"streams", false},
						     {"eas", false},      {"reparse_tag", false},
						     {"reparse", false},  {"security_parts", false},
						     {"security", false}, {"stream", false}};
	struct state_object *dir;
	struct state_slot *s;
	int r = json_object(&rd->doc, rd->doc.root, keys, N_KEYS, rd->m);

	if (r == 0)
		r = find_place(rd, &dir, &s);
	if (r != 0)
		return r;
	if (rd->m[KIND] == NULL)
		return read_more(rd, dir, s);
	if (rd->m[STREAM] != NULL)
		return json_fail(&rd->doc, rd->m[STREAM], ERR_MALFORMED, "is said with \"kind\"");
	return read_entry(rd, dir, s);
}

static int
read_line(struct reader *rd, struct slice line)
{
	int r;

	if (line.n > IR_MAX_LINE)
		return err_set(rd->doc.e, ERR_LIMIT, "%s:%zu: over %zu bytes", rd->doc.file,
			       rd->doc.line, IR_MAX_LINE);
	rd->doc.text = line;
	r = json_parse(&rd->doc);
	if (r == 0)
		r = read_object(rd);
	json_doc_free(&rd->doc);
	return r;
}

int
state_parse(const char *file, struct slice text, const struct ir *ir, struct state *out,
	    struct err *e)
{
	struct reader rd = {.doc = {.file = file, .e = e}, .ir = ir};
	size_t pos = 0;
	int r = state_tree_new(&rd.t);

	*out = (struct state){0};
	if (r == 0)
		r = number_events(&rd);
	while (r == 0 && pos < text.n) {
		const uint8_t *p = text.p + pos, *nl = memchr(p, '\n', text.n - pos);

		rd.doc.line++;
		/* Without its newline a line is where writing was cut short. */
		if (nl == NULL)
			r = err_set(e, ERR_MALFORMED, "%s:%zu: the line is cut short", file,
				    rd.doc.line);
		else
			r = read_line(&rd, slice_of(p, (size_t)(nl - p)));
		pos += nl != NULL ? (size_t)(nl - p) + 1 : 0;
	}
	if (r == 0)
		r = state_list(rd.t, out);
	out->data = slice_of(ir->data, ir->data_len);
	state_tree_free(rd.t);
	free(rd.numbers);
	buf_free(&rd.scratch);
	return r != 0 ? err_set(e, r, "%s: %s", file, err_str(r)) : 0;
}
