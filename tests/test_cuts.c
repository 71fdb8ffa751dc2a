/* Messages that are cut on their way: where, as what text, and what that makes of a workload. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "race/cuts.h"
#include "tests/ir_build.h"
#include "tests/smb2_build.h"

#define R F_RESPONSE

struct scene {
	struct ir_build b;
	struct buf msg, body, scratch;
};

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
	return 0;
}

static int
teardown(void **state)
{
	struct scene *s = *state;

	ir_build_free(&s->b);
	buf_free(&s->msg);
	buf_free(&s->body);
	buf_free(&s->scratch);
	free(s);
	return 0;
}

/* An echo of 72 bytes and its answer; the number of the echo. */
static uint32_t
echo(struct scene *s, uint32_t conn, uint64_t mid)
{
	uint32_t n;

	body_empty(&s->body);
	build_one(&s->msg, &(struct build_hdr){ECHO_, 0, .mid = mid}, &s->body);
	n = ir_build_event(&s->b, IR_SEND, conn, buf_slice(&s->msg));
	build_one(&s->msg, &(struct build_hdr){ECHO_, R, .mid = mid, .credits = 10}, &s->body);
	(void)ir_build_event(&s->b, IR_RECV, conn, buf_slice(&s->msg));
	return n;
}

/* The points of an event are these, up to the first 0. */
static void
cut_at(struct scene *s, uint32_t event, const uint32_t *want)
{
	uint32_t points[CUTS_MAX_POINTS];
	size_t n = cuts_points(&s->b.ir, &s->b.events[event], &s->scratch, points), i;

	for (i = 0; i < n; i++)
		assert_int_equal(points[i], want[i]);
	assert_int_equal(want[i], 0);
}

#define CUT_AT(s, event, ...) cut_at(s, event, (const uint32_t[]){__VA_ARGS__, 0})

/* Behind the frame header, in the middle, behind the SMB2 header, before the last byte. */
static void
test_the_seams_of_a_message(void **state)
{
	struct scene *s = *state;
	uint32_t a = echo(s, 0, 0);

	CUT_AT(s, a, 4, 36, 68, 71);
}

static void
test_recorded_cuts_come_in(void **state)
{
	static const uint32_t cuts[] = {3, 36, 50, 60, 70};
	struct scene *s = *state;
	uint32_t a = echo(s, 0, 0);

	s->b.events[a].cuts = cuts;
	s->b.events[a].n_cuts = 5;
	CUT_AT(s, a, 3, 4, 36, 50, 60, 68, 71); /* of many the first four */
}

/* Three echoes of 68 bytes, of which two are padded to 72. */
static void
test_the_seams_of_a_chain(void **state)
{
	struct scene *s = *state;
	uint32_t a;

	build_start(&s->msg);
	for (uint64_t i = 0; i < 3; i++) {
		buf_reset(&s->body);
		body_empty(&s->body);
		build_pdu(&s->msg, &(struct build_hdr){ECHO_, 0, .mid = i}, buf_slice(&s->body));
	}
	a = ir_build_event(&s->b, IR_SEND, 0, buf_slice(&s->msg));
	assert_int_equal(s->msg.n, 4 + 72 + 72 + 68);
	CUT_AT(s, a, 4, 68, 76, 108, 148, 215);
}

/* Under a seal all is 52 bytes further on; what is compressed has no seams that are known. */
static void
test_the_seams_under_layers(void **state)
{
	static const uint8_t packed[40] = {0};
	struct scene *s = *state;
	uint32_t a = echo(s, 0, 0), b = echo(s, 0, 1);

	s->b.events[a].layers = IR_SEALED;
	CUT_AT(s, a, 4, 56, 62, 120, 123);
	s->b.events[b].layers = IR_COMPRESSED;
	s->b.events[b].packed = slice_of(packed, sizeof(packed));
	CUT_AT(s, b, 4, 20, 39);
}

static void
test_a_message_of_nothing(void **state)
{
	static const uint8_t nothing[4] = {0}, one[5] = {0, 0, 0, 1, 0};
	struct scene *s = *state;
	uint32_t a = ir_build_event(&s->b, IR_SEND, 0, slice_of(nothing, 4)),
		 b = ir_build_event(&s->b, IR_SEND, 0, slice_of(one, 5));

	CUT_AT(s, a, 2, 3);
	CUT_AT(s, b, 2, 4);
}

