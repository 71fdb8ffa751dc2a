/*
 * Single steps of the engine against a scripted server in memory (tests/peer.c): small literal
 * workloads for orders, times, credits, values, ends of connections, and the audit.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/stage.h"

#define R F_RESPONSE
#define SECOND 1000000000u

static uint32_t
sends_echo(struct stage *s, uint32_t conn, uint64_t mid)
{
	body_empty(&s->body);
	build_one(&s->msg, &(struct build_hdr){ECHO_, .mid = mid}, &s->body);
	return ir_build_event(&s->b, IR_SEND, conn, buf_slice(&s->msg));
}

static uint32_t
gets_echo(struct stage *s, uint32_t conn, uint64_t mid, uint16_t credits)
{
	body_empty(&s->body);
	build_one(&s->msg, &(struct build_hdr){ECHO_, R, .mid = mid, .credits = credits}, &s->body);
	return ir_build_event(&s->b, IR_RECV, conn, buf_slice(&s->msg));
}

static void
test_steps_the_clients_fin_and_the_servers(void **state)
{
	struct stage *s = *state;

	(void)stage_connect(s, 0);
	(void)sends_echo(s, 0, 0);
	(void)gets_echo(s, 0, 0, 1);
	(void)stage_end(s, IR_FIN, 0, false);
	(void)stage_end(s, IR_FIN, 0, true);
	stage_play(s);
	assert_string_equal(peer_said(&s->p), "");
	assert_int_equal(s->p.conns[0].n_finish, 1);
	assert_int_equal(s->p.conns[0].n_reset, 0);
	assert_int_equal(s->p.conns[0].n_close, 1);
}

static void
test_steps_a_reset_by_the_client(void **state)
{
	struct stage *s = *state;

	(void)stage_connect(s, 0);
	(void)stage_end(s, IR_RST, 0, false);
	stage_play(s);
	assert_string_equal(peer_said(&s->p), "");
	assert_int_equal(s->p.conns[0].n_finish, 0);
	assert_int_equal(s->p.conns[0].n_reset, 1);
}

static void
test_steps_a_server_that_closes_as_recorded(void **state)
{
	struct stage *s = *state;

	(void)stage_connect(s, 0);
	(void)sends_echo(s, 0, 0);
	(void)stage_end(s, IR_RST, 0, true);
	stage_play(s);
	assert_string_equal(peer_said(&s->p), "");
}

static void
test_steps_a_server_that_does_not_close(void **state)
{
	struct stage *s = *state;

	(void)stage_connect(s, 0);
	(void)sends_echo(s, 0, 0);
	(void)stage_end(s, IR_FIN, 0, true);
	s->p.deaf = true;
	stage_play(s);
	assert_string_equal(peer_said(&s->p),
			    "connected #2 connection: closed by the server, still open\n");
	assert_int_equal(s->p.now, s->p.start + SECOND + 1000000);
}

/*
 * A server that does not answer: waited for as long as recorded and the timeout, then the run goes
 * on.
 */
static void
test_steps_an_answer_that_does_not_come(void **state)
{
	struct stage *s = *state;
	uint32_t last;

	(void)stage_connect(s, 0);
	(void)sends_echo(s, 0, 0);
	(void)gets_echo(s, 0, 0, 2);
	(void)sends_echo(s, 0, 1);
	s->p.mute = gets_echo(s, 0, 1, 1);
	s->b.events[s->p.mute].t_last += 3 * (uint64_t)SECOND;
	last = sends_echo(s, 0, 2);
	(void)gets_echo(s, 0, 2, 1);
	s->p.opt.timeout = 2 * (uint64_t)SECOND;
	stage_play(s);
	assert_string_equal(peer_said(&s->p),
			    "missing #4 ECHO response: STATUS_SUCCESS, no answer within 5.0 s\n");
	assert_int_equal(s->p.sent_at[last],
			 s->p.sent_at[last - 2] + 5 * (uint64_t)SECOND + 1000000);
	assert_int_equal(judge_totals(s->p.judge)->met, 2);
}

