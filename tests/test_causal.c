/* --order=causal: what waits for what, and what does not, against a scripted server
 * (tests/peer.c). */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "replay/after.h"
#include "tests/stage.h"

#define R F_RESPONSE
#define SECOND ((uint64_t)1000000000)

static int
setup(void **state)
{
	int r = stage_setup(state);
	struct stage *s = *state;

	if (r != 0)
		return r;
	s->p.opt.order = ORDER_CAUSAL;
	for (uint32_t c = 0; c < 2; c++) {
		(void)stage_connect(s, c);
		(void)stage_put(s, IR_SEND, c, &(struct build_hdr){ECHO_, .mid = 0});
		(void)stage_put(s, IR_RECV, c,
				&(struct build_hdr){ECHO_, R, .mid = 0, .credits = 8});
	}
	return 0;
}

static uint32_t
creates(struct stage *s, uint32_t conn, uint64_t mid, const char *name)
{
	body_create_req(&s->body, name);
	return stage_put(s, IR_SEND, conn, &(struct build_hdr){CREATE, .mid = mid});
}

/* The answer opens what was there, or made it. */
static uint32_t
created(struct stage *s, uint32_t conn, uint64_t mid)
{
	body_create_resp(&s->body, 0, 0x100 + mid, conn);
	return stage_put(s, IR_RECV, conn,
			 &(struct build_hdr){CREATE, R, .mid = mid, .credits = 8});
}

/* Nothing takes time but the wait for an answer that does not come. */
static void
expect_at_once(const struct stage *s, uint32_t n)
{
	assert_int_equal(s->p.sent_at[n], s->p.start);
}

static void
expect_held(const struct stage *s, uint32_t n)
{
	assert_true(s->p.sent_at[n] != PEER_NEVER && s->p.sent_at[n] >= s->p.start + SECOND);
}

static void
test_causal_a_conflict_waits_for_the_answer(void **state)
{
	struct stage *s = *state;
	uint32_t other;

	(void)creates(s, 0, 1, "dir");
	s->p.mute = created(s, 0, 1);
	other = creates(s, 1, 1, "DIR");
	(void)created(s, 1, 1);
	stage_play(s);
	expect_held(s, other);
	assert_string_equal(peer_said(&s->p),
			    "missing #7 CREATE response: STATUS_SUCCESS, no answer within 1.0 s\n");
}

static void
test_causal_what_overlapped_keeps_its_order_only(void **state)
{
	struct stage *s = *state;
	uint32_t first, other;

	first = creates(s, 0, 1, "dir");
	other = creates(s, 1, 1, "DIR");
	s->p.mute = created(s, 0, 1);
	(void)created(s, 1, 1);
	s->b.events[first].fault = &(struct ir_fault){.delay = 3 * SECOND};
	stage_play(s);
	assert_int_equal(s->p.sent_at[first], s->p.start + 3 * SECOND);
	assert_int_equal(s->p.sent_at[other], s->p.sent_at[first]);
}

static void
test_causal_others_do_not_wait(void **state)
{
	struct stage *s = *state;
	uint32_t behind, other;

	(void)creates(s, 0, 1, "mine");
	s->p.mute = created(s, 0, 1);
	behind = creates(s, 0, 2, "mine too");
	(void)created(s, 0, 2);
	other = creates(s, 1, 1, "yours");
	(void)created(s, 1, 1);
	(void)stage_end(s, IR_FIN, 1, false);
	stage_play(s);
	expect_at_once(s, other);
	assert_int_equal(s->p.conns[1].finished_at, s->p.start);
	expect_held(s, behind);
}

