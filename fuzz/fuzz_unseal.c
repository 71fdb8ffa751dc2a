/*
 * Messages of two connections of a known session, whole and hostile, through unseal. The input is a
 * list of them: an op byte, a length of two bytes, and that many bytes. Property: every message
 * comes out as it went in, or plain and no longer than what sealed or compressed forms may hold,
 * and counts add up.
 */
#include "config.h"

#include "fuzz/fuzz.h"

#include <stdlib.h>
#include <sys/socket.h>

#include "compile/unseal.h"
#include "ir/layers.h"

#define SESSION 0x1122334455667788u
#define OP_SERVER 1 /* the server sends it */
#define OP_SECOND 2 /* on the second connection */
#define OP_SEAL 4   /* it is sealed with the known key, else it is the wire's bytes */
#define OP_CLOSE 8  /* the connection ends before it */

static const struct unseal_key key = {
	.session_id = SESSION,
	.session = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16},
	.session_len = 16,
	.s2c = {16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1},
	.s2c_len = 16,
	.c2s = {1, 3, 5, 7, 9, 11, 13, 15, 2, 4, 6, 8, 10, 12, 14, 16},
	.c2s_len = 16,
};
static const struct auth_secret secret = {.user = "smbtest", .password = "Secret1x"};

struct play {
	struct unseal *unseal;
	struct sealer *sealers[2];
	struct cap_conn conns[2];
	uint64_t sealed;
};

static void
seal(struct play *p, bool server, struct slice plain, struct buf *out)
{
	uint8_t nonce[SEAL_NONCE_FIELD] = {(uint8_t)p->sealed};

	p->sealed++;
	if (seal_message(p->sealers[server], SESSION, SEAL_FLAGS_ENCRYPTED, plain, nonce, out) != 0)
		abort();
}

static void
play_one(struct play *p, uint8_t op, struct slice bytes)
{
	bool server = (op & OP_SERVER) != 0;
	struct cap_message m = {.conn = &p->conns[(op & OP_SECOND) != 0],
				.dir = server ? CAP_S2C : CAP_C2S};
	struct unseal_message out;
	struct buf message = {0};

	if ((op & OP_CLOSE) != 0)
		unseal_close(p->unseal, m.conn);
	buf_zero(&message, NBSS_HEADER);
	if ((op & OP_SEAL) != 0)
		seal(p, server, bytes, &message);
	else
		buf_add(&message, bytes.p, bytes.n);
	if (message.err != 0)
		abort();
	wire_put_be(message.p + 1, 3, message.n - NBSS_HEADER);
	m.bytes = buf_slice(&message);
	if (unseal_message_next(p->unseal, &m, &out) != 0)
		abort();
	if (out.layers == 0 && !slice_eq(out.m.bytes, m.bytes))
		abort();
	if ((out.layers & IR_COMPRESSED) != 0 &&
	    smb2_msg_kind(out.compressed) != SMB2_MSG_COMPRESSED)
		abort();
	if (out.m.bytes.n < NBSS_HEADER ||
	    wire_be(out.m.bytes.p + 1, 3) != out.m.bytes.n - NBSS_HEADER)
		abort();
	buf_free(&message);
}

static void
check_counts(const struct unseal *u)
{
	const struct unseal_session *s;

	for (size_t i = 0; (s = unseal_session(u, i)) != NULL; i++)
		if (s->opened > s->sealed || s->valid > s->checked || s->checked > s->is_signed ||
		    s->key_len > sizeof(s->key) || s->cipher_key_len > sizeof(s->c2s))
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const struct unseal_secrets secrets = {
		.keys = &key, .n_keys = 1, .secrets = &secret, .n_secrets = 1};
	struct wire_rd rd = wire_rd_init(slice_of(data, n));
	struct play p = {.conns = {{.id = 0,
				    .client = {.family = AF_INET},
				    .server = {.family = AF_INET, .port = 445}},
				   {.id = 1,
				    .client = {.family = AF_INET},
				    .server = {.family = AF_INET, .port = 445}}}};

	if (unseal_new(&secrets, &p.unseal) != 0 ||
	    sealer_new(SEAL_AES_128_CCM, slice_of(key.c2s, key.c2s_len), &p.sealers[0]) != 0 ||
	    sealer_new(SEAL_AES_128_CCM, slice_of(key.s2c, key.s2c_len), &p.sealers[1]) != 0)
		abort();
	while (wire_rd_left(&rd) > 3) {
		uint8_t op = wire_get_u8(&rd);
		size_t len = wire_get_be16(&rd);

		play_one(&p, op,
			 wire_get_slice(&rd, len < wire_rd_left(&rd) ? len : wire_rd_left(&rd)));
	}
	check_counts(p.unseal);
	unseal_free(p.unseal);
	sealer_free(p.sealers[0]);
	sealer_free(p.sealers[1]);
	return 0;
}
