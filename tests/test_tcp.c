/* TCP reassembly: whatever way a stream was cut, repeated or shuffled, the same messages come out.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/tcp_bench.h"

static uint32_t
next_random(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

/* Ten messages of 68 to about 3,000 bytes. */
static void
make_stream(struct buf *out)
{
	for (uint64_t i = 0; i < 10; i++)
		build_smb2(out, 8, false, i, (size_t)(i * i * 37 % 3000));
}

/* What the stream gives in one piece. */
static void
expected_messages(const struct buf *stream, struct buf *out)
{
	struct bench b;

	bench_begin(&b);
	bench_handshake(&b);
	for (size_t at = 0; at < stream->n; at += 60000)
		bench_client(&b, stream, at, stream->n - at < 60000 ? stream->n : at + 60000);
	bench_end(&b);
	buf_add(out, b.c.messages.p, b.c.messages.n);
	assert_int_equal(b.totals.messages, 10);
	bench_free(&b);
}

/* Cut at random places, send some parts again with other borders, shuffle all: the same messages.
 */
static void
test_tcp_any_cut_repeat_and_order(void **state)
{
	struct buf stream = {0}, want = {0};
	uint32_t seed = 1;

	(void)state;
	make_stream(&stream);
	expected_messages(&stream, &want);
	for (int round = 0; round < 400; round++) {
		size_t from[600], to[600], n = 0, at = 0, sent = 0;
		struct bench b;

		while (at < stream.n) {
			size_t step = 1 + next_random(&seed) % (round % 4 == 0 ? 60 : 1460);

			from[n] = at;
			at = to[n++] = step < stream.n - at ? at + step : stream.n;
		}
		for (size_t extra = n / 4; extra > 0; extra--) {
			from[n] = next_random(&seed) % stream.n;
			to[n] = from[n] + 1 + next_random(&seed) % (stream.n - from[n]);
			n++;
		}
		for (size_t i = n - 1; i > 0; i--) {
			size_t j = next_random(&seed) % (i + 1), f = from[i], t = to[i];

			from[i] = from[j], to[i] = to[j];
			from[j] = f, to[j] = t;
		}
		bench_begin(&b);
		bench_handshake(&b);
		for (size_t i = 0; i < n; i++) {
			bench_client(&b, &stream, from[i], to[i]);
			sent += to[i] - from[i];
		}
		bench_end(&b);
		assert_string_equal(collect_text(&b.c.messages), collect_text(&want));
		assert_int_equal(b.totals.stream_bytes, stream.n);
		assert_int_equal(b.totals.tcp_conflicting_bytes, 0);
		assert_true(b.totals.tcp_retransmitted_bytes <= sent - stream.n);
		bench_free(&b);
	}
	buf_free(&stream);
	buf_free(&want);
}

static void
test_tcp_frames_times_cuts_and_events(void **state)
{
	struct buf s = {0}, r = {0};
	struct bench b;

	(void)state;
	build_smb2(&s, 0, false, 0, 32);  /* 100 bytes */
	build_smb2(&s, 1, false, 1, 132); /* 200 bytes */
	build_smb2(&r, 0, true, 0, 32);
	bench_begin(&b);
	bench_handshake(&b);
	bench_segment(&b, build_c2s(ISN_C + 1, ISN_S + 1, BUILD_FLAGS_DATA,
				    slice_of(s.p, 150))); /* frame 4 */
	bench_segment(&b, build_c2s(ISN_C + 151, ISN_S + 1, BUILD_FLAGS_DATA,
				    slice_of(s.p + 150, 100))); /* 5 */
	bench_segment(&b, build_c2s(ISN_C + 251, ISN_S + 1, BUILD_FLAGS_DATA,
				    slice_of(s.p + 250, 50))); /* 6 */
	bench_segment(&b, build_s2c(ISN_S + 1, ISN_C + 301, BUILD_FLAGS_DATA, buf_slice(&r)));
	bench_segment(&b, build_c2s(ISN_C + 301, ISN_S + 101, TCP_ACK | TCP_FIN, none()));
	bench_segment(&b, build_s2c(ISN_S + 101, ISN_C + 302, TCP_ACK, none()));
	bench_segment(&b, build_s2c(ISN_S + 101, ISN_C + 302, TCP_ACK | TCP_RST, none()));
	bench_segment(&b, build_s2c(ISN_S + 101, ISN_C + 302, TCP_RST, none())); /* said once */
	bench_end(&b);
	assert_string_equal(collect_text(&b.c.text),
			    "c0 > connect f=1 40000>445 syn\n"
			    "c0 > message n=100 f=4-4 t=4000-4000 start\n"
			    "c0 > message n=200 f=4-6 t=4000-6000 50@5 150@6\n"
			    "c0 < message n=100 f=7-7 t=7000-7000 start\n"
			    "c0 > fin f=8\n"
			    "c0 < rst f=10\n"
			    "c0 close\n");
	bench_free(&b);
	buf_free(&s);
	buf_free(&r);
}

