/* One request of a hand-written message: header, body, and the patches for what a server assigns.
 */
#include "config.h"

#include "ir/hand_int.h"

#define CREDITS 32 /* asked for with each request */
#define CREDIT_BYTES ((uint64_t)65536)
#define SESSION_FLAG_BINDING 1 /* MS-SMB2 2.2.5 */
#define UNC_HEAD 4             /* bytes of the two backslashes that a UNC path begins with */

/* A request that is being written. */
struct request {
	struct hand *h;
	const struct hand_request *q;
	struct hand_asked *asked;
	struct hand_conn *c;
	struct hand_build b;
	struct hand_fields header, body; /* as given */
	const struct smb2_def *def;
	const struct smb2_def *hdr;
	uint32_t flags;
};

enum ir_what
hand_symbol_of(enum smb2_role role)
{
	static const uint8_t roles[IR_N_SYMBOL_KINDS] = {
		[IR_SESSION] = SMB2_SESSION_ID, [IR_TREE] = SMB2_TREE_ID,
		[IR_ASYNC] = SMB2_ASYNC_ID,     [IR_OPEN] = SMB2_FILE_ID,
		[IR_RESUME] = SMB2_RESUME_KEY,
	};
	unsigned i = 0;

	while (i < IR_N_SYMBOL_KINDS && (roles[i] == 0 || roles[i] != role))
		i++;
	return (enum ir_what)i;
}

void
hand_put_symbol(uint8_t *p, enum ir_what what, uint32_t number, size_t width)
{
	memset(p, 0, width);
	/* Both parts of a FileId have the number, and no value is one that a server may assign. */
	wire_put_le(p, 4, number);
	if (width >= 8)
		wire_put_le(p + 4, 4, 0x1d5d5d00u + (uint32_t)what);
	if (width >= 16)
		memcpy(p + 8, p, 8);
}

int
hand_new_symbol(struct hand *h, enum ir_what what, uint32_t *number)
{
	if (h->n_symbols[what] == IR_MAX_SYMBOL)
		return err_set(h->l->doc.e, ERR_LIMIT, "%s: over %u symbols", h->l->doc.file,
			       IR_MAX_SYMBOL);
	*number = ++h->n_symbols[what] | HAND_NEW;
	return 0;
}

int
hand_add_patch(struct hand *h, enum ir_what what, uint32_t number, size_t off, size_t width)
{
	const struct ir_patch p = {.off = (uint32_t)off,
				   .width = (uint32_t)width,
				   .number = number,
				   .what = (uint8_t)what};

	buf_add(&h->patches, &p, sizeof(p));
	return h->patches.err;
}

static const struct smb2_row *
row_of(const struct smb2_def *def, const char *name)
{
	return smb2_row_find(def, name);
}

/* Where a fixed field of the body is in the message. */
static size_t
body_at(const struct request *r, const char *name)
{
	return r->b.pdu + SMB2_HEADER + row_of(r->def, name)->wire;
}

static uint8_t *
header_at(const struct request *r, const char *name)
{
	return r->b.out->p + r->b.pdu + row_of(r->hdr, name)->wire;
}

static bool
has(const struct hand_fields *f, const char *name)
{
	return hand_find(f, name) != NULL;
}

/* Put a symbol into a field of the header or body. */
static int
put_symbol(struct request *r, enum ir_what what, uint32_t number, size_t at, size_t width)
{
	r->asked->symbols[what] = number;
	if (number == 0)
		return 0;
	hand_put_symbol(r->b.out->p + at, what, number, width);
	return hand_add_patch(r->h, what, number, at, width);
}

static bool
needs_tree(unsigned command)
{
	switch (command) {
	case SMB2_CMD_NEGOTIATE:
	case SMB2_CMD_SESSION_SETUP:
	case SMB2_CMD_LOGOFF:
	case SMB2_CMD_TREE_CONNECT:
	case SMB2_CMD_CANCEL:
	case SMB2_CMD_ECHO:
		return false;
	default:
		return true;
	}
}

/* The session: that of the connection, but a SESSION_SETUP begins a new one. */
static uint32_t
default_session(const struct request *r)
{
	if (r->asked->command == SMB2_CMD_NEGOTIATE)
		return 0;
	if (r->asked->command == SMB2_CMD_SESSION_SETUP && !r->c->in_logon)
		return 0;
	return r->c->session;
}

