/* Layers put around the PDUs of a message, and taken off. */
#include "config.h"

#include "ir/layers.h"

#include <inttypes.h>

/* The transform header on the wire, from its list: where the signature and what it covers lie. */
struct transform_wire {
	SMB2_TRANSFORM(SMB2_SHADOW_F, SMB2_SHADOW_V, smb2_transform)
};

static const struct smb2_b4 transform_id = {{0xfd, 'S', 'M', 'B'}};

static bool
begins_with(struct slice s, const struct smb2_b4 *id)
{
	return s.n >= sizeof(*id) && memcmp(s.p, id, sizeof(*id)) == 0;
}

/* MS-SMB2 3.1.4.3: from the Nonce to the end of the header. */
static struct slice
additional_data(const uint8_t *header)
{
	size_t from = offsetof(struct transform_wire, nonce);

	return slice_of(header + from, sizeof(struct transform_wire) - from);
}

int
seal_header(struct slice message, struct smb2_transform *t, struct err *e)
{
	int ret = smb2_decode(&smb2_defs[SMB2_DEF_smb2_transform], message, 0, t, NULL);

	if (ret != 0)
		return err_set(e, ret, "transform header: %zu of %zu bytes", message.n,
			       sizeof(struct transform_wire));
	if (!begins_with(message, &transform_id))
		return err_set(e, ERR_MALFORMED, "not a transform header");
	if (t->original_message_size != t->sealed.n)
		return err_set(e, ERR_MALFORMED,
			       "transform header: OriginalMessageSize %" PRIu32
			       ", but %zu bytes follow",
			       t->original_message_size, t->sealed.n);
	return 0;
}

int
seal_message(struct sealer *s, uint64_t session_id, uint16_t flags, struct slice plain,
	     const uint8_t nonce[SEAL_NONCE_FIELD], struct buf *out)
{
	struct smb2_transform t = {.protocol_id = transform_id,
				   .original_message_size = (uint32_t)plain.n,
				   .flags = flags,
				   .session_id = session_id};
	uint8_t *header;
	int ret;

	if (plain.n > UINT32_MAX)
		return ERR_LIMIT;
	header = buf_reserve(out, sizeof(struct transform_wire) + plain.n);
	if (header == NULL)
		return out->err;
	memcpy(&t.nonce, nonce, sizeof(t.nonce));
	ret = smb2_encode(&smb2_defs[SMB2_DEF_smb2_transform], &t, 0, header, NULL,
			  sizeof(struct transform_wire));
	if (ret == 0)
		ret = sealer_seal(s, nonce, additional_data(header), plain,
				  header + sizeof(struct transform_wire),
				  header + offsetof(struct transform_wire, signature));
	if (ret == 0)
		out->n += sizeof(struct transform_wire) + plain.n;
	return ret;
}

int
unseal_message(struct sealer *s, struct slice message, struct buf *out, struct err *e)
{
	struct smb2_transform t;
	uint8_t *to;
	int ret = seal_header(message, &t, e);

	if (ret != 0)
		return ret;
	to = buf_reserve(out, t.sealed.n);
	if (to == NULL)
		return err_set(e, out->err, "no room for %zu bytes", t.sealed.n);
	ret = sealer_open(s, t.nonce.b, additional_data(message.p), t.sealed, t.signature.b, to);
	if (ret != 0)
		return err_set(e, ret, "session 0x%016" PRIx64 ", %s: %s", t.session_id,
			       seal_cipher_name(sealer_cipher(s)),
			       ret == ERR_VERIFY ? "wrong key or altered message" : err_str(ret));
	out->n += t.sealed.n;
	return 0;
}
