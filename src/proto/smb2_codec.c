/* The tables that smb2_def.h's lists become, and the loops that decode and encode by them. */
#include "config.h"

#include "proto/smb2_codec.h"

#define ROLE_INFO(name, compare, symbol) {#name, compare, symbol},
const struct smb2_role_info smb2_roles[SMB2_N_ROLES] = {SMB2_ROLES(ROLE_INFO)};

#define CONTENT_INFO(name, cut, element, symbols)                                                  \
	{#name, SMB2_CUT_##cut, SMB2_DEF_##element, SMB2_DIR_##symbols},
const struct smb2_content_info smb2_contents[SMB2_N_CONTENTS] = {SMB2_CONTENTS(CONTENT_INFO)};

/* Wire offsets are those of a struct of byte arrays, in the list's order. */
#define SHADOW(s, LIST, section, origin)                                                           \
	struct s##_wire {                                                                          \
		LIST(SMB2_SHADOW_F, SMB2_SHADOW_V, s) uint8_t end_;                                \
	};
SMB2_STRUCTS(SHADOW)
SMB2_HDRS(SHADOW)

#define REF(s, field)                                                                              \
	{                                                                                          \
		offsetof(struct s, field), sizeof(((struct s *)NULL)->field)                       \
	}
#define AT_OFF(s, field) .at = REF(s, field)
#define AT_OWNOFF(s, field) .at = REF(s, field), .at_own = true
#define AT_TAIL(s, field) .at = REF(s, field), .at_tail = true
#define AT_NEXT .at = {0, 0}
#define LEN_BYTES(s, field) .len = REF(s, field)
#define LEN_COUNT(s, field) .len = REF(s, field), .counted = true
#define LEN_REST .len = {0, 0}
#define LEN_ZERO .len = {0, 0}, .zero = true
#define LEN_WHOLE(s, field) .len = REF(s, field), .whole = true
#define LEN_SELF .len = {0, 0}, .self = true
#define SMB2_CONTENT_ASKED(line) SMB2_CONTENT_##line, .asked = true
#define SMB2_CONTENT_SELECT(s, line, field) SMB2_CONTENT_##line, .key = REF(s, field)

/* Constants by role and content, so that `symbols` of a structure is one too. */
#define ROLE_SYMBOL(name, compare, symbol) SYMBOL_##name = (symbol),
enum { SMB2_ROLES(ROLE_SYMBOL) };
#define CONTENT_SYMBOL(name, cut, element, symbols) HOLDS_##name = SMB2_DIR_##symbols != 0,
enum { SMB2_CONTENTS(CONTENT_SYMBOL) };
#define HOLDS_SELECT(s, line, field) HOLDS_##line
#define HOLDS_ASKED(line) HOLDS_##line

