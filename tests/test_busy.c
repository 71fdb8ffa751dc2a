/* Threads that keep processors busy. */
#include "config.h"

#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <time.h>

#include <cmocka.h>

#include "replay/busy.h"

static uint64_t
spent(clockid_t clock)
{
	struct timespec t;

	assert_int_equal(clock_gettime(clock, &t), 0);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* CPU time of all threads but this one, in ns. */
static uint64_t
spent_by_others(void)
{
	uint64_t own = spent(CLOCK_THREAD_CPUTIME_ID);

	return spent(CLOCK_PROCESS_CPUTIME_ID) - own;
}

static void
test_threads_spend_time(void **state)
{
	struct busy *b;
	uint64_t before = spent_by_others();

	(void)state;
	assert_int_equal(busy_start(2, &b), 0);
	assert_non_null(b);
	while (spent_by_others() - before < 5000000)
		continue;
	busy_stop(b);
	assert_int_equal(busy_start(0, &b), 0);
	assert_null(b);
	busy_stop(b);
}

static void
test_all_but_one_of_those_that_may_be_used(void **state)
{
	cpu_set_t all, one;

	(void)state;
	assert_int_equal(sched_getaffinity(0, sizeof(all), &all), 0);
	assert_int_equal(busy_all_but_one(), CPU_COUNT(&all) - 1);
	CPU_ZERO(&one);
	for (int i = 0; CPU_COUNT(&one) == 0; i++)
		if (CPU_ISSET(i, &all))
			CPU_SET(i, &one);
	assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
	assert_int_equal(busy_all_but_one(), 0);
	assert_int_equal(sched_setaffinity(0, sizeof(all), &all), 0);
}

static void
test_addresses_of_this_machine(void **state)
{
	(void)state;
	assert_true(busy_is_here("127.0.0.1"));
	assert_true(busy_is_here("127.9.8.7"));
	assert_false(busy_is_here("192.0.2.1"));
	assert_false(busy_is_here(""));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_threads_spend_time),
		cmocka_unit_test(test_all_but_one_of_those_that_may_be_used),
		cmocka_unit_test(test_addresses_of_this_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
