/* Cutting: what is kept, and with which ids and credits. Small literal workloads, cut, loaded
 * again. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "ir/cut.h"
#include "tests/ir_build.h"
#include "tests/smb2_build.h"

#define R F_RESPONSE
#define SECOND 1000000000u
#define MESSAGE_ID 28 /* in a message: MS-SMB2 2.2.1.2, behind 4 bytes of frame header */
#define CREDITS 18

struct fixture {
	struct ir_build b;
	struct buf msg, body, scratch;
	struct ir cut;
	bool loaded;
	struct cut_result result;
	char dir[32];
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	*state = f;
	if (f == NULL)
		return -1;
	ir_build_init(&f->b);
	(void)snprintf(f->dir, sizeof(f->dir), "/tmp/test_cut.XXXXXX");
	return mkdtemp(f->dir) != NULL ? 0 : -1;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;
	struct ir_writer *w;

	if (f->loaded)
		ir_free(&f->cut);
	/* A workload that is opened for writing and given up leaves an empty directory. */
	if (ir_writer_open(f->dir, true, &w, NULL) == 0)
		ir_writer_abandon(w);
	(void)rmdir(f->dir);
	ir_build_free(&f->b);
	buf_free(&f->msg);
	buf_free(&f->body);
	buf_free(&f->scratch);
	free(f);
	return 0;
}

static uint32_t
add(struct fixture *f, uint32_t conn, const struct build_hdr *h)
{
	if (f->body.n == 0)
		body_empty(&f->body);
	build_one(&f->msg, h, &f->body);
	return ir_build_event(&f->b, (h->flags & R) != 0 ? IR_RECV : IR_SEND, conn,
			      buf_slice(&f->msg));
}

/* A request and its answer, which grants one credit; the number of the request. */
static uint32_t
echo(struct fixture *f, uint32_t conn, uint64_t mid, uint16_t credits)
{
	uint32_t n = add(f, conn, &(struct build_hdr){ECHO_, .mid = mid, .credits = credits});

	(void)add(f, conn, &(struct build_hdr){ECHO_, R, .mid = mid, .credits = credits});
	return n;
}

static void
connect(struct fixture *f, uint32_t conn)
{
	(void)ir_build_event(&f->b, IR_CONNECT, conn, (struct slice){0});
}

/* CREATE of a file in no tree, its answer defines the open; the number of the request. */
static uint32_t
create(struct fixture *f, uint64_t mid, const char *name, uint32_t open)
{
	uint32_t n;

	body_create_req(&f->body, name);
	n = add(f, 0, &(struct build_hdr){CREATE, .mid = mid});
	body_create_resp(&f->body, 0, open, open);
	(void)add(f, 0, &(struct build_hdr){CREATE, R, .mid = mid, .credits = 1});
	ir_build_patch(&f->b, 132, 16, IR_OPEN, open);
	return n;
}

static uint32_t
close_open(struct fixture *f, uint64_t mid, uint32_t open)
{
	uint32_t n;

	body_close_req(&f->body, open, open);
	n = add(f, 0, &(struct build_hdr){CLOSE, .mid = mid});
	ir_build_patch(&f->b, 76, 16, IR_OPEN, open);
	body_close_resp(&f->body);
	(void)add(f, 0, &(struct build_hdr){CLOSE, R, .mid = mid, .credits = 1});
	return n;
}

/* Cut what the ranges ask for and load it. Returns what cut_workload does. */
static int
cut(struct fixture *f, const struct cut_range *numbers, size_t n, bool history)
{
	const struct cut_options opt = {.numbers = {numbers, n},
					.to = UINT64_MAX,
					.history = history,
					.command_line = "cut"};
	struct ir_writer *w;
	struct err e = {0};
	int r;

	assert_int_equal(ir_writer_open(f->dir, true, &w, &e), 0);
	r = cut_workload(&f->b.ir, &opt, w, &f->result, &e);
	if (r == 0 && ir_load(f->dir, &f->cut, &e) != 0)
		fail_msg("%s", err_text(&e));
	f->loaded = r == 0;
	return r;
}

