/* --bind-source: what is accepted, and which connection comes from where. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "replay/sources.h"

static void
test_sources_lists(void **state)
{
	struct sources s = {0};
	struct err e = {0};

	(void)state;
	assert_int_equal(sources_add(&s, "127.0.0.2,127.0.0.3", &e), 0);
	assert_int_equal(sources_add(&s, "127.0.0.4", &e), 0);
	assert_int_equal(s.n, 3);
	assert_string_equal(s.list[2].text, "127.0.0.4");
	assert_int_equal(sources_check(&s, &e), 0);
	assert_int_equal(sources_add(&s, "::1", &e), ERR_USAGE);
	assert_string_equal(err_text(&e),
			    "--bind-source: 127.0.0.2 and ::1 are not of the same IP version");
}

static void
test_sources_refuses(void **state)
{
	static const char *const bad[] = {"",          ",",    "127.0.0.2,",
					  "localhost", "x::y", "127.0.0.2:445"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct sources s = {0};
		struct err e = {0};

		assert_int_equal(sources_add(&s, bad[i], &e), ERR_USAGE);
	}
}

static void
test_sources_are_bounded(void **state)
{
	struct sources s = {0};
	struct err e = {0};

	(void)state;
	for (size_t i = 0; i < SOURCES_MAX; i++)
		assert_int_equal(sources_add(&s, "127.0.0.2", &e), 0);
	assert_int_equal(sources_add(&s, "127.0.0.2", &e), ERR_USAGE);
}

static void
test_sources_of_others(void **state)
{
	struct sources s = {0};
	struct err e = {0};

	(void)state;
	assert_int_equal(sources_add(&s, "192.0.2.1", &e), 0); /* RFC 5737: nobody's */
	assert_int_equal(sources_check(&s, &e), ERR_NET);
	assert_string_equal(err_text(&e), "--bind-source 192.0.2.1: no address of this machine");
}

/* By recorded client address, in the order of their first connections. */
static void
test_sources_assigned(void **state)
{
	static const struct ir_conn conns[] = {
		{.client = "10.0.0.1:50000"}, {.client = "10.0.0.2:50000"},
		{.client = "10.0.0.1:50001"}, {.client = "[fe80::1]:50000"},
		{.client = "[fe80::1]:7"},    {.client = "10.0.0.2:1"},
	};
	static const uint32_t expected[] = {0, 1, 0, 0, 0, 1};
	const struct ir_meta meta = {.conns = conns, .n_conns = 6};
	struct sources s = {0};
	struct err e = {0};
	uint32_t *of;

	(void)state;
	assert_int_equal(sources_add(&s, "127.0.0.2,127.0.0.3", &e), 0);
	assert_int_equal(sources_assign(&s, &meta, &of), 0);
	assert_memory_equal(of, expected, sizeof(expected));
	free(of);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sources_lists),
		cmocka_unit_test(test_sources_refuses),
		cmocka_unit_test(test_sources_are_bounded),
		cmocka_unit_test(test_sources_of_others),
		cmocka_unit_test(test_sources_assigned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