/* Not each of many answers that stay away is waited for in full. */
static void
test_steps_many_answers_that_do_not_come(void **state)
{
	static const char *const waits[] = {"6.0", "6.0", "6.0", "6.0", "3.0", "2.0", "1.5"};
	struct stage *s = *state;
	char expected[1024] = "";

	(void)stage_connect(s, 0);
	(void)sends_echo(s, 0, 0);
	s->p.mute_from = gets_echo(s, 0, 0, 10) + 1;
	for (uint64_t mid = 1; mid < 8; mid++) {
		size_t n = strlen(expected);

		(void)sends_echo(s, 0, mid);
		(void)snprintf(expected + n, sizeof(expected) - n,
			       "missing #%u ECHO response: STATUS_SUCCESS, no answer within %s s\n",
			       gets_echo(s, 0, mid, 1), waits[mid - 1]);
	}
	s->p.opt.timeout = 6 * (uint64_t)SECOND;
	stage_play(s);
	assert_string_equal(peer_said(&s->p), expected);
}

static void
test_steps_stops_at_the_first_divergence(void **state)
{
	struct stage *s = *state;
	uint32_t last;

	(void)stage_connect(s, 0);
	(void)sends_echo(s, 0, 0);
	s->p.mute = gets_echo(s, 0, 0, 1);
	last = sends_echo(s, 0, 1);
	s->p.opt.stop = true;
	stage_play(s);
	assert_int_equal(judge_divergences(s->p.judge), 1);
	assert_int_equal(s->p.sent_at[last], PEER_NEVER);
}

static void
test_steps_without_an_order_all_credits_are_used_at_once(void **state)
{
	struct stage *s = *state;

	(void)stage_connect(s, 0);
	for (uint64_t mid = 0; mid < 4; mid++) {
		(void)sends_echo(s, 0, mid);
		(void)gets_echo(s, 0, mid, 10);
	}
	s->p.opt.order = ORDER_NONE;
	s->p.mute = 4; /* nobody waits for this answer but the end */
	stage_play(s);
	for (uint32_t n = 1; n <= 7; n += 2)
		assert_int_equal(s->p.sent_at[n], s->p.start);
	assert_int_equal(s->p.now, s->p.start + SECOND + 1000000);
}

/* A TREE_CONNECT on connection 0 whose answer a request on connection 1 needs. */
static void
record_dependency(struct stage *s)
{
	(void)stage_connect(s, 0);
	(void)stage_connect(s, 1);
	body_tree_req(&s->body, "IPC$");
	build_one(&s->msg, &(struct build_hdr){TREE_CONNECT, .mid = 0}, &s->body);
	(void)ir_build_event(&s->b, IR_SEND, 0, buf_slice(&s->msg));
	body_tree_resp(&s->body, 2);
	build_one(&s->msg, &(struct build_hdr){TREE_CONNECT, R, .mid = 0, .tid = 7}, &s->body);
	(void)ir_build_event(&s->b, IR_RECV, 0, buf_slice(&s->msg));
	ir_build_patch(&s->b, 40, 4, IR_TREE, 1);
	body_empty(&s->body);
	build_one(&s->msg, &(struct build_hdr){TREE_DISCONNECT, .mid = 0, .tid = 7}, &s->body);
	(void)ir_build_event(&s->b, IR_SEND, 1, buf_slice(&s->msg));
	ir_build_patch(&s->b, 40, 4, IR_TREE, 1);
}

static void
test_steps_a_value_of_another_connection_is_waited_for(void **state)
{
	struct stage *s = *state;

	record_dependency(s);
	s->p.opt.order = ORDER_CONNECTION;
	stage_play(s);
	assert_string_equal((char *)s->p.order.p, "2 4");
	assert_null(peer_check_sent(&s->p, 4));
	assert_string_equal(peer_said(&s->p), "");
}

