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

/* "head", then "abc" a hundred times; with a ProtocolId, as what layers hold must have. */
static const char compressed[] =
	"fc534d42 2c010000 0200 0000 04000000 fe534d42 ffffff1f61626317000fff2601";

static void
check_opened(const struct layers *l, unsigned taken)
{
	assert_int_equal(l->taken, taken);
	assert_int_equal(l->plain.n, 304);
	assert_memory_equal(l->plain.p, "\xfeSMBabcabc", 10);
}

static void
test_layers_come_off_in_their_order(void **state)
{
	static const uint8_t nonce[SEAL_NONCE_FIELD] = {1, 2, 3};
	struct hex h = unhex(compressed), plain = unhex(seal311_write);
	struct sealer *s = new_sealer(SEAL_AES_128_GCM, seal311_c2s);
	struct layers l = {0};
	struct buf sealed = {0};

	(void)state;
	assert_int_equal(seal_message(s, 0x25, SEAL_FLAGS_ENCRYPTED, hex_slice(&h), nonce, &sealed),
			 0);
	assert_int_equal(layers_open(s, buf_slice(&sealed), &l, NULL), 0);
	check_opened(&l, LAYER_SEALED | LAYER_COMPRESSED);
	assert_true(l.session_id == 0x25);
	assert_int_equal(l.flags, SEAL_FLAGS_ENCRYPTED);
	assert_true(slice_eq(l.compressed, hex_slice(&h)));
	assert_int_equal(layers_open(NULL, hex_slice(&h), &l, NULL), 0);
	check_opened(&l, LAYER_COMPRESSED);
	assert_true(l.session_id == 0);
	assert_int_equal(layers_open(NULL, hex_slice(&plain), &l, NULL), 0);
	assert_int_equal(l.taken, 0);
	assert_ptr_equal(l.plain.p, plain.p);
	layers_free(&l);
	buf_free(&sealed);
	sealer_free(s);
}

static void
expect_unopened(struct sealer *s, struct slice message, int code, const char *why)
{
	struct layers l = {0};
	struct err e = {0};

	assert_int_equal(layers_open(s, message, &l, &e), code);
	assert_string_equal(e.text, why);
	assert_int_equal(l.plain.n, 0);
	layers_free(&l);
}

static void
test_layers_that_do_not_come_off_say_why(void **state)
{
	static const uint8_t nonce[SEAL_NONCE_FIELD];
	struct sealer *s = new_sealer(SEAL_AES_128_GCM, seal311_c2s);
	struct hex sealed = unhex(seal311_write_sealed);
	struct hex within = unhex("fc534d42 04000000 0200 0000 00000000 ffffffff fd534d42");
	struct buf twice = {0};

	(void)state;
	expect_unopened(NULL, hex_slice(&sealed), ERR_NOTFOUND,
			"session 0x0000100000000025: no key");
	assert_int_equal(seal_message(s, 1, 1, hex_slice(&sealed), nonce, &twice), 0);
	expect_unopened(s, buf_slice(&twice), ERR_MALFORMED, "no SMB2 message in its layers");
	expect_unopened(s, hex_slice(&within), ERR_MALFORMED,
			"compressed message: 8 to 4 bytes, algorithm 2: malformed");
	expect_unopened(s, slice_of("\xffSMB", 4), ERR_MALFORMED, "no SMB2 message");
	expect_unopened(s, (struct slice){0}, ERR_MALFORMED, "no SMB2 message");
	buf_free(&twice);
	sealer_free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_example_messages_seal_and_open),
		cmocka_unit_test(test_every_cut_and_flip_of_a_sealed_message_is_refused),
		cmocka_unit_test(test_refusals_say_why),
		cmocka_unit_test(test_layers_come_off_in_their_order),
		cmocka_unit_test(test_layers_that_do_not_come_off_say_why),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
