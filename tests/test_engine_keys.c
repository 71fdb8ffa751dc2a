/*
 * Logons and signatures of the engine, checked without its own: the scripted server (tests/peer.c)
 * serves a recorded 3.1.1 logon (tests/vectors/lab.h), the client's random numbers are known, so
 * that the test derives the signing key itself, from the bytes that went over the wire.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "auth/auth.h"
#include "crypto/kdf.h"
#include "crypto/sign.h"
#include "tests/hex.h"
#include "tests/ir_build.h"
#include "tests/peer.h"
#include "tests/smb2_build.h"
#include "tests/vectors/lab.h"

#define R F_RESPONSE
#define SID 0x808ad887u /* of the recorded logon */
#define LOGON_FAILURE 0xc000006du
#define GUEST 1 /* SessionFlags, MS-SMB2 2.2.6 */
#define BAD_SIGNATURE 0x77

/* Events of build_logon. */
enum { CONNECTED, NEG_REQ, NEG_RESP, ONE_REQ, ONE_RESP, TWO_REQ, TWO_RESP, N_LOGON };

struct logon {
	struct ir_build b;
	struct peer p;
	struct buf body;
};

static int
setup(void **state)
{
	struct logon *l = calloc(1, sizeof(*l));

	*state = l;
	if (l == NULL)
		return -1;
	ir_build_init(&l->b);
	peer_init(&l->p, &l->b.ir);
	l->p.keep_ids = true;
	l->p.opt.server = "127.0.0.1";
	return 0;
}

static int
teardown(void **state)
{
	struct logon *l = *state;

	peer_free(&l->p);
	ir_build_free(&l->b);
	buf_free(&l->body);
	free(l);
	return 0;
}

static void
add_vector(struct logon *l, enum ir_kind kind, const char *text, uint64_t mid)
{
	struct hex h = unhex(text);
	struct buf m = {0};

	wire_put_le(h.p + 24, 8, mid);
	buf_be(&m, 4, h.n);
	buf_add(&m, h.p, h.n);
	(void)ir_build_event(&l->b, kind, 0, buf_slice(&m));
	buf_free(&m);
}

static void
add(struct logon *l, const struct build_hdr *h)
{
	struct buf m = {0};

	build_one(&m, h, &l->body);
	(void)ir_build_event(&l->b, (h->flags & R) != 0 ? IR_RECV : IR_SEND, 0, buf_slice(&m));
	buf_free(&m);
}

/* The token is what is left of the message. */
static void
patch_token(struct logon *l, bool session)
{
	const struct ir_event *ev = &l->b.events[l->b.ir.n_events - 1];

	ir_build_patch(&l->b, 1, 3, IR_LAYOUT, 0);
	if (session)
		ir_build_patch(&l->b, 44, 8, IR_SESSION, 1);
	ir_build_patch(&l->b, 82, 2, IR_LAYOUT, 0);
	ir_build_patch(&l->b, 92, ev->size - 92, IR_TOKEN, 0);
}

/* Two legs; the last answer has that status and these flags, and no token that could be wrong. */
static void
add_logon(struct logon *l, uint64_t mid, uint32_t status, uint16_t flags)
{
	bool again = l->b.ir.n_symbols[IR_SESSION] > 0;

	add_vector(l, IR_SEND, lab311_setup1_request_8, mid);
	if (again)
		wire_put_le(l->b.data.p + l->b.extents[l->b.ir.n_events - 1].off + 44, 8, SID);
	patch_token(l, again);
	add_vector(l, IR_RECV, lab311_setup1_response_9, mid);
	if (!again)
		ir_build_patch(&l->b, 44, 8, IR_SESSION, 1);
	add_vector(l, IR_SEND, lab311_setup2_request_10, mid + 1);
	patch_token(l, true);
	if (status != 0)
		body_error(&l->body);
	else
		body_setup_resp(&l->body, "");
	if (flags != 0)
		wire_put_le(l->body.p + 2, 2, flags);
	add(l, &(struct build_hdr){SESSION_SETUP, R, status, .mid = mid + 1, .sid = SID});
}

