/* Kinds of messages, chains of PDUs, and which description a PDU's body has. */
#include "config.h"

#include "proto/smb2_pdu.h"

#include "proto/ntstatus.h"
#include "proto/smb2_elems.h"

#define DIALECT_311 0x0311
#define TREE_CONNECT_EXTENSION_PRESENT 0x0004
#define ERROR_STRUCTURE_SIZE 9 /* also that of some commands' own responses */

_Static_assert(sizeof(struct smb2_hdr_wire) == SMB2_HEADER, "MS-SMB2 2.2.1");

/* Conditions on a line of SMB2_BODIES. */
enum when { WHEN_ALWAYS, WHEN_DIALECT_311, WHEN_EXTENSION, WHEN_UNSOLICITED };
enum { DIR_REQUEST, DIR_RESPONSE };

#define BODY_KEY(command, response, size, when)                                                    \
	((uint32_t)(command) << 19 | (uint32_t)(response) << 18 | (uint32_t)(when) << 16 |         \
	 (uint32_t)(size))

static const struct smb2_def *
find_body(unsigned command, bool response, unsigned size, enum when when)
{
#define BODY_CASE(command, dir, size, when, s)                                                     \
	case BODY_KEY(SMB2_CMD_##command, DIR_##dir, size, WHEN_##when):                           \
		return &smb2_defs[SMB2_DEF_##s];
	switch (BODY_KEY(command, response, size, when)) {
		SMB2_BODIES(BODY_CASE)
	default:
		return NULL;
	}
#undef BODY_CASE
}

enum smb2_msg_kind
smb2_msg_kind(struct slice bytes)
{
	if (bytes.n < NBSS_HEADER)
		return SMB2_MSG_UNKNOWN;
	if (bytes.p[0] != 0 || bytes.n == NBSS_HEADER)
		return SMB2_MSG_NBSS;
	if (bytes.n < NBSS_HEADER + 4 || memcmp(bytes.p + NBSS_HEADER + 1, "SMB", 3) != 0)
		return SMB2_MSG_UNKNOWN;
	switch (bytes.p[NBSS_HEADER]) {
	case 0xfe:
		return SMB2_MSG_PLAIN;
	case 0xfd:
		return SMB2_MSG_SEALED;
	case 0xfc:
		return SMB2_MSG_COMPRESSED;
	case 0xff:
		return SMB2_MSG_SMB1;
	default:
		return SMB2_MSG_UNKNOWN;
	}
}

struct smb2_chain
smb2_chain_init(struct slice message)
{
	struct smb2_chain c = {0};

	if (message.n > NBSS_HEADER)
		c.left = slice_of(message.p + NBSS_HEADER, message.n - NBSS_HEADER);
	return c;
}

bool
smb2_chain_next(struct smb2_chain *c, struct slice *pdu)
{
	uint64_t next = 0;

	if (c->left.n == 0)
		return false;
	*pdu = c->left;
	if (c->left.n >= SMB2_HEADER)
		next = wire_le(c->left.p + SMB2_HDR_AT(next_command), 4);
	if (next >= SMB2_HEADER && next < c->left.n)
		pdu->n = (size_t)next;
	else if (next != 0)
		c->broken = true;
	c->left = slice_of(c->left.p + pdu->n, c->left.n - pdu->n);
	return true;
}

/* Is 3.1.1 among what a NEGOTIATE request offers, or what a response chose? */
static bool
is_311(const struct smb2_pdu *pdu)
{
	union smb2_any any;
	struct slice dialects;

	if (pdu->response)
		return smb2_decode(&smb2_defs[SMB2_DEF_smb2_negotiate_resp], pdu->bytes,
				   SMB2_HEADER, &any, NULL) == 0 &&
		       any.smb2_negotiate_resp.dialect_revision == DIALECT_311;
	if (smb2_decode(&smb2_defs[SMB2_DEF_smb2_negotiate_req], pdu->bytes, SMB2_HEADER, &any,
			NULL) != 0)
		return false;
	dialects = any.smb2_negotiate_req.dialects;
	for (size_t i = 0; i < dialects.n; i += 2)
		if (wire_le(dialects.p + i, 2) == DIALECT_311)
			return true;
	return false;
}

static bool
has_extension(const struct smb2_pdu *pdu)
{
	struct smb2_tree_connect_req req;

	return smb2_decode(&smb2_defs[SMB2_DEF_smb2_tree_connect_req], pdu->bytes, SMB2_HEADER,
			   &req, NULL) == 0 &&
	       (req.flags & TREE_CONNECT_EXTENSION_PRESENT) != 0;
}

/* The condition that decides between the forms of this PDU's body. */
static enum when
when_of(const struct smb2_pdu *pdu, unsigned size)
{
	switch (pdu->h.command) {
	case SMB2_CMD_NEGOTIATE:
		return is_311(pdu) ? WHEN_DIALECT_311 : WHEN_ALWAYS;
	case SMB2_CMD_TREE_CONNECT:
		return !pdu->response && has_extension(pdu) ? WHEN_EXTENSION : WHEN_ALWAYS;
	case SMB2_CMD_OPLOCK_BREAK:
		return pdu->response && size == 24 && pdu->h.message_id == SMB2_NO_MESSAGE_ID
			       ? WHEN_UNSOLICITED
			       : WHEN_ALWAYS;
	default:
		return WHEN_ALWAYS;
	}
}

/* Is a response of StructureSize 9 the ERROR structure (MS-SMB2 2.2.2), not the command's own? */
static bool
is_error(const struct smb2_pdu *pdu, const struct smb2_def *own)
{
	if (pdu->h.status == STATUS_SUCCESS)
		return false;
	if (own == NULL)
		return true;
	if (pdu->h.command == SMB2_CMD_SESSION_SETUP)
		return pdu->h.status != (uint32_t)STATUS_MORE_PROCESSING_REQUIRED;
	return pdu->h.status != (uint32_t)STATUS_BUFFER_OVERFLOW &&
	       pdu->h.status != STATUS_NOTIFY_ENUM_DIR;
}

/* The form of an ERROR response: with contexts (3.1.1), with a symbolic link, or plain. */
static const struct smb2_def *
error_form(const struct smb2_pdu *pdu)
{
	struct smb2_error_resp e;

	if (smb2_decode(&smb2_defs[SMB2_DEF_smb2_error_resp], pdu->bytes, SMB2_HEADER, &e, NULL) !=
	    0)
		return NULL;
	if (e.error_context_count > 0)
		return &smb2_defs[SMB2_DEF_smb2_error_contexts_resp];
	if (pdu->h.status == (uint32_t)STATUS_STOPPED_ON_SYMLINK)
		return &smb2_defs[SMB2_DEF_smb2_error_symlink_resp];
	return &smb2_defs[SMB2_DEF_smb2_error_resp];
}

static void
decode_body(struct smb2_pdu *pdu)
{
	bool known = pdu->h.command < SMB2_N_COMMANDS;
	const struct smb2_def *def = NULL, *error = NULL;
	unsigned size;
	int r;

	if (pdu->bytes.n < SMB2_HEADER + 2) {
		pdu->opaque = "truncated";
		return;
	}
	size = (unsigned)wire_le(pdu->bytes.p + SMB2_HEADER, 2);
	if (known)
		def = find_body(pdu->h.command, pdu->response, size, when_of(pdu, size));
	if (pdu->response && size == ERROR_STRUCTURE_SIZE && is_error(pdu, def))
		error = error_form(pdu);
	/*
	 * Some servers fail SESSION_SETUP with the command's own structure: where ERROR does not
	 * fit.
	 */
	if (error != NULL)
		def = error;
	if (def == NULL) {
		pdu->opaque = known ? "wrong StructureSize" : "unknown command";
		return;
	}
	r = smb2_decode(def, pdu->bytes, SMB2_HEADER, &pdu->body, NULL);
	if (r == 0)
		pdu->body_def = def;
	else
		pdu->opaque = r == ERR_TRUNCATED ? "truncated" : "a part lies outside of the PDU";
}

int
smb2_pdu_decode(struct slice bytes, struct smb2_pdu *out)
{
	static const struct smb2_def *const forms[2][2] = {
		{&smb2_hdr_req_sync, &smb2_hdr_req_async},
		{&smb2_hdr_resp_sync, &smb2_hdr_resp_async},
	};
	uint64_t flags;
	int r;

	if (bytes.n < SMB2_HEADER)
		return ERR_TRUNCATED;
	if (memcmp(bytes.p, "\xfeSMB", 4) != 0 ||
	    wire_le(bytes.p + SMB2_HDR_AT(structure_size), 2) != SMB2_HEADER)
		return ERR_MALFORMED;
	flags = wire_le(bytes.p + SMB2_HDR_AT(flags), 4);
	out->bytes = bytes;
	out->response = (flags & SMB2_FLAGS_SERVER_TO_REDIR) != 0;
	out->async = (flags & SMB2_FLAGS_ASYNC_COMMAND) != 0;
	out->hdr_def = forms[out->response][out->async];
	out->body_def = NULL;
	out->opaque = NULL;
	out->opened = false;
	out->asked = 0;
	memset(&out->h, 0, sizeof(out->h));
	r = smb2_decode(out->hdr_def, bytes, 0, &out->h, NULL);
	if (r == 0)
		decode_body(out);
	return r;
}

static uint16_t
asked_of_info(unsigned info_type, unsigned info_class)
{
	switch (info_type) {
	case 1:
		return (uint16_t)SMB2_ASKED_FILE(info_class);
	case 2:
		return (uint16_t)SMB2_ASKED_FS(info_class);
	case 3:
		return SMB2_ASKED_SECURITY;
	case 4:
		return SMB2_ASKED_QUOTA;
	default:
		return 0;
	}
}

uint16_t
smb2_asked(const struct smb2_pdu *request)
{
	return smb2_body_asks(request->body_def, &request->body);
}

uint16_t
smb2_body_asks(const struct smb2_def *def, const union smb2_any *b)
{
	if (def == &smb2_defs[SMB2_DEF_smb2_query_info_req])
		return asked_of_info(b->smb2_query_info_req.info_type,
				     b->smb2_query_info_req.file_info_class);
	if (def == &smb2_defs[SMB2_DEF_smb2_set_info_req])
		return asked_of_info(b->smb2_set_info_req.info_type,
				     b->smb2_set_info_req.file_info_class);
	if (def == &smb2_defs[SMB2_DEF_smb2_query_directory_req])
		return (uint16_t)SMB2_ASKED_FILE(
			b->smb2_query_directory_req.file_information_class);
	return 0;
}

void
smb2_pdu_open(struct smb2_pdu *pdu, uint16_t asked)
{
	pdu->opened = true;
	pdu->asked = asked;
	if (!pdu->response)
		pdu->asked = smb2_asked(pdu);
	else if (pdu->body_def == &smb2_defs[SMB2_DEF_smb2_change_notify_resp])
		pdu->asked = SMB2_ASKED_CHANGES;
}

struct smb2_bodies
smb2_pdu_bodies(const struct smb2_pdu *pdu)
{
	const struct smb2_def *def = pdu->body_def;
	struct smb2_bodies n = {0};
	struct smb2_elem e;

	for (size_t i = def != NULL ? def->n_fixed : 0; def != NULL && i < def->n_rows; i++) {
		struct smb2_elems it =
			smb2_elems_view(&def->rows[i], &pdu->body, smb2_pdu_view(pdu));

		if (it.all.n == 0 || def->rows[i].role != SMB2_BODY ||
		    smb2_contents[def->rows[i].content].element != SMB2_DEF_SELECT)
			continue;
		if (it.def != NULL && smb2_elems_next(&it, &e))
			n.described++;
		else
			n.bytes++;
	}
	return n;
}

struct slice
smb2_file_data(const struct smb2_pdu *pdu)
{
	if (pdu->body_def == &smb2_defs[SMB2_DEF_smb2_read_resp])
		return pdu->body.smb2_read_resp.data;
	if (pdu->body_def == &smb2_defs[SMB2_DEF_smb2_write_req])
		return pdu->body.smb2_write_req.data;
	return (struct slice){0};
}

bool
smb2_is_interim(const struct smb2_pdu *pdu)
{
	return pdu->response && pdu->async && pdu->h.status == STATUS_PENDING;
}

bool
smb2_defines(unsigned command, enum smb2_role role, bool interim)
{
	if (interim)
		return role == SMB2_ASYNC_ID;
	switch (command) {
	case SMB2_CMD_SESSION_SETUP:
		return role == SMB2_SESSION_ID;
	case SMB2_CMD_TREE_CONNECT:
		return role == SMB2_TREE_ID;
	case SMB2_CMD_CREATE:
		return role == SMB2_FILE_ID;
	case SMB2_CMD_IOCTL:
		return role == SMB2_RESUME_KEY;
	default:
		return false;
	}
}
