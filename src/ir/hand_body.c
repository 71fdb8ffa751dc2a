/* Which structure a hand-written PDU's body has, what its fields are by default, which paths are
 * known. */
#include "config.h"

#include "ir/hand_int.h"

#include "proto/ntstatus.h"

#define MAX_NESTING 8 /* of a path; the lists nest less deeply */
#define DIALECT_311 0x0311

enum when { ALWAYS, DIALECT, EXTENSION, UNSOLICITED };
enum { OF_REQUEST, OF_RESPONSE };

/* The lines of SMB2_BODIES. */
struct body {
	uint8_t command, direction, when;
	uint16_t size;
	enum smb2_def_id def;
};
#define WHEN_ALWAYS ALWAYS
#define WHEN_DIALECT_311 DIALECT
#define WHEN_EXTENSION EXTENSION
#define WHEN_UNSOLICITED UNSOLICITED
#define BODY(command, direction, size, when, s)                                                    \
	{SMB2_CMD_##command, OF_##direction, WHEN_##when, size, SMB2_DEF_##s},
static const struct body bodies[] = {SMB2_BODIES(BODY)};
#define N_BODIES (sizeof(bodies) / sizeof(bodies[0]))

/*
 * By command. The dialects, ciphers and sizes are those of current clients; a NEGOTIATE without
 * 3.1.1 has no contexts, since its structure has none.
 */
static const char *const defaults[SMB2_N_COMMANDS] = {
	[SMB2_CMD_NEGOTIATE] =
		"{\"body.security_mode\":1,\"body.capabilities\":\"0x7f\","
		"\"body.client_guid\":\"68616e642d7772697474656e2d303031\","
		"\"body.dialects\":[\"0x0202\",\"0x0210\",\"0x0300\",\"0x0302\",\"0x0311\"],"
		"\"body.negotiate_contexts\":["
		"{\"context_type\":1,\"data\":{\"hash_algorithms\":[1],"
		"\"salt\":{\"zeros\":32}}},"
		"{\"context_type\":2,\"data\":{\"ciphers\":[2,1,4,3]}},"
		"{\"context_type\":8,\"data\":{\"signing_algorithms\":[2,1,0]}}]}",
	[SMB2_CMD_SESSION_SETUP] = "{\"body.security_mode\":1}",
	[SMB2_CMD_TREE_CONNECT] = "{\"body.path\":\"\\\\\\\\server\\\\share\"}",
	[SMB2_CMD_CREATE] = "{\"body.impersonation_level\":2,\"body.desired_access\":\"0x12019f\","
			    "\"body.share_access\":7,\"body.create_disposition\":3}",
	[SMB2_CMD_READ] = "{\"body.padding\":80,\"body.length\":65536}",
	[SMB2_CMD_IOCTL] = "{\"body.flags\":1,\"body.max_output_response\":65536}",
	[SMB2_CMD_QUERY_DIRECTORY] = "{\"body.file_information_class\":37,\"body.file_name\":\"*\","
				     "\"body.output_buffer_length\":65536}",
	[SMB2_CMD_CHANGE_NOTIFY] = "{\"body.completion_filter\":\"0xfff\","
				   "\"body.output_buffer_length\":4096}",
	[SMB2_CMD_QUERY_INFO] = "{\"body.info_type\":1,\"body.file_info_class\":18,"
				"\"body.output_buffer_length\":65535}",
	[SMB2_CMD_SET_INFO] = "{\"body.info_type\":1}",
};

const char *
hand_defaults(unsigned command)
{
	return command < SMB2_N_COMMANDS && defaults[command] != NULL ? defaults[command] : "{}";
}

static bool
offers_311(const struct hand_fields *f)
{
	const struct json *v = hand_find(f, "dialects");

	for (const struct json *i = v != NULL && json_is_array(v) ? json_first(v) : NULL; i != NULL;
	     i = json_next(i)) {
		static const struct smb2_row row = {.kind = SMB2_U16, .width = 2};
		const struct smb2_item it = {.row = &row, .len = 2, .element = -1};
		char number[HAND_NUMBER];
		const char *text = "";
		uint8_t p[2];

		if (hand_text(f->doc, i, number, &text) == 0 && smb2_put_value(p, &it, text) == 0 &&
		    wire_le(p, 2) == DIALECT_311)
			return true;
	}
	return false;
}

const struct smb2_def *
hand_request_body(unsigned command, const struct hand_fields *f, const struct hand_fields *fallback,
		  uint16_t *size, const struct json **odd)
{
	const struct hand_fields *offer = hand_find(f, "dialects") != NULL ? f : fallback;
	const struct json *first_odd = NULL;
	bool is_311 = command == SMB2_CMD_NEGOTIATE && offers_311(offer);

	*odd = NULL;
	/* First those without a condition: an extension is there when its fields are named. */
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < N_BODIES; i++) {
			const struct body *b = &bodies[i];
			bool conditional = b->when != ALWAYS && !is_311;

			if (b->command != command || b->direction != OF_REQUEST ||
			    conditional != (pass == 1))
				continue;
			if (hand_fits(&smb2_defs[b->def], f, odd)) {
				*size = b->size;
				return &smb2_defs[b->def];
			}
			first_odd = first_odd != NULL ? first_odd : *odd;
		}
	*odd = first_odd;
	return NULL;
}

