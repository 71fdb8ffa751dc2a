/* Files by their names: a tree with classes (union-find), whose children follow their parents. */
#include "config.h"

#include "anonymize/anon_files.h"

#include <stdlib.h>

#include "anonymize/anon_chars.h"
#include "base/buf.h"

/* Without memory an element is left out, which its owner sees. */
#define HASH_NONFATAL_OOM 1
#define uthash_nonfatal_oom(element) ((element)->left_out = true)
#include <uthash.h>

struct anon_node {
	uint32_t up; /* the node that stands for its class; itself */
	/* Of what stands for a class: */
	uint32_t first; /* of its nodes, whose key is that of all */
	uint64_t period;
	struct anon_edge *children;
	size_t n_children;
	/* Of each: */
	uint8_t key[PRF_LEN];
};

/* A name in a directory: found by the directory's class and the name's digest. */
struct anon_edge {
	struct {
		uint8_t name[PRF_LEN];
		uint32_t dir;
	} at;
	uint32_t node;
	bool left_out;
	struct anon_edge *next; /* in the directory */
	UT_hash_handle hh;
};

void
anon_files_free(struct anon_files *f)
{
	struct anon_edge *i, *next;

	HASH_ITER(hh, f->edges, i, next)
	{
		HASH_DEL(f->edges, i);
		free(i);
	}
	free(f->list);
	f->list = NULL;
	f->n = f->cap = 0;
}

static uint32_t
find(const struct anon_files *f, uint32_t i)
{
	while (f->list[i].up != i) {
		f->list[i].up = f->list[f->list[i].up].up;
		i = f->list[i].up;
	}
	return i;
}

static int
add_node(struct anon_files *f, uint32_t *out)
{
	if (f->n == f->cap) {
		size_t cap = f->cap * 2 + 64;
		struct anon_node *more =
			cap < UINT32_MAX ? realloc(f->list, cap * sizeof(*more)) : NULL;

		if (more == NULL)
			return ERR_NOMEM;
		f->list = more;
		f->cap = cap;
	}
	f->list[f->n] = (struct anon_node){.up = (uint32_t)f->n, .first = (uint32_t)f->n};
	*out = (uint32_t)f->n++;
	return 0;
}

static struct anon_edge *
find_edge(const struct anon_files *f, uint32_t dir, const uint8_t name[PRF_LEN])
{
	struct anon_edge probe, *found = NULL;

	memset(&probe, 0, sizeof(probe));
	memcpy(probe.at.name, name, PRF_LEN);
	probe.at.dir = dir;
	HASH_FIND(hh, f->edges, &probe.at, sizeof(probe.at), found);
	return found;
}

static int
add_edge(struct anon_files *f, uint32_t dir, const uint8_t name[PRF_LEN], uint32_t node)
{
	struct anon_edge *e = calloc(1, sizeof(*e));

	if (e == NULL)
		return ERR_NOMEM;
	memcpy(e->at.name, name, PRF_LEN);
	e->at.dir = dir;
	e->node = node;
	HASH_ADD(hh, f->edges, at, sizeof(e->at), e);
	if (e->left_out) {
		free(e);
		return ERR_NOMEM;
	}
	e->next = f->list[dir].children;
	f->list[dir].children = e;
	f->list[dir].n_children++;
	return 0;
}

int
anon_files_init(struct anon_files *f, struct prf *prf)
{
	uint32_t root;
	int r;

	*f = (struct anon_files){.prf = prf};
	r = add_node(f, &root);
	return r == 0 ? prf_run(prf, slice_of("root", 4), (struct slice){0}, f->list[0].key) : r;
}

static const uint8_t *
key_of(const struct anon_files *f, uint32_t i)
{
	return f->list[f->list[find(f, i)].first].key;
}

static int
step(struct anon_files *f, uint32_t *dir, struct slice name)
{
	uint8_t digest[PRF_LEN];
	struct anon_edge *e;
	uint32_t node;
	int r = prf_run(f->prf, slice_of("child", 5), name, digest);

	*dir = find(f, *dir);
	e = r == 0 ? find_edge(f, *dir, digest) : NULL;
	if (e != NULL) {
		*dir = e->node;
		return 0;
	}
	if (r == 0)
		r = add_node(f, &node);
	if (r == 0)
		r = prf_run(f->prf, slice_of(key_of(f, *dir), PRF_LEN), slice_of(digest, PRF_LEN),
			    f->list[node].key);
	if (r == 0)
		r = add_edge(f, *dir, digest, node);
	if (r == 0)
		*dir = node;
	return r;
}