/* A late segment completes what waited behind it: those messages were there for their reader only
 * then. */
static void
test_tcp_filled_hole_is_no_gap(void **state)
{
	struct buf s = {0};
	struct bench b;

	(void)state;
	build_smb2(&s, 0, false, 0, 32);
	build_smb2(&s, 1, false, 1, 32);
	build_smb2(&s, 2, false, 2, 32);
	bench_begin(&b);
	bench_handshake(&b);
	bench_client(&b, &s, 0, 100);
	bench_client(&b, &s, 200, 300); /* frame 5 */
	bench_client(&b, &s, 100, 200); /* frame 6 */
	bench_end(&b);
	assert_string_equal(collect_text(&b.c.text), "c0 > connect f=1 40000>445 syn\n"
						     "c0 > message n=100 f=4-4 t=4000-4000 start\n"
						     "c0 > message n=100 f=6-6 t=6000-6000 start\n"
						     "c0 > message n=100 f=5-6 t=5000-6000 start\n"
						     "c0 close\n");
	assert_int_equal(b.totals.gap_bytes, 0);
	bench_free(&b);
	buf_free(&s);
}

/* First bytes win; other content in a repetition is counted while the first copy is held. */
static void
test_tcp_conflicting_repetition(void **state)
{
	struct buf s = {0}, bad = {0};
	struct bench b, plain;

	(void)state;
	build_smb2(&s, 9, false, 0, 932);
	buf_add(&bad, s.p, s.n);
	bad.p[700] ^= 1;
	bad.p[701] ^= 1;
	bench_begin(&plain);
	bench_handshake(&plain);
	bench_client(&plain, &s, 0, 1000);
	bench_end(&plain);
	bench_begin(&b);
	bench_handshake(&b);
	bench_client(&b, &s, 600, 1000);
	bench_client(&b, &bad, 650, 1000);
	bench_client(&b, &s, 0, 600);
	bench_end(&b);
	assert_string_equal(collect_text(&b.c.messages), collect_text(&plain.c.messages));
	assert_int_equal(b.totals.tcp_retransmitted_bytes, 350);
	assert_int_equal(b.totals.tcp_conflicting_bytes, 2);
	bench_free(&b);
	bench_free(&plain);
	buf_free(&s);
	buf_free(&bad);
}

static void
test_tcp_keep_alive_is_no_data(void **state)
{
	struct buf s = {0};
	struct bench b;

	(void)state;
	build_smb2(&s, 9, false, 0, 32);
	build_smb2(&s, 9, false, 1, 32);
	bench_begin(&b);
	bench_handshake(&b);
	bench_client(&b, &s, 0, 100);
	bench_segment(&b, build_c2s(ISN_C + 100, ISN_S + 1, TCP_ACK, slice_of("\0", 1)));
	bench_segment(&b, build_c2s(ISN_C + 100, ISN_S + 1, TCP_ACK, none()));
	bench_client(&b, &s, 100, 200);
	bench_end(&b);
	assert_int_equal(b.totals.messages, 2);
	assert_int_equal(b.totals.stream_bytes, 200);
	assert_int_equal(b.totals.tcp_retransmitted_bytes, 0);
	bench_free(&b);
	buf_free(&s);
}

/* The same ports again are another connection. */
static void
test_tcp_reused_ports(void **state)
{
	struct buf s = {0};
	struct bench b;

	(void)state;
	build_smb2(&s, 9, false, 0, 32);
	bench_begin(&b);
	bench_handshake(&b);
	bench_client(&b, &s, 0, 100);
	bench_segment(
		&b, build_c2s(ISN_C, 0, TCP_SYN, none())); /* a late copy of the first SYN is not */
	bench_segment(&b, build_c2s(777, 0, TCP_SYN, none()));
	bench_segment(&b, build_s2c(888, 778, TCP_SYN | TCP_ACK, none()));
	bench_segment(&b, build_c2s(778, 889, BUILD_FLAGS_DATA, buf_slice(&s)));
	bench_end(&b);
	assert_string_equal(collect_text(&b.c.text), "c0 > connect f=1 40000>445 syn\n"
						     "c0 > message n=100 f=4-4 t=4000-4000 start\n"
						     "c0 close\n"
						     "c1 > connect f=6 40000>445 syn\n"
						     "c1 > message n=100 f=8-8 t=8000-8000 start\n"
						     "c1 close\n");
	bench_free(&b);
	buf_free(&s);
}

