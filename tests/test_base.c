/* The base layer: cursor, buffer, UTF-16, errors, arena. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/hex.h"
#include "base/histogram.h"
#include "base/list.h"
#include "base/rate.h"
#include "base/utf16.h"
#include "base/wire.h"

static void
test_wire_reads_are_sticky_after_the_end(void **state)
{
	const uint8_t bytes[] = {0x01, 0x02, 0x03, 0x04, 0x05};
	struct wire_rd r = wire_rd_init(slice_of(bytes, sizeof(bytes)));

	(void)state;
	assert_int_equal(wire_get_le16(&r), 0x0201);
	assert_int_equal(wire_get_be16(&r), 0x0304);
	assert_int_equal(wire_get_le32(&r), 0);
	assert_int_equal(r.err, ERR_TRUNCATED);
	assert_int_equal(wire_get_u8(&r), 0); /* one byte is left, but the error sticks */
	assert_int_equal(wire_rd_left(&r), 0);
}

static void
test_wire_writes_stop_at_capacity(void **state)
{
	uint8_t out[6] = {0};
	struct wire_wr w = wire_wr_init(out, 5);

	(void)state;
	wire_put_int_le(&w, 4, 0x11223344);
	wire_put_int_be(&w, 2, 0xaabb);
	assert_int_equal(w.err, ERR_LIMIT);
	assert_int_equal(w.pos, 4);
	assert_memory_equal(out, "\x44\x33\x22\x11\0\0", 6);
}

static void
test_slice_sub_refuses_what_lies_outside(void **state)
{
	struct slice s = slice_of("abcdef", 6);

	(void)state;
	assert_int_equal(slice_sub(s, 2, 4).n, 4);
	assert_int_equal(slice_sub(s, 2, 5).n, 0);
	assert_int_equal(slice_sub(s, 7, 0).n, 0);
	assert_int_equal(slice_sub(s, 1, SIZE_MAX).n, 0);
}

static void
test_buf_grows_and_consumes(void **state)
{
	struct buf b = {0};

	(void)state;
	for (int i = 0; i < 1000; i++)
		buf_printf(&b, "%03d", i);
	assert_int_equal(b.err, 0);
	assert_int_equal(b.n, 3000);
	buf_consume(&b, 2997);
	assert_memory_equal(b.p, "999", 3);
	buf_consume(&b, 100);
	assert_int_equal(b.n, 0);
	assert_null(buf_reserve(&b, BUF_MAX + 1));
	assert_int_equal(b.err, ERR_LIMIT);
	buf_free(&b);
}

static void
test_hex_is_read_in_either_case_and_whole(void **state)
{
	const uint8_t bytes[] = {0x00, 0x9f, 0xe1};
	uint8_t out[3] = {1, 2, 3};
	struct buf b = {0};
	char text[7];

	(void)state;
	hex_text(bytes, sizeof(bytes), text);
	assert_string_equal(text, "009fe1");
	hex_add(&b, bytes, sizeof(bytes));
	assert_int_equal(b.n, 6);
	assert_memory_equal(b.p, text, 6);
	buf_free(&b);
	assert_int_equal(hex_read("009fe", out, 3), ERR_USAGE);
	assert_int_equal(hex_read("009fe12", out, 3), ERR_USAGE);
	assert_int_equal(hex_read("009fe1a0", out, 3), ERR_USAGE);
	assert_int_equal(hex_read("009fg1", out, 3), ERR_USAGE);
	assert_int_equal(out[0], 1);
	assert_int_equal(hex_read("009fE1", out, 3), 0);
	assert_memory_equal(out, bytes, 3);
	assert_int_equal(hex_read("", out, 0), 0);
}

static void
test_utf16_round_trip_keeps_unpaired_surrogates(void **state)
{
	/* "a", U+00E9, U+20AC, U+1F600, a lone high surrogate, "b" */
	const uint8_t wide[] = {'a',  0,    0xe9, 0,    0xac, 0x20, 0x3d,
				0xd8, 0x00, 0xde, 0x00, 0xd8, 'b',  0};
	struct buf text = {0}, back = {0};

	(void)state;
	utf16_to_utf8(slice_of(wide, sizeof(wide)), &text);
	buf_add(&text, "", 1);
	assert_string_equal((char *)text.p, "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xed\xa0\x80"
					    "b");
	assert_int_equal(utf16_from_utf8((char *)text.p, &back), 0);
	assert_int_equal(back.n, sizeof(wide));
	assert_memory_equal(back.p, wide, sizeof(wide));
	assert_int_equal(utf16_from_utf8("\xff", &back), ERR_MALFORMED);
	assert_int_equal(utf16_from_utf8("\xe2\x82", &back), ERR_MALFORMED);
	buf_free(&text);
	buf_free(&back);
}

static void
test_err_keeps_the_first_text_and_adds_places(void **state)
{
	struct err e = {0};

	(void)state;
	assert_int_equal(err_set(&e, ERR_TRUNCATED, "byte %d", 7), ERR_TRUNCATED);
	assert_int_equal(err_set(&e, ERR_NOMEM, "later"), ERR_NOMEM);
	assert_int_equal(err_prefix(&e, "file %s", "x"), ERR_TRUNCATED);
	assert_string_equal(err_text(&e), "file x: byte 7");
	assert_string_equal(err_str(ERR_LIMIT), "over a limit");
}

