/*
 * Signing and verifying of SMB2 messages.
 *
 * Contexts are made once for each signer and algorithms fetched once for the process: fetching
 * costs more than signing a short message does. AES-CMAC is built from OpenSSL's AES-CBC (RFC
 * 4493), since OpenSSL 3.0's own passes each 16-byte block through the EVP layer alone and takes
 * nearly twice as long.
 */
#include "config.h"

#include "crypto/sign.h"

#include <limits.h>
#include <stdlib.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#define BLOCK 16
#define NONCE_LEN 12

/* MS-SMB2 2.2.1: where the header holds what the GMAC nonce is made of. */
#define COMMAND_OFFSET 12
#define FLAGS_OFFSET 16
#define MESSAGE_ID_OFFSET 24
#define COMMAND_CANCEL 0x000c
#define FLAGS_SERVER_TO_REDIR 0x00000001u

struct signer {
	enum sign_alg alg;
	EVP_MAC_CTX *mac;       /* HMAC-SHA256 */
	EVP_CIPHER_CTX *cipher; /* AES-CBC for CMAC, AES-GCM for GMAC */
	uint8_t k1[BLOCK], k2[BLOCK];
	uint8_t chain[BLOCK]; /* CMAC: what AES-CBC holds, the last block that it made */
};

/* AES-128 in `mode`, kept for the life of the process. */
static const EVP_CIPHER *
fetch_cipher(enum sign_alg alg)
{
	static EVP_CIPHER *cbc, *gcm;
	EVP_CIPHER **c = alg == SIGN_AES_CMAC ? &cbc : &gcm;

	if (*c == NULL)
		*c = EVP_CIPHER_fetch(NULL, alg == SIGN_AES_CMAC ? "AES-128-CBC" : "AES-128-GCM",
				      NULL);
	return *c;
}

static int
hmac_init(struct signer *s, const uint8_t *key)
{
	static EVP_MAC *hmac;
	char digest[] = "SHA256";
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
		OSSL_PARAM_construct_end(),
	};

	if (hmac == NULL)
		hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	s->mac = hmac != NULL ? EVP_MAC_CTX_new(hmac) : NULL;
	if (s->mac == NULL || EVP_MAC_init(s->mac, key, SIGN_KEY_LEN, params) != 1)
		return ERR_CRYPTO;
	return 0;
}

/* RFC 4493 2.3: multiply by x in GF(2^128). */
static void
cmac_double(const uint8_t in[BLOCK], uint8_t out[BLOCK])
{
	uint8_t carry = (uint8_t)(in[0] >> 7);

	for (size_t i = 0; i + 1 < BLOCK; i++)
		out[i] = (uint8_t)(in[i] << 1 | in[i + 1] >> 7);
	out[BLOCK - 1] = (uint8_t)(in[BLOCK - 1] << 1 ^ (carry != 0 ? 0x87 : 0));
}

static int
cipher_init(struct signer *s, const uint8_t *key)
{
	const EVP_CIPHER *cipher = fetch_cipher(s->alg);
	uint8_t l[BLOCK] = {0}, zero[BLOCK] = {0};
	int n;

	s->cipher = cipher != NULL ? EVP_CIPHER_CTX_new() : NULL;
	if (s->cipher == NULL || EVP_EncryptInit_ex2(s->cipher, cipher, key, zero, NULL) != 1)
		return ERR_CRYPTO;
	if (s->alg == SIGN_AES_GMAC)
		return 0;
	if (EVP_CIPHER_CTX_set_padding(s->cipher, 0) != 1 ||
	    EVP_EncryptUpdate(s->cipher, l, &n, zero, BLOCK) != 1)
		return ERR_CRYPTO;
	cmac_double(l, s->k1);
	cmac_double(s->k1, s->k2);
	memcpy(s->chain, l, BLOCK);
	OPENSSL_cleanse(l, sizeof(l));
	return 0;
}

int
signer_new(enum sign_alg alg, const uint8_t key[SIGN_KEY_LEN], struct signer **out)
{
	struct signer *s = calloc(1, sizeof(*s));
	int ret;

	if (s == NULL)
		return ERR_NOMEM;
	s->alg = alg;
	ret = alg == SIGN_HMAC_SHA256 ? hmac_init(s, key) : cipher_init(s, key);
	if (ret != 0)
		signer_free(s);
	else
		*out = s;
	return ret;
}

void
signer_free(struct signer *s)
{
	if (s == NULL)
		return;
	EVP_MAC_CTX_free(s->mac);
	EVP_CIPHER_CTX_free(s->cipher);
	OPENSSL_cleanse(s, sizeof(*s));
	free(s);
}

static int
hmac_compute(struct signer *s, const uint8_t *header, struct slice rest, uint8_t out[SIGN_LEN])
{
	uint8_t full[32];
	size_t n;

	if (EVP_MAC_init(s->mac, NULL, 0, NULL) != 1 ||
	    EVP_MAC_update(s->mac, header, SIGN_HEADER_LEN) != 1 ||
	    EVP_MAC_update(s->mac, rest.p, rest.n) != 1 ||
	    EVP_MAC_final(s->mac, full, &n, sizeof(full)) != 1)
		return ERR_CRYPTO;
	memcpy(out, full, SIGN_LEN);
	return 0;
}

