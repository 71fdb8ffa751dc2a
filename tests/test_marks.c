/* What a hand adds to events: labels, "after", faults; in memory and as text, and every failure. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "ir/ir_files.h"

#define META                                                                                       \
	"{\"format\":\"smbench\",\"version\":1,\"kind\":\"workload\",\n"                           \
	"\"connections\":[{\"client\":\"a\",\"server\":\"b\"}]}"
#define EVENT(n, ev, rest) "{\"n\":" #n ",\"ev\":\"" ev "\",\"c\":0" rest "}\n"
#define SEND(n, rest) EVENT(n, "send", ",\"data\":[0,4]" rest)
#define RECV(n, rest) EVENT(n, "recv", ",\"data\":[0,4]" rest)
#define FIN(n, from, rest) EVENT(n, "fin", ",\"from\":\"" from "\"" rest)
#define ELEVEN(x) x x x x x x x x x x x

static int
parse(const char *messages, struct ir *ir, struct err *e)
{
	static const uint8_t data[4];
	const struct ir_text text = {
		.dir = "w",
		.meta = slice_of((const uint8_t *)META, strlen(META)),
		.messages = slice_of((const uint8_t *)messages, strlen(messages)),
		.data = slice_of(data, sizeof(data)),
	};

	return ir_parse(&text, ir, e);
}

static void
test_labels_are_found_before_and_behind(void **state)
{
	struct ir ir;

	(void)state;
	assert_int_equal(parse(EVENT(0, "connect", ",\"label\":\"up\",\"after\":[]")
				       SEND(1, ",\"label\":\"z-1_.B\",\"after\":[\"last\",0]")
					       RECV(2, ",\"label\":\"got\"") FIN(
						       3, "client", ",\"after\":[\"z-1_.B\"]")
						       SEND(4, ",\"label\":\"last\","
							       "\"after\":[\"up\",\"got\"]"),
			       &ir, NULL),
			 0);
	assert_string_equal(ir.events[0].label, "up");
	assert_int_equal(ir.events[0].n_after, 0);
	assert_string_equal(ir.events[1].label, "z-1_.B");
	assert_int_equal(ir.events[1].n_after, 2);
	assert_int_equal(ir.events[1].after[0], 4);
	assert_int_equal(ir.events[1].after[1], 0);
	assert_null(ir.events[3].label);
	assert_int_equal(ir.events[3].after[0], 1);
	assert_int_equal(ir.events[4].after[0], 0);
	assert_int_equal(ir.events[4].after[1], 2);
	ir_free(&ir);
}

static void
test_every_fault_has_its_place(void **state)
{
	const struct ir_fault *f;
	struct ir ir;

	(void)state;
	assert_int_equal(parse(SEND(0, ",\"fault\":{\"unsent\":true}") SEND(
				       1, ",\"fault\":{\"times\":3,\"cut\":40,\"delay\":5000000,"
					  "\"rst\":true,\"stop_reading\":true}")
				       SEND(2, ",\"fault\":{\"resume_reading\":true}") SEND(3, ""),
			       &ir, NULL),
			 0);
	assert_true(ir.events[0].fault->unsent);
	assert_false(ir.events[0].fault->rst);
	f = ir.events[1].fault;
	assert_false(f->unsent);
	assert_true(f->rst);
	assert_true(f->stop_reading);
	assert_false(f->resume_reading);
	assert_int_equal(f->times, 3);
	assert_int_equal(f->cut, 40);
	assert_int_equal(f->delay, 5000000);
	assert_true(ir.events[2].fault->resume_reading);
	assert_null(ir.events[3].fault);
	ir_free(&ir);
}

/* What was read is written as it stood, labels in "after" as numbers. */
static void
test_marks_are_written_as_read(void **state)
{
	static const char text[] = SEND(0, ",\"label\":\"a\",\"after\":[2,\"b\"]")
		SEND(1, ",\"label\":\"b\",\"fault\":{\"times\":3,\"cut\":40,\"delay\":5000000,"
			"\"rst\":true,\"stop_reading\":true}")
			SEND(2, ",\"fault\":{\"unsent\":true}") SEND(3, ",\"barrier\":\"x\"")
				SEND(4, ",\"barrier\":\"x\"")
					SEND(5, ",\"gap\":[\"a\",2500,\"sent\"]")
						SEND(6, ",\"gap\":[0,0,\"answered\"]")
							SEND(7, ",\"pause\":[[1,5],[2,6,\"b\","
								"\"sent\"],[3,7,0,\"answered\"]]");
	static const char *const want[] = {
		",\"label\":\"a\",\"after\":[2,1]",
		",\"label\":\"b\",\"fault\":{\"times\":3,\"cut\":40,\"delay\":5000000,\"rst\":true,"
		"\"stop_reading\":true}",
		",\"fault\":{\"unsent\":true}",
		",\"barrier\":\"x\"",
		",\"barrier\":\"x\"",
		",\"gap\":[0,2500]",
		",\"gap\":[0,0,\"answered\"]",
		",\"pause\":[[1,5],[2,6,1],[3,7,0,\"answered\"]]",
	};
	struct ir ir;

	(void)state;
	assert_int_equal(parse(text, &ir, NULL), 0);
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		struct buf b = {0};

		assert_true(ir_has_marks(&ir.events[i]));
		ir_format_marks(&ir.events[i], &b);
		assert_int_equal(b.n, strlen(want[i]));
		assert_memory_equal(b.p, want[i], b.n);
		buf_free(&b);
	}
	ir_free(&ir);
}

