/* One structure of a hand-written message, by the rows of its list. */
#include "config.h"

#include "ir/hand_int.h"

#define MOST_BYTES ((size_t)1 << 20) /* more than any structure has */

/* A structure that is being appended. */
struct place {
	const struct smb2_def *def;
	const struct hand_fields *given, *defaults;
	size_t pos;  /* of it in the message */
	size_t base; /* what its offsets count from */
};

static int put_var(struct hand_build *b, const struct place *at, const struct smb2_row *row);

/* Does the member stand for a row? */
static bool
has_row(const struct smb2_def *def, const struct hand_fields *f, const struct json *m)
{
	size_t n = strlen(f->prefix);

	return f->partial || strncmp(json_name(m), f->prefix, n) != 0 ||
	       smb2_row_find(def, json_name(m) + n) != NULL;
}

bool
hand_fits(const struct smb2_def *def, const struct hand_fields *f, const struct json **odd)
{
	const struct json *m = f->object != NULL ? json_first(f->object) : NULL;

	while (m != NULL && has_row(def, f, m))
		m = json_next(m);
	*odd = m;
	return m == NULL;
}

/* The same member twice: one of them would be lost. */
static int
check_members(const struct hand_fields *f)
{
	for (const struct json *m = f->object != NULL ? json_first(f->object) : NULL; m != NULL;
	     m = json_next(m))
		for (const struct json *o = json_first(f->object); o != m; o = json_next(o))
			if (strcmp(json_name(o), json_name(m)) == 0)
				return hand_fail(f->doc, m, "stands twice");
	return 0;
}

/* The value of a row: as given, else by default; `*f` is where it stands. */
static const struct json *
value_of(const struct place *at, const char *name, const struct hand_fields **f)
{
	const struct json *v = hand_find(at->given, name);

	*f = at->given;
	if (v != NULL)
		return v;
	*f = at->defaults;
	return hand_find(at->defaults, name);
}

static int
put_row(struct hand_build *b, const struct place *at, const struct smb2_row *row)
{
	size_t pos = at->pos + row->wire;
	const struct hand_fields *f;
	const struct json *v = value_of(at, row->name, &f);

	if (v != NULL)
		return hand_put_fixed(b, row, pos, f->doc, v);
	if (strcmp(row->name, "structure_size") == 0 && row->role == SMB2_FIXED)
		wire_put_le(b->out->p + pos, row->width, at->def->fixed);
	return 0;
}

/* Write what a V row comes to into the F row that `ref` names, unless that was given. */
static int
put_ref(struct hand_build *b, const struct place *at, struct smb2_ref ref, uint64_t v)
{
	for (size_t i = 0; ref.width > 0 && i < at->def->n_fixed; i++) {
		const struct smb2_row *row = &at->def->rows[i];

		if (row->member != ref.member)
			continue;
		if (row->width < 8 && v >> (8 * row->width) != 0)
			return hand_fail(at->given->doc, at->given->object, "%s cannot hold %llu",
					 row->name, (unsigned long long)v);
		wire_put_le(b->out->p + at->pos + row->wire, row->width, v);
	}
	return 0;
}

static void
align(struct buf *out, size_t base)
{
	buf_zero(out, (8 - ((out->n - base) & 7)) & 7);
}

/* The least structure that a key selects and that has all the members; NULL: none. */
static const struct smb2_def *
select_struct(const struct hand_build *b, const struct place *at, const struct smb2_row *row,
	      const struct hand_fields *f)
{
	struct slice all = slice_of(b->out->p + at->base, b->out->n - at->base);
	struct slice room = slice_of(b->out->p, MOST_BYTES);
	const struct smb2_def *def, *best = NULL;
	struct smb2_view view = {.response = b->response, .opened = true};
	const struct json *odd;
	union smb2_any any;

	if (smb2_contents[row->content].element != SMB2_DEF_SELECT)
		return &smb2_defs[smb2_contents[row->content].element];
	if (smb2_decode(at->def, all, at->pos - at->base, &any, NULL) != 0)
		return NULL;
	view.asked = smb2_body_asks(at->def, &any);
	/* Only the length of `room` is looked at. */
	for (;;) {
		memcpy((uint8_t *)&any + row->member, &room, sizeof(room));
		def = smb2_select_in(row, &any, view);
		if (def == NULL)
			return best;
		best = hand_fits(def, f, &odd) ? def : best;
		if (def->fixed == 0)
			return best;
		room.n = def->fixed - 1u;
	}
}

static int
put_element(struct hand_build *b, const struct place *at, const struct smb2_row *row,
	    const struct hand_fields *f)
{
	const struct hand_fields none = {.doc = f->doc, .prefix = ""};
	const struct smb2_def *def;
	int r = json_need_object(f->doc, f->object);

	if (r != 0)
		return r;
	def = select_struct(b, at, row, f);
	if (def == NULL)
		return hand_fail(f->doc, f->object,
				 "no structure is known that has these fields; write its bytes");
	return hand_put_struct(b, def, f, &none);
}

