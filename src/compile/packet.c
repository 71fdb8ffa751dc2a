/* Decodes captured frames down to TCP. */
#include "config.h"

#include "compile/packet.h"

#include <sys/socket.h>

/* Numbers of link layers: https://www.tcpdump.org/linktypes.html; 12 and 14 are raw IP as libpcap
 * calls it. */
enum link_type {
	LINK_NULL = 0,
	LINK_ETHERNET = 1,
	LINK_RAW_DLT = 12,
	LINK_RAW_OPENBSD = 14,
	LINK_RAW = 101,
	LINK_LOOP = 108,
	LINK_SLL = 113,
	LINK_IPV4 = 228,
	LINK_IPV6 = 229,
	LINK_SLL2 = 276,
};

#define PROTO_TCP 6

/* The IP datagram inside a frame, and how many of its bytes were on the wire at most. */
struct ip_view {
	struct slice bytes;
	size_t wire;
};

/* What an IP header says about what it carries. */
struct ip_body {
	struct packet_end src, dst; /* ports not set */
	uint8_t proto;
	struct slice bytes; /* as captured */
	uint32_t cut;       /* bytes missing behind them */
};

bool
packet_link_known(uint32_t link)
{
	switch ((enum link_type)link) {
	case LINK_NULL:
	case LINK_ETHERNET:
	case LINK_RAW_DLT:
	case LINK_RAW_OPENBSD:
	case LINK_RAW:
	case LINK_LOOP:
	case LINK_SLL:
	case LINK_IPV4:
	case LINK_IPV6:
	case LINK_SLL2:
		return true;
	}
	return false;
}

/* Step over VLAN tags (802.1Q, 802.1ad and older numbers for it) to an IP datagram. */
static bool
ether_payload(struct wire_rd *rd, uint16_t type)
{
	while (type == 0x8100 || type == 0x88A8 || type == 0x9100 || type == 0x9200) {
		(void)wire_get_be16(rd);
		type = wire_get_be16(rd);
		if (rd->err != 0)
			return false;
	}
	return type == 0x0800 || type == 0x86DD;
}

/* The address family of a BSD loopback header; its numbers differ by system, its byte order (NULL)
 * by machine. */
static bool
loop_is_ip(const uint8_t *p)
{
	uint32_t family = (uint32_t)wire_be(p, 4);

	if (family > 0xFFFF)
		family = (uint32_t)wire_le(p, 4);
	return family == 2 || family == 10 || family == 23 || family == 24 || family == 28 ||
	       family == 30;
}

/* Position `rd` at the IP datagram; false where the frame holds none. */
static bool
link_strip(struct wire_rd *rd, uint32_t link)
{
	struct slice s;

	switch ((enum link_type)link) {
	case LINK_ETHERNET:
		(void)wire_get_slice(rd, 12);
		return ether_payload(rd, wire_get_be16(rd));
	case LINK_SLL:
		(void)wire_get_slice(rd, 14);
		return ether_payload(rd, wire_get_be16(rd));
	case LINK_SLL2:
		s = wire_get_slice(rd, 20);
		return s.p != NULL && ether_payload(rd, (uint16_t)wire_be(s.p, 2));
	case LINK_NULL:
	case LINK_LOOP:
		s = wire_get_slice(rd, 4);
		return s.p != NULL && loop_is_ip(s.p);
	case LINK_RAW_DLT:
	case LINK_RAW_OPENBSD:
	case LINK_RAW:
	case LINK_IPV4:
	case LINK_IPV6:
		return true;
	}
	return false;
}

static void
end_set(struct packet_end *end, uint16_t family, const uint8_t *ip)
{
	memset(end, 0, sizeof(*end));
	end->family = family;
	memcpy(end->ip, ip, family == AF_INET ? 4 : 16);
}

/* A fragment: keep it, and go on with the whole datagram if it is the last one that was missing. */
static enum packet_kind
fragment(struct frag_table *ft, struct ip_body *b, struct frag_piece *p)
{
	p->key.family = (uint8_t)b->src.family;
	p->key.proto = b->proto;
	memcpy(p->key.src, b->src.ip, 16);
	memcpy(p->key.dst, b->dst.ip, 16);
	p->bytes = b->bytes;
	if (b->cut > 0) {
		ft->lost++;
		return PACKET_FRAGMENT;
	}
	return frag_add(ft, p, &b->bytes) ? PACKET_TCP : PACKET_FRAGMENT;
}

/* Cut the captured bytes behind a header of `skip` bytes at the length that the header claims. */
static void
body_bound(struct ip_body *b, struct slice captured, size_t skip, size_t claimed)
{
	size_t have = captured.n - skip;

	b->bytes = slice_of(captured.p + skip, have < claimed ? have : claimed);
	b->cut = (uint32_t)(claimed - b->bytes.n);
}

/* RFC 791 3.1. A total length of 0 comes from captures taken before segmentation offload: the
 * frame's own length counts. */
