/* From the tree of names to the list of what was there at the start. */
#include "config.h"

#include "ir/state_tree.h"

#include <stdlib.h>

#include "base/utf16.h"

/* The names of which something is said, those of a directory side by side, in order. */
struct names {
	struct state_slot **list; /* owned */
	size_t n;
};

/* The names of a directory that are still to be listed. */
struct level {
	size_t at, end;
	size_t path; /* bytes of the path in front of them */
};

struct lister {
	const struct state_tree *t;
	struct state *out;
	struct names names;
	struct level *levels; /* owned */
	size_t n_levels, cap_levels;
	struct buf path;
	const char *share;
};

static int
compare_slots(const void *a, const void *b)
{
	const struct state_slot *const *x = a, *const *y = b;

	if ((*x)->dir != (*y)->dir)
		return (uintptr_t)(*x)->dir < (uintptr_t)(*y)->dir ? -1 : 1;
	return state_compare_names(slice_of((*x)->name, (size_t)(*x)->units * 2),
				   slice_of((*y)->name, (size_t)(*y)->units * 2));
}

static bool
is_said(const struct state_slot *s)
{
	return s->how == STATE_FIRST_ABSENT || s->how == STATE_FIRST_THERE;
}

static int
gather(const struct state_tree *t, struct names *out)
{
	out->list = malloc((t->n_slots + 1) * sizeof(struct state_slot *));
	if (out->list == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < t->n_buckets; i++)
		for (struct state_slot *s = t->buckets[i]; s != NULL; s = s->next)
			if (is_said(s))
				out->list[out->n++] = s;
	qsort(out->list, out->n, sizeof(struct state_slot *), compare_slots);
	return 0;
}

