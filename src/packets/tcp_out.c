/* Makes packets: IP and TCP headers (RFC 791, RFC 8200, RFC 9293) around what was said. */
#include "config.h"

#include "packets/tcp_out.h"

#include <stdlib.h>

#define HEADERS_MAX 64u /* IPv6, TCP and its options */
#define TCP_HEADER 20u
#define SYN_OPTIONS 4u /* the largest segment */
#define WINDOW 65535u
#define PROTO_TCP 6u

enum tcp_flag { TCP_FIN = 1, TCP_SYN = 2, TCP_RST = 4, TCP_PSH = 8, TCP_ACK = 16 };

/* Of one side of a flow. */
struct side {
	struct tcp_out_end end;
	uint32_t seq;   /* of its next byte */
	uint32_t shown; /* of the next byte behind its last packet: not beyond bytes that are
			   missing */
	uint32_t acked; /* what the other side has acknowledged */
	bool hole;      /* bytes before its next packet are missing */
};

struct flow {
	struct side side[2]; /* client, server */
};

/* What goes into a packet beside the state of its flow. */
struct packet {
	bool server; /* it comes from there */
	unsigned flags;
	struct slice data;
	uint64_t ns;
	const char *comment;
};

struct tcp_out {
	struct capfile *file;
	uint64_t packets;
	struct flow *flows;
};

int
tcp_out_open(const struct tcp_out_options *opt, struct tcp_out **out, struct err *e)
{
	struct tcp_out *t = calloc(1, sizeof(*t));
	int r = t != NULL ? 0 : ERR_NOMEM;

	if (r == 0) {
		t->flows = calloc(opt->n_flows + 1, sizeof(*t->flows));
		r = t->flows != NULL
			    ? capfile_open(opt->path, opt->format, opt->comment, &t->file, e)
			    : ERR_NOMEM;
	}
	if (r != 0) {
		free(t != NULL ? t->flows : NULL);
		free(t);
		return r;
	}
	*out = t;
	return 0;
}

int
tcp_out_close(struct tcp_out *t)
{
	int r = capfile_close(t->file);

	free(t->flows);
	free(t);
	return r;
}

static void
begin_at(struct side *s, uint32_t seq)
{
	s->seq = s->shown = s->acked = seq;
	s->hole = false;
}

void
tcp_out_ends(struct tcp_out *t, uint32_t flow, const struct tcp_out_end *client,
	     const struct tcp_out_end *server)
{
	struct flow *f = &t->flows[flow];

	f->side[0].end = *client;
	f->side[1].end = *server;
	/* Far from where another connection between the same ends has its numbers. */
	begin_at(&f->side[0], 1000 + flow * 0x9E3779B1u);
	begin_at(&f->side[1], 2000 + flow * 0x9E3779B1u);
}

void
tcp_out_make_up(uint32_t flow, uint16_t port, struct tcp_out_end *client,
		struct tcp_out_end *server)
{
	*client = (struct tcp_out_end){.port = (uint16_t)(5000 + flow % 60000)};
	*server = (struct tcp_out_end){.port = port};
	wire_put_be(client->ip, 4, 0x7f010000u + flow / 60000 + 1);
	wire_put_be(server->ip, 4, 0x7f000001u);
}

/* Add the 16-bit words of `s` to a sum of such: RFC 1071. Only the last of several may have an odd
 * number of bytes. */
static uint64_t
add_words(uint64_t sum, struct slice s)
{
	size_t i = 0;

	for (; s.n - i >= 4; i += 4)
		sum += wire_be(s.p + i, 4);
	for (; s.n - i >= 2; i += 2)
		sum += wire_be(s.p + i, 2);
	return i < s.n ? sum + ((uint64_t)s.p[i] << 8) : sum;
}