/* Without a SYN the header tells who is the client, on any port; bytes before the first header are
 * junk. */
static void
test_tcp_mid_stream(void **state)
{
	struct buf r = {0};
	struct bench b;
	struct build_segment seg;

	(void)state;
	buf_add(&r, "the end of some READ response", 29);
	build_smb2(&r, 8, true, 5, 32);
	bench_begin(&b);
	seg = build_s2c(100, 200, BUILD_FLAGS_DATA, buf_slice(&r));
	seg.sport = 9445;
	bench_segment(&b, seg);
	bench_end(&b);
	assert_string_equal(collect_text(&b.c.text), "c0 > connect f=1 40000>9445\n"
						     "c0 < junk f=1 n=29\n"
						     "c0 < message n=100 f=1-1 t=1000-1000\n"
						     "c0 close\n");
	bench_free(&b);
	buf_free(&r);
}

/* A capture that begins with two segments in the wrong order loses nothing. */
static void
test_tcp_mid_stream_out_of_order(void **state)
{
	struct buf s = {0};
	struct bench b;

	(void)state;
	build_smb2(&s, 8, false, 5, 132);
	bench_begin(&b);
	bench_client(&b, &s, 120, 200);
	bench_client(&b, &s, 0, 120);
	bench_end(&b);
	assert_string_equal(collect_text(&b.c.text),
			    "c0 > connect f=1 40000>445\n"
			    "c0 > message n=200 f=2-2 t=2000-2000 start 120@1\n"
			    "c0 close\n");
	bench_free(&b);
	buf_free(&s);
}

/* The SYN and ACK was not captured, nor the server's first segment: the handshake's last segment
 * tells that it is missing. */
static void
test_tcp_lost_syn_ack(void **state)
{
	struct buf s = {0}, r = {0};
	struct bench b;

	(void)state;
	build_smb2(&s, 8, false, 0, 32);
	build_smb2(&r, 8, true, 0, 32);
	build_smb2(&r, 8, true, 1, 32);
	bench_begin(&b);
	bench_segment(&b, build_c2s(ISN_C, 0, TCP_SYN, none()));
	bench_segment(&b, build_c2s(ISN_C + 1, ISN_S + 1, TCP_ACK, none()));
	bench_segment(&b, build_c2s(ISN_C + 1, ISN_S + 1, BUILD_FLAGS_DATA, buf_slice(&s)));
	bench_segment(&b, build_s2c(ISN_S + 101, ISN_C + 101, BUILD_FLAGS_DATA,
				    slice_of(r.p + 100, 100)));
	bench_segment(&b, build_c2s(ISN_C + 101, ISN_S + 201, TCP_ACK, none()));
	bench_end(&b);
	assert_string_equal(collect_text(&b.c.text), "c0 > connect f=1 40000>445 syn\n"
						     "c0 > message n=100 f=3-3 t=3000-3000 start\n"
						     "c0 < gap f=4 lost=100\n"
						     "c0 < message n=100 f=4-4 t=4000-4000 start\n"
						     "c0 close\n");
	bench_free(&b);
	buf_free(&s);
	buf_free(&r);
}

/* The middle of a long response on port 445: nothing of the 8 MiB before the next header is dropped
 * unseen, nor all of it held. */
static void
test_tcp_mid_stream_inside_a_long_message(void **state)
{
	uint8_t block[60000] = {0};
	struct buf r = {0};
	struct bench b;
	uint32_t seq = 1;

	(void)state;
	build_smb2(&r, 8, true, 5, 32);
	bench_begin(&b);
	for (int i = 0; i < 140; i++, seq += sizeof(block))
		bench_segment(&b,
			      build_s2c(seq, 1, BUILD_FLAGS_DATA, slice_of(block, sizeof(block))));
	bench_segment(&b, build_s2c(seq, 1, BUILD_FLAGS_DATA, buf_slice(&r)));
	assert_int_equal(tcp_end(b.tcp), 0);
	assert_int_equal(b.totals.messages, 1);
	assert_int_equal(b.totals.stream_bytes, 140 * sizeof(block) + r.n);
	assert_int_equal(b.totals.junk_bytes, 140 * sizeof(block));
	bench_free(&b);
	buf_free(&r);
}

