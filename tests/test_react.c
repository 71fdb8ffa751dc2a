/*
 * Breaks that were not recorded, and recorded ones that do not come: what goes out, against a
 * scripted server in memory (tests/peer.c).
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/stage.h"

#define R F_RESPONSE
#define LEASE_KEY 0x77
#define BATCH 9
#define LEVEL_II 1

/* A session, a tree, and an open with an oplock or a lease (level 0xff). */
static void
record_open(struct stage *s, uint8_t level)
{
	stage_logon(s);
	if (level == 0xff)
		body_create_lease_req(&s->body, "f", LEASE_KEY);
	else
		body_create_req(&s->body, "f");
	s->create = STAGE_SENDS(s, CREATE, .mid = 3, .sid = STAGE_SID, .tid = STAGE_TID);
	stage_uses_tree(s);
	body_create_resp(&s->body, level, 0x100, 0x200);
	(void)STAGE_GETS(s, CREATE, R, .mid = 3, .sid = STAGE_SID, .tid = STAGE_TID);
	ir_build_patch(&s->b, STAGE_AT_CREATE_ID, 16, IR_OPEN, 1);
}

static uint32_t
record_echo(struct stage *s, uint64_t mid)
{
	uint32_t n;

	body_empty(&s->body);
	n = STAGE_SENDS(s, ECHO_, .mid = mid);
	body_empty(&s->body);
	(void)STAGE_GETS(s, ECHO_, R, .mid = mid);
	return n;
}

/* The server says this once event `n` was sent. */
static void
says(struct stage *s, uint32_t n)
{
	build_one(&s->say, &(struct build_hdr){OPLOCK_BREAK, R, .mid = NO_MID}, &s->body);
	s->p.say_at = n;
	s->p.say = buf_slice(&s->say);
}

static void
breaks_lease(struct stage *s, uint32_t n)
{
	body_lease_break(&s->body, LEASE_KEY, 7, 3);
	says(s, n);
}

static uint64_t
sent_id(const struct stage *s, uint32_t n)
{
	return wire_le(s->p.sent[n].p + STAGE_AT_MESSAGE_ID, 8);
}

/* Of what was not recorded one message went out, with this body. */
static void
check_own(struct stage *s, unsigned command, uint64_t mid)
{
	build_one(&s->msg,
		  &(struct build_hdr){command, .mid = mid, .sid = STAGE_SID, .tid = STAGE_TID,
				      .credits = 1, .charge = 1},
		  &s->body);
	wire_put_le(s->msg.p + 4 + 32, 4, 0); /* the builder's process id */
	assert_int_equal(s->p.own.n, s->msg.n);
	assert_memory_equal(s->p.own.p, s->msg.p, s->msg.n);
}

static void
test_react_a_lease_break_is_acknowledged(void **state)
{
	struct stage *s = *state;
	uint32_t first;

	record_open(s, 0xff);
	first = record_echo(s, 4);
	s->last = record_echo(s, 5);
	breaks_lease(s, first);
	stage_play_ids(s);
	body_lease_ack(&s->body, LEASE_KEY, 3);
	check_own(s, OPLOCK_BREAK, 5);
	assert_int_equal(sent_id(s, first), 4);
	assert_int_equal(sent_id(s, s->last), 6);
	assert_non_null(strstr(peer_audited(&s->p), "+0 extra break acknowledgment\n"));
	assert_string_equal(peer_said(&s->p),
			    "extra #7 OPLOCK_BREAK notification: nothing, lease from RWH to RH\n");
	assert_int_equal(engine_totals(s->p.engine)->own, 1);
	assert_int_equal(judge_totals(s->p.judge)->given_up, 0);
}

static void
test_react_an_acknowledgment_that_fails(void **state)
{
	struct stage *s = *state;

	record_open(s, 0xff);
	breaks_lease(s, record_echo(s, 4));
	s->last = record_echo(s, 5);
	s->p.own_status = ACCESS_DENIED;
	stage_play_ids(s);
	assert_non_null(strstr(peer_said(&s->p), "status #-1 break acknowledgment, not recorded: "
						 "STATUS_SUCCESS, STATUS_ACCESS_DENIED\n"));
}

