/* The structures in a V row, and which structure a key selects. */
#include "config.h"

#include "proto/smb2_elems.h"
#include "proto/smb2_pdu.h"

/*
 * A number is {0, 0, it}; a byte string of up to 16 bytes {its length, first 8, rest}, big-endian.
 */
struct key {
	size_t n;
	uint64_t hi, lo;
};

struct select {
	uint8_t content, dirs;
	uint16_t def;
	struct key key;
};
_Static_assert(SMB2_N_CONTENTS < 256, "struct select keeps a content's index in a byte");

#define KEY_NUM(v)                                                                                 \
	{                                                                                          \
		0, 0, v                                                                            \
	}
#define KEY_TAG(a, b, c, d)                                                                        \
	{                                                                                          \
		4, 0,                                                                              \
			(uint64_t)(a) << 24 | (uint64_t)(b) << 16 | (uint64_t)(c) << 8 |           \
				(uint64_t)(d)                                                      \
	}
#define KEY_BIN16(hi, lo)                                                                          \
	{                                                                                          \
		16, hi, lo                                                                         \
	}
#define KEY_ASKED(v)                                                                               \
	{                                                                                          \
		0, 0, v                                                                            \
	}
#define KEY_FILE(class) KEY_ASKED(SMB2_ASKED_FILE(class))
#define KEY_FS(class) KEY_ASKED(SMB2_ASKED_FS(class))
#define KEY_SECURITY KEY_ASKED(SMB2_ASKED_SECURITY)
#define KEY_QUOTA KEY_ASKED(SMB2_ASKED_QUOTA)
#define KEY_CHANGES KEY_ASKED(SMB2_ASKED_CHANGES)
#define SELECT_ENTRY(content, dirs, key, s)                                                        \
	{SMB2_CONTENT_##content, SMB2_DIR_##dirs, SMB2_DEF_##s, KEY_##key},
static const struct select selects[] = {SMB2_SELECTS(SELECT_ENTRY)};

static struct key
key_of(const struct smb2_row *row, const void *in)
{
	const uint8_t *m = (const uint8_t *)in + row->key.member;
	struct key k = {0};
	struct slice s;
	uint32_t v32;
	uint16_t v16;

	if (row->key.width == 1) {
		k.lo = *m;
	} else if (row->key.width == sizeof(v16)) {
		memcpy(&v16, m, sizeof(v16));
		k.lo = v16;
	} else if (row->key.width == sizeof(v32)) {
		memcpy(&v32, m, sizeof(v32));
		k.lo = v32;
	} else {
		memcpy(&s, m, sizeof(s));
		k.n = s.n;
		if (s.n == 16)
			k.hi = wire_be(s.p, 8);
		if (s.n == 16 || (s.n > 0 && s.n <= 8))
			k.lo = wire_be(s.p + s.n - (s.n == 16 ? 8 : s.n), s.n == 16 ? 8 : s.n);
	}
	return k;
}

static const struct smb2_def *
select_by_key(const struct smb2_row *row, const void *in, struct smb2_view view)
{
	unsigned dir = view.response ? SMB2_DIR_RESPONSE : SMB2_DIR_REQUEST;
	struct key k = row->asked ? (struct key){.lo = view.asked} : key_of(row, in);
	size_t n = smb2_get_bytes(row, in).n;
	const struct select *s = selects, *end = s + sizeof(selects) / sizeof(selects[0]);
	const struct smb2_def *best = NULL;

	while (s < end && s->content != row->content)
		s++;
	for (; s < end && s->content == row->content; s++) {
		const struct smb2_def *def = &smb2_defs[s->def];

		if (s->key.lo != k.lo || s->key.hi != k.hi || s->key.n != k.n ||
		    (s->dirs & dir) == 0 || ((s->dirs & SMB2_DIR_OPENED) != 0 && !view.opened))
			continue;
		if (def->fixed <= n && (best == NULL || def->fixed > best->fixed))
			best = def;
	}
	return best;
}

const struct smb2_def *
smb2_select_in(const struct smb2_row *row, const void *in, struct smb2_view view)
{
	enum smb2_def_id id = smb2_contents[row->content].element;

	if (id == SMB2_DEF_SELECT)
		return select_by_key(row, in, view);
	return id == SMB2_DEF_NONE ? NULL : &smb2_defs[id];
}

const struct smb2_def *
smb2_select(const struct smb2_row *row, const void *in, bool response)
{
	return smb2_select_in(row, in, (struct smb2_view){.response = response});
}

struct smb2_elems
smb2_elems_init(const struct smb2_row *row, const void *in, bool response)
{
	return smb2_elems_view(row, in, (struct smb2_view){.response = response});
}

struct smb2_elems
smb2_elems_view(const struct smb2_row *row, const void *in, struct smb2_view view)
{
	struct slice s = smb2_get_bytes(row, in);

	return (struct smb2_elems){.def = s.n > 0 ? smb2_select_in(row, in, view) : NULL,
				   .cut = smb2_contents[row->content].cut,
				   .all = s};
}

/*
 * The bytes of a linked element: to the next one, or to the end; empty where `next` points nowhere.
 */
static struct slice
linked(const struct smb2_elems *it, const struct smb2_elem *e, struct slice left)
{
	uint64_t next = smb2_get(&it->def->rows[0], &e->any);

	if (next == 0)
		return left;
	if (next > left.n)
		return (struct slice){0};
	return slice_of(left.p, (size_t)next);
}

bool
smb2_elems_next(struct smb2_elems *it, struct smb2_elem *out)
{
	bool one = it->cut == SMB2_CUT_ONE || it->cut == SMB2_CUT_SID;
	struct slice left;
	size_t end;

	if (it->done || it->pos == it->all.n || it->def == NULL)
		return false;
	left = slice_of(it->all.p + it->pos, it->all.n - it->pos);
	it->done = true;
	if (smb2_decode(it->def, left, 0, &out->any, &end) != 0 || end == 0)
		return false;
	out->bytes = slice_of(left.p, end);
	if (it->cut == SMB2_CUT_NEXT) {
		out->bytes = linked(it, out, left);
		/* Within its own bytes it must be whole: a link into itself ends the list. */
		if (out->bytes.n == 0 || (end > out->bytes.n && smb2_decode(it->def, out->bytes, 0,
									    &out->any, NULL) != 0))
			return false;
	} else if (one) {
		out->bytes = left;
	}
	out->index = one ? -1 : it->index++;
	it->pos += out->bytes.n;
	if (it->cut == SMB2_CUT_LIST8) {
		end = (it->pos + 7) & ~(size_t)7;
		it->pos = end < it->all.n ? end : it->all.n;
	}
	/* The last of a chain takes what is left: nothing follows it. */
	it->done = one;
	return true;
}

bool
smb2_is_padding(struct slice s)
{
	static const uint8_t zeros[8] = {0};

	return s.n <= sizeof(zeros) && memcmp(s.n > 0 ? s.p : zeros, zeros, s.n) == 0;
}
