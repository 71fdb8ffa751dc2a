/* Puts one direction of a TCP connection in order. */
#include "config.h"

#include "compile/stream.h"

#include <stdlib.h>

void
stream_open(struct stream *s, uint32_t seq, bool first)
{
	s->open = true;
	s->syn = first;
	s->isn = seq - 1;
	s->next_seq = seq;
	s->next = s->acked = STREAM_BASE;
	s->framing.mode = first ? FRAMING_SYNC : FRAMING_SEARCH;
	s->framing.trusted = first;
}

void
stream_rewind(struct stream *s, uint32_t seq)
{
	s->next = stream_offset(s, seq);
	s->next_seq = seq;
}

uint64_t
stream_offset(const struct stream *s, uint32_t seq)
{
	return s->next + (uint64_t)(int64_t)(int32_t)(seq - s->next_seq);
}

static void
advance(struct stream *s, uint64_t n)
{
	s->next += n;
	s->next_seq += (uint32_t)n;
}

static void
piece_free(struct stream_shared *sh, struct stream *s, struct stream_piece *p)
{
	size_t n = sizeof(*p) + (p->lost ? 0 : (size_t)p->n);

	s->pieces--;
	s->held -= n;
	sh->held -= n;
	free(p);
}

/* Link a copy of `n` bytes of `seg` from `skip` in behind `prev` (NULL: first). */
static struct stream_piece *
piece_insert(struct stream_shared *sh, struct stream *s, const struct stream_segment *seg,
	     size_t skip, size_t n, struct stream_piece *prev)
{
	size_t bytes = sizeof(struct stream_piece) + (seg->data != NULL ? n : 0);
	struct stream_piece *p = malloc(bytes);

	if (p == NULL)
		return NULL;
	*p = (struct stream_piece){
		.next = prev != NULL ? prev->next : s->head,
		.off = stream_offset(s, seg->seq) + skip,
		.n = n,
		.t = seg->t,
		.frame = seg->frame,
		.segment_start = seg->start && skip == 0,
		.lost = seg->data == NULL,
	};
	if (seg->data != NULL)
		memcpy(p->data, seg->data + skip, n);
	if (prev != NULL)
		prev->next = p;
	else
		s->head = p;
	if (p->next == NULL)
		s->tail = p;
	s->pieces++;
	s->held += bytes;
	sh->held += bytes;
	return p;
}

/* `n` bytes of `seg` from `skip` lie at `off` in `p` already: the first ones stay. */
static void
count_repeat(struct stream_shared *sh, const struct stream_piece *p, uint64_t off,
	     const uint8_t *data, size_t n)
{
	if (data == NULL)
		return;
	sh->out.totals->tcp_retransmitted_bytes += n;
	for (size_t i = 0; p != NULL && !p->lost && i < n; i++)
		sh->out.totals->tcp_conflicting_bytes += p->data[off - p->off + i] != data[i];
}

int
stream_hold(struct stream_shared *sh, struct stream *s, const struct stream_segment *seg)
{
	uint64_t off = stream_offset(s, seg->seq), end = off + seg->n, at = off, n;
	struct stream_piece *prev = NULL, *p = s->head;

	if (at < s->next) {
		at = end < s->next ? end : s->next;
		count_repeat(sh, NULL, off, seg->data, (size_t)(at - off));
	}
	if (s->tail != NULL && s->tail->off + s->tail->n <= at) {
		prev = s->tail;
		p = NULL;
	}
	while (at < end) {
		while (p != NULL && p->off + p->n <= at) {
			prev = p;
			p = p->next;
		}
		if (p != NULL && p->off <= at) {
			n = p->off + p->n < end ? p->off + p->n - at : end - at;
			count_repeat(sh, p, at, seg->data != NULL ? seg->data + (at - off) : NULL,
				     (size_t)n);
		} else {
			n = p != NULL && p->off < end ? p->off - at : end - at;
			prev = piece_insert(sh, s, seg, (size_t)(at - off), (size_t)n, prev);
			if (prev == NULL)
				return ERR_NOMEM;
		}
		at += n;
	}
	return 0;
}

uint64_t
stream_first_frame(const struct stream *s)
{
	return s->head != NULL ? s->head->frame : UINT64_MAX;
}

/* Deliver bytes, or with NULL a hole, that follow what was delivered before. */
static int
deliver(struct stream_shared *sh, struct stream *s, const struct framing_piece *p)
{
	advance(s, p->bytes.n);
	if (p->bytes.p == NULL)
		return framing_gap(&sh->out, &s->framing, p->bytes.n, p->t, p->frame);
	return framing_add(&sh->out, &s->framing, p);
}

