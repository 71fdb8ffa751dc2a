/*
 * Kerberos logons and captured ones, against libgssapi's acceptor and forged tickets; and logons by
 * another mechanism than recorded. The KDC's part is in tests/live/kerberos.sh.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "auth/auth_open.h"
#include "auth/spnego.h"
#include "tests/hex.h"
#include "tests/krb5_forge.h"
#include "tests/vectors/lab.h"

#define HOUR 3600
#define RC4 ENCTYPE_ARCFOUR_HMAC
#define AES128 ENCTYPE_AES128_CTS_HMAC_SHA1_96
#define AES256 ENCTYPE_AES256_CTS_HMAC_SHA1_96
#define AES128_SHA256 ENCTYPE_AES128_CTS_HMAC_SHA256_128
#define AES256_SHA384 ENCTYPE_AES256_CTS_HMAC_SHA384_192

/* A NegTokenInit as smbclient sends it, its AP-REQ cut to the header: mechanisms MS-KRB5, KRB5,
 * NTLMSSP. */
static const char recorded_init[] =
	"604a06062b0601050502a040303ea024302206092a864882f71201020206092a864886f712010202060a2b0601"
	"04"
	"01823702020aa2160414601206092a864886f71201020201006e0330010500";

static int
not_random(void *ctx, uint8_t *out, size_t n)
{
	(void)ctx;
	memset(out, 0x55, n);
	return 0;
}

static const struct auth_env env = {.random = not_random};

struct session {
	struct forge f;
	struct auth_creds creds;
	struct auth *a;
	struct buf sent, reply, answer; /* the client's token, the AP-REP, the same in SPNEGO */
	uint8_t key[32];
	size_t n;
	struct err e;
};

static void
session_new(struct session *s, krb5_enctype etype, int lifetime)
{
	*s = (struct session){0};
	forge_new(&s->f, etype, lifetime);
	s->creds = (struct auth_creds){.user = "alice",
				       .domain = "",
				       .kerberos = AUTH_KERBEROS_REQUIRED,
				       .ccache = s->f.ccache,
				       .spn = FORGE_SPN};
}

static void
session_free(struct session *s)
{
	auth_free(s->a);
	buf_free(&s->sent);
	buf_free(&s->reply);
	buf_free(&s->answer);
	forge_free(&s->f);
}

static int
first_leg(struct session *s)
{
	struct hex recorded = unhex(recorded_init);

	assert_int_equal(auth_new(&s->creds, &env, &s->a), 0);
	return auth_step(s->a, hex_slice(&recorded), (struct slice){0}, &s->sent, &s->e);
}

static bool
accepted(struct session *s)
{
	bool ok = forge_accept(&s->f, spnego_inner(buf_slice(&s->sent)), &s->reply, s->key, &s->n);

	if (ok)
		assert_int_equal(
			spnego_build_resp(buf_slice(&s->reply), (struct slice){0}, &s->answer), 0);
	return ok;
}

static int
open_captured(struct session *s, const char *keytab, struct auth_opened *out)
{
	struct auth_secret secret = {.keytab = keytab};
	struct auth_open *o = NULL;
	int ret;

	s->e = (struct err){0};
	assert_int_equal(auth_open_new(&secret, 1, &o), 0);
	assert_int_equal(auth_open_token(o, false, buf_slice(&s->sent)), 0);
	assert_int_equal(auth_open_token(o, true, buf_slice(&s->answer)), 0);
	ret = auth_open_key(o, out, &s->e);
	auth_open_free(o);
	return ret;
}

/* Client, libgssapi's server and who opens the capture have one key, of the type's full length. */
static void
one_key(krb5_enctype etype, bool all, size_t length)
{
	struct auth_opened opened;
	uint8_t key[AUTH_KEY_MAX];
	struct session s;

	session_new(&s, etype, HOUR);
	if (all)
		forge_permit_all(&s.f);
	assert_int_equal(first_leg(&s), 0);
	assert_false(auth_wants_leg(s.a));
	assert_null(auth_departure(s.a));
	assert_int_equal(auth_session_key(s.a, key), 0);
	assert_true(accepted(&s));
	assert_int_equal(auth_accept(s.a, buf_slice(&s.answer), &s.e), 0);
	assert_int_equal(s.n, length);
	assert_int_equal(auth_session_key(s.a, key), length);
	assert_memory_equal(key, s.key, length);
	assert_int_equal(open_captured(&s, s.f.keytab, &opened), 0);
	assert_int_equal(opened.key_len, length);
	assert_memory_equal(opened.key, s.key, length);
	assert_string_equal(opened.user, "alice");
	assert_string_equal(opened.domain, FORGE_REALM);
	session_free(&s);
}

