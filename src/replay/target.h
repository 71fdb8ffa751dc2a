/* The addresses that a target's name stands for. */
#ifndef SMB_REPLAY_TARGET_H
#define SMB_REPLAY_TARGET_H

#include <netdb.h>

#include "base/err.h"
#include "replay/sources.h"

#define TARGET_NAME (NI_MAXHOST + NI_MAXSERV + 4)

struct target_addr {
	struct sockaddr_storage addr;
	socklen_t len;
};

/*
 * All addresses of a host that can be reached from the given sources (NULL or none: from anywhere),
 * at least one, in getaddrinfo's order: an array for free(), which is there after an error, too.
 * Returns 0, ERR_NET with a text in `err`, or ERR_NOMEM.
 */
int target_resolve(const char *host, uint16_t port, const struct sources *from,
		   struct target_addr **out, size_t *n, struct err *err) MUST_CHECK;

/* What it is called in reports: "127.0.0.1:445". */
void target_name(const struct target_addr *a, char out[TARGET_NAME]);

#endif
