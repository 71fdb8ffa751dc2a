/* From a random order to the orders that it takes: delta debugging, and workloads put in order. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "race/ddmin.h"
#include "race/orders.h"
#include "race/pct.h"
#include "race/schedule.h"
#include "tests/ir_build.h"
#include "tests/smb2_build.h"

#define R F_RESPONSE
#define SET 40

/* It takes all of `needed`; `asked` counts. */
struct wish {
	size_t needed[4], n, asked;
};

static int
has_all(void *ctx, const bool *kept, size_t n, bool *does)
{
	struct wish *w = ctx;
	size_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += kept[i];
	assert_true(sum > 0);
	w->asked++;
	*does = true;
	for (size_t i = 0; i < w->n; i++)
		*does = *does && kept[w->needed[i]];
	return 0;
}

static void
expect_left(struct wish *w, size_t n, size_t most)
{
	bool kept[SET];
	size_t left = 0;

	memset(kept, true, sizeof(kept));
	assert_int_equal(ddmin(kept, n, most, has_all, w), 0);
	for (size_t i = 0; i < n; i++)
		left += kept[i];
	assert_int_equal(left, w->n);
	for (size_t i = 0; i < w->n; i++)
		assert_true(kept[w->needed[i]]);
}

static void
test_what_it_takes_is_left(void **state)
{
	(void)state;
	expect_left(&(struct wish){{17}, 1, 0}, SET, 1000);
	expect_left(&(struct wish){{0, 39}, 2, 0}, SET, 1000);
	expect_left(&(struct wish){{3, 4, 20, 33}, 4, 0}, SET, 1000);
	expect_left(&(struct wish){{0, 1}, 2, 0}, 2, 1000);
	expect_left(&(struct wish){{0}, 1, 0}, 1, 1000);
	expect_left(&(struct wish){{2}, 1, 0}, 3, 1000);
}

static void
test_it_is_asked_so_often_and_no_more(void **state)
{
	struct wish w = {{3, 4, 20, 33}, 4, 0};
	bool kept[SET];

	(void)state;
	memset(kept, true, sizeof(kept));
	assert_int_equal(ddmin(kept, SET, 5, has_all, &w), 0);
	assert_int_equal(w.asked, 5);
	for (size_t i = 0; i < w.n; i++)
		assert_true(kept[w.needed[i]]);
}

static int
fails(void *ctx, const bool *kept, size_t n, bool *does)
{
	(void)ctx;
	(void)kept;
	(void)n;
	*does = true;
	return ERR_NET;
}

static void
test_an_error_ends_it(void **state)
{
	bool kept[SET];

	(void)state;
	memset(kept, true, sizeof(kept));
	assert_int_equal(ddmin(kept, SET, 5, fails, NULL), ERR_NET);
}

struct scene {
	struct ir_build b;
	struct buf msg, body;
	struct conflicts *conflicts;
};

enum { A1, A1_ANSWER, A2, A2_ANSWER, B1, B1_ANSWER, C1, C1_ANSWER, N };

/* Three connections of echoes: a of two, b and c of one each. */
static int
setup(void **state)
{
	static const char *const labels[N] = {"a1", "a1.answer", "a2", "a2.answer",
					      "b",  "b.answer",  "c",  "c.answer"};
	static const uint32_t conns[N] = {0, 0, 0, 0, 1, 1, 2, 2};
	static const uint64_t ids[N] = {0, 0, 1, 1, 0, 0, 0, 0};
	struct scene *s = calloc(1, sizeof(*s));

	*state = s;
	if (s == NULL)
		return -1;
	ir_build_init(&s->b);
	for (uint32_t i = 0; i < N; i++) {
		body_empty(&s->body);
		build_one(&s->msg, &(struct build_hdr){ECHO_, i % 2 == 0 ? 0 : R, .mid = ids[i]},
			  &s->body);
		(void)ir_build_event(&s->b, i % 2 == 0 ? IR_SEND : IR_RECV, conns[i],
				     buf_slice(&s->msg));
		s->b.events[i].label = labels[i];
	}
	return conflicts_new(&s->b.ir, &s->conflicts);
}

static int
teardown(void **state)
{
	struct scene *s = *state;

	conflicts_free(s->conflicts);
	ir_build_free(&s->b);
	buf_free(&s->msg);
	buf_free(&s->body);
	free(s);
	return 0;
}

