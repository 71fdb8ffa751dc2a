/*
 * Seals, opens and signs messages of 1 MiB as replay does, about half a second each, and prints
 * what that gives: a line "NAME MB/s" for each cipher and MAC. tests/bench/bench sets it beside
 * `openssl speed`.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "crypto/sign.h"
#include "ir/layers.h"

#define MESSAGE ((size_t)1 << 20)
#define LEAST_NS 500000000u

static uint8_t message[MESSAGE];
static const uint8_t key[SEAL_KEY_MAX] = "a key of no secret at all";

static uint64_t
cpu_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void
require(int r)
{
	if (r != 0) {
		(void)fprintf(stderr, "crypt: %s\n", err_str(r));
		exit(1);
	}
}

static void
print_speed(const char *name, const char *what, uint64_t rounds, uint64_t ns)
{
	(void)printf("%s%s %.1f\n", name, what, (double)(rounds * MESSAGE) * 1e3 / (double)ns);
}

static void
measure_seal(enum seal_cipher cipher, bool open)
{
	struct sealer *s;
	struct seal_nonce nonces;
	uint8_t nonce[SEAL_NONCE_FIELD];
	struct buf sealed = {0}, plain = {0};
	uint64_t begin, rounds = 0;

	require(sealer_new(cipher, slice_of(key, seal_key_len(cipher)), &s));
	require(seal_nonce_init(&nonces));
	require(seal_nonce_next(&nonces, cipher, nonce));
	require(seal_message(s, 1, SEAL_FLAGS_ENCRYPTED, slice_of(message, MESSAGE), nonce,
			     &sealed));
	begin = cpu_ns();
	do {
		if (open) {
			buf_reset(&plain);
			require(unseal_message(s, buf_slice(&sealed), &plain, NULL));
		} else {
			buf_reset(&sealed);
			require(seal_nonce_next(&nonces, cipher, nonce));
			require(seal_message(s, 1, SEAL_FLAGS_ENCRYPTED, slice_of(message, MESSAGE),
					     nonce, &sealed));
		}
		rounds++;
	} while (cpu_ns() - begin < LEAST_NS);
	print_speed(seal_cipher_name(cipher), open ? "-open" : "-seal", rounds, cpu_ns() - begin);
	buf_free(&sealed);
	buf_free(&plain);
	sealer_free(s);
}

static void
measure_sign(enum sign_alg alg, const char *name)
{
	uint8_t signature[SIGN_LEN];
	struct signer *s;
	uint64_t begin, rounds = 0;

	require(signer_new(alg, key, &s));
	begin = cpu_ns();
	do {
		require(signer_compute(s, slice_of(message, MESSAGE), signature));
		rounds++;
	} while (cpu_ns() - begin < LEAST_NS);
	print_speed(name, "-sign", rounds, cpu_ns() - begin);
	signer_free(s);
}

int
main(void)
{
	for (int c = SEAL_AES_128_CCM; c <= SEAL_AES_256_GCM; c++) {
		measure_seal((enum seal_cipher)c, false);
		measure_seal((enum seal_cipher)c, true);
	}
	measure_sign(SIGN_HMAC_SHA256, "HMAC-SHA256");
	measure_sign(SIGN_AES_CMAC, "AES-128-CMAC");
	measure_sign(SIGN_AES_GMAC, "AES-128-GMAC");
	return 0;
}