/* The elements of an array, each aligned as the row's content says. */
static int
put_elements(struct hand_build *b, const struct place *at, const struct smb2_row *row,
	     const struct hand_fields *list, size_t *count)
{
	enum smb2_cut cut = smb2_contents[row->content].cut;
	struct hand_fields f = {.doc = list->doc, .prefix = ""};
	int r = json_need_array(list->doc, list->object);

	for (f.object = r == 0 ? json_first(list->object) : NULL; r == 0 && f.object != NULL;
	     (*count)++) {
		const struct json *next = json_next(f.object);
		size_t start = b->out->n;

		r = put_element(b, at, row, &f);
		if (r == 0 && next != NULL && cut != SMB2_CUT_ARRAY)
			align(b->out, at->base);
		if (r == 0 && b->out->err != 0)
			return b->out->err;
		/* What links elements is their first field. */
		if (r == 0 && next != NULL && cut == SMB2_CUT_NEXT && hand_find(&f, "next") == NULL)
			wire_put_le(b->out->p + start, 4, b->out->n - start);
		f.object = next;
	}
	return r;
}

/* A part that ends with the whole structure: empty at first, so that the structure can be decoded.
 */
static int
put_whole(struct hand_build *b, const struct place *at)
{
	int r = 0;

	for (size_t i = at->def->n_fixed; r == 0 && i < at->def->n_rows; i++)
		if (at->def->rows[i].whole)
			r = put_ref(b, at, at->def->rows[i].len, at->def->fixed);
	return r;
}

static int
put_content(struct hand_build *b, const struct place *at, const struct smb2_row *row, size_t *count)
{
	const struct hand_fields *f;
	const struct json *v = value_of(at, row->name, &f);
	struct hand_fields in;

	if (v == NULL)
		return 0;
	in = (struct hand_fields){.doc = f->doc, .object = v, .prefix = ""};
	if (hand_is_bytes(v))
		return hand_put_bytes(b, f->doc, v);
	switch (smb2_contents[row->content].cut) {
	case SMB2_CUT_ONE:
		if (!json_is_text(v))
			return put_element(b, at, row, &in);
		break;
	case SMB2_CUT_ARRAY:
	case SMB2_CUT_NEXT:
	case SMB2_CUT_LIST8:
		return put_elements(b, at, row, &in, count);
	case SMB2_CUT_NONE:
	case SMB2_CUT_TEXT:
	case SMB2_CUT_U16S:
	case SMB2_CUT_U32S:
	case SMB2_CUT_SID:
		break;
	}
	return hand_put_plain(b, at->def, row, f->doc, v, count);
}

/* What is located by an offset lies at a multiple of 8, but for what follows the fixed part. */
static int
put_var(struct hand_build *b, const struct place *at, const struct smb2_row *row)
{
	bool first = row == &at->def->rows[at->def->n_fixed];
	size_t before = b->out->n, start, base = row->at_own ? at->pos : at->base, count = 0;
	size_t from;
	int r;

	if (row->at_tail)
		base = at->pos + at->def->fixed;
	else if (row->at.width > 0 && !first)
		align(b->out, at->base);
	start = b->out->n;
	r = put_content(b, at, row, &count);
	if (r == 0 && row->zero)
		buf_zero(b->out, 1);
	if (r == 0)
		r = b->out->err;
	if (r == 0 && b->out->n > IR_MAX_BYTES)
		return hand_fail(at->given->doc, at->given->object, "the message gets too long");
	if (r == 0 && b->out->n == start && !row->whole && (!first || row->self)) {
		b->out->n = before;
		return 0;
	}
	if (r == 0)
		r = put_ref(b, at, row->at, start - base);
	from = row->whole ? at->pos : start;
	return r == 0 ? put_ref(b, at, row->len, row->counted ? count : b->out->n - from) : r;
}

/* What a hand says of lengths and offsets holds, right or wrong. */
static int
put_given_layout(struct hand_build *b, const struct place *at)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < at->def->n_fixed; i++) {
		const struct smb2_row *row = &at->def->rows[i];
		const struct json *v = hand_find(at->given, row->name);

		if (v != NULL && (row->role == SMB2_LAYOUT || row->role == SMB2_COUNT))
			r = hand_put_fixed(b, row, at->pos + row->wire, at->given->doc, v);
	}
	return r;
}

int
hand_put_struct(struct hand_build *b, const struct smb2_def *def, const struct hand_fields *given,
		const struct hand_fields *defaults)
{
	struct place at = {.def = def, .given = given, .defaults = defaults, .pos = b->out->n};
	const struct json *odd;
	int r = 0;

	at.base = def->own_origin ? at.pos : b->pdu;
	if (!hand_fits(def, given, &odd))
		return hand_fail(given->doc, odd, "no such field in %s", def->name);
	r = check_members(given);
	buf_zero(b->out, def->fixed);
	if (r == 0)
		r = b->out->err;
	if (r == 0)
		r = put_whole(b, &at);
	for (size_t i = 0; r == 0 && i < def->n_rows; i++)
		r = i < def->n_fixed ? put_row(b, &at, &def->rows[i])
				     : put_var(b, &at, &def->rows[i]);
	return r == 0 ? put_given_layout(b, &at) : r;
}
