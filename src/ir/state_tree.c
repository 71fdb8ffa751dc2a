/* The names of shares, as they were when the capture began and as they are now. */
#include "config.h"

#include "ir/state_tree.h"

#include <stdlib.h>
#include <strings.h>
#include <wctype.h>

#include "base/utf16.h"
#include "ir/json.h"
#include "ir/json_out.h"

#define FIRST_BUCKETS ((size_t)1024)

static uint32_t
fold(const uint8_t *p)
{
	uint32_t c = (uint32_t)wire_le(p, 2);

	if (c >= 'a' && c <= 'z')
		return c - ('a' - 'A');
	return c < 0x80 ? c : (uint32_t)towupper((wint_t)c);
}

int
state_compare_names(struct slice a, struct slice b)
{
	for (size_t i = 0; i + 1 < a.n && i + 1 < b.n; i += 2) {
		uint32_t x = fold(a.p + i), y = fold(b.p + i);

		if (x != y)
			return x < y ? -1 : 1;
	}
	return (a.n > b.n) - (a.n < b.n);
}

int
state_tree_new(struct state_tree **out)
{
	struct state_tree *t = calloc(1, sizeof(*t));

	*out = t;
	if (t == NULL)
		return ERR_NOMEM;
	t->spans_left = STATE_MAX_PIECES;
	t->n_buckets = FIRST_BUCKETS;
	t->buckets = calloc(t->n_buckets, sizeof(struct state_slot *));
	return t->buckets != NULL ? 0 : ERR_NOMEM;
}

void
state_tree_free(struct state_tree *t)
{
	if (t == NULL)
		return;
	for (struct state_object *o = t->objects; o != NULL; o = o->next) {
		spans_free(&o->stuff.spans);
		for (struct state_node_stream *s = o->streams; s != NULL; s = s->next)
			spans_free(&s->stuff.spans);
	}
	arena_free(&t->arena);
	buf_free(&t->own);
	free(t->buckets);
	free(t);
}

static struct state_object *
new_object(struct state_tree *t)
{
	struct state_object *o = arena_alloc(&t->arena, sizeof(*o));

	if (o == NULL)
		return NULL;
	o->kind = STATE_N_KINDS;
	o->next = t->objects;
	t->objects = o;
	return o;
}

int
state_root(struct state_tree *t, const char *share, struct state_object **out)
{
	struct state_object *o;

	*out = NULL;
	for (size_t i = 0; i < t->n_roots; i++)
		if (strcasecmp(t->roots[i]->share, share) == 0)
			*out = t->roots[i];
	if (*out != NULL)
		return 0;
	if (t->n_roots == STATE_MAX_SHARES) {
		t->left_out++;
		return 0;
	}
	o = new_object(t);
	if (o == NULL)
		return ERR_NOMEM;
	o->kind = STATE_DIRECTORY;
	o->share = arena_text(&t->arena, share, strlen(share));
	if (o->share == NULL)
		return ERR_NOMEM;
	t->roots[t->n_roots++] = o;
	*out = o;
	return 0;
}

static uint32_t
hash_of(const struct state_object *dir, struct slice name)
{
	uint64_t h = (uint64_t)(uintptr_t)dir * 0x9e3779b97f4a7c15u;

	for (size_t i = 0; i + 1 < name.n; i += 2)
		h = (h ^ fold(name.p + i)) * 0x100000001b3u;
	return (uint32_t)(h ^ h >> 32);
}

/* Twice as many buckets. Without memory the old ones do. */
static void
widen(struct state_tree *t)
{
	size_t n = t->n_buckets * 2;
	struct state_slot **more = calloc(n, sizeof(struct state_slot *)), *s, *next;

	if (more == NULL)
		return;
	for (size_t i = 0; i < t->n_buckets; i++) {
		for (s = t->buckets[i]; s != NULL; s = next) {
			next = s->next;
			s->next = more[s->hash & (n - 1)];
			more[s->hash & (n - 1)] = s;
		}
	}
	free(t->buckets);
	t->buckets = more;
	t->n_buckets = n;
}

