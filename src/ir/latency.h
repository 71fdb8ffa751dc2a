/* How long answers took, by command and size, and how much went on at what time. */
#ifndef SMB_IR_LATENCY_H
#define SMB_IR_LATENCY_H

#include "base/hist.h"
#include "ir/exchanges.h"

/* READ and WRITE are also kept by how much they ask for: up to 4 KiB, 64 KiB, 1 MiB, more. */
#define LATENCY_SIZES 4
#define LATENCY_READ (SMB2_N_COMMANDS + 1)
#define LATENCY_WRITE (LATENCY_READ + LATENCY_SIZES)
#define LATENCY_CLASSES (LATENCY_WRITE + LATENCY_SIZES)

/* "CREATE", "unknown command", "up to 64 KiB". */
const char *latency_class_name(unsigned class);

/* The classes in the order of a table: each command, its sizes behind it. */
extern const uint8_t latency_order[LATENCY_CLASSES];

/* A class of sizes, within READ or WRITE. */
static inline bool
latency_is_size(unsigned class)
{
	return class >= LATENCY_READ;
}

struct latency_class {
	uint64_t requests;
	struct hist hist; /* ns from sent to answered */
	struct hist
		planned; /* ns from when it was to be sent; empty unless latency_new knew that */
};

#define TIMELINE_SPANS 120

/* The load in equal spans of the whole time. */
struct timeline {
	uint64_t span;                  /* ns of one */
	uint64_t bytes[TIMELINE_SPANS]; /* of messages, both ways, as they were whole */
	uint64_t requests[TIMELINE_SPANS];
	uint64_t flight[TIMELINE_SPANS]; /* ns, summed over all requests under way */
};

struct latency {
	struct latency_class of[LATENCY_CLASSES];
	struct latency_class all;
	struct timeline timeline;
	struct answers answers;
	bool has_planned;
};

/*
 * Of a workload or run. With `workload` (then `ir` is a run of it, played at the recorded pace at
 * `speed`) latencies are also counted from when a request was to go out, so that those are not left
 * out that waited behind a slow answer (coordinated omission). Returns 0 or ERR_NOMEM; free it in
 * any case.
 */
int latency_gather(struct latency *l, const struct ir *ir, const struct ir *workload,
		   double speed) MUST_CHECK;
void latency_free(struct latency *l);

#endif
