/* Sockets, timers and the clock: the only user of libevent. Maps each to one engine call. */
#ifndef SMB_REPLAY_NET_H
#define SMB_REPLAY_NET_H

#include "replay/engine.h"
#include "replay/gate.h"
#include "replay/sources.h"

struct net;

struct net_options {
	const char *host; /* "127.0.0.1", "::1", "fileserver"; its addresses are tried in turn */
	uint16_t port;
	size_t n_conns;
	uint64_t spin;     /* ns; the last of the time before the engine is due is not slept */
	uint64_t patience; /* ns; for what sockets did not take until the run's end */
	bool pairs;        /* send_all will be called: it is to have a second thread */
	bool apart;        /* what is sent at a time is a TCP segment of its own, or several */
	const struct gate *gate;       /* where commands come from that shut a gate; NULL: none */
	const struct sources *sources; /* where connections come from; NULL: the system chooses */
	const uint32_t *source_of;     /* of each connection, in `sources` */
};

/*
 * Resolve the target and make ready; `opt->sources` and `source_of` are borrowed. Returns 0,
 * ERR_NET with a text in `err`, or ERR_NOMEM.
 */
int net_new(const struct net_options *opt, struct net **out, struct err *err) MUST_CHECK;
void net_free(struct net *n);

/* The io that the engine is to have. */
struct engine_io net_io(struct net *n);

/* Nanoseconds of the monotonic clock. */
uint64_t net_now(void);

/* Play the engine to its end. `tick`, unless NULL, is called about ten times a second. Returns 0 or
 * a fatal error with a text in `err`. */
int net_run(struct net *n, struct engine *e, void (*tick)(void *ctx), void *ctx,
	    struct err *err) MUST_CHECK;

/* "127.0.0.1:445" of the target, the address that answered last; valid as long as `n`. */
const char *net_target(const struct net *n);

#endif