/* It does not come: the recorded bytes go out. */
static void
test_steps_a_value_that_never_comes(void **state)
{
	struct stage *s = *state;

	record_dependency(s);
	s->p.opt.order = ORDER_CONNECTION;
	s->p.mute = 3;
	stage_play(s);
	assert_true(s->p.sent_at[4] > s->p.start + SECOND / 2);
	s->p.keep_ids = true;
	assert_null(peer_check_sent(&s->p, 4));
	assert_int_equal(judge_totals(s->p.judge)->divergences[JUDGE_MISSING], 1);
}

/* Connections are made when they were made. */
static void
test_steps_recorded_times_of_connections(void **state)
{
	struct stage *s = *state;
	uint64_t wake;
	struct err e = {0};

	(void)stage_connect(s, 0);
	s->b.events[stage_connect(s, 1)].t_first = 2 * (uint64_t)SECOND;
	s->p.opt.pace = PACE_RECORDED;
	s->p.opt.order = ORDER_CONNECTION;
	assert_int_equal(peer_start(&s->p), 0);
	assert_int_equal(engine_run(s->p.engine, s->p.now, &wake, &e), 0);
	assert_int_equal(s->p.conns[0].n_connect, 1);
	assert_int_equal(s->p.conns[1].n_connect, 0);
	assert_int_equal(peer_play(&s->p), 0);
	assert_int_equal(s->p.conns[1].n_connect, 1);
	assert_int_equal(s->p.now, s->p.start + 2 * (uint64_t)SECOND);
}

static void
test_steps_junk_goes_out_and_gaps_do_not(void **state)
{
	struct stage *s = *state;

	(void)stage_connect(s, 0);
	(void)ir_build_event(&s->b, IR_JUNK, 0, slice_of("abc", 3));
	(void)ir_build_event(&s->b, IR_GAP, 0, slice_of("def", 3));
	s->b.events[ir_build_event(&s->b, IR_JUNK, 0, slice_of("ghi", 3))].server = true;
	stage_play(s);
	assert_string_equal(peer_said(&s->p), "");
	assert_int_equal(s->p.sent[1].n, 3);
	assert_int_equal(s->p.sent_at[2], PEER_NEVER);
	assert_int_equal(s->p.sent_at[3], PEER_NEVER);
}

/* A CHANGE_NOTIFY that is pending, and its CANCEL by AsyncId. */
static uint32_t
record_cancel(struct stage *s)
{
	uint32_t n;

	(void)stage_connect(s, 0);
	body_notify_req(&s->body, 1, 2);
	build_one(&s->msg, &(struct build_hdr){CHANGE_NOTIFY, .mid = 3}, &s->body);
	(void)ir_build_event(&s->b, IR_SEND, 0, buf_slice(&s->msg));
	body_error(&s->body);
	build_one(&s->msg,
		  &(struct build_hdr){CHANGE_NOTIFY, R | F_ASYNC, PENDING, .mid = 3, .async = 0x77,
				      .credits = 1},
		  &s->body);
	(void)ir_build_event(&s->b, IR_RECV, 0, buf_slice(&s->msg));
	ir_build_patch(&s->b, 4 + 32, 8, IR_ASYNC, 1);
	body_empty(&s->body);
	build_one(&s->msg, &(struct build_hdr){CANCEL, F_ASYNC, .mid = 0, .async = 0x77}, &s->body);
	n = ir_build_event(&s->b, IR_SEND, 0, buf_slice(&s->msg));
	ir_build_patch(&s->b, 4 + 32, 8, IR_ASYNC, 1);
	return n;
}

static void
test_steps_a_cancel_by_async_id(void **state)
{
	struct stage *s = *state;
	uint32_t cancel = record_cancel(s);

	stage_play(s);
	assert_null(peer_check_sent(&s->p, cancel));
	assert_string_equal(peer_said(&s->p), "");
}

/* The interim response did not come, so that there is no AsyncId: as clients do then, by the
 * MessageId of what is pending (MS-SMB2 3.2.4.24). */
