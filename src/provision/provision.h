/*
 * Bringing a live share to the state that a capture began with: making it, checking it, and taking
 * it away again, over SMB with our own stack.
 */
#ifndef SMB_PROVISION_PROVISION_H
#define SMB_PROVISION_PROVISION_H

#include "ir/state.h"
#include "replay/replay.h"

/* What is said of a name: word in front of the line. */
#define PROVISION_SAYS(X)                                                                          \
	X(CHANGED, "changed") /* it was there, and is otherwise now */                             \
	X(REMOVED, "removed")                                                                      \
	X(REFUSED, "refused")   /* by the server */                                                \
	X(NOT_DONE, "not done") /* it cannot be done this way */                                   \
	X(WANTED, "-")          /* of a difference: what should be... */                           \
	X(FOUND, "+")           /* ...and what is */
#define PROVISION_SAY_ENUM(name, text) PROVISION_##name,
enum provision_say { PROVISION_SAYS(PROVISION_SAY_ENUM) PROVISION_N_SAYS };
#undef PROVISION_SAY_ENUM
extern const char *const provision_say_names[PROVISION_N_SAYS];

/* Texts are borrowed for the call. */
struct provision_line {
	enum provision_say say;
	const char *share, *path; /* as they are on the live server; path "": the share itself */
	const char *text;         /* "size 1000", "times, attributes", "STATUS_ACCESS_DENIED" */
};

struct provision_options {
	struct replay_options replay; /* target, credentials, timeout, map */
	const char *user, *domain;    /* by which the map finds who logs on */
	void (*line)(void *ctx, const struct provision_line *l);
	void (*progress)(void *ctx, uint64_t sent); /* messages so far */
	void *ctx;
};

struct provision_result {
	uint64_t directories, files; /* that were made */
	uint64_t bytes;              /* that were written */
	uint64_t same;               /* that were there as they are to be */
	uint64_t
		said[PROVISION_N_SAYS]; /* lines of each kind, and of REFUSED those below one too */
	uint64_t differ;                /* names with a difference */
	uint64_t duration;              /* ns */
};

/*
 * Each returns 0, or an error of replay_run with a text in `e`: what the server refuses is none,
 * but in `result`.
 *
 * Make: names that are not there are made; those that are, are compared and made to match, and a
 * line says what was changed; what must not exist is removed, directories only when empty.
 * Verify: a line for each difference.
 * Clean: remove all names of the state, those included that the capture itself makes.
 */
int provision_make(const struct state *s, const struct provision_options *opt,
		   struct provision_result *result, struct err *e) MUST_CHECK;
int provision_verify(const struct state *s, const struct provision_options *opt,
		     struct provision_result *result, struct err *e) MUST_CHECK;
int provision_clean(const struct state *s, const struct provision_options *opt,
		    struct provision_result *result, struct err *e) MUST_CHECK;

#endif
