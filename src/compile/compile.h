/* From captures to a workload on disk. */
#ifndef SMB_COMPILE_COMPILE_H
#define SMB_COMPILE_COMPILE_H

#include "compile/flow.h"
#include "compile/unseal.h"

struct compile_options {
	struct cap_options capture;
	const char *command_line; /* kept in the workload; no secrets */
	bool replace;             /* write over an existing workload */
	struct unseal_secrets secrets;
	bool no_values;          /* find no symbols by value flow */
	struct flow_rules rules; /* for these; borrowed */
	/* Called for each session at the end, before its keys are wiped; may be NULL. */
	void (*session)(void *ctx, const struct unseal_session *s);
	void *session_ctx;
};

/* What came of it. */
struct compile_result {
	struct cap_totals capture;
	uint64_t messages, pdus, opaque, broken_chains;
	uint64_t wrong_secrets; /* sessions for which the secret that was given is wrong */
	uint64_t values, values_left_out; /* symbols by value flow; of which there were too many */
	uint64_t state_names, state_left_out; /* of the shares' first state: names in it; names,
						 contents and requests that were not followed */
	uint64_t opened, unpacked; /* messages of which a seal or compression was taken off */
	uint64_t sealed, compressed, smb1, nbss,
		unknown; /* messages that are not plain SMB2, and stay so */
};

/*
 * Read the inputs and write a workload to the directory `out`, in one pass. Returns 0, or a
 * negative error with its place in `e`; ERR_NOTFOUND where the inputs hold no SMB message. No
 * workload is left behind on failure, but for ERR_TRUNCATED: the capture ends in the middle of
 * something, and what came before is in the workload.
 */
int compile_captures(struct cap_input *inputs, size_t n, const char *out,
		     const struct compile_options *opt, struct compile_result *result,
		     struct err *e) MUST_CHECK;

#endif