static void
test_every_encryption_type_gives_one_key(void **state)
{
	(void)state;
	one_key(RC4, false, 16);
	one_key(AES128, false, 16);
	one_key(AES256, false, 32);
	one_key(AES128_SHA256, false, 16);
	one_key(AES256_SHA384, false, 32);
}

/* RFC 4537: the acceptor's subkey is of a better type than ticket and authenticator. */
static void
test_the_acceptor_s_subkey_is_preferred(void **state)
{
	(void)state;
	one_key(AES128, true, 32);
	one_key(RC4, true, 32);
}

static void
test_the_recorded_wrapping_stays(void **state)
{
	struct hex recorded = unhex(recorded_init);
	struct spnego was, is;
	struct session s;

	(void)state;
	session_new(&s, AES256, HOUR);
	assert_int_equal(first_leg(&s), 0);
	assert_int_equal(spnego_parse(hex_slice(&recorded), &was), 0);
	assert_int_equal(spnego_parse(buf_slice(&s.sent), &is), 0);
	assert_true(is.init);
	assert_true(slice_eq(was.mechs, is.mechs));
	assert_true(spnego_is_kerberos(is.token));
	auth_free(s.a);
	s.a = NULL;
	buf_reset(&s.sent);
	/* The same without SPNEGO. */
	assert_int_equal(auth_new(&s.creds, &env, &s.a), 0);
	assert_int_equal(auth_step(s.a, was.token, (struct slice){0}, &s.sent, &s.e), 0);
	assert_true(spnego_is_kerberos(buf_slice(&s.sent)));
	assert_true(accepted(&s));
	session_free(&s);
}

static void
test_a_server_that_cannot_prove_itself_is_refused(void **state)
{
	struct session s;

	(void)state;
	session_new(&s, AES128, HOUR);
	assert_int_equal(first_leg(&s), 0);
	assert_true(accepted(&s));
	s.answer.p[s.answer.n - 1] ^= 1;
	assert_int_equal(auth_accept(s.a, buf_slice(&s.answer), &s.e), ERR_AUTH);
	assert_non_null(strstr(s.e.text, "Kerberos: the server: "));
	session_free(&s);
	session_new(&s, AES128, HOUR);
	assert_int_equal(first_leg(&s), 0);
	assert_int_not_equal(auth_accept(s.a, (struct slice){0}, &s.e), 0);
	session_free(&s);
}

/* KRB-ERROR (RFC 4120 5.9.1) with KRB_AP_ERR_SKEW (37) in place of the AP-REP, token id of RFC
 * 4121 4.1. */
static void
test_a_server_with_another_clock_is_told(void **state)
{
	struct hex token = unhex("606606092a864886f71201020203007e573055a003020105a10302011ea411180"
				 "f3230323631313232313230"
				 "3030305aa503020100a603020125a90c1b0a544553542e5245414c4daa1e301ca"
				 "003020102a11530131b0463"
				 "6966731b0b7365727665722e74657374");
	struct buf answer = {0};
	struct session s;

	(void)state;
	session_new(&s, AES128, HOUR);
	assert_int_equal(first_leg(&s), 0);
	assert_int_equal(spnego_build_resp(hex_slice(&token), (struct slice){0}, &answer), 0);
	assert_int_equal(auth_accept(s.a, buf_slice(&answer), &s.e), ERR_AUTH);
	assert_string_equal(s.e.text, "Kerberos: the server: Clock skew too great");
	buf_free(&answer);
	session_free(&s);
}

static void
test_a_logon_that_must_fail_is_refused_by_the_server(void **state)
{
	struct session s;

	(void)state;
	session_new(&s, AES256, HOUR);
	s.creds.refused = true;
	assert_int_equal(first_leg(&s), 0);
	assert_false(accepted(&s));
	session_free(&s);
}

static void
expect_failure(struct session *s, int code, const char *part)
{
	assert_int_equal(first_leg(s), code);
	if (strstr(s->e.text, part) == NULL)
		fail_msg("'%s' has no '%s'", s->e.text, part);
	assert_int_equal(s->sent.n, 0);
	session_free(s);
}

static void
test_what_is_wrong_with_a_ticket_is_told(void **state)
{
	struct session s;

	(void)state;
	session_new(&s, AES256, -HOUR);
	expect_failure(&s, ERR_AUTH, FORGE_SPN ": Matching credential not found");
	session_new(&s, AES256, HOUR);
	s.creds.user = "bob";
	expect_failure(&s, ERR_AUTH, "is not of user bob");
	session_new(&s, AES256, HOUR);
	s.creds.ccache = NULL;
	expect_failure(&s, ERR_AUTH, "No credentials cache found");
	session_new(&s, AES256, HOUR);
	s.creds.spn = "cifs/other.test";
	expect_failure(&s, ERR_AUTH, "cifs/other.test");
	session_new(&s, AES256, HOUR);
	s.creds.spn = NULL;
	expect_failure(&s, ERR_AUTH, "no service principal name");
	session_new(&s, AES256, HOUR);
	s.creds.ccache = NULL;
	s.creds.password = "x";
	s.creds.user = "alice@NOWHERE.TEST";
	expect_failure(&s, ERR_NET, "NOWHERE.TEST");
	session_new(&s, AES256, HOUR);
	s.creds.keytab = s.f.keytab;
	expect_failure(&s, ERR_AUTH, "no suitable keys for alice@" FORGE_REALM);
}

