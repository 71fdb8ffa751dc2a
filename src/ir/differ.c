/* Two decoded PDUs, field by field. */
#include "config.h"

#include "ir/differ.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/hex.h"
#include "base/utf16.h"
#include "ir/fields.h"
#include "proto/ntstatus.h"
#include "proto/sid.h"
#include "proto/smb2_elems.h"

#define SHOWN_BYTES 24                /* of a byte string in a report */
#define FILE_ATTRIBUTE_DIRECTORY 0x10 /* MS-FSCC 2.6 */

static void
add_value(const struct smb2_item *it, size_t from, struct buf *out)
{
	if (it->cut == SMB2_CUT_TEXT) {
		buf_printf(out, "\"");
		utf16_to_utf8(it->bytes, out);
		buf_printf(out, "\"");
	} else if (it->cut == SMB2_CUT_SID) {
		(void)sid_put_text(it->bytes, out);
	} else if (it->bytes.p == NULL && it->len > 0 && it->len <= 8) {
		buf_printf(out, "0x%0*" PRIx64, (int)it->len * 2, it->value);
	} else {
		size_t n = it->bytes.n - from < SHOWN_BYTES ? it->bytes.n - from : SHOWN_BYTES;

		buf_printf(out, "%zu bytes", it->bytes.n);
		if (n > 0)
			buf_printf(out, from > 0 ? ", from byte %zu: " : ": ", from);
		if (n > 0)
			hex_add(out, it->bytes.p + from, n);
	}
	buf_add(out, "", 1);
}

void
differ_put_value(const struct smb2_item *it, struct buf *out)
{
	add_value(it, 0, out);
}

struct report {
	differ_fn fn;
	void *ctx;
	struct buf path, a, b;
};

/* An error of a buffer stays for the end. */
static void
tell(struct report *r, bool payload)
{
	if (r->path.err != 0 || r->a.err != 0 || r->b.err != 0)
		return;
	r->fn(r->ctx, &(struct differ_field){.path = (char *)r->path.p,
					     .payload = payload,
					     .expected = (char *)r->a.p,
					     .got = (char *)r->b.p});
	buf_reset(&r->path);
	buf_reset(&r->a);
	buf_reset(&r->b);
}

static void
tell_texts(struct report *r, const char *path, const char *a, const char *b)
{
	buf_add(&r->path, path, strlen(path) + 1);
	buf_add(&r->a, a, strlen(a) + 1);
	buf_add(&r->b, b, strlen(b) + 1);
	tell(r, false);
}

static size_t
first_difference(struct slice a, struct slice b)
{
	size_t n = a.n < b.n ? a.n : b.n, i = 0;

	while (i < n && a.p[i] == b.p[i])
		i++;
	return i;
}

/* Two lists of fields of the same structures. */
struct two {
	struct fields rec, live;
	const char *prefix;               /* of the paths */
	const struct smb2_row *described; /* the row of the body that was opened, or NULL */
};

/* The same SID on every machine: of no domain, no machine, no Unix and no logon (MS-DTYP 2.4.2). */
static bool
is_universal(const struct smb2_item *it)
{
	uint64_t authority = wire_be(it->bytes.p + 2, 6);
	uint64_t first = it->bytes.n >= 12 ? wire_le(it->bytes.p + 8, 4) : 0;

	return authority < 5 || (authority == 5 && first != 5 && first != 21);
}

/* Who is named so on a server is its own, but Everyone is not SYSTEM, and somebody is not nobody.
 */
static bool
principal_differs(const struct smb2_item *a, const struct smb2_item *b)
{
	if ((a->len == 0) != (b->len == 0))
		return true;
	return a->cut == SMB2_CUT_SID && b->cut == SMB2_CUT_SID && is_universal(a) &&
	       is_universal(b) && !slice_eq(a->bytes, b->bytes);
}

static bool
is_directory(const struct fields *f, const struct field *x)
{
	const struct field *flag = fields_beside(f, x, "directory"),
			   *attributes = fields_beside(f, x, "file_attributes");

	return flag != NULL ? flag->it.value != 0
			    : attributes != NULL &&
				      (attributes->it.value & FILE_ATTRIBUTE_DIRECTORY) != 0;
}

