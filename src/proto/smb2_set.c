/* Finding a field by its path on a walk, and writing over it. */
#include "config.h"

#include "proto/smb2_set.h"

#include "base/hex.h"
#include "proto/ntstatus.h"
#include "proto/sid.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define PATH_SIZE 256 /* over twice the longest path that the lists allow */
#define FOUND 1

/* What is looked for, and where the walk is. */
struct search {
	const char *path;
	char here[PATH_SIZE]; /* the path of the structure being walked, "" or "body" and on */
	struct smb2_item it;  /* what was found */
};

/* Append ".name" or ".name[element]" to the path. What does not fit matches nothing. */
static void
push(char here[PATH_SIZE], const struct smb2_item *it)
{
	size_t n = strlen(here);

	n += (size_t)snprintf(here + n, PATH_SIZE - n, "%s%s", n > 0 ? "." : "", it->name);
	if (it->element >= 0 && n < PATH_SIZE)
		(void)snprintf(here + n, PATH_SIZE - n, "[%d]", it->element);
}

static void
pop(char here[PATH_SIZE])
{
	char *dot = strrchr(here, '.');

	if (dot != NULL)
		*dot = '\0';
}

static int
on_leaf(void *ctx, const struct smb2_item *it)
{
	struct search *s = (struct search *)ctx;
	char here[PATH_SIZE];

	if (it->row == NULL)
		return 0;
	memcpy(here, s->here, sizeof(here));
	push(here, it);
	if (strcmp(here, s->path) != 0)
		return 0;
	s->it = *it;
	return FOUND;
}

static int
on_enter(void *ctx, const struct smb2_item *it)
{
	push(((struct search *)ctx)->here, it);
	return 0;
}

static int
on_leave(void *ctx, const struct smb2_item *it)
{
	(void)it;
	pop(((struct search *)ctx)->here);
	return 0;
}

static bool
find(const struct smb2_pdu *pdu, struct search *s)
{
	struct smb2_visitor v = {.ctx = s, .leaf = on_leaf, .enter = on_enter, .leave = on_leave};
	struct smb2_pdu opened;

	if (smb2_walk_header(pdu, &v) == FOUND)
		return true;
	(void)snprintf(s->here, sizeof(s->here), "body");
	if (smb2_walk_body(pdu, &v) == FOUND)
		return true;
	/* Then what is in the body of an information class or FSCTL, which also is a field as a
	 * whole. */
	opened = *pdu;
	smb2_pdu_open(&opened, pdu->asked);
	(void)snprintf(s->here, sizeof(s->here), "body");
	return smb2_walk_body(&opened, &v) == FOUND;
}

bool
smb2_find_field(const struct smb2_pdu *pdu, const char *path, struct smb2_item *out)
{
	struct search s = {.path = path};
	bool found = find(pdu, &s);

	*out = s.it;
	return found;
}

static int
parse_number(const char *value, size_t width, uint64_t *out)
{
	uint32_t status;
	unsigned long long v;
	char *end;

	if (width == 4 && strncmp(value, "STATUS_", 7) == 0) {
		*out = 0;
		if (ntstatus_parse(value, &status) != 0)
			return ERR_USAGE;
		*out = status;
		return 0;
	}
	/* strtoull takes signs and blanks, which no field has. */
	if (*value < '0' || *value > '9')
		return ERR_USAGE;
	errno = 0;
	v = strtoull(value, &end, 0);
	if (errno != 0 || *end != '\0' || (width < 8 && v >> (8 * width) != 0))
		return ERR_USAGE;
	*out = v;
	return 0;
}

int
smb2_add_hex(const char *text, struct buf *out)
{
	size_t n = strlen(text) / 2;
	uint8_t *p = buf_reserve(out, n);

	if (p == NULL)
		return out->err;
	if (hex_read(text, p, n) != 0)
		return ERR_USAGE;
	out->n += n;
	return 0;
}

/* A SID of exactly `n` bytes. */
static int
put_sid(uint8_t *p, size_t n, const char *value)
{
	struct buf sid = {0};
	int r = sid_parse(value, &sid);

	if (r == 0 && sid.n != n)
		r = ERR_USAGE;
	if (r == 0)
		memcpy(p, sid.p, n);
	buf_free(&sid);
	return r == ERR_MALFORMED ? ERR_USAGE : r;
}

int
smb2_put_value(uint8_t *p, const struct smb2_item *it, const char *value)
{
	bool be = it->row->kind >= SMB2_BE16 && it->row->kind <= SMB2_BE32;
	uint64_t v;
	int r;

	if (it->cut == SMB2_CUT_SID && value[0] == 'S')
		return put_sid(p, it->len, value);
	if (it->row->kind >= SMB2_GUID && it->cut != SMB2_CUT_U16S && it->cut != SMB2_CUT_U32S)
		return hex_read(value, p, it->len);
	r = parse_number(value, it->len, &v);
	if (r != 0)
		return r;
	if (be)
		wire_put_be(p, it->len, v);
	else
		wire_put_le(p, it->len, v);
	return 0;
}

int
smb2_set_field(uint8_t *pdu, size_t n, const char *path, const char *value, struct err *e)
{
	struct search s = {.path = path};
	struct smb2_pdu decoded;
	int r = smb2_pdu_decode(slice_of(pdu, n), &decoded);

	if (r != 0)
		return err_set(e, r, "%s: no SMB2 PDU", path);
	if (!find(&decoded, &s))
		return err_set(e, ERR_NOTFOUND, "%s: no such field in a %s %s%s%s", path,
			       smb2_command_name(decoded.h.command),
			       decoded.response ? "response" : "request",
			       decoded.opaque != NULL ? ", whose body is opaque: " : "",
			       decoded.opaque != NULL ? decoded.opaque : "");
	r = smb2_put_value(pdu + s.it.off, &s.it, value);
	if (r != 0)
		return err_set(e, r, "%s: no value for its %zu bytes: %s", path, s.it.len, value);
	return 0;
}