#define ROW(cs, s, k, n, r)                                                                        \
	{.name = #n,                                                                               \
	 .member = offsetof(struct cs, n),                                                         \
	 .wire = offsetof(struct s##_wire, n),                                                     \
	 .width = SMB2_WIDTH_##k,                                                                  \
	 .kind = SMB2_##k,                                                                         \
	 .role = SMB2_##r,                                                                         \
	 .symbol = SYMBOL_##r},
#define ROW_F(s, k, n, r) ROW(s, s, k, n, r)
#define ROW_V(s, n, where, much, what, r)                                                          \
	{.name = #n,                                                                               \
	 .member = offsetof(struct s, n),                                                          \
	 .kind = SMB2_VAR,                                                                         \
	 .role = SMB2_##r,                                                                         \
	 .content = SMB2_CONTENT_##what,                                                           \
	 .symbol = SYMBOL_##r || HOLDS_##what,                                                     \
	 AT_##where,                                                                               \
	 LEN_##much},
#define ROWS(s, LIST, section, origin)                                                             \
	static const struct smb2_row s##_rows[] = {LIST(ROW_F, ROW_V, s)};
SMB2_STRUCTS(ROWS)
#define ROW_HDR(s, k, n, r) ROW(smb2_hdr, s, k, n, r)
#define ROWS_HDR(s, LIST, section, origin)                                                         \
	static const struct smb2_row s##_rows[] = {LIST(ROW_HDR, ROW_V, s)};
SMB2_HDRS(ROWS_HDR)

#define SYMBOL_F(s, k, n, r) +SYMBOL_##r
#define SYMBOL_V(s, n, where, much, what, r) +SYMBOL_##r + HOLDS_##what
#define ONE_F(s, k, n, r) +1
#define NONE_V(s, n, where, much, what, r)
#define OWN_HEADER false
#define OWN_OWN true

#define DEF(cs, s, LIST, text, origin)                                                             \
	{                                                                                          \
		.name = #s, .section = text, .rows = s##_rows,                                     \
		.n_rows = sizeof(s##_rows) / sizeof(s##_rows[0]),                                  \
		.n_fixed = 0 LIST(ONE_F, NONE_V, s), .fixed = offsetof(struct s##_wire, end_),     \
		.size = sizeof(struct cs), .own_origin = OWN_##origin,                             \
		.symbols = (0 LIST(SYMBOL_F, SYMBOL_V, s)) != 0                                    \
	}
#define DEF_ENTRY(s, LIST, section, origin) DEF(s, s, LIST, section, origin),
const struct smb2_def smb2_defs[SMB2_N_DEFS] = {SMB2_STRUCTS(DEF_ENTRY)};
#define DEF_HDR(s, LIST, section, origin)                                                          \
	const struct smb2_def s = DEF(smb2_hdr, s, LIST, section, origin);
SMB2_HDRS(DEF_HDR)

/* The unsigned number in a member of a C struct. */
static uint64_t
ref_get(const void *in, struct smb2_ref ref)
{
	const uint8_t *m = (const uint8_t *)in + ref.member;
	uint64_t v64;
	uint32_t v32;
	uint16_t v16;

	switch (ref.width) {
	case 1:
		return *m;
	case 2:
		memcpy(&v16, m, sizeof(v16));
		return v16;
	case 4:
		memcpy(&v32, m, sizeof(v32));
		return v32;
	default:
		memcpy(&v64, m, sizeof(v64));
		return v64;
	}
}

static void
decode_fixed(const struct smb2_def *def, const uint8_t *wire, uint8_t *out)
{
	const struct smb2_row *row = def->rows, *end = row + def->n_fixed;

	for (; row < end; row++) {
		const uint8_t *p = wire + row->wire;
		uint8_t *m = out + row->member;
		uint64_t v64;
		uint32_t v32;
		uint16_t v16;

		switch (row->kind) {
		case SMB2_U8:
			*m = *p;
			break;
		case SMB2_U16:
			v16 = (uint16_t)wire_le(p, 2);
			memcpy(m, &v16, sizeof(v16));
			break;
		case SMB2_U32:
			v32 = (uint32_t)wire_le(p, 4);
			memcpy(m, &v32, sizeof(v32));
			break;
		case SMB2_U64:
			v64 = wire_le(p, 8);
			memcpy(m, &v64, sizeof(v64));
			break;
		case SMB2_BE16:
			v16 = (uint16_t)wire_be(p, 2);
			memcpy(m, &v16, sizeof(v16));
			break;
		case SMB2_BE24:
		case SMB2_BE32:
			v32 = (uint32_t)wire_be(p, row->width);
			memcpy(m, &v32, sizeof(v32));
			break;
		case SMB2_GUID:
		case SMB2_FID:
		case SMB2_B16:
			memcpy(m, p, 16);
			break;
		default:
			memcpy(m, p, row->width);
		}
	}
}

/*
 * The position in the origin where a V row of the struct at `pos` begins; `prev` is behind what
 * precedes it.
 */
static size_t
var_start(const struct smb2_def *def, const struct smb2_row *row, const void *in, size_t pos,
	  size_t prev)
{
	size_t base = def->own_origin || row->at_own ? pos : 0;
	uint64_t at;

	if (row->at_tail)
		base = pos + def->fixed;
	if (row->at.width == 0)
		return prev;
	at = ref_get(in, row->at);
	return at > SIZE_MAX - base ? SIZE_MAX : (size_t)at + base;
}

/*
 * The bytes that `count` elements, each aligned to `align` (a power of 2), take at the start of
 * `s`.
 */
static int
list_extent(const struct smb2_def *def, struct slice s, uint64_t count, size_t align, size_t *len)
{
	union smb2_any any;
	size_t pos = 0, end;
	int r;

	for (*len = 0; count > 0; count--) {
		if (pos > s.n)
			return ERR_MALFORMED;
		r = smb2_decode(def, slice_of(s.p + pos, s.n - pos), 0, &any, &end);
		if (r != 0)
			return ERR_MALFORMED;
		*len = pos + end;
		pos = (*len + align - 1) & ~(align - 1);
	}
	return 0;
}

/* The bytes that `count` elements of the row's content take at the start of `s`. */
static int
counted_extent(const struct smb2_row *row, struct slice s, uint64_t count, size_t *len)
{
	const struct smb2_content_info *c = &smb2_contents[row->content];
	const struct smb2_def *def;
	uint64_t width;

	if (c->cut == SMB2_CUT_U16S || c->cut == SMB2_CUT_U32S) {
		width = c->cut == SMB2_CUT_U16S ? 2 : 4;
	} else {
		def = &smb2_defs[c->element];
		if (c->cut == SMB2_CUT_LIST8 || def->n_rows > def->n_fixed)
			return list_extent(def, s, count, c->cut == SMB2_CUT_LIST8 ? 8 : 1, len);
		width = def->fixed;
	}
	if (count > s.n / width)
		return ERR_MALFORMED;
	*len = (size_t)(count * width);
	return 0;
}

/* The bytes of a V row in `s`, which begins where the row does, `before` behind the structure's
 * start. */
static int
var_extent(const struct smb2_row *row, const void *in, struct slice s, size_t before, size_t *len)
{
	const uint8_t *zero;
	uint64_t v;

	if (row->zero) {
		zero = s.n > 0 ? memchr(s.p, 0, s.n) : NULL;
		*len = zero != NULL ? (size_t)(zero - s.p) + 1 : 0;
		return zero != NULL ? 0 : ERR_MALFORMED;
	}
	if (row->self)
		return list_extent(&smb2_defs[smb2_contents[row->content].element], s, 1, 1, len);
	if (row->len.width == 0) {
		*len = s.n;
		return 0;
	}
	v = ref_get(in, row->len);
	if (row->whole && v < before)
		return ERR_MALFORMED;
	if (row->whole)
		v -= before;
	if (row->counted)
		return counted_extent(row, s, v, len);
	*len = (size_t)v;
	return v > s.n ? ERR_MALFORMED : 0;
}

/* May a V row have bytes? Otherwise its offset means nothing. */
static bool
is_there(const struct smb2_row *row, const void *in)
{
	if (row->self && row->at.width > 0)
		return ref_get(in, row->at) != 0;
	return row->len.width == 0 || row->whole || ref_get(in, row->len) > 0;
}

static int
decode_vars(const struct smb2_def *def, struct slice origin, size_t pos, void *out, size_t *end)
{
	size_t prev = pos + def->fixed, last = prev;

	for (const struct smb2_row *row = def->rows + def->n_fixed; row < def->rows + def->n_rows;
	     row++) {
		struct slice s = {0};
		size_t start, len = 0;
		int r = 0;

		if (is_there(row, out)) {
			start = var_start(def, row, out, pos, prev);
			if (start > origin.n)
				return ERR_MALFORMED;
			s = slice_of(origin.p + start, origin.n - start);
			r = var_extent(row, out, s, start - pos, &len);
		}
		if (r != 0)
			return r;
		s = len > 0 ? slice_of(s.p, len) : (struct slice){0};
		memcpy((uint8_t *)out + row->member, &s, sizeof(s));
		if (len > 0)
			prev = (size_t)(s.p - origin.p) + len;
		if (prev > last)
			last = prev;
	}
	if (end != NULL)
		*end = last;
	return 0;
}

int
smb2_decode(const struct smb2_def *def, struct slice origin, size_t pos, void *out, size_t *end)
{
	if (pos > origin.n || def->fixed > origin.n - pos)
		return ERR_TRUNCATED;
	if (def->fixed > 0)
		decode_fixed(def, origin.p + pos, out);
	return decode_vars(def, origin, pos, out, end);
}

static void
encode_fixed(const struct smb2_def *def, const void *in, uint8_t *wire)
{
	for (const struct smb2_row *row = def->rows; row < def->rows + def->n_fixed; row++) {
		uint8_t *p = wire + row->wire;

		switch (row->kind) {
		case SMB2_U8:
		case SMB2_U16:
		case SMB2_U32:
		case SMB2_U64:
			wire_put_le(p, row->width, smb2_get(row, in));
			break;
		case SMB2_BE16:
		case SMB2_BE24:
		case SMB2_BE32:
			wire_put_be(p, row->width, smb2_get(row, in));
			break;
		default:
			memcpy(p, (const uint8_t *)in + row->member, row->width);
		}
	}
}

int
smb2_encode(const struct smb2_def *def, const void *in, size_t pos, uint8_t *out, uint8_t *covered,
	    size_t n)
{
	size_t prev;

	if (pos > n || def->fixed > n - pos)
		return ERR_LIMIT;
	encode_fixed(def, in, out + pos);
	if (covered != NULL)
		memset(covered + pos, 1, def->fixed);
	prev = pos + def->fixed;
	for (const struct smb2_row *row = def->rows + def->n_fixed; row < def->rows + def->n_rows;
	     row++) {
		struct slice s = smb2_get_bytes(row, in);
		size_t start = var_start(def, row, in, pos, prev);

		if (s.n == 0)
			continue;
		if (start > n || s.n > n - start)
			return ERR_LIMIT;
		memcpy(out + start, s.p, s.n);
		if (covered != NULL)
			memset(covered + start, 1, s.n);
		prev = start + s.n;
	}
	return 0;
}

uint64_t
smb2_get(const struct smb2_row *row, const void *in)
{
	switch (row->kind) {
	case SMB2_U8:
	case SMB2_U16:
	case SMB2_U32:
	case SMB2_U64:
	case SMB2_BE16:
	case SMB2_BE32:
		return ref_get(in, (struct smb2_ref){row->member, row->width});
	case SMB2_BE24:
		return ref_get(in, (struct smb2_ref){row->member, sizeof(uint32_t)});
	default:
		return 0;
	}
}

struct slice
smb2_get_bytes(const struct smb2_row *row, const void *in)
{
	const uint8_t *m = (const uint8_t *)in + row->member;
	struct slice s;

	if (row->kind < SMB2_GUID)
		return (struct slice){0};
	if (row->kind != SMB2_VAR)
		return slice_of(m, row->width);
	memcpy(&s, m, sizeof(s));
	return s;
}

const struct smb2_row *
smb2_row_find(const struct smb2_def *def, const char *name)
{
	for (size_t i = 0; i < def->n_rows; i++)
		if (strcmp(def->rows[i].name, name) == 0)
			return &def->rows[i];
	return NULL;
}