/* How large a directory is and how often it is linked, its file system makes of it. */
static bool
is_of_directory(const struct two *t, const struct field *a, const struct field *b)
{
	return (strcmp(a->it.name, "end_of_file") == 0 ||
		strcmp(a->it.name, "number_of_links") == 0) &&
	       is_directory(&t->rec, a) && is_directory(&t->live, b);
}

/* Bodies that are not described count by their size alone; of others it follows from the rest. */
static bool
leaf_differs(const struct two *t, const struct field *a, const struct field *b)
{
	const struct smb2_item *x = &a->it, *y = &b->it;

	if (x->row->role == SMB2_BODY)
		return x->bytes.n != y->bytes.n;
	if (x->row->role == SMB2_PRINCIPAL)
		return principal_differs(x, y);
	if (!smb2_roles[x->row->role].compare)
		return false;
	if (x->value == y->value && slice_eq(x->bytes, y->bytes))
		return false;
	if (t->described != NULL && t->described->len.member == x->row->member &&
	    x->row->kind != SMB2_VAR && a->parent < 0)
		return false;
	return !is_of_directory(t, a, b);
}

static void
add_path(const struct two *t, const struct fields *f, const struct field *x, struct buf *out)
{
	buf_printf(out, "%s", t->prefix);
	fields_put_path(f, x, out);
	buf_add(out, "", 1);
}

static void
diff_leaf(struct report *r, const struct two *t, const struct field *a, const struct field *b)
{
	bool payload = a->it.row->role == SMB2_PAYLOAD;
	size_t from = payload ? first_difference(a->it.bytes, b->it.bytes) : 0;

	if (!leaf_differs(t, a, b))
		return;
	add_path(t, &t->rec, a, &r->path);
	add_value(&a->it, from, &r->a);
	add_value(&b->it, from, &r->b);
	tell(r, payload);
}

/* The first leaf that only one side has: another set of elements. Either may be NULL. */
static void
diff_shape(struct report *r, const struct two *t, const struct field *a, const struct field *b)
{
	add_path(t, a != NULL ? &t->rec : &t->live, a != NULL ? a : b, &r->path);
	if (a != NULL)
		add_value(&a->it, 0, &r->a);
	else
		buf_add(&r->a, "absent", 7);
	if (a != NULL && b != NULL)
		buf_printf(&r->b, "another structure (%s.%s)%c", b->it.def->name, b->it.name, 0);
	else if (b != NULL)
		add_value(&b->it, 0, &r->b);
	else
		buf_add(&r->b, "absent", 7);
	tell(r, false);
}

static bool
same_field(const struct field *a, const struct field *b)
{
	return a->it.row == b->it.row && a->it.element == b->it.element;
}

/* A part of a list of fields, and what it is called. */
struct part {
	size_t from, to;
	struct slice tag;
};

static void
diff_parts(struct report *r, const struct two *t, const struct part *x, const struct part *y)
{
	const struct field *a = t->rec.list + x->from, *a_end = t->rec.list + x->to;
	const struct field *b = t->live.list + y->from, *b_end = t->live.list + y->to;

	for (; a < a_end && b < b_end && same_field(a, b); a++, b++)
		diff_leaf(r, t, a, b);
	if (a < a_end || b < b_end)
		diff_shape(r, t, a < a_end ? a : NULL, b < b_end ? b : NULL);
}

#define MAX_CONTEXTS 32 /* of an answer that are found by their tags */

/* A body, and the create contexts behind its own fields. */
struct parts {
	struct part own, contexts[MAX_CONTEXTS];
	size_t n;
	bool more;
};

/* The index of the node at the top that holds a field, -1: none does. */
static int32_t
top_of(const struct fields *f, const struct field *x)
{
	int32_t i = x->parent;

	while (i >= 0 && f->nodes[i].parent >= 0)
		i = f->nodes[i].parent;
	return i;
}

