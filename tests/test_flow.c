/*
 * Which bytes of a conversation become symbols by value flow, and which must not. Messages are
 * literal (tests/smb2_build.c); expectations are the uses in the request at hand, as
 * "OFFSET+WIDTH value.N[@FROM] OFFSET of EVENT's definition".
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "compile/track.h"
#include "tests/hex.h"
#include "tests/smb2_build.h"

#define PIPE_TREE 7
#define DISK_TREE 8
#define TRANSCEIVE 0x0011c017u
#define GET_OBJECT_ID 0x0009009cu
#define SET_OBJECT_ID 0x00090098u
#define SNAPSHOTS 0x00144064u
#define OFFLOAD_READ 0x00094264u
#define OFFLOAD_WRITE 0x00098268u
#define IN 124  /* where the input of an IOCTL request begins in its message, 4 + 64 + 56 */
#define OUT 116 /* and the output of its response, 4 + 64 + 48 */

#define HANDLE "00000000b367743f0894404b8eaabec03287045d"
#define HANDLE2 "00000000953236ba1b4fa740baaaa2475a2ed5e5"
#define SID "04000000010400000000000515000000a56f7e8286424ecf49555646"
#define GUID "5a92e1bc713b1058acad2ad24cb5d358"

struct talk {
	struct track *t;
	struct flow_rules rules;
	struct cap_conn conn;
	struct buf msg, body;
	struct track_message out;
	uint32_t event;
	uint64_t mid;
	char text[512];
};

static void
start(struct talk *k)
{
	track_close(k->t, &k->conn);
	track_free(k->t);
	k->event = 0;
	k->mid = 10;
	assert_int_equal(track_new(&k->rules, &k->t), 0);
}

static const struct ir_value *
value_of(const struct talk *k, uint32_t number)
{
	size_t n;
	const struct ir_value *v = track_values(k->t, &n);

	assert_true(number >= 1 && number <= n);
	return &v[number - 1];
}

/* What of the message at hand was found by value flow; its uses as above. */
static const char *
say(struct talk *k, const struct build_hdr *h)
{
	bool response = (h->flags & F_RESPONSE) != 0;
	struct cap_message m = {.conn = &k->conn, .dir = response ? CAP_S2C : CAP_C2S};
	size_t n = 0;

	build_one(&k->msg, h, &k->body);
	m.bytes = buf_slice(&k->msg);
	track_number(k->t, k->event++);
	assert_int_equal(track_message(k->t, &m, 0, &k->out), 0);
	k->text[0] = '\0';
	for (size_t i = 0; i < k->out.n_patches; i++) {
		const struct ir_patch *p = &k->out.patches[i];

		if (p->what != IR_VALUE)
			continue;
		n += (size_t)snprintf(k->text + n, sizeof(k->text) - n, "%s%u+%u value.%u",
				      n > 0 ? ", " : "", p->off, p->width, p->number);
		if (p->from != 0)
			n += (size_t)snprintf(k->text + n, sizeof(k->text) - n, "@%u", p->from);
		n += (size_t)snprintf(k->text + n, sizeof(k->text) - n, " %u of %u",
				      value_of(k, p->number)->off, value_of(k, p->number)->event);
	}
	return k->text;
}

#define SAY(k, ...) say(k, &(struct build_hdr){__VA_ARGS__, .sid = 0x1001})

static void
add_hex(struct buf *b, const char *text)
{
	struct hex h = unhex(text);

	buf_add(b, h.p, h.n);
}

static void
body_read_req(struct buf *b)
{
	buf_le(b, 2, 49);
	buf_zero(b, 2);
	buf_le(b, 4, 4096);
	buf_zero(b, 41);
}

static void
body_read(struct buf *b, struct buf data)
{
	buf_le(b, 2, 17);
	buf_le(b, 2, 64 + 16);
	buf_le(b, 4, data.n);
	buf_zero(b, 8);
	buf_add(b, data.p, data.n);
	buf_free(&data);
}

static void
body_write(struct buf *b, struct buf data)
{
	buf_le(b, 2, 49);
	buf_le(b, 2, 64 + 48);
	buf_le(b, 4, data.n);
	buf_zero(b, 40);
	buf_add(b, data.p, data.n);
	buf_free(&data);
}

/* A name that is an id: FILE_OPEN_BY_FILE_ID. */
static void
body_create_by_id(struct buf *b, const char *id)
{
	buf_le(b, 2, 57);
	buf_zero(b, 38);
	buf_le(b, 4, 0x2000);
	buf_le(b, 2, 64 + 56);
	buf_le(b, 2, strlen(id) / 2);
	buf_zero(b, 8);
	add_hex(b, id);
}