static void
test_steps_a_cancel_without_an_async_id(void **state)
{
	struct stage *s = *state;
	uint32_t cancel = record_cancel(s);

	s->p.mute = cancel - 1;
	stage_play(s);
	body_empty(&s->body);
	build_one(&s->msg, &(struct build_hdr){CANCEL, .mid = 3}, &s->body);
	wire_put_le(s->msg.p + 4 + 32, 8, 0);
	assert_int_equal(s->p.sent[cancel].n, s->msg.n);
	assert_memory_equal(s->p.sent[cancel].p, s->msg.p, s->msg.n);
	assert_string_equal(peer_audited(&s->p), "3+0 cancel by message id\n");
}

static void
test_steps_nothing_to_do(void **state)
{
	struct stage *s = *state;

	s->p.opt.order = ORDER_NONE;
	stage_play(s);
	assert_true(engine_done(s->p.engine));
}

static void
test_steps_answers_nobody_asked_for(void **state)
{
	struct stage *s = *state;
	struct buf flood = {0};

	(void)stage_connect(s, 0);
	(void)sends_echo(s, 0, 0);
	(void)gets_echo(s, 0, 0, 1);
	s->p.mute = 2;
	assert_int_equal(peer_start(&s->p), 0);
	for (int i = 0; i < 3; i++) {
		body_lease_break(&s->body, 1, 7, 3);
		build_one(&s->msg, &(struct build_hdr){OPLOCK_BREAK, R, .mid = NO_MID}, &s->body);
		buf_add(&flood, s->msg.p, s->msg.n);
	}
	assert_int_equal(engine_input(s->p.engine, 0, buf_slice(&flood), s->p.now), 0);
	assert_int_equal(engine_totals(s->p.engine)->received, 3);
	assert_int_equal(judge_totals(s->p.judge)->divergences[JUDGE_EXTRA], 3);
	buf_free(&flood);
}

/*
 * Patches where they make no sense (a hostile workload): an error or the recorded bytes, never a
 * crash.
 */
static void
test_steps_patches_in_strange_places(void **state)
{
	static const enum ir_what whats[] = {IR_TOKEN, IR_SERVER, IR_SIGNATURE, IR_LAYOUT};
	struct stage *s = *state;
	uint32_t size = 0;

	for (size_t i = 0; i < sizeof(whats) / sizeof(whats[0]); i++) {
		for (uint32_t off = 0; off <= 72; off += off < 48 ? 7 : 3) {
			uint32_t width = whats[i] == IR_SIGNATURE ? 16
					 : whats[i] == IR_LAYOUT  ? 2
								  : 0;

			memset(&s->b.events, 0, sizeof(s->b.events));
			s->b.ir.n_events = s->b.n_patches = 0;
			(void)stage_connect(s, 0);
			size = s->b.events[sends_echo(s, 0, 0)].size;
			if (off > size - width)
				continue;
			ir_build_patch(&s->b, off, width, whats[i], 0);
			stage_play(s);
			if (whats[i] == IR_TOKEN || whats[i] == IR_SERVER)
				assert_int_equal(judge_totals(s->p.judge)->divergences[JUDGE_LOGON],
						 1);
			else
				assert_null(peer_check_sent(&s->p, 1));
			peer_free(&s->p);
			peer_init(&s->p, &s->b.ir);
		}
	}
}

/* Two TREE_CONNECTs in one message, the first with 2 bytes of padding behind its name. */
static void
record_chain(struct stage *s)
{
	(void)stage_connect(s, 0);
	build_start(&s->msg);
	for (uint64_t mid = 0; mid < 2; mid++) {
		body_tree_req(&s->body, "\\\\srv\\share");
		build_pdu(&s->msg, &(struct build_hdr){TREE_CONNECT, .mid = mid},
			  buf_slice(&s->body));
		buf_reset(&s->body);
	}
	(void)ir_build_event(&s->b, IR_SEND, 0, buf_slice(&s->msg));
	ir_build_patch(&s->b, 1, 3, IR_LAYOUT, 0);
	ir_build_patch(&s->b, 24, 4, IR_LAYOUT, 0);
	ir_build_patch(&s->b, 74, 2, IR_LAYOUT, 0);
	ir_build_patch(&s->b, 80, 18, IR_SERVER, 0);
	ir_build_patch(&s->b, 170, 2, IR_LAYOUT, 0);
	ir_build_patch(&s->b, 176, 18, IR_SERVER, 0);
}

