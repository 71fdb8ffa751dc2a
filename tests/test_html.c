/* What a page is made of: text that is never markup, causes, axes. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "groups.h"
#include "html.h"
#include "scale.h"

/* What `put` appends, as text; valid until the next call. */
static const char *
text_of(struct buf *b)
{
	static char text[4096];

	assert_int_equal(b->err, 0);
	assert_true(b->n < sizeof(text));
	(void)snprintf(text, sizeof(text), "%.*s", (int)b->n, b->n > 0 ? (const char *)b->p : "");
	buf_free(b);
	return text;
}

static const char *
escaped(const char *s, size_t n)
{
	struct buf b = {0};

	html_text_n(&b, s, n);
	return text_of(&b);
}

#define ESCAPED(s) escaped(s, sizeof(s) - 1)

static void
test_no_text_is_markup(void **state)
{
	(void)state;
	assert_string_equal(ESCAPED("<script>alert(\"x\")</script>&amp;'"),
			    "&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&amp;amp;&#39;");
	assert_string_equal(ESCAPED("reports\\q3 \xc3\xbc.txt"), "reports\\q3 \xc3\xbc.txt");
}

static void
test_what_is_not_seen_is_shown_as_a_number(void **state)
{
	(void)state;
	assert_string_equal(ESCAPED("a\0b\n\x1b[31m\x7f"), "a\\x00b\\x0a\\x1b[31m\\x7f");
	assert_string_equal(ESCAPED("\xe2\x80\xaetxt.exe"), "\\u{202e}txt.exe");
	assert_string_equal(ESCAPED("\xef\xbb\xbf\xc2\x85"), "\\u{feff}\\u{85}");
}

static void
test_what_is_no_utf8_is_shown_as_bytes(void **state)
{
	(void)state;
	assert_string_equal(ESCAPED("\xff<\xc3"), "\\xff&lt;\\xc3");
	assert_string_equal(ESCAPED("\xc0\xbc\xed\xa0\x80"), "\\xc0\\xbc\\xed\\xa0\\x80");
}

/* Characters are counted, not bytes; an escaped one is one. */
static void
test_a_text_is_cut_at_a_character(void **state)
{
	struct buf b = {0};

	(void)state;
	html_text_cut(&b, "\xc3\xbc<\xc3\xbc", 2);
	assert_string_equal(text_of(&b), "\xc3\xbc&lt;\xe2\x80\xa6");
	html_text_cut(&b, "abc", 3);
	assert_string_equal(text_of(&b), "abc");
}

static void
test_numbers(void **state)
{
	struct buf b = {0};

	(void)state;
	html_count(&b, 999);
	html_put(&b, " ");
	html_count(&b, 1000);
	html_put(&b, " ");
	html_count(&b, UINT64_MAX);
	assert_string_equal(text_of(&b), "999 1\xe2\x80\xaf"
					 "000 18\xe2\x80\xaf"
					 "446\xe2\x80\xaf"
					 "744\xe2\x80\xaf"
					 "073\xe2\x80\xaf"
					 "709\xe2\x80\xaf"
					 "551\xe2\x80\xaf"
					 "615");
	html_counted(&b, 1, "time");
	html_counted(&b, 0, "time");
	assert_string_equal(text_of(&b), "1 time0 times");
}

static void
test_durations_have_three_digits(void **state)
{
	static const struct {
		uint64_t ns;
		const char *text;
	} cases[] = {{0, "0 ns"},           {999, "999 ns"},
		     {1000, "1.00 us"},     {9994, "9.99 us"},
		     {9996, "10.0 us"},     {99960, "100 us"},
		     {999600, "1.00 ms"},   {12345678, "12.3 ms"},
		     {999999999, "1.00 s"}, {UINT64_MAX, "18446744074 s"}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf b = {0};

		text_duration(&b, cases[i].ns, "us");
		assert_string_equal(text_of(&b), cases[i].text);
	}
}

static struct judge_divergence
divergence(uint64_t event, enum judge_kind kind, const char *field, const char *got)
{
	return (struct judge_divergence){.kind = kind,
					 .event = event,
					 .frame = event + 1,
					 .message = "CREATE response",
					 .field = field,
					 .expected = "x",
					 .got = got};
}

static void
add(struct groups *g, uint64_t event, enum judge_kind kind, const char *field, const char *got)
{
	const struct judge_divergence d = divergence(event, kind, field, got);

	groups_add(g, &d, &(struct place){.event = event + 100, .off = 4, .len = 9});
}

static void
test_a_status_is_a_cause_of_its_own(void **state)
{
	struct groups g = {0};

	(void)state;
	add(&g, 7, JUDGE_STATUS, "status", "A");
	add(&g, 9, JUDGE_STATUS, "status", "B");
	add(&g, 11, JUDGE_STATUS, "status", "A");
	assert_int_equal(g.n, 2);
	assert_int_equal(g.list[0].n, 2);
	assert_int_equal(g.list[0].first.event, 7);
	assert_int_equal(g.list[0].live.event, 107);
	assert_int_equal(g.list[0].n_more, 1);
	assert_int_equal(g.list[0].more[0].event, 11);
	assert_int_equal(g.list[0].more[0].frame, 12);
	assert_string_equal(g.list[1].first.got, "B");
	groups_free(&g);
}

