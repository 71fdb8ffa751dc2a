/* Sockets, timers and the clock: the only user of libevent. Maps each to one engine call. */
#ifndef SMB_REPLAY_NET_H
#define SMB_REPLAY_NET_H

#include "replay/engine.h"

struct net;

/*
 * Resolve the target ("127.0.0.1", "::1", "fileserver") and make ready for `n_conns` connections.
 * `precise`: the engine's times matter to less than a millisecond. Returns 0, ERR_NET with a text
 * in `err`, or ERR_NOMEM.
 */
int net_new(const char *host, uint16_t port, size_t n_conns, bool precise, struct net **out,
	    struct err *err) MUST_CHECK;
void net_free(struct net *n);

/* The io that the engine is to have. */
struct engine_io net_io(struct net *n);

/* Nanoseconds of the monotonic clock. */
uint64_t net_now(void);

/* Play the engine to its end. `tick`, unless NULL, is called about ten times a second. Returns 0 or
 * a fatal error with a text in `err`. */
int net_run(struct net *n, struct engine *e, void (*tick)(void *ctx), void *ctx,
	    struct err *err) MUST_CHECK;

/* "127.0.0.1:445" of the target; valid as long as `n`. */
const char *net_target(const struct net *n);

#endif
