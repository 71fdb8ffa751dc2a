/* SPNEGO: parts of real tokens, other inner tokens in the same wrapping, and input that is none. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "auth/spnego.h"
#include "tests/hex.h"
#include "tests/vectors/ms311.h"

#define SETUP_REQUEST_BLOB 88 /* where the messages of ms311.h have their security buffer */
#define SETUP_RESPONSE_BLOB 72

static struct slice
blob(const struct hex *message, size_t at)
{
	return slice_of(message->p + at, message->n - at);
}

static void
test_parts_of_a_windows_logon(void **state)
{
	struct hex m1 = unhex(ms311_setup1_request), m2 = unhex(ms311_setup1_response);
	struct hex m3 = unhex(ms311_setup2_request), m4 = unhex(ms311_setup2_response);
	struct hex mechs = unhex("300c060a2b06010401823702020a"),
		   oid = unhex("2b06010401823702020a");
	struct hex mic = unhex("0100000063775a9a5fd97f0600000000");
	struct spnego s;

	(void)state;
	assert_int_equal(spnego_parse(blob(&m1, SETUP_REQUEST_BLOB), &s), 0);
	assert_true(s.init);
	assert_true(slice_eq(s.mechs, hex_slice(&mechs)));
	assert_int_equal(s.token.n, 40);
	assert_memory_equal(s.token.p, "NTLMSSP\0\1\0\0\0", 12);
	assert_int_equal(s.mic.n, 0);
	assert_int_equal(spnego_parse(blob(&m2, SETUP_RESPONSE_BLOB), &s), 0);
	assert_false(s.init);
	assert_true(slice_eq(s.selected, hex_slice(&oid)));
	assert_memory_equal(s.token.p, "NTLMSSP\0\2\0\0\0", 12);
	assert_int_equal(spnego_parse(blob(&m3, SETUP_REQUEST_BLOB), &s), 0);
	assert_int_equal(s.token.n, 422);
	assert_true(slice_eq(s.mic, hex_slice(&mic)));
	assert_int_equal(spnego_parse(blob(&m4, SETUP_RESPONSE_BLOB), &s), 0);
	assert_int_equal(s.token.n, 0);
	assert_int_equal(s.mic.n, 16);
}

/*
 * MS-SPNG 2.2.1 NegTokenInit2 of smbd: [3] is negHints, which must not be taken for a mechListMIC.
 */
static const char samba_init2[] = "604806062b0601050502a03e303ca00e300c060a2b06010401823702020aa32a"
				  "3028a0261b246e6f745f646566696e65645f696e5f"
				  "5246433431373840706c656173655f69676e6f7265";

static void
test_hints_of_a_server_are_no_mic(void **state)
{
	struct hex m = unhex(samba_init2);
	struct spnego s;

	(void)state;
	assert_int_equal(spnego_parse(hex_slice(&m), &s), 0);
	assert_true(s.init);
	assert_int_equal(s.mechs.n, 14);
	assert_int_equal(s.token.n, 0);
	assert_int_equal(s.mic.n, 0);
}

static void
expect_rewrap(const char *recorded, struct slice token, struct slice mic, const char *want)
{
	struct hex r = unhex(recorded), w = unhex(want);
	struct buf out = {0};

	assert_int_equal(spnego_rewrap(hex_slice(&r), token, mic, &out), 0);
	assert_int_equal(out.n, w.n);
	assert_memory_equal(out.p, w.p, w.n);
	buf_free(&out);
}

static void
test_the_same_parts_give_the_same_token(void **state)
{
	struct hex m = unhex(ms311_setup2_request);
	struct slice token = blob(&m, SETUP_REQUEST_BLOB);
	struct buf out = {0};
	struct spnego s;

	(void)state;
	assert_int_equal(spnego_parse(token, &s), 0);
	assert_int_equal(spnego_rewrap(token, s.token, s.mic, &out), 0);
	assert_true(slice_eq(buf_slice(&out), token));
	buf_free(&out);
}

