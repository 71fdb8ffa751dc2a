/* The judge: breaks and their acknowledgments. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/court.h"

static void
test_judge_lease_breaks_go_by_their_key(void **state)
{
	struct court *k = *state;

	body_lease_break(&k->body, 1, 7, 3);
	(void)RECORD(k, 0, OPLOCK_BREAK, R, .mid = NO_MID);
	body_lease_break(&k->body, 2, 7, 1);
	(void)RECORD(k, 0, OPLOCK_BREAK, R, .mid = NO_MID);
	court_open(k);
	body_lease_break(&k->body, 3, 7, 3);
	assert_false(ANSWER(k, 0, OPLOCK_BREAK, R, .mid = NO_MID).found);
	assert_string_equal(court_said(k),
			    "extra OPLOCK_BREAK notification: nothing, lease from RWH to RH\n");
	assert_int_equal(k->event, UINT64_MAX);
	judge_sent(k->j, 1);
	body_oplock_break(&k->body, 1, 2, 3);
	assert_false(ANSWER(k, 0, OPLOCK_BREAK, R, .mid = NO_MID).found);
	assert_string_equal(court_said(k),
			    "extra OPLOCK_BREAK notification: nothing, oplock to II\n");
	assert_int_equal(k->event, 1);
	body_lease_break(&k->body, 2, 7, 1);
	assert_int_equal(ANSWER(k, 0, OPLOCK_BREAK, R, .mid = NO_MID).event, 1);
	assert_string_equal(court_said(k), "order OPLOCK_BREAK notification: behind it, before the "
					   "OPLOCK_BREAK notification of event 0\n");
	body_lease_break(&k->body, 1, 7, 0);
	assert_int_equal(ANSWER(k, 0, OPLOCK_BREAK, R, .mid = NO_MID).event, 0);
	assert_string_equal(
		court_said(k),
		"field OPLOCK_BREAK notification body.new_lease_state: 0x00000003, 0x00000000\n");
}

static void
test_judge_oplock_breaks_go_by_the_live_open(void **state)
{
	struct court *k = *state;

	court_record_open(k, 1, 0x100, 1);
	court_record_open(k, 2, 0x200, 2);
	body_oplock_break(&k->body, 1, 0x200, 0x200);
	(void)RECORD(k, 0, OPLOCK_BREAK, R, .mid = NO_MID);
	court_open(k);
	court_answer_open(k, 1, 0x900);
	court_answer_open(k, 2, 0x100);
	body_oplock_break(&k->body, 1, 0x900, 0x900);
	assert_false(ANSWER(k, 0, OPLOCK_BREAK, R, .mid = NO_MID).found);
	assert_true(strstr(court_said(k), "extra") != NULL);
	body_oplock_break(&k->body, 1, 0x100, 0x100);
	assert_int_equal(ANSWER(k, 0, OPLOCK_BREAK, R, .mid = NO_MID).event, 2);
	assert_string_equal(court_said(k), "");
}

/* The server gave the same FileId twice in the recording; the break is of the second open. */
static void
test_judge_a_break_of_a_recycled_open(void **state)
{
	struct court *k = *state;

	court_record_open(k, 1, 0x100, 1);
	court_record_open(k, 2, 0x100, 2);
	body_oplock_break(&k->body, 1, 0x100, 0x100);
	(void)RECORD(k, 0, OPLOCK_BREAK, R, .mid = NO_MID);
	court_open(k);
	court_answer_open(k, 1, 0x900);
	court_answer_open(k, 2, 0x800);
	body_oplock_break(&k->body, 1, 0x800, 0x800);
	assert_int_equal(ANSWER(k, 0, OPLOCK_BREAK, R, .mid = NO_MID).event, 2);
	assert_string_equal(court_said(k), "");
}

static void
test_judge_a_break_that_comes_early_or_late(void **state)
{
	struct court *k = *state;

	body_lease_break(&k->body, 1, 7, 3);
	(void)RECORD(k, 0, OPLOCK_BREAK, R, .mid = NO_MID);
	body_empty(&k->body);
	(void)RECORD(k, 0, ECHO_, R, .mid = 1);
	body_empty(&k->body);
	(void)RECORD(k, 0, ECHO_, R, .mid = 2);
	body_lease_break(&k->body, 2, 7, 3);
	(void)RECORD(k, 0, OPLOCK_BREAK, R, .mid = NO_MID);
	court_open(k);
	body_empty(&k->body);
	(void)ANSWER(k, 0, ECHO_, R, .mid = 1);
	assert_string_equal(court_said(k),
			    "order ECHO response: behind it, before the OPLOCK_BREAK "
			    "notification of event 0\n");
	body_lease_break(&k->body, 1, 7, 3);
	(void)ANSWER(k, 0, OPLOCK_BREAK, R, .mid = NO_MID);
	assert_string_equal(court_said(k), "");
	body_lease_break(&k->body, 2, 7, 3);
	(void)ANSWER(k, 0, OPLOCK_BREAK, R, .mid = NO_MID);
	assert_string_equal(court_said(k),
			    "order OPLOCK_BREAK notification: behind it, before the ECHO "
			    "response of event 2\n");
}

