/* Sealed and compressed messages: Microsoft's examples and Samba's messages, and damaged ones. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "ir/layers.h"
#include "tests/hex.h"
#include "tests/vectors/seal.h"

#define NONCE_OFFSET 20 /* of the transform header, MS-SMB2 2.2.41 */

struct example {
	enum seal_cipher cipher;
	uint64_t session_id;
	const char *key, *plain, *sealed;
};

static const struct example examples[] = {
	{SEAL_AES_128_CCM, 0x8e40014000011, seal300_c2s, seal300_write, seal300_write_sealed},
	{SEAL_AES_128_CCM, 0x8e40014000011, seal300_s2c, seal300_write_answer,
	 seal300_write_answer_sealed},
	{SEAL_AES_128_CCM, 0x8e40014000011, seal300_c2s, seal300_read, seal300_read_sealed},
	{SEAL_AES_128_CCM, 0x8e40014000011, seal300_s2c, seal300_read_answer,
	 seal300_read_answer_sealed},
	{SEAL_AES_128_GCM, 0x100000000025, seal311_c2s, seal311_write, seal311_write_sealed},
	{SEAL_AES_128_GCM, 0x100000000025, seal311_s2c, seal311_write_answer,
	 seal311_write_answer_sealed},
	{SEAL_AES_256_CCM, 0xce7e1294, seal256_ccm_c2s, seal256_ccm_request,
	 seal256_ccm_request_sealed},
	{SEAL_AES_256_CCM, 0xce7e1294, seal256_ccm_s2c, seal256_ccm_answer,
	 seal256_ccm_answer_sealed},
	{SEAL_AES_256_GCM, 0x5e68bc1d, seal256_gcm_c2s, seal256_gcm_request,
	 seal256_gcm_request_sealed},
	{SEAL_AES_256_GCM, 0x5e68bc1d, seal256_gcm_s2c, seal256_gcm_answer,
	 seal256_gcm_answer_sealed},
};
#define N_EXAMPLES (sizeof(examples) / sizeof(examples[0]))

static struct sealer *
new_sealer(enum seal_cipher cipher, const char *key)
{
	struct hex k = unhex(key);
	struct sealer *s = NULL;

	assert_int_equal(sealer_new(cipher, hex_slice(&k), &s), 0);
	return s;
}

static void
test_the_example_messages_seal_and_open(void **state)
{
	(void)state;
	for (const struct example *x = examples; x < examples + N_EXAMPLES; x++) {
		struct hex plain = unhex(x->plain), sealed = unhex(x->sealed);
		struct sealer *s = new_sealer(x->cipher, x->key);
		struct buf out = {0};
		struct smb2_transform t;

		assert_int_equal(seal_header(hex_slice(&sealed), &t, NULL), 0);
		assert_true(t.session_id == x->session_id);
		assert_int_equal(t.flags, SEAL_FLAGS_ENCRYPTED);
		buf_add(&out, "head", 4);
		assert_int_equal(seal_message(s, x->session_id, SEAL_FLAGS_ENCRYPTED,
					      hex_slice(&plain), sealed.p + NONCE_OFFSET, &out),
				 0);
		assert_int_equal(out.n, 4 + sealed.n);
		assert_memory_equal(out.p + 4, sealed.p, sealed.n);
		buf_reset(&out);
		assert_int_equal(unseal_message(s, hex_slice(&sealed), &out, NULL), 0);
		assert_true(slice_eq(buf_slice(&out), hex_slice(&plain)));
		buf_free(&out);
		sealer_free(s);
	}
}

static void
test_every_cut_and_flip_of_a_sealed_message_is_refused(void **state)
{
	struct hex sealed = unhex(seal311_write_sealed);
	struct sealer *s = new_sealer(SEAL_AES_128_GCM, seal311_c2s);
	struct buf out = {0};

	(void)state;
	for (size_t n = 0; n < sealed.n; n++) {
		uint8_t *exact = malloc(n + 1);

		memcpy(exact + 1, sealed.p, n);
		assert_int_not_equal(unseal_message(s, slice_of(exact + 1, n), &out, NULL), 0);
		free(exact);
	}
	for (size_t bit = 0; bit < sealed.n * 8; bit++) {
		sealed.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_int_not_equal(unseal_message(s, hex_slice(&sealed), &out, NULL), 0);
		sealed.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	assert_int_equal(out.n, 0);
	assert_int_equal(unseal_message(s, hex_slice(&sealed), &out, NULL), 0);
	buf_free(&out);
	sealer_free(s);
}

static void
test_refusals_say_why(void **state)
{
	struct hex sealed = unhex(seal300_read_sealed), plain = unhex(seal300_read);
	struct sealer *s = new_sealer(SEAL_AES_128_CCM, seal300_s2c);
	struct buf out = {0};
	struct err e = {0};

	(void)state;
	assert_int_equal(unseal_message(s, hex_slice(&sealed), &out, &e), ERR_VERIFY);
	assert_string_equal(
		e.text, "session 0x0008e40014000011, AES-128-CCM: wrong key or altered message");
	e = (struct err){0};
	assert_int_equal(unseal_message(s, hex_slice(&plain), &out, &e), ERR_MALFORMED);
	assert_string_equal(e.text, "not a transform header");
	e = (struct err){0};
	assert_int_equal(unseal_message(s, slice_of(sealed.p, sealed.n - 1), &out, &e),
			 ERR_MALFORMED);
	assert_string_equal(e.text,
			    "transform header: OriginalMessageSize 113, but 112 bytes follow");
	e = (struct err){0};
	assert_int_equal(unseal_message(s, slice_of(sealed.p, 51), &out, &e), ERR_TRUNCATED);
	assert_string_equal(e.text, "transform header: 51 of 52 bytes");
	buf_free(&out);
	sealer_free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_example_messages_seal_and_open),
		cmocka_unit_test(test_every_cut_and_flip_of_a_sealed_message_is_refused),
		cmocka_unit_test(test_refusals_say_why),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
