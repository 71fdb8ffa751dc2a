/* What export writes: the packets of a workload as a reader finds them. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "compile/capture.h"
#include "export/export.h"
#include "tests/ir_build.h"
#include "tests/smb2_build.h"

#define MS 1000000u

struct bench {
	char path[64];
	struct ir_build b;
	struct buf small, medium, large; /* messages of 72, 70,068 and 200,068 bytes */
	struct buf text;                 /* what is found, a line each */
	struct cap_totals totals;
	struct export_result result;
};

static int
setup(void **state)
{
	struct bench *s = calloc(1, sizeof(*s));
	struct buf body = {0};
	int fd;

	*state = s;
	if (s == NULL)
		return -1;
	(void)snprintf(s->path, sizeof(s->path), "/tmp/smbench-test-XXXXXX");
	fd = mkstemp(s->path);
	if (fd < 0 || close(fd) != 0)
		return -1;
	ir_build_init(&s->b);
	body_empty(&body);
	build_one(&s->small, &(struct build_hdr){ECHO_, .mid = 1}, &body);
	buf_zero(&body, 70000);
	build_one(&s->medium, &(struct build_hdr){READ, F_RESPONSE, .mid = 1}, &body);
	buf_zero(&body, 200000);
	build_one(&s->large, &(struct build_hdr){READ, F_RESPONSE, .mid = 1}, &body);
	buf_free(&body);
	for (size_t i = 0; i < IR_BUILD_CONNS; i++)
		s->b.conns[i] =
			(struct ir_conn){.client = i == 2 ? "[fe80::1]:50000" : "10.0.0.1:50000",
					 .server = i == 2 ? "[fe80::2]:445" : "10.0.0.2:445",
					 .syn_seen = true};
	return 0;
}

static int
teardown(void **state)
{
	struct bench *s = *state;

	(void)unlink(s->path);
	ir_build_free(&s->b);
	buf_free(&s->small);
	buf_free(&s->medium);
	buf_free(&s->large);
	buf_free(&s->text);
	free(s);
	return 0;
}

static void
put_address(struct buf *out, const struct cap_addr *a)
{
	char ip[INET6_ADDRSTRLEN];

	buf_printf(out, " %s %u", inet_ntop(a->family, a->ip, ip, sizeof(ip)), a->port);
}

static int
on_message(void *ctx, const struct cap_message *m)
{
	struct bench *s = ctx;

	buf_printf(&s->text, "%u %s %zu %llu-%llu%s", m->conn->id,
		   m->dir == CAP_C2S ? "request" : "answer", m->bytes.n,
		   (unsigned long long)(m->t_first / MS), (unsigned long long)(m->t_last / MS),
		   m->at_segment_start ? "" : " joined");
	for (size_t i = 0; i < m->n_cuts; i++)
		buf_printf(&s->text, " %u", m->cuts[i].offset);
	buf_printf(&s->text, "\n");
	return 0;
}

static int
on_event(void *ctx, const struct cap_event *e)
{
	static const char *const names[] = {"connect", "fin", "rst", "gap", "junk"};
	struct bench *s = ctx;

	buf_printf(&s->text, "%u %s", e->conn->id, names[e->kind]);
	if (e->kind == CAP_CONNECT) {
		put_address(&s->text, &e->conn->client);
		put_address(&s->text, &e->conn->server);
		buf_printf(&s->text, "%s", e->conn->syn_seen ? "" : " midway");
	} else {
		buf_printf(&s->text, " %s", e->dir == CAP_C2S ? "client" : "server");
	}
	if (e->kind == CAP_GAP)
		buf_printf(&s->text, " %zu known, %llu lost", e->bytes.n,
			   (unsigned long long)e->lost);
	buf_printf(&s->text, " %llu\n", (unsigned long long)(e->t / MS));
	return 0;
}

/* Export the workload, and read: this is found. */
static void
finds(struct bench *s, const char *expected)
{
	const struct cap_sink sink = {.ctx = s, .message = on_message, .event = on_event};
	const struct cap_options opt = {0};
	struct cap_input input = {.path = s->path};
	struct err e = {0};

	s->b.ir.meta.start = 0;
	assert_int_equal(export_workload(&s->b.ir, s->path, &s->result, &e), 0);
	assert_int_equal(capture_read(&input, 1, &opt, &sink, &s->totals, &e), 0);
	assert_int_equal(s->totals.packets, s->result.packets);
	assert_int_equal(s->totals.bad_packets + s->totals.tcp_retransmitted_bytes, 0);
	buf_add(&s->text, "", 1);
	assert_string_equal((char *)s->text.p, expected);
}

