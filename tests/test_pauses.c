/* Messages that go out in pieces, against a scripted server (tests/peer.c). */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "replay/after.h"
#include "replay/pauses.h"
#include "replay/segments.h"
#include "tests/ir_build.h"
#include "tests/peer.h"
#include "tests/smb2_build.h"

#define R F_RESPONSE
#define MS ((uint64_t)1000000)
#define ECHO_SIZE 72 /* 4 bytes of frame header, 64 of header, 4 of body */

struct paused {
	struct ir_build b;
	struct peer p;
	struct buf msg, body;
	struct ir_pause pauses[4];
	struct ir_timing timing;
};

static int
setup(void **state)
{
	struct paused *s = calloc(1, sizeof(*s));

	*state = s;
	if (s == NULL)
		return -1;
	ir_build_init(&s->b);
	peer_init(&s->p, &s->b.ir);
	s->p.eager = s->p.patient = true;
	(void)ir_build_event(&s->b, IR_CONNECT, 0, (struct slice){0});
	(void)ir_build_event(&s->b, IR_CONNECT, 1, (struct slice){0});
	return 0;
}

static int
teardown(void **state)
{
	struct paused *s = *state;

	peer_free(&s->p);
	ir_build_free(&s->b);
	buf_free(&s->msg);
	buf_free(&s->body);
	free(s);
	return 0;
}

/* An echo and its answer; the number of the echo. */
static uint32_t
echo(struct paused *s, uint32_t conn, uint64_t mid)
{
	uint32_t n;

	body_empty(&s->body);
	build_one(&s->msg, &(struct build_hdr){ECHO_, 0, .mid = mid}, &s->body);
	n = ir_build_event(&s->b, IR_SEND, conn, buf_slice(&s->msg));
	build_one(&s->msg, &(struct build_hdr){ECHO_, R, .mid = mid, .credits = 10}, &s->body);
	(void)ir_build_event(&s->b, IR_RECV, conn, buf_slice(&s->msg));
	return n;
}

/* The event pauses as the first `n` of s->pauses say. */
static void
pauses(struct paused *s, uint32_t event, uint32_t n)
{
	s->b.events[event].pauses = s->pauses;
	s->b.events[event].n_pauses = n;
}

static void
play(struct paused *s, const char *says)
{
	assert_int_equal(after_check(&s->b.ir, s->p.opt.order, NULL), 0);
	assert_int_equal(peer_start(&s->p), 0);
	assert_int_equal(peer_play(&s->p), 0);
	assert_string_equal(peer_said(&s->p), says);
}

static const enum engine_order orders[] = {ORDER_TOTAL, ORDER_CAUSAL, ORDER_CONNECTION, ORDER_NONE};

/* Run a test in each order, from a new start. */
static void
in_every_order(void **state, void (*test)(struct paused *s))
{
	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		struct paused *s = *state;

		s->p.opt.order = orders[i];
		test(s);
		(void)teardown(state);
		assert_int_equal(setup(state), 0);
	}
}

static void
wrote(const struct paused *s, size_t i, uint32_t conn, size_t n, uint64_t at)
{
	assert_true(i < s->p.n_list);
	assert_int_equal(s->p.list[i].conn, conn);
	assert_int_equal(s->p.list[i].n, n);
	assert_int_equal(s->p.list[i].at, at);
}

/* The answer is not given up while the message that it answers is still on its way. */
static void
pieces(struct paused *s)
{
	uint32_t a = echo(s, 0, 0);
	struct engine_skew *skews;
	uint64_t from;
	size_t n;

	s->pauses[0] = (struct ir_pause){.off = 4, .of = IR_NO_EVENT, .ns = 2 * MS};
	s->pauses[1] = (struct ir_pause){.off = 71, .of = IR_NO_EVENT, .ns = 3000 * MS};
	pauses(s, a, 2);
	play(s, "");
	assert_string_equal(peer_writes(&s->p), "4 67 1");
	from = s->p.sent_at[a];
	wrote(s, 0, 0, 4, from);
	wrote(s, 1, 0, 67, from + 2 * MS);
	wrote(s, 2, 0, 1, from + 3002 * MS);
	assert_null(peer_check_sent(&s->p, a));
	assert_int_equal(engine_skews(s->p.engine, &skews, &n), 0);
	assert_int_equal(n, 2);
	assert_int_equal(skews[1].pause, 71);
	assert_int_equal(skews[1].event, a);
	assert_int_equal(skews[1].planned, 3000 * MS);
	assert_int_equal(skews[1].actual, 3000 * MS);
	free(skews);
}

static void
test_a_message_goes_out_in_pieces(void **state)
{
	in_every_order(state, pieces);
}

