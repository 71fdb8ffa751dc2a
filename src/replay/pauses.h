/*
 * Messages that go out in pieces ("pause" in smbench-ir(5)). The first piece goes out as the
 * message would; each other one has a time, and until the last is out nothing else goes out on the
 * connection: what its lane has waits, what was not recorded queues.
 */
#ifndef SMB_REPLAY_PAUSES_H
#define SMB_REPLAY_PAUSES_H

#include "replay/engine_int.h"

/* Does a workload have pauses? Its pieces are to stay apart then. */
bool pauses_are_there(const struct ir *ir);

/* How many bytes of what stands for event `n` go out first: all where it does not pause, or what is
 * sent is not the lane's event (e->own). */
size_t pauses_first(struct engine *e, uint64_t n, const struct engine_message *m);

/* The first `first` bytes of a message went out at `at`. Errors are in e->fatal. */
void pauses_begin(struct engine *e, uint64_t n, const struct engine_message *m, size_t first,
		  uint64_t at);

/* Write what stands for event `n`, up to its first pause. */
void pauses_write(struct engine *e, uint64_t n, const struct engine_message *m, uint64_t now);

/* Is a message half out on that connection? */
static inline bool
pauses_half_out(const struct engine *e, uint32_t conn)
{
	return e->conns[conn].pausing != NULL;
}

/* Does a lane's event wait for that? */
bool pauses_hold(const struct engine *e, struct lane *l, const struct ir_event *ev);

/* Bytes that follow a message that is half out: true, and they go out behind it. */
bool pauses_queue(struct engine *e, uint32_t conn, struct slice bytes);

/* Write what is due. True if something was. */
bool pauses_run(struct engine *e);

/* When the next piece is due, ENGINE_NEVER: not known. */
uint64_t pauses_wake(const struct engine *e);

/* A connection is gone, and what was to follow on it. */
void pauses_drop(struct engine *e, uint32_t conn);

#endif
