/*
 * Searching for races: a workload is played again and again, each time another pair of messages
 * that the recording orders only by chance goes out at another distance, until something happens
 * that no order explains.
 *
 *   base runs		learn what the server does in recorded order
 *   for each pair	the other order is learned, too; then a sweep of gaps, finer where the
 *			statuses change; where processors are to be kept busy, first without that,
 *			then with it
 *   for each group	the same of three or four requests (groups.h)
 *   the rest		random orders (pct.h)
 *
 * What hits is measured: its best gap is chosen from the better ones by and by, and its rate taken
 * there. The first pair that hits often ends the search.
 */
#ifndef SMB_RACE_RACE_H
#define SMB_RACE_RACE_H

#include "race/schedule.h"
#include "race/trial.h"
#include "race/watch.h"

struct race_options {
	struct replay_options replay; /* against what and how; order and pace are the search's */
	uint32_t busy;                /* processors that are kept busy (replay/busy.h) */
	bool idle_too;                /* pairs are tried without that, too */
	const char *until;            /* an expression (until.h) that alone is a hit; or NULL */
	bool grave; /* only what is no answer is a hit: what is watched, a server that takes no
		       connection, a broken invariant */
	const char *reset;   /* a command before each try, in place of fresh names; or NULL */
	struct watch *watch; /* borrowed */
	uint64_t seed;
	uint64_t tries, time; /* at most so many; ns. UINT64_MAX: as many as it takes */
	uint32_t base_runs;
	uint32_t depth;    /* of random orders */
	double least_rate; /* 0 to 1: a pair that hits so often for sure ends the search */
	bool all;          /* go on even then */
	bool only;         /* this pair and no other one: requests, CONNECTs, or ends of the
			      client's */
	uint32_t a, b;
	uint32_t group[SCHEDULE_MAX_GROUP], n_group; /* or this group */
	int64_t low, high; /* its gaps lie there; equal: where the search has them */
	uint32_t gaps;     /* so many; 0: as many as the search likes, and finer ones */
	uint32_t per_gap;  /* tries of each */
	bool keep_names;   /* no fresh names */
	void (*progress)(void *ctx, const char *text);
	void *progress_ctx;
};

/* Why a try is a hit. */
#define RACE_REASONS(X)                                                                            \
	X(NONE, "none")                                                                            \
	X(UNTIL, "until")                                                                          \
	X(OUTCOME, "outcome")     /* answers of a pair that no order gives */                      \
	X(STATUS, "status")       /* a status never seen */                                        \
	X(FIELD, "field")         /* another field never seen */                                   \
	X(LOST, "lost")           /* the server ended a connection */                              \
	X(HANG, "hang")           /* a request was not answered */                                 \
	X(WATCH, "watch")         /* process gone, log line */                                     \
	X(INVARIANT, "invariant") /* see invariants.h */
#define RACE_REASON_ENUM(name, text) RACE_##name,
enum race_reason { RACE_REASONS(RACE_REASON_ENUM) RACE_N_REASONS };
#undef RACE_REASON_ENUM
extern const char *const race_reason_names[RACE_N_REASONS];

/* So many hits of so many tries. */
struct race_rate {
	uint64_t tries, hits;
};

/* The 95 % confidence interval of a rate after Wilson (1927). */
void race_wilson(const struct race_rate *r, double *low, double *high);

/* What came of one gap. */
struct race_point {
	int64_t ns;
	uint32_t event, off; /* of a cut: what was cut, and where; else 0 */
	struct race_rate rate;
	char outcome[128]; /* the most frequent one, of the pair's answers */
};

/* What was found of a pair, of a group, of cuts, or of random orders (a, b: 0). */
struct race_finding {
	uint32_t a, b;
	uint8_t kind;  /* enum conflict_kind */
	bool played;   /* it could be */
	bool cut;      /* messages were cut: of the pair, or (a, b: 0) one at a time */
	uint32_t busy; /* processors that were kept busy meanwhile */
	char recorded[128], swapped[128]; /* answers of the two in either order, one after the
					     other; of a group as recorded alone */
	struct race_rate rate;            /* of all tries of it */
	struct race_point *points;        /* owned, by gap */
	size_t n_points;
	enum race_reason reason; /* of its first hit */
	char why[256];
	char until[256]; /* an expression that the first hit fulfils; "": none */
	uint32_t group[SCHEDULE_MAX_GROUP], n_group; /* of a group: its events; else none. a and b
						      are the first of them */
	uint32_t orders, order_outcomes; /* of a group: orders that were learned, one request after
					    the other, and how many ends these have */
	char status_a[64], status_b[64]; /* of the first hit, of the pair; "": no answer */
	struct schedule first, best;     /* the first that hit; the one that hits most */
	struct race_rate best_rate;
};

struct race_result {
	struct race_rate rate;
	uint64_t duration; /* ns */
	struct race_finding
		*findings; /* owned: pairs in the order they were tried, random orders */
	size_t n_findings, cap_findings;
	size_t pairs, groups; /* candidates in all */
	double bound;         /* of random orders, each */
	uint32_t pct_k, pct_n, depth;
	char target[128];
};

struct race;

/* The workload is borrowed for the search's life, the options are copied. Returns 0, or an error
 * with a text in `e` (ERR_USAGE: of the expression). */
int race_new(const struct ir *ir, const struct race_options *opt, struct race **out,
	     struct err *e) MUST_CHECK;
void race_free(struct race *r);

/* Search. Returns 0, or an error with a text in `e` that ended it; the result holds what was found
 * up to there, for race_result_free. */
int race_search(struct race *r, struct race_result *result, struct err *e) MUST_CHECK;

/* Play one schedule `opt.tries` times; its finding is the first one. */
int race_repeat(struct race *r, const struct schedule *s, struct race_result *result,
		struct err *e) MUST_CHECK;
void race_result_free(struct race_result *result);

#endif
