/* state.jsonl: written and read, and refused where it is wrong. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "ir/state_read.h"

/* Read a text as the state of a workload of 20 messages, with 100 bytes in data.bin. */
static int
parse(const char *text, struct state *out, struct err *e)
{
	static struct ir_event events[20];
	static const uint8_t data[100] = {7};
	const struct ir ir = {
		.events = events, .n_events = 20, .data = data, .data_len = sizeof(data)};

	*e = (struct err){0};
	return state_parse("s", slice_of(text, strlen(text)), &ir, out, e);
}

#define ENTRY "{\"share\":\"s\",\"path\":"
#define FILE_A ENTRY "\"d\\\\a\",\"kind\":\"file\",\"size\":50"

static void
test_a_state_is_read_as_it_is_written(void **state)
{
	static const char text[] =
		ENTRY "\"d\\\\a\",\"kind\":\"file\",\"why\":\"opened\",\"event\":4,"
		      "\"doubts\":[\"sizes\"],\"against\":9,\"attributes\":\"0x20\","
		      "\"times\":{\"write\":\"2026-01-02T03:04:05.1234567Z\"},\"size\":50,"
		      "\"contents\":[[0,10,20],[30,\"6869\"]],"
		      "\"streams\":[{\"name\":\"t\",\"size\":1}],"
		      "\"eas\":[{\"name\":\"user.x\",\"value\":\"01ff\"}],"
		      "\"security_parts\":\"0x7\",\"security\":\"0100\"}\n" ENTRY
		      "\"D\\\\A\",\"contents\":[[40,0,5]]}\n" ENTRY
		      "\"d\\\\A\",\"stream\":\"t\",\"contents\":[[0,0,1]]}\n";
	struct state s;
	const struct state_entry *a;
	struct err e;

	(void)state;
	assert_int_equal(parse(text, &s, &e), 0);
	assert_int_equal(s.n, 3);
	assert_int_equal(s.list[0].kind, STATE_DIRECTORY);
	assert_int_equal(s.list[1].reason, STATE_BY_PARENT);
	a = &s.list[2];
	assert_string_equal(a->path, "d\\a");
	assert_true((a->doubts >> STATE_DOUBT_SIZES & 1) != 0);
	assert_int_equal(a->event, 4);
	assert_int_equal(a->against, 9);
	assert_int_equal(a->times[STATE_WRITE], 134117966451234567u);
	assert_int_equal(a->data.n_pieces, 3);
	assert_memory_equal(state_bytes(&s, &a->data.pieces[1]).p, "hi", 2);
	assert_int_equal(state_bytes(&s, &a->data.pieces[2]).p[0], 7);
	assert_int_equal(a->streams[0].data.n_pieces, 1);
	assert_int_equal(a->eas[0].value.n, 2);
	assert_int_equal(a->security_parts, 7);
	assert_int_equal(a->security.n, 2);
	state_free(&s);
}

static void
test_a_wrong_state_is_refused_with_its_line(void **state)
{
	static const struct {
		const char *text, *says;
	} wrong[] = {
		{FILE_A "}", "s:1: the line is cut short"},
		{FILE_A ",\"colour\":1}\n", "s:1: unknown key"},
		{FILE_A "}\n" FILE_A "}\n", "s:2: path: is there twice"},
		{FILE_A "}\n" ENTRY "\"D\",\"kind\":\"file\"}\n",
		 "s:2: path: holds others, and is no directory"},
		{FILE_A "}\n" ENTRY "\"d\",\"kind\":\"absent\"}\n",
		 "s:2: path: holds others, and is no directory"},
		{FILE_A "}\n" ENTRY "\"d\\\\a\\\\b\",\"kind\":\"file\"}\n",
		 "s:2: path: lies in what is no directory"},
		{ENTRY "\"a\",\"kind\":\"absent\"}\n" ENTRY "\"a\\\\b\",\"kind\":\"file\"}\n",
		 "s:2: path: lies in what is no directory"},
		{ENTRY "\"..\\\\b\",\"kind\":\"file\"}\n",
		 "s:1: path: must be names with backslashes between them"},
		{ENTRY "\"a/b\",\"kind\":\"file\"}\n",
		 "s:1: path: must be names with backslashes between them"},
		{ENTRY "\"\\\\a\",\"kind\":\"file\"}\n",
		 "s:1: path: must be names with backslashes between them"},
		{ENTRY "\"a:b\",\"kind\":\"file\"}\n",
		 "s:1: path: must be names with backslashes between them"},
		{ENTRY "\"\",\"kind\":\"file\"}\n", "s:1: kind: the root is a directory"},
		{ENTRY "\"a\",\"kind\":\"pipe\"}\n", "s:1: kind: 'pipe' is none that is known"},
		{ENTRY "\"a\",\"kind\":\"absent\",\"size\":1}\n",
		 "s:1: size: is said of an absent name"},
		{ENTRY "\"a\",\"kind\":\"directory\",\"size\":1}\n",
		 "s:1: size: is said of a directory"},
		{FILE_A ",\"event\":20}\n", "s:1: event: there is no such message"},
		{FILE_A ",\"contents\":[[0,95,6]]}\n",
		 "s:1: contents[0][2]: must be a number from 0 to 5"},
		{FILE_A ",\"contents\":[[45,0,6]]}\n", "s:1: contents[0]: lies behind the size"},
		{FILE_A ",\"contents\":[[0,0,9],[8,0,1]]}\n", "s:1: contents[1]: is there twice"},
		{FILE_A ",\"contents\":[[0,0]]}\n", "s:1: contents[0]: must be [offset"},
		{FILE_A ",\"contents\":[[0,\"123\"]]}\n", "must be bytes in hexadecimal"},
		{FILE_A ",\"times\":{\"write\":\"2026-13-02T03:04:05.0000000Z\"}}\n",
		 "s:1: times.write: must be as 2020-09-13T12:26:40.0000000Z"},
		{FILE_A ",\"doubts\":[\"colour\"]}\n", "s:1: doubts[0]: 'colour' is none"},
		{ENTRY "\"a\",\"contents\":[]}\n", "s:1: has no \"kind\""},
		{FILE_A "}\n" ENTRY "\"d\\\\a\",\"stream\":\"x\",\"contents\":[]}\n",
		 "s:2: stream: there is no such stream"},
		{FILE_A ",\"streams\":[{\"name\":\"t\"},{\"name\":\"T\"}]}\n", "is there twice"},
		{FILE_A ",\"eas\":[{\"name\":\"\",\"value\":\"\"}]}\n", "s:1: eas[0]: is no name"},
	};
	struct state s;
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_not_equal(parse(wrong[i].text, &s, &e), 0);
		if (strstr(e.text, wrong[i].says) == NULL)
			fail_msg("%s says: %s", wrong[i].text, e.text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_state_is_read_as_it_is_written),
		cmocka_unit_test(test_a_wrong_state_is_refused_with_its_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
