/* How long answers took, recorded beside live. */
#ifndef SMB_REPORT_LATENCY_H
#define SMB_REPORT_LATENCY_H

#include "ir/json_out.h"
#include "report.h"

/* A line for each command: answers, how many were equal, median and 99th percentile; on a terminal
 * that takes UTF-8, how they are spread. Nothing where nothing was measured. Returns 0 or
 * ERR_NOMEM.
 */
int report_latency_text(const struct report_run *run, const struct judge_totals *totals,
			bool colour) MUST_CHECK;

/* The key "latency" and an array of the same. */
void report_latency_json(const struct report_run *run, const struct judge_totals *totals,
			 struct json_out *o);

#endif
