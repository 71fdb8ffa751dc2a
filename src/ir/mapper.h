/*
 * What a map makes of messages: finds the names in requests for which others stand on the live
 * server, and what an answer must be expected to say then.
 */
#ifndef SMB_IR_MAPPER_H
#define SMB_IR_MAPPER_H

#include "base/arena.h"
#include "ir/clone.h"
#include "ir/ir.h"
#include "ir/map.h"
#include "proto/smb2_relay.h"

/* What a value in a message is: name in what --dry-run prints. */
#define MAPPER_KINDS(X)                                                                            \
	X(SERVER, "server")                                                                        \
	X(SHARE, "share")                                                                          \
	X(PATH, "path")       /* from the root of a share */                                       \
	X(PATTERN, "pattern") /* of QUERY_DIRECTORY, that names one file */                        \
	X(TARGET, "target")   /* of a symbolic link or mount point */                              \
	X(SID, "SID")
#define MAPPER_KIND_ENUM(name, text) MAPPER_##name,
enum mapper_kind { MAPPER_KINDS(MAPPER_KIND_ENUM) MAPPER_N_KINDS };
#undef MAPPER_KIND_ENUM
extern const char *const mapper_kind_names[MAPPER_N_KINDS];

/* A value that was met, and what stands for it: the same text where nothing does. Borrowed. */
struct mapper_value {
	enum mapper_kind kind;
	const char *share; /* that it is of, as recorded; NULL: not known, or none */
	const char *recorded, *live;
};

struct mapper_options {
	const struct map *map;     /* NULL: none */
	const struct clone *clone; /* names and keys of a try; its names are what the map is
				      asked for. NULL: as recorded */
	const char *server; /* the live server's name for UNC paths, UTF-8; NULL: not known */
	const char *share;  /* the share for all but IPC$ that the map does not name; "": as
			       recorded */
	void (*see)(void *ctx, const struct mapper_value *v); /* NULL: nobody */
	void *ctx;
};

struct mapper;

/* All is borrowed for its life. Returns 0 or ERR_NOMEM. */
int mapper_new(const struct ir *ir, const struct mapper_options *opt,
	       struct mapper **out) MUST_CHECK;
void mapper_free(struct mapper *m);

/* Edits of a message with the bytes that they put in. Zero it first. */
struct mapper_edits {
	struct smb2_edit *list; /* owned */
	size_t n, cap;
	struct arena bytes;
};

void mapper_edits_free(struct mapper_edits *e);

/* Append one, with a copy of its bytes. Returns 0 or ERR_NOMEM. */
int mapper_edits_add(struct mapper_edits *e, const struct smb2_edit *edit) MUST_CHECK;

/* In order of their offsets; of those that overlap, the first stays. */
void mapper_edits_sort(struct mapper_edits *e);

/*
 * Append the edits that the map asks for in a recorded request, `message` being its bytes, symbols
 * replaced or not: paths in CREATE, rename and link targets, patterns, targets of symbolic links,
 * DFS referrals, SIDs, and a clone's keys. Returns 0 or ERR_NOMEM.
 */
int mapper_request(struct mapper *m, uint64_t event, struct slice message,
		   struct mapper_edits *out) MUST_CHECK;

/* Append "HOST\share" of a UNC path, which begins with HOST, as the live server has it. UTF-16.
 * Returns 0, ERR_MALFORMED (the map's name is no text) or ERR_NOMEM. */
int mapper_unc(struct mapper *m, struct slice host_share, struct buf *out) MUST_CHECK;

/* Append the live path in place of a recorded one, or that itself, of the share that a tree (number
 * of its symbol, 0: not known) is connected to. UTF-16. Returns 0 or ERR_NOMEM. */
int mapper_path(struct mapper *m, uint32_t tree, struct slice path, struct buf *out) MUST_CHECK;

/* With a clone: the keys and GUIDs of a recorded, decoded PDU become the live ones in `bytes`, a
 * copy of its own. False: there is no clone, or the PDU is not described. */
bool mapper_keys(const struct mapper *m, const struct smb2_pdu *pdu, uint8_t *bytes);

/* A live key becomes the recorded one. NULL as the mapper: it is. */
void mapper_recorded_key(const struct mapper *m, uint8_t key[CLONE_KEY]);

/*
 * The answer that is to be expected in place of a recorded one, which is decoded, stands at `off`
 * of event `n` and answers that PDU of that request: its names as the map has them. `*any`: there
 * are such, and `out` got the PDU. Returns 0 or ERR_NOMEM.
 */
struct mapper_question {
	uint64_t event; /* of the request */
	unsigned pdu;   /* in its chain, from 0 */
};
int mapper_answer(struct mapper *m, const struct mapper_question *q,
		  const struct smb2_pdu *recorded, struct buf *out, bool *any) MUST_CHECK;

#endif