static void
find_parts(const struct fields *f, struct parts *out)
{
	int32_t last = -1;

	*out = (struct parts){.n = 0};
	for (size_t i = 0; i < f->n; i++) {
		int32_t top = top_of(f, &f->list[i]);

		if (top < 0 || strcmp(f->nodes[top].name, "create_contexts") != 0) {
			out->more |= out->n > 0;
			out->own.to = i + 1;
			continue;
		}
		out->more |= top != last && out->n == MAX_CONTEXTS;
		if (out->more)
			return;
		if (top != last)
			out->contexts[out->n++].from = i;
		out->contexts[out->n - 1].to = i + 1;
		last = top;
		if (f->list[i].parent == top && strcmp(f->list[i].it.name, "name") == 0)
			out->contexts[out->n - 1].tag = f->list[i].it.bytes;
	}
}

static const struct part *
with_tag(const struct parts *p, struct slice tag)
{
	for (size_t i = 0; i < p->n; i++)
		if (slice_eq(p->contexts[i].tag, tag))
			return &p->contexts[i];
	return NULL;
}

/* A context that only one side has: four letters, or a GUID. */
static void
tell_context(struct report *r, struct slice tag, bool recorded)
{
	bool text = tag.n == 4;

	for (size_t i = 0; i < tag.n; i++)
		text = text && tag.p[i] > ' ' && tag.p[i] < 0x7f;
	buf_printf(&r->path, "create context ");
	for (size_t i = 0; i < tag.n && i < SHOWN_BYTES; i++)
		buf_printf(&r->path, text ? "%c" : "%02x", tag.p[i]);
	buf_add(&r->path, "", 1);
	buf_printf(&r->a, "%s%c", recorded ? "present" : "absent", 0);
	buf_printf(&r->b, "%s%c", recorded ? "absent" : "present", 0);
	tell(r, false);
}

/* In which order a server answers create contexts is its own (MS-SMB2 2.2.14). */
static void
diff_contexts(struct report *r, const struct two *t, const struct parts *a, const struct parts *b)
{
	diff_parts(r, t, &a->own, &b->own);
	for (size_t i = 0; i < a->n; i++) {
		const struct part *like = with_tag(b, a->contexts[i].tag);

		if (like != NULL)
			diff_parts(r, t, &a->contexts[i], like);
		else
			tell_context(r, a->contexts[i].tag, true);
	}
	for (size_t i = 0; i < b->n; i++)
		if (with_tag(a, b->contexts[i].tag) == NULL)
			tell_context(r, b->contexts[i].tag, false);
}

static void
diff_fields(struct report *r, const struct two *t)
{
	struct parts a, b;

	find_parts(&t->rec, &a);
	find_parts(&t->live, &b);
	if (!a.more && !b.more)
		diff_contexts(r, t, &a, &b);
	else
		diff_parts(r, t, &(struct part){.to = t->rec.n}, &(struct part){.to = t->live.n});
	if (t->rec.n == t->live.n && (t->rec.more || t->live.more))
		tell_texts(r, "body", "a body of very many fields", "another one");
}

/* The row of a body that both sides describe, NULL: there is none. */
static const struct smb2_row *
described_row(const struct smb2_pdu *recorded, const struct smb2_pdu *live)
{
	const struct smb2_def *def = recorded->body_def;

	for (size_t i = def->n_fixed; i < def->n_rows && def == live->body_def; i++) {
		const struct smb2_row *row = &def->rows[i];

		if (row->role == SMB2_BODY &&
		    smb2_elems_view(row, &recorded->body, smb2_pdu_view(recorded)).def != NULL &&
		    smb2_elems_view(row, &live->body, smb2_pdu_view(live)).def != NULL)
			return row;
	}
	return NULL;
}

static int
diff_bodies(struct report *r, const struct smb2_pdu *recorded, const struct smb2_pdu *live)
{
	struct two t = {.prefix = "body.", .described = described_row(recorded, live)};
	int ret = fields_of_body(recorded, &t.rec);

	if (ret == 0)
		ret = fields_of_body(live, &t.live);
	if (ret == 0)
		diff_fields(r, &t);
	fields_free(&t.rec);
	fields_free(&t.live);
	return ret;
}

