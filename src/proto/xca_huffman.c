/*
 * LZ77+Huffman (MS-XCA 2.1, 2.2): blocks of 64 KiB, each behind the lengths of its codes.
 *
 * Bits come in words of 16. The bytes of long lengths stand between the words, where a decoder is
 * that has read two words ahead; so reader and writer keep two words in flight.
 */
#include "config.h"

#include "proto/xca.h"
#include "proto/xca_huffman.h"
#include "proto/xca_lz.h"

#include <stdlib.h>

#define BLOCK 65536
#define MAX_DISTANCE 65535
#define TABLE_BYTES (XCA_SYMBOLS / 2)
#define TABLE_ENTRIES (1 << XCA_CODE_MAX)
#define FIRST_MATCH 256 /* the symbols from here on are matches; this one also ends the data */
#define LEN_SYMBOL 15   /* lengths (less XCA_MATCH_MIN) from here on go on in a byte */
#define LEN_BYTE 255    /* that byte from here on in 16 bits, which hold all of the length */

struct reader {
	struct wire_rd r;
	uint32_t bits;                 /* the next ones, from the top */
	int extra;                     /* how many of them are there beyond 16 */
	uint16_t table[TABLE_ENTRIES]; /* by the next 15 bits: symbol << 4 | length of its code */
};

/* Put each symbol wherever its code begins the index; false where the codes do not fit exactly. */
static bool
make_table(struct slice lengths, uint16_t *table)
{
	unsigned at = 0;

	for (unsigned len = 1; len <= XCA_CODE_MAX; len++) {
		unsigned n = 1u << (XCA_CODE_MAX - len);

		for (unsigned s = 0; s < XCA_SYMBOLS; s++) {
			if ((lengths.p[s / 2] >> s % 2 * 4 & 15u) != len)
				continue;
			if (n > TABLE_ENTRIES - at)
				return false;
			for (unsigned i = 0; i < n; i++)
				table[at++] = (uint16_t)(s << 4 | len);
		}
	}
	return at == TABLE_ENTRIES;
}

/* Read the head of a block. */
static bool
begin_block(struct reader *r)
{
	struct slice lengths = wire_get_slice(&r->r, TABLE_BYTES);

	if (r->r.err != 0 || !make_table(lengths, r->table))
		return false;
	r->bits = (uint32_t)wire_get_le16(&r->r) << 16;
	r->bits |= wire_get_le16(&r->r);
	r->extra = 16;
	return r->r.err == 0;
}

static void
drop_bits(struct reader *r, unsigned n)
{
	r->bits <<= n;
	r->extra -= (int)n;
	if (r->extra >= 0)
		return;
	r->bits |= (uint32_t)wire_get_le16(&r->r) << -r->extra;
	r->extra += 16;
}

static unsigned
get_symbol(struct reader *r)
{
	unsigned entry = r->table[r->bits >> (32 - XCA_CODE_MAX)];

	drop_bits(r, entry & 15);
	return entry >> 4;
}

static bool
get_long_length(struct reader *r, size_t *len)
{
	size_t v = wire_get_u8(&r->r);

	*len = LEN_SYMBOL + v;
	if (v < LEN_BYTE)
		return true;
	v = wire_get_le16(&r->r);
	if (v == 0)
		v = wire_get_le32(&r->r);
	*len = v;
	return v >= LEN_SYMBOL;
}

static bool
get_match(struct reader *r, unsigned symbol, struct xca_out *o)
{
	size_t len = symbol % 16, distance = 1;
	unsigned bits = symbol / 16;

	if (len == LEN_SYMBOL && !get_long_length(r, &len))
		return false;
	if (bits > 0) {
		distance = (size_t)1 << bits | r->bits >> (32 - bits);
		drop_bits(r, bits);
	}
	return r->r.err == 0 && xca_put_match(o, distance, len + XCA_MATCH_MIN);
}

/* One block, at most to the end of the output; what ends the data is left. */
static bool
expand_block(struct reader *r, struct xca_out *o)
{
	size_t end = o->n - o->pos > BLOCK ? o->pos + BLOCK : o->n;
	bool good = begin_block(r);

	while (good && o->pos < end) {
		unsigned symbol = get_symbol(r);

		if (r->r.err != 0)
			good = false;
		else if (symbol < FIRST_MATCH)
			good = xca_put(o, (uint8_t)symbol);
		else
			good = get_match(r, symbol - FIRST_MATCH, o);
	}
	return good;
}

