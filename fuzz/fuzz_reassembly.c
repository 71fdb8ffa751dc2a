/*
 * A TCP conversation after the input's plan. Property, odd first byte: the segments that it names
 * of a known stream, in its order, and then the whole stream give the stream's own messages. Even:
 * any packets; every byte is accounted for (law 4).
 */
#include "config.h"

#include "fuzz/fuzz.h"

#include <stdlib.h>

#include "tests/pcap_build.h"

#define ISN 0xFFFFF000u
#define MESSAGES 24u

static void
send_segment(struct tcp *t, struct build_segment s, uint64_t frame, uint32_t cut)
{
	struct packet p = build_packet(&s, frame);

	p.cut = cut;
	if (tcp_packet(t, &p) != 0)
		abort();
}

/* Any packets of two connections: side, flags, sequence number near the start, length of what
 * follows in the input. */
static void
play_free(struct tcp *t, struct wire_rd *rd)
{
	for (uint64_t frame = 1; wire_rd_left(rd) > 8; frame++) {
		uint8_t op = wire_get_u8(rd), flags = wire_get_u8(rd);
		uint32_t seq = ISN + wire_get_be16(rd), ack = ISN + wire_get_be16(rd),
			 cut = wire_get_u8(rd);
		size_t n = wire_get_u8(rd);
		struct slice payload =
			wire_get_slice(rd, n < wire_rd_left(rd) ? n : wire_rd_left(rd));
		struct build_segment s = (op & 1) != 0 ? build_s2c(seq, ack, flags, payload)
						       : build_c2s(seq, ack, flags, payload);

		if ((op & 2) != 0)
			s.src += 5, s.dst += 5;
		send_segment(t, s, frame, (op & 4) != 0 ? cut : 0);
	}
}

static void
play_stream(struct tcp *t, struct wire_rd *rd, const struct buf *stream)
{
	uint64_t frame = 2;

	send_segment(t, build_c2s(ISN, 0, TCP_SYN, slice_of(NULL, 0)), 1, 0);
	while (wire_rd_left(rd) >= 4) {
		size_t from = wire_get_be16(rd) % stream->n,
		       n = wire_get_be16(rd) % (stream->n - from) + 1;

		send_segment(
			t, build_c2s(ISN + 1 + (uint32_t)from, 0, 0, slice_of(stream->p + from, n)),
			frame++, 0);
	}
	send_segment(t, build_c2s(ISN + 1, 0, 0, buf_slice(stream)), frame, 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct wire_rd rd = wire_rd_init(slice_of(data, n));
	struct cap_totals totals = {0};
	struct cap_options opt = {0};
	struct buf stream = {0};
	struct err e = {0};
	struct collect c;
	struct tcp *t;
	bool known = (wire_get_u8(&rd) & 1) != 0;

	for (uint64_t i = 0; i < MESSAGES; i++)
		build_smb2(&stream, 8, false, i, (size_t)(i * i * 3));
	collect_init(&c);
	if (tcp_new(&t, &opt, &c.sink, &totals, &e) != 0)
		abort();
	if (known)
		play_stream(t, &rd, &stream);
	else
		play_free(t, &rd);
	if (tcp_end(t) != 0 || totals.stream_bytes != totals.message_bytes + totals.junk_bytes +
							      totals.gap_known_bytes)
		abort();
	if (known && (totals.messages != MESSAGES || totals.message_bytes != stream.n ||
		      totals.gap_bytes != 0))
		abort();
	tcp_free(t);
	collect_free(&c);
	buf_free(&stream);
	return 0;
}
