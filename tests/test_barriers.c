/* Barriers and gaps, against a scripted server (tests/peer.c). */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "ir/timings.h"
#include "replay/after.h"
#include "tests/ir_build.h"
#include "tests/peer.h"
#include "tests/smb2_build.h"

#define R F_RESPONSE
#define MS ((int64_t)1000000)

struct timed {
	struct ir_build b;
	struct peer p;
	struct buf msg, body;
	struct ir_timing timing[8];
	unsigned n_timing;
};

static int
setup(void **state)
{
	struct timed *s = calloc(1, sizeof(*s));

	*state = s;
	if (s == NULL)
		return -1;
	ir_build_init(&s->b);
	peer_init(&s->p, &s->b.ir);
	s->p.eager = true;
	(void)ir_build_event(&s->b, IR_CONNECT, 0, (struct slice){0});
	(void)ir_build_event(&s->b, IR_CONNECT, 1, (struct slice){0});
	return 0;
}

static int
teardown(void **state)
{
	struct timed *s = *state;

	peer_free(&s->p);
	ir_build_free(&s->b);
	buf_free(&s->msg);
	buf_free(&s->body);
	free(s);
	return 0;
}

/* An echo and its answer; the number of the echo. */
static uint32_t
echo(struct timed *s, uint32_t conn, uint64_t mid)
{
	uint32_t n;

	body_empty(&s->body);
	build_one(&s->msg, &(struct build_hdr){ECHO_, 0, .mid = mid}, &s->body);
	n = ir_build_event(&s->b, IR_SEND, conn, buf_slice(&s->msg));
	build_one(&s->msg, &(struct build_hdr){ECHO_, R, .mid = mid, .credits = 10}, &s->body);
	(void)ir_build_event(&s->b, IR_RECV, conn, buf_slice(&s->msg));
	return n;
}

static void
barrier(struct timed *s, uint32_t event, const char *name)
{
	s->timing[s->n_timing] = (struct ir_timing){.barrier = name};
	s->b.events[event].timing = &s->timing[s->n_timing++];
}

static void
gap(struct timed *s, uint32_t event, uint32_t of, int64_t ns, bool answered)
{
	s->timing[s->n_timing] = (struct ir_timing){.of = of, .ns = ns, .answered = answered};
	s->b.events[event].timing = &s->timing[s->n_timing++];
}

static void
play(struct timed *s)
{
	assert_int_equal(after_check(&s->b.ir, s->p.opt.order, NULL), 0);
	assert_int_equal(peer_start(&s->p), 0);
	assert_int_equal(peer_play(&s->p), 0);
	assert_string_equal(peer_said(&s->p), "");
}

static const enum engine_order orders[] = {ORDER_TOTAL, ORDER_CONNECTION, ORDER_NONE};

/* Run a test in each order, from a new start. */
static void
in_every_order(void **state, void (*test)(struct timed *s))
{
	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		struct timed *s = *state;

		s->p.opt.order = orders[i];
		test(s);
		(void)teardown(state);
		assert_int_equal(setup(state), 0);
	}
}

static struct engine_skew
only_skew(struct timed *s)
{
	struct engine_skew *list, one;
	size_t n;

	assert_int_equal(engine_skews(s->p.engine, &list, &n), 0);
	assert_int_equal(n, 1);
	one = list[0];
	free(list);
	return one;
}

/* The second goes out with the first, though its answer was recorded between them. */
static void
barrier_of_two(struct timed *s)
{
	uint32_t a = echo(s, 0, 0), b = echo(s, 1, 0);
	struct engine_skew k;

	barrier(s, a, "go");
	barrier(s, b, "go");
	play(s);
	assert_int_equal(s->p.sent_at[a], s->p.sent_at[b]);
	assert_false(s->p.sent_at[a] == PEER_NEVER);
	k = only_skew(s);
	assert_string_equal(k.barrier, "go");
	assert_int_equal(k.n, 2);
	assert_int_equal(k.actual, 0);
	assert_false(k.missed);
}

static void
test_a_barrier_lets_its_members_go_together(void **state)
{
	in_every_order(state, barrier_of_two);
}

static void
gap_behind(struct timed *s)
{
	uint32_t a = echo(s, 0, 0), b = echo(s, 1, 0);
	struct engine_skew k;

	gap(s, b, a, 5 * MS, false);
	play(s);
	assert_int_equal(s->p.sent_at[b], s->p.sent_at[a] + 5 * MS);
	k = only_skew(s);
	assert_null(k.barrier);
	assert_int_equal(k.event, b);
	assert_int_equal(k.of, a);
	assert_int_equal(k.planned, 5 * MS);
	assert_int_equal(k.actual, 5 * MS);
}

static void
test_a_gap_behind_the_sending(void **state)
{
	in_every_order(state, gap_behind);
}

