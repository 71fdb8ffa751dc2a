/*
 * NTLM and the logon as a whole: MS-NLMP's example, Windows' and Samba's logons with known
 * passwords, shapes, hostile input.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "auth/auth.h"
#include "auth/ntlm.h"
#include "auth/spnego.h"
#include "crypto/hash.h"
#include "crypto/kdf.h"
#include "crypto/sign.h"
#include "tests/hex.h"
#include "tests/vectors/lab.h"
#include "tests/vectors/ms311.h"
#include "tests/vectors/nlmp.h"
#include "tests/vectors/rawunhide.h"

#define SETUP_REQUEST_BLOB 88 /* where the messages of the vectors have their security buffer */
#define SETUP_RESPONSE_BLOB 72

static struct slice
blob(const struct hex *message, size_t at)
{
	size_t n = (size_t)wire_le(message->p + (at == SETUP_REQUEST_BLOB ? 78 : 70), 2);

	return slice_sub(hex_slice(message), at, n);
}

/* "Random" bytes as the test lays them down: the client challenge, then the session key. */
struct script {
	uint8_t p[24];
	size_t pos;
};

static int
scripted(void *ctx, uint8_t *out, size_t n)
{
	struct script *s = ctx;

	if (n > sizeof(s->p) - s->pos)
		return ERR_CRYPTO;
	memcpy(out, s->p + s->pos, n);
	s->pos += n;
	return 0;
}

static struct auth_env
env_of(struct script *s)
{
	return (struct auth_env){.random = scripted, .ctx = s};
}

static const struct auth_creds nlmp_creds = {
	.user = "User", .domain = "Domain", .password = "Password"};

static void
test_ntowf_is_that_of_the_specification(void **state)
{
	struct auth_creds by_hash = nlmp_creds;
	uint8_t out[16];

	(void)state;
	assert_int_equal(ntlm_ntowf_v2(&nlmp_creds, out), 0);
	assert_memory_equal(out, unhex(nlmp_ntowf_v2).p, 16);
	/* MS-NLMP 4.2.2.1.2 NTOWFv1 of the same password */
	struct hex nt = unhex("a4f49c406510bdcab6824ee7c30fd852");
	by_hash.password = NULL;
	by_hash.nt_hash = nt.p;
	assert_int_equal(ntlm_ntowf_v2(&by_hash, out), 0);
	assert_memory_equal(out, unhex(nlmp_ntowf_v2).p, 16);
	by_hash.nt_hash = NULL;
	assert_int_equal(ntlm_ntowf_v2(&by_hash, out), ERR_AUTH);
	by_hash.password = "\xff";
	assert_int_equal(ntlm_ntowf_v2(&by_hash, out), ERR_AUTH);
}

/* 4.2.4.1.3 to 4.2.4.2.3 by way of the whole message of 4.2.4.3. */
static void
test_authenticate_is_that_of_the_specification(void **state)
{
	struct hex challenge = unhex(nlmp_challenge), want = unhex(nlmp_authenticate);
	struct script random = {.pos = 0};
	struct auth_env env = env_of(&random);
	struct buf out = {0};
	struct auth *a = NULL;
	struct err e = {0};
	uint8_t key[AUTH_KEY_MAX];

	(void)state;
	memset(random.p, 0xaa, 8);
	memset(random.p + 8, 0x55, 16);
	assert_int_equal(auth_new(&nlmp_creds, &env, &a), 0);
	assert_int_equal(auth_session_key(a, key), 0);
	assert_int_equal(auth_step(a, hex_slice(&want), hex_slice(&challenge), &out, &e), 0);
	assert_int_equal(out.n, want.n);
	assert_memory_equal(out.p, want.p, want.n);
	assert_int_equal(auth_session_key(a, key), 16);
	assert_memory_equal(key, random.p + 8, 16);
	auth_free(a);
	buf_free(&out);
}

/*
 * The same message with 4 odd bytes before the workstation, which is empty, and 3 at the end: as in
 * the captures of macOS clients, an empty field has an offset of its own and bytes around it.
 */
