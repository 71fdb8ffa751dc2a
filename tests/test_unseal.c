/*
 * Opening sealed captures: those of tests/captures, whole and altered, with right and wrong
 * secrets. What smbd and smbclient sealed is the judge of derivations and ciphers.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "compile/unseal.h"
#include "crypto/seal.h"
#include "tests/load_capture.h"

#define MAX_MESSAGES 64
#define LOGON                                                                                      \
	6 /* messages of a connection up to the end of its logon: NEGOTIATE and two SESSION_SETUPs \
	   */

/* The messages of a capture, to be altered and fed. */
struct talk {
	struct cap_conn conns[4];
	struct cap_message messages[MAX_MESSAGES];
	struct buf bytes[MAX_MESSAGES];
	size_t n;
};

static const struct auth_secret password = {
	.user = "smbtest", .domain = "LAB", .password = "Secret1x"};

static int
keep_message(void *ctx, const struct cap_message *m)
{
	struct talk *t = ctx;

	assert_true(t->n < MAX_MESSAGES && m->conn->id < 4);
	t->conns[m->conn->id] = *m->conn;
	t->messages[t->n] = *m;
	buf_add(&t->bytes[t->n], m->bytes.p, m->bytes.n);
	assert_int_equal(t->bytes[t->n].err, 0);
	t->messages[t->n].bytes = buf_slice(&t->bytes[t->n]);
	t->messages[t->n].conn = &t->conns[m->conn->id];
	t->messages[t->n].cuts = NULL;
	t->messages[t->n].n_cuts = 0;
	t->n++;
	return 0;
}

static int
ignore_event(void *ctx, const struct cap_event *e)
{
	(void)ctx;
	(void)e;
	return 0;
}

static struct talk *
load(const char *name)
{
	struct talk *t = calloc(1, sizeof(*t));
	const struct cap_sink sink = {.ctx = t, .message = keep_message, .event = ignore_event};
	const struct cap_options opt = {0};
	struct cap_input input = {.path = capture_path(name)};
	struct cap_totals totals;
	struct err e = {0};

	assert_non_null(t);
	assert_int_equal(capture_read(&input, 1, &opt, &sink, &totals, &e), 0);
	return t;
}

static void
unload(struct talk *t)
{
	for (size_t i = 0; i < t->n; i++)
		buf_free(&t->bytes[i]);
	free(t);
}

static struct unseal *
start(const struct unseal_secrets *secrets)
{
	struct unseal *u = NULL;

	assert_int_equal(unseal_new(secrets, &u), 0);
	return u;
}

/* All messages from `from` on; returns how many were opened. Every opened one is plain SMB2, every
 * other is as it was. */
static size_t
feed(struct unseal *u, const struct talk *t, size_t from)
{
	size_t opened = 0;

	for (size_t i = from; i < t->n; i++) {
		struct unseal_message out;

		assert_int_equal(unseal_message_next(u, &t->messages[i], &out), 0);
		if ((out.layers & IR_SEALED) == 0) {
			assert_true(slice_eq(out.m.bytes, t->messages[i].bytes));
			continue;
		}
		assert_int_equal(smb2_msg_kind(out.m.bytes), SMB2_MSG_PLAIN);
		opened++;
	}
	return opened;
}

static struct unseal *
open_all(const struct talk *t, const struct auth_secret *secret)
{
	const struct unseal_secrets secrets = {.secrets = secret, .n_secrets = secret != NULL};
	struct unseal *u = start(&secrets);

	(void)feed(u, t, 0);
	return u;
}

struct expected {
	const char *name;
	uint16_t dialect, cipher;
	uint64_t sealed[2], valid[2]; /* of each session */
};