static int
cut_one(struct fixture *f, uint64_t n)
{
	const struct cut_range one = {n, n};

	return cut(f, &one, 1, true);
}

static uint64_t
field(struct fixture *f, size_t n, size_t at, size_t width)
{
	struct slice s = ir_bytes(&f->cut, &f->cut.events[n], &f->scratch);

	assert_true(s.n >= at + width);
	return wire_le(s.p + at, width);
}

static void
test_cut_keeps_answers_and_closes_the_holes_in_ids(void **state)
{
	struct fixture *f = *state;
	uint32_t third;

	connect(f, 0);
	(void)echo(f, 0, 0, 5);
	(void)echo(f, 0, 1, 1);
	(void)echo(f, 0, 3, 1); /* 2 is never used */
	third = echo(f, 0, 4, 1);
	{
		/* A request, and an answer. */
		const struct cut_range both[] = {{1, 1}, {third + 1, third + 1}};

		assert_int_equal(cut(f, both, 2, true), 0);
	}
	assert_int_equal(f->cut.n_events, 5);
	assert_int_equal(f->result.asked, 2);
	assert_int_equal(f->result.kept, 4);
	assert_int_equal(f->result.renumbered, 2);
	/* Of 0 to 4 two are gone; the hole that was there stays. */
	assert_int_equal(field(f, 1, MESSAGE_ID, 8), 0);
	assert_int_equal(field(f, 3, MESSAGE_ID, 8), 2);
	assert_int_equal(field(f, 4, MESSAGE_ID, 8), 2);
	/* The recorded bytes are as they were. */
	assert_int_equal(
		wire_le(ir_recorded(&f->cut, &f->cut.events[3], &f->scratch).p + MESSAGE_ID, 8), 4);
}

static void
test_cut_keeps_what_defines_and_what_closed_before(void **state)
{
	struct fixture *f = *state;
	uint32_t last;

	connect(f, 0);
	(void)echo(f, 0, 0, 20);
	(void)create(f, 1, "a", 1);
	(void)create(f, 2, "b", 2);
	(void)close_open(f, 3, 2);
	(void)close_open(f, 4, 1);
	last = close_open(f, 5, 1); /* once more */
	assert_int_equal(cut_one(f, last), 0);
	/* Connect, CREATE of a, CLOSE twice, answers. */
	assert_int_equal(f->cut.n_events, 7);
	assert_int_equal(f->result.needed[CUT_OPEN], 5);
	assert_int_equal(field(f, 1, MESSAGE_ID, 8), 0);
	assert_int_equal(field(f, 6, MESSAGE_ID, 8), 2);
}

static void
test_cut_keeps_the_history_of_a_file(void **state)
{
	struct fixture *f = *state;
	uint32_t last;

	connect(f, 0);
	(void)echo(f, 0, 0, 20);
	(void)create(f, 1, "d\\a", 1);
	(void)close_open(f, 2, 1);
	(void)create(f, 3, "d\\b", 2);
	(void)create(f, 4, "D", 3);
	last = create(f, 5, "d\\A:s", 4);
	assert_int_equal(cut_one(f, last), 0);
	assert_int_equal(f->cut.n_events, 1 + 2 * 4); /* all but of b, and the ECHO */
}

static void
test_cut_without_history(void **state)
{
	const struct cut_range last = {7, 7};
	struct fixture *f = *state;

	connect(f, 0);
	(void)echo(f, 0, 0, 20);
	(void)create(f, 1, "a", 1);
	(void)close_open(f, 2, 1);
	(void)create(f, 3, "a", 2);
	assert_int_equal(cut(f, &last, 1, false), 0);
	assert_int_equal(f->cut.n_events, 3);
}

