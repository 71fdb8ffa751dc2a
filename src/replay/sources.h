/*
 * Addresses of this machine that connections come from (--bind-source): each recorded client
 * address has one of them, in the order in which the recorded ones appear, wrapping round.
 */
#ifndef SMB_REPLAY_SOURCES_H
#define SMB_REPLAY_SOURCES_H

#include <netinet/in.h>
#include <sys/socket.h>

#include "ir/ir.h"

struct source {
	struct sockaddr_storage addr; /* port 0 */
	socklen_t len;
	char text[INET6_ADDRSTRLEN + 32];
};

#define SOURCES_MAX 64

/* Zero it. */
struct sources {
	struct source list[SOURCES_MAX]; /* all of one family */
	size_t n;
};

/* Append "127.0.0.2,127.0.0.3". Returns 0, or ERR_USAGE with a text in `e`. */
int sources_add(struct sources *s, const char *list, struct err *e) MUST_CHECK;

/* Are they all this machine's? Returns 0, or ERR_NET with a text in `e`. */
int sources_check(const struct sources *s, struct err *e) MUST_CHECK;

/* Of each connection of a workload, the index of its source. The caller frees `*out`. Returns 0 or
 * ERR_NOMEM. */
int sources_assign(const struct sources *s, const struct ir_meta *meta, uint32_t **out) MUST_CHECK;

#endif
