/* Keeps what a replay did: as a run (smbench-ir(5)) and as a capture. */
#ifndef SMB_REPLAY_RECORD_H
#define SMB_REPLAY_RECORD_H

#include "ir/latency.h"
#include "replay/engine.h"

struct record;

struct record_options {
	const char *run;    /* directory, or NULL */
	const char *pcap;   /* file, or NULL */
	const char *server; /* "127.0.0.1:445", the live one */
	const char
		*order; /* how it was played: IR_RUN_TOTAL or other words, perhaps IR_RUN_SPEED */
	uint16_t port;
	uint64_t epoch; /* ns since 1970 at monotonic time `zero` */
	uint64_t zero;
	struct latency_watch *latency; /* is fed; NULL: nothing */
};

/* Returns 0, a negated errno with a text in `e`, or ERR_NOMEM. */
int record_new(const struct ir *ir, const struct record_options *opt, struct record **out,
	       struct err *e) MUST_CHECK;

/* What the engine is to tell. */
struct engine_watch record_watch(struct record *r);

/* Finish the files. Returns 0, or the first error that writing met with a text in `e`. The record
 * is freed. */
int record_close(struct record *r, const struct lateness *late, struct err *e) MUST_CHECK;

#endif
