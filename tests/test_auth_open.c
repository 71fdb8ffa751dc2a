/*
 * What captured logons give away: MS-NLMP's example, Windows' and Samba's NTLM logons with known
 * passwords, and which reason is told when a secret does not fit.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "auth/auth_open.h"
#include "auth/spnego.h"
#include "tests/hex.h"
#include "tests/vectors/lab.h"
#include "tests/vectors/nlmp.h"
#include "tests/vectors/rawunhide.h"

#define SETUP_REQUEST_BLOB 88 /* where the messages of the vectors have their security buffer */
#define SETUP_RESPONSE_BLOB 72

struct exchange {
	struct hex message[3];
	struct slice token[3]; /* NEGOTIATE, CHALLENGE, AUTHENTICATE */
};

static void
exchange_of(const char *negotiate, const char *challenge, const char *authenticate,
	    struct exchange *x)
{
	const char *const text[] = {negotiate, challenge, authenticate};

	for (size_t i = 0; i < 3; i++) {
		size_t at = i == 1 ? SETUP_RESPONSE_BLOB : SETUP_REQUEST_BLOB;
		size_t n;

		x->message[i] = unhex(text[i]);
		n = (size_t)wire_le(x->message[i].p + (i == 1 ? 70 : 78), 2);
		x->token[i] = slice_sub(hex_slice(&x->message[i]), at, n);
	}
}

static void
rawunhide(struct exchange *x)
{
	exchange_of(rawunhide_setup1_request_7, rawunhide_setup1_response_8,
		    rawunhide_setup2_request_10, x);
}

static int
open_with(const struct exchange *x, const struct auth_secret *s, size_t n, struct auth_opened *out,
	  struct err *e)
{
	struct auth_open *o = NULL;
	int ret;

	*e = (struct err){0};
	assert_int_equal(auth_open_new(s, n, &o), 0);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(auth_open_token(o, i == 1, x->token[i]), 0);
	ret = auth_open_key(o, out, e);
	assert_int_equal(ret, e->code);
	auth_open_free(o);
	return ret;
}

/* MS-NLMP 4.2.4.3, which has no NEGOTIATE and no MIC. */
static void
test_the_specification_s_logon_opens(void **state)
{
	struct hex challenge = unhex(nlmp_challenge), authenticate = unhex(nlmp_authenticate);
	struct exchange x = {.token = {{0}, hex_slice(&challenge), hex_slice(&authenticate)}};
	struct auth_secret s = {.user = "User", .domain = "Domain", .password = "Password"};
	struct auth_opened got;
	struct err e;

	(void)state;
	assert_int_equal(open_with(&x, &s, 1, &got, &e), 0);
	assert_int_equal(got.key_len, 16);
	assert_memory_equal(got.key, unhex("55555555555555555555555555555555").p, 16);
	assert_string_equal(got.user, "User");
	assert_string_equal(got.domain, "Domain");
	/* MS-NLMP 4.2.2.1.2 NTOWFv1 of the same password */
	struct hex nt = unhex("a4f49c406510bdcab6824ee7c30fd852");
	s.password = NULL;
	s.nt_hash = nt.p;
	assert_int_equal(open_with(&x, &s, 1, &got, &e), 0);
	assert_memory_equal(got.key, unhex("55555555555555555555555555555555").p, 16);
}

/* The exported keys were verified by the signatures of both captures, see test_ntlm.c. */
static void
test_logons_to_windows_and_samba_open(void **state)
{
	const struct auth_secret mikeg = {.user = "MikeG", .password = "mikeg123"};
	const struct auth_secret smbtest = {
		.user = "smbtest", .domain = "lab", .password = "Passw0rd-auth"};
	struct auth_opened got;
	struct exchange x;
	struct err e;

	(void)state;
	rawunhide(&x);
	assert_int_equal(open_with(&x, &mikeg, 1, &got, &e), 0);
	assert_memory_equal(got.key, unhex("73c32fffb86ff530993cbd0f4816cd64").p, 16);
	assert_string_equal(got.user, "mikeg");
	exchange_of(lab311_setup1_request_8, lab311_setup1_response_9, lab311_setup2_request_10,
		    &x);
	assert_int_equal(open_with(&x, &smbtest, 1, &got, &e), 0);
	assert_memory_equal(got.key, unhex("dc1d751c45c2be33e005cfc5f1285653").p, 16);
}

