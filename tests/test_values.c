/*
 * Symbols of value flow in workloads: the key "values" and every failure of it, numbers however far
 * apart, the place of a value in a live answer, and what it does to comparisons.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "ir/ir_files.h"
#include "ir/judge.h"
#include "tests/ir_build.h"
#include "tests/smb2_build.h"

#define META(more)                                                                                 \
	"{\"format\":\"smbench\",\"version\":1,\"kind\":\"workload\",\n"                           \
	"\"connections\":[{\"client\":\"a\",\"server\":\"b\"}]" more "}"
#define VALUES(list) META(",\"values\":[" list "]")
#define SEND(n, rest) "{\"n\":" #n ",\"ev\":\"send\",\"c\":0,\"data\":[0,40]" rest "}\n"
#define RECV(n, rest) "{\"n\":" #n ",\"ev\":\"recv\",\"c\":0,\"data\":[0,40]" rest "}\n"
#define USE(n, what) SEND(n, ",\"patches\":[[8,8,\"" what "\"]]")

static int
parse(const char *meta, const char *messages, struct ir *ir, struct err *e)
{
	static const uint8_t data[40];
	const struct ir_text text = {
		.dir = "w",
		.meta = slice_of((const uint8_t *)meta, strlen(meta)),
		.messages = slice_of((const uint8_t *)messages, strlen(messages)),
		.data = slice_of(data, sizeof(data)),
	};

	return ir_parse(&text, ir, e);
}

static void
test_values_become_definitions(void **state)
{
	const struct ir_event *ev;
	struct ir ir;

	(void)state;
	assert_int_equal(parse(VALUES("[0,30,9,\"value.7\"],[2,4,8,\"value.1\"],"
				      "[0,4,8,\"value.2\"]"),
			       RECV(0, ",\"defs\":[[16,8,\"session.1\"]]") USE(1, "value.2")
				       RECV(2, "") USE(3, "value.1")
					       SEND(4, ",\"patches\":[[0,4,\"value.7\",5]]"),
			       &ir, NULL),
			 0);
	assert_int_equal(ir.meta.n_values, 0);
	assert_int_equal(ir.n_symbols[IR_VALUE], 7);
	ev = &ir.events[0];
	assert_int_equal(ev->n_patches, 3);
	assert_int_equal(ev->patches[0].off, 4);
	assert_int_equal(ev->patches[0].number, 2);
	assert_int_equal(ev->patches[1].what, IR_SESSION);
	assert_int_equal(ev->patches[2].width, 9);
	assert_int_equal(ev->patches[2].what, IR_VALUE);
	assert_int_equal(ir.events[2].patches[0].number, 1);
	assert_int_equal(ir.events[4].patches[0].from, 5);
	ir_free(&ir);
}

/* By hand they may also stand with their event. */
static void
test_values_in_defs(void **state)
{
	struct ir ir;

	(void)state;
	assert_int_equal(parse(META(""),
			       RECV(0, ",\"defs\":[[5,20,\"value.3\"]]") USE(1, "value.3"), &ir,
			       NULL),
			 0);
	assert_int_equal(ir.events[0].patches[0].width, 20);
	ir_free(&ir);
}

