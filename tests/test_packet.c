/* Decoding of captured frames down to TCP: link layers, IP headers, padding, fragments. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <sys/socket.h>

#include "tests/pcap_build.h"

/* Decode a copy of exactly the captured size, so that the address sanitizer sees a byte too far. */
static enum packet_kind
decode(struct frag_table *ft, uint32_t link, struct slice frame, size_t wire, struct packet *out,
       uint8_t **hold)
{
	struct packet_raw raw = {.t = 5, .frame = 7, .link = link, .wire_len = (uint32_t)wire};

	*hold = malloc(frame.n > 0 ? frame.n : 1);
	assert_non_null(*hold);
	if (frame.n > 0)
		memcpy(*hold, frame.p, frame.n);
	raw.bytes = slice_of(*hold, frame.n);
	return packet_decode(ft, &raw, out);
}

static void
assert_hello(const struct packet *p)
{
	assert_int_equal(p->seq, 0x11223344);
	assert_int_equal(p->ack, 0x55667788);
	assert_int_equal(p->src.port, 40000);
	assert_int_equal(p->dst.port, 445);
	assert_int_equal(p->payload.n, 5);
	assert_memory_equal(p->payload.p, "hello", 5);
	assert_int_equal(p->cut, 0);
}

static void
test_packet_every_link_layer_and_ip_version(void **state)
{
	static const struct {
		uint32_t link;
		unsigned vlans;
	} layers[] = {{1, 0},   {1, 1},  {1, 2},  {113, 0}, {276, 0}, {0, 0},
		      {108, 0}, {12, 0}, {14, 0}, {101, 0}, {228, 0}, {229, 0}};

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(layers) / sizeof(layers[0]); i++) {
		struct build_segment s =
			build_c2s(0x11223344, 0x55667788, BUILD_FLAGS_DATA, slice_of("hello", 5));
		struct buf ip = {0}, frame = {0};
		struct frag_table ft = {0};
		struct packet p;
		uint8_t *hold;

		s.v6 = i % 2 == 1;
		build_ip(&ip, &s);
		build_link(&frame, layers[i / 2].link, layers[i / 2].vlans, buf_slice(&ip));
		buf_add(&frame, "padding", 7); /* as Ethernet pads short frames */
		assert_int_equal(
			decode(&ft, layers[i / 2].link, buf_slice(&frame), frame.n, &p, &hold),
			PACKET_TCP);
		assert_hello(&p);
		assert_int_equal(p.src.family, s.v6 ? AF_INET6 : AF_INET);
		assert_int_equal(p.frame, 7);
		free(hold);
		buf_free(&ip);
		buf_free(&frame);
	}
}

/* A bare ACK is 54 bytes long and padded to 60: the padding is no payload. */
static void
test_packet_padding_is_no_payload(void **state)
{
	struct build_segment s = build_c2s(1, 2, TCP_ACK, slice_of(NULL, 0));
	struct buf ip = {0}, frame = {0};
	struct frag_table ft = {0};
	struct packet p;
	uint8_t *hold;

	(void)state;
	build_ip(&ip, &s);
	build_link(&frame, 1, 0, buf_slice(&ip));
	buf_zero(&frame, 6);
	assert_int_equal(frame.n, 60);
	assert_int_equal(decode(&ft, 1, buf_slice(&frame), frame.n, &p, &hold), PACKET_TCP);
	assert_int_equal(p.payload.n, 0);
	assert_int_equal(p.cut, 0);
	free(hold);
	buf_free(&ip);
	buf_free(&frame);
}

static void
test_packet_snaplen_and_offload(void **state)
{
	struct build_segment s =
		build_c2s(0x11223344, 0x55667788, BUILD_FLAGS_DATA, slice_of("hello", 5));
	struct frag_table ft = {0};
	struct buf ip = {0};
	struct packet p;
	uint8_t *hold;

	(void)state;
	build_ip(&ip, &s);
	assert_int_equal(decode(&ft, 101, slice_of(ip.p, ip.n - 2), ip.n, &p, &hold), PACKET_TCP);
	assert_int_equal(p.payload.n, 3);
	assert_int_equal(p.cut, 2);
	free(hold);
	assert_int_equal(decode(&ft, 101, slice_of(ip.p, 30), ip.n, &p, &hold),
			 PACKET_BAD); /* inside the TCP header */
	free(hold);
	ip.p[2] = ip.p[3] = 0; /* total length 0: as captured before segmentation offload */
	assert_int_equal(decode(&ft, 101, buf_slice(&ip), ip.n, &p, &hold), PACKET_TCP);
	assert_hello(&p);
	free(hold);
	buf_free(&ip);
}

static void
test_packet_other_traffic(void **state)
{
	struct build_segment s = build_c2s(1, 1, TCP_ACK, slice_of("x", 1));
	struct frag_table ft = {0};
	struct buf ip = {0}, frame = {0};
	struct packet p;
	uint8_t *hold;

	(void)state;
	build_ip(&ip, &s);
	ip.p[9] = 17;
	assert_int_equal(decode(&ft, 101, buf_slice(&ip), ip.n, &p, &hold), PACKET_NOT_TCP);
	free(hold);
	ip.p[0] = 0x43; /* a header of 12 bytes */
	assert_int_equal(decode(&ft, 101, buf_slice(&ip), ip.n, &p, &hold), PACKET_BAD);
	free(hold);
	buf_zero(&frame, 12);
	buf_be(&frame, 2, 0x0806);
	buf_zero(&frame, 28);
	assert_int_equal(decode(&ft, 1, buf_slice(&frame), frame.n, &p, &hold), PACKET_NOT_IP);
	free(hold);
	buf_free(&ip);
	buf_free(&frame);
}

