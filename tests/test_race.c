/* The parts of a search for races that need no server: expressions, schedules, random orders,
 * rates, sets. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "race/invariants.h"
#include "race/known.h"
#include "race/pct.h"
#include "race/race.h"
#include "race/until.h"
#include "tests/ir_build.h"
#include "tests/smb2_build.h"

#define R F_RESPONSE
#define DENIED 0xc0000022u

struct scene {
	struct ir_build b;
	struct buf msg, body;
	struct trial_requests requests;
	struct trial trial;
};

/* Two connections of two echoes each: events 0, 1 connect; 2 to 5 of connection 0, 6 to 9 of 1. */
static int
setup(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));

	*state = s;
	if (s == NULL)
		return -1;
	ir_build_init(&s->b);
	(void)ir_build_event(&s->b, IR_CONNECT, 0, (struct slice){0});
	(void)ir_build_event(&s->b, IR_CONNECT, 1, (struct slice){0});
	for (uint32_t c = 0; c < 2; c++)
		for (uint64_t mid = 0; mid < 2; mid++) {
			body_empty(&s->body);
			build_one(&s->msg, &(struct build_hdr){ECHO_, 0, .mid = mid}, &s->body);
			(void)ir_build_event(&s->b, IR_SEND, c, buf_slice(&s->msg));
			build_one(&s->msg, &(struct build_hdr){ECHO_, R, .mid = mid}, &s->body);
			(void)ir_build_event(&s->b, IR_RECV, c, buf_slice(&s->msg));
		}
	s->b.events[2].label = "a";
	s->b.events[6].label = "a.b";
	return trial_requests_new(&s->b.ir, &s->requests) != 0 ||
			       trial_new(&s->requests, &s->trial) != 0
		       ? -1
		       : 0;
}

static int
teardown(void **state)
{
	struct scene *s = *state;

	trial_free(&s->trial);
	trial_requests_free(&s->requests);
	ir_build_free(&s->b);
	buf_free(&s->msg);
	buf_free(&s->body);
	free(s);
	return 0;
}

/* Request number `i` was answered with a status. */
static void
answer(struct scene *s, size_t i, uint32_t status)
{
	struct trial_answer *a = &s->trial.answers[i];

	body_empty(&s->body);
	build_one(&s->msg, &(struct build_hdr){ECHO_, R, .status = status, .credits = 7}, &s->body);
	*a = (struct trial_answer){.state = TRIAL_ANSWERED,
				   .status = status,
				   .at = s->trial.bytes.n,
				   .len = s->msg.n - NBSS_HEADER};
	buf_add(&s->trial.bytes, s->msg.p + NBSS_HEADER, a->len);
}

static bool
holds(struct scene *s, const char *text)
{
	struct until *u = NULL;
	bool h;

	assert_int_equal(until_new(text, &s->requests, &u, NULL), 0);
	h = until_holds(u, &s->trial);
	until_free(u);
	return h;
}

static void
test_expressions(void **state)
{
	struct scene *s = *state;

	answer(s, 0, 0);
	answer(s, 2, DENIED);
	assert_true(holds(s, "a.status == STATUS_SUCCESS"));
	assert_true(holds(s, "a == 0"));
	assert_true(holds(s, "a.b.status==STATUS_ACCESS_DENIED"));
	assert_true(holds(s, "a.b.0.status == 0xc0000022"));
	assert_false(holds(s, "a.b.status == STATUS_SUCCESS"));
	assert_true(holds(s, "ECHO#1.status == 0 and ECHO#3.status != 0"));
	assert_true(holds(s, "#2.status == 0 && not #6.status == 0"));
	assert_true(holds(s, "a != 0 or a.b != 0"));
	assert_false(holds(s, "(a != 0 or a.b != 0) and a != 0"));
	assert_true(holds(s, "a != 0 and a != 0 or a == 0"));
	assert_true(holds(s, "a.credits == 7"));
	assert_true(holds(s, "a.credits >= 7 and a.credits < 8 and !(a.credits > 7)"));
	assert_true(holds(s, "a.body.structure_size <= 0x4"));
	assert_true(holds(s, "a.answered == 1"));
	assert_true(holds(s, "not not a == 0"));
}