/* The large grant is left out: the request before asks for what is needed, and gets it. */
static void
test_cut_raises_credits(void **state)
{
	struct fixture *f = *state;
	uint32_t gap;

	connect(f, 0);
	(void)echo(f, 0, 0, 1);
	(void)create(f, 1, "a", 1);
	(void)echo(f, 0, 2, 50);
	gap = close_open(f, 30, 1);
	assert_int_equal(cut_one(f, gap), 0);
	assert_int_equal(f->cut.n_events, 5);
	assert_int_equal(f->result.raised, 1);
	/* Ids 0 and 2 are gone: 28, of which 0 is granted at first and the CREATE grants one. */
	assert_int_equal(field(f, 3, MESSAGE_ID, 8), 28);
	assert_int_equal(f->result.raised_by, 27);
	assert_int_equal(field(f, 1, CREDITS, 2), 27);
	assert_int_equal(field(f, 2, CREDITS, 2), 28);
}

/* Nothing that is kept could grant more. */
static void
test_cut_keeps_a_connection_whole_for_its_credits(void **state)
{
	struct fixture *f = *state;
	uint32_t late;

	connect(f, 0);
	(void)echo(f, 0, 0, 50);
	(void)echo(f, 0, 1, 1);
	late = echo(f, 0, 30, 1);
	(void)echo(f, 0, 31, 1);
	assert_int_equal(cut_one(f, late), 0);
	assert_int_equal(f->result.widened, 1);
	assert_int_equal(f->cut.n_events, 7);
	assert_int_equal(field(f, 5, MESSAGE_ID, 8), 30);
}

/* CANCEL with its request, by MessageId and by AsyncId. */
static void
test_cut_keeps_what_is_cancelled(void **state)
{
	struct fixture *f = *state;
	uint32_t by_id, by_async;

	connect(f, 0);
	(void)echo(f, 0, 0, 20);
	(void)add(f, 0, &(struct build_hdr){CHANGE_NOTIFY, .mid = 1});
	(void)add(f, 0, &(struct build_hdr){CHANGE_NOTIFY, .mid = 2});
	(void)add(f, 0,
		  &(struct build_hdr){CHANGE_NOTIFY, R | F_ASYNC, PENDING, .mid = 2, .async = 7});
	ir_build_patch(&f->b, 36, 8, IR_ASYNC, 1);
	by_id = add(f, 0, &(struct build_hdr){CANCEL, .mid = 1});
	by_async = add(f, 0, &(struct build_hdr){CANCEL, F_ASYNC, .mid = 0, .async = 7});
	ir_build_patch(&f->b, 36, 8, IR_ASYNC, 1);
	assert_int_equal(cut_one(f, by_id), 0);
	assert_int_equal(f->cut.n_events, 3);
	assert_int_equal(field(f, 1, MESSAGE_ID, 8), 0);
	assert_int_equal(field(f, 2, MESSAGE_ID, 8), 0);
	ir_free(&f->cut);
	assert_int_equal(cut_one(f, by_async), 0);
	assert_int_equal(f->cut.n_events, 4);
}

/* Marks go along; `after` names new numbers, and what is gone is dropped and counted. */
static void
test_cut_keeps_marks(void **state)
{
	struct fixture *f = *state;
	static const struct ir_set set = {0, "channel_sequence", "0x3"};
	uint32_t gone, kept, last, after[2];

	connect(f, 0);
	(void)echo(f, 0, 0, 20);
	gone = echo(f, 0, 1, 1);
	kept = echo(f, 0, 2, 1);
	last = echo(f, 0, 3, 1);
	after[0] = gone;
	after[1] = kept;
	f->b.events[last].after = after;
	f->b.events[last].n_after = 2;
	f->b.events[last].label = "here";
	f->b.events[last].sets = &set;
	f->b.events[last].n_sets = 1;
	{
		const struct cut_range both[] = {{kept, kept}, {last, last}};

		assert_int_equal(cut(f, both, 2, true), 0);
	}
	assert_int_equal(f->cut.n_events, 5);
	assert_int_equal(f->result.after, 1);
	assert_int_equal(f->cut.events[3].n_after, 1);
	assert_int_equal(f->cut.events[3].after[0], 1);
	assert_string_equal(f->cut.events[3].label, "here");
	assert_int_equal(field(f, 3, 12, 2), 3);
	assert_int_equal(field(f, 3, MESSAGE_ID, 8), 1);
}

