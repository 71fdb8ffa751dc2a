/* Hashes and RC4 against the vectors of the documents that define them. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "crypto/hash.h"
#include "tests/hex.h"

static struct slice
text(const char *s)
{
	return slice_of(s, strlen(s));
}

static void
expect(const uint8_t *got, const char *want)
{
	struct hex h = unhex(want);

	assert_memory_equal(got, h.p, h.n);
}

/* RFC 1320 A.5 */
static void
test_md4_has_the_digests_of_rfc_1320(void **state)
{
	uint8_t out[16];

	(void)state;
	assert_int_equal(hash_md4(text(""), out), 0);
	expect(out, "31d6cfe0d16ae931b73c59d7e0c089c0");
	assert_int_equal(hash_md4(text("message digest"), out), 0);
	expect(out, "d9130a8164549fe818874806e1c7014b");
}

/* RFC 1321 A.5 */
static void
test_md5_has_the_digests_of_rfc_1321(void **state)
{
	uint8_t out[16];

	(void)state;
	assert_int_equal(hash_md5(text(""), out), 0);
	expect(out, "d41d8cd98f00b204e9800998ecf8427e");
	assert_int_equal(hash_md5(text("abc"), out), 0);
	expect(out, "900150983cd24fb0d6963f7d28e17f72");
}

/* RFC 2202 2, cases 1 to 3 */
static void
test_hmac_md5_has_the_codes_of_rfc_2202(void **state)
{
	struct hex key = unhex("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b");
	uint8_t out[16];

	(void)state;
	assert_int_equal(hash_hmac_md5(hex_slice(&key), text("Hi There"), out), 0);
	expect(out, "9294727a3638bb1c13f48ef8158bfc9d");
	assert_int_equal(hash_hmac_md5(text("Jefe"), text("what do ya want for nothing?"), out), 0);
	expect(out, "750c783e6ab0b503eaa86e310a5db738");
}

/* FIPS 180-4 examples: one block */
static void
test_sha256_has_the_digests_of_fips_180(void **state)
{
	uint8_t out[32];

	(void)state;
	assert_int_equal(hash_sha256(text("abc"), out), 0);
	expect(out, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

/* RFC 6229 2: the first 16 bytes of the key stream for the 40-bit and the 128-bit key 0102.. */
static void
test_rc4_has_the_key_stream_of_rfc_6229(void **state)
{
	struct hex short_key = unhex("0102030405"), key = unhex("0102030405060708090a0b0c0d0e0f10");
	uint8_t stream[16] = {0};

	(void)state;
	assert_int_equal(hash_rc4(hex_slice(&short_key), slice_of(stream, 16), stream), 0);
	expect(stream, "b2396305f03dc027ccc3524a0a1118a8");
	memset(stream, 0, sizeof(stream));
	assert_int_equal(hash_rc4(hex_slice(&key), slice_of(stream, 16), stream), 0);
	expect(stream, "9ac7cc9a609d1ef7b2932899cde41b97");
	assert_int_equal(hash_rc4(slice_of(NULL, 0), slice_of(stream, 16), stream), ERR_CRYPTO);
}

static void
test_equal_wipe_and_random(void **state)
{
	uint8_t a[32] = {1}, b[32] = {1};

	(void)state;
	assert_true(hash_equal(a, b, sizeof(a)));
	b[31] = 1;
	assert_false(hash_equal(a, b, sizeof(a)));
	assert_int_equal(hash_random(a, sizeof(a)), 0);
	assert_int_equal(hash_random(b, sizeof(b)), 0);
	assert_false(hash_equal(a, b, sizeof(a)));
	hash_wipe(a, sizeof(a));
	memset(b, 0, sizeof(b));
	assert_memory_equal(a, b, sizeof(a));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_md4_has_the_digests_of_rfc_1320),
		cmocka_unit_test(test_md5_has_the_digests_of_rfc_1321),
		cmocka_unit_test(test_hmac_md5_has_the_codes_of_rfc_2202),
		cmocka_unit_test(test_sha256_has_the_digests_of_fips_180),
		cmocka_unit_test(test_rc4_has_the_key_stream_of_rfc_6229),
		cmocka_unit_test(test_equal_wipe_and_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
