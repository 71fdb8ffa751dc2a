/*
 * Sealing and opening of messages.
 *
 * A context is made once for each key, and algorithms are fetched once for the process, as in
 * sign.c. OpenSSL's CCM chooses its code by the direction in which the key is set, so the key is
 * kept and set again where a sealer both seals and opens.
 */
#include "config.h"

#include "crypto/seal.h"

#include <stdlib.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "crypto/hash.h"

#define MESSAGE_MAX ((size_t)1 << 30) /* far over any SMB2 message, and OpenSSL counts in int */

struct cipher_info {
	const char *name; /* also OpenSSL's */
	size_t key_len, nonce_len;
	bool ccm;
};

struct sealer {
	enum seal_cipher cipher;
	const struct cipher_info *info;
	EVP_CIPHER_CTX *ctx;
	bool opens; /* the direction that the context is set up for */
	uint8_t key[SEAL_KEY_MAX];
};

#define CIPHER_LAST SEAL_AES_256_GCM

static const struct cipher_info ciphers[CIPHER_LAST + 1] = {
	[SEAL_AES_128_CCM] = {"AES-128-CCM", 16, 11, true},
	[SEAL_AES_128_GCM] = {"AES-128-GCM", 16, 12, false},
	[SEAL_AES_256_CCM] = {"AES-256-CCM", 32, 11, true},
	[SEAL_AES_256_GCM] = {"AES-256-GCM", 32, 12, false},
};

static const struct cipher_info *
cipher_info(enum seal_cipher cipher)
{
	if (cipher < SEAL_AES_128_CCM || cipher > CIPHER_LAST)
		return NULL;
	return &ciphers[cipher];
}

const char *
seal_cipher_name(enum seal_cipher cipher)
{
	const struct cipher_info *info = cipher_info(cipher);

	return info != NULL ? info->name : NULL;
}

size_t
seal_key_len(enum seal_cipher cipher)
{
	const struct cipher_info *info = cipher_info(cipher);

	return info != NULL ? info->key_len : 0;
}

/* The algorithm, kept for the life of the process. */
static const EVP_CIPHER *
fetch_cipher(enum seal_cipher cipher)
{
	static EVP_CIPHER *fetched[CIPHER_LAST + 1];

	if (fetched[cipher] == NULL)
		fetched[cipher] = EVP_CIPHER_fetch(NULL, ciphers[cipher].name, NULL);
	return fetched[cipher];
}

static int
set_up(struct sealer *s)
{
	const EVP_CIPHER *cipher = fetch_cipher(s->cipher);
	int nonce_len = (int)s->info->nonce_len;

	s->ctx = cipher != NULL ? EVP_CIPHER_CTX_new() : NULL;
	if (s->ctx == NULL || EVP_EncryptInit_ex2(s->ctx, cipher, NULL, NULL, NULL) != 1 ||
	    EVP_CIPHER_CTX_ctrl(s->ctx, EVP_CTRL_AEAD_SET_IVLEN, nonce_len, NULL) != 1 ||
	    (s->info->ccm &&
	     EVP_CIPHER_CTX_ctrl(s->ctx, EVP_CTRL_AEAD_SET_TAG, SEAL_TAG_LEN, NULL) != 1) ||
	    EVP_EncryptInit_ex2(s->ctx, NULL, s->key, NULL, NULL) != 1)
		return ERR_CRYPTO;
	return 0;
}

int
sealer_new(enum seal_cipher cipher, struct slice key, struct sealer **out)
{
	const struct cipher_info *info = cipher_info(cipher);
	struct sealer *s;
	int ret;

	if (info == NULL)
		return ERR_UNSUPPORTED;
	if (key.n != info->key_len)
		return ERR_CRYPTO;
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return ERR_NOMEM;
	s->cipher = cipher;
	s->info = info;
	memcpy(s->key, key.p, key.n);
	ret = set_up(s);
	if (ret != 0)
		sealer_free(s);
	else
		*out = s;
	return ret;
}

void
sealer_free(struct sealer *s)
{
	if (s == NULL)
		return;
	EVP_CIPHER_CTX_free(s->ctx);
	OPENSSL_cleanse(s, sizeof(*s));
	free(s);
}

enum seal_cipher
sealer_cipher(const struct sealer *s)
{
	return s->cipher;
}

