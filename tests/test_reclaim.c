/*
 * A connection that is lost in the middle and made again: what goes out, to the byte, against a
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
#define NEW_SID 0x99aabbccddeeff00u
#define NEW_TID 0x0a0b0c0du
#define GUID_BYTE 0x5c
#define NOT_FOUND 0xc0000034u

static void
add_lease(struct stage *s, bool more)
{
	uint8_t lease[32] = {0};

	memset(lease, 0x77, 16);
	lease[16] = 7;
	build_context(&s->contexts, "RqLs", lease, sizeof(lease), more);
}

/* A durable open of version 2 with a lease. */
static void
record_create(struct stage *s, bool durable)
{
	uint8_t dh2q[32] = {0};

	memset(dh2q + 16, GUID_BYTE, 16);
	add_lease(s, durable);
	if (durable)
		build_context(&s->contexts, "DH2Q", dh2q, sizeof(dh2q), false);
	body_create_contexts_req(&s->body, "f", &s->contexts);
	buf_reset(&s->contexts);
	(void)STAGE_SENDS(s, CREATE, .mid = 3, .sid = STAGE_SID, .tid = STAGE_TID);
	stage_uses_tree(s);
	body_create_resp(&s->body, 0xff, 0x100, 0x200);
	(void)STAGE_GETS(s, CREATE, R, .mid = 3, .sid = STAGE_SID, .tid = STAGE_TID);
	ir_build_patch(&s->b, STAGE_AT_CREATE_ID, 16, IR_OPEN, 1);
}

/* A session, a tree and an open; an ECHO that the server takes for the last straw; a CLOSE. */
static void
record(struct stage *s, bool durable)
{
	stage_logon(s);
	record_create(s, durable);
	body_empty(&s->body);
	s->p.die_at = STAGE_SENDS(s, ECHO_, .mid = 4);
	body_empty(&s->body);
	s->p.mute = STAGE_GETS(s, ECHO_, R, .mid = 4);
	body_close_req(&s->body, 0x100, 0x200);
	s->last = STAGE_SENDS(s, CLOSE, .mid = 5, .sid = STAGE_SID, .tid = STAGE_TID);
	stage_uses_tree(s);
	ir_build_patch(&s->b, STAGE_AT_CLOSE_ID, 16, IR_OPEN, 1);
	body_close_resp(&s->body);
	(void)STAGE_GETS(s, CLOSE, R, .mid = 5, .sid = STAGE_SID, .tid = STAGE_TID);
	s->p.opt.on_drop = DROP_RECONNECT;
}

static void
answers(struct stage *s, const struct build_hdr *h)
{
	build_one(&s->msg, h, &s->body);
	buf_add(&s->say, s->msg.p, s->msg.n);
	s->p.own_answers = buf_slice(&s->say);
}

#define ANSWERS(s, ...) answers(s, &(struct build_hdr){__VA_ARGS__, .flags = R, .credits = 8})

static void
answers_logon(struct stage *s)
{
	body_setup_resp(&s->body, "");
	ANSWERS(s, SESSION_SETUP, .sid = NEW_SID);
	body_tree_resp(&s->body, 1);
	ANSWERS(s, TREE_CONNECT, .sid = NEW_SID, .tid = NEW_TID);
}

/* The message in s->msg is the next one that was not recorded. */
static void
check_next(struct stage *s, size_t *at)
{
	assert_true(*at + s->msg.n <= s->p.own.n);
	assert_memory_equal(s->p.own.p + *at, s->msg.p, s->msg.n);
	*at += s->msg.n;
}

static void
check_logon(struct stage *s, size_t *at)
{
	body_setup_req(&s->body, STAGE_SID, "t");
	build_one(&s->msg, &(struct build_hdr){SESSION_SETUP, .mid = 0}, &s->body);
	check_next(s, at);
	body_tree_req(&s->body, "share");
	build_one(&s->msg, &(struct build_hdr){TREE_CONNECT, .mid = 1, .sid = NEW_SID}, &s->body);
	check_next(s, at);
}

static void
check_create(struct stage *s, size_t *at)
{
	uint8_t dh2c[36] = {0};

	wire_put_le(dh2c, 8, 0x100);
	wire_put_le(dh2c + 8, 8, 0x200);
	memset(dh2c + 16, GUID_BYTE, 16);
	add_lease(s, true);
	build_context(&s->contexts, "DH2C", dh2c, sizeof(dh2c), false);
	body_create_contexts_req(&s->body, "f", &s->contexts);
	build_one(&s->msg,
		  &(struct build_hdr){CREATE, .mid = 2, .sid = NEW_SID, .tid = NEW_TID,
				      .credits = 1, .charge = 1},
		  &s->body);
	wire_put_le(s->msg.p + 4 + 32, 4, 0); /* the builder's process id */
	check_next(s, at);
}