static void
test_react_ignored(void **state)
{
	struct stage *s = *state;

	record_open(s, 0xff);
	breaks_lease(s, record_echo(s, 4));
	s->last = record_echo(s, 5);
	s->p.opt.on_break = BREAK_IGNORE;
	stage_play_ids(s);
	assert_int_equal(s->p.own.n, 0);
	assert_int_equal(sent_id(s, s->last), 5);
	assert_int_equal(judge_totals(s->p.judge)->divergences[JUDGE_EXTRA], 1);
}

static void
test_react_closed(void **state)
{
	struct stage *s = *state;

	record_open(s, 0xff);
	breaks_lease(s, record_echo(s, 4));
	s->last = record_echo(s, 5);
	s->p.opt.on_break = BREAK_CLOSE;
	stage_play_ids(s);
	body_close_req(&s->body, 0x100, 0x200);
	check_own(s, CLOSE, 5);
}

/* Nobody waits for an answer to a break of a read lease. */
static void
test_react_where_no_acknowledgment_is_asked_for(void **state)
{
	struct stage *s = *state;

	record_open(s, 0xff);
	breaks_lease(s, record_echo(s, 4));
	s->say.p[4 + 64 + 4] = 0; /* Flags */
	s->last = record_echo(s, 5);
	stage_play_ids(s);
	assert_int_equal(s->p.own.n, 0);
}

static void
test_react_a_lease_that_nobody_holds(void **state)
{
	struct stage *s = *state;

	record_open(s, 0xff);
	breaks_lease(s, record_echo(s, 4));
	s->say.p[4 + 64 + 8] ^= 1; /* LeaseKey */
	s->last = record_echo(s, 5);
	stage_play_ids(s);
	assert_int_equal(s->p.own.n, 0);
}

static void
test_react_batch_and_level_ii(void **state)
{
	struct stage *s = *state;
	uint32_t first;

	record_open(s, BATCH);
	first = record_echo(s, 4);
	s->last = record_echo(s, 5);
	body_oplock_break(&s->body, LEVEL_II, 0x100, 0x200);
	says(s, first);
	stage_play_ids(s);
	body_oplock_break(&s->body, LEVEL_II, 0x100, 0x200);
	check_own(s, OPLOCK_BREAK, 5);
	/* It holds level II now, which is taken without an answer (MS-SMB2 3.2.5.19.1). */
	body_oplock_break(&s->body, 0, 0x100, 0x200);
	build_one(&s->say, &(struct build_hdr){OPLOCK_BREAK, R, .mid = NO_MID}, &s->body);
	assert_int_equal(engine_input(s->p.engine, 0, buf_slice(&s->say), s->p.now), 0);
	assert_int_equal(engine_totals(s->p.engine)->own, 1);
}

/* The break crosses the CLOSE. */
static void
test_react_an_open_that_was_closed(void **state)
{
	struct stage *s = *state;

	record_open(s, 0xff);
	body_close_req(&s->body, 0x100, 0x200);
	breaks_lease(s, STAGE_SENDS(s, CLOSE, .mid = 4, .sid = STAGE_SID, .tid = STAGE_TID));
	stage_uses_tree(s);
	body_close_req(&s->body, 0x100, 0x200);
	ir_build_patch(&s->b, STAGE_AT_CLOSE_ID, 16, IR_OPEN, 1);
	body_close_resp(&s->body);
	(void)STAGE_GETS(s, CLOSE, R, .mid = 4, .sid = STAGE_SID, .tid = STAGE_TID);
	s->last = record_echo(s, 5);
	stage_play_ids(s);
	assert_int_equal(s->p.own.n, 0);
}

