/* The names that stay. man/smbench.1 describes them; what is added here is added there. */
#include "config.h"

#include "anonymize/anon_known.h"

#include <string.h>

#include "anonymize/anon_chars.h"

#define SNAPSHOT "@gmt-####.##.##-##.##.##" /* MS-SMB2 2.2.32.2; # stands for a digit */
#define APPLE "com.apple."                  /* what macOS names its attributes and streams by */

/* Devices of Windows (MS-FSCC 2.1.5.1): no server there has a file of that name, with or without an
 * extension. */
static const char *const devices[] = {"con",  "prn",  "aux",    "nul",
				      "com#", "lpt#", "conin$", "conout$"};

static const char *const files[] = {
	/* directories, and what Explorer and the Finder leave everywhere */
	".",
	"..",
	"$recycle.bin",
	"recycler",
	"system volume information",
	"$extend",
	"$quota",
	"$q",
	"desktop.ini",
	"thumbs.db",
	"autorun.inf",
	"folder.jpg",
	"folder.gif",
	".ds_store",
	"._.ds_store",
	"icon\r",
	".trashes",
	".fseventsd",
	".spotlight-v100",
	".temporaryitems",
	".documentrevisions-v100",
	".hidden",
	".metadata_never_index",
	".metadata_never_index_unless_rootfs",
	".metadata_direct_scope_only",
	".apdisk",
	/* streams and their types */
	"$data",
	"$index_allocation",
	"$i30",
	"$attribute_list",
	"zone.identifier",
	"afp_afpinfo",
	"afp_resource",
	/* shares and pipes */
	"ipc$",
	"print$",
	"admin$",
	"fax$",
	"netlogon",
	"sysvol",
	"pipe",
	"atsvc",
	"browser",
	"dnsserver",
	"drsuapi",
	"efsrpc",
	"epmapper",
	"eventlog",
	"fssagentrpc",
	"initshutdown",
	"keysvc",
	"lsarpc",
	"lsass",
	"mdssvc",
	"msftewds",
	"netdfs",
	"ntsvcs",
	"plugplay",
	"protected_storage",
	"rpcd_witness",
	"samr",
	"spoolss",
	"srvsvc",
	"svcctl",
	"trkwks",
	"w32time",
	"winreg",
	"wkssvc",
	/* principals that are on every server */
	"builtin",
	"nt authority",
	"everyone",
	"administrator",
	"administrators",
	"guest",
	"guests",
	"users",
	"system",
	"creator owner",
	"creator group",
	"nobody",
	"root",
	/* links to other servers, before the path itself */
	"?"
	"?",
	"unc",
	/* extended attributes */
	"dosattrib",
	"$lxuid",
	"$lxgid",
	"$lxmod",
	"$lxdev",
	"$kernel.purge.esbcache",
};

static const char *const hosts[] = {
	".",
	"*",
	"*smbserver",
	"localhost",
	"builtin",
	"nt authority",
	"administrator",
	"guest",
	"cifs",
	"host",
	"krbtgt",
	"ldap",
	"rpcss",
	"restrictedkrbhost",
	"wellknown",
	"anonymous",
	"not_defined_in_rfc4178@please_ignore",
};

/* `text` in lower-case ASCII, '#' for a digit. */
static bool
is(const char *text, size_t length, const uint16_t *u, size_t n)
{
	if (length != n)
		return false;
	for (size_t i = 0; i < n; i++) {
		uint16_t c = anon_fold(u[i]);

		if (text[i] == '#' ? c < '0' || c > '9' : c != (uint8_t)text[i])
			return false;
	}
	return true;
}

static bool
is_one_of(const char *const *list, size_t count, const uint16_t *u, size_t n)
{
	for (size_t i = 0; i < count; i++)
		if (is(list[i], strlen(list[i]), u, n))
			return true;
	return false;
}

/* "C$" */
static bool
is_drive(const uint16_t *u, size_t n)
{
	uint16_t c = n == 2 && u[1] == '$' ? anon_fold(u[0]) : 0;

	return c >= 'a' && c <= 'z';
}

static size_t
stem_of(const uint16_t *u, size_t n)
{
	size_t i = 0;

	while (i < n && u[i] != '.')
		i++;
	return i;
}

#define ONE_OF(list, u, n) is_one_of(list, sizeof(list) / sizeof((list)[0]), u, n)

bool
anon_is_well_known(const uint16_t *u, size_t n)
{
	return ONE_OF(files, u, n) || ONE_OF(devices, u, stem_of(u, n)) || is_drive(u, n) ||
	       is(SNAPSHOT, strlen(SNAPSHOT), u, n) ||
	       (n > strlen(APPLE) && is(APPLE, strlen(APPLE), u, strlen(APPLE)));
}

bool
anon_is_known_host(const uint16_t *u, size_t n)
{
	return ONE_OF(hosts, u, n);
}
