/* Faults on purpose, and ends of connections on both sides, against a scripted server
 * (tests/peer.c). */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "tests/stage.h"

#define R F_RESPONSE
#define SECOND ((uint64_t)1000000000)

static uint32_t
echo(struct stage *s, enum ir_kind kind, uint64_t mid)
{
	body_empty(&s->body);
	build_one(&s->msg,
		  &(struct build_hdr){ECHO_, kind == IR_RECV ? R : 0, .mid = mid,
				      .credits = kind == IR_RECV ? 10 : 0},
		  &s->body);
	return ir_build_event(&s->b, kind, 0, buf_slice(&s->msg));
}

/* Three echoes, each with its answer: events 1 to 6. */
static void
three_echoes(struct stage *s, const struct ir_fault *of_the_second)
{
	for (uint64_t mid = 0; mid < 3; mid++) {
		(void)echo(s, IR_SEND, mid);
		(void)echo(s, IR_RECV, mid);
	}
	s->b.events[3].fault = of_the_second;
}

static void
assert_played(struct stage *s, const char *writes, const char *said)
{
	stage_play(s);
	assert_string_equal(peer_writes(&s->p), writes);
	assert_string_equal(peer_said(&s->p), said);
}

static void
test_faults_unsent(void **state)
{
	struct stage *s = *state;

	three_echoes(s, &(struct ir_fault){.unsent = true});
	s->p.mute = 4;
	assert_played(s, "72 72", "");
	assert_int_equal(s->p.sent_at[3], PEER_NEVER);
	assert_int_equal(s->p.now, s->p.start);
	assert_int_equal(engine_totals(s->p.engine)->not_sent, 0);
}

static void
test_faults_delay(void **state)
{
	struct stage *s = *state;

	three_echoes(s, &(struct ir_fault){.delay = 5 * SECOND});
	assert_played(s, "72 72 72", "");
	assert_int_equal(s->p.sent_at[3], s->p.start + 5 * SECOND);
}

static void
test_faults_delay_counts_from_its_time(void **state)
{
	struct stage *s = *state;

	three_echoes(s, &(struct ir_fault){.delay = 5 * SECOND});
	s->p.opt.pace = PACE_RECORDED;
	stage_play(s);
	assert_int_equal(s->p.sent_at[3], s->p.start + s->b.events[3].t_first + 5 * SECOND);
}

/* The same bytes; what the server answers to them was not recorded. */
static void
test_faults_times(void **state)
{
	struct stage *s = *state;

	three_echoes(s, &(struct ir_fault){.times = 3});
	assert_played(s, "72 72 72 72 72", "");
	assert_int_equal(s->p.sent[3].n, 3 * 72);
	assert_memory_equal(s->p.sent[3].p, s->p.sent[3].p + 72, 72);
	assert_memory_equal(s->p.sent[3].p, s->p.sent[3].p + 144, 72);
	assert_int_equal(engine_totals(s->p.engine)->sent, 5);
}

/* Its answer is not expected, the others are. */
static void
test_faults_cut(void **state)
{
	struct stage *s = *state;

	three_echoes(s, &(struct ir_fault){.cut = 40});
	s->p.mute = 4;
	assert_played(s, "72 40 72", "");
	assert_int_equal(s->p.now, s->p.start);
}

static void
test_faults_cut_behind_the_end(void **state)
{
	struct stage *s = *state;

	three_echoes(s, &(struct ir_fault){.cut = 72});
	s->p.mute = 4;
	stage_play(s);
	assert_string_equal(peer_writes(&s->p), "72 72 72");
	assert_int_equal(judge_totals(s->p.judge)->divergences[JUDGE_MISSING], 1);
}

/* From here on the connection is closed as if recorded. */
static void
test_faults_rst(void **state)
{
	static const enum engine_order orders[] = {ORDER_TOTAL, ORDER_CONNECTION, ORDER_NONE};
	struct stage *s = *state;

	three_echoes(s, &(struct ir_fault){.cut = 3, .rst = true});
	(void)stage_end(s, IR_FIN, 0, false);
	for (size_t i = 0; i < 3; i++) {
		peer_free(&s->p);
		peer_init(&s->p, &s->b.ir);
		s->p.opt.order = orders[i];
		assert_played(s, "72 3", "");
		assert_int_equal(s->p.conns[0].n_reset, 1);
		assert_int_equal(s->p.conns[0].n_finish, 0);
		assert_int_equal(s->p.sent_at[5], PEER_NEVER);
		assert_int_equal(engine_totals(s->p.engine)->not_sent, 0);
	}
}