/* Its time begins when the piece before is out, however long that took. */
static void
test_a_slow_write_does_not_shorten_a_pause(void **state)
{
	struct paused *s = *state;
	uint32_t a = echo(s, 0, 0);

	s->pauses[0] = (struct ir_pause){.off = 4, .of = IR_NO_EVENT, .ns = 2 * MS};
	pauses(s, a, 1);
	s->p.write_takes = MS;
	play(s, "");
	wrote(s, 1, 0, 68, s->p.list[0].at + 2 * MS + MS);
}

/* What follows on the connection waits, the other connection does not. */
static void
test_only_its_own_connection_waits(void **state)
{
	struct paused *s = *state;
	uint32_t a = echo(s, 0, 0), b = echo(s, 1, 0), c = echo(s, 0, 1);

	s->p.opt.order = ORDER_NONE;
	s->pauses[0] = (struct ir_pause){.off = 40, .of = IR_NO_EVENT, .ns = 5 * MS};
	pauses(s, a, 1);
	play(s, "");
	assert_string_equal(peer_writes(&s->p), "40 72 32 72");
	wrote(s, 1, 1, ECHO_SIZE, s->p.sent_at[b]);
	assert_int_equal(s->p.sent_at[b], s->p.sent_at[a]);
	wrote(s, 2, 0, 32, s->p.sent_at[a] + 5 * MS);
	assert_int_equal(s->p.sent_at[c], s->p.sent_at[a] + 5 * MS);
}

/* The rest of the first goes out so long after the second was sent, though the first was answered
 * before that in the recording. */
static void
rest_behind_another(struct paused *s)
{
	uint32_t a = echo(s, 0, 0), b = echo(s, 1, 0);

	s->pauses[0] = (struct ir_pause){.off = 68, .of = b, .ns = 7 * MS};
	pauses(s, a, 1);
	play(s, "");
	assert_string_equal(peer_writes(&s->p), "68 72 4");
	wrote(s, 1, 1, ECHO_SIZE, s->p.sent_at[a]);
	wrote(s, 2, 0, 4, s->p.sent_at[b] + 7 * MS);
}

static void
test_a_rest_behind_another_message(void **state)
{
	in_every_order(state, rest_behind_another);
}

/* The second in the pause of the first, by a gap; the rest when the second was answered. */
static void
rest_behind_an_answer(struct paused *s)
{
	uint32_t a = echo(s, 0, 0), b = echo(s, 1, 0);
	struct engine_skew *skews;
	size_t n;

	s->timing = (struct ir_timing){.of = a, .ns = (int64_t)(3 * MS)};
	s->b.events[b].timing = &s->timing;
	s->pauses[0] = (struct ir_pause){.off = 68, .of = b, .ns = MS, .answered = true};
	pauses(s, a, 1);
	play(s, "");
	wrote(s, 1, 1, ECHO_SIZE, s->p.sent_at[a] + 3 * MS);
	wrote(s, 2, 0, 4, s->p.sent_at[b] + MS);
	assert_int_equal(engine_skews(s->p.engine, &skews, &n), 0);
	assert_int_equal(n, 2);
	assert_int_equal(skews[0].event, b);
	assert_int_equal(skews[0].actual, 3 * MS);
	assert_int_equal(skews[1].of, b);
	assert_true(skews[1].answered);
	assert_int_equal(skews[1].actual, MS);
	free(skews);
}

static void
test_a_rest_behind_an_answer(void **state)
{
	in_every_order(state, rest_behind_an_answer);
}

static bool
is_missed(struct paused *s)
{
	struct engine_skew *skews;
	bool missed;
	size_t n;

	assert_int_equal(engine_skews(s->p.engine, &skews, &n), 0);
	assert_int_equal(n, 1);
	missed = skews[0].missed;
	free(skews);
	return missed;
}

static void
test_a_rest_does_not_wait_for_what_is_lost(void **state)
{
	struct paused *s = *state;
	uint32_t a = echo(s, 0, 0), b = echo(s, 1, 0);

	s->pauses[0] = (struct ir_pause){.off = 68, .of = b, .ns = 7 * MS};
	pauses(s, a, 1);
	s->p.refuse = 1;
	assert_int_equal(peer_start(&s->p), 0);
	assert_int_equal(peer_play(&s->p), 0);
	assert_string_equal(peer_writes(&s->p), "68 4");
	wrote(s, 1, 0, 4, s->p.sent_at[a]);
	assert_true(is_missed(s));
}

static void
test_a_rest_waits_for_an_answer_up_to_the_timeout(void **state)
{
	struct paused *s = *state;
	uint32_t a = echo(s, 0, 0), b = echo(s, 1, 0);

	s->pauses[0] = (struct ir_pause){.off = 68, .of = b, .ns = 7 * MS, .answered = true};
	pauses(s, a, 1);
	s->p.mute = b + 1;
	s->p.opt.timeout = 50 * MS;
	assert_int_equal(peer_start(&s->p), 0);
	assert_int_equal(peer_play(&s->p), 0);
	wrote(s, 2, 0, 4, s->p.sent_at[a] + 50 * MS);
	assert_true(is_missed(s));
}