static void
test_padding_order_and_empty_fields_stay(void **state)
{
	struct hex challenge = unhex(nlmp_challenge), m = unhex(nlmp_authenticate);
	struct script random = {.pos = 0};
	struct auth_env env = env_of(&random);
	struct buf want = {0}, out = {0};
	struct auth *a = NULL;
	struct err e = {0};

	(void)state;
	memset(random.p, 0xaa, 8);
	memset(random.p + 8, 0x55, 16);
	wire_put_le(m.p + 44, 4, 0); /* WorkstationFields: empty, at 0x60 */
	wire_put_le(m.p + 48, 4, 0x60);
	wire_put_le(m.p + 16, 4, 0x60); /* LM, NT and session key follow at once */
	wire_put_le(m.p + 24, 4, 0x78);
	wire_put_le(m.p + 56, 4, 0xcc);
	buf_add(&want, m.p, 0x5c);
	buf_add(&want, "odd!", 4);
	buf_add(&want, m.p + 0x6c, m.n - 0x6c);
	buf_add(&want, "end", 3);
	assert_int_equal(auth_new(&nlmp_creds, &env, &a), 0);
	assert_int_equal(auth_step(a, buf_slice(&want), hex_slice(&challenge), &out, &e), 0);
	assert_int_equal(out.n, want.n);
	assert_memory_equal(out.p, want.p, want.n);
	auth_free(a);
	buf_free(&out);
	buf_free(&want);
}

/*
 * 4.2.4.4 computes its signature after sealing 18 bytes, here the checksum is sealed first: so
 * compare with the checksum and the key stream of that section.
 */
static void
test_signature_uses_the_keys_of_the_specification(void **state)
{
	struct hex seal = unhex(nlmp_seal_key), sum = unhex("70352851f2564309");
	struct hex plain = unhex("50006c00610069006e007400650078007400");
	uint8_t key[16], got[16], want[8];
	uint32_t flags = 0xe2888235;

	(void)state;
	memset(key, 0x55, sizeof(key));
	assert_int_equal(hash_rc4(hex_slice(&seal), hex_slice(&sum), want), 0);
	assert_int_equal(ntlm_signature(key, flags, false, hex_slice(&plain), got), 0);
	assert_memory_equal(got, "\1\0\0\0", 4);
	assert_memory_equal(got + 4, want, 8);
	assert_memory_equal(got + 12, "\0\0\0\0", 4);
	assert_int_equal(ntlm_signature(key, flags & ~NTLM_KEY_EXCH, false, hex_slice(&plain), got),
			 0);
	assert_memory_equal(got + 4, sum.p, 8);
	assert_int_equal(ntlm_signature(key, flags & ~NTLM_EXTENDED_SESSIONSECURITY, true,
					hex_slice(&plain), got),
			 ERR_UNSUPPORTED);
}

/* Both mechListMICs of Microsoft's example, from its session key. */
static void
test_mech_list_mics_of_a_windows_logon(void **state)
{
	struct hex key = unhex(ms311_session_key), mechs = unhex("300c060a2b06010401823702020a");
	uint8_t got[16];

	(void)state;
	assert_int_equal(ntlm_signature(key.p, 0xe2888215, false, hex_slice(&mechs), got), 0);
	assert_memory_equal(got, unhex("0100000063775a9a5fd97f0600000000").p, 16);
	assert_int_equal(ntlm_signature(key.p, 0xe2888215, true, hex_slice(&mechs), got), 0);
	assert_memory_equal(got, unhex("010000003b453cdc3524164200000000").p, 16);
}

struct logon {
	const char *negotiate, *challenge, *authenticate, *accepted; /* whole SMB2 messages */
	struct auth_creds creds;
	const char *exported_key;
};

static const struct logon rawunhide = {
	rawunhide_setup1_request_7,
	rawunhide_setup1_response_8,
	rawunhide_setup2_request_10,
	rawunhide_setup2_response_11,
	{.user = "mikeg", .domain = "WORKGROUP", .password = "mikeg123"},
	"73c32fffb86ff530993cbd0f4816cd64"};
static const struct logon lab311 = {
	lab311_setup1_request_8,
	lab311_setup1_response_9,
	lab311_setup2_request_10,
	lab311_setup2_response_11,
	{.user = "smbtest", .domain = "LAB", .password = "Passw0rd-auth"},
	"dc1d751c45c2be33e005cfc5f1285653"};

