/* Reading state.jsonl. */
#ifndef SMB_IR_STATE_READ_H
#define SMB_IR_STATE_READ_H

#include "ir/state.h"

/*
 * The lines of a file named `file` (for messages), of a workload that is loaded. Everything is
 * checked: keys, types, ranges, names, contents inside data.bin. Returns 0, ERR_MALFORMED,
 * ERR_LIMIT or ERR_NOMEM with file and line in `e`.
 */
int state_parse(const char *file, struct slice text, const struct ir *ir, struct state *out,
		struct err *e) MUST_CHECK;

#endif
