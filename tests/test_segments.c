/*
 * What goes out in one write, against a scripted server (tests/peer.c); cuts in messages that
 * change their length; pieces that a full socket holds up.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/socket.h>
#include <unistd.h>

#include <stdlib.h>

#include "replay/outq.h"
#include "replay/segments.h"
#include "tests/stage.h"

#define R F_RESPONSE
#define ECHO_SIZE 72 /* with its frame header */
#define TIMEOUT 1000000000u

static int
setup(void **state)
{
	int r = stage_setup(state);
	struct stage *s = *state;

	if (r != 0)
		return r;
	s->p.opt.segments = SEGMENTS_RECORDED;
	(void)stage_connect(s, 0);
	return 0;
}

/* The first answer grants enough for all, the others replace what was used. */
static struct ir_event *
echo(struct stage *s, enum ir_kind kind, uint64_t mid)
{
	uint16_t credits = mid == 0 ? 2 : 1;

	if (kind == IR_SEND)
		credits = 0;
	body_empty(&s->body);
	build_one(
		&s->msg,
		&(struct build_hdr){ECHO_, kind == IR_RECV ? R : 0, .mid = mid, .credits = credits},
		&s->body);
	return &s->b.events[ir_build_event(&s->b, kind, 0, buf_slice(&s->msg))];
}

static struct ir_event *
joined(struct ir_event *ev)
{
	ev->joined = true;
	return ev;
}

static void
cut(struct ir_event *ev, const uint32_t *cuts, uint32_t n)
{
	ev->cuts = cuts;
	ev->n_cuts = n;
}

/* The sizes of the writes, and how many segments were split. */
static void
assert_writes(struct stage *s, const char *writes, uint64_t split)
{
	stage_play(s);
	assert_string_equal(peer_writes(&s->p), writes);
	assert_int_equal(engine_totals(s->p.engine)->split_segments, split);
}

static void
test_segments_a_message_is_a_write_unless_asked(void **state)
{
	static const uint32_t cuts[] = {2, 30};
	struct stage *s = *state;

	s->p.opt.segments = SEGMENTS_MESSAGE;
	cut(echo(s, IR_SEND, 0), cuts, 2);
	(void)joined(echo(s, IR_SEND, 1));
	assert_writes(s, "72 72", 0);
}

static void
test_segments_cut_and_joined_as_recorded(void **state)
{
	static const uint32_t first[] = {2, 30}, third[] = {10};
	struct stage *s = *state;

	cut(echo(s, IR_SEND, 0), first, 2);
	(void)joined(echo(s, IR_SEND, 1));
	cut(joined(echo(s, IR_SEND, 2)), third, 1);
	(void)echo(s, IR_SEND, 3);
	assert_writes(s, "2 28 124 62 72", 0);
}

/* The rest of the second message was complete after the answer to the first. */
static void
test_segments_a_joined_message_passes_an_answer(void **state)
{
	static const uint32_t cuts[] = {30};
	struct stage *s = *state;

	(void)echo(s, IR_SEND, 0);
	echo(s, IR_RECV, 0)->joined = true; /* of a receipt it means nothing */
	(void)echo(s, IR_SEND, 1);
	(void)echo(s, IR_RECV, 1);
	cut(joined(echo(s, IR_SEND, 2)), cuts, 1);
	(void)echo(s, IR_RECV, 2);
	assert_writes(s, "72 102 42", 0);
	assert_string_equal(peer_said(&s->p), "");
}