/* The client challenge that the recorded client drew; its session key is given. */
static void
script_from(const struct logon *g, struct script *s)
{
	struct hex m = unhex(g->authenticate);
	struct ntlm_authenticate a;
	struct spnego sp;

	assert_int_equal(spnego_parse(blob(&m, SETUP_REQUEST_BLOB), &sp), 0);
	assert_int_equal(ntlm_authenticate_parse(sp.token, &a), 0);
	assert_true(a.mic);
	memcpy(s->p, a.field[NTLM_NT].p + 32, 8);
	memcpy(s->p + 8, unhex(g->exported_key).p, 16);
	s->pos = 0;
}

/*
 * With the password, the randomness and the challenge of a recorded logon, the token must be the
 * recorded one to the last bit: responses, session key, MIC, mechListMIC and DER. Then the recorded
 * server's own MIC must hold.
 */
static void
relive(const struct logon *g)
{
	struct hex m1 = unhex(g->negotiate), m2 = unhex(g->challenge), m3 = unhex(g->authenticate),
		   m4 = unhex(g->accepted);
	struct slice recorded = blob(&m3, SETUP_REQUEST_BLOB),
		     last = blob(&m4, SETUP_RESPONSE_BLOB);
	struct script random;
	struct auth_env env = env_of(&random);
	struct buf out = {0};
	struct auth *a = NULL;
	struct err e = {0};
	uint8_t key[AUTH_KEY_MAX];

	script_from(g, &random);
	assert_int_equal(auth_new(&g->creds, &env, &a), 0);
	assert_int_equal(auth_step(a, blob(&m1, SETUP_REQUEST_BLOB), (struct slice){0}, &out, &e),
			 0);
	assert_true(slice_eq(buf_slice(&out), blob(&m1, SETUP_REQUEST_BLOB)));
	buf_reset(&out);
	assert_int_equal(auth_step(a, recorded, blob(&m2, SETUP_RESPONSE_BLOB), &out, &e), 0);
	assert_int_equal(out.n, recorded.n);
	assert_memory_equal(out.p, recorded.p, recorded.n);
	assert_int_equal(auth_session_key(a, key), 16);
	assert_memory_equal(key, random.p + 8, 16);
	assert_int_equal(auth_accept(a, last, &e), 0);
	m4.p[m4.n - 5] ^= 1;
	assert_int_equal(auth_accept(a, last, &e), ERR_VERIFY);
	auth_free(a);
	buf_free(&out);
}

static void
test_a_logon_to_windows_is_relived_bit_for_bit(void **state)
{
	(void)state;
	relive(&rawunhide);
}

static void
test_a_logon_to_samba_is_relived_bit_for_bit(void **state)
{
	(void)state;
	relive(&lab311);
}

/*
 * From the password in the capture to Windows' signatures: key exchange, preauth hash, derivation,
 * CMAC.
 */
static void
test_password_to_signature_of_windows(void **state)
{
	const char *setup[] = {rawunhide_negotiate_request_4, rawunhide_negotiate_response_5,
			       rawunhide_setup1_request_7, rawunhide_setup1_response_8,
			       rawunhide_setup2_request_10};
	const char *sent[] = {rawunhide_setup2_response_11, rawunhide_tree_request_13,
			      rawunhide_tree_response_14};
	struct hex m2 = unhex(rawunhide_setup1_response_8), m3 = unhex(rawunhide_setup2_request_10);
	struct ntlm_challenge c;
	struct ntlm_authenticate a;
	struct preauth p = {{0}};
	struct signer *s = NULL;
	struct spnego sp;
	uint8_t ntowf[16], proof[16], base[16], key[16], signing[16];
	struct slice nt;

	(void)state;
	assert_int_equal(spnego_parse(blob(&m2, SETUP_RESPONSE_BLOB), &sp), 0);
	assert_int_equal(ntlm_challenge_parse(sp.token, &c), 0);
	assert_int_equal(spnego_parse(blob(&m3, SETUP_REQUEST_BLOB), &sp), 0);
	assert_int_equal(ntlm_authenticate_parse(sp.token, &a), 0);
	nt = a.field[NTLM_NT];
	assert_int_equal(ntlm_ntowf_v2(&rawunhide.creds, ntowf), 0);
	assert_int_equal(ntlm_proof(ntowf, c.challenge, slice_of(nt.p + 16, nt.n - 16), proof), 0);
	assert_memory_equal(proof, nt.p, 16);
	assert_int_equal(hash_hmac_md5(slice_of(ntowf, 16), slice_of(proof, 16), base), 0);
	assert_int_equal(hash_rc4(slice_of(base, 16), a.field[NTLM_SESSION_KEY], key), 0);
	for (size_t i = 0; i < 5; i++) {
		struct hex m = unhex(setup[i]);

		assert_int_equal(preauth_update(&p, hex_slice(&m)), 0);
	}
	assert_int_equal(kdf_signing_key(0x0311, slice_of(key, 16), &p, signing), 0);
	assert_int_equal(signer_new(SIGN_AES_CMAC, signing, &s), 0);
	for (size_t i = 0; i < 3; i++) {
		struct hex m = unhex(sent[i]);

		assert_int_equal(signer_verify(s, hex_slice(&m)), 0);
	}
	signer_free(s);
}