/* Of what did not come nothing can be said, but that. */
static void
expect_renamed(struct scene *s, const char *text, const char *wanted)
{
	struct until *u = NULL;
	struct buf out = {0};

	assert_int_equal(until_new(text, &s->requests, &u, NULL), 0);
	until_rename(u, text, &s->b.ir, &out);
	buf_add(&out, "", 1);
	assert_string_equal((const char *)out.p, wanted);
	buf_free(&out);
	until_free(u);
}

/* In a workload that is cut, numbers are others. */
static void
test_expressions_get_labels_in_place_of_numbers(void **state)
{
	struct scene *s = *state;
	struct until *u = NULL;
	uint32_t events[4];

	expect_renamed(s, "ECHO#1.status == 0 and not (#6.0.credits > 2)",
		       "a.status == 0 and not (a.b.0.credits > 2)");
	expect_renamed(s, "a == 0 or ECHO#2 == 0", "a == 0 or ECHO#2 == 0");
	assert_int_equal(until_new("a == 0 or #2 == 0 and ECHO#3 == 0", &s->requests, &u, NULL), 0);
	assert_int_equal(until_events(u, events, 4), 2);
	assert_int_equal(events[0], 2);
	assert_int_equal(events[1], 6);
	assert_int_equal(until_events(u, events, 1), 1);
	until_free(u);
}

static void
test_what_did_not_come_compares_with_nothing(void **state)
{
	struct scene *s = *state;

	s->trial.answers[1].state = TRIAL_LOST;
	assert_false(holds(s, "a == 0"));
	assert_false(holds(s, "a != 0"));
	assert_true(holds(s, "a.answered == 0"));
	assert_true(holds(s, "ECHO#2.lost == 1"));
	assert_false(holds(s, "a.lost == 1"));
	answer(s, 0, 0);
	assert_false(holds(s, "a.body.nothing == 0"));
	assert_false(holds(s, "a.body.nothing != 0"));
}

static void
test_wrong_expressions_are_told(void **state)
{
	static const struct {
		const char *text, *says;
	} bads[] = {
		{"", "a message is expected at ''"},
		{"b == 0", "no request is called that: before this, at ' == 0'"},
		{"CREATE#1 == 0", "no request is called that: before this, at ' == 0'"},
		{"ECHO#5 == 0", "no request is called that: before this, at ' == 0'"},
		{"#3 == 0", "no request is called that: before this, at ' == 0'"},
		{"a.1.status == 0", "the message has no such request: before this, at ' == 0'"},
		{"ECHO#1x == 0", "a field is named behind a point: before this, at ' == 0'"},
		{"a = 0", "==, !=, <, <=, > or >= is expected at '= 0'"},
		{"a ==", "a value is expected at ''"},
		{"a == STATUS_MAYBE", "no status is called that: before this, at ''"},
		{"a == 0 a == 0", "and, or, or the end is expected at 'a == 0'"},
		{"(a == 0", "')' is expected at ''"},
		{"a == 0 and", "a message is expected at ''"},
	};
	struct scene *s = *state;

	for (size_t i = 0; i < sizeof(bads) / sizeof(bads[0]); i++) {
		struct until *u;
		struct err e = {0};

		assert_int_equal(until_new(bads[i].text, &s->requests, &u, &e), ERR_USAGE);
		assert_string_equal(e.text, bads[i].says);
	}
}

static void
test_depth_has_a_limit(void **state)
{
	struct scene *s = *state;
	struct buf text = {0};
	struct until *u;

	for (unsigned i = 0; i < 100000; i++)
		buf_add(&text, "(", 1);
	buf_add(&text, "", 1);
	assert_int_equal(until_new((const char *)text.p, &s->requests, &u, NULL), ERR_USAGE);
	buf_free(&text);
}

static void
test_schedules_are_read_as_written(void **state)
{
	static const char *const texts[] = {"base", "gap:2:6:-150000", "swap:2:6", "pct:77:3"};
	static const char *const bads[] = {"",          "gap",        "gap:2:6",    "gap:2:2:0",
					   "gap:2:3:0", "gap:2:99:0", "gap:2:6:1x", "swap:6",
					   "pct:1:0",   "pct:1:17",   "pct:-1:2",   "base:1"};
	struct scene *s = *state;
	struct schedule x;
	char text[SCHEDULE_TEXT];

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_int_equal(schedule_parse(texts[i], &s->b.ir, &x), 0);
		schedule_put(&x, text);
		assert_string_equal(text, texts[i]);
	}
	for (size_t i = 0; i < sizeof(bads) / sizeof(bads[0]); i++)
		assert_int_equal(schedule_parse(bads[i], &s->b.ir, &x), ERR_USAGE);
}

