/*
 * Transform and compression headers: a hostile message, as it is and within a seal. What opens is
 * compressed in the same way to what opens to the same bytes; what was sealed opens to what it was.
 */
#include "config.h"

#include <stdlib.h>

#include "fuzz/fuzz.h"
#include "ir/layers.h"
#include "proto/smb2_compress.h"

static void
check_decompress(struct slice message)
{
	struct buf plain = {0}, packed = {0}, again = {0};
	struct err e = {0};
	int ret = smb2_decompress(message, &plain, &e);

	if ((ret == 0) != (e.text[0] == '\0'))
		abort();
	if (ret == 0 && smb2_compress_like(message, buf_slice(&plain), &packed) != 0)
		abort();
	/* Where nothing is won the message stays plain. */
	if (ret == 0 && !slice_eq(buf_slice(&packed), buf_slice(&plain)) &&
	    (smb2_decompress(buf_slice(&packed), &again, NULL) != 0 ||
	     !slice_eq(buf_slice(&again), buf_slice(&plain))))
		abort();
	buf_free(&plain);
	buf_free(&packed);
	buf_free(&again);
}

static void
check_unseal(struct sealer *s, struct slice message)
{
	struct buf plain = {0};
	struct err e = {0};
	int ret = unseal_message(s, message, &plain, &e);

	if ((ret == 0) != (e.text[0] == '\0'))
		abort();
	buf_free(&plain);
}

static void
check_seal(struct sealer *s, struct slice message)
{
	static const uint8_t nonce[SEAL_NONCE_FIELD] = {1};
	struct buf sealed = {0}, back = {0};

	if (seal_message(s, 1, SEAL_FLAGS_ENCRYPTED, message, nonce, &sealed) != 0 ||
	    unseal_message(s, buf_slice(&sealed), &back, NULL) != 0 ||
	    !slice_eq(buf_slice(&back), message))
		abort();
	buf_free(&sealed);
	buf_free(&back);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const uint8_t key[16] = {1};
	struct slice message = slice_of(data, n);
	struct sealer *s = NULL;

	if (sealer_new(n % 2 == 0 ? SEAL_AES_128_CCM : SEAL_AES_128_GCM, slice_of(key, sizeof(key)),
		       &s) != 0)
		abort();
	check_unseal(s, message);
	check_decompress(message);
	check_seal(s, message);
	sealer_free(s);
	return 0;
}
