/* Key derivation and the preauth hash against Microsoft's published examples. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "crypto/kdf.h"
#include "crypto/sign.h"
#include "tests/hex.h"
#include "tests/vectors/ms311.h"
#include "tests/vectors/seal.h"

/*
 * Microsoft SymCrypt, lib/sp800_108_hmacsha256.c: the known answer of its self-test; the test key
 * is 00 01 02 .. 1f.
 */
static void
test_kdf_gives_the_known_answer_of_symcrypt(void **state)
{
	struct hex key = unhex("0001020304050607"),
		   context = unhex("101112131415161718191a1b1c1d1e1f");
	struct hex want = unhex("00264bbb14974054");
	uint8_t out[8];

	(void)state;
	assert_int_equal(kdf_sp800_108(hex_slice(&key), slice_of("Label", 5), hex_slice(&context),
				       out, sizeof(out)),
			 0);
	assert_memory_equal(out, want.p, sizeof(out));
}

/*
 * The blog named in ms311.h, "Key derivation example for SMB 3.0 multichannel": both channels, and
 * the other keys of the first.
 */
static void
test_kdf_gives_the_3_0_keys_of_the_example(void **state)
{
	struct hex first = unhex("7cd451825d0450d235424e44ba6e78cc"),
		   second = unhex("4e01a2b313bcf660cc250bef021aede6");
	uint8_t out[16];

	(void)state;
	assert_int_equal(kdf_signing_key(0x0300, hex_slice(&first), NULL, out), 0);
	assert_memory_equal(out, unhex("0b7e9c5cac36c0f6ea9ab275298cedce").p, 16);
	assert_int_equal(kdf_signing_key(0x0302, hex_slice(&second), NULL, out), 0);
	assert_memory_equal(out, unhex("ba1a17dbbfec349bca105563d598952f").p, 16);
	assert_int_equal(kdf_sp800_108(hex_slice(&first), slice_of("SMB2AESCCM", 11),
				       slice_of("ServerIn ", 10), out, 16),
			 0);
	assert_memory_equal(out, unhex("fad27796665b313ebb578f388632b4f7").p, 16);
	assert_int_equal(kdf_sp800_108(hex_slice(&first), slice_of("SMB2APP", 8),
				       slice_of("SmbRpc", 7), out, 16),
			 0);
	assert_memory_equal(out, unhex("bb23a4575aa26c721af525af15a87b4f").p, 16);
}

static void
add(struct preauth *p, const char *message)
{
	struct hex h = unhex(message);

	assert_int_equal(preauth_update(p, hex_slice(&h)), 0);
}

static void
test_preauth_and_signing_key_of_the_3_1_1_example(void **state)
{
	struct preauth p = {{0}};
	struct hex key = unhex(ms311_session_key), last = unhex(ms311_setup2_response);
	struct signer *s = NULL;
	uint8_t out[16];

	(void)state;
	add(&p, ms311_negotiate_request);
	add(&p, ms311_negotiate_response);
	assert_memory_equal(p.hash, unhex(ms311_preauth_after_negotiate).p, PREAUTH_LEN);
	add(&p, ms311_setup1_request);
	add(&p, ms311_setup1_response);
	add(&p, ms311_setup2_request);
	assert_memory_equal(p.hash, unhex(ms311_preauth_final).p, PREAUTH_LEN);
	assert_int_equal(kdf_signing_key(0x0311, hex_slice(&key), &p, out), 0);
	assert_memory_equal(out, unhex(ms311_signing_key).p, 16);
	/*
	 * The last response of the example is signed with that key; it may be read from its
	 * signature too.
	 */
	assert_int_equal(signer_new(SIGN_AES_CMAC, out, &s), 0);
	assert_int_equal(signer_verify(s, hex_slice(&last)), 0);
	signer_free(s);
}

static void
test_signing_key_before_3_0_is_the_session_key_cut_or_padded(void **state)
{
	const uint8_t longer[20] = {1,  2,  3,  4,  5,  6,  7,  8,  9,  10,
				    11, 12, 13, 14, 15, 16, 17, 18, 19, 20};
	uint8_t out[16];

	(void)state;
	assert_int_equal(kdf_signing_key(0x0202, slice_of(longer, 20), NULL, out), 0);
	assert_memory_equal(out, longer, 16);
	assert_int_equal(kdf_signing_key(0x0210, slice_of(longer, 8), NULL, out), 0);
	assert_memory_equal(out, "\1\2\3\4\5\6\7\10\0\0\0\0\0\0\0\0", 16);
	assert_int_equal(kdf_signing_key(0x0311, slice_of(longer, 16), NULL, out), ERR_CRYPTO);
}

