/* NTLM messages: reading them, and an AUTHENTICATE after a recorded one. */
#include "config.h"

#include "auth/ntlm.h"

#include "base/utf16.h"
#include "crypto/hash.h"

#define SIGNATURE "NTLMSSP" /* with its NUL */
#define SIGNATURE_SIZE 8
#define TYPE_END 12

/* CHALLENGE, MS-NLMP 2.2.1.2 */
#define CHALLENGE_FLAGS 20
#define CHALLENGE_NONCE 24
#define CHALLENGE_TARGET_INFO 40
#define CHALLENGE_TARGET_INFO_END 48
#define CHALLENGE_MIN 32 /* without target information, as NT 4 sent it */

/* AUTHENTICATE, MS-NLMP 2.2.1.3 */
#define AUTH_FIELDS 12
#define DESCRIPTOR_LEN 8
#define AUTH_FLAGS 60
#define AUTH_MIN 64
#define AUTH_MIC 72
#define AUTH_MIC_END 88

/* NTLMv2_RESPONSE and NTLMv2_CLIENT_CHALLENGE, MS-NLMP 2.2.2.7 and 2.2.2.8 */
#define PROOF_LEN 16
#define BLOB_TYPES_LEN 8 /* RespType to Reserved2 */
#define BLOB_RESERVED3 40
#define BLOB_AV_PAIRS 44
#define LM_LEN 24

/* MS-NLMP 2.2.2.1 */
enum {
	AV_EOL = 0,
	AV_NB_COMPUTER = 1,
	AV_DNS_COMPUTER = 3,
	AV_FLAGS = 6,
	AV_TIMESTAMP = 7,
	AV_SINGLE_HOST = 8,
	AV_TARGET_NAME = 9,
	AV_CHANNEL_BINDINGS = 10
};

struct av {
	unsigned id;
	struct slice value, whole;
};

/* What can only be used where both sides offer it. */
#define NEGOTIATED                                                                                 \
	(NTLM_SIGN | NTLM_SEAL | NTLM_EXTENDED_SESSIONSECURITY | NTLM_128 | NTLM_56 | NTLM_KEY_EXCH)

enum ntlm_type
ntlm_type(struct slice token)
{
	uint64_t type;

	if (token.n < TYPE_END || memcmp(token.p, SIGNATURE, SIGNATURE_SIZE) != 0)
		return NTLM_NONE;
	type = wire_le(token.p + SIGNATURE_SIZE, 4);
	return type <= NTLM_AUTHENTICATE ? (enum ntlm_type)type : NTLM_NONE;
}

uint32_t
ntlm_flags(struct slice token)
{
	static const size_t where[] = {[NTLM_NEGOTIATE] = TYPE_END,
				       [NTLM_CHALLENGE] = CHALLENGE_FLAGS,
				       [NTLM_AUTHENTICATE] = AUTH_FLAGS};
	enum ntlm_type type = ntlm_type(token);
	struct slice s;

	if (type == NTLM_NONE)
		return 0;
	s = slice_sub(token, where[type], 4);
	return s.n == 4 ? (uint32_t)wire_le(s.p, 4) : 0;
}

/* The payload that the descriptor at `at` names (Len, MaxLen, BufferOffset). */
static int
get_field(struct slice message, size_t at, struct slice *out)
{
	size_t n = (size_t)wire_le(message.p + at, 2), off = (size_t)wire_le(message.p + at + 4, 4);

	*out = slice_sub(message, off, n);
	return out->n == n ? 0 : ERR_MALFORMED;
}

int
ntlm_challenge_parse(struct slice token, struct ntlm_challenge *out)
{
	*out = (struct ntlm_challenge){.message = token};
	if (ntlm_type(token) != NTLM_CHALLENGE || token.n < CHALLENGE_MIN)
		return ERR_MALFORMED;
	out->flags = ntlm_flags(token);
	out->challenge = token.p + CHALLENGE_NONCE;
	if (token.n < CHALLENGE_TARGET_INFO_END)
		return 0;
	return get_field(token, CHALLENGE_TARGET_INFO, &out->target_info);
}

static size_t
descriptor_at(enum ntlm_field f)
{
	return AUTH_FIELDS + (size_t)f * DESCRIPTOR_LEN;
}

/* The offset that the descriptor names; it counts even where the field is empty. */
static size_t
field_offset(const struct ntlm_authenticate *a, enum ntlm_field f)
{
	return (size_t)wire_le(a->message.p + descriptor_at(f) + 4, 4);
}

static bool
is_zero(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (p[i] != 0)
			return false;
	}
	return true;
}