static uint32_t
add(struct bench *s, enum ir_kind kind, uint32_t conn, const struct buf *b)
{
	return ir_build_event(&s->b, kind, conn, b != NULL ? buf_slice(b) : (struct slice){0});
}

/* The event that was added last. */
static struct ir_event *
latest(struct bench *s)
{
	return &s->b.events[s->b.ir.n_events - 1];
}

/* It began when another event was complete; with `joined`, in the same segment, and ended there. */
static void
since(struct bench *s, uint32_t event, bool joined)
{
	struct ir_event *ev = latest(s);

	ev->t_first = s->b.events[event].t_last;
	ev->frame_first = s->b.events[event].frame_last;
	ev->joined = joined;
	if (joined) {
		ev->t_last = ev->t_first;
		ev->frame_last = ev->frame_first;
	}
}

/* A message of three segments that ends behind what came whole while it was on its way; the next
 * one in its last segment. */
static void
test_export_segments(void **state)
{
	static const uint32_t cuts[] = {1000, 60000};
	struct bench *s = *state;

	(void)add(s, IR_CONNECT, 0, NULL);
	(void)add(s, IR_SEND, 0, &s->small);
	(void)add(s, IR_SEND, 0, &s->small);
	since(s, 1, true);
	(void)add(s, IR_SEND, 0, &s->small);
	(void)add(s, IR_RECV, 0, &s->medium);
	since(s, 1, false);
	latest(s)->cuts = cuts;
	latest(s)->n_cuts = 2;
	(void)add(s, IR_RECV, 0, &s->small);
	since(s, 4, true);
	/* Against its time, as a hand may have written it. */
	(void)add(s, IR_SEND, 0, &s->small);
	latest(s)->joined = true;
	finds(s, "0 connect 10.0.0.1 50000 10.0.0.2 445 0\n"
		 "0 request 72 1-1\n0 request 72 1-1 joined\n0 request 72 3-3\n"
		 "0 request 72 3-3 joined\n"
		 "0 answer 70068 1-4 1000 60000\n0 answer 72 4-4 joined\n");
	assert_int_equal(s->result.split, 0);
	/* By time, where not all events have frames. */
	s->b.events[0].frame_first = s->b.events[0].frame_last = 0;
	buf_reset(&s->text);
	finds(s, "0 connect 10.0.0.1 50000 10.0.0.2 445 0\n"
		 "0 request 72 1-1\n0 request 72 1-1 joined\n0 request 72 3-3\n"
		 "0 request 72 3-3 joined\n"
		 "0 answer 70068 1-4 1000 60000\n0 answer 72 4-4 joined\n");
}

/* Nobody said where a large message was cut. */
static void
test_export_large(void **state)
{
	struct bench *s = *state;

	(void)add(s, IR_CONNECT, 0, NULL);
	(void)add(s, IR_RECV, 0, &s->large);
	finds(s, "0 connect 10.0.0.1 50000 10.0.0.2 445 0\n"
		 "0 answer 200068 1-1 65495 130990 196485\n");
	assert_int_equal(s->result.split, 1);
	/* A handshake, four packets, and three words of the client that it has what came so far,
	 * since no more than 65,535 bytes may be under way. */
	assert_int_equal(s->result.packets, 3 + 4 + 3);
}

/* Missing: the end of a message, with a FIN behind it; the middle of one, and its last segment
 * holds the next; more than a message. */
static void
test_export_gaps(void **state)
{
	struct bench *s = *state;
	struct slice part = slice_of(s->small.p, 20);

	(void)add(s, IR_CONNECT, 0, NULL);
	(void)ir_build_event(&s->b, IR_GAP, 0, part);
	latest(s)->lost = 52;
	(void)add(s, IR_SEND, 0, &s->small);
	since(s, 1, true);
	(void)ir_build_event(&s->b, IR_GAP, 0, part);
	latest(s)->lost = 1000;
	(void)add(s, IR_SEND, 0, &s->small);
	since(s, 3, false);
	latest(s)->t_last = latest(s)->t_first;
	(void)ir_build_event(&s->b, IR_GAP, 0, part);
	latest(s)->lost = 52;
	(void)add(s, IR_FIN, 0, NULL);
	latest(s)->t_first = s->b.events[5].t_first;
	latest(s)->frame_first = s->b.events[5].frame_first;
	finds(s, "0 connect 10.0.0.1 50000 10.0.0.2 445 0\n"
		 "0 gap client 20 known, 52 lost 1\n0 request 72 1-1 joined\n"
		 "0 gap client 20 known, 1000 lost 3\n0 request 72 3-3\n"
		 "0 gap client 20 known, 52 lost 5\n0 fin client 5\n");
	assert_int_equal(s->result.gaps, 3);
	assert_int_equal(s->result.lost_bytes, 1104);
}

