/* What is kept of a replay: a run that loads, and a capture from which the same messages are read.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "compile/capture.h"
#include "replay/record.h"
#include "tests/ir_build.h"
#include "tests/load_capture.h"
#include "tests/smb2_build.h"

#define ZERO 7000000000u           /* monotonic time of the start */
#define EPOCH 1600000000000000000u /* wall clock then */
#define LARGE ((size_t)200 * 1000) /* of a message: several segments */

struct studio {
	char dir[64], run[80], pcap[80];
	struct ir_build b;
	struct buf small, large;
};

static int
setup(void **state)
{
	struct studio *s = calloc(1, sizeof(*s));
	struct buf body = {0};

	*state = s;
	if (s == NULL)
		return -1;
	(void)snprintf(s->dir, sizeof(s->dir), "/tmp/smbench-test-XXXXXX");
	if (mkdtemp(s->dir) == NULL)
		return -1;
	(void)snprintf(s->run, sizeof(s->run), "%s/run", s->dir);
	(void)snprintf(s->pcap, sizeof(s->pcap), "%s/out.pcap", s->dir);
	ir_build_init(&s->b);
	body_empty(&body);
	build_one(&s->small, &(struct build_hdr){ECHO_, .mid = 1}, &body);
	buf_zero(&body, LARGE);
	build_one(&s->large, &(struct build_hdr){READ, F_RESPONSE, .mid = 1}, &body);
	buf_free(&body);
	(void)ir_build_event(&s->b, IR_CONNECT, 0, (struct slice){0});
	(void)ir_build_event(&s->b, IR_SEND, 0, buf_slice(&s->small));
	return 0;
}

static int
teardown(void **state)
{
	struct studio *s = *state;

	remove_workload(s->run);
	(void)unlink(s->pcap);
	(void)rmdir(s->dir);
	ir_build_free(&s->b);
	buf_free(&s->small);
	buf_free(&s->large);
	free(s);
	return 0;
}

static const struct lateness late = {.n = 9,
				     .prepared = 8,
				     .p50 = 5,
				     .p99 = 6,
				     .max = 7,
				     .much = 3,
				     .by = {{1, 2}, {3, 4}, {5, 6}, {7, 8}}};

/* Two connections: one that the client ends, one that the server resets. */
static void
shoot(struct studio *s)
{
	const struct record_options opt = {.run = s->run,
					   .pcap = s->pcap,
					   .server = "127.0.0.1:4450",
					   .port = 4450,
					   .epoch = EPOCH,
					   .zero = ZERO};
	const struct engine_message small = {buf_slice(&s->small), buf_slice(&s->small), 0};
	const struct engine_message large = {buf_slice(&s->large), buf_slice(&s->large), 0};
	struct engine_watch w;
	struct record *r;
	struct err e = {0};

	assert_int_equal(record_new(&s->b.ir, &opt, &r, &e), 0);
	w = record_watch(r);
	w.connected(w.ctx, 0, ZERO + 1000);
	w.sent(w.ctx, 1, 0, &small, ZERO + 2000);
	w.wrote(w.ctx, 0, small.wire, ZERO + 2000);
	w.connected(w.ctx, 1, ZERO + 3000);
	w.received(w.ctx, 0, &large, ZERO + 4000);
	w.ended(w.ctx, 0, false, false, ZERO + 5000);
	w.ended(w.ctx, 0, true, false, ZERO + 6000);
	w.ended(w.ctx, 1, true, true, ZERO + 7000);
	assert_int_equal(record_close(r, &late, &e), 0);
}

static void
test_record_a_run(void **state)
{
	static const uint8_t kinds[] = {IR_CONNECT, IR_SEND, IR_CONNECT, IR_RECV,
					IR_FIN,     IR_FIN,  IR_RST};
	struct studio *s = *state;
	struct buf scratch = {0};
	struct lateness kept;
	struct err e = {0};
	struct ir run;

	shoot(s);
	assert_int_equal(ir_load(s->run, &run, &e), 0);
	assert_true(run.meta.run);
	assert_int_equal(run.meta.start, EPOCH);
	assert_string_equal(run.meta.conns[0].server, "127.0.0.1:4450");
	assert_int_equal(run.n_events, sizeof(kinds));
	for (size_t i = 0; i < sizeof(kinds); i++) {
		assert_int_equal(run.events[i].kind, kinds[i]);
		assert_int_equal(run.events[i].t_first, (i + 1) * 1000);
	}
	assert_int_equal(run.events[1].of, 2);
	assert_true(slice_eq(ir_bytes(&run, &run.events[1], &scratch), buf_slice(&s->small)));
	assert_true(slice_eq(ir_bytes(&run, &run.events[3], &scratch), buf_slice(&s->large)));
	assert_false(run.events[4].server);
	assert_true(run.events[5].server);
	assert_int_equal(run.events[6].conn, 1);
	lateness_get(run.meta.totals, run.meta.n_totals, &kept);
	assert_memory_equal(&kept, &late, sizeof(late));
	buf_free(&scratch);
	ir_free(&run);
}

