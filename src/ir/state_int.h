/*
 * What the parts of the derivation share: state_feed.c pairs requests with answers,
 * state_create.c reads what CREATE says, state_change.c what SET_INFO, IOCTL and WRITE do,
 * state_look.c what QUERY_INFO, QUERY_DIRECTORY and READ show.
 */
#ifndef SMB_IR_STATE_INT_H
#define SMB_IR_STATE_INT_H

#include "ir/state_feed.h"
#include "ir/state_tree.h"
#include "proto/smb2_pdu.h"

#define STATE_KEPT_REQUEST ((size_t)64 << 10) /* bytes of a request that wait for its answer */

/* MS-FSCC 2.6 */
#define STATE_ATTR_DIRECTORY 0x10u
#define STATE_ATTR_REPARSE 0x400u

/* What the answer to QUERY_DIRECTORY and the like is of: a FileId of a server. */
struct state_handle {
	uint64_t server;
	uint8_t id[16];
};

/* What a request of an open is about. */
struct state_target {
	struct state_object *object;      /* NULL: a pipe, a snapshot, or not known */
	struct state_node_stream *stream; /* NULL: the main one */
};

/* A request that waits for its answer, with the request. */
struct state_asked {
	struct state_object *root; /* of its share; NULL: no share of files, or not known */
	struct state_handle handle;
	struct state_target target;
	uint64_t off, len;              /* READ, WRITE */
	const struct smb2_pdu *request; /* NULL: it was not kept */
};

/* An answer, and where its bytes are. */
struct state_answer {
	const struct state_message *m;
	const struct smb2_pdu *pdu;
	uint64_t server;
};

/* The contents that a target names. */
static inline struct state_stuff *
state_stuff_of(const struct state_target *t)
{
	return t->stream != NULL ? &t->stream->stuff : &t->object->stuff;
}

/* ---- state_feed.c ---- */

/* The tree of names. */
struct state_tree *state_feed_tree(struct state_feed *f);

/* What a handle stands for; false: not known. */
bool state_find_open(struct state_feed *f, const struct state_handle *h, struct state_target *out);

/* From now on the handle stands for that. `dies`: what it opened goes when it is closed. Returns 0
 * or ERR_NOMEM. */
int state_open(struct state_feed *f, const struct state_handle *h, const struct state_target *t,
	       bool dies) MUST_CHECK;

/* Entries of this connection are in Apple's form, in which EaSize is something else. */
void state_set_apple(struct state_feed *f, uint32_t conn);
bool state_is_apple(const struct state_feed *f, uint32_t conn);

/* ---- Answers: each returns 0 or ERR_NOMEM. ---- */
int state_created(struct state_feed *f, const struct state_asked *q,
		  const struct state_answer *a) MUST_CHECK;
int state_changed(struct state_feed *f, const struct state_asked *q,
		  const struct state_answer *a) MUST_CHECK; /* SET_INFO */
int state_controlled(struct state_feed *f, const struct state_asked *q,
		     const struct state_answer *a) MUST_CHECK; /* IOCTL */
int state_told(struct state_feed *f, const struct state_asked *q,
	       const struct state_answer *a) MUST_CHECK; /* QUERY_INFO */
int state_listed(struct state_feed *f, const struct state_asked *q,
		 const struct state_answer *a) MUST_CHECK; /* QUERY_DIRECTORY */
int state_read(struct state_feed *f, const struct state_asked *q,
	       const struct state_answer *a) MUST_CHECK;

/* What a request may change from the moment it goes out: WRITE, SET_INFO, IOCTL. */
int state_changes(struct state_feed *f, const struct state_target *t, const struct smb2_pdu *req,
		  uint64_t event) MUST_CHECK;

/* The capture wrote there. */
int state_write(struct state_feed *f, const struct state_target *t, uint64_t off, uint64_t len,
		uint64_t event) MUST_CHECK;

/* ---- What files say of themselves (state_look.c) ---- */

struct state_facts {
	uint64_t times[STATE_N_TIMES];
	uint32_t attributes;
	uint64_t event;
};
void state_note_facts(struct state_object *o, const struct state_facts *f);

/* Was it there at the start, so that what it says of itself counts? */
static inline bool
state_is_first(const struct state_object *o)
{
	return o->home != NULL || o->share != NULL;
}

#endif
