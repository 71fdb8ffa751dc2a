/* SIDs as people write them. */
#include "config.h"

#include "proto/sid.h"

#include <errno.h>
#include <stdlib.h>

#include "proto/smb2_codec.h"

#define MAX_SUB_AUTHORITIES 255      /* what the count can hold; Windows stops at 15 */
#define HEX_FROM ((uint64_t)1 << 32) /* such an authority is written in hexadecimal */

bool
sid_put_text(struct slice s, struct buf *out)
{
	struct dtyp_sid sid;
	uint64_t authority;
	size_t end;

	if (smb2_decode(&smb2_defs[SMB2_DEF_dtyp_sid], s, 0, &sid, &end) != 0 || end != s.n)
		return false;
	authority = wire_be(sid.identifier_authority.b, sizeof(sid.identifier_authority.b));
	buf_printf(out, authority < HEX_FROM ? "S-%u-%llu" : "S-%u-0x%012llx", sid.revision,
		   (unsigned long long)authority);
	for (size_t i = 0; i < sid.sub_authority.n; i += 4)
		buf_printf(out, "-%llu", (unsigned long long)wire_le(sid.sub_authority.p + i, 4));
	return true;
}

/* "-" and a number of at most `most`: moves `*text` behind it; otherwise not. */
static bool
take_number(const char **text, uint64_t most, uint64_t *out)
{
	char *end;

	if ((*text)[0] != '-' || (*text)[1] < '0' || (*text)[1] > '9')
		return false;
	errno = 0;
	*out = strtoull(*text + 1, &end, (*text)[1] == '0' && (*text)[2] == 'x' ? 16 : 10);
	if (errno != 0 || *out > most)
		return false;
	*text = end;
	return true;
}

int
sid_parse(const char *text, struct buf *out)
{
	size_t from = out->n;
	uint64_t revision, authority, sub;
	uint8_t p[8] = {0}, count = 0;

	if (text[0] != 'S' || (text++, !take_number(&text, UINT8_MAX, &revision)) ||
	    !take_number(&text, ((uint64_t)1 << 48) - 1, &authority))
		return ERR_MALFORMED;
	p[0] = (uint8_t)revision;
	wire_put_be(p + 2, 6, authority);
	buf_add(out, p, sizeof(p));
	while (count < MAX_SUB_AUTHORITIES && take_number(&text, UINT32_MAX, &sub)) {
		wire_put_le(p, 4, sub);
		buf_add(out, p, 4);
		count++;
	}
	if (*text != '\0' || out->err != 0) {
		out->n = from;
		return out->err != 0 ? out->err : ERR_MALFORMED;
	}
	out->p[from + 1] = count;
	return 0;
}

/* MS-DTYP 2.4.2.4; those of Unix are Samba's (S-1-22) */
static const struct {
	const char *sid, *name;
} known[] = {
	{"S-1-0-0", "NULL"},
	{"S-1-1-0", "Everyone"},
	{"S-1-2-0", "LOCAL"},
	{"S-1-3-0", "CREATOR OWNER"},
	{"S-1-3-1", "CREATOR GROUP"},
	{"S-1-3-4", "OWNER RIGHTS"},
	{"S-1-5-2", "NETWORK"},
	{"S-1-5-4", "INTERACTIVE"},
	{"S-1-5-6", "SERVICE"},
	{"S-1-5-7", "ANONYMOUS"},
	{"S-1-5-9", "ENTERPRISE DOMAIN CONTROLLERS"},
	{"S-1-5-10", "PRINCIPAL SELF"},
	{"S-1-5-11", "Authenticated Users"},
	{"S-1-5-18", "SYSTEM"},
	{"S-1-5-19", "LOCAL SERVICE"},
	{"S-1-5-20", "NETWORK SERVICE"},
	{"S-1-5-32-544", "BUILTIN\\Administrators"},
	{"S-1-5-32-545", "BUILTIN\\Users"},
	{"S-1-5-32-546", "BUILTIN\\Guests"},
	{"S-1-5-32-547", "BUILTIN\\Power Users"},
	{"S-1-5-32-548", "BUILTIN\\Account Operators"},
	{"S-1-5-32-549", "BUILTIN\\Server Operators"},
	{"S-1-5-32-550", "BUILTIN\\Print Operators"},
	{"S-1-5-32-551", "BUILTIN\\Backup Operators"},
	{"S-1-5-32-552", "BUILTIN\\Replicators"},
	{"S-1-16-4096", "low integrity"},
	{"S-1-16-8192", "medium integrity"},
	{"S-1-16-12288", "high integrity"},
	{"S-1-16-16384", "system integrity"},
};

/* The last parts of SIDs of a domain's own accounts, S-1-5-21-... (MS-DTYP 2.4.2.4). */
static const struct {
	uint32_t rid;
	const char *name;
} relative[] = {
	{500, "Administrator"},
	{501, "Guest"},
	{502, "krbtgt"},
	{512, "Domain Admins"},
	{513, "Domain Users"},
	{514, "Domain Guests"},
	{515, "Domain Computers"},
	{516, "Domain Controllers"},
	{519, "Enterprise Admins"},
};

const char *
sid_name(struct slice sid)
{
	const char *name = NULL;
	struct buf b = {0};

	for (size_t i = 0; name == NULL && i < sizeof(known) / sizeof(known[0]); i++) {
		buf_reset(&b);
		if (sid_parse(known[i].sid, &b) == 0 && slice_eq(buf_slice(&b), sid))
			name = known[i].name;
	}
	buf_reset(&b);
	/* S-1-5-21-x-y-z-RID */
	if (name == NULL && sid.n == 28 && sid_parse("S-1-5-21-0-0-0-0", &b) == 0 &&
	    memcmp(sid.p, b.p, 12) == 0)
		for (size_t i = 0; i < sizeof(relative) / sizeof(relative[0]); i++)
			if (wire_le(sid.p + 24, 4) == relative[i].rid)
				name = relative[i].name;
	buf_free(&b);
	return name;
}
