/* Workloads on disk that are damaged: each is refused with the place of the fault. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "ir/ir.h"
#include "tests/temp_dir.h"

#define META                                                                                       \
	"{\"format\":\"smbench\",\"version\":1,\"kind\":\"workload\",\n"                           \
	"\"connections\":[{\"client\":\"a\",\"server\":\"b\"}]}"
#define SEND(rest) "{\"n\":0,\"ev\":\"send\",\"c\":0,\"data\":[0,100]" rest "}\n"
#define RECV(rest) "{\"n\":0,\"ev\":\"recv\",\"c\":0,\"data\":[0,100]" rest "}\n"

/* One fault each, and what is said about it; %s is the directory. */
static const struct bad {
	const char *meta, *messages, *says;
} bads[] = {
	{"", "", "%s/workload.json:1: not valid JSON"},
	{"{\n\n\"format\" 1}", "", "%s/workload.json:3: not valid JSON"},
	{"[]", "", "%s/workload.json:1: must be an object"},
	{META "x", "", "%s/workload.json:2: text behind the JSON value"},
	{"{\"format\":\"smb\xff\"}", "",
	 "%s/workload.json:1: not UTF-8 text without control characters"},
	{"{\"format\":\"smb\\u0000\"}", "",
	 "%s/workload.json:1: not UTF-8 text without control characters"},
	{"{\"format\":\"smb\\uZZZZ\"}", "",
	 "%s/workload.json:1: not UTF-8 text without control characters"},
	{"{\"format\":\"other\",\"version\":1,\"kind\":\"run\"}", "",
	 "%s/workload.json:1: format: must be \"smbench\""},
	{"{\"format\":\"smbench\",\"kind\":\"run\"}", "",
	 "%s/workload.json:1: key \"version\" is missing"},
	{"{\"format\":\"smbench\",\n\"version\":2,\"new\":1}", "",
	 "%s/workload.json:2: version: format version 2, this program reads version 1"},
	{"{\"format\":\"smbench\",\"version\":1,\"kind\":\"walk\"}", "",
	 "%s/workload.json:1: kind: must be \"workload\" or \"run\""},
	{"{\"format\":\"smbench\",\"version\":1,\"kind\":\"run\",\n\n\"foo\":1}", "",
	 "%s/workload.json:3: unknown key \"foo\""},
	{"{\"format\":\"smbench\",\"version\":1,\"kind\":\"run\",\n\"tool\":\"\",\n\"tool\":\"\"}",
	 "", "%s/workload.json:3: repeated key \"tool\""},
	{"{\"format\":\"smbench\",\"version\":1,\"kind\":\"run\",\"start\":\"1.5\"}", "",
	 "%s/workload.json:1: start: must be \"SECONDS.NANOSECONDS\", nine digits behind the "
	 "point"},
	{"{\"format\":\"smbench\",\"version\":1,\"kind\":\"run\",\"start\":1}", "",
	 "%s/workload.json:1: start: must be a text"},
	{"{\"format\":\"smbench\",\"version\":1,\"kind\":\"run\",\n\"connections\":[\n{\"client\":"
	 "\"}\\\"\",\"server\":\"\"},\n"
	 "{\"client\":5,\"server\":\"\"}]}",
	 "", "%s/workload.json:4: connections[1].client: must be a text"},
	{"{\"format\":\"smbench\",\"version\":1,\"kind\":\"run\",\"totals\":[]}", "",
	 "%s/workload.json:1: totals: must be an object"},
	{META, "{\"n\":0,\"ev\":\"send\",\"c\":0,\"data\":[0,100]}",
	 "%s/messages.jsonl:1: the line is cut short"},
	{META, "\n", "%s/messages.jsonl:1: not valid JSON"},
	{META, SEND("") "{\"n\":1,\"ev\":\"rst\",\"c\":0,\"from\":\"client\",\"foo\":1}\n",
	 "%s/messages.jsonl:2: unknown key \"foo\""},
	{META, SEND("") SEND(""),
	 "%s/messages.jsonl:2: n: must be 1, the number of the event by its line"},
	{META, SEND(",\"c\":0"), "%s/messages.jsonl:1: repeated key \"c\""},
	{META, "{\"n\":0,\"ev\":\"sent\",\"c\":0}\n",
	 "%s/messages.jsonl:1: ev: no such kind of event"},
	{META, "{\"n\":0,\"ev\":\"connect\",\"c\":1}\n",
	 "%s/messages.jsonl:1: c: workload.json has 1 connections"},
	{META, "{\"n\":0,\"ev\":\"connect\",\"c\":-1}\n",
	 "%s/messages.jsonl:1: c: must be a number from 0 to 4294967295"},
	{META, "{\"n\":0,\"ev\":\"connect\",\"c\":0.5}\n",
	 "%s/messages.jsonl:1: c: must be a whole number"},
	{META, "{\"n\":0,\"ev\":\"connect\",\"c\":\"0\"}\n",
	 "%s/messages.jsonl:1: c: must be a number"},
	{META, "{\"n\":0,\"ev\":\"connect\",\"c\":0,\"t\":9007199254740994}\n",
	 "%s/messages.jsonl:1: t: must be a number from 0 to 9007199254740992"},
	{META, "{\"n\":0,\"ev\":\"connect\",\"c\":0,\"t\":[1,2,3]}\n",
	 "%s/messages.jsonl:1: t: must be a number or [first, last]"},
	{META, "{\"n\":0,\"ev\":\"connect\",\"c\":0,\"data\":[0,1]}\n",
	 "%s/messages.jsonl:1: data: not in a connect event"},
	{META, "{\"n\":0,\"ev\":\"fin\",\"c\":0}        \n",
	 "%s/messages.jsonl:1: ev: the key \"from\" is missing"},
	{META, "{\"n\":0,\"ev\":\"fin\",\"c\":0,\"from\":\"me\"}\n",
	 "%s/messages.jsonl:1: from: must be \"client\" or \"server\""},
	{META, "{\"n\":0,\"ev\":\"send\",\"c\":0,\"data\":[0,101]}\n",
	 "%s/messages.jsonl:1: data: lies outside data.bin"},
	{META, "{\"n\":0,\"ev\":\"send\",\"c\":0,\"data\":[[0,50],[101,0]]}\n",
	 "%s/messages.jsonl:1: data[1]: lies outside data.bin"},
	{META, "{\"n\":0,\"ev\":\"send\",\"c\":0,\"data\":[1]}\n",
	 "%s/messages.jsonl:1: data: must be [offset, length]"},
	{META, "{\"n\":0,\"ev\":\"send\",\"c\":0,\"data\":[0,3]}\n",
	 "%s/messages.jsonl:1: ev: a message has at least the 4 bytes of its frame header"},
	{META, SEND(",\"cuts\":[5,5]"),
	 "%s/messages.jsonl:1: cuts[1]: cuts must ascend and lie inside the event"},
	{META, SEND(",\"cuts\":[100]"),
	 "%s/messages.jsonl:1: cuts[0]: cuts must ascend and lie inside the event"},
	{META, SEND(",\"joined\":1"), "%s/messages.jsonl:1: joined: must be true or false"},
	{META, SEND(",\"defs\":[]"), "%s/messages.jsonl:1: defs: not in a send event"},
	{META, SEND(",\"patches\":[[99,2,\"layout\"]]"),
	 "%s/messages.jsonl:1: patches[0]: lies outside the message"},
	{META, SEND(",\"patches\":[[9,2,\"layout\"],[10,2,\"layout\"]]"),
	 "%s/messages.jsonl:1: patches[1]: patches must ascend and not overlap"},
	{META, SEND(",\"patches\":[[9,2,\"layer\"]]"),
	 "%s/messages.jsonl:1: patches[0][2]: no such symbol or computation"},
	{META, SEND(",\"patches\":[[9,8,\"open\"]]"),
	 "%s/messages.jsonl:1: patches[0][2]: no such symbol or computation"},
	{META, SEND(",\"patches\":[[9,8,\"open.0\"]]"),
	 "%s/messages.jsonl:1: patches[0][2]: a symbol's number must be from 1 to 67108864"},
	{META, SEND(",\"patches\":[[9,8,\"open.99999999\"]]"),
	 "%s/messages.jsonl:1: patches[0][2]: a symbol's number must be from 1 to 67108864"},
	{META, SEND(",\"patches\":[[9,8,\"open.1\",9]]"),
	 "%s/messages.jsonl:1: patches[0]: the symbol has 16 bytes"},
	{META, SEND(",\"patches\":[[9,8,\"signature\"]]"),
	 "%s/messages.jsonl:1: patches[0]: must be 16 bytes wide"},
	{META, SEND(",\"patches\":[[9,8,\"open.1\"]]"),
	 "%s/messages.jsonl:1: symbol open.1 is defined nowhere"},
	{META, RECV(",\"defs\":[[9,8,\"session.1\",0]]"),
	 "%s/messages.jsonl:1: defs[0]: must be [offset, width, symbol]"},
	{META, RECV(",\"defs\":[[9,4,\"session.1\"]]"),
	 "%s/messages.jsonl:1: defs[0]: must be 8 bytes wide"},
	{META, RECV(",\"defs\":[[9,16,\"signature\"]]"),
	 "%s/messages.jsonl:1: defs[0]: only symbols are defined"},
	{META, RECV(",\"defs\":[[9,8,\"session.1\"],[17,8,\"session.1\"]]"),
	 "%s/messages.jsonl:1: defs[1]: the symbol is defined a second time"},
	{META, SEND(",\"sealed\":false"), "%s/messages.jsonl:1: sealed: must be true or a session"},
	{META, SEND(",\"sealed\":\"tree.1\""),
	 "%s/messages.jsonl:1: sealed: must be true or a session"},
	{META, SEND(",\"sealed\":\"session.1\""),
	 "%s/messages.jsonl:1: symbol session.1 is defined nowhere"},
	{META, SEND(",\"sealed\":1"), "%s/messages.jsonl:1: sealed: must be a text"},
	{META, SEND(",\"compressed\":[0,3]"),
	 "%s/messages.jsonl:1: compressed: a message has at least the 4 bytes of its frame "
	 "header"},
	{META, SEND(",\"compressed\":[99,4]"),
	 "%s/messages.jsonl:1: compressed: lies outside data.bin"},
	{META, SEND(",\"compressed\":true"), "%s/messages.jsonl:1: compressed: must be an array"},
	{META, "{\"n\":0,\"ev\":\"connect\",\"c\":0,\"sealed\":true}\n",
	 "%s/messages.jsonl:1: sealed: not in a connect event"},
	{META, SEND(",\"set\":{\"1x\":\"1\"}"),
	 "%s/messages.jsonl:1: set.1x: must be a field's path, or PDU.path"},
	{META, SEND(",\"set\":{\"status\":1}"), "%s/messages.jsonl:1: set.status: must be a text"},
	{META, SEND(",\"set\":{\"1.flags\":\"1\"}"),
	 "%s/messages.jsonl:1: set: flags: there is no PDU 1"},
};

