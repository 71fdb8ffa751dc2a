/* The second thread that writes, with pairs of sockets. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "replay/net.h"
#include "replay/outq.h"
#include "replay/writer.h"

#define PAIRS 5
#define LONG 10000000000u /* ns: a test does not last so long */
#define BIG ((size_t)4 << 20)

struct fixture {
	struct writer *writer;
	int ours[PAIRS], theirs[PAIRS];
	struct writer_job jobs[PAIRS];
	struct buf big;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	*state = f;
	if (f == NULL || writer_new(&f->writer) != 0)
		return -1;
	buf_zero(&f->big, BIG);
	for (int i = 0; i < PAIRS; i++) {
		int fds[2];

		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) != 0)
			return -1;
		f->ours[i] = fds[0];
		f->theirs[i] = fds[1];
		f->jobs[i] = (struct writer_job){.fd = fds[0], .bytes = slice_of(&"abcde"[i], 1)};
	}
	return f->big.err;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	writer_free(f->writer);
	for (int i = 0; i < PAIRS; i++) {
		(void)close(f->ours[i]);
		(void)close(f->theirs[i]);
	}
	buf_free(&f->big);
	free(f);
	return 0;
}

static void
send_by_two(struct fixture *f, size_t n)
{
	writer_call(f->writer, net_now() + LONG);
	assert_true(writer_send(f->writer, f->jobs, n));
}

static void
assert_came(struct fixture *f, int i)
{
	char c[2];

	assert_int_equal(recv(f->theirs[i], c, sizeof(c), 0), 1);
	assert_int_equal(c[0], "abcde"[i]);
}

/* Each message goes out once, whoever writes it. */
static void
test_all_go_out(void **state)
{
	struct fixture *f = *state;

	for (int round = 0; round < 1000; round++) {
		for (int i = 0; i < PAIRS; i++)
			f->jobs[i].at = 0;
		if (round % 3 == 0)
			send_by_two(f, PAIRS);
		if (round % 3 == 1)
			writer_call(f->writer, net_now() + (unsigned)round * 100);
		if (round % 3 != 0)
			(void)writer_send(f->writer, f->jobs, PAIRS);
		for (int i = 0; i < PAIRS; i++) {
			assert_int_equal(f->jobs[i].sent, 1);
			assert_true(f->jobs[i].ended >= f->jobs[i].began);
			assert_came(f, i);
		}
	}
}

/* Once it has done its part it must be called again: until then the caller does it all. */
static void
test_an_uncalled_thread_is_not_waited_for(void **state)
{
	struct fixture *f = *state;

	send_by_two(f, PAIRS);
	for (int i = 0; i < PAIRS; i++)
		assert_came(f, i);
	assert_false(writer_send(f->writer, f->jobs, PAIRS));
	for (int i = 0; i < PAIRS; i++)
		assert_came(f, i);
	assert_true(f->jobs[1].began >= f->jobs[0].ended);
}

/* Nothing goes out before its time; where the first is late, the others are as late. */
static void
test_times_are_kept(void **state)
{
	struct fixture *f = *state;
	uint64_t now = net_now();

	for (unsigned i = 0; i < PAIRS; i++)
		f->jobs[i].at = now - 1000000 + i * 2000000;
	send_by_two(f, PAIRS);
	assert_true(f->jobs[0].at >= now);
	for (int i = 0; i < PAIRS; i++) {
		assert_true(f->jobs[i].began >= f->jobs[i].at);
		assert_true(f->jobs[i].began >= now + (unsigned)i * 2000000);
		assert_came(f, i);
	}
}

/* What a socket does not take goes out when it can, as without the thread. */
static void
test_a_part_is_written(void **state)
{
	struct fixture *f = *state;
	static uint8_t in[65536];
	struct outq q = {0};
	size_t came = 0;

	f->jobs[1].bytes = buf_slice(&f->big);
	send_by_two(f, 2);
	assert_true(f->jobs[1].sent > 0);
	assert_true((size_t)f->jobs[1].sent < BIG);
	assert_came(f, 0);
	assert_int_equal(outq_wrote(&q, f->jobs[1].bytes, f->jobs[1].sent), 0);
	assert_int_equal(outq_waiting(&q), BIG - (size_t)f->jobs[1].sent);
	while (came < BIG) {
		ssize_t got = recv(f->theirs[1], in, sizeof(in), 0);

		came += got > 0 ? (size_t)got : 0;
		assert_int_equal(outq_flush(&q, f->ours[1]), 0);
	}
	assert_false(outq_waits(&q));
	outq_free(&q);
}

/* A full socket takes nothing; nothing goes past what waits for one. */
static void
test_a_full_socket(void **state)
{
	struct fixture *f = *state;
	struct outq q = {0};

	while (send(f->ours[0], f->big.p, BIG, 0) > 0)
		continue;
	f->jobs[1].held = true;
	send_by_two(f, 2);
	assert_int_equal(f->jobs[0].sent, 0);
	assert_int_equal(outq_wrote(&q, f->jobs[0].bytes, f->jobs[0].sent), 0);
	assert_int_equal(outq_waiting(&q), 1);
	outq_free(&q);
	assert_int_equal(f->jobs[1].sent, 0);
	assert_int_equal(recv(f->theirs[1], &(char){0}, 1, 0), -1);
}

/* The other side is gone: an error for that one, and no signal. */
static void
test_a_closed_peer(void **state)
{
	struct fixture *f = *state;
	struct outq q = {0};

	assert_int_equal(shutdown(f->theirs[0], SHUT_RDWR), 0);
	send_by_two(f, 2);
	assert_int_equal(f->jobs[0].sent, -EPIPE);
	assert_int_equal(outq_wrote(&q, f->jobs[0].bytes, f->jobs[0].sent), -EPIPE);
	assert_came(f, 1);
}

/* It ends asleep and awake. */
static void
test_the_thread_ends(void **state)
{
	struct fixture *f = *state;
	struct writer *w;

	writer_call(f->writer, net_now() + LONG);
	assert_int_equal(writer_new(&w), 0);
	writer_free(w);
	writer_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		CASE(test_all_go_out),      CASE(test_an_uncalled_thread_is_not_waited_for),
		CASE(test_times_are_kept),  CASE(test_a_part_is_written),
		CASE(test_a_full_socket),   CASE(test_a_closed_peer),
		CASE(test_the_thread_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
