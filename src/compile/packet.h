/* From a captured frame to a TCP segment: link layers, IPv4 and IPv6, fragments. */
#ifndef SMB_COMPILE_PACKET_H
#define SMB_COMPILE_PACKET_H

#include "compile/frag.h"

/* A frame as it lies in a capture file. */
struct packet_raw {
	uint64_t t;        /* ns since 1970 */
	uint64_t frame;    /* its number in the capture, from 1 */
	uint32_t link;     /* LINKTYPE_ or DLT_ number */
	uint32_t wire_len; /* bytes that were on the wire, of which `bytes` were kept */
	struct slice bytes;
};

/* One end of a TCP connection, comparable by memcmp. */
struct packet_end {
	uint8_t ip[16]; /* the first 4 bytes for AF_INET, the rest 0 */
	uint16_t port;
	uint16_t family;
};

#define TCP_FIN 0x01
#define TCP_SYN 0x02
#define TCP_RST 0x04
#define TCP_ACK 0x10

struct packet {
	uint64_t t, frame;
	struct packet_end src, dst;
	uint32_t seq, ack;
	uint8_t flags;
	struct slice payload; /* borrowed from the raw frame, or from the fragment table until its
				 next use */
	uint32_t cut;         /* bytes behind it that the capture's snap length cut off */
};

enum packet_kind {
	PACKET_TCP,
	PACKET_NOT_IP,
	PACKET_NOT_TCP,
	PACKET_FRAGMENT, /* kept; the datagram is not complete yet */
	PACKET_BAD,      /* a header is malformed or was not captured in full */
};

/* Is the link layer one of those that packet_decode knows? */
bool packet_link_known(uint32_t link);

/* Decode `raw` into `out`, which is filled for PACKET_TCP only. */
enum packet_kind packet_decode(struct frag_table *frags, const struct packet_raw *raw,
			       struct packet *out);

#endif
