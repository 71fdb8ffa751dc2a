/* What the capture itself does to files: what is seen of them afterwards is not their first state.
 */
#include "config.h"

#include "ir/state_int.h"

#include "proto/ntstatus.h"
#include "proto/smb2_elems.h"

/* InfoType, MS-SMB2 2.2.39 */
#define INFO_FILE 1
#define INFO_SECURITY 3
/* FileInformationClass, MS-FSCC 2.4 */
enum {
	CLASS_BASIC = 4,
	CLASS_RENAME = 10,
	CLASS_LINK = 11,
	CLASS_DISPOSITION = 13,
	CLASS_FULL_EA = 15,
	CLASS_ALLOCATION = 19,
	CLASS_END_OF_FILE = 20,
	CLASS_VALID_DATA = 39,
	CLASS_DISPOSITION_EX = 64,
	CLASS_RENAME_EX = 65,
	CLASS_LINK_EX = 72,
};
#define DISPOSITION_DELETE 1 /* of FileDispositionInformationEx, MS-FSCC 2.4.12 */
#define REPLACE_IF_EXISTS 1  /* of FileRenameInformationEx and FileLinkInformationEx */
/* FSCTLs, MS-FSCC 2.3 and MS-SMB2 2.2.31 */
enum {
	FSCTL_SET_COMPRESSION = 0x0009c040,
	FSCTL_SET_REPARSE = 0x000900a4,
	FSCTL_GET_REPARSE = 0x000900a8,
	FSCTL_DELETE_REPARSE = 0x000900ac,
	FSCTL_SET_SPARSE = 0x000900c4,
	FSCTL_ZERO_DATA = 0x000980c8,
	FSCTL_TRIM = 0x00098208,
	FSCTL_OFFLOAD_WRITE = 0x00098268,
	FSCTL_DUPLICATE = 0x00098344,
	FSCTL_DUPLICATE_EX = 0x000983e8,
	FSCTL_COPYCHUNK = 0x001440f2,
	FSCTL_COPYCHUNK_WRITE = 0x001480f2,
};

int
state_write(struct state_feed *f, const struct state_target *t, uint64_t off, uint64_t len,
	    uint64_t event)
{
	struct state_stuff *s = state_stuff_of(t);
	const struct span x = {.off = off, .len = len, .at = SPAN_WRITTEN};

	s->touched = true;
	t->object->touched |= STATE_TOUCHED_DATA | STATE_TOUCHED_TIMES;
	return len > 0 ? state_span(state_feed_tree(f), t->object, s, &x, event) : 0;
}

/* Up to the end of the file nothing changes; behind that, all. */
static int
resize(struct state_feed *f, const struct state_target *t, uint64_t size, uint64_t event)
{
	return state_write(f, t, size, UINT64_MAX - size, event);
}

static int
set_file_info(struct state_feed *f, const struct state_target *t, const struct smb2_set_info_req *b,
	      uint64_t event)
{
	uint64_t first = b->buffer.n >= 8 ? wire_le(b->buffer.p, 8) : 0;

	switch (b->file_info_class) {
	case CLASS_BASIC:
		t->object->touched |= STATE_TOUCHED_TIMES | STATE_TOUCHED_ATTRIBUTES;
		return 0;
	case CLASS_FULL_EA:
		t->object->touched |= STATE_TOUCHED_EAS | STATE_TOUCHED_TIMES;
		return 0;
	case CLASS_END_OF_FILE:
		return resize(f, t, first, event);
	case CLASS_ALLOCATION: /* cuts the file where it is longer */
	case CLASS_VALID_DATA:
		return first == 0 ? resize(f, t, first, event) : 0;
	default:
		return 0;
	}
}

/* One structure of a request's input. */
static bool
read_input(const struct smb2_ioctl_req *b, enum smb2_def_id id, union smb2_any *out)
{
	return smb2_decode(&smb2_defs[id], b->input, 0, out, NULL) == 0;
}