static void
record_client(struct court *k, uint32_t conn, uint8_t client)
{
	body_negotiate_req(&k->body, client);
	(void)court_request(k, conn, &(struct build_hdr){NEGOTIATE, .mid = 0});
}

static struct judge_match
answer_lease(struct court *k, uint32_t conn, uint8_t key, uint32_t to)
{
	body_lease_break(&k->body, key, 7, to);
	return ANSWER(k, conn, OPLOCK_BREAK, R, .mid = NO_MID);
}

/* A server may send the break on any channel of the client; other clients have other leases. */
static void
test_judge_a_break_on_another_connection(void **state)
{
	struct court *k = *state;

	record_client(k, 0, 0x11);
	record_client(k, 1, 0x22);
	record_client(k, 2, 0x11);
	body_lease_break(&k->body, 1, 7, 3);
	(void)RECORD(k, 0, OPLOCK_BREAK, R, .mid = NO_MID);
	court_open(k);
	assert_false(answer_lease(k, 1, 1, 3).found);
	assert_true(strstr(court_said(k), "extra") != NULL);
	assert_int_equal(answer_lease(k, 2, 1, 3).event, 3);
	assert_string_equal(court_said(k), "field OPLOCK_BREAK notification connection: 0, 2\n");
	assert_true(judge_satisfied(k->j, 3));
	assert_false(answer_lease(k, 0, 1, 3).found);
}

/* One of two breaks in succession does not come: the other is not taken for it. */
static void
test_judge_breaks_in_succession(void **state)
{
	struct court *k = *state;

	body_lease_break(&k->body, 1, 7, 3);
	(void)RECORD(k, 0, OPLOCK_BREAK, R, .mid = NO_MID);
	body_lease_break(&k->body, 1, 7, 1);
	(void)RECORD(k, 0, OPLOCK_BREAK, R, .mid = NO_MID);
	court_open(k);
	assert_int_equal(answer_lease(k, 0, 1, 1).event, 1);
	assert_false(judge_satisfied(k->j, 0));
	judge_give_up(k->j, 0, "no answer within 1.0 s");
	assert_int_equal(answer_lease(k, 0, 1, 3).event, 0);
	assert_false(answer_lease(k, 0, 1, 3).found);
}

/* The server breaks further than recorded: that is the break which is acknowledged next, not the
 * one behind the acknowledgment that breaks as far. */
static void
test_judge_a_break_before_its_acknowledgment(void **state)
{
	struct court *k = *state;

	body_lease_break(&k->body, 1, 7, 3);
	(void)RECORD(k, 0, OPLOCK_BREAK, R, .mid = NO_MID);
	body_lease_ack(&k->body, 1, 3);
	(void)court_request(k, 0, &(struct build_hdr){OPLOCK_BREAK, .mid = 1});
	body_lease_break(&k->body, 1, 7, 1);
	(void)RECORD(k, 0, OPLOCK_BREAK, R, .mid = NO_MID);
	court_open(k);
	assert_int_equal(answer_lease(k, 0, 1, 1).event, 0);
	assert_int_equal(answer_lease(k, 0, 1, 1).event, 2);
}

/* An acknowledgment is due when its own break has come. */
static void
test_judge_acknowledgments(void **state)
{
	struct court *k = *state;
	uint32_t first, second, other;
	uint64_t answers = 0;

	body_lease_break(&k->body, 1, 7, 3);
	(void)RECORD(k, 0, OPLOCK_BREAK, R, .mid = NO_MID);
	body_lease_ack(&k->body, 1, 3);
	first = court_request(k, 0, &(struct build_hdr){OPLOCK_BREAK, .mid = 1});
	body_lease_break(&k->body, 1, 3, 1);
	(void)RECORD(k, 0, OPLOCK_BREAK, R, .mid = NO_MID);
	body_lease_ack(&k->body, 1, 1);
	second = court_request(k, 0, &(struct build_hdr){OPLOCK_BREAK, .mid = 2});
	body_lease_ack(&k->body, 9, 1);
	other = court_request(k, 0, &(struct build_hdr){OPLOCK_BREAK, .mid = 3});
	court_open(k);
	assert_int_equal(judge_ack(k->j, first, &answers), JUDGE_ACK_WAITS);
	assert_int_equal(judge_ack(k->j, other, &answers), JUDGE_ACK_FREE);
	assert_int_equal(judge_ack(k->j, 0, &answers), JUDGE_ACK_FREE);
	assert_true(answer_lease(k, 0, 1, 3).found);
	assert_int_equal(judge_ack(k->j, first, &answers), JUDGE_ACK_DUE);
	assert_int_equal(answers, 0);
	judge_give_up(k->j, 2, "no answer within 1.0 s");
	assert_int_equal(judge_ack(k->j, second, &answers), JUDGE_ACK_IDLE);
	assert_int_equal(answers, 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_judge_lease_breaks_go_by_their_key),
		TEST(test_judge_oplock_breaks_go_by_the_live_open),
		TEST(test_judge_a_break_of_a_recycled_open),
		TEST(test_judge_a_break_that_comes_early_or_late),
		TEST(test_judge_a_break_on_another_connection),
		TEST(test_judge_breaks_in_succession),
		TEST(test_judge_a_break_before_its_acknowledgment),
		TEST(test_judge_acknowledgments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