static void
test_every_failure_names_its_place(void **state)
{
	static const struct {
		const char *meta, *messages, *says;
	} cases[] = {
		{VALUES("[0,4,8]"), RECV(0, ""),
		 "w/workload.json:2: values[0]: must be [event, offset, width, symbol]"},
		{VALUES("[0,4,0,\"value.1\"]"), RECV(0, ""),
		 "w/workload.json:2: values[0]: a value has 1 to 16384 bytes"},
		{VALUES("[0,4,8,\"open.1\"]"), RECV(0, ""),
		 "w/workload.json:2: values[0][3]: must be \"value.N\" with a number from 1 to "
		 "67108864"},
		{VALUES("[0,4,8,\"value.01\"]"), RECV(0, ""),
		 "w/workload.json:2: values[0][3]: must be \"value.N\" with a number from 1 to "
		 "67108864"},
		{VALUES("[5,4,8,\"value.1\"]"), RECV(0, ""),
		 "w/workload.json: values: value.1: there is no such event"},
		{VALUES("[0,4,8,\"value.1\"]"), SEND(0, ""),
		 "w/workload.json: values: value.1: the event is no recv"},
		{VALUES("[0,33,8,\"value.1\"]"), RECV(0, ""),
		 "w/workload.json: values: value.1: lies outside the message"},
		{VALUES("[0,4,8,\"value.1\"],[0,20,8,\"value.1\"]"), RECV(0, ""),
		 "w/workload.json: values: value.1: is defined a second time"},
		{VALUES("[0,4,8,\"value.1\"],[0,11,8,\"value.2\"]"), RECV(0, ""),
		 "w/workload.json: values: value.2: overlaps another definition"},
		{VALUES("[0,4,8,\"value.1\"]"), RECV(0, ",\"defs\":[[8,8,\"session.1\"]]"),
		 "w/workload.json: values: value.1: overlaps another definition"},
		{VALUES("[0,4,8,\"value.1\"]"), RECV(0, "") USE(1, "value.2"),
		 "w/messages.jsonl:2: symbol value.2 is defined nowhere"},
		{VALUES("[0,4,8,\"value.1\"]"),
		 RECV(0, "") SEND(1, ",\"patches\":[[0,8,\"value.1\",1]]"),
		 "w/messages.jsonl:2: symbol value.1 has 8 bytes"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct err e = {0};
		struct ir ir;

		assert_true(parse(cases[i].meta, cases[i].messages, &ir, &e) != 0);
		assert_string_equal(err_text(&e), cases[i].says);
	}
}

/* What the meta has is written, and read again. */
static void
test_values_are_written(void **state)
{
	static const struct ir_value values[] = {{3, 140, 20, 1}, {9, 76, 8, 2}};
	struct ir_meta meta = {.values = values, .n_values = 2}, again;
	struct arena arena = {0};
	struct buf b = {0};

	(void)state;
	ir_format_meta(&meta, &b);
	assert_int_equal(ir_parse_meta("w", buf_slice(&b), &arena, &again, NULL), 0);
	assert_int_equal(again.n_values, 2);
	assert_memory_equal(again.values, values, sizeof(values));
	buf_reset(&b);
	meta.n_values = 0;
	ir_format_meta(&meta, &b);
	buf_add(&b, "", 1);
	assert_null(strstr((char *)b.p, "values"));
	buf_free(&b);
	arena_free(&arena);
}

static void
test_numbers_may_be_far_apart(void **state)
{
	struct ir_index x;
	struct slice value;
	struct symbols s;
	struct ir ir;

	(void)state;
	assert_int_equal(parse(META(""),
			       RECV(0, ",\"defs\":[[4,16,\"open.67108864\"],[20,16,\"open.3\"]]"),
			       &ir, NULL),
			 0);
	assert_int_equal(ir_index_new(&ir, IR_OPEN, &x), 0);
	assert_int_equal(x.n, 2);
	assert_int_equal(ir_index_at(&x, 3), 1);
	assert_int_equal(ir_index_at(&x, 67108864), 2);
	assert_int_equal(ir_index_at(&x, 4), 0);
	assert_int_equal(ir_index_at(&x, UINT32_MAX), 0);
	ir_index_free(&x);
	assert_int_equal(symbols_new(&ir, &s), 0);
	assert_int_equal(symbols_set(&s, IR_OPEN, 67108864, slice_of("0123456789abcdef", 16)), 0);
	assert_int_equal(symbols_get(&s, IR_OPEN, 67108864, &value), JUDGE_DEFINED);
	assert_memory_equal(value.p, "0123456789abcdef", 16);
	assert_int_equal(symbols_get(&s, IR_OPEN, 3, &value), JUDGE_UNDEFINED);
	symbols_free(&s);
	ir_free(&ir);
}

/* A READ response with its data at `off` of the PDU. */
static void
body_read_at(struct buf *b, size_t off, const char *data)
{
	buf_le(b, 2, 17);
	buf_le(b, 2, off);
	buf_le(b, 4, strlen(data));
	buf_zero(b, 8 + off - 80);
	buf_add(b, data, strlen(data));
}

/* A CREATE response with contexts: name of four characters, data. */
static void
body_create_contexts(struct buf *b, const char *const (*list)[2], size_t n)
{
	size_t at, length;

	body_create_resp(b, 0, 1, 2);
	length = b->n - 4;
	wire_put_le(b->p + b->n - 8, 4, 64 + 88);
	for (size_t i = 0; i < n; i++) {
		at = b->n;
		buf_le(b, 4, 0);
		buf_le(b, 2, 16);
		buf_le(b, 2, 4);
		buf_zero(b, 2);
		buf_le(b, 2, 24);
		buf_le(b, 4, strlen(list[i][1]));
		buf_add(b, list[i][0], 4);
		buf_zero(b, 4);
		buf_add(b, list[i][1], strlen(list[i][1]));
		while (i + 1 < n && b->n % 8 != 0)
			buf_zero(b, 1);
		if (i + 1 < n)
			wire_put_le(b->p + at, 4, b->n - at);
	}
	wire_put_le(b->p + length, 4, b->n - 88);
}

/* A PDU in memory of its own. */
struct alone {
	struct buf msg, body;
	struct smb2_pdu pdu;
};

static const struct smb2_pdu *
build(struct alone *a, unsigned command)
{
	build_one(&a->msg, &(struct build_hdr){.command = command, .flags = F_RESPONSE, .mid = 1},
		  &a->body);
	assert_int_equal(smb2_pdu_decode(slice_of(a->msg.p + 4, a->msg.n - 4), &a->pdu), 0);
	return &a->pdu;
}

static void
release(struct alone *a)
{
	buf_free(&a->msg);
	buf_free(&a->body);
}

/* Behind a name, as long as the server has it; a fault has no such place. */
static void
test_the_last_value_of_rpc_is_found_from_the_end(void **state)
{
	static const char header[] = "\x05-\x02---------------------";
	struct alone rec = {0}, live = {0};
	char text[80];
	struct slice v;

	(void)state;
	(void)snprintf(text, sizeof(text), "%s/a/long/name/RECORDED0000", header);
	body_read_at(&rec.body, 80, text);
	(void)snprintf(text, sizeof(text), "%s/short/LIVELIVE0000", header);
	body_read_at(&live.body, 80, text);
	v = symbols_value_in(build(&live, READ), build(&rec, READ), 80 + 24 + 13, 8);
	assert_int_equal(v.n, 8);
	assert_memory_equal(v.p, "LIVELIVE", 8);
	/* A value before the last stays where it was. */
	v = symbols_value_in(&live.pdu, &rec.pdu, 80 + 24, 2);
	assert_memory_equal(v.p, "/s", 2);
	text[2] = 3;
	body_read_at(&live.body, 80, text);
	assert_int_equal(symbols_value_in(build(&live, READ), &rec.pdu, 80 + 24 + 13, 8).n, 0);
	release(&rec);
	release(&live);
}

static void
test_a_value_is_found_where_its_buffer_moved(void **state)
{
	struct alone rec = {0}, live = {0};
	struct slice v;

	(void)state;
	body_read_at(&rec.body, 80, "head-RECORDED-tail");
	body_read_at(&live.body, 96, "head-LIVELIVE-and-more");
	v = symbols_value_in(build(&live, READ), build(&rec, READ), 80 + 5, 8);
	assert_int_equal(v.n, 8);
	assert_memory_equal(v.p, "LIVELIVE", 8);
	/* A shorter answer has no such place. */
	body_read_at(&live.body, 80, "head-LIVEL");
	assert_int_equal(symbols_value_in(build(&live, READ), &rec.pdu, 80 + 5, 8).n, 0);
	body_error(&live.body);
	assert_int_equal(symbols_value_in(build(&live, READ), &rec.pdu, 80 + 5, 8).n, 0);
	release(&rec);
	release(&live);
}

static void
test_a_value_is_found_in_its_context(void **state)
{
	static const char *const was[][2] = {{"Abcd", "first"}, {"Wxyz", "12345678RECORDED"}};
	static const char *const is[][2] = {{"Wxyz", "87654321LIVELIVE"},
					    {"Abcd", "first-and-longer-than-before"}};
	struct alone rec = {0}, live = {0};
	struct slice v;
	size_t at;

	(void)state;
	body_create_contexts(&rec.body, was, 2);
	body_create_contexts(&live.body, is, 2);
	(void)build(&rec, CREATE);
	(void)build(&live, CREATE);
	at = rec.pdu.bytes.n - 8;
	v = symbols_value_in(&live.pdu, &rec.pdu, at, 8);
	assert_int_equal(v.n, 8);
	assert_memory_equal(v.p, "LIVELIVE", 8);
	release(&rec);
	release(&live);
}

struct court {
	struct ir_build b;
	struct buf said;
};

static void
on_divergence(void *ctx, const struct judge_divergence *d)
{
	struct buf *said = ctx;

	buf_printf(said, "%s %s: %s, %s\n", judge_kind_names[d->kind], d->field, d->expected,
		   d->got);
}

static const char *
judge_one(struct judge *j, struct alone *live, struct buf *said)
{
	struct judge_match m;

	buf_reset(said);
	assert_int_equal(judge_pdu(j, 0, build(live, READ), &m), 0);
	buf_add(said, "", 1);
	return (const char *)said->p;
}

static void
test_a_value_is_learnt_and_is_no_difference(void **state)
{
	struct court *k = calloc(1, sizeof(*k));
	const struct judge_sink sink = {.ctx = &k->said, .divergence = on_divergence};
	struct alone rec = {0}, live = {0};
	struct slice value;
	struct judge *j;

	(void)state;
	assert_non_null(k);
	ir_build_init(&k->b);
	for (uint64_t mid = 1; mid <= 3; mid++) {
		body_read_at(&rec.body, 80, "a-RECORDEDRECORDEDRECORDEDRECORDED-b");
		build_one(&rec.msg,
			  &(struct build_hdr){.command = READ, .flags = F_RESPONSE, .mid = mid},
			  &rec.body);
		(void)ir_build_event(&k->b, IR_RECV, 0, buf_slice(&rec.msg));
		ir_build_patch(&k->b, 4 + 80 + 2, 32, IR_VALUE, (uint32_t)mid * 1000);
	}
	assert_int_equal(judge_new(&k->b.ir, &sink, &j), 0);
	assert_int_equal(judge_symbol(j, IR_VALUE, 1000, &value), JUDGE_UNDEFINED);
	body_read_at(&live.body, 80, "a-LIVELIVELIVELIVELIVELIVELIVELIVE-b");
	assert_string_equal(judge_one(j, &live, &k->said), "");
	assert_int_equal(judge_symbol(j, IR_VALUE, 1000, &value), JUDGE_DEFINED);
	assert_int_equal(value.n, 32);
	assert_memory_equal(value.p, "LIVELIVE", 8);
	assert_int_equal(judge_totals(j)->equal, 1);
	judge_free(j);

	/* What lies beside it differs all the same; an answer without it gives it up. */
	assert_int_equal(judge_new(&k->b.ir, &sink, &j), 0);
	body_read_at(&live.body, 80, "a-LIVELIVELIVELIVELIVELIVELIVELIVE-c");
	assert_string_equal(
		judge_one(j, &live, &k->said),
		"data body.data: 36 bytes, from byte 35: 62, 36 bytes, from byte 35: 63\n");
	judge_free(j);
	assert_int_equal(judge_new(&k->b.ir, &sink, &j), 0);
	body_read_at(&live.body, 80, "a-LIVE");
	assert_true(strlen(judge_one(j, &live, &k->said)) > 0);
	assert_int_equal(judge_symbol(j, IR_VALUE, 1000, &value), JUDGE_FAILED);
	judge_free(j);
	release(&rec);
	release(&live);
	ir_build_free(&k->b);
	buf_free(&k->said);
	free(k);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values_become_definitions),
		cmocka_unit_test(test_values_in_defs),
		cmocka_unit_test(test_every_failure_names_its_place),
		cmocka_unit_test(test_values_are_written),
		cmocka_unit_test(test_numbers_may_be_far_apart),
		cmocka_unit_test(test_a_value_is_found_where_its_buffer_moved),
		cmocka_unit_test(test_the_last_value_of_rpc_is_found_from_the_end),
		cmocka_unit_test(test_a_value_is_found_in_its_context),
		cmocka_unit_test(test_a_value_is_learnt_and_is_no_difference),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
