/*
 * Writes what was sent and received as a capture: pcap (nanoseconds, raw IP) with made-up IPv4 and
 * TCP headers. Client i is 127.1.x.y with a port of its own, the server 127.0.0.1. Each write and each
 * answer is a segment, where IPv4 allows one so large; acknowledgements ride on data.
 */
#include "config.h"

#include "replay/pcap_out.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define PCAP_MAGIC_NS 0xa1b23c4du
#define LINKTYPE_RAW 101 /* packets begin with the IP header */
#define HEADERS 40       /* IPv4 and TCP, both without options */
#define MAX_SEGMENT 65000u

enum tcp_flag { TCP_FIN = 1, TCP_SYN = 2, TCP_RST = 4, TCP_PSH = 8, TCP_ACK = 16 };

struct flow {
	uint32_t seq[2]; /* next of client, of server */
};

struct pcap_out {
	FILE *f;
	struct flow *flows;
	uint16_t port;
};

static void
put_le32(FILE *f, uint32_t v)
{
	uint8_t b[4];

	wire_put_le(b, 4, v);
	(void)fwrite(b, 1, sizeof(b), f);
}

int
pcap_out_open(const char *path, uint16_t port, size_t n_conns, struct pcap_out **out, struct err *e)
{
	struct pcap_out *p = calloc(1, sizeof(*p));

	if (p != NULL)
		p->flows = calloc(n_conns + 1, sizeof(*p->flows));
	if (p == NULL || p->flows == NULL) {
		free(p);
		return ERR_NOMEM;
	}
	p->port = port;
	p->f = fopen(path, "wb");
	if (p->f == NULL) {
		int r = err_set(e, -errno, "%s: %s", path, strerror(errno));

		free(p->flows);
		free(p);
		return r;
	}
	put_le32(p->f, PCAP_MAGIC_NS);
	put_le32(p->f, 2 | 4u << 16); /* version 2.4 */
	put_le32(p->f, 0);
	put_le32(p->f, 0);
	put_le32(p->f, 0x40000);
	put_le32(p->f, LINKTYPE_RAW);
	*out = p;
	return 0;
}

static uint16_t
ip_checksum(const uint8_t *p, size_t n)
{
	uint32_t sum = 0;

	for (size_t i = 0; i + 1 < n; i += 2)
		sum += (uint32_t)wire_be(p + i, 2);
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static void
put_headers(const struct pcap_out *p, uint8_t *h, uint32_t conn, bool server, unsigned flags,
	    size_t n)
{
	const struct flow *fl = &p->flows[conn];
	uint32_t client_ip = 0x7f010000u + conn / 60000 + 1, server_ip = 0x7f000001u;
	uint16_t client_port = (uint16_t)(5000 + conn % 60000);
	struct wire_wr w = wire_wr_init(h, HEADERS);

	wire_put_int_be(&w, 2, 0x4500);
	wire_put_int_be(&w, 2, HEADERS + n);
	wire_put_int_be(&w, 4, 0x4000);     /* no id, do not fragment */
	wire_put_int_be(&w, 4, 0x40060000); /* TTL 64, TCP, checksum below */
	wire_put_int_be(&w, 4, server ? server_ip : client_ip);
	wire_put_int_be(&w, 4, server ? client_ip : server_ip);
	wire_put_be(h + 10, 2, ip_checksum(h, 20));
	wire_put_int_be(&w, 2, server ? p->port : client_port);
	wire_put_int_be(&w, 2, server ? client_port : p->port);
	wire_put_int_be(&w, 4, fl->seq[server]);
	wire_put_int_be(&w, 4, (flags & TCP_ACK) != 0 ? fl->seq[!server] : 0);
	wire_put_int_be(&w, 2, 0x5000 | flags);
	wire_put_int_be(&w, 2, 0xffff);
	wire_put_int_be(&w, 4, 0); /* checksum as an offloading card leaves it */
}

static void
put_packet(struct pcap_out *p, uint32_t conn, bool server, unsigned flags, struct slice data,
	   uint64_t t)
{
	uint8_t h[HEADERS];
	struct flow *fl = &p->flows[conn];

	put_headers(p, h, conn, server, flags, data.n);
	put_le32(p->f, (uint32_t)(t / 1000000000u));
	put_le32(p->f, (uint32_t)(t % 1000000000u));
	put_le32(p->f, (uint32_t)(HEADERS + data.n));
	put_le32(p->f, (uint32_t)(HEADERS + data.n));
	(void)fwrite(h, 1, sizeof(h), p->f);
	if (data.n > 0)
		(void)fwrite(data.p, 1, data.n, p->f);
	fl->seq[server] += (uint32_t)data.n + ((flags & (TCP_SYN | TCP_FIN)) != 0);
}

void
pcap_out_connect(struct pcap_out *p, uint32_t conn, uint64_t t)
{
	p->flows[conn] = (struct flow){{1000, 2000}};
	put_packet(p, conn, false, TCP_SYN, (struct slice){0}, t);
	put_packet(p, conn, true, TCP_SYN | TCP_ACK, (struct slice){0}, t);
	put_packet(p, conn, false, TCP_ACK, (struct slice){0}, t);
}

void
pcap_out_data(struct pcap_out *p, uint32_t conn, bool server, struct slice bytes, uint64_t t)
{
	for (size_t off = 0; off < bytes.n; off += MAX_SEGMENT) {
		size_t n = bytes.n - off < MAX_SEGMENT ? bytes.n - off : MAX_SEGMENT;

		put_packet(p, conn, server, TCP_PSH | TCP_ACK, slice_sub(bytes, off, n), t);
	}
}

void
pcap_out_end(struct pcap_out *p, uint32_t conn, bool server, bool reset, uint64_t t)
{
	put_packet(p, conn, server, reset ? TCP_RST | TCP_ACK : TCP_FIN | TCP_ACK,
		   (struct slice){0}, t);
	if (!reset)
		put_packet(p, conn, !server, TCP_ACK, (struct slice){0}, t);
}

int
pcap_out_close(struct pcap_out *p)
{
	int r = ferror(p->f) ? -EIO : 0;

	if (fclose(p->f) != 0 && r == 0)
		r = -errno;
	free(p->flows);
	free(p);
	return r;
}
