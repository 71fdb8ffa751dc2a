/*
 * The bodies of information classes and FSCTLs: chosen by what a request asks for, read only where
 * they were opened; SIDs as text.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "proto/sid.h"
#include "proto/smb2_questions.h"
#include "tests/body_build.h"
#include "tests/hex.h"
#include "tests/vectors.h"

#define ASKED_FILE(class) SMB2_ASKED_FILE(class)
#define ASKED_FS(class) SMB2_ASKED_FS(class)
#define ASKED_SECURITY SMB2_ASKED_SECURITY
#define ASKED_QUOTA SMB2_ASKED_QUOTA
#define ASKED_CHANGES SMB2_ASKED_CHANGES
#define ASKED_NUM(n) n
#define INFO_LINE(content, dirs, key, s) {SMB2_CONTENT_##content, ASKED_##key, #s},
static const struct line {
	enum smb2_content content;
	uint32_t key;
	const char *def;
} lines[] = {FSCC_INFO_SELECTS(INFO_LINE) FSCC_IN_SELECTS(INFO_LINE) FSCC_OUT_SELECTS(INFO_LINE)};
#define N_LINES (sizeof(lines) / sizeof(lines[0]))

/* A structure's first vector. */
static struct hex
vector_of(const char *def)
{
	for (size_t i = 0; i < N_VECTORS; i++)
		if (strcmp(vectors[i].def, def) == 0)
			return unhex(vectors[i].hex);
	fail_msg("%s has no golden vector", def);
	return (struct hex){0};
}

/* Notes the structure that is entered first. */
static int
on_enter(void *ctx, const struct smb2_item *it)
{
	const char **first = ctx;

	*first = *first != NULL ? *first : it->def->name;
	return 0;
}

static const char *
first_structure(const struct smb2_pdu *pdu)
{
	const char *first = NULL;
	const struct smb2_visitor v = {.ctx = &first, .enter = on_enter};

	assert_int_equal(smb2_walk_body(pdu, &v), 0);
	return first;
}

static void
test_every_line_reads_its_vector_where_opened_and_only_there(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_LINES; i++) {
		struct hex h = vector_of(lines[i].def);
		struct smb2_identity id;
		struct smb2_bodies n;
		struct smb2_pdu pdu;
		struct buf m = {0};

		assert_int_equal(body_build(lines[i].content, lines[i].key, hex_slice(&h), &m), 0);
		assert_int_equal(smb2_pdu_decode(buf_slice(&m), &pdu), 0);
		assert_null(pdu.opaque);
		assert_null(first_structure(&pdu));
		smb2_pdu_open(&pdu, pdu.response ? (uint16_t)lines[i].key : 0);
		assert_string_equal(first_structure(&pdu), lines[i].def);
		n = smb2_pdu_bodies(&pdu);
		assert_int_equal(n.described, 1);
		assert_int_equal(n.bytes, 0);
		assert_int_equal(smb2_check_identity(&pdu, &id), 0);
		assert_true(id.identical);
		buf_free(&m);
	}
}

/* Open and cut: any length, any bit of the body flipped. */
static void
test_opened_bodies_survive_truncation_and_bit_flips(void **state)
{
	static const char *const some[] = {
		"dtyp_security_descriptor", "fscc_id_both_dir_list", "fscc_notify_list",
		"smb2_query_quota",         "fscc_reparse",          "dfsc_referrals_resp"};

	(void)state;
	for (size_t i = 0; i < N_LINES; i++) {
		struct hex h = vector_of(lines[i].def);
		bool chosen = false;

		for (size_t k = 0; k < sizeof(some) / sizeof(some[0]); k++)
			chosen |= strcmp(some[k], lines[i].def) == 0;
		for (size_t bit = 0; chosen && bit < 8 * h.n; bit++) {
			struct smb2_identity id;
			struct smb2_pdu pdu;
			struct buf m = {0};
			uint8_t *exact;

			h.p[bit / 8] ^= (uint8_t)(1 << bit % 8);
			assert_int_equal(body_build(lines[i].content, lines[i].key,
						    slice_of(h.p, bit % 8 == 7 ? bit / 8 : h.n),
						    &m),
					 0);
			h.p[bit / 8] ^= (uint8_t)(1 << bit % 8);
			exact = malloc(m.n);
			assert_non_null(exact);
			memcpy(exact, m.p, m.n);
			assert_int_equal(smb2_pdu_decode(slice_of(exact, m.n), &pdu), 0);
			smb2_pdu_open(&pdu, (uint16_t)lines[i].key);
			(void)first_structure(&pdu);
			assert_int_equal(smb2_check_identity(&pdu, &id), 0);
			assert_true(id.identical);
			free(exact);
			buf_free(&m);
		}
	}
}

