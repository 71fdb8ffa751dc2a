/*
 * How long a server took to answer, by command and size: from a request's last byte to the last
 * byte of its final answer. Interim answers (STATUS_PENDING) do not count.
 */
#ifndef SMB_IR_LATENCY_H
#define SMB_IR_LATENCY_H

#include "base/histogram.h"
#include "ir/exchanges.h"

#define LATENCY_SIZES 4 /* of READ and WRITE, by the length that is asked for or sent */
extern const char *const latency_sizes[LATENCY_SIZES]; /* "to 4 KiB", ..., "over 1 MiB" */

/* All zero is empty. */
struct latency {
	struct histogram all[SMB2_N_COMMANDS][LATENCY_SIZES]; /* ns; other commands have size 0 */
};

/* The latencies of a workload, as captured, or of a run. Returns 0 or ERR_NOMEM; latency_free in
 * each case. */
int latency_of(const struct ir *ir, struct latency *out) MUST_CHECK;

/*
 * The same of a run, counted from when each request was due by the workload's times, not from when
 * it went out: a server that stalls holds up requests behind the one that it stalls on, and these
 * would look as if they had been answered at once ("coordinated omission"). Requests that were not
 * recorded are left out. `speed` is that of the replay; see latency_speed.
 */
int latency_since_due(const struct ir *run, const struct ir *workload, double speed,
		      struct latency *out) MUST_CHECK;

/* The same of a run while it goes on. Zero it but for what is said. */
struct latency_watch {
	const struct ir *workload; /* set by the caller; borrowed */
	double speed;              /* set by the caller: as latency_speed */
	struct exchanges exchanges;
	struct exchange *list; /* owned: what was answered */
	size_t n, cap;
};

/* A message of the run. Returns 0 or ERR_NOMEM. */
int latency_watch_feed(struct latency_watch *w, const struct exchange_message *m) MUST_CHECK;

/* The run is over: as latency_of and latency_since_due, this one where `speed` is not 0. Returns 0
 * or ERR_NOMEM; latency_free in each case. Frees the watch. */
int latency_watch_end(struct latency_watch *w, struct latency *live,
		      struct latency *due) MUST_CHECK;

/* How fast recorded times were played in a run; 0: it did not go by them. */
double latency_speed(const struct ir *run);

/* Add the latencies of a command in all its sizes to `out`; of all commands where `command` is -1.
 * Returns 0 or ERR_NOMEM. */
int latency_sum(const struct latency *l, int command, struct histogram *out) MUST_CHECK;

void latency_free(struct latency *l);

#endif
