/* Conflicts: which earlier sends an event meets, and what orders them. Hand-written workloads of
 * two clients; each message's label stands for it. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "ir/conflicts.h"
#include "ir/ir_files.h"

#define LOGONS "{\"ev\":\"logon\",\"c\":0}\n{\"ev\":\"logon\",\"c\":1}\n"
/* A message of client `c` with fields `f`; it is answered at once with that status. */
#define SEND(c, label, f)                                                                          \
	"{\"ev\":\"send\",\"c\":" #c ",\"label\":\"" label "\",\"fields\":{" f                     \
	"},\"expect\":{\"status\":\"STATUS_SUCCESS\"}}\n"
/* An answer comes later: WAIT, then GOT. */
#define WAIT(c, label, f)                                                                          \
	"{\"ev\":\"send\",\"c\":" #c ",\"label\":\"" label "\",\"fields\":{" f                     \
	"},\"expect\":\"later\"}\n"
#define GOT(c, label)                                                                              \
	"{\"ev\":\"recv\",\"c\":" #c ",\"answers\":\"" label                                       \
	"\",\"expect\":{\"status\":\"STATUS_SUCCESS\"}}\n"
#define COMMAND(name) "\"command\":\"" name "\""
#define NAME(path) ",\"body.name\":\"" path "\""
#define OPENS(path) COMMAND("CREATE") NAME(path) ",\"body.create_disposition\":1"
#define MAKES(path) COMMAND("CREATE") NAME(path) ",\"body.create_disposition\":2"
#define READS(path) OPENS(path) ",\"body.desired_access\":\"0x120089\""
#define RANGE(off, n) ",\"body.offset\":" #off ",\"body.length\":" #n
#define LOCKS(off, n, flags)                                                                       \
	COMMAND("LOCK")                                                                            \
	",\"body.locks\":[{\"offset\":" #off ",\"length\":" #n ",\"flags\":" #flags "}]"

struct fixture {
	struct ir ir;
	struct conflicts *c;
	bool loaded;
};

static int
setup(void **state)
{
	static struct fixture f;

	f = (struct fixture){.c = NULL};
	*state = &f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	conflicts_free(f->c);
	if (f->loaded)
		ir_free(&f->ir);
	return 0;
}

static void
load(struct fixture *f, const char *text)
{
	struct err e = {0};

	if (ir_parse_file("p.smb", slice_of((const uint8_t *)text, strlen(text)), &f->ir, &e) != 0)
		fail_msg("%s", e.text);
	f->loaded = true;
	assert_int_equal(conflicts_new(&f->ir, &f->c), 0);
}

static uint32_t
event(const struct fixture *f, const char *label)
{
	for (uint32_t i = 0; i < f->ir.n_events; i++)
		if (f->ir.events[i].label != NULL && strcmp(f->ir.events[i].label, label) == 0)
			return i;
	fail_msg("no %s", label);
	return 0;
}

/* The conflict of two messages; NULL: there is none. */
static const struct conflict *
between(const struct fixture *f, const char *earlier, const char *later)
{
	size_t n;
	const struct conflict *list = conflicts_of(f->c, event(f, later), &n);

	for (size_t i = 0; i < n; i++)
		if (list[i].other == event(f, earlier))
			return &list[i];
	return NULL;
}

static void
expect_kind(const struct fixture *f, const char *earlier, const char *later,
	    enum conflict_kind kind)
{
	const struct conflict *e = between(f, earlier, later);

	assert_non_null(e);
	assert_string_equal(conflict_kind_names[e->kind], conflict_kind_names[kind]);
}

static void
expect_none(const struct fixture *f, const char *earlier, const char *later)
{
	assert_null(between(f, earlier, later));
}

static void
test_names_meet_whatever_their_case(void **state)
{
	struct fixture *f = *state;

	load(f, LOGONS SEND(0, "mkdir", MAKES("Dir")) SEND(1, "below", OPENS("DIR\\\\x"))
			SEND(1, "same", OPENS("dir")) SEND(1, "other", OPENS("dir2\\\\x")));
	expect_kind(f, "mkdir", "below", CONFLICT_NAME);
	expect_kind(f, "mkdir", "same", CONFLICT_FILE);
	expect_none(f, "mkdir", "other");
}

