/* Reading a line of messages.jsonl: what the format allows in each key, and nothing else. */
#include "config.h"

#include "ir/ir_event.h"

#include <stdlib.h>

#include "ir/ir_files.h"
#include "proto/smb2_set.h"

enum line_key {
	K_N,
	K_EV,
	K_C,
	K_CMD,
	K_FRAME,
	K_T,
	K_DATA,
	K_JOINED,
	K_CUTS,
	K_PATCHES,
	K_DEFS,
	K_FROM,
	K_LOST,
	K_OF,
	K_SET,
	K_SEALED,
	K_COMPRESSED,
	K_LABEL,
	K_AFTER,
	K_FAULT,
	K_BARRIER,
	K_GAP,
	K_PAUSE,
	K_EXPECT,
	N_KEYS
};

static const struct json_key line_keys[N_KEYS] = {
	[K_N] = {"n", false},
	[K_EV] = {"ev", true},
	[K_C] = {"c", true},
	[K_CMD] = {"cmd", false},
	[K_FRAME] = {"frame", false},
	[K_T] = {"t", false},
	[K_DATA] = {"data", false},
	[K_JOINED] = {"joined", false},
	[K_CUTS] = {"cuts", false},
	[K_PATCHES] = {"patches", false},
	[K_DEFS] = {"defs", false},
	[K_FROM] = {"from", false},
	[K_LOST] = {"lost", false},
	[K_OF] = {"of", false},
	[K_SET] = {"set", false},
	[K_SEALED] = {"sealed", false},
	[K_COMPRESSED] = {"compressed", false},
	[K_LABEL] = {"label", false},
	[K_AFTER] = {"after", false},
	[K_FAULT] = {"fault", false},
	[K_BARRIER] = {"barrier", false},
	[K_GAP] = {"gap", false},
	[K_PAUSE] = {"pause", false},
	[K_EXPECT] = {"expect", false},
};

/* Which events may have a key: a bit for each kind. */
#define BIT(kind) (1u << IR_##kind)
#define ANY_KIND 0xffu
#define WITH_BYTES (BIT(SEND) | BIT(RECV) | BIT(GAP) | BIT(JUNK))
static const uint8_t key_kinds[N_KEYS] = {
	[K_N] = ANY_KIND,
	[K_EV] = ANY_KIND,
	[K_C] = ANY_KIND,
	[K_CMD] = ANY_KIND,
	[K_FRAME] = ANY_KIND,
	[K_T] = ANY_KIND,
	[K_DATA] = WITH_BYTES,
	[K_JOINED] = WITH_BYTES,
	[K_CUTS] = WITH_BYTES,
	[K_PATCHES] = BIT(SEND),
	[K_DEFS] = BIT(RECV),
	[K_FROM] = BIT(FIN) | BIT(RST) | BIT(GAP) | BIT(JUNK),
	[K_LOST] = BIT(GAP),
	[K_OF] = BIT(SEND),
	[K_SET] = BIT(SEND) | BIT(RECV),
	[K_SEALED] = BIT(SEND) | BIT(RECV),
	[K_COMPRESSED] = BIT(SEND) | BIT(RECV),
	[K_LABEL] = ANY_KIND,
	[K_AFTER] = BIT(SEND) | BIT(CONNECT) | BIT(FIN) | BIT(RST),
	[K_FAULT] = BIT(SEND),
	[K_BARRIER] = BIT(SEND) | BIT(CONNECT) | BIT(FIN) | BIT(RST),
	[K_GAP] = BIT(SEND) | BIT(CONNECT) | BIT(FIN) | BIT(RST),
	[K_PAUSE] = BIT(SEND),
	[K_EXPECT] = BIT(RECV),
};

bool
ir_numbers_has(const struct ir_numbers *s, uint32_t n)
{
	return n / 8 < s->bytes && (s->bits[n / 8] >> n % 8 & 1) != 0;
}

static int
numbers_add(struct ir_numbers *s, uint32_t n)
{
	size_t bytes = s->bytes > 0 ? s->bytes : 64;
	uint8_t *bits;

	while (bytes <= n / 8)
		bytes *= 2;
	if (bytes > s->bytes) {
		bits = realloc(s->bits, bytes);
		if (bits == NULL)
			return ERR_NOMEM;
		memset(bits + s->bytes, 0, bytes - s->bytes);
		s->bits = bits;
		s->bytes = bytes;
	}
	s->bits[n / 8] |= (uint8_t)(1u << n % 8);
	return 0;
}

