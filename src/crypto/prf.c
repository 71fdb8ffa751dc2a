/* HMAC-SHA-256 under one key, and AES-256 in counter mode, by OpenSSL. */
#include "config.h"

#include "crypto/prf.h"

#include <limits.h>
#include <stdlib.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

struct prf {
	EVP_MAC *mac;
	EVP_MAC_CTX *ctx;
};

int
prf_new(const uint8_t key[PRF_LEN], struct prf **out)
{
	char digest[] = "SHA256";
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
		OSSL_PARAM_construct_end(),
	};
	struct prf *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return ERR_NOMEM;
	p->mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	p->ctx = p->mac != NULL ? EVP_MAC_CTX_new(p->mac) : NULL;
	if (p->ctx == NULL || EVP_MAC_init(p->ctx, key, PRF_LEN, params) != 1) {
		prf_free(p);
		return ERR_CRYPTO;
	}
	*out = p;
	return 0;
}

void
prf_free(struct prf *p)
{
	if (p == NULL)
		return;
	EVP_MAC_CTX_free(p->ctx);
	EVP_MAC_free(p->mac);
	free(p);
}

int
prf_run(struct prf *p, struct slice a, struct slice b, uint8_t out[PRF_LEN])
{
	size_t n = 0;

	/* Without a key it begins anew under the one that it has. */
	if (EVP_MAC_init(p->ctx, NULL, 0, NULL) != 1 ||
	    (a.n > 0 && EVP_MAC_update(p->ctx, a.p, a.n) != 1) ||
	    (b.n > 0 && EVP_MAC_update(p->ctx, b.p, b.n) != 1) ||
	    EVP_MAC_final(p->ctx, out, &n, PRF_LEN) != 1)
		return ERR_CRYPTO;
	return n == PRF_LEN ? 0 : ERR_CRYPTO;
}

int
prf_stream(const uint8_t key[PRF_LEN], uint64_t block, uint8_t *out, size_t n)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t counter[16] = {0};
	int done = 0, r = ERR_CRYPTO;

	wire_put_be(counter + 8, 8, block);
	memset(out, 0, n);
	if (ctx != NULL && n <= INT_MAX &&
	    EVP_EncryptInit_ex2(ctx, EVP_aes_256_ctr(), key, counter, NULL) == 1 &&
	    EVP_EncryptUpdate(ctx, out, &done, out, (int)n) == 1 && (size_t)done == n)
		r = 0;
	EVP_CIPHER_CTX_free(ctx);
	return r;
}
