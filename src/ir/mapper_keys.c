/* The keys and GUIDs of a clone in messages: see ir/clone.h. */
#include "config.h"

#include "ir/mapper_int.h"

bool
mapper_is_key(const struct smb2_item *it)
{
	static const char *const keys[] = {"client_guid", "create_guid", "lease_key",
					   "parent_lease_key", "app_instance_id"};

	if (it->row == NULL || it->bytes.n != CLONE_KEY)
		return false;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strcmp(it->name, keys[i]) == 0)
			return true;
	return it->def == &smb2_defs[SMB2_DEF_smb2_validate_negotiate_req] &&
	       strcmp(it->name, "guid") == 0;
}

struct look {
	const struct clone *clone;
	uint8_t *bytes;
};

static int
on_leaf(void *ctx, const struct smb2_item *it)
{
	const struct look *l = ctx;

	if (mapper_is_key(it))
		clone_key(l->clone, l->bytes + it->off);
	return 0;
}

bool
mapper_keys(const struct mapper *m, const struct smb2_pdu *pdu, uint8_t *bytes)
{
	struct look l = {.clone = m->opt.clone, .bytes = bytes};
	const struct smb2_visitor v = {.ctx = &l, .leaf = on_leaf};

	return l.clone != NULL && pdu->body_def != NULL && smb2_walk_body(pdu, &v) == 0;
}

void
mapper_recorded_key(const struct mapper *m, uint8_t key[CLONE_KEY])
{
	if (m != NULL && m->opt.clone != NULL)
		clone_key(m->opt.clone, key);
}
