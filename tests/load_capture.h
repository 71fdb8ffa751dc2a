/* The project's own captures as workloads in memory. */
#ifndef SMB_TESTS_LOAD_CAPTURE_H
#define SMB_TESTS_LOAD_CAPTURE_H

#include "ir/ir.h"

/* The path of tests/captures/NAME.pcap; valid until the next call. */
const char *capture_path(const char *name);

/* Compile it and load the workload, whose files are gone then. Ends the test where that fails. */
void load_capture(const char *name, struct ir *out);

/* Remove a workload's directory. */
void remove_workload(const char *dir);

#endif
