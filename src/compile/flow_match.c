/* Value flow: what in a request repeats a server's bytes, and whether that is an identifier. */
#include "config.h"

#include "base/list.h"
#include "compile/flow_int.h"

#include <stdlib.h>

#define WORD ((size_t)4)
#define MAX_WORDS ((size_t)IR_MAX_VALUE / WORD)
#define MIN_WIDTH ((size_t)8)
#define MIN_EXACT 2 /* nonzero bytes of an identifier that is one by its place */
#define SMALL 0x10000u
#define LOOK_AHEAD 3           /* words */
#define SID_HEAD ((size_t)3)   /* words: revision, count, authority, the 21 of S-1-5-21 */
#define SID_DOMAIN ((size_t)3) /* words behind them */
#define MIN_TEXT_WORDS 3       /* so many words of ASCII in a row are text */
#define NDR_STRING_MAX 0x4000u /* characters */

/* FILETIMEs from 1980 to 2100 in their upper half. */
#define TIME_MIN 0x01a80000u
#define TIME_MAX 0x02590000u

bool
flow_is_taken(const struct flow_message *m, size_t off, size_t n)
{
	for (size_t i = m->first; i < *m->n_patches; i++) {
		const struct ir_patch *p = &m->patches[i];

		if (p->off < off + n && off < (size_t)p->off + p->width)
			return true;
	}
	return false;
}

bool
flow_add_use(const struct flow_message *m, size_t off, size_t width, uint32_t number, size_t from)
{
	if (*m->n_patches == m->max_patches)
		return false;
	m->patches[(*m->n_patches)++] = (struct ir_patch){.off = (uint32_t)off,
							  .width = (uint32_t)width,
							  .number = number,
							  .what = IR_VALUE,
							  .from = (uint16_t)from};
	return true;
}

static uint32_t
word_at(const uint8_t *p, size_t i)
{
	return (uint32_t)wire_le(p + i * WORD, WORD);
}

static bool
is_ascii(const uint8_t *p)
{
	for (size_t i = 0; i < WORD; i++)
		if (p[i] < 0x20 || p[i] > 0x7e)
			return false;
	return true;
}

/* Two UTF-16 characters of one alphabet, or one and a space. */
static bool
is_script(const uint8_t *p)
{
	return p[1] < 0x10 && p[3] < 0x10 && (p[1] == p[3] || p[1] == 0 || p[3] == 0);
}

/*
 * A word that says something: no small number, flag, access mask, NDR referent (0x0002xxxx) or
 * UTF-16 text.
 */
static bool
is_rich(const uint8_t *p)
{
	unsigned zero = 0, differ = 0;

	for (size_t i = 0; i < WORD; i++) {
		zero += p[i] == 0;
		differ += p[i] != p[0];
	}
	return zero <= 1 && differ > 0 && !is_script(p) && (p[2] != 2 || p[3] != 0);
}

/* A run of words that a server said before. */
struct match {
	struct flow_region *region;
	const uint8_t *said; /* the region's bytes */
	size_t at, r, n;     /* words: from where in the place and in the region, how many */
	bool cut[MAX_WORDS]; /* words that are no part of an identifier */
};

/* The windows that a client had sent before the server said them. */
static void
cut_known(const struct flow_place *p, struct match *m)
{
	struct flow_hit hit;

	for (size_t i = 0; i + 1 < m->n; i++)
		if (flow_ring_find(&p->f->sent[p->space], m->said + (m->r + i) * WORD, &hit) &&
		    hit.region->seq < m->region->seq)
			m->cut[i] = m->cut[i + 1] = true;
}

static void
cut_words(struct match *m, size_t from, size_t n)
{
	for (size_t i = from; i < m->n && i - from < n; i++)
		m->cut[i] = true;
}

static void
cut_text_and_times(struct match *m)
{
	const uint8_t *p = m->said + m->r * WORD;
	size_t text = 0;

	for (size_t i = 0; i < m->n; i++) {
		text = is_ascii(p + i * WORD) ? text + 1 : 0;
		if (text >= MIN_TEXT_WORDS)
			cut_words(m, i + 1 - text, text);
		if (i > 0 && word_at(p, i) >= TIME_MIN && word_at(p, i) < TIME_MAX)
			cut_words(m, i - 1, 2);
	}
}

/* A run without the small numbers before it and the zeros behind it: counts, levels, statuses. What
 * ends in a small number may be a SID. */
static void
trim(const uint8_t *p, size_t *from, size_t *n)
{
	while (*n > 0 && word_at(p, *from) < SMALL) {
		(*from)++;
		(*n)--;
	}
	while (*n > 0 && word_at(p, *from + *n - 1) == 0)
		(*n)--;
}