static int
copy_chunks(struct state_feed *f, const struct state_target *t, const struct smb2_ioctl_req *b,
	    uint64_t event)
{
	const struct smb2_def *def = &smb2_defs[SMB2_DEF_smb2_copychunk_req];
	union smb2_any any;
	struct smb2_elems it;
	struct smb2_elem e;
	int r = 0;

	if (!read_input(b, SMB2_DEF_smb2_copychunk_req, &any))
		return 0;
	it = smb2_elems_init(smb2_row_find(def, "chunks"), &any, false);
	while (r == 0 && smb2_elems_next(&it, &e))
		r = state_write(f, t, e.any.smb2_srv_copychunk.target_offset,
				e.any.smb2_srv_copychunk.length, event);
	return r;
}

static int
control(struct state_feed *f, const struct state_target *t, const struct smb2_ioctl_req *b,
	uint64_t event)
{
	union smb2_any any;

	switch (b->ctl_code) {
	case FSCTL_SET_REPARSE:
	case FSCTL_DELETE_REPARSE:
		t->object->touched |= STATE_TOUCHED_REPARSE | STATE_TOUCHED_ATTRIBUTES;
		return 0;
	case FSCTL_SET_SPARSE:
	case FSCTL_SET_COMPRESSION:
		t->object->touched |= STATE_TOUCHED_ATTRIBUTES;
		return 0;
	case FSCTL_ZERO_DATA:
		return read_input(b, SMB2_DEF_fscc_zero_data, &any) &&
				       any.fscc_zero_data.beyond_final_zero >
					       any.fscc_zero_data.file_offset
			       ? state_write(f, t, any.fscc_zero_data.file_offset,
					     any.fscc_zero_data.beyond_final_zero -
						     any.fscc_zero_data.file_offset,
					     event)
			       : 0;
	case FSCTL_COPYCHUNK:
	case FSCTL_COPYCHUNK_WRITE:
		return copy_chunks(f, t, b, event);
	case FSCTL_DUPLICATE:
		return read_input(b, SMB2_DEF_smb2_duplicate_extents_req, &any)
			       ? state_write(f, t,
					     any.smb2_duplicate_extents_req.target_file_offset,
					     any.smb2_duplicate_extents_req.byte_count, event)
			       : 0;
	case FSCTL_DUPLICATE_EX:
		return read_input(b, SMB2_DEF_smb2_duplicate_extents_ex_req, &any)
			       ? state_write(f, t,
					     any.smb2_duplicate_extents_ex_req.target_file_offset,
					     any.smb2_duplicate_extents_ex_req.byte_count, event)
			       : 0;
	case FSCTL_OFFLOAD_WRITE:
		return read_input(b, SMB2_DEF_fscc_offload_write_req, &any)
			       ? state_write(f, t, any.fscc_offload_write_req.file_offset,
					     any.fscc_offload_write_req.copy_length, event)
			       : 0;
	case FSCTL_TRIM:
		return state_write(f, t, 0, UINT64_MAX, event);
	default:
		return 0;
	}
}

int
state_changes(struct state_feed *f, const struct state_target *t, const struct smb2_pdu *req,
	      uint64_t event)
{
	if (req->body_def == &smb2_defs[SMB2_DEF_smb2_write_req])
		return state_write(f, t, req->body.smb2_write_req.offset,
				   req->body.smb2_write_req.length, event);
	if (req->body_def == &smb2_defs[SMB2_DEF_smb2_ioctl_req])
		return control(f, t, &req->body.smb2_ioctl_req, event);
	if (req->body_def != &smb2_defs[SMB2_DEF_smb2_set_info_req])
		return 0;
	if (req->body.smb2_set_info_req.info_type == INFO_SECURITY)
		t->object->touched |= STATE_TOUCHED_SECURITY;
	return req->body.smb2_set_info_req.info_type == INFO_FILE
		       ? set_file_info(f, t, &req->body.smb2_set_info_req, event)
		       : 0;
}

/* ---- Names that change ---- */

/* The new name of a rename or link, and whether it may take the place of another. */
static bool
new_name(const struct smb2_set_info_req *b, struct slice *name, bool *replaces)
{
	union smb2_any any;

	switch (b->file_info_class) {
	case CLASS_RENAME:
	case CLASS_LINK:
		if (smb2_decode(&smb2_defs[SMB2_DEF_fscc_rename], b->buffer, 0, &any, NULL) != 0)
			return false;
		*replaces = any.fscc_rename.replace_if_exists != 0;
		*name = any.fscc_rename.file_name;
		break;
	case CLASS_RENAME_EX:
	case CLASS_LINK_EX:
		if (smb2_decode(&smb2_defs[SMB2_DEF_fscc_rename_ex], b->buffer, 0, &any, NULL) != 0)
			return false;
		*replaces = (any.fscc_rename_ex.flags & REPLACE_IF_EXISTS) != 0;
		*name = any.fscc_rename_ex.file_name;
		break;
	default:
		return false;
	}
	/* The name of a stream begins with a colon. */
	return name->n >= 2 && wire_le(name->p, 2) != ':';
}