static void
test_why_a_captured_ticket_does_not_open_is_told(void **state)
{
	char other[64], text[256];
	struct auth_opened opened;
	krb5_keyblock key;
	struct session s;

	(void)state;
	session_new(&s, AES256, HOUR);
	assert_int_equal(first_leg(&s), 0);
	assert_true(accepted(&s));
	(void)snprintf(other, sizeof(other), "%s/other.keytab", s.f.dir);
	assert_int_equal(open_captured(&s, other, &opened), -2);
	assert_int_equal(krb5_c_make_random_key(s.f.ctx, AES256, &key), 0);
	forge_keytab(&s.f, other, "host/x@" FORGE_REALM, FORGE_KVNO, &key);
	assert_int_equal(open_captured(&s, other, &opened), ERR_NOTFOUND);
	(void)snprintf(text, sizeof(text),
		       "keytab %s: no key of service " FORGE_SPN "@" FORGE_REALM, other);
	assert_string_equal(s.e.text, text);
	forge_keytab(&s.f, other, FORGE_SPN "@" FORGE_REALM, 9, &key);
	assert_int_equal(open_captured(&s, other, &opened), ERR_AUTH);
	assert_non_null(strstr(s.e.text, "are of another version than 3"));
	forge_keytab(&s.f, other, FORGE_SPN "@" FORGE_REALM, FORGE_KVNO, &key);
	assert_int_equal(open_captured(&s, other, &opened), ERR_AUTH);
	assert_non_null(
		strstr(s.e.text, "the key of service " FORGE_SPN "@" FORGE_REALM " is wrong"));
	/* The right key under another name: services have many. */
	forge_keytab(&s.f, other, "host/y@" FORGE_REALM, 1, &s.f.service);
	assert_int_equal(open_captured(&s, other, &opened), 0);
	krb5_free_keyblock_contents(s.f.ctx, &key);
	/* Without the AP-REP there is no telling the key. */
	buf_reset(&s.answer);
	assert_int_equal(open_captured(&s, s.f.keytab, &opened), ERR_TRUNCATED);
	assert_int_equal(opened.key_len, 0);
	session_free(&s);
}

static void
test_damaged_exchanges_give_no_other_key(void **state)
{
	struct auth_opened opened;
	struct session s;

	(void)state;
	session_new(&s, AES128, HOUR);
	assert_int_equal(first_leg(&s), 0);
	assert_true(accepted(&s));
	for (size_t i = 0; i < s.sent.n + s.answer.n; i += 3) {
		uint8_t *p = i < s.sent.n ? &s.sent.p[i] : &s.answer.p[i - s.sent.n];

		*p ^= 0x41;
		if (open_captured(&s, s.f.keytab, &opened) == 0)
			assert_memory_equal(opened.key, s.key, s.n);
		*p ^= 0x41;
	}
	session_free(&s);
}

/* The token in the security buffer of a SESSION_SETUP response. */
static struct slice
response_token(const struct hex *message)
{
	return slice_sub(hex_slice(message), 72, (size_t)wire_le(message->p + 70, 2));
}

/* Recorded with Kerberos, played with NTLM: two legs, which the password opens. */
static void
test_kerberos_played_with_ntlm(void **state)
{
	static const struct auth_creds creds = {.user = "smbtest",
						.domain = "LAB",
						.password = "Passw0rd-auth",
						.kerberos = AUTH_KERBEROS_OFF};
	const struct auth_secret secret = {.user = "smbtest", .password = "Passw0rd-auth"};
	struct hex recorded = unhex(recorded_init), challenge = unhex(lab311_setup1_response_9);
	struct buf out = {0};
	struct auth *a = NULL;
	struct auth_open *o = NULL;
	struct auth_opened opened;
	struct spnego sp;
	uint8_t key[AUTH_KEY_MAX];
	struct err e = {0};

	(void)state;
	assert_int_equal(auth_open_new(&secret, 1, &o), 0);
	assert_int_equal(auth_new(&creds, &env, &a), 0);
	assert_int_equal(auth_step(a, hex_slice(&recorded), (struct slice){0}, &out, &e), 0);
	assert_true(auth_wants_leg(a));
	assert_string_equal(auth_departure(a), "NTLM in place of the recorded Kerberos");
	/* frame 8 of that capture: smbclient's own NEGOTIATE in SPNEGO */
	assert_int_equal(out.n, 74);
	assert_memory_equal(out.p, unhex(lab311_setup1_request_8).p + 88, 74);
	assert_int_equal(auth_open_token(o, false, buf_slice(&out)), 0);
	buf_reset(&out);
	assert_int_equal(auth_open_token(o, true, response_token(&challenge)), 0);
	assert_int_equal(auth_step(a, (struct slice){0}, response_token(&challenge), &out, &e), 0);
	assert_false(auth_wants_leg(a));
	assert_int_equal(auth_open_token(o, false, buf_slice(&out)), 0);
	assert_int_equal(auth_open_key(o, &opened, &e), 0);
	assert_int_equal(auth_session_key(a, key), 16);
	assert_memory_equal(key, opened.key, 16);
	assert_int_equal(spnego_parse(buf_slice(&out), &sp), 0);
	assert_int_equal(sp.mic.n, 16);
	auth_open_free(o);
	auth_free(a);
	buf_free(&out);
}

