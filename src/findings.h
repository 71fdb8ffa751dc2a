/* All that compare finds of a run, for those who print it: what came for what, causes, latencies.
 */
#ifndef SMB_FINDINGS_H
#define SMB_FINDINGS_H

#include "groups.h"
#include "ir/latency.h"
#include "ir/load.h"
#include "report.h"

struct findings {
	const struct ir *workload, *run;      /* borrowed */
	const char *workload_path, *run_path; /* set by the caller; borrowed */
	uint32_t *came;   /* of each event of the workload: the run's event that stands for it, plus
			     1; 0: none */
	uint8_t *differs; /* a bit of each event of the workload: there is a divergence at it */
	struct groups groups;
	struct latency recorded, live, due; /* the last only with `has_due` */
	bool has_due;
	struct load recorded_load, live_load;
	/* While the judge is fed: */
	struct judge_sink next;
	struct place now; /* the answer that it judges */
};

/* `f` is all zero but for the paths. Returns 0 or ERR_NOMEM; free it in any case. `next` is told of
 * each divergence, too. */
int findings_init(struct findings *f, const struct ir *workload, const struct ir *run,
		  const struct judge_sink *next) MUST_CHECK;
void findings_free(struct findings *f);

/* The sink that the judge is to have; `f` must not move. */
struct judge_sink findings_sink(struct findings *f);

/* The judge is asked about this PDU of the run's event; what it says from here on is of that. With
 * NULL it is of nothing that came. */
void findings_judging(struct findings *f, uint64_t event, struct slice message, struct slice pdu);
void findings_judging_nothing(struct findings *f);

/* What it found that to be. */
void findings_matched(struct findings *f, const struct judge_match *m);

/* The run's event was sent for that one of the workload. */
void findings_sent(struct findings *f, uint64_t event, uint64_t of);

/* Everything was fed: compute the rest. Returns 0 or ERR_NOMEM. */
int findings_finish(struct findings *f) MUST_CHECK;

static inline bool
findings_differs(const struct findings *f, uint64_t event)
{
	return (f->differs[event / 8] >> event % 8 & 1) != 0;
}

#endif