/* It needs what the answer brings: the first goes out alone, and it is told. */
static void
test_segments_a_value_that_is_awaited_splits(void **state)
{
	struct stage *s = *state;

	body_tree_req(&s->body, "IPC$");
	build_one(&s->msg, &(struct build_hdr){TREE_CONNECT, .mid = 0}, &s->body);
	(void)ir_build_event(&s->b, IR_SEND, 0, buf_slice(&s->msg));
	body_tree_resp(&s->body, 2);
	build_one(&s->msg, &(struct build_hdr){TREE_CONNECT, R, .mid = 0, .tid = 7}, &s->body);
	(void)ir_build_event(&s->b, IR_RECV, 0, buf_slice(&s->msg));
	ir_build_patch(&s->b, 40, 4, IR_TREE, 1);
	body_empty(&s->body);
	build_one(&s->msg, &(struct build_hdr){TREE_DISCONNECT, .mid = 1, .tid = 7}, &s->body);
	(void)joined(&s->b.events[ir_build_event(&s->b, IR_SEND, 0, buf_slice(&s->msg))]);
	ir_build_patch(&s->b, 40, 4, IR_TREE, 1);
	assert_writes(s, "84 72", 1);
	assert_null(peer_check_sent(&s->p, 3));
}

/* Without an order the second waits for a credit, which only the answer to the first brings. */
static void
test_segments_what_waits_for_credits_splits(void **state)
{
	struct stage *s = *state;

	(void)echo(s, IR_SEND, 0);
	(void)echo(s, IR_RECV, 0);
	(void)joined(echo(s, IR_SEND, 1));
	(void)echo(s, IR_RECV, 1);
	s->p.opt.order = ORDER_NONE;
	assert_writes(s, "72 72", 1);
	assert_string_equal(peer_said(&s->p), "");
	assert_true(s->p.now < s->p.start + TIMEOUT);
}

/* The segment goes out when its last message is due. */
static void
test_segments_wait_for_their_time(void **state)
{
	struct stage *s = *state;

	(void)echo(s, IR_SEND, 0);
	(void)joined(echo(s, IR_SEND, 1));
	s->p.opt.pace = PACE_RECORDED;
	assert_writes(s, "144", 0);
}

static void
test_segments_what_is_held_goes_out_before_a_fin(void **state)
{
	struct stage *s = *state;
	struct ir_event *fin;

	(void)echo(s, IR_SEND, 0);
	fin = &s->b.events[ir_build_event(&s->b, IR_FIN, 0, (struct slice){0})];
	(void)joined(echo(s, IR_SEND, 1));
	assert_false(fin->server);
	assert_writes(s, "72 72", 1);
}

/* Joined to more than any segment holds. */
static void
test_segments_are_bounded(void **state)
{
	struct stage *s = *state;
	uint8_t *large = calloc(1, SEGMENTS_MAX);

	assert_non_null(large);
	wire_put_be(large + 1, 3, SEGMENTS_MAX - 4);
	(void)echo(s, IR_SEND, 0);
	(void)joined(
		&s->b.events[ir_build_event(&s->b, IR_SEND, 0, slice_of(large, SEGMENTS_MAX))]);
	(void)joined(echo(s, IR_SEND, 1));
	assert_writes(s, "72 524288 72", 0);
	free(large);
}