/* What the capture reader finds in the file, a line each. */
struct found {
	struct studio *s;
	struct buf text;
};

static int
on_message(void *ctx, const struct cap_message *m)
{
	struct found *f = ctx;
	const struct buf *b = m->dir == CAP_C2S ? &f->s->small : &f->s->large;

	assert_true(slice_eq(m->bytes, buf_slice(b)));
	buf_printf(&f->text, "%u %s %llu\n", m->conn->id, m->dir == CAP_C2S ? "request" : "answer",
		   (unsigned long long)(m->t_first - EPOCH));
	return 0;
}

static int
on_event(void *ctx, const struct cap_event *e)
{
	static const char *const names[] = {"connect", "fin", "rst", "gap", "junk"};
	struct found *f = ctx;

	buf_printf(&f->text, "%u %s %s %llu\n", e->conn->id, names[e->kind],
		   e->dir == CAP_C2S ? "client" : "server", (unsigned long long)(e->t - EPOCH));
	return 0;
}

static void
test_record_a_capture(void **state)
{
	struct studio *s = *state;
	struct found f = {.s = s};
	const struct cap_sink sink = {.ctx = &f, .message = on_message, .event = on_event};
	const struct cap_options opt = {.port = 4450};
	struct cap_input input = {.path = s->pcap};
	struct cap_totals totals;
	struct err e = {0};

	shoot(s);
	assert_int_equal(capture_read(&input, 1, &opt, &sink, &totals, &e), 0);
	buf_add(&f.text, "", 1);
	/* The second connection says nothing, so that nobody can tell whether it speaks SMB. */
	assert_string_equal((char *)f.text.p,
			    "0 connect client 1000\n0 request 2000\n0 answer 4000\n"
			    "0 fin client 5000\n0 fin server 6000\n");
	assert_int_equal(totals.gap_bytes + totals.junk_bytes + totals.bad_packets +
				 totals.tcp_retransmitted_bytes,
			 0);
	buf_free(&f.text);
}

static void
test_record_refuses_a_workload(void **state)
{
	struct studio *s = *state;
	const struct record_options opt = {.run = s->run, .server = ""};
	const struct ir_meta meta = {.conns = s->b.conns, .n_conns = 1};
	struct ir_writer *w;
	struct record *r;
	struct err e = {0};

	assert_int_equal(ir_writer_open(s->run, false, &w, &e), 0);
	assert_int_equal(ir_writer_close(w, &meta, &e), 0);
	assert_true(record_new(&s->b.ir, &opt, &r, &e) < 0);
	assert_non_null(strstr(err_text(&e), "is a workload, not a run"));
	assert_true(ir_is_workload(s->run));
}

static void
test_record_places_that_cannot_be_written(void **state)
{
	struct studio *s = *state;
	struct record_options opt = {.pcap = "/nonexistent/out.pcap", .server = ""};
	struct record *r;
	struct err e = {0};

	assert_int_equal(record_new(&s->b.ir, &opt, &r, &e), -2);
	assert_non_null(strstr(err_text(&e), "/nonexistent/out.pcap"));
	e = (struct err){0};
	opt = (struct record_options){.run = s->run, .pcap = "/nonexistent/out.pcap", .server = ""};
	assert_int_equal(record_new(&s->b.ir, &opt, &r, &e), -2);
	assert_int_not_equal(access(s->run, F_OK), 0);
	opt = (struct record_options){.pcap = "/dev/full", .server = ""};
	e = (struct err){0};
	if (access("/dev/full", W_OK) == 0) {
		assert_int_equal(record_new(&s->b.ir, &opt, &r, &e), 0);
		record_watch(r).connected(r, 0, 0);
		assert_int_equal(record_close(r, &late, &e), -28);
		assert_non_null(strstr(err_text(&e), "/dev/full"));
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_record_a_run),
		TEST(test_record_a_capture),
		TEST(test_record_refuses_a_workload),
		TEST(test_record_places_that_cannot_be_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
