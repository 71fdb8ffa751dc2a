/* Puts workloads together in memory, for tests. */
#ifndef SMB_TESTS_IR_BUILD_H
#define SMB_TESTS_IR_BUILD_H

#include "ir/ir.h"

#define IR_BUILD_EVENTS 256
#define IR_BUILD_PATCHES 256
#define IR_BUILD_CONNS 3

/* Too large for a stack. Zero it, then ir_build_init. */
struct ir_build {
	struct ir ir; /* valid after each call */
	struct ir_event events[IR_BUILD_EVENTS];
	struct ir_extent extents[IR_BUILD_EVENTS];
	struct ir_patch patches[IR_BUILD_PATCHES];
	size_t n_patches;
	struct ir_conn conns[IR_BUILD_CONNS];
	struct buf data;
};

void ir_build_init(struct ir_build *b);
void ir_build_free(struct ir_build *b);

/* Append an event, 1 ms after the one before; returns its number. FIN, RST, GAP, JUNK: of the
 * client unless `server` is set afterwards. */
uint32_t ir_build_event(struct ir_build *b, enum ir_kind kind, uint32_t conn, struct slice bytes);

/* Add a patch or definition to the event appended last, behind its others. */
void ir_build_patch(struct ir_build *b, uint32_t off, uint32_t width, enum ir_what what,
		    uint32_t number);

#endif
