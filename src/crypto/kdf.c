/* Key derivation and the preauth hash. */
#include "config.h"

#include "crypto/kdf.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#define KEY_LEN 16

int
preauth_update(struct preauth *p, struct slice message)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int ok;

	if (ctx == NULL)
		return ERR_CRYPTO;
	ok = EVP_DigestInit_ex2(ctx, EVP_sha512(), NULL) == 1 &&
	     EVP_DigestUpdate(ctx, p->hash, PREAUTH_LEN) == 1 &&
	     EVP_DigestUpdate(ctx, message.p, message.n) == 1 &&
	     EVP_DigestFinal_ex(ctx, p->hash, NULL) == 1;
	EVP_MD_CTX_free(ctx);
	return ok ? 0 : ERR_CRYPTO;
}

/* OpenSSL takes its parameters as pointers to non-const, but only reads them. */
static OSSL_PARAM
octets(const char *name, struct slice s)
{
	return OSSL_PARAM_construct_octet_string(name, (void *)(uintptr_t)s.p, s.n);
}

int
kdf_sp800_108(struct slice key, struct slice label, struct slice context, uint8_t *out,
	      size_t out_len)
{
	char mac[] = "HMAC", md[] = "SHA256", mode[] = "counter";
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_MAC, mac, 0),
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, md, 0),
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_MODE, mode, 0),
		octets(OSSL_KDF_PARAM_KEY, key),
		octets(OSSL_KDF_PARAM_SALT, label),
		octets(OSSL_KDF_PARAM_INFO, context),
		OSSL_PARAM_construct_end(),
	};
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, "KBKDF", NULL);
	EVP_KDF_CTX *ctx = kdf != NULL ? EVP_KDF_CTX_new(kdf) : NULL;
	int ok = ctx != NULL && EVP_KDF_derive(ctx, out, out_len, params) == 1;

	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(kdf);
	return ok ? 0 : ERR_CRYPTO;
}

int
kdf_signing_key(uint16_t dialect, struct slice session_key, const struct preauth *preauth,
		uint8_t out[16])
{
	/* The strings of MS-SMB2 3.2.5.3.1; their terminating NULs count. */
	static const char label_30[] = "SMB2AESCMAC", context_30[] = "SmbSign",
			  label_311[] = "SMBSigningKey";
	uint8_t key[KEY_LEN] = {0};
	struct slice key_slice = slice_of(key, sizeof(key));
	int ret;

	if (session_key.n > 0)
		memcpy(key, session_key.p, session_key.n < KEY_LEN ? session_key.n : KEY_LEN);
	if (dialect < 0x0300) {
		memcpy(out, key, KEY_LEN);
		ret = 0;
	} else if (dialect < 0x0311) {
		ret = kdf_sp800_108(key_slice, slice_of(label_30, sizeof(label_30)),
				    slice_of(context_30, sizeof(context_30)), out, KEY_LEN);
	} else if (preauth == NULL) {
		ret = ERR_CRYPTO;
	} else {
		ret = kdf_sp800_108(key_slice, slice_of(label_311, sizeof(label_311)),
				    slice_of(preauth->hash, PREAUTH_LEN), out, KEY_LEN);
	}
	OPENSSL_cleanse(key, sizeof(key));
	return ret;
}
