/* What is live in the middle of a replay, printed: connections with their credits, requests without
 * an answer, ids of sessions, trees and opens. */
#ifndef SMB_STEP_STATE_H
#define SMB_STEP_STATE_H

#include "base/buf.h"
#include "ir/ir.h"
#include "replay/engine.h"

struct step_request {
	uint64_t message_id;
	uint32_t conn;
	uint16_t command;
	bool pending; /* an interim answer came */
};

/* Zero it. */
struct step_state {
	struct step_request *open; /* requests without their final answer, oldest first; owned */
	size_t n, cap;
};

/* A message went out, or came; without its layers. Memory that is out loses requests. */
void step_state_sent(struct step_state *s, uint32_t conn, struct slice message);
void step_state_received(struct step_state *s, uint32_t conn, struct slice message);

/* Append it all. */
void step_state_put(const struct step_state *s, const struct ir *ir, const struct engine *e,
		    struct buf *out);

void step_state_free(struct step_state *s);

#endif
