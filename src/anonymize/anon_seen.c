/* The names that were rewritten, and whether one of them begins somewhere. */
#include "config.h"

#include "anonymize/anon_int.h"

#include <stdlib.h>

#include "anonymize/anon_chars.h"
#include "base/utf16.h"
#include "proto/sid.h"

/* Without memory an element is left out, which its owner sees. */
#define HASH_NONFATAL_OOM 1
#define uthash_nonfatal_oom(element) ((element)->left_out = true)
#include <uthash.h>

/* A name, by its folded text and what it is. */
struct anon_seen {
	uint16_t *key;      /* owned: what it is, then the folded text */
	uint16_t *was, *is; /* in the same memory */
	size_t n;           /* units of each text */
	uint64_t times;     /* 0: only a part of a name */
	bool left_out;
	UT_hash_handle hh;
};

static void
free_list(struct anon_seen **list)
{
	struct anon_seen *i, *next;

	HASH_ITER(hh, *list, i, next)
	{
		HASH_DEL(*list, i);
		free(i->key);
		free(i);
	}
}

void
anon_seen_free(struct anon *a)
{
	free_list(&a->seen);
	free_list(&a->sids);
	free_list(&a->extensions);
}

static struct anon_seen *
make(enum anon_text kind, const uint16_t *was, const uint16_t *is, size_t n)
{
	struct anon_seen *s = calloc(1, sizeof(*s));
	uint16_t *key = malloc((3 * n + 1) * sizeof(*key));

	if (s == NULL || key == NULL) {
		free(s);
		free(key);
		return NULL;
	}
	*s = (struct anon_seen){.key = key, .was = key + 1 + n, .is = key + 1 + 2 * n, .n = n};
	key[0] = (uint16_t)kind;
	for (size_t i = 0; i < n; i++) {
		key[1 + i] = anon_fold(was[i]);
		s->was[i] = was[i];
		s->is[i] = is[i];
	}
	return s;
}

static struct anon_seen *
make_bytes(const uint8_t *was, const uint8_t *is, size_t n)
{
	uint16_t *u = malloc((2 * n + 1) * sizeof(*u));
	struct anon_seen *s;

	if (u == NULL)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		u[i] = was[i];
		u[n + i] = is[i];
	}
	s = make(ANON_HOST, u, u + n, n);
	free(u);
	return s;
}

static void
note(struct anon *a, struct anon_seen **list, struct anon_seen *s, bool part)
{
	struct anon_seen *same = NULL;
	size_t bytes;

	if (s == NULL) {
		a->err = ERR_NOMEM;
		return;
	}
	bytes = (s->n + 1) * sizeof(*s->key);
	HASH_FIND(hh, *list, s->key, bytes, same);
	if (same == NULL) {
		HASH_ADD_KEYPTR(hh, *list, s->key, bytes, s);
		same = s->left_out ? NULL : s;
		a->err = same == NULL ? ERR_NOMEM : a->err;
	}
	if (same != NULL)
		same->times += !part;
	if (same != s) {
		free(s->key);
		free(s);
	}
}

void
anon_see(void *ctx, enum anon_text kind, const uint16_t *was, const uint16_t *is, size_t n)
{
	struct anon *a = ctx;

	if (!a->learning)
		return;
	note(a, &a->seen, make(kind, was, is, n), false);
	/* Elsewhere there may be only a part of it: of "dc1.example.com" "EXAMPLE". */
	for (size_t from = 0, i = 0; i <= n; i++) {
		if (i < n && was[i] != '.' && was[i] != '@')
			continue;
		if (i - from >= SEARCHED_MIN && i - from < n)
			note(a, &a->seen, make(ANON_HOST, was + from, is + from, i - from), true);
		from = i + 1;
	}
}