static int
fail(const struct ir_loader *l, const struct json *v, const char *what)
{
	return json_fail(&l->doc, v, ERR_MALFORMED, "%s", what);
}

static int
read_u32(const struct ir_loader *l, const struct json *v, uint32_t max, uint32_t *out)
{
	uint64_t x = 0;
	int r = json_uint(&l->doc, v, max, &x);

	*out = (uint32_t)x;
	return r;
}

/* A number, or [first, last] where the two differ. */
static int
read_span(const struct ir_loader *l, const struct json *v, uint64_t *first, uint64_t *last)
{
	int r;

	if (v == NULL)
		return 0;
	if (!json_is_array(v)) {
		r = json_uint(&l->doc, v, JSON_MAX_INT, first);
		*last = *first;
		return r;
	}
	if (json_count(v) != 2)
		return fail(l, v, "must be a number or [first, last]");
	r = json_uint(&l->doc, json_first(v), JSON_MAX_INT, first);
	return r == 0 ? json_uint(&l->doc, json_next(json_first(v)), JSON_MAX_INT, last) : r;
}

static int
read_place(const struct ir_loader *l, const struct json *v, struct ir_extent *out)
{
	int r = json_need_array(&l->doc, v);

	if (r == 0 && json_count(v) != 2)
		return fail(l, v, "must be [offset, length]");
	if (r == 0)
		r = json_uint(&l->doc, json_first(v), JSON_MAX_INT, &out->off);
	if (r == 0)
		r = read_u32(l, json_next(json_first(v)), IR_MAX_BYTES, &out->len);
	if (r != 0)
		return r;
	if (out->off > l->ir->data_len || out->len > l->ir->data_len - out->off)
		return fail(l, v, "lies outside " IR_DATA_FILE);
	return 0;
}

static int
read_extent(const struct ir_loader *l, const struct json *v, struct ir_event *ev,
	    struct ir_extent *out)
{
	int r = read_place(l, v, out);

	if (r != 0)
		return r;
	if (out->len > IR_MAX_BYTES - ev->size)
		return fail(l, v, "the event has too many bytes");
	ev->size += out->len;
	return 0;
}

/* The bytes themselves, in hexadecimal. */
static int
read_own(struct ir_loader *l, const struct json *v, struct ir_event *ev)
{
	struct buf b = {0};
	const char *text = "";
	uint8_t *p;
	int r = json_text(&l->doc, v, &text);

	if (r != 0)
		return r;
	r = smb2_add_hex(text, &b);
	p = r == 0 ? arena_alloc(&l->ir->arena, b.n) : NULL;
	if (p != NULL && b.n > 0)
		memcpy(p, b.p, b.n);
	ev->own = p;
	ev->size = (uint32_t)b.n;
	buf_free(&b);
	if (r == ERR_USAGE)
		return fail(l, v, "must be [offset, length], or bytes in hexadecimal");
	return p != NULL ? 0 : ERR_NOMEM;
}

static int
read_data(struct ir_loader *l, const struct json *v, struct ir_event *ev)
{
	const struct json *item = v != NULL && json_is_array(v) ? json_first(v) : NULL;
	bool many = item != NULL && json_is_array(item);
	struct ir_extent *list;
	size_t n = many ? json_count(v) : 1;
	int r = 0;

	if (v == NULL)
		return 0;
	if (json_is_text(v))
		return read_own(l, v, ev);
	list = arena_alloc(&l->ir->arena, n * sizeof(*list));
	if (list == NULL)
		return ERR_NOMEM;
	ev->extents = list;
	ev->n_extents = (uint32_t)n;
	if (!many)
		return read_extent(l, v, ev, list);
	for (size_t i = 0; r == 0 && i < n; i++, item = json_next(item))
		r = read_extent(l, item, ev, &list[i]);
	return r;
}

