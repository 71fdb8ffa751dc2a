/*
 * TCP connections in a capture file: what was said becomes packets with headers as they would have
 * been (checksums, sequence numbers, acknowledgements), in the order in which it is told.
 */
#ifndef SMB_PACKETS_TCP_OUT_H
#define SMB_PACKETS_TCP_OUT_H

#include "packets/capfile.h"

#define TCP_OUT_MAX 65495u /* bytes that one packet takes, with IPv4 and with IPv6 */

/* One end of a connection. */
struct tcp_out_end {
	bool v6;
	uint16_t port;
	uint8_t ip[16]; /* the first 4 bytes of IPv4 */
};

struct tcp_out;

struct tcp_out_options {
	const char *path, *comment; /* as for capfile_open */
	enum capfile_format format;
	size_t n_flows; /* connections, from 0 */
};

/* Begin a file. Returns 0, a negated errno with a text in `e`, or ERR_NOMEM. */
int tcp_out_open(const struct tcp_out_options *opt, struct tcp_out **out, struct err *e) MUST_CHECK;

/* Finish it. Returns 0 or a negated errno: the disk was full or the like at any time. */
int tcp_out_close(struct tcp_out *t) MUST_CHECK;

/*
 * The ends of a flow, which both are IPv4 or both IPv6, before anything else of it. The second
 * makes them up: client `flow` is 127.1.x.y with a port of its own, the server 127.0.0.1.
 */
void tcp_out_ends(struct tcp_out *t, uint32_t flow, const struct tcp_out_end *client,
		  const struct tcp_out_end *server);
void tcp_out_make_up(uint32_t flow, uint16_t port, struct tcp_out_end *client,
		     struct tcp_out_end *server);

/* The three packets of a handshake. Another one of the same flow is another connection between the
 * same ends. `ns` is ns since 1970, and `comment` stands at the first packet (NULL: none), here
 * and below. */
void tcp_out_connect(struct tcp_out *t, uint32_t flow, uint64_t ns, const char *comment);

/* A packet without data, which acknowledges what the other side sent. */
void tcp_out_ack(struct tcp_out *t, uint32_t flow, bool server, uint64_t ns);

/*
 * Bytes of one side: a packet, or several where they are more than TCP_OUT_MAX. Without a handshake
 * before it the connection is one whose beginning was not captured.
 */
void tcp_out_data(struct tcp_out *t, uint32_t flow, bool server, struct slice bytes, uint64_t ns,
		  const char *comment);

/* The next `n` bytes of that side are missing; less than 2^31. */
void tcp_out_gap(struct tcp_out *t, uint32_t flow, bool server, uint32_t n);

/* A FIN, which the other side acknowledges, or an RST. */
void tcp_out_end(struct tcp_out *t, uint32_t flow, bool server, bool reset, uint64_t ns,
		 const char *comment);

/* Packets so far. */
uint64_t tcp_out_packets(const struct tcp_out *t);

#endif
