/* Names rewritten: paths into components, components into parts, parts letter by letter. */
#include "config.h"

#include "anonymize/anon_name.h"

#include <stdlib.h>

#include "anonymize/anon_chars.h"
#include "anonymize/anon_known.h"
#include "base/utf16.h"

#define EXTENSION_MAX 4 /* characters of what may be an extension */
#define SMALL 32        /* classes of up to so many letters are permuted, others turned */

/* The state before a letter: all that was before it in its part. */
struct state {
	uint8_t h[PRF_LEN];
};

/*
 * Where the letter at `i` of `n` goes: by a cyclic permutation (Sattolo), or a turn; in neither
 * does any stay.
 */
static uint16_t
permuted(const struct state *s, uint16_t n, uint16_t i)
{
	uint8_t order[SMALL];

	if (n > SMALL)
		return (uint16_t)((i + 1 + wire_le(s->h, 8) % (n - 1u)) % n);
	for (uint8_t k = 0; k < n; k++)
		order[k] = k;
	for (unsigned k = n - 1u; k > 0; k--) {
		unsigned j = s->h[k] % k;
		uint8_t swap = order[k];

		order[k] = order[j];
		order[j] = swap;
	}
	return order[i];
}

static int
start(struct anon_names *a, struct state *s)
{
	return prf_run(a->prf, slice_of("name", 4), (struct slice){0}, s->h);
}

static int
map_letter(struct anon_names *a, struct state *s, const struct anon_char *was, uint16_t *out)
{
	const uint8_t in[3] = {was->class, (uint8_t)was->index, (uint8_t)(was->index >> 8)};
	struct anon_char is = *was;

	is.index = permuted(s, anon_class_size(was->class), was->index);
	*out = anon_char_unit(&is);
	return prf_run(a->prf, slice_of(s->h, PRF_LEN), slice_of(in, sizeof(in)), s->h);
}

/* Of "REPORT~1", where the number that makes it a short name begins (MS-FSCC 2.1.5.2.1); n: it has
 * none. */
static size_t
short_tail(const uint16_t *u, size_t n)
{
	size_t i = n;

	while (i > 0 && u[i - 1] >= '0' && u[i - 1] <= '9')
		i--;
	return n <= 8 && i > 0 && i < n && u[i - 1] == '~' ? i : n;
}

/* A part: what is between dots. */
static int
map_part(struct anon_names *a, uint16_t *u, size_t n)
{
	size_t end = short_tail(u, n);
	struct anon_char c;
	struct state s;
	int r = start(a, &s);

	for (size_t i = 0; r == 0 && i < end; i++) {
		if (anon_char_of(u[i], &c))
			r = map_letter(a, &s, &c, &u[i]);
		else
			a->strange += anon_is_strange(u[i]);
	}
	return r;
}

/* In patterns '"' stands for a dot (MS-FSCC 2.1.4.4). */
static bool
is_dot(uint16_t unit)
{
	return unit == '.' || unit == '"';
}

static bool
is_wildcard(uint16_t unit)
{
	return unit == '*' || unit == '?' || unit == '<' || unit == '>';
}

/* Where the extension begins, which stays; n: there is none. */
static size_t
extension_at(const uint16_t *u, size_t n)
{
	bool letter = false;
	size_t i = n;

	while (i > 0 && !is_dot(u[i - 1])) {
		uint16_t c = anon_fold(u[--i]);

		if (n - i > EXTENSION_MAX)
			return n;
		if (c >= 'a' && c <= 'z')
			letter = true;
		else if (!(c >= '0' && c <= '9') && !is_wildcard(c))
			return n;
	}
	return i > 1 && i < n && letter ? i : n;
}

static int
map_once(struct anon_names *a, enum anon_text kind, uint16_t *u, size_t n)
{
	size_t end = kind == ANON_FILE ? extension_at(u, n) : n;
	int r = 0;

	for (size_t from = 0, i = 0; r == 0 && i <= end; i++) {
		if (i < end && !is_dot(u[i]) && !(kind == ANON_HOST && u[i] == '@'))
			continue;
		r = map_part(a, u + from, i - from);
		from = i + 1;
	}
	return r;
}

static bool
stays(enum anon_text kind, const uint16_t *u, size_t n)
{
	return kind == ANON_HOST ? anon_is_known_host(u, n) : anon_is_well_known(u, n);
}

