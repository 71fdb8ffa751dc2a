/*
 * Messages that are cut on their way ("cut:..." of schedule.h): a server that has read a part of a
 * message is in a state of its own. Of a pair either message is cut, and the rest of it follows
 * behind the other one; alone, each message stops for a while.
 */
#ifndef SMB_RACE_CUTS_H
#define SMB_RACE_CUTS_H

#include "race/race.h"

#define CUTS_MAX_POINTS 12

/*
 * Where a message is worth cutting: where the recording had it cut, behind its frame header, behind
 * its transform header, behind the first SMB2 header, before each other PDU of a chain, in its
 * middle and before its last byte; of many the first of each. Ascending offsets as of "pause";
 * `scratch` is the caller's. Returns how many there are.
 */
size_t cuts_points(const struct ir *ir, const struct ir_event *ev, struct buf *scratch,
		   uint32_t out[CUTS_MAX_POINTS]);

/*
 * Search: of each pair that was tried both messages against each other, then each message alone.
 * Until one hits often, all are done, or half of what time and tries are left is used up. Nothing
 * is done where the search has had hits, or is about a group or a curve. Returns 0 or an error with
 * a text in `e`.
 */
int cuts_search(struct race *r, struct err *e) MUST_CHECK;

/* A finding of one schedule; of a cut the pair as recorded. */
struct race_finding cuts_finding(const struct schedule *s);

#endif