/* All credits are used: it goes out with the first that comes. */
static void
test_react_waits_for_a_credit(void **state)
{
	struct stage *s = *state;
	uint32_t first, n;

	record_open(s, 0xff);
	for (n = 0; n < s->b.ir.n_events; n++)
		if (s->b.events[n].kind == IR_RECV)
			wire_put_le(s->b.data.p + s->b.extents[n].off + 4 + 14, 2, n == 2 ? 3 : 1);
	body_empty(&s->body);
	first = STAGE_SENDS(s, ECHO_, .mid = 4);
	body_empty(&s->body);
	n = STAGE_SENDS(s, ECHO_, .mid = 5);
	body_empty(&s->body);
	(void)stage_put(s, IR_RECV, 0, &(struct build_hdr){ECHO_, R, .mid = 4, .credits = 1});
	body_empty(&s->body);
	(void)stage_put(s, IR_RECV, 0, &(struct build_hdr){ECHO_, R, .mid = 5, .credits = 1});
	breaks_lease(s, n);
	(void)first;
	stage_play_ids(s);
	body_lease_ack(&s->body, LEASE_KEY, 3);
	check_own(s, OPLOCK_BREAK, 6);
}

/* A recorded break and its acknowledgment. */
static uint32_t
record_break(struct stage *s)
{
	uint32_t n;

	body_lease_break(&s->body, LEASE_KEY, 7, 3);
	s->p.mute = STAGE_GETS(s, OPLOCK_BREAK, R, .mid = NO_MID);
	body_lease_ack(&s->body, LEASE_KEY, 3);
	n = STAGE_SENDS(s, OPLOCK_BREAK, .mid = 4, .sid = STAGE_SID, .tid = STAGE_TID);
	stage_uses_tree(s);
	body_lease_ack(&s->body, LEASE_KEY, 3);
	(void)STAGE_GETS(s, OPLOCK_BREAK, R, .mid = 4, .sid = STAGE_SID, .tid = STAGE_TID);
	return n;
}

static void
test_react_a_break_that_does_not_come(void **state)
{
	struct stage *s = *state;
	uint32_t ack;

	record_open(s, 0xff);
	ack = record_break(s);
	s->last = record_echo(s, 5);
	stage_play_ids(s);
	assert_int_equal(s->p.sent_at[ack], PEER_NEVER);
	assert_int_equal(sent_id(s, s->last), 4);
	assert_string_equal(peer_said(&s->p), "missing #7 OPLOCK_BREAK notification: "
					      "lease from RWH to RH, no answer within 1.0 s\n");
	assert_int_equal(engine_totals(s->p.engine)->held, 1);
}

static void
test_react_a_break_that_does_not_come_is_acknowledged(void **state)
{
	struct stage *s = *state;
	uint32_t ack;

	record_open(s, 0xff);
	ack = record_break(s);
	s->last = record_echo(s, 5);
	s->p.opt.send_idle_acks = true;
	stage_play_ids(s);
	assert_int_not_equal(s->p.sent_at[ack], PEER_NEVER);
	assert_int_equal(sent_id(s, s->last), 5);
	assert_int_equal(engine_totals(s->p.engine)->held, 0);
}

/* It comes when its acknowledgment was held back. */
static void
test_react_a_break_that_comes_late(void **state)
{
	struct stage *s = *state;

	record_open(s, 0xff);
	(void)record_break(s);
	breaks_lease(s, record_echo(s, 5));
	s->last = record_echo(s, 6);
	stage_play_ids(s);
	body_lease_ack(&s->body, LEASE_KEY, 3);
	check_own(s, OPLOCK_BREAK, 5);
	assert_int_equal(sent_id(s, s->last), 6);
	assert_int_equal(judge_totals(s->p.judge)->divergences[JUDGE_EXTRA], 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, stage_setup, stage_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_react_a_lease_break_is_acknowledged),
		TEST(test_react_an_acknowledgment_that_fails),
		TEST(test_react_ignored),
		TEST(test_react_closed),
		TEST(test_react_where_no_acknowledgment_is_asked_for),
		TEST(test_react_a_lease_that_nobody_holds),
		TEST(test_react_batch_and_level_ii),
		TEST(test_react_an_open_that_was_closed),
		TEST(test_react_waits_for_a_credit),
		TEST(test_react_a_break_that_does_not_come),
		TEST(test_react_a_break_that_does_not_come_is_acknowledged),
		TEST(test_react_a_break_that_comes_late),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
