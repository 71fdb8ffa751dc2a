/* The addresses of a workload's connections, so that each stays apart from the others. */
#ifndef SMB_EXPORT_EXPORT_ENDS_H
#define SMB_EXPORT_EXPORT_ENDS_H

#include "ir/ir.h"
#include "packets/tcp_out.h"

#define ENDS_NONE UINT32_MAX

/* Of a connection. */
struct export_ends {
	struct tcp_out_end client, server;
	uint32_t first, last; /* its events, by number; first > last: it has none */
	uint32_t before;      /* the connection before it with the same addresses, or ENDS_NONE */
	bool made_up; /* the workload names no addresses, or two connections at a time with these */
};

/* The ends of all connections, an array that the caller frees. Returns 0 or ERR_NOMEM. */
int export_ends_new(const struct ir *ir, struct export_ends **out) MUST_CHECK;

#endif
