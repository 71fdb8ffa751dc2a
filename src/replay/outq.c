/* Bytes on their way into a socket. */
#include "config.h"

#include "replay/outq.h"

#include <errno.h>
#include <sys/socket.h>

#define COMPACT ((size_t)1 << 20) /* bytes that went out are dropped when they are so many */

void
outq_free(struct outq *q)
{
	buf_free(&q->bytes);
	buf_free(&q->ends);
	q->head = q->next_end = 0;
}

ssize_t
outq_write(int fd, bool apart, struct slice piece)
{
	ssize_t sent = send(fd, piece.p, piece.n, MSG_NOSIGNAL | (apart ? MSG_EOR : 0));

	if (sent >= 0)
		return sent;
	return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? 0 : -errno;
}

static int
keep(struct outq *q, struct slice rest)
{
	if (q->bytes.n - q->head > OUTQ_MAX)
		return ERR_LIMIT;
	buf_add(&q->bytes, rest.p, rest.n);
	if (q->apart)
		buf_le(&q->ends, 8, q->gone + q->bytes.n - q->head);
	return q->bytes.err != 0 ? q->bytes.err : q->ends.err;
}

int
outq_send(struct outq *q, int fd, struct slice piece)
{
	return outq_wrote(q, piece, outq_waits(q) ? 0 : outq_write(fd, q->apart, piece));
}

int
outq_wrote(struct outq *q, struct slice piece, ssize_t sent)
{
	if (sent < 0)
		return (int)sent;
	return (size_t)sent == piece.n
		       ? 0
		       : keep(q, slice_sub(piece, (size_t)sent, piece.n - (size_t)sent));
}

/* Bytes up to the end of the piece at hand. */
static size_t
piece_left(const struct outq *q)
{
	return q->apart ? (size_t)(wire_le(q->ends.p + q->next_end, 8) - q->gone)
			: q->bytes.n - q->head;
}

static void
went_out(struct outq *q, size_t n, bool whole)
{
	q->head += n;
	q->gone += n;
	if (whole && q->apart)
		q->next_end += 8;
	if (!outq_waits(q)) {
		outq_free(q);
	} else if (q->head >= COMPACT && q->head >= q->bytes.n / 2) {
		buf_consume(&q->bytes, q->head);
		buf_consume(&q->ends, q->next_end);
		q->head = q->next_end = 0;
	}
}

int
outq_flush(struct outq *q, int fd)
{
	while (outq_waits(q)) {
		size_t n = piece_left(q);
		ssize_t sent = outq_write(fd, q->apart, slice_of(q->bytes.p + q->head, n));

		if (sent < 0)
			return (int)sent;
		if (sent == 0)
			return 0;
		went_out(q, (size_t)sent, (size_t)sent == n);
	}
	return 0;
}
