/*
 * The floor of a paced replay: writes as many bytes as an ECHO has at the same times to as many
 * connections, and does nothing else.
 *
 *    timer_loop PORT CONNECTIONS PER_SECOND SECONDS SPIN_NS AT_ONCE CPU
 *
 * AT_ONCE messages, on as many connections, are due at one time. A child takes the bytes in, on
 * that CPU, as a server would. Prints how late the writes were: median, 99th percentile and most,
 * in nanoseconds. SPIN_NS of each wait are spent awake.
 */
#define _GNU_SOURCE 1 /* sched_setaffinity */
#include "config.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_CONNS 64
#define SECOND 1000000000u
#define LEAD (SECOND / 5) /* before the first write */

static void
check(int ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	exit(2);
}

static uint64_t
now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec;
}

static int
listen_at(struct sockaddr_in *at)
{
	int one = 1, fd = socket(AF_INET, SOCK_STREAM, 0);

	check(fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) == 0 &&
		      bind(fd, (struct sockaddr *)at, sizeof(*at)) == 0 &&
		      listen(fd, MAX_CONNS) == 0,
	      "listen");
	return fd;
}

static void
go_to(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	check(sched_setaffinity(0, sizeof(set), &set) == 0, "sched_setaffinity");
}

/* Take in all bytes until the last connection is closed. */
static void
sink(int listener, int n)
{
	struct pollfd fds[MAX_CONNS];
	char bytes[4096];
	int left = n;

	for (int i = 0; i < n; i++) {
		fds[i] = (struct pollfd){.fd = accept(listener, NULL, NULL), .events = POLLIN};
		check(fds[i].fd >= 0, "accept");
	}
	while (left > 0 && poll(fds, (nfds_t)n, -1) > 0)
		for (int i = 0; i < n; i++)
			if (fds[i].revents != 0 && read(fds[i].fd, bytes, sizeof(bytes)) <= 0) {
				(void)close(fds[i].fd);
				fds[i].fd = -1;
				left--;
			}
}

static void
dial(const struct sockaddr_in *to, int *fds, int n)
{
	int one = 1;

	for (int i = 0; i < n; i++) {
		fds[i] = socket(AF_INET, SOCK_STREAM, 0);
		check(fds[i] >= 0 &&
			      connect(fds[i], (const struct sockaddr *)to, sizeof(*to)) == 0 &&
			      setsockopt(fds[i], IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) == 0,
		      "connect");
	}
}

static void
wait_until(uint64_t at, uint64_t spin)
{
	uint64_t wake = at - spin;
	struct timespec t = {.tv_sec = (time_t)(wake / SECOND), .tv_nsec = (long)(wake % SECOND)};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) != 0)
		continue;
	while (now() < at)
		continue;
}

static int
compare(const void *a, const void *b)
{
	uint64_t x, y;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return x < y ? -1 : x > y;
}

struct schedule {
	uint64_t n, rate, spin, at_once;
};

/* Returns how late each write was. */
static uint64_t *
play(const int *fds, uint64_t conns, const struct schedule *s)
{
	/* Frame header, ECHO request: what a capture is searched for. */
	static const uint8_t message[72] = {[3] = 68, 0xfe, 'S', 'M', 'B', 64, [16] = 13, [68] = 4};
	uint64_t *late = calloc(s->n, sizeof(*late)), start = now() + LEAD;

	check(late != NULL, "memory");
	for (uint64_t i = 0; i < s->n; i++) {
		uint64_t due = start + i / s->at_once * s->at_once * SECOND / s->rate;

		wait_until(due, s->spin);
		check(write(fds[i % conns], message, sizeof(message)) == sizeof(message), "write");
		late[i] = now() - due;
	}
	return late;
}

int
main(int argc, char **argv)
{
	struct sockaddr_in at = {.sin_family = AF_INET};
	struct schedule s;
	int fds[MAX_CONNS], conns, listener;
	uint64_t *late;
	pid_t child;

	check(argc == 8,
	      "usage: timer_loop PORT CONNECTIONS PER_SECOND SECONDS SPIN_NS AT_ONCE CPU");
	at.sin_port = htons((uint16_t)atoi(argv[1]));
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	conns = atoi(argv[2]);
	s.rate = strtoull(argv[3], NULL, 10);
	s.n = s.rate * strtoull(argv[4], NULL, 10);
	s.spin = strtoull(argv[5], NULL, 10);
	s.at_once = strtoull(argv[6], NULL, 10);
	check(conns > 0 && conns <= MAX_CONNS && s.n > 0 && s.spin < LEAD && s.at_once > 0,
	      "arguments");
	listener = listen_at(&at);
	child = fork();
	check(child >= 0, "fork");
	if (child == 0) {
		go_to(atoi(argv[7]));
		sink(listener, conns);
		return 0;
	}
	(void)close(listener);
	/* The kernel adds 50 us to each sleep otherwise; a timerfd has none of that. */
	(void)prctl(PR_SET_TIMERSLACK, 1UL);
	dial(&at, fds, conns);
	late = play(fds, (uint64_t)conns, &s);
	for (int i = 0; i < conns; i++)
		(void)close(fds[i]);
	(void)waitpid(child, NULL, 0);
	qsort(late, s.n, sizeof(*late), compare);
	(void)printf("%llu %llu %llu\n", (unsigned long long)late[s.n / 2],
		     (unsigned long long)late[s.n * 99 / 100], (unsigned long long)late[s.n - 1]);
	free(late);
	return 0;
}
