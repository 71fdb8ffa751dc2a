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

#include <stdlib.h>

#include "tests/ir_build.h"
#include "tests/peer.h"
#include "tests/smb2_build.h"

#define R F_RESPONSE
#define SID 0x1122334455667788u
#define TID 0x01020304u
#define LEASE_KEY 0x77
#define BATCH 9
#define LEVEL_II 1
#define MESSAGE_ID (4 + 24)

/* Where ids lie in a message: MS-SMB2 2.2.1.2, 2.2.14, 2.2.15. */
#define AT_TREE (4 + 36)
#define AT_SESSION (4 + 40)
#define AT_CREATE_ID (4 + 64 + 64)
#define AT_CLOSE_ID (4 + 64 + 8)

struct scene {
	struct ir_build b;
	struct peer p;
	struct buf msg, body, say;
	uint32_t create, last; /* events: the CREATE request; an ECHO at the end, of id 5 */
};

static int
setup(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));

	*state = s;
	if (s == NULL)
		return -1;
	ir_build_init(&s->b);
	peer_init(&s->p, &s->b.ir);
	return 0;
}

static int
teardown(void **state)
{
	struct scene *s = *state;

	peer_free(&s->p);
	ir_build_free(&s->b);
	buf_free(&s->msg);
	buf_free(&s->body);
	buf_free(&s->say);
	free(s);
	return 0;
}

static uint32_t
put(struct scene *s, enum ir_kind kind, const struct build_hdr *h)
{
	build_one(&s->msg, h, &s->body);
	return ir_build_event(&s->b, kind, 0, buf_slice(&s->msg));
}

#define SENDS(s, ...) put(s, IR_SEND, &(struct build_hdr){__VA_ARGS__})
#define GETS(s, ...) put(s, IR_RECV, &(struct build_hdr){__VA_ARGS__, .credits = 8})

static void
uses_tree(struct scene *s)
{
	ir_build_patch(&s->b, AT_TREE, 4, IR_TREE, 1);
	ir_build_patch(&s->b, AT_SESSION, 8, IR_SESSION, 1);
}

/* A session, a tree, and an open with an oplock or a lease (level 0xff). */
static void
record_open(struct scene *s, uint8_t level)
{
	(void)ir_build_event(&s->b, IR_CONNECT, 0, (struct slice){0});
	body_setup_req(&s->body, 0, "t");
	(void)SENDS(s, SESSION_SETUP, .mid = 1);
	body_setup_resp(&s->body, "");
	(void)GETS(s, SESSION_SETUP, R, .mid = 1, .sid = SID);
	ir_build_patch(&s->b, AT_SESSION, 8, IR_SESSION, 1);
	body_tree_req(&s->body, "share");
	(void)SENDS(s, TREE_CONNECT, .mid = 2, .sid = SID);
	ir_build_patch(&s->b, AT_SESSION, 8, IR_SESSION, 1);
	body_tree_resp(&s->body, 1);
	(void)GETS(s, TREE_CONNECT, R, .mid = 2, .sid = SID, .tid = TID);
	ir_build_patch(&s->b, AT_TREE, 4, IR_TREE, 1);
	if (level == 0xff)
		body_create_lease_req(&s->body, "f", LEASE_KEY);
	else
		body_create_req(&s->body, "f");
	s->create = SENDS(s, CREATE, .mid = 3, .sid = SID, .tid = TID);
	uses_tree(s);
	body_create_resp(&s->body, level, 0x100, 0x200);
	(void)GETS(s, CREATE, R, .mid = 3, .sid = SID, .tid = TID);
	ir_build_patch(&s->b, AT_CREATE_ID, 16, IR_OPEN, 1);
}

static uint32_t
record_echo(struct scene *s, uint64_t mid)
{
	uint32_t n;

	body_empty(&s->body);
	n = SENDS(s, ECHO_, .mid = mid);
	body_empty(&s->body);
	(void)GETS(s, ECHO_, R, .mid = mid);
	return n;
}

/* The server says this once event `n` was sent. */
static void
says(struct scene *s, uint32_t n)
{
	build_one(&s->say, &(struct build_hdr){OPLOCK_BREAK, R, .mid = NO_MID}, &s->body);
	s->p.say_at = n;
	s->p.say = buf_slice(&s->say);
}

