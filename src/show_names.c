/* Names of values, and small things that all printers of workloads need. */
#include "config.h"

#include "show.h"

struct value {
	const char *field; /* NULL: as the line above */
	uint32_t value;
	const char *name;
};

/* MS-SMB2, by the section of the structure that has the field. */
static const struct value values[] = {
	{"dialect_revision", 0x0202, "2.0.2"}, /* 2.2.4 */
	{NULL, 0x0210, "2.1"},
	{NULL, 0x02ff, "2.???"},
	{NULL, 0x0300, "3.0"},
	{NULL, 0x0302, "3.0.2"},
	{NULL, 0x0311, "3.1.1"},
	{"create_disposition", 0, "SUPERSEDE"}, /* 2.2.13 */
	{NULL, 1, "OPEN"},
	{NULL, 2, "CREATE"},
	{NULL, 3, "OPEN_IF"},
	{NULL, 4, "OVERWRITE"},
	{NULL, 5, "OVERWRITE_IF"},
	{"impersonation_level", 0, "Anonymous"}, /* 2.2.13 */
	{NULL, 1, "Identification"},
	{NULL, 2, "Impersonation"},
	{NULL, 3, "Delegate"},
	{"oplock_level", 0, "none"}, /* 2.2.14 */
	{NULL, 1, "II"},
	{NULL, 8, "exclusive"},
	{NULL, 9, "batch"},
	{NULL, 0xff, "lease"},
	{"create_action", 0, "superseded"}, /* 2.2.14 */
	{NULL, 1, "opened"},
	{NULL, 2, "created"},
	{NULL, 3, "overwritten"},
	{"share_type", 1, "disk"}, /* 2.2.10 */
	{NULL, 2, "pipe"},
	{NULL, 3, "print"},
	{"hash_algorithms", 1, "SHA-512"}, /* 2.2.3.1.1 */
	{"ciphers", 1, "AES-128-CCM"},     /* 2.2.3.1.2 */
	{NULL, 2, "AES-128-GCM"},
	{NULL, 3, "AES-256-CCM"},
	{NULL, 4, "AES-256-GCM"},
	{"compression_algorithms", 0, "none"}, /* 2.2.3.1.3 */
	{NULL, 1, "LZNT1"},
	{NULL, 2, "LZ77"},
	{NULL, 3, "LZ77+Huffman"},
	{NULL, 4, "Pattern_V1"},
	{NULL, 5, "LZ4"},
	{"signing_algorithms", 0, "HMAC-SHA256"}, /* 2.2.3.1.7 */
	{NULL, 1, "AES-CMAC"},
	{NULL, 2, "AES-GMAC"},
	{"info_type", 1, "file"}, /* 2.2.37 */
	{NULL, 2, "filesystem"},
	{NULL, 3, "security"},
	{NULL, 4, "quota"},
	{"file_information_class", 1, "Directory"}, /* 2.2.33 */
	{NULL, 2, "FullDirectory"},
	{NULL, 3, "BothDirectory"},
	{NULL, 12, "Names"},
	{NULL, 37, "IdBothDirectory"},
	{NULL, 38, "IdFullDirectory"},
	{NULL, 50, "IdGlobalTxDirectory"},
	{NULL, 60, "IdExtdDirectory"},
	{NULL, 63, "IdExtdBothDirectory"},
	{NULL, 78, "Id64ExtdDirectory"},
	{NULL, 79, "Id64ExtdBothDirectory"},
	{NULL, 80, "IdAllExtdDirectory"},
	{NULL, 81, "IdAllExtdBothDirectory"},
	{"lease_state", 0, "none"}, /* 2.2.13.2.8 */
	{NULL, 1, "R"},
	{NULL, 2, "H"},
	{NULL, 3, "RH"},
	{NULL, 4, "W"},
	{NULL, 5, "RW"},
	{NULL, 6, "HW"},
	{NULL, 7, "RHW"},
	{"mask", 0x001f01ff, "ALL_ACCESS"}, /* MS-SMB2 2.2.13.1, what generic rights come to */
	{NULL, 0x00120089, "READ"},
	{NULL, 0x00120116, "WRITE"},
	{NULL, 0x001200a0, "EXECUTE"},
	{NULL, 0x001200a9, "READ+EXECUTE"},
	{"action", 1, "ADDED"}, /* MS-FSCC 2.7.1 */
	{NULL, 2, "REMOVED"},
	{NULL, 3, "MODIFIED"},
	{NULL, 4, "RENAMED_OLD_NAME"},
	{NULL, 5, "RENAMED_NEW_NAME"},
	{NULL, 6, "ADDED_STREAM"},
	{NULL, 7, "REMOVED_STREAM"},
	{NULL, 8, "MODIFIED_STREAM"},
	{"ace_type", 0x00, "ACCESS_ALLOWED"}, /* MS-DTYP 2.4.4.1 */
	{NULL, 0x01, "ACCESS_DENIED"},
	{NULL, 0x02, "SYSTEM_AUDIT"},
	{NULL, 0x05, "ACCESS_ALLOWED_OBJECT"},
	{NULL, 0x06, "ACCESS_DENIED_OBJECT"},
	{NULL, 0x07, "SYSTEM_AUDIT_OBJECT"},
	{NULL, 0x09, "ACCESS_ALLOWED_CALLBACK"},
	{NULL, 0x0a, "ACCESS_DENIED_CALLBACK"},
	{NULL, 0x0b, "ACCESS_ALLOWED_CALLBACK_OBJECT"},
	{NULL, 0x0c, "ACCESS_DENIED_CALLBACK_OBJECT"},
	{NULL, 0x0d, "SYSTEM_AUDIT_CALLBACK"},
	{NULL, 0x0f, "SYSTEM_AUDIT_CALLBACK_OBJECT"},
	{NULL, 0x11, "SYSTEM_MANDATORY_LABEL"},
	{NULL, 0x12, "SYSTEM_RESOURCE_ATTRIBUTE"},
	{NULL, 0x13, "SYSTEM_SCOPED_POLICY_ID"},
	{"reparse_tag", 0xa0000003, "MOUNT_POINT"}, /* MS-FSCC 2.1.2.1 */
	{NULL, 0xa000000c, "SYMLINK"},
	{NULL, 0x80000012, "DFS"},
	{NULL, 0x80000013, "DEDUP"},
	{NULL, 0x80000014, "NFS"},
	{NULL, 0x80000017, "WOF"},
	{NULL, 0xa000001d, "LX_SYMLINK"},
	{NULL, 0x80000023, "AF_UNIX"},
	{NULL, 0x80000024, "LX_FIFO"},
	{NULL, 0x80000025, "LX_CHR"},
	{NULL, 0x80000026, "LX_BLK"},
	{"ctl_code", 0x00060194, "DFS_GET_REFERRALS"}, /* 2.2.31, MS-FSCC 2.3 */
	{NULL, 0x000601b0, "DFS_GET_REFERRALS_EX"},
	{NULL, 0x00090000, "REQUEST_OPLOCK_LEVEL_1"},
	{NULL, 0x00090064, "GET_NTFS_VOLUME_DATA"},
	{NULL, 0x00090073, "GET_RETRIEVAL_POINTERS"},
	{NULL, 0x0009008f, "FIND_FILES_BY_SID"},
	{NULL, 0x00090098, "SET_OBJECT_ID"},
	{NULL, 0x0009009c, "GET_OBJECT_ID"},
	{NULL, 0x000900a4, "SET_REPARSE_POINT"},
	{NULL, 0x000900a8, "GET_REPARSE_POINT"},
	{NULL, 0x000900ac, "DELETE_REPARSE_POINT"},
	{NULL, 0x000900a0, "DELETE_OBJECT_ID"},
	{NULL, 0x000900bc, "SET_OBJECT_ID_EXTENDED"},
	{NULL, 0x000900c0, "CREATE_OR_GET_OBJECT_ID"},
	{NULL, 0x000900eb, "READ_FILE_USN_DATA"},
	{NULL, 0x000900ef, "WRITE_USN_CLOSE_RECORD"},
	{NULL, 0x000900fc, "MARK_HANDLE"},
	{NULL, 0x0009013c, "QUERY_ON_DISK_VOLUME_INFO"},
	{NULL, 0x00090284, "QUERY_FILE_REGIONS"},
	{NULL, 0x00090300, "QUERY_SHARED_VIRTUAL_DISK_SUPPORT"},
	{NULL, 0x00090304, "SVHDX_SYNC_TUNNEL_REQUEST"},
	{NULL, 0x00090350, "STORAGE_QOS_CONTROL"},
	{NULL, 0x00090364, "SVHDX_ASYNC_TUNNEL_REQUEST"},
	{NULL, 0x000903d3, "GET_RETRIEVAL_POINTERS_AND_REFCOUNT"},
	{NULL, 0x00090440, "REFS_STREAM_SNAPSHOT_MANAGEMENT"},
	{NULL, 0x000900c4, "SET_SPARSE"},
	{NULL, 0x00094264, "OFFLOAD_READ"},
	{NULL, 0x000940cf, "QUERY_ALLOCATED_RANGES"},
	{NULL, 0x000980c8, "SET_ZERO_DATA"},
	{NULL, 0x00098208, "FILE_LEVEL_TRIM"},
	{NULL, 0x00098268, "OFFLOAD_WRITE"},
	{NULL, 0x00098344, "DUPLICATE_EXTENTS"},
	{NULL, 0x000983e8, "DUPLICATE_EXTENTS_EX"},
	{NULL, 0x0009003c, "GET_COMPRESSION"},
	{NULL, 0x0009c040, "SET_COMPRESSION"},
	{NULL, 0x0009027c, "GET_INTEGRITY_INFORMATION"},
	{NULL, 0x0009c280, "SET_INTEGRITY_INFORMATION"},
	{NULL, 0x0011400c, "PIPE_PEEK"},
	{NULL, 0x00110018, "PIPE_WAIT"},
	{NULL, 0x0011c017, "PIPE_TRANSCEIVE"},
	{NULL, 0x001401d4, "LMR_REQUEST_RESILIENCY"},
	{NULL, 0x001401fc, "QUERY_NETWORK_INTERFACE_INFO"},
	{NULL, 0x00140204, "VALIDATE_NEGOTIATE_INFO"},
	{NULL, 0x00140078, "SRV_REQUEST_RESUME_KEY"},
	{NULL, 0x00144064, "SRV_ENUMERATE_SNAPSHOTS"},
	{NULL, 0x001440f2, "SRV_COPYCHUNK"},
	{NULL, 0x001441bb, "SRV_READ_HASH"},
	{NULL, 0x001480f2, "SRV_COPYCHUNK_WRITE"},
};

