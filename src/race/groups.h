/*
 * Groups of three or four requests on as many connections that conflict on one thing and that
 * nothing but chance orders: three opens of a file, two requests for a lock and an unlock.
 *
 * What a server does in each of their orders, one request behind the answer to another, is no race.
 */
#ifndef SMB_RACE_GROUPS_H
#define SMB_RACE_GROUPS_H

#include "race/race.h"

struct group {
	uint32_t events[SCHEDULE_MAX_GROUP], n; /* in recorded order */
	uint8_t kind;                           /* enum conflict_kind */
	bool overlaps;                          /* two of them were at work at a time */
};

/*
 * The groups of a workload: those with requests that were at work at a time first, then those that
 * stand nearest. Each request is looked at with its nearest conflicts only, and of workloads with
 * many groups not all are found. `*out` is to be freed. Returns 0 or ERR_NOMEM.
 */
int groups_find(const struct ir *ir, const struct conflicts *c, struct group **out,
		size_t *n) MUST_CHECK;

/* The order of that number, below groups_orders(n), as places in the group. */
uint32_t groups_orders(uint32_t n);
void groups_order(uint32_t n, uint32_t number, uint32_t out[SCHEDULE_MAX_GROUP]);

/*
 * Search the groups, or the one that the options name: all orders, then times of each since the
 * first. Until one hits often, or all are done. Returns 0 or an error with a text in `e`.
 */
int groups_search(struct race *r, struct err *e) MUST_CHECK;

/* Learn what the orders of a schedule's group give, for the finding at hand. */
int groups_learn(struct race *r, const struct schedule *s, struct err *e) MUST_CHECK;

#endif
