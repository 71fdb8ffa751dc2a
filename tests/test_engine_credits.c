/*
 * Credits in the engine, against a scripted server in memory that grants less than recorded
 * (tests/peer.c): what is held, what goes out, what is reported.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/stage.h"

#define R F_RESPONSE
#define SECOND 1000000000u
#define CREDITS_AT 18 /* of the low byte, in a message (MS-SMB2 2.2.1.2) */

static uint32_t
sends(struct stage *f, uint64_t mid, uint16_t charge)
{
	return STAGE_SENDS(f, ECHO_, .mid = mid, .charge = charge);
}

static uint32_t
gets(struct stage *f, uint64_t mid, uint16_t credits)
{
	return stage_put(f, IR_RECV, 0,
			 &(struct build_hdr){ECHO_, R, .mid = mid, .credits = credits});
}

/* Recorded: three requests at once on three credits. Live: the answer to the first grants two. */
static uint32_t
record_three(struct stage *f)
{
	uint32_t last;

	f->p.eager = true;
	(void)sends(f, 0, 1);
	f->p.alter = gets(f, 0, 3);
	f->p.alter_at = CREDITS_AT;
	(void)sends(f, 1, 1);
	(void)sends(f, 2, 1);
	last = sends(f, 3, 1);
	(void)gets(f, 1, 1);
	(void)gets(f, 2, 1);
	(void)gets(f, 3, 1);
	return last;
}

static void
test_credits_held_until_they_are_granted(void **state)
{
	static const enum engine_order orders[] = {ORDER_TOTAL, ORDER_CONNECTION, ORDER_NONE};
	struct stage *f = *state;
	uint32_t last = record_three(f);

	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		const struct engine_credits *c;
		uint64_t alter = f->p.alter;

		if (i > 0) {
			peer_free(&f->p);
			peer_init(&f->p, &f->b.ir);
			f->p.eager = true;
			f->p.alter = alter;
			f->p.alter_at = CREDITS_AT;
		}
		f->p.opt.order = orders[i];
		stage_play(f);
		assert_string_equal(peer_said(&f->p), "");
		/* The first of the other answers makes room, which takes this server no time. */
		assert_true(f->p.sent_at[last] < f->p.start + SECOND);
		c = engine_credits(f->p.engine, 0);
		assert_true(c->less);
		assert_int_equal(c->event, alter);
		assert_int_equal(c->granted, 2);
		assert_int_equal(c->recorded, 3);
		assert_int_equal(c->sum, 2);
		assert_int_equal(c->recorded_sum, 3);
		assert_int_equal(c->held, 1);
		assert_int_equal(c->held_ns, f->p.sent_at[last] - f->p.sent_at[last - 1]);
		assert_int_equal(c->uncovered, 0);
	}
}

static void
test_credits_forced(void **state)
{
	struct stage *f = *state;
	uint32_t last = record_three(f);

	f->p.opt.credits = CREDITS_FORCE;
	stage_play(f);
	assert_string_equal(peer_said(&f->p), "credits #5 request: 1 credit for message id 3, "
					      "message ids below 3 granted\n");
	assert_int_equal(f->p.sent_at[last], f->p.sent_at[last - 1]);
	assert_int_equal(engine_credits(f->p.engine, 0)->held, 0);
	assert_int_equal(engine_credits(f->p.engine, 0)->uncovered, 1);
}

/* The next request asks for the one credit that is missing; one behind it does when that was
 * answered and has not helped. */
static void
test_credits_asked_for(void **state)
{
	struct stage *f = *state;
	uint32_t last = record_three(f);

	f->p.opt.credits = CREDITS_ASK;
	stage_play(f);
	assert_string_equal(peer_said(&f->p), "");
	assert_int_equal(f->p.sent[last - 2].p[CREDITS_AT],
			 f->p.sent[last - 3 - 1].p[CREDITS_AT] + 1);
	assert_int_equal(f->p.sent[last - 1].p[CREDITS_AT], f->p.sent[last - 3 - 1].p[CREDITS_AT]);
	assert_string_equal(peer_audited(&f->p), "3+18 credits\n5+18 credits\n");
}