static void
test_reclaim_an_open(void **state)
{
	struct stage *s = *state;
	size_t at = 0;

	record(s, true);
	answers_logon(s);
	body_create_resp(&s->body, 0xff, 0x100, 0x300);
	ANSWERS(s, CREATE, .sid = NEW_SID, .tid = NEW_TID);
	stage_play_ids(s);
	check_logon(s, &at);
	check_create(s, &at);
	assert_int_equal(at, s->p.own.n);
	body_close_req(&s->body, 0x100, 0x300);
	build_one(&s->msg, &(struct build_hdr){CLOSE, .mid = 3, .sid = NEW_SID, .tid = NEW_TID},
		  &s->body);
	assert_int_equal(s->p.sent[s->last].n, s->msg.n);
	assert_memory_equal(s->p.sent[s->last].p, s->msg.p, s->msg.n);
	assert_string_equal(peer_said(&s->p),
			    "disconnect #8 connection: an answer, closed by the server\n"
			    "missing #8 ECHO response: STATUS_SUCCESS, connection lost before it "
			    "came\n");
	assert_int_equal(engine_totals(s->p.engine)->reconnects, 1);
	assert_int_equal(engine_totals(s->p.engine)->opens_reclaimed, 1);
	assert_non_null(strstr(peer_audited(&s->p), "+0 reconnection\n"));
}

static void
test_reclaim_an_open_that_is_not_durable(void **state)
{
	struct stage *s = *state;
	size_t at = 0;

	record(s, false);
	answers_logon(s);
	stage_play_ids(s);
	check_logon(s, &at);
	assert_int_equal(at, s->p.own.n);
	assert_int_equal(engine_totals(s->p.engine)->opens, 1);
	assert_int_equal(engine_totals(s->p.engine)->opens_reclaimed, 0);
	assert_int_not_equal(s->p.sent_at[s->last], PEER_NEVER);
}

/* What the server has forgotten is named, and the rest goes on. */
static void
test_reclaim_refused(void **state)
{
	struct stage *s = *state;

	record(s, true);
	answers_logon(s);
	body_error(&s->body);
	ANSWERS(s, CREATE, .sid = NEW_SID, .tid = NEW_TID, .status = NOT_FOUND);
	stage_play_ids(s);
	assert_non_null(strstr(peer_said(&s->p),
			       "status #-1 CREATE that reclaims an open, not recorded: "
			       "STATUS_SUCCESS, STATUS_OBJECT_NAME_NOT_FOUND\n"));
	assert_int_equal(engine_totals(s->p.engine)->opens_reclaimed, 0);
	assert_int_not_equal(s->p.sent_at[s->last], PEER_NEVER);
}

/* Without a session there is no tree and no open to ask for. */
static void
test_reclaim_no_logon(void **state)
{
	struct stage *s = *state;

	record(s, true);
	body_error(&s->body);
	ANSWERS(s, SESSION_SETUP, .status = ACCESS_DENIED);
	stage_play_ids(s);
	assert_int_equal(engine_totals(s->p.engine)->own, 1);
	assert_int_equal(engine_totals(s->p.engine)->reconnects, 1);
}

static void
test_reclaim_stop(void **state)
{
	struct stage *s = *state;

	record(s, true);
	s->p.opt.on_drop = DROP_STOP;
	stage_play_ids(s);
	assert_int_equal(s->p.own.n, 0);
	assert_int_equal(s->p.conns[0].n_connect, 1);
	assert_int_equal(s->p.sent_at[s->last], PEER_NEVER);
	assert_int_equal(engine_totals(s->p.engine)->not_sent, 1);
}

/* Nobody listens any more: tried until the timeout. */
static void
test_reclaim_a_server_that_is_gone(void **state)
{
	struct stage *s = *state;

	record(s, true);
	s->p.refuse_again = true;
	stage_play_ids(s);
	assert_true(s->p.conns[0].n_connect > 2);
	assert_int_equal(s->p.now, s->p.start + 1000000000u);
	assert_int_equal(engine_totals(s->p.engine)->reconnects, 0);
	assert_int_equal(engine_totals(s->p.engine)->not_sent, 1);
}

/* It takes the connection and says nothing. */
static void
test_reclaim_a_server_that_is_mute(void **state)
{
	struct stage *s = *state;

	record(s, true);
	s->p.own_mute = true;
	stage_play_ids(s);
	assert_int_equal(engine_totals(s->p.engine)->own, 1);
	assert_int_equal(s->p.conns[0].n_connect, 2);
	assert_int_equal(s->p.conns[0].n_close, 2);
	assert_int_equal(engine_totals(s->p.engine)->not_sent, 1);
}

/* What was to be cancelled is gone with the connection. */
static void
test_reclaim_a_cancel_of_what_was_lost(void **state)
{
	struct stage *s = *state;
	uint32_t cancel;

	record(s, false);
	answers_logon(s);
	body_empty(&s->body);
	cancel = STAGE_SENDS(s, CANCEL, .mid = 4, .sid = STAGE_SID);
	stage_play_ids(s);
	assert_int_equal(s->p.sent_at[cancel], PEER_NEVER);
	assert_int_equal(engine_totals(s->p.engine)->not_sent, 1);
}

/* The recording ends there, too: nothing to come back for. */
static void
test_reclaim_only_where_requests_are_left(void **state)
{
	struct stage *s = *state;

	record(s, true);
	s->b.events[s->last].kind = IR_FIN;
	s->b.events[s->last + 1].kind = IR_GAP;
	stage_play_ids(s);
	assert_int_equal(s->p.conns[0].n_connect, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, stage_setup, stage_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_reclaim_an_open),
		TEST(test_reclaim_an_open_that_is_not_durable),
		TEST(test_reclaim_refused),
		TEST(test_reclaim_no_logon),
		TEST(test_reclaim_stop),
		TEST(test_reclaim_a_server_that_is_gone),
		TEST(test_reclaim_a_server_that_is_mute),
		TEST(test_reclaim_a_cancel_of_what_was_lost),
		TEST(test_reclaim_only_where_requests_are_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