static void
test_an_answer_is_read_as_its_request_asked(void **state)
{
	struct hex h = vector_of("fscc_standard");
	struct smb2_questions q = {0};
	struct smb2_pdu request, answer;
	struct buf a = {0}, b = {0};

	(void)state;
	assert_int_equal(
		body_build(SMB2_CONTENT_INFO_IN, SMB2_ASKED_FILE(5), (struct slice){0}, &a), 0);
	assert_int_equal(body_build(SMB2_CONTENT_INFO_OUT, 0, hex_slice(&h), &b), 0);
	assert_int_equal(smb2_pdu_decode(buf_slice(&a), &request), 0);
	assert_int_equal(smb2_pdu_decode(buf_slice(&b), &answer), 0);
	assert_int_equal(smb2_questions_note(&q, 3, &request), 0);
	smb2_questions_open(&q, 4, &answer);
	assert_null(first_structure(&answer)); /* of another connection */
	smb2_questions_open(&q, 3, &answer);
	assert_string_equal(first_structure(&answer), "fscc_standard");
	/* An interim answer is not the last. */
	answer.async = true;
	answer.h.status = 0x103;
	smb2_questions_forget(&q, 3, &answer);
	smb2_questions_open(&q, 3, &answer);
	assert_string_equal(first_structure(&answer), "fscc_standard");
	answer.h.status = 0;
	smb2_questions_forget(&q, 3, &answer);
	smb2_questions_open(&q, 3, &answer);
	assert_null(first_structure(&answer));
	smb2_questions_free(&q);
	buf_free(&a);
	buf_free(&b);
}

/* Collects a walk: "name=number", "name{" and "}", "name:length" of bytes. */
static int
say_leaf(void *ctx, const struct smb2_item *it)
{
	if (it->cut == SMB2_CUT_SID) {
		buf_printf(ctx, "%s=", it->name);
		assert_true(sid_put_text(it->bytes, ctx));
		buf_printf(ctx, " ");
	} else if (it->bytes.n > 0) {
		buf_printf(ctx, "%s:%zu ", it->name, it->len);
	} else if (it->row->role != SMB2_RESERVED && it->row->kind != SMB2_VAR) {
		buf_printf(ctx, "%s=%llx ", it->name, (unsigned long long)it->value);
	}
	return 0;
}

static int
say_enter(void *ctx, const struct smb2_item *it)
{
	buf_printf(ctx, "%s{ ", it->name);
	return 0;
}

static int
say_leave(void *ctx, const struct smb2_item *it)
{
	(void)it;
	buf_printf(ctx, "} ");
	return 0;
}

static void
assert_descriptor(const char *hex, const char *expect)
{
	const struct smb2_def *def = def_named("dtyp_security_descriptor");
	struct hex h = unhex(hex);
	struct buf text = {0};
	struct smb2_visitor v = {&text, say_leaf, say_enter, say_leave};
	union smb2_any any;

	assert_int_equal(smb2_decode(def, hex_slice(&h), 0, &any, NULL), 0);
	assert_int_equal(smb2_walk_struct(def, hex_slice(&h), 0, &any, true, &v), 0);
	buf_add(&text, "", 1);
	assert_string_equal((char *)text.p, expect);
	buf_free(&text);
}