static void
test_a_gap_takes_the_place_of_what_the_workload_says(void **state)
{
	const struct ir_timing own = {.of = 4, .ns = 1};
	struct scene *s = *state;
	struct schedule x;
	struct ir out;

	s->b.events[8].timing = &own;
	assert_int_equal(schedule_parse("gap:2:6:-7", &s->b.ir, &x), 0);
	assert_int_equal(schedule_apply(&s->b.ir, NULL, &x, &out, NULL), 0);
	assert_null(out.events[8].timing);
	assert_int_equal(out.events[6].timing->of, 2);
	assert_int_equal(out.events[6].timing->ns, -7);
	assert_null(s->b.events[6].timing);
	schedule_free(&out);
	assert_int_equal(schedule_parse("base", &s->b.ir, &x), 0);
	assert_int_equal(schedule_apply(&s->b.ir, NULL, &x, &out, NULL), 0);
	assert_ptr_equal(out.events[8].timing, &own);
	schedule_free(&out);
}

/* Wilson (1927): 8 of 10 is 49.0 to 94.3 %, 0 of 10 up to 27.8 %. */
static void
test_intervals(void **state)
{
	double low, high;

	(void)state;
	race_wilson(&(struct race_rate){10, 8}, &low, &high);
	assert_true(low > 0.4901 && low < 0.4902 && high > 0.9433 && high < 0.9434);
	race_wilson(&(struct race_rate){10, 0}, &low, &high);
	assert_true(low == 0 && high > 0.2775 && high < 0.2776);
	race_wilson(&(struct race_rate){0, 0}, &low, &high);
	assert_true(low == 0 && high == 1);
}

static void
test_bound_of_random_orders(void **state)
{
	const struct pct_size size = {.k = 10, .n = 4};

	(void)state;
	assert_true(pct_bound(&size, 1) == 0.25);
	assert_true(pct_bound(&size, 3) > 0.00249 && pct_bound(&size, 3) < 0.00251);
}

static void
test_sets(void **state)
{
	struct known k = {0};

	(void)state;
	assert_false(known_has(&k, slice_of((const uint8_t *)"ab", 2)));
	assert_int_equal(known_add(&k, slice_of((const uint8_t *)"ab", 2)), 0);
	assert_int_equal(known_add(&k, slice_of((const uint8_t *)"ab", 2)), 0);
	assert_true(known_has(&k, slice_of((const uint8_t *)"ab", 2)));
	assert_false(known_has(&k, slice_of((const uint8_t *)"a", 1)));
	known_free(&k);
}

/* A history of requests and answers, without a workload behind it. */
struct history {
	struct scene *s;
	struct trial_request list[8];
	struct trial_requests requests;
	struct trial_answer answers[8];
	struct trial trial;
	uint64_t now;
};

static void
history_begin(struct history *h, struct scene *s)
{
	*h = (struct history){.s = s};
	h->requests.list = h->list;
	h->trial.requests = &h->requests;
	h->trial.answers = h->answers;
}

static size_t
keep(struct history *h, const struct build_hdr *hdr)
{
	size_t at = h->trial.bytes.n;

	build_one(&h->s->msg, hdr, &h->s->body);
	buf_add(&h->trial.bytes, h->s->msg.p + NBSS_HEADER, h->s->msg.n - NBSS_HEADER);
	return at;
}

/* The body in s->body is sent; then an answer with the body that comes next is kept. */
static struct trial_answer *
history_sends(struct history *h, uint16_t command)
{
	struct trial_answer *a = &h->answers[h->requests.n];

	h->list[h->requests.n] =
		(struct trial_request){.event = (uint32_t)h->requests.n, .command = command};
	h->requests.n++;
	a->state = TRIAL_WAITS;
	a->sent = ++h->now;
	a->request = keep(h, &(struct build_hdr){command, 0, .mid = h->now});
	a->request_len = h->trial.bytes.n - a->request;
	return a;
}