static void
test_schedules_are_read_as_written(void **state)
{
	struct scene *s = *state;
	uint32_t a = echo(s, 0, 0), b = echo(s, 1, 0);
	char good[2][SCHEDULE_TEXT], text[SCHEDULE_TEXT];
	static const char *const bads[] = {
		"cut",          "cut:2",         "cut:2:4",      "cut:2:4:",     "cut:2:0:5",
		"cut:2:72:5",   "cut:2:4:-1",    "cut:3:4:5",    "cut:0:4:5",    "cut:99:4:5",
		"cut:2:4:2:5",  "cut:2:4:0:5",   "cut:2:4:3:5",  "cut:2:4:5:5",  "cut:2:4:4:-5",
		"cut:2:4:4:5:", "cut:2:4:4:5:6", "cut:2:4:99:5", "cut:2:4x:4:5", "cut:2:4:4:5x",
	};
	struct schedule x;

	(void)snprintf(good[0], sizeof(good[0]), "cut:%u:68:2000000", a);
	(void)snprintf(good[1], sizeof(good[1]), "cut:%u:71:%u:0", b, a);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(schedule_parse(good[i], &s->b.ir, &x), 0);
		assert_int_equal(x.kind, SCHEDULE_CUT);
		schedule_put(&x, text);
		assert_string_equal(text, good[i]);
	}
	for (size_t i = 0; i < sizeof(bads) / sizeof(bads[0]); i++)
		assert_int_equal(schedule_parse(bads[i], &s->b.ir, &x), ERR_USAGE);
}

static void
apply(struct scene *s, const char *text, struct ir *out)
{
	struct schedule x;

	assert_int_equal(schedule_parse(text, &s->b.ir, &x), 0);
	assert_int_equal(schedule_apply(&s->b.ir, NULL, &x, out, NULL), 0);
	assert_int_equal(schedule_order(&x), ORDER_TOTAL);
}

/* What is cut goes out first, the other one when that has been read, its rest behind that. */
static void
test_what_it_makes_of_a_workload(void **state)
{
	static const struct ir_pause own = {.off = 9, .of = IR_NO_EVENT, .ns = 1};
	struct scene *s = *state;
	uint32_t a = echo(s, 0, 0), b = echo(s, 1, 0);
	struct ir out;

	s->b.events[b].pauses = &own;
	s->b.events[b].n_pauses = 1;
	assert_int_equal(a, 2);
	assert_int_equal(b, 4);
	apply(s, "cut:2:68:5000", &out);
	assert_int_equal(out.events[a].n_pauses, 1);
	assert_int_equal(out.events[a].pauses[0].off, 68);
	assert_int_equal(out.events[a].pauses[0].ns, 5000);
	assert_int_equal(out.events[a].pauses[0].of, IR_NO_EVENT);
	assert_int_equal(out.events[b].n_pauses, 0);
	assert_null(out.events[b].timing);
	schedule_free(&out);
	apply(s, "cut:2:68:4:7000", &out);
	assert_int_equal(out.events[a].pauses[0].of, b);
	assert_int_equal(out.events[a].pauses[0].ns, 7000);
	assert_int_equal(out.events[b].timing->of, a);
	assert_int_equal(out.events[b].timing->ns, 150000);
	schedule_free(&out);
	apply(s, "cut:4:68:2:7000", &out);
	assert_int_equal(out.events[b].pauses[0].of, a);
	assert_int_equal(out.events[a].timing->of, b);
	assert_int_equal(out.events[a].timing->ns, 150000);
	schedule_free(&out);
	apply(s, "base", &out);
	assert_ptr_equal(out.events[b].pauses, &own);
	schedule_free(&out);
}

/* Of a pair the two as they were recorded, whichever is cut. */
static void
test_findings(void **state)
{
	const struct schedule turned = {.kind = SCHEDULE_CUT, .a = 4, .b = 2},
			      gap = {.kind = SCHEDULE_GAP, .a = 4, .b = 2};
	struct race_finding f = cuts_finding(&turned);

	(void)state;
	assert_true(f.cut);
	assert_int_equal(f.a, 2);
	assert_int_equal(f.b, 4);
	assert_int_equal(f.best.a, 4);
	f = cuts_finding(&gap);
	assert_false(f.cut);
	assert_int_equal(f.a, 4);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		CASE(test_the_seams_of_a_message),      CASE(test_recorded_cuts_come_in),
		CASE(test_the_seams_of_a_chain),        CASE(test_the_seams_under_layers),
		CASE(test_a_message_of_nothing),        CASE(test_schedules_are_read_as_written),
		CASE(test_what_it_makes_of_a_workload), CASE(test_findings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
