/* Groups of requests that race: which there are, their orders, their schedules. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "ir/ir_files.h"
#include "race/groups.h"

/* Clients of their own: each has its ClientGuid. */
#define CLIENT(c)                                                                                  \
	"{\"ev\":\"send\",\"c\":" #c ",\"fields\":{\"command\":\"NEGOTIATE\","                     \
	"\"body.client_guid\":\"" #c "0000000000000000000000000000000\"}}\n"                       \
	"{\"ev\":\"logon\",\"c\":" #c "}\n"
#define OPENS(c, label, path)                                                                      \
	"{\"ev\":\"send\",\"c\":" #c ",\"label\":\"" label                                         \
	"\",\"fields\":{\"command\":\"CREATE\",\"body.create_disposition\":3,"                     \
	"\"body.name\":\"" path "\"}}\n"
#define THREE CLIENT(1) CLIENT(2) CLIENT(3)

struct fixture {
	struct ir ir;
	struct conflicts *c;
	struct group *groups;
	size_t n;
	bool loaded;
};

static int
setup(void **state)
{
	*state = calloc(1, sizeof(struct fixture));
	return *state != NULL ? 0 : -1;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	conflicts_free(f->c);
	if (f->loaded)
		ir_free(&f->ir);
	free(f->groups);
	free(f);
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
	assert_int_equal(groups_find(&f->ir, f->c, &f->groups, &f->n), 0);
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

static void
test_three_opens_of_a_file_are_a_group(void **state)
{
	struct fixture *f = *state;

	load(f, THREE OPENS(1, "a", "x") OPENS(2, "b", "x") OPENS(3, "c", "x"));
	assert_int_equal(f->n, 1);
	assert_int_equal(f->groups[0].n, 3);
	assert_int_equal(f->groups[0].events[0], event(f, "a"));
	assert_int_equal(f->groups[0].events[1], event(f, "b"));
	assert_int_equal(f->groups[0].events[2], event(f, "c"));
	assert_string_equal(conflict_kind_names[f->groups[0].kind],
			    conflict_kind_names[CONFLICT_NAME]);
}

static void
test_two_of_a_connection_are_in_no_group(void **state)
{
	struct fixture *f = *state;

	load(f, CLIENT(1) CLIENT(2) OPENS(1, "a", "x") OPENS(2, "b", "x") OPENS(1, "c", "x"));
	assert_int_equal(f->n, 0);
}

static void
test_of_different_files_there_is_no_group(void **state)
{
	struct fixture *f = *state;

	load(f, THREE OPENS(1, "a", "x") OPENS(2, "b", "x") OPENS(2, "c", "y") OPENS(3, "d", "y"));
	assert_int_equal(f->n, 0);
}

/* Groups of three first, and of these the nearest; none twice. */
static void
test_groups_of_four_come_behind_those_of_three(void **state)
{
	struct fixture *f = *state;

	load(f, THREE CLIENT(4) OPENS(1, "a", "x") OPENS(2, "b", "x") OPENS(3, "c", "x")
			OPENS(4, "d", "x"));
	assert_int_equal(f->n, 5);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(f->groups[i].n, 3);
	assert_int_equal(f->groups[4].n, 4);
	assert_int_equal(f->groups[0].events[0], event(f, "a"));
	assert_int_equal(f->groups[1].events[0], event(f, "b"));
	assert_int_equal(f->groups[1].events[2], event(f, "d"));
	assert_memory_not_equal(f->groups[2].events, f->groups[3].events,
				sizeof(f->groups[2].events));
}

static void
test_all_orders_are_there_once(void **state)
{
	(void)state;
	for (uint32_t n = 3; n <= 4; n++) {
		bool seen[4 * 4 * 4 * 4] = {false};

		assert_int_equal(groups_orders(n), n == 3 ? 6 : 24);
		for (uint32_t i = 0; i < groups_orders(n); i++) {
			uint32_t order[SCHEDULE_MAX_GROUP], key = 0, set = 0;

			groups_order(n, i, order);
			for (uint32_t k = 0; k < n; k++) {
				key = key * 4 + order[k];
				set |= 1u << order[k];
				assert_true(i != 0 || order[k] == k);
			}
			assert_int_equal(set, (1u << n) - 1);
			assert_false(seen[key]);
			seen[key] = true;
		}
	}
}

/* A, B, C are the events with these labels. */
static void
expect_schedule(const struct fixture *f, const char *pattern, bool good)
{
	char text[SCHEDULE_TEXT] = "", again[SCHEDULE_TEXT];
	struct schedule s;

	for (size_t n = 0; *pattern != '\0'; pattern++, n = strlen(text)) {
		const char label[2] = {(char)(*pattern + 'a' - 'A'), '\0'};

		if (*pattern >= 'A' && *pattern <= 'C')
			(void)snprintf(text + n, sizeof(text) - n, "%u", event(f, label));
		else
			(void)snprintf(text + n, sizeof(text) - n, "%c", *pattern);
	}
	assert_int_equal(schedule_parse(text, &f->ir, &s), good ? 0 : ERR_USAGE);
	if (!good)
		return;
	schedule_put(&s, again);
	assert_string_equal(text, again);
}

static void
test_schedules_are_read_as_written(void **state)
{
	static const char *const goods[] = {"group:A:B:C:-5:700", "order:C:A:B"},
				 *const bads[] = {
					 "group:A:B:C",       "group:A:B:C:1",    "group:A:B:C:1:x",
					 "group:A:B:C:1:2:3", "group:A:B:99:1:2", "group:A:B:A:1:2",
					 "order:A:B",         "order:A:B:B",      "order:A:B:C:99"};
	struct fixture *f = *state;

	load(f, THREE OPENS(1, "a", "x") OPENS(2, "b", "x") OPENS(3, "c", "x"));
	for (size_t i = 0; i < sizeof(goods) / sizeof(goods[0]); i++)
		expect_schedule(f, goods[i], true);
	for (size_t i = 0; i < sizeof(bads) / sizeof(bads[0]); i++)
		expect_schedule(f, bads[i], false);
}

static void
test_times_count_from_the_first_orders_from_the_one_before(void **state)
{
	struct fixture *f = *state;
	struct schedule s = {.kind = SCHEDULE_GROUP, .n_group = 3, .at = {0, -5, 700}};
	struct ir out;

	load(f, THREE OPENS(1, "a", "x") OPENS(2, "b", "x") OPENS(3, "c", "x"));
	memcpy(s.group, f->groups[0].events, sizeof(s.group));
	assert_int_equal(schedule_apply(&f->ir, f->c, &s, &out, NULL), 0);
	assert_null(out.events[s.group[0]].timing);
	assert_int_equal(out.events[s.group[1]].timing->of, s.group[0]);
	assert_int_equal(out.events[s.group[1]].timing->ns, -5);
	assert_int_equal(out.events[s.group[2]].timing->of, s.group[0]);
	assert_int_equal(out.events[s.group[2]].timing->ns, 700);
	schedule_free(&out);
	s.kind = SCHEDULE_ORDER;
	assert_int_equal(schedule_apply(&f->ir, f->c, &s, &out, NULL), 0);
	assert_int_equal(out.events[s.group[2]].timing->of, s.group[1]);
	assert_true(out.events[s.group[2]].timing->answered);
	schedule_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		CASE(test_three_opens_of_a_file_are_a_group),
		CASE(test_two_of_a_connection_are_in_no_group),
		CASE(test_of_different_files_there_is_no_group),
		CASE(test_groups_of_four_come_behind_those_of_three),
		CASE(test_schedules_are_read_as_written),
		CASE(test_times_count_from_the_first_orders_from_the_one_before),
		cmocka_unit_test(test_all_orders_are_there_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
