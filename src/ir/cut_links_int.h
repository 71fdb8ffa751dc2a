/* What cut_links.c (how events depend on one another) and cut_files.c (the history of files) share.
 */
#ifndef SMB_IR_CUT_LINKS_INT_H
#define SMB_IR_CUT_LINKS_INT_H

#include "ir/breaks.h"
#include "ir/credit_scan.h"
#include "ir/cut_links.h"
#include "ir/cut_table.h"
#include "ir/fileids.h"
#include "ir/ir_index.h"

#define MAX_PENDING 1024 /* requests without final answer that a break may come of */

/* What is looked up, and what is found: events, plus 1, or a file. */
enum cut_key_kind {
	CUT_REQUEST,   /* a MessageId on a connection: the last request that had it */
	CUT_LOGON,     /* a session on a connection: its last SESSION_SETUP */
	CUT_ENDED,     /* a symbol: the last request that ended it */
	CUT_GUID,      /* a CreateGuid: the last CREATE with it */
	CUT_LEASE,     /* a lease key: the last CREATE with it */
	CUT_FILE_LAST, /* a file: the last event that opened or changed it */
	CUT_OPEN_FILE, /* an open: its file */
	CUT_CHANGED,   /* a directory: the last change in it */
	CUT_LISTED,    /* a directory: the last request that listed it */
};

struct cut_link {
	uint32_t from, to;
};

/* A file that was opened. Files are told apart by hashes of their names. */
struct cut_file {
	uint64_t file, parent; /* parent: the directory that it is in */
	bool may_go;           /* by the next CLOSE */
};

/* A change in a directory. */
struct cut_change {
	uint32_t event;
	uint32_t before; /* the one before in the same directory, plus 1 */
};

struct cut_builder {
	const struct ir *ir;
	struct cut_links *out;
	bool history;
	struct cut_link *links;
	size_t n_links, cap_links;
	size_t cap_breaks;
	struct ir_index index[IR_N_SYMBOL_KINDS];
	uint32_t *defs[IR_N_SYMBOL_KINDS]; /* by place: events, plus 1 */
	uint32_t *negotiates;              /* of each connection: the last NEGOTIATE, plus 1 */
	uint64_t *shares;                  /* of each tree, by place: a hash of its path */
	struct cut_file *files;            /* of each number that CUT_OPEN_FILE gives */
	struct cut_change *changes;
	size_t n_changes, cap_changes;
	size_t n_files, cap_files;
	struct cut_entry *table;
	struct fileid *opens; /* by recorded FileId */
	struct breaks *breaks;
	uint32_t pending[MAX_PENDING];
	size_t n_pending;
	uint32_t last_send; /* on any connection, plus 1 */
	struct buf heads, scratch, other;
	struct slice bytes; /* of the event at hand, empty: not needed so far */
	uint32_t n;         /* the event at hand */
	const struct ir_event *ev;
	int err;
};

/* A PDU of the event at hand. */
struct cut_part {
	struct credit_head h;
	uint32_t at, end; /* in its bytes */
};

/* The first error stays. */
void cut_note_error(struct cut_builder *b, int r);

/* Room for one more element of that size in an array of `n`. */
bool cut_room(struct cut_builder *b, void *array, size_t n, size_t *cap, size_t size);

/* Event `from` needs `to`, an event plus 1; 0 is none. */
void cut_add_link(struct cut_builder *b, uint32_t from, uint32_t to);

/* The table. */
uint32_t cut_get(const struct cut_builder *b, enum cut_key_kind kind, uint64_t a, uint64_t key_b);
void cut_put(struct cut_builder *b, enum cut_key_kind kind, uint64_t a, uint64_t key_b,
	     uint32_t value);

/* A PDU of the event at hand, decoded; borrowed until the next event. */
bool cut_decode(struct cut_builder *b, const struct cut_part *p, struct smb2_pdu *out);

/* The first symbol of that kind in a PDU, or NULL. */
const struct ir_patch *cut_symbol_in(const struct ir_event *ev, const struct cut_part *p,
				     enum ir_what what);

/* A CREATE of that name on a share (a hash) is the event at hand; the name has no stream. */
void cut_touch_name(struct cut_builder *b, uint64_t share, struct slice name);

/* The event at hand is another request, which uses or changes the file of its open. */
void cut_touch_open(struct cut_builder *b, const struct cut_part *p);

/* Hashes: of the path of a TREE_CONNECT request, of the share that a PDU's tree is, of the file
 * that a request uses. 0: not known. */
uint64_t cut_share_of(struct cut_builder *b, uint32_t request);
uint64_t cut_share_used(const struct cut_builder *b, const struct ir_patch *tree);
uint64_t cut_file_used(struct cut_builder *b, uint32_t request, uint64_t message_id);

/* The answer at hand defines an open, for that request's CREATE with that MessageId. */
void cut_open_file(struct cut_builder *b, const struct cut_part *p, uint32_t open,
		   uint32_t request);

/* The name without the stream behind it. */
struct slice cut_file_name(struct slice name);

#endif