/* Fields that have the values of another one. */
static const struct {
	const char *field, *as;
} aliases[] = {
	{"requested_oplock_level", "oplock_level"},
	{"dialects", "dialect_revision"},
	{"dialect", "dialect_revision"},
	{"current_lease_state", "lease_state"},
	{"new_lease_state", "lease_state"},
	{"reparse_point_tag", "reparse_tag"},
	{"desired_access", "mask"},
	{"maximal_access", "mask"},
	{"access_flags", "mask"},
};

const char *
show_value_name(const char *field, uint64_t value)
{
	const char *at = NULL;

	for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++)
		if (strcmp(aliases[i].field, field) == 0)
			field = aliases[i].as;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		if (values[i].field != NULL)
			at = values[i].field;
		if (values[i].value == value && strcmp(at, field) == 0)
			return values[i].name;
	}
	return NULL;
}

/* MS-FSCC 2.4 */
static const char *const file_classes[] = {
	[4] = "Basic",
	[5] = "Standard",
	[6] = "Internal",
	[7] = "Ea",
	[8] = "Access",
	[9] = "Name",
	[10] = "Rename",
	[11] = "Link",
	[13] = "Disposition",
	[14] = "Position",
	[15] = "FullEa",
	[16] = "Mode",
	[17] = "Alignment",
	[18] = "All",
	[19] = "Allocation",
	[20] = "EndOfFile",
	[21] = "AlternateName",
	[22] = "Stream",
	[23] = "Pipe",
	[24] = "PipeLocal",
	[25] = "PipeRemote",
	[28] = "Compression",
	[34] = "NetworkOpen",
	[35] = "AttributeTag",
	[39] = "ValidDataLength",
	[40] = "ShortName",
	[48] = "NormalizedName",
	[59] = "Id",
	[64] = "DispositionEx",
	[65] = "RenameEx",
	[72] = "LinkEx",
};

