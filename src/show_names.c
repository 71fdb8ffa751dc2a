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
	{NULL, 60, "IdExtdDirectory"},
	{"lease_state", 0, "none"}, /* 2.2.13.2.8 */
	{NULL, 1, "R"},
	{NULL, 2, "H"},
	{NULL, 3, "RH"},
	{NULL, 4, "W"},
	{NULL, 5, "RW"},
	{NULL, 6, "HW"},
	{NULL, 7, "RHW"},
	{"ctl_code", 0x00060194, "DFS_GET_REFERRALS"}, /* 2.2.31, MS-FSCC 2.3 */
	{NULL, 0x000601b0, "DFS_GET_REFERRALS_EX"},
	{NULL, 0x00090000, "REQUEST_OPLOCK_LEVEL_1"},
	{NULL, 0x0009009c, "GET_OBJECT_ID"},
	{NULL, 0x000900a4, "SET_REPARSE_POINT"},
	{NULL, 0x000900a8, "GET_REPARSE_POINT"},
	{NULL, 0x000900ac, "DELETE_REPARSE_POINT"},
	{NULL, 0x000900c0, "CREATE_OR_GET_OBJECT_ID"},
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

bool
show_from_server(const struct ir_event *ev)
{
	return ev->kind == IR_RECV || (ev->kind != IR_SEND && ev->kind != IR_CONNECT && ev->server);
}
