/*
 * Messages made ready before their time: patched, signed and sealed while the engine waits anyhow,
 * so that at their time only the write is left. What was made is thrown away where one of its
 * inputs has changed since: MessageIds that moved, a key, a symbol with another value.
 */
#ifndef SMB_REPLAY_AHEAD_H
#define SMB_REPLAY_AHEAD_H

#include "replay/assemble.h"

struct engine;
struct engine_message;

#define AHEAD_SLOTS 64                /* messages that are ready at most */
#define AHEAD_BYTES ((size_t)8 << 20) /* of all of them */
#define AHEAD_LOOK 32                 /* events of a lane that are looked at */
#define AHEAD_TRIES 8                 /* messages that are made between two engine_run */
#define AHEAD_GUARD 20000u            /* ns; nothing is begun when the next send is nearer, */
#define AHEAD_NS_PER_BYTE 4u          /* and by so much for each byte of a message */

struct ahead_slot {
	struct buf plain, wire; /* `wire` only where there are layers */
	uint8_t layers;
	uint64_t inputs;           /* how often these had changed when it was made */
	struct buf audit, audited; /* entries, and the bytes that they are about */
};

struct ahead {
	uint64_t events[AHEAD_SLOTS]; /* plus 1; 0: the slot is free */
	struct ahead_slot slots[AHEAD_SLOTS];
	size_t n, bytes;
	unsigned tries;
	uint64_t taken, dropped; /* messages that went out as they had been made; that could not */
};

void ahead_free(struct ahead *a);

/*
 * Is event `n` ready? Then `*m` is what goes out, borrowed until ahead_done, and its audit is told.
 */
bool ahead_take(struct engine *e, uint64_t n, struct engine_message *m);

/* Event `n` went out or never will. */
void ahead_done(struct engine *e, uint64_t n);

#endif