/* Whether an answer is in the async form says that an interim one went before it, which is judged
 * by that one. */
static void
diff_flags(struct report *r, uint32_t a, uint32_t b)
{
	char x[16], y[16];

	if (((a ^ b) & ~(uint32_t)SMB2_FLAGS_ASYNC_COMMAND) == 0)
		return;
	(void)snprintf(x, sizeof(x), "0x%08" PRIx32, a);
	(void)snprintf(y, sizeof(y), "0x%08" PRIx32, b);
	tell_texts(r, "flags", x, y);
}

static void
diff_status(struct report *r, uint32_t a, uint32_t b)
{
	char x[64];

	(void)snprintf(x, sizeof(x), "%s", ntstatus_name(a));
	tell_texts(r, "status", x, ntstatus_name(b));
}

static void
diff_command(struct report *r, unsigned a, unsigned b)
{
	char x[32];

	(void)snprintf(x, sizeof(x), "%s", smb2_command_name(a));
	tell_texts(r, "command", x, smb2_command_name(b));
}

static bool
diff_headers(struct report *r, const struct smb2_hdr *a, const struct smb2_hdr *b)
{
	if (a->status != b->status)
		diff_status(r, a->status, b->status);
	else if (a->command != b->command)
		diff_command(r, a->command, b->command);
	else
		diff_flags(r, a->flags, b->flags);
	return a->status == b->status && a->command == b->command;
}

/* Of what was to be said, memory was out for some. */
static int
end_report(struct report *r, int ret)
{
	if (ret == 0 && (r->path.err != 0 || r->a.err != 0 || r->b.err != 0))
		ret = ERR_NOMEM;
	buf_free(&r->path);
	buf_free(&r->a);
	buf_free(&r->b);
	return ret;
}

int
differ_headers(const struct smb2_pdu *recorded, const struct smb2_pdu *live, differ_fn fn,
	       void *ctx, bool *same)
{
	struct report r = {.fn = fn, .ctx = ctx};

	*same = diff_headers(&r, &recorded->h, &live->h);
	return end_report(&r, 0);
}

int
differ_pdus(const struct smb2_pdu *recorded, const struct smb2_pdu *live, differ_fn fn, void *ctx)
{
	struct report r = {.fn = fn, .ctx = ctx};
	struct slice a = slice_sub(recorded->bytes, SMB2_HEADER, recorded->bytes.n - SMB2_HEADER);
	struct slice b = slice_sub(live->bytes, SMB2_HEADER, live->bytes.n - SMB2_HEADER);
	int ret = 0;

	if (!diff_headers(&r, &recorded->h, &live->h) || slice_eq(a, b))
		return end_report(&r, 0);
	if (recorded->body_def == NULL || live->body_def == NULL)
		tell_texts(&r, "body",
			   recorded->body_def == NULL ? "not described" : recorded->body_def->name,
			   live->body_def == NULL ? "not described" : live->body_def->name);
	else
		ret = diff_bodies(&r, recorded, live);
	return end_report(&r, ret);
}

int
differ_structs(const struct smb2_def *def, struct slice recorded, struct slice live,
	       const char *prefix, differ_fn fn, void *ctx)
{
	struct report r = {.fn = fn, .ctx = ctx};
	struct two t = {.prefix = prefix};
	union smb2_any a, b;
	int ret = 0;

	/* Both were decoded before. */
	if (slice_eq(recorded, live) || smb2_decode(def, recorded, 0, &a, NULL) != 0 ||
	    smb2_decode(def, live, 0, &b, NULL) != 0)
		return 0;
	ret = fields_of_struct(def, recorded, &a, &t.rec);
	if (ret == 0)
		ret = fields_of_struct(def, live, &b, &t.live);
	if (ret == 0)
		diff_fields(&r, &t);
	fields_free(&t.rec);
	fields_free(&t.live);
	return end_report(&r, ret);
}
