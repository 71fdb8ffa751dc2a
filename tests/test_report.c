/* What is printed of divergences: no control characters of a server's, and no more memory than a
 * few lines take. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "report.h"

static const struct judge_totals usual_totals = {
	.expected = 3, .met = 2, .equal = 1, .divergences = {[JUDGE_FIELD] = 2}};
static struct judge_totals negotiated_totals = {.expected = 3, .met = 2, .equal = 1};
static const struct judge_totals *totals = &usual_totals;
static const struct engine_credits credits[] = {
	{.less = true, .event = 3, .sum = 7},
	{.less = true,
	 .event = 9,
	 .frame = 12,
	 .granted = 8,
	 .recorded = 31,
	 .sum = 12,
	 .recorded_sum = 43,
	 .held = 2,
	 .held_ns = 250000000,
	 .uncovered = 1},
};
static struct report_run run = {.target = "127.0.0.1:445", .sent = 7, .duration_ns = 1500000000};

/* What `n` reports of a divergence print; valid until the next call. */
static const char *
print(bool json, unsigned n, const struct judge_divergence *d)
{
	static char text[1 << 20];
	FILE *f = tmpfile();
	int saved = dup(STDOUT_FILENO);
	struct report *r;
	size_t got;

	assert_non_null(f);
	(void)fflush(stdout);
	assert_true(dup2(fileno(f), STDOUT_FILENO) >= 0);
	assert_int_equal(report_new(json, &r), 0);
	while (n-- > 0)
		report_sink(r).divergence(report_sink(r).ctx, d);
	assert_int_equal(report_end(r, totals, &run), 0);
	report_free(r);
	(void)fflush(stdout);
	assert_true(dup2(saved, STDOUT_FILENO) >= 0);
	(void)close(saved);
	rewind(f);
	got = fread(text, 1, sizeof(text) - 1, f);
	text[got] = '\0';
	(void)fclose(f);
	return text;
}

static const struct judge_divergence one = {.kind = JUDGE_FIELD,
					    .event = 17,
					    .frame = 4,
					    .conn = 2,
					    .pdu = 1,
					    .message = "CREATE response",
					    .field = "body.oplock_level",
					    .expected = "0x09",
					    .got = "0x08"};

static void
test_report_text(void **state)
{
	(void)state;
	assert_string_equal(print(false, 1, &one),
			    "#17 (frame 4) connection 2: field: CREATE response body.oplock_level: "
			    "expected 0x09, got 0x08\n"
			    "127.0.0.1:445: 7 messages sent in 1.500 s\n"
			    "2 of 3 recorded answers came, 1 without a difference\n"
			    "2 divergences, field 2\n");
}

static void
test_report_json(void **state)
{
	(void)state;
	assert_string_equal(print(true, 1, &one),
			    "{\n\t\"divergences\":[\n\t\t{\"kind\":\"field\",\"event\":17,"
			    "\"frame\":4,\"connection\":2,"
			    "\"message\":\"CREATE "
			    "response\",\"pdu\":1,\"field\":\"body.oplock_level\",\"expected\":"
			    "\"0x09\",\"got\":\"0x08\"}"
			    "\n\t],\n\t\"totals\":{\"target\":\"127.0.0.1:445\",\"sent\":7,\"not_"
			    "sent\":0,\"not_recorded\":0,\"held_back\":0,"
			    "\"reconnects\":0,\"opens_reclaimed\":0,\"split_segments\":0,"
			    "\"duration_ns\":1500000000,"
			    "\"fewer_credits\":[],"
			    "\"expected\":3,\"met\":2,\"equal\":1,\"given_up\":0,\"reordered\":0,"
			    "\"divergences\":2,"
			    "\"by_kind\":{\"field\":2}}\n}\n");
}

/* What the servers negotiated is told apart from what they did, which is what `divergences` holds.
 */
static void
test_report_another_negotiation(void **state)
{
	struct judge_divergence d = one;
	const char *text;

	(void)state;
	d.kind = JUDGE_NEGOTIATED;
	d.message = "NEGOTIATE response";
	d.field = "body.capabilities";
	negotiated_totals.divergences[JUDGE_NEGOTIATED] = 1;
	totals = &negotiated_totals;
	assert_string_equal(print(false, 1, &d),
			    "negotiated otherwise: NEGOTIATE response body.capabilities: expected "
			    "0x09, got 0x08 (#17, frame 4, connection 2)\n"
			    "127.0.0.1:445: 7 messages sent in 1.500 s\n"
			    "2 of 3 recorded answers came, 1 without a difference\n"
			    "1 divergence, negotiated 1\n");
	text = print(true, 1, &d);
	assert_ptr_equal(strstr(text, "{\n\t\"divergences\":[\n\t],\n\t\"negotiated\":[\n\t\t{"
				      "\"kind\":\"negotiated\",\"event\":17,"),
			 text);
	assert_non_null(strstr(text, "\"got\":\"0x08\"}\n\t],\n\t\"totals\":{"));
	totals = &usual_totals;
	assert_true(report_differs(&negotiated_totals));
}

