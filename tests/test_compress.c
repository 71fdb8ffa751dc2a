/*
 * Compressed messages: both forms of the header, written out by hand from MS-SMB2 2.2.42, around
 * the examples of MS-XCA 3.1 and 3.2 and a block by the LZ4 block format.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "proto/smb2_compress.h"
#include "tests/hex.h"

/* "abc" a hundred times: in LZ77, and in LZ4 (three literals, a match of 292, five literals). */
#define LZ77_ABC "ffffff1f61626317000fff2601"
#define LZ4_ABC "3f6162630300ff12506263616263"

/* Compressed from Offset 4 on. */
static const char unchained_lz77[] = "fc534d42 2c010000 0200 0000 04000000 68656164 " LZ77_ABC;
static const char unchained_lz4[] = "fc534d42 2c010000 0500 0000 00000000 " LZ4_ABC;

/* "head" as it is, "abc" a hundred times by LZ77, 200 times "x": 504 bytes. */
static const char chained[] =
	"fc534d42 f8010000 0000 0100 04000000 68656164 "
	"0200 0000 11000000 2c010000 " LZ77_ABC " 0400 0000 08000000 78 00 0000 c8000000";

static struct buf
text(const char *head, size_t n_abc, size_t n_x)
{
	struct buf b = {0};

	buf_printf(&b, "%s", head);
	for (size_t i = 0; i < n_abc; i++)
		buf_add(&b, "abc", 3);
	for (size_t i = 0; i < n_x; i++)
		buf_add(&b, "x", 1);
	return b;
}

static void
expect_plain(const char *message, struct buf want)
{
	struct hex h = unhex(message);
	struct buf out = {0};

	assert_int_equal(smb2_decompress(hex_slice(&h), &out, NULL), 0);
	assert_int_equal(out.n, want.n);
	assert_memory_equal(out.p, want.p, want.n);
	buf_free(&out);
	buf_free(&want);
}

static void
test_both_forms_decompress(void **state)
{
	(void)state;
	expect_plain(unchained_lz77, text("head", 100, 0));
	expect_plain(unchained_lz4, text("", 100, 0));
	expect_plain(chained, text("head", 100, 200));
}

static void
expect_refusal(const char *message, int code, const char *why)
{
	struct hex h = unhex(message);
	struct buf out = {0};
	struct err e = {0};

	assert_int_equal(smb2_decompress(hex_slice(&h), &out, &e), code);
	assert_string_equal(e.text, why);
	assert_int_equal(out.n, 0);
	buf_free(&out);
}

static void
test_refusals_say_why(void **state)
{
	(void)state;
	expect_refusal("fc534d42 2c010000 0200", ERR_TRUNCATED,
		       "compression header: 10 of 16 bytes");
	expect_refusal("fe534d42 2c010000 0200 0000 04000000", ERR_MALFORMED,
		       "not a compression header");
	/* As SMBGhost (CVE-2020-0796) sends it. */
	expect_refusal("fc534d42 ffffffff 0200 0000 ffffffff 00", ERR_MALFORMED,
		       "compression header: Offset 4294967295, but 1 bytes follow");
	expect_refusal("fc534d42 ffffff00 0200 0000 01000000 00", ERR_LIMIT,
		       "compressed message: would make over 16777215 bytes");
	expect_refusal("fc534d42 2d010000 0200 0000 00000000 " LZ77_ABC, ERR_MALFORMED,
		       "compressed message: 13 to 301 bytes, algorithm 2: malformed");
	expect_refusal("fc534d42 2c010000 0600 0000 00000000 00", ERR_UNSUPPORTED,
		       "compressed message: 1 to 300 bytes, algorithm 6: not supported");
	/* Unchained messages have no patterns. */
	expect_refusal("fc534d42 2c010000 0400 0000 00000000 00", ERR_UNSUPPORTED,
		       "compressed message: 1 to 300 bytes, algorithm 4: not supported");
}

static void
test_refusals_of_chains_say_why(void **state)
{
	(void)state;
	expect_refusal("fc534d42 04000000 0000 0100 05000000 68656164", ERR_MALFORMED,
		       "compressed message: payload at byte 0: malformed");
	expect_refusal("fc534d42 05000000 0000 0100 04000000 68656164", ERR_MALFORMED,
		       "compressed message: 4 of 5 bytes");
	expect_refusal("fc534d42 03000000 0000 0100 04000000 68656164", ERR_MALFORMED,
		       "compressed message: over 3 bytes at payload 1");
	expect_refusal("fc534d42 10000000 0400 0100 08000000 78 00 0000 ffffffff", ERR_MALFORMED,
		       "compressed message: over 16 bytes at payload 1");
	expect_refusal("fc534d42 10000000 0400 0100 04000000 78 00 0000", ERR_TRUNCATED,
		       "compressed message: payload at byte 12: truncated");
	expect_refusal("fc534d42 00000001 0400 0100 08000000 78 00 0000 00000001", ERR_LIMIT,
		       "compressed message: would make over 16777215 bytes");
}