static struct buf
step_over(const struct logon *g, const struct auth_creds *creds, struct slice recorded,
	  struct slice server, int want)
{
	struct hex m1 = unhex(g->negotiate);
	struct script random = {.pos = 0};
	struct auth_env env = env_of(&random);
	struct buf out = {0};
	struct auth *a = NULL;
	struct err e = {0};

	assert_int_equal(auth_new(creds, &env, &a), 0);
	assert_int_equal(auth_step(a, blob(&m1, SETUP_REQUEST_BLOB), (struct slice){0}, &out, &e),
			 0);
	buf_reset(&out);
	assert_int_equal(auth_step(a, recorded, server, &out, &e), want);
	if (want != 0)
		assert_int_not_equal(e.text[0], 0);
	auth_free(a);
	return out;
}

/*
 * A recorded smbclient logs on to another server as somebody else: what is its own stays, what is
 * the server's is new.
 */
static void
test_another_server_and_user_in_the_recorded_shape(void **state)
{
	static const struct auth_creds creds = {
		.user = "j\xc3\xb6rg-with-a-longer-name", .domain = "", .password = "x"};
	struct hex m2 = unhex(lab311_setup1_response_9), m3 = unhex(rawunhide_setup2_request_10);
	struct slice recorded = blob(&m3, SETUP_REQUEST_BLOB);
	struct ntlm_authenticate old, new;
	struct ntlm_challenge live;
	struct spnego sp, sp_old;
	struct buf out = step_over(&rawunhide, &creds, recorded, blob(&m2, SETUP_RESPONSE_BLOB), 0);

	(void)state;
	assert_int_equal(spnego_parse(blob(&m2, SETUP_RESPONSE_BLOB), &sp), 0);
	assert_int_equal(ntlm_challenge_parse(sp.token, &live), 0);
	assert_int_equal(spnego_parse(recorded, &sp_old), 0);
	assert_int_equal(ntlm_authenticate_parse(sp_old.token, &old), 0);
	assert_int_equal(spnego_parse(buf_slice(&out), &sp), 0);
	assert_int_equal(ntlm_authenticate_parse(sp.token, &new), 0);
	assert_int_equal(sp.mic.n, 16);
	assert_int_equal(new.flags, old.flags);
	assert_int_equal(new.header_len, old.header_len);
	assert_memory_equal(new.message.p + 64, old.message.p + 64, 8); /* Version */
	assert_true(new.mic == old.mic);
	assert_true(slice_eq(new.field[NTLM_WORKSTATION], old.field[NTLM_WORKSTATION]));
	assert_true(slice_eq(new.field[NTLM_LM], old.field[NTLM_LM])); /* 24 zeroes */
	assert_int_equal(new.field[NTLM_DOMAIN].n, 0);
	assert_int_equal(new.field[NTLM_USER].n, 2 * 23);
	assert_memory_equal(new.field[NTLM_USER].p, "j\0\xf6\0r\0g\0", 8);
	/*
	 * The live server's pairs and time stand first; then those of the client: flags, single
	 * host, bindings, name.
	 */
	struct slice pairs = slice_sub(new.field[NTLM_NT], 44, live.target_info.n - 4);
	assert_true(slice_eq(pairs, slice_of(live.target_info.p, live.target_info.n - 4)));
	assert_memory_equal(new.field[NTLM_NT].p + 24, live.target_info.p + live.target_info.n - 12,
			    8);
	struct slice added =
		slice_sub(old.field[NTLM_NT], 44 + 136 + 12, old.field[NTLM_NT].n - 44 - 136 - 12);
	assert_true(added.n > 100);
	assert_true(slice_eq(slice_sub(new.field[NTLM_NT], 44 + pairs.n, added.n), added));
	assert_int_equal(new.field[NTLM_NT].n, 44 + pairs.n + added.n);
	buf_free(&out);
}