static void
expect_cipher_keys(enum seal_cipher cipher, const char *session_key, const char *preauth,
		   const char *c2s, const char *s2c)
{
	struct hex key = unhex(session_key), hash = unhex(preauth);
	struct seal_keys keys;
	struct preauth p;

	memcpy(p.hash, hash.p, PREAUTH_LEN);
	assert_int_equal(kdf_cipher_keys(0x0311, cipher, hex_slice(&key), &p, &keys), 0);
	assert_int_equal(keys.n, seal_key_len(cipher));
	assert_memory_equal(keys.c2s, unhex(c2s).p, keys.n);
	assert_memory_equal(keys.s2c, unhex(s2c).p, keys.n);
}

static void
test_cipher_keys_are_those_of_the_examples(void **state)
{
	struct hex key = unhex(seal300_session_key);
	struct seal_keys keys;

	(void)state;
	assert_int_equal(kdf_cipher_keys(0x0300, SEAL_AES_128_CCM, hex_slice(&key), NULL, &keys),
			 0);
	assert_int_equal(keys.n, 16);
	assert_memory_equal(keys.c2s, unhex(seal300_c2s).p, 16);
	assert_memory_equal(keys.s2c, unhex(seal300_s2c).p, 16);
	expect_cipher_keys(SEAL_AES_128_GCM, seal311_session_key, seal311_preauth, seal311_c2s,
			   seal311_s2c);
	expect_cipher_keys(SEAL_AES_256_CCM, seal256_ccm_session_key, seal256_ccm_preauth,
			   seal256_ccm_c2s, seal256_ccm_s2c);
	expect_cipher_keys(SEAL_AES_256_GCM, seal256_gcm_session_key, seal256_gcm_preauth,
			   seal256_gcm_c2s, seal256_gcm_s2c);
}

/* A Kerberos key may be longer or shorter than 16 bytes: 128-bit ciphers take the first 16. */
static void
test_cipher_keys_of_128_bits_take_16_bytes_of_the_key(void **state)
{
	struct hex key = unhex(seal300_session_key);
	uint8_t zeroes[SEAL_KEY_MAX] = {0};
	struct seal_keys cut, padded;

	(void)state;
	memset(key.p + key.n, 0xee, 16);
	assert_int_equal(kdf_cipher_keys(0x0302, SEAL_AES_128_CCM, slice_of(key.p, 32), NULL, &cut),
			 0);
	assert_memory_equal(cut.c2s, unhex(seal300_c2s).p, 16);
	assert_int_equal(kdf_cipher_keys(0x0302, SEAL_AES_128_CCM, slice_of(zeroes, 8), NULL, &cut),
			 0);
	assert_int_equal(
		kdf_cipher_keys(0x0302, SEAL_AES_128_CCM, slice_of(zeroes, 16), NULL, &padded), 0);
	assert_memory_equal(cut.c2s, padded.c2s, 16);
}

static void
test_cipher_keys_need_a_dialect_a_cipher_and_a_hash(void **state)
{
	struct hex key = unhex(seal300_session_key);
	struct seal_keys k;

	(void)state;
	assert_int_equal(kdf_cipher_keys(0x0210, SEAL_AES_128_CCM, hex_slice(&key), NULL, &k),
			 ERR_UNSUPPORTED);
	assert_int_equal(kdf_cipher_keys(0x0300, 0, hex_slice(&key), NULL, &k), ERR_UNSUPPORTED);
	assert_int_equal(kdf_cipher_keys(0x0311, SEAL_AES_128_GCM, hex_slice(&key), NULL, &k),
			 ERR_CRYPTO);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kdf_gives_the_known_answer_of_symcrypt),
		cmocka_unit_test(test_kdf_gives_the_3_0_keys_of_the_example),
		cmocka_unit_test(test_preauth_and_signing_key_of_the_3_1_1_example),
		cmocka_unit_test(test_signing_key_before_3_0_is_the_session_key_cut_or_padded),
		cmocka_unit_test(test_cipher_keys_are_those_of_the_examples),
		cmocka_unit_test(test_cipher_keys_of_128_bits_take_16_bytes_of_the_key),
		cmocka_unit_test(test_cipher_keys_need_a_dialect_a_cipher_and_a_hash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