bool
state_is_name(struct slice name)
{
	bool dots = name.n <= 4;

	if (name.n < 2 || name.n % 2 != 0)
		return false;
	for (size_t i = 0; i + 1 < name.n; i += 2) {
		uint64_t c = wire_le(name.p + i, 2);

		dots = dots && c == '.';
		if (c == 0 || c == '\\' || c == '/' || c == ':')
			return false;
		if (c < 0xd800 || c >= 0xe000)
			continue;
		i += 2;
		if (c >= 0xdc00 || i + 1 >= name.n || wire_le(name.p + i, 2) < 0xdc00 ||
		    wire_le(name.p + i, 2) >= 0xe000)
			return false;
	}
	return !dots;
}

int
state_slot(struct state_tree *t, struct state_object *dir, struct slice name,
	   struct state_slot **out)
{
	uint32_t hash = hash_of(dir, name);
	struct state_slot *s = t->buckets[hash & (t->n_buckets - 1)];

	while (s != NULL &&
	       (s->hash != hash || s->dir != dir ||
		state_compare_names(slice_of(s->name, (size_t)s->units * 2), name) != 0))
		s = s->next;
	*out = s;
	if (s != NULL)
		return 0;
	if (!state_is_name(name) || t->n_slots == STATE_MAX_ENTRIES ||
	    t->arena.used > STATE_MAX_BYTES) {
		t->left_out++;
		return 0;
	}
	if (t->n_slots == t->n_buckets)
		widen(t);
	s = arena_alloc(&t->arena, sizeof(*s) + (name.n & ~(size_t)1));
	if (s == NULL)
		return ERR_NOMEM;
	s->dir = dir;
	s->hash = hash;
	s->units = (uint16_t)(name.n / 2);
	memcpy(s->name, name.p, (size_t)s->units * 2);
	s->next = t->buckets[hash & (t->n_buckets - 1)];
	t->buckets[hash & (t->n_buckets - 1)] = s;
	t->n_slots++;
	*out = s;
	return 0;
}

/* Cut the first component off a path; false at its end. */
static bool
next_part(struct slice *path, struct slice *part)
{
	size_t n = 0;

	while (path->n > 1 && wire_le(path->p, 2) == '\\')
		*path = slice_of(path->p + 2, path->n - 2);
	while (n + 1 < path->n && wire_le(path->p + n, 2) != '\\')
		n += 2;
	*part = slice_of(path->p, n);
	*path = slice_sub(*path, n, path->n - n);
	return n > 0;
}

/* Into the directory of that name. `*dir` is NULL where it does not lead on. */
static int
enter(struct state_tree *t, const struct state_path *p, enum state_walk how, struct slice part,
      struct state_object **dir)
{
	struct state_slot *s;
	int r = state_slot(t, *dir, part, &s);

	*dir = NULL;
	if (r != 0 || s == NULL)
		return r;
	if (s->now == NULL &&
	    (how == STATE_WALK_KNOWN || (how == STATE_WALK_TRY && s->how != STATE_FIRST_UNKNOWN)))
		return 0;
	r = state_sight(t, s, STATE_BY_PARENT, p->event, dir);
	/* A link to a directory leads on, too. */
	if (r == 0 && ((*dir)->kind == STATE_N_KINDS || how == STATE_WALK_EXISTS))
		state_is(*dir, STATE_DIRECTORY, p->event);
	return r;
}

int
state_walk(struct state_tree *t, const struct state_path *p, enum state_walk how,
	   struct state_object **dir, struct state_slot **out)
{
	struct slice path = p->path, part, next;
	int r = 0;

	*dir = p->root;
	*out = NULL;
	if (p->root == NULL || !next_part(&path, &part))
		return 0;
	while (r == 0 && *dir != NULL && next_part(&path, &next)) {
		r = enter(t, p, how, part, dir);
		part = next;
	}
	if (r != 0 || *dir == NULL)
		return r;
	r = state_slot(t, *dir, part, out);
	if (*out == NULL)
		*dir = NULL;
	return r;
}

/* Was the directory of this name there at the start? Then the name has a first state. */
static bool
is_first(const struct state_slot *s)
{
	return s->dir->home != NULL || s->dir->share != NULL;
}