/* Two words in a row that say something, and not only text. */
static bool
is_distinctive(const uint8_t *p, size_t n)
{
	bool pair = false, binary = false, before = false;

	for (size_t i = 0; i < n; i++) {
		bool rich = is_rich(p + i * WORD);

		pair = pair || (rich && before);
		binary = binary || (rich && !is_ascii(p + i * WORD));
		before = rich;
	}
	return pair && binary;
}

int
flow_define(struct flow *f, const struct ir_value *v, uint32_t *number)
{
	*number = 0;
	if (f->n_values == FLOW_MAX_VALUES) {
		f->left_out++;
		return 0;
	}
	if (f->n_values == f->cap_values) {
		size_t cap = f->cap_values;

		if (list_room(&f->next, f->n_values, &cap, sizeof(*f->next)) != 0 ||
		    list_room(&f->values, f->n_values, &f->cap_values, sizeof(*f->values)) != 0)
			return ERR_NOMEM;
	}
	f->values[f->n_values] = *v;
	f->next[f->n_values] = 0;
	*number = (uint32_t)++f->n_values;
	f->values[*number - 1].number = *number;
	return 0;
}

/* The region's value that holds the byte at `off`, else the next one behind it. */
static struct ir_value *
value_from(const struct flow *f, const struct flow_region *region, size_t off)
{
	struct ir_value *best = NULL;

	for (uint32_t n = region->values; n != 0; n = f->next[n - 1]) {
		struct ir_value *v = &f->values[n - 1];

		if ((size_t)v->off + v->width > off && (best == NULL || v->off < best->off))
			best = v;
	}
	return best;
}

/* Bytes of a region, in terms of messages: from where, to where, how many. */
struct piece {
	size_t said, sent, n;
};

static int
define_piece(const struct flow_place *p, struct flow_region *region, const struct piece *x)
{
	const struct ir_value v = {
		.event = region->event, .off = (uint32_t)x->said, .width = (uint32_t)x->n};
	uint32_t number;
	int r;

	if (x->n < MIN_WIDTH || *p->m->n_patches == p->m->max_patches)
		return 0;
	r = flow_define(p->f, &v, &number);
	if (r != 0 || number == 0)
		return r;
	p->f->next[number - 1] = region->values;
	region->values = number;
	(void)flow_add_use(p->m, x->sent, x->n, number, 0);
	return 0;
}

/* Use what begins in the value `v`, which grows to the right where nothing stands in its way. */
static size_t
use_value(const struct flow_place *p, const struct flow_region *region, struct ir_value *v,
	  const struct piece *x)
{
	const struct ir_value *after = value_from(p->f, region, (size_t)v->off + v->width);
	size_t n = (size_t)v->off + v->width - x->said;

	if (n < x->n && (after == NULL || after->off >= x->said + x->n)) {
		v->width = (uint32_t)(x->said + x->n - v->off);
		n = x->n;
	}
	if (n > x->n)
		n = x->n;
	(void)flow_add_use(p->m, x->sent, n, v->number, x->said - v->off);
	return n;
}

/* A value that is still in use must not be lost for its age. */
static int
keep_young(const struct flow_place *p, const struct flow_region *region, const struct piece *whole)
{
	struct flow_region again = *region;

	if (!flow_ring_is_old(&p->f->said[p->space], region))
		return 0;
	again.off = (uint32_t)whole->said;
	return flow_ring_add(&p->f->said[p->space],
			     slice_sub(p->bytes, whole->sent - p->off, whole->n), &again, NULL);
}

/* `n` bytes at `at` of the place are those at `r` of the region. */
static int
use_bytes(const struct flow_place *p, struct flow_region *region, const struct piece *whole)
{
	struct piece x = *whole;
	int r = 0;

	if (flow_rules_forbid(p->f, slice_sub(p->bytes, x.sent - p->off, x.n)))
		return 0;
	while (r == 0 && x.n > 0) {
		struct ir_value *v = value_from(p->f, region, x.said);
		struct piece part = x;

		if (v != NULL && v->off <= x.said) {
			part.n = use_value(p, region, v, &x);
		} else {
			if (v != NULL && v->off - x.said < x.n)
				part.n = v->off - x.said;
			r = define_piece(p, region, &part);
		}
		x.said += part.n;
		x.sent += part.n;
		x.n -= part.n;
	}
	return r == 0 ? keep_young(p, region, whole) : r;
}

static int
use_words(const struct flow_place *p, const struct match *m, size_t from, size_t n)
{
	return use_bytes(p, m->region,
			 &(struct piece){.said = m->region->off + (m->r + from) * WORD,
					 .sent = p->off + (m->at + from) * WORD,
					 .n = n * WORD});
}

