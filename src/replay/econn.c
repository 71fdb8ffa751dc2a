/* The frames of one connection. */
#include "config.h"

#include "replay/econn.h"
#include "replay/reclaim.h"

void
econn_free(struct econn *c)
{
	security_conn_free(c->security);
	credits_free(&c->window);
	buf_free(&c->held);
	pace_conn_free(&c->pace);
	own_free(&c->own);
	reclaim_free(c->reclaim);
	buf_free(&c->in);
}

/* Bytes of the whole frame that `s` begins with; 0 while its header is not there. The length has 24
 * bits, so that a frame is bounded. */
static size_t
frame_size(struct slice s)
{
	return s.n < NBSS_HEADER ? 0 : NBSS_HEADER + (size_t)wire_be(s.p + 1, 3);
}

/* Move bytes of the input behind the kept ones until those are `want` bytes. */
static bool
fill(struct econn *c, struct slice *bytes, size_t want)
{
	size_t n = c->in.n < want ? want - c->in.n : 0;

	if (n > bytes->n)
		n = bytes->n;
	buf_add(&c->in, bytes->p, n);
	*bytes = slice_sub(*bytes, n, bytes->n - n);
	return c->in.err == 0 && c->in.n >= want;
}

bool
econn_next_frame(struct econn *c, struct slice *bytes, struct slice *frame)
{
	size_t size;

	if (c->taken > 0) {
		buf_free(&c->in);
		c->taken = 0;
	}
	if (c->in.n > 0) {
		if (!fill(c, bytes, NBSS_HEADER) || !fill(c, bytes, frame_size(buf_slice(&c->in))))
			return false;
		c->taken = c->in.n;
		*frame = buf_slice(&c->in);
		return true;
	}
	size = frame_size(*bytes);
	if (size == 0 || size > bytes->n)
		return false;
	*frame = slice_sub(*bytes, 0, size);
	*bytes = slice_sub(*bytes, size, bytes->n - size);
	return true;
}

int
econn_keep(struct econn *c, struct slice bytes)
{
	if (bytes.n > 0)
		buf_add(&c->in, bytes.p, bytes.n);
	return c->in.err;
}
