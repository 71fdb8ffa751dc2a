/* The rules of a map for paths and SIDs. */
#ifndef SMB_IR_MAP_RULES_H
#define SMB_IR_MAP_RULES_H

#include <regex.h>

#include "base/arena.h"
#include "base/buf.h"
#include "ir/json.h"

struct map_rule {
	const char *share; /* NULL: of every share but IPC$ */
	regex_t from;      /* over a path with slashes */
	bool compiled;
	const char *to; /* with backslashes, "$1" to "$9" and "$$" */
};

/* In order; texts are of the arena they were read with. Zero it first. */
struct map_rules {
	struct map_rule *list;
	size_t n;
};

struct map_sid {
	struct slice recorded, live;
};

struct map_sids {
	struct map_sid *list;
	size_t n;
};

/* Read the value of "paths", of "sids". Return 0, ERR_MALFORMED, ERR_UNSUPPORTED, ERR_LIMIT or
 * ERR_NOMEM with the place; what was read is to be freed in each case. */
int map_rules_read(const struct json_doc *d, const struct json *v, struct arena *a,
		   struct map_rules *out) MUST_CHECK;
int map_sids_read(const struct json_doc *d, const struct json *v, struct arena *a,
		  struct map_sids *out) MUST_CHECK;
void map_rules_free(struct map_rules *r);

/*
 * The live path in place of a recorded one (both with backslashes, from the root of a share,
 * NUL-terminated), by the first rule that fits; appended to `out`. NULL as the share: it is not
 * known. Returns 1, 0 where no rule fits, or ERR_NOMEM.
 */
int map_rules_apply(const struct map_rules *r, const char *share, const char *path,
		    struct buf *out) MUST_CHECK;

/* The live SID in place of a recorded one, by the longest one that it begins with; appended to
 * `out`. Returns 1, 0 where there is none, or ERR_NOMEM. */
int map_sids_apply(const struct map_sids *s, struct slice sid, struct buf *out) MUST_CHECK;

#endif