static void
test_report_credits(void **state)
{
	(void)state;
	run.credits = credits;
	run.n_conns = sizeof(credits) / sizeof(credits[0]);
	assert_non_null(
		strstr(print(false, 0, &one),
		       "\nconnection 1: fewer credits than recorded, first in the answer #9 "
		       "(frame 12): 8, recorded 31; in all up to there 12, recorded 43; 2 "
		       "requests waited for credits, 0.250 s in all; 1 went out without\n2 of"));
	assert_non_null(strstr(print(true, 0, &one),
			       "\"fewer_credits\":[{\"connection\":1,\"event\":9,\"frame\":12,"
			       "\"granted\":8,\"recorded\":31,\"granted_so_far\":12,"
			       "\"recorded_so_far\":43,\"held\":2,\"held_ns\":250000000,"
			       "\"uncovered\":1}],"));
	run.n_conns = 0;
}

static void
test_report_control_characters_are_not_printed(void **state)
{
	struct judge_divergence d = one;

	(void)state;
	d.got = "\"\033]0;gotcha\007\x7f\"";
	assert_non_null(strstr(print(false, 1, &d), "got \".]0;gotcha..\"\n"));
	assert_non_null(
		strstr(print(true, 1, &d), "\"got\":\"\\\"\\u001b]0;gotcha\\u0007\\u007f\\\"\""));
}

/* Many divergences come out one after the other, as one object all the same. */
static void
test_report_many_divergences(void **state)
{
	const char *text = print(true, 3000, &one), *at = text;
	unsigned n = 0;

	(void)state;
	while ((at = strstr(at, "\"kind\"")) != NULL) {
		at++;
		n++;
	}
	assert_int_equal(n, 3000);
	assert_memory_equal(text, "{\n\t\"divergences\":[\n\t\t{", 22);
	assert_string_equal(text + strlen(text) - 3, "\n}\n");
	assert_null(strstr(text, "}{"));
}

/* Recorded beside live; nobody knows when the requests were due. */
static void
test_report_latency(void **state)
{
	static struct latency recorded, live;
	static struct judge_totals counted;
	struct report_run before = run;

	(void)state;
	for (uint64_t i = 1; i <= 100; i++)
		assert_int_equal(histogram_add(&recorded.all[SMB2_CMD_READ][1], i * 1000000), 0);
	assert_int_equal(histogram_add(&recorded.all[SMB2_CMD_READ][0], 250000), 0);
	assert_int_equal(histogram_add(&live.all[SMB2_CMD_ECHO][0], 1500), 0);
	run.recorded = &recorded;
	run.live = &live;
	totals = &counted;
	counted.commands[SMB2_CMD_READ] =
		(struct judge_count){.recorded = 101, .came = 101, .equal = 100};
	assert_non_null(strstr(
		print(false, 0, NULL),
		"command           answers    equal        p50 live p50        p99 live p99\n"
		"READ                  101      100    50.1 ms        -    99.1 ms        -\n"
		"  to 4 KiB              1              250 us        -     250 us        -\n"
		"  to 64 KiB           100             50.1 ms        -    99.1 ms        -\n"
		"ECHO                    0        0          -  1.50 us          -  1.50 us\n"));
	assert_non_null(strstr(print(true, 0, NULL),
			       "\"commands\":[{\"command\":\"READ\",\"answers\":101,\"came\":"
			       "101,\"equal\":100}]"));
	assert_non_null(strstr(print(true, 0, NULL), "\"latency\":["));
	assert_non_null(
		strstr(print(true, 0, NULL),
		       "{\"command\":\"READ\",\"size\":\"to 64 KiB\",\"recorded\":{\"answers\":100,"
		       "\"min_ns\":1000000,\"p50_ns\":"));
	assert_non_null(strstr(print(true, 0, NULL), "\"run\":{\"answers\":0}}"));
	assert_null(strstr(print(true, 0, NULL), "since_due"));
	run.due = &live;
	assert_non_null(strstr(print(true, 0, NULL), "\"since_due\":{\"answers\":1,"));
	run = before;
	totals = &usual_totals;
	histogram_free(&recorded.all[SMB2_CMD_READ][0]);
	histogram_free(&recorded.all[SMB2_CMD_READ][1]);
	histogram_free(&live.all[SMB2_CMD_ECHO][0]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_report_latency),
		cmocka_unit_test(test_report_text),
		cmocka_unit_test(test_report_json),
		cmocka_unit_test(test_report_another_negotiation),
		cmocka_unit_test(test_report_credits),
		cmocka_unit_test(test_report_control_characters_are_not_printed),
		cmocka_unit_test(test_report_many_divergences),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
