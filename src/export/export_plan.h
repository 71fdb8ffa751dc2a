/*
 * In which packets, and in which order, the events of a workload were on the wire.
 *
 * Events stand in the order in which they were complete; a message of several segments began before
 * others that were complete earlier. The plan puts each segment where it was.
 */
#ifndef SMB_EXPORT_EXPORT_PLAN_H
#define SMB_EXPORT_EXPORT_PLAN_H

#include "export/export_ends.h"

enum export_kind {
	PLAN_CONNECT, /* a handshake */
	PLAN_FIRST,   /* the first packet of a connection whose beginning is not known */
	PLAN_DATA,    /* bytes of an event, of which not all need come from it */
	PLAN_HOLE,    /* `n` bytes are missing */
	PLAN_END,     /* a FIN or RST */
};

struct export_item {
	uint64_t key; /* when: ns or frames, see export_plan_new */
	uint64_t t; /* ns since the workload's start; of a segment that of its first item counts */
	uint32_t event; /* by number */
	uint32_t off,
		n; /* PLAN_DATA: which of the bytes that export_plan_bytes gives, perhaps none */
	uint32_t group;  /* items of one segment have the same and stand together */
	uint32_t number; /* in the order of events */
	uint8_t kind;    /* enum export_kind */
};

struct export_plan {
	struct export_item *items; /* owned, in the order of the capture */
	size_t n, cap;
};

/* Plan all events. Returns 0, ERR_LIMIT or ERR_NOMEM; export_plan_free in each case. */
int export_plan_new(const struct ir *ir, const struct export_ends *ends,
		    struct export_plan *out) MUST_CHECK;
void export_plan_free(struct export_plan *p);

/* The bytes of an event as they are exported: as on the wire, but for a seal. As ir_bytes. */
struct slice export_plan_bytes(const struct ir *ir, const struct ir_event *ev, struct buf *scratch);

#endif
