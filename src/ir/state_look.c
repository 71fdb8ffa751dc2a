/* What answers show of files: QUERY_INFO, QUERY_DIRECTORY, READ. */
#include "config.h"

#include "ir/state_int.h"

#include <xxhash.h>

#include "proto/ntstatus.h"
#include "proto/smb2_elems.h"

#define HASHED ((size_t)1024) /* bytes of a READ that are compared with what another one showed */

void
state_note_facts(struct state_object *o, const struct state_facts *f)
{
	if (!state_is_first(o))
		return;
	for (size_t i = 0; i < STATE_N_TIMES; i++)
		if ((o->touched & STATE_TOUCHED_TIMES) == 0 && o->times[i] == 0)
			o->times[i] = f->times[i];
	if ((o->touched & STATE_TOUCHED_ATTRIBUTES) == 0 && o->attributes == 0)
		o->attributes = f->attributes;
	if ((o->touched & STATE_TOUCHED_REPARSE) == 0 && (f->attributes & STATE_ATTR_REPARSE) != 0)
		o->has_reparse = true;
}

/* ---- QUERY_INFO ---- */

static void
note_attributes(struct state_object *o, uint32_t attributes, uint64_t event)
{
	const struct state_facts f = {.attributes = attributes, .event = event};

	state_note_facts(o, &f);
}

/* The four times of a structure that begins with them (FSCC_TIMES), and its attributes. */
#define NOTE_FACTS(o, s, m)                                                                        \
	do {                                                                                       \
		const struct state_facts f_ = {{(s).creation_time, (s).last_access_time,           \
						(s).last_write_time, (s).change_time},             \
					       (s).file_attributes,                                \
					       (m)->event};                                        \
		state_note_facts((o), &f_);                                                        \
	} while (0)

static void
note_standard(const struct state_target *t, uint64_t size, bool directory, uint64_t event)
{
	if (t->stream == NULL)
		state_is(t->object, directory ? STATE_DIRECTORY : STATE_FILE, event);
	if (!directory)
		state_sized(t->object, state_stuff_of(t), size, true, event);
}

static void
note_ea_size(struct state_object *o, uint32_t size)
{
	if ((o->touched & STATE_TOUCHED_EAS) == 0 && size > 0)
		o->has_eas = true;
}

/* ":name:$DATA"; the main stream has no name. */
static struct slice
stream_name(struct slice s)
{
	size_t end = 2;

	if (s.n < 2 || wire_le(s.p, 2) != ':')
		return (struct slice){0};
	while (end + 1 < s.n && wire_le(s.p + end, 2) != ':')
		end += 2;
	return slice_of(s.p + 2, end - 2);
}

static int
note_streams(struct state_feed *f, struct state_object *o, struct smb2_elems it, uint64_t event)
{
	struct smb2_elem e;
	int r = 0;

	while (r == 0 && (o->touched & STATE_TOUCHED_STREAMS) == 0 && smb2_elems_next(&it, &e)) {
		const struct fscc_stream *s = &e.any.fscc_stream;
		struct slice name = stream_name(s->stream_name);
		struct state_node_stream *stream;

		if (name.n == 0) {
			state_sized(o, &o->stuff, s->stream_size, true, event);
			continue;
		}
		r = state_stream_of(state_feed_tree(f), o, name, &stream);
		if (r == 0 && stream != NULL && !stream->absent)
			state_sized(o, &stream->stuff, s->stream_size, true, event);
	}
	return r;
}

static int
note_eas(struct state_feed *f, struct state_object *o, struct smb2_elems it)
{
	struct smb2_elem e;
	int r = 0;

	while (r == 0 && (o->touched & STATE_TOUCHED_EAS) == 0 && smb2_elems_next(&it, &e)) {
		const struct smb2_ea *x = &e.any.smb2_ea;
		struct state_ea ea = {.flags = x->flags,
				      .name = slice_sub(x->ea_name, 0, x->ea_name_length),
				      .value = x->ea_value};

		/* One that was asked for by its name and is not there has no value. */
		if (ea.name.n > 0 && ea.value.n > 0)
			r = state_set_ea(state_feed_tree(f), o, &ea);
	}
	return r;
}