static void
test_unseal_opens_what_samba_sealed(void **state)
{
	static const struct expected all[] = {
		{"sealed-300-ccm", 0x0300, SEAL_AES_128_CCM, {26}, {1}},
		{"sealed-311-128-ccm", 0x0311, SEAL_AES_128_CCM, {22}, {1}},
		{"sealed-311-128-gcm", 0x0311, SEAL_AES_128_GCM, {22}, {1}},
		{"sealed-311-256-ccm", 0x0311, SEAL_AES_256_CCM, {22}, {1}},
		{"sealed-311-256-gcm", 0x0311, SEAL_AES_256_GCM, {22}, {1}},
		{"sealed-311-share", 0x0311, SEAL_AES_128_GCM, {14}, {9}},
		{"sealed-reauth",
		 0x0311,
		 SEAL_AES_128_GCM,
		 {24},
		 {1}}, /* a second logon keeps the keys */
		{"sealed-bind",
		 0x0311,
		 SEAL_AES_128_GCM,
		 {12, 4},
		 {7, 7}}, /* a second channel has a signing key of its own */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		const struct expected *x = &all[i];
		struct talk *t = load(x->name);
		struct unseal *u = open_all(t, &password);
		size_t n = x->sealed[1] != 0 ? 2 : 1;

		for (size_t k = 0; k < n; k++) {
			const struct unseal_session *s = unseal_session(u, k);

			assert_non_null(s);
			assert_int_equal(s->sealed, x->sealed[k]);
			assert_int_equal(s->opened, x->sealed[k]);
			assert_int_equal(s->checked, x->valid[k]);
			assert_int_equal(s->valid, x->valid[k]);
			assert_int_equal(s->dialect, x->dialect);
			assert_int_equal(s->cipher, x->cipher);
			assert_int_equal(s->cipher_key_len,
					 x->cipher >= SEAL_AES_256_CCM ? 32 : 16);
			assert_string_equal(s->user, "smbtest");
			assert_string_equal(s->domain, "LAB");
			assert_string_equal(s->why, "");
		}
		assert_null(unseal_session(u, n));
		unseal_free(u);
		unload(t);
	}
}

static void
test_unseal_says_why_it_does_not_open(void **state)
{
	static const struct {
		struct auth_secret secret;
		const char *why;
	} all[] = {
		{{.user = "smbtest", .password = "wrong"},
		 "the password or NT hash of user LAB\\smbtest is wrong"},
		{{.user = "smbtest2", .password = "Secret1x"},
		 "no password or NT hash of user LAB\\smbtest"},
		{{.user = "smbtest", .domain = "OTHER", .password = "Secret1x"},
		 "no password or NT hash of user LAB\\smbtest"},
		{{.keytab = "/nowhere"}, "no password or NT hash of user LAB\\smbtest"},
	};
	struct talk *t = load("sealed-311-128-gcm");

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		struct unseal *u = open_all(t, &all[i].secret);
		const struct unseal_session *s = unseal_session(u, 0);

		assert_int_equal(s->sealed, 22);
		assert_int_equal(s->opened, 0);
		assert_int_equal(s->is_signed, 1);
		assert_int_equal(s->checked, 0);
		assert_false(s->have_key);
		assert_string_equal(s->why, all[i].why);
		unseal_free(u);
	}
	unload(t);
}

/* Every byte of the header but the Reserved ones, the tag, and a byte of what is sealed: each bit
 * of it counts. */
static void
test_unseal_leaves_altered_messages_closed(void **state)
{
	static const char *const names[] = {"sealed-300-ccm", "sealed-311-256-gcm"};
	const size_t transform = 52, sealed = LOGON + 3;

	(void)state;
	for (size_t k = 0; k < 2; k++) {
		struct talk *t = load(names[k]);
		size_t all = t->n - LOGON;

		for (size_t off = NBSS_HEADER; off <= NBSS_HEADER + transform; off++) {
			struct unseal *u;

			t->bytes[sealed].p[off] ^= 1;
			u = start(&(struct unseal_secrets){.secrets = &password, .n_secrets = 1});
			assert_int_equal(feed(u, t, 0), all - 1);
			unseal_free(u);
			t->bytes[sealed].p[off] ^= 1;
		}
		unload(t);
	}
}