/* The first name of a path behind "body.", its length in `*n`. */
static const char *
body_name(const char *path, size_t *n)
{
	path = strncmp(path, "body.", 5) == 0 ? path + 5 : "";
	*n = strcspn(path, ".[");
	return path;
}

static const struct smb2_row *
find_row(const struct smb2_def *def, const char *name, size_t n)
{
	for (size_t i = 0; i < def->n_rows; i++)
		if (strlen(def->rows[i].name) == n && memcmp(def->rows[i].name, name, n) == 0)
			return &def->rows[i];
	return NULL;
}

static bool
has_paths(const struct smb2_def *def, const struct ir_set *paths, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		size_t len;
		const char *name = body_name(paths[i].path, &len);

		if (len > 0 && find_row(def, name, len) == NULL)
			return false;
	}
	return true;
}

/* A status with which an answer has its command's own body (MS-SMB2 2.2.2). */
static bool
has_own_body(unsigned command, uint32_t status)
{
	return !ntstatus_failed(status) || status == (uint32_t)STATUS_BUFFER_OVERFLOW ||
	       (command == SMB2_CMD_SESSION_SETUP &&
		status == (uint32_t)STATUS_MORE_PROCESSING_REQUIRED);
}

const struct smb2_def *
hand_response_body(unsigned command, uint32_t status, bool unsolicited, const struct ir_set *paths,
		   uint32_t n, uint16_t *size)
{
	const struct smb2_def *lease = &smb2_defs[SMB2_DEF_smb2_lease_break_notify];

	*size = 9;
	if (!has_own_body(command, status))
		return &smb2_defs[SMB2_DEF_smb2_error_resp];
	for (size_t i = 0; i < N_BODIES; i++) {
		const struct body *b = &bodies[i];
		const struct smb2_def *def = &smb2_defs[b->def];
		bool notification = b->when == UNSOLICITED || def == lease;

		if (b->command != command || b->direction != OF_RESPONSE ||
		    notification != unsolicited || !has_paths(def, paths, n))
			continue;
		*size = b->size;
		return def;
	}
	return NULL;
}

static bool path_leads(const struct smb2_def *def, const char *path, unsigned depth);

/* What is behind a row's name: nothing, an index, or a row of what is nested in it. */
static bool
row_leads(const struct smb2_row *row, const char *rest, unsigned depth)
{
	enum smb2_def_id element =
		row->kind == SMB2_VAR ? smb2_contents[row->content].element : SMB2_DEF_NONE;

	if (*rest == '[') {
		size_t digits = strspn(rest + 1, "0123456789");

		if (row->kind != SMB2_VAR || digits == 0 || rest[1 + digits] != ']')
			return false;
		rest += digits + 2;
	}
	if (*rest == '\0')
		return true;
	if (*rest != '.' || element == SMB2_DEF_NONE || depth == MAX_NESTING)
		return false;
	if (element != SMB2_DEF_SELECT)
		return path_leads(&smb2_defs[element], rest + 1, depth + 1);
	/* Which structure it is, only the answer will tell. */
	for (size_t i = 0; i < SMB2_N_DEFS; i++)
		if (path_leads(&smb2_defs[i], rest + 1, depth + 1))
			return true;
	return false;
}

static bool
path_leads(const struct smb2_def *def, const char *path, unsigned depth)
{
	size_t n = strcspn(path, ".[");
	const struct smb2_row *row = find_row(def, path, n);

	return row != NULL && row_leads(row, path + n, depth);
}

bool
hand_path_is_known(const struct smb2_def *body, const char *path)
{
	if (strncmp(path, "body.", 5) == 0)
		return body != NULL && path_leads(body, path + 5, 0);
	return smb2_row_find(&smb2_hdr_resp_sync, path) != NULL ||
	       smb2_row_find(&smb2_hdr_resp_async, path) != NULL;
}