/* Words in a row: an identifier? */
static int
use_run(const struct flow_place *p, const struct match *m, size_t from, size_t n)
{
	const uint8_t *said = m->said + m->r * WORD;

	trim(said, &from, &n);
	if (n * WORD < MIN_WIDTH || n * WORD > FLOW_MAX_WIDTH ||
	    !is_distinctive(said + from * WORD, n))
		return 0;
	return use_words(p, m, from, n);
}

/* As far to both sides as the words are equal; not into what is taken. */
static void
extend(const struct flow_place *p, const bool *taken, size_t at, const struct flow_hit *hit,
       struct match *m)
{
	size_t words = p->bytes.n / WORD, said = hit->region->len / WORD, r = hit->at / WORD;

	m->region = hit->region;
	m->said = flow_ring_bytes(&p->f->said[p->space], hit->region);
	m->at = at;
	m->r = r;
	while (m->at > 0 && m->r > 0 && !taken[m->at - 1] && at - m->at < MAX_WORDS / 2 &&
	       word_at(p->bytes.p, m->at - 1) == word_at(m->said, m->r - 1)) {
		m->at--;
		m->r--;
	}
	m->n = at - m->at;
	while (m->at + m->n < words && m->r + m->n < said && m->n < MAX_WORDS &&
	       !taken[m->at + m->n] &&
	       word_at(p->bytes.p, m->at + m->n) == word_at(m->said, m->r + m->n))
		m->n++;
}

static int
use_match(const struct flow_place *p, struct match *m)
{
	size_t from = 0;
	int r = 0;

	memset(m->cut, 0, m->n * sizeof(m->cut[0]));
	cut_known(p, m);
	cut_text_and_times(m);
	for (size_t i = 0; r == 0 && i <= m->n; i++) {
		if (i < m->n && !m->cut[i])
			continue;
		if (i > from)
			r = use_run(p, m, from, i - from);
		from = i + 1;
	}
	return r;
}

/* The bytes of the place that a patch covers. */
static struct slice
patched(const struct flow_place *p, const struct ir_patch *patch)
{
	size_t from = patch->off > p->off ? patch->off - p->off : 0;
	size_t to = (size_t)patch->off + patch->width;

	if (to <= p->off || from >= p->bytes.n)
		return (struct slice){0};
	to -= p->off;
	return slice_sub(p->bytes, from, (to < p->bytes.n ? to : p->bytes.n) - from);
}

int
flow_use_exact(const struct flow_place *p, size_t at, size_t n)
{
	struct slice want = slice_sub(p->bytes, at, n);
	struct flow_hit hit, first;
	unsigned nonzero = 0;

	for (size_t i = 0; i < want.n; i++)
		nonzero += want.p[i] != 0;
	if (want.n < FLOW_WINDOW || nonzero < MIN_EXACT || flow_is_taken(p->m, p->off + at, n))
		return 0;
	for (size_t i = 0; want.n - i >= FLOW_WINDOW; i += WORD) {
		const uint8_t *said;

		if (!flow_ring_find(&p->f->said[p->space], want.p + i, &hit) || hit.at < i ||
		    hit.region->len - (hit.at - i) < n)
			continue;
		said = flow_ring_bytes(&p->f->said[p->space], hit.region) + hit.at - i;
		if (memcmp(said, want.p, n) != 0)
			continue;
		if (flow_ring_find(&p->f->sent[p->space], want.p + i, &first) &&
		    first.region->seq < hit.region->seq)
			return 0;
		return use_bytes(p, hit.region,
				 &(struct piece){.said = hit.region->off + hit.at - i,
						 .sent = p->off + at,
						 .n = n});
	}
	return 0;
}

/*
 * Strings of RPC (C706 14.3.4.2: room, offset, length, characters) are text in whatever alphabet;
 * what is patched already is spoken for.
 */
static void
find_taken(const struct flow_place *p, bool *taken, size_t words)
{
	memset(taken, 0, words * sizeof(*taken));
	for (size_t i = p->m->first; i < *p->m->n_patches; i++) {
		struct slice s = patched(p, &p->m->patches[i]);
		size_t k = s.n > 0 ? (size_t)(s.p - p->bytes.p) / WORD : words;

		for (; k < words && k * WORD < (size_t)(s.p - p->bytes.p) + s.n; k++)
			taken[k] = true;
	}
	for (size_t i = 0; p->space == FLOW_PIPES && words - i > 3 && i < words; i++) {
		uint32_t room = word_at(p->bytes.p, i), length = word_at(p->bytes.p, i + 2);

		if (taken[i] || room == 0 || room > NDR_STRING_MAX || length > room ||
		    word_at(p->bytes.p, i + 1) != 0)
			continue;
		for (size_t k = i + 3; k < words && k - i - 3 < (length + 1) / 2; k++)
			taken[k] = true;
	}
}

