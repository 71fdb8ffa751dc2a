/* Threads that keep processors busy. */
#include "config.h"

#include "replay/busy.h"

#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

struct busy {
	atomic_bool stop;
	uint32_t n;
	pthread_t threads[];
};

static void *
burn(void *ctx)
{
	const struct busy *b = ctx;

	while (!atomic_load_explicit(&b->stop, memory_order_relaxed))
		continue;
	return NULL;
}

int
busy_start(uint32_t n, struct busy **out)
{
	struct busy *b;
	int r = 0;

	*out = NULL;
	if (n == 0)
		return 0;
	b = calloc(1, sizeof(*b) + n * sizeof(b->threads[0]));
	if (b == NULL)
		return ERR_NOMEM;
	while (r == 0 && b->n < n) {
		r = -pthread_create(&b->threads[b->n], NULL, burn, b);
		b->n += r == 0;
	}
	if (r == 0)
		*out = b;
	else
		busy_stop(b);
	return r;
}

void
busy_stop(struct busy *b)
{
	if (b == NULL)
		return;
	atomic_store_explicit(&b->stop, true, memory_order_relaxed);
	for (uint32_t i = 0; i < b->n; i++)
		(void)pthread_join(b->threads[i], NULL);
	free(b);
}

uint32_t
busy_all_but_one(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof(set), &set) == 0 && CPU_COUNT(&set) > 0
		       ? (uint32_t)CPU_COUNT(&set) - 1
		       : 0;
}

/* Only an address of this machine can be bound. */
static bool
can_bind(const struct addrinfo *a)
{
	int fd = socket(a->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool can = fd >= 0 && bind(fd, a->ai_addr, a->ai_addrlen) == 0;

	if (fd >= 0)
		(void)close(fd);
	return can;
}

bool
busy_is_here(const char *host)
{
	const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_DGRAM};
	struct addrinfo *list = NULL;
	bool here = false;

	if (getaddrinfo(host, NULL, &hints, &list) != 0)
		return false;
	for (const struct addrinfo *a = list; a != NULL && !here; a = a->ai_next)
		here = can_bind(a);
	freeaddrinfo(list);
	return here;
}