/* What each of the names moves is told of each. */
static void
test_steps_the_audit_of_a_chain(void **state)
{
	struct stage *s = *state;

	record_chain(s);
	s->p.opt.server = "a.long.name";
	stage_play(s);
	assert_string_equal(peer_audited(&s->p),
			    "1+1 layout\n1+24 layout\n1+74 layout\n1+80 server\n"
			    "1+186 layout\n1+192 server\n");
}

/* A name that takes the place of the padding moves nothing; one that is shorter does. */
static void
test_steps_the_audit_of_padding(void **state)
{
	struct stage *s = *state;

	record_chain(s);
	s->p.opt.server = "srvr";
	stage_play(s);
	assert_string_equal(peer_audited(&s->p),
			    "1+1 layout\n1+74 layout\n1+80 server\n1+170 layout\n1+176 server\n");
	peer_free(&s->p);
	peer_init(&s->p, &s->b.ir);
	s->p.opt.share = "x";
	s->p.opt.server = "srv";
	stage_play(s);
	assert_string_equal(peer_audited(&s->p),
			    "1+1 layout\n1+24 layout\n1+74 layout\n1+80 server\n"
			    "1+162 layout\n1+168 server\n");
}

/* Logons that are never finished do not stand in the way of those that follow. */
static void
test_steps_many_unfinished_logons(void **state)
{
	struct stage *s = *state;

	(void)stage_connect(s, 0);
	for (uint32_t i = 0; i < 80; i++) {
		body_setup_req(&s->body, 0, "?");
		build_one(&s->msg, &(struct build_hdr){SESSION_SETUP, .mid = i}, &s->body);
		(void)ir_build_event(&s->b, IR_SEND, 0, buf_slice(&s->msg));
		ir_build_patch(&s->b, 92, 1, IR_TOKEN, 0);
		body_setup_resp(&s->body, "!");
		build_one(&s->msg,
			  &(struct build_hdr){SESSION_SETUP, R, MORE_PROCESSING, .mid = i,
					      .sid = i + 1},
			  &s->body);
		(void)ir_build_event(&s->b, IR_RECV, 0, buf_slice(&s->msg));
		ir_build_patch(&s->b, 44, 8, IR_SESSION, i + 1);
	}
	stage_play(s);
	assert_string_equal(peer_said(&s->p), "");
	assert_int_equal(engine_totals(s->p.engine)->sent, 80);
}

static void
test_steps_a_connection_that_cannot_be_begun(void **state)
{
	struct stage *s = *state;

	(void)stage_connect(s, 0);
	(void)sends_echo(s, 0, 0);
	s->p.broken = true;
	stage_play(s);
	assert_string_equal(peer_said(&s->p),
			    "disconnect #0 connection: a connection, none could be made\n");
	assert_int_equal(engine_totals(s->p.engine)->connects_failed, 1);
}

/* It is the client that closes: a server that does not follow is no divergence. */
static void
test_steps_the_clients_fin_alone(void **state)
{
	struct stage *s = *state;

	(void)stage_connect(s, 0);
	(void)stage_end(s, IR_FIN, 0, false);
	(void)stage_end(s, IR_FIN, 0, false);
	(void)stage_end(s, IR_FIN, 0, true);
	s->p.deaf = true;
	stage_play(s);
	assert_string_equal(peer_said(&s->p), "");
	assert_int_equal(s->p.conns[0].n_finish, 1);
}

