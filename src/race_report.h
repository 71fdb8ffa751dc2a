/* What `race` prints. */
#ifndef SMB_RACE_REPORT_H
#define SMB_RACE_REPORT_H

#include "race/minimise.h"

struct race_report {
	const struct ir *ir;
	const struct race_result *result;
	const struct minimise_result *small; /* NULL: nothing was minimised */
	const struct race_finding *hit;      /* what was; NULL: there is none */
	const char *out;                     /* where that was written */
	bool repeated;                       /* one schedule was played again and again */
};

void race_report_text(const struct race_report *r);

/* Returns 0 or ERR_NOMEM. */
int race_report_json(const struct race_report *r) MUST_CHECK;

#endif