int
stream_step(struct stream_shared *sh, struct stream *s)
{
	struct stream_piece *p = s->head;
	struct framing_piece fp = {.t = p->t, .frame = p->frame};
	int r = 0;

	if (p->off > s->next) {
		fp.bytes.n = (size_t)(p->off - s->next);
		r = deliver(sh, s, &fp);
	}
	s->head = p->next;
	if (s->head == NULL)
		s->tail = NULL;
	fp.bytes = slice_of(p->lost ? NULL : p->data, (size_t)p->n);
	fp.segment_start = p->segment_start;
	if (r == 0)
		r = deliver(sh, s, &fp);
	piece_free(sh, s, p);
	return r;
}

/* Deliver what is in order, then give up holes while too much is held. */
static int
drain(struct stream_shared *sh, struct stream *s)
{
	int r = 0;

	while (r == 0 && s->head != NULL &&
	       (s->head->off == s->next || s->held > STREAM_HELD_MAX ||
		s->pieces > STREAM_PIECES_MAX || sh->held > STREAM_HELD_ALL_MAX))
		r = stream_step(sh, s);
	return r != 0 || !s->fin ? r : stream_fin_check(sh, s, false);
}

int
stream_add(struct stream_shared *sh, struct stream *s, const struct stream_segment *seg)
{
	struct framing_piece p;
	int r;

	if (s->head != NULL || seg->seq != s->next_seq) {
		r = stream_hold(sh, s, seg);
		return r != 0 ? r : drain(sh, s);
	}
	p = (struct framing_piece){.bytes = slice_of(seg->data, seg->n),
				   .t = seg->t,
				   .frame = seg->frame,
				   .segment_start = seg->start};
	r = deliver(sh, s, &p);
	return r != 0 || !s->fin ? r : stream_fin_check(sh, s, false);
}

int
stream_ack(struct stream_shared *sh, struct stream *s, uint32_t ack)
{
	uint64_t off = stream_offset(s, ack);
	int r = 0;

	if ((int64_t)(off - s->acked) > 0)
		s->acked = off;
	while (r == 0 && s->head != NULL && (s->head->off == s->next || s->acked >= s->head->off))
		r = stream_step(sh, s);
	return r != 0 || !s->fin
		       ? r
		       : stream_fin_check(sh, s, s->head == NULL && s->acked > s->fin_off);
}

void
stream_fin_note(struct stream *s, uint32_t seq, uint64_t t, uint64_t frame)
{
	if (s->fin)
		return;
	s->fin = true;
	s->fin_off = stream_offset(s, seq);
	s->fin_t = t;
	s->fin_frame = frame;
}

int
stream_fin_check(struct stream_shared *sh, struct stream *s, bool force)
{
	struct cap_event e = {.kind = CAP_FIN,
			      .conn = s->framing.conn,
			      .dir = s->framing.dir,
			      .t = s->fin_t,
			      .frame = s->fin_frame};
	struct framing_piece gap = {.t = s->fin_t, .frame = s->fin_frame};
	int r = 0;

	if (!s->fin || s->fin_done || (s->next < s->fin_off && !force))
		return 0;
	s->fin_done = true;
	if (s->next < s->fin_off) {
		gap.bytes.n = (size_t)(s->fin_off - s->next);
		r = deliver(sh, s, &gap);
	}
	if (r == 0)
		r = framing_end(&sh->out, &s->framing, true);
	return r != 0 ? r : sh->out.sink->event(sh->out.sink->ctx, &e);
}

uint64_t
stream_drop(struct stream_shared *sh, struct stream *s)
{
	struct stream_piece *p = s->head;
	uint64_t n = p->lost ? 0 : p->n;

	advance(s, p->off + p->n - s->next);
	s->head = p->next;
	if (s->head == NULL)
		s->tail = NULL;
	piece_free(sh, s, p);
	return n;
}

size_t
stream_peek(const struct stream *s, uint8_t *to, size_t n)
{
	uint64_t at = s->next;
	size_t have = 0;

	for (const struct stream_piece *p = s->head;
	     p != NULL && p->off == at && !p->lost && have < n; p = p->next) {
		size_t k = p->n < n - have ? (size_t)p->n : n - have;

		memcpy(to + have, p->data, k);
		have += k;
		at += p->n;
	}
	return have;
}

void
stream_free(struct stream_shared *sh, struct stream *s)
{
	while (s->head != NULL)
		(void)stream_drop(sh, s);
	framing_free(&sh->out, &s->framing);
}
