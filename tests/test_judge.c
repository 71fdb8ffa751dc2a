/*
 * The judge: literal recorded answers, literal live ones, and the list of differences that must
 * come of them.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/court.h"

static void
test_judge_equal_answers(void **state)
{
	struct court *k = *state;
	struct judge_match m;

	body_empty(&k->body);
	(void)RECORD(k, 0, ECHO_, R, .mid = 1);
	body_close_resp(&k->body);
	(void)RECORD(k, 0, CLOSE, R, .mid = 2);
	court_open(k);
	body_empty(&k->body);
	m = ANSWER(k, 0, ECHO_, R, .mid = 1);
	assert_true(m.found);
	assert_int_equal(m.event, 0);
	assert_true(judge_satisfied(k->j, 0));
	assert_false(judge_satisfied(k->j, 1));
	body_close_resp(&k->body);
	m = ANSWER(k, 0, CLOSE, R, .mid = 2);
	assert_int_equal(m.event, 1);
	assert_string_equal(court_said(k), "");
	assert_int_equal(judge_totals(k->j)->expected, 2);
	assert_int_equal(judge_totals(k->j)->met, 2);
	assert_int_equal(judge_totals(k->j)->equal, 2);
	assert_int_equal(judge_divergences(k->j), 0);
}

static void
test_judge_answers_in_another_order(void **state)
{
	struct court *k = *state;

	for (uint64_t mid = 1; mid <= 3; mid++) {
		body_empty(&k->body);
		(void)RECORD(k, 0, ECHO_, R, .mid = mid);
	}
	court_open(k);
	for (uint64_t mid = 3; mid >= 1; mid--) {
		body_empty(&k->body);
		assert_int_equal(ANSWER(k, 0, ECHO_, R, .mid = mid).event, mid - 1);
	}
	assert_string_equal(court_said(k), "");
	assert_int_equal(judge_totals(k->j)->reordered, 2);
	assert_int_equal(judge_totals(k->j)->equal, 3);
}

static void
test_judge_connections_have_message_ids_of_their_own(void **state)
{
	struct court *k = *state;

	body_empty(&k->body);
	(void)RECORD(k, 0, ECHO_, R, .mid = 1);
	body_error(&k->body);
	(void)RECORD(k, 1, CLOSE, R, FILE_CLOSED, .mid = 1);
	court_open(k);
	body_error(&k->body);
	assert_int_equal(ANSWER(k, 1, CLOSE, R, FILE_CLOSED, .mid = 1).event, 1);
	body_empty(&k->body);
	assert_int_equal(ANSWER(k, 0, ECHO_, R, .mid = 1).event, 0);
	assert_string_equal(court_said(k), "");
	body_empty(&k->body);
	assert_false(ANSWER(k, 2, ECHO_, R, .mid = 1).found);
	assert_string_equal(court_said(k),
			    "extra ECHO response: nothing, STATUS_SUCCESS, message id 1\n");
}

static void
test_judge_a_second_answer_is_extra(void **state)
{
	struct court *k = *state;

	body_empty(&k->body);
	(void)RECORD(k, 0, ECHO_, R, .mid = 1);
	court_open(k);
	body_empty(&k->body);
	(void)ANSWER(k, 0, ECHO_, R, .mid = 1);
	body_empty(&k->body);
	assert_false(ANSWER(k, 0, ECHO_, R, .mid = 1).found);
	assert_string_equal(court_said(k),
			    "extra ECHO response: nothing, STATUS_SUCCESS, message id 1\n");
	assert_int_equal(judge_totals(k->j)->divergences[JUDGE_EXTRA], 1);
}

/* An answer that no recording has is named by its request; a CANCEL has the MessageId of another.
 */
