/* Finds the messages in one direction of a stream. */
#include "config.h"

#include "base/list.h"
#include "compile/framing.h"

#include <stdlib.h>

#define JUNK_MAX 65536u   /* bytes in one junk event, as capture.h promises */
#define SPARE_FREE 65536u /* a spare buffer up to this size may serve any message */

enum header { HEADER_SHORT, HEADER_BAD, HEADER_GOOD };

/* The least length of what each magic begins: MS-SMB2 2.2.1, 2.2.41, 2.2.42, MS-CIFS 2.2.3.1; 0 for
 * no magic. */
static size_t
magic_min(const uint8_t *p)
{
	if (p[1] != 'S' || p[2] != 'M' || p[3] != 'B')
		return 0;
	switch (p[0]) {
	case 0xFE:
		return 64;
	case 0xFD:
		return 52;
	case 0xFC:
		return 16;
	case 0xFF:
		return 32;
	default:
		return 0;
	}
}

bool
framing_plausible(struct slice s)
{
	size_t min;

	if (s.n < FRAMING_PROBE || s.p[0] != 0)
		return false;
	min = magic_min(s.p + FRAMING_HEADER);
	return min > 0 && wire_be(s.p + 1, 3) >= min;
}

size_t
framing_find(struct slice s)
{
	const uint8_t *p = s.p, *hit;

	if (s.n < FRAMING_PROBE)
		return s.n;
	/* Look for the magic's "SMB", which lies 5 bytes into a frame. */
	for (p += 5; (hit = memmem(p, (size_t)(s.p + s.n - p), "SMB", 3)) != NULL; p = hit + 1) {
		size_t at = (size_t)(hit - s.p) - 5;

		if (framing_plausible(slice_sub(s, at, s.n - at)))
			return at;
	}
	return s.n;
}

/* Judge the header at the start of `s`; sets the whole length of what it begins when it is good. */
static enum header
header_check(bool trusted, struct slice s, size_t *need)
{
	size_t n;

	if (s.n < FRAMING_HEADER)
		return HEADER_SHORT;
	n = (size_t)wire_be(s.p + 1, 3);
	*need = n + FRAMING_HEADER;
	switch (s.p[0]) {
	case 0x00:
		if (trusted)
			return HEADER_GOOD;
		if (s.n < FRAMING_PROBE)
			return HEADER_SHORT;
		return framing_plausible(s) ? HEADER_GOOD : HEADER_BAD;
	case 0x81: /* session request: two encoded names (RFC 1002 4.3.2) */
		return n <= 1024 ? HEADER_GOOD : HEADER_BAD;
	case 0x82: /* positive, negative, retarget response, keep-alive (4.3.3 to 4.3.6) */
	case 0x83:
	case 0x84:
	case 0x85:
		return n <= 16 ? HEADER_GOOD : HEADER_BAD;
	default:
		return HEADER_BAD;
	}
}

static int
emit_event(struct framing_out *o, struct framing *f, enum cap_event_kind kind, uint64_t lost,
	   struct slice bytes)
{
	struct cap_event e = {.kind = kind,
			      .conn = f->conn,
			      .dir = f->dir,
			      .t = f->t,
			      .frame = f->frame,
			      .lost = lost,
			      .bytes = bytes};

	return o->sink->event(o->sink->ctx, &e);
}

static int
emit_junk(struct framing_out *o, struct framing *f, struct slice s)
{
	int r = 0;

	o->totals->junk_bytes += s.n;
	for (size_t n; r == 0 && s.n > 0; s = slice_of(s.p + n, s.n - n)) {
		n = s.n < JUNK_MAX ? s.n : JUNK_MAX;
		r = emit_event(o, f, CAP_JUNK, 0, slice_of(s.p, n));
	}
	return r;
}

static int
emit_message(struct framing_out *o, struct framing *f, struct slice bytes)
{
	struct cap_message m = {
		.conn = f->conn,
		.dir = f->dir,
		.bytes = bytes,
		.t_first = f->t_first,
		.frame_first = f->frame_first,
		.t_last = f->t,
		.frame_last = f->frame,
		.at_segment_start = f->at_start,
		.cuts = f->cuts,
		.n_cuts = f->n_cuts,
	};

	o->totals->messages++;
	o->totals->message_bytes += bytes.n;
	return o->sink->message(o->sink->ctx, &m);
}

/* Forget the unfinished message. Its buffer becomes the spare one if it is larger, so that streams
 * of large messages allocate nothing. */