static void
body_output(struct buf *b, const char *text)
{
	buf_le(b, 2, 9);
	buf_le(b, 2, 64 + 8);
	buf_le(b, 4, strlen(text) / 2);
	add_hex(b, text);
}

static void
connect_tree(struct talk *k, uint32_t tid, uint8_t type)
{
	body_tree_req(&k->body, "X");
	(void)SAY(k, TREE_CONNECT, .mid = k->mid);
	body_tree_resp(&k->body, type);
	(void)SAY(k, TREE_CONNECT, F_RESPONSE, .mid = k->mid++, .tid = tid);
}

static int
setup(void **state)
{
	struct talk *k = calloc(1, sizeof(*k));

	*state = k;
	if (k == NULL)
		return -1;
	k->conn = (struct cap_conn){.server = {.family = AF_INET, .port = 445}};
	start(k);
	connect_tree(k, PIPE_TREE, 2);
	connect_tree(k, DISK_TREE, 1);
	k->event = 0;
	return 0;
}

static int
teardown(void **state)
{
	struct talk *k = *state;

	track_close(k->t, &k->conn);
	track_free(k->t);
	buf_free(&k->msg);
	buf_free(&k->body);
	free(k);
	return 0;
}

/* C706 12.6.3.1: a whole PDU. `stub`: in hexadecimal, with the 8 bytes of alloc_hint and so on. */
static struct buf
rpc(uint8_t type, const char *body)
{
	struct buf b = {0};

	buf_le(&b, 2, 5);
	buf_le(&b, 1, type);
	buf_le(&b, 1, 3);
	buf_le(&b, 4, 0x10);
	buf_le(&b, 2, 16 + strlen(body) / 2);
	buf_le(&b, 2, 0);
	buf_le(&b, 4, 1);
	add_hex(&b, body);
	assert_int_equal(b.err, 0);
	return b;
}

static const char *
ioctl_request(struct talk *k, uint32_t tid, uint32_t code, struct buf input)
{
	buf_le(&k->body, 2, 57);
	buf_zero(&k->body, 2);
	buf_le(&k->body, 4, code);
	buf_zero(&k->body, 16);
	buf_le(&k->body, 4, IN - 4);
	buf_le(&k->body, 4, input.n);
	buf_zero(&k->body, 24);
	buf_add(&k->body, input.p, input.n);
	buf_free(&input);
	return SAY(k, IOCTL, .mid = k->mid, .tid = tid);
}

static const char *
ioctl_response(struct talk *k, uint32_t tid, uint32_t code, struct buf output)
{
	buf_le(&k->body, 2, 49);
	buf_zero(&k->body, 2);
	buf_le(&k->body, 4, code);
	buf_zero(&k->body, 24);
	buf_le(&k->body, 4, OUT - 4);
	buf_le(&k->body, 4, output.n);
	buf_zero(&k->body, 8);
	buf_add(&k->body, output.p, output.n);
	buf_free(&output);
	return SAY(k, IOCTL, F_RESPONSE, .mid = k->mid++, .tid = tid);
}

/* A call over a pipe, and its answer; stubs in hexadecimal. */
static const char *
call(struct talk *k, const char *stub)
{
	char text[4096];

	(void)snprintf(text, sizeof(text), "2c00000000000600%s", stub);
	return ioctl_request(k, PIPE_TREE, TRANSCEIVE, rpc(0, text));
}

static void
answer(struct talk *k, const char *stub)
{
	char text[4096];

	(void)snprintf(text, sizeof(text), "2c00000000000000%s", stub);
	assert_string_equal(ioctl_response(k, PIPE_TREE, TRANSCEIVE, rpc(2, text)), "");
}

static struct buf
hex(const char *text)
{
	struct buf b = {0};

	add_hex(&b, text);
	return b;
}

static size_t
n_values(const struct talk *k)
{
	size_t n;

	(void)track_values(k->t, &n);
	return n;
}

static void
test_flow_a_policy_handle_is_one_value(void **state)
{
	struct talk *k = *state;

	assert_string_equal(call(k, "0000020000000002"), "");
	answer(k, HANDLE "00000000");
	assert_string_equal(call(k, HANDLE "0000000000000100"), "148+20 value.1 140 of 1");
	answer(k, "0000000001000000");
	assert_string_equal(call(k, HANDLE), "148+20 value.1 140 of 1");
	assert_int_equal(n_values(k), 1);
	assert_int_equal(value_of(k, 1)->width, 20);
}