static void
test_readers_do_not_meet(void **state)
{
	struct fixture *f = *state;

	load(f, LOGONS SEND(0, "a", READS("x")) SEND(1, "b", READS("x"))
			SEND(0, "read_a", COMMAND("READ") RANGE(0, 10))
				SEND(1, "read_b", COMMAND("READ") RANGE(0, 10))
					SEND(1, "writer", OPENS("x")));
	expect_none(f, "a", "b");
	expect_none(f, "read_a", "read_b");
	expect_kind(f, "a", "writer", CONFLICT_FILE);
}

static void
test_bytes_meet_where_they_overlap(void **state)
{
	struct fixture *f = *state;

	load(f, LOGONS SEND(0, "a", OPENS("x")) SEND(1, "b", OPENS("x")) SEND(0, "lock",
									      LOCKS(0, 10, 2))
			SEND(1, "apart", LOCKS(10, 10, 2)) SEND(1, "meets", LOCKS(9, 1, 2))
				SEND(0, "write",
				     COMMAND("WRITE") ",\"body.offset\":100,\"body.data\":\"6162\"")
					SEND(1, "reads", COMMAND("READ") RANGE(101, 10))
						SEND(1, "before", COMMAND("READ") RANGE(90, 10)));
	expect_kind(f, "a", "b", CONFLICT_FILE);
	expect_none(f, "lock", "apart");
	expect_kind(f, "lock", "meets", CONFLICT_DATA);
	expect_kind(f, "write", "reads", CONFLICT_DATA);
	expect_none(f, "write", "before");
}

/* Neighbouring writes are one to those that come later, not to themselves. */
static void
test_a_write_meets_with_its_own_bytes(void **state)
{
	struct fixture *f = *state;

	load(f, LOGONS SEND(0, "a", OPENS("x")) SEND(1, "b", OPENS("x")) SEND(
			0, "first", COMMAND("WRITE") ",\"body.offset\":0,\"body.data\":\"6162\"")
			SEND(1, "reads", COMMAND("READ") RANGE(0, 2))
				SEND(0, "next",
				     COMMAND("WRITE") ",\"body.offset\":2,\"body.data\":\"6162\"")
					SEND(1, "both", COMMAND("READ") RANGE(0, 4)));
	expect_none(f, "reads", "next");
	expect_kind(f, "next", "both", CONFLICT_DATA);
}

static void
test_a_listing_sees_what_changes(void **state)
{
	struct fixture *f = *state;

	load(f, LOGONS SEND(0, "dir", READS("d")) SEND(1, "made", MAKES("d\\\\x"))
			SEND(1, "made_too", MAKES("e\\\\x"))
				SEND(0, "list", COMMAND("QUERY_DIRECTORY"))
					SEND(0, "again", COMMAND("QUERY_DIRECTORY")));
	expect_kind(f, "made", "list", CONFLICT_LISTING);
	expect_none(f, "made_too", "list");
	/* Behind the one before on its own session, which came behind it. */
	expect_none(f, "made", "again");
}

static void
test_two_that_make_files_beside_each_other_do_not_meet(void **state)
{
	struct fixture *f = *state;

	load(f, LOGONS SEND(0, "a", MAKES("d\\\\a")) SEND(1, "b", MAKES("d\\\\b")));
	expect_none(f, "a", "b");
}

static void
test_answers_are_waited_for_as_recorded(void **state)
{
	struct fixture *f = *state;
	const struct conflict *e;

	load(f, LOGONS SEND(0, "answered", MAKES("a")) WAIT(0, "at_work", MAKES("b"))
			SEND(1, "a", OPENS("a")) SEND(1, "b", OPENS("b")) GOT(0, "at_work"));
	e = between(f, "answered", "a");
	assert_non_null(e);
	assert_false(e->overlaps);
	assert_int_equal(e->after, event(f, "answered") + 1);
	e = between(f, "at_work", "b");
	assert_non_null(e);
	assert_true(e->overlaps);
	assert_int_equal(e->after, event(f, "at_work"));
}

static int
count(void *ctx, uint32_t n, const struct conflict *pair)
{
	(void)n;
	(void)pair;
	++*(size_t *)ctx;
	return 0;
}

