/*
 * NetBIOS session-service framing of one direction of a stream (RFC 1002 4.3.1, MS-SMB2 2.1): bytes
 * and holes go in, messages, gaps and junk come out through the sink.
 */
#ifndef SMB_COMPILE_FRAMING_H
#define SMB_COMPILE_FRAMING_H

#include "base/buf.h"
#include "compile/capture.h"

#define FRAMING_HEADER 4              /* type and 24-bit length */
#define FRAMING_PROBE 8               /* the header and the magic behind it */
#define FRAMING_CUTS_MAX 65536        /* cut points kept of one message */
#define FRAMING_HELD_MAX (512u << 20) /* bytes of unfinished messages, over all connections */

/* What all directions of a capture share. */
struct framing_out {
	const struct cap_sink *sink;
	struct cap_totals *totals;
	struct buf
		spare; /* the buffer of the last message that spanned segments, for the next one */
	size_t held;   /* capacity of all buffers of unfinished messages */
};

/* Bytes that follow what the direction had so far, from one packet. */
struct framing_piece {
	struct slice bytes;
	uint64_t t, frame;  /* of the packet */
	bool segment_start; /* the first byte began a TCP segment */
};

enum framing_mode {
	FRAMING_SYNC,   /* the next message begins where the last one ended */
	FRAMING_SEARCH, /* where the next message begins is not known */
};

/* One direction. All zero, with `conn` and `dir` set, is a direction whose first byte begins a
 * message, once `trusted` is set. */
struct framing {
	struct cap_conn *conn;
	enum cap_dir dir;
	enum framing_mode mode;
	bool trusted;    /* in step since the connection's first byte: any length and content is
			    believed */
	bool at_start;   /* the unfinished message began a segment */
	struct buf part; /* the unfinished message (without what was lost of it), or the tail of a
			    search */
	size_t need;     /* its length with header; 0 while that is not known */
	uint64_t lost;   /* bytes of it that were never captured */
	uint64_t t_first, frame_first;
	uint64_t t, frame;    /* of the latest packet so far in stream order */
	struct cap_cut *cuts; /* owned */
	size_t n_cuts, cap_cuts;
};

/* Does `s` begin with a frame header that a known SMB magic follows and whose length fits it? Needs
 * FRAMING_PROBE bytes. */
bool framing_plausible(struct slice s);

/* Where in `s` the first plausible frame begins; s.n where there is none. */
size_t framing_find(struct slice s);

/* Take in a piece. Returns 0, ERR_NOMEM, ERR_LIMIT or the sink's error. */
int framing_add(struct framing_out *o, struct framing *f, const struct framing_piece *p) MUST_CHECK;

/* `n` bytes are missing here; `t` and `frame` of the packet that shows it. Returns as framing_add.
 */
int framing_gap(struct framing_out *o, struct framing *f, uint64_t n, uint64_t t,
		uint64_t frame) MUST_CHECK;

/*
 * The direction ends: `clean` when its sender closed it. What is unfinished is junk then, as it was
 * never sent in full; otherwise the rest of it is a gap. Returns as framing_add.
 */
int framing_end(struct framing_out *o, struct framing *f, bool clean) MUST_CHECK;

/* Free what the direction owns. */
void framing_free(struct framing_out *o, struct framing *f);

#endif