static void
test_judge_an_extra_answer_names_its_request(void **state)
{
	struct court *k = *state;

	body_empty(&k->body);
	build_one(&k->msg, &(struct build_hdr){.command = CANCEL, .mid = 7}, &k->body);
	(void)ir_build_event(&k->b, IR_SEND, 1, buf_slice(&k->msg));
	for (uint64_t mid = 5; mid <= 7; mid++) {
		body_empty(&k->body);
		build_one(&k->msg, &(struct build_hdr){.command = ECHO_, .mid = mid}, &k->body);
		(void)ir_build_event(&k->b, IR_SEND, 1, buf_slice(&k->msg));
	}
	body_empty(&k->body);
	(void)RECORD(k, 1, ECHO_, R, .mid = 5);
	court_open(k);
	body_empty(&k->body);
	assert_false(ANSWER(k, 1, ECHO_, R, .mid = 7).found);
	assert_string_equal(court_said(k), "extra ECHO response: no answer, STATUS_SUCCESS\n");
	assert_int_equal(k->event, 3);
	for (int i = 0; i < 2; i++) {
		body_empty(&k->body);
		(void)ANSWER(k, 1, ECHO_, R, .mid = 5);
	}
	assert_string_equal(court_said(k),
			    "extra ECHO response: no second answer, STATUS_SUCCESS\n");
	assert_int_equal(k->event, 1);
	body_empty(&k->body);
	(void)ANSWER(k, 0, ECHO_, R, .mid = 7);
	assert_string_equal(court_said(k),
			    "extra ECHO response: nothing, STATUS_SUCCESS, message id 7\n");
	assert_int_equal(k->event, UINT64_MAX);
}

/* MS-SMB2 2.2.4: 3.0.2, with these capabilities and MaxTransactSize. */
static void
body_negotiate_resp(struct buf *b, uint32_t capabilities, uint32_t transact)
{
	buf_le(b, 2, 65);
	buf_le(b, 2, 1);
	buf_le(b, 2, 0x302);
	buf_le(b, 2, 0);
	buf_zero(b, 16);
	buf_le(b, 4, capabilities);
	buf_le(b, 4, transact);
	buf_le(b, 4, 65536);
	buf_le(b, 4, 65536);
	buf_zero(b, 16);
	buf_le(b, 2, 128);
	buf_zero(b, 6);
}

/* FSCTL_VALIDATE_NEGOTIATE_INFO, MS-SMB2 2.2.32 and 2.2.32.6. */
static void
body_validate_resp(struct buf *b, uint32_t capabilities)
{
	buf_le(b, 2, 49);
	buf_le(b, 2, 0);
	buf_le(b, 4, 0x00140204);
	buf_le(b, 8, UINT64_MAX);
	buf_le(b, 8, UINT64_MAX);
	buf_le(b, 4, 112);
	buf_le(b, 4, 0);
	buf_le(b, 4, 112);
	buf_le(b, 4, 24);
	buf_le(b, 8, 0);
	buf_le(b, 4, capabilities);
	buf_zero(b, 16);
	buf_le(b, 2, 1);
	buf_le(b, 2, 0x302);
}

static void
test_judge_another_negotiation_said_again(void **state)
{
	struct court *k = *state;

	body_validate_resp(&k->body, 0x6f);
	(void)RECORD(k, 0, IOCTL, R, .mid = 1);
	court_open(k);
	body_validate_resp(&k->body, 0x4f);
	(void)ANSWER(k, 0, IOCTL, R, .mid = 1);
	assert_string_equal(court_said(k), "negotiated IOCTL response body.output.capabilities: "
					   "0x0000006f, 0x0000004f\n");
	assert_int_equal(judge_divergences(k->j), 0);
}

/* What a server is, is no behaviour, and is said once for all of its connections. */
static void
test_judge_another_negotiation(void **state)
{
	struct court *k = *state;

	for (uint32_t conn = 0; conn < 3; conn++) {
		body_negotiate_resp(&k->body, 0x6f, 65536);
		(void)RECORD(k, conn, NEGOTIATE, R, .mid = 0);
	}
	court_open(k);
	for (uint32_t conn = 0; conn < 2; conn++) {
		body_negotiate_resp(&k->body, 0x4f, 65536);
		(void)ANSWER(k, conn, NEGOTIATE, R, .mid = 0);
	}
	assert_string_equal(court_said(k), "negotiated NEGOTIATE response body.capabilities: "
					   "0x0000006f, 0x0000004f\n");
	body_negotiate_resp(&k->body, 0x4f, 4096);
	(void)ANSWER(k, 2, NEGOTIATE, R, .mid = 0);
	assert_string_equal(court_said(k), "negotiated NEGOTIATE response body.max_transact_size: "
					   "0x00010000, 0x00001000\n");
	assert_int_equal(judge_totals(k->j)->divergences[JUDGE_NEGOTIATED], 2);
	assert_int_equal(judge_totals(k->j)->equal, 0);
	assert_int_equal(judge_divergences(k->j), 0);
}

/* A request of another connection. */
static void
record_other_send(struct court *k)
{
	body_empty(&k->body);
	build_one(&k->msg, &(struct build_hdr){ECHO_, .mid = 4}, &k->body);
	(void)ir_build_event(&k->b, IR_SEND, 1, buf_slice(&k->msg));
}