static void
contradict(struct state_slot *s, enum state_doubt d, uint64_t event)
{
	bool conflict = false;

	for (size_t i = 0; i < STATE_N_DOUBTS; i++)
		conflict = conflict || ((s->doubts >> i & 1) != 0 && state_doubt_is_conflict[i]);
	if (!conflict)
		s->against = event;
	s->doubts |= (uint16_t)(1u << d);
}

void
state_conflict(struct state_object *o, enum state_doubt d, uint64_t event)
{
	if (o->home != NULL)
		contradict(o->home, d, event);
}

int
state_sight(struct state_tree *t, struct state_slot *s, enum state_reason why, uint64_t event,
	    struct state_object **out)
{
	*out = s->now;
	if (s->now != NULL) {
		/* Its own mention says more than that of what is in it. */
		if (s->now == s->first && s->reason == STATE_BY_PARENT && why != s->reason) {
			s->reason = (uint8_t)why;
			s->event = event;
		}
		return 0;
	}
	*out = s->now = new_object(t);
	if (s->now == NULL)
		return ERR_NOMEM;
	s->now->place = s;
	if (is_first(s) && (s->how == STATE_FIRST_UNKNOWN || s->no_directory)) {
		s->how = STATE_FIRST_THERE;
		s->no_directory = false;
		s->reason = (uint8_t)why;
		s->event = event;
		s->first = s->now;
		s->now->home = s;
	} else if (is_first(s)) {
		contradict(s, STATE_DOUBT_EXISTS, event);
	}
	return 0;
}

void
state_absent(struct state_slot *s, enum state_reason why, uint64_t event)
{
	if (s->now == NULL && s->how == STATE_FIRST_UNKNOWN && is_first(s)) {
		s->how = STATE_FIRST_ABSENT;
		s->reason = (uint8_t)why;
		s->event = event;
	} else if (s->now != NULL && !s->now->dying && !s->now->doomed && s->now == s->first) {
		contradict(s, STATE_DOUBT_EXISTS, event);
	}
	s->now = NULL;
}

/* The directory's own times change with what is in it. */
static void
touch_directory(struct state_object *dir)
{
	dir->touched |= STATE_TOUCHED_TIMES;
}

int
state_made(struct state_tree *t, struct state_slot *s, enum state_reason why, uint64_t event,
	   struct state_object **out)
{
	state_absent(s, why, event);
	touch_directory(s->dir);
	*out = s->now = new_object(t);
	if (s->now == NULL)
		return ERR_NOMEM;
	s->now->place = s;
	return 0;
}

/* What was not seen there before cannot be any more. */
static void
hide(struct state_slot *s)
{
	if (s->how == STATE_FIRST_UNKNOWN)
		s->how = STATE_FIRST_HIDDEN;
}

void
state_gone(struct state_object *o)
{
	if (o->place == NULL)
		return;
	touch_directory(o->place->dir);
	if (o->place->now == o)
		o->place->now = NULL;
	hide(o->place);
}

void
state_moved(struct state_object *o, struct state_slot *to, bool link)
{
	if (!link && o->place != NULL)
		state_gone(o);
	touch_directory(to->dir);
	hide(to);
	o->touched |= STATE_TOUCHED_TIMES; /* its change time */
	to->now = o;
	o->place = to;
	o->dying = false;
}

void
state_is(struct state_object *o, enum state_kind kind, uint64_t event)
{
	if (o->kind == STATE_N_KINDS)
		o->kind = (uint8_t)kind;
	else if (o->kind != kind)
		state_conflict(o, STATE_DOUBT_KINDS, event);
}

void
state_sized(struct state_object *o, struct state_stuff *f, uint64_t size, bool firm, uint64_t event)
{
	if (f->touched || size > JSON_MAX_INT)
		return;
	if (f->sized && f->firm && firm && f->size != size)
		state_conflict(o, STATE_DOUBT_SIZES, event);
	if (f->sized && (f->firm || !firm))
		return;
	f->sized = true;
	f->firm = firm;
	f->size = size;
}