static int
read_cuts(struct ir_loader *l, const struct json *v, struct ir_event *ev)
{
	const struct json *item;
	uint32_t *list, last = 0;
	size_t n;
	int r = v != NULL ? json_need_array(&l->doc, v) : 0;

	if (v == NULL || r != 0)
		return r;
	n = json_count(v);
	if (n > IR_MAX_CUTS)
		return fail(l, v, "too many cuts");
	list = arena_alloc(&l->ir->arena, n * sizeof(*list));
	if (list == NULL)
		return ERR_NOMEM;
	item = json_first(v);
	for (size_t i = 0; i < n; i++, item = json_next(item)) {
		r = read_u32(l, item, IR_MAX_BYTES, &list[i]);
		if (r != 0)
			return r;
		if (list[i] <= last || list[i] >= ir_wire_size(ev))
			return fail(l, item, "cuts must ascend and lie inside the event");
		last = list[i];
	}
	ev->cuts = list;
	ev->n_cuts = (uint32_t)n;
	return 0;
}

/* "open.17" or "signature". */
static int
read_what(const struct ir_loader *l, const struct json *v, struct ir_patch *out)
{
	const char *text = "", *digits;
	uint64_t number = 0;
	size_t n;
	int r = json_text(&l->doc, v, &text);

	if (r != 0)
		return r;
	n = strcspn(text, ".");
	for (out->what = 0; out->what < IR_N_WHATS; out->what++)
		if (strlen(ir_what_names[out->what]) == n &&
		    memcmp(ir_what_names[out->what], text, n) == 0)
			break;
	if (out->what == IR_N_WHATS || (text[n] == '.') != (out->what < IR_N_SYMBOL_KINDS))
		return fail(l, v, "no such symbol or computation");
	if (text[n] == '\0')
		return 0;
	for (digits = text + n + 1; *digits >= '0' && *digits <= '9' && number <= IR_MAX_SYMBOL;
	     digits++)
		number = number * 10 + (uint64_t)(*digits - '0');
	if (number == 0 || number > IR_MAX_SYMBOL || *digits != '\0' || text[n + 1] == '0')
		return fail(l, v, "a symbol's number must be from 1 to 67108864");
	out->number = (uint32_t)number;
	return 0;
}

/* [offset, width, what] or, in patches, [offset, width, symbol, from]. */
static int
read_patch(const struct ir_loader *l, const struct json *v, bool def, struct ir_patch *out)
{
	const struct json *m[4] = {NULL};
	uint32_t from = 0;
	size_t n = 0;
	int r = json_need_array(&l->doc, v);

	for (const struct json *i = r == 0 ? json_first(v) : NULL; i != NULL; i = json_next(i), n++)
		if (n < 4)
			m[n] = i;
	if (r == 0 && n != 3 && (def || n != 4))
		return fail(l, v,
			    def ? "must be [offset, width, symbol]"
				: "must be [offset, width, what] or [..., from]");
	if (r == 0)
		r = read_u32(l, m[0], IR_MAX_BYTES, &out->off);
	if (r == 0)
		r = read_u32(l, m[1], IR_MAX_BYTES, &out->width);
	if (r == 0)
		r = read_what(l, m[2], out);
	if (r == 0 && m[3] != NULL)
		r = read_u32(l, m[3], IR_MAX_VALUE, &from);
	out->from = (uint16_t)from;
	return r;
}

/* The rules of a patch by what stands in its place. */
static int
check_patch(const struct ir_loader *l, const struct json *v, bool def, const struct ir_patch *p)
{
	uint32_t whole = p->what == IR_VALUE ? IR_MAX_VALUE : ir_what_widths[p->what];

	if (def && p->what >= IR_N_SYMBOL_KINDS)
		return fail(l, v, "only symbols are defined");
	if (p->what >= IR_N_SYMBOL_KINDS && p->from != 0)
		return fail(l, v, "only symbols are taken in part");
	if (p->what == IR_LAYOUT && (p->width == 0 || p->width > 8))
		return fail(l, v, "a length or offset has 1 to 8 bytes");
	if ((def || p->what == IR_SIGNATURE) && p->what != IR_VALUE && p->width != whole)
		return json_fail(&l->doc, v, ERR_MALFORMED, "must be %u bytes wide", whole);
	if (p->what < IR_N_SYMBOL_KINDS &&
	    (p->width == 0 || p->from >= whole || p->width > whole - p->from))
		return json_fail(&l->doc, v, ERR_MALFORMED, "the symbol has %s%u bytes",
				 p->what == IR_VALUE ? "1 to " : "", whole);
	return 0;
}

