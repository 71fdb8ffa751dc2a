/* Builds packets and capture files for tests, and writes down what a sink is given. */
#ifndef SMB_TESTS_PCAP_BUILD_H
#define SMB_TESTS_PCAP_BUILD_H

#include "base/buf.h"
#include "compile/tcp.h"

#define BUILD_CLIENT 0x0A000001u /* 10.0.0.1, or fd00::a00:1 */
#define BUILD_SERVER 0x0A000002u
#define BUILD_FLAGS_DATA (TCP_ACK | 0x08)

/* A TCP segment between two ends. */
struct build_segment {
	bool v6;
	uint32_t src, dst;
	uint16_t sport, dport;
	uint32_t seq, ack;
	uint8_t flags;
	struct slice payload;
};

/* A conversation of the client's port 40000 with the server's 445, for tests that only care about
 * one connection. */
struct build_segment build_c2s(uint32_t seq, uint32_t ack, uint8_t flags, struct slice payload);
struct build_segment build_s2c(uint32_t seq, uint32_t ack, uint8_t flags, struct slice payload);

/* Append a framed SMB2 message: 4-byte frame header, 64-byte header (command, SERVER_TO_REDIR,
 * message id), `body` bytes that differ by id. */
void build_smb2(struct buf *out, unsigned command, bool response, uint64_t message_id, size_t body);

/* Append the TCP segment, or the whole IP datagram. */
void build_tcp(struct buf *out, const struct build_segment *s);
void build_ip(struct buf *out, const struct build_segment *s);

/* Append one IPv4 or IPv6 fragment with `n` payload bytes from `off` of datagram `s`. */
void build_fragment(struct buf *out, const struct build_segment *s, size_t off, size_t n);

/* Append `ip` in a link layer: Ethernet with `vlans` tags, or another LINKTYPE_ without. */
void build_link(struct buf *out, uint32_t link, unsigned vlans, struct slice ip);

/* Where numbers of a capture file go: in its byte order. */
void build_int(struct buf *out, bool big, size_t width, uint64_t v);

/* A classic file's header and records; `t` in ns, cut to the file's unit. */
struct build_pcap {
	bool big, nano;
	uint32_t link;
};
void build_pcap_header(struct buf *out, const struct build_pcap *f);
void build_pcap_packet(struct buf *out, const struct build_pcap *f, uint64_t t, struct slice frame,
		       size_t captured);

/* pcapng blocks. `units` is the time in the interface's resolution; `options` are appended as they
 * are. */
void build_ng_section(struct buf *out, bool big);
void build_ng_interface(struct buf *out, bool big, uint16_t link, uint32_t snaplen, int tsresol);
void build_ng_enhanced(struct buf *out, bool big, uint32_t interface, uint64_t units,
		       struct slice frame);
void build_ng_obsolete(struct buf *out, bool big, uint16_t interface, uint64_t units,
		       struct slice frame);
void build_ng_simple(struct buf *out, bool big, struct slice frame, size_t captured);
void build_ng_other(struct buf *out, bool big, uint32_t type, size_t body);

/* Append a gzip member or zstd frame of `in`. */
void build_gzip(struct buf *out, struct slice in);
void build_zstd(struct buf *out, struct slice in);

/* Write a temporary file; its name is `path` (at least 64 bytes), for the caller to unlink. */
void build_file(char *path, struct slice content);

/* What a sink was given, a line each, as the tests compare it. */
struct collect {
	struct cap_sink sink;
	struct buf text;     /* everything, with frames and cuts */
	struct buf messages; /* only connection, direction, length and content of messages */
	uint64_t bytes;      /* of messages, gaps and junk */
	size_t cuts;         /* of the last message */
	size_t fail_at;      /* refuse the n-th message with ERR_USAGE; 0: none */
	size_t n;
};

void collect_init(struct collect *c);
void collect_free(struct collect *c);

/* The text so far, NUL-terminated. */
const char *collect_text(struct buf *b);

/* A segment as tcp_packet takes it. */
struct packet build_packet(const struct build_segment *s, uint64_t frame);

#endif