static int
renamed(struct state_feed *f, const struct state_asked *q, const struct state_answer *a)
{
	const struct smb2_set_info_req *b = &q->request->body.smb2_set_info_req;
	bool link = b->file_info_class == CLASS_LINK || b->file_info_class == CLASS_LINK_EX;
	struct state_path p = {.root = q->root, .event = a->m->event};
	struct state_object *dir;
	struct state_slot *s;
	bool replaces;
	int r;

	if (!new_name(b, &p.path, &replaces))
		return 0;
	r = state_walk(state_feed_tree(f), &p, STATE_WALK_EXISTS, &dir, &s);
	if (r != 0 || s == NULL || s->now == q->target.object)
		return r;
	if (!replaces)
		state_absent(s, STATE_BY_RENAMED, p.event);
	state_moved(q->target.object, s, link);
	return 0;
}

/* A rename that fails on what is there. */
static int
collided(struct state_feed *f, const struct state_asked *q, const struct state_answer *a)
{
	struct state_path p = {.root = q->root, .event = a->m->event};
	struct state_object *dir, *o;
	struct state_slot *s;
	bool replaces;
	int r;

	if (!new_name(&q->request->body.smb2_set_info_req, &p.path, &replaces))
		return 0;
	r = state_walk(state_feed_tree(f), &p, STATE_WALK_EXISTS, &dir, &s);
	return r == 0 && s != NULL
		       ? state_sight(state_feed_tree(f), s, STATE_BY_COLLIDED, p.event, &o)
		       : r;
}

static void
disposed(const struct state_asked *q)
{
	const struct smb2_set_info_req *b = &q->request->body.smb2_set_info_req;
	uint64_t how = b->buffer.n > 0 ? b->buffer.p[0] : 0;

	if (b->file_info_class == CLASS_DISPOSITION_EX)
		how &= DISPOSITION_DELETE;
	if (q->target.stream != NULL)
		q->target.stream->stuff.touched = true;
	else
		q->target.object->dying = how != 0;
}

int
state_changed(struct state_feed *f, const struct state_asked *q, const struct state_answer *a)
{
	const struct smb2_set_info_req *b = &q->request->body.smb2_set_info_req;

	if (q->request->body_def != &smb2_defs[SMB2_DEF_smb2_set_info_req] ||
	    b->info_type != INFO_FILE)
		return 0;
	if (a->pdu->h.status == (uint32_t)STATUS_OBJECT_NAME_COLLISION && q->root != NULL)
		return collided(f, q, a);
	if (ntstatus_failed(a->pdu->h.status))
		return 0;
	if (b->file_info_class == CLASS_DISPOSITION || b->file_info_class == CLASS_DISPOSITION_EX)
		disposed(q);
	return q->root != NULL && q->target.stream == NULL ? renamed(f, q, a) : 0;
}

int
state_controlled(struct state_feed *f, const struct state_asked *q, const struct state_answer *a)
{
	const struct smb2_ioctl_resp *b = &a->pdu->body.smb2_ioctl_resp;
	struct state_object *o = q->target.object;
	struct state_extra *x;

	if (a->pdu->body_def != &smb2_defs[SMB2_DEF_smb2_ioctl_resp] ||
	    a->pdu->h.status != STATUS_SUCCESS || b->ctl_code != FSCTL_GET_REPARSE ||
	    b->output.n < 8 || b->output.n > STATE_MAX_EXTRA || !state_is_first(o) ||
	    (o->touched & STATE_TOUCHED_REPARSE) != 0)
		return 0;
	x = state_extra_of(state_feed_tree(f), o);
	if (x == NULL)
		return ERR_NOMEM;
	o->reparse_tag = (uint32_t)wire_le(b->output.p, 4);
	return state_keep(state_feed_tree(f), b->output, &x->reparse);
}
