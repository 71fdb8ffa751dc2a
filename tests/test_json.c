/* JSON in and out: what is written is valid and exact, what is read is typed and within its range.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "ir/json.h"
#include "ir/json_out.h"

static void
test_numbers_come_out_in_decimal(void **state)
{
	static const struct {
		uint64_t v;
		const char *text;
	} cases[] = {
		{0, "0"},
		{9, "9"},
		{10, "10"},
		{99, "99"},
		{100, "100"},
		{101, "101"},
		{999, "999"},
		{1000, "1000"},
		{9999, "9999"},
		{10000, "10000"},
		{12345, "12345"},
		{9007199254740993, "9007199254740993"},
		{UINT64_MAX, "18446744073709551615"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[21];

		*json_put_uint(text, cases[i].v) = '\0';
		assert_string_equal(text, cases[i].text);
	}
}

static void
check_text(const char *in, size_t n, const char *out)
{
	struct json_out o = {0};

	json_out_text_n(&o, in, n);
	assert_int_equal(o.b.n, strlen(out));
	assert_memory_equal(o.b.p, out, o.b.n);
	buf_free(&o.b);
}

/* RFC 8259 7; RFC 3629 3 for what is UTF-8. */
static void
test_texts_are_escaped_and_always_utf8(void **state)
{
	(void)state;
	check_text("", 0, "\"\"");
	check_text("a\"b\\c", 5, "\"a\\\"b\\\\c\"");
	check_text("\0\x1f\x7f\n", 4, "\"\\u0000\\u001f\\u007f\\u000a\"");
	check_text("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", 9,
		   "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\"");
	check_text("\xed\xa0\x80x", 4, "\"\\ufffdx\"");    /* an unpaired surrogate */
	check_text("\xc0\xafx", 3, "\"\\ufffd\\ufffdx\""); /* overlong */
	check_text("\xf4\x90\x80\x80", 4, "\"\\ufffd\\ufffd\\ufffd\\ufffd\""); /* over U+10FFFF */
	check_text("\xe2\x82", 2, "\"\\ufffd\\ufffd\"");                       /* cut short */
}

static void
test_commas_stand_between_values(void **state)
{
	struct json_out o = {0};
	static const char want[] = "{\"a\":[1,\"b\",true,{}],\"c d\":\"00ff\",\"e\":1.5}";

	(void)state;
	json_out_open(&o, '{');
	json_out_key(&o, "a");
	json_out_open(&o, '[');
	json_out_uint(&o, 1);
	json_out_text(&o, "b");
	json_out_bool(&o, true);
	json_out_open(&o, '{');
	json_out_close(&o, '}');
	json_out_close(&o, ']');
	json_out_name(&o, "c d", 3);
	json_out_hex(&o, slice_of("\x00\xff", 2));
	json_out_key(&o, "e");
	json_out_raw(&o, "%.1f", 1.5);
	json_out_close(&o, '}');
	assert_int_equal(o.b.n, strlen(want));
	assert_memory_equal(o.b.p, want, o.b.n);
	buf_free(&o.b);
}

/* Reads `text` as a number up to `max`. */
static int
read_uint(const char *text, uint64_t max, uint64_t *out, struct err *e)
{
	struct json_doc d = {.file = "f", .line = 1, .text = slice_of(text, strlen(text)), .e = e};
	int r = json_parse(&d);

	if (r == 0)
		r = json_uint(&d, d.root, max, out);
	json_doc_free(&d);
	return r;
}

static void
test_numbers_are_whole_and_in_range(void **state)
{
	static const char *const bad[] = {"-1",   "1.5",   "1e400", "-0.1", "9007199254740994",
					  "1e16", "\"1\"", "true",  "null", "[1]",
					  "0x10", "NaN",   "1 2"};
	uint64_t v;

	(void)state;
	assert_int_equal(read_uint("9007199254740992", UINT64_MAX, &v, NULL), 0);
	assert_int_equal(v, (uint64_t)1 << 53);
	assert_int_equal(read_uint(" 0\n", 0, &v, NULL), 0);
	assert_int_equal(v, 0);
	assert_int_equal(read_uint("256", 255, &v, NULL), ERR_MALFORMED);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct err e = {0};
		int r = read_uint(bad[i], UINT64_MAX, &v, &e);

		assert_int_equal(r, ERR_MALFORMED);
		assert_memory_equal(e.text, "f:1: ", 5);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers_come_out_in_decimal),
		cmocka_unit_test(test_texts_are_escaped_and_always_utf8),
		cmocka_unit_test(test_commas_stand_between_values),
		cmocka_unit_test(test_numbers_are_whole_and_in_range),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