/* Encrypt whole blocks in CBC and keep the last one of the result, as the MAC wants it. */
static int
cbc_mac(EVP_CIPHER_CTX *ctx, struct slice in, uint8_t last[BLOCK])
{
	uint8_t scratch[2048];

	for (size_t done = 0, n; done < in.n; done += n) {
		int made;

		n = in.n - done < sizeof(scratch) ? in.n - done : sizeof(scratch);
		if (EVP_EncryptUpdate(ctx, scratch, &made, in.p + done, (int)n) != 1)
			return ERR_CRYPTO;
		memcpy(last, scratch + n - BLOCK, BLOCK);
	}
	return 0;
}

/*
 * RFC 4493 2.4. The last block, whole or padded, is masked by a subkey; the blocks before it are
 * plain CBC. To begin anew the cipher need not be told: what it holds is taken out of the first
 * block, in place.
 */
static int
cmac_compute(struct signer *s, uint8_t *header, struct slice rest, uint8_t out[SIGN_LEN])
{
	uint8_t final[BLOCK] = {0};
	size_t in_header = rest.n > 0 ? SIGN_HEADER_LEN : SIGN_HEADER_LEN - BLOCK;
	size_t whole = rest.n > 0 ? (rest.n - 1) / BLOCK * BLOCK : 0, tail = rest.n - whole;
	const uint8_t *mask = tail % BLOCK == 0 ? s->k1 : s->k2;

	if (rest.n == 0) {
		memcpy(final, header + in_header, BLOCK);
	} else {
		memcpy(final, rest.p + whole, tail);
		if (tail < BLOCK)
			final[tail] = 0x80;
	}
	for (size_t i = 0; i < BLOCK; i++) {
		final[i] ^= mask[i];
		header[i] ^= s->chain[i];
	}
	if (cbc_mac(s->cipher, slice_of(header, in_header), out) != 0 ||
	    cbc_mac(s->cipher, slice_of(rest.p, whole), out) != 0 ||
	    cbc_mac(s->cipher, slice_of(final, BLOCK), out) != 0)
		return ERR_CRYPTO;
	memcpy(s->chain, out, BLOCK);
	return 0;
}

/* MS-SMB2 3.1.4.1: MessageId, then a bit for "from the server" and one for CANCEL. */
static void
gmac_nonce(const uint8_t *header, uint8_t nonce[NONCE_LEN])
{
	bool from_server = (wire_le(header + FLAGS_OFFSET, 4) & FLAGS_SERVER_TO_REDIR) != 0;
	bool cancel = wire_le(header + COMMAND_OFFSET, 2) == COMMAND_CANCEL;

	wire_put_le(nonce, 8, wire_le(header + MESSAGE_ID_OFFSET, 8));
	wire_put_le(nonce + 8, 4, (from_server ? 1u : 0u) | (cancel ? 2u : 0u));
}

static int
gmac_compute(struct signer *s, const uint8_t *header, struct slice rest, uint8_t out[SIGN_LEN])
{
	uint8_t nonce[NONCE_LEN];
	int n;

	gmac_nonce(header, nonce);
	if (EVP_EncryptInit_ex2(s->cipher, NULL, NULL, nonce, NULL) != 1 ||
	    EVP_EncryptUpdate(s->cipher, NULL, &n, header, SIGN_HEADER_LEN) != 1 ||
	    (rest.n > 0 && EVP_EncryptUpdate(s->cipher, NULL, &n, rest.p, (int)rest.n) != 1) ||
	    EVP_EncryptFinal_ex(s->cipher, out, &n) != 1 ||
	    EVP_CIPHER_CTX_ctrl(s->cipher, EVP_CTRL_AEAD_GET_TAG, SIGN_LEN, out) != 1)
		return ERR_CRYPTO;
	return 0;
}

int
signer_compute(struct signer *s, struct slice pdu, uint8_t out[SIGN_LEN])
{
	uint8_t header[SIGN_HEADER_LEN];
	struct slice rest;

	if (pdu.n < SIGN_HEADER_LEN)
		return ERR_TRUNCATED;
	if (pdu.n > INT_MAX)
		return ERR_CRYPTO;
	memcpy(header, pdu.p, SIGN_HEADER_LEN);
	memset(header + SIGN_OFFSET, 0, SIGN_LEN);
	rest = slice_of(pdu.p + SIGN_HEADER_LEN, pdu.n - SIGN_HEADER_LEN);
	switch (s->alg) {
	case SIGN_HMAC_SHA256:
		return hmac_compute(s, header, rest, out);
	case SIGN_AES_CMAC:
		return cmac_compute(s, header, rest, out);
	case SIGN_AES_GMAC:
		return gmac_compute(s, header, rest, out);
	}
	return ERR_CRYPTO;
}

int
signer_verify(struct signer *s, struct slice pdu)
{
	uint8_t want[SIGN_LEN];
	int ret = signer_compute(s, pdu, want);

	if (ret != 0)
		return ret;
	return CRYPTO_memcmp(want, pdu.p + SIGN_OFFSET, SIGN_LEN) == 0 ? 0 : ERR_VERIFY;
}
