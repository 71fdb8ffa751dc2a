/* Requests and the time that their answers took. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "ir/latency.h"
#include "ir/load.h"
#include "tests/ir_build.h"
#include "tests/smb2_build.h"

#define MS 1000000u

struct fixture {
	struct ir_build workload, run;
	struct latency l;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	*state = f;
	if (f == NULL)
		return -1;
	ir_build_init(&f->workload);
	ir_build_init(&f->run);
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	latency_free(&f->l);
	ir_build_free(&f->workload);
	ir_build_free(&f->run);
	free(f);
	return 0;
}

/* A message of one PDU at a time, in ms. */
static void
add(struct ir_build *b, const struct build_hdr *h, uint64_t ms)
{
	bool answer = (h->flags & F_RESPONSE) != 0;
	struct buf body = {0}, bytes = {0};
	struct ir_event *ev;

	body_empty(&body);
	build_one(&bytes, h, &body);
	ev = &b->events[ir_build_event(b, answer ? IR_RECV : IR_SEND, 0, buf_slice(&bytes))];
	ev->t_first = ev->t_last = ms * MS;
	buf_free(&body);
	buf_free(&bytes);
}

static void
test_latency_final_answers(void **state)
{
	struct fixture *f = *state;
	const struct histogram *h = f->l.all[ECHO_];

	add(&f->run, &(struct build_hdr){ECHO_, .mid = 1}, 10);
	add(&f->run, &(struct build_hdr){ECHO_, .mid = 2}, 11);
	add(&f->run, &(struct build_hdr){CANCEL, .mid = 2}, 12);
	add(&f->run, &(struct build_hdr){ECHO_, F_RESPONSE, .mid = 2}, 13);
	add(&f->run, &(struct build_hdr){ECHO_, F_RESPONSE | F_ASYNC, PENDING, .mid = 1}, 14);
	add(&f->run, &(struct build_hdr){ECHO_, F_RESPONSE | F_ASYNC, .mid = 1}, 110);
	add(&f->run, &(struct build_hdr){ECHO_, F_RESPONSE, .mid = 1}, 500);
	add(&f->run, &(struct build_hdr){ECHO_, .mid = 3}, 600);
	assert_int_equal(latency_of(&f->run.ir, &f->l), 0);
	assert_int_equal(h->n, 2);
	assert_int_equal(h->min, 2 * MS);
	assert_int_equal(h->max, 100 * MS);
	assert_int_equal(f->l.all[CANCEL][0].n, 0);
}

/* A stall of 100 ms holds up what was to go out 10 ms later: that took 91 ms since it was due. */
static void
test_latency_since_due(void **state)
{
	struct fixture *f = *state;
	const struct histogram *h = f->l.all[ECHO_];

	add(&f->workload, &(struct build_hdr){ECHO_, .mid = 1}, 0);
	add(&f->workload, &(struct build_hdr){ECHO_, F_RESPONSE, .mid = 1}, 1);
	add(&f->workload, &(struct build_hdr){ECHO_, .mid = 2}, 20);
	add(&f->run, &(struct build_hdr){ECHO_, .mid = 1}, 1000);
	f->run.events[0].of = 1;
	add(&f->run, &(struct build_hdr){ECHO_, F_RESPONSE, .mid = 1}, 1100);
	add(&f->run, &(struct build_hdr){ECHO_, .mid = 2}, 1100);
	f->run.events[2].of = 3;
	add(&f->run, &(struct build_hdr){ECHO_, F_RESPONSE, .mid = 2}, 1101);
	/* Not recorded. */
	add(&f->run, &(struct build_hdr){ECHO_, .mid = 3}, 1200);
	add(&f->run, &(struct build_hdr){ECHO_, F_RESPONSE, .mid = 3}, 1201);
	assert_int_equal(latency_since_due(&f->run.ir, &f->workload.ir, 2, &f->l), 0);
	assert_int_equal(h->n, 2);
	assert_int_equal(h->min, 91 * MS);
	assert_int_equal(h->max, 100 * MS);
}

