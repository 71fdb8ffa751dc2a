/* What a replay would send, and what its map makes of names, without a server. */
#ifndef SMB_DRY_RUN_H
#define SMB_DRY_RUN_H

#include "ir/mapper.h"
#include "replay/security.h"

struct dry_run_options {
	struct mapper_options names; /* `see` is dry_run's own */
	struct security_creds creds; /* who would log on */
	bool verbose;                /* values that nothing stands for, too */
	bool json;
};

/*
 * Print to standard output: messages by command, who logs on, each distinct value before and after
 * with the number of messages that hold it. Returns 0, ERR_USAGE (a run), ERR_NOTFOUND (nothing to
 * send), ERR_LIMIT (a message cannot hold what stands for its names), ERR_MALFORMED or ERR_NOMEM,
 * with a text in `e`.
 */
int dry_run(const struct ir *ir, const struct dry_run_options *opt, struct err *e) MUST_CHECK;

#endif
