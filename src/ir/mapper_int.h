/* What mapper.c (requests), mapper_answer.c and mapper_names.c (texts) share. */
#ifndef SMB_IR_MAPPER_INT_H
#define SMB_IR_MAPPER_INT_H

#include "ir/handles.h"
#include "ir/mapper.h"

struct mapper {
	const struct ir *ir;
	struct mapper_options opt;
	bool names;             /* map or clone say something of what stands inside messages */
	struct handles handles; /* with `names` */
	char **shares; /* with `names`: of each tree, by its place; NULL: not looked up yet */
	struct buf scratch;
};

/* A PDU of a request, and what its names are relative to. */
struct mapper_place {
	const struct ir_event *ev;
	struct slice message;
	size_t at; /* of the PDU in it */
	const struct smb2_pdu *pdu;
	const char *share; /* NULL: not known */
};

/* Names of shares are borrowed from the mapper. "" where memory is out or nothing is known. */
const char *mapper_share_of(struct mapper *m, uint32_t tree);

/* The share in which the PDU at `at` of a recorded request stands. */
const char *mapper_share_at(struct mapper *m, const struct ir_event *ev, struct slice message,
			    size_t at);

/*
 * Append the path under which the file was opened that a request names by its FileId, by an earlier
 * CREATE or the one in its chain; NUL-terminated. Returns 1, 0 where that is not known, or
 * ERR_NOMEM.
 */
int mapper_open_path(struct mapper *m, const struct mapper_place *p, struct buf *out) MUST_CHECK;

/* Append what stands for a path of `share`, NUL-terminated. Returns 1, 0 (no rule fits: nothing is
 * appended) or ERR_NOMEM. */
int mapper_map_path(struct mapper *m, const char *share, const char *path,
		    struct buf *out) MUST_CHECK;

/*
 * What stands for a name in the directory `dir` of `share`, as far as that is still in what stands
 * for the directory itself. As above.
 */
int mapper_map_child(struct mapper *m, const char *share, const char *dir, const char *name,
		     struct buf *out) MUST_CHECK;

/* What stands for "HOST\share\path". As above. */
int mapper_map_unc(struct mapper *m, const char *unc, struct buf *out) MUST_CHECK;

/* What stands for the target of the symbolic link at `link`, to which it is relative; NULL: it is
 * absolute. As above. */
int mapper_map_target(struct mapper *m, const char *share, const char *link, const char *target,
		      struct buf *out) MUST_CHECK;

/* Tell whom it may concern. */
void mapper_see(struct mapper *m, enum mapper_kind kind, const char *share, const char *recorded,
		const char *live);

/* Is the field a key that a clone has its own of? */
bool mapper_is_key(const struct smb2_item *it);

/* Append UTF-16 as text, NUL behind it. False where it has a NUL of its own: then it is no name. */
bool mapper_text(struct slice s, struct buf *out);

#endif