static void
test_unseal_survives_truncated_messages(void **state)
{
	struct talk *t = load("sealed-311-128-ccm");
	struct cap_message *m = &t->messages[LOGON + 1];
	struct unseal *u = start(&(struct unseal_secrets){.secrets = &password, .n_secrets = 1});
	size_t n = m->bytes.n;

	(void)state;
	for (size_t cut = NBSS_HEADER; cut < n; cut++) {
		struct talk *c = load("sealed-311-128-ccm");
		/* On the heap and of that size, so that a byte too many is seen. */
		uint8_t *copy = malloc(cut);

		assert_non_null(copy);
		memcpy(copy, m->bytes.p, cut);
		c->messages[LOGON + 1].bytes = slice_of(copy, cut);
		assert_int_equal(feed(u, c, 0), 21);
		free(copy);
		unload(c);
	}
	unseal_free(u);
	unload(t);
}

/* A server that has restarted gives the same ids again: each is a session of its own. */
static void
test_unseal_tells_sessions_with_one_id_apart(void **state)
{
	struct talk *t = load("sealed-311-128-gcm");
	struct unseal *u = open_all(t, &password);

	(void)state;
	unseal_close(u, &t->conns[0]);
	t->conns[0].id = 3;
	assert_int_equal(feed(u, t, 0), 22);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(unseal_session(u, i)->opened, 22);
	assert_true(unseal_session(u, 0)->session_id == unseal_session(u, 1)->session_id);
	assert_null(unseal_session(u, 2));
	unseal_free(u);
	unload(t);
}

static struct unseal_key
key_of(const struct unseal_session *s)
{
	struct unseal_key k = {.session_id = s->session_id,
			       .session_len = s->key_len,
			       .s2c_len = s->cipher_key_len,
			       .c2s_len = s->cipher_key_len};

	memcpy(k.session, s->key, s->key_len);
	memcpy(k.s2c, s->s2c, s->cipher_key_len);
	memcpy(k.c2s, s->c2s, s->cipher_key_len);
	return k;
}

/* Cipher keys need no logon, nor what was negotiated; a session key needs both. */
static void
test_unseal_opens_with_given_keys(void **state)
{
	static const char *const names[] = {"sealed-300-ccm", "sealed-311-128-gcm",
					    "sealed-311-256-ccm", "sealed-311-256-gcm"};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct talk *t = load(names[i]);
		struct unseal *derived = open_all(t, &password), *u;
		struct unseal_key session = key_of(unseal_session(derived, 0)), cipher = session;

		session.s2c_len = session.c2s_len = cipher.session_len = 0;
		u = start(&(struct unseal_secrets){.keys = &session, .n_keys = 1});
		assert_int_equal(feed(u, t, 0), t->n - LOGON);
		assert_int_equal(unseal_session(u, 0)->valid, 1);
		unseal_free(u);
		u = start(&(struct unseal_secrets){.keys = &session, .n_keys = 1});
		assert_int_equal(feed(u, t, LOGON), 0);
		assert_string_equal(unseal_session(u, 0)->why, "its logon is not in the capture");
		unseal_free(u);
		u = start(&(struct unseal_secrets){.keys = &cipher, .n_keys = 1});
		assert_int_equal(feed(u, t, LOGON), t->n - LOGON);
		assert_string_equal(unseal_session(u, 0)->why, "");
		unseal_free(u);
		cipher.c2s[3] ^= 1;
		cipher.s2c[3] ^= 1;
		u = start(&(struct unseal_secrets){.keys = &cipher, .n_keys = 1});
		assert_int_equal(feed(u, t, LOGON), 0);
		unseal_free(u);
		unseal_free(derived);
		unload(t);
	}
}

