/*
 * Changing recorded messages: a variable part of other length (relay), a field by its path (set).
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "proto/smb2_pdu.h"
#include "proto/smb2_relay.h"
#include "proto/smb2_set.h"
#include "tests/hex.h"

#define HDR_TAIL                                                                                   \
	"0700000000000000 00000000 05000000 0900000000000000 00000000000000000000000000000000"
/*
 * MS-SMB2 2.2.1.2: requests SESSION_SETUP, CREATE and ECHO; NextCommand is the fifth field's first
 * byte
 */
#define HDR_SETUP(next) "fe534d42 4000 0100 00000000 0100 0100 00000000" next "000000" HDR_TAIL
#define HDR_TREE(next) "fe534d42 4000 0100 00000000 0300 0100 00000000" next "000000" HDR_TAIL
#define HDR_CREATE "fe534d42 4000 0100 00000000 0500 0100 00000000 00000000" HDR_TAIL
#define HDR_ECHO "fe534d42 4000 0100 00000000 0d00 0100 00000000 00000000" HDR_TAIL

/* MS-SMB2 2.2.5: a token of 5 bytes at 88 */
#define SETUP "1900 00 01 00000000 00000000 5800 0500 0000000000000000 a1a2a3a4a5"
/* MS-SMB2 2.2.9: "\\a\b", 10 bytes at 72 */
#define TREE "0900 0000 4800 0a00 5c005c0061005c006200"
#define ECHO "0400 0000"

/* A CREATE of "abc" (6 bytes at 120) with a context MxAc (24 bytes at 128), by MS-SMB2 2.2.13 */
#define CREATE                                                                                     \
	"3900 00 00 02000000 0000000000000000 0000000000000000 89001200 80000000 07000000 "        \
	"01000000"                                                                                 \
	"40000000 7800 0600 80000000 18000000"                                                     \
	"610062006300 0000"                                                                        \
	"00000000 1000 0400 0000 1800 00000000 4d784163 00000000"

/* A V row of PDU number `index` gets other bytes. */
static int
relay(struct slice message, size_t index, const char *row, struct slice fresh, struct buf *out,
      struct err *e)
{
	struct smb2_chain chain = smb2_chain_init(message);
	struct smb2_edit edit;
	struct smb2_pdu pdu;
	struct slice bytes;
	int r;

	for (size_t i = 0; i <= index; i++)
		assert_true(smb2_chain_next(&chain, &bytes));
	assert_int_equal(smb2_pdu_decode(bytes, &pdu), 0);
	r = smb2_edit_row(&pdu, row, &edit, e);
	if (r != 0)
		return r;
	edit.off += (size_t)(bytes.p - message.p);
	edit.fresh = fresh;
	return smb2_relay(message, &edit, 1, out, NULL, e);
}

/* The relayed message, compared with what is expected. */
static void
expect_relay(const char *message, size_t index, const char *row, const char *fresh,
	     const char *expected)
{
	struct hex m = unhex(message), f = unhex(fresh), x = unhex(expected);
	struct buf out = {0};
	struct err e = {0};

	buf_add(&out, "before", 6);
	assert_int_equal(relay(hex_slice(&m), index, row, hex_slice(&f), &out, &e), 0);
	assert_int_equal(out.n, 6 + x.n);
	assert_memory_equal(out.p, "before", 6);
	assert_memory_equal(out.p + 6, x.p, x.n);
	buf_free(&out);
}

static void
test_equal_length_changes_only_those_bytes(void **state)
{
	(void)state;
	expect_relay(
		"0000005d" HDR_SETUP("00") SETUP, 0, "security_buffer", "b1b2b3b4b5",
		"0000005d" HDR_SETUP(
			"00") "1900 00 01 00000000 00000000 5800 0500 0000000000000000 b1b2b3b4b5");
}

static void
test_a_longer_token_moves_lengths(void **state)
{
	(void)state;
	expect_relay("0000005d" HDR_SETUP("00") SETUP, 0, "security_buffer", "b1b2b3b4b5b6b7",
		     "0000005f" HDR_SETUP("00") "1900 00 01 00000000 00000000 5800 0700 "
						"0000000000000000 b1b2b3b4b5b6b7");
	expect_relay("0000005d" HDR_SETUP("00") SETUP, 0, "security_buffer", "",
		     "00000059" HDR_SETUP(
			     "00") "1900 00 01 00000000 00000000 5800 0000 0000000000000000 00");
}

