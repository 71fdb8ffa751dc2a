/* Which interim answers count: short recordings, each with one thing changed. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "ir/interim.h"
#include "tests/ir_build.h"
#include "tests/smb2_build.h"

#define R F_RESPONSE

struct tape {
	struct ir_build b;
	struct buf msg, body;
};

static int
setup(void **state)
{
	struct tape *t = calloc(1, sizeof(*t));

	*state = t;
	if (t == NULL)
		return -1;
	ir_build_init(&t->b);
	return 0;
}

static int
teardown(void **state)
{
	struct tape *t = *state;

	ir_build_free(&t->b);
	buf_free(&t->msg);
	buf_free(&t->body);
	free(t);
	return 0;
}

static uint32_t
put(struct tape *t, enum ir_kind kind, uint32_t conn, const struct build_hdr *h)
{
	body_empty(&t->body);
	build_one(&t->msg, h, &t->body);
	return ir_build_event(&t->b, kind, conn, buf_slice(&t->msg));
}

#define SENT(t, conn, ...) (void)put(t, IR_SEND, conn, &(struct build_hdr){__VA_ARGS__})
#define GOT(t, conn, ...) put(t, IR_RECV, conn, &(struct build_hdr){__VA_ARGS__})

static bool
counts(const struct tape *t, unsigned command, uint32_t interim, uint32_t final)
{
	return interim_counts(&t->b.ir, &(struct interim_wait){.conn = 0,
							       .message_id = 5,
							       .command = (uint16_t)command,
							       .interim = interim,
							       .final = final});
}

/* A request of message 5, its interim answer, something that the client does, its final answer. */
static bool
plain_wait_counts(struct tape *t, unsigned command)
{
	uint32_t interim, final;

	SENT(t, 0, command, .mid = 5);
	interim = GOT(t, 0, command, R | F_ASYNC, PENDING, .mid = 5);
	SENT(t, 1, ECHO_, .mid = 9);
	final = GOT(t, 0, command, R | F_ASYNC, .mid = 5);
	return counts(t, command, interim, final);
}

static void
test_interim_counts_where_the_client_ends_the_wait(void **state)
{
	struct tape *t = *state;

	assert_true(plain_wait_counts(t, LOCK));
	assert_true(plain_wait_counts(t, CHANGE_NOTIFY));
}

static void
test_interim_does_not_count_where_nobody_else_is_waited_for(void **state)
{
	struct tape *t = *state;

	assert_false(plain_wait_counts(t, READ));
	assert_false(plain_wait_counts(t, CREATE));
}

static void
test_interim_of_create_counts_during_a_break(void **state)
{
	struct tape *t = *state;
	uint32_t interim, final;

	SENT(t, 0, CREATE, .mid = 5);
	(void)GOT(t, 1, OPLOCK_BREAK, R, .mid = NO_MID);
	interim = GOT(t, 0, CREATE, R | F_ASYNC, PENDING, .mid = 5);
	SENT(t, 1, OPLOCK_BREAK, .mid = 9);
	final = GOT(t, 0, CREATE, R | F_ASYNC, .mid = 5);
	assert_true(counts(t, CREATE, interim, final));
	assert_false(counts(t, CREATE, INTERIM_NONE, final));
	assert_false(counts(t, READ, interim, final));
}

static void
test_interim_is_a_race_with_what_the_client_did_before_it(void **state)
{
	struct tape *t = *state;
	uint32_t interim, final;

	SENT(t, 0, LOCK, .mid = 5);
	SENT(t, 1, ECHO_, .mid = 9);
	interim = GOT(t, 0, LOCK, R | F_ASYNC, PENDING, .mid = 5);
	SENT(t, 1, ECHO_, .mid = 10);
	final = GOT(t, 0, LOCK, R | F_ASYNC, .mid = 5);
	assert_false(counts(t, LOCK, interim, final));
	assert_false(counts(t, LOCK, INTERIM_NONE, final));
	t->b.events[final].t_first += 100000000;
	assert_true(counts(t, LOCK, interim, final));
}

static void
test_interim_is_a_race_with_a_short_wait(void **state)
{
	struct tape *t = *state;
	uint32_t interim, final;

	SENT(t, 0, LOCK, .mid = 5);
	interim = GOT(t, 0, LOCK, R | F_ASYNC, PENDING, .mid = 5);
	final = GOT(t, 0, LOCK, R | F_ASYNC, .mid = 5);
	assert_false(counts(t, LOCK, interim, final));
	t->b.events[final].t_first += 100000000;
	assert_true(counts(t, LOCK, interim, final));
	assert_true(counts(t, LOCK, interim, INTERIM_NONE));
}

static void
test_interim_that_was_not_recorded_counts_of_an_answer_at_once(void **state)
{
	struct tape *t = *state;
	uint32_t final;

	SENT(t, 0, LOCK, .mid = 5);
	final = GOT(t, 0, LOCK, R, .mid = 5);
	assert_true(counts(t, LOCK, INTERIM_NONE, final));
	assert_true(counts(t, LOCK, INTERIM_NONE, INTERIM_NONE));
	assert_false(counts(t, READ, INTERIM_NONE, final));
}

static void
test_interim_is_a_race_with_the_end_of_a_connection(void **state)
{
	struct tape *t = *state;
	uint32_t fin, final;

	SENT(t, 0, LOCK, .mid = 5);
	fin = ir_build_event(&t->b, IR_FIN, 1, (struct slice){0});
	final = GOT(t, 0, LOCK, R, .mid = 5);
	assert_false(counts(t, LOCK, INTERIM_NONE, final));
	t->b.events[fin].server = true;
	assert_true(counts(t, LOCK, INTERIM_NONE, final));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_interim_counts_where_the_client_ends_the_wait),
		TEST(test_interim_does_not_count_where_nobody_else_is_waited_for),
		TEST(test_interim_of_create_counts_during_a_break),
		TEST(test_interim_is_a_race_with_what_the_client_did_before_it),
		TEST(test_interim_is_a_race_with_a_short_wait),
		TEST(test_interim_that_was_not_recorded_counts_of_an_answer_at_once),
		TEST(test_interim_is_a_race_with_the_end_of_a_connection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
