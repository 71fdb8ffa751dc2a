/* The requests of provisioning. */
#include "config.h"

#include "provision/ask.h"

#include "base/utf16.h"

#define SHARE_ALL 7     /* FILE_SHARE_READ, WRITE and DELETE */
#define IMPERSONATION 2 /* MS-SMB2 2.2.13 */
#define IS_FSCTL 1      /* MS-SMB2 2.2.31 */

enum info_type { INFO_FILE = 1, INFO_SECURITY = 3 };

/* FileId of what the chain's CREATE opened, MS-SMB2 3.2.4.1.4. */
static const struct smb2_b16 related = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
					 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

static const struct smb2_def *
def_of(enum smb2_def_id id)
{
	return &smb2_defs[id];
}

/* "path" or "path:stream" in UTF-16. */
static int
put_name(const struct ask_create *c, struct buf *out)
{
	int r = utf16_from_utf8(c->path, out);

	if (r == 0 && c->stream != NULL) {
		buf_le(out, 2, ':');
		r = utf16_from_utf8(c->stream, out);
	}
	return r != 0 ? r : out->err;
}

void
ask_create(struct batch *b, const struct ask_create *c)
{
	const struct smb2_def *def = def_of(SMB2_DEF_smb2_create_req);
	struct smb2_create_req q = {.structure_size = 57,
				    .impersonation_level = IMPERSONATION,
				    .desired_access = c->access,
				    .file_attributes = c->attributes,
				    .share_access = SHARE_ALL,
				    .create_disposition = c->disposition,
				    .create_options = c->options,
				    .name_offset = (uint16_t)(SMB2_HEADER + def->fixed)};
	struct buf name = {0};
	int r = put_name(c, &name);

	if (r == 0 && name.n > UINT16_MAX)
		r = ERR_LIMIT;
	q.name = buf_slice(&name);
	q.name_length = (uint16_t)name.n;
	if (r != 0)
		batch_fail(b, r);
	else
		batch_put(b, SMB2_CMD_CREATE, def, &q, def->fixed + (name.n > 0 ? name.n : 1), 0);
	buf_free(&name);
}

void
ask_close(struct batch *b)
{
	const struct smb2_def *def = def_of(SMB2_DEF_smb2_close_req);
	const struct smb2_close_req q = {.structure_size = 24, .file_id = related};

	batch_put(b, SMB2_CMD_CLOSE, def, &q, def->fixed, 0);
}

void
ask_write(struct batch *b, uint64_t off, struct slice data)
{
	const struct smb2_def *def = def_of(SMB2_DEF_smb2_write_req);
	const struct smb2_write_req q = {.structure_size = 49,
					 .data_offset = (uint16_t)(SMB2_HEADER + def->fixed),
					 .length = (uint32_t)data.n,
					 .offset = off,
					 .file_id = related,
					 .data = data};

	batch_put(b, SMB2_CMD_WRITE, def, &q, def->fixed + data.n, data.n);
}

void
ask_read(struct batch *b, uint64_t off, uint32_t n)
{
	const struct smb2_def *def = def_of(SMB2_DEF_smb2_read_req);
	const struct smb2_read_req q = {.structure_size = 49,
					.padding = 80,
					.length = n,
					.offset = off,
					.file_id = related};

	batch_put(b, SMB2_CMD_READ, def, &q, def->fixed + 1u, n);
}

static void
query(struct batch *b, enum info_type type, uint8_t class, uint32_t parts)
{
	const struct smb2_def *def = def_of(SMB2_DEF_smb2_query_info_req);
	const struct smb2_query_info_req q = {.structure_size = 41,
					      .info_type = (uint8_t)type,
					      .file_info_class = class,
					      .output_buffer_length = ASK_SMALL_ANSWER,
					      .additional_information = parts,
					      .file_id = related};

	batch_put(b, SMB2_CMD_QUERY_INFO, def, &q, def->fixed + 1u, ASK_SMALL_ANSWER);
}

void
ask_query(struct batch *b, uint8_t class)
{
	query(b, INFO_FILE, class, 0);
}

void
ask_query_security(struct batch *b, uint32_t parts)
{
	query(b, INFO_SECURITY, 0, parts);
}

static void
set(struct batch *b, enum info_type type, uint8_t class, uint32_t parts, struct slice info)
{
	const struct smb2_def *def = def_of(SMB2_DEF_smb2_set_info_req);
	const struct smb2_set_info_req q = {.structure_size = 33,
					    .info_type = (uint8_t)type,
					    .file_info_class = class,
					    .buffer_length = (uint32_t)info.n,
					    .buffer_offset = (uint16_t)(SMB2_HEADER + def->fixed),
					    .additional_information = parts,
					    .file_id = related,
					    .buffer = info};

	batch_put(b, SMB2_CMD_SET_INFO, def, &q, def->fixed + (info.n > 0 ? info.n : 1), info.n);
}

void
ask_set(struct batch *b, uint8_t class, struct slice info)
{
	set(b, INFO_FILE, class, 0, info);
}

void
ask_set_security(struct batch *b, uint32_t parts, struct slice descriptor)
{
	set(b, INFO_SECURITY, 0, parts, descriptor);
}

void
ask_fsctl(struct batch *b, uint32_t code, struct slice input)
{
	const struct smb2_def *def = def_of(SMB2_DEF_smb2_ioctl_req);
	const struct smb2_ioctl_req q = {.structure_size = 57,
					 .ctl_code = code,
					 .file_id = related,
					 .input_offset = (uint32_t)(SMB2_HEADER + def->fixed),
					 .input_count = (uint32_t)input.n,
					 .flags = IS_FSCTL,
					 .input = input};

	batch_put(b, SMB2_CMD_IOCTL, def, &q, def->fixed + (input.n > 0 ? input.n : 1), input.n);
}

void
ask_set_basic(struct batch *b, const uint64_t times[4], uint32_t attributes)
{
	const struct smb2_def *def = def_of(SMB2_DEF_fscc_basic);
	const struct fscc_basic info = {.creation_time = times[0],
					.last_access_time = times[1],
					.last_write_time = times[2],
					.change_time = times[3],
					.file_attributes = attributes};
	uint8_t bytes[64] = {0};

	if (smb2_encode(def, &info, 0, bytes, NULL, sizeof(bytes)) != 0)
		batch_fail(b, ERR_INTERNAL);
	ask_set(b, ASK_BASIC, slice_of(bytes, def->fixed));
}

void
ask_set_size(struct batch *b, uint64_t size)
{
	uint8_t bytes[8];

	wire_put_le(bytes, sizeof(bytes), size);
	ask_set(b, ASK_END_OF_FILE, slice_of(bytes, sizeof(bytes)));
}

void
ask_delete(struct batch *b)
{
	static const uint8_t pending = 1;

	ask_set(b, ASK_DISPOSITION, slice_of(&pending, sizeof(pending)));
}
