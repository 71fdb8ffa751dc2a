/*
 * Messages made ready before their time: the same bytes go out as without that, also where
 * something changes in between. Against a scripted server in memory (tests/peer.c).
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "replay/engine_int.h"
#include "tests/load_capture.h"
#include "tests/stage.h"

#define R F_RESPONSE
#define MS ((uint64_t)1000000)
#define MESSAGE_ID (NBSS_HEADER + SMB2_HDR_AT(message_id))
#define SESSION_ID (NBSS_HEADER + SMB2_HDR_AT(session_id))

static const struct {
	const char *name;
	uint16_t cipher;
} captures[] = {
	{"smbclient-202", 0},
	{"smbclient-302-get", 0},
	{"smbclient-311-signed", 0},
	{"smbtorture-compound.related1", 0},
	{"smbtorture-lease.upgrade2", 0},
	{"smbtorture-notify.close", 0},
	{"smbtorture-oplock.exclusive2", 0},
	{"smbtorture-session.reauth1", 0},
	{"sealed-300-ccm", SEAL_AES_128_CCM},
	{"sealed-311-256-gcm", SEAL_AES_256_GCM},
};

static void
play(struct peer *p)
{
	assert_int_equal(peer_start(p), 0);
	assert_int_equal(peer_play(p), 0);
}

static uint64_t
prepared(const struct peer *p)
{
	struct lateness l;

	engine_lateness(p->engine, &l);
	return l.prepared;
}

/* Recorded times, ten times as long, so that there is time before each message. */
static void
init(struct peer *p, const struct ir *ir, uint16_t cipher, enum engine_order order)
{
	peer_init(p, ir);
	p->cipher = cipher;
	p->opt.order = order;
	p->opt.pace = PACE_RECORDED;
	p->opt.speed = 0.1;
}

/* Every message, its audit and all that is said are the same with it and without. */
static void
test_ahead_changes_nothing(void **state)
{
	static const enum engine_order orders[] = {ORDER_TOTAL, ORDER_CONNECTION, ORDER_NONE};
	const size_t n = sizeof(captures) / sizeof(*captures);

	(void)state;
	for (size_t i = 0; i < 3 * n; i++) {
		struct peer with, without;
		struct ir ir;

		load_capture(captures[i / 3].name, &ir);
		init(&with, &ir, captures[i / 3].cipher, orders[i % 3]);
		init(&without, &ir, captures[i / 3].cipher, orders[i % 3]);
		without.unprepared = true;
		play(&with);
		play(&without);
		for (size_t k = 0; k < ir.n_events; k++)
			if (!slice_eq(buf_slice(&with.sent[k]), buf_slice(&without.sent[k])))
				fail_msg("%s: #%zu", captures[i / 3].name, k);
		assert_string_equal(peer_audited(&with), peer_audited(&without));
		assert_string_equal(peer_said(&with), peer_said(&without));
		assert_true(prepared(&with) > 0);
		assert_int_equal(prepared(&without), 0);
		peer_free(&with);
		peer_free(&without);
		ir_free(&ir);
	}
}

/* ---- what changes in between ---- */

/* Its events: echos of a session, the last two at 10 and 20 ms. */
enum { CONNECT, FIRST, ANSWER, NEXT, LAST };

static void
echo(struct stage *f, uint64_t t, uint64_t mid, uint32_t response, uint16_t credits)
{
	uint32_t n = stage_put(
		f, response != 0 ? IR_RECV : IR_SEND, 0,
		&(struct build_hdr){ECHO_, response, .mid = mid, .sid = 7, .credits = credits});

	f->b.events[n].t_first = f->b.events[n].t_last = t;
	if (n != FIRST)
		ir_build_patch(&f->b, SESSION_ID, 8, IR_SESSION, 1);
}

/* A session that a tree's answer defines is enough of one. */
static int
setup(void **state)
{
	int r = stage_setup(state);
	struct stage *f = *state;

	if (r != 0)
		return r;
	(void)stage_connect(f, 0);
	echo(f, 0, 0, 0, 1);
	echo(f, MS, 0, R, 8);
	echo(f, 10 * MS, 1, 0, 1);
	echo(f, 20 * MS, 2, 0, 1);
	f->p.opt.pace = PACE_RECORDED;
	return 0;
}

static void
runs(struct stage *f, uint64_t t)
{
	struct err e = {0};
	uint64_t wake;

	f->p.now = f->p.start + t;
	assert_int_equal(engine_run(f->p.engine, f->p.now, &wake, &e), 0);
}

/* All is played but the last two messages, and these are ready. */
static void
starts(struct stage *f)
{
	assert_int_equal(peer_start(&f->p), 0);
	assert_int_equal(judge_learn(f->p.judge, IR_SESSION, 1, slice_of("sessionA", 8)), 0);
	runs(f, 0);
	engine_connected(f->p.engine, 0, f->p.now);
	runs(f, 0);
	judge_drop(f->p.judge, ANSWER);
	assert_int_equal(judge_learn(f->p.judge, IR_SESSION, 1, slice_of("sessionB", 8)), 0);
	runs(f, MS);
	while (engine_make_ahead(f->p.engine, f->p.now))
		continue;
	assert_int_equal(f->p.engine->ahead.n, 2);
}