static const struct bad {
	const char *messages, *says;
} bads[] = {
	{SEND(0, ",\"label\":7"), ":1: label: must be a text"},
	{SEND(0, ",\"label\":\"\""), ":1: label: a label has up to 64 letters, digits, '_', '-', "
				     "'.' and begins with a letter"},
	{SEND(0, ",\"label\":\"1a\""), ":1: label: a label has up to 64 letters, digits, '_', '-', "
				       "'.' and begins with a letter"},
	{SEND(0, ",\"label\":\"a b\""), ":1: label: a label has up to 64 letters, digits, '_', "
					"'-', '.' and begins with a letter"},
	{SEND(0, ",\"label\":\"" ELEVEN("abcdef") "\""),
	 ":1: label: a label has up to 64 letters, digits, '_', '-', '.' and begins with a letter"},
	{SEND(0, ",\"label\":\"a\"") SEND(1, "") RECV(2, ",\"label\":\"a\""),
	 ":3: label: event 0 has the label \"a\" already"},
	{SEND(0, ",\"after\":\"a\""), ":1: after: must be an array"},
	{SEND(0, ",\"after\":[\"b\"],\"label\":\"a\"") SEND(1, ""),
	 ":1: after[0]: no event has the label \"b\""},
	{SEND(0, ",\"after\":[null]"), ":1: after[0]: must be a number"},
	{SEND(0, "") SEND(1, ",\"after\":[0,2]"), ":2: after[1]: there is no event 2"},
	{RECV(0, ",\"after\":[]"), ":1: after: not in a recv event"},
	{FIN(0, "server", ",\"after\":[]"), ":1: after: what the server does cannot be held back"},
	{SEND(0, ",\"after\":[0]"), ":1: after[0]: in a circle: event 0 waits for this one"},
	{SEND(0, ",\"after\":[1]") SEND(1, ",\"after\":[3,2]") SEND(2, ",\"after\":[3,0]")
		 SEND(3, ""),
	 ":3: after[1]: in a circle: event 0 waits for this one"},
	{RECV(0, ",\"barrier\":\"go\""), ":1: barrier: not in a recv event"},
	{FIN(0, "server", ",\"barrier\":\"go\""),
	 ":1: barrier: what the server does has its own time"},
	{SEND(0, ",\"barrier\":7"), ":1: barrier: must be a text"},
	{SEND(0, ",\"barrier\":\"1\""), ":1: barrier: a barrier is named as labels are"},
	{SEND(0, ",\"barrier\":\"go\"") SEND(1, ""),
	 ":1: barrier: no other event has the same one"},
	{SEND(0, ",\"barrier\":\"go\"") SEND(1, ",\"barrier\":\"go\",\"gap\":[0,1]"),
	 ":2: gap: it has a barrier already"},
	{RECV(0, ",\"gap\":[0,1]"), ":1: gap: not in a recv event"},
	{SEND(0, ",\"gap\":7"), ":1: gap: must be an array"},
	{SEND(0, ",\"gap\":[1]"),
	 ":1: gap: must be [event, nanoseconds, \"sent\" or \"answered\"]"},
	{SEND(0, ",\"gap\":[1,0.5]"), ":1: gap[1]: must be a whole number"},
	{SEND(0, ",\"gap\":[1,1e300]"), ":1: gap[1]: must be a number of up to 53 bits"},
	{SEND(0, ",\"gap\":[1,0,\"seen\"]"), ":1: gap[2]: must be \"sent\" or \"answered\""},
	{SEND(0, ",\"gap\":[1,0]"), ":1: gap[0]: there is no event 1"},
	{SEND(0, ",\"gap\":[\"b\",0]"), ":1: gap[0]: no event has the label \"b\""},
	{SEND(0, ",\"gap\":[1,0]") RECV(1, ""),
	 ":1: gap: what it counts from is nothing that the client does"},
	{SEND(0, ",\"gap\":[1,0,\"answered\"]") EVENT(1, "connect", ""),
	 ":1: gap: what it counts from is no request"},
	{SEND(0, ",\"gap\":[1,0,\"answered\"]") FIN(1, "client", ""),
	 ":1: gap: what it counts from is no request"},
	{SEND(0, ",\"gap\":[1,-1,\"answered\"]") SEND(1, ""),
	 ":1: gap: before the answer that it counts from"},
	{SEND(0, ",\"gap\":[1,5,\"answered\"]") SEND(1, "") SEND(2, ",\"gap\":[0,-6]"),
	 ":3: gap: before the answer that it counts from"},
	{SEND(0, ",\"gap\":[1,1]") SEND(1, ",\"gap\":[0,1]"), ":1: gap: in a circle"},
	{SEND(0, ",\"gap\":[1,9007199254740992]") SEND(1, ",\"gap\":[2,1]") SEND(2, ""),
	 ":1: gap: too long"},
	{SEND(0, "") SEND(1, ",\"gap\":[0,-5]"),
	 ":2: it would overtake what stands before it on its connection"},
	{SEND(0, ",\"fault\":{\"unsent\":true},\"gap\":[1,0]") SEND(1, ""),
	 ":1: gap: what is unsent or delayed has no such time"},
	{RECV(0, ",\"pause\":[[1,0]]"), ":1: pause: not in a recv event"},
	{SEND(0, ",\"pause\":7"), ":1: pause: must be an array"},
	{SEND(0, ",\"pause\":[1,0]"), ":1: pause[0]: must be an array"},
	{SEND(0, ",\"pause\":[[1]]"),
	 ":1: pause[0]: must be [offset, nanoseconds, event, \"sent\" or \"answered\"]"},
	{SEND(0, ",\"pause\":[[1,-5]]"), ":1: pause[0][1]: must be a number from 0 to "
					 "9007199254740992"},
	{SEND(0, ",\"pause\":[[0,5]]"), ":1: pause[0]: offsets are over 0 and ascend"},
	{SEND(0, ",\"pause\":[[2,5],[2,5]]"), ":1: pause[1]: offsets are over 0 and ascend"},
	{SEND(0, "") SEND(1, ",\"pause\":[[1,5],[4,5]]"),
	 ":2: pause[1]: the message has only 4 bytes"},
	{SEND(0, ",\"pause\":[[1,5,\"b\"]]"), ":1: pause[0]: no event has the label \"b\""},
	{SEND(0, ",\"pause\":[[1,5],[2,5,1]]"), ":1: pause[1]: there is no event 1"},
	{RECV(0, "") SEND(1, ",\"pause\":[[1,5,0]]"),
	 ":2: pause: what it counts from is nothing that the client does"},
	{EVENT(0, "connect", "") SEND(1, ",\"pause\":[[1,5,0,\"answered\"]]"),
	 ":2: pause: what it counts from is no request"},
	{SEND(0, ",\"pause\":[[1,5,0]]"),
	 ":1: pause: what it counts from goes out behind it on its connection"},
	{SEND(0, ",\"pause\":[[1,5,1]]") SEND(1, ""),
	 ":1: pause: what it counts from goes out behind it on its connection"},
	{SEND(0, ",\"pause\":[[1,5,1,\"seen\"]]") SEND(1, ""),
	 ":1: pause[0][3]: must be \"sent\" or \"answered\""},
	{SEND(0, ",\"pause\":[[1,5]],\"fault\":{\"rst\":true}"),
	 ":1: pause: what is unsent, repeated, cut or reset has no pause"},
	{RECV(0, ",\"fault\":{}"), ":1: fault: not in a recv event"},
	{SEND(0, ",\"fault\":true"), ":1: fault: must be an object"},
	{SEND(0, ",\"fault\":{\"lost\":true}"), ":1: fault: unknown key \"lost\""},
	{SEND(0, ",\"fault\":{\"unsent\":1}"), ":1: fault.unsent: must be true or false"},
	{SEND(0, ",\"fault\":{\"times\":65537}"),
	 ":1: fault.times: must be a number from 0 to 65536"},
	{SEND(0, ",\"fault\":{\"cut\":16777220}"),
	 ":1: fault.cut: must be a number from 0 to 16777219"},
	{SEND(0, ",\"fault\":{\"unsent\":true,\"times\":2}"),
	 ":1: fault: what is not sent cannot go wrong in another way"},
	{SEND(0, ",\"fault\":{\"stop_reading\":true,\"resume_reading\":true}"),
	 ":1: fault: stop_reading and resume_reading contradict each other"},
};