/*
 * A server that offers no key exchange and no 128 bits: the flags go, and with them the session key
 * field.
 */
static void
test_flags_that_the_server_does_not_offer_are_dropped(void **state)
{
	struct hex m2 = unhex(lab311_setup1_response_9), m3 = unhex(lab311_setup2_request_10);
	struct slice recorded = blob(&m3, SETUP_REQUEST_BLOB);
	struct ntlm_authenticate new;
	struct ntlm_challenge live;
	struct spnego sp;
	struct buf out;

	(void)state;
	assert_int_equal(spnego_parse(blob(&m2, SETUP_RESPONSE_BLOB), &sp), 0);
	assert_int_equal(ntlm_challenge_parse(sp.token, &live), 0);
	wire_put_le(m2.p + (sp.token.p - m2.p) + 20, 4, live.flags & ~(NTLM_KEY_EXCH | NTLM_128));
	out = step_over(&lab311, &lab311.creds, recorded, blob(&m2, SETUP_RESPONSE_BLOB), 0);
	assert_int_equal(spnego_parse(buf_slice(&out), &sp), 0);
	assert_int_equal(ntlm_authenticate_parse(sp.token, &new), 0);
	assert_int_equal(new.flags &(NTLM_KEY_EXCH | NTLM_128), 0);
	assert_int_equal(new.field[NTLM_SESSION_KEY].n, 0);
	buf_free(&out);
}

/*
 * An LMv2 response where LM was answered, nothing where it was left out (the example has it, its
 * own without is made here).
 */
static void
test_lm_response_keeps_its_shape(void **state)
{
	struct hex challenge = unhex(nlmp_challenge), recorded = unhex(nlmp_authenticate);
	struct ntlm_authenticate new;
	struct buf out;

	(void)state;
	wire_put_le(recorded.p + 12, 4, 0);
	out = step_over(&lab311, &nlmp_creds, hex_slice(&recorded), hex_slice(&challenge), 0);
	assert_int_equal(ntlm_authenticate_parse(buf_slice(&out), &new), 0);
	assert_int_equal(new.field[NTLM_LM].n, 0);
	assert_int_equal(new.field[NTLM_NT].n, 84);
	buf_free(&out);
}

/*
 * MS-NLMP 3.2.5.1.2: no user, no NT response, an LM response of one zero byte; it logs on nobody,
 * whoever the user is.
 */
static const char anonymous[] =
	"4e544c4d5353500003000000 0100010058000000 0000000059000000 0000000058000000"
	"0000000058000000 0000000058000000 0000000059000000 158208620601 0000 0000000f"
	"00000000000000000000000000000000 00";

static void
test_anonymous_stays_anonymous(void **state)
{
	struct hex challenge = unhex(nlmp_challenge), recorded = unhex(anonymous);
	struct script random = {.pos = 0};
	struct auth_env env = env_of(&random);
	struct auth_info info;
	struct buf out = {0};
	struct auth *a = NULL;
	struct err e = {0};

	(void)state;
	assert_int_equal(auth_new(&nlmp_creds, &env, &a), 0);
	assert_int_equal(auth_step(a, hex_slice(&recorded), hex_slice(&challenge), &out, &e), 0);
	assert_true(slice_eq(buf_slice(&out), hex_slice(&recorded)));
	assert_int_equal(auth_accept(a, (struct slice){0}, &e), 0);
	assert_int_equal(auth_describe(buf_slice(&out), &info), 0);
	assert_true(info.anonymous);
	auth_describe_free(&info);
	auth_free(a);
	buf_free(&out);
}

/*
 * smbclient -N: with the recorded challenge even the MIC and the mechListMIC (of MS-NLMP 3.4.4.1)
 * are those of Samba.
 */