/* A connection that goes takes the rest along. */
static void
test_a_connection_that_is_lost_in_the_middle(void **state)
{
	struct paused *s = *state;
	uint32_t a = echo(s, 0, 0);

	s->pauses[0] = (struct ir_pause){.off = 68, .of = IR_NO_EVENT, .ns = 7 * MS};
	pauses(s, a, 1);
	s->p.die_at = a;
	play(s, "disconnect #3 connection: an answer, closed by the server\n");
	assert_string_equal(peer_writes(&s->p), "68");
}

/* Of what is sent beside the workload nothing gets into the middle of a message. */
static void
test_what_was_not_recorded_queues(void **state)
{
	static const uint8_t own[] = {0, 0, 0, 1, 9};
	struct paused *s = *state;
	uint32_t a = echo(s, 0, 0);
	struct engine *e;
	uint64_t wake;

	s->pauses[0] = (struct ir_pause){.off = 68, .of = IR_NO_EVENT, .ns = 7 * MS};
	pauses(s, a, 1);
	s->p.opt.order = ORDER_NONE;
	assert_int_equal(peer_start(&s->p), 0);
	e = s->p.engine;
	assert_int_equal(engine_run(e, s->p.now, &wake, NULL), 0);
	for (uint32_t c = 0; c < 2; c++) {
		s->p.conns[c].connecting = false;
		s->p.conns[c].up = true;
		engine_connected(e, c, s->p.now);
	}
	assert_int_equal(engine_run(e, s->p.now, &wake, NULL), 0);
	assert_int_equal(wake, s->p.now + 7 * MS);
	assert_true(engine_is_sharp(e));
	s->p.conns[0].missing += sizeof(own);
	segments_write_whole(e, 0, slice_of(own, sizeof(own)), s->p.now);
	assert_int_equal(peer_play(&s->p), 0);
	assert_string_equal(peer_writes(&s->p), "68 4 5");
	wrote(s, 2, 0, sizeof(own), s->p.sent_at[a] + 7 * MS);
}

/* The end of a connection comes behind the rest. */
static void
test_a_fin_waits_for_the_rest(void **state)
{
	struct paused *s = *state;
	uint32_t a = echo(s, 0, 0);

	s->b.ir.n_events--; /* nothing waits for the answer */
	s->p.opt.order = ORDER_CONNECTION;
	(void)ir_build_event(&s->b, IR_FIN, 0, (struct slice){0});
	s->pauses[0] = (struct ir_pause){.off = 68, .of = IR_NO_EVENT, .ns = 7 * MS};
	pauses(s, a, 1);
	play(s, "");
	assert_string_equal(peer_writes(&s->p), "68 4");
	assert_int_equal(s->p.conns[0].finished_at, s->p.sent_at[a] + 7 * MS);
}

/* The replay does not end with a message half out. */
static void
test_the_last_message_goes_out_whole(void **state)
{
	struct paused *s = *state;
	uint32_t a = echo(s, 0, 0);

	s->b.ir.n_events--;
	s->pauses[0] = (struct ir_pause){.off = 68, .of = IR_NO_EVENT, .ns = 7 * MS};
	pauses(s, a, 1);
	play(s, "");
	assert_string_equal(peer_writes(&s->p), "68 4");
}

/* It goes out in its own pieces, not in recorded ones, and shares no segment. */
static void
test_recorded_cuts_do_not_count(void **state)
{
	static const uint32_t cuts[] = {10, 20};
	struct paused *s = *state;
	uint32_t a = echo(s, 0, 0);

	s->b.events[a].cuts = cuts;
	s->b.events[a].n_cuts = 2;
	s->pauses[0] = (struct ir_pause){.off = 68, .of = IR_NO_EVENT, .ns = 7 * MS};
	pauses(s, a, 1);
	s->p.opt.segments = SEGMENTS_RECORDED;
	play(s, "");
	assert_string_equal(peer_writes(&s->p), "68 4");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		CASE(test_a_message_goes_out_in_pieces),
		CASE(test_a_slow_write_does_not_shorten_a_pause),
		CASE(test_only_its_own_connection_waits),
		CASE(test_a_rest_behind_another_message),
		CASE(test_a_rest_behind_an_answer),
		CASE(test_a_rest_does_not_wait_for_what_is_lost),
		CASE(test_a_rest_waits_for_an_answer_up_to_the_timeout),
		CASE(test_a_connection_that_is_lost_in_the_middle),
		CASE(test_what_was_not_recorded_queues),
		CASE(test_a_fin_waits_for_the_rest),
		CASE(test_the_last_message_goes_out_whole),
		CASE(test_recorded_cuts_do_not_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
