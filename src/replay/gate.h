/*
 * A replay that somebody steps through: a gate before each message. While it is shut no time passes
 * for the engine: recorded times and deadlines go on where they were. What comes is taken in.
 */
#ifndef SMB_REPLAY_GATE_H
#define SMB_REPLAY_GATE_H

#include "replay/engine.h"

/* GATE_LATER: it is open, for another message that has yet to go. */
enum gate_verdict { GATE_SEND, GATE_SKIP, GATE_SHUT, GATE_LATER };

struct gate {
	void *ctx;
	/* This message of the workload could go out now. Where it is shut or not its turn, that is
	 * asked again at the next engine_run. */
	enum gate_verdict (*ask)(void *ctx, uint64_t event);
	void (*sent)(void *ctx, uint32_t conn, const struct engine_message *m);
	void (*received)(void *ctx, uint32_t conn, const struct engine_message *m);
	/* A line of commands while it is shut, NULL at their end. */
	void (*line)(void *ctx, struct engine *e, const char *line);
	int commands; /* the file descriptor from which they come */
};

/* May the message go out? */
enum gate_verdict gate_ask(struct engine *e, uint64_t event);

#endif