static void
build_logon(struct logon *l, uint32_t status, uint16_t flags)
{
	(void)ir_build_event(&l->b, IR_CONNECT, 0, (struct slice){0});
	add_vector(l, IR_SEND, lab311_negotiate_request_4, 0);
	add_vector(l, IR_RECV, lab311_negotiate_response_6, 0);
	add_logon(l, 1, status, flags);
}

/* A signed CREATE and a signed CLOSE that is related to it. */
static uint32_t
add_signed_chain(struct logon *l, uint64_t mid)
{
	struct buf m = {0};
	uint32_t n;

	build_start(&m);
	body_create_req(&l->body, "f");
	build_pdu(&m, &(struct build_hdr){CREATE, F_SIGNED, .mid = mid, .sid = SID, .sign = 9},
		  buf_slice(&l->body));
	buf_reset(&l->body);
	body_close_req(&l->body, UINT64_MAX, UINT64_MAX);
	build_pdu(&m,
		  &(struct build_hdr){CLOSE, F_SIGNED | F_RELATED, .mid = mid + 1,
				      .sid = UINT64_MAX, .tid = UINT32_MAX, .sign = 9},
		  buf_slice(&l->body));
	buf_reset(&l->body);
	n = ir_build_event(&l->b, IR_SEND, 0, buf_slice(&m));
	ir_build_patch(&l->b, 44, 8, IR_SESSION, 1);
	ir_build_patch(&l->b, 52, 16, IR_SIGNATURE, 0);
	ir_build_patch(&l->b, 180, 16, IR_SIGNATURE, 0);
	buf_free(&m);
	return n;
}

static void
play(struct logon *l)
{
	assert_int_equal(peer_start(&l->p), 0);
	assert_int_equal(peer_play(&l->p), 0);
}

static void
hash_message(struct preauth *p, struct slice message)
{
	assert_int_equal(preauth_update(p, slice_sub(message, 4, message.n - 4)), 0);
}

/* The hash over what went over the wire in the first logon (MS-SMB2 3.2.5.3). */
static struct preauth
preauth_of(struct logon *l)
{
	struct preauth p = {{0}};
	struct buf scratch = {0};

	for (size_t n = NEG_REQ; n <= TWO_REQ; n++)
		hash_message(&p, l->b.events[n].kind == IR_SEND
					 ? buf_slice(&l->p.sent[n])
					 : ir_bytes(&l->b.ir, &l->b.events[n], &scratch));
	buf_free(&scratch);
	return p;
}

/* Do all PDUs of a sent message verify with the key that 16 of the client's numbers make? */
static bool
holds_with(struct logon *l, uint32_t event, unsigned first, const struct preauth *preauth)
{
	struct smb2_chain chain = smb2_chain_init(buf_slice(&l->p.sent[event]));
	uint8_t session[16], key[16];
	struct signer *signer;
	struct slice pdu;
	bool good = true;

	for (unsigned i = 0; i < sizeof(session); i++)
		session[i] = (uint8_t)((first + i) * 7 + 1);
	assert_int_equal(kdf_signing_key(0x0311, slice_of(session, 16), preauth, key), 0);
	assert_int_equal(signer_new(SIGN_AES_GMAC, key, &signer), 0);
	while (good && smb2_chain_next(&chain, &pdu))
		good = signer_verify(signer, pdu) == 0;
	signer_free(signer);
	return good;
}

/* The exported session key is 16 random numbers in a row (MS-NLMP 3.1.5.1.2). */
static bool
is_signed(struct logon *l, uint32_t event)
{
	struct preauth preauth = preauth_of(l);

	for (unsigned first = 0; first + 16 <= l->p.drawn; first++)
		if (holds_with(l, event, first, &preauth))
			return true;
	return false;
}

static void
test_keys_a_chain_is_signed(void **state)
{
	struct logon *l = *state;
	uint32_t chain;

	build_logon(l, 0, 0);
	chain = add_signed_chain(l, 3);
	play(l);
	assert_string_equal(peer_said(&l->p), "");
	assert_int_equal(engine_totals(l->p.engine)->logons, 1);
	assert_int_equal(engine_totals(l->p.engine)->logons_failed, 0);
	assert_true(is_signed(l, chain));
	assert_null(peer_check_sent(&l->p, TWO_REQ));
	/* The tree was never connected: the recorded bytes stand, the signature alone is new. */
	l->p.sent[chain].p[52] ^= 1;
	assert_false(is_signed(l, chain));
}