/* A TREE_CONNECT whose path became 6 bytes longer: what stands behind it moves. */
static void
test_segments_cuts_move_with_the_bytes(void **state)
{
	struct stage *s = *state;
	struct buf other = {0};
	struct ir_event *ev;
	struct engine_message m;
	struct slice was;

	body_tree_req(&s->body, "\\\\a\\x");
	build_one(&s->msg, &(struct build_hdr){TREE_CONNECT, .mid = 0}, &s->body);
	body_empty(&s->body);
	build_pdu(&s->msg, &(struct build_hdr){ECHO_, .mid = 1}, buf_slice(&s->body));
	buf_reset(&s->body);
	ev = &s->b.events[ir_build_event(&s->b, IR_SEND, 0, buf_slice(&s->msg))];
	ir_build_patch(&s->b, 4 + 64 + 8 + 4, 6, IR_SERVER, 0);
	was = buf_slice(&s->msg);
	body_tree_req(&s->body, "\\\\a\\xyzzy");
	build_one(&other, &(struct build_hdr){TREE_CONNECT, .mid = 0}, &s->body);
	body_empty(&s->body);
	build_pdu(&other, &(struct build_hdr){ECHO_, .mid = 1}, buf_slice(&s->body));
	m = (struct engine_message){.plain = buf_slice(&other), .wire = buf_slice(&other)};

	assert_int_equal(other.n - was.n, 8);
	assert_int_equal(segments_cut(ev, was, &m, 2), 2);
	assert_int_equal(segments_cut(ev, was, &m, 70), 70);
	assert_int_equal(segments_cut(ev, was, &m, 82), 82); /* inside the name */
	assert_int_equal(segments_cut(ev, was, &m, 86), 94); /* its end */
	assert_int_equal(segments_cut(ev, was, &m, was.n - 3), other.n - 3);
	m.layers = IR_SEALED;
	assert_int_equal(segments_cut(ev, was, &m, 2), 2);
	assert_int_equal(segments_cut(ev, was, &m, 70), 122);
	ev->layers = IR_SEALED;
	assert_int_equal(segments_cut(ev, was, &m, 30), 30);
	assert_int_equal(segments_cut(ev, was, &m, 122), 122);
	m.layers = 0;
	assert_int_equal(segments_cut(ev, was, &m, 30), 0); /* in a seal that is not there */
	assert_int_equal(segments_cut(ev, was, &m, 122), 70);
	buf_free(&other);
}

/* Pieces of 1 to 5000 bytes through a small socket: each is a record of its own on the other side.
 */
static void
test_outq_keeps_pieces_apart(void **state)
{
	enum { PIECES = 3000 };
	struct outq q = {.apart = true};
	uint8_t sent[5000], got[8192];
	int fd[2], small = 4096;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, fd), 0);
	assert_int_equal(setsockopt(fd[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof(small)), 0);
	for (size_t i = 0; i < PIECES; i++) {
		memset(sent, (int)(i % 251), sizeof(sent));
		assert_int_equal(outq_send(&q, fd[0], slice_of(sent, 1 + i * 7 % 2000)), 0);
	}
	assert_true(outq_waits(&q));
	for (size_t i = 0; i < PIECES; i++) {
		assert_int_equal(outq_flush(&q, fd[0]), 0);
		assert_int_equal(recv(fd[1], got, sizeof(got), 0), 1 + i * 7 % 2000);
		assert_int_equal(got[0], i % 251);
	}
	assert_false(outq_waits(&q));
	(void)close(fd[1]);
	assert_true(outq_send(&q, fd[0], slice_of(sent, 1)) < 0);
	(void)close(fd[0]);
	outq_free(&q);
}

/* What a server leaves unread is bounded. */
static void
test_outq_is_bounded(void **state)
{
	struct outq q = {.apart = false};
	uint8_t *piece = calloc(1, OUTQ_MAX / 4);
	int fd[2], r = 0;

	(void)state;
	assert_non_null(piece);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd), 0);
	for (int i = 0; i < 10 && r == 0; i++)
		r = outq_send(&q, fd[0], slice_of(piece, OUTQ_MAX / 4));
	assert_int_equal(r, ERR_LIMIT);
	outq_free(&q);
	free(piece);
	(void)close(fd[0]);
	(void)close(fd[1]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, stage_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_segments_a_message_is_a_write_unless_asked),
		TEST(test_segments_cut_and_joined_as_recorded),
		TEST(test_segments_a_joined_message_passes_an_answer),
		TEST(test_segments_a_value_that_is_awaited_splits),
		TEST(test_segments_what_waits_for_credits_splits),
		TEST(test_segments_wait_for_their_time),
		TEST(test_segments_what_is_held_goes_out_before_a_fin),
		TEST(test_segments_are_bounded),
		TEST(test_segments_cuts_move_with_the_bytes),
		cmocka_unit_test(test_outq_keeps_pieces_apart),
		cmocka_unit_test(test_outq_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
