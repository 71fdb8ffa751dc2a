/* A second thread that writes. */
#define _GNU_SOURCE 1 /* sched_getcpu, CPU_COUNT */
#include "config.h"

#include "replay/writer.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/err.h"
#include "replay/net.h"
#include "replay/outq.h"

#define START 1000u   /* ns: from handing out jobs to the first, so that both threads are there */
#define YIELD 200000u /* ns: so long the caller waits awake for the other thread's last write */

/*
 * Whose the jobs are:
 *
 *   ASLEEP --the thread wakes up--> AWAKE --writer_send--> POSTED --the thread is done--> ASLEEP
 *                  ^-------------- its time is over ----------'
 *
 * Unless POSTED, the thread touches neither `jobs` and `n` nor what they point to. While POSTED it
 * reads both, and each job, with its bytes and socket, is that thread's which took its number from
 * `next`. The caller returns when it is POSTED no more, so that nothing outlives a writer_send: a
 * connection is only ever closed by the caller, outside of it.
 */
enum state { ASLEEP, AWAKE, POSTED };

struct writer {
	pthread_t thread;
	cpu_set_t cpus; /* of the process; */
	int caller_cpu; /* of these the one that the thread keeps off, -1: none yet */
	sem_t calls;
	atomic_bool called; /* a call that the thread has not seen is in `calls` */
	atomic_bool quit;
	atomic_int state;
	_Atomic uint64_t until;
	struct writer_job *jobs;
	size_t n;
	atomic_size_t next;
};

bool
writer_is_of_use(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof(set), &set) == 0 && CPU_COUNT(&set) > 1;
}

static void
do_job(struct writer_job *j)
{
	do
		j->began = net_now();
	while (j->began < j->at);
	j->sent = j->held ? 0 : outq_write(j->fd, j->apart, j->bytes);
	j->ended = net_now();
}

/* Take jobs as long as there are any: what one thread is not there for, the other one does. */
static void
do_jobs(struct writer *w)
{
	size_t i;

	while ((i = atomic_fetch_add(&w->next, 1)) < w->n)
		do_job(&w->jobs[i]);
}

static void
stay_awake(struct writer *w)
{
	int state = AWAKE;

	atomic_store(&w->state, AWAKE);
	while (atomic_load(&w->state) == AWAKE && net_now() < atomic_load(&w->until))
		continue;
	if (atomic_compare_exchange_strong(&w->state, &state, ASLEEP))
		return;
	do_jobs(w);
	atomic_store(&w->state, ASLEEP);
}

static void *
run(void *ctx)
{
	struct writer *w = ctx;

	for (;;) {
		while (sem_wait(&w->calls) != 0)
			continue;
		if (atomic_load(&w->quit))
			return NULL;
		atomic_store(&w->called, false);
		stay_awake(w);
	}
}

/* Signals are the main thread's. */
static int
start(struct writer *w)
{
	sigset_t all, before;
	int r;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	r = pthread_create(&w->thread, NULL, run, w);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -r;
}

int
writer_new(struct writer **out)
{
	struct writer *w = calloc(1, sizeof(*w));
	int r;

	if (w == NULL)
		return ERR_NOMEM;
	w->caller_cpu = -1;
	if (sched_getaffinity(0, sizeof(w->cpus), &w->cpus) != 0 ||
	    sem_init(&w->calls, 0, 0) != 0) {
		r = -errno;
		free(w);
		return r;
	}
	r = start(w);
	if (r != 0) {
		(void)sem_destroy(&w->calls);
		free(w);
		return r;
	}
	*out = w;
	return 0;
}

void
writer_free(struct writer *w)
{
	if (w == NULL)
		return;
	atomic_store(&w->quit, true);
	atomic_store(&w->until, 0);
	(void)sem_post(&w->calls);
	(void)pthread_join(w->thread, NULL);
	(void)sem_destroy(&w->calls);
	free(w);
}

/* Left to itself, a busy machine wakes the thread on the caller's CPU, where neither lets the other
 * one work. */
static void
keep_apart(struct writer *w)
{
	int cpu = sched_getcpu();
	cpu_set_t others = w->cpus;

	if (cpu < 0 || cpu == w->caller_cpu || cpu >= CPU_SETSIZE)
		return;
	CPU_CLR((size_t)cpu, &others);
	if (pthread_setaffinity_np(w->thread, sizeof(others), &others) == 0)
		w->caller_cpu = cpu;
}

void
writer_call(struct writer *w, uint64_t until)
{
	keep_apart(w);
	atomic_store(&w->until, until);
	if (!atomic_exchange(&w->called, true))
		(void)sem_post(&w->calls);
}

/* Is the thread awake, or before its time is over? */
static bool
is_awake(struct writer *w)
{
	while (atomic_load(&w->state) != AWAKE && net_now() < atomic_load(&w->until))
		continue;
	return atomic_load(&w->state) == AWAKE;
}

static void
move_on(struct writer_job *jobs, size_t n)
{
	uint64_t first = net_now() + START, late = first > jobs[0].at ? first - jobs[0].at : 0;

	for (size_t i = 0; i < n; i++)
		jobs[i].at += late;
}

bool
writer_send(struct writer *w, struct writer_job *jobs, size_t n)
{
	int state = AWAKE;
	bool posted;

	w->jobs = jobs;
	w->n = n;
	atomic_store(&w->next, 0);
	posted = is_awake(w);
	move_on(jobs, n);
	posted = posted && atomic_compare_exchange_strong(&w->state, &state, POSTED);
	do_jobs(w);
	while (posted && atomic_load(&w->state) == POSTED)
		if (net_now() > jobs[n - 1].at + YIELD)
			(void)sched_yield();
	atomic_store(&w->until, 0);
	return posted;
}
