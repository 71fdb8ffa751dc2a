/* replay --step: commands that open the gate before each message, and show what is live. */
#ifndef SMB_STEP_H
#define SMB_STEP_H

#include "ir/ir.h"
#include "replay/gate.h"

struct step;

/* `ir` is borrowed, and edited where the user says so. Returns 0 or ERR_NOMEM. */
int step_new(struct ir *ir, struct step **out) MUST_CHECK;
void step_free(struct step *s);

/* For replay_options, as long as `s`. Commands come from stdin, what they print goes to stdout. */
const struct gate *step_gate(struct step *s);

#endif
