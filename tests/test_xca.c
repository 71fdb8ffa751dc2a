/* The compressions of MS-XCA against its examples, and against themselves. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "proto/xca.h"
#include "proto/xca_huffman.h"
#include "tests/hex.h"

struct algorithm {
	const char *name;
	int (*decompress)(struct slice in, uint8_t *out, size_t n);
	int (*compress)(struct slice in, struct buf *out);
};

static const struct algorithm algorithms[] = {
	{"LZNT1", xca_lznt1_decompress, xca_lznt1_compress},
	{"LZ77", xca_lz77_decompress, xca_lz77_compress},
	{"LZ77+Huffman", xca_huffman_decompress, xca_huffman_compress},
};
enum { LZNT1, LZ77, HUFFMAN, N_ALGORITHMS };

#define ZERO_16 "00000000000000000000000000000000"
#define ZERO_48 ZERO_16 ZERO_16 ZERO_16

/* MS-XCA 3.1 and 3.2: "abcdefghijklmnopqrstuvwxyz", and "abc" a hundred times. */
static const char lz77_alphabet[] = "3f000000 6162636465666768696a6b6c6d6e6f707172737475767778797a";
static const char lz77_abc[] = "ffffff1f 61626317000fff2601";
static const char huffman_alphabet[] =
	ZERO_48 "50555555555555555555554544040000" ZERO_48 ZERO_16
		"04000000000000000000000000000000" ZERO_48 ZERO_48 ZERO_16
		"d8523ed794115be9195ff9d67cdf8d0400000000";
static const char huffman_abc[] =
	ZERO_48 "30230000000000000000000000000000" ZERO_48 ZERO_16
		"02000000000000000000000000000020" ZERO_48 ZERO_48 ZERO_16 "a8dc0000ff2601";

/* MS-XCA 3.3; the text ends with a NUL. */
static const char lznt1_text[] =
	"F# F# G A A G F# E D D E F# F# E E F# F# G A A G F# E D D E F# E D D E E F# D E F# G F# D "
	"E F# G F# E D E A F# F# G A A G F# E D D E F# E D D";
static const char lznt1_packed[] =
	"38b0884623200020 4720410010a24701 a045204400084501 507900c045200524"
	"138805b4024a44ef 0358028c09160148 4500be009e000401 189000";

static struct slice
alphabet(void)
{
	return slice_of("abcdefghijklmnopqrstuvwxyz", 26);
}

static struct slice
abc(void)
{
	static char text[301];

	for (size_t i = 0; i < 300; i++)
		text[i] = "abc"[i % 3];
	return slice_of(text, 300);
}

static void
expect_plain(const struct algorithm *a, const char *packed, struct slice plain)
{
	struct hex h = unhex(packed);
	uint8_t out[400];

	assert_int_equal(a->decompress(hex_slice(&h), out, plain.n), 0);
	assert_memory_equal(out, plain.p, plain.n);
	assert_int_equal(a->decompress(hex_slice(&h), out, plain.n + 1), ERR_MALFORMED);
}

static void
expect_packed(const struct algorithm *a, struct slice plain, const char *packed)
{
	struct hex h = unhex(packed);
	struct buf out = {0};

	assert_int_equal(a->compress(plain, &out), 0);
	assert_int_equal(out.n, h.n);
	assert_memory_equal(out.p, h.p, h.n);
	buf_free(&out);
}

static void
test_the_examples_decompress(void **state)
{
	(void)state;
	expect_plain(&algorithms[LZ77], lz77_alphabet, alphabet());
	expect_plain(&algorithms[LZ77], lz77_abc, abc());
	expect_plain(&algorithms[HUFFMAN], huffman_alphabet, alphabet());
	expect_plain(&algorithms[HUFFMAN], huffman_abc, abc());
	expect_plain(&algorithms[LZNT1], lznt1_packed, slice_of(lznt1_text, sizeof(lznt1_text)));
}

/* LZNT1's example was made by a compressor that looks for longer matches. */
static void
test_the_examples_compress(void **state)
{
	(void)state;
	expect_packed(&algorithms[LZ77], alphabet(), lz77_alphabet);
	expect_packed(&algorithms[LZ77], abc(), lz77_abc);
	expect_packed(&algorithms[HUFFMAN], alphabet(), huffman_alphabet);
	expect_packed(&algorithms[HUFFMAN], abc(), huffman_abc);
}

/* Compressed and decompressed again on memory of exact size; gives the compressed size. */
static size_t
round_trip(const struct algorithm *a, struct slice plain)
{
	struct buf packed = {0};
	uint8_t *in, *out = malloc(plain.n + 1);
	size_t n;

	assert_int_equal(a->compress(plain, &packed), 0);
	n = packed.n;
	in = malloc(n + 1);
	if (n > 0)
		memcpy(in + 1, packed.p, n);
	assert_int_equal(a->decompress(slice_of(in + 1, n), out + 1, plain.n), 0);
	assert_memory_equal(out + 1, plain.p, plain.n);
	if (plain.n > 1)
		assert_int_equal(a->decompress(slice_of(in + 1, n / 2), out + 1, plain.n),
				 ERR_MALFORMED);
	free(in);
	free(out);
	buf_free(&packed);
	return n;
}