/* The held part of a segment goes out before it. */
static void
test_faults_rst_with_segments(void **state)
{
	struct stage *s = *state;

	three_echoes(s, &(struct ir_fault){.rst = true});
	s->b.events[5].joined = true;
	s->p.opt.segments = SEGMENTS_RECORDED;
	assert_played(s, "72 72", "");
	assert_int_equal(s->p.conns[0].n_reset, 1);
}

/* Sends do not wait for what is not read; then all of it is awaited before the next one. */
static void
test_faults_stop_and_resume_reading(void **state)
{
	struct stage *s = *state;

	three_echoes(s, &(struct ir_fault){.stop_reading = true});
	s->b.events[echo(s, IR_SEND, 3)].fault = &(struct ir_fault){.resume_reading = true};
	(void)echo(s, IR_SEND, 4);
	(void)echo(s, IR_RECV, 3);
	(void)echo(s, IR_RECV, 4);
	s->p.opt.pace = PACE_RECORDED;
	s->p.mute = 4;
	stage_play(s);
	assert_string_equal(peer_said(&s->p),
			    "missing #4 ECHO response: STATUS_SUCCESS, no answer within 1.0 s\n");
	assert_int_equal(s->p.sent_at[5], s->p.start + s->b.events[5].t_first);
	assert_int_equal(s->p.sent_at[7], s->p.start + s->b.events[7].t_first);
	assert_true(s->p.sent_at[8] > s->p.sent_at[7] + SECOND / 2);
}

static void
test_faults_reading_that_is_not_resumed(void **state)
{
	static const enum engine_order orders[] = {ORDER_TOTAL, ORDER_CONNECTION, ORDER_NONE};
	struct stage *s = *state;

	three_echoes(s, &(struct ir_fault){.stop_reading = true});
	(void)stage_end(s, IR_FIN, 0, true);
	for (size_t i = 0; i < 3; i++) {
		peer_free(&s->p);
		peer_init(&s->p, &s->b.ir);
		s->p.opt.order = orders[i];
		assert_played(s, "72 72 72", "");
		assert_int_equal(s->p.now, s->p.start);
	}
}

/* A FIN of the server that was recorded leaves our side open, as it was. */
static void
test_ends_sending_after_the_servers_fin(void **state)
{
	struct stage *s = *state;
	uint32_t late;

	(void)echo(s, IR_SEND, 0);
	(void)stage_end(s, IR_FIN, 0, true);
	late = echo(s, IR_SEND, 1);
	(void)stage_end(s, IR_FIN, 0, false);
	assert_played(s, "72 72", "");
	assert_int_equal(s->p.sent_at[late], s->p.start);
	assert_int_equal(s->p.conns[0].n_finish, 1);
}

/* It comes before its place: what was recorded before it is lost. */
static void
test_ends_a_fin_of_the_server_that_is_early(void **state)
{
	struct stage *s = *state;

	(void)echo(s, IR_SEND, 0);
	(void)echo(s, IR_SEND, 1);
	(void)echo(s, IR_RECV, 0);
	(void)stage_end(s, IR_FIN, 0, true);
	s->p.die_at = 1;
	s->p.opt.order = ORDER_TOTAL;
	s->b.events[2].t_first = SECOND;
	s->p.opt.pace = PACE_RECORDED;
	stage_play(s);
	assert_string_equal(
		peer_said(&s->p),
		"disconnect #2 connection: a request could be sent, closed by the server\n");
}

static void
test_ends_a_reset_behind_our_fin(void **state)
{
	struct stage *s = *state;

	(void)echo(s, IR_SEND, 0);
	(void)stage_end(s, IR_FIN, 0, false);
	(void)stage_end(s, IR_RST, 0, false);
	assert_played(s, "72", "");
	assert_int_equal(s->p.conns[0].n_finish, 1);
	assert_int_equal(s->p.conns[0].n_reset, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, stage_setup_connected, stage_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_faults_unsent),
		TEST(test_faults_delay),
		TEST(test_faults_delay_counts_from_its_time),
		TEST(test_faults_times),
		TEST(test_faults_cut),
		TEST(test_faults_cut_behind_the_end),
		TEST(test_faults_rst),
		TEST(test_faults_rst_with_segments),
		TEST(test_faults_stop_and_resume_reading),
		TEST(test_faults_reading_that_is_not_resumed),
		TEST(test_ends_sending_after_the_servers_fin),
		TEST(test_ends_a_fin_of_the_server_that_is_early),
		TEST(test_ends_a_reset_behind_our_fin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