static void
part_reset(struct framing_out *o, struct framing *f)
{
	struct buf old;

	o->held -= f->part.cap;
	if (f->part.cap > o->spare.cap) {
		old = o->spare;
		o->spare = f->part;
		f->part = old;
		buf_reset(&o->spare);
	}
	buf_free(&f->part);
	f->need = 0;
	f->lost = 0;
	f->n_cuts = 0;
	if (f->cap_cuts > 64) {
		free(f->cuts);
		f->cuts = NULL;
		f->cap_cuts = 0;
	}
}

static int
part_add(struct framing_out *o, struct framing *f, const uint8_t *p, size_t n)
{
	size_t before;

	/* A large spare buffer must not end up under a small message of an idle connection. */
	if (f->part.cap == 0 && (o->spare.cap <= SPARE_FREE || f->need >= o->spare.cap / 4)) {
		f->part = o->spare;
		o->spare = (struct buf){0};
		o->held += f->part.cap;
	}
	before = f->part.cap;
	buf_add(&f->part, p, n);
	o->held += f->part.cap - before;
	if (f->part.err != 0)
		return f->part.err;
	return o->held > FRAMING_HELD_MAX ? ERR_LIMIT : 0;
}

static int
cut_add(struct framing *f, uint64_t offset, uint64_t frame)
{
	if (f->n_cuts == FRAMING_CUTS_MAX)
		return 0;
	if (list_room(&f->cuts, f->n_cuts, &f->cap_cuts, sizeof(*f->cuts)) != 0)
		return ERR_NOMEM;
	f->cuts[f->n_cuts++] = (struct cap_cut){.offset = (uint32_t)offset, .frame = frame};
	return 0;
}

/* Step over the first `n` bytes of what is left of a piece. */
static void
rest_skip(struct slice *rest, size_t n)
{
	*rest = slice_of(rest->p + n, rest->n - n);
}

static void
message_begin(struct framing *f, const struct framing_piece *p, struct slice rest)
{
	f->t_first = p->t;
	f->frame_first = p->frame;
	f->at_start = p->segment_start && rest.p == p->bytes.p;
}

static void
lose_step(struct framing *f)
{
	f->mode = FRAMING_SEARCH;
	f->trusted = false;
}

/* The unfinished message has all its bytes, captured or lost. */
static int
message_finish(struct framing_out *o, struct framing *f)
{
	int r;

	if (f->lost > 0) {
		o->totals->gap_bytes += f->lost;
		o->totals->gap_known_bytes += f->part.n;
		r = emit_event(o, f, CAP_GAP, f->lost, buf_slice(&f->part));
	} else {
		r = emit_message(o, f, buf_slice(&f->part));
	}
	part_reset(o, f);
	return r;
}

/* Complete the header from `rest` as far as it goes; f->need is set once it is known. */
static int
take_header(struct framing_out *o, struct framing *f, const struct framing_piece *p,
	    struct slice *rest)
{
	struct slice s = *rest;
	size_t want, n = 0;
	int r;

	if (f->part.n == 0) {
		message_begin(f, p, *rest);
	} else {
		want = f->part.n < FRAMING_HEADER ? FRAMING_HEADER : FRAMING_PROBE;
		if (want > f->part.n)
			n = want - f->part.n < rest->n ? want - f->part.n : rest->n;
		if ((r = part_add(o, f, rest->p, n)) != 0)
			return r;
		rest_skip(rest, n);
		s = buf_slice(&f->part);
	}
	switch (header_check(f->trusted, s, &want)) {
	case HEADER_GOOD:
		f->need = want;
		return 0;
	case HEADER_BAD:
		lose_step(f);
		f->n_cuts = 0;
		return 0;
	case HEADER_SHORT:
		break;
	}
	r = 0;
	if (f->part.n == 0) {
		r = part_add(o, f, rest->p, rest->n);
		rest_skip(rest, rest->n);
	}
	return r;
}

/* In step: take a message, or what there is of it. */
static int
take(struct framing_out *o, struct framing *f, const struct framing_piece *p, struct slice *rest)
{
	size_t left, n;
	int r;

	if (f->need == 0) {
		if ((r = take_header(o, f, p, rest)) != 0 || f->need == 0)
			return r;
		if (f->part.n == 0 && rest->n >= f->need) {
			r = emit_message(o, f, slice_of(rest->p, f->need));
			rest_skip(rest, f->need);
			f->need = 0;
			return r;
		}
	}
	left = f->need - f->part.n - (size_t)f->lost;
	n = left < rest->n ? left : rest->n;
	if ((r = part_add(o, f, rest->p, n)) != 0)
		return r;
	rest_skip(rest, n);
	return n == left ? message_finish(o, f) : 0;
}

