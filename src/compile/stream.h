/* One direction of a TCP connection: puts segments in order and hands them to the framing (RFC
 * 9293 3.4, 3.10.7.4). */
#ifndef SMB_COMPILE_STREAM_H
#define SMB_COMPILE_STREAM_H

#include "compile/framing.h"

#define STREAM_HELD_MAX (4u << 20)      /* bytes held behind a hole, one direction */
#define STREAM_PIECES_MAX 4096u         /* segments held behind a hole */
#define STREAM_HELD_ALL_MAX (16u << 20) /* bytes held, all directions together */
#define STREAM_BASE                                                                                \
	((uint64_t)1                                                                               \
	 << 32) /* offset of a stream's first known byte; earlier ones may still turn up */

/* What all streams of a capture share. */
struct stream_shared {
	struct framing_out out;
	size_t held; /* bytes held behind holes */
};

/* A segment's payload, or what is left of it after what was there before. */
struct stream_piece {
	struct stream_piece *next;
	uint64_t off, n;
	uint64_t t, frame;
	bool segment_start;
	bool lost;      /* cut off by the snap length: `n` bytes that nobody captured */
	uint8_t data[]; /* n bytes unless lost */
};

struct stream {
	bool open; /* `next` is known */
	bool syn;  /* it was seen from its first byte, whose number is isn + 1 */
	uint32_t isn;
	uint32_t next_seq; /* the number of the byte at `next` */
	uint64_t next;     /* the first byte that was not delivered; counted from STREAM_BASE */
	uint64_t acked;    /* what the peer has acknowledged */
	struct stream_piece *head, *tail; /* what waits behind a hole, in order, without overlap */
	size_t held, pieces;
	bool fin, fin_done, rst;
	uint64_t fin_off, fin_t, fin_frame;
	struct framing framing;
};

/* A segment: `n` bytes at `data` (NULL: lost) with sequence number `seq`. */
struct stream_segment {
	uint32_t seq;
	const uint8_t *data;
	size_t n;
	uint64_t t, frame;
	bool start; /* it begins a TCP segment */
};

/* Begin the stream at the byte with number `seq`; `first` where that is the first byte of the
 * connection. */
void stream_open(struct stream *s, uint32_t seq, bool first);

/* Let the stream begin earlier, at `seq`. Only while nothing of it was delivered or dropped. */
void stream_rewind(struct stream *s, uint32_t seq);

/* The offset of sequence number `seq`, which lies within 2^31 of what comes next. */
uint64_t stream_offset(const struct stream *s, uint32_t seq);

/*
 * Keep a copy of a segment, less what is there already; deliver nothing. Returns 0 or ERR_NOMEM.
 */
int stream_hold(struct stream_shared *sh, struct stream *s,
		const struct stream_segment *seg) MUST_CHECK;

/*
 * Take in a segment and deliver what is in order now. Give holes up where too much is held. Returns
 * 0, ERR_NOMEM, ERR_LIMIT or the sink's error.
 */
int stream_add(struct stream_shared *sh, struct stream *s,
	       const struct stream_segment *seg) MUST_CHECK;

/* The frame of what is held first; UINT64_MAX where nothing is. */
uint64_t stream_first_frame(const struct stream *s);

/* Deliver the first held piece, giving up the hole before it. Returns as stream_add. */
int stream_step(struct stream_shared *sh, struct stream *s) MUST_CHECK;

/* The peer has acknowledged up to number `ack`: give up holes before that where later bytes are
 * there. Returns as stream_add. */
int stream_ack(struct stream_shared *sh, struct stream *s, uint32_t ack) MUST_CHECK;

/* Remember a FIN that follows the byte before `seq`, for stream_fin_check. */
void stream_fin_note(struct stream *s, uint32_t seq, uint64_t t, uint64_t frame);

/* Report a FIN whose time has come; with `force`, also over a hole before it. Returns as
 * stream_add. */
int stream_fin_check(struct stream_shared *sh, struct stream *s, bool force) MUST_CHECK;

/* Drop the first held piece unseen; returns its bytes. For directions that never find a message. */
uint64_t stream_drop(struct stream_shared *sh, struct stream *s);

/* Copy up to `n` held bytes that follow `next` without a hole; returns how many. */
size_t stream_peek(const struct stream *s, uint8_t *to, size_t n);

/* Free what the stream owns. */
void stream_free(struct stream_shared *sh, struct stream *s);

#endif
