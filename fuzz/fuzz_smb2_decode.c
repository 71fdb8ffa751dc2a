/*
 * Any bytes as a message. Properties: what decodes encodes back to the same bytes (law 3); a walk
 * stays in bounds; a relayed part is found again in a message of as many PDUs; a field is set or
 * nothing is changed.
 */
#include "config.h"

#include "fuzz/fuzz.h"

#include <stdlib.h>

#include "proto/smb2_pdu.h"
#include "proto/smb2_relay.h"
#include "proto/smb2_set.h"

#define REQUIRE(what)                                                                              \
	do {                                                                                       \
		if (!(what))                                                                       \
			abort();                                                                   \
	} while (0)

static int
inside(void *ctx, const struct smb2_item *it)
{
	const struct slice *in = (const struct slice *)ctx;

	REQUIRE(it->off <= in->n && it->len <= in->n - it->off);
	REQUIRE(it->bytes.n == 0 || it->bytes.p == in->p + it->off);
	return 0;
}

/* A structure that surrounds PDUs. */
static void
check_struct(enum smb2_def_id id, struct slice s)
{
	struct smb2_visitor v = {&s, inside, inside, inside};
	union smb2_any any;

	if (smb2_decode(&smb2_defs[id], s, 0, &any, NULL) == 0)
		REQUIRE(smb2_walk_struct(&smb2_defs[id], s, 0, &any, false, &v) == 0);
}

static void
check_set(struct slice bytes)
{
	static const char *const sets[][2] = {
		{"status", "STATUS_PENDING"},
		{"message_id", "0x123456789abcdef0"},
		{"body.file_id", "00112233445566778899aabbccddeeff"},
		{"body.create_contexts[0].data.lease_state", "7"},
		{"body.negotiate_contexts[1].data.ciphers[0]", "2"},
		{"body.locks[1].length", "0"},
	};
	uint8_t *copy = malloc(bytes.n);

	REQUIRE(copy != NULL);
	memcpy(copy, bytes.p, bytes.n);
	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		if (smb2_set_field(copy, bytes.n, sets[i][0], sets[i][1], NULL) != 0)
			REQUIRE(memcmp(copy, bytes.p, bytes.n) == 0);
		memcpy(copy, bytes.p, bytes.n);
	}
	free(copy);
}

/* Number of PDUs; `*broken` as in struct smb2_chain. */
static size_t
count(struct slice message, bool *broken)
{
	struct smb2_chain c = smb2_chain_init(message);
	struct slice s;
	size_t n = 0;

	while (smb2_chain_next(&c, &s))
		n++;
	*broken = c.broken;
	return n;
}

/* Replace the first variable part of PDU number `index` by `fresh`, and find it again. */
static void
check_relay(struct slice message, size_t index, const struct smb2_pdu *was, struct slice fresh)
{
	const struct smb2_def *def = was->body_def;
	const struct smb2_row *row = &def->rows[def->n_fixed];
	struct smb2_edit edit;
	struct buf out = {0};
	struct smb2_chain c;
	struct smb2_pdu pdu;
	struct slice s = {0};
	bool broken;
	size_t n = count(message, &broken);

	if (broken || smb2_edit_row(was, row->name, &edit, NULL) != 0)
		return;
	edit.off += (size_t)(was->bytes.p - message.p);
	edit.fresh = fresh;
	if (smb2_relay(message, &edit, 1, &out, NULL, NULL) == 0) {
		REQUIRE(count(buf_slice(&out), &broken) == n && !broken);
		c = smb2_chain_init(buf_slice(&out));
		for (size_t i = 0; i <= index; i++)
			REQUIRE(smb2_chain_next(&c, &s));
		REQUIRE(smb2_pdu_decode(s, &pdu) == 0 && pdu.body_def == def);
		REQUIRE(slice_eq(smb2_get_bytes(row, &pdu.body), fresh));
	}
	buf_free(&out);
}

static void
check_pdu(struct slice message, size_t index, struct slice bytes)
{
	struct smb2_visitor v = {&bytes, inside, inside, inside};
	struct smb2_item found[SMB2_SYMBOLS_MAX];
	struct smb2_identity id;
	struct smb2_pdu pdu;
	size_t n;

	if (smb2_pdu_decode(bytes, &pdu) != 0)
		return;
	REQUIRE(smb2_check_identity(&pdu, &id) == 0 && id.identical);
	REQUIRE(smb2_walk_header(&pdu, &v) == 0 && smb2_walk_body(&pdu, &v) == 0);
	n = smb2_find_symbols(&pdu, found, SMB2_SYMBOLS_MAX);
	for (size_t i = 0; i < n; i++)
		(void)inside(&bytes, &found[i]);
	check_set(bytes);
	if (pdu.body_def == &smb2_defs[SMB2_DEF_smb2_session_setup_req] ||
	    pdu.body_def == &smb2_defs[SMB2_DEF_smb2_tree_connect_req])
		check_relay(message, index, &pdu, slice_sub(bytes, 8, bytes.p[63] % 64));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct slice message = slice_of(data, n), bytes;
	struct slice inner = slice_sub(message, NBSS_HEADER, n < NBSS_HEADER ? 0 : n - NBSS_HEADER);
	struct smb2_chain c = smb2_chain_init(message);

	switch (smb2_msg_kind(message)) {
	case SMB2_MSG_PLAIN:
		for (size_t i = 0; smb2_chain_next(&c, &bytes); i++)
			check_pdu(message, i, bytes);
		break;
	case SMB2_MSG_SEALED:
		check_struct(SMB2_DEF_smb2_transform, inner);
		break;
	case SMB2_MSG_COMPRESSED:
		check_struct(SMB2_DEF_smb2_compressed, inner);
		check_struct(SMB2_DEF_smb2_compressed_chain, inner);
		break;
	case SMB2_MSG_SMB1:
		check_struct(SMB2_DEF_smb1_negotiate_req, inner);
		break;
	case SMB2_MSG_NBSS:
		check_struct(SMB2_DEF_nbss_session_request, message);
		check_struct(SMB2_DEF_nbss_retarget_response, message);
		break;
	case SMB2_MSG_UNKNOWN:
		break;
	}
	return 0;
}
