/* Framing: what a hole costs, where a search finds the next message, what the end leaves. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/tcp_bench.h"

/* A hole inside a message of known length costs that message only, and is declared when the peer
 * has acknowledged past it. */
static void
test_framing_hole_inside_a_message(void **state)
{
	struct buf s = {0};
	struct bench b;

	(void)state;
	build_smb2(&s, 9, false, 0, 932); /* 1,000 bytes */
	build_smb2(&s, 1, false, 1, 32);
	bench_begin(&b);
	bench_handshake(&b);
	bench_client(&b, &s, 0, 300);
	bench_client(&b, &s, 500, 1100);
	assert_int_equal(b.totals.gap_bytes, 0);
	bench_segment(&b, build_s2c(ISN_S + 1, ISN_C + 1101, TCP_ACK, none()));
	assert_int_equal(b.totals.messages, 1); /* not only at the end */
	bench_end(&b);
	assert_string_equal(collect_text(&b.c.text), "c0 > connect f=1 40000>445 syn\n"
						     "c0 > gap f=5 lost=200 n=800\n"
						     "c0 > message n=100 f=5-5 t=5000-5000\n"
						     "c0 close\n");
	assert_int_equal(b.totals.gap_bytes, 200);
	assert_int_equal(b.totals.gap_known_bytes, 800);
	bench_free(&b);
	buf_free(&s);
}

/* A hole that ends where its message does leaves the direction in step: what follows need not be
 * searched for. */
static void
test_framing_hole_up_to_a_border(void **state)
{
	struct buf s = {0};
	struct bench b;

	(void)state;
	build_smb2(&s, 9, false, 0, 132);
	buf_add(&s, "\x85\0\0\0", 4);
	bench_begin(&b);
	bench_handshake(&b);
	bench_client(&b, &s, 0, 100);
	bench_client(&b, &s, 200, 204);
	bench_end(&b);
	assert_string_equal(collect_text(&b.c.text), "c0 > connect f=1 40000>445 syn\n"
						     "c0 > gap f=5 lost=100 n=100\n"
						     "c0 > message n=4 f=5-5 t=5000-5000 start\n"
						     "c0 close\n");
	bench_free(&b);
	buf_free(&s);
}

/* A search over segments shorter than a header: whether the message found begins one. */
static void
test_framing_search_over_short_segments(void **state)
{
	struct buf s = {0}, m = {0};
	struct bench b;

	(void)state;
	build_smb2(&m, 9, false, 0, 32);
	buf_add(&s, m.p, m.n);
	buf_add(&s, "lost!", 5);
	buf_add(&s, m.p, m.n);
	bench_begin(&b);
	bench_handshake(&b);
	bench_client(&b, &s, 0, 100);
	bench_client(&b, &s, 103, 110); /* two bytes of junk, five of the next message */
	bench_client(&b, &s, 110, 205);
	bench_end(&b);
	assert_string_equal(collect_text(&b.c.text), "c0 > connect f=1 40000>445 syn\n"
						     "c0 > message n=100 f=4-4 t=4000-4000 start\n"
						     "c0 > gap f=5 lost=3\n"
						     "c0 > junk f=6 n=2\n"
						     "c0 > message n=100 f=5-6 t=5000-6000 5@6\n"
						     "c0 close\n");
	bench_free(&b);
	buf_free(&s);
	buf_free(&m);
}

/* A hole over the border of messages: the next frame header is searched for, what lies before it is
 * junk. */
static void
test_framing_hole_over_a_border(void **state)
{
	struct buf s = {0};
	struct bench b;

	(void)state;
	for (uint64_t i = 0; i < 4; i++)
		build_smb2(&s, 9, false, i, 32);
	bench_begin(&b);
	bench_handshake(&b);
	bench_client(&b, &s, 0, 60);
	bench_client(&b, &s, 110, 150);
	bench_client(&b, &s, 150, 204); /* a header cut in two: its first four bytes are here */
	bench_client(&b, &s, 204, 400);
	bench_end(&b);
	assert_string_equal(collect_text(&b.c.text), "c0 > connect f=1 40000>445 syn\n"
						     "c0 > gap f=5 lost=50 n=60\n"
						     "c0 > junk f=5 n=33\n"
						     "c0 > junk f=6 n=7\n"
						     "c0 > junk f=6 n=47\n"
						     "c0 > junk f=7 n=3\n"
						     "c0 > message n=100 f=6-7 t=6000-7000 4@7\n"
						     "c0 > message n=100 f=7-7 t=7000-7000\n"
						     "c0 close\n");
	bench_free(&b);
	buf_free(&s);
}

/*
 * 96 bytes of each segment of 520 were kept, of messages of 1,000, 80 and 1,000 bytes: the second
 * one's header is lost, the third one begins inside of what was kept.
 */
static void
test_framing_snaplen(void **state)
{
	struct buf s = {0};
	struct bench b;

	(void)state;
	build_smb2(&s, 9, false, 0, 932);
	build_smb2(&s, 1, false, 1, 12);
	build_smb2(&s, 9, false, 2, 932);
	bench_begin(&b);
	bench_handshake(&b);
	for (size_t at = 0; at < s.n; at += 520) {
		struct build_segment seg = build_c2s(ISN_C + 1 + (uint32_t)at, ISN_S + 1,
						     BUILD_FLAGS_DATA, slice_of(s.p + at, 96));
		struct packet p = build_packet(&seg, ++b.frame);

		p.cut = 520 - 96;
		bench_packet(&b, p);
	}
	bench_end(&b);
	assert_string_equal(collect_text(&b.c.text), "c0 > connect f=1 40000>445 syn\n"
						     "c0 > gap f=5 lost=848 n=192\n"
						     "c0 > junk f=6 n=40\n"
						     "c0 > gap f=7 lost=848 n=152\n"
						     "c0 close\n");
	bench_free(&b);
	buf_free(&s);
}