static void
test_other_parts_change_only_the_lengths_around_them(void **state)
{
	static const uint8_t token[200] = {0x55};
	struct buf out = {0};
	struct spnego s;

	(void)state;
	/* negState, responseToken 'aa', mechListMIC 'bbbb' */
	expect_rewrap("a114 3012 a0030a0101 a2030401aa a3060404bbbbbbbb", slice_of("\xcc\xcd", 2),
		      (struct slice){0}, "a115 3013 a0030a0101 a2040402cccd a3060404bbbbbbbb");
	expect_rewrap("a114 3012 a0030a0101 a2030401aa a3060404bbbbbbbb", slice_of("\xcc", 1),
		      slice_of("\xdd", 1), "a111 300f a0030a0101 a2030401cc a3030401dd");
	/* without a mechListMIC none appears, and bytes after the token stay */
	expect_rewrap("a107 3005 a2030401aa 0000", slice_of("\xcc", 1), slice_of("\xdd", 1),
		      "a107 3005 a2030401cc 0000");
	/* lengths that are longer than need be stay so */
	expect_rewrap("a18400000009 30820005 a2030401aa", slice_of("\xcc\xcd", 2),
		      (struct slice){0}, "a1840000000a 30820006 a2040402cccd");
	/* short lengths become long ones */
	assert_int_equal(spnego_rewrap(slice_of("\xa1\x07\x30\x05\xa2\x03\x04\x01\xaa", 9),
				       slice_of(token, 200), (struct slice){0}, &out),
			 0);
	assert_memory_equal(out.p, "\xa1\x81\xd1\x30\x81\xce\xa2\x81\xcb\x04\x81\xc8\x55", 13);
	assert_int_equal(spnego_parse(buf_slice(&out), &s), 0);
	assert_int_equal(s.token.n, 200);
	buf_free(&out);
}

static void
test_what_is_not_spnego_is_refused(void **state)
{
	static const char *bad[] = {
		"",
		"60",
		"6080",
		"6000",
		"a0",
		"a000",
		"a1023000",
		"a10530030401aa00",
		"4e544c4d5353500001000000",
		"600606042b060105",                        /* another OID */
		"6084ffffffff06062b0601050502",            /* longer than the input */
		"608500000000 0106062b0601050502a0023000", /* a length of five bytes */
		"30053003a20104",
	};
	struct spnego s;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct hex h = unhex(bad[i]);

		if (i == 7) /* a field that SPNEGO does not have: nothing is found in it */
			assert_int_equal(spnego_parse(hex_slice(&h), &s), 0);
		else
			assert_int_equal(spnego_parse(hex_slice(&h), &s), ERR_MALFORMED);
		assert_int_equal(s.token.n, 0);
	}
}

/*
 * Each truncation on its own allocation, so that the address sanitizer sees one byte over; each bit
 * flipped.
 */
static void
test_damaged_tokens_are_read_within_bounds(void **state)
{
	struct hex m = unhex(ms311_setup2_request);
	struct slice token = blob(&m, SETUP_REQUEST_BLOB);
	struct spnego s;

	(void)state;
	for (size_t n = 0; n < token.n; n++) {
		uint8_t *cut = malloc(n > 0 ? n : 1);
		struct buf out = {0};

		assert_non_null(cut);
		if (n > 0)
			memcpy(cut, token.p, n);
		(void)spnego_is_kerberos(slice_of(cut, n));
		assert_int_equal(spnego_parse(slice_of(cut, n), &s), ERR_MALFORMED);
		assert_int_equal(
			spnego_rewrap(slice_of(cut, n), slice_of("x", 1), (struct slice){0}, &out),
			0);
		assert_true(slice_eq(buf_slice(&out), slice_of(cut, n)));
		buf_free(&out);
		free(cut);
	}
	for (size_t bit = 0; bit < token.n * 8; bit++) {
		struct buf out = {0};
		int ret;

		m.p[SETUP_REQUEST_BLOB + bit / 8] ^= (uint8_t)(1u << bit % 8);
		ret = spnego_parse(token, &s);
		assert_true(ret == 0 || ret == ERR_MALFORMED);
		assert_int_equal(spnego_rewrap(token, slice_of("x", 1), slice_of("y", 1), &out), 0);
		buf_free(&out);
		m.p[SETUP_REQUEST_BLOB + bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
}

static void
test_kerberos_is_known_by_its_oid(void **state)
{
	/*
	 * RFC 4121 4.1: the beginnings of an AP-REQ token with the MIT and with the old Microsoft
	 * OID, and of an IAKERB one
	 */
	struct hex krb5 = unhex("600d06092a864886f71201020201006e"),
		   ms = unhex("600d06092a864882f71201020201006e");
	struct hex iakerb = unhex("600a06062b06010502050501"), spnego = unhex(samba_init2);

	(void)state;
	krb5.n = ms.n = 15;
	assert_true(spnego_is_kerberos(hex_slice(&krb5)));
	assert_true(spnego_is_kerberos(hex_slice(&ms)));
	assert_true(spnego_is_kerberos(hex_slice(&iakerb)));
	assert_false(spnego_is_kerberos(hex_slice(&spnego)));
	assert_false(spnego_is_kerberos(slice_of("NTLMSSP", 8)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parts_of_a_windows_logon),
		cmocka_unit_test(test_hints_of_a_server_are_no_mic),
		cmocka_unit_test(test_the_same_parts_give_the_same_token),
		cmocka_unit_test(test_other_parts_change_only_the_lengths_around_them),
		cmocka_unit_test(test_what_is_not_spnego_is_refused),
		cmocka_unit_test(test_damaged_tokens_are_read_within_bounds),
		cmocka_unit_test(test_kerberos_is_known_by_its_oid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