int
ntlm_authenticate_parse(struct slice token, struct ntlm_authenticate *out)
{
	*out = (struct ntlm_authenticate){.message = token, .header_len = token.n};
	if (ntlm_type(token) != NTLM_AUTHENTICATE || token.n < AUTH_MIN)
		return ERR_MALFORMED;
	for (enum ntlm_field f = NTLM_LM; f < NTLM_FIELDS; f++) {
		if (get_field(token, descriptor_at(f), &out->field[f]) != 0)
			return ERR_MALFORMED;
		if (out->field[f].n > 0 && field_offset(out, f) < out->header_len)
			out->header_len = field_offset(out, f);
	}
	if (out->header_len < AUTH_MIN)
		return ERR_MALFORMED;
	out->flags = ntlm_flags(token);
	out->mic = out->header_len >= AUTH_MIC_END &&
		   !is_zero(token.p + AUTH_MIC, AUTH_MIC_END - AUTH_MIC);
	out->unproven = out->field[NTLM_NT].n == 0 && out->field[NTLM_LM].n <= 1;
	out->anonymous = out->field[NTLM_NT].n == 0 && out->field[NTLM_USER].n == 0;
	return 0;
}

/*
 * The next AV_PAIR; false after MsvAvEOL, at the end, and where a pair is cut (`r->err` is set
 * then).
 */
static bool
av_next(struct wire_rd *r, struct av *av)
{
	size_t start = r->pos, n;

	if (wire_rd_left(r) == 0)
		return false;
	av->id = wire_get_le16(r);
	n = wire_get_le16(r);
	av->value = wire_get_slice(r, n);
	if (r->err != 0 || av->id == AV_EOL)
		return false;
	av->whole = slice_of(r->base + start, r->pos - start);
	return true;
}

static bool
av_find(struct slice pairs, unsigned id, struct av *av)
{
	struct wire_rd r = wire_rd_init(pairs);

	while (av_next(&r, av)) {
		if (av->id == id)
			return true;
	}
	return false;
}

struct slice
ntlm_challenge_name(const struct ntlm_challenge *c)
{
	struct av av;

	if (av_find(c->target_info, AV_DNS_COMPUTER, &av) && av.value.n > 0)
		return av.value;
	return av_find(c->target_info, AV_NB_COMPUTER, &av) ? av.value : (struct slice){0};
}

/* MS-NLMP 3.1.5.1.2: the pairs that a client adds to those of the server. */
static bool
is_added_by_clients(unsigned id)
{
	return id == AV_FLAGS || id == AV_SINGLE_HOST || id == AV_TARGET_NAME ||
	       id == AV_CHANNEL_BINDINGS;
}

/* Pairs that lead out of the response, or have no end. */
static bool
av_damaged(struct slice pairs)
{
	struct wire_rd r = wire_rd_init(pairs);
	struct av av = {.id = AV_EOL};

	while (av_next(&r, &av))
		continue;
	return r.err != 0 || av.id != AV_EOL;
}

/*
 * The live server's pairs, then those that the recorded client added, then what it had after the
 * last. Damaged ones go out as they are: the damage was the test (smbtorture's
 * session.ntlmssp_bug14932).
 */
static int
put_av_pairs(struct slice live, struct slice recorded, struct buf *out)
{
	struct wire_rd l = wire_rd_init(live), r = wire_rd_init(recorded);
	struct av av, other;

	if (av_damaged(recorded)) {
		buf_add(out, recorded.p, recorded.n);
		return out->err;
	}
	while (av_next(&l, &av)) {
		if (!is_added_by_clients(av.id) || !av_find(recorded, av.id, &other))
			buf_add(out, av.whole.p, av.whole.n);
	}
	if (l.err != 0)
		return ERR_MALFORMED;
	while (av_next(&r, &av)) {
		if (is_added_by_clients(av.id))
			buf_add(out, av.whole.p, av.whole.n);
	}
	buf_le(out, 4, AV_EOL);
	if (r.err == 0)
		buf_add(out, r.base + r.pos, r.len - r.pos);
	return out->err;
}

/* The payload of the new message. */
struct values {
	struct buf field[NTLM_FIELDS];
};

static void
values_free(struct values *v)
{
	for (size_t f = 0; f < NTLM_FIELDS; f++)
		buf_free(&v->field[f]);
}

/*
 * Put the NTLMv2 response after the recorded one's shape, and the session base key (MS-NLMP 3.3.2).
 */
