/* The values that servers assigned: recycled ones, scopes, halves of FileIds, what has ended. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "compile/symtab.h"

static const struct sym_scope here = {.server = 1, .session = 1, .conn = 1};

static int
setup(void **state)
{
	struct symtab *t = NULL;
	int r = symtab_new(&t);

	*state = t;
	return r;
}

static int
teardown(void **state)
{
	symtab_free(*state);
	return 0;
}

static uint32_t
define(struct symtab *t, enum ir_what what, struct sym_scope scope, const void *value)
{
	uint32_t number = 0;

	assert_int_equal(
		symtab_define(t, what, scope, slice_of(value, ir_what_widths[what]), &number), 0);
	return number;
}

static uint32_t
find(struct symtab *t, enum ir_what what, struct sym_scope scope, const void *value)
{
	return symtab_find(t, what, scope, slice_of(value, ir_what_widths[what]), 0);
}

static void
test_symtab_numbers_count_from_one_in_each_kind(void **state)
{
	struct symtab *t = *state;

	assert_int_equal(define(t, IR_TREE, here, "aaaa"), 1);
	assert_int_equal(define(t, IR_TREE, here, "bbbb"), 2);
	assert_int_equal(define(t, IR_SESSION, here, "ssssssss"), 1);
	assert_int_equal(find(t, IR_TREE, here, "bbbb"), 2);
	assert_int_equal(find(t, IR_TREE, here, "cccc"), 0);
	assert_int_equal(symtab_counts(t)[IR_TREE], 2);
	assert_int_equal(symtab_counts(t)[IR_SESSION], 1);
	assert_int_equal(symtab_counts(t)[IR_OPEN], 0);
}

static void
test_symtab_a_recycled_value_is_a_new_symbol(void **state)
{
	struct symtab *t = *state;
	const char *id = "0123456789abcdef";

	assert_int_equal(define(t, IR_OPEN, here, id), 1);
	symtab_retire(t, IR_OPEN, here, slice_of(id, 16));
	assert_int_equal(find(t, IR_OPEN, here, id), 1);
	assert_int_equal(define(t, IR_OPEN, here, id), 2);
	assert_int_equal(find(t, IR_OPEN, here, id), 2);
}

static void
test_symtab_own_session_comes_first(void **state)
{
	struct symtab *t = *state;
	struct sym_scope other = {.server = 1, .session = 2, .conn = 1},
			 third = {.server = 1, .session = 3, .conn = 2};

	assert_int_equal(define(t, IR_TREE, here, "aaaa"), 1);
	assert_int_equal(define(t, IR_TREE, other, "aaaa"), 2);
	assert_int_equal(find(t, IR_TREE, here, "aaaa"), 1);
	assert_int_equal(find(t, IR_TREE, other, "aaaa"), 2);
	/* A session that has no such tree means somebody else's: the newest. */
	assert_int_equal(find(t, IR_TREE, third, "aaaa"), 2);
}

static void
test_symtab_servers_do_not_mix(void **state)
{
	struct symtab *t = *state;
	struct sym_scope far = {.server = 2, .session = 1, .conn = 2};

	(void)define(t, IR_SESSION, here, "ssssssss");
	(void)define(t, IR_OPEN, here, "0123456789abcdef");
	assert_int_equal(find(t, IR_SESSION, far, "ssssssss"), 0);
	assert_int_equal(find(t, IR_OPEN, far, "0123456789abcdef"), 0);
	assert_int_equal(symtab_find(t, IR_OPEN, far, slice_of("01234567", 8), 0), 0);
}

static void
test_symtab_async_ids_belong_to_their_connection(void **state)
{
	struct symtab *t = *state;
	struct sym_scope second = {.server = 1, .session = 1, .conn = 2};

	assert_int_equal(define(t, IR_ASYNC, here, "asyncid1"), 1);
	assert_int_equal(find(t, IR_ASYNC, second, "asyncid1"), 0);
	assert_int_equal(define(t, IR_ASYNC, second, "asyncid1"), 2);
	assert_int_equal(find(t, IR_ASYNC, here, "asyncid1"), 1);
}

