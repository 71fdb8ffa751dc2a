/*
 * From capture files to SMB messages: reads, merges, reassembles and frames, and hands on what it
 * finds through a sink. Streaming: memory is bounded by what is in flight, not by the size of the
 * capture.
 */
#ifndef SMB_COMPILE_CAPTURE_H
#define SMB_COMPILE_CAPTURE_H

#include <netinet/in.h>
#include <stdbool.h>

#include "base/wire.h"

enum cap_dir { CAP_C2S, CAP_S2C };

struct cap_addr {
	uint8_t family; /* AF_INET or AF_INET6 */
	uint16_t port;
	uint8_t ip[16]; /* the first 4 bytes for AF_INET */
};

/* A TCP connection that speaks SMB (direct, or over the NetBIOS session service). */
struct cap_conn {
	uint32_t id; /* 0, 1, ... in the order of their first messages */
	struct cap_addr client, server;
	bool syn_seen; /* false: the capture starts in its middle */
	void *user;    /* the sink's */
};

/* Where and when a piece of a stream was captured. */
struct cap_cut {
	uint32_t offset; /* in the message, of the first byte of a new TCP segment */
	uint64_t frame;  /* its frame */
};

/*
 * One NetBIOS-framed unit. `bytes` starts with the 4-byte frame header and is complete. Borrowed
 * until the callback returns. Session-service packets of other types than 0 (session request,
 * keep-alive, ...) are messages too. While a direction is in step since its first byte, any content
 * of type 0 is a message; after a gap or a start in its middle, only what has an SMB magic.
 */
struct cap_message {
	struct cap_conn *conn;
	enum cap_dir dir;
	struct slice bytes;
	uint64_t t_first; /* ns since 1970 of the packet that brought its first byte */
	uint64_t t_last;  /* of the packet that completed it: all bytes of the stream up to its end
			     were captured then */
	uint64_t frame_first, frame_last; /* their frame numbers in the capture, from 1; of several
					     files, counted in merged order */
	bool at_segment_start;            /* its first byte began a TCP segment */
	const struct cap_cut *cuts;       /* inside the message; at most 65,536 are kept */
	size_t n_cuts;
};

enum cap_event_kind {
	/*
	 * SYN of the client (or, mid-stream, the first packet seen: syn_seen is false). Told with
	 * the first message, so later than events of other connections in between.
	 */
	CAP_CONNECT,
	/* One side, `dir`, closed its direction; once all bytes before it were delivered. */
	CAP_FIN,
	/* One side reset, for the first time; late messages of the other side may follow. */
	CAP_RST,
	/*
	 * Bytes that the capture lost; `bytes` holds what was captured of the message that they
	 * damaged, without the holes.
	 */
	CAP_GAP,
	/* Captured bytes that are no frame; `bytes` holds them (pieces of up to 64 KiB). */
	CAP_JUNK,
};

struct cap_event {
	enum cap_event_kind kind;
	struct cap_conn *conn;
	enum cap_dir dir;
	uint64_t t, frame;
	uint64_t lost;      /* CAP_GAP: how many bytes are missing */
	struct slice bytes; /* CAP_GAP, CAP_JUNK; borrowed */
};

/* Each callback returns 0 to go on or a negative error that ends capture_read. */
struct cap_sink {
	void *ctx;
	int (*message)(void *ctx, const struct cap_message *m);
	int (*event)(void *ctx, const struct cap_event *e);
	void (*close)(void *ctx,
		      struct cap_conn *c); /* the connection will not be named again; may be NULL */
};

struct cap_options {
	uint16_t port;      /* only this server port; 0: any where SMB is spoken */
	const char *client; /* only this client address (text form); NULL: any */
	uint64_t from, to;  /* only packets in this time, ns since 1970; 0: no limit */
	void (*progress)(void *ctx, uint64_t bytes_read,
			 uint64_t bytes_total); /* may be NULL; total 0: unknown */
	void *progress_ctx;
};

/*
 * Law 4: every byte of an SMB stream is in one of messages, gaps, junk:
 * stream_bytes = message_bytes + junk_bytes + gap_known_bytes.
 */
struct cap_totals {
	uint64_t packets, packet_bytes;      /* in the time that was asked for */
	uint64_t not_ip, not_tcp, other_tcp; /* packets that are not for us */
	uint64_t snaplen_cut, fragments_lost, bad_packets;
	uint64_t tcp_retransmitted_bytes; /* came again; the first ones count */
	uint64_t tcp_conflicting_bytes; /* with other content, while the first waited for a hole */
	uint64_t stream_bytes;          /* of SMB streams, captured, each once */
	uint64_t message_bytes;
	uint64_t gap_bytes;       /* never captured, so not in stream_bytes */
	uint64_t gap_known_bytes; /* captured bytes of messages that gaps damaged */
	uint64_t junk_bytes; /* may be more than the events of a connection without a SYN told */
	uint64_t messages, connections;
};

struct cap_input {
	const char *path;   /* "-" is standard input */
	uint8_t xxh128[16]; /* out: of the file's bytes as they are on disk; of a pipe, of what was
			       read; XXH3, as `xxhsum -H2` prints it */
	uint64_t bytes;     /* out */
};

/*
 * Read all inputs, merged by time, to the end, and call the sink. Fills the totals and the inputs'
 * digests even when it fails. Returns 0; ERR_MALFORMED, ERR_UNSUPPORTED, ERR_TRUNCATED (a damaged
 * file: what came before it was delivered), a negated errno, a sink's error; with file and place in
 * `e`.
 */
int capture_read(struct cap_input *inputs, size_t n, const struct cap_options *opt,
		 const struct cap_sink *sink, struct cap_totals *totals, struct err *e) MUST_CHECK;

#endif