/* One connection after the other with the same addresses; one that the capture found midway, over
 * IPv6. */
static void
test_export_ends(void **state)
{
	struct bench *s = *state;

	(void)add(s, IR_CONNECT, 0, NULL);
	(void)add(s, IR_SEND, 0, &s->small);
	(void)add(s, IR_FIN, 0, NULL);
	(void)add(s, IR_FIN, 0, NULL);
	latest(s)->server = true;
	(void)add(s, IR_CONNECT, 1, NULL);
	(void)add(s, IR_SEND, 1, &s->small);
	(void)add(s, IR_RST, 1, NULL);
	latest(s)->server = true;
	(void)add(s, IR_CONNECT, 2, NULL);
	(void)add(s, IR_SEND, 2, &s->small);
	s->b.conns[2].syn_seen = false;
	finds(s, "0 connect 10.0.0.1 50000 10.0.0.2 445 0\n0 request 72 1-1\n"
		 "0 fin client 2\n0 fin server 3\n"
		 "1 connect 10.0.0.1 50000 10.0.0.2 445 4\n1 request 72 5-5\n1 rst server 6\n"
		 "2 connect fe80::1 50000 fe80::2 445 midway 7\n2 request 72 8-8\n");
	assert_int_equal(s->result.connections, 3);
	assert_int_equal(s->result.made_up, 0);
}

/* Addresses that two connections have at a time, and that are none. */
static void
test_export_made_up_ends(void **state)
{
	struct bench *s = *state;

	s->b.conns[2] = (struct ir_conn){.client = "somewhere", .server = "[::1]:4450"};
	for (uint32_t i = 0; i < 3; i++)
		(void)add(s, IR_CONNECT, i, NULL);
	for (uint32_t i = 0; i < 3; i++)
		(void)add(s, IR_SEND, i, &s->small);
	finds(s, "0 connect 10.0.0.1 50000 10.0.0.2 445 0\n0 request 72 3-3\n"
		 "1 connect 127.1.0.1 5001 127.0.0.1 445 1\n1 request 72 4-4\n"
		 "2 connect 127.1.0.1 5002 127.0.0.1 4450 midway 2\n2 request 72 5-5\n");
	assert_int_equal(s->result.made_up, 2);
	assert_int_equal(s->result.port, 4450);
}

/* What was sealed stands plain, cut where its own bytes were; what was compressed, compressed
 * unless it is edited. */
static void
test_export_layers(void **state)
{
	static const uint32_t cuts[] = {3, 30, 52 + 60};
	static const struct ir_set set = {.path = "message_id", .value = "7"};
	struct bench *s = *state;

	(void)add(s, IR_CONNECT, 0, NULL);
	(void)add(s, IR_SEND, 0, &s->small);
	(void)add(s, IR_SEND, 0, &s->small);
	latest(s)->layers = IR_SEALED;
	latest(s)->cuts = cuts;
	latest(s)->n_cuts = 3;
	for (uint32_t i = 0; i < 2; i++) {
		(void)add(s, IR_RECV, 0, &s->large);
		latest(s)->layers = IR_SEALED | IR_COMPRESSED;
		latest(s)->packed = buf_slice(&s->medium);
		latest(s)->sets = &set;
		latest(s)->n_sets = i;
	}
	finds(s,
	      "0 connect 10.0.0.1 50000 10.0.0.2 445 0\n0 request 72 1-1\n0 request 72 2-2 3 60\n"
	      "0 answer 70068 3-3 65495\n0 answer 200068 4-4 65495 130990 196485\n");
	assert_int_equal(s->result.sealed, 3);
}

static void
test_export_to_nowhere(void **state)
{
	struct bench *s = *state;
	struct err e = {0};

	assert_int_equal(export_workload(&s->b.ir, "/nowhere/x.pcapng", &s->result, &e), -ENOENT);
	assert_string_equal(e.text, "/nowhere/x.pcapng: No such file or directory");
	(void)add(s, IR_CONNECT, 0, NULL);
	e = (struct err){0};
	assert_true(export_workload(&s->b.ir, "/dev/full", &s->result, &e) < 0);
	assert_non_null(strstr(e.text, "/dev/full: "));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_export_segments, setup, teardown),
		cmocka_unit_test_setup_teardown(test_export_large, setup, teardown),
		cmocka_unit_test_setup_teardown(test_export_gaps, setup, teardown),
		cmocka_unit_test_setup_teardown(test_export_ends, setup, teardown),
		cmocka_unit_test_setup_teardown(test_export_made_up_ends, setup, teardown),
		cmocka_unit_test_setup_teardown(test_export_layers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_export_to_nowhere, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
