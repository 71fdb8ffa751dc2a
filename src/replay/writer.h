/*
 * A second thread that writes, so that two messages go out at once: a write to a socket may take
 * tens of microseconds before it returns (over loopback the receiver's share of the work is done in
 * it), which the message behind it would be late by.
 *
 * The thread sleeps until it is called, is awake then for as long as it was told to (it must be by
 * the time of the messages: a machine takes its time to wake a thread), and takes part in one
 * writer_send. It knows sockets and bytes, nothing else.
 */
#ifndef SMB_REPLAY_WRITER_H
#define SMB_REPLAY_WRITER_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/wire.h"

/* So long before its messages are due the thread is to be called. */
#define WRITER_LEAD 150000u /* ns */

/* One message, on a socket that no other one of its writer_send is for. */
struct writer_job {
	int fd;     /* nonblocking */
	bool held;  /* earlier bytes wait for the socket: nothing is written, and `sent` is 0 */
	bool apart; /* see struct outq */
	struct slice bytes; /* borrowed */
	uint64_t at;        /* net_now: not before. writer_send moves it where it is over */
	/* What came of it. */
	ssize_t sent;          /* see outq_write */
	uint64_t began, ended; /* net_now, around the write */
};

struct writer;

/* May this process run on two CPUs? On one, a second thread is of no use. */
bool writer_is_of_use(void);

/* Start the thread. Returns 0, ERR_NOMEM or a negated errno. */
int writer_new(struct writer **out) MUST_CHECK;
void writer_free(struct writer *w);

/* Be awake soon, and then until the next writer_send or `until` (net_now). */
void writer_call(struct writer *w, uint64_t until);

/*
 * Write all jobs, which are in the order of their times; returns when that is done. Where the first
 * is late, the others are as late. Two threads do it if the other one was called; where it does not
 * wake up in its time the caller's does alone. Returns whether there were two.
 */
bool writer_send(struct writer *w, struct writer_job *jobs, size_t n);

#endif
