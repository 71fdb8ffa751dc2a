/* What provision would make: the state of the shares, for people and programs. */
#ifndef SMB_PLAN_H
#define SMB_PLAN_H

#include "ir/json_out.h"
#include "ir/state.h"

/* How much there is of it. */
struct plan_totals {
	uint64_t shares, directories, files, absent; /* the roots are no directories here */
	uint64_t bytes, seen;                        /* of files and streams */
	uint64_t streams, eas, reparse, security;    /* entries with reparse data, descriptors */
	uint64_t guesses, conflicts;                 /* entries with one */
};
void plan_count(const struct state *s, struct plan_totals *out);

/* The totals in a line, without its end. */
void plan_put_totals(const struct plan_totals *t, struct buf *out);

/* The same as keys and values of an object that is the caller's. */
void plan_put_json_totals(const struct plan_totals *t, struct json_out *o);

/* A tree, an entry a line, and the totals. */
void plan_put_text(const struct state *s, const struct ir *ir, struct buf *out);

/* One object: "entries" and "totals". */
void plan_put_json(const struct state *s, const struct ir *ir, struct json_out *out);

#endif
