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
#define FILE_DELETE_ON_CLOSE 0x1000 /* of CreateOptions, MS-SMB2 2.2.13 */
#define FILE_OPENED 1               /* CreateAction, MS-SMB2 2.2.14 */

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

/* Where a rename or a link goes (MS-FSCC 2.4.42.2, 2.4.28.2), that name is touched as well. */
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

static void
note_change(struct cut_builder *b, uint64_t directory)
{
	if (!cut_room(b, &b->changes, b->n_changes, &b->cap_changes, sizeof(*b->changes)))
		return;
	b->changes[b->n_changes++] =
		(struct cut_change){b->n, cut_get(b, CUT_CHANGED, directory, 0)};
	cut_put(b, CUT_CHANGED, directory, 0, (uint32_t)b->n_changes);
}

/* A listing needs what changed in the directory since the listing before, which it needs, too. */
static void
list_directory(struct cut_builder *b, uint64_t directory)
{
	uint32_t i = cut_get(b, CUT_CHANGED, directory, 0),
		 before = cut_get(b, CUT_LISTED, directory, 0);

	cut_add_link(b, b->n, before);
	for (; i != 0 && b->changes[i - 1].event + 1 > before; i = b->changes[i - 1].before)
		cut_add_link(b, b->n, b->changes[i - 1].event + 1);
	cut_put(b, CUT_LISTED, directory, 0, b->n + 1);
}

/* Only what may change a directory's content counts there: names, sizes, removal. */
static void
touch_directory(struct cut_builder *b, struct cut_file *f, unsigned command)
{
	if (command == SMB2_CMD_QUERY_DIRECTORY)
		list_directory(b, f->file);
	f->may_go = f->may_go || command == SMB2_CMD_SET_INFO;
	if (command == SMB2_CMD_SET_INFO || command == SMB2_CMD_WRITE ||
	    (command == SMB2_CMD_CLOSE && f->may_go))
		note_change(b, f->parent);
}

void
cut_touch_open(struct cut_builder *b, const struct cut_part *p)
{
	const struct ir_patch *open = cut_symbol_in(b->ev, p, IR_OPEN);
	uint32_t file = open != NULL ? cut_get(b, CUT_OPEN_FILE, open->number, 0) : 0;
	bool reads = p->h.command == SMB2_CMD_READ || p->h.command == SMB2_CMD_QUERY_INFO ||
		     p->h.command == SMB2_CMD_FLUSH;

	if (file != 0) {
		touch_file(b, b->files[file - 1].file, !reads);
		touch_directory(b, &b->files[file - 1], p->h.command);
	}
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

/* The directory of a name, as a hash. */
static uint64_t
hash_parent(struct slice name, uint64_t share)
{
	size_t end = 0;

	for (size_t i = 0; i + 1 < name.n; i += 2)
		if (name.p[i] == '\\' && name.p[i + 1] == 0)
			end = i;
	return hash_name(slice_of(name.p, end), share);
}

static struct cut_file
file_of_create(const struct cut_builder *b, const struct smb2_create_req *req,
	       const struct ir_patch *tree)
{
	uint64_t share = cut_share_used(b, tree);
	struct slice name = cut_file_name(req->name);

	return (struct cut_file){.file = hash_name(name, share),
				 .parent = hash_parent(name, share),
				 .may_go = (req->create_options & FILE_DELETE_ON_CLOSE) != 0};
}

/* The file of the CREATE with that MessageId in a request. */
static struct cut_file
file_of(struct cut_builder *b, uint32_t request, uint64_t message_id)
{
	const struct ir_event *ev = &b->ir->events[request];
	struct slice s = ir_bytes(b->ir, ev, &b->other), bytes;
	struct smb2_chain chain = smb2_chain_init(s);

	cut_note_error(b, b->other.err);
	for (int i = 0; i < MAX_CHAIN && smb2_chain_next(&chain, &bytes); i++) {
		struct cut_part p = {.at = (uint32_t)(bytes.p - s.p)};
		struct smb2_pdu pdu;

		p.end = p.at + (uint32_t)bytes.n;
		if (smb2_pdu_decode(bytes, &pdu) == 0 && pdu.h.message_id == message_id &&
		    pdu.body_def == &smb2_defs[SMB2_DEF_smb2_create_req])
			return file_of_create(b, &pdu.body.smb2_create_req,
					      cut_symbol_in(ev, &p, IR_TREE));
	}
	return (struct cut_file){.file = 0};
}

void
cut_open_file(struct cut_builder *b, const struct cut_part *p, uint32_t open, uint32_t request)
{
	struct cut_file f = file_of(b, request, p->h.message_id);
	struct smb2_pdu pdu;

	if (!cut_room(b, &b->files, b->n_files, &b->cap_files, sizeof(*b->files)))
		return;
	b->files[b->n_files++] = f;
	cut_put(b, CUT_OPEN_FILE, open, 0, (uint32_t)b->n_files);
	if (cut_decode(b, p, &pdu) && pdu.body_def == &smb2_defs[SMB2_DEF_smb2_create_resp] &&
	    pdu.body.smb2_create_resp.create_action != FILE_OPENED)
		note_change(b, f.parent);
}

/* The file that a request uses, 0: not known. */
uint64_t
cut_file_used(struct cut_builder *b, uint32_t request, uint64_t message_id)
{
	const struct ir_event *ev = &b->ir->events[request];
	uint32_t open = ir_symbol_in(ev, IR_OPEN, 0, SIZE_MAX), file;

	if (open == 0)
		return file_of(b, request, message_id).file;
	file = cut_get(b, CUT_OPEN_FILE, open, 0);
	return file != 0 ? b->files[file - 1].file : 0;
}

uint64_t
cut_share_used(const struct cut_builder *b, const struct ir_patch *tree)
{
	return tree != NULL ? b->shares[ir_index_at(&b->index[IR_TREE], tree->number)] : 0;
}
