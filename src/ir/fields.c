/* The leaves of a walk as a list. */
#include "config.h"

#include "ir/fields.h"

#include <stdlib.h>

#include "base/list.h"

/* What a server's volume makes of it is no difference, however it is put together. The body of an
 * information class or FSCTL is looked into, though as bytes it is not compared. */
static bool
hides(const struct smb2_item *it)
{
	return !smb2_roles[it->row->role].compare && it->row->role != SMB2_BODY;
}

static int
on_leaf(void *ctx, const struct smb2_item *it)
{
	struct fields *f = ctx;
	int r;

	if (it->row == NULL || f->hidden > 0)
		return 0;
	if (f->n == FIELDS_MAX)
		return ERR_LIMIT;
	r = list_room(&f->list, f->n, &f->cap, sizeof(*f->list));
	if (r == 0)
		f->list[f->n++] = (struct field){*it, f->top};
	return r;
}

static int
on_enter(void *ctx, const struct smb2_item *it)
{
	struct fields *f = ctx;
	int r;

	if (f->hidden > 0 || hides(it)) {
		f->hidden++;
		return 0;
	}
	if (f->n_nodes == FIELDS_MAX)
		return ERR_LIMIT;
	r = list_room(&f->nodes, f->n_nodes, &f->cap_nodes, sizeof(*f->nodes));
	if (r != 0)
		return r;
	f->nodes[f->n_nodes] = (struct field_node){it->name, it->element, f->top};
	f->top = (int32_t)f->n_nodes++;
	return 0;
}

static int
on_leave(void *ctx, const struct smb2_item *it)
{
	struct fields *f = ctx;

	(void)it;
	if (f->hidden > 0)
		f->hidden--;
	else
		f->top = f->nodes[f->top].parent;
	return 0;
}

static struct smb2_visitor
begin(struct fields *f)
{
	*f = (struct fields){.top = -1};
	return (struct smb2_visitor){
		.ctx = f, .leaf = on_leaf, .enter = on_enter, .leave = on_leave};
}

/* A list that is too long is cut, and that is known. */
static int
end(struct fields *f, int r)
{
	f->more = r == ERR_LIMIT;
	return f->more ? 0 : r;
}

int
fields_of_body(const struct smb2_pdu *pdu, struct fields *out)
{
	const struct smb2_visitor v = begin(out);

	return end(out, smb2_walk_body(pdu, &v));
}

int
fields_of_struct(const struct smb2_def *def, struct slice bytes, const union smb2_any *in,
		 struct fields *out)
{
	const struct smb2_visitor v = begin(out);

	return end(out, smb2_walk_struct(def, bytes, 0, in, true, &v));
}

void
fields_free(struct fields *f)
{
	free(f->list);
	free(f->nodes);
	*f = (struct fields){.top = -1};
}

static void
put_node(const struct fields *f, int32_t i, struct buf *out)
{
	if (i < 0)
		return;
	put_node(f, f->nodes[i].parent, out);
	buf_printf(out, f->nodes[i].element >= 0 ? "%s[%d]." : "%s.", f->nodes[i].name,
		   f->nodes[i].element);
}

void
fields_put_path(const struct fields *f, const struct field *x, struct buf *out)
{
	put_node(f, x->parent, out);
	buf_printf(out, x->it.element >= 0 ? "%s[%d]" : "%s", x->it.name, x->it.element);
}

const struct field *
fields_beside(const struct fields *f, const struct field *x, const char *name)
{
	const struct field *from = x, *to = x, *end = f->list + f->n;

	while (from > f->list && from[-1].parent == x->parent && from[-1].it.def == x->it.def)
		from--;
	while (to < end && to->parent == x->parent && to->it.def == x->it.def)
		to++;
	for (; from < to; from++)
		if (strcmp(from->it.name, name) == 0)
			return from;
	return NULL;
}