int
ir_define(struct ir_loader *l, const struct ir_patch *p)
{
	if (ir_numbers_has(&l->defined[p->what], p->number))
		return ERR_MALFORMED;
	if (p->number > l->ir->n_symbols[p->what])
		l->ir->n_symbols[p->what] = p->number;
	return numbers_add(&l->defined[p->what], p->number);
}

static int
define(struct ir_loader *l, const struct json *v, const struct ir_patch *p)
{
	int r = ir_define(l, p);

	return r == ERR_MALFORMED ? fail(l, v, "the symbol is defined a second time") : r;
}

static int
read_patches(struct ir_loader *l, const struct json *v, bool def, struct ir_event *ev)
{
	const struct json *item;
	struct ir_patch *list;
	size_t n, last = 0;
	int r = v != NULL ? json_need_array(&l->doc, v) : 0;

	if (v == NULL || r != 0)
		return r;
	n = json_count(v);
	list = arena_alloc(&l->ir->arena, n * sizeof(*list));
	if (list == NULL)
		return ERR_NOMEM;
	item = json_first(v);
	for (size_t i = 0; r == 0 && i < n; i++, item = json_next(item)) {
		r = read_patch(l, item, def, &list[i]);
		if (r == 0 && (list[i].off > ev->size || list[i].width > ev->size - list[i].off))
			return fail(l, item, "lies outside the message");
		if (r == 0 && list[i].off < last)
			return fail(l, item, "patches must ascend and not overlap");
		last = (size_t)list[i].off + list[i].width;
		if (r == 0)
			r = check_patch(l, item, def, &list[i]);
		if (r == 0 && def)
			r = define(l, item, &list[i]);
		if (r == 0 && list[i].what < IR_N_SYMBOL_KINDS &&
		    list[i].number > l->ir->n_symbols[list[i].what])
			l->ir->n_symbols[list[i].what] = list[i].number;
	}
	ev->patches = list;
	ev->n_patches = (uint32_t)n;
	return r;
}

/* "sealed": the session whose key did it, or true where that is not known; "compressed": where its
 * compressed form is. */
static int
read_layers(struct ir_loader *l, const struct json *const *m, struct ir_event *ev)
{
	struct ir_patch by = {0};
	struct ir_extent x = {0};
	bool sealed = false;
	int r = 0;

	if (m[K_SEALED] != NULL && json_is_bool(m[K_SEALED])) {
		r = json_bool(&l->doc, m[K_SEALED], &sealed);
		if (r == 0 && !sealed)
			return fail(l, m[K_SEALED], "must be true or a session");
	} else if (m[K_SEALED] != NULL) {
		r = read_what(l, m[K_SEALED], &by);
		if (r == 0 && by.what != IR_SESSION)
			return fail(l, m[K_SEALED], "must be true or a session");
		if (r == 0 && by.number > l->ir->n_symbols[IR_SESSION])
			l->ir->n_symbols[IR_SESSION] = by.number;
	}
	if (r == 0 && m[K_COMPRESSED] != NULL) {
		r = read_place(l, m[K_COMPRESSED], &x);
		if (r == 0 && x.len < 4)
			return fail(l, m[K_COMPRESSED],
				    "a message has at least the 4 bytes of its frame header");
		ev->packed = slice_of(l->ir->data + x.off, x.len);
	}
	ev->sealed_by = by.number;
	ev->layers = (uint8_t)((m[K_SEALED] != NULL ? IR_SEALED : 0) |
			       (m[K_COMPRESSED] != NULL ? IR_COMPRESSED : 0));
	return r;
}

static int
read_set(struct ir_loader *l, const struct json *v, struct ir_set *out)
{
	const char *path, *text = "";
	int r = json_text(&l->doc, v, &text);

	if (r != 0)
		return r;
	path = ir_set_path(json_name(v), &out->pdu);
	if (path == NULL)
		return fail(l, v, "must be a field's path, or PDU.path");
	out->path = arena_text(&l->ir->arena, path, strlen(path));
	out->value = arena_text(&l->ir->arena, text, strlen(text));
	return out->path != NULL && out->value != NULL ? 0 : ERR_NOMEM;
}