/* Recorded with NTLM, played with Kerberos: one leg. */
static void
test_ntlm_played_with_kerberos(void **state)
{
	struct hex recorded = unhex(lab311_setup1_request_8);
	struct spnego sp;
	struct session s;

	(void)state;
	session_new(&s, AES256, HOUR);
	assert_int_equal(auth_new(&s.creds, &env, &s.a), 0);
	assert_int_equal(auth_step(s.a, slice_sub(hex_slice(&recorded), 88, 74), (struct slice){0},
				   &s.sent, &s.e),
			 0);
	assert_false(auth_wants_leg(s.a));
	assert_string_equal(auth_departure(s.a), "Kerberos in place of the recorded NTLM");
	assert_int_equal(spnego_parse(buf_slice(&s.sent), &sp), 0);
	assert_true(slice_eq(sp.mechs, slice_of(unhex(recorded_init).p + 16, 36)));
	assert_true(accepted(&s));
	assert_int_equal(auth_accept(s.a, buf_slice(&s.answer), &s.e), 0);
	session_free(&s);
}

/* Where both are allowed, it goes as recorded; the other one where the credentials are for that
 * only. */
static void
test_desired_goes_as_recorded_where_it_can(void **state)
{
	struct hex ntlm = unhex(lab311_setup1_request_8), kerberos = unhex(recorded_init);
	struct slice negotiate = slice_sub(hex_slice(&ntlm), 88, 74);
	struct session s;

	(void)state;
	session_new(&s, AES256, HOUR);
	s.creds.kerberos = AUTH_KERBEROS_DESIRED;
	assert_int_equal(auth_new(&s.creds, &env, &s.a), 0);
	assert_int_equal(auth_step(s.a, negotiate, (struct slice){0}, &s.sent, &s.e), 0);
	assert_string_equal(auth_departure(s.a), "Kerberos in place of the recorded NTLM");
	auth_free(s.a);
	s.creds.password = "x";
	assert_int_equal(auth_new(&s.creds, &env, &s.a), 0);
	assert_int_equal(auth_step(s.a, negotiate, (struct slice){0}, &s.sent, &s.e), 0);
	assert_null(auth_departure(s.a));
	auth_free(s.a);
	assert_int_equal(auth_new(&s.creds, &env, &s.a), 0);
	assert_int_equal(auth_step(s.a, hex_slice(&kerberos), (struct slice){0}, &s.sent, &s.e), 0);
	assert_null(auth_departure(s.a));
	auth_free(s.a);
	s.creds.ccache = "FILE:/nonexistent/cache";
	assert_int_equal(auth_new(&s.creds, &env, &s.a), 0);
	assert_int_equal(auth_step(s.a, hex_slice(&kerberos), (struct slice){0}, &s.sent, &s.e), 0);
	assert_string_equal(auth_departure(s.a), "NTLM in place of the recorded Kerberos");
	session_free(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_encryption_type_gives_one_key),
		cmocka_unit_test(test_the_acceptor_s_subkey_is_preferred),
		cmocka_unit_test(test_the_recorded_wrapping_stays),
		cmocka_unit_test(test_a_server_that_cannot_prove_itself_is_refused),
		cmocka_unit_test(test_a_server_with_another_clock_is_told),
		cmocka_unit_test(test_a_logon_that_must_fail_is_refused_by_the_server),
		cmocka_unit_test(test_what_is_wrong_with_a_ticket_is_told),
		cmocka_unit_test(test_why_a_captured_ticket_does_not_open_is_told),
		cmocka_unit_test(test_damaged_exchanges_give_no_other_key),
		cmocka_unit_test(test_kerberos_played_with_ntlm),
		cmocka_unit_test(test_ntlm_played_with_kerberos),
		cmocka_unit_test(test_desired_goes_as_recorded_where_it_can),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