/* 16 MiB + 3 is the longest message that a 24-bit length allows; a keep-alive of the session
 * service follows it. */
static void
test_framing_longest_message(void **state)
{
	struct buf s = {0};
	struct bench b;

	(void)state;
	build_smb2(&s, 9, false, 0, 0xFFFFFF - 64);
	buf_add(&s, "\x85\0\0\0", 4);
	bench_begin(&b);
	bench_handshake(&b);
	for (size_t at = 0; at < s.n; at += 65000)
		bench_client(&b, &s, at, s.n - at < 65000 ? s.n : at + 65000);
	bench_end(&b);
	assert_int_equal(b.totals.messages, 2);
	assert_int_equal(b.totals.message_bytes, 0xFFFFFF + 4 + 4);
	bench_free(&b);
	buf_free(&s);
}

/* Cut points of one message are bounded, too. */
static void
test_framing_cuts_are_bounded(void **state)
{
	struct buf s = {0};
	struct bench b;

	(void)state;
	build_smb2(&s, 9, false, 0, 70000);
	bench_begin(&b);
	bench_handshake(&b);
	for (size_t at = 0; at < s.n; at++)
		bench_client(&b, &s, at, at + 1);
	bench_end(&b);
	assert_int_equal(b.totals.messages, 1);
	assert_int_equal(b.c.cuts, FRAMING_CUTS_MAX);
	bench_free(&b);
	buf_free(&s);
}

static void
test_framing_unfinished_at_the_end(void **state)
{
	struct buf s = {0};
	struct bench b;

	(void)state;
	build_smb2(&s, 9, false, 0, 32);
	bench_begin(&b); /* the capture ends: the rest was not captured */
	bench_handshake(&b);
	bench_client(&b, &s, 0, 90);
	bench_end(&b);
	assert_string_equal(
		collect_text(&b.c.text),
		"c0 > connect f=1 40000>445 syn\nc0 > gap f=4 lost=10 n=90\nc0 close\n");
	bench_free(&b);
	bench_begin(&b); /* its sender closed: the rest was never sent */
	bench_handshake(&b);
	bench_client(&b, &s, 0, 90);
	bench_segment(&b, build_c2s(ISN_C + 91, ISN_S + 1, TCP_ACK | TCP_FIN, none()));
	bench_end(&b);
	assert_string_equal(
		collect_text(&b.c.text),
		"c0 > connect f=1 40000>445 syn\nc0 > junk f=4 n=90\nc0 > fin f=5\nc0 close\n");
	bench_free(&b);
	bench_begin(&b); /* the last bytes before a FIN that the peer acknowledged are missing */
	bench_handshake(&b);
	bench_client(&b, &s, 0, 90);
	bench_segment(&b, build_c2s(ISN_C + 101, ISN_S + 1, TCP_ACK | TCP_FIN, none()));
	bench_segment(&b, build_s2c(ISN_S + 1, ISN_C + 102, TCP_ACK, none()));
	bench_end(&b);
	assert_string_equal(collect_text(&b.c.text), "c0 > connect f=1 40000>445 syn\nc0 > gap f=5 "
						     "lost=10 n=90\nc0 > fin f=5\nc0 close\n");
	bench_free(&b);
	buf_free(&s);
}

/* Port 139 begins with a session request (RFC 1002 4.3.2), which is a message, too. */
static void
test_framing_netbios_session_service(void **state)
{
	struct build_segment seg;
	struct buf s = {0};
	struct bench b;

	(void)state;
	buf_be(&s, 4, 0x81000044);
	buf_zero(&s, 68);
	build_smb2(&s, 0, false, 0, 32);
	bench_begin(&b);
	seg = build_c2s(1000, 0, TCP_SYN, none());
	seg.dport = 139;
	bench_segment(&b, seg);
	for (size_t at = 0; at < s.n; at++) { /* a byte a segment */
		seg = build_c2s(1001 + (uint32_t)at, 1, BUILD_FLAGS_DATA, slice_of(s.p + at, 1));
		seg.dport = 139;
		bench_segment(&b, seg);
	}
	bench_end(&b);
	assert_int_equal(b.totals.messages, 2);
	assert_int_equal(b.totals.message_bytes, 172);
	bench_free(&b);
	buf_free(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_framing_hole_inside_a_message),
		cmocka_unit_test(test_framing_hole_up_to_a_border),
		cmocka_unit_test(test_framing_search_over_short_segments),
		cmocka_unit_test(test_framing_hole_over_a_border),
		cmocka_unit_test(test_framing_snaplen),
		cmocka_unit_test(test_framing_longest_message),
		cmocka_unit_test(test_framing_cuts_are_bounded),
		cmocka_unit_test(test_framing_unfinished_at_the_end),
		cmocka_unit_test(test_framing_netbios_session_service),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