/* Without an order a connection is not closed before its answers are there. */
static void
test_steps_a_fin_waits_for_answers(void **state)
{
	struct stage *s = *state;

	(void)stage_connect(s, 0);
	(void)sends_echo(s, 0, 0);
	s->p.mute = gets_echo(s, 0, 0, 1);
	(void)stage_end(s, IR_FIN, 0, false);
	s->p.opt.order = ORDER_NONE;
	stage_play(s);
	assert_int_equal(s->p.conns[0].n_finish, 1);
	assert_int_equal(s->p.conns[0].finished_at, s->p.start + SECOND + 1000000);
}

/* Halves of FileIds take their half of the live one. */
static void
test_steps_half_a_file_id(void **state)
{
	struct stage *s = *state;

	(void)stage_connect(s, 0);
	body_create_req(&s->body, "f");
	build_one(&s->msg, &(struct build_hdr){CREATE, .mid = 0}, &s->body);
	(void)ir_build_event(&s->b, IR_SEND, 0, buf_slice(&s->msg));
	body_create_resp(&s->body, 0, 0x0102030405060708, 0x1112131415161718);
	build_one(&s->msg, &(struct build_hdr){CREATE, R, .mid = 0}, &s->body);
	(void)ir_build_event(&s->b, IR_RECV, 0, buf_slice(&s->msg));
	ir_build_patch(&s->b, 132, 16, IR_OPEN, 1);
	body_close_req(&s->body, 0xdead, 0x1112131415161718);
	build_one(&s->msg, &(struct build_hdr){CLOSE, .mid = 1}, &s->body);
	(void)ir_build_event(&s->b, IR_SEND, 0, buf_slice(&s->msg));
	ir_build_patch(&s->b, 84, 8, IR_OPEN, 1);
	s->b.patches[s->b.n_patches - 1].from = 8;
	stage_play(s);
	assert_null(peer_check_sent(&s->p, 3));
}

/* Nobody waits for what a lost connection would have brought. */
static void
test_steps_a_value_of_a_lost_connection(void **state)
{
	struct stage *s = *state;

	record_dependency(s);
	s->p.opt.order = ORDER_CONNECTION;
	s->p.mute = 3;
	s->p.die_at = 2;
	stage_play(s);
	assert_int_equal(s->p.sent_at[4], s->p.start);
	assert_string_equal(peer_said(&s->p),
			    "disconnect #3 connection: an answer, closed by the server\n");
	assert_int_equal(judge_totals(s->p.judge)->given_up, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, stage_setup, stage_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_steps_the_clients_fin_and_the_servers),
		TEST(test_steps_a_reset_by_the_client),
		TEST(test_steps_a_server_that_closes_as_recorded),
		TEST(test_steps_a_server_that_does_not_close),
		TEST(test_steps_an_answer_that_does_not_come),
		TEST(test_steps_many_answers_that_do_not_come),
		TEST(test_steps_stops_at_the_first_divergence),
		TEST(test_steps_without_an_order_all_credits_are_used_at_once),
		TEST(test_steps_a_value_of_another_connection_is_waited_for),
		TEST(test_steps_a_value_that_never_comes),
		TEST(test_steps_recorded_times_of_connections),
		TEST(test_steps_junk_goes_out_and_gaps_do_not),
		TEST(test_steps_a_cancel_by_async_id),
		TEST(test_steps_a_cancel_without_an_async_id),
		TEST(test_steps_nothing_to_do),
		TEST(test_steps_answers_nobody_asked_for),
		TEST(test_steps_the_audit_of_a_chain),
		TEST(test_steps_the_audit_of_padding),
		TEST(test_steps_many_unfinished_logons),
		TEST(test_steps_a_connection_that_cannot_be_begun),
		TEST(test_steps_patches_in_strange_places),
		TEST(test_steps_the_clients_fin_alone),
		TEST(test_steps_a_fin_waits_for_answers),
		TEST(test_steps_half_a_file_id),
		TEST(test_steps_a_value_of_a_lost_connection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
