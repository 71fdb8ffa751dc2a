/*
 * Signing against signatures that Windows and Samba made, and against OpenSSL's own MACs, which are
 * first held against their published vectors: a signature covers at least a header with a zeroed
 * field, which no published vector is.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "crypto/sign.h"
#include "tests/hex.h"
#include "tests/vectors/lab.h"
#include "tests/vectors/rawunhide.h"

static void
reference(const char *mac, const char *option, char *value, struct slice key, struct slice iv,
	  struct slice in, uint8_t out[16])
{
	EVP_MAC *alg = EVP_MAC_fetch(NULL, mac, NULL);
	EVP_MAC_CTX *ctx = EVP_MAC_CTX_new(alg);
	OSSL_PARAM params[3] = {
		OSSL_PARAM_construct_utf8_string(option, value, 0),
		iv.n > 0 ? OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_IV,
							     (void *)(uintptr_t)iv.p, iv.n)
			 : OSSL_PARAM_construct_end(),
		OSSL_PARAM_construct_end(),
	};
	uint8_t full[64];
	size_t n;

	assert_int_equal(EVP_MAC_init(ctx, key.p, key.n, params), 1);
	assert_int_equal(EVP_MAC_update(ctx, in.p, in.n), 1);
	assert_int_equal(EVP_MAC_final(ctx, full, &n, sizeof(full)), 1);
	assert_in_range(n, 16, 64);
	memcpy(out, full, 16);
	EVP_MAC_CTX_free(ctx);
	EVP_MAC_free(alg);
}

static void
reference_of(enum sign_alg alg, struct slice key, struct slice iv, struct slice in, uint8_t out[16])
{
	char sha256[] = "SHA256", cbc[] = "AES-128-CBC", gcm[] = "AES-128-GCM";

	if (alg == SIGN_HMAC_SHA256)
		reference("HMAC", OSSL_MAC_PARAM_DIGEST, sha256, key, (struct slice){0}, in, out);
	else if (alg == SIGN_AES_CMAC)
		reference("CMAC", OSSL_MAC_PARAM_CIPHER, cbc, key, (struct slice){0}, in, out);
	else
		reference("GMAC", OSSL_MAC_PARAM_CIPHER, gcm, key, iv, in, out);
}

static void
expect_reference(enum sign_alg alg, const char *key, const char *iv, const char *in,
		 const char *want)
{
	struct hex k = unhex(key), v = unhex(iv), m = unhex(in), w = unhex(want);
	uint8_t out[16];

	reference_of(alg, hex_slice(&k), hex_slice(&v), hex_slice(&m), out);
	assert_memory_equal(out, w.p, 16);
}

static void
test_references_have_their_published_vectors(void **state)
{
	(void)state;
	/* RFC 4231 4.2 (case 1), cut to 16 bytes */
	expect_reference(SIGN_HMAC_SHA256, "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "",
			 "4869205468657265", "b0344c61d8db38535ca8afceaf0bf12b");
	/* RFC 4493 4, examples 3 and 4 */
	expect_reference(
		SIGN_AES_CMAC, "2b7e151628aed2a6abf7158809cf4f3c", "",
		"6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411",
		"dfa66747de9ae63030ca32611497c827");
	expect_reference(SIGN_AES_CMAC, "2b7e151628aed2a6abf7158809cf4f3c", "",
			 "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
			 "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710",
			 "51f0bebf7e3b9d92fc49741779363cfe");
	/* The GCM submission (McGrew, Viega), test case 1: no plaintext, no AAD */
	expect_reference(SIGN_AES_GMAC, "00000000000000000000000000000000",
			 "000000000000000000000000", "", "58e2fccefa7e3061367f1d57a4e7455a");
}

/* MS-SMB2 3.1.4.1: the nonce of a message with this id, from the client, no CANCEL. */
static const char message_nonce[] = "08070605040302010000 0000";

static void
test_signatures_equal_the_reference_at_every_length(void **state)
{
	struct hex key = unhex("2b7e151628aed2a6abf7158809cf4f3c"), nonce = unhex(message_nonce);
	static uint8_t message[SIGN_HEADER_LEN + 4200];
	uint8_t got[16], want[16];

	(void)state;
	for (int alg = SIGN_HMAC_SHA256; alg <= SIGN_AES_GMAC; alg++) {
		struct signer *s = NULL;

		assert_int_equal(signer_new((enum sign_alg)alg, key.p, &s), 0);
		for (size_t n = SIGN_HEADER_LEN; n <= sizeof(message); n += n < 200 ? 1 : 331) {
			for (size_t i = 0; i < n; i++)
				message[i] = (uint8_t)(i * 7 + n);
			wire_put_le(message + 12, 2, 8); /* READ */
			wire_put_le(message + 16, 4, 0x08);
			wire_put_le(message + 24, 8, 0x0102030405060708);
			assert_int_equal(signer_compute(s, slice_of(message, n), got), 0);
			memset(message + SIGN_OFFSET, 0, SIGN_LEN);
			reference_of((enum sign_alg)alg, hex_slice(&key), hex_slice(&nonce),
				     slice_of(message, n), want);
			assert_memory_equal(got, want, 16);
		}
		signer_free(s);
	}
}