/* An answer that would grant does not come: at the end of the time the request goes out. */
static void
test_credits_that_do_not_come_in_time(void **state)
{
	struct stage *f = *state;
	uint32_t last = record_three(f);

	f->p.mute = last + 1;
	f->p.alter = PEER_NEVER;
	(void)sends(f, 6, 1);
	stage_play(f);
	assert_int_equal(f->p.sent_at[last], f->p.sent_at[last - 1]);
	assert_int_equal(judge_totals(f->p.judge)->divergences[JUDGE_MISSING], 1);
	assert_int_equal(judge_totals(f->p.judge)->divergences[JUDGE_CREDITS], 1);
	assert_int_equal(engine_credits(f->p.engine, 0)->held, 1);
	assert_int_equal(engine_credits(f->p.engine, 0)->held_ns, SECOND + 1000000);
}

/* Nothing is outstanding, so nothing will be granted: no time is lost. */
static void
test_credits_that_cannot_come(void **state)
{
	struct stage *f = *state;
	uint32_t last;

	(void)sends(f, 0, 1);
	f->p.alter = gets(f, 0, 1);
	f->p.alter_at = CREDITS_AT;
	last = sends(f, 1, 1);
	(void)gets(f, 1, 1);
	stage_play(f);
	assert_true(f->p.sent_at[last] < f->p.start + SECOND);
	assert_int_equal(judge_totals(f->p.judge)->divergences[JUDGE_CREDITS], 1);
	assert_int_equal(engine_credits(f->p.engine, 0)->held, 0);
}

/* What went out without credits in the recording does so again, at once. */
static void
test_credits_missing_as_recorded(void **state)
{
	static const enum engine_order orders[] = {ORDER_TOTAL, ORDER_NONE};
	struct stage *f = *state;
	uint32_t last;

	(void)sends(f, 0, 1);
	last = sends(f, 7, 1);
	(void)gets(f, 0, 1);
	(void)gets(f, 7, 1);
	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		if (i > 0) {
			peer_free(&f->p);
			peer_init(&f->p, &f->b.ir);
		}
		f->p.opt.order = orders[i];
		stage_play(f);
		assert_string_equal(peer_said(&f->p), "");
		assert_int_equal(f->p.sent_at[last], f->p.start);
		assert_false(engine_credits(f->p.engine, 0)->less);
	}
}

/* SMB 3.0.2 with large MTU: a request of CreditCharge 4 takes four ids (MS-SMB2 3.3.5.2.3). */
static void
record_negotiate(struct stage *f)
{
	buf_reset(&f->body);
	buf_le(&f->body, 2, 36);
	buf_le(&f->body, 2, 1);
	buf_zero(&f->body, 32);
	buf_le(&f->body, 2, 0x0302);
	(void)STAGE_SENDS(f, NEGOTIATE);
	buf_reset(&f->body);
	buf_le(&f->body, 2, 65);
	buf_le(&f->body, 2, 1);
	buf_le(&f->body, 2, 0x0302);
	buf_zero(&f->body, 2 + 16);
	buf_le(&f->body, 4, 4); /* SMB2_GLOBAL_CAP_LARGE_MTU */
	buf_zero(&f->body, 3 * 4 + 2 * 8);
	buf_le(&f->body, 2, 128);
	buf_zero(&f->body, 2 + 4);
	(void)stage_put(f, IR_RECV, 0, &(struct build_hdr){NEGOTIATE, R, .credits = 5});
}

static void
test_credits_of_a_large_request(void **state)
{
	struct stage *f = *state;
	uint32_t large;

	f->p.eager = true;
	record_negotiate(f);
	f->p.alter = 2; /* grants 4 */
	f->p.alter_at = CREDITS_AT;
	(void)sends(f, 1, 1);
	large = sends(f, 2, 4);
	(void)gets(f, 1, 1);
	(void)gets(f, 2, 4);
	stage_play(f);
	assert_string_equal(peer_said(&f->p), "");
	assert_int_equal(engine_credits(f->p.engine, 0)->held, 1);
	assert_true(f->p.sent_at[large] < f->p.start + SECOND);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, stage_setup_connected, stage_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_credits_held_until_they_are_granted),
		TEST(test_credits_forced),
		TEST(test_credits_asked_for),
		TEST(test_credits_that_do_not_come_in_time),
		TEST(test_credits_that_cannot_come),
		TEST(test_credits_missing_as_recorded),
		TEST(test_credits_of_a_large_request),
	};
#undef TEST

	return cmocka_run_group_tests(tests, NULL, NULL);
}