int
state_span(struct state_tree *t, struct state_object *o, struct state_stuff *f,
	   const struct span *x, uint64_t event)
{
	struct span y = *x;
	bool differs = false;
	int r;

	/* Nobody asks what is in files that the capture made. */
	if (o->home == NULL && o->share == NULL)
		return 0;
	if (y.len > UINT64_MAX - y.off)
		y.len = UINT64_MAX - y.off;
	if (y.at != SPAN_WRITTEN && y.off + y.len > JSON_MAX_INT)
		return 0;
	r = spans_add(&f->spans, &y, &t->spans_left, &differs);
	if (r == ERR_LIMIT) {
		t->contents_left_out++;
		r = 0;
	}
	/* Behind the capture's own writes the bytes may be others. */
	if (differs && !f->touched)
		state_conflict(o, STATE_DOUBT_BYTES, event);
	return r;
}

int
state_keep(struct state_tree *t, struct slice bytes, struct slice *out)
{
	uint8_t *p = arena_alloc(&t->arena, bytes.n + 1);

	if (p == NULL)
		return ERR_NOMEM;
	if (bytes.n > 0)
		memcpy(p, bytes.p, bytes.n);
	*out = slice_of(p, bytes.n);
	return 0;
}

int
state_stream_of(struct state_tree *t, struct state_object *o, struct slice name,
		struct state_node_stream **out)
{
	struct state_node_stream *s;
	struct buf text = {0};
	size_t n = 0;
	int r = 0;

	*out = NULL;
	utf16_to_utf8(name, &text);
	buf_add(&text, "", 1);
	if (text.err != 0)
		goto out;
	for (s = o->streams; s != NULL && strcasecmp(s->name, (char *)text.p) != 0; s = s->next)
		n++;
	*out = s;
	if (s != NULL || n >= STATE_MAX_STREAMS || !state_is_name(name))
		goto out;
	s = arena_alloc(&t->arena, sizeof(*s));
	if (s == NULL || (s->name = arena_text(&t->arena, (char *)text.p, text.n - 1)) == NULL) {
		r = ERR_NOMEM;
		goto out;
	}
	s->next = o->streams;
	o->streams = *out = s;
out:
	r = r == 0 ? text.err : r;
	buf_free(&text);
	return r;
}

struct state_extra *
state_extra_of(struct state_tree *t, struct state_object *o)
{
	if (o->extra == NULL)
		o->extra = arena_alloc(&t->arena, sizeof(*o->extra));
	return o->extra;
}

/* Such as a line of state.jsonl can hold. */
static bool
is_ea_name(struct slice name)
{
	for (size_t i = 0; i < name.n; i++) {
		size_t n = name.p[i] >= 0x80 ? json_utf8_len(name.p + i, name.n - i) : 1;

		if (name.p[i] < 0x20 || n == 0)
			return false;
		i += n - 1;
	}
	return name.n > 0;
}

int
state_set_ea(struct state_tree *t, struct state_object *o, const struct state_ea *ea)
{
	struct state_extra *x = state_extra_of(t, o);
	struct state_ea *new;

	if (x == NULL)
		return ERR_NOMEM;
	if (!is_ea_name(ea->name) || ea->value.n > STATE_MAX_EXTRA - x->ea_bytes) {
		o->has_eas = true;
		return 0;
	}
	for (size_t i = 0; i < x->n_eas; i++)
		if (x->eas[i].name.n == ea->name.n &&
		    strncasecmp((const char *)x->eas[i].name.p, (const char *)ea->name.p,
				ea->name.n) == 0)
			return 0;
	if (x->n_eas == STATE_MAX_EAS)
		return 0;
	if (x->n_eas == x->cap_eas) {
		size_t cap = x->cap_eas * 2 + 2;

		new = arena_alloc(&t->arena, cap * sizeof(*new));
		if (new == NULL)
			return ERR_NOMEM;
		if (x->n_eas > 0)
			memcpy(new, x->eas, x->n_eas * sizeof(*new));
		x->eas = new;
		x->cap_eas = cap;
	}
	new = &x->eas[x->n_eas];
	new->flags = ea->flags;
	if (state_keep(t, ea->name, &new->name) != 0 || state_keep(t, ea->value, &new->value) != 0)
		return ERR_NOMEM;
	x->ea_bytes += ea->value.n;
	x->n_eas++;
	return 0;
}