static void
test_gmac_nonce_has_a_bit_for_the_server_and_one_for_cancel(void **state)
{
	struct hex key = unhex("2b7e151628aed2a6abf7158809cf4f3c");
	const struct {
		uint16_t command;
		uint32_t flags;
		const char *nonce;
	} cases[] = {
		{0x08, 0x08, "0807060504030201 00000000"},
		{0x08, 0x09, "0807060504030201 01000000"},
		{0x0c, 0x08, "0807060504030201 02000000"},
		{0x0c, 0x0a, "0807060504030201 02000000"},
	};
	uint8_t message[72] = {0}, got[16], want[16];
	struct signer *s = NULL;

	(void)state;
	assert_int_equal(signer_new(SIGN_AES_GMAC, key.p, &s), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct hex nonce = unhex(cases[i].nonce);

		wire_put_le(message + 12, 2, cases[i].command);
		wire_put_le(message + 16, 4, cases[i].flags);
		wire_put_le(message + 24, 8, 0x0102030405060708);
		reference_of(SIGN_AES_GMAC, hex_slice(&key), hex_slice(&nonce),
			     slice_of(message, 72), want);
		assert_int_equal(signer_compute(s, slice_of(message, 72), got), 0);
		assert_memory_equal(got, want, 16);
	}
	signer_free(s);
}

static void
verify(enum sign_alg alg, const char *key, const char *messages[])
{
	struct hex k = unhex(key);
	struct signer *s = NULL;

	assert_int_equal(signer_new(alg, k.p, &s), 0);
	for (size_t i = 0; messages[i] != NULL; i++) {
		struct hex m = unhex(messages[i]);

		assert_int_equal(signer_verify(s, hex_slice(&m)), 0);
		m.p[m.n - 1] ^= 1;
		assert_int_equal(signer_verify(s, hex_slice(&m)), ERR_VERIFY);
		m.p[m.n - 1] ^= 1;
		m.p[SIGN_OFFSET] ^= 0x80;
		assert_int_equal(signer_verify(s, hex_slice(&m)), ERR_VERIFY);
	}
	signer_free(s);
}

/* The keys follow from the passwords in the vectors' files; test_ntlm derives them. */
static void
test_signatures_made_by_windows_and_samba_hold(void **state)
{
	const char *windows[] = {rawunhide_setup2_response_11, rawunhide_tree_request_13,
				 rawunhide_tree_response_14, NULL};
	const char *gmac[] = {lab311_setup2_response_11, lab311_tree_request_12,
			      lab311_tree_response_13,   lab311_ioctl_request_14,
			      lab311_ioctl_response_15,  NULL};
	const char *cmac[] = {lab300_setup2_response_11, lab300_tree_request_12,
			      lab300_ioctl_response_15, NULL};
	const char *hmac[] = {lab202_setup2_response_11, lab202_tree_request_12,
			      lab202_ioctl_response_15, NULL};

	(void)state;
	verify(SIGN_AES_CMAC, "0ee4fd169ac8467dd805b087bee7f48e", windows);
	verify(SIGN_AES_GMAC, "3a2b6f47d2c6b3f5b2846262a4b46de8", gmac);
	verify(SIGN_AES_GMAC, labcancel_key, (const char *[]){labcancel_request_28, NULL});
	verify(SIGN_AES_CMAC, "c790ce96f247a611aa3d35cc33a53494", cmac);
	verify(SIGN_HMAC_SHA256, "d052f06e7cad35bb28a42d81ea8a24f7", hmac);
}

static void
test_less_than_a_header_is_not_signed(void **state)
{
	uint8_t message[SIGN_HEADER_LEN] = {0}, out[16];

	(void)state;
	for (int alg = SIGN_HMAC_SHA256; alg <= SIGN_AES_GMAC; alg++) {
		struct signer *s = NULL;

		assert_int_equal(signer_new((enum sign_alg)alg, message, &s), 0);
		assert_int_equal(signer_compute(s, slice_of(message, SIGN_HEADER_LEN - 1), out),
				 ERR_TRUNCATED);
		assert_int_equal(signer_verify(s, slice_of(NULL, 0)), ERR_TRUNCATED);
		signer_free(s);
	}
	signer_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_references_have_their_published_vectors),
		cmocka_unit_test(test_signatures_equal_the_reference_at_every_length),
		cmocka_unit_test(test_gmac_nonce_has_a_bit_for_the_server_and_one_for_cancel),
		cmocka_unit_test(test_signatures_made_by_windows_and_samba_hold),
		cmocka_unit_test(test_less_than_a_header_is_not_signed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
