/* The four ciphers of sealing against published vectors, altered messages, and nonces. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "crypto/seal.h"
#include "tests/hex.h"

struct vector {
	enum seal_cipher cipher;
	const char *key, *nonce, *aad, *plain, *sealed, *tag;
};

static const struct vector vectors[] = {
	/* "Encryption in SMB 3.0: A protocol perspective" (tests/vectors/seal.h): answer to WRITE.
	 */
	{SEAL_AES_128_CCM, "8fe2b57ec34d2db5b1a9727f526bbdb5", "86000000000000001100001400e40800",
	 "86000000000000001100001400e4080050000000000001001100001400e40800",
	 "fe534d4240000100000000000900210009000000000000000400000000000000"
	 "fffe0000010000001100001400e4080000000000000000000000000000000000"
	 "11000000170000000000000000000000",
	 "dbf46435c5f14169293ce079e344479bf670227e49873f458672c3098dac467d"
	 "d5809f369d674091665157871483e01f7becd02064eac3e235f913668bbc2f09"
	 "7980d4b378f1993eff6e60d177309e5b",
	 "a6015530a18f6d9affe22afae8e66484"},
	/* "SMB 3.1.1 Encryption in Windows 10" (the same header): answer to WRITE. */
	{SEAL_AES_128_GCM, "748c50868c90f302962a5c35f5f9a8bf", "e06831dd2e8eb7b40000000000000000",
	 "e06831dd2e8eb7b4000000000000000050000000000001002500000000100000",
	 "fe534d4240000100000000000900010001000000000000000500000000000000"
	 "fffe000001000000250000000010000000000000000000000000000000000000"
	 "11000000170000000000000000000000",
	 "26bbbf949983a6c1c796559d0f2c510cb651d1f7b6ac8ded32a2a0b8f2d793a8"
	 "15c6f6b848d69767a215841a42d400ae6ddb5f0b44173a014973321fdd7950da"
	 "6179159b82e03c9e18a050ff0ea1c967",
	 "acbe1cb7ed343adf1725ef144d90d4b0"},
	/* McGrew and Viega, "The Galois/Counter Mode of Operation (GCM)", test case 4. */
	{SEAL_AES_128_GCM, "feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf88800000000",
	 "feedfacedeadbeeffeedfacedeadbeefabaddad2",
	 "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e24"
	 "49a6b525b16aedf5aa0de657ba637b39",
	 "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5a"
	 "ac84aa051ba30b396a0aac973d58e091",
	 "5bc94fbc3221a5db94fae95ae7121a47"},
	/* The same paper, test case 16. */
	{SEAL_AES_256_GCM, "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
	 "cafebabefacedbaddecaf88800000000", "feedfacedeadbeeffeedfacedeadbeefabaddad2",
	 "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e24"
	 "49a6b525b16aedf5aa0de657ba637b39",
	 "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b10"
	 "56828838c5f61e6393ba7a0abcc9f662",
	 "76fc6ece0f4e1768cddf8853bb2d551b"},
};
#define N_VECTORS (sizeof(vectors) / sizeof(vectors[0]))

static struct sealer *
new_sealer(enum seal_cipher cipher, const char *key)
{
	struct hex k = unhex(key);
	struct sealer *s = NULL;

	assert_int_equal(sealer_new(cipher, hex_slice(&k), &s), 0);
	assert_int_equal(sealer_cipher(s), cipher);
	return s;
}

static void
check_vector(const struct vector *v)
{
	struct hex nonce = unhex(v->nonce), aad = unhex(v->aad), plain = unhex(v->plain);
	struct hex sealed = unhex(v->sealed), want = unhex(v->tag);
	struct sealer *s = new_sealer(v->cipher, v->key);
	uint8_t out[256], tag[SEAL_TAG_LEN];

	/* To another place and back, then in place; one sealer does all of it. */
	assert_int_equal(sealer_seal(s, nonce.p, hex_slice(&aad), hex_slice(&plain), out, tag), 0);
	assert_memory_equal(out, sealed.p, sealed.n);
	assert_memory_equal(tag, want.p, sizeof(tag));
	assert_int_equal(sealer_open(s, nonce.p, hex_slice(&aad), hex_slice(&sealed), tag, out), 0);
	assert_memory_equal(out, plain.p, plain.n);
	assert_int_equal(sealer_seal(s, nonce.p, hex_slice(&aad), slice_of(out, plain.n), out, tag),
			 0);
	assert_memory_equal(out, sealed.p, sealed.n);
	assert_int_equal(sealer_open(s, nonce.p, hex_slice(&aad), slice_of(out, plain.n), tag, out),
			 0);
	assert_memory_equal(out, plain.p, plain.n);
	sealer_free(s);
}

static void
test_ciphers_give_the_published_bytes(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_VECTORS; i++)
		check_vector(&vectors[i]);
}

static void
expect_refusal(struct sealer *s, const uint8_t *nonce, const struct hex *aad,
	       const struct hex *sealed, const uint8_t *tag)
{
	static const uint8_t zero[256];
	uint8_t out[256];

	assert_int_equal(sealer_open(s, nonce, hex_slice(aad), hex_slice(sealed), tag, out),
			 ERR_VERIFY);
	assert_memory_equal(out, zero, sealed->n);
}