static void
relive_unproven(const char *negotiate, const char *challenge, const char *authenticate)
{
	struct hex m1 = unhex(negotiate), m2 = unhex(challenge), m3 = unhex(authenticate);
	struct slice recorded = blob(&m3, SETUP_REQUEST_BLOB);
	struct script random = {.pos = 0};
	struct auth_env env = env_of(&random);
	struct buf out = {0};
	struct auth *a = NULL;
	struct err e = {0};

	assert_int_equal(auth_new(&nlmp_creds, &env, &a), 0);
	assert_int_equal(auth_step(a, blob(&m1, SETUP_REQUEST_BLOB), (struct slice){0}, &out, &e),
			 0);
	buf_reset(&out);
	assert_int_equal(auth_step(a, recorded, blob(&m2, SETUP_RESPONSE_BLOB), &out, &e), 0);
	assert_int_equal(out.n, recorded.n);
	assert_memory_equal(out.p, recorded.p, out.n);
	buf_reset(&out);
	/* Another challenge, another MIC: it is computed, not copied. */
	m2.p[130] ^= 1;
	assert_int_equal(auth_step(a, recorded, blob(&m2, SETUP_RESPONSE_BLOB), &out, &e), 0);
	assert_int_equal(out.n, recorded.n);
	assert_memory_not_equal(out.p, recorded.p, out.n);
	auth_free(a);
	buf_free(&out);
}

static void
test_logons_without_a_response_stay_so(void **state)
{
	(void)state;
	relive_unproven(labnopass_setup1_request_8, labnopass_setup1_response_9,
			labnopass_setup2_request_10);
	relive_unproven(labnopass_setup3_request_12, labnopass_setup3_response_13,
			labnopass_setup4_request_14);
}

static void
test_what_cannot_be_played_says_so(void **state)
{
	static const struct auth_creds no_secret = {.user = "u", .domain = ""};
	struct hex m2 = unhex(lab311_setup1_response_9), m3 = unhex(lab311_setup2_request_10);
	struct hex v1 = unhex(nlmp_authenticate), challenge = unhex(nlmp_challenge);
	struct slice recorded = blob(&m3, SETUP_REQUEST_BLOB),
		     server = blob(&m2, SETUP_RESPONSE_BLOB);
	struct buf out;

	(void)state;
	out = step_over(&lab311, &lab311.creds, recorded, (struct slice){0}, ERR_MALFORMED);
	buf_free(&out);
	out = step_over(&lab311, &lab311.creds, recorded, recorded, ERR_MALFORMED);
	buf_free(&out);
	out = step_over(&lab311, &no_secret, recorded, server, ERR_AUTH);
	buf_free(&out);
	wire_put_le(v1.p + 20, 2, 24);
	out = step_over(&lab311, &nlmp_creds, hex_slice(&v1), hex_slice(&challenge),
			ERR_UNSUPPORTED);
	buf_free(&out);
	/* The last AV pair of the target information reaches over its end. */
	challenge.p[68 + 18] = 0x40;
	out = step_over(&lab311, &nlmp_creds, slice_of(unhex(nlmp_authenticate).p, v1.n),
			hex_slice(&challenge), ERR_MALFORMED);
	buf_free(&out);
}

static void
test_tokens_that_are_not_understood_go_out_as_they_are(void **state)
{
	struct slice odd = slice_of("NEGOEXTS and more", 17);
	struct buf out;

	(void)state;
	out = step_over(&lab311, &lab311.creds, odd, (struct slice){0}, 0);
	assert_true(slice_eq(buf_slice(&out), odd));
	buf_free(&out);
	out = step_over(&lab311, &lab311.creds, (struct slice){0}, (struct slice){0}, 0);
	assert_int_equal(out.n, 0);
	buf_free(&out);
}