static int
note_file(struct state_feed *f, const struct state_target *t, const struct smb2_def *def,
	  const union smb2_any *any, uint64_t event)
{
	struct state_object *o = t->object;
	const struct state_message m = {.event = event};

	if (def == &smb2_defs[SMB2_DEF_fscc_basic]) {
		NOTE_FACTS(o, any->fscc_basic, &m);
	} else if (def == &smb2_defs[SMB2_DEF_fscc_standard]) {
		note_standard(t, any->fscc_standard.end_of_file, any->fscc_standard.directory != 0,
			      event);
	} else if (def == &smb2_defs[SMB2_DEF_fscc_all]) {
		NOTE_FACTS(o, any->fscc_all, &m);
		note_standard(t, any->fscc_all.end_of_file, any->fscc_all.directory != 0, event);
		note_ea_size(o, any->fscc_all.ea_size);
	} else if (def == &smb2_defs[SMB2_DEF_fscc_network_open]) {
		NOTE_FACTS(o, any->fscc_network_open, &m);
		note_standard(t, any->fscc_network_open.end_of_file,
			      (any->fscc_network_open.file_attributes & STATE_ATTR_DIRECTORY) != 0,
			      event);
	} else if (def == &smb2_defs[SMB2_DEF_fscc_attribute_tag]) {
		note_attributes(o, any->fscc_attribute_tag.file_attributes, event);
	} else if (def == &smb2_defs[SMB2_DEF_fscc_ea_size]) {
		note_ea_size(o, any->fscc_ea_size.ea_size);
	} else if (def == &smb2_defs[SMB2_DEF_fscc_stream_list]) {
		return note_streams(f, o, smb2_elems_init(smb2_row_find(def, "streams"), any, true),
				    event);
	} else if (def == &smb2_defs[SMB2_DEF_fscc_full_ea_list]) {
		return note_eas(
			f, o,
			smb2_elems_init(smb2_row_find(def, "extended_attributes"), any, true));
	}
	return 0;
}

/* A descriptor with at least the parts that one before it had. */
static int
note_security(struct state_feed *f, struct state_object *o, const struct smb2_pdu *request,
	      struct slice bytes)
{
	uint32_t parts = request->body.smb2_query_info_req.additional_information;
	struct state_extra *x;

	if ((o->touched & STATE_TOUCHED_SECURITY) != 0 || bytes.n == 0 || bytes.n > STATE_MAX_EXTRA)
		return 0;
	x = state_extra_of(state_feed_tree(f), o);
	if (x == NULL)
		return ERR_NOMEM;
	if (x->security.n > 0 && ((x->security_parts & ~parts) != 0 || x->security_parts == parts))
		return 0;
	x->security_parts = parts;
	return state_keep(state_feed_tree(f), bytes, &x->security);
}

int
state_told(struct state_feed *f, const struct state_asked *q, const struct state_answer *a)
{
	const struct smb2_pdu *pdu = a->pdu;
	struct state_object *o = q->target.object;
	const struct smb2_row *row;
	struct smb2_elems it;
	struct smb2_elem e;

	if (pdu->body_def != &smb2_defs[SMB2_DEF_smb2_query_info_resp] || !state_is_first(o) ||
	    q->request->body_def != &smb2_defs[SMB2_DEF_smb2_query_info_req])
		return 0;
	if (pdu->asked == SMB2_ASKED_SECURITY)
		return pdu->h.status == STATUS_SUCCESS && q->target.stream == NULL
			       ? note_security(f, o, q->request,
					       pdu->body.smb2_query_info_resp.output_buffer)
			       : 0;
	if ((pdu->asked & 0xff00) != SMB2_ASKED_FILE(0))
		return 0;
	row = smb2_row_find(pdu->body_def, "output_buffer");
	it = smb2_elems_view(row, &pdu->body, smb2_pdu_view(pdu));
	if (it.def == NULL || !smb2_elems_next(&it, &e))
		return 0;
	return note_file(f, &q->target, it.def, &e.any, a->m->event);
}