static int
read_keys(const char *text, struct unseal_key **keys, size_t *n, struct err *e)
{
	char path[] = "/tmp/smbench-test-XXXXXX";
	int fd = mkstemp(path), r;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(close(fd), 0);
	*keys = NULL;
	*n = 0;
	*e = (struct err){0};
	r = unseal_read_keys(path, keys, n, e);
	(void)unlink(path);
	return r;
}

static void
test_keys_are_read_in_wiresharks_form(void **state)
{
	struct unseal_key *keys;
	struct err e;
	size_t n;

	(void)state;
	assert_int_equal(
		read_keys("# comment\r\n"
			  "\n"
			  "0100000000000080,000102030405060708090a0b0c0d0e0f,,\r\n"
			  "\"0200000000000000\",\"\",\"101112131415161718191A1B1C1D1E1F\","
			  "\"202122232425262728292a2b2c2d2e2f\"\n"
			  "0300000000000000, , "
			  "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff,"
			  "00112233445566778899aabbccddeeff00112233445566778899aabbccddeef0",
			  &keys, &n, &e),
		0);
	assert_int_equal(n, 3);
	assert_true(keys[0].session_id == 0x8000000000000001u);
	assert_int_equal(keys[0].session_len, 16);
	assert_int_equal(keys[0].session[15], 0x0f);
	assert_int_equal(keys[0].s2c_len + keys[0].c2s_len, 0);
	assert_int_equal(keys[1].session_len, 0);
	assert_int_equal(keys[1].s2c[15], 0x1f);
	assert_int_equal(keys[1].c2s[0], 0x20);
	assert_int_equal(keys[2].s2c_len, 32);
	assert_int_equal(keys[2].c2s[31], 0xf0);
	free(keys);
}

static void
test_keys_that_are_none_are_refused_with_their_line(void **state)
{
	static const char *const bad[] = {
		"nonsense",
		"01,00112233445566778899aabbccddeeff,,",              /* a SessionId has 8 bytes */
		"0100000000000000,,,",                                /* no key at all */
		"0100000000000000,0011,,",                            /* a key of 2 bytes */
		"0100000000000000,00112233445566778899aabbccddeef,,", /* half a byte */
		"0100000000000000,00112233445566778899aabbccddeeffg,,",
		"0100000000000000,\"00112233445566778899aabbccddeeff,,",  /* an open quote */
		"0100000000000000,00112233445566778899aabbccddeeff,,,00", /* a field too many */
		"0100000000000000,"
		"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff00,,",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		char text[256];
		struct unseal_key *keys;
		struct err e;
		size_t n;

		(void)snprintf(text, sizeof(text),
			       "0100000000000080,000102030405060708090a0b0c0d0e0f,,\n\n%s\n",
			       bad[i]);
		assert_int_equal(read_keys(text, &keys, &n, &e), ERR_MALFORMED);
		assert_non_null(strstr(err_text(&e),
				       ":3: not SESSION_ID,SESSION_KEY,S2C_KEY,C2S_KEY in hex"));
		free(keys);
	}
}

static void
test_keys_need_a_file(void **state)
{
	struct unseal_key *keys = NULL;
	struct err e = {0};
	size_t n = 0;

	(void)state;
	assert_int_equal(unseal_read_keys("/nowhere/keys", &keys, &n, &e), -ENOENT);
	assert_string_equal(err_text(&e), "/nowhere/keys: No such file or directory");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unseal_opens_what_samba_sealed),
		cmocka_unit_test(test_unseal_says_why_it_does_not_open),
		cmocka_unit_test(test_unseal_leaves_altered_messages_closed),
		cmocka_unit_test(test_unseal_survives_truncated_messages),
		cmocka_unit_test(test_unseal_tells_sessions_with_one_id_apart),
		cmocka_unit_test(test_unseal_opens_with_given_keys),
		cmocka_unit_test(test_keys_are_read_in_wiresharks_form),
		cmocka_unit_test(test_keys_that_are_none_are_refused_with_their_line),
		cmocka_unit_test(test_keys_need_a_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
