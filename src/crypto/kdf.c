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

/* Session.SessionKey: the first 16 bytes of what the mechanism gave, zero-padded. */
static void
first_16(struct slice full_key, uint8_t out[KEY_LEN])
{
	memset(out, 0, KEY_LEN);
	if (full_key.n > 0)
		memcpy(out, full_key.p, full_key.n < KEY_LEN ? full_key.n : KEY_LEN);
}

int
kdf_signing_key(uint16_t dialect, struct slice session_key, const struct preauth *preauth,
		uint8_t out[16])
{
	/* The strings of MS-SMB2 3.2.5.3.1; their terminating NULs count. */
	static const char label_30[] = "SMB2AESCMAC", context_30[] = "SmbSign",
			  label_311[] = "SMBSigningKey";
	uint8_t key[KEY_LEN];
	struct slice key_slice = slice_of(key, sizeof(key));
	int ret;

	first_16(session_key, key);
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

/* Both keys of 3.0 and 3.0.2; the NULs that end the strings count. */
static int
cipher_keys_30(struct slice key, struct seal_keys *out)
{
	static const char label[] = "SMB2AESCCM", in[] = "ServerIn ", server_out[] = "ServerOut";
	struct slice l = slice_of(label, sizeof(label));
	int ret = kdf_sp800_108(key, l, slice_of(in, sizeof(in)), out->c2s, out->n);

	if (ret == 0)
		ret = kdf_sp800_108(key, l, slice_of(server_out, sizeof(server_out)), out->s2c,
				    out->n);
	return ret;
}

static int
cipher_keys_311(struct slice key, const struct preauth *preauth, struct seal_keys *out)
{
	static const char c2s[] = "SMBC2SCipherKey", s2c[] = "SMBS2CCipherKey";
	struct slice context = slice_of(preauth->hash, PREAUTH_LEN);
	int ret = kdf_sp800_108(key, slice_of(c2s, sizeof(c2s)), context, out->c2s, out->n);

	if (ret == 0)
		ret = kdf_sp800_108(key, slice_of(s2c, sizeof(s2c)), context, out->s2c, out->n);
	return ret;
}

int
kdf_cipher_keys(uint16_t dialect, enum seal_cipher cipher, struct slice full_key,
		const struct preauth *preauth, struct seal_keys *out)
{
	size_t n = seal_key_len(cipher);
	uint8_t key[KEY_LEN];
	struct slice key_slice = full_key;
	int ret;

	*out = (struct seal_keys){.n = n};
	if (dialect < 0x0300 || n == 0)
		return ERR_UNSUPPORTED;
	if (dialect >= 0x0311 && preauth == NULL)
		return ERR_CRYPTO;
	first_16(full_key, key);
	if (n == KEY_LEN)
		key_slice = slice_of(key, sizeof(key));
	ret = dialect < 0x0311 ? cipher_keys_30(key_slice, out)
			       : cipher_keys_311(key_slice, preauth, out);
	OPENSSL_cleanse(key, sizeof(key));
	return ret;
}
