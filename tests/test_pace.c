/*
 * When messages are due and what they are late by, in a small literal workload. The engine has no
 * clock, so that every time is exactly the one that it was given.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/stage.h"

#define R F_RESPONSE
#define US ((uint64_t)1000)
#define MS ((uint64_t)1000000)
#define DAY ((uint64_t)86400 * 1000000000)

static int
setup(void **state)
{
	int r = stage_setup(state);
	struct stage *f = *state;

	if (r != 0)
		return r;
	f->p.opt.pace = PACE_RECORDED;
	f->p.keep_ids = true;
	return 0;
}

static uint32_t
at(struct stage *f, uint64_t t, uint32_t n)
{
	f->b.events[n].t_first = f->b.events[n].t_last = t;
	return n;
}

static uint32_t
connects(struct stage *f, uint64_t t, uint32_t conn)
{
	return at(f, t, stage_connect(f, conn));
}

static uint32_t
sends(struct stage *f, uint64_t t, uint32_t conn, uint64_t mid)
{
	return at(f, t, stage_put(f, IR_SEND, conn, &(struct build_hdr){ECHO_, .mid = mid}));
}

static uint32_t
gets(struct stage *f, uint64_t t, uint32_t conn, uint64_t mid, uint16_t credits)
{
	return at(f, t,
		  stage_put(f, IR_RECV, conn,
			    &(struct build_hdr){ECHO_, R, .mid = mid, .credits = credits}));
}

/* The engine is called at `t` after its start; when it wants to be called again, after that, too.
 */
static uint64_t
runs(struct stage *f, uint64_t t)
{
	struct err e = {0};
	uint64_t wake;

	f->p.now = f->p.start + t;
	assert_int_equal(engine_run(f->p.engine, f->p.now, &wake, &e), 0);
	return wake - f->p.start;
}

/* What was recorded as event `n`, but for a few credits less, comes at `t`. */
static void
hears(struct stage *f, uint64_t t, uint32_t n, uint8_t less)
{
	struct buf scratch = {0};
	struct slice bytes = ir_bytes(&f->b.ir, &f->b.events[n], &scratch);
	uint8_t copy[NBSS_HEADER + SMB2_HEADER + 4];

	assert_int_equal(bytes.n, sizeof(copy));
	memcpy(copy, bytes.p, sizeof(copy));
	copy[NBSS_HEADER + SMB2_HDR_AT(credits)] =
		(uint8_t)(copy[NBSS_HEADER + SMB2_HDR_AT(credits)] - less);
	f->p.now = f->p.start + t;
	assert_int_equal(engine_input(f->p.engine, f->b.events[n].conn,
				      slice_of(copy, sizeof(copy)), f->p.now),
			 0);
	buf_free(&scratch);
}

static void
starts(struct stage *f, uint32_t conns)
{
	assert_int_equal(peer_start(&f->p), 0);
	for (uint32_t c = 0; c < conns; c++) {
		(void)runs(f, 0);
		f->p.conns[c].up = true;
		engine_connected(f->p.engine, c, f->p.now);
	}
}

static void
check_sent(const struct stage *f, uint32_t n, uint64_t t)
{
	if (f->p.sent_at[n] == PEER_NEVER)
		fail_msg("#%u did not go out", n);
	assert_int_equal(f->p.sent_at[n] - f->p.start, t);
}

static struct lateness
lateness(const struct stage *f)
{
	struct lateness l;

	engine_lateness(f->p.engine, &l);
	return l;
}

/* One message in all was late, by these parts. */
static void
check_late(const struct stage *f, uint64_t n, const uint64_t parts[LATENESS_N_CAUSES])
{
	struct lateness l = lateness(f);
	uint64_t sum = 0;

	for (size_t i = 0; i < LATENESS_N_CAUSES; i++) {
		if (l.by[i].max != parts[i])
			fail_msg("%s: %llu ns", lateness_names[i], (unsigned long long)l.by[i].max);
		sum += parts[i];
	}
	assert_int_equal(l.n, n);
	assert_int_equal(l.max, sum);
}

/* Called late, and a write that takes its time: nobody else is to blame. The next message is due
 * when it was, whatever the one before did. */
static void
test_pace_late_by_ourselves(void **state)
{
	struct stage *f = *state;
	uint32_t first, second;

	(void)connects(f, 0, 0);
	first = sends(f, 2 * MS, 0, 0);
	(void)gets(f, 3 * MS, 0, 0, 3);
	second = sends(f, 4 * MS, 0, 1);
	starts(f, 1);
	assert_int_equal(runs(f, MS), 2 * MS);
	f->p.write_takes = 7 * US;
	(void)runs(f, 2 * MS + 30 * US);
	check_sent(f, first, 2 * MS + 37 * US);
	check_late(f, 1, (uint64_t[]){37 * US, 0, 0, 0});
	hears(f, 3 * MS, 2, 0);
	assert_int_equal(runs(f, 3 * MS), 4 * MS);
	f->p.write_takes = 0;
	(void)runs(f, 4 * MS);
	check_sent(f, second, 4 * MS);
	check_late(f, 2, (uint64_t[]){37 * US, 0, 0, 0});
	assert_int_equal(lateness(f).much, 0);
	assert_int_equal(lateness(f).p50, 0);
}

