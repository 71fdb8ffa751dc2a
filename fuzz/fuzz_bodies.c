/*
 * The bodies of information classes and FSCTLs: 4 bytes say which (a CtlCode, or InfoType and
 * class), one where they lie, the rest is the body. Properties: decode and encode are the identity
 * (law 3); a walk stays in bounds; what is given as a SID is one, and its text becomes it again.
 */
#include "config.h"

#include "fuzz/fuzz.h"

#include <stdlib.h>

#include "proto/sid.h"
#include "tests/body_build.h"

#define HEAD 5 /* bytes before the body */

#define REQUIRE(what)                                                                              \
	do {                                                                                       \
		if (!(what))                                                                       \
			abort();                                                                   \
	} while (0)

static void
check_sid(struct slice sid)
{
	struct buf text = {0}, back = {0};

	REQUIRE(sid_put_text(sid, &text));
	buf_add(&text, "", 1);
	REQUIRE(text.err == 0 && sid_parse((char *)text.p, &back) == 0);
	REQUIRE(slice_eq(buf_slice(&back), sid));
	(void)sid_name(sid);
	buf_free(&text);
	buf_free(&back);
}

static int
inside(void *ctx, const struct smb2_item *it)
{
	const struct slice *in = ctx;

	REQUIRE(it->off <= in->n && it->len <= in->n - it->off);
	REQUIRE(it->bytes.n == 0 || it->bytes.p == in->p + it->off);
	if (it->cut == SMB2_CUT_SID)
		check_sid(it->bytes);
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const enum smb2_content places[] = {
		SMB2_CONTENT_INFO_OUT, SMB2_CONTENT_INFO_SET,  SMB2_CONTENT_INFO_IN,
		SMB2_CONTENT_IOCTL_IN, SMB2_CONTENT_IOCTL_OUT,
	};
	struct smb2_identity id;
	struct smb2_bodies bodies;
	struct buf m = {0};
	struct smb2_pdu pdu;
	struct slice bytes;
	uint32_t key;

	if (n < HEAD)
		return 0;
	key = (uint32_t)wire_le(data, 4);
	REQUIRE(body_build(places[data[4] % 5], key, slice_of(data + HEAD, n - HEAD), &m) == 0);
	/* Of exactly its size, so that one byte over is seen. */
	bytes = slice_of(malloc(m.n), m.n);
	REQUIRE(bytes.p != NULL);
	memcpy((uint8_t *)bytes.p, m.p, m.n);
	buf_free(&m);
	REQUIRE(smb2_pdu_decode(bytes, &pdu) == 0 && pdu.opaque == NULL);
	smb2_pdu_open(&pdu, (uint16_t)key);
	REQUIRE(smb2_walk_body(&pdu, &(struct smb2_visitor){&bytes, inside, inside, inside}) == 0);
	bodies = smb2_pdu_bodies(&pdu);
	REQUIRE(bodies.described + bodies.bytes == (n > HEAD ? 1 : 0));
	REQUIRE(smb2_check_identity(&pdu, &id) == 0 && id.identical);
	free((uint8_t *)bytes.p);
	return 0;
}
