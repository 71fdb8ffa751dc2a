/* Hand-written workloads: the bytes, patches and answers that fields become; every failure. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "ir/ir_files.h"
#include "ir/judge.h"
#include "proto/smb2_pdu.h"
#include "tests/body_build.h"
#include "tests/hex.h"

static int
parse(const char *text, struct ir *ir, struct err *e)
{
	return ir_parse_file("p.smb", slice_of((const uint8_t *)text, strlen(text)), ir, e);
}

static void
load(const char *text, struct ir *ir)
{
	struct err e = {0};

	if (parse(text, ir, &e) != 0)
		fail_msg("%s", e.text);
}

static void
expect_bytes(const struct ir_event *ev, const char *hex)
{
	struct hex want = unhex(hex);

	assert_int_equal(ev->size, want.n);
	assert_memory_equal(ev->own, hex_slice(&want).p, want.n);
}

static void
expect_patch(const struct ir_event *ev, uint32_t i, struct ir_patch want)
{
	assert_true(i < ev->n_patches);
	assert_int_equal(ev->patches[i].off, want.off);
	assert_int_equal(ev->patches[i].width, want.width);
	assert_int_equal(ev->patches[i].what, want.what);
	assert_int_equal(ev->patches[i].number, want.number);
}

#define CLOSE_BODY(flags) "1800" flags "00000000 ffffffffffffffffffffffffffffffff"

/* MS-SMB2 2.2.1.2 and 2.2.13, with the lease of 2.2.13.2.8: offsets from the header, contexts at a
 * multiple of 8. */
static void
test_a_create_by_its_fields(void **state)
{
	struct ir ir;

	(void)state;
	load("{\"ev\":\"send\",\"c\":0,\"fields\":{\"command\":\"CREATE\",\"session_id\":\"0x11\","
	     "\"tree_id\":34,\"signature\":\"000102030405060708090a0b0c0d0e0f\","
	     "\"body.name\":\"a\\\\b\",\"body.requested_oplock_level\":\"0xff\","
	     "\"body.create_contexts\":[{\"name\":\"MxAc\"},{\"name\":\"RqLs\",\"data\":"
	     "{\"lease_key\":\"a0a1a2a3a4a5a6a7a8a9aaabacadaeaf\",\"lease_state\":7}}]}}",
	     &ir);
	assert_int_equal(ir.n_events, 3);
	assert_int_equal(ir.events[0].kind, IR_CONNECT);
	expect_bytes(&ir.events[1],
		     "000000d0"
		     "fe534d42 4000 0100 0000 0000 0500 2000 00000000 00000000 0000000000000000"
		     "00000000 22000000 1100000000000000 000102030405060708090a0b0c0d0e0f"
		     "3900 00 ff 02000000 0000000000000000 0000000000000000 9f011200 00000000"
		     "07000000 03000000 00000000 7800 0600 80000000 50000000"
		     "61005c006200 0000"
		     "18000000 1000 0400 0000 0000 00000000 4d784163 00000000"
		     "00000000 1000 0400 0000 1800 20000000 52714c73 00000000"
		     "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf 07000000 00000000 0000000000000000");
	assert_int_equal(ir.events[1].n_patches, 0);
	ir_free(&ir);
}

/* MS-SMB2 2.2.39 and 2.2.31, with MS-FSCC 2.4.15 and 2.1.2.4, MS-DTYP 2.4.6: what class and code
 * say. */