/* The orders of a sequence, as text. */
static void
expect_orders(struct scene *s, const uint32_t *sequence, const char *text)
{
	struct order *list;
	struct buf out = {0};
	size_t n;

	assert_int_equal(orders_find(&s->b.ir, sequence, &list, &n), 0);
	for (size_t i = 0; i < n; i++) {
		buf_printf(&out, "%s", i > 0 ? ", " : "");
		orders_put(&s->b.ir, &list[i], &out);
	}
	buf_add(&out, "", 1);
	assert_string_equal((const char *)out.p, text);
	buf_free(&out);
	free(list);
}

static void
test_orders_of_a_sequence(void **state)
{
	struct scene *s = *state;

	expect_orders(s, (uint32_t[N]){0, 1, 2, 3, 4, 5, 6, 7}, "");
	expect_orders(s, (uint32_t[N]){0, 1, B1, B1_ANSWER, 2, 3, 6, 7},
		      "a2 behind the answer to b");
	/* Both are under way, and c comes before the rest of a. */
	expect_orders(s, (uint32_t[N]){A1, B1, A1_ANSWER, B1_ANSWER, C1, A2, A2_ANSWER, C1_ANSWER},
		      "b before the answer to a1, a2 behind the answer to b, a2 behind c");
}

/* All orders of a sequence put back are that sequence. */
static void
expect_same(struct scene *s, const uint32_t *sequence)
{
	struct order *list;
	struct ir out;
	size_t n;

	assert_int_equal(orders_find(&s->b.ir, sequence, &list, &n), 0);
	assert_int_equal(orders_apply(&s->b.ir, s->conflicts, list, n, &out, NULL), 0);
	for (uint32_t i = 0; i < N; i++) {
		assert_string_equal(out.events[i].label, s->b.events[sequence[i]].label);
		assert_int_equal(out.events[i].t_first, s->b.events[i].t_first);
	}
	schedule_free(&out);
	free(list);
}

static void
test_orders_make_the_sequence_that_they_are_of(void **state)
{
	struct scene *s = *state;

	expect_same(s, (uint32_t[N]){0, 1, 2, 3, 4, 5, 6, 7});
	expect_same(s, (uint32_t[N]){6, 7, 4, 5, 0, 1, 2, 3});
	expect_same(s, (uint32_t[N]){A1, B1, A1_ANSWER, B1_ANSWER, C1, A2, A2_ANSWER, C1_ANSWER});
}

static void
test_the_earlier_one_is_put_off_and_no_more(void **state)
{
	static const char *const wanted[N] = {"a1", "a1.answer", "b",         "b.answer",
					      "c",  "a2",        "a2.answer", "c.answer"};
	struct scene *s = *state;
	const struct order c_first = {C1, A2};
	struct ir_timing timing = {.barrier = "x"};
	struct ir out;

	s->b.events[C1].timing = &timing;
	s->b.events[C1].after = (uint32_t[1]){B1};
	s->b.events[C1].n_after = 1;
	assert_int_equal(orders_apply(&s->b.ir, s->conflicts, &c_first, 1, &out, NULL), 0);
	for (uint32_t i = 0; i < N; i++)
		assert_string_equal(out.events[i].label, wanted[i]);
	assert_null(out.events[4].timing);
	assert_int_equal(out.events[4].after[0], 2);
	schedule_free(&out);
}

static void
test_orders_in_a_circle_are_told(void **state)
{
	struct scene *s = *state;
	const struct order circle[] = {{B1, A1}, {A2, B1}};
	struct err e = {0};
	struct ir out;

	assert_int_equal(orders_apply(&s->b.ir, s->conflicts, circle, 2, &out, &e), ERR_USAGE);
	assert_string_equal(e.text, "an event would wait for itself");
}

static void
test_a_random_order_has_each_event_once(void **state)
{
	struct scene *s = *state;

	for (uint64_t seed = 0; seed < 50; seed++) {
		uint32_t sequence[N];
		bool seen[N] = {false};

		assert_int_equal(pct_sequence(&s->b.ir, s->conflicts, seed, 3, sequence), 0);
		for (uint32_t i = 0; i < N; i++) {
			assert_true(sequence[i] < N && !seen[sequence[i]]);
			seen[sequence[i]] = true;
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		CASE(test_orders_of_a_sequence),
		CASE(test_orders_make_the_sequence_that_they_are_of),
		CASE(test_the_earlier_one_is_put_off_and_no_more),
		CASE(test_orders_in_a_circle_are_told),
		CASE(test_a_random_order_has_each_event_once),
		cmocka_unit_test(test_what_it_takes_is_left),
		cmocka_unit_test(test_it_is_asked_so_often_and_no_more),
		cmocka_unit_test(test_an_error_ends_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