/* That the edits hold is known once and for all. */
static int
check_sets(struct ir_loader *l, const struct json *v, const struct ir_event *ev)
{
	struct err e = {0};
	int r = ir_try_sets(l->ir, ev, &e);

	return r == 0 || r == ERR_NOMEM ? r
					: json_fail(&l->doc, v, ERR_MALFORMED, "%s", err_text(&e));
}

/* An object of paths and values: "set", "expect". As ir_read_event. */
static int
read_set_list(struct ir_loader *l, const struct json *v, const struct ir_set **out, uint32_t *n)
{
	const struct json *item;
	struct ir_set *list;
	size_t count;
	int r = json_need_object(&l->doc, v);

	if (r != 0)
		return r;
	count = json_count(v);
	list = arena_alloc(&l->ir->arena, count * sizeof(*list));
	if (list == NULL)
		return ERR_NOMEM;
	item = json_first(v);
	for (size_t i = 0; r == 0 && i < count; i++, item = json_next(item))
		r = read_set(l, item, &list[i]);
	*out = list;
	*n = (uint32_t)count;
	return r;
}

static int
read_sets(struct ir_loader *l, const struct json *const *m, struct ir_event *ev)
{
	int r = 0;

	ev->expecting = m[K_EXPECT] != NULL;
	if (m[K_EXPECT] != NULL)
		r = read_set_list(l, m[K_EXPECT], &ev->expects, &ev->n_expects);
	if (r != 0 || m[K_SET] == NULL)
		return r;
	r = read_set_list(l, m[K_SET], &ev->sets, &ev->n_sets);
	return r == 0 ? check_sets(l, m[K_SET], ev) : r;
}

static int
read_kind(const struct ir_loader *l, const struct json *const *m, struct ir_event *ev)
{
	const char *name = "";
	int r = json_text(&l->doc, m[K_EV], &name);

	if (r != 0)
		return r;
	for (ev->kind = 0; ev->kind < IR_N_KINDS; ev->kind++)
		if (strcmp(ir_kind_names[ev->kind], name) == 0)
			break;
	if (ev->kind == IR_N_KINDS)
		return fail(l, m[K_EV], "no such kind of event");
	for (size_t k = 0; k < N_KEYS; k++)
		if (m[k] != NULL && (key_kinds[k] >> ev->kind & 1) == 0)
			return json_fail(&l->doc, m[k], ERR_MALFORMED, "not in a %s event",
					 ir_kind_names[ev->kind]);
	return 0;
}

static int
read_from(const struct ir_loader *l, const struct json *const *m, struct ir_event *ev)
{
	const char *from = "";
	int r;

	if ((key_kinds[K_FROM] >> ev->kind & 1) == 0)
		return 0;
	if (m[K_FROM] == NULL)
		return fail(l, m[K_EV], "the key \"from\" is missing");
	r = json_text(&l->doc, m[K_FROM], &from);
	if (r != 0)
		return r;
	ev->server = strcmp(from, "server") == 0;
	return ev->server || strcmp(from, "client") == 0
		       ? 0
		       : fail(l, m[K_FROM], "must be \"client\" or \"server\"");
}

/* From here on numbers of events are not their places: hand-written lines have none, or many. */
static int
keep_numbers(struct ir_loader *l, size_t before)
{
	if (l->numbers.n > 0 || l->numbers.err != 0)
		return l->numbers.err;
	for (size_t i = 0; i < before; i++)
		buf_le(&l->numbers, sizeof(uint32_t), i);
	return l->numbers.err;
}

int
ir_read_number(struct ir_loader *l, const struct json *v, bool by_hand)
{
	size_t event = l->ir->n_events - !by_hand;
	uint64_t n = 0;
	int r = 0;

	if (l->file)
		return v != NULL ? json_uint(&l->doc, v, JSON_MAX_INT, &n) : 0;
	if (by_hand)
		r = keep_numbers(l, l->n_numbers);
	if (r != 0 || (v == NULL && by_hand))
		return r;
	if (v == NULL)
		return json_fail(&l->doc, NULL, ERR_MALFORMED, "key \"n\" is missing");
	r = json_uint(&l->doc, v, JSON_MAX_INT, &n);
	if (r == 0 && n != l->n_numbers)
		return json_fail(&l->doc, v, ERR_MALFORMED,
				 "must be %zu, the number of the event by its line", l->n_numbers);
	if (r == 0 && (l->numbers.n > 0 || by_hand))
		buf_le(&l->numbers, sizeof(uint32_t), event);
	l->n_numbers++;
	return r != 0 ? r : l->numbers.err;
}