static void
test_an_empty_part_is_filled_where_its_offset_says(void **state)
{
	(void)state;
	expect_relay("00000058" HDR_SETUP(
			     "00") "1900 00 01 00000000 00000000 5800 0000 0000000000000000",
		     0, "security_buffer", "b1b2",
		     "0000005a" HDR_SETUP(
			     "00") "1900 00 01 00000000 00000000 5800 0200 0000000000000000 b1b2");
	/* Without an offset: behind the fixed part, and the offset is set. */
	expect_relay("00000058" HDR_SETUP(
			     "00") "1900 00 01 00000000 00000000 0000 0000 0000000000000000",
		     0, "security_buffer", "b1b2",
		     "0000005a" HDR_SETUP(
			     "00") "1900 00 01 00000000 00000000 5800 0200 0000000000000000 b1b2");
}

static void
test_in_a_chain_the_next_pdu_stays_aligned(void **state)
{
	(void)state;
	/* 72 + 10 bytes and 6 of padding; then 72 + 16 and none; then 72 + 4 and 4 */
	expect_relay("0000009c" HDR_TREE("58") TREE "000000000000" HDR_ECHO ECHO, 0, "path",
		     "5c005c00630063006300 5c0064006400",
		     "0000009c" HDR_TREE(
			     "58") "0900 0000 4800 1000 5c005c00630063006300 5c0064006400" HDR_ECHO
			     ECHO);
	expect_relay(
		"0000009c" HDR_TREE("58") TREE "000000000000" HDR_ECHO ECHO, 0, "path", "5c005c00",
		"00000094" HDR_TREE("50") "0900 0000 4800 0400 5c005c00 00000000" HDR_ECHO ECHO);
	/* The last one: nothing to align. */
	expect_relay("0000009a" HDR_TREE("48") ECHO "00000000" HDR_TREE("00") TREE, 1, "path",
		     "5c005c00620062005c006200",
		     "0000009c" HDR_TREE("48") ECHO
		     "00000000" HDR_TREE("00") "0900 0000 4800 0c00 5c005c00620062005c006200");
}

static void
test_parts_behind_move_by_eights(void **state)
{
	(void)state;
	expect_relay(
		"00000098" HDR_CREATE CREATE, 0, "name", "6100620063006400",
		"00000098" HDR_CREATE
		"3900 00 00 02000000 0000000000000000 0000000000000000 89001200 80000000 07000000"
		"01000000 40000000 7800 0800 80000000 18000000 6100620063006400"
		"00000000 1000 0400 0000 1800 00000000 4d784163 00000000");
	expect_relay(
		"00000098" HDR_CREATE CREATE, 0, "name", "61006200630064006500",
		"000000a0" HDR_CREATE
		"3900 00 00 02000000 0000000000000000 0000000000000000 89001200 80000000 07000000"
		"01000000 40000000 7800 0a00 88000000 18000000 61006200630064006500 000000000000"
		"00000000 1000 0400 0000 1800 00000000 4d784163 00000000");
}

static void
test_relay_refuses_what_it_cannot_do(void **state)
{
	struct hex m = unhex("0000005d" HDR_SETUP("00") SETUP);
	uint8_t big[70000] = {0};
	struct buf out = {0};
	struct err e = {0};

	(void)state;
	assert_int_equal(relay(hex_slice(&m), 0, "path", slice_of("x", 1), &out, &e), ERR_NOTFOUND);
	assert_int_equal(relay(hex_slice(&m), 0, "flags", slice_of("x", 1), &out, NULL), ERR_USAGE);
	/* The length field has 16 bits. */
	assert_int_equal(relay(hex_slice(&m), 0, "security_buffer", slice_of(big, sizeof(big)),
			       &out, NULL),
			 ERR_LIMIT);
	assert_int_equal(out.n, 0);
	m.p[4 + 64] = 0x18;
	assert_int_equal(relay(hex_slice(&m), 0, "security_buffer", slice_of("x", 1), &out, NULL),
			 ERR_MALFORMED);
	buf_free(&out);
}

/* Set a field of the CREATE above and find these bytes at `off`. */
static void
expect_set(const char *path, const char *value, size_t off, const char *bytes)
{
	struct hex h = unhex(HDR_CREATE CREATE), was = h, x = unhex(bytes);
	struct err e = {0};

	assert_int_equal(smb2_set_field(h.p, h.n, path, value, &e), 0);
	assert_memory_equal(h.p + off, x.p, x.n);
	memcpy(was.p + off, x.p, x.n);
	assert_memory_equal(h.p, was.p, h.n); /* and nothing else changed */
}

static void
test_set_writes_fields_by_path(void **state)
{
	(void)state;
	expect_set("credit_charge", "0x1234", 6, "3412");
	expect_set("flags", "8", 16, "08000000");
	expect_set("message_id", "0xffffffffffffffff", 24, "ffffffffffffffff");
	expect_set("signature", "000102030405060708090a0b0c0d0e0F", 48,
		   "000102030405060708090a0b0c0d0e0f");
	expect_set("body.requested_oplock_level", "255", 67, "ff");
	expect_set("body.name", "780079007a00", 120, "780079007a00");
	expect_set("body.create_contexts[0].next", "24", 128, "18000000");
	expect_set("body.create_contexts[0].name", "46464646", 144, "46464646");
	expect_set("body.desired_access", "STATUS_ACCESS_DENIED", 88, "220000c0");
}