/* Search with a tail of earlier bytes in f->part: is there a frame that begins in the tail? */
static int
search_joint(struct framing_out *o, struct framing *f, const struct framing_piece *p,
	     struct slice *rest)
{
	size_t old = f->part.n, add = rest->n < FRAMING_PROBE - 1 ? rest->n : FRAMING_PROBE - 1, n;
	int r;

	if ((r = part_add(o, f, rest->p, add)) != 0)
		return r;
	n = framing_find(buf_slice(&f->part));
	if (n < f->part.n) {
		rest_skip(rest, add);
		r = emit_junk(o, f, slice_of(f->part.p, n));
		buf_consume(&f->part, n);
		f->mode = FRAMING_SYNC;
		f->at_start = f->at_start && n == 0;
		return r == 0 && p->segment_start && old > n ? cut_add(f, old - n, p->frame) : r;
	}
	if (add ==
	    FRAMING_PROBE -
		    1) { /* nothing begins in the tail; the piece itself is still to be searched */
		f->part.n = old;
		r = emit_junk(o, f, buf_slice(&f->part));
		part_reset(o, f);
		return r;
	}
	rest_skip(rest, add);
	n = f->part.n >= FRAMING_PROBE ? f->part.n - (FRAMING_PROBE - 1) : 0;
	r = emit_junk(o, f, slice_of(f->part.p, n));
	buf_consume(&f->part, n);
	return r;
}

/* Out of step: drop junk up to the next plausible frame. */
static int
search(struct framing_out *o, struct framing *f, const struct framing_piece *p, struct slice *rest)
{
	size_t n;
	int r;

	if (f->part.n > 0)
		return search_joint(o, f, p, rest);
	n = framing_find(*rest);
	if (n < rest->n) {
		r = emit_junk(o, f, slice_of(rest->p, n));
		rest_skip(rest, n);
		f->mode = FRAMING_SYNC;
		return r;
	}
	n = rest->n >= FRAMING_PROBE ? rest->n - (FRAMING_PROBE - 1) : 0;
	if ((r = emit_junk(o, f, slice_of(rest->p, n))) != 0)
		return r;
	rest_skip(rest, n);
	message_begin(f, p, *rest);
	r = part_add(o, f, rest->p, rest->n);
	rest_skip(rest, rest->n);
	return r;
}

/* Time never runs back in a stream: a byte was there for its reader when all before it had been
 * captured, too. */
static void
note_packet(struct framing *f, uint64_t t, uint64_t frame)
{
	if (frame > f->frame) {
		f->frame = frame;
		f->t = t;
	}
}

int
framing_add(struct framing_out *o, struct framing *f, const struct framing_piece *p)
{
	struct slice rest = p->bytes;
	int r = 0;

	note_packet(f, p->t, p->frame);
	o->totals->stream_bytes += rest.n;
	if (p->segment_start && rest.n > 0 && f->mode == FRAMING_SYNC && f->part.n + f->lost > 0)
		r = cut_add(f, f->part.n + f->lost, p->frame);
	while (r == 0 && rest.n > 0)
		r = f->mode == FRAMING_SYNC ? take(o, f, p, &rest) : search(o, f, p, &rest);
	return r;
}

/* A hole outside of any message whose length is known. */
static int
gap_unknown(struct framing_out *o, struct framing *f, uint64_t n)
{
	int r = 0;

	if (f->mode == FRAMING_SEARCH) {
		r = emit_junk(o, f, buf_slice(&f->part));
		part_reset(o, f);
	}
	o->totals->gap_bytes += n + f->lost;
	o->totals->gap_known_bytes += f->part.n;
	if (r == 0)
		r = emit_event(o, f, CAP_GAP, n + f->lost, buf_slice(&f->part));
	part_reset(o, f);
	lose_step(f);
	return r;
}

int
framing_gap(struct framing_out *o, struct framing *f, uint64_t n, uint64_t t, uint64_t frame)
{
	uint64_t left;

	if (n == 0)
		return 0;
	note_packet(f, t, frame);
	if (f->need == 0)
		return gap_unknown(o, f, n);
	left = f->need - f->part.n - f->lost;
	if (n > left)
		return gap_unknown(o, f, n);
	f->lost += n;
	return n == left ? message_finish(o, f) : 0;
}

int
framing_end(struct framing_out *o, struct framing *f, bool clean)
{
	int r = 0;

	if (f->need > 0 && (!clean || f->lost > 0)) {
		f->lost = f->need - f->part.n;
		r = message_finish(o, f);
	} else if (f->part.n > 0) {
		r = emit_junk(o, f, buf_slice(&f->part));
		part_reset(o, f);
	}
	return r;
}

void
framing_free(struct framing_out *o, struct framing *f)
{
	part_reset(o, f);
	free(f->cuts);
	f->cuts = NULL;
	f->cap_cuts = 0;
}