/* Bytes that repeat at all distances: xorshift, `alphabet_size` different ones. */
static void
fill(uint8_t *p, size_t n, unsigned alphabet_size)
{
	uint32_t v = 2463534242u + alphabet_size;

	for (size_t i = 0; i < n; i++) {
		v ^= v << 13;
		v ^= v >> 17;
		v ^= v << 5;
		p[i] = (uint8_t)(v % alphabet_size);
	}
}

static void
test_what_was_compressed_decompresses(void **state)
{
	static const size_t sizes[] = {0,    1,    2,     3,     4,     9,     17,     4095,  4096,
				       4097, 8193, 65535, 65536, 65537, 65539, 131072, 200000};
	static const unsigned kinds[] = {1, 2, 3, 17, 256};
	static uint8_t plain[200000];

	(void)state;
	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		fill(plain, sizeof(plain), kinds[k]);
		for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
			for (size_t a = 0; a < N_ALGORITHMS; a++)
				(void)round_trip(&algorithms[a], slice_of(plain, sizes[i]));
	}
}

static void
test_repeating_bytes_become_short(void **state)
{
	static uint8_t plain[1 << 20];

	(void)state;
	assert_true(round_trip(&algorithms[LZ77], slice_of(plain, sizeof(plain))) < 32);
	assert_true(round_trip(&algorithms[LZNT1], slice_of(plain, sizeof(plain))) < 2048);
	assert_true(round_trip(&algorithms[HUFFMAN], slice_of(plain, sizeof(plain))) < 16 * 300);
}

/* Lengths at each border of their encodings: "ab", then as many more of it. */
static void
test_lengths_of_all_encodings(void **state)
{
	static const size_t lengths[] = {3,   9,   10,  17,  18,  24,    25,    26,
					 271, 272, 273, 279, 280, 65535, 65560, 70000};
	static uint8_t plain[70100];

	(void)state;
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		memset(plain, 'a', 1 + lengths[i]);
		memcpy(plain + 1 + lengths[i], "bcdefghabcbcd", 13);
		for (size_t a = 0; a < N_ALGORITHMS; a++)
			(void)round_trip(&algorithms[a], slice_of(plain, lengths[i] + 14));
	}
}

static void
refuse(const struct algorithm *a, const char *packed, size_t n)
{
	struct hex h = unhex(packed);
	uint8_t out[64];

	assert_int_equal(a->decompress(hex_slice(&h), out, n), ERR_MALFORMED);
}

static void
test_what_is_malformed_is_refused(void **state)
{
	(void)state;
	refuse(&algorithms[LZ77], "00000080 61 0000", 5); /* a match before any byte */
	refuse(&algorithms[LZ77], "00000040 61 0800", 4); /* one byte there, distance 2 */
	refuse(&algorithms[LZ77], "ffffff7f 61 07000fff1500",
	       60); /* a length shorter than it can be */
	refuse(&algorithms[LZ77], "ffffff7f 61 0700 0f ff", 60);
	refuse(&algorithms[LZ77], "3f0000", 1);
	refuse(&algorithms[LZNT1], "0030", 1);         /* a chunk that is not there */
	refuse(&algorithms[LZNT1], "002061", 1);       /* another signature */
	refuse(&algorithms[LZNT1], "02b0 01 0000", 3); /* a match before any byte */
	refuse(&algorithms[LZNT1], "01306162", 1);     /* more than was said */
	refuse(&algorithms[LZNT1], "0030610000", 2);   /* ends before all is there */
	refuse(&algorithms[HUFFMAN], ZERO_48, 1);      /* no table */
	refuse(&algorithms[HUFFMAN], ZERO_48 ZERO_48 ZERO_48 ZERO_48 ZERO_48 ZERO_16, 1);
}

/* Counts like Fibonacci's numbers make the deepest tree. */
static void
test_codes_have_at_most_15_bits(void **state)
{
	uint32_t count[XCA_SYMBOLS] = {1, 1}, room = 0;
	uint8_t length[XCA_SYMBOLS];

	(void)state;
	for (size_t i = 2; i < 40; i++)
		count[i] = count[i - 1] + count[i - 2];
	xca_code_lengths(count, length);
	for (size_t i = 0; i < XCA_SYMBOLS; i++) {
		assert_true(length[i] <= XCA_CODE_MAX);
		assert_int_equal(length[i] > 0, count[i] > 0);
		room += length[i] > 0 ? 1u << (XCA_CODE_MAX - length[i]) : 0;
	}
	assert_int_equal(room, 1 << XCA_CODE_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_examples_decompress),
		cmocka_unit_test(test_the_examples_compress),
		cmocka_unit_test(test_what_was_compressed_decompresses),
		cmocka_unit_test(test_repeating_bytes_become_short),
		cmocka_unit_test(test_lengths_of_all_encodings),
		cmocka_unit_test(test_what_is_malformed_is_refused),
		cmocka_unit_test(test_codes_have_at_most_15_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
