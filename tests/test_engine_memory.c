/* A whole session survives the failure of each single allocation: an error, no crash, no leak. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <unistd.h>

#include "compile/compile.h"
#include "tests/fail_alloc.h"
#include "tests/load_capture.h"
#include "tests/peer.h"

/* The first CREATE of the first connection, behind a logon. */
static uint64_t
first_create(const struct ir *ir)
{
	for (size_t i = 0; i < ir->n_events; i++)
		if (ir->events[i].kind == IR_SEND && ir->events[i].conn == 0 &&
		    ir->events[i].commands != NULL && strcmp(ir->events[i].commands, "CREATE") == 0)
			return i;
	return PEER_NEVER;
}

/*
 * The server grants another oplock level than recorded (MS-SMB2 2.2.14), so that differences are
 * told too; with `drops` it ends the connection in the middle, and answers what was not recorded
 * with nonsense.
 */
static int
session(const struct ir *ir, bool drops)
{
	struct peer p;
	int r;

	peer_init(&p, ir);
	p.opt.pace = PACE_THINK; /* messages are made ready before their time, too */
	if (drops) {
		p.die_at = first_create(ir);
		p.opt.on_drop = DROP_RECONNECT;
		p.moves_ids = true;
		assert_true(p.die_at != PEER_NEVER);
	}
	p.alter_at = 4 + 64 + 2;
	for (size_t i = 0; i < ir->n_events && p.alter == PEER_NEVER; i++)
		if (ir->events[i].kind == IR_RECV && ir->events[i].n_patches > 0 &&
		    ir->events[i].patches[0].what == IR_OPEN)
			p.alter = i;
	r = peer_start(&p);
	if (r == 0)
		r = peer_play(&p);
	if (r == 0 && p.divergences.err == 0)
		assert_non_null(
			strstr(peer_said(&p), drops ? "lost before it came" : "body.oplock_level"));
	if (r == 0 && (p.divergences.err != 0 || p.order.err != 0 || p.audit.err != 0 ||
		       p.writes.err != 0 || p.own.err != 0))
		r = ERR_NOMEM; /* the test's own */
	for (size_t i = 0; r == 0 && i < ir->n_events; i++)
		r = p.sent[i].err;
	peer_free(&p);
	return r;
}

static void
check_capture(const char *name, bool drops)
{
	struct ir ir;
	unsigned long n;

	load_capture(name, &ir);
	fail_alloc_at(0);
	assert_int_equal(session(&ir, drops), 0);
	n = fail_alloc_count();
	assert_true(n > 30);
	for (unsigned long i = 1; i <= n; i++) {
		int r;

		fail_alloc_at(i);
		r = session(&ir, drops);
		fail_alloc_at(0);
		if (r != ERR_NOMEM)
			fail_msg("%s: allocation %lu of %lu: %d", name, i, n, r);
	}
	ir_free(&ir);
}

/* From the capture to a workload on disk; none is left behind when memory is out. */
static void
test_engine_memory_compile(void **state)
{
	const struct compile_options opt = {.command_line = ""};
	char dir[] = "/tmp/smbench-test-XXXXXX";
	struct cap_input input = {.path = capture_path("smbtorture-oplock.exclusive2")};
	struct compile_result result;
	unsigned long i = 0;
	bool done;
	int r;

	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_int_equal(rmdir(dir), 0);
	do {
		struct err e = {0};

		fail_alloc_at(++i);
		r = compile_captures(&input, 1, dir, &opt, &result, &e);
		done = fail_alloc_count() < i;
		fail_alloc_at(0);
		assert_int_equal(r, done ? 0 : ERR_NOMEM);
		assert_int_equal(e.code, r);
		assert_int_equal(access(dir, F_OK) == 0, done);
	} while (!done);
	assert_true(i > 30);
	remove_workload(dir);
}

static void
test_engine_memory_an_unsigned_session(void **state)
{
	(void)state;
	check_capture("smbtorture-compound.related1", false);
}

static void
test_engine_memory_two_connections(void **state)
{
	(void)state;
	check_capture("smbtorture-oplock.exclusive2", false);
}

static void
test_engine_memory_a_reconnection(void **state)
{
	(void)state;
	check_capture("smbtorture-oplock.exclusive2", true);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_engine_memory_compile),
		cmocka_unit_test(test_engine_memory_an_unsigned_session),
		cmocka_unit_test(test_engine_memory_two_connections),
		cmocka_unit_test(test_engine_memory_a_reconnection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