static uint16_t
checksum_of(uint64_t sum)
{
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static struct slice
address(const struct tcp_out_end *e)
{
	return slice_of(e->ip, e->v6 ? 16 : 4);
}

/* The IP header in front of `n` bytes of TCP. */
static void
put_ip(struct wire_wr *w, const struct tcp_out_end *from, const struct tcp_out_end *to, size_t n)
{
	size_t at = w->pos, n_address = from->v6 ? 16 : 4;

	if (from->v6) {
		wire_put_int_be(w, 4, 0x60000000);
		wire_put_int_be(w, 2, n);
		wire_put_int_be(w, 2, PROTO_TCP << 8 | 64); /* and the hop limit */
	} else {
		wire_put_int_be(w, 2, 0x4500);
		wire_put_int_be(w, 2, 20 + n);
		wire_put_int_be(w, 4, 0x4000);                       /* no id, do not fragment */
		wire_put_int_be(w, 4, (64u << 8 | PROTO_TCP) << 16); /* TTL, checksum below */
	}
	wire_put_bytes(w, from->ip, n_address);
	wire_put_bytes(w, to->ip, n_address);
	if (!from->v6 && w->err == 0)
		wire_put_be(w->base + at + 10, 2,
			    checksum_of(add_words(0, slice_of(w->base + at, 20))));
}

/* The TCP header in front of `data`, and its checksum over the pseudo-header, it and them. */
static void
put_tcp(struct wire_wr *w, const struct side *from, const struct side *to, unsigned flags,
	struct slice data)
{
	size_t at = w->pos, n = TCP_HEADER + ((flags & TCP_SYN) != 0 ? SYN_OPTIONS : 0);
	uint64_t sum = PROTO_TCP + n + data.n;

	wire_put_int_be(w, 2, from->end.port);
	wire_put_int_be(w, 2, to->end.port);
	wire_put_int_be(w, 4, from->seq);
	wire_put_int_be(w, 4, (flags & TCP_ACK) != 0 ? to->acked : 0);
	wire_put_int_be(w, 2, n / 4 << 12 | flags);
	wire_put_int_be(w, 2, WINDOW);
	wire_put_int_be(w, 4, 0); /* checksum below */
	if ((flags & TCP_SYN) != 0)
		wire_put_int_be(w, 4, 0x02040000 | TCP_OUT_MAX); /* option 2: the largest segment */
	if (w->err != 0)
		return;
	sum = add_words(add_words(sum, address(&from->end)), address(&to->end));
	sum = add_words(add_words(sum, slice_of(w->base + at, n)), data);
	wire_put_be(w->base + at + 16, 2, checksum_of(sum));
}

static void
put_packet(struct tcp_out *t, struct flow *f, const struct packet *p)
{
	struct side *from = &f->side[p->server], *to = &f->side[!p->server];
	bool syn = (p->flags & TCP_SYN) != 0, fin = (p->flags & TCP_FIN) != 0;
	uint8_t headers[HEADERS_MAX];
	struct wire_wr w = wire_wr_init(headers, sizeof(headers));

	to->acked = to->shown;
	put_ip(&w, &from->end, &to->end, TCP_HEADER + (syn ? SYN_OPTIONS : 0) + p->data.n);
	put_tcp(&w, from, to, p->flags, p->data);
	capfile_packet(t->file, slice_of(headers, w.pos), p->data, p->ns, p->comment);
	t->packets++;
	from->seq += (uint32_t)p->data.n + (syn || fin);
	from->shown = from->seq;
}

/* A packet without data. */
static void
put_bare(struct tcp_out *t, uint32_t flow, bool server, unsigned flags, uint64_t ns,
	 const char *comment)
{
	put_packet(
		t, &t->flows[flow],
		&(struct packet){.server = server, .flags = flags, .ns = ns, .comment = comment});
}

void
tcp_out_ack(struct tcp_out *t, uint32_t flow, bool server, uint64_t ns)
{
	put_bare(t, flow, server, TCP_ACK, ns, NULL);
}

void
tcp_out_connect(struct tcp_out *t, uint32_t flow, uint64_t ns, const char *comment)
{
	struct flow *f = &t->flows[flow];

	for (size_t i = 0; i < 2; i++)
		begin_at(&f->side[i], f->side[i].seq + 0x40000000);
	put_bare(t, flow, false, TCP_SYN, ns, comment);
	put_bare(t, flow, true, TCP_SYN | TCP_ACK, ns, NULL);
	tcp_out_ack(t, flow, false, ns);
}

/* The other side shows what it has of this one behind missing bytes: that tells a reader that they
 * came, but were not captured. */
static void
acknowledge_hole(struct tcp_out *t, uint32_t flow, bool server, uint64_t ns)
{
	struct side *s = &t->flows[flow].side[server];

	if (s->hole)
		tcp_out_ack(t, flow, !server, ns);
	s->hole = false;
}

void
tcp_out_data(struct tcp_out *t, uint32_t flow, bool server, struct slice bytes, uint64_t ns,
	     const char *comment)
{
	struct side *s = &t->flows[flow].side[server];

	for (size_t off = 0; off < bytes.n; off += TCP_OUT_MAX) {
		size_t n = bytes.n - off < TCP_OUT_MAX ? bytes.n - off : TCP_OUT_MAX;

		/* No more than the window is ever under way. */
		if (s->shown != s->acked && s->seq - s->acked + n >= WINDOW)
			tcp_out_ack(t, flow, !server, ns);
		put_packet(t, &t->flows[flow],
			   &(struct packet){.server = server,
					    .flags = TCP_PSH | TCP_ACK,
					    .data = slice_sub(bytes, off, n),
					    .ns = ns,
					    .comment = off == 0 ? comment : NULL});
		acknowledge_hole(t, flow, server, ns);
	}
}

void
tcp_out_gap(struct tcp_out *t, uint32_t flow, bool server, uint32_t n)
{
	struct side *s = &t->flows[flow].side[server];

	s->seq += n;
	s->hole = true;
}

void
tcp_out_end(struct tcp_out *t, uint32_t flow, bool server, bool reset, uint64_t ns,
	    const char *comment)
{
	put_bare(t, flow, server, TCP_ACK | (reset ? TCP_RST : TCP_FIN), ns, comment);
	if (!reset)
		tcp_out_ack(t, flow, !server, ns);
	t->flows[flow].side[server].hole = false;
}

uint64_t
tcp_out_packets(const struct tcp_out *t)
{
	return t->packets;
}
