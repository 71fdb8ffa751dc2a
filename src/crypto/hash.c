/* Hashes, RC4 and randomness, by OpenSSL. */
#include "config.h"

#include "crypto/hash.h"

#include <limits.h>
#include <stdlib.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/provider.h>
#include <openssl/rand.h>

/* OpenSSL 3 has MD4 and RC4 in its legacy provider only. It stays loaded until the process ends. */
static int
load_legacy(void)
{
	static OSSL_PROVIDER *legacy;

	if (legacy == NULL)
		legacy = OSSL_PROVIDER_try_load(NULL, "legacy", 1);
	return legacy != NULL ? 0 : ERR_CRYPTO;
}

static int
digest(const char *name, struct slice in, uint8_t *out)
{
	return EVP_Q_digest(NULL, name, NULL, in.p, in.n, out, NULL) == 1 ? 0 : ERR_CRYPTO;
}

int
hash_md4(struct slice in, uint8_t out[16])
{
	if (load_legacy() != 0)
		return ERR_CRYPTO;
	return digest("MD4", in, out);
}

int
hash_md5(struct slice in, uint8_t out[16])
{
	return digest("MD5", in, out);
}

int
hash_sha256(struct slice in, uint8_t out[32])
{
	return digest("SHA256", in, out);
}

int
hash_hmac_md5(struct slice key, struct slice in, uint8_t out[16])
{
	size_t n;

	if (EVP_Q_mac(NULL, "HMAC", NULL, "MD5", NULL, key.p, key.n, in.p, in.n, out, 16, &n) ==
	    NULL)
		return ERR_CRYPTO;
	return n == 16 ? 0 : ERR_CRYPTO;
}

static int
rc4_run(EVP_CIPHER_CTX *ctx, const EVP_CIPHER *rc4, struct slice key, struct slice in, uint8_t *out)
{
	int n = 0;

	if (EVP_EncryptInit_ex2(ctx, rc4, NULL, NULL, NULL) != 1 ||
	    EVP_CIPHER_CTX_set_key_length(ctx, (int)key.n) != 1 ||
	    EVP_EncryptInit_ex2(ctx, NULL, key.p, NULL, NULL) != 1 ||
	    EVP_EncryptUpdate(ctx, out, &n, in.p, (int)in.n) != 1)
		return ERR_CRYPTO;
	return (size_t)n == in.n ? 0 : ERR_CRYPTO;
}

int
hash_rc4(struct slice key, struct slice in, uint8_t *out)
{
	EVP_CIPHER_CTX *ctx = NULL;
	EVP_CIPHER *rc4 = NULL;
	int ret = ERR_CRYPTO;

	if (key.n == 0 || key.n > 256 || in.n > INT_MAX || load_legacy() != 0)
		return ERR_CRYPTO;
	rc4 = EVP_CIPHER_fetch(NULL, "RC4", NULL);
	ctx = EVP_CIPHER_CTX_new();
	if (rc4 != NULL && ctx != NULL)
		ret = rc4_run(ctx, rc4, key, in, out);
	EVP_CIPHER_CTX_free(ctx);
	EVP_CIPHER_free(rc4);
	return ret;
}

bool
hash_equal(const void *a, const void *b, size_t n)
{
	return CRYPTO_memcmp(a, b, n) == 0;
}

int
hash_random(void *out, size_t n)
{
	if (n > INT_MAX)
		return ERR_CRYPTO;
	return RAND_bytes(out, (int)n) == 1 ? 0 : ERR_CRYPTO;
}

void
hash_wipe(void *p, size_t n)
{
	if (p != NULL)
		OPENSSL_cleanse(p, n);
}