static void
fold(struct slice path, struct buf *out)
{
	for (size_t i = 0; i + 1 < path.n; i += 2)
		buf_le(out, 2, anon_fold((uint16_t)wire_le(path.p + i, 2)));
}

static bool
ends_in(struct slice s, const char *text)
{
	size_t n = strlen(text);

	if (s.n < 2 * n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (wire_le(s.p + s.n - 2 * n + 2 * i, 2) != (uint8_t)text[i])
			return false;
	return true;
}

/* "file::$DATA" is "file", "file:stream:$DATA" is "file:stream" (MS-FSCC 2.1.5). */
static struct slice
without_type(struct slice path)
{
	static const char *const types[] = {"::$data", ":$data"};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (ends_in(path, types[i]))
			return slice_of(path.p, path.n - 2 * strlen(types[i]));
	return path;
}

int
anon_files_path(struct anon_files *f, uint32_t under, struct slice path, uint32_t *out)
{
	struct buf folded = {0};
	struct slice s;
	size_t from = 0;
	int r;

	fold(path, &folded);
	s = without_type(buf_slice(&folded));
	r = folded.err;
	for (size_t i = 0; r == 0 && i <= s.n; i += 2) {
		if (i < s.n && wire_le(s.p + i, 2) != '\\')
			continue;
		if (i > from)
			r = step(f, &under, slice_of(s.p + from, i - from));
		from = i + 2;
	}
	*out = under;
	buf_free(&folded);
	return r;
}

/* Greatest common divisor; that with 0 is the other. */
static uint64_t
common(uint64_t a, uint64_t b)
{
	while (b != 0) {
		uint64_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

/* Pairs that are still to be united. */
struct pairs {
	struct buf b;
};

static void
push(struct pairs *p, uint32_t a, uint32_t b)
{
	buf_le(&p->b, 4, a);
	buf_le(&p->b, 4, b);
}

static bool
pop(struct pairs *p, uint32_t *a, uint32_t *b)
{
	if (p->b.err != 0 || p->b.n < 8)
		return false;
	p->b.n -= 8;
	*a = (uint32_t)wire_le(p->b.p + p->b.n, 4);
	*b = (uint32_t)wire_le(p->b.p + p->b.n + 4, 4);
	return true;
}

/* What has more children stands for both: each is moved only so often. */
static int
unite_one(struct anon_files *f, uint32_t a, uint32_t b, struct pairs *more)
{
	int r = 0;

	a = find(f, a);
	b = find(f, b);
	if (a == b)
		return 0;
	if (f->list[a].n_children < f->list[b].n_children) {
		uint32_t swap = a;

		a = b;
		b = swap;
	}
	f->list[b].up = a;
	if (f->list[b].first < f->list[a].first)
		f->list[a].first = f->list[b].first;
	f->list[a].period = common(f->list[a].period, f->list[b].period);
	for (const struct anon_edge *e = f->list[b].children; r == 0 && e != NULL; e = e->next) {
		struct anon_edge *same = find_edge(f, a, e->at.name);

		if (same != NULL)
			push(more, same->node, e->node);
		else
			r = add_edge(f, a, e->at.name, e->node);
	}
	return r;
}

int
anon_files_unite(struct anon_files *f, uint32_t a, uint32_t b)
{
	struct pairs more = {.b = {0}};
	int r = 0;

	if (a == 0 || b == 0 || a >= f->n || b >= f->n)
		return 0;
	push(&more, a, b);
	while (r == 0 && pop(&more, &a, &b))
		r = unite_one(f, a, b, &more);
	if (r == 0)
		r = more.b.err;
	buf_free(&more.b);
	return r;
}

void
anon_files_shift(struct anon_files *f, uint32_t file, uint64_t shift)
{
	struct anon_node *at;

	if (file == 0 || file >= f->n)
		return;
	at = &f->list[find(f, file)];
	at->period = common(at->period, shift);
}

const uint8_t *
anon_files_key(const struct anon_files *f, uint32_t file, uint64_t *period)
{
	uint32_t i = file < f->n ? file : 0;

	*period = f->list[find(f, i)].period;
	return key_of(f, i);
}

size_t
anon_files_repeating(const struct anon_files *f)
{
	size_t n = 0;

	for (uint32_t i = 1; i < f->n; i++)
		n += f->list[i].up == i && f->list[i].period != 0;
	return n;
}