static void
test_every_failure_has_its_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bads) / sizeof(bads[0]); i++) {
		char want[512];
		struct err e = {0};
		struct ir ir;

		assert_int_equal(parse(bads[i].messages, &ir, &e), ERR_MALFORMED);
		(void)snprintf(want, sizeof(want), "w/messages.jsonl%s", bads[i].says);
		assert_string_equal(e.text, want);
	}
}

/* A thousand events of which each waits for the one behind it: no recursion, no circle. */
static void
test_a_long_way_is_no_circle(void **state)
{
	struct buf text = {0};
	struct ir ir;

	(void)state;
	for (unsigned i = 0; i < 1000; i++)
		buf_printf(&text,
			   "{\"n\":%u,\"ev\":\"send\",\"c\":0,\"data\":[0,4],\"after\":[%u]}\n", i,
			   i + 1);
	buf_printf(&text, "{\"n\":1000,\"ev\":\"connect\",\"c\":0}\n");
	buf_add(&text, "", 1);
	assert_int_equal(parse((const char *)text.p, &ir, NULL), 0);
	assert_int_equal(ir.events[999].after[0], 1000);
	ir_free(&ir);
	buf_free(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_labels_are_found_before_and_behind),
		cmocka_unit_test(test_every_fault_has_its_place),
		cmocka_unit_test(test_marks_are_written_as_read),
		cmocka_unit_test(test_every_failure_has_its_place),
		cmocka_unit_test(test_a_long_way_is_no_circle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