#define US ((int64_t)1000)

/* Where messages can be written at the same time, one does not wait for the other's write. */
static void
barrier_written_at_once(struct timed *s)
{
	uint32_t a = echo(s, 0, 0), b = echo(s, 1, 0);

	barrier(s, a, "go");
	barrier(s, b, "go");
	s->p.parallel = true;
	s->p.lead = (uint64_t)(150 * US);
	s->p.write_takes = (uint64_t)(50 * US);
	play(s);
	assert_true(engine_has_pairs(s->p.engine));
	assert_int_equal(s->p.n_parallel, 2);
	assert_int_equal(only_skew(s).actual, 0);
	assert_int_equal(s->p.sent_at[a], s->p.start + s->p.lead + s->p.write_takes);
	assert_int_equal(s->p.sent_at[b], s->p.sent_at[a]);
}

static void
test_members_are_written_at_once(void **state)
{
	in_every_order(state, barrier_written_at_once);
}

static void
short_gap_is_kept(struct timed *s)
{
	uint32_t a = echo(s, 0, 0), b = echo(s, 1, 0);

	gap(s, b, a, 10 * US, false);
	s->p.parallel = true;
	s->p.write_takes = (uint64_t)(50 * US);
	play(s);
	assert_int_equal(s->p.n_parallel, 2);
	assert_int_equal(only_skew(s).actual, 10 * US);
}

static void
test_a_gap_shorter_than_a_write(void **state)
{
	in_every_order(state, short_gap_is_kept);
}

/* Not at once: what has time, the second message of a connection, the end of one. */
static void
test_what_is_written_by_itself(void **state)
{
	struct timed *s = *state;
	uint32_t a = echo(s, 0, 0), b = echo(s, 1, 0), c = echo(s, 0, 1),
		 fin = ir_build_event(&s->b, IR_FIN, 1, (struct slice){0});

	gap(s, b, a, MS, false);
	gap(s, fin, c, 0, false);
	s->p.parallel = true;
	s->p.lead = (uint64_t)(150 * US);
	play(s);
	assert_false(engine_has_pairs(s->p.engine));
	assert_int_equal(s->p.n_parallel, 0);
	assert_int_equal(s->p.sent_at[a], s->p.start);
}

static void
test_the_second_message_of_a_connection_comes_behind(void **state)
{
	struct timed *s = *state;
	uint32_t credits = echo(s, 0, 0), a = echo(s, 0, 1), b = echo(s, 1, 0), c = echo(s, 0, 2);

	assert_true(credits < a);
	barrier(s, a, "go");
	barrier(s, b, "go");
	barrier(s, c, "go");
	s->p.parallel = true;
	s->p.write_takes = (uint64_t)(50 * US);
	play(s);
	assert_int_equal(s->p.n_parallel, 2);
	assert_int_equal(only_skew(s).actual, 50 * US);
}

/* A write that fails is that connection's end, and no other one's. */
static void
test_one_of_two_writes_fails(void **state)
{
	struct timed *s = *state;
	uint32_t a = echo(s, 0, 0), b = echo(s, 1, 0);

	barrier(s, a, "go");
	barrier(s, b, "go");
	s->p.parallel = true;
	s->p.break_at = b;
	assert_int_equal(peer_start(&s->p), 0);
	assert_int_equal(peer_play(&s->p), 0);
	assert_int_equal(s->p.n_parallel, 2);
	assert_true(s->p.conns[0].up);
	assert_non_null(strstr(peer_said(&s->p), "the connection broke while sending"));
}

/* The later one goes first. */
static void
gap_before(struct timed *s)
{
	uint32_t a = echo(s, 0, 0), b = echo(s, 1, 0);

	gap(s, b, a, -5 * MS, false);
	play(s);
	assert_int_equal(s->p.sent_at[b] + 5 * MS, s->p.sent_at[a]);
}

static void
test_a_gap_before_the_sending(void **state)
{
	in_every_order(state, gap_before);
}

static void
gap_behind_the_answer(struct timed *s)
{
	uint32_t a = echo(s, 0, 0), b = echo(s, 1, 0), c = echo(s, 0, 1);

	gap(s, b, a, 3 * MS, true);
	gap(s, c, b, 4 * MS, false);
	play(s);
	assert_int_equal(s->p.sent_at[b], s->p.sent_at[a] + 3 * MS);
	assert_int_equal(s->p.sent_at[c], s->p.sent_at[b] + 4 * MS);
}

static void
test_a_gap_behind_the_answer(void **state)
{
	in_every_order(state, gap_behind_the_answer);
}

