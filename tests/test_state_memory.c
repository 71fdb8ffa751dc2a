/* The first state survives the failure of each single allocation: derived, written as lines, read.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "ir/state_feed.h"
#include "ir/state_out.h"
#include "ir/state_read.h"
#include "tests/fail_alloc.h"
#include "tests/load_capture.h"

/* From messages to lines and back. */
static int
round_trip(const struct ir *ir)
{
	struct json_out lines = {.comma = false};
	struct state s, again = {.n = 0};
	struct err e = {0};
	int r = state_derive(ir, &s);

	for (size_t i = 0; r == 0 && i < s.n; i++)
		state_put_lines(&lines, &s.list[i]);
	if (r == 0)
		r = lines.b.err;
	if (r == 0)
		r = state_parse("state", buf_slice(&lines.b), ir, &again, &e);
	if (r == 0 && again.n != s.n)
		r = ERR_INTERNAL;
	state_free(&again);
	state_free(&s);
	buf_free(&lines.b);
	return r;
}

static void
check_capture(const char *name, unsigned long least)
{
	struct ir ir;
	unsigned long n;

	load_capture(name, &ir);
	fail_alloc_at(0);
	assert_int_equal(round_trip(&ir), 0);
	n = fail_alloc_count();
	assert_true(n > least);
	for (unsigned long i = 1; i <= n; i++) {
		int r;

		fail_alloc_at(i);
		r = round_trip(&ir);
		fail_alloc_at(0);
		if (r != ERR_NOMEM)
			fail_msg("%s: allocation %lu of %lu: %d", name, i, n, r);
	}
	ir_free(&ir);
}

static void
test_state_memory(void **state)
{
	(void)state;
	check_capture("smbclient-202", 500);
	check_capture("bodies", 500);
	check_capture("smbtorture-compound.related1", 30);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_state_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