static void
test_describe_tells_who_logs_on(void **state)
{
	struct hex m2 = unhex(rawunhide_setup1_response_8), m3 = unhex(rawunhide_setup2_request_10);
	struct hex krb5 = unhex("600d06092a864886f712010202010000");
	struct auth_info i;

	(void)state;
	krb5.n = 15;
	assert_int_equal(auth_describe(blob(&m3, SETUP_REQUEST_BLOB), &i), 0);
	assert_string_equal(i.mechanism, "NTLMSSP");
	assert_true(i.spnego);
	assert_int_equal(i.ntlm_type, 3);
	assert_int_equal(i.ntlm_flags, 0x62088215);
	assert_false(i.anonymous);
	assert_string_equal(i.user, "mikeg");
	assert_string_equal(i.domain, "WORKGROUP");
	assert_string_equal(i.workstation, "KALI");
	auth_describe_free(&i);
	assert_int_equal(auth_describe(blob(&m2, SETUP_RESPONSE_BLOB), &i), 0);
	assert_int_equal(i.ntlm_type, 2);
	assert_int_equal(i.ntlm_flags, 0x628a8215);
	assert_null(i.user);
	auth_describe_free(&i);
	assert_int_equal(auth_describe(hex_slice(&krb5), &i), 0);
	assert_string_equal(i.mechanism, "Kerberos");
	auth_describe_free(&i);
	assert_int_equal(auth_describe(slice_of("\xa1\x07\x30\x05\xa0\x03\x0a\x01\x00", 9), &i), 0);
	assert_string_equal(i.mechanism, "SPNEGO");
	assert_int_equal(auth_describe((struct slice){0}, &i), 0);
	assert_string_equal(i.mechanism, "unknown");
}

/* Recorded and live tokens, cut anywhere and with any bit flipped: some result, in bounds. */
static void
damage(struct slice recorded, struct slice server)
{
	struct script random = {.pos = 0};
	struct auth_env env = env_of(&random);
	struct buf out = {0};
	struct auth_info info;
	struct auth *a = NULL;
	struct err e = {0};
	int ret;

	assert_int_equal(auth_new(&nlmp_creds, &env, &a), 0);
	ret = auth_step(a, recorded, server, &out, &e);
	assert_true((ret == 0) == (e.code == 0));
	e = (struct err){0};
	ret = auth_accept(a, server, &e);
	assert_true(ret == 0 || ret == ERR_MALFORMED || ret == ERR_VERIFY);
	assert_int_equal(auth_describe(recorded, &info), 0);
	auth_describe_free(&info);
	auth_free(a);
	buf_free(&out);
}

static void
sweep(const char *damaged, const char *whole, bool server)
{
	struct hex d = unhex(damaged), w = unhex(whole);

	for (size_t n = 0; n < d.n; n++) {
		uint8_t *cut = malloc(n > 0 ? n : 1);

		assert_non_null(cut);
		if (n > 0)
			memcpy(cut, d.p, n);
		damage(server ? hex_slice(&w) : slice_of(cut, n),
		       server ? slice_of(cut, n) : hex_slice(&w));
		free(cut);
	}
	for (size_t bit = 0; bit < d.n * 8; bit++) {
		d.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
		damage(server ? hex_slice(&w) : hex_slice(&d),
		       server ? hex_slice(&d) : hex_slice(&w));
		d.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
}

static void
test_damaged_messages_are_read_within_bounds(void **state)
{
	(void)state;
	sweep(nlmp_challenge, nlmp_authenticate, true);
	sweep(nlmp_authenticate, nlmp_challenge, false);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ntowf_is_that_of_the_specification),
		cmocka_unit_test(test_authenticate_is_that_of_the_specification),
		cmocka_unit_test(test_padding_order_and_empty_fields_stay),
		cmocka_unit_test(test_signature_uses_the_keys_of_the_specification),
		cmocka_unit_test(test_mech_list_mics_of_a_windows_logon),
		cmocka_unit_test(test_a_logon_to_windows_is_relived_bit_for_bit),
		cmocka_unit_test(test_a_logon_to_samba_is_relived_bit_for_bit),
		cmocka_unit_test(test_password_to_signature_of_windows),
		cmocka_unit_test(test_another_server_and_user_in_the_recorded_shape),
		cmocka_unit_test(test_flags_that_the_server_does_not_offer_are_dropped),
		cmocka_unit_test(test_lm_response_keeps_its_shape),
		cmocka_unit_test(test_anonymous_stays_anonymous),
		cmocka_unit_test(test_logons_without_a_response_stay_so),
		cmocka_unit_test(test_what_cannot_be_played_says_so),
		cmocka_unit_test(test_tokens_that_are_not_understood_go_out_as_they_are),
		cmocka_unit_test(test_describe_tells_who_logs_on),
		cmocka_unit_test(test_damaged_messages_are_read_within_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
