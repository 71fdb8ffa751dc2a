/* Names of the bits in fields that are sets of flags. */
#include "config.h"

#include "show.h"

struct flag {
	const char *field; /* NULL: as the line above */
	uint32_t bit;
	const char *name;
};

static const struct flag flags[] = {
	{"file_attributes", 0x00000001, "READONLY"}, /* MS-FSCC 2.6 */
	{NULL, 0x00000002, "HIDDEN"},
	{NULL, 0x00000004, "SYSTEM"},
	{NULL, 0x00000010, "DIRECTORY"},
	{NULL, 0x00000020, "ARCHIVE"},
	{NULL, 0x00000080, "NORMAL"},
	{NULL, 0x00000100, "TEMPORARY"},
	{NULL, 0x00000200, "SPARSE_FILE"},
	{NULL, 0x00000400, "REPARSE_POINT"},
	{NULL, 0x00000800, "COMPRESSED"},
	{NULL, 0x00001000, "OFFLINE"},
	{NULL, 0x00002000, "NOT_CONTENT_INDEXED"},
	{NULL, 0x00004000, "ENCRYPTED"},
	{NULL, 0x00008000, "INTEGRITY_STREAM"},
	{NULL, 0x00020000, "NO_SCRUB_DATA"},
	{NULL, 0x00040000, "RECALL_ON_OPEN"},
	{NULL, 0x00080000, "PINNED"},
	{NULL, 0x00100000, "UNPINNED"},
	{NULL, 0x00400000, "RECALL_ON_DATA_ACCESS"},
	{"mask", 0x00000001, "READ_DATA"}, /* MS-SMB2 2.2.13.1, MS-DTYP 2.4.3 */
	{NULL, 0x00000002, "WRITE_DATA"},
	{NULL, 0x00000004, "APPEND_DATA"},
	{NULL, 0x00000008, "READ_EA"},
	{NULL, 0x00000010, "WRITE_EA"},
	{NULL, 0x00000020, "EXECUTE"},
	{NULL, 0x00000040, "DELETE_CHILD"},
	{NULL, 0x00000080, "READ_ATTRIBUTES"},
	{NULL, 0x00000100, "WRITE_ATTRIBUTES"},
	{NULL, 0x00010000, "DELETE"},
	{NULL, 0x00020000, "READ_CONTROL"},
	{NULL, 0x00040000, "WRITE_DAC"},
	{NULL, 0x00080000, "WRITE_OWNER"},
	{NULL, 0x00100000, "SYNCHRONIZE"},
	{NULL, 0x01000000, "ACCESS_SYSTEM_SECURITY"},
	{NULL, 0x02000000, "MAXIMUM_ALLOWED"},
	{NULL, 0x10000000, "GENERIC_ALL"},
	{NULL, 0x20000000, "GENERIC_EXECUTE"},
	{NULL, 0x40000000, "GENERIC_WRITE"},
	{NULL, 0x80000000, "GENERIC_READ"},
	{"ace_flags", 0x01, "OBJECT_INHERIT"}, /* MS-DTYP 2.4.4.1 */
	{NULL, 0x02, "CONTAINER_INHERIT"},
	{NULL, 0x04, "NO_PROPAGATE_INHERIT"},
	{NULL, 0x08, "INHERIT_ONLY"},
	{NULL, 0x10, "INHERITED"},
	{NULL, 0x40, "SUCCESSFUL_ACCESS"},
	{NULL, 0x80, "FAILED_ACCESS"},
	{"control", 0x0001, "OWNER_DEFAULTED"}, /* MS-DTYP 2.4.6 */
	{NULL, 0x0002, "GROUP_DEFAULTED"},
	{NULL, 0x0004, "DACL_PRESENT"},
	{NULL, 0x0008, "DACL_DEFAULTED"},
	{NULL, 0x0010, "SACL_PRESENT"},
	{NULL, 0x0020, "SACL_DEFAULTED"},
	{NULL, 0x0040, "DACL_TRUSTED"},
	{NULL, 0x0080, "SERVER_SECURITY"},
	{NULL, 0x0100, "DACL_INHERIT_REQUIRED"},
	{NULL, 0x0200, "SACL_INHERIT_REQUIRED"},
	{NULL, 0x0400, "DACL_AUTO_INHERITED"},
	{NULL, 0x0800, "SACL_AUTO_INHERITED"},
	{NULL, 0x1000, "DACL_PROTECTED"},
	{NULL, 0x2000, "SACL_PROTECTED"},
	{NULL, 0x4000, "RM_CONTROL_VALID"},
	{NULL, 0x8000, "SELF_RELATIVE"},
	{"additional_information", 0x01, "OWNER"}, /* MS-SMB2 2.2.37 */
	{NULL, 0x02, "GROUP"},
	{NULL, 0x04, "DACL"},
	{NULL, 0x08, "SACL"},
	{NULL, 0x10, "LABEL"},
	{NULL, 0x20, "ATTRIBUTE"},
	{NULL, 0x40, "SCOPE"},
	{NULL, 0x00010000, "BACKUP"},
	{"completion_filter", 0x001, "FILE_NAME"}, /* MS-SMB2 2.2.35 */
	{NULL, 0x002, "DIR_NAME"},
	{NULL, 0x004, "ATTRIBUTES"},
	{NULL, 0x008, "SIZE"},
	{NULL, 0x010, "LAST_WRITE"},
	{NULL, 0x020, "LAST_ACCESS"},
	{NULL, 0x040, "CREATION"},
	{NULL, 0x080, "EA"},
	{NULL, 0x100, "SECURITY"},
	{NULL, 0x200, "STREAM_NAME"},
	{NULL, 0x400, "STREAM_SIZE"},
	{NULL, 0x800, "STREAM_WRITE"},
};

/* Fields that have the bits of another one. */
static const struct {
	const char *field, *as;
} aliases[] = {
	{"desired_access", "mask"},
	{"maximal_access", "mask"},
	{"access_flags", "mask"},
};

void
show_put_flags(const char *field, uint64_t value, struct buf *out)
{
	const char *at = NULL;

	for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++)
		if (strcmp(aliases[i].field, field) == 0)
			field = aliases[i].as;
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (flags[i].field != NULL)
			at = flags[i].field;
		if ((value & flags[i].bit) != 0 && strcmp(at, field) == 0)
			buf_printf(out, " %s", flags[i].name);
	}
}
