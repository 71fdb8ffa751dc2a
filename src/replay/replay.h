/* A whole replay: ties judge, security, engine, network and record together. */
#ifndef SMB_REPLAY_REPLAY_H
#define SMB_REPLAY_REPLAY_H

#include "replay/engine.h"
#include "replay/record.h"
#include "replay/sources.h"

struct replay_options {
	const char *host; /* "127.0.0.1", "fileserver", "::1" */
	uint16_t port;
	struct sources sources; /* where connections come from; none: the system chooses */
	struct engine_options engine;
	struct security_creds creds;
	const char *run, *pcap;           /* what to keep; NULL: nothing */
	bool latency;                     /* measure how long answers take */
	const struct engine_watch *watch; /* told of all where neither is kept; or NULL */
	struct audit_sink audit;
	struct judge_sink divergences;
	const struct gate *gate; /* somebody steps through; NULL: nobody */
	void (*tick)(void *ctx, const struct engine_totals *totals); /* for progress; may be NULL */
	void *tick_ctx;
};

struct replay_result {
	struct engine_totals engine;
	struct judge_totals judge;
	struct lateness lateness;
	uint64_t duration;        /* ns */
	struct latency live, due; /* with `latency`; for latency_free. `due` where it was paced */
	bool has_due;
	char target[128];
	struct engine_credits *credits; /* of each connection; owned, for free() */
	struct engine_skew *skews;      /* of each barrier and gap; owned, for free() */
	size_t n_skews;
};

/*
 * Play `ir` against the target. Differences are no failure: they are in the result. Returns 0;
 * ERR_UNSUPPORTED for a workload that cannot be replayed (sealed messages); ERR_NET where not one
 * connection could be made; ERR_AUTH where credentials are missing or no logon succeeded that was
 * recorded as successful; or another error, with a text in `e`.
 */
int replay_run(const struct ir *ir, const struct replay_options *opt, struct replay_result *result,
	       struct err *e) MUST_CHECK;

#endif