/* As text, whose characters are units. */
void
anon_see_sid(struct anon *a, struct slice was, struct slice is)
{
	struct buf x = {0}, y = {0};
	struct anon_seen *s;

	if (!a->learning || slice_eq(was, is) || !sid_put_text(was, &x) || !sid_put_text(is, &y)) {
		buf_free(&x);
		buf_free(&y);
		return;
	}
	/* The numbers may have fewer digits now: zeros behind the text. */
	buf_zero(&x, x.n < y.n ? y.n - x.n : 0);
	buf_zero(&y, y.n < x.n ? x.n - y.n : 0);
	s = x.err == 0 && y.err == 0 ? make_bytes(x.p, y.p, x.n) : NULL;
	note(a, &a->sids, s, false);
	buf_free(&x);
	buf_free(&y);
}

void
anon_see_extension(void *ctx, const uint16_t *u, size_t n)
{
	struct anon *a = ctx;

	if (a->learning)
		note(a, &a->extensions, make(ANON_FILE, u, u, n), false);
}

static void
add_text(struct buf *out, const uint16_t *u, size_t n)
{
	struct buf utf16 = {0};

	for (size_t i = 0; i < n; i++)
		buf_le(&utf16, 2, u[i]);
	utf16_to_utf8(buf_slice(&utf16), out);
	buf_zero(out, 1);
	if (utf16.err != 0)
		out->err = utf16.err;
	buf_free(&utf16);
}

static int
by_text(const struct anon_seen *x, const struct anon_seen *y)
{
	size_t n = x->n < y->n ? x->n : y->n;

	for (size_t i = 0; i <= n; i++)
		if (x->key[i] != y->key[i])
			return x->key[i] < y->key[i] ? -1 : 1;
	return x->n < y->n ? -1 : x->n > y->n;
}

static int
tell_pairs(struct anon_seen *list, void (*tell)(void *ctx, const char *was, const char *is),
	   void *ctx)
{
	struct buf was = {0}, is = {0};
	int r = 0;

	for (const struct anon_seen *s = list; r == 0 && tell != NULL && s != NULL;
	     s = s->hh.next) {
		if (s->times == 0)
			continue;
		buf_reset(&was);
		buf_reset(&is);
		add_text(&was, s->was, s->n);
		add_text(&is, s->is, s->n);
		r = was.err != 0 ? was.err : is.err;
		if (r == 0)
			tell(ctx, (char *)was.p, (char *)is.p);
	}
	buf_free(&was);
	buf_free(&is);
	return r;
}

int
anon_tell(struct anon *a, const struct anon_options *opt)
{
	struct buf text = {0};
	int r;

	HASH_SORT(a->seen, by_text);
	HASH_SORT(a->sids, by_text);
	HASH_SORT(a->extensions, by_text);
	r = tell_pairs(a->seen, opt->see, opt->ctx);
	if (r == 0)
		r = tell_pairs(a->sids, opt->sid, opt->ctx);
	for (const struct anon_seen *s = a->extensions;
	     r == 0 && opt->extension != NULL && s != NULL; s = s->hh.next) {
		buf_reset(&text);
		add_text(&text, s->was, s->n);
		r = text.err;
		if (r == 0)
			opt->extension(opt->ctx, (char *)text.p, s->times);
	}
	buf_free(&text);
	return r;
}

/* --- looking for them --- */

/*
 * Names to look for, by their first characters: a list that is in order of these, longest first,
 * and where in it each head begins.
 */
struct anon_head {
	uint16_t head[NAME_HEAD];
	size_t first, n; /* in the list */
	bool left_out;
	UT_hash_handle hh;
};

void
anon_index_free(struct anon_index *x)
{
	struct anon_head *i, *next;

	HASH_ITER(hh, x->heads, i, next)
	{
		HASH_DEL(x->heads, i);
		free(i);
	}
	free(x->list);
	x->list = NULL;
	x->n = 0;
}

/* Long enough, and not of digits only, which would be found in every number. */
static bool
is_searched(const struct anon_seen *s)
{
	bool letter = false;

	for (size_t i = 0; i < s->n; i++) {
		struct anon_char c;

		letter |= anon_char_of(s->was[i], &c) && c.class != ANON_DIGITS;
	}
	return letter && s->n >= SEARCHED_MIN && s->n <= SEARCHED_MAX;
}

