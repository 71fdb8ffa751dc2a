/* A stage for tests of the engine: a workload put together in memory, and the scripted server that
 * it is played against. */
#ifndef SMB_TESTS_STAGE_H
#define SMB_TESTS_STAGE_H

#include "tests/ir_build.h"
#include "tests/peer.h"
#include "tests/smb2_build.h"

struct stage {
	struct ir_build b;
	struct peer p;
	struct buf msg, body; /* the message and the body at hand */
};

/* For cmocka, which hands a `struct stage` on in the state; setup for tests whose state begins with
 * one is stage_setup_of(state, its size). The rest of it is zero. */
int stage_setup(void **state);
int stage_setup_of(void **state, size_t size);
int stage_teardown(void **state);

/* Append events; their numbers. */
uint32_t stage_connect(struct stage *s, uint32_t conn);
uint32_t stage_end(struct stage *s, enum ir_kind kind, uint32_t conn, bool server); /* FIN, RST */

/* A message with that header and the body in s->body, which is emptied; an empty one is that of
 * ECHO and the like. */
uint32_t stage_put(struct stage *s, enum ir_kind kind, uint32_t conn, const struct build_hdr *h);

/* Play to the end. */
void stage_play(struct stage *s);

#endif