/* ---- QUERY_DIRECTORY ---- */

/* Where the entries of a class have what is asked of them; NULL: nowhere. */
struct columns {
	const struct smb2_row *times[STATE_N_TIMES], *size, *attributes, *ea_size, *tag, *name;
};

static struct columns
columns_of(const struct smb2_def *def)
{
	static const char *const times[STATE_N_TIMES] = {"creation_time", "last_access_time",
							 "last_write_time", "change_time"};
	struct columns c = {.size = smb2_row_find(def, "end_of_file"),
			    .attributes = smb2_row_find(def, "file_attributes"),
			    .ea_size = smb2_row_find(def, "ea_size"),
			    .tag = smb2_row_find(def, "reparse_point_tag"),
			    .name = smb2_row_find(def, "file_name")};

	for (size_t i = 0; i < STATE_N_TIMES; i++)
		c.times[i] = smb2_row_find(def, times[i]);
	return c;
}

static uint64_t
number(const struct smb2_row *row, const union smb2_any *any)
{
	return row != NULL ? smb2_get(row, any) : 0;
}

/* What an entry says of the file beside its name. EaSize is the reparse tag of those that have one,
 * MS-FSCC 2.4.8. */
static void
note_entry(struct state_object *o, const struct columns *c, const union smb2_any *any, bool apple,
	   uint64_t event)
{
	struct state_facts f = {.attributes = (uint32_t)number(c->attributes, any), .event = event};
	uint32_t ea_size = (uint32_t)number(c->ea_size, any);
	bool directory = (f.attributes & STATE_ATTR_DIRECTORY) != 0;

	if (c->attributes == NULL)
		return;
	for (size_t i = 0; i < STATE_N_TIMES; i++)
		f.times[i] = number(c->times[i], any);
	state_is(o, directory ? STATE_DIRECTORY : STATE_FILE, event);
	if (!state_is_first(o))
		return;
	state_note_facts(o, &f);
	if (!directory)
		state_sized(o, &o->stuff, number(c->size, any), false, event);
	if ((f.attributes & STATE_ATTR_REPARSE) != 0 && o->reparse_tag == 0 &&
	    (o->touched & STATE_TOUCHED_REPARSE) == 0)
		o->reparse_tag = c->tag != NULL ? (uint32_t)number(c->tag, any) : ea_size;
	else if (!apple)
		note_ea_size(o, ea_size);
}

static bool
is_dots(struct slice name, size_t n)
{
	return name.n == n * 2 && wire_le(name.p, 2) == '.' &&
	       wire_le(name.p + (n - 1) * 2, 2) == '.';
}

static int
list_entry(struct state_feed *f, const struct state_asked *q, const struct columns *c,
	   const union smb2_any *any, const struct state_message *m)
{
	struct slice name = smb2_get_bytes(c->name, any);
	struct state_object *o = q->target.object;
	struct state_slot *s;
	int r = 0;

	if (name.n < 2 || is_dots(name, 2))
		return 0;
	if (!is_dots(name, 1)) {
		r = state_slot(state_feed_tree(f), o, name, &s);
		if (r != 0 || s == NULL)
			return r;
		/* A listing has the name as it is, others as a client likes. */
		memcpy(s->name, name.p, (size_t)s->units * 2);
		r = state_sight(state_feed_tree(f), s, STATE_BY_LISTED, m->event, &o);
	}
	if (r == 0)
		note_entry(o, c, any, state_is_apple(f, m->conn), m->event);
	return r;
}