/* A request that is pending until the client does something else. */
static void
record_pending(struct court *k, unsigned command)
{
	body_error(&k->body);
	(void)RECORD(k, 0, command, R | F_ASYNC, PENDING, .mid = 1, .async = 9);
	record_other_send(k);
	body_error(&k->body);
	(void)RECORD(k, 0, command, R | F_ASYNC, ACCESS_DENIED, .mid = 1, .async = 9);
}

static void
test_judge_an_interim_answer_as_recorded(void **state)
{
	struct court *k = *state;
	struct slice value;

	body_error(&k->body);
	(void)RECORD(k, 0, LOCK, R | F_ASYNC, PENDING, .mid = 1, .async = 9);
	ir_build_patch(&k->b, 36, 8, IR_ASYNC, 1);
	body_error(&k->body);
	(void)RECORD(k, 0, LOCK, R | F_ASYNC, ACCESS_DENIED, .mid = 1, .async = 9);
	court_open(k);
	assert_int_equal(judge_symbol(k->j, IR_ASYNC, 1, &value), JUDGE_UNDEFINED);
	body_error(&k->body);
	assert_int_equal(ANSWER(k, 0, LOCK, R | F_ASYNC, PENDING, .mid = 1, .async = 0x55).event,
			 0);
	assert_false(judge_satisfied(k->j, 1));
	assert_int_equal(judge_symbol(k->j, IR_ASYNC, 1, &value), JUDGE_DEFINED);
	assert_memory_equal(value.p, "\x55\0\0\0\0\0\0\0", 8);
	body_error(&k->body);
	assert_int_equal(
		ANSWER(k, 0, LOCK, R | F_ASYNC, ACCESS_DENIED, .mid = 1, .async = 0x55).event, 1);
	assert_string_equal(court_said(k), "");
	assert_int_equal(judge_recorded_status(k->j, 0, 1), ACCESS_DENIED);
	assert_int_equal(judge_recorded_status(k->j, 0, 2), 0);
}

static void
test_judge_a_recorded_interim_answer_that_does_not_come(void **state)
{
	struct court *k = *state;

	record_pending(k, LOCK);
	court_open(k);
	body_error(&k->body);
	assert_int_equal(ANSWER(k, 0, LOCK, R, ACCESS_DENIED, .mid = 1).event, 2);
	assert_string_equal(court_said(k),
			    "interim LOCK response status: STATUS_PENDING, no interim response\n");
	assert_true(judge_satisfied(k->j, 0));
}

static void
test_judge_an_interim_answer_that_was_not_recorded(void **state)
{
	struct court *k = *state;

	body_error(&k->body);
	(void)RECORD(k, 0, LOCK, R, ACCESS_DENIED, .mid = 1);
	court_open(k);
	body_error(&k->body);
	assert_false(ANSWER(k, 0, LOCK, R | F_ASYNC, PENDING, .mid = 1, .async = 9).found);
	assert_string_equal(court_said(k),
			    "interim LOCK response: no interim response, STATUS_PENDING, "
			    "message id 1\n");
	body_error(&k->body);
	assert_true(ANSWER(k, 0, LOCK, R | F_ASYNC, ACCESS_DENIED, .mid = 1, .async = 9).found);
	assert_string_equal(court_said(k), "");
}

/* Whether a READ pends is up to the disk. */
static void
test_judge_interim_answers_of_reads_do_not_count(void **state)
{
	struct court *k = *state;

	record_pending(k, READ);
	court_open(k);
	body_error(&k->body);
	(void)ANSWER(k, 0, READ, R, ACCESS_DENIED, .mid = 1);
	body_error(&k->body);
	(void)ANSWER(k, 0, READ, R | F_ASYNC, PENDING, .mid = 7, .async = 9);
	assert_string_equal(court_said(k), "");
	assert_int_equal(judge_totals(k->j)->met, 2);
}

