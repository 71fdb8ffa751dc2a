/* Paths, whatever the case of their letters, and the files that they stand for. */
#include "config.h"

#include <wctype.h>

#include "base/list.h"
#include "ir/conflicts_int.h"
#include "proto/smb2_pdu.h"

#include <xxhash.h>

#define MAX_PARTS 64 /* of a path; what is below is one name */

enum { KEY_NAME = 1000 /* behind enum touch_what */, KEY_DOOMED, KEY_LEASED };

static bool
is_at(struct slice s, size_t i, char c)
{
	return s.p[i] == (uint8_t)c && s.p[i + 1] == 0;
}

/* A letter after the other: names differ in more than their case. */
static uint64_t
hash_part(struct slice part, uint64_t seed)
{
	uint64_t h = seed;

	for (size_t i = 0; i + 1 < part.n; i += 2) {
		wint_t c = (wint_t)wire_le(part.p + i, 2);

		if (c >= 'a' && c <= 'z')
			c -= 'a' - 'A';
		else if (c >= 0x80)
			c = towupper(c);
		h = (h ^ c) * 0x100000001b3u;
	}
	return XXH3_64bits_withSeed(&h, sizeof(h), seed);
}

/* The place of the name with that hash, plus 1: added where there is none. */
static uint32_t
intern(struct conflicts_pass *p, const struct name *fresh)
{
	const struct cut_key k = {.a = fresh->hash, .kind = KEY_NAME};
	struct conflicts *c = p->c;
	uint32_t i = cut_table_get(&p->table, &k);

	if (i != 0)
		return i;
	conflicts_error(p, list_room(&c->names, c->n_names, &c->cap_names, sizeof(*c->names)));
	if (p->err == 0)
		conflicts_error(p, cut_table_put(&p->table, &k, (uint32_t)c->n_names + 1));
	if (p->err != 0)
		return 0;
	c->names[c->n_names++] = *fresh;
	return (uint32_t)c->n_names;
}

/* The end of the part that begins at `i`. */
static size_t
part_end(struct slice path, size_t i)
{
	while (i + 1 < path.n && !is_at(path, i, '\\') && !is_at(path, i, '/'))
		i += 2;
	return i;
}

bool
conflicts_next_part(struct conflicts_parts *i)
{
	while (i->next + 1 < i->path.n) {
		size_t begin = i->next,
		       end = i->n < MAX_PARTS ? part_end(i->path, begin) : i->path.n;

		i->next = end + 2;
		i->n++;
		if (end == begin)
			continue;
		i->part = slice_of(i->path.p + begin, end - begin);
		i->hash = hash_part(i->part, i->hash);
		return true;
	}
	return false;
}

uint32_t
conflicts_name(struct conflicts_pass *p, const struct share *s, struct slice path)
{
	struct conflicts_parts i = {.path = path, .hash = s->hash};
	struct name fresh = {.hash = s->hash};
	uint32_t at = intern(p, &fresh);

	while (p->err == 0 && conflicts_next_part(&i)) {
		fresh.hash = i.hash;
		fresh.parent = at;
		at = intern(p, &fresh);
	}
	return at;
}

uint32_t
conflicts_file(struct conflicts_pass *p, uint32_t name)
{
	struct name *n = &p->c->names[name - 1];

	if (n->file == 0)
		n->file = ++p->n_files;
	return n->file;
}

void
conflicts_doom(struct conflicts_pass *p, uint32_t file)
{
	const struct cut_key k = {.a = file, .kind = KEY_DOOMED};

	conflicts_error(p, cut_table_put(&p->table, &k, 1));
}

bool
conflicts_doomed(const struct conflicts_pass *p, uint32_t file)
{
	const struct cut_key k = {.a = file, .kind = KEY_DOOMED};

	return cut_table_get(&p->table, &k) != 0;
}

void
conflicts_lease(struct conflicts_pass *p, const struct touch *key, uint32_t name)
{
	const struct cut_key k = {.a = key->a, .b = key->b, .kind = KEY_LEASED};

	conflicts_error(p, cut_table_put(&p->table, &k, name));
}

uint32_t
conflicts_leased(const struct conflicts_pass *p, const struct touch *key)
{
	const struct cut_key k = {.a = key->a, .b = key->b, .kind = KEY_LEASED};

	return cut_table_get(&p->table, &k);
}

struct share
conflicts_share(struct slice path)
{
	static const char ipc[] = "I\0P\0C\0$"; /* and the NUL behind it */
	size_t begin = 0;
	struct share s;
	struct slice last;

	for (size_t i = 0; i + 1 < path.n; i += 2)
		if (is_at(path, i, '\\'))
			begin = i + 2;
	last = slice_sub(path, begin, path.n - begin);
	s.hash = hash_part(last, 1) | 1;
	s.pipes = s.hash == (hash_part(slice_of(ipc, sizeof(ipc)), 1) | 1);
	return s;
}

struct slice
conflicts_file_part(struct slice name)
{
	for (size_t i = 0; i + 1 < name.n; i += 2)
		if (is_at(name, i, ':'))
			return slice_of(name.p, i);
	return name;
}