static void
test_load_names_the_place_of_each_fault(void **state)
{
	const char *dir = *state;
	char hundred[101];

	memset(hundred, 'x', 100);
	hundred[100] = '\0';
	temp_dir_write(dir, "data.bin", hundred);
	for (size_t i = 0; i < sizeof(bads) / sizeof(bads[0]); i++) {
		char want[512];
		struct err e = {0};
		struct ir ir;

		temp_dir_write(dir, "workload.json", bads[i].meta);
		temp_dir_write(dir, "messages.jsonl", bads[i].messages);
		assert_int_not_equal(ir_load(dir, &ir, &e), 0);
		(void)snprintf(want, sizeof(want), "%s%s", dir, bads[i].says + 2);
		assert_string_equal(e.text, want);
	}
}

static void
test_load_wants_all_files(void **state)
{
	static const char *const names[] = {"workload.json", "messages.jsonl", "data.bin"};
	const char *dir = *state;
	char want[512];
	struct ir ir;

	for (size_t i = 0; i < 3; i++) {
		struct err e = {0};

		assert_int_not_equal(ir_load(dir, &ir, &e), 0);
		(void)snprintf(want, sizeof(want), "%s/%s: No such file or directory", dir,
			       names[i]);
		assert_string_equal(e.text, want);
		temp_dir_write(dir, names[i], i == 0 ? META : "");
	}
	assert_int_equal(ir_load(dir, &ir, NULL), 0);
	assert_int_equal(ir.n_events, 0);
	ir_free(&ir);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, temp_dir_setup, temp_dir_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_load_names_the_place_of_each_fault),
		TEST(test_load_wants_all_files),
	};
#undef TEST

	return cmocka_run_group_tests(tests, NULL, NULL);
}