/* An answer that does not come: at the timeout all goes on, and the report says so. */
static void
test_an_answer_that_does_not_come(void **state)
{
	struct timed *s = *state;
	uint32_t a = echo(s, 0, 0), b = echo(s, 1, 0);

	gap(s, b, a, 3 * MS, true);
	s->p.mute = a + 1;
	s->p.opt.timeout = (uint64_t)(7 * MS);
	assert_int_equal(peer_start(&s->p), 0);
	assert_int_equal(peer_play(&s->p), 0);
	assert_false(s->p.sent_at[b] == PEER_NEVER);
	assert_true(s->p.sent_at[b] >= s->p.sent_at[a] + 7 * MS);
	assert_true(only_skew(s).missed);
}

/* A member whose connection cannot be made does not hold the others up. */
static void
test_a_lost_member_is_not_waited_for(void **state)
{
	struct timed *s = *state;
	uint32_t a = echo(s, 0, 0), b = echo(s, 1, 0);

	barrier(s, a, "go");
	barrier(s, b, "go");
	s->p.refuse = 1;
	assert_int_equal(peer_start(&s->p), 0);
	assert_int_equal(peer_play(&s->p), 0);
	assert_false(s->p.sent_at[a] == PEER_NEVER);
	assert_int_equal(s->p.sent_at[b], PEER_NEVER);
	assert_true(only_skew(s).missed);
}

/* A FIN goes by a gap as well. */
static void
test_the_end_of_a_connection_has_a_gap(void **state)
{
	struct timed *s = *state;
	uint32_t a = echo(s, 0, 0), fin = ir_build_event(&s->b, IR_FIN, 1, (struct slice){0});

	gap(s, fin, a, 2 * MS, false);
	play(s);
	assert_int_equal(s->p.conns[1].finished_at, s->p.sent_at[a] + 2 * MS);
}

/* Each connection comes first to the barrier that the other comes to last. */
static void
test_crossed_barriers_are_an_error(void **state)
{
	struct timed *s = *state;
	uint32_t a = echo(s, 0, 0), b = echo(s, 1, 0), c = echo(s, 0, 1), d = echo(s, 1, 1);
	struct err e = {0};

	barrier(s, a, "x");
	barrier(s, d, "x");
	barrier(s, b, "y");
	barrier(s, c, "y");
	s->b.ir.path = "w";
	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		assert_int_equal(after_check(&s->b.ir, orders[i], &e), ERR_USAGE);
		assert_string_equal(e.text, "w:3: waits for what stands behind what waits for it");
	}
}

/* A member waits for the answer to another one, which waits for it. */
static void
test_waiting_for_a_member_of_the_own_barrier_is_an_error(void **state)
{
	struct timed *s = *state;
	uint32_t a = echo(s, 0, 0), b = echo(s, 1, 0), after = a + 1;

	barrier(s, a, "x");
	barrier(s, b, "x");
	s->b.events[b].after = &after;
	s->b.events[b].n_after = 1;
	s->b.ir.path = "w";
	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++)
		assert_int_equal(after_check(&s->b.ir, orders[i], NULL), ERR_USAGE);
}

/* What is tied through others is one group. */
static void
test_groups_are_found(void **state)
{
	struct timed *s = *state;
	uint32_t a = echo(s, 0, 0), b = echo(s, 1, 0), c = echo(s, 0, 1), d = echo(s, 1, 1);
	struct timings t;

	barrier(s, a, "x");
	barrier(s, b, "x");
	gap(s, c, a, 7, true);
	assert_int_equal(timings_new(&s->b.ir, "w", &t, NULL), 0);
	assert_int_equal(t.n, 3);
	assert_int_equal(t.n_groups, 1);
	assert_int_equal(t.groups[0].n, 3);
	assert_int_equal(timings_find(&t, c), 2);
	assert_int_equal(timings_find(&t, d), TIMINGS_NONE);
	assert_int_equal(t.members[2].answer, 0);
	assert_int_equal(t.members[2].before, 0);
	assert_int_equal(t.members[2].at, 7);
	timings_free(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		CASE(test_a_barrier_lets_its_members_go_together),
		CASE(test_a_gap_behind_the_sending),
		CASE(test_members_are_written_at_once),
		CASE(test_a_gap_shorter_than_a_write),
		CASE(test_what_is_written_by_itself),
		CASE(test_the_second_message_of_a_connection_comes_behind),
		CASE(test_one_of_two_writes_fails),
		CASE(test_a_gap_before_the_sending),
		CASE(test_a_gap_behind_the_answer),
		CASE(test_an_answer_that_does_not_come),
		CASE(test_a_lost_member_is_not_waited_for),
		CASE(test_the_end_of_a_connection_has_a_gap),
		CASE(test_crossed_barriers_are_an_error),
		CASE(test_waiting_for_a_member_of_the_own_barrier_is_an_error),
		CASE(test_groups_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