/* Messages of one moment: each write takes the next one's time. */
static void
test_pace_several_at_once(void **state)
{
	struct stage *f = *state;
	uint32_t last;

	(void)connects(f, 0, 0);
	(void)sends(f, 0, 0, 0);
	(void)gets(f, MS, 0, 0, 3);
	(void)sends(f, 2 * MS, 0, 1);
	(void)sends(f, 2 * MS, 0, 2);
	last = sends(f, 2 * MS, 0, 3);
	starts(f, 1);
	(void)runs(f, 0);
	hears(f, MS, 2, 0);
	f->p.write_takes = 60 * US;
	(void)runs(f, 2 * MS);
	check_sent(f, last, 2 * MS + 180 * US);
	check_late(f, 4, (uint64_t[]){180 * US, 0, 0, 0});
	assert_int_equal(lateness(f).by[LATENESS_OWN].much, 2);
}

static void
test_pace_late_for_an_answer(void **state)
{
	struct stage *f = *state;
	uint32_t answer, second;

	(void)connects(f, 0, 0);
	(void)sends(f, MS, 0, 0);
	answer = gets(f, 2 * MS, 0, 0, 3);
	second = sends(f, 3 * MS, 0, 1);
	starts(f, 1);
	(void)runs(f, MS);
	(void)runs(f, 3 * MS);
	hears(f, 5 * MS, answer, 0);
	(void)runs(f, 5 * MS + 10 * US);
	check_sent(f, second, 5 * MS + 10 * US);
	check_late(f, 2, (uint64_t[]){10 * US, 0, 0, 2 * MS});
	assert_int_equal(lateness(f).much, 1);
	assert_int_equal(lateness(f).by[LATENESS_ORDER].much, 1);
}

/* The answer came before the message was due: it did not hold it up. */
static void
test_pace_an_answer_in_time(void **state)
{
	struct stage *f = *state;
	uint32_t answer;

	(void)connects(f, 0, 0);
	(void)sends(f, MS, 0, 0);
	answer = gets(f, 2 * MS, 0, 0, 3);
	(void)sends(f, 5 * MS, 0, 1);
	starts(f, 1);
	(void)runs(f, MS);
	hears(f, 4 * MS, answer, 0);
	(void)runs(f, 4 * MS);
	(void)runs(f, 5 * MS + 200 * US);
	check_late(f, 2, (uint64_t[]){200 * US, 0, 0, 0});
}

static void
test_pace_late_for_credits(void **state)
{
	struct stage *f = *state;
	uint32_t first, second, last;

	(void)connects(f, 0, 0);
	(void)sends(f, 0, 0, 0);
	first = gets(f, MS, 0, 0, 2);
	(void)sends(f, 2 * MS, 0, 1);
	last = sends(f, 3 * MS, 0, 2);
	second = gets(f, 8 * MS, 0, 1, 1);
	starts(f, 1);
	(void)runs(f, 0);
	hears(f, MS, first, 1);
	(void)runs(f, 2 * MS);
	(void)runs(f, 3 * MS);
	assert_int_equal(f->p.sent_at[last], PEER_NEVER);
	hears(f, 4 * MS, second, 0);
	(void)runs(f, 4 * MS + US);
	check_sent(f, last, 4 * MS + US);
	check_late(f, 3, (uint64_t[]){US, 0, MS, 0});
}

/* The socket takes nothing: a message is out when that is over. */
static void
test_pace_late_for_the_socket(void **state)
{
	struct stage *f = *state;
	const size_t size = NBSS_HEADER + SMB2_HEADER + 4;

	(void)connects(f, 0, 0);
	(void)sends(f, 0, 0, 0);
	(void)gets(f, MS, 0, 0, 3);
	(void)sends(f, 2 * MS, 0, 1);
	(void)sends(f, 3 * MS, 0, 2);
	starts(f, 1);
	(void)runs(f, 0);
	hears(f, MS, 2, 0);
	f->p.full = true;
	(void)runs(f, 2 * MS + 5 * US);
	(void)runs(f, 3 * MS);
	assert_int_equal(lateness(f).n, 1);
	engine_flushed(f->p.engine, 0, size + 1, f->p.start + 4 * MS);
	assert_int_equal(lateness(f).n, 1);
	engine_flushed(f->p.engine, 0, size, f->p.start + 5 * MS);
	check_late(f, 2, (uint64_t[]){5 * US, 3 * MS - 5 * US, 0, 0});
	engine_flushed(f->p.engine, 0, 0, f->p.start + 20 * MS);
	assert_int_equal(lateness(f).n, 3);
	assert_int_equal(lateness(f).max, 17 * MS);
	assert_int_equal(lateness(f).by[LATENESS_SOCKET].much, 2);
}

