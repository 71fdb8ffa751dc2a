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
check_compress_like(const struct layers *l)
{
	struct layers again = {0};
	struct buf out = {0};

	if (smb2_compress_like(l->compressed, l->plain, &out) != 0 ||
	    layers_open(NULL, buf_slice(&out), &again, NULL) != 0 ||
	    !slice_eq(again.plain, l->plain))
		abort();
	layers_free(&again);
	buf_free(&out);
}

static void
open_message(struct sealer *s, struct slice message)
{
	struct layers l = {0};
	struct err e = {0};
	int ret = layers_open(s, message, &l, &e);

	if ((ret == 0) != (e.text[0] == '\0'))
		abort();
	if (ret == 0 && (l.taken & LAYER_COMPRESSED) != 0)
		check_compress_like(&l);
	layers_free(&l);
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
	open_message(s, buf_slice(&sealed));
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
	open_message(s, message);
	check_seal(s, message);
	sealer_free(s);
	return 0;
}