static enum packet_kind
ipv4(struct frag_table *ft, struct ip_view v, uint64_t t, struct ip_body *b)
{
	const uint8_t *p = v.bytes.p;
	size_t header, total;
	uint32_t frag;

	if (v.bytes.n < 20)
		return PACKET_BAD;
	header = (size_t)(p[0] & 15) * 4;
	total = wire_be(p + 2, 2);
	if (total == 0)
		total = v.wire;
	if (header < 20 || total < header || v.bytes.n < header)
		return PACKET_BAD;
	b->proto = p[9];
	if (b->proto != PROTO_TCP)
		return PACKET_NOT_TCP;
	end_set(&b->src, AF_INET, p + 12);
	end_set(&b->dst, AF_INET, p + 16);
	body_bound(b, v.bytes, header, total - header);
	frag = (uint32_t)wire_be(p + 6, 2);
	if ((frag & 0x3FFF) != 0) {
		struct frag_piece piece = {
			.t = t, .offset = (frag & 0x1FFF) * 8, .more = (frag & 0x2000) != 0};

		piece.key.id = (uint32_t)wire_be(p + 4, 2);
		return fragment(ft, b, &piece);
	}
	return PACKET_TCP;
}

/* Bytes of the extension header at the start of `s` (RFC 8200 4, RFC 4302 2.2); 0 where it is none
 * or is not captured in full. */
static size_t
extension_size(uint8_t type, struct slice s)
{
	size_t n = 0;

	if (s.n < 8)
		return 0;
	switch (type) {
	case 0:   /* hop by hop */
	case 43:  /* routing */
	case 60:  /* destination */
	case 135: /* mobility */
		n = ((size_t)s.p[1] + 1) * 8;
		break;
	case 51: /* authentication */
		n = ((size_t)s.p[1] + 2) * 4;
		break;
	case 44: /* fragment */
		n = 8;
		break;
	default:
		break;
	}
	return n <= s.n ? n : 0;
}

/* Follow the extension headers to TCP, through a reassembly if there is a fragment header. */
static enum packet_kind
ipv6_extensions(struct frag_table *ft, uint64_t t, struct ip_body *b)
{
	enum packet_kind kind;
	size_t n;

	while (b->proto != PROTO_TCP) {
		uint8_t type = b->proto;
		const uint8_t *p = b->bytes.p;

		if ((n = extension_size(type, b->bytes)) == 0)
			return PACKET_NOT_TCP;
		b->proto = p[0];
		b->bytes = slice_of(p + n, b->bytes.n - n);
		if (type == 44 && (wire_be(p + 2, 2) & 0xFFF9) != 0) {
			struct frag_piece piece = {.t = t,
						   .offset = wire_be(p + 2, 2) & 0xFFF8,
						   .more = (p[3] & 1) != 0};

			piece.key.id = (uint32_t)wire_be(p + 4, 4);
			if ((kind = fragment(ft, b, &piece)) != PACKET_TCP)
				return kind;
		}
	}
	return PACKET_TCP;
}

/* RFC 8200 3. A payload length of 0 is a jumbogram or offloaded segmentation: the frame's own
 * length counts. */
static enum packet_kind
ipv6(struct frag_table *ft, struct ip_view v, uint64_t t, struct ip_body *b)
{
	const uint8_t *p = v.bytes.p;
	size_t payload;

	if (v.bytes.n < 40)
		return PACKET_BAD;
	payload = wire_be(p + 4, 2);
	if (payload == 0 && v.wire > 40)
		payload = v.wire - 40;
	b->proto = p[6];
	end_set(&b->src, AF_INET6, p + 8);
	end_set(&b->dst, AF_INET6, p + 24);
	body_bound(b, v.bytes, 40, payload);
	return b->proto == PROTO_TCP ? PACKET_TCP : ipv6_extensions(ft, t, b);
}

/* RFC 9293 3.1. */
static enum packet_kind
tcp_header(const struct ip_body *b, struct packet *out)
{
	const uint8_t *p = b->bytes.p;
	size_t header;

	if (b->bytes.n < 20)
		return PACKET_BAD;
	header = (size_t)(p[12] >> 4) * 4;
	if (header < 20)
		return PACKET_BAD;
	out->src = b->src;
	out->dst = b->dst;
	out->src.port = (uint16_t)wire_be(p, 2);
	out->dst.port = (uint16_t)wire_be(p + 2, 2);
	out->seq = (uint32_t)wire_be(p + 4, 4);
	out->ack = (uint32_t)wire_be(p + 8, 4);
	out->flags = p[13];
	out->cut = b->cut;
	if (b->bytes.n >= header)
		out->payload = slice_of(p + header, b->bytes.n - header);
	else if (b->cut >= header - b->bytes.n) { /* options cut off, too */
		out->payload = slice_of(p + b->bytes.n, 0);
		out->cut -= (uint32_t)(header - b->bytes.n);
	} else {
		return PACKET_BAD;
	}
	return PACKET_TCP;
}

enum packet_kind
packet_decode(struct frag_table *frags, const struct packet_raw *raw, struct packet *out)
{
	struct wire_rd rd = wire_rd_init(raw->bytes);
	enum packet_kind kind = PACKET_BAD;
	struct ip_view v;
	struct ip_body b;

	if (!link_strip(&rd, raw->link) || rd.err != 0 || wire_rd_left(&rd) == 0)
		return PACKET_NOT_IP;
	v.bytes = slice_of(rd.base + rd.pos, rd.len - rd.pos);
	v.wire = raw->wire_len > rd.len ? raw->wire_len - rd.pos : v.bytes.n;
	if (v.bytes.p[0] >> 4 == 4)
		kind = ipv4(frags, v, raw->t, &b);
	else if (v.bytes.p[0] >> 4 == 6)
		kind = ipv6(frags, v, raw->t, &b);
	if (kind != PACKET_TCP)
		return kind;
	out->t = raw->t;
	out->frame = raw->frame;
	return tcp_header(&b, out);
}