static void
test_flow_a_handle_in_write_and_read(void **state)
{
	struct talk *k = *state;
	struct buf b;

	body_read_req(&k->body);
	(void)SAY(k, READ, .mid = 50, .tid = PIPE_TREE);
	b = rpc(2, "2c00000000000000" HANDLE "00000000");
	body_read(&k->body, b);
	/* The final answer is in the async form, which has no TreeId. */
	assert_string_equal(SAY(k, READ, F_RESPONSE | F_ASYNC, .mid = 50, .async = 3), "");
	b = rpc(0, "2c00000000000600" HANDLE);
	body_write(&k->body, b);
	assert_string_equal(SAY(k, WRITE, .mid = 51, .tid = PIPE_TREE), "140+20 value.1 108 of 1");
}

static void
test_flow_handles_that_begin_with_a_small_number(void **state)
{
	struct talk *k = *state;

	/* Old servers: a counter, the time, a process id. */
	answer(k, "000000000d000000000000009e6447cf4f00000000000000");
	assert_string_equal(call(k, "000000000d000000000000009e6447cf4f00000011000000"),
			    "148+20 value.1 140 of 0");
	answer(k, "01000000" GUID "00000000");
	assert_string_equal(call(k, "01000000" GUID "22000000"), "148+20 value.2 140 of 2");
}

static void
test_flow_two_answers_two_values(void **state)
{
	struct talk *k = *state;

	answer(k, HANDLE "00000000");
	answer(k, HANDLE2 "00000000");
	assert_string_equal(call(k, HANDLE2 "33000000" SID), "148+20 value.1 140 of 1");
	assert_string_equal(call(k, HANDLE), "148+20 value.2 140 of 0");
	/* A server that gives the same handle again means another one. */
	answer(k, HANDLE "00000000");
	assert_string_equal(call(k, HANDLE), "148+20 value.3 140 of 4");
}

static void
test_flow_a_sid_and_its_parts(void **state)
{
	struct talk *k = *state;

	answer(k, "0000020005000000" SID "00000000");
	assert_string_equal(call(k, "11000000" SID), "168+12 value.1 164 of 0");
	/* A part of it that follows a part of another thing. */
	assert_string_equal(call(k, "220000000105000000000005"
				    "15000000a56f7e8286424ecf49555646e8030000"),
			    "164+12 value.1 164 of 0");
	assert_int_equal(n_values(k), 1);
	/* Small numbers, but in the place of a domain. */
	answer(k, "0000020005000000"
		  "04000000010400000000000515000000e9030000ea030000eb030000");
	assert_string_equal(call(k, "0105000000000005"
				    "15000000e9030000ea030000eb030000f4010000"),
			    "160+12 value.2 164 of 3");
}

static void
test_flow_association_groups(void **state)
{
	struct talk *k = *state;

	assert_string_equal(ioctl_request(k, PIPE_TREE, TRANSCEIVE, rpc(11, "b810b81000000000")),
			    "");
	/* A value at once: two servers' groups are never equal. */
	(void)ioctl_response(k, PIPE_TREE, TRANSCEIVE, rpc(12, "b810b810bd0d00000c00"));
	assert_int_equal(n_values(k), 1);
	assert_int_equal(value_of(k, 1)->off, OUT + 20);
	assert_int_equal(value_of(k, 1)->width, 4);
	assert_string_equal(ioctl_request(k, PIPE_TREE, TRANSCEIVE, rpc(14, "b810b810bd0d0000")),
			    "144+4 value.1 136 of 1");
}

static void
test_flow_what_clients_sent_first_is_theirs(void **state)
{
	struct talk *k = *state;

	assert_string_equal(call(k, "11000000" GUID), "");
	answer(k, "22000000" GUID "00000000");
	assert_string_equal(call(k, "33000000" GUID), "");
	/* Beside it, something of the server's. */
	answer(k, "44000000" GUID "00010000" HANDLE2);
	assert_string_equal(call(k, "55000000" GUID "00010000" HANDLE2), "176+16 value.1 168 of 3");
	assert_int_equal(n_values(k), 1);
}

static void
test_flow_a_handle_that_answers_repeat_is_still_the_servers(void **state)
{
	struct talk *k = *state;

	answer(k, HANDLE "00000000");
	assert_string_equal(call(k, HANDLE), "148+20 value.1 140 of 0");
	answer(k, HANDLE "00000000");
	assert_string_equal(call(k, HANDLE), "148+20 value.2 140 of 2");
}