static void
test_bodies_by_their_fields(void **state)
{
	static const struct {
		const char *fields;
		size_t body; /* where the body is to begin in the PDU */
		const char *hex;
	} cases[] = {
		{"\"command\":\"SET_INFO\",\"body.info_type\":1,\"body.file_info_class\":20,"
		 "\"body.buffer\":{\"end_of_file\":5}",
		 96, "0500000000000000"},
		{"\"command\":\"SET_INFO\",\"body.info_type\":3,\"body.file_info_class\":0,"
		 "\"body.buffer\":{\"revision\":1,\"control\":\"0x8004\",\"dacl\":{\"acl_"
		 "revision\":2,"
		 "\"aces\":[{\"ace_type\":1,\"ace\":{\"mask\":2,\"sid\":\"S-1-5-32-544\"}},"
		 "{\"ace_flags\":3,\"ace\":{\"mask\":\"0x1f01ff\",\"sid\":\"S-1-1-0\"}}]}}",
		 96,
		 "0100 0480 00000000 00000000 00000000 18000000 00000000"
		 "0200 3400 0200 0000"
		 "0100 1800 02000000 0102000000000005 20000000 20020000"
		 "0003 1400 ff011f00 0101000000000001 00000000"},
		{"\"command\":\"IOCTL\",\"body.ctl_code\":\"0x000900a4\",\"body.input\":"
		 "{\"reparse_tag\":\"0xa000000c\",\"data\":{\"substitute_name\":\"ab\","
		 "\"print_name\":\"c\",\"flags\":1}}",
		 120, "0c0000a0 1200 0000 0000 0400 0400 0200 01000000 61006200 6300"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct hex want = unhex(cases[i].hex);
		char text[512];
		struct ir ir;

		(void)snprintf(text, sizeof(text), "{\"ev\":\"send\",\"c\":0,\"fields\":{%s}}",
			       cases[i].fields);
		load(text, &ir);
		assert_int_equal(ir.events[1].size, 4 + cases[i].body + want.n);
		assert_memory_equal(ir.events[1].own + 4 + cases[i].body, hex_slice(&want).p,
				    want.n);
		ir_free(&ir);
	}
}

/* A related chain: aligned, linked, ids of the one before; a wrong size that a hand gave goes out.
 */
static void
test_a_chain(void **state)
{
	struct ir ir;

	(void)state;
	load("{\"ev\":\"send\",\"c\":0,\"fields\":["
	     "{\"command\":\"ECHO\",\"credits\":1},"
	     "{\"command\":\"CLOSE\",\"credits\":2,\"body.flags\":1},"
	     "{\"command\":\"ECHO\",\"flags\":0,\"credits\":3,\"message_id\":9,"
	     "\"body.structure_size\":7}]}",
	     &ir);
	expect_bytes(
		&ir.events[1],
		"000000e4"
		"fe534d42 4000 0100 0000 0000 0d00 0100 00000000 48000000 0000000000000000"
		"00000000 00000000 0000000000000000 00000000000000000000000000000000"
		"0400 0000 00000000"
		"fe534d42 4000 0100 0000 0000 0600 0200 04000000 58000000 0100000000000000"
		"00000000 ffffffff ffffffffffffffff 00000000000000000000000000000000" CLOSE_BODY(
			"0100") "fe534d42 4000 0100 0000 0000 0d00 0300 00000000 00000000 "
				"0900000000000000"
				"00000000 00000000 0000000000000000 "
				"00000000000000000000000000000000"
				"0700 0000");
	/* Its answer: three PDUs, of which nothing is compared. */
	assert_int_equal(ir.events[2].kind, IR_RECV);
	assert_true(ir.events[2].expecting);
	assert_int_equal(ir.events[2].n_expects, 0);
	ir_free(&ir);
}

/* MS-SMB2 3.1.5.2: 65536 bytes a credit, by what is sent or may come back. */
static void
test_charges_and_ids_follow_the_sizes(void **state)
{
	static const struct {
		const char *fields;
		unsigned charge;
	} cases[] = {
		{"\"command\":\"READ\",\"body.length\":65536", 1},
		{"\"command\":\"READ\",\"body.length\":65537", 2},
		{"\"command\":\"WRITE\",\"body.data\":{\"zeros\":131073}", 3},
		{"\"command\":\"QUERY_DIRECTORY\",\"body.output_buffer_length\":200000", 4},
		{"\"command\":\"IOCTL\",\"body.max_output_response\":65537", 2},
		{"\"command\":\"READ\",\"body.length\":65537,\"credit_charge\":7", 7},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[512];
		struct ir ir;

		(void)snprintf(text, sizeof(text),
			       "{\"ev\":\"send\",\"c\":0,\"fields\":{%s}}"
			       "{\"ev\":\"send\",\"c\":0,\"fields\":{\"command\":\"ECHO\"}}",
			       cases[i].fields);
		load(text, &ir);
		assert_int_equal(wire_le(ir.events[1].own + 4 + 6, 2), cases[i].charge);
		assert_int_equal(wire_le(ir.events[3].own + 4 + 24, 8), cases[i].charge);
		ir_free(&ir);
	}
}

#define LOGON "{\"ev\":\"logon\",\"c\":0,\"label\":\"s\"}"

/* One line stands for four requests and their answers, with all that a replay fills in. */
static void
test_a_logon_is_the_messages_that_it_stands_for(void **state)
{
	static const char by_hand[] =
		"{\"ev\":\"send\",\"c\":0,\"fields\":{\"command\":\"NEGOTIATE\"},"
		"\"expect\":{\"status\":\"STATUS_SUCCESS\"}}"
		"{\"ev\":\"send\",\"c\":0,\"fields\":{\"command\":\"SESSION_SETUP\"},"
		"\"expect\":{\"status\":\"STATUS_MORE_PROCESSING_REQUIRED\"}}"
		"{\"ev\":\"send\",\"c\":0,\"fields\":{\"command\":\"SESSION_SETUP\"},"
		"\"expect\":{\"status\":\"STATUS_SUCCESS\"}}"
		"{\"ev\":\"send\",\"c\":0,\"fields\":{\"command\":\"TREE_CONNECT\"},"
		"\"expect\":{\"status\":\"STATUS_SUCCESS\"}}";
	struct ir ir, other;

	(void)state;
	load(LOGON, &ir);
	load(by_hand, &other);
	assert_int_equal(ir.n_events, 9);
	assert_int_equal(other.n_events, 9);
	for (size_t i = 0; i < 9; i++) {
		assert_int_equal(ir.events[i].kind, other.events[i].kind);
		assert_int_equal(ir.events[i].size, other.events[i].size);
		assert_int_equal(ir.events[i].n_patches, other.events[i].n_patches);
		if (ir.events[i].size > 0)
			assert_memory_equal(ir.events[i].own, other.events[i].own,
					    ir.events[i].size);
	}
	assert_int_equal(ir.meta.n_principals, 1);
	assert_string_equal(ir.meta.principals[0].user, "smbtest");
	assert_int_equal(ir.meta.principals[0].session, 1);
	ir_free(&other);
	ir_free(&ir);
}

static void
test_what_a_server_assigns_is_patched(void **state)
{
	struct ir ir;

	(void)state;
	load(LOGON "{\"ev\":\"send\",\"c\":0,\"label\":\"o\",\"fields\":{\"command\":\"CREATE\"}}"
		   "{\"ev\":\"send\",\"c\":0,\"fields\":{\"command\":\"CREATE\"}}"
		   "{\"ev\":\"send\",\"c\":0,\"fields\":{\"command\":\"CLOSE\","
		   "\"body.file_id\":\"@o.body.file_id\"}}"
		   "{\"ev\":\"send\",\"c\":0,\"sealed\":true,\"fields\":{\"command\":\"CLOSE\"}}",
	     &ir);
	/* SESSION_SETUP: frame, length of the token, the empty token. */
	expect_patch(&ir.events[3], 0, (struct ir_patch){1, 3, 0, IR_LAYOUT, 0});
	expect_patch(&ir.events[3], 1, (struct ir_patch){82, 2, 0, IR_LAYOUT, 0});
	expect_patch(&ir.events[3], 2, (struct ir_patch){92, 0, 0, IR_TOKEN, 0});
	expect_patch(&ir.events[4], 0, (struct ir_patch){44, 8, 1, IR_SESSION, 0});
	expect_patch(&ir.events[5], 1, (struct ir_patch){44, 8, 1, IR_SESSION, 0});
	/* TREE_CONNECT: signed; "\\server\share" without its backslashes. */
	expect_patch(&ir.events[7], 1, (struct ir_patch){44, 8, 1, IR_SESSION, 0});
	expect_patch(&ir.events[7], 2, (struct ir_patch){52, 16, 0, IR_SIGNATURE, 0});
	expect_patch(&ir.events[7], 4, (struct ir_patch){80, 24, 0, IR_SERVER, 0});
	expect_patch(&ir.events[8], 0, (struct ir_patch){40, 4, 1, IR_TREE, 0});
	expect_patch(&ir.events[9], 0, (struct ir_patch){40, 4, 1, IR_TREE, 0});
	expect_patch(&ir.events[10], 0, (struct ir_patch){132, 16, 1, IR_OPEN, 0});
	expect_patch(&ir.events[12], 0, (struct ir_patch){132, 16, 2, IR_OPEN, 0});
	expect_patch(&ir.events[13], 3, (struct ir_patch){76, 16, 1, IR_OPEN, 0});
	/* Sealed: not signed; by default the last open. */
	assert_int_equal(ir.events[15].layers, IR_SEALED);
	assert_int_equal(ir.events[15].sealed_by, 1);
	assert_int_equal(ir.events[15].n_patches, 3);
	expect_patch(&ir.events[15], 2, (struct ir_patch){76, 16, 2, IR_OPEN, 0});
	assert_int_equal(ir.events[16].layers, IR_SEALED);
	ir_free(&ir);
}

/* Answers stand where they are awaited: right behind, where a line says so, or at the end. */
static void
test_answers_have_their_places(void **state)
{
	struct ir ir;

	(void)state;
	load("{\"ev\":\"send\",\"c\":0,\"label\":\"a\",\"fields\":{\"command\":\"LOCK\"},"
	     "\"expect\":{\"interim\":true}}\n"
	     "{\"ev\":\"send\",\"c\":0,\"label\":\"b\",\"fields\":{\"command\":\"ECHO\"},"
	     "\"expect\":\"later\"}\n"
	     "{\"ev\":\"send\",\"c\":0,\"fields\":{\"command\":\"ECHO\"},\"expect\":\"none\"}\n"
	     "{\"ev\":\"send\",\"c\":0,\"fields\":{\"command\":\"CANCEL\","
	     "\"async_id\":\"@a.async_id\",\"message_id\":\"@a.message_id\"}}\n"
	     "{\"ev\":\"recv\",\"c\":0,\"answers\":\"a\",\"expect\":{"
	     "\"status\":\"STATUS_CANCELLED\"}}\n",
	     &ir);
	assert_int_equal(ir.n_events, 8);
	assert_int_equal(ir.events[2].kind, IR_RECV); /* STATUS_PENDING */
	expect_patch(&ir.events[2], 0, (struct ir_patch){36, 8, 1, IR_ASYNC, 0});
	assert_int_equal(ir.events[3].kind, IR_SEND);
	assert_int_equal(ir.events[4].kind, IR_SEND);
	expect_patch(&ir.events[5], 0, (struct ir_patch){36, 8, 1, IR_ASYNC, 0});
	assert_int_equal(wire_le(ir.events[5].own + 4 + 24, 8), 0);
	assert_int_equal(wire_le(ir.events[5].own + 4 + 16, 4), SMB2_FLAGS_ASYNC_COMMAND);
	assert_int_equal(ir.events[6].line, 5);
	assert_string_equal(ir.events[6].label, "a.answer");
	assert_string_equal(ir.events[6].expects[0].value, "STATUS_CANCELLED");
	assert_string_equal(ir.events[7].label, "b.answer");
	assert_int_equal(ir.events[7].line, 2);
	ir_free(&ir);
}

#define META                                                                                       \
	"{\"format\":\"smbench\",\"version\":1,\"kind\":\"workload\",\n"                           \
	"\"connections\":[{\"client\":\"a\",\"server\":\"b\"}]}"
static void
count(void *ctx, const struct judge_divergence *d)
{
	print_message("# %s: expected %s, got %s\n", d->field, d->expected, d->got);
	assert_string_equal(d->field, "body.output_buffer.end_of_file");
	++*(int *)ctx;
}

/* An expectation reaches into the answer's body, which only its request names (MS-FSCC 2.4.47). */
static void
test_expectations_reach_into_bodies(void **state)
{
	static const char *const sizes[] = {"0500000000000000", "0600000000000000"};

	(void)state;
	for (int i = 0; i < 2; i++) {
		int differences = 0;
		const struct judge_sink sink = {.ctx = &differences, .divergence = count};
		struct hex body = unhex("0000000000000000"
					"0000000000000000"
					"0100000000000000");
		struct hex size = unhex(sizes[i]);
		struct judge_match match;
		struct judge *judge;
		struct buf answer = {0};
		struct smb2_pdu live;
		struct ir ir;

		memcpy(body.p + 8, size.p, 8);
		load("{\"ev\":\"send\",\"c\":0,\"fields\":{\"command\":\"QUERY_INFO\","
		     "\"message_id\":7,\"body.file_info_class\":5},"
		     "\"expect\":{\"body.output_buffer.end_of_file\":5}}",
		     &ir);
		assert_int_equal(judge_new(&ir, &sink, &judge), 0);
		assert_int_equal(body_build(SMB2_CONTENT_INFO_OUT, 0, hex_slice(&body), &answer),
				 0);
		assert_int_equal(smb2_pdu_decode(buf_slice(&answer), &live), 0);
		assert_int_equal(judge_pdu(judge, 0, &live, &match), 0);
		assert_true(match.found);
		assert_int_equal(differences, i);
		judge_free(judge);
		buf_free(&answer);
		ir_free(&ir);
	}
}

/* Between recorded messages: those below take higher ids, numbers go on naming recorded events. */
static void
test_recorded_ids_move_up(void **state)
{
	static const char messages[] =
		"{\"n\":0,\"ev\":\"connect\",\"c\":0}\n"
		"{\"n\":1,\"ev\":\"send\",\"c\":0,\"label\":\"r\",\"data\":\""
		"0000004c"
		"fe534d42400001000000000005000100000000000000000004000000000000000000000000000000"
		"000000000000000000000000000000000000000000000000"
		"390000000000000000000000"
		"\"}\n"
		"{\"ev\":\"send\",\"c\":0,\"fields\":[{\"command\":\"ECHO\"},{\"command\":\"ECHO\"}"
		"]}\n"
		"{\"n\":2,\"ev\":\"send\",\"c\":0,\"after\":[1],\"data\":\""
		"00000044"
		"fe534d4240000100000000000d000100000000000000000005000000000000000000000000000000"
		"000000000000000000000000000000000000000000000000"
		"04000000"
		"\"}\n";
	struct ir_text text = {.dir = "w"};
	struct buf scratch = {0};
	struct err e = {0};
	struct ir ir;

	(void)state;
	text.meta = slice_of((const uint8_t *)META, strlen(META));
	text.messages = slice_of((const uint8_t *)messages, strlen(messages));
	if (ir_parse(&text, &ir, &e) != 0)
		fail_msg("%s", e.text);
	assert_int_equal(ir.n_events, 5);
	assert_int_equal(wire_le(ir.events[2].own + 4 + 24, 8), 5);
	assert_int_equal(ir.events[4].n_sets, 1);
	assert_int_equal(wire_le(ir_bytes(&ir, &ir.events[4], &scratch).p + 4 + 24, 8), 7);
	assert_int_equal(ir.events[4].after[0], 1);
	assert_int_equal(ir.events[4].line, 4);
	buf_free(&scratch);
	ir_free(&ir);
}

#define SEND(rest) "{\"ev\":\"send\",\"c\":0," rest "}"
#define FIELDS(rest) SEND("\"fields\":{" rest "}")
#define CREATE(rest) FIELDS("\"command\":\"CREATE\"," rest)
#define EXPECT(rest) SEND("\"fields\":{\"command\":\"CREATE\"},\"expect\":" rest)

static const struct bad {
	const char *text, *says;
} bads[] = {
	{"", ": neither a workload directory nor a hand-written workload"},
	{"# nothing\n", ": neither a workload directory nor a hand-written workload"},
	{"{}", ":1: key \"ev\" is missing"},
	{"{\"ev\":\"connect\",\"c\":0}\n\n7", ":3: must be an object"},
	{"\n#{\n{\"ev\":\"connect\",\n\"c\":65536}", ":4: c: must be a number from 0 to 65535"},
	{"{\"ev\":\"connect\",\"c\":0", ":1: not valid JSON"},
	{SEND("\"expect\":{}"), ":1: a send needs \"fields\" or \"data\""},
	{"{\"ev\":\"fin\",\"c\":0,\"fields\":{}}",
	 ":1: ev: only a send, recv or logon is written by hand"},
	{SEND("\"fields\":[]"), ":1: fields: a message has 1 to 256 requests"},
	{SEND("\"fields\":7"), ":1: fields: must be an object"},
	{SEND("\"fields\":{},\"foo\":1"), ":1: unknown key \"foo\""},
	{SEND("\"fields\":{\"command\":\"ECHO\"},\"answers\":\"a\""),
	 ":1: answers: not in a send event"},
	{SEND("\"fields\":{\"command\":\"ECHO\"},\"signed\":1"),
	 ":1: signed: must be true or false"},
	{SEND("\"fields\":{\"command\":\"ECHO\"},\"principal\":{\"user\":\"u\"}"),
	 ":1: principal: only where a session begins"},
	{SEND("\"fields\":{\"command\":\"ECHO\"},\"after\":[0]"),
	 ":1: after[0]: in a file events are named by label"},
	{FIELDS(""), ":1: fields: a request needs a \"command\""},
	{FIELDS("\"command\":\"MAKE\""), ":1: fields.command: no value for its 2 bytes: MAKE"},
	{FIELDS("\"command\":99"), ":1: fields: no such field in a 0x0063 request"},
	{CREATE("\"nme\":1"), ":1: fields.nme: no such field in the header"},
	{CREATE("\"status\":1"), ":1: fields.status: no such field in the header"},
	{CREATE("\n\"body.nme\":1"), ":2: fields.body.nme: no such field in a CREATE request"},
	{CREATE("\"credits\":1,\"credits\":2"), ":1: fields.credits: stands twice"},
	{CREATE("\"credits\":65536"), ":1: fields.credits: no value for its 2 bytes: 65536"},
	{CREATE("\"credits\":true"), ":1: fields.credits: must be a text or a number"},
	{CREATE("\"body.name\":7"), ":1: fields.body.name: must be a text"},
	{CREATE("\"body.file_attributes\":\"read-only\""),
	 ":1: fields.body.file_attributes: no value for its 4 bytes: read-only"},
	{CREATE("\"body.create_contexts\":{}"),
	 ":1: fields.body.create_contexts: must be an array"},
	{CREATE("\"body.create_contexts\":[7]"),
	 ":1: fields.body.create_contexts[0]: must be an object"},
	{CREATE("\"body.create_contexts\":[{\"nam\":1}]"),
	 ":1: fields.body.create_contexts[0].nam: no such field in smb2_create_context"},
	{CREATE("\"body.create_contexts\":[{\"name\":\"RqLs\",\"data\":{\"lease\":1}}]"),
	 ":1: fields.body.create_contexts[0].data: no structure is known that has these fields; "
	 "write its bytes"},
	{CREATE("\"body.create_contexts\":[{\"name\":\"xyz\"}]"),
	 ":1: fields.body.create_contexts[0].name: must be bytes in hexadecimal"},
	{FIELDS("\"command\":\"WRITE\",\"body.data\":\"0\""),
	 ":1: fields.body.data: must be bytes in hexadecimal"},
	{FIELDS("\"command\":\"WRITE\",\"body.data\":{\"zeros\":16777220}"),
	 ":1: fields.body.data.zeros: must be a number from 0 to 16777219"},
	{FIELDS("\"command\":\"WRITE\",\"body.data\":{\"zeros\":16777219}"),
	 ":1: fields: the message gets too long"},
	{FIELDS("\"command\":\"QUERY_DIRECTORY\",\"body.file_name\":{\"zeros\":65536}"),
	 ":1: fields: file_name_length cannot hold 65536"},
	{FIELDS("\"command\":\"NEGOTIATE\",\"body.dialects\":[\"3.1.1\"]"),
	 ":1: fields.body.dialects[0]: no value for its 2 bytes: 3.1.1"},
	{CREATE("\"session_id\":\"@s.session_id\""),
	 ":1: fields.session_id: no message above has the label of \"@s.session_id\""},
	{LOGON CREATE("\"tree_id\":\"@s.session_id\""),
	 ":1: fields.tree_id: tree_id cannot be taken from \"@s.session_id\""},
	{LOGON CREATE("\"credits\":\"@s.credits\""),
	 ":1: fields.credits: credits cannot be taken from \"@s.credits\""},
	{LOGON FIELDS("\"command\":\"CLOSE\",\"body.file_id\":\"@s.body.file_id\""),
	 ":1: fields.body.file_id: the answer to \"@s.body.file_id\" has no such value"},
	{EXPECT("7"), ":1: expect: must be an object"},
	{EXPECT("\"never\""), ":1: expect: must be an object, an array, \"none\" or \"later\""},
	{EXPECT("[{},{}]"), ":1: expect: there are 1 requests"},
	{EXPECT("{\"status\":\"STATUS_FINE\"}"), ":1: expect.status: no NTSTATUS: STATUS_FINE"},
	{EXPECT("{\"interim\":1}"), ":1: expect.interim: must be true or false"},
	{EXPECT("{\"interim\":true,\"status\":0}"),
	 ":1: expect: an interim answer has no other field: what the final one is to have stands "
	 "where it is awaited"},
	{EXPECT("{\"body.oplock\":1}"), ":1: expect.body.oplock: no such field in this answer"},
	{EXPECT("{\"credit\":1}"), ":1: expect.credit: no such field in this answer"},
	{EXPECT("{\"body.oplock_level\":256}"),
	 ":1: expect.body.oplock_level: no value for its 1 bytes: 256"},
	{EXPECT("{\"status\":\"STATUS_ACCESS_DENIED\",\"body.oplock_level\":1}"),
	 ":1: expect.body.oplock_level: no such field in this answer"},
	{EXPECT("{\"body.create_contexts[0].data.lease\":1}"),
	 ":1: expect.body.create_contexts[0].data.lease: no such field in this answer"},
	{"{\"ev\":\"recv\",\"c\":0,\"expect\":{}}",
	 ":1: expect: needs \"answers\", the label of a request, or \"expect\" with "
	 "\"command\":\"OPLOCK_BREAK\""},
	{"{\"ev\":\"recv\",\"c\":0,\"answers\":\"a\"}",
	 ":1: answers: no request above has this label and waits for an answer "
	 "(\"expect\":\"later\" or {\"interim\":true})"},
	{"{\"ev\":\"recv\",\"c\":0,\"answers\":\"a\",\"label\":\"b\"}",
	 ":1: label: not in a recv event"},
	{SEND("\"label\":\"a\",\"fields\":{\"command\":\"ECHO\"},\"expect\":\"later\"") "\n"
											"{\"ev\":"
											"\"recv\","
											"\"c\":1,"
											"\"answers"
											"\":\"a\"}",
	 ":2: answers: was sent on connection 0"},
	{"{\"ev\":\"recv\",\"c\":0,\"expect\":{\"command\":\"OPLOCK_BREAK\","
	 "\"body.file_id\":\"@a.body.file_id\"}}",
	 ":1: expect.body.file_id: no message above has the label of \"@a.body.file_id\""},
	{"{\"ev\":\"logon\",\"c\":0,\"user\":\"u\"}", ":1: unknown key \"user\""},
	{"{\"ev\":\"logon\",\"c\":0,\"principal\":{}}", ":1: principal: key \"user\" is missing"},
	{"{\"ev\":\"logon\",\"c\":0,\"binds\":\"x\"}",
	 ":1: fields.session_id: no message above has the label of \"@x.session_id\""},
	{LOGON "\n" LOGON, ":2: label: event 7 has the label \"s\" already"},
};

static void
test_every_failure_has_its_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bads) / sizeof(bads[0]); i++) {
		char want[512];
		struct err e = {0};
		struct ir ir;

		if (parse(bads[i].text, &ir, &e) == 0)
			fail_msg("taken: %s", bads[i].text);
		(void)snprintf(want, sizeof(want), "p.smb%s", bads[i].says);
		if (strcmp(e.text, want) != 0)
			print_message("# %s\n", bads[i].text);
		assert_string_equal(e.text, want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_create_by_its_fields),
		cmocka_unit_test(test_bodies_by_their_fields),
		cmocka_unit_test(test_a_chain),
		cmocka_unit_test(test_charges_and_ids_follow_the_sizes),
		cmocka_unit_test(test_a_logon_is_the_messages_that_it_stands_for),
		cmocka_unit_test(test_what_a_server_assigns_is_patched),
		cmocka_unit_test(test_answers_have_their_places),
		cmocka_unit_test(test_expectations_reach_into_bodies),
		cmocka_unit_test(test_recorded_ids_move_up),
		cmocka_unit_test(test_every_failure_has_its_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
