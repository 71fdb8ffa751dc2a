/* How late a replay's messages went out, in numbers that outlive the replay: its report prints
 * them, a run keeps them among its totals. */
#ifndef SMB_IR_LATENESS_H
#define SMB_IR_LATENESS_H

#include "ir/ir.h"

#define LATENESS_MUCH 100000u /* ns; what is later is counted, by what made it so */

/* What makes a message late: name in JSON, and for readers. */
#define LATENESS_CAUSES(X)                                                                         \
	X(OWN, "own", "this program's CPU")                                                        \
	X(SOCKET, "socket", "a full socket")                                                       \
	X(CREDITS, "credits", "credits")                                                           \
	X(ORDER, "order", "what had to come before")
#define LATENESS_CAUSE_ENUM(name, key, text) LATENESS_##name,
enum lateness_cause { LATENESS_CAUSES(LATENESS_CAUSE_ENUM) LATENESS_N_CAUSES };
#undef LATENESS_CAUSE_ENUM
extern const char *const lateness_names[LATENESS_N_CAUSES];
extern const char *const lateness_texts[LATENESS_N_CAUSES];

struct lateness {
	uint64_t n;             /* messages that were due at a time */
	uint64_t prepared;      /* of all messages, those that were ready before their time */
	uint64_t p50, p99, max; /* ns that they went out behind it */
	uint64_t much;          /* by more than LATENESS_MUCH */
	struct {
		uint64_t much; /* of these, those of which it was the largest part */
		uint64_t max;  /* ns, the largest part that it ever was */
	} by[LATENESS_N_CAUSES];
};

/* The totals of a run that hold it: at most LATENESS_TOTALS are put to `out`, whose names are
 * literals. Returns how many, 0 where nothing was due. */
#define LATENESS_TOTALS (6 + 2 * LATENESS_N_CAUSES)
size_t lateness_put(const struct lateness *l, struct ir_total *out);

/* What the totals of a run hold; `n` is 0 where they hold none. */
void lateness_get(const struct ir_total *totals, size_t n, struct lateness *out);

#endif