/* The ids of the header. A related request takes them from the one before it (MS-SMB2 3.3.5.2.7.2).
 */
static int
put_ids(struct request *r)
{
	bool related = (r->flags & SMB2_FLAGS_RELATED_OPERATIONS) != 0 && r->q->before != NULL;
	size_t session = (size_t)(header_at(r, "session_id") - r->b.out->p);
	const struct smb2_row *tree = row_of(r->hdr, "tree_id");
	int ret = 0;

	if (!has(&r->header, "session_id") && related) {
		r->asked->symbols[IR_SESSION] = r->q->before->symbols[IR_SESSION];
		memset(r->b.out->p + session, 0xff, 8);
	} else if (!has(&r->header, "session_id")) {
		ret = put_symbol(r, IR_SESSION, default_session(r), session, 8);
	}
	if (ret != 0 || tree == NULL || has(&r->header, "tree_id"))
		return ret;
	if (related) {
		r->asked->symbols[IR_TREE] = r->q->before->symbols[IR_TREE];
		memset(r->b.out->p + r->b.pdu + tree->wire, 0xff, 4);
		return 0;
	}
	if (needs_tree(r->asked->command))
		ret = put_symbol(r, IR_TREE, r->c->tree, r->b.pdu + tree->wire, 4);
	return ret;
}

/* The open: the one before in the chain, or the last one of the connection. */
static int
put_open(struct request *r)
{
	const struct smb2_row *row = row_of(r->def, "file_id");

	if (row == NULL || row->role != SMB2_FILE_ID || has(&r->body, "file_id"))
		return 0;
	if ((r->flags & SMB2_FLAGS_RELATED_OPERATIONS) != 0) {
		memset(r->b.out->p + body_at(r, "file_id"), 0xff, 16);
		r->asked->symbols[IR_OPEN] =
			r->q->before != NULL ? r->q->before->symbols[IR_OPEN] : 0;
		return 0;
	}
	return put_symbol(r, IR_OPEN, r->c->open, body_at(r, "file_id"), 16);
}

static uint64_t
number_in(const struct smb2_pdu *pdu, const char *name)
{
	const struct smb2_row *row =
		pdu->body_def != NULL ? smb2_row_find(pdu->body_def, name) : NULL;

	return row != NULL ? smb2_get(row, &pdu->body) : 0;
}

/* MS-SMB2 3.1.5.2: by what is sent, or what may come back, whichever is more. */
static uint64_t
charge_of(const struct request *r)
{
	struct slice bytes = slice_sub(buf_slice(r->b.out), r->b.pdu, r->b.out->n - r->b.pdu);
	uint64_t sent, back = 0;
	struct smb2_pdu pdu;

	if (smb2_pdu_decode(bytes, &pdu) != 0)
		return 1;
	sent = bytes.n - SMB2_HEADER - r->def->fixed;
	if (r->asked->command == SMB2_CMD_READ)
		back = number_in(&pdu, "length");
	else
		back = number_in(&pdu, "output_buffer_length") +
		       number_in(&pdu, "max_output_response") +
		       number_in(&pdu, "max_input_response");
	back = back > sent ? back : sent;
	return back <= CREDIT_BYTES ? 1 : (back - 1) / CREDIT_BYTES + 1;
}

/* The path's server and share are the target's. */
static int
patch_path(struct request *r)
{
	size_t at = r->b.pdu + (size_t)wire_le(r->b.out->p + body_at(r, "path_offset"), 2);
	size_t n = (size_t)wire_le(r->b.out->p + body_at(r, "path_length"), 2);
	struct slice path = slice_sub(buf_slice(r->b.out), at, n);
	int ret;

	if (path.n < UNC_HEAD || memcmp(path.p, "\\\0\\\0", UNC_HEAD) != 0)
		return 0;
	ret = hand_add_patch(r->h, IR_LAYOUT, 0, body_at(r, "path_length"), 2);
	return ret == 0 ? hand_add_patch(r->h, IR_SERVER, 0, at + UNC_HEAD, n - UNC_HEAD) : ret;
}

/* The token is made when it is sent. */
static int
patch_token(struct request *r)
{
	int ret = hand_add_patch(r->h, IR_LAYOUT, 0, body_at(r, "security_buffer_length"), 2);

	return ret == 0 ? hand_add_patch(r->h, IR_TOKEN, 0, r->b.out->n, 0) : ret;
}