static void
test_arena_memory_is_zeroed_and_apart(void **state)
{
	struct arena a = {0};
	char *big = arena_alloc(&a, 200000), *text = arena_text(&a, "hello", 5);

	(void)state;
	assert_non_null(big);
	assert_int_equal(big[199999], 0);
	assert_string_equal(text, "hello");
	assert_true(a.used >= 200006);
	arena_free(&a);
	assert_null(a.blocks);
}

static void
test_histogram(void **state)
{
	struct histogram h = {0};

	(void)state;
	assert_int_equal(histogram_at(&h, 5000), 0);
	for (uint64_t v = 1; v <= 100000; v++)
		assert_int_equal(histogram_add(&h, v * 1000), 0);
	assert_int_equal(h.n, 100000);
	assert_int_equal(h.min, 1000);
	assert_int_equal(h.max, 100000000);
	for (unsigned part = 1; part <= 10000; part += 7) {
		uint64_t exact = (uint64_t)part * 10000, got = histogram_at(&h, part);

		assert_true(got >= exact && got - exact <= exact / 128 + 1);
	}
	assert_int_equal(histogram_at(&h, 10000), 100000000);
	histogram_free(&h);
	/* The ends of the range, and a few of many values. */
	assert_int_equal(histogram_add(&h, UINT64_MAX), 0);
	assert_int_equal(histogram_add(&h, 0), 0);
	assert_int_equal(histogram_add(&h, 255), 0);
	assert_int_equal(histogram_at(&h, 1), 0);
	assert_int_equal(histogram_at(&h, 5000), 255);
	assert_true(histogram_at(&h, 9999) == UINT64_MAX);
	histogram_free(&h);
	assert_null(h.counts);
}

static void
test_histogram_gives_its_values_back(void **state)
{
	struct histogram a = {0}, b = {0};
	uint64_t value, n = 0, last = 0, count;
	unsigned at = 0;

	(void)state;
	assert_int_equal(histogram_next(&a, &at, &value), 0);
	for (uint64_t v = 1; v < 1000000; v = v * 3 + 1)
		assert_int_equal(histogram_add(&a, v), 0);
	assert_int_equal(histogram_add(&a, UINT64_MAX), 0);
	assert_int_equal(histogram_merge(&b, &a), 0);
	assert_int_equal(histogram_merge(&b, &a), 0);
	assert_int_equal(b.n, 2 * a.n);
	assert_int_equal(b.min, 1);
	assert_true(b.max == UINT64_MAX);
	while ((count = histogram_next(&b, &at, &value)) > 0) {
		assert_int_equal(count, 2);
		assert_true(value > last);
		last = value;
		n++;
	}
	assert_int_equal(n, a.n);
	assert_true(last == UINT64_MAX);
	histogram_free(&a);
	histogram_free(&b);
}

static void
test_list_grows_and_keeps_its_elements(void **state)
{
	size_t cap = 0, none = 0;
	uint32_t *list = NULL;

	(void)state;
	for (uint32_t i = 0; i < 1000; i++) {
		assert_int_equal(list_room(&list, i, &cap, sizeof(*list)), 0);
		assert_true(cap > i);
		list[i] = i;
	}
	for (uint32_t i = 0; i < 1000; i++)
		assert_int_equal(list[i], i);
	free(list);
	list = NULL;
	assert_int_equal(list_room(&list, 0, &none, SIZE_MAX / 8), ERR_NOMEM);
	assert_null(list);
	assert_int_equal(none, 0);
}

/* R. G. Newcombe, "Two-Sided Confidence Intervals for the Single Proportion" (1998), table I,
 * method 3. */
static void
test_rate_interval(void **state)
{
	static const struct {
		uint64_t hits, n;
		double low, high;
	} known[] = {{81, 263, 0.2553, 0.3662},
		     {15, 148, 0.0624, 0.1605},
		     {0, 20, 0.0000, 0.1611},
		     {1, 29, 0.0061, 0.1718},
		     {0, 0, 0, 1}};

	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		double low, high;

		rate_interval(known[i].hits, known[i].n, &low, &high);
		assert_float_equal(low, known[i].low, 0.00005);
		assert_float_equal(high, known[i].high, 0.00005);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_histogram),
		cmocka_unit_test(test_histogram_gives_its_values_back),
		cmocka_unit_test(test_wire_reads_are_sticky_after_the_end),
		cmocka_unit_test(test_wire_writes_stop_at_capacity),
		cmocka_unit_test(test_slice_sub_refuses_what_lies_outside),
		cmocka_unit_test(test_buf_grows_and_consumes),
		cmocka_unit_test(test_hex_is_read_in_either_case_and_whole),
		cmocka_unit_test(test_utf16_round_trip_keeps_unpaired_surrogates),
		cmocka_unit_test(test_err_keeps_the_first_text_and_adds_places),
		cmocka_unit_test(test_arena_memory_is_zeroed_and_apart),
		cmocka_unit_test(test_rate_interval),
		cmocka_unit_test(test_list_grows_and_keeps_its_elements),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
