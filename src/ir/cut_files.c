/*
 * The history of files: each request that opens or changes one comes behind the one before, so that
 * a part of a workload finds the files as they were.
 */
#include "config.h"

#include "ir/cut_links_int.h"

/* MS-SMB2 2.2.39, MS-FSCC 2.4: a new name in SET_INFO, and where it begins. */
#define INFO_FILE 1
#define FILE_RENAME 10
#define FILE_LINK 11
#define RENAME_NAME 20

#define HASH_START 0xcbf29ce484222325u

#define MAX_CHAIN 256 /* PDUs of a request in which one is sought */

/* FNV-1a, a letter of a name after the other. Two names that meet only mean that more is kept. */
static uint64_t
hash_letter(uint64_t h, const uint8_t *utf16)
{
	uint16_t c = (uint16_t)wire_le(utf16, 2);

	/* Names differ in more than the case of letters. */
	if (c >= 'A' && c <= 'Z')
		c = (uint16_t)(c + ('a' - 'A'));
	return (h ^ c) * 0x100000001b3u;
}

static uint64_t
hash_name(struct slice utf16, uint64_t seed)
{
	uint64_t h = seed ^ HASH_START;

	for (size_t i = 0; i + 1 < utf16.n; i += 2)
		h = hash_letter(h, utf16.p + i);
	return h;
}

/* A stream stands and falls with its file. */
struct slice
cut_file_name(struct slice name)
{
	for (size_t i = 0; i + 1 < name.n; i += 2)
		if (name.p[i] == ':' && name.p[i + 1] == 0)
			return slice_of(name.p, i);
	return name;
}

/* The event needs what was done to a file before; where it changes the file it is next in line. */
static void
touch_file(struct cut_builder *b, uint64_t file, bool changes)
{
	cut_add_link(b, b->n, cut_get(b, CUT_FILE_LAST, file, 0));
	if (changes)
		cut_put(b, CUT_FILE_LAST, file, 0, b->n + 1);
}

void
cut_touch_name(struct cut_builder *b, uint64_t share, struct slice name)
{
	uint64_t h = share ^ HASH_START;

	for (size_t i = 0; i + 1 < name.n; i += 2) {
		/* Its directories must be there. */
		if (i > 0 && name.p[i] == '\\' && name.p[i + 1] == 0)
			touch_file(b, h, false);
		h = hash_letter(h, name.p + i);
	}
	touch_file(b, h, true);
}

/* Where a rename or a link goes (MS-FSCC 2.4.37.2, 2.4.27.2), that name is touched as well. */
static void
touch_target(struct cut_builder *b, const struct cut_part *p)
{
	const struct ir_patch *tree = cut_symbol_in(b->ev, p, IR_TREE);
	const struct smb2_set_info_req *req;
	struct smb2_pdu pdu;
	struct slice buffer;

	if (!cut_decode(b, p, &pdu) || pdu.body_def != &smb2_defs[SMB2_DEF_smb2_set_info_req])
		return;
	req = &pdu.body.smb2_set_info_req;
	buffer = req->buffer;
	if (req->info_type == INFO_FILE && buffer.n > RENAME_NAME &&
	    (req->file_info_class == FILE_RENAME || req->file_info_class == FILE_LINK))
		cut_touch_name(b, cut_share_used(b, tree),
			       slice_sub(buffer, RENAME_NAME, buffer.n - RENAME_NAME));
}

void
cut_touch_open(struct cut_builder *b, const struct cut_part *p)
{
	const struct ir_patch *open = cut_symbol_in(b->ev, p, IR_OPEN);
	uint32_t file = open != NULL ? cut_get(b, CUT_OPEN_FILE, open->number, 0) : 0;
	bool reads = p->h.command == SMB2_CMD_READ || p->h.command == SMB2_CMD_QUERY_INFO ||
		     p->h.command == SMB2_CMD_FLUSH;

	if (file != 0)
		touch_file(b, b->files[file - 1], !reads);
	if (p->h.command == SMB2_CMD_SET_INFO)
		touch_target(b, p);
}

uint64_t
cut_share_of(struct cut_builder *b, uint32_t request)
{
	const struct ir_event *ev = &b->ir->events[request];
	struct slice s = ir_bytes(b->ir, ev, &b->other), pdu;
	struct smb2_chain chain = smb2_chain_init(s);
	struct smb2_pdu p;

	cut_note_error(b, b->other.err);
	for (int i = 0; i < MAX_CHAIN && smb2_chain_next(&chain, &pdu); i++)
		if (smb2_pdu_decode(pdu, &p) == 0 &&
		    p.body_def == &smb2_defs[SMB2_DEF_smb2_tree_connect_req])
			return hash_name(p.body.smb2_tree_connect_req.path, 0);
	return 0;
}

/* The file of the CREATE with that MessageId in a request. */
uint64_t
cut_file_of(struct cut_builder *b, uint32_t request, uint64_t message_id)
{
	const struct ir_event *ev = &b->ir->events[request];
	struct slice s = ir_bytes(b->ir, ev, &b->other), bytes;
	struct smb2_chain chain = smb2_chain_init(s);

	cut_note_error(b, b->other.err);
	for (int i = 0; i < MAX_CHAIN && smb2_chain_next(&chain, &bytes); i++) {
		struct cut_part p = {.at = (uint32_t)(bytes.p - s.p)};
		const struct ir_patch *tree;
		struct smb2_pdu pdu;

		p.end = p.at + (uint32_t)bytes.n;
		if (smb2_pdu_decode(bytes, &pdu) != 0 || pdu.h.message_id != message_id ||
		    pdu.body_def != &smb2_defs[SMB2_DEF_smb2_create_req])
			continue;
		tree = cut_symbol_in(ev, &p, IR_TREE);
		return hash_name(cut_file_name(pdu.body.smb2_create_req.name),
				 cut_share_used(b, tree));
	}
	return 0;
}

/* The file that a request uses, 0: not known. */
uint64_t
cut_file_used(struct cut_builder *b, uint32_t request, uint64_t message_id)
{
	const struct ir_event *ev = &b->ir->events[request];

	for (uint32_t i = 0; i < ev->n_patches; i++)
		if (ev->patches[i].what == IR_OPEN) {
			uint32_t file = cut_get(b, CUT_OPEN_FILE, ev->patches[i].number, 0);

			return file != 0 ? b->files[file - 1] : 0;
		}
	return cut_file_of(b, request, message_id);
}

uint64_t
cut_share_used(const struct cut_builder *b, const struct ir_patch *tree)
{
	return tree != NULL ? b->shares[ir_index_at(&b->index[IR_TREE], tree->number)] : 0;
}