static void
test_set_reaches_responses_and_lists(void **state)
{
	/* MS-SMB2 2.2.2 and 2.2.3 */
	struct hex r = unhex("fe534d42 4000 0100 340000c0 0500 0100 01000000 00000000" HDR_TAIL
			     "0900 0000 00000000 00"),
		   n = unhex("fe534d42 4000 0000 00000000 0000 0000 00000000 00000000" HDR_TAIL
			     "2400 0200 0100 0000 00000000 00000000000000000000000000000000"
			     "0000000000000000 0202 1002");

	(void)state;
	assert_int_equal(smb2_set_field(r.p, r.n, "status", "STATUS_ACCESS_DENIED", NULL), 0);
	assert_memory_equal(r.p + 8, "\x22\0\0\xc0", 4);
	assert_int_equal(smb2_set_field(n.p, n.n, "body.dialects[1]", "0x0300", NULL), 0);
	assert_memory_equal(n.p + 100, "\x02\x02\0\x03", 4);
}

/* A SET_INFO of a security descriptor: its body as a whole, and what is in it. */
static void
test_set_reaches_into_bodies(void **state)
{
	struct hex r =
		unhex("fe534d42 4000 0100 00000000 1100 0100 00000000 00000000"
		      "0900000000000000 00000000 05000000 0900000000000000"
		      "00000000000000000000000000000000"
		      "2100 0300 20000000 6000 0000 01000000 ffffffffffffffffffffffffffffffff"
		      "01000080 14000000 00000000 00000000 00000000 010100000000000100000000");

	(void)state;
	assert_int_equal(smb2_set_field(r.p, r.n, "body.buffer.owner_sid", "S-1-3-7", NULL), 0);
	assert_memory_equal(r.p + 116, "\1\1\0\0\0\0\0\3\7\0\0\0", 12);
	assert_int_equal(smb2_set_field(r.p, r.n, "body.buffer.control", "0x9004", NULL), 0);
	assert_memory_equal(r.p + 98, "\x04\x90", 2);
	/* Of another length; no SID. */
	assert_int_equal(smb2_set_field(r.p, r.n, "body.buffer.owner_sid", "S-1-5-32-544", NULL),
			 ERR_USAGE);
	assert_int_equal(smb2_set_field(r.p, r.n, "body.buffer.owner_sid", "S-x", NULL), ERR_USAGE);
	assert_int_equal(smb2_set_field(r.p, r.n, "body.buffer",
					"0000000000000000000000000000000000000000"
					"000000000000000000000000",
					NULL),
			 0);
	assert_memory_equal(r.p + 96, "\0\0\0\0", 4);
}

static void
test_set_refuses_and_names_the_path(void **state)
{
	static const struct {
		const char *path, *value;
		int code;
	} cases[] = {
		{"status", "1", ERR_NOTFOUND}, /* a request has none */
		{"body.nothing", "1", ERR_NOTFOUND},
		{"body.create_contexts[1].next", "1", ERR_NOTFOUND},
		{"body", "1", ERR_NOTFOUND},
		{"", "1", ERR_NOTFOUND},
		{"body.padding", "0000", ERR_NOTFOUND}, /* no field, but undescribed bytes */
		{"body.requested_oplock_level", "256", ERR_USAGE},
		{"body.requested_oplock_level", "-1", ERR_USAGE},
		{"body.requested_oplock_level", "", ERR_USAGE},
		{"body.requested_oplock_level", "1x", ERR_USAGE},
		{"body.name", "7800", ERR_USAGE},
		{"body.name", "78007900zz00", ERR_USAGE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct hex h = unhex(HDR_CREATE CREATE), was = h;
		struct err e = {0};

		assert_int_equal(smb2_set_field(h.p, h.n, cases[i].path, cases[i].value, &e),
				 cases[i].code);
		assert_memory_equal(h.p, was.p, h.n);
		assert_ptr_equal(strstr(e.text, cases[i].path), e.text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_equal_length_changes_only_those_bytes),
		cmocka_unit_test(test_a_longer_token_moves_lengths),
		cmocka_unit_test(test_an_empty_part_is_filled_where_its_offset_says),
		cmocka_unit_test(test_in_a_chain_the_next_pdu_stays_aligned),
		cmocka_unit_test(test_parts_behind_move_by_eights),
		cmocka_unit_test(test_relay_refuses_what_it_cannot_do),
		cmocka_unit_test(test_set_writes_fields_by_path),
		cmocka_unit_test(test_set_reaches_responses_and_lists),
		cmocka_unit_test(test_set_reaches_into_bodies),
		cmocka_unit_test(test_set_refuses_and_names_the_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