static void
check(const struct stage *f, uint32_t n, uint64_t mid, const char *session)
{
	assert_true(f->p.sent[n].n > SESSION_ID + 8);
	assert_int_equal(wire_le(f->p.sent[n].p + MESSAGE_ID, 8), mid);
	assert_memory_equal(f->p.sent[n].p + SESSION_ID, session, 8);
}

static void
test_ahead_goes_out_as_it_was_made(void **state)
{
	struct stage *f = *state;

	f->p.opt.credits = CREDITS_FORCE;
	starts(f);
	assert_int_equal(f->p.sent_at[NEXT], PEER_NEVER);
	/* An id counts as used when it goes out. */
	assert_int_equal(mids_next(security_mids(f->p.engine->conns[0].security)), 1);
	runs(f, 10 * MS);
	assert_int_equal(mids_next(security_mids(f->p.engine->conns[0].security)), 2);
	check(f, NEXT, 1, "sessionB");
	runs(f, 20 * MS);
	check(f, LAST, 2, "sessionB");
	assert_int_equal(prepared(&f->p), 2);
	assert_int_equal(f->p.engine->ahead.n, 0);
	assert_int_equal(f->p.engine->ahead.bytes, 0);
}

/* A request of our own takes an id in between. */
static void
test_ahead_ids_that_move(void **state)
{
	struct stage *f = *state;
	uint64_t live;

	f->p.opt.credits = CREDITS_FORCE;
	starts(f);
	runs(f, 10 * MS);
	assert_int_equal(
		mids_insert(security_mids(f->p.engine->conns[0].security), MIDS_OWN, &live), 0);
	assert_int_equal(live, 2);
	runs(f, 20 * MS);
	check(f, NEXT, 1, "sessionB");
	check(f, LAST, 3, "sessionB");
	assert_int_equal(prepared(&f->p), 1);
	assert_int_equal(f->p.engine->ahead.dropped, 1);
	assert_non_null(strstr(peer_audited(&f->p), "message_id\n"));
}

static void
test_ahead_a_symbol_with_another_value(void **state)
{
	struct stage *f = *state;

	f->p.opt.credits = CREDITS_FORCE;
	starts(f);
	assert_int_equal(judge_learn(f->p.judge, IR_SESSION, 1, slice_of("sessionC", 8)), 0);
	runs(f, 10 * MS);
	check(f, NEXT, 1, "sessionC");
	assert_int_equal(prepared(&f->p), 0);
}

static void
test_ahead_keys_that_are_gone(void **state)
{
	struct stage *f = *state;

	f->p.opt.credits = CREDITS_FORCE;
	starts(f);
	security_forget(f->p.security, 1);
	runs(f, 10 * MS);
	check(f, NEXT, 1, "sessionB");
	assert_int_equal(prepared(&f->p), 0);
}

/* Without credits it stays, and goes out as it was made when it may. */
static void
test_ahead_credits_that_are_missing(void **state)
{
	struct stage *f = *state;

	starts(f);
	runs(f, 10 * MS);
	assert_int_equal(f->p.sent_at[NEXT], PEER_NEVER);
	f->p.engine->conns[0].window.top = 8;
	runs(f, 11 * MS);
	check(f, NEXT, 1, "sessionB");
	assert_int_equal(prepared(&f->p), 1);
}

/* Nothing is begun just before a message is due. */
static void
test_ahead_not_at_the_last_moment(void **state)
{
	struct stage *f = *state;

	f->b.events[NEXT].t_first = MS + AHEAD_GUARD;
	assert_int_equal(peer_start(&f->p), 0);
	assert_int_equal(judge_learn(f->p.judge, IR_SESSION, 1, slice_of("sessionA", 8)), 0);
	runs(f, 0);
	engine_connected(f->p.engine, 0, f->p.now);
	runs(f, 0);
	judge_drop(f->p.judge, ANSWER);
	runs(f, MS);
	assert_false(engine_make_ahead(f->p.engine, f->p.now));
	assert_int_equal(f->p.engine->ahead.n, 0);
}

/* However many there are, so many are ready at most; those that are passed over make room. */
static void
test_ahead_is_bounded(void **state)
{
	struct stage *f = *state;

	for (uint64_t i = 0; i < 100; i++)
		(void)echo(f, 30 * MS, 3 + i, 0, 1);
	f->p.opt.credits = CREDITS_FORCE;
	assert_int_equal(peer_start(&f->p), 0);
	assert_int_equal(judge_learn(f->p.judge, IR_SESSION, 1, slice_of("sessionA", 8)), 0);
	runs(f, 0);
	engine_connected(f->p.engine, 0, f->p.now);
	runs(f, 0);
	judge_drop(f->p.judge, ANSWER);
	for (unsigned i = 0; i < 30; i++) {
		runs(f, MS);
		while (engine_make_ahead(f->p.engine, f->p.now))
			continue;
	}
	assert_int_equal(f->p.engine->ahead.n, AHEAD_LOOK);
	f->p.engine->conns[0].state = ECONN_CLOSED;
	runs(f, 40 * MS);
	assert_int_equal(f->p.engine->ahead.n, 0);
	assert_int_equal(f->p.engine->ahead.bytes, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, stage_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ahead_changes_nothing),
		TEST(test_ahead_goes_out_as_it_was_made),
		TEST(test_ahead_ids_that_move),
		TEST(test_ahead_a_symbol_with_another_value),
		TEST(test_ahead_keys_that_are_gone),
		TEST(test_ahead_credits_that_are_missing),
		TEST(test_ahead_not_at_the_last_moment),
		TEST(test_ahead_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