static int
put_nt_response(const struct ntlm_logon *l, const uint8_t ntowf[NTLM_KEY_LEN],
		const uint8_t client[NTLM_CHALLENGE_LEN], struct buf *out,
		uint8_t base_key[NTLM_KEY_LEN])
{
	struct slice old = l->recorded.field[NTLM_NT], live = l->challenge.target_info;
	uint64_t time = l->env->filetime;
	struct av av;
	int ret;

	if (av_find(live, AV_TIMESTAMP, &av) && av.value.n == 8)
		time = wire_le(av.value.p, 8);
	buf_zero(out, PROOF_LEN);
	buf_add(out, old.p + PROOF_LEN, BLOB_TYPES_LEN);
	buf_le(out, 8, time);
	buf_add(out, client, NTLM_CHALLENGE_LEN);
	buf_add(out, old.p + BLOB_RESERVED3, BLOB_AV_PAIRS - BLOB_RESERVED3);
	ret = put_av_pairs(live, slice_of(old.p + BLOB_AV_PAIRS, old.n - BLOB_AV_PAIRS), out);
	if (ret != 0)
		return ret;
	ret = ntlm_proof(ntowf, l->challenge.challenge,
			 slice_of(out->p + PROOF_LEN, out->n - PROOF_LEN), out->p);
	if (ret != 0)
		return ret;
	return hash_hmac_md5(slice_of(ntowf, NTLM_KEY_LEN), slice_of(out->p, PROOF_LEN), base_key);
}

/* The LM response in the recorded shape: none, zeroes, or LMv2 (MS-NLMP 3.3.2). */
static int
put_lm_response(const struct ntlm_logon *l, const uint8_t ntowf[NTLM_KEY_LEN],
		const uint8_t client[NTLM_CHALLENGE_LEN], struct buf *out)
{
	struct slice old = l->recorded.field[NTLM_LM];

	if (old.n != LM_LEN || is_zero(old.p, old.n)) {
		buf_add(out, old.p, old.n);
		return out->err;
	}
	buf_zero(out, PROOF_LEN);
	buf_add(out, client, NTLM_CHALLENGE_LEN);
	if (out->err != 0)
		return out->err;
	return ntlm_proof(ntowf, l->challenge.challenge, slice_of(client, NTLM_CHALLENGE_LEN),
			  out->p);
}

/* A name in the encoding of the recorded message. */
static int
put_name(uint32_t flags, const char *name, struct buf *out)
{
	if ((flags & NTLM_UNICODE) != 0)
		return utf16_from_utf8(name, out);
	buf_add(out, name, strlen(name));
	return out->err;
}

static int
put_names(const struct ntlm_logon *l, struct values *v)
{
	struct slice workstation = l->recorded.field[NTLM_WORKSTATION];
	int ret = put_name(l->recorded.flags, l->creds->domain, &v->field[NTLM_DOMAIN]);

	if (ret == 0)
		ret = put_name(l->recorded.flags, l->creds->user, &v->field[NTLM_USER]);
	buf_add(&v->field[NTLM_WORKSTATION], workstation.p, workstation.n);
	return ret != 0 ? ret : v->field[NTLM_WORKSTATION].err;
}

/* MS-NLMP 3.1.5.1.2: a random session key sent under the key exchange key, or that key itself. */
static int
put_session_key(const struct ntlm_logon *l, const uint8_t exchange[NTLM_KEY_LEN], struct buf *out,
		struct ntlm_session *s)
{
	uint8_t *p;
	int ret;

	if ((s->flags & NTLM_KEY_EXCH) == 0 || l->recorded.field[NTLM_SESSION_KEY].n == 0) {
		memcpy(s->key, exchange, NTLM_KEY_LEN);
		return 0;
	}
	ret = l->env->random(l->env->ctx, s->key, NTLM_KEY_LEN);
	if (ret != 0)
		return ret;
	p = buf_reserve(out, NTLM_KEY_LEN);
	if (p == NULL)
		return ERR_NOMEM;
	out->n += NTLM_KEY_LEN;
	return hash_rc4(slice_of(exchange, NTLM_KEY_LEN), slice_of(s->key, NTLM_KEY_LEN), p);
}

static int
put_values(const struct ntlm_logon *l, struct values *v, struct ntlm_session *s)
{
	uint8_t ntowf[NTLM_KEY_LEN], base_key[NTLM_KEY_LEN], client[NTLM_CHALLENGE_LEN];
	int ret = ntlm_ntowf_v2(l->creds, ntowf);

	if (ret == 0)
		ret = l->env->random(l->env->ctx, client, sizeof(client));
	if (ret == 0)
		ret = put_nt_response(l, ntowf, client, &v->field[NTLM_NT], base_key);
	if (ret == 0)
		ret = put_lm_response(l, ntowf, client, &v->field[NTLM_LM]);
	if (ret == 0)
		ret = put_names(l, v);
	if (ret == 0)
		ret = put_session_key(l, base_key, &v->field[NTLM_SESSION_KEY], s);
	hash_wipe(ntowf, sizeof(ntowf));
	hash_wipe(base_key, sizeof(base_key));
	return ret;
}