static void
test_judge_what_is_given_up(void **state)
{
	struct court *k = *state;
	struct slice value;

	court_record_open(k, 1, 0x100, 1);
	body_error(&k->body);
	(void)RECORD(k, 0, CLOSE, R, FILE_CLOSED, .mid = 2);
	court_open(k);
	judge_give_up(k->j, 0, "no answer within 1.0 s");
	assert_string_equal(court_said(k),
			    "missing CREATE response: STATUS_SUCCESS, no answer within 1.0 s\n");
	assert_true(judge_satisfied(k->j, 0));
	assert_int_equal(judge_symbol(k->j, IR_OPEN, 1, &value), JUDGE_FAILED);
	judge_drop(k->j, 1);
	assert_string_equal(court_said(k), "");
	assert_true(judge_satisfied(k->j, 1));
	assert_int_equal(judge_totals(k->j)->given_up, 2);
	judge_give_up(k->j, 0, "again");
	assert_string_equal(court_said(k), "");
	/* It comes late all the same: what it defines is known from now on. */
	court_answer_open(k, 1, 0x900);
	assert_int_equal(judge_symbol(k->j, IR_OPEN, 1, &value), JUDGE_DEFINED);
	assert_int_equal(judge_totals(k->j)->met, 0);
}

static void
test_judge_a_response_that_fails_defines_nothing(void **state)
{
	struct court *k = *state;
	struct slice value;

	court_record_open(k, 1, 0x100, 1);
	court_open(k);
	body_error(&k->body);
	(void)ANSWER(k, 0, CREATE, R, ACCESS_DENIED, .mid = 1);
	assert_string_equal(
		court_said(k),
		"status CREATE response status: STATUS_SUCCESS, STATUS_ACCESS_DENIED\n");
	assert_int_equal(judge_symbol(k->j, IR_OPEN, 1, &value), JUDGE_FAILED);
	assert_int_equal(value.n, 0);
}

static void
test_judge_learns_from_each_pdu_of_a_chain(void **state)
{
	struct court *k = *state;
	struct buf saved = {0};
	struct slice value;

	build_start(&k->msg);
	for (uint64_t mid = 1; mid <= 2; mid++) {
		body_create_resp(&k->body, 9, mid * 16, mid * 16);
		build_pdu(&k->msg, &(struct build_hdr){CREATE, R, .mid = mid}, buf_slice(&k->body));
		buf_reset(&k->body);
	}
	(void)ir_build_event(&k->b, IR_RECV, 0, buf_slice(&k->msg));
	ir_build_patch(&k->b, CREATE_FILE_ID, 16, IR_OPEN, 1);
	ir_build_patch(&k->b, CREATE_FILE_ID + 152, 16, IR_OPEN, 2);
	court_open(k);
	/* They come as two messages, the second first. */
	body_create_resp(&k->body, 9, 0xbb, 0xbb);
	assert_int_equal(ANSWER(k, 0, CREATE, R, .mid = 2).pdu, 1);
	assert_int_equal(judge_symbol(k->j, IR_OPEN, 1, &value), JUDGE_UNDEFINED);
	assert_int_equal(judge_symbol(k->j, IR_OPEN, 2, &value), JUDGE_DEFINED);
	assert_int_equal(value.p[0], 0xbb);
	assert_false(judge_satisfied(k->j, 0));
	body_create_resp(&k->body, 9, 0xaa, 0xaa);
	assert_int_equal(ANSWER(k, 0, CREATE, R, .mid = 1).pdu, 0);
	assert_int_equal(judge_symbol(k->j, IR_OPEN, 1, &value), JUDGE_DEFINED);
	assert_int_equal(value.p[0], 0xaa);
	assert_true(judge_satisfied(k->j, 0));
	assert_string_equal(court_said(k), "");
	buf_free(&saved);
}

static void
test_judge_file_data(void **state)
{
	struct court *k = *state;

	body_read_resp(&k->body, "some data");
	(void)RECORD(k, 0, READ, R, .mid = 1);
	body_read_resp(&k->body, "some data");
	(void)RECORD(k, 0, READ, R, .mid = 2);
	court_open(k);
	body_read_resp(&k->body, "some date");
	(void)ANSWER(k, 0, READ, R, .mid = 1);
	assert_string_equal(court_said(k),
			    "data READ response body.data: 9 bytes, from byte 8: 61, 9 "
			    "bytes, from byte 8: 65\n");
	body_read_resp(&k->body, "some");
	(void)ANSWER(k, 0, READ, R, .mid = 2);
	assert_string_equal(
		court_said(k),
		"field READ response body.data_length: 0x00000009, 0x00000004\n"
		"data READ response body.data: 9 bytes, from byte 4: 2064617461, 4 bytes\n");
}

