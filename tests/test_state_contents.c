/* The first state: contents of files, by what was read and written; spans of bytes. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "ir/state_spans.h"
#include "tests/talk.h"

#define END_OF_FILE 20u /* MS-FSCC 2.4 */

static void
test_reads_before_writes_show_contents(void **state)
{
	struct talk *k = *state;
	const struct state_entry *e;

	talk_open(k, "f", TALK_OPENED, 20, 1);
	talk_write(k, 1, 4, "wxyz");
	talk_read(k, 1, 0, 12, "abcdwxyzefgh");
	talk_read(k, 1, 0, 12, "abcdwxyzefgh");
	talk_read(k, 1, 10, 10, "ghijklmnop");
	e = talk_find(k, "f");
	assert_int_equal(e->data.size, 20);
	assert_int_equal(e->data.n_pieces, 3);
	assert_int_equal(e->data.pieces[0].off, 0);
	assert_int_equal(e->data.pieces[0].len, 4);
	assert_int_equal(e->data.pieces[1].off, 8);
	assert_int_equal(e->data.pieces[1].len, 4);
	/* 4 bytes of frame, 64 of header, 16 of body, 8 that are passed over */
	assert_int_equal(e->data.pieces[1].at, 7 * 100000 + 4 + 64 + 16 + 8);
	assert_int_equal(e->data.pieces[2].off, 12);
	assert_int_equal(e->data.pieces[2].len, 8);
	assert_int_equal(e->doubts, 0);
}

static void
test_what_a_cut_file_held_is_not_known(void **state)
{
	struct talk *k = *state;
	struct buf size = {0};

	talk_open(k, "f", TALK_OPENED, 10, 1);
	buf_le(&size, 8, 4);
	talk_set_info(k, 1, END_OF_FILE, &size);
	buf_free(&size);
	talk_read(k, 1, 0, 8, "abcdefgh");
	assert_int_equal(talk_find(k, "f")->data.size, 10);
	assert_int_equal(talk_find(k, "f")->data.n_pieces, 1);
	assert_int_equal(talk_find(k, "f")->data.pieces[0].len, 4);
}

static void
test_two_contents_are_a_conflict(void **state)
{
	struct talk *k = *state;

	talk_open(k, "f", TALK_OPENED, 4, 1);
	talk_read(k, 1, 0, 4, "abcd");
	talk_read(k, 1, 0, 4, "abcd");
	assert_int_equal(talk_find(k, "f")->doubts, 0);
	talk_read(k, 1, 0, 4, "abce");
	assert_true(HAS_DOUBT(talk_find(k, "f"), BYTES));
}

/* Spans against an array of bytes in which the first one to come owns each. */
static void
test_the_first_span_has_each_byte(void **state)
{
	static uint64_t owner[4096];
	struct spans s = {0};
	size_t left = 100000;
	uint64_t seed = 1, at = 0, expected = 0;
	const struct span *x;
	bool differs;

	(void)state;
	for (uint64_t n = 1; n < 3000; n++) {
		struct span new = {.at = n << 32};

		seed = seed * 6364136223846793005u + 1442695040888963407u;
		new.off = (seed >> 33) % 4000;
		new.len = 1 + (seed >> 50) % 9;
		if ((seed >> 20) % 4 == 0)
			new.at = SPAN_WRITTEN;
		assert_int_equal(spans_add(&s, &new, &left, &differs), 0);
		for (uint64_t i = new.off; i < new.off + new.len; i++)
			if (owner[i] == 0)
				owner[i] = new.at == SPAN_WRITTEN ? SPAN_WRITTEN
								  : new.at + (i - new.off);
	}
	while ((x = spans_next(&s, &at)) != NULL) {
		for (; expected < x->off; expected++)
			assert_int_equal(owner[expected], 0);
		for (uint64_t i = 0; i < x->len; i++, expected++)
			assert_int_equal(owner[expected],
					 x->at == SPAN_WRITTEN ? SPAN_WRITTEN : x->at + i);
	}
	for (; expected < 4096; expected++)
		assert_int_equal(owner[expected], 0);
	spans_free(&s);
}

static void
test_spans_have_a_limit_and_writes_side_by_side_are_one(void **state)
{
	struct spans s = {0};
	size_t left = 2;
	bool differs;

	(void)state;
	for (uint64_t i = 0; i < 1000; i++) {
		const struct span x = {.off = i * 10, .len = 10, .at = SPAN_WRITTEN};

		assert_int_equal(spans_add(&s, &x, &left, &differs), 0);
	}
	assert_int_equal(left, 1);
	assert_int_equal(spans_add(&s, &(struct span){20000, 1, 0, 0}, &left, &differs), 0);
	assert_int_equal(spans_add(&s, &(struct span){30000, 1, 0, 0}, &left, &differs), ERR_LIMIT);
	spans_free(&s);
}

int
main(void)
{
#define TALK(f) cmocka_unit_test_setup_teardown(f, talk_setup, talk_teardown)
	const struct CMUnitTest tests[] = {
		TALK(test_reads_before_writes_show_contents),
		TALK(test_what_a_cut_file_held_is_not_known),
		TALK(test_two_contents_are_a_conflict),
		cmocka_unit_test(test_the_first_span_has_each_byte),
		cmocka_unit_test(test_spans_have_a_limit_and_writes_side_by_side_are_one),
	};
#undef TALK

	return cmocka_run_group_tests(tests, NULL, NULL);
}