/* Where the names of a directory begin. */
static size_t
find_names(const struct names *names, const struct state_object *dir)
{
	size_t low = 0, high = names->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if ((uintptr_t)names->list[mid]->dir < (uintptr_t)dir)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static bool
holds_others(const struct names *names, const struct state_object *o)
{
	size_t at = find_names(names, o);

	return at < names->n && names->list[at]->dir == o;
}

static int
push(struct lister *l, const struct state_object *dir)
{
	struct level *v;

	if (l->n_levels == l->cap_levels) {
		size_t cap = l->cap_levels * 2 + 16;

		v = realloc(l->levels, cap * sizeof(*v));
		if (v == NULL)
			return ERR_NOMEM;
		l->levels = v;
		l->cap_levels = cap;
	}
	v = &l->levels[l->n_levels++];
	v->at = v->end = find_names(&l->names, dir);
	while (v->end < l->names.n && l->names.list[v->end]->dir == dir)
		v->end++;
	v->path = l->path.n;
	return 0;
}

/* ---- Entries ---- */

static int
keep(struct lister *l, struct slice bytes, struct slice *out)
{
	uint8_t *p = arena_alloc(&l->out->arena, bytes.n + 1);

	if (p == NULL)
		return ERR_NOMEM;
	if (bytes.n > 0)
		memcpy(p, bytes.p, bytes.n);
	*out = slice_of(p, bytes.n);
	return 0;
}

static int
put_data(struct lister *l, const struct state_stuff *f, struct state_data *out)
{
	struct state_piece *p;
	const struct span *x;
	struct slice own;
	uint64_t at = 0;
	size_t n = 0;

	out->sized = f->sized;
	out->size = f->size;
	while ((x = spans_next(&f->spans, &at)) != NULL)
		n += x->at != SPAN_WRITTEN;
	p = n > 0 ? arena_alloc(&l->out->arena, n * sizeof(*p)) : NULL;
	if (p == NULL)
		return n > 0 ? ERR_NOMEM : 0;
	out->pieces = p;
	for (at = 0; (x = spans_next(&f->spans, &at)) != NULL;) {
		uint64_t len = x->len;

		if (x->at == SPAN_WRITTEN || (f->sized && x->off >= f->size))
			continue;
		if (f->sized && len > f->size - x->off)
			len = f->size - x->off;
		p[out->n_pieces] = (struct state_piece){.off = x->off, .len = (uint32_t)len};
		if (x->at < SPAN_OWN)
			p[out->n_pieces].at = x->at;
		else if (keep(l, slice_of(l->t->own.p + (x->at - SPAN_OWN), len), &own) == 0)
			p[out->n_pieces].own = own.p;
		else
			return ERR_NOMEM;
		out->n_pieces++;
	}
	return 0;
}

static int
compare_streams(const void *a, const void *b)
{
	const struct state_stream *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static int
put_streams(struct lister *l, const struct state_object *o, struct state_entry *e)
{
	struct state_stream *list;
	size_t n = 0;
	int r = 0;

	for (const struct state_node_stream *s = o->streams; s != NULL; s = s->next)
		n += !s->absent;
	list = n > 0 ? arena_alloc(&l->out->arena, n * sizeof(*list)) : NULL;
	if (list == NULL)
		return n > 0 ? ERR_NOMEM : 0;
	for (const struct state_node_stream *s = o->streams; r == 0 && s != NULL; s = s->next) {
		struct state_stream *x = &list[e->n_streams];

		if (s->absent)
			continue;
		x->name = arena_text(&l->out->arena, s->name, strlen(s->name));
		r = x->name != NULL ? put_data(l, &s->stuff, &x->data) : ERR_NOMEM;
		e->n_streams++;
	}
	qsort(list, e->n_streams, sizeof(*list), compare_streams);
	e->streams = list;
	return r;
}

static int
put_extra(struct lister *l, const struct state_extra *x, struct state_entry *e)
{
	struct state_ea *eas =
		x->n_eas > 0 ? arena_alloc(&l->out->arena, x->n_eas * sizeof(*eas)) : NULL;
	int r = x->n_eas > 0 && eas == NULL ? ERR_NOMEM : 0;

	for (size_t i = 0; r == 0 && i < x->n_eas; i++) {
		eas[i].flags = x->eas[i].flags;
		r = keep(l, x->eas[i].name, &eas[i].name);
		if (r == 0)
			r = keep(l, x->eas[i].value, &eas[i].value);
	}
	e->eas = eas;
	e->n_eas = x->n_eas;
	e->security_parts = x->security_parts;
	if (r == 0)
		r = keep(l, x->reparse, &e->reparse);
	return r == 0 ? keep(l, x->security, &e->security) : r;
}

static void
doubt(struct state_entry *e, enum state_doubt d)
{
	e->doubts |= (uint16_t)(1u << d);
}

static int
put_object(struct lister *l, const struct state_object *o, struct state_entry *e)
{
	int r = 0;

	e->kind = o->kind;
	if (o->kind == STATE_N_KINDS) {
		e->kind = o->maybe_directory ? STATE_DIRECTORY : STATE_FILE;
		doubt(e, STATE_DOUBT_KIND);
	}
	/* What holds others is a directory, whatever else was said. */
	if (holds_others(&l->names, o)) {
		if (e->kind != STATE_DIRECTORY)
			doubt(e, STATE_DOUBT_KINDS);
		e->kind = STATE_DIRECTORY;
	}
	e->attributes = o->attributes;
	e->reparse_tag = o->reparse_tag;
	memcpy(e->times, o->times, sizeof(e->times));
	if (e->kind == STATE_FILE)
		r = put_data(l, &o->stuff, &e->data);
	if (r == 0)
		r = put_streams(l, o, e);
	if (r == 0 && o->extra != NULL)
		r = put_extra(l, o->extra, e);
	if (e->kind == STATE_FILE && !o->stuff.sized && !o->stuff.touched &&
	    (e->doubts >> STATE_DOUBT_KIND & 1) == 0)
		doubt(e, STATE_DOUBT_SIZE);
	if (o->has_eas && e->n_eas == 0)
		doubt(e, STATE_DOUBT_EAS);
	if ((o->has_reparse || o->reparse_tag != 0) && e->reparse.n == 0)
		doubt(e, STATE_DOUBT_REPARSE);
	return r;
}

static struct state_entry *
new_entry(struct lister *l)
{
	struct state_entry *e = &l->out->list[l->out->n];

	e->share = l->share;
	e->path =
		l->path.n > 0 ? arena_text(&l->out->arena, (const char *)l->path.p, l->path.n) : "";
	if (l->path.err != 0 || e->path == NULL)
		return NULL;
	l->out->n++;
	return e;
}

static int
put_slot(struct lister *l, const struct state_slot *s)
{
	struct state_entry *e;

	if (l->path.n > 0)
		buf_add(&l->path, "\\", 1);
	utf16_to_utf8(slice_of(s->name, (size_t)s->units * 2), &l->path);
	if (l->path.n > STATE_MAX_PATH) {
		l->out->left_out++;
		return 0;
	}
	e = new_entry(l);
	if (e == NULL)
		return ERR_NOMEM;
	e->reason = s->reason;
	e->doubts = s->doubts;
	e->event = s->event;
	e->against = s->against;
	if (s->how == STATE_FIRST_ABSENT) {
		e->kind = STATE_ABSENT;
		return 0;
	}
	return put_object(l, s->first, e);
}

/* A share: its root, and all below it, which needs no recursion. */
static int
put_root(struct lister *l, const struct state_object *root)
{
	struct state_entry *e;
	int r;

	buf_reset(&l->path);
	l->share = arena_text(&l->out->arena, root->share, strlen(root->share));
	e = l->share != NULL ? new_entry(l) : NULL;
	if (e == NULL)
		return ERR_NOMEM;
	e->reason = STATE_BY_ROOT;
	r = put_object(l, root, e);
	if (r == 0)
		r = push(l, root);
	while (r == 0 && l->n_levels > 0) {
		struct level *v = &l->levels[l->n_levels - 1];
		const struct state_slot *s;

		l->path.n = v->path;
		if (v->at == v->end) {
			l->n_levels--;
			continue;
		}
		s = l->names.list[v->at++];
		r = put_slot(l, s);
		if (r == 0 && s->first != NULL && l->path.n <= STATE_MAX_PATH)
			r = push(l, s->first);
	}
	return r;
}

static int
compare_roots(const void *a, const void *b)
{
	const struct state_object *const *x = a, *const *y = b;

	return strcmp((*x)->share, (*y)->share);
}

int
state_list(const struct state_tree *t, struct state *out)
{
	struct lister l = {.t = t, .out = out};
	struct state_object *roots[STATE_MAX_SHARES];
	int r = gather(t, &l.names);

	*out = (struct state){.left_out = t->left_out, .contents_left_out = t->contents_left_out};
	memcpy(roots, t->roots, t->n_roots * sizeof(roots[0]));
	qsort(roots, t->n_roots, sizeof(roots[0]), compare_roots);
	out->list = arena_alloc(&out->arena, (l.names.n + t->n_roots + 1) * sizeof(*out->list));
	if (out->list == NULL)
		r = ERR_NOMEM;
	for (size_t i = 0; r == 0 && i < t->n_roots; i++)
		r = put_root(&l, roots[i]);
	free(l.names.list);
	free(l.levels);
	buf_free(&l.path);
	if (r != 0)
		state_free(out);
	return r;
}