static int
by_head(const void *a, const void *b)
{
	const struct anon_seen *x = *(const struct anon_seen *const *)a;
	const struct anon_seen *y = *(const struct anon_seen *const *)b;
	int c = 0;

	for (size_t i = 1; c == 0 && i <= NAME_HEAD; i++)
		c = x->key[i] - y->key[i];
	if (c == 0 && x->n != y->n)
		c = x->n > y->n ? -1 : 1;
	return c;
}

static int
add_head(struct anon_index *x, size_t i)
{
	struct anon_head *h = calloc(1, sizeof(*h));

	if (h == NULL)
		return ERR_NOMEM;
	memcpy(h->head, x->list[i]->key + 1, sizeof(h->head));
	h->first = i;
	HASH_ADD(hh, x->heads, head, sizeof(h->head), h);
	if (h->left_out) {
		free(h);
		return ERR_NOMEM;
	}
	x->last = h;
	return 0;
}

int
anon_index_new(struct anon *a)
{
	struct anon_index *x = &a->index;
	int r = 0;

	x->list = calloc(HASH_COUNT(a->seen) + 1, sizeof(struct anon_seen *));
	if (x->list == NULL)
		return ERR_NOMEM;
	for (struct anon_seen *s = a->seen; s != NULL; s = s->hh.next)
		if (is_searched(s))
			x->list[x->n++] = s;
	if (x->n > 1)
		qsort(x->list, x->n, sizeof(struct anon_seen *), by_head);
	for (size_t i = 0; r == 0 && i < x->n; i++) {
		if (x->last == NULL ||
		    memcmp(x->last->head, x->list[i]->key + 1, sizeof(x->last->head)) != 0)
			r = add_head(x, i);
		if (r == 0)
			x->last->n++;
	}
	return r;
}

/* A text in bytes: its characters have one or two. */
struct text {
	const uint8_t *p;
	size_t n, width; /* n: characters */
};

static uint16_t
char_at(const struct text *t, size_t i)
{
	return (uint16_t)wire_le(t->p + i * t->width, t->width);
}

static bool
begins_with(const struct text *t, const struct anon_seen *s)
{
	if (s->n > t->n)
		return false;
	for (size_t i = NAME_HEAD; i < s->n; i++)
		if (anon_fold(char_at(t, i)) != s->key[1 + i])
			return false;
	return true;
}

/* Short names are parts of too many words. */
static bool
stands_alone(const struct text *t, size_t n, const uint8_t *start)
{
	struct text before = {.width = t->width};
	struct anon_char c;

	if (n >= WHOLE_WORD)
		return true;
	before.p = (size_t)(t->p - start) >= t->width ? t->p - t->width : NULL;
	return (before.p == NULL || !anon_char_of(char_at(&before, 0), &c)) &&
	       (n == t->n || !anon_char_of(char_at(t, n), &c));
}

size_t
anon_index_find(struct anon *a, const uint8_t *start, const uint8_t *p, size_t n, size_t width,
		enum anon_text *kind)
{
	const struct text t = {.p = p, .n = n / width, .width = width};
	struct anon_head *h = NULL;
	uint16_t head[NAME_HEAD];

	if (a->index.heads == NULL || t.n < SEARCHED_MIN)
		return 0;
	for (size_t i = 0; i < NAME_HEAD; i++)
		head[i] = anon_fold(char_at(&t, i));
	HASH_FIND(hh, a->index.heads, head, sizeof(head), h);
	for (size_t i = 0; h != NULL && i < h->n; i++) {
		const struct anon_seen *s = a->index.list[h->first + i];

		if (begins_with(&t, s) && stands_alone(&t, s->n, start)) {
			*kind = (enum anon_text)s->key[0];
			return s->n;
		}
	}
	return 0;
}