static void
test_cut_shortens_pauses(void **state)
{
	struct fixture *f = *state;
	uint32_t first, last;

	connect(f, 0);
	first = echo(f, 0, 0, 20);
	(void)echo(f, 0, 1, 1);
	last = echo(f, 0, 2, 1);
	for (uint32_t n = last; n < f->b.ir.n_events; n++) {
		f->b.events[n].t_first += 100 * (uint64_t)SECOND;
		f->b.events[n].t_last += 100 * (uint64_t)SECOND;
	}
	{
		const struct cut_range both[] = {{first, first}, {last, last}};

		assert_int_equal(cut(f, both, 2, true), 0);
	}
	assert_int_equal(f->result.pauses, 1);
	assert_int_equal(f->cut.events[3].t_first - f->cut.events[2].t_last, SECOND);
}

/* An oplock break that a CREATE on another connection makes: with holder, cause and
 * acknowledgment. */
static void
test_cut_keeps_breaks_whole(void **state)
{
	struct fixture *f = *state;
	uint32_t cause, ack;

	connect(f, 0);
	connect(f, 1);
	(void)echo(f, 0, 0, 20);
	(void)create(f, 1, "a", 1);
	body_create_req(&f->body, "a");
	cause = add(f, 1, &(struct build_hdr){CREATE, .mid = 0});
	body_oplock_break(&f->body, 1, 1, 1);
	(void)add(f, 0, &(struct build_hdr){OPLOCK_BREAK, R, .mid = NO_MID});
	body_oplock_break(&f->body, 1, 1, 1);
	ack = add(f, 0, &(struct build_hdr){OPLOCK_BREAK, .mid = 2});
	ir_build_patch(&f->b, 76, 16, IR_OPEN, 1);
	body_create_resp(&f->body, 0, 2, 2);
	(void)add(f, 1, &(struct build_hdr){CREATE, R, .mid = 0, .credits = 1});
	(void)echo(f, 1, 1, 1);
	assert_int_equal(cut_one(f, ack), 0);
	assert_int_equal(f->cut.n_events, 8);
	ir_free(&f->cut);
	/* Without its history the cause alone has no holder that would be told. */
	{
		const struct cut_range one = {cause, cause};

		assert_int_equal(cut(f, &one, 1, false), 0);
		assert_int_equal(f->cut.n_events, 3);
		ir_free(&f->cut);
	}
	/* With it, the break comes, and its acknowledgment is needed. */
	assert_int_equal(cut_one(f, cause), 0);
	assert_int_equal(f->cut.n_events, 8);
}

static void
test_cut_of_nothing(void **state)
{
	struct fixture *f = *state;

	connect(f, 0);
	(void)echo(f, 0, 0, 1);
	assert_int_equal(cut_one(f, 900), ERR_NOTFOUND);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_cut_keeps_answers_and_closes_the_holes_in_ids),
		TEST(test_cut_keeps_what_defines_and_what_closed_before),
		TEST(test_cut_keeps_the_history_of_a_file),
		TEST(test_cut_without_history),
		TEST(test_cut_raises_credits),
		TEST(test_cut_keeps_a_connection_whole_for_its_credits),
		TEST(test_cut_keeps_what_is_cancelled),
		TEST(test_cut_keeps_marks),
		TEST(test_cut_shortens_pauses),
		TEST(test_cut_keeps_breaks_whole),
		TEST(test_cut_of_nothing),
	};
#undef TEST

	return cmocka_run_group_tests(tests, NULL, NULL);
}
