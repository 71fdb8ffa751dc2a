/* MessageIds that move behind legs that were not recorded, or not sent. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "ir/mids.h"

static void
both(const struct mids *m, uint64_t recorded, uint64_t live)
{
	assert_int_equal(mids_live(m, recorded), live);
	assert_int_equal(mids_recorded(m, live), recorded);
}

static void
test_without_steps_ids_are_as_recorded(void **state)
{
	struct mids m = {.n = 0};

	(void)state;
	both(&m, 0, 0);
	both(&m, 77, 77);
	both(&m, UINT64_MAX, UINT64_MAX);
}

/* A logon in request 1, others up to 6 are on their way; then one leg more. */
static void
test_an_inserted_request_moves_what_follows(void **state)
{
	struct mids m = {.n = 0};
	uint64_t live;

	(void)state;
	mids_sent(&m, 1, 1);
	mids_sent(&m, 3, 4);
	mids_sent(&m, 2, 1);
	assert_int_equal(mids_insert(&m, 1, &live), 0);
	assert_int_equal(live, 7);
	assert_int_equal(mids_recorded(&m, 7), 1);
	both(&m, 6, 6);
	both(&m, 7, 8);
	mids_sent(&m, 7, 1);
	assert_int_equal(mids_insert(&m, 7, &live), 0);
	assert_int_equal(live, 9);
	assert_int_equal(mids_recorded(&m, 9), 7);
	both(&m, 7, 8);
	both(&m, 8, 10);
	mids_free(&m);
}

static void
test_a_request_left_out_moves_what_follows(void **state)
{
	struct mids m = {.n = 0};
	uint64_t live;

	(void)state;
	mids_sent(&m, 1, 1);
	assert_int_equal(mids_remove(&m, 2), 0);
	both(&m, 1, 1);
	both(&m, 3, 2);
	both(&m, 100, 99);
	mids_sent(&m, 3, 1);
	assert_int_equal(mids_insert(&m, 3, &live), 0);
	assert_int_equal(live, 3);
	assert_int_equal(mids_recorded(&m, 3), 3);
	both(&m, 4, 4);
	both(&m, 5, 5);
	mids_free(&m);
}

/* Later ids are on their way already: that one stays free. */
static void
test_a_request_left_out_late_leaves_a_hole(void **state)
{
	struct mids m = {.n = 0};

	(void)state;
	mids_sent(&m, 1, 1);
	mids_sent(&m, 3, 1);
	assert_int_equal(mids_remove(&m, 2), 0);
	both(&m, 3, 3);
	both(&m, 4, 4);
	mids_free(&m);
}

/* Breaks have an id that is none. */
static void
test_notifications_do_not_move(void **state)
{
	struct mids m = {.n = 0};
	uint64_t live;

	(void)state;
	mids_sent(&m, 1, 1);
	assert_int_equal(mids_next(&m), 2);
	assert_int_equal(mids_insert(&m, MIDS_OWN, &live), 0);
	assert_int_equal(live, 2);
	assert_true(mids_recorded(&m, 2) == MIDS_OWN);
	assert_true(mids_recorded(&m, UINT64_MAX) == UINT64_MAX);
	assert_true(mids_live(&m, UINT64_MAX) == UINT64_MAX);
	mids_free(&m);
}

static void
test_a_connection_that_begins_anew(void **state)
{
	struct mids m = {.n = 0};
	uint64_t live;

	(void)state;
	mids_sent(&m, 19, 1);
	assert_int_equal(mids_insert(&m, MIDS_OWN, &live), 0);
	assert_false(mids_is_lost(&m, 3));
	assert_int_equal(mids_restart(&m, 20, 7), 0);
	assert_true(mids_is_lost(&m, 19));
	assert_false(mids_is_lost(&m, 20));
	both(&m, 20, 7);
	both(&m, 25, 12);
	mids_sent(&m, 20, 2);
	assert_int_equal(mids_insert(&m, MIDS_OWN, &live), 0);
	assert_int_equal(live, 9);
	both(&m, 22, 10);
	assert_int_equal(mids_follow(&m, 24, 11), 0);
	both(&m, 24, 11);
	both(&m, 30, 17);
	mids_free(&m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_without_steps_ids_are_as_recorded),
		cmocka_unit_test(test_an_inserted_request_moves_what_follows),
		cmocka_unit_test(test_a_request_left_out_moves_what_follows),
		cmocka_unit_test(test_a_request_left_out_late_leaves_a_hole),
		cmocka_unit_test(test_notifications_do_not_move),
		cmocka_unit_test(test_a_connection_that_begins_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
