/* Fresh names and keys for each try of a workload. */
#include "config.h"

#include "ir/clone.h"

#include <stdlib.h>

#include "base/utf16.h"
#include "ir/conflicts_int.h"

#include <xxhash.h>

#define CODE 6 /* letters of a name that tell tries apart, five bits each */
#define CODE_MASK (((uint64_t)1 << (5 * CODE)) - 1)

struct clone {
	struct cut_entry *made; /* by hash of the path: its number, from 1 */
	uint32_t n_made;
	uint64_t seed, number, first; /* first: the code that its first name has */
	uint8_t mask[CLONE_KEY];
};

static int
add_names(struct clone *c, const struct conflicts *k)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < k->n_names; i++) {
		const struct cut_key key = {.a = k->names[i].hash};

		if (k->names[i].origin == NAME_MADE)
			r = cut_table_put(&c->made, &key, ++c->n_made);
	}
	return r;
}

int
clone_new(const struct ir *ir, uint64_t seed, struct clone **out)
{
	struct clone *c = calloc(1, sizeof(*c));
	struct conflicts *k = NULL;
	int r = c != NULL ? conflicts_new(ir, &k) : ERR_NOMEM;

	if (r == 0)
		r = add_names(c, k);
	conflicts_free(k);
	if (r != 0) {
		clone_free(c);
		return r;
	}
	c->seed = seed;
	clone_try(c, 1);
	*out = c;
	return 0;
}

void
clone_free(struct clone *c)
{
	if (c == NULL)
		return;
	cut_table_free(&c->made);
	free(c);
}

/* No name comes again before all codes were used. */
void
clone_try(struct clone *c, uint64_t n)
{
	XXH128_hash_t h = XXH3_128bits_withSeed(&n, sizeof(n), c->seed);

	c->number = n;
	c->first = XXH3_64bits_withSeed(&c->seed, sizeof(c->seed), 0) + n * c->n_made;
	wire_put_le(c->mask, 8, h.low64);
	wire_put_le(c->mask + 8, 8, h.high64);
}

uint64_t
clone_seed(const struct clone *c)
{
	return c->seed;
}

uint64_t
clone_number(const struct clone *c)
{
	return c->number;
}

static void
put_code(const struct clone *c, uint32_t number, struct buf *out)
{
	/* An odd factor: neighbours look different, and none is the same. */
	uint64_t code = (c->first + number) * 0x2545f491u & CODE_MASK;

	for (int i = 0; i < CODE; i++, code >>= 5)
		buf_add(out, "abcdefghijklmnopqrstuvwxyz234567" + (code & 31), 1);
}

/* How much of a name stays before its code, and where its extension begins; in bytes of UTF-8. */
static size_t
kept_of(const char *name, size_t n, size_t *extension)
{
	size_t end = n, i = 0;

	for (size_t k = 1; k < n; k++)
		if (name[k] == '.')
			end = k;
	while (i < end && (uint8_t)name[i] < 0x80)
		i++;
	*extension = end;
	return i == end && end >= CODE ? end - CODE : end;
}

static void
put_fresh(const struct clone *c, uint32_t number, const char *name, struct buf *out)
{
	size_t n = strlen(name), extension, kept = kept_of(name, n, &extension);

	buf_add(out, name, kept);
	put_code(c, number, out);
	buf_add(out, name + extension, n - extension);
}

/* The path in UTF-16, of which the part at `at` is one that the workload makes. */
static int
put_path(const struct clone *c, uint32_t number, struct slice path, struct slice at,
	 struct buf *out)
{
	size_t begin = (size_t)(at.p - path.p), end = begin + at.n;
	struct buf name = {0};

	utf16_to_utf8(slice_of(path.p, begin), out);
	utf16_to_utf8(at, &name);
	buf_zero(&name, 1);
	if (name.err == 0)
		put_fresh(c, number, (char *)name.p, out);
	utf16_to_utf8(slice_sub(path, end, path.n - end), out);
	if (name.err != 0 || out->err != 0) {
		buf_free(&name);
		return ERR_NOMEM;
	}
	buf_free(&name);
	return 1;
}

int
clone_path(const struct clone *c, const char *share, const char *path, struct buf *out)
{
	struct buf name = {0}, text = {0};
	struct share s = {.hash = 0};
	struct conflicts_parts it;
	int r = c->n_made > 0 ? utf16_from_utf8(path, &text) : 0;

	if (r == 0 && share != NULL)
		r = utf16_from_utf8(share, &name);
	if (r == 0 && share != NULL)
		s = conflicts_share(buf_slice(&name));
	it = (struct conflicts_parts){.path = conflicts_file_part(buf_slice(&text)),
				      .hash = s.hash};
	while (r == 0 && conflicts_next_part(&it)) {
		const struct cut_key key = {.a = it.hash};
		uint32_t number = cut_table_get(&c->made, &key);

		if (number != 0)
			r = put_path(c, number, buf_slice(&text), it.part, out);
	}
	if (text.err != 0 || name.err != 0)
		r = ERR_NOMEM;
	buf_free(&name);
	buf_free(&text);
	return r == ERR_MALFORMED ? 0 : r; /* no text: nobody made it */
}

void
clone_key(const struct clone *c, uint8_t key[CLONE_KEY])
{
	uint8_t any = 0;

	for (int i = 0; i < CLONE_KEY; i++)
		any |= key[i];
	for (int i = 0; any != 0 && i < CLONE_KEY; i++)
		key[i] ^= c->mask[i];
}