/* The header of a SID of a domain, MS-DTYP 2.4.2.2: revision 1, four or five parts, S-1-5-21. */
static bool
is_domain_sid(const uint8_t *p)
{
	return p[0] == 1 && (p[1] == 4 || p[1] == 5) &&
	       memcmp(p + 2, "\0\0\0\0\0\5\x15\0\0\0", 10) == 0;
}

/* A domain in a SID, however small its numbers; with the account where that is known too. */
static int
use_sids(const struct flow_place *p, bool *taken, size_t words)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < words && words - i >= SID_HEAD + SID_DOMAIN; i++) {
		const uint8_t *sid = p->bytes.p + i * WORD;
		size_t before = *p->m->n_patches, n = SID_DOMAIN;

		if (taken[i] || !is_domain_sid(sid))
			continue;
		if (sid[1] == SID_DOMAIN + 2 && words - i > SID_HEAD + SID_DOMAIN)
			r = flow_use_exact(p, (i + SID_HEAD) * WORD, ++n * WORD);
		if (r == 0 && *p->m->n_patches == before)
			r = flow_use_exact(p, (i + SID_HEAD) * WORD, (n = SID_DOMAIN) * WORD);
		memset(taken + i, 1, (SID_HEAD + n) * sizeof(*taken));
	}
	return r;
}

/* What a server said last that has the two words at `i`, extended. */
static bool
find_match(const struct flow_place *p, const bool *taken, size_t i, struct match *m)
{
	const uint8_t *w = p->bytes.p + i * WORD;
	struct flow_hit hit;

	if (taken[i] || taken[i + 1] || !is_rich(w) || !is_rich(w + WORD) ||
	    !flow_ring_find(&p->f->said[p->space], w, &hit) || hit.at % WORD != 0)
		return false;
	extend(p, taken, i, &hit, m);
	return true;
}

/* The place that was said last need not be where they come from: the next words may tell. */
static bool
find_longest(const struct flow_place *p, const bool *taken, size_t i, size_t words,
	     struct match *best)
{
	struct match m;

	if (!find_match(p, taken, i, best))
		return false;
	for (size_t k = i + 1; k <= i + LOOK_AHEAD && k + 1 < words; k++)
		if (find_match(p, taken, k, &m) && m.at <= i && m.n > best->n)
			*best = m;
	return true;
}

int
flow_use_any(const struct flow_place *p)
{
	/* Of very long input the first part. */
	bool taken[MAX_WORDS];
	size_t words = p->bytes.n / WORD < MAX_WORDS ? p->bytes.n / WORD : MAX_WORDS;
	struct flow_place first = *p;
	struct match m;
	int r = 0;

	if (p->f->said[p->space].n == 0)
		return 0;
	first.bytes.n = words * WORD;
	find_taken(&first, taken, words);
	if (p->space == FLOW_PIPES)
		r = use_sids(&first, taken, words);
	for (size_t i = 0; r == 0 && i + 1 < words; i++) {
		if (!find_longest(&first, taken, i, words, &m))
			continue;
		r = use_match(&first, &m);
		for (size_t k = m.at; k < m.at + m.n; k++)
			taken[k] = true;
	}
	return r;
}

int
flow_note_said(const struct flow_place *p)
{
	const struct flow_region what = {
		.seq = ++p->f->seq, .event = p->m->event, .off = (uint32_t)p->off};

	if (p->bytes.n < FLOW_WINDOW || flow_is_taken(p->m, p->off, p->bytes.n))
		return 0;
	return flow_ring_add(&p->f->said[p->space], p->bytes, &what, NULL);
}

int
flow_note_sent(const struct flow_place *p)
{
	const struct flow_region what = {.seq = ++p->f->seq, .event = p->m->event};
	uint8_t *copy;
	int r;

	if (p->bytes.n < FLOW_WINDOW)
		return 0;
	r = flow_ring_add(&p->f->sent[p->space], p->bytes, &what, &copy);
	if (r != 0)
		return r;
	/* What a server introduced is not the client's. */
	for (size_t i = p->m->first; i < *p->m->n_patches; i++) {
		struct slice s = patched(p, &p->m->patches[i]);
		size_t at = s.n > 0 ? (size_t)(s.p - p->bytes.p) : 0;

		if (at + s.n <= p->f->sent[p->space].opt.bytes / 4)
			memset(copy + at, 0, s.n);
	}
	return 0;
}