static void
test_symtab_sessions_are_known_on_all_connections(void **state)
{
	struct symtab *t = *state;
	struct sym_scope second = {.server = 1, .session = 0, .conn = 2};

	assert_int_equal(define(t, IR_SESSION, here, "ssssssss"), 1);
	assert_int_equal(find(t, IR_SESSION, second, "ssssssss"), 1);
}

static void
test_symtab_half_of_a_file_id_is_the_newest_open_with_it_in_that_place(void **state)
{
	struct symtab *t = *state;

	(void)define(t, IR_OPEN, here, "PERSIST1volatil1");
	(void)define(t, IR_OPEN, here, "PERSIST2volatil2");
	(void)define(t, IR_OPEN, here, "PERSIST1volatil3");
	assert_int_equal(symtab_find(t, IR_OPEN, here, slice_of("PERSIST1", 8), 0), 3);
	assert_int_equal(symtab_find(t, IR_OPEN, here, slice_of("PERSIST2", 8), 0), 2);
	assert_int_equal(symtab_find(t, IR_OPEN, here, slice_of("volatil1", 8), 8), 1);
	assert_int_equal(symtab_find(t, IR_OPEN, here, slice_of("volatil1", 8), 0), 0);
}

static void
number_value(uint8_t value[16], uint64_t n)
{
	memset(value, 0xee, 16);
	wire_put_le(value, 8, n);
}

static void
test_symtab_forgets_the_longest_ended_only(void **state)
{
	struct symtab *t = *state;
	uint8_t value[16];

	/* Each open has a key in its session and one on the server: both are retired. */
	for (uint64_t n = 1; n <= SYMTAB_RETIRED; n++) {
		number_value(value, n);
		(void)define(t, IR_OPEN, here, value);
		symtab_retire(t, IR_OPEN, here, slice_of(value, 16));
	}
	number_value(value, 1);
	assert_int_equal(find(t, IR_OPEN, here, value), 0);
	number_value(value, SYMTAB_RETIRED / 2);
	assert_int_equal(find(t, IR_OPEN, here, value), 0);
	number_value(value, SYMTAB_RETIRED / 2 + 1);
	assert_int_equal(find(t, IR_OPEN, here, value), SYMTAB_RETIRED / 2 + 1);
	number_value(value, SYMTAB_RETIRED);
	assert_int_equal(find(t, IR_OPEN, here, value), SYMTAB_RETIRED);
}

static void
test_symtab_keeps_an_ended_value_that_was_assigned_anew(void **state)
{
	struct symtab *t = *state;
	uint8_t value[16], kept[16];

	number_value(kept, 0);
	(void)define(t, IR_OPEN, here, kept);
	symtab_retire(t, IR_OPEN, here, slice_of(kept, 16));
	assert_int_equal(define(t, IR_OPEN, here, kept), 2);
	for (uint64_t n = 1; n <= SYMTAB_RETIRED; n++) {
		number_value(value, n);
		(void)define(t, IR_OPEN, here, value);
		symtab_retire(t, IR_OPEN, here, slice_of(value, 16));
	}
	assert_int_equal(find(t, IR_OPEN, here, kept), 2);
}

static void
test_symtab_to_retire_the_unknown_changes_nothing(void **state)
{
	struct symtab *t = *state;

	symtab_retire(t, IR_TREE, here, slice_of("zzzz", 4));
	assert_int_equal(find(t, IR_TREE, here, "zzzz"), 0);
	symtab_free(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_symtab_numbers_count_from_one_in_each_kind),
		TEST(test_symtab_a_recycled_value_is_a_new_symbol),
		TEST(test_symtab_own_session_comes_first),
		TEST(test_symtab_servers_do_not_mix),
		TEST(test_symtab_async_ids_belong_to_their_connection),
		TEST(test_symtab_sessions_are_known_on_all_connections),
		TEST(test_symtab_half_of_a_file_id_is_the_newest_open_with_it_in_that_place),
		TEST(test_symtab_forgets_the_longest_ended_only),
		TEST(test_symtab_keeps_an_ended_value_that_was_assigned_anew),
		TEST(test_symtab_to_retire_the_unknown_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