/* MS-FSCC 2.5 */
static const char *const fs_classes[] = {
	[1] = "Volume",     [2] = "Label",        [3] = "Size",        [4] = "Device",
	[5] = "Attribute",  [6] = "Control",      [7] = "FullSize",    [8] = "ObjectId",
	[9] = "DriverPath", [10] = "VolumeFlags", [11] = "SectorSize",
};

const char *
show_class_name(uint64_t info_type, uint64_t info_class)
{
	if (info_type == 1 && info_class < sizeof(file_classes) / sizeof(file_classes[0]))
		return file_classes[info_class];
	if (info_type == 2 && info_class < sizeof(fs_classes) / sizeof(fs_classes[0]))
		return fs_classes[info_class];
	return NULL;
}

int
show_note(const struct show_event *e, struct smb2_questions *asked)
{
	struct show_chain c = show_chain_init(e);
	struct show_pdu p;
	int r = 0;

	while (r == 0 && e->ev->kind == IR_SEND && show_chain_next(&c, &p))
		if (p.pdu != NULL)
			r = smb2_questions_note(asked, e->ev->conn, p.pdu);
	return r;
}

struct show_chain
show_chain_init(const struct show_event *e)
{
	struct show_chain c = {.event = e};

	if (e->kind == SMB2_MSG_PLAIN)
		c.chain = smb2_chain_init(e->bytes);
	return c;
}

