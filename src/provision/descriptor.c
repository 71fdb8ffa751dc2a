/* Security descriptors as text. */
#include "config.h"

#include "provision/descriptor.h"

#include "base/hex.h"
#include "proto/sid.h"
#include "proto/smb2_elems.h"
#include "provision/ask.h"

/* Control flags of the two lists, MS-DTYP 2.4.6. */
#define DACL_REQUESTED 0x0100u
#define SACL_REQUESTED 0x0200u
#define DACL_INHERITED 0x0400u
#define SACL_INHERITED 0x0800u
#define DACL_PROTECTED 0x1000u
#define SACL_PROTECTED 0x2000u

static int
put_sid(const struct map *map, struct slice sid, struct buf *out)
{
	struct buf live = {0};
	int r = map != NULL ? map_sid(map, sid, &live) : 0;

	if (r >= 0 && !sid_put_text(r == 1 ? buf_slice(&live) : sid, out))
		r = ERR_MALFORMED;
	buf_free(&live);
	return r < 0 ? r : 0;
}

/* Behind type and flags: rights and SID, or for rarer kinds the bytes. */
static int
put_ace(const struct map *map, const struct dtyp_ace *ace, struct buf *out)
{
	const struct smb2_row *row = smb2_row_find(&smb2_defs[SMB2_DEF_dtyp_ace], "ace");
	struct dtyp_basic_ace basic;
	int r = 0;

	buf_printf(out, "(%u;%u;", ace->ace_type, ace->ace_flags);
	if (smb2_select(row, ace, true) == &smb2_defs[SMB2_DEF_dtyp_basic_ace] &&
	    smb2_decode(&smb2_defs[SMB2_DEF_dtyp_basic_ace], ace->ace, 0, &basic, NULL) == 0) {
		buf_printf(out, "0x%x;", basic.mask);
		r = put_sid(map, basic.sid, out);
	} else {
		hex_add(out, ace->ace.p, ace->ace.n);
	}
	buf_add(out, ")", 1);
	return r;
}

static int
put_acl(const struct map *map, struct slice bytes, struct buf *out)
{
	const struct smb2_def *def = &smb2_defs[SMB2_DEF_dtyp_acl];
	struct dtyp_acl acl;
	struct smb2_elems it;
	struct smb2_elem ace;
	unsigned n = 0;
	int r = smb2_decode(def, bytes, 0, &acl, NULL);

	if (r != 0)
		return ERR_MALFORMED;
	it = smb2_elems_init(smb2_row_find(def, "aces"), &acl, true);
	for (; r == 0 && smb2_elems_next(&it, &ace); n++)
		r = put_ace(map, &ace.any.dtyp_ace, out);
	return r == 0 && n != acl.ace_count ? ERR_MALFORMED : r;
}

static int
put_list(const struct map *map, const char *name, struct slice acl, unsigned flags, struct buf *out)
{
	buf_printf(out, "%s:%s%s", name, (flags & 2) != 0 ? "P" : "", (flags & 1) != 0 ? "AI" : "");
	if (acl.n > 0)
		return put_acl(map, acl, out);
	buf_printf(out, "none");
	return 0;
}

int
descriptor_put(const struct map *map, struct slice descriptor, uint32_t part, struct buf *out)
{
	struct dtyp_security_descriptor sd;
	int r = smb2_decode(&smb2_defs[SMB2_DEF_dtyp_security_descriptor], descriptor, 0, &sd,
			    NULL);
	struct slice sid;

	if (r != 0)
		return ERR_MALFORMED;
	if (part == ASK_DACL)
		r = put_list(map, "D", sd.dacl,
			     ((sd.control & DACL_INHERITED) != 0 ? 1u : 0) |
				     ((sd.control & DACL_PROTECTED) != 0 ? 2u : 0),
			     out);
	else if (part == ASK_SACL)
		r = put_list(map, "S", sd.sacl,
			     ((sd.control & SACL_INHERITED) != 0 ? 1u : 0) |
				     ((sd.control & SACL_PROTECTED) != 0 ? 2u : 0),
			     out);
	else {
		sid = part == ASK_OWNER ? sd.owner_sid : sd.group_sid;
		buf_printf(out, "%s:", part == ASK_OWNER ? "O" : "G");
		r = sid.n > 0 ? put_sid(map, sid, out) : 0;
	}
	return r != 0 ? r : out->err;
}

void
descriptor_ask_inherited(struct slice descriptor, struct buf *out)
{
	const struct smb2_def *def = &smb2_defs[SMB2_DEF_dtyp_security_descriptor];
	size_t at = smb2_row_find(def, "control")->wire, from = out->n;
	uint32_t control;

	buf_add(out, descriptor.p, descriptor.n);
	if (out->err != 0 || descriptor.n < def->fixed)
		return;
	control = (uint32_t)wire_le(out->p + from + at, 2);
	if ((control & DACL_INHERITED) != 0)
		control |= DACL_REQUESTED;
	if ((control & SACL_INHERITED) != 0)
		control |= SACL_REQUESTED;
	wire_put_le(out->p + from + at, 2, control);
}
