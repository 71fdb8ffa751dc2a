/*
 * Bytes on their way into a socket: sent at once, and what the socket does not take is kept. Where
 * pieces are to stay apart, each one ends a TCP segment, whenever it goes out (MSG_EOR: the kernel
 * appends nothing to it).
 */
#ifndef SMB_REPLAY_OUTQ_H
#define SMB_REPLAY_OUTQ_H

#include <sys/types.h>

#include "base/buf.h"

/* Bytes that a server may leave unread before the connection counts as broken. */
#define OUTQ_MAX ((size_t)64 << 20)

/* Zero it; `apart` is the caller's to set. */
struct outq {
	bool apart;
	struct buf bytes; /* from `head` on; no memory while the socket takes all */
	size_t head;
	struct buf ends; /* `apart`: 8 bytes each, where pieces end, counted in bytes ever queued */
	size_t next_end; /* in `ends`, in bytes */
	uint64_t gone;   /* bytes that were queued and went out */
};

void outq_free(struct outq *q);

/* Are there bytes that the socket did not take? */
static inline bool
outq_waits(const struct outq *q)
{
	return q->bytes.n > q->head;
}

/* How many. */
static inline size_t
outq_waiting(const struct outq *q)
{
	return q->bytes.n - q->head;
}

/* Send a piece, behind those that wait. Returns 0, ERR_LIMIT, ERR_NOMEM or a negated errno. */
int outq_send(struct outq *q, int fd, struct slice piece) MUST_CHECK;

/*
 * The halves of outq_send, for who writes in a thread of its own: the write alone, while nothing
 * waits (how many bytes the socket took, which may be none, or a negated errno); and what comes of
 * it, as outq_send returns it.
 */
ssize_t outq_write(int fd, bool apart, struct slice piece) MUST_CHECK;
int outq_wrote(struct outq *q, struct slice piece, ssize_t sent) MUST_CHECK;

/* Send what waits, as much as the socket takes. Returns 0 or a negated errno. */
int outq_flush(struct outq *q, int fd) MUST_CHECK;

#endif
