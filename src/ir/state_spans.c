/* Who was first at each byte of a file. */
#include "config.h"

#include "ir/state_spans.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK 256 /* spans in a full block */

struct span_block {
	struct span *list; /* owned */
	size_t n, cap;
};

/* Where a span stands, or would: in a block, or at its end. */
struct place {
	size_t block, i;
};

void
spans_free(struct spans *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->blocks[i].list);
	free(s->blocks);
	*s = (struct spans){0};
}

static uint64_t
end_of(const struct span *x)
{
	return x->off + x->len;
}

/* The first span that ends behind `off`. */
static struct place
find(const struct spans *s, uint64_t off)
{
	struct place p = {0};
	size_t low = 0, high = s->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const struct span_block *b = &s->blocks[mid];

		if (end_of(&b->list[b->n - 1]) > off)
			high = mid;
		else
			low = mid + 1;
	}
	p.block = low;
	if (low == s->n)
		return p;
	for (high = s->blocks[low].n, low = 0; low < high;) {
		size_t mid = low + (high - low) / 2;

		if (end_of(&s->blocks[p.block].list[mid]) > off)
			high = mid;
		else
			low = mid + 1;
	}
	p.i = low;
	return p;
}

static struct span *
at_place(const struct spans *s, struct place p)
{
	return p.block < s->n ? &s->blocks[p.block].list[p.i] : NULL;
}

static struct place
behind(const struct spans *s, struct place p)
{
	if (++p.i >= s->blocks[p.block].n)
		p = (struct place){.block = p.block + 1};
	return p;
}

/* An empty block at `at`. */
static int
add_block(struct spans *s, size_t at)
{
	if (s->n == s->cap) {
		size_t cap = s->cap * 2 + 1;
		struct span_block *more = realloc(s->blocks, cap * sizeof(*more));

		if (more == NULL)
			return ERR_NOMEM;
		s->blocks = more;
		s->cap = cap;
	}
	memmove(&s->blocks[at + 1], &s->blocks[at], (s->n - at) * sizeof(*s->blocks));
	s->blocks[at] = (struct span_block){0};
	s->n++;
	return 0;
}

static int
make_room(struct span_block *b)
{
	size_t cap = b->cap * 2 + 1 < BLOCK ? b->cap * 2 + 1 : BLOCK;
	struct span *more;

	if (b->n < b->cap)
		return 0;
	more = realloc(b->list, cap * sizeof(*more));
	if (more == NULL)
		return ERR_NOMEM;
	b->list = more;
	b->cap = cap;
	return 0;
}

/* The upper half of a full block becomes one of its own. */
static int
split(struct spans *s, size_t at)
{
	int r = add_block(s, at + 1);
	struct span_block *b = &s->blocks[at], *c = b + 1;

	if (r != 0)
		return r;
	c->list = malloc(BLOCK * sizeof(*c->list));
	if (c->list == NULL) {
		s->n--;
		memmove(c, c + 1, (s->n - at - 1) * sizeof(*c));
		return ERR_NOMEM;
	}
	c->cap = BLOCK;
	c->n = b->n - BLOCK / 2;
	b->n = BLOCK / 2;
	memcpy(c->list, b->list + b->n, c->n * sizeof(*c->list));
	return 0;
}

/* Put a span before what stands at `*p`, which is its own place then. */
static int
insert(struct spans *s, struct place *p, const struct span *x)
{
	struct span_block *b;
	int r = 0;

	if (p->block == s->n && s->n > 0) /* behind all */
		*p = (struct place){s->n - 1, s->blocks[s->n - 1].n};
	if (s->n == 0)
		r = add_block(s, 0);
	else if (p->i == BLOCK && p->block == s->n - 1) {
		/* What grows at its end fills its blocks. */
		r = add_block(s, s->n);
		*p = (struct place){p->block + 1, 0};
	} else if (s->blocks[p->block].n == BLOCK) {
		r = split(s, p->block);
		if (p->i > BLOCK / 2)
			*p = (struct place){p->block + 1, p->i - BLOCK / 2};
	}
	if (r == 0)
		r = make_room(&s->blocks[p->block]);
	if (r != 0)
		return r;
	b = &s->blocks[p->block];
	memmove(&b->list[p->i + 1], &b->list[p->i], (b->n - p->i) * sizeof(*b->list));
	b->list[p->i] = *x;
	b->n++;
	return 0;
}

/* Writes that lie side by side are one. */
static bool
joins(const struct spans *s, struct place p, const struct span *x)
{
	struct span *before;

	if (x->at != SPAN_WRITTEN || (p.block == 0 && p.i == 0))
		return false;
	if (p.i > 0)
		before = &s->blocks[p.block].list[p.i - 1];
	else
		before = &s->blocks[p.block - 1].list[s->blocks[p.block - 1].n - 1];
	if (before->at != SPAN_WRITTEN || end_of(before) != x->off)
		return false;
	before->len += x->len;
	return true;
}

/* What of `x` lies from `from` up to `to`. */
static struct span
part(const struct span *x, uint64_t from, uint64_t to)
{
	struct span p = {from, to - from, x->at, x->hash};

	if (from != x->off || to != end_of(x))
		p.hash = 0;
	if (x->at != SPAN_WRITTEN)
		p.at += from - x->off;
	return p;
}

static bool
is_other(const struct span *a, const struct span *b)
{
	return a->off == b->off && a->len == b->len && a->hash != 0 && b->hash != 0 &&
	       a->hash != b->hash && a->at != SPAN_WRITTEN && b->at != SPAN_WRITTEN;
}

int
spans_add(struct spans *s, const struct span *x, size_t *left, bool *differs)
{
	struct place p = find(s, x->off);
	uint64_t at = x->off, end = end_of(x);

	*differs = false;
	while (at < end) {
		const struct span *next = at_place(s, p);
		uint64_t to = next != NULL && next->off < end ? next->off : end;
		uint64_t then = next != NULL && next->off < end ? end_of(next) : end;

		*differs = *differs || (next != NULL && is_other(next, x));
		if (to > at) {
			struct span mine = part(x, at, to);
			bool joined = joins(s, p, &mine);

			if (!joined && *left == 0)
				return ERR_LIMIT;
			if (!joined && insert(s, &p, &mine) != 0)
				return ERR_NOMEM;
			*left -= !joined;
			if (!joined)
				p = behind(s, p);
		}
		if (then < end)
			p = behind(s, p);
		at = then;
	}
	return 0;
}

const struct span *
spans_next(const struct spans *s, uint64_t *at)
{
	const struct span *x = at_place(s, find(s, *at));

	if (x != NULL)
		*at = end_of(x);
	return x;
}