int
xca_huffman_decompress(struct slice in, uint8_t *out, size_t n)
{
	struct xca_out o = {.p = out, .n = n};
	struct reader *r = malloc(sizeof(*r));
	bool good = true;

	if (r == NULL)
		return ERR_NOMEM;
	r->r = wire_rd_init(in);
	while (good && o.pos < n)
		good = expand_block(r, &o);
	free(r);
	return good ? 0 : ERR_MALFORMED;
}

struct item {
	uint16_t distance; /* 0: a literal */
	uint16_t value;    /* the literal, or the length less XCA_MATCH_MIN */
};

struct writer {
	struct buf *out;
	size_t at, then; /* where the word in hand goes, and the one behind it */
	uint32_t word;
	unsigned room; /* bits that are free in it */
	uint8_t length[XCA_SYMBOLS];
	uint16_t code[XCA_SYMBOLS];
	uint32_t count[XCA_SYMBOLS];
	struct item items[BLOCK];
	struct xca_finder finder;
};

static void
put_word(struct writer *w)
{
	if (w->out->err == 0)
		wire_put_le(w->out->p + w->at, 2, w->word);
}

static void
put_bits(struct writer *w, unsigned n, uint32_t v)
{
	if (n <= w->room) {
		w->room -= n;
		w->word = w->word << n | v;
		return;
	}
	w->word = w->word << w->room | v >> (n - w->room);
	put_word(w);
	w->at = w->then;
	w->then = w->out->n;
	buf_zero(w->out, 2);
	w->room += 16 - n;
	w->word = v;
}

static void
put_symbol(struct writer *w, unsigned symbol)
{
	put_bits(w, w->length[symbol], w->code[symbol]);
}

static unsigned
high_bit(unsigned v)
{
	unsigned n = 0;

	while (v > 1) {
		v >>= 1;
		n++;
	}
	return n;
}

static unsigned
item_symbol(struct item i)
{
	if (i.distance == 0)
		return i.value;
	return FIRST_MATCH + (i.value < LEN_SYMBOL ? i.value : LEN_SYMBOL) +
	       16 * high_bit(i.distance);
}

static void
put_item(struct writer *w, struct item i)
{
	unsigned bits = high_bit(i.distance);

	put_symbol(w, item_symbol(i));
	if (i.distance == 0)
		return;
	if (i.value >= LEN_SYMBOL + LEN_BYTE) {
		buf_le(w->out, 1, LEN_BYTE);
		buf_le(w->out, 2, i.value);
	} else if (i.value >= LEN_SYMBOL) {
		buf_le(w->out, 1, i.value - LEN_SYMBOL);
	}
	put_bits(w, bits, i.distance - (1u << bits));
}

/* The LZ77 phase of the block from `pos` to `end`. */
static size_t
find_items(struct writer *w, struct slice in, size_t pos, size_t end)
{
	size_t n = 0, distance, len;

	memset(w->count, 0, sizeof(w->count));
	for (; pos < end; pos += len) {
		len = xca_find(&w->finder, in, pos, end - pos, MAX_DISTANCE, &distance);
		if (len > 0) {
			w->items[n] =
				(struct item){(uint16_t)distance, (uint16_t)(len - XCA_MATCH_MIN)};
		} else {
			len = 1;
			w->items[n] = (struct item){0, in.p[pos]};
		}
		w->count[item_symbol(w->items[n++])]++;
	}
	return n;
}

static void
put_block(struct writer *w, struct slice in, size_t pos, size_t end)
{
	size_t n = find_items(w, in, pos, end);

	if (end == in.n)
		w->count[FIRST_MATCH]++;
	xca_code_lengths(w->count, w->length);
	xca_codes(w->length, w->code);
	for (unsigned s = 0; s < XCA_SYMBOLS; s += 2)
		buf_le(w->out, 1, w->length[s] | (unsigned)w->length[s + 1] << 4);
	w->at = w->out->n;
	w->then = w->at + 2;
	w->room = 16;
	buf_zero(w->out, 4);
	for (size_t i = 0; i < n && w->out->err == 0; i++)
		put_item(w, w->items[i]);
	if (end == in.n)
		put_symbol(w, FIRST_MATCH);
	w->word <<= w->room;
	put_word(w);
}

int
xca_huffman_compress(struct slice in, struct buf *out)
{
	struct writer *w;

	if (in.n > XCA_MAX)
		return ERR_LIMIT;
	w = calloc(1, sizeof(*w));
	if (w == NULL)
		return ERR_NOMEM;
	w->out = out;
	for (size_t pos = 0; pos < in.n && out->err == 0; pos += BLOCK)
		put_block(w, in, pos, in.n - pos < BLOCK ? in.n : pos + BLOCK);
	free(w);
	return out->err;
}