static void
test_flow_text_numbers_and_times_are_none(void **state)
{
	static const char *const stubs[] = {
		"0c000000000000000c000000" /* "LABSRV", UTF-16, as a string of RPC */
		"4c00410042005300520056004c00410042005300520056000000",
		"1000120004000200080000000000000008000000" /* Cyrillic */
		"24043004390438043a043e043204300424043004",
		"4142434445464748494a4b4c4d4e4f50", /* ASCII */
		"00000000000000000000000000000000", /* nothing */
		"ffffffffffffffffffffffffffffffff", /* everything */
		"00000200040002000800020000000c00", /* referents */
		"10270000e8030000ff010f003f000f00", /* numbers, access masks */
		"80c5b3d0a1f2d9018000c5d0a1f2d901", /* FILETIMEs */
		"0000000000000004ff7f000000000000", /* a size */
	};
	struct talk *k = *state;

	for (size_t i = 0; i < sizeof(stubs) / sizeof(stubs[0]); i++) {
		answer(k, stubs[i]);
		assert_string_equal(call(k, stubs[i]), "");
	}
	assert_int_equal(n_values(k), 0);
}

static void
test_flow_long_binary_data_is_none(void **state)
{
	struct talk *k = *state;
	char text[321];

	for (unsigned i = 0; i < 160; i++)
		(void)snprintf(text + 2 * i, 3, "%02x", (i * 151 + 89) & 0xff);
	answer(k, text);
	assert_string_equal(call(k, text), "");
	assert_int_equal(n_values(k), 0);
}

static void
test_flow_sids_in_long_data(void **state)
{
	struct talk *k = *state;
	char text[1024];

	/* An ACL with four entries, MS-DTYP 2.4.4.2. */
	(void)snprintf(text, sizeof(text), "%s%s%s%s",
		       "00052400ff010f000105000000000005"
		       "15000000a56f7e8286424ecf49551199f4010000",
		       "00052400ff010f00010500000000000515000000a56f7e8286424ecf4955229999c1e803",
		       "00052400ff010f00010500000000000515000000a56f7e8286424ecf4955339988c1e803",
		       "00052400ff010f00010500000000000515000000a56f7e8286424ecf4955449977c1e803");
	answer(k, text);
	(void)call(k, text);
	assert_int_equal(n_values(k), 4);
	assert_int_equal(value_of(k, 1)->width, 16);
}

static void
test_flow_the_data_of_files_is_none(void **state)
{
	struct talk *k = *state;
	struct buf b = rpc(2, "2c00000000000000" HANDLE "00000000");

	body_read_req(&k->body);
	(void)SAY(k, READ, .mid = 50, .tid = DISK_TREE);
	body_read(&k->body, b);
	(void)SAY(k, READ, F_RESPONSE, .mid = 50, .tid = DISK_TREE);
	/* Not even into a pipe. */
	assert_string_equal(call(k, HANDLE), "");
	b = rpc(0, "2c00000000000600" HANDLE2);
	answer(k, HANDLE2 "00000000");
	body_write(&k->body, b);
	assert_string_equal(SAY(k, WRITE, .mid = 51, .tid = DISK_TREE), "");
	assert_int_equal(n_values(k), 0);
}

static void
test_flow_sealed_stubs_are_none(void **state)
{
	struct talk *k = *state;
	struct buf b = rpc(2, "2c00000000000000" HANDLE "0a06000001000000"
			      "11111111222222223333333344444444");

	b.p[10] = 16; /* auth_length */
	(void)ioctl_response(k, PIPE_TREE, TRANSCEIVE, b);
	assert_string_equal(call(k, HANDLE), "");
}

static void
test_flow_object_ids(void **state)
{
	struct talk *k = *state;

	(void)ioctl_response(k, DISK_TREE, GET_OBJECT_ID, hex(GUID));
	body_create_by_id(&k->body, GUID);
	assert_string_equal(SAY(k, CREATE, .mid = 60, .tid = DISK_TREE), "124+16 value.1 116 of 0");
	assert_string_equal(ioctl_request(k, DISK_TREE, 0x00094444, hex("0000000000000000" GUID)),
			    "132+16 value.1 116 of 0");
	/* One that the client had set. */
	assert_string_equal(
		ioctl_request(k, DISK_TREE, SET_OBJECT_ID, hex("91c2aabbccddeeff12345678901122cc")),
		"");
	(void)ioctl_response(k, DISK_TREE, GET_OBJECT_ID, hex("91c2aabbccddeeff12345678901122cc"));
	assert_string_equal(
		ioctl_request(k, DISK_TREE, 0x00094444, hex("91c2aabbccddeeff12345678901122cc")),
		"");
}