/*
 * What comes out as a name that stays goes through again, so that nothing else becomes one of
 * those: as on a cycle that they are taken out of.
 */
static int
map_name(struct anon_names *a, enum anon_text kind, uint16_t *u, size_t n)
{
	int r;

	do {
		r = map_once(a, kind, u, n);
	} while (r == 0 && stays(kind, u, n));
	return r;
}

/* One component: an address in text, where there is one of as many characters, or a name. */
static int
map_component(struct anon_names *a, enum anon_text kind, uint16_t *u, size_t n)
{
	uint16_t *was;
	size_t end;
	int r = 0;

	if (n == 0 || stays(kind, u, n))
		return 0;
	was = malloc(n * sizeof(*u));
	if (was == NULL)
		return ERR_NOMEM;
	memcpy(was, u, n * sizeof(*u));
	if (kind != ANON_HOST || a->address == NULL || !a->address(a->ctx, u, n))
		r = map_name(a, kind, u, n);
	end = kind == ANON_FILE ? extension_at(u, n) : n;
	if (r == 0 && end < n && a->extension != NULL)
		a->extension(a->ctx, u + end, n - end);
	if (r == 0 && a->see != NULL && memcmp(was, u, n * sizeof(*u)) != 0)
		a->see(a->ctx, kind, was, u, n);
	free(was);
	return r;
}

static bool
ends_component(enum anon_text kind, uint16_t unit)
{
	return unit == '\\' || unit == '/' || unit == 0 || (kind == ANON_FILE && unit == ':');
}

/* "dir\\file:stream", "cifs/host", "DOMAIN\\user" */
static int
map_components(struct anon_names *a, enum anon_text kind, uint16_t *u, size_t n)
{
	int r = 0;

	for (size_t from = 0, i = 0; r == 0 && i <= n; i++) {
		if (i < n && !ends_component(kind, u[i]))
			continue;
		r = map_component(a, kind, u + from, i - from);
		from = i + 1;
	}
	return r;
}

int
anon_name_units(struct anon_names *a, enum anon_text kind, uint16_t *u, size_t n)
{
	size_t from = 0, host;
	int r;

	if (kind != ANON_UNC)
		return map_components(a, kind, u, n);
	while (from < n && (u[from] == '\\' || u[from] == '/'))
		from++;
	for (host = from; host < n && u[host] != '\\' && u[host] != '/';)
		host++;
	r = map_component(a, ANON_HOST, u + from, host - from);
	return r == 0 ? map_components(a, ANON_FILE, u + host, n - host) : r;
}

int
anon_name_utf16(struct anon_names *a, enum anon_text kind, uint8_t *p, size_t n)
{
	size_t units = n / 2;
	uint16_t *u;
	int r;

	if (units == 0)
		return 0;
	u = malloc(units * sizeof(*u));
	if (u == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < units; i++)
		u[i] = (uint16_t)wire_le(p + 2 * i, 2);
	r = anon_name_units(a, kind, u, units);
	for (size_t i = 0; r == 0 && i < units; i++)
		wire_put_le(p + 2 * i, 2, u[i]);
	free(u);
	return r;
}

/* As Latin-1, each byte a unit. */
static int
map_latin(struct anon_names *a, enum anon_text kind, uint8_t *p, size_t n)
{
	uint16_t *u = malloc((n + 1) * sizeof(*u));
	int r;

	if (u == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < n; i++)
		u[i] = p[i];
	r = anon_name_units(a, kind, u, n);
	for (size_t i = 0; r == 0 && i < n; i++)
		p[i] = (uint8_t)u[i];
	free(u);
	return r;
}

int
anon_name_bytes(struct anon_names *a, enum anon_text kind, uint8_t *p, size_t n)
{
	struct buf text = {0}, units = {0};
	bool utf8 = false;
	int r = 0;

	buf_add(&text, p, n);
	buf_zero(&text, 1);
	if (text.err == 0 && memchr(p, 0, n) == NULL &&
	    utf16_from_utf8((const char *)text.p, &units) == 0) {
		r = anon_name_utf16(a, kind, units.p, units.n);
		buf_reset(&text);
		utf16_to_utf8(buf_slice(&units), &text);
		utf8 = r == 0 && text.n == n;
		if (utf8)
			memcpy(p, text.p, n);
	}
	if (r == 0)
		r = text.err;
	buf_free(&text);
	buf_free(&units);
	return r == 0 && !utf8 ? map_latin(a, kind, p, n) : r;
}