/* A second logon on the session keeps its key (MS-SMB2 3.2.5.3.3). */
static void
test_keys_a_reauthentication_keeps_the_key(void **state)
{
	struct logon *l = *state;
	uint32_t chain;

	build_logon(l, 0, 0);
	add_logon(l, 3, 0, 0);
	chain = add_signed_chain(l, 5);
	play(l);
	assert_string_equal(peer_said(&l->p), "");
	assert_int_equal(engine_totals(l->p.engine)->logons, 2);
	assert_true(is_signed(l, chain));
}

/* Guests have no key: the recorded signature goes out. */
static void
test_keys_a_guest_signs_nothing(void **state)
{
	struct logon *l = *state;
	struct buf scratch = {0};
	uint32_t chain;

	build_logon(l, 0, GUEST);
	chain = add_signed_chain(l, 3);
	play(l);
	assert_false(is_signed(l, chain));
	assert_true(slice_eq(buf_slice(&l->p.sent[chain]),
			     ir_bytes(&l->b.ir, &l->b.events[chain], &scratch)));
	buf_free(&scratch);
}

/* The token of the last request, and who logs on with it. */
static struct slice
last_token(struct logon *l, const char *user)
{
	struct slice m = buf_slice(&l->p.sent[TWO_REQ]), token = slice_sub(m, 92, m.n - 92);
	struct auth_info info;

	assert_int_equal(auth_describe(token, &info), 0);
	assert_string_equal(info.user, user);
	auth_describe_free(&info);
	return token;
}

/* A logon that was refused when it was recorded is made to be refused again. */
static void
test_keys_a_wrong_password_stays_wrong(void **state)
{
	struct logon *l = *state;
	struct buf right = {0};
	struct slice token;

	build_logon(l, 0, 0);
	play(l);
	token = last_token(l, "someone");
	buf_add(&right, token.p, token.n);
	peer_free(&l->p);
	ir_build_free(&l->b);
	memset(&l->b, 0, sizeof(l->b));
	ir_build_init(&l->b);
	peer_init(&l->p, &l->b.ir);
	l->p.keep_ids = true;
	build_logon(l, LOGON_FAILURE, 0);
	play(l);
	token = last_token(l, "someone");
	assert_int_equal(token.n, right.n);
	assert_false(slice_eq(token, buf_slice(&right)));
	assert_string_equal(peer_said(&l->p), "");
	assert_int_equal(engine_totals(l->p.engine)->logons, 0);
	buf_free(&right);
}

/* A server's signature that does not hold; one of an interim answer or break is none of ours. */
static void
test_keys_a_servers_bad_signature(void **state)
{
	struct logon *l = *state;

	build_logon(l, 0, 0);
	body_empty(&l->body);
	add(l, &(struct build_hdr){ECHO_, .mid = 3, .sid = SID});
	ir_build_patch(&l->b, 44, 8, IR_SESSION, 1);
	body_empty(&l->body);
	add(l,
	    &(struct build_hdr){ECHO_, R | F_SIGNED, .mid = 3, .sid = SID, .sign = BAD_SIGNATURE});
	body_lease_break(&l->body, 1, 7, 3);
	add(l, &(struct build_hdr){OPLOCK_BREAK, R | F_SIGNED, .mid = NO_MID, .sid = SID,
				   .sign = BAD_SIGNATURE});
	play(l);
	assert_string_equal(peer_said(&l->p),
			    "signature #8 ECHO: a valid signature, one that does not hold\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_keys_a_chain_is_signed),
		TEST(test_keys_a_reauthentication_keeps_the_key),
		TEST(test_keys_a_guest_signs_nothing),
		TEST(test_keys_a_wrong_password_stays_wrong),
		TEST(test_keys_a_servers_bad_signature),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
