/* What the parts of a search share: one try, and what it tells. */
#ifndef SMB_RACE_RACE_INT_H
#define SMB_RACE_RACE_INT_H

#include "ir/clone.h"
#include "race/known.h"
#include "race/race.h"
#include "race/until.h"

struct race {
	const struct ir *ir;
	struct race_options opt;
	struct conflicts *conflicts;
	struct trial_requests requests;
	struct trial trial; /* the last one */
	struct until *until;
	struct clone *clone; /* fresh names and keys for each try; NULL: none */
	struct known known;  /* statuses and fields, and answers of pairs, that an order gives */
	struct buf text;
	uint64_t numbers; /* tries so far, base runs and all */
	uint64_t random, began;
	uint32_t busy; /* processors that are kept busy in the next tries, by */
	struct busy *keepers;
	uint64_t *latency; /* owned: of each event, ns, the shortest one seen */
	struct race_result *result;
};

/* Play a schedule once; the rest is in r->trial. Returns 0 or an error with a text in `e`. */
int race_try(struct race *r, const struct schedule *s, struct err *e) MUST_CHECK;

/* Is there time, and a try, left? */
bool race_goes_on(const struct race *r);

/* What the last try showed is what an order gives; with `b` not 0, of the pair a, b too. Returns 0
 * or ERR_NOMEM. */
int race_learn(struct race *r, uint32_t a, uint32_t b) MUST_CHECK;

/* The same of any number of events. `*anew`: they never ended so before; may be NULL. */
int race_learn_group(struct race *r, const uint32_t *events, size_t n, bool *anew) MUST_CHECK;

/* Is the last try, of these events (n 0: of all), a hit, and why? Texts go into the finding where
 * it is the first. */
enum race_reason race_judge(struct race *r, const uint32_t *events, size_t n,
			    struct race_finding *f);

/* "STATUS_SUCCESS | STATUS_ACCESS_DENIED" of the events' requests. */
void race_put_group(struct race *r, const uint32_t *events, size_t n, char *out, size_t size);
void race_put_pair(struct race *r, uint32_t a, uint32_t b, char *out, size_t size);

/* Say how far the search is, and at what. `f`: NULL, or the finding at hand. */
void race_progress(const struct race *r, const struct race_finding *f, const char *what);

/* Does it hit often enough, for sure? What hits now and then may only be near to what does it. */
bool race_hits_enough(const struct race *r, const struct race_finding *f);

/* One more finding, which tries count for until the next one. Returns 0 or ERR_NOMEM. */
int race_new_finding(struct race *r, const struct race_finding *f) MUST_CHECK;
struct race_finding *race_last(struct race *r);

/* One try that counts, for the last finding. Returns 0 or an error with a text in `e`. */
int race_count(struct race *r, const struct schedule *s, bool *hit, struct err *e) MUST_CHECK;

/* Now, in the clock of trials. */
uint64_t race_now(void);

#endif
