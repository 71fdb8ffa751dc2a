/* The bytes that files are to have. */
#include "config.h"

#include "provision/content.h"

#define FNV_BASIS 0xcbf29ce484222325u
#define FNV_PRIME 0x100000001b3u

/* FNV-1a over a text and its end. */
static uint64_t
add_text(uint64_t seed, const char *text)
{
	do
		seed = (seed ^ (uint8_t)*text) * FNV_PRIME;
	while (*text++ != '\0');
	return seed;
}

struct content
content_of(const struct state *s, const struct state_entry *e, long stream)
{
	struct content c = {.state = s, .data = &e->data};

	c.seed = add_text(add_text(FNV_BASIS, e->share), e->path);
	if (stream >= 0) {
		c.data = &e->streams[stream].data;
		c.seed = add_text(c.seed, e->streams[stream].name);
	}
	return c;
}

/* The eight made-up bytes at an offset that eight divides (splitmix64). */
static uint64_t
made_up(uint64_t seed, uint64_t off)
{
	uint64_t v = seed + (off / 8 + 1) * 0x9e3779b97f4a7c15u;

	v = (v ^ v >> 30) * 0xbf58476d1ce4e5b9u;
	v = (v ^ v >> 27) * 0x94d049bb133111ebu;
	return v ^ v >> 31;
}

/* The first piece that ends behind an offset; n_pieces: none. */
static size_t
piece_behind(const struct state_data *d, uint64_t off)
{
	size_t lo = 0, hi = d->n_pieces;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (off - d->pieces[mid].off < d->pieces[mid].len || off < d->pieces[mid].off)
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo;
}

bool
content_next(const struct content *c, uint64_t *off, uint32_t max, uint32_t *n)
{
	const struct state_data *d = c->data;
	uint64_t size = state_size(d), end;
	size_t i;

	if (*off >= size)
		return false;
	i = piece_behind(d, *off);
	if (*off >= CONTENT_MADE_UP) {
		if (i == d->n_pieces)
			return false;
		*off = *off > d->pieces[i].off ? *off : d->pieces[i].off;
	}
	end = *off < CONTENT_MADE_UP ? CONTENT_MADE_UP : *off;
	for (; i < d->n_pieces && d->pieces[i].off <= end; i++)
		end = end > d->pieces[i].off + d->pieces[i].len
			      ? end
			      : d->pieces[i].off + d->pieces[i].len;
	end = end < size ? end : size;
	*n = end - *off < max ? (uint32_t)(end - *off) : max;
	return *n > 0;
}

static void
make_up(uint64_t seed, uint64_t off, uint8_t *out, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++, off++)
		out[i] = (uint8_t)(made_up(seed, off & ~(uint64_t)7) >> (off & 7) * 8);
}

void
content_read(const struct content *c, uint64_t off, uint8_t *out, uint32_t n)
{
	const struct state_data *d = c->data;

	make_up(c->seed, off, out, n);
	for (size_t i = piece_behind(d, off); i < d->n_pieces && d->pieces[i].off < off + n; i++) {
		struct slice s = state_bytes(c->state, &d->pieces[i]);
		uint64_t from = d->pieces[i].off > off ? d->pieces[i].off : off,
			 skip = from - d->pieces[i].off, left = off + n - from;

		s = skip <= s.n ? slice_sub(s, (size_t)skip, s.n - (size_t)skip)
				: (struct slice){0};
		if (s.n > 0)
			memcpy(out + (from - off), s.p, s.n < left ? s.n : (size_t)left);
	}
}

uint64_t
content_sum(const struct content *c, uint64_t limit)
{
	uint64_t off = 0, sum = 0;
	uint32_t n;

	for (; sum < limit && content_next(c, &off, UINT32_MAX, &n); off += n)
		sum += n;
	return sum < limit ? sum : limit;
}

uint64_t
content_end(const struct content *c)
{
	const struct state_data *d = c->data;
	uint64_t size = state_size(d), end = size < CONTENT_MADE_UP ? size : CONTENT_MADE_UP;

	if (d->n_pieces == 0)
		return end;
	size = d->pieces[d->n_pieces - 1].off + d->pieces[d->n_pieces - 1].len;
	return size > end ? size : end;
}