/* Without a pace nothing is due. */
static void
test_pace_none(void **state)
{
	struct stage *f = *state;

	(void)connects(f, 0, 0);
	(void)sends(f, 5 * MS, 0, 0);
	f->p.opt.pace = PACE_NONE;
	starts(f, 1);
	(void)runs(f, 3 * MS);
	assert_int_equal(lateness(f).n, 0);
}

/* Times are those of the recording to the nanosecond, after any time and at any speed. */
static void
test_pace_does_not_drift(void **state)
{
	static const struct {
		uint64_t t;
		double speed;
		uint64_t due;
	} cases[] = {{400 * DAY + 1, 1, 400 * DAY + 1},
		     {300 * DAY + 3, 3, 100 * DAY + 1},
		     {30 * DAY + 7, 0.25, 120 * DAY + 28},
		     {30 * DAY + 7, 1000, 30 * DAY / 1000}};
	struct stage *f = *state;

	(void)connects(f, 0, 0);
	(void)sends(f, 0, 0, 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		f->b.events[1].t_first = cases[i].t;
		f->p.opt.speed = cases[i].speed;
		starts(f, 1);
		assert_int_equal(runs(f, MS), cases[i].due);
		peer_free(&f->p);
		peer_init(&f->p, &f->b.ir);
		f->p.opt.pace = PACE_RECORDED;
	}
}

/* Two clients, one of which has two connections. */
static void
two_clients(struct stage *f)
{
	f->b.conns[1].client = "127.0.0.1:5001";
	f->b.conns[2].client = "127.0.0.9:5000";
	(void)connects(f, 0, 0);
	(void)connects(f, 0, 1);
	(void)connects(f, 0, 2);
	f->p.opt.pace = PACE_THINK;
}

/* The gap behind the last answer that the client got on any of its connections. */
static void
test_pace_think(void **state)
{
	struct stage *f = *state;
	uint32_t a, b, answer;

	two_clients(f);
	(void)sends(f, MS, 0, 0);
	answer = gets(f, 2 * MS, 0, 0, 3);
	a = sends(f, 5 * MS, 1, 0);
	b = sends(f, 6 * MS, 2, 0);
	f->p.opt.speed = 2;
	starts(f, 3);
	(void)runs(f, MS / 2);
	hears(f, 9 * MS, answer, 0);
	assert_int_equal(runs(f, 9 * MS), 10 * MS + 500 * US);
	(void)runs(f, 10 * MS + 500 * US);
	check_sent(f, a, 10 * MS + 500 * US);
	/* The other client has got nothing since it was connected. */
	check_sent(f, b, 10 * MS + 500 * US);
	check_late(f, 3, (uint64_t[]){0, 0, 0, 7 * MS + 500 * US});
}

/* In order on each connection a connection thinks by itself; without an order nothing is waited
 * for. */
static void
test_pace_think_by_connection(void **state)
{
	static const enum engine_order orders[] = {ORDER_CONNECTION, ORDER_NONE, ORDER_CAUSAL};
	struct stage *f = *state;
	uint32_t a, b, answer;

	two_clients(f);
	(void)sends(f, MS, 0, 0);
	answer = gets(f, 2 * MS, 0, 0, 3);
	a = sends(f, 5 * MS, 1, 0);
	b = sends(f, 6 * MS, 0, 1);
	for (size_t i = 0; i < 3; i++) {
		f->p.opt.order = orders[i];
		starts(f, 3);
		(void)runs(f, MS);
		(void)runs(f, 5 * MS);
		check_sent(f, a, 5 * MS);
		hears(f, 5 * MS + 500 * US, answer, 0);
		(void)runs(f, runs(f, 5 * MS + 500 * US));
		check_sent(f, b, orders[i] == ORDER_NONE ? 6 * MS : 9 * MS + 500 * US);
		peer_free(&f->p);
		peer_init(&f->p, &f->b.ir);
		f->p.opt.pace = PACE_THINK;
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, stage_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_pace_late_by_ourselves),
		TEST(test_pace_several_at_once),
		TEST(test_pace_late_for_an_answer),
		TEST(test_pace_an_answer_in_time),
		TEST(test_pace_late_for_credits),
		TEST(test_pace_late_for_the_socket),
		TEST(test_pace_none),
		TEST(test_pace_does_not_drift),
		TEST(test_pace_think),
		TEST(test_pace_think_by_connection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