/*
 * The fields as they follow one another in the recorded payload; an empty one stands before what
 * begins where it does.
 */
static void
payload_order(const struct ntlm_authenticate *a, enum ntlm_field order[NTLM_FIELDS])
{
	for (size_t i = 0; i < NTLM_FIELDS; i++) {
		enum ntlm_field f = (enum ntlm_field)i;
		size_t to = i;

		for (; to > 0; to--) {
			enum ntlm_field before = order[to - 1];
			size_t off = field_offset(a, f), other = field_offset(a, before);

			if (off > other ||
			    (off == other && (a->field[f].n > 0 || a->field[before].n == 0)))
				break;
			order[to] = before;
		}
		order[to] = f;
	}
}

static void
put_descriptor(const struct ntlm_authenticate *a, enum ntlm_field f, size_t n, size_t off,
	       uint8_t *message)
{
	const uint8_t *old = a->message.p + descriptor_at(f);
	uint8_t *p = message + descriptor_at(f);

	wire_put_le(p, 2, n);
	wire_put_le(p + 2, 2, n + wire_le(old + 2, 2) - wire_le(old, 2));
	wire_put_le(p + 4, 4, off);
}

/*
 * The recorded message with other fields: same order, and the same bytes before, between and after
 * them.
 */
static int
assemble(const struct ntlm_authenticate *a, const struct values *v, uint32_t flags, struct buf *out)
{
	enum ntlm_field order[NTLM_FIELDS];
	size_t base = out->n, done = a->header_len;

	payload_order(a, order);
	buf_add(out, a->message.p, a->header_len);
	for (size_t i = 0; i < NTLM_FIELDS && out->err == 0; i++) {
		enum ntlm_field f = order[i];
		const struct buf *value = &v->field[f];
		size_t old = field_offset(a, f);

		/*
		 * An empty field may name any offset: one outside the payload says nothing of its
		 * place.
		 */
		if (value->n == 0 && (old < a->header_len || old > a->message.n))
			continue;
		if (old > done && old <= a->message.n) {
			buf_add(out, a->message.p + done, old - done);
			done = old;
		}
		put_descriptor(a, f, value->n, out->n - base, out->p + base);
		buf_add(out, value->p, value->n);
		if (a->field[f].n > 0 && old + a->field[f].n > done)
			done = old + a->field[f].n;
	}
	buf_add(out, a->message.p + done, a->message.n - done);
	if (out->err == 0)
		wire_put_le(out->p + base + AUTH_FLAGS, 4, flags);
	return out->err;
}

/* The MIC of the message that begins at `base`, where the recorded one had it. */
static int
put_mic(const struct ntlm_logon *l, const struct ntlm_session *s, size_t base, struct buf *out)
{
	uint8_t mic[NTLM_KEY_LEN], *message = out->p + base;
	int ret;

	if (!l->recorded.mic)
		return 0;
	memset(message + AUTH_MIC, 0, sizeof(mic));
	ret = ntlm_mic(s->key, l->negotiate, l->challenge.message, slice_of(message, out->n - base),
		       mic);
	if (ret == 0)
		memcpy(message + AUTH_MIC, mic, sizeof(mic));
	return ret;
}

/* The session key that `a` was sent with, under the key exchange key, or that key itself. */
static int
open_session_key(const struct ntlm_authenticate *a, const uint8_t exchange[NTLM_KEY_LEN],
		 struct ntlm_session *s)
{
	struct slice sent = a->field[NTLM_SESSION_KEY];

	if ((s->flags & NTLM_KEY_EXCH) != 0 && sent.n == NTLM_KEY_LEN)
		return hash_rc4(slice_of(exchange, NTLM_KEY_LEN), sent, s->key);
	memcpy(s->key, exchange, NTLM_KEY_LEN);
	return 0;
}

/*
 * A logon without responses proves nothing: its session key goes under a key of zeroes (so Windows,
 * in suricata-verify's zerologon.pcap, and Samba), and the recorded bytes serve again. smbclient -N
 * first names a user so, which fails.
 */