/* Any altered bit of what is authenticated is found; and the sealer works on after it. */
static void
check_altered(const struct vector *v)
{
	struct hex nonce = unhex(v->nonce), aad = unhex(v->aad), sealed = unhex(v->sealed);
	struct hex tag = unhex(v->tag);
	struct sealer *s = new_sealer(v->cipher, v->key);
	uint8_t out[256];

	for (size_t i = 0; i < SEAL_TAG_LEN; i++) {
		tag.p[i] ^= 1;
		expect_refusal(s, nonce.p, &aad, &sealed, tag.p);
		tag.p[i] ^= 1;
	}
	for (size_t i = 0; i < sealed.n; i++) {
		sealed.p[i] ^= 0x80;
		expect_refusal(s, nonce.p, &aad, &sealed, tag.p);
		sealed.p[i] ^= 0x80;
	}
	for (size_t i = 0; i < aad.n; i++) {
		aad.p[i] ^= 4;
		expect_refusal(s, nonce.p, &aad, &sealed, tag.p);
		aad.p[i] ^= 4;
	}
	nonce.p[10] ^= 1; /* of 11 bytes with CCM, 12 with GCM */
	expect_refusal(s, nonce.p, &aad, &sealed, tag.p);
	nonce.p[10] ^= 1;
	assert_int_equal(sealer_open(s, nonce.p, hex_slice(&aad), hex_slice(&sealed), tag.p, out),
			 0);
	sealer_free(s);
}

static void
test_an_altered_message_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_VECTORS; i++)
		check_altered(&vectors[i]);
}

static void
test_an_empty_message_is_sealed_and_opened(void **state)
{
	static const uint8_t key[SEAL_KEY_MAX] = {1}, nonce[SEAL_NONCE_FIELD] = {2};
	struct slice aad = slice_of("header", 6), none = {0};
	uint8_t out[1] = {0}, tag[SEAL_TAG_LEN];

	(void)state;
	for (unsigned c = SEAL_AES_128_CCM; c <= SEAL_AES_256_GCM; c++) {
		struct sealer *s = NULL;

		assert_int_equal(sealer_new(c, slice_of(key, seal_key_len(c)), &s), 0);
		assert_int_equal(sealer_seal(s, nonce, aad, none, out, tag), 0);
		assert_int_equal(sealer_open(s, nonce, aad, none, tag, out), 0);
		tag[3] ^= 1;
		assert_int_equal(sealer_open(s, nonce, aad, none, tag, out), ERR_VERIFY);
		sealer_free(s);
	}
}

static void
test_unknown_ciphers_and_keys_of_wrong_length_are_refused(void **state)
{
	static const uint8_t key[SEAL_KEY_MAX];
	struct sealer *s = NULL;

	(void)state;
	assert_int_equal(sealer_new(0, slice_of(key, 16), &s), ERR_UNSUPPORTED);
	assert_int_equal(sealer_new(5, slice_of(key, 16), &s), ERR_UNSUPPORTED);
	assert_int_equal(sealer_new(SEAL_AES_256_GCM, slice_of(key, 16), &s), ERR_CRYPTO);
	assert_int_equal(sealer_new(SEAL_AES_128_GCM, slice_of(key, 32), &s), ERR_CRYPTO);
	assert_null(s);
	assert_null(seal_cipher_name(5));
	assert_string_equal(seal_cipher_name(SEAL_AES_256_CCM), "AES-256-CCM");
	sealer_free(NULL);
}

/* The counter passes its own end without a repetition, and stops when all values were used. */
static void
test_nonces_do_not_repeat(void **state)
{
	struct seal_nonce n = {.next = UINT64_MAX - 1, .left = 3, .rest = {0xa, 0xb, 0xc, 0xd}};
	uint8_t out[SEAL_NONCE_FIELD];

	(void)state;
	assert_int_equal(seal_nonce_next(&n, SEAL_AES_128_CCM, out), 0);
	assert_memory_equal(out, unhex("feffffffffffffff0a0b0c0000000000").p, sizeof(out));
	assert_int_equal(seal_nonce_next(&n, SEAL_AES_128_GCM, out), 0);
	assert_memory_equal(out, unhex("ffffffffffffffff0a0b0c0d00000000").p, sizeof(out));
	assert_int_equal(seal_nonce_next(&n, SEAL_AES_256_GCM, out), 0);
	assert_memory_equal(out, unhex("00000000000000000a0b0c0d00000000").p, sizeof(out));
	assert_int_equal(seal_nonce_next(&n, SEAL_AES_256_GCM, out), ERR_LIMIT);
	assert_int_equal(seal_nonce_next(&n, 0, out), ERR_UNSUPPORTED);
}

static void
test_nonces_start_at_random(void **state)
{
	struct seal_nonce a, b;

	(void)state;
	assert_int_equal(seal_nonce_init(&a), 0);
	assert_int_equal(seal_nonce_init(&b), 0);
	assert_true(a.next != b.next);
	assert_true(a.left == UINT64_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ciphers_give_the_published_bytes),
		cmocka_unit_test(test_an_altered_message_is_refused),
		cmocka_unit_test(test_an_empty_message_is_sealed_and_opened),
		cmocka_unit_test(test_unknown_ciphers_and_keys_of_wrong_length_are_refused),
		cmocka_unit_test(test_nonces_do_not_repeat),
		cmocka_unit_test(test_nonces_start_at_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
