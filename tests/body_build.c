/* PDUs around the body of an information class or FSCTL. */
#include "config.h"

#include "tests/body_build.h"

/* Where a body lies: the command, its structure and the fields that say so. */
struct carrier {
	unsigned command;
	bool response;
	enum smb2_def_id def;
	unsigned size;
	const char *offset, *length;
};

static const struct carrier ioctl_in = {SMB2_CMD_IOCTL, false,        SMB2_DEF_smb2_ioctl_req, 57,
					"input_offset", "input_count"};
static const struct carrier ioctl_out = {
	SMB2_CMD_IOCTL, true, SMB2_DEF_smb2_ioctl_resp, 49, "output_offset", "output_count"};
static const struct carrier info_in = {SMB2_CMD_QUERY_INFO,          false,
				       SMB2_DEF_smb2_query_info_req, 41,
				       "input_buffer_offset",        "input_buffer_length"};
static const struct carrier info_set = {
	SMB2_CMD_SET_INFO, false, SMB2_DEF_smb2_set_info_req, 33, "buffer_offset", "buffer_length"};
static const struct carrier info_out = {SMB2_CMD_QUERY_INFO,           true,
					SMB2_DEF_smb2_query_info_resp, 9,
					"output_buffer_offset",        "output_buffer_length"};
static const struct carrier changes = {SMB2_CMD_CHANGE_NOTIFY,           true,
				       SMB2_DEF_smb2_change_notify_resp, 9,
				       "output_buffer_offset",           "output_buffer_length"};

static const struct carrier *
carrier_of(enum smb2_content content, uint32_t key)
{
	switch (content) {
	case SMB2_CONTENT_IOCTL_IN:
		return &ioctl_in;
	case SMB2_CONTENT_IOCTL_OUT:
		return &ioctl_out;
	case SMB2_CONTENT_INFO_IN:
		return &info_in;
	case SMB2_CONTENT_INFO_SET:
		return &info_set;
	default:
		return key == SMB2_ASKED_CHANGES ? &changes : &info_out;
	}
}

/* Set a field of the body's structure, if it has it. */
static void
set(uint8_t *pdu, enum smb2_def_id def, const char *name, uint64_t value)
{
	const struct smb2_row *row = smb2_row_find(&smb2_defs[def], name);

	if (row != NULL)
		wire_put_le(pdu + SMB2_HEADER + row->wire, row->width, value);
}

int
body_build(enum smb2_content content, uint32_t key, struct slice body, struct buf *out)
{
	const struct carrier *c = carrier_of(content, key);
	size_t at = SMB2_HEADER + smb2_defs[c->def].fixed;
	uint8_t *pdu = buf_reserve(out, at + body.n);

	if (pdu == NULL)
		return out->err;
	memset(pdu, 0, at);
	memcpy(pdu, "\xfeSMB\x40", 5);
	wire_put_le(pdu + SMB2_HDR_AT(command), 2, c->command);
	wire_put_le(pdu + SMB2_HDR_AT(flags), 4, c->response);
	wire_put_le(pdu + SMB2_HDR_AT(message_id), 8, 7);
	set(pdu, c->def, "structure_size", c->size);
	set(pdu, c->def, "ctl_code", key);
	set(pdu, c->def, "info_type", key >> 8 & 0xff);
	set(pdu, c->def, "file_info_class", key & 0xff);
	set(pdu, c->def, c->offset, at);
	set(pdu, c->def, c->length, body.n);
	if (body.n > 0)
		memcpy(pdu + at, body.p, body.n);
	out->n += at + body.n;
	return 0;
}
