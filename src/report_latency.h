/* How long answers took, recorded beside live. */
#ifndef SMB_REPORT_LATENCY_H
#define SMB_REPORT_LATENCY_H

#include "ir/json_out.h"
#include "report.h"

/* A table of percentiles; nothing where nothing was measured. */
void report_latency_text(const struct report_run *run);

/* The key "latency" and an array of the same. */
void report_latency_json(const struct report_run *run, struct json_out *o);

#endif