/* What is no SMB2 at all is compared byte for byte, in order. */
static void
test_judge_messages_that_are_no_smb2(void **state)
{
	struct court *k = *state;
	struct slice positive = slice_of("\x82\0\0\0", 4), keep_alive = slice_of("\x85\0\0\0", 4);

	(void)ir_build_event(&k->b, IR_RECV, 0, positive);
	(void)ir_build_event(&k->b, IR_RECV, 0, keep_alive);
	(void)ir_build_event(&k->b, IR_RECV, 1, keep_alive);
	court_open(k);
	judge_raw(k->j, 0, positive);
	assert_string_equal(court_said(k), "");
	assert_true(judge_satisfied(k->j, 0));
	assert_false(judge_satisfied(k->j, 1));
	judge_raw(k->j, 0, positive);
	assert_string_equal(court_said(k), "field message: the same bytes, other bytes\n");
	judge_raw(k->j, 0, keep_alive);
	assert_string_equal(court_said(k), "extra message: nothing, NBSS\n");
	assert_false(judge_satisfied(k->j, 2));
}

/* A PDU whose header is malformed: a recorded one is met by the same bytes. */
static void
test_judge_malformed_pdus(void **state)
{
	struct court *k = *state;

	body_empty(&k->body);
	build_one(&k->msg, &(struct build_hdr){ECHO_, R, .mid = 1}, &k->body);
	k->msg.p[4 + 4] = 63; /* StructureSize */
	(void)ir_build_event(&k->b, IR_RECV, 0, buf_slice(&k->msg));
	court_open(k);
	judge_malformed(k->j, 0, slice_sub(buf_slice(&k->msg), 4, k->msg.n - 4));
	assert_string_equal(court_said(k), "");
	assert_true(judge_satisfied(k->j, 0));
	judge_malformed(k->j, 0, slice_sub(buf_slice(&k->msg), 4, k->msg.n - 4));
	assert_string_equal(court_said(k), "extra message: nothing, malformed SMB2\n");
}

/* A server that sends a request: so recorded, so met. */
static void
test_judge_a_request_from_the_server(void **state)
{
	struct court *k = *state;

	body_empty(&k->body);
	(void)RECORD(k, 0, ECHO_, .mid = 1);
	court_open(k);
	judge_malformed(k->j, 0, slice_sub(buf_slice(&k->msg), 4, k->msg.n - 4));
	assert_string_equal(court_said(k), "");
	assert_true(judge_satisfied(k->j, 0));
}

/* Symbols that lie where no answer can define them (a hostile workload) must not be waited for. */
static void
test_judge_a_definition_in_no_pdu(void **state)
{
	struct court *k = *state;
	struct slice value;

	(void)ir_build_event(&k->b, IR_RECV, 0, slice_of("\x85\0\0\x04____", 8));
	ir_build_patch(&k->b, 4, 4, IR_TREE, 1);
	body_error(&k->body);
	(void)RECORD(k, 0, CREATE, R, .mid = 1);
	ir_build_patch(&k->b, 0, 4, IR_TREE, 2);
	court_open(k);
	judge_raw(k->j, 0, slice_of("\x85\0\0\x04____", 8));
	body_error(&k->body);
	(void)ANSWER(k, 0, CREATE, R, .mid = 1);
	assert_int_equal(judge_symbol(k->j, IR_TREE, 1, &value), JUDGE_FAILED);
	assert_int_equal(judge_symbol(k->j, IR_TREE, 2, &value), JUDGE_FAILED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_judge_equal_answers),
		TEST(test_judge_answers_in_another_order),
		TEST(test_judge_connections_have_message_ids_of_their_own),
		TEST(test_judge_a_second_answer_is_extra),
		TEST(test_judge_an_extra_answer_names_its_request),
		TEST(test_judge_another_negotiation_said_again),
		TEST(test_judge_another_negotiation),
		TEST(test_judge_an_interim_answer_as_recorded),
		TEST(test_judge_a_recorded_interim_answer_that_does_not_come),
		TEST(test_judge_an_interim_answer_that_was_not_recorded),
		TEST(test_judge_interim_answers_of_reads_do_not_count),
		TEST(test_judge_what_is_given_up),
		TEST(test_judge_a_response_that_fails_defines_nothing),
		TEST(test_judge_learns_from_each_pdu_of_a_chain),
		TEST(test_judge_file_data),
		TEST(test_judge_messages_that_are_no_smb2),
		TEST(test_judge_malformed_pdus),
		TEST(test_judge_a_request_from_the_server),
		TEST(test_judge_a_definition_in_no_pdu),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
