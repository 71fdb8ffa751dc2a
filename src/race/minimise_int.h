/* What the parts of the minimiser share. */
#ifndef SMB_RACE_MINIMISE_INT_H
#define SMB_RACE_MINIMISE_INT_H

#include "race/minimise.h"
#include "race/orders.h"

/* An order of two events that have labels. */
struct mini_order {
	const char *first, *second;
};

struct mini {
	const struct minimise_options *opt;
	struct minimise_result *result;
	struct err *e;
	struct ir marked; /* the whole, in recorded order, without barriers and gaps, with labels */
	struct ir ir;     /* what is left of it */
	bool loaded;
	char *dirs[2];     /* owned: `ir` is in the first, the next one goes into the second */
	const char **keys; /* owned: labels of what must stay; borrowed from `marked` */
	size_t n_keys, cap_keys;
	/* What makes it hit: a schedule of the events with these labels, or orders. */
	struct schedule hit;
	const char *members[SCHEDULE_MAX_GROUP];
	uint32_t n_members;
	struct mini_order *orders; /* owned */
	size_t n_orders;
	bool by_orders;
};

uint32_t mini_find(const struct ir *ir, const char *label);

/* The label of an event of `marked`, which gets one from `word` if it has none, and must stay.
 * Returns 0 or ERR_NOMEM. */
int mini_mark(struct mini *m, uint32_t event, const char *word, const char **label) MUST_CHECK;

/* "create", of an event. */
void mini_word(const struct ir *ir, uint32_t event, char *out, size_t size);

/* A workload as it is to hit: `out` for schedule_free. Returns 0, ERR_NOTFOUND where it lacks what
 * that takes, ERR_USAGE where it cannot be played, or another error. */
int mini_arm(const struct mini *m, const struct ir *part, struct ir *out) MUST_CHECK;

/* How often does a workload hit as it is? With `doubt`, tries end when that is clear. Returns 0 or
 * an error. */
int mini_measure(const struct mini *m, const struct ir *ir, unsigned tries, bool doubt,
		 struct race_rate *out) MUST_CHECK;
bool mini_is_enough(const struct mini *m, const struct race_rate *rate);

/* Does a part still hit when it is armed, and only then? */
int mini_does(struct mini *m, const struct ir *part, struct race_rate *rate, bool *good) MUST_CHECK;

/* What the keys depend on takes the place of the whole, if that does; or, with `all`, the whole.
 * Then one message after the other is left out. */
int mini_first_part(struct mini *m, bool all, bool *good, struct race_rate *rate) MUST_CHECK;
int mini_leave_out(struct mini *m) MUST_CHECK;

/* Write what is left, armed: `played`. */
int mini_write(struct mini *m, const struct ir *played) MUST_CHECK;
int mini_name_dirs(struct mini *m) MUST_CHECK;
void mini_free(struct mini *m);

/* Random orders: what of them it takes (minimise_orders.c). */
int mini_orders_find(struct mini *m, const struct ir *ir, const struct schedule *s) MUST_CHECK;
int mini_orders_reduce(struct mini *m) MUST_CHECK;
int mini_orders_arm(const struct mini *m, const struct ir *part, struct ir *out) MUST_CHECK;
void mini_orders_say(const struct mini *m);

#endif