/* Message by message it is the same as of the whole run. */
static void
test_latency_watched(void **state)
{
	struct fixture *f = *state;
	struct latency_watch w = {.workload = &f->workload.ir, .speed = 2};
	struct latency due = {.all = {{{0}}}};
	struct buf scratch = {0};

	add(&f->workload, &(struct build_hdr){ECHO_, .mid = 1}, 0);
	add(&f->workload, &(struct build_hdr){ECHO_, .mid = 2}, 20);
	add(&f->run, &(struct build_hdr){ECHO_, .mid = 1}, 1000);
	f->run.events[0].of = 1;
	add(&f->run, &(struct build_hdr){ECHO_, F_RESPONSE, .mid = 1}, 1100);
	add(&f->run, &(struct build_hdr){ECHO_, .mid = 2}, 1100);
	f->run.events[2].of = 2;
	add(&f->run, &(struct build_hdr){ECHO_, F_RESPONSE, .mid = 2}, 1101);
	add(&f->run, &(struct build_hdr){ECHO_, .mid = 3}, 1200);
	for (size_t i = 0; i < f->run.ir.n_events; i++) {
		const struct ir_event *ev = &f->run.events[i];
		const struct exchange_message m = {.of = ev->of,
						   .time = ev->t_last,
						   .sent = ev->kind == IR_SEND,
						   .bytes = ir_bytes(&f->run.ir, ev, &scratch)};

		assert_int_equal(latency_watch_feed(&w, &m), 0);
	}
	assert_int_equal(latency_watch_end(&w, &f->l, &due), 0);
	assert_int_equal(f->l.all[ECHO_]->n, 2);
	assert_int_equal(f->l.all[ECHO_]->min, 1 * MS);
	assert_int_equal(f->l.all[ECHO_]->max, 100 * MS);
	assert_int_equal(due.all[ECHO_]->n, 2);
	assert_int_equal(due.all[ECHO_]->min, 91 * MS);
	latency_free(&due);
	buf_free(&scratch);
}

static void
test_latency_sums(void **state)
{
	struct fixture *f = *state;
	struct histogram echo = {0}, all = {0};

	assert_int_equal(histogram_add(&f->l.all[ECHO_][0], 5), 0);
	assert_int_equal(histogram_add(&f->l.all[ECHO_][2], 70000), 0);
	assert_int_equal(histogram_add(&f->l.all[CANCEL][0], 3), 0);
	assert_int_equal(latency_sum(&f->l, ECHO_, &echo), 0);
	assert_int_equal(latency_sum(&f->l, -1, &all), 0);
	assert_int_equal(echo.n, 2);
	assert_int_equal(echo.min, 5);
	assert_int_equal(echo.max, 70000);
	assert_int_equal(all.n, 3);
	assert_int_equal(all.min, 3);
	assert_int_equal(histogram_at(&all, 5000), 5);
	histogram_free(&echo);
	histogram_free(&all);
}

/* Two requests under way for 30 and 60 of 120 ms, of which each span has one. */
static void
test_load_over_time(void **state)
{
	struct fixture *f = *state;
	static struct load l;
	uint64_t flight = 0, bytes = 0;

	add(&f->run, &(struct build_hdr){ECHO_, .mid = 1}, 0);
	add(&f->run, &(struct build_hdr){ECHO_, .mid = 2}, 10);
	add(&f->run, &(struct build_hdr){ECHO_, F_RESPONSE | F_ASYNC, PENDING, .mid = 1}, 20);
	add(&f->run, &(struct build_hdr){ECHO_, F_RESPONSE, .mid = 1}, 30);
	add(&f->run, &(struct build_hdr){ECHO_, F_RESPONSE, .mid = 2}, 70);
	add(&f->run, &(struct build_hdr){ECHO_, .mid = 3}, 120);
	assert_int_equal(load_of(&f->run.ir, &l), 0);
	assert_int_equal(l.n_requests, 3);
	assert_int_equal(l.answers.n[ECHO_], 3);
	assert_int_equal(l.requests[0], 1);
	assert_int_equal(l.requests[LOAD_SPANS - 1], 1);
	for (size_t i = 0; i < LOAD_SPANS; i++) {
		flight += l.flight[i];
		bytes += l.bytes[i];
	}
	assert_int_equal(flight, 90 * MS);
	assert_int_equal(bytes, 6 * f->run.events[0].size);
	assert_true(l.flight[20] >= 2 * l.span - 1);
	assert_int_equal(l.flight[50], l.span);
	assert_int_equal(l.flight[100], 0);
}

static void
test_latency_speed(void **state)
{
	struct fixture *f = *state;

	assert_true(latency_speed(&f->run.ir) == 0);
	f->run.ir.meta.options = "replay --order=total";
	assert_true(latency_speed(&f->run.ir) == 0);
	f->run.ir.meta.options = "replay --order=none --speed=2.5";
	assert_true(latency_speed(&f->run.ir) == 2.5);
	f->run.ir.meta.options = "replay --order=none --speed=nan";
	assert_true(latency_speed(&f->run.ir) == 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_latency_final_answers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_latency_since_due, setup, teardown),
		cmocka_unit_test_setup_teardown(test_latency_watched, setup, teardown),
		cmocka_unit_test_setup_teardown(test_latency_sums, setup, teardown),
		cmocka_unit_test_setup_teardown(test_load_over_time, setup, teardown),
		cmocka_unit_test_setup_teardown(test_latency_speed, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
