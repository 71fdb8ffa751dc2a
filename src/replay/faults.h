/* What goes wrong on purpose ("fault" in smbench-ir(5)): around the send of an event. */
#ifndef SMB_REPLAY_FAULTS_H
#define SMB_REPLAY_FAULTS_H

#include "replay/engine_int.h"

/* The fault of an event, or NULL. */
static inline const struct ir_fault *
fault_of(const struct engine *e, uint64_t n)
{
	return e->ir->events[n].fault;
}

/* Is the event to wait longer than its order and time say? Begins the delay at the first call. */
bool fault_delays(const struct engine *e, struct lane *l, uint64_t n, uint64_t now);

/* How often event `n` goes out; and how much of its message, which is shortened to that. */
uint32_t fault_times(const struct engine *e, uint64_t n);
bool fault_cuts(const struct engine *e, uint64_t n, struct engine_message *m);

/* Event `n` was sent from its lane: an RST behind it, reading stops or goes on. */
void fault_behind(struct engine *e, struct lane *l, uint64_t n, uint64_t now);

#endif