static void
history_gets(struct history *h, struct trial_answer *a, uint16_t command)
{
	a->at = keep(h, &(struct build_hdr){command, R, .mid = 1});
	a->len = h->trial.bytes.n - a->at;
	a->state = TRIAL_ANSWERED;
	a->done = ++h->now;
}

static void
history_opens(struct history *h, const char *name, uint8_t oplock, uint64_t id)
{
	struct trial_answer *a;

	body_create_req(&h->s->body, name);
	a = history_sends(h, SMB2_CMD_CREATE);
	body_create_resp(&h->s->body, oplock, id, id);
	history_gets(h, a, SMB2_CMD_CREATE);
}

static void
history_locks(struct history *h, uint64_t id, uint64_t off, uint32_t flags)
{
	struct buf *b = &h->s->body;
	struct trial_answer *a;

	buf_reset(b);
	buf_le(b, 2, 48);
	buf_le(b, 2, 1);
	buf_le(b, 4, 0);
	buf_le(b, 8, id);
	buf_le(b, 8, id);
	buf_le(b, 8, off);
	buf_le(b, 8, 10);
	buf_le(b, 4, flags);
	buf_le(b, 4, 0);
	a = history_sends(h, SMB2_CMD_LOCK);
	body_empty(&h->s->body);
	history_gets(h, a, SMB2_CMD_LOCK);
}

static bool
history_is_broken(struct history *h)
{
	char why[128] = "";
	bool broken = invariants_broken(&h->trial, why, sizeof(why));

	assert_true(broken == (why[0] != '\0'));
	buf_free(&h->trial.bytes);
	return broken;
}

enum { SHARED = 1, EXCLUSIVE = 2, UNLOCK = 4, BATCH = 9 };

static void
test_overlapping_locks(void **state)
{
	static const struct {
		const char *second;
		uint64_t off;
		uint32_t first_flags, flags;
		bool unlocked, broken;
	} cases[] = {
		{"f", 5, EXCLUSIVE, EXCLUSIVE, false, true},
		{"f", 5, SHARED, EXCLUSIVE, false, true},
		{"f", 5, SHARED, SHARED, false, false},
		{"f", 10, EXCLUSIVE, EXCLUSIVE, false, false},
		{"g", 5, EXCLUSIVE, EXCLUSIVE, false, false},
		{"f", 5, EXCLUSIVE, EXCLUSIVE, true, false},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct history h;

		history_begin(&h, *state);
		history_opens(&h, "f", 0, 1);
		history_opens(&h, cases[i].second, 0, 2);
		history_locks(&h, 1, 0, cases[i].first_flags);
		if (cases[i].unlocked)
			history_locks(&h, 1, 0, UNLOCK);
		history_locks(&h, 2, cases[i].off, cases[i].flags);
		assert_true(history_is_broken(&h) == cases[i].broken);
	}
}

static void
test_two_that_cache(void **state)
{
	struct history h;

	history_begin(&h, *state);
	history_opens(&h, "f", BATCH, 1);
	history_opens(&h, "f", BATCH, 2);
	assert_true(history_is_broken(&h));
	history_begin(&h, *state);
	history_opens(&h, "f", BATCH, 1);
	history_opens(&h, "f", 0, 2);
	assert_false(history_is_broken(&h));
	/* A break of the first was told before the second had its answer. */
	history_begin(&h, *state);
	history_opens(&h, "f", BATCH, 1);
	history_opens(&h, "f", BATCH, 2);
	h.trial.n_breaks = 1;
	h.trial.breaks[0] =
		(struct trial_break){.key = {1, 0, 0, 0, 0, 0, 0, 0, 1}, .at = h.now - 1};
	assert_false(history_is_broken(&h));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		CASE(test_expressions),
		CASE(test_expressions_get_labels_in_place_of_numbers),
		CASE(test_what_did_not_come_compares_with_nothing),
		CASE(test_wrong_expressions_are_told),
		CASE(test_depth_has_a_limit),
		CASE(test_schedules_are_read_as_written),
		CASE(test_a_gap_takes_the_place_of_what_the_workload_says),
		CASE(test_overlapping_locks),
		CASE(test_two_that_cache),
		cmocka_unit_test(test_intervals),
		cmocka_unit_test(test_bound_of_random_orders),
		cmocka_unit_test(test_sets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
