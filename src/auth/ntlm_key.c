/* NTLMv2 responses, session keys, MIC and signatures. */
#include "config.h"

#include "auth/ntlm_key.h"

#include "base/utf16.h"
#include "crypto/hash.h"

/* Room for a secret at once, so that growing leaves no copies of it in freed memory. */
static int
reserve_utf16(struct buf *b, const char *text)
{
	return buf_reserve(b, 2 * strlen(text) + 2) != NULL ? 0 : ERR_NOMEM;
}

static void
wipe_free(struct buf *b)
{
	hash_wipe(b->p, b->n);
	buf_free(b);
}

/* NTOWFv1: MD4 of the password in UTF-16 (MS-NLMP 3.3.1). */
static int
nt_hash(const struct auth_creds *c, uint8_t out[NTLM_KEY_LEN])
{
	struct buf wide = {0};
	int ret = ERR_AUTH;

	if (c->nt_hash != NULL) {
		memcpy(out, c->nt_hash, NTLM_KEY_LEN);
		return 0;
	}
	if (c->password == NULL)
		return ERR_AUTH;
	if (reserve_utf16(&wide, c->password) != 0)
		ret = ERR_NOMEM;
	else if (utf16_from_utf8(c->password, &wide) == 0)
		ret = hash_md4(buf_slice(&wide), out);
	wipe_free(&wide);
	return ret;
}

int
ntlm_ntowf_v2(const struct auth_creds *c, uint8_t out[NTLM_KEY_LEN])
{
	struct buf names = {0};
	uint8_t hash[NTLM_KEY_LEN];
	int ret = nt_hash(c, hash);

	if (ret == 0)
		ret = utf16_from_utf8_upper(c->user, &names);
	if (ret == 0)
		ret = utf16_from_utf8(c->domain, &names);
	if (ret == 0)
		ret = hash_hmac_md5(slice_of(hash, sizeof(hash)), buf_slice(&names), out);
	hash_wipe(hash, sizeof(hash));
	buf_free(&names);
	return ret == ERR_MALFORMED ? ERR_AUTH : ret;
}

/* HMAC_MD5 over the concatenation of up to three parts. */
static int
hmac3(const uint8_t key[NTLM_KEY_LEN], struct slice a, struct slice b, struct slice c,
      uint8_t out[NTLM_KEY_LEN])
{
	struct buf all = {0};
	int ret = ERR_NOMEM;

	buf_add(&all, a.p, a.n);
	buf_add(&all, b.p, b.n);
	buf_add(&all, c.p, c.n);
	if (all.err == 0)
		ret = hash_hmac_md5(slice_of(key, NTLM_KEY_LEN), buf_slice(&all), out);
	buf_free(&all);
	return ret;
}

int
ntlm_proof(const uint8_t ntowf[NTLM_KEY_LEN], const uint8_t server[NTLM_CHALLENGE_LEN],
	   struct slice blob, uint8_t out[NTLM_KEY_LEN])
{
	return hmac3(ntowf, slice_of(server, NTLM_CHALLENGE_LEN), blob, (struct slice){0}, out);
}

int
ntlm_mic(const uint8_t key[NTLM_KEY_LEN], struct slice negotiate, struct slice challenge,
	 struct slice authenticate, uint8_t out[NTLM_KEY_LEN])
{
	return hmac3(key, negotiate, challenge, authenticate, out);
}

/* MD5(key, magic constant), the constant with its NUL (MS-NLMP 3.4.5.2, 3.4.5.3). */
static int
derive(struct slice key, const char *magic, uint8_t out[NTLM_KEY_LEN])
{
	uint8_t in[NTLM_KEY_LEN + 64];
	size_t n = strlen(magic) + 1;
	int ret;

	memcpy(in, key.p, key.n);
	memcpy(in + key.n, magic, n);
	ret = hash_md5(slice_of(in, key.n + n), out);
	hash_wipe(in, sizeof(in));
	return ret;
}

static int
sign_key(const uint8_t key[NTLM_KEY_LEN], bool from_server, uint8_t out[NTLM_KEY_LEN])
{
	return derive(slice_of(key, NTLM_KEY_LEN),
		      from_server ? "session key to server-to-client signing key magic constant"
				  : "session key to client-to-server signing key magic constant",
		      out);
}

static int
seal_key(const uint8_t key[NTLM_KEY_LEN], uint32_t flags, bool from_server,
	 uint8_t out[NTLM_KEY_LEN])
{
	size_t n = (flags & NTLM_128) != 0 ? NTLM_KEY_LEN : (flags & NTLM_56) != 0 ? 7 : 5;

	return derive(slice_of(key, n),
		      from_server ? "session key to server-to-client sealing key magic constant"
				  : "session key to client-to-server sealing key magic constant",
		      out);
}

/*
 * MS-NLMP 3.4.4.2, with extended session security: MD5 of message and number, sealed where keys
 * were exchanged.
 */
static int
checksum_extended(const uint8_t key[NTLM_KEY_LEN], uint32_t flags, bool from_server,
		  struct slice message, uint8_t *out)
{
	static const uint8_t sequence[4];
	uint8_t k[NTLM_KEY_LEN], sum[NTLM_KEY_LEN];
	int ret = sign_key(key, from_server, k);

	if (ret == 0)
		ret = hmac3(k, slice_of(sequence, 4), message, (struct slice){0}, sum);
	if (ret == 0 && (flags & NTLM_KEY_EXCH) != 0) {
		ret = seal_key(key, flags, from_server, k);
		if (ret == 0)
			ret = hash_rc4(slice_of(k, sizeof(k)), slice_of(sum, 8), sum);
	}
	if (ret == 0)
		memcpy(out, sum, 8);
	hash_wipe(k, sizeof(k));
	return ret;
}

static uint32_t
crc32(struct slice in)
{
	uint32_t crc = 0xffffffff;

	for (size_t i = 0; i < in.n; i++) {
		crc ^= in.p[i];
		for (int bit = 0; bit < 8; bit++)
			crc = (crc & 1) != 0 ? crc >> 1 ^ 0xedb88320 : crc >> 1;
	}
	return ~crc;
}

int
ntlm_signature(const uint8_t key[NTLM_KEY_LEN], uint32_t flags, bool from_server,
	       struct slice message, uint8_t out[NTLM_SIGNATURE_LEN])
{
	/*
	 * MS-NLMP 2.2.2.9: Version 1, then Checksum and SeqNum, or RandomPad, Checksum and SeqNum
	 */
	memset(out, 0, NTLM_SIGNATURE_LEN);
	wire_put_le(out, 4, 1);
	if ((flags & NTLM_EXTENDED_SESSIONSECURITY) != 0)
		return checksum_extended(key, flags, from_server, message, out + 4);
	if (from_server)
		return ERR_UNSUPPORTED;
	wire_put_le(out + 8, 4, crc32(message));
	return hash_rc4(slice_of(key, NTLM_KEY_LEN), slice_of(out + 4, 12), out + 4);
}