/* A name without wildcards, MS-FSCC 2.1.4.3. */
static bool
is_literal(struct slice pattern)
{
	for (size_t i = 0; i + 1 < pattern.n; i += 2) {
		uint64_t c = wire_le(pattern.p + i, 2);

		if (c < 0x80 && strchr("*?<>\"\\/", (int)c) != NULL)
			return false;
	}
	return pattern.n >= 2;
}

/* The one name that was looked for is not there. */
static int
not_listed(struct state_feed *f, const struct state_asked *q, uint64_t event)
{
	struct slice pattern = q->request->body.smb2_query_directory_req.file_name;
	struct state_slot *s;
	int r;

	if (!is_literal(pattern))
		return 0;
	r = state_slot(state_feed_tree(f), q->target.object, pattern, &s);
	if (r == 0 && s != NULL)
		state_absent(s, STATE_BY_UNLISTED, event);
	return r;
}

int
state_listed(struct state_feed *f, const struct state_asked *q, const struct state_answer *a)
{
	const struct smb2_pdu *pdu = a->pdu;
	const struct smb2_row *row;
	struct smb2_elems it;
	struct smb2_elem list, e;
	struct columns c;
	int r = 0;

	if (q->request->body_def != &smb2_defs[SMB2_DEF_smb2_query_directory_req])
		return 0;
	if (pdu->h.status == (uint32_t)STATUS_NO_SUCH_FILE)
		return not_listed(f, q, a->m->event);
	if (pdu->body_def != &smb2_defs[SMB2_DEF_smb2_query_directory_resp])
		return 0;
	it = smb2_elems_view(smb2_row_find(pdu->body_def, "output_buffer"), &pdu->body,
			     smb2_pdu_view(pdu));
	if (it.def == NULL || !smb2_elems_next(&it, &list))
		return 0;
	row = smb2_row_find(it.def, "entries");
	if (row == NULL)
		return 0;
	it = smb2_elems_init(row, &list.any, true);
	c = columns_of(it.def);
	state_is(q->target.object, STATE_DIRECTORY, a->m->event);
	while (r == 0 && c.name != NULL && smb2_elems_next(&it, &e))
		r = list_entry(f, q, &c, &e.any, a->m);
	return r;
}

/* ---- READ ---- */

/* The bytes of the message from `off` on, as they lie in data.bin. */
static int
add_pieces(struct state_feed *f, const struct state_asked *q, const struct state_message *m,
	   size_t off, struct slice data)
{
	struct span x = {.off = q->off};
	size_t before = 0, left = data.n;
	int r = 0;

	if (data.n > UINT64_MAX - q->off)
		return 0;
	for (size_t i = 0; r == 0 && left > 0 && i < m->n_extents; i++) {
		const struct ir_extent *p = &m->extents[i];

		if (off < before + p->len) {
			size_t skip = off - before;

			x.len = p->len - skip < left ? p->len - skip : left;
			x.at = p->off + skip;
			x.hash = x.len == data.n
					 ? XXH3_64bits(data.p, x.len < HASHED ? x.len : HASHED)
					 : 0;
			r = state_span(state_feed_tree(f), q->target.object,
				       state_stuff_of(&q->target), &x, m->event);
			x.off += x.len;
			off += (size_t)x.len;
			left -= (size_t)x.len;
		}
		before += p->len;
	}
	return r;
}

int
state_read(struct state_feed *f, const struct state_asked *q, const struct state_answer *a)
{
	struct slice data;

	if (a->pdu->body_def != &smb2_defs[SMB2_DEF_smb2_read_resp] ||
	    !state_is_first(q->target.object))
		return 0;
	data = a->pdu->body.smb2_read_resp.data;
	if (data.n == 0 || data.n > q->len)
		return 0;
	/* A file ends where a READ falls short. */
	if (data.n < q->len)
		state_sized(q->target.object, state_stuff_of(&q->target), q->off + data.n, false,
			    a->m->event);
	return add_pieces(f, q, a->m, (size_t)(data.p - a->m->bytes.p), data);
}
