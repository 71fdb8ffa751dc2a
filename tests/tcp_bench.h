/* A TCP engine with a collecting sink, for tests. Needs cmocka. */
#ifndef SMB_TESTS_TCP_BENCH_H
#define SMB_TESTS_TCP_BENCH_H

#include "tests/pcap_build.h"

#define ISN_C 0xFFFFFF00u /* so that the numbers wrap inside the first messages */
#define ISN_S 5000u

/* An engine with a collecting sink. */
struct bench {
	struct tcp *tcp;
	struct cap_totals totals;
	struct collect c;
	uint64_t frame;
};

static inline void
bench_begin_with(struct bench *b, const struct cap_options *opt)
{
	struct err e = {0};

	*b = (struct bench){0};
	collect_init(&b->c);
	assert_int_equal(tcp_new(&b->tcp, opt, &b->c.sink, &b->totals, &e), 0);
}

static inline void
bench_begin(struct bench *b)
{
	bench_begin_with(b, &(struct cap_options){0});
}

static inline void
bench_packet(struct bench *b, struct packet p)
{
	assert_int_equal(tcp_packet(b->tcp, &p), 0);
}

static inline void
bench_segment(struct bench *b, struct build_segment s)
{
	bench_packet(b, build_packet(&s, ++b->frame));
}

/* End it and check law 4: every byte of a stream is in a message, in junk, or in what is known of a
 * damaged message. */
static inline void
bench_end(struct bench *b)
{
	const struct cap_totals *t = &b->totals;

	assert_int_equal(tcp_end(b->tcp), 0);
	assert_int_equal(t->stream_bytes, t->message_bytes + t->junk_bytes + t->gap_known_bytes);
	assert_int_equal(t->stream_bytes, b->c.bytes);
}

static inline void
bench_free(struct bench *b)
{
	tcp_free(b->tcp);
	collect_free(&b->c);
}

static inline struct slice
none(void)
{
	return slice_of(NULL, 0);
}

static inline void
bench_handshake(struct bench *b)
{
	bench_segment(b, build_c2s(ISN_C, 0, TCP_SYN, none()));
	bench_segment(b, build_s2c(ISN_S, ISN_C + 1, TCP_SYN | TCP_ACK, none()));
	bench_segment(b, build_c2s(ISN_C + 1, ISN_S + 1, TCP_ACK, none()));
}

/* Client bytes `from` to `to` of a stream in one segment; no acknowledgement, so that no hole is
 * given up for one. */
static inline void
bench_client(struct bench *b, const struct buf *stream, size_t from, size_t to)
{
	bench_segment(b, build_c2s(ISN_C + 1 + (uint32_t)from, 0, 0x08,
				   slice_of(stream->p + from, to - from)));
}

#endif