/* A session on two channels: what came on one had come to whoever sends on the other. */
static void
test_causal_a_session_receives_on_all_its_channels(void **state)
{
	struct stage *s = *state;
	uint32_t stranger, other;

	body_setup_req(&s->body, 0, "t");
	(void)stage_put(s, IR_SEND, 0, &(struct build_hdr){SESSION_SETUP, .mid = 1});
	body_setup_resp(&s->body, "");
	(void)stage_put(
		s, IR_RECV, 0,
		&(struct build_hdr){SESSION_SETUP, R, .mid = 1, .sid = STAGE_SID, .credits = 8});
	ir_build_patch(&s->b, STAGE_AT_SESSION, 8, IR_SESSION, 1);
	(void)stage_put(s, IR_SEND, 0, &(struct build_hdr){ECHO_, .mid = 2, .sid = STAGE_SID});
	ir_build_patch(&s->b, STAGE_AT_SESSION, 8, IR_SESSION, 1);
	s->p.mute =
		stage_put(s, IR_RECV, 0,
			  &(struct build_hdr){ECHO_, R, .mid = 2, .sid = STAGE_SID, .credits = 1});
	stranger = stage_put(s, IR_SEND, 1, &(struct build_hdr){ECHO_, .mid = 1});
	(void)stage_put(s, IR_RECV, 1, &(struct build_hdr){ECHO_, R, .mid = 1, .credits = 8});
	other = stage_put(s, IR_SEND, 1, &(struct build_hdr){ECHO_, .mid = 2, .sid = STAGE_SID});
	ir_build_patch(&s->b, STAGE_AT_SESSION, 8, IR_SESSION, 1);
	(void)stage_put(s, IR_RECV, 1,
			&(struct build_hdr){ECHO_, R, .mid = 2, .sid = STAGE_SID, .credits = 1});
	stage_play(s);
	expect_at_once(s, stranger);
	expect_held(s, other);
}

/* It is given up for all that wait for it, and said once. */
static void
test_causal_a_lost_connection_holds_nobody(void **state)
{
	struct stage *s = *state;
	uint32_t lost, other;

	lost = creates(s, 0, 1, "dir");
	(void)created(s, 0, 1);
	other = creates(s, 1, 1, "dir");
	(void)created(s, 1, 1);
	s->p.die_at = lost;
	stage_play(s);
	expect_at_once(s, other);
	assert_string_equal(peer_said(&s->p),
			    "disconnect #7 connection: an answer, closed by the server\n");
}

/* What is to go out together does not wait for each other, though it was answered in turn. */
static void
test_causal_gives_way_to_a_barrier(void **state)
{
	struct stage *s = *state;
	uint32_t first, other;

	first = creates(s, 0, 1, "dir");
	(void)created(s, 0, 1);
	other = creates(s, 1, 1, "dir");
	(void)created(s, 1, 1);
	s->b.events[first].timing = s->b.events[other].timing = &(struct ir_timing){.barrier = "b"};
	stage_play(s);
	expect_at_once(s, first);
	expect_at_once(s, other);
	assert_string_equal(peer_said(&s->p), "");
}

static void
test_causal_waits_cannot_be_turned_round(void **state)
{
	struct stage *s = *state;
	struct err e = {0};
	uint32_t first, later;

	first = creates(s, 0, 1, "dir");
	later = creates(s, 1, 1, "dir");
	s->b.events[first].after = &later;
	s->b.events[first].n_after = 1;
	s->b.ir.path = "p.smb";
	assert_int_equal(after_check(&s->b.ir, ORDER_CONNECTION, &e), 0);
	assert_int_equal(after_check(&s->b.ir, ORDER_CAUSAL, &e), ERR_USAGE);
	assert_non_null(strstr(e.text, "--order=causal"));
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, stage_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_causal_a_conflict_waits_for_the_answer),
		TEST(test_causal_what_overlapped_keeps_its_order_only),
		TEST(test_causal_others_do_not_wait),
		TEST(test_causal_a_session_receives_on_all_its_channels),
		TEST(test_causal_a_lost_connection_holds_nobody),
		TEST(test_causal_gives_way_to_a_barrier),
		TEST(test_causal_waits_cannot_be_turned_round),
	};
#undef TEST

	return cmocka_run_group_tests(tests, NULL, NULL);
}