static void
test_chance_is_told_with_its_reason(void **state)
{
	struct fixture *f = *state;
	size_t n = 0;

	load(f, LOGONS SEND(0, "mkdir", MAKES("D\\\\v")) SEND(1, "file", MAKES("d\\\\V\\\\x")));
	assert_int_equal(conflicts_pairs(f->c, count, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(between(f, "mkdir", "file")->kind, CONFLICT_NAME);
	assert_true(between(f, "mkdir", "file")->place != 0);
}

/* The holder's acknowledgment comes of the break, and that of the second CREATE. */
static void
test_a_break_orders(void **state)
{
	struct fixture *f = *state;

	load(f, LOGONS SEND(0, "holder", OPENS("x") ",\"body.requested_oplock_level\":9")
			WAIT(1, "breaks",
			     OPENS("x")) "{\"ev\":\"recv\",\"c\":0,\"expect\":{\"command\":"
					 "\"OPLOCK_BREAK\"}}\n" SEND(0, "ack", COMMAND("CLOSE"))
						 GOT(1, "breaks"));
	assert_false(between(f, "holder", "breaks")->ordered);
	assert_non_null(between(f, "breaks", "ack"));
	assert_true(between(f, "breaks", "ack")->ordered);
}

/* What a connection's own session has received before. */
static void
test_history(void **state)
{
	struct fixture *f = *state;
	struct conflicts_history h[2];
	uint32_t needs[CONFLICTS_NEEDS_MAX];

	load(f, LOGONS SEND(0, "a", OPENS("x")) SEND(0, "b", COMMAND("CLOSE")));
	conflicts_received(f->c, event(f, "b"), h);
	assert_true(h[0].n > 0 && h[1].n > 0);
	assert_int_equal(h[0].events[h[0].n - 1], event(f, "a") + 1);
	for (size_t i = 0; i < h[0].n; i++)
		assert_int_equal(f->ir.events[h[0].events[i]].conn, 0);
	/* The session, the tree, the open. */
	assert_int_equal(conflicts_needs(f->c, event(f, "b"), needs, CONFLICTS_NEEDS_MAX), 3);
	assert_int_equal(conflicts_needs(f->c, event(f, "b"), needs, 1), 1);
}

/* One server process may be to serve both connections. */
static void
test_a_client_connects_one_by_one(void **state)
{
	struct fixture *f = *state;
	const struct conflict *e;
	size_t n;

	load(f, LOGONS);
	for (uint32_t i = 0; i < f->ir.n_events; i++) {
		e = conflicts_of(f->c, i, &n);
		if (n == 0)
			continue;
		assert_int_equal(n, 1);
		assert_int_equal(e->kind, CONFLICT_CLIENT);
		assert_true(e->ordered);
		assert_int_equal(f->ir.events[i].conn, 1);
		return;
	}
	fail();
}

static void
test_an_end_closes_what_is_open(void **state)
{
	struct fixture *f = *state;

	load(f, LOGONS SEND(0, "a", OPENS("x")) "{\"ev\":\"fin\",\"from\":\"client\",\"c\":0,"
						"\"label\":\"end\"}\n" SEND(1, "b", OPENS("x")));
	expect_kind(f, "end", "b", CONFLICT_FILE);
}

/* The file goes with its last open, whoever wanted it to go. */
static void
test_the_last_close_of_a_doomed_file_removes_its_name(void **state)
{
	struct fixture *f = *state;

	load(f, LOGONS SEND(0, "a", OPENS("x"))
			SEND(1, "b", OPENS("x") ",\"body.create_options\":\"0x1000\"")
				SEND(1, "close_b", COMMAND("CLOSE")) SEND(1, "pending", OPENS("x"))
					SEND(0, "close_a", COMMAND("CLOSE")));
	expect_kind(f, "pending", "close_a", CONFLICT_NAME);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_names_meet_whatever_their_case),
		TEST(test_readers_do_not_meet),
		TEST(test_bytes_meet_where_they_overlap),
		TEST(test_a_write_meets_with_its_own_bytes),
		TEST(test_a_listing_sees_what_changes),
		TEST(test_two_that_make_files_beside_each_other_do_not_meet),
		TEST(test_answers_are_waited_for_as_recorded),
		TEST(test_chance_is_told_with_its_reason),
		TEST(test_a_break_orders),
		TEST(test_history),
		TEST(test_a_client_connects_one_by_one),
		TEST(test_an_end_closes_what_is_open),
		TEST(test_the_last_close_of_a_doomed_file_removes_its_name),
	};
#undef TEST

	return cmocka_run_group_tests(tests, NULL, NULL);
}