bool
show_chain_next(struct show_chain *c, struct show_pdu *out)
{
	*out = (struct show_pdu){.event = c->event, .index = c->index};
	if (c->event->kind != SMB2_MSG_PLAIN || !smb2_chain_next(&c->chain, &out->bytes))
		return false;
	out->at = (size_t)(out->bytes.p - c->event->bytes.p);
	if (smb2_pdu_decode(out->bytes, &c->decoded) == 0)
		out->pdu = &c->decoded;
	if (out->pdu != NULL && c->opened && c->event->asked != NULL)
		smb2_questions_open(c->event->asked, c->event->ev->conn, &c->decoded);
	c->index++;
	return true;
}

const struct ir_patch *
show_patch_at(const struct ir_event *ev, size_t off, size_t len)
{
	for (uint32_t i = 0; i < ev->n_patches; i++) {
		const struct ir_patch *p = &ev->patches[i];

		if (p->off < off + len && off < (size_t)p->off + p->width)
			return p;
	}
	return NULL;
}

void
show_put_symbol(struct buf *out, const struct ir_patch *p)
{
	if (p->what < IR_N_SYMBOL_KINDS)
		buf_printf(out, "%s.%u", ir_what_names[p->what], p->number);
	else
		buf_printf(out, "%s", ir_what_names[p->what]);
}

void
show_put_fault(struct buf *out, const struct ir_fault *f)
{
	size_t from = out->n;
	const struct {
		bool is;
		const char *name;
	} flags[] = {
		{f->unsent, "unsent"},
		{f->rst, "RST"},
		{f->stop_reading, "stops reading"},
		{f->resume_reading, "reads again"},
	};

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (flags[i].is)
			buf_printf(out, "%s%s", out->n > from ? ", " : "", flags[i].name);
	if (f->times > 1)
		buf_printf(out, "%sx%u", out->n > from ? ", " : "", f->times);
	if (f->cut > 0)
		buf_printf(out, "%scut %u", out->n > from ? ", " : "", f->cut);
	if (f->delay > 0)
		buf_printf(out, "%sdelayed %g ms", out->n > from ? ", " : "",
			   (double)f->delay / 1e6);
}

void
show_put_timing(struct buf *out, const struct ir_timing *t)
{
	if (t->barrier != NULL)
		buf_printf(out, "barrier %s", t->barrier);
	else
		buf_printf(out, "gap %+g us from %s%u", (double)t->ns / 1e3,
			   t->answered ? "the answer to " : "", t->of);
}

void
show_put_pauses(struct buf *out, const struct ir_event *ev)
{
	for (uint32_t i = 0; i < ev->n_pauses; i++) {
		const struct ir_pause *p = &ev->pauses[i];

		buf_printf(out, "%s%u %g us", i == 0 ? "pause at byte " : ", at ", p->off,
			   (double)p->ns / 1e3);
		if (p->of != IR_NO_EVENT)
			buf_printf(out, " from %s%u", p->answered ? "the answer to " : "", p->of);
	}
}

bool
show_from_server(const struct ir_event *ev)
{
	return ev->kind == IR_RECV || (ev->kind != IR_SEND && ev->kind != IR_CONNECT && ev->server);
}
