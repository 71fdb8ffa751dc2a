/* Two decoded PDUs, field by field. */
#include "config.h"

#include "ir/differ.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/utf16.h"
#include "proto/ntstatus.h"

#define MAX_LEAVES 512 /* compared in one PDU; more are compared as a whole */
#define SHOWN_BYTES 24 /* of a byte string in a report */

/* A leaf of a walk, with the way to it. */
struct leaf {
	struct smb2_item it;
	int16_t parent; /* index into nodes, -1: top */
};

struct node {
	const char *name;
	int element;
	int16_t parent;
};

struct leaves {
	struct leaf leaf[MAX_LEAVES];
	size_t n;
	struct node node[MAX_LEAVES];
	size_t n_nodes;
	int16_t top;
	bool overflow; /* there are more */
};

static int
on_leaf(void *ctx, const struct smb2_item *it)
{
	struct leaves *l = ctx;

	if (it->row == NULL)
		return 0; /* padding */
	if (l->n == MAX_LEAVES)
		return ERR_LIMIT;
	l->leaf[l->n].it = *it;
	l->leaf[l->n++].parent = l->top;
	return 0;
}

static int
on_enter(void *ctx, const struct smb2_item *it)
{
	struct leaves *l = ctx;

	if (l->n_nodes == MAX_LEAVES)
		return ERR_LIMIT;
	l->node[l->n_nodes] =
		(struct node){.name = it->name, .element = it->element, .parent = l->top};
	l->top = (int16_t)l->n_nodes++;
	return 0;
}

static int
on_leave(void *ctx, const struct smb2_item *it)
{
	struct leaves *l = ctx;

	(void)it;
	l->top = l->node[l->top].parent;
	return 0;
}

static void
collect(const struct smb2_pdu *pdu, struct leaves *l)
{
	const struct smb2_visitor v = {
		.ctx = l, .leaf = on_leaf, .enter = on_enter, .leave = on_leave};

	l->n = l->n_nodes = 0;
	l->top = -1;
	l->overflow = smb2_walk_body(pdu, &v) != 0;
}

static void
add_node_path(const struct leaves *l, int16_t i, struct buf *out)
{
	if (i < 0)
		return;
	add_node_path(l, l->node[i].parent, out);
	if (l->node[i].element >= 0)
		buf_printf(out, "%s[%d].", l->node[i].name, l->node[i].element);
	else
		buf_printf(out, "%s.", l->node[i].name);
}

static void
add_path(const struct leaves *l, const struct leaf *f, struct buf *out)
{
	buf_printf(out, "body.");
	add_node_path(l, f->parent, out);
	buf_printf(out, f->it.element >= 0 ? "%s[%d]" : "%s", f->it.name, f->it.element);
	buf_add(out, "", 1);
}