/* Sizes differ from file to file, places in a list from answer to answer: one cause. */
static void
test_values_and_places_in_lists_are_none(void **state)
{
	struct groups g = {0};
	char got[16];

	(void)state;
	for (unsigned i = 0; i < 50; i++) {
		char field[40];

		(void)snprintf(got, sizeof(got), "%u", i % 10);
		(void)snprintf(field, sizeof(field), "body.entries[%u].size", i);
		add(&g, i, JUDGE_FIELD, field, got);
	}
	add(&g, 60, JUDGE_FIELD, "body.entries[1].name", "1");
	assert_int_equal(g.n, 2);
	assert_int_equal(g.list[0].n, 50);
	assert_int_equal(g.list[0].n_values, GROUPS_VALUES);
	assert_int_equal(g.list[0].values[2].n, 5);
	assert_int_equal(g.list[0].other_values, 20);
	assert_int_equal(g.list[0].n_more, GROUPS_MORE_PLACES);
	assert_string_equal(g.list[1].first.field, "body.entries[1].name");
	groups_free(&g);
}

/* Nor are names of entries; but that one is missing, or is not, or differs, are three. */
static void
test_names_of_entries_are_no_causes(void **state)
{
	struct groups g = {0};
	struct judge_divergence d = divergence(9, JUDGE_FIELD, "entry \"gone\"", "absent");

	(void)state;
	add(&g, 1, JUDGE_FIELD, "entry \"a.txt\": end_of_file", "1");
	add(&g, 2, JUDGE_FIELD, "entry \"b \"2\".txt\": end_of_file", "2");
	add(&g, 3, JUDGE_FIELD, "entry \"a.txt\": file_attributes", "3");
	add(&g, 4, JUDGE_FIELD, "entry \"a.txt\"", "present");
	add(&g, 5, JUDGE_FIELD, "entry \"b.txt\"", "present");
	groups_add(&g, &d, NULL);
	assert_int_equal(g.n, 4);
	assert_int_equal(g.list[0].n, 2);
	assert_int_equal(g.list[1].n, 1);
	assert_int_equal(g.list[2].n, 2);
	assert_int_equal(g.list[3].n, 1);
	groups_free(&g);
}

/* A server may make up statuses. */
static void
test_causes_have_a_bound(void **state)
{
	struct groups g = {0};
	static char huge[100000];

	(void)state;
	memset(huge, 'x', sizeof(huge) - 1);
	for (unsigned i = 0; i < GROUPS_MAX + 7; i++) {
		char got[16];

		(void)snprintf(got, sizeof(got), "0x%08x", i);
		add(&g, i, JUDGE_STATUS, "status", got);
	}
	assert_int_equal(g.n, GROUPS_MAX);
	assert_int_equal(g.n_beyond, 7);
	assert_int_equal(g.beyond[JUDGE_STATUS], 7);
	groups_free(&g);
	for (unsigned i = 0; i < 100; i++)
		add(&g, i, JUDGE_EXTRA, huge, huge);
	assert_int_equal(g.n, 1);
	assert_int_equal(strlen(g.list[0].first.got), GROUPS_TEXT);
	assert_true(g.texts.used < 20 * GROUPS_TEXT);
	groups_free(&g);
}

static void
test_an_axis_holds_all_values(void **state)
{
	struct histogram a = {0}, b = {0};
	uint64_t parts[4];
	struct scale s;
	struct buf text = {0};

	(void)state;
	assert_int_equal(histogram_add(&a, 20000), 0);
	assert_int_equal(histogram_add(&a, 90000), 0);
	assert_int_equal(histogram_add(&b, 999000), 0);
	s = scale_of(&a, &b);
	assert_int_equal(s.low, 4);
	assert_int_equal(s.high, 6);
	scale_spread(s, &a, parts, 4);
	assert_int_equal(parts[0], 1);
	assert_int_equal(parts[1], 1);
	assert_int_equal(parts[2] + parts[3], 0);
	scale_spread(s, &b, parts, 4);
	assert_int_equal(parts[3], 1);
	scale_put_decade(&text, s.low, "us");
	scale_put_decade(&text, 6, "us");
	scale_put_decade(&text, 10, "us");
	assert_string_equal(text_of(&text), "10 us1 ms10 s");
	histogram_free(&a);
	histogram_free(&b);
	s = scale_of(&a, &b);
	assert_true(s.low < s.high);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_text_is_markup),
		cmocka_unit_test(test_what_is_not_seen_is_shown_as_a_number),
		cmocka_unit_test(test_what_is_no_utf8_is_shown_as_bytes),
		cmocka_unit_test(test_a_text_is_cut_at_a_character),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_durations_have_three_digits),
		cmocka_unit_test(test_a_status_is_a_cause_of_its_own),
		cmocka_unit_test(test_values_and_places_in_lists_are_none),
		cmocka_unit_test(test_names_of_entries_are_no_causes),
		cmocka_unit_test(test_causes_have_a_bound),
		cmocka_unit_test(test_an_axis_holds_all_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