/* MS-DTYP 2.4.5, 2.4.6 */
static void
test_descriptors_with_odd_layouts(void **state)
{
	(void)state;
	/* Owner and group are the same bytes; the DACL has room behind its one ACE. */
	assert_descriptor("01000480 14000000 14000000 00000000 20000000"
			  "0101000000000001 00000000"
			  "02002400 01000000 00001400 a9001200 010100000000000100000000 deadbeef"
			  "00000000",
			  "revision=1 control=8004 offset_owner=14 offset_group=14 offset_sacl=0 "
			  "offset_dacl=20 owner_sid=S-1-1-0 group_sid=S-1-1-0 dacl{ acl_revision=2 "
			  "acl_size=24 ace_count=1 aces{ ace_type=0 ace_flags=0 ace_size=14 ace{ "
			  "mask=1200a9 sid=S-1-1-0 } } room:8 } ");
	/* Nothing but a NULL DACL. */
	assert_descriptor("01000480 00000000 00000000 00000000 00000000",
			  "revision=1 control=8004 offset_owner=0 offset_group=0 offset_sacl=0 "
			  "offset_dacl=0 ");
}

static void
test_a_descriptor_that_lies_is_bytes(void **state)
{
	static const char *const bad[] = {
		/* The owner begins behind the end; has more parts than there are. */
		"01000080 15000000 00000000 00000000 00000000",
		"01000080 14000000 00000000 00000000 00000000 0102000000000005 20000000",
		/* An ACL shorter than its ACEs, and one with too many. */
		"01000480 00000000 00000000 00000000 14000000 02000c00 01000000"
		"00001400 a9001200 010100000000000100000000",
		"01000480 00000000 00000000 00000000 14000000 02001c00 02000000"
		"00001400 a9001200 010100000000000100000000",
	};
	union smb2_any any;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct hex h = unhex(bad[i]);

		assert_int_equal(smb2_decode(def_named("dtyp_security_descriptor"), hex_slice(&h),
					     0, &any, NULL),
				 ERR_MALFORMED);
	}
}

/* MS-DTYP 2.4.2.1, 2.4.2.4 */
static void
test_sids_are_text_and_back(void **state)
{
	static const struct {
		const char *hex, *text, *name;
	} cases[] = {
		{"0101000000000001 00000000", "S-1-1-0", "Everyone"},
		{"0102000000000005 20000000 20020000", "S-1-5-32-544", "BUILTIN\\Administrators"},
		{"0105000000000005 15000000 01000000 02000000 ffffffff f4010000",
		 "S-1-5-21-1-2-4294967295-500", "Administrator"},
		{"0105000000000005 15000000 01000000 02000000 03000000 e9030000",
		 "S-1-5-21-1-2-3-1001", NULL},
		{"0102000000000016 01000000 e8030000", "S-1-22-1-1000", NULL},
		{"0100010000000000", "S-1-0x010000000000", NULL},
	};
	static const char *const bad[] = {
		"",        "S",      "S-1",    "S-1-",    "S-1-5-", "S-1-5-4294967296",
		"S-1-5-x", "S-1-5 ", "1-5-32", "S-256-5", "S--1-5"};
	struct buf b = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct hex h = unhex(cases[i].hex);
		const char *name = sid_name(hex_slice(&h));

		buf_reset(&b);
		assert_true(sid_put_text(hex_slice(&h), &b));
		buf_add(&b, "", 1);
		assert_string_equal((char *)b.p, cases[i].text);
		buf_reset(&b);
		assert_int_equal(sid_parse(cases[i].text, &b), 0);
		assert_true(slice_eq(buf_slice(&b), hex_slice(&h)));
		assert_true((name == NULL) == (cases[i].name == NULL));
		if (name != NULL)
			assert_string_equal(name, cases[i].name);
		h.n--;
		assert_false(sid_put_text(hex_slice(&h), &b));
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		buf_reset(&b);
		assert_int_equal(sid_parse(bad[i], &b), ERR_MALFORMED);
		assert_int_equal(b.n, 0);
	}
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_line_reads_its_vector_where_opened_and_only_there),
		cmocka_unit_test(test_opened_bodies_survive_truncation_and_bit_flips),
		cmocka_unit_test(test_an_answer_is_read_as_its_request_asked),
		cmocka_unit_test(test_descriptors_with_odd_layouts),
		cmocka_unit_test(test_a_descriptor_that_lies_is_bytes),
		cmocka_unit_test(test_sids_are_text_and_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