static int
patch_body(struct request *r)
{
	if (r->def == &smb2_defs[SMB2_DEF_smb2_session_setup_req] &&
	    !has(&r->body, "security_buffer"))
		return patch_token(r);
	if (r->def == &smb2_defs[SMB2_DEF_smb2_tree_connect_req])
		return patch_path(r);
	return put_open(r);
}

/* Is it to be signed? What a session sends is, but for the logon, unless it is a binding one. */
static bool
is_to_sign(const struct request *r)
{
	bool setup = r->asked->command == SMB2_CMD_SESSION_SETUP;

	if (r->q->sign_is_given)
		return r->q->sign;
	if (r->q->sealed || r->asked->symbols[IR_SESSION] == 0 ||
	    r->asked->command == SMB2_CMD_NEGOTIATE)
		return false;
	return !setup ||
	       (wire_le(r->b.out->p + body_at(r, "flags"), 1) & SESSION_FLAG_BINDING) != 0;
}

static void
put_number(struct request *r, const char *name, uint64_t v)
{
	if (!has(&r->header, name))
		wire_put_le(header_at(r, name), row_of(r->hdr, name)->width, v);
}

static int
finish_header(struct request *r)
{
	uint64_t charge = charge_of(r);
	int ret = put_ids(r);

	if (ret != 0)
		return ret;
	put_number(r, "credit_charge", charge);
	charge = wire_le(header_at(r, "credit_charge"), 2);
	put_number(r, "message_id", r->c->next_id);
	r->asked->message_id = wire_le(header_at(r, "message_id"), 8);
	r->asked->credits = (uint16_t)wire_le(header_at(r, "credits"), 2);
	if (r->asked->command != SMB2_CMD_CANCEL && !has(&r->header, "message_id"))
		ret = hand_take_ids(r->c, charge > 1 ? charge : 1);
	if (ret == 0 && is_to_sign(r)) {
		r->flags |= SMB2_FLAGS_SIGNED;
		ret = hand_add_patch(r->h, IR_SIGNATURE, 0,
				     (size_t)(header_at(r, "signature") - r->b.out->p), 16);
	}
	put_number(r, "flags", r->flags);
	return ret;
}

static int
put_header(struct request *r)
{
	static const struct hand_fields none = {.prefix = ""};
	uint8_t *p;
	int ret = hand_put_struct(&r->b, r->hdr, &r->header, &none);

	if (ret != 0)
		return ret;
	p = r->b.out->p + r->b.pdu;
	memcpy(p, "\xfeSMB", 4);
	wire_put_le(p + SMB2_HDR_AT(command), 2, r->asked->command);
	put_number(r, "credits", CREDITS);
	return 0;
}

static int
put_body(struct request *r)
{
	struct json_doc doc = {.file = "", .line = 1, .e = r->h->l->doc.e};
	const char *text = hand_defaults(r->asked->command);
	struct hand_fields fallback = {.doc = &doc, .prefix = "body."};
	const struct json *odd;
	uint16_t size = 0;
	int ret;

	doc.text = slice_of((const uint8_t *)text, strlen(text));
	ret = json_parse(&doc);
	fallback.object = (const struct json *)doc.root;
	if (ret == 0) {
		r->def = hand_request_body(r->asked->command, &r->body, &fallback, &size, &odd);
		if (r->def == NULL)
			ret = hand_fail(r->body.doc, odd != NULL ? odd : r->body.object,
					"no such field in a %s request",
					smb2_command_name(r->asked->command));
	}
	if (ret == 0)
		ret = hand_put_struct(&r->b, r->def, &r->body, &fallback);
	if (ret == 0 && !has(&r->body, "structure_size"))
		wire_put_le(r->b.out->p + r->b.pdu + SMB2_HEADER, 2, size);
	/* An odd StructureSize counts one byte of a buffer that may be empty. */
	if (ret == 0 && (size & 1) != 0 && r->asked->command != SMB2_CMD_SESSION_SETUP &&
	    r->b.out->n == r->b.pdu + SMB2_HEADER + r->def->fixed)
		buf_zero(r->b.out, 1);
	json_doc_free(&doc);
	return ret != 0 ? ret : r->b.out->err;
}

