/*
 * How a try departs from the recorded order. A schedule is a short text, which names it and is all
 * that it takes to play it again:
 *
 *	base			as recorded
 *	gap:A:B:NS		event B goes out NS after event A (before it: negative), before the
 *				answer to A is looked at
 *	swap:A:B		A, which was recorded before B, goes out behind the answer to B
 *	group:A:B:C:NS:NS	event B goes out NS after event A, and C so long after A, too; the
 *				same with four events and three times
 *	order:C:A:B		three or four events, each behind the answer to the one before it
 *	cut:A:OFFSET:NS		event A goes out up to that byte, and the rest NS later
 *	cut:A:OFFSET:B:NS	event A goes out up to that byte, B 150 us later, and the rest of A
 *				NS after B
 *	pct:SEED:D		random priorities, D - 1 changes of them (schedule_pct)
 */
#ifndef SMB_RACE_SCHEDULE_H
#define SMB_RACE_SCHEDULE_H

#include "ir/conflicts.h"
#include "replay/engine.h"

enum schedule_kind {
	SCHEDULE_BASE,
	SCHEDULE_GAP,
	SCHEDULE_SWAP,
	SCHEDULE_GROUP,
	SCHEDULE_ORDER,
	SCHEDULE_CUT,
	SCHEDULE_PCT
};

#define SCHEDULE_MIN_GROUP 3
#define SCHEDULE_MAX_GROUP 4

struct schedule {
	enum schedule_kind kind;
	uint32_t a, b; /* events; of a cut that counts from itself twice the same */
	int64_t ns;
	uint32_t off;                                /* of a cut: the byte of `a`, as of "pause" */
	uint32_t group[SCHEDULE_MAX_GROUP], n_group; /* events */
	int64_t at[SCHEDULE_MAX_GROUP];              /* of each, since the first */
	uint64_t seed;
	uint32_t depth;
	bool serial; /* random orders, one request after the other; not in the text */
};

#define SCHEDULE_TEXT 160

/* Does the client do it at a time of its choice? */
bool schedule_can_move(const struct ir_event *ev);

/* The text of a schedule, and the schedule of a text. Returns 0 or ERR_USAGE. */
void schedule_put(const struct schedule *s, char text[SCHEDULE_TEXT]);
int schedule_parse(const char *text, const struct ir *ir, struct schedule *out) MUST_CHECK;

/*
 * The workload as the schedule plays it: `out` has events of its own, in the same places, with the
 * timings of the schedule in place of the workload's (but for `base`), and borrows all else from
 * `ir`. Returns 0, ERR_USAGE where it cannot be played (an event would wait for itself), or
 * ERR_NOMEM.
 */
int schedule_apply(const struct ir *ir, const struct conflicts *c, const struct schedule *s,
		   struct ir *out, struct err *e) MUST_CHECK;
void schedule_free(struct ir *out);

/* The order in which it is to be played. */
enum engine_order schedule_order(const struct schedule *s);

#endif
