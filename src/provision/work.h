/* What making, checking and removing share: the names of a state, and what became of each. */
#ifndef SMB_PROVISION_WORK_H
#define SMB_PROVISION_WORK_H

#include "provision/ask.h"
#include "provision/content.h"
#include "provision/provision.h"

/* What a file has: name in lines. */
#define WORK_PARTS(X)                                                                              \
	X(NONE, "")                                                                                \
	X(NAME, "") /* the file itself */                                                          \
	X(KIND, "kind")                                                                            \
	X(SIZE, "size")                                                                            \
	X(DATA, "contents")                                                                        \
	X(SPARSE, "sparseness")                                                                    \
	X(COMPRESSION, "compression")                                                              \
	X(EAS, "extended attributes")                                                              \
	X(STREAMS, "streams")                                                                      \
	X(REPARSE, "reparse point")                                                                \
	X(ATTRIBUTES, "attributes")                                                                \
	X(TIMES, "times")                                                                          \
	X(OWNER, "owner")                                                                          \
	X(SACL, "system ACL")                                                                      \
	X(DACL, "ACL")                                                                             \
	X(CLOSE, "close")
#define WORK_PART_ENUM(name, text) WORK_##name,
enum work_part { WORK_PARTS(WORK_PART_ENUM) WORK_N_PARTS };
#undef WORK_PART_ENUM
extern const char *const work_part_names[WORK_N_PARTS];

#define WORK_BIT(part) ((uint32_t)1 << (part))
#define WORK_BASIC (WORK_BIT(WORK_ATTRIBUTES) | WORK_BIT(WORK_TIMES))
#define WORK_SECURITY (WORK_BIT(WORK_OWNER) | WORK_BIT(WORK_SACL) | WORK_BIT(WORK_DACL))
#define WORK_NO_ITEM UINT32_MAX
#define WORK_NO_ANSWER 0 /* instead of the status of a failure */

/* What became of a name. */
enum work_found {
	WORK_OPEN,  /* nothing yet */
	WORK_MADE,  /* it was made */
	WORK_THERE, /* it was there */
	WORK_LEFT,  /* it is not there, and could not be made */
};

struct work_item {
	const struct state_entry *entry;
	uint32_t parent;             /* WORK_NO_ITEM: none */
	uint32_t message, batch;     /* that made it: message number in that batch */
	uint32_t todo, done, failed; /* parts, as bits */
	uint32_t live_attributes;    /* where it was there */
	uint32_t status;             /* of the last attempt to make or remove it */
	uint16_t share, depth;
	uint8_t found; /* enum work_found */
	bool absent;   /* a check did not find it */
	bool again;    /* what was in its way is gone */
	bool alone;    /* parts of its security go one by one */
};

struct work {
	const struct state *state;
	const struct provision_options *opt;
	struct provision_result *result;
	struct batch *batch;
	struct work_item *items; /* owned: an entry each */
	size_t n;
	uint32_t *by_depth;  /* owned: items, those of less depth first */
	const char **shares; /* owned; as recorded */
	size_t n_shares;
	void (*answer)(struct work *w, const struct batch_answer *a); /* of the step at work */
	uint32_t message;        /* that work_close ended last */
	bool last_try;           /* to remove something */
	struct check *check;     /* at work */
	uint32_t batch_of_reads; /* that its reads are of */
	struct buf scratch, path;
	int err; /* met where none can be returned */
};

/* List the items. Returns 0, ERR_NOMEM or ERR_LIMIT. work_end frees them whatever comes. */
int work_list(struct work *w) MUST_CHECK;

/* List the items, log on, and find the shares. Returns 0, or an error with a text in `e`. */
int work_begin(struct work *w, struct err *e) MUST_CHECK;
void work_end(struct work *w);

/* Run the batch if it is full, or in any case. */
int work_flush(struct work *w, bool any, struct err *e) MUST_CHECK;

/* A message to an item's file, or a stream of it (NULL: none), begins with a CREATE that opens it;
 * see ask_create. */
void work_open(struct work *w, uint32_t item, const char *stream, uint32_t access);
/* It ends with a CLOSE, and waits for the item's message before it, or the one that made its
 * directory. */
int work_close(struct work *w, uint32_t item, struct err *e) MUST_CHECK;

/* Say something of an item, with its live name. */
void work_say(struct work *w, enum provision_say say, const struct work_item *item,
	      const char *text);

/* Say, once for each part, that the server did not do it; `pdu` NULL: no answer came. */
void work_refuse(struct work *w, struct work_item *item, enum work_part part,
		 const struct smb2_pdu *pdu);

/* Say it of the names that could not be made; what is in such a directory is only counted. */
void work_say_left(struct work *w);

/* An answer came and says success. */
bool work_succeeded(const struct smb2_pdu *pdu);

/* The live share in place of a recorded one. */
const char *work_live_share(const struct work *w, const char *share);

/* The live path of an entry, "" where memory is out; valid until the next call. */
const char *work_live_path(struct work *w, const struct state_entry *e);

/* Is it a name to be made, other than the root of a share? */
bool work_is_made(const struct work_item *item);

/* Parts that are known of an entry. */
uint32_t work_parts(const struct work *w, const struct state_entry *e);

/* Attributes that SET_INFO sets: of an entry, 0 where they are not known. */
#define WORK_SETTABLE 0x3127u
uint32_t work_attributes(const struct state_entry *e);

/* ---- the steps ---- */

/* Make what is not there; what is there is found so. */
int work_make(struct work *w, struct err *e) MUST_CHECK;
/* The parts that are still to do, of all that is there. */
int work_finish(struct work *w, struct err *e) MUST_CHECK;
/* Compare what is there (all items, or those that work_make found there): parts that differ are to
 * do. With `say` differences are said. */
int work_check(struct work *w, bool all, bool say, struct err *e) MUST_CHECK;
/* Remove the items with to do KIND; of others, nothing. Missing ones are no failure. */
int work_remove(struct work *w, struct err *e) MUST_CHECK;
/* The directories of live paths that no item is: made, or (if empty) removed. */
int work_places(struct work *w, bool make, struct err *e) MUST_CHECK;

#endif