static void
breaks_lease(struct scene *s, uint32_t n)
{
	body_lease_break(&s->body, LEASE_KEY, 7, 3);
	says(s, n);
}

/* The peer's ids are the recorded ones, so that what is built must have them. */
static void
play(struct scene *s)
{
	s->p.keep_ids = s->p.moves_ids = true;
	assert_int_equal(peer_start(&s->p), 0);
	assert_int_equal(peer_play(&s->p), 0);
}

static uint64_t
sent_id(const struct scene *s, uint32_t n)
{
	return wire_le(s->p.sent[n].p + MESSAGE_ID, 8);
}

/* Of what was not recorded one message went out, with this body. */
static void
check_own(struct scene *s, unsigned command, uint64_t mid)
{
	build_one(&s->msg,
		  &(struct build_hdr){command, .mid = mid, .sid = SID, .tid = TID, .credits = 1,
				      .charge = 1},
		  &s->body);
	wire_put_le(s->msg.p + 4 + 32, 4, 0); /* the builder's process id */
	assert_int_equal(s->p.own.n, s->msg.n);
	assert_memory_equal(s->p.own.p, s->msg.p, s->msg.n);
}

static void
test_react_a_lease_break_is_acknowledged(void **state)
{
	struct scene *s = *state;
	uint32_t first;

	record_open(s, 0xff);
	first = record_echo(s, 4);
	s->last = record_echo(s, 5);
	breaks_lease(s, first);
	play(s);
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
	struct scene *s = *state;

	record_open(s, 0xff);
	breaks_lease(s, record_echo(s, 4));
	s->last = record_echo(s, 5);
	s->p.own_status = ACCESS_DENIED;
	play(s);
	assert_non_null(strstr(peer_said(&s->p), "status #-1 break acknowledgment, not recorded: "
						 "STATUS_SUCCESS, STATUS_ACCESS_DENIED\n"));
}

static void
test_react_ignored(void **state)
{
	struct scene *s = *state;

	record_open(s, 0xff);
	breaks_lease(s, record_echo(s, 4));
	s->last = record_echo(s, 5);
	s->p.opt.on_break = BREAK_IGNORE;
	play(s);
	assert_int_equal(s->p.own.n, 0);
	assert_int_equal(sent_id(s, s->last), 5);
	assert_int_equal(judge_totals(s->p.judge)->divergences[JUDGE_EXTRA], 1);
}

static void
test_react_closed(void **state)
{
	struct scene *s = *state;

	record_open(s, 0xff);
	breaks_lease(s, record_echo(s, 4));
	s->last = record_echo(s, 5);
	s->p.opt.on_break = BREAK_CLOSE;
	play(s);
	body_close_req(&s->body, 0x100, 0x200);
	check_own(s, CLOSE, 5);
}

/* Nobody waits for an answer to a break of a read lease. */
static void
test_react_where_no_acknowledgment_is_asked_for(void **state)
{
	struct scene *s = *state;

	record_open(s, 0xff);
	breaks_lease(s, record_echo(s, 4));
	s->say.p[4 + 64 + 4] = 0; /* Flags */
	s->last = record_echo(s, 5);
	play(s);
	assert_int_equal(s->p.own.n, 0);
}

static void
test_react_a_lease_that_nobody_holds(void **state)
{
	struct scene *s = *state;

	record_open(s, 0xff);
	breaks_lease(s, record_echo(s, 4));
	s->say.p[4 + 64 + 8] ^= 1; /* LeaseKey */
	s->last = record_echo(s, 5);
	play(s);
	assert_int_equal(s->p.own.n, 0);
}