/* RFC 8200 4: hop-by-hop, destination options, routing, then TCP; the lengths are in units of 8
 * bytes beyond the first. */
static void
test_packet_ipv6_extension_headers(void **state)
{
	struct build_segment s =
		build_c2s(0x11223344, 0x55667788, BUILD_FLAGS_DATA, slice_of("hello", 5));
	struct frag_table ft = {0};
	struct buf ip = {0}, full = {0};
	struct packet p;
	uint8_t *hold;

	(void)state;
	s.v6 = true;
	build_ip(&ip, &s);
	buf_add(&full, ip.p, 40);
	buf_add(&full, "\x3C\x00\x01\x04\0\0\0\0", 8); /* hop by hop, next: destination */
	buf_add(&full, "\x2B\x01\x01\x0C\0\0\0\0\0\0\0\0\0\0\0\0",
		16);                                   /* destination, next: routing */
	buf_add(&full, "\x06\x00\x04\x00\0\0\0\0", 8); /* routing, next: TCP */
	buf_add(&full, ip.p + 40, ip.n - 40);
	full.p[6] = 0;
	wire_put_be(full.p + 4, 2, full.n - 40);
	assert_int_equal(decode(&ft, 229, buf_slice(&full), full.n, &p, &hold), PACKET_TCP);
	assert_hello(&p);
	free(hold);
	full.p[40] = 17;
	assert_int_equal(decode(&ft, 229, buf_slice(&full), full.n, &p, &hold), PACKET_NOT_TCP);
	free(hold);
	buf_free(&ip);
	buf_free(&full);
}

/* All orders of three fragments, with one repeated, in both IP versions. */
static void
test_packet_fragments_in_any_order(void **state)
{
	static const size_t parts[3][2] = {{0, 24}, {24, 16}, {40, 80}};
	static const size_t orders[][4] = {{0, 1, 1, 2}, {0, 2, 2, 1}, {1, 0, 0, 2},
					   {1, 2, 1, 0}, {2, 0, 2, 1}, {2, 1, 1, 0}};
	uint8_t data[100];

	(void)state;
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 3);
	for (size_t o = 0; o < 12; o++) {
		struct build_segment s =
			build_c2s(1, 2, BUILD_FLAGS_DATA, slice_of(data, sizeof(data)));
		struct frag_table ft = {0};
		struct packet p;

		s.v6 = o >= 6;
		for (size_t i = 0; i < 4; i++) {
			struct buf ip = {0};
			enum packet_kind kind;
			uint8_t *hold;

			build_fragment(&ip, &s, parts[orders[o % 6][i]][0],
				       parts[orders[o % 6][i]][1]);
			kind = decode(&ft, 101, buf_slice(&ip), ip.n, &p, &hold);
			assert_int_equal(kind, i < 3 ? PACKET_FRAGMENT : PACKET_TCP);
			free(hold);
			buf_free(&ip);
		}
		assert_int_equal(p.payload.n, sizeof(data));
		assert_memory_equal(p.payload.p, data, sizeof(data));
		frag_end(&ft);
		assert_int_equal(ft.lost, 0);
	}
}

static void
test_packet_fragments_are_bounded_and_counted(void **state)
{
	uint8_t data[100] = {0};
	struct build_segment s = build_c2s(1, 2, BUILD_FLAGS_DATA, slice_of(data, sizeof(data)));
	struct frag_table ft = {0};
	struct packet p;

	(void)state;
	for (uint32_t i = 0; i < FRAG_DATAGRAMS * 3; i++) {
		struct buf ip = {0};
		uint8_t *hold;

		s.src = i;
		build_fragment(&ip, &s, 0, 24);
		assert_int_equal(decode(&ft, 101, buf_slice(&ip), ip.n, &p, &hold),
				 PACKET_FRAGMENT);
		free(hold);
		buf_free(&ip);
	}
	assert_int_equal(ft.lost, FRAG_DATAGRAMS * 2);
	frag_end(&ft);
	assert_int_equal(ft.lost, FRAG_DATAGRAMS * 3);
}

/* Every truncation and every flipped bit of a frame with tags and options is decoded without
 * reading beyond its end. */
static void
test_packet_survives_damage(void **state)
{
	struct build_segment s =
		build_c2s(0x11223344, 0x55667788, BUILD_FLAGS_DATA, slice_of("hello", 5));

	(void)state;
	for (int v6 = 0; v6 < 2; v6++) {
		struct buf ip = {0}, frame = {0};
		struct frag_table ft = {0};
		struct packet p;
		uint8_t *hold;

		s.v6 = v6 == 1;
		build_ip(&ip, &s);
		build_link(&frame, 1, 1, buf_slice(&ip));
		for (size_t n = 0; n < frame.n; n++) {
			enum packet_kind kind =
				decode(&ft, 1, slice_of(frame.p, n), frame.n, &p, &hold);

			assert_true(kind != PACKET_TCP || p.payload.n + p.cut == 5);
			free(hold);
		}
		for (size_t bit = 0; bit < frame.n * 8; bit++) {
			frame.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
			(void)decode(&ft, 1, buf_slice(&frame), frame.n, &p, &hold);
			free(hold);
			frame.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
		}
		frag_end(&ft);
		buf_free(&ip);
		buf_free(&frame);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_packet_every_link_layer_and_ip_version),
		cmocka_unit_test(test_packet_padding_is_no_payload),
		cmocka_unit_test(test_packet_snaplen_and_offload),
		cmocka_unit_test(test_packet_other_traffic),
		cmocka_unit_test(test_packet_ipv6_extension_headers),
		cmocka_unit_test(test_packet_fragments_in_any_order),
		cmocka_unit_test(test_packet_fragments_are_bounded_and_counted),
		cmocka_unit_test(test_packet_survives_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