static int
build_unproven(const struct ntlm_authenticate *a, struct buf *out, struct ntlm_session *s)
{
	static const uint8_t zero[NTLM_KEY_LEN];

	buf_add(out, a->message.p, a->message.n);
	return out->err != 0 ? out->err : open_session_key(a, zero, s);
}

static int
build(const struct ntlm_logon *l, struct buf *out, struct ntlm_session *s, struct err *e)
{
	const struct ntlm_authenticate *a = &l->recorded;
	struct values v = {0};
	int ret;

	if (a->field[NTLM_NT].n < BLOB_AV_PAIRS)
		return err_set(e, ERR_UNSUPPORTED, "the recorded logon has no NTLMv2 response");
	ret = put_values(l, &v, s);
	for (size_t f = 0; f < NTLM_FIELDS && ret == 0; f++) {
		if (v.field[f].n > UINT16_MAX)
			ret = f == NTLM_NT ? ERR_MALFORMED : ERR_AUTH;
	}
	if (ret == 0)
		ret = assemble(a, &v, s->flags, out);
	values_free(&v);
	return ret;
}

int
ntlm_authenticate_build(const struct ntlm_logon *l, struct buf *out, struct ntlm_session *s,
			struct err *e)
{
	size_t base = out->n;
	int ret;

	*s = (struct ntlm_session){.flags =
					   l->recorded.flags & ~(NEGOTIATED & ~l->challenge.flags)};
	ret = l->recorded.unproven ? build_unproven(&l->recorded, out, s) : build(l, out, s, e);
	if (ret == 0)
		ret = put_mic(l, s, base, out);
	switch (ret) {
	case 0:
		return 0;
	case ERR_MALFORMED:
		return err_set(e, ret,
			       "the target information of the server's CHALLENGE is malformed");
	case ERR_AUTH:
		return err_set(e, ret, "user, domain or password is missing or not UTF-8");
	default:
		return err_set(e, ret, "NTLM AUTHENTICATE: %s", err_str(ret));
	}
}

/* Whether the response is that of the secret; then the session base key (MS-NLMP 3.3.2). */
static int
open_response(const struct ntlm_captured *c, const struct auth_creds *creds,
	      uint8_t base_key[NTLM_KEY_LEN])
{
	struct slice nt = c->authenticate.field[NTLM_NT];
	uint8_t ntowf[NTLM_KEY_LEN], proof[PROOF_LEN];
	int ret;

	if (nt.n < BLOB_AV_PAIRS)
		return ERR_UNSUPPORTED;
	ret = ntlm_ntowf_v2(creds, ntowf);
	if (ret == 0)
		ret = ntlm_proof(ntowf, c->challenge.challenge,
				 slice_of(nt.p + PROOF_LEN, nt.n - PROOF_LEN), proof);
	if (ret == 0 && !hash_equal(proof, nt.p, PROOF_LEN))
		ret = ERR_AUTH;
	if (ret == 0)
		ret = hash_hmac_md5(slice_of(ntowf, sizeof(ntowf)), slice_of(proof, PROOF_LEN),
				    base_key);
	hash_wipe(ntowf, sizeof(ntowf));
	return ret;
}

static int
check_mic(const struct ntlm_captured *c, const struct ntlm_session *s)
{
	struct slice message = c->authenticate.message;
	uint8_t mic[NTLM_KEY_LEN];
	struct buf bare = {0};
	int ret = ERR_NOMEM;

	if (!c->authenticate.mic || c->negotiate.n == 0)
		return 0;
	buf_add(&bare, message.p, message.n);
	if (bare.err == 0) {
		memset(bare.p + AUTH_MIC, 0, sizeof(mic));
		ret = ntlm_mic(s->key, c->negotiate, c->challenge.message, buf_slice(&bare), mic);
	}
	if (ret == 0 && !hash_equal(mic, message.p + AUTH_MIC, sizeof(mic)))
		ret = ERR_VERIFY;
	buf_free(&bare);
	return ret;
}

int
ntlm_open(const struct ntlm_captured *c, const struct auth_creds *creds, struct ntlm_session *s)
{
	uint8_t exchange[NTLM_KEY_LEN] = {0};
	int ret = 0;

	*s = (struct ntlm_session){.flags = c->authenticate.flags &
					    ~(NEGOTIATED & ~c->challenge.flags)};
	if (!c->authenticate.unproven)
		ret = open_response(c, creds, exchange);
	if (ret == 0)
		ret = open_session_key(&c->authenticate, exchange, s);
	if (ret == 0)
		ret = check_mic(c, s);
	hash_wipe(exchange, sizeof(exchange));
	return ret;
}