size_t
ir_event_at(const struct ir_loader *l, size_t number)
{
	if (number >= l->n_numbers)
		return l->ir->n_events;
	return l->numbers.n > 0
		       ? (size_t)wire_le(l->numbers.p + number * sizeof(uint32_t), sizeof(uint32_t))
		       : number;
}

int
ir_read_conn(struct ir_loader *l, const struct json *v, uint32_t *out)
{
	size_t n = l->ir->meta.n_conns;
	int r = read_u32(l, v, l->file ? IR_MAX_FILE_CONNS - 1 : UINT32_MAX, out);

	if (r != 0)
		return r;
	if (!l->file && *out >= n)
		return json_fail(&l->doc, v, ERR_MALFORMED, IR_META_FILE " has %zu connections", n);
	if (*out >= l->n_conns)
		l->n_conns = *out + 1;
	return 0;
}

/* What has its place in every event. */
static int
read_head(struct ir_loader *l, const struct json *const *m, struct ir_event *ev)
{
	int r = ir_read_number(l, m[K_N], false);

	if (r == 0)
		r = read_kind(l, m, ev);
	if (r == 0)
		r = ir_read_conn(l, m[K_C], &ev->conn);
	if (r == 0)
		r = read_span(l, m[K_FRAME], &ev->frame_first, &ev->frame_last);
	if (r == 0)
		r = read_span(l, m[K_T], &ev->t_first, &ev->t_last);
	return r == 0 ? read_from(l, m, ev) : r;
}

/* What the line says for readers; equal texts share their memory. */
static int
read_commands(struct ir_loader *l, const struct json *v, struct ir_event *ev)
{
	const char *text = "", **kept;
	uint32_t hash = 0;
	int r = v != NULL ? json_text(&l->doc, v, &text) : 0;

	if (v == NULL || r != 0)
		return r;
	for (const char *p = text; *p != '\0'; p++)
		hash = hash * 31 + (uint8_t)*p;
	kept = &l->commands[hash & (IR_COMMANDS_KEPT - 1)];
	if (*kept == NULL || strcmp(*kept, text) != 0)
		*kept = arena_text(&l->ir->arena, text, strlen(text));
	ev->commands = *kept;
	return *kept != NULL ? 0 : ERR_NOMEM;
}

int
ir_read_event(struct ir_loader *l, struct ir_event *ev)
{
	const struct json *m[N_KEYS];
	int r = json_object(&l->doc, l->doc.root, line_keys, N_KEYS, m);

	if (r == 0)
		r = read_head(l, m, ev);
	if (r == 0)
		r = read_commands(l, m[K_CMD], ev);
	if (r == 0)
		r = read_data(l, m[K_DATA], ev);
	if (r == 0 && (ev->kind == IR_SEND || ev->kind == IR_RECV) && ev->size < 4)
		return fail(l, m[K_EV], "a message has at least the 4 bytes of its frame header");
	if (r == 0 && m[K_JOINED] != NULL)
		r = json_bool(&l->doc, m[K_JOINED], &ev->joined);
	if (r == 0)
		r = read_layers(l, m, ev);
	if (r == 0)
		r = read_cuts(l, m[K_CUTS], ev);
	if (r == 0)
		r = read_patches(l, m[K_PATCHES] != NULL ? m[K_PATCHES] : m[K_DEFS],
				 ev->kind == IR_RECV, ev);
	if (r == 0 && m[K_LOST] != NULL)
		r = json_uint(&l->doc, m[K_LOST], JSON_MAX_INT, &ev->lost);
	if (r == 0 && m[K_OF] != NULL) {
		r = json_uint(&l->doc, m[K_OF], IR_MAX_EVENTS, &ev->of);
		ev->of++;
	}
	if (r == 0)
		r = ir_read_marks(l, &m[K_LABEL], ev);
	return r == 0 ? read_sets(l, m, ev) : r;
}