/* The header's own members, and its form. */
static int
read_header(struct request *r)
{
	const struct json_doc *d = r->q->given->doc;
	const struct json *v = hand_find(&r->header, "command"), *flags;
	static const struct smb2_row command = {
		.name = "command", .kind = SMB2_U16, .width = 2, .role = SMB2_ECHO};
	static const struct smb2_row word = {.name = "flags", .kind = SMB2_U32, .width = 4};
	struct buf scratch = {0};
	struct hand_build b = {.h = r->h, .out = &scratch, .asked = r->asked};
	int ret = 0;

	if (v == NULL)
		return hand_fail(d, r->header.object, "a request needs a \"command\"");
	flags = hand_find(&r->header, "flags");
	buf_zero(&scratch, 8);
	ret = scratch.err;
	if (ret == 0)
		ret = hand_put_fixed(&b, &command, 0, d, v);
	if (ret == 0 && flags != NULL)
		ret = hand_put_fixed(&b, &word, 4, d, flags);
	if (ret == 0) {
		r->asked->command = (uint16_t)wire_le(scratch.p, 2);
		r->flags = (uint32_t)wire_le(scratch.p + 4, 4);
		if (flags == NULL && !r->q->first)
			r->flags = SMB2_FLAGS_RELATED_OPERATIONS;
		if (flags == NULL && has(&r->header, "async_id"))
			r->flags |= SMB2_FLAGS_ASYNC_COMMAND;
	}
	buf_free(&scratch);
	return ret;
}

/* Every member stands for a field of the header or, behind "body.", of the body. */
static int
check_header(const struct request *r)
{
	for (const struct json *m = json_first(r->header.object); m != NULL; m = json_next(m))
		if (strncmp(json_name(m), "body.", 5) != 0 &&
		    smb2_row_find(r->hdr, json_name(m)) == NULL)
			return hand_fail(r->header.doc, m, "no such field in the header");
	return 0;
}

/* What the connection's next requests take from this one. */
static int
follow(struct request *r)
{
	struct hand_asked *a = r->asked;
	int ret = 0;

	switch (a->command) {
	case SMB2_CMD_NEGOTIATE:
		r->c->negotiated = true;
		return 0;
	case SMB2_CMD_SESSION_SETUP:
		a->defines[IR_SESSION] = a->symbols[IR_SESSION] == 0;
		if (a->defines[IR_SESSION])
			ret = hand_new_symbol(r->h, IR_SESSION, &a->symbols[IR_SESSION]);
		r->c->session = a->symbols[IR_SESSION];
		return ret;
	case SMB2_CMD_TREE_CONNECT:
		a->defines[IR_TREE] = true;
		ret = hand_new_symbol(r->h, IR_TREE, &a->symbols[IR_TREE]);
		r->c->tree = a->symbols[IR_TREE];
		return ret;
	case SMB2_CMD_CREATE:
		a->defines[IR_OPEN] = true;
		ret = hand_new_symbol(r->h, IR_OPEN, &a->symbols[IR_OPEN]);
		r->c->open = a->symbols[IR_OPEN];
		return ret;
	case SMB2_CMD_IOCTL:
		a->defines[IR_RESUME] =
			wire_le(r->b.out->p + body_at(r, "ctl_code"), 4) == HAND_RESUME_KEY_CODE;
		return a->defines[IR_RESUME]
			       ? hand_new_symbol(r->h, IR_RESUME, &a->symbols[IR_RESUME])
			       : 0;
	default:
		return 0;
	}
}

int
hand_put_request(struct hand *h, const struct hand_request *q, struct hand_asked *asked)
{
	struct request r = {.h = h, .q = q, .asked = asked, .c = hand_conn(h, q->conn)};
	int ret = r.c != NULL ? 0 : ERR_NOMEM;

	r.b = (struct hand_build){.h = h, .out = &h->message, .pdu = h->message.n, .asked = asked};
	r.header = *q->given;
	r.header.partial = true;
	r.body = *q->given;
	r.body.prefix = "body.";
	*asked = (struct hand_asked){.sealed = q->sealed};
	if (ret == 0)
		ret = read_header(&r);
	r.hdr = (r.flags & SMB2_FLAGS_ASYNC_COMMAND) != 0 ? &smb2_hdr_req_async
							  : &smb2_hdr_req_sync;
	if (ret == 0)
		ret = check_header(&r);
	if (ret == 0)
		ret = put_header(&r);
	if (ret == 0)
		ret = put_body(&r);
	if (ret == 0)
		ret = patch_body(&r);
	if (ret == 0)
		ret = finish_header(&r);
	return ret == 0 ? follow(&r) : ret;
}