static void
test_every_cut_of_a_chain_is_refused(void **state)
{
	struct hex h = unhex(chained);
	struct buf out = {0};

	(void)state;
	for (size_t n = 0; n < h.n; n++) {
		uint8_t *exact = malloc(n + 1);

		memcpy(exact + 1, h.p, n);
		assert_int_not_equal(smb2_decompress(slice_of(exact + 1, n), &out, NULL), 0);
		free(exact);
	}
	assert_int_equal(out.n, 0);
	buf_free(&out);
}

static void
expect_like(const char *recorded, struct buf plain, const char *want)
{
	struct hex r = unhex(recorded), w = unhex(want);
	struct buf out = {0};

	assert_int_equal(smb2_compress_like(hex_slice(&r), buf_slice(&plain), &out), 0);
	assert_int_equal(out.n, w.n);
	assert_memory_equal(out.p, w.p, w.n);
	buf_free(&out);
	buf_free(&plain);
}

static void
test_the_same_bytes_are_compressed_as_recorded(void **state)
{
	(void)state;
	expect_like(unchained_lz77, text("head", 100, 0), unchained_lz77);
	expect_like(unchained_lz4, text("", 100, 0), unchained_lz4);
	expect_like(chained, text("head", 100, 200), chained);
}

/* Other bytes, shorter or longer: the same algorithms in the same order. */
static void
test_other_bytes_are_compressed_as_recorded(void **state)
{
	struct buf plain;

	(void)state;
	expect_like(chained, text("tail", 100, 200),
		    "fc534d42 f8010000 0000 0100 04000000 7461696c 0200 0000 11000000 "
		    "2c010000 " LZ77_ABC " 0400 0000 08000000 78 00 0000 c8000000");
	expect_like(chained, text("head", 99, 200),
		    "fc534d42 f5010000 0000 0100 04000000 68656164 0200 0000 11000000 29010000 "
		    "ffffff1f61626317000fff2301 0400 0000 08000000 78 00 0000 c8000000");
	expect_like(chained, text("head", 101, 200),
		    "fc534d42 fb010000 0000 0100 04000000 68656164 0200 0000 11000000 2f010000 "
		    "ffffff1f61626317000fff2901 0400 0000 08000000 78 00 0000 c8000000");
	/* A part that is shorter without, and one that is no pattern any more. */
	plain = text("head", 1, 8);
	plain.p[plain.n - 1] = 'y';
	expect_like("fc534d42 0f000000 0000 0100 04000000 68656164 0200 0000 11000000 "
		    "03000000 " LZ77_ABC " 0400 0000 08000000 78 00 0000 08000000",
		    plain, "68656164 616263 7878787878787879");
}

static void
test_nothing_won_means_plain(void **state)
{
	struct buf plain = text("head", 1, 0), out = {0};

	(void)state;
	for (unsigned a = SMB2_COMPRESSION_LZNT1; a <= SMB2_COMPRESSION_LZ4; a++) {
		int want = a == SMB2_COMPRESSION_PATTERN_V1 ? ERR_UNSUPPORTED : 0;

		assert_int_equal(smb2_compress(a, 0, buf_slice(&plain), &out), want);
		if (want == 0)
			assert_true(slice_eq(buf_slice(&out), buf_slice(&plain)));
		buf_reset(&out);
	}
	assert_int_equal(smb2_compress(SMB2_COMPRESSION_NONE, 0, buf_slice(&plain), &out),
			 ERR_UNSUPPORTED);
	buf_free(&out);
	buf_free(&plain);
}

static void
test_each_algorithm_goes_round(void **state)
{
	struct buf plain = text("head", 30000, 9), packed = {0}, out = {0};

	(void)state;
	for (unsigned a = SMB2_COMPRESSION_LZNT1; a <= SMB2_COMPRESSION_LZ4; a++) {
		if (a == SMB2_COMPRESSION_PATTERN_V1)
			continue;
		buf_reset(&packed);
		buf_reset(&out);
		assert_int_equal(smb2_compress(a, 64, buf_slice(&plain), &packed), 0);
		assert_true(packed.n < plain.n / 8);
		assert_int_equal(smb2_decompress(buf_slice(&packed), &out, NULL), 0);
		assert_true(slice_eq(buf_slice(&out), buf_slice(&plain)));
	}
	buf_free(&packed);
	buf_free(&out);
	buf_free(&plain);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both_forms_decompress),
		cmocka_unit_test(test_refusals_say_why),
		cmocka_unit_test(test_refusals_of_chains_say_why),
		cmocka_unit_test(test_every_cut_of_a_chain_is_refused),
		cmocka_unit_test(test_the_same_bytes_are_compressed_as_recorded),
		cmocka_unit_test(test_other_bytes_are_compressed_as_recorded),
		cmocka_unit_test(test_nothing_won_means_plain),
		cmocka_unit_test(test_each_algorithm_goes_round),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