static void
test_the_right_one_of_several_secrets_is_found(void **state)
{
	const struct auth_secret s[] = {
		{.user = "other", .password = "mikeg123"},
		{.keytab = "/nonexistent"},
		{.user = "mikeg", .password = "wrong"},
		{.user = "mikeg", .domain = "OTHER", .password = "mikeg123"},
		{.user = "mikeg", .domain = "workgroup", .password = "mikeg123"},
	};
	struct auth_opened got;
	struct exchange x;
	struct err e;

	(void)state;
	rawunhide(&x);
	assert_int_equal(open_with(&x, s, 5, &got, &e), 0);
	assert_int_equal(open_with(&x, s, 4, &got, &e), ERR_AUTH);
	assert_string_equal(e.text, "the password or NT hash of user WORKGROUP\\mikeg is wrong");
	assert_int_equal(got.key_len, 0);
	assert_int_equal(open_with(&x, s, 2, &got, &e), ERR_NOTFOUND);
	assert_string_equal(e.text, "no password or NT hash of user WORKGROUP\\mikeg");
}

static void
test_altered_and_missing_tokens_are_told(void **state)
{
	const struct auth_secret s = {.user = "mikeg", .password = "mikeg123"};
	struct exchange x, y;
	struct auth_opened got;
	struct err e;

	(void)state;
	rawunhide(&x);
	y = x;
	y.token[1] = (struct slice){0};
	assert_int_equal(open_with(&y, &s, 1, &got, &e), ERR_TRUNCATED);
	y.token[2] = (struct slice){0};
	assert_int_equal(open_with(&y, &s, 1, &got, &e), ERR_TRUNCATED);
	y.token[0] = (struct slice){0};
	assert_int_equal(open_with(&y, &s, 1, &got, &e), ERR_UNSUPPORTED);
	y = x;
	y.token[0] = (struct slice){0};
	assert_int_equal(open_with(&y, &s, 1, &got, &e), 0);
	/* A flag of the NEGOTIATE: only the MIC covers it. */
	x.message[0].p[x.message[0].n - 20] ^= 1;
	assert_int_equal(open_with(&x, &s, 1, &got, &e), ERR_VERIFY);
}

/* Every truncation of every token: no crash, and no key but the right one. */
static void
test_truncated_tokens_give_no_other_key(void **state)
{
	const struct auth_secret s = {.user = "mikeg", .password = "mikeg123"};
	struct exchange x, y;
	struct auth_opened got;
	struct err e;

	(void)state;
	rawunhide(&x);
	for (size_t i = 0; i < 3; i++) {
		for (size_t n = 0; n < x.token[i].n; n++) {
			uint8_t *exact = malloc(n + 1);

			assert_non_null(exact);
			memcpy(exact, x.token[i].p, n);
			y = x;
			y.token[i] = slice_of(exact, n);
			if (open_with(&y, &s, 1, &got, &e) == 0)
				assert_memory_equal(
					got.key, unhex("73c32fffb86ff530993cbd0f4816cd64").p, 16);
			free(exact);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_specification_s_logon_opens),
		cmocka_unit_test(test_logons_to_windows_and_samba_open),
		cmocka_unit_test(test_the_right_one_of_several_secrets_is_found),
		cmocka_unit_test(test_altered_and_missing_tokens_are_told),
		cmocka_unit_test(test_truncated_tokens_give_no_other_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
