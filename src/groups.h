/* Divergences put together by cause: what a report can show whole, however many there are. */
#ifndef SMB_GROUPS_H
#define SMB_GROUPS_H

#include "base/arena.h"
#include "ir/judge.h"

#define GROUPS_MAX 400            /* causes that are told apart; more are counted by kind */
#define GROUPS_MORE_PLACES 12     /* of a cause, beside the first */
#define GROUPS_VALUES 6           /* pairs of values of a cause that are kept */
#define GROUPS_TEXT ((size_t)400) /* bytes of a text that are kept */

/* Where in a run's bytes an answer lies. `event` is its number plus 1; 0: there is none. */
struct place {
	uint64_t event;
	size_t off, len;
};

struct group_value {
	const char *expected, *got;
	uint64_t n;
};

/* Same kind, message and field (its places in lists aside); where a name says what came (a status),
 * also same names. */
struct group {
	struct judge_divergence first; /* with texts of its own */
	struct place live;             /* what came, of the first */
	uint64_t n;
	struct {
		uint64_t event, frame;
	} more[GROUPS_MORE_PLACES];
	size_t n_more;
	struct group_value values[GROUPS_VALUES];
	size_t n_values;
	uint64_t other_values; /* divergences with a pair that is not in `values` */
};

/* All zero is empty. */
struct groups {
	struct arena texts;
	struct group *list; /* owned; in the order in which they came */
	size_t n;
	uint64_t beyond[JUDGE_N_KINDS]; /* divergences of causes that had no room */
	uint64_t n_beyond;
	int err; /* sticks: 0 or ERR_NOMEM */
};

void groups_free(struct groups *g);

/* `live`: where what came lies, may be NULL. */
void groups_add(struct groups *g, const struct judge_divergence *d, const struct place *live);

#endif