static bool
turn(struct sealer *s, bool open)
{
	if (s->opens == open)
		return true;
	s->opens = open;
	return EVP_CipherInit_ex2(s->ctx, NULL, s->key, NULL, open ? 0 : 1, NULL) == 1;
}

/*
 * What precedes the data: nonce and, for CCM, which authenticates it first, the length of the data;
 * then the additional data.
 */
static bool
begin(struct sealer *s, const uint8_t *nonce, struct slice aad, size_t len)
{
	int n;

	return EVP_CipherInit_ex2(s->ctx, NULL, NULL, nonce, -1, NULL) == 1 &&
	       (!s->info->ccm || EVP_CipherUpdate(s->ctx, NULL, &n, NULL, (int)len) == 1) &&
	       (aad.n == 0 || EVP_CipherUpdate(s->ctx, NULL, &n, aad.p, (int)aad.n) == 1);
}

/* The data in one pass. OpenSSL's CCM would take a null pointer for the end and check no tag. */
static bool
run(struct sealer *s, struct slice in, uint8_t *out)
{
	uint8_t nothing[1] = {0};
	int n;

	if (in.n == 0)
		return EVP_CipherUpdate(s->ctx, nothing, &n, nothing, 0) == 1;
	return EVP_CipherUpdate(s->ctx, out, &n, in.p, (int)in.n) == 1;
}

int
sealer_seal(struct sealer *s, const uint8_t nonce[SEAL_NONCE_FIELD], struct slice aad,
	    struct slice plain, uint8_t *out, uint8_t tag[SEAL_TAG_LEN])
{
	uint8_t none[SEAL_TAG_LEN];
	int n;

	if (plain.n > MESSAGE_MAX || aad.n > MESSAGE_MAX)
		return ERR_LIMIT;
	if (!turn(s, false) || !begin(s, nonce, aad, plain.n) || !run(s, plain, out) ||
	    EVP_EncryptFinal_ex(s->ctx, none, &n) != 1 ||
	    EVP_CIPHER_CTX_ctrl(s->ctx, EVP_CTRL_AEAD_GET_TAG, SEAL_TAG_LEN, tag) != 1)
		return ERR_CRYPTO;
	return 0;
}

int
sealer_open(struct sealer *s, const uint8_t nonce[SEAL_NONCE_FIELD], struct slice aad,
	    struct slice sealed, const uint8_t tag[SEAL_TAG_LEN], uint8_t *out)
{
	uint8_t want[SEAL_TAG_LEN], none[SEAL_TAG_LEN];
	bool good;
	int n;

	if (sealed.n > MESSAGE_MAX || aad.n > MESSAGE_MAX)
		return ERR_LIMIT;
	memcpy(want, tag, sizeof(want));
	if (!turn(s, true) ||
	    EVP_CIPHER_CTX_ctrl(s->ctx, EVP_CTRL_AEAD_SET_TAG, SEAL_TAG_LEN, want) != 1 ||
	    !begin(s, nonce, aad, sealed.n))
		return ERR_CRYPTO;
	/* CCM checks the tag with the data, GCM at the end. */
	good = run(s, sealed, out) && (s->info->ccm || EVP_DecryptFinal_ex(s->ctx, none, &n) == 1);
	if (!good && sealed.n > 0)
		memset(out, 0, sealed.n);
	return good ? 0 : ERR_VERIFY;
}

int
seal_nonce_init(struct seal_nonce *n)
{
	n->left = UINT64_MAX;
	if (hash_random(&n->next, sizeof(n->next)) != 0)
		return ERR_CRYPTO;
	return hash_random(n->rest, sizeof(n->rest));
}

int
seal_nonce_next(struct seal_nonce *n, enum seal_cipher cipher, uint8_t out[SEAL_NONCE_FIELD])
{
	const struct cipher_info *info = cipher_info(cipher);
	struct wire_wr w = wire_wr_init(out, SEAL_NONCE_FIELD);

	if (info == NULL)
		return ERR_UNSUPPORTED;
	if (n->left == 0)
		return ERR_LIMIT;
	n->left--;
	memset(out, 0, SEAL_NONCE_FIELD);
	wire_put_int_le(&w, sizeof(n->next), n->next++);
	wire_put_bytes(&w, n->rest, info->nonce_len - sizeof(n->next));
	return 0;
}