static void
test_flow_file_ids(void **state)
{
	struct talk *k = *state;

	/* FileInternalInformation: a small number, but asked for by its place. */
	body_output(&k->body, "1200140000000000");
	(void)SAY(k, QUERY_INFO, F_RESPONSE, .mid = 61, .tid = DISK_TREE);
	body_create_by_id(&k->body, "1200140000000000");
	assert_string_equal(SAY(k, CREATE, .mid = 62, .tid = DISK_TREE), "124+8 value.1 76 of 0");
	/* As a name it is one. */
	body_create_req(&k->body, "abcd");
	assert_string_equal(SAY(k, CREATE, .mid = 63, .tid = DISK_TREE), "");
}

static void
test_flow_snapshots(void **state)
{
	static const char name[] = "@GMT-2026.11.22-10.11.12";
	struct talk *k = *state;
	struct buf b = {0};

	buf_le(&b, 4, 1);
	buf_le(&b, 4, 1);
	buf_le(&b, 4, 52);
	for (size_t i = 0; i < sizeof(name); i++)
		buf_le(&b, 2, (uint8_t)name[i]);
	(void)ioctl_response(k, DISK_TREE, SNAPSHOTS, b);
	body_create_req(&k->body, "dir\\@GMT-2026.11.22-10.11.12\\x");
	assert_string_equal(SAY(k, CREATE, .mid = 60, .tid = DISK_TREE), "132+48 value.1 128 of 0");
	body_create_req(&k->body, "@GMT-2026.11.22-10.11.12");
	assert_string_equal(SAY(k, CREATE, .mid = 61, .tid = DISK_TREE), "124+48 value.1 128 of 0");
	body_create_req(&k->body, "@GMT-2026.11.22-10.11.13");
	assert_string_equal(SAY(k, CREATE, .mid = 62, .tid = DISK_TREE), "");
}

static void
test_flow_offload_tokens(void **state)
{
	struct talk *k = *state;
	struct buf b = {0};

	buf_zero(&b, 16);
	for (unsigned i = 0; i < 512; i++)
		buf_le(&b, 1, i < 64 ? i * 37 + 11 : 0);
	(void)ioctl_response(k, DISK_TREE, OFFLOAD_READ, b);
	b = (struct buf){0};
	buf_zero(&b, 32);
	for (unsigned i = 0; i < 512; i++)
		buf_le(&b, 1, i < 64 ? i * 37 + 11 : 0);
	assert_string_equal(ioctl_request(k, DISK_TREE, OFFLOAD_WRITE, b),
			    "156+512 value.1 132 of 0");
}

static void
test_flow_a_value_in_use_is_not_forgotten(void **state)
{
	struct talk *k = *state;
	char text[2048];

	answer(k, HANDLE "00000000");
	for (unsigned i = 0; i < 20000; i++) {
		for (unsigned c = 0; c < 120; c++)
			(void)snprintf(text + 2 * c, 3, "%02x",
				       (i * 7919 + c * 104729) >> 5 & 0xff);
		answer(k, text);
		if (i % 200 == 0)
			assert_string_equal(call(k, HANDLE), "148+20 value.1 140 of 0");
	}
	assert_int_equal(n_values(k), 1);
}

static void
test_flow_rules(void **state)
{
	struct talk *k = *state;
	struct hex a = unhex("4c00410042005300"), no = unhex("b367743f0894404b");
	struct slice add = hex_slice(&a), forbid = hex_slice(&no);

	k->rules = (struct flow_rules){&add, &forbid, 1, 1};
	start(k);
	connect_tree(k, PIPE_TREE, 2);
	k->event = 0;
	answer(k, HANDLE "00000000"
			 "4c00410042005300");
	assert_string_equal(call(k, HANDLE "11000000"
					   "4c00410042005300"),
			    "172+8 value.1 164 of 0");
	assert_string_equal(call(k, HANDLE2), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(test_flow_a_policy_handle_is_one_value),
		T(test_flow_a_handle_in_write_and_read),
		T(test_flow_handles_that_begin_with_a_small_number),
		T(test_flow_two_answers_two_values),
		T(test_flow_a_sid_and_its_parts),
		T(test_flow_association_groups),
		T(test_flow_what_clients_sent_first_is_theirs),
		T(test_flow_a_handle_that_answers_repeat_is_still_the_servers),
		T(test_flow_text_numbers_and_times_are_none),
		T(test_flow_long_binary_data_is_none),
		T(test_flow_sids_in_long_data),
		T(test_flow_the_data_of_files_is_none),
		T(test_flow_sealed_stubs_are_none),
		T(test_flow_object_ids),
		T(test_flow_file_ids),
		T(test_flow_snapshots),
		T(test_flow_offload_tokens),
		T(test_flow_a_value_in_use_is_not_forgotten),
		T(test_flow_rules),
#undef T
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