static void
test_react_batch_and_level_ii(void **state)
{
	struct scene *s = *state;
	uint32_t first;

	record_open(s, BATCH);
	first = record_echo(s, 4);
	s->last = record_echo(s, 5);
	body_oplock_break(&s->body, LEVEL_II, 0x100, 0x200);
	says(s, first);
	play(s);
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
	struct scene *s = *state;

	record_open(s, 0xff);
	body_close_req(&s->body, 0x100, 0x200);
	breaks_lease(s, SENDS(s, CLOSE, .mid = 4, .sid = SID, .tid = TID));
	uses_tree(s);
	body_close_req(&s->body, 0x100, 0x200);
	ir_build_patch(&s->b, AT_CLOSE_ID, 16, IR_OPEN, 1);
	body_close_resp(&s->body);
	(void)GETS(s, CLOSE, R, .mid = 4, .sid = SID, .tid = TID);
	s->last = record_echo(s, 5);
	play(s);
	assert_int_equal(s->p.own.n, 0);
}

/* All credits are used: it goes out with the first that comes. */
static void
test_react_waits_for_a_credit(void **state)
{
	struct scene *s = *state;
	uint32_t first, n;

	record_open(s, 0xff);
	for (n = 0; n < s->b.ir.n_events; n++)
		if (s->b.events[n].kind == IR_RECV)
			wire_put_le(s->b.data.p + s->b.extents[n].off + 4 + 14, 2, n == 2 ? 3 : 1);
	body_empty(&s->body);
	first = SENDS(s, ECHO_, .mid = 4);
	body_empty(&s->body);
	n = SENDS(s, ECHO_, .mid = 5);
	body_empty(&s->body);
	(void)put(s, IR_RECV, &(struct build_hdr){ECHO_, R, .mid = 4, .credits = 1});
	body_empty(&s->body);
	(void)put(s, IR_RECV, &(struct build_hdr){ECHO_, R, .mid = 5, .credits = 1});
	breaks_lease(s, n);
	(void)first;
	play(s);
	body_lease_ack(&s->body, LEASE_KEY, 3);
	check_own(s, OPLOCK_BREAK, 6);
}

/* A recorded break and its acknowledgment. */
static uint32_t
record_break(struct scene *s)
{
	uint32_t n;

	body_lease_break(&s->body, LEASE_KEY, 7, 3);
	s->p.mute = GETS(s, OPLOCK_BREAK, R, .mid = NO_MID);
	body_lease_ack(&s->body, LEASE_KEY, 3);
	n = SENDS(s, OPLOCK_BREAK, .mid = 4, .sid = SID, .tid = TID);
	uses_tree(s);
	body_lease_ack(&s->body, LEASE_KEY, 3);
	(void)GETS(s, OPLOCK_BREAK, R, .mid = 4, .sid = SID, .tid = TID);
	return n;
}

static void
test_react_a_break_that_does_not_come(void **state)
{
	struct scene *s = *state;
	uint32_t ack;

	record_open(s, 0xff);
	ack = record_break(s);
	s->last = record_echo(s, 5);
	play(s);
	assert_int_equal(s->p.sent_at[ack], PEER_NEVER);
	assert_int_equal(sent_id(s, s->last), 4);
	assert_string_equal(peer_said(&s->p), "missing #7 OPLOCK_BREAK notification: "
					      "lease from RWH to RH, no answer within 1.0 s\n");
	assert_int_equal(engine_totals(s->p.engine)->held, 1);
}

static void
test_react_a_break_that_does_not_come_is_acknowledged(void **state)
{
	struct scene *s = *state;
	uint32_t ack;

	record_open(s, 0xff);
	ack = record_break(s);
	s->last = record_echo(s, 5);
	s->p.opt.send_idle_acks = true;
	play(s);
	assert_int_not_equal(s->p.sent_at[ack], PEER_NEVER);
	assert_int_equal(sent_id(s, s->last), 5);
	assert_int_equal(engine_totals(s->p.engine)->held, 0);
}

/* It comes when its acknowledgment was held back. */
static void
test_react_a_break_that_comes_late(void **state)
{
	struct scene *s = *state;

	record_open(s, 0xff);
	(void)record_break(s);
	breaks_lease(s, record_echo(s, 5));
	s->last = record_echo(s, 6);
	play(s);
	body_lease_ack(&s->body, LEASE_KEY, 3);
	check_own(s, OPLOCK_BREAK, 5);
	assert_int_equal(sent_id(s, s->last), 6);
	assert_int_equal(judge_totals(s->p.judge)->divergences[JUDGE_EXTRA], 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

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