static void
add_value(const struct smb2_item *it, size_t from, struct buf *out)
{
	if (it->cut == SMB2_CUT_TEXT) {
		buf_printf(out, "\"");
		utf16_to_utf8(it->bytes, out);
		buf_printf(out, "\"");
	} else if (it->bytes.p == NULL && it->len <= 8) {
		buf_printf(out, "0x%0*" PRIx64, (int)it->len * 2, it->value);
	} else {
		size_t n = it->bytes.n - from < SHOWN_BYTES ? it->bytes.n - from : SHOWN_BYTES;

		buf_printf(out, "%zu bytes", it->bytes.n);
		if (n > 0)
			buf_printf(out, from > 0 ? ", from byte %zu: " : ": ", from);
		for (size_t i = 0; i < n; i++)
			buf_printf(out, "%02x", it->bytes.p[from + i]);
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

/* Bodies that are not described count by their size alone. */
static bool
leaf_differs(const struct smb2_item *a, const struct smb2_item *b)
{
	if (a->row->role == SMB2_BODY)
		return a->bytes.n != b->bytes.n;
	if (!smb2_roles[a->row->role].compare)
		return false;
	return a->value != b->value || !slice_eq(a->bytes, b->bytes);
}

static void
diff_leaf(struct report *r, const struct leaves *rec, const struct leaf *a, const struct leaf *b)
{
	bool payload = a->it.row->role == SMB2_PAYLOAD;
	size_t from = payload ? first_difference(a->it.bytes, b->it.bytes) : 0;

	if (!leaf_differs(&a->it, &b->it))
		return;
	add_path(rec, a, &r->path);
	add_value(&a->it, from, &r->a);
	add_value(&b->it, from, &r->b);
	tell(r, payload);
}

/* The first leaf that only one side has: another set of contexts or elements. */
static void
diff_shape(struct report *r, const struct leaves *rec, const struct leaves *live, size_t i)
{
	bool have_a = i < rec->n, have_b = i < live->n;

	add_path(have_a ? rec : live, have_a ? &rec->leaf[i] : &live->leaf[i], &r->path);
	if (have_a)
		add_value(&rec->leaf[i].it, 0, &r->a);
	else
		buf_add(&r->a, "absent", 7);
	if (have_a && have_b)
		buf_printf(&r->b, "another structure (%s.%s)%c", live->leaf[i].it.def->name,
			   live->leaf[i].it.name, 0);
	else if (have_b)
		add_value(&live->leaf[i].it, 0, &r->b);
	else
		buf_add(&r->b, "absent", 7);
	tell(r, false);
}

static bool
same_field(const struct leaf *a, const struct leaf *b)
{
	return a->it.row == b->it.row && a->it.element == b->it.element;
}

static int
diff_bodies(struct report *r, const struct smb2_pdu *recorded, const struct smb2_pdu *live)
{
	struct leaves *rec, *now;
	size_t i = 0;

	rec = malloc(sizeof(*rec));
	now = malloc(sizeof(*now));
	if (rec == NULL || now == NULL) {
		free(rec);
		free(now);
		return ERR_NOMEM;
	}
	collect(recorded, rec);
	collect(live, now);
	while (i < rec->n && i < now->n && same_field(&rec->leaf[i], &now->leaf[i])) {
		diff_leaf(r, rec, &rec->leaf[i], &now->leaf[i]);
		i++;
	}
	if (i < rec->n || i < now->n)
		diff_shape(r, rec, now, i);
	else if (rec->overflow || now->overflow)
		tell_texts(r, "body", "a body of very many fields", "another one");
	free(rec);
	free(now);
	return 0;
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

int
differ_pdus(const struct smb2_pdu *recorded, const struct smb2_pdu *live, differ_fn fn, void *ctx)
{
	struct report r = {.fn = fn, .ctx = ctx};
	struct slice a = slice_sub(recorded->bytes, SMB2_HEADER, recorded->bytes.n - SMB2_HEADER);
	struct slice b = slice_sub(live->bytes, SMB2_HEADER, live->bytes.n - SMB2_HEADER);
	int ret = 0;

	if (recorded->h.status != live->h.status) {
		diff_status(&r, recorded->h.status, live->h.status);
	} else if (recorded->h.command != live->h.command) {
		diff_command(&r, recorded->h.command, live->h.command);
	} else {
		diff_flags(&r, recorded->h.flags, live->h.flags);
		if (slice_eq(a, b))
			goto out;
		if (recorded->body_def == NULL || live->body_def == NULL)
			tell_texts(&r, "body",
				   recorded->body_def == NULL ? "not described"
							      : recorded->body_def->name,
				   live->body_def == NULL ? "not described" : live->body_def->name);
		else
			ret = diff_bodies(&r, recorded, live);
	}
out:
	if (ret == 0 && (r.path.err != 0 || r.a.err != 0 || r.b.err != 0))
		ret = ERR_NOMEM;
	buf_free(&r.path);
	buf_free(&r.a);
	buf_free(&r.b);
	return ret;
}