/* More than may be held behind a hole: the hole is given up. */
static void
test_tcp_held_bytes_are_bounded(void **state)
{
	struct buf s = {0};
	struct bench b;

	(void)state;
	for (uint64_t i = 0; s.n < STREAM_HELD_MAX + 200000; i++)
		build_smb2(&s, 9, false, i, 50000);
	bench_begin(&b);
	bench_handshake(&b);
	bench_client(&b, &s, 0, 100);
	for (size_t at = 200; at < s.n; at += 60000)
		bench_client(&b, &s, at, s.n - at < 60000 ? s.n : at + 60000);
	assert_true(b.totals.messages > 70); /* before the end */
	bench_end(&b);
	assert_int_equal(b.totals.gap_bytes, 100);
	bench_free(&b);
	buf_free(&s);
}

/* Nor may many connections hold more than the common limit. */
static void
test_tcp_held_bytes_of_all_are_bounded(void **state)
{
	struct buf s = {0};
	struct bench b;

	(void)state;
	for (uint64_t i = 0; s.n < STREAM_HELD_MAX - 400000; i++)
		build_smb2(&s, 9, false, i, 50000);
	bench_begin(&b);
	for (uint16_t port = 1; port <= 5; port++) {
		for (size_t at = 0; at < s.n;
		     at += at == 0 ? 200 : 60000) { /* without the bytes from 100 to 200 */
			size_t end = at == 0 ? 100 : s.n - at < 60000 ? s.n : at + 60000;
			struct build_segment seg =
				build_c2s(1 + (uint32_t)at, 0, 0, slice_of(s.p + at, end - at));

			seg.sport = port;
			bench_segment(&b, seg);
		}
	}
	assert_int_equal(b.totals.gap_bytes, 100); /* of the one that met the limit */
	bench_end(&b);
	assert_int_equal(b.totals.gap_bytes, 500);
	bench_free(&b);
	buf_free(&s);
}

static void
test_tcp_other_protocols_and_filters(void **state)
{
	const char http[] = "GET / HTTP/1.1\r\n\r\n";
	struct buf s = {0};
	struct bench b;

	(void)state;
	build_smb2(&s, 9, false, 0, 32);
	bench_begin(&b);
	bench_handshake(&b);
	bench_segment(&b, build_c2s(ISN_C + 1, ISN_S + 1, BUILD_FLAGS_DATA,
				    slice_of(http, sizeof(http) - 1)));
	bench_client(&b, &s, 0, 100);
	bench_end(&b);
	assert_string_equal(collect_text(&b.c.text), "");
	assert_int_equal(b.totals.other_tcp, 5);
	bench_free(&b);
	for (int i = 0; i < 4; i++) {
		static const struct {
			struct cap_options opt;
			uint64_t messages;
		} cases[] = {{{.port = 445}, 1},
			     {{.port = 40000}, 0},
			     {{.client = "10.0.0.1"}, 1},
			     {{.client = "10.0.0.2"}, 0}};

		bench_begin_with(&b, &cases[i].opt);
		bench_handshake(&b);
		bench_client(&b, &s, 0, 100);
		bench_end(&b);
		assert_int_equal(b.totals.messages, cases[i].messages);
		assert_int_equal(b.totals.other_tcp, cases[i].messages == 0 ? 4 : 0);
		bench_free(&b);
	}
	buf_free(&s);
}

/* A sink's refusal ends the reading with its code, and nothing leaks. */
static void
test_tcp_sink_error(void **state)
{
	struct buf s = {0};
	struct bench b;
	struct build_segment seg;
	struct packet p;

	(void)state;
	build_smb2(&s, 9, false, 0, 32);
	bench_begin(&b);
	b.c.fail_at = 1;
	bench_handshake(&b);
	seg = build_c2s(ISN_C + 1, ISN_S + 1, BUILD_FLAGS_DATA, buf_slice(&s));
	p = build_packet(&seg, 4);
	assert_int_equal(tcp_packet(b.tcp, &p), ERR_USAGE);
	bench_free(&b);
	buf_free(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tcp_any_cut_repeat_and_order),
		cmocka_unit_test(test_tcp_frames_times_cuts_and_events),
		cmocka_unit_test(test_tcp_filled_hole_is_no_gap),
		cmocka_unit_test(test_tcp_conflicting_repetition),
		cmocka_unit_test(test_tcp_keep_alive_is_no_data),
		cmocka_unit_test(test_tcp_reused_ports),
		cmocka_unit_test(test_tcp_mid_stream),
		cmocka_unit_test(test_tcp_mid_stream_out_of_order),
		cmocka_unit_test(test_tcp_lost_syn_ack),
		cmocka_unit_test(test_tcp_mid_stream_inside_a_long_message),
		cmocka_unit_test(test_tcp_held_bytes_are_bounded),
		cmocka_unit_test(test_tcp_held_bytes_of_all_are_bounded),
		cmocka_unit_test(test_tcp_other_protocols_and_filters),
		cmocka_unit_test(test_tcp_sink_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
