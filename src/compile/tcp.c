/* The connections of a capture. */
#include "config.h"

#include "compile/tcp.h"

#include <arpa/inet.h>
#include <stdlib.h>

#define BUCKETS 16384u
#define UNDECIDED_PIECES                                                                           \
	64u /* segments without a sign of SMB after which a connection is not taken for it */
#define UNDECIDED_HELD (1u << 20) /* the same in bytes */
#define REUSE_DISTANCE                                                                             \
	((int64_t)1 << 24) /* bytes beyond which a closed connection's numbers cannot be its own   \
			    */
#define START_PROBE 32u    /* bytes that tell what a stream begins with, and who sent it */

enum conn_state { CONN_UNDECIDED, CONN_SMB, CONN_OTHER };
enum verdict { VERDICT_WAIT, VERDICT_SMB, VERDICT_OTHER };

struct conn {
	struct packet_end end[2];
	struct conn *chain; /* of its hash bucket */
	struct conn *newer, *older;
	struct conn_list *list;
	bool used; /* since eviction last looked */
	enum conn_state state;
	int client; /* 0 or 1: which end; -1 while that is not known */
	uint64_t packets, t_first, frame_first, t_closed;
	uint64_t dropped; /* bytes that were let go before it turned out to speak SMB */
	struct cap_conn cap;
	struct stream stream[2]; /* of what end[i] sent */
};

struct conn_list {
	struct conn *newest, *oldest;
	size_t n;
};

struct tcp {
	struct stream_shared shared;
	const struct cap_sink *sink;
	struct cap_totals *totals;
	uint16_t port;
	bool by_client;
	struct packet_end client; /* port not set */
	uint32_t next_id;
	struct conn *last; /* of the last packet; most packets come in runs */
	struct conn_list others, smb, closing;
	struct conn *buckets[BUCKETS];
};

static void
list_add(struct conn_list *l, struct conn *c)
{
	c->list = l;
	c->newer = NULL;
	c->older = l->newest;
	if (l->newest != NULL)
		l->newest->newer = c;
	else
		l->oldest = c;
	l->newest = c;
	l->n++;
}

static void
list_remove(struct conn *c)
{
	struct conn_list *l = c->list;

	if (c->newer != NULL)
		c->newer->older = c->older;
	else
		l->newest = c->older;
	if (c->older != NULL)
		c->older->newer = c->newer;
	else
		l->oldest = c->newer;
	l->n--;
}

static void
list_move(struct conn *c, struct conn_list *to)
{
	list_remove(c);
	list_add(to, c);
}

static bool
end_eq(const struct packet_end *a, const struct packet_end *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

static uint64_t
end_hash(const struct packet_end *e)
{
	uint64_t h = wire_le(e->ip, 8) ^ wire_le(e->ip + 8, 8) * 0x9E3779B97F4A7C15u ^
		     (uint64_t)e->port << 32;

	h *= 0xBF58476D1CE4E5B9u;
	return h ^ h >> 29;
}

/* The same for both directions. */
static size_t
bucket_of(const struct packet_end *a, const struct packet_end *b)
{
	uint64_t h = (end_hash(a) + end_hash(b)) * 0x94D049BB133111EBu;

	return (size_t)(h >> 40) % BUCKETS;
}

/* Is `p` from one of the connection's ends to the other? Sets which end sent it. */
static bool
conn_match(const struct conn *c, const struct packet *p, int *side)
{
	for (int i = 0; i < 2; i++) {
		if (end_eq(&c->end[i], &p->src) && end_eq(&c->end[!i], &p->dst)) {
			*side = i;
			return true;
		}
	}
	return false;
}

static struct conn *
conn_find(struct tcp *t, const struct packet *p, int *side)
{
	struct conn *c = t->last;

	if (c != NULL && conn_match(c, p, side))
		return c;
	for (c = t->buckets[bucket_of(&p->src, &p->dst)]; c != NULL; c = c->chain)
		if (conn_match(c, p, side))
			break;
	t->last = c;
	return c;
}

static struct conn *
conn_new(struct tcp *t, const struct packet *p)
{
	struct conn *c = calloc(1, sizeof(*c)), **bucket = &t->buckets[bucket_of(&p->src, &p->dst)];

	if (c == NULL)
		return NULL;
	c->end[0] = p->src;
	c->end[1] = p->dst;
	c->client = -1;
	c->t_first = p->t;
	c->frame_first = p->frame;
	c->chain = *bucket;
	*bucket = c;
	list_add(&t->others, c);
	t->last = c;
	return c;
}

static void
conn_free(struct tcp *t, struct conn *c)
{
	struct conn **at = &t->buckets[bucket_of(&c->end[0], &c->end[1])];

	while (*at != c)
		at = &(*at)->chain;
	*at = c->chain;
	list_remove(c);
	if (t->last == c)
		t->last = NULL;
	if (c->state == CONN_SMB && t->sink->close != NULL)
		t->sink->close(t->sink->ctx, &c->cap);
	for (int i = 0; i < 2; i++)
		stream_free(&t->shared, &c->stream[i]);
	free(c);
}

/* Deliver what both directions hold, in the order of capture; over holes, too, with `force`. */
static int
conn_flush(struct tcp *t, struct conn *c, bool force)
{
	struct stream *s;
	int r = 0;

	while (r == 0) {
		s = NULL;
		for (int i = 0; i < 2; i++) {
			struct stream *x = &c->stream[i];

			if (x->head != NULL && (force || x->head->off == x->next) &&
			    (s == NULL || stream_first_frame(x) < stream_first_frame(s)))
				s = x;
		}
		if (s == NULL)
			break;
		r = stream_step(&t->shared, s);
		if (r == 0)
			r = stream_fin_check(&t->shared, s, false);
	}
	return r;
}

/* The connection is over, or the capture: nothing more comes. */
static int
conn_close(struct tcp *t, struct conn *c)
{
	int r = 0;

	if (c->state == CONN_UNDECIDED)
		t->totals->other_tcp += c->packets;
	if (c->state == CONN_SMB)
		r = conn_flush(t, c, true);
	for (int i = 0; i < 2 && r == 0 && c->state == CONN_SMB; i++) {
		r = stream_fin_check(&t->shared, &c->stream[i], true);
		if (r == 0)
			r = framing_end(&t->shared.out, &c->stream[i].framing, false);
	}
	conn_free(t, c);
	return r;
}

/* Close connections until the list has room; those in use since the last look get another round. */
static int
list_trim(struct tcp *t, struct conn_list *l, size_t max)
{
	struct conn *c;
	int r = 0;

	while (r == 0 && l->n > max) {
		c = l->oldest;
		if (c->used) {
			c->used = false;
			list_move(c, l);
		} else {
			r = conn_close(t, c);
		}
	}
	return r;
}

/* Close what was over long ago. */
static int
expire(struct tcp *t, uint64_t now)
{
	struct conn *c;
	int r = 0;

	while (r == 0 && (c = t->closing.oldest) != NULL &&
	       (t->closing.n > TCP_CLOSING_MAX ||
		(now > c->t_closed && now - c->t_closed > TCP_CLOSING_TIME)))
		r = conn_close(t, c);
	return r;
}

/* Does `p` begin another connection between the same ends? */
static bool
is_reuse(const struct tcp *t, const struct conn *c, int side, const struct packet *p)
{
	const struct stream *s = &c->stream[side], *peer = &c->stream[!side];
	int64_t distance;

	if ((p->flags & TCP_SYN) != 0) {
		if (s->open)
			return p->seq != s->isn;
		return peer->open && ((p->flags & TCP_ACK) == 0 || p->ack != peer->isn + 1);
	}
	if (c->list != &t->closing || !s->open || p->payload.n == 0)
		return false;
	distance = (int64_t)(stream_offset(s, p->seq) - s->next);
	return distance > REUSE_DISTANCE || distance < -REUSE_DISTANCE;
}

/* Learn from `p` where the streams begin and who the client is. */
static void
conn_learn(struct conn *c, int side, const struct packet *p)
{
	struct stream *s = &c->stream[side], *peer = &c->stream[!side];
	bool ack = (p->flags & TCP_ACK) != 0;

	if ((p->flags & TCP_RST) != 0)
		return;
	if ((p->flags & TCP_SYN) != 0) {
		if (c->client < 0)
			c->client = ack ? !side : side;
		if (!s->open || (!s->syn && c->state == CONN_UNDECIDED && s->next == STREAM_BASE))
			stream_open(s, p->seq + 1, true);
		if (ack && !peer->open)
			stream_open(peer, p->ack, true);
		return;
	}
	if (!s->open)
		stream_open(s, p->seq, false);
	/* The handshake's last segment stands in for a SYN and ACK that was not captured. */
	if (ack && !peer->open && s->syn && p->seq == s->isn + 1 && p->payload.n == 0)
		stream_open(peer, p->ack, true);
}

/* One byte before what comes next, or nothing: RFC 9293 3.8.4. Its content is garbage. */
static bool
is_keep_alive(const struct stream *s, const struct packet *p)
{
	return p->payload.n + p->cut == 1 && p->seq == s->next_seq - 1;
}

/* The payload as one or two segments: what was captured, and what was cut off. Returns how many. */
static size_t
segments_of(const struct packet *p, struct stream_segment seg[2])
{
	uint32_t seq = p->seq + ((p->flags & TCP_SYN) != 0);
	size_t n = 0;

	if (p->payload.n > 0)
		seg[n++] = (struct stream_segment){.seq = seq,
						   .data = p->payload.p,
						   .n = p->payload.n,
						   .t = p->t,
						   .frame = p->frame,
						   .start = true};
	if (p->cut > 0)
		seg[n++] = (struct stream_segment){.seq = seq + (uint32_t)p->payload.n,
						   .n = p->cut,
						   .t = p->t,
						   .frame = p->frame};
	return n;
}

static void
note_fin(struct stream *s, const struct packet *p)
{
	if ((p->flags & TCP_FIN) != 0 && s->open)
		stream_fin_note(
			s, p->seq + ((p->flags & TCP_SYN) != 0) + (uint32_t)p->payload.n + p->cut,
			p->t, p->frame);
}

/* An end resets. What is held is all that will come; late segments of the other end are still
 * taken. */
static int
smb_reset(struct tcp *t, struct conn *c, int side, const struct packet *p)
{
	struct cap_event e = {.kind = CAP_RST,
			      .conn = &c->cap,
			      .dir = c->stream[side].framing.dir,
			      .t = p->t,
			      .frame = p->frame};
	int r;

	if (c->stream[side].rst)
		return 0;
	c->stream[side].rst = true;
	r = conn_flush(t, c, true);
	return r != 0 ? r : t->sink->event(t->sink->ctx, &e);
}

/* A packet of a connection that speaks SMB. */
static int
smb_packet(struct tcp *t, struct conn *c, int side, const struct packet *p)
{
	struct stream *s = &c->stream[side], *peer = &c->stream[!side];
	struct stream_segment seg[2];
	size_t n;
	int r = 0;

	if ((p->flags & TCP_ACK) != 0 && peer->open && (peer->head != NULL || peer->fin) &&
	    (p->flags & TCP_RST) == 0)
		r = stream_ack(&t->shared, peer, p->ack);
	if (s->open && !is_keep_alive(s, p)) {
		n = segments_of(p, seg);
		for (size_t i = 0; i < n && r == 0; i++)
			r = stream_add(&t->shared, s, &seg[i]);
	}
	if (r == 0 && (p->flags & TCP_FIN) != 0) {
		note_fin(s, p);
		r = stream_fin_check(&t->shared, s, false);
	}
	if (r == 0 && (p->flags & TCP_RST) != 0)
		r = smb_reset(t, c, side, p);
	if (c->list == &t->smb && ((s->fin_done && peer->fin_done) || s->rst || peer->rst)) {
		c->t_closed = p->t;
		list_move(c, &t->closing);
	}
	return r;
}

static bool
has_port(const struct conn *c, uint16_t port)
{
	return c->end[0].port == port || c->end[1].port == port;
}

/* What the first bytes of a stream say. */
static enum verdict
judge_start(const struct conn *c, struct slice s)
{
	if (s.n >= FRAMING_HEADER && s.p[0] == 0x81 && has_port(c, 139) &&
	    wire_be(s.p + 1, 3) <= 1024)
		return VERDICT_SMB; /* a session request: RFC 1002 4.3.2 */
	if (s.n >= FRAMING_PROBE)
		return framing_plausible(s) ? VERDICT_SMB : VERDICT_OTHER;
	return VERDICT_WAIT;
}

/* What a segment's bytes say where the start of the stream is not at hand. */
static enum verdict
judge_middle(struct slice s)
{
	return framing_find(s) < s.n ? VERDICT_SMB : VERDICT_WAIT;
}

/* Who sent the message at the start of `s`, which end[side] did? MS-SMB2 2.2.1.1 SERVER_TO_REDIR,
 * MS-CIFS 2.2.3.1 REPLY; else by port. */
static int
guess_client(const struct conn *c, int side, struct slice s)
{
	size_t at = framing_find(s);

	s = slice_sub(s, at, s.n - at);
	if (s.n >= 24 && s.p[4] == 0xFE)
		return (s.p[20] & 1) != 0 ? !side : side;
	if (s.n >= 14 && s.p[4] == 0xFF)
		return (s.p[13] & 0x80) != 0 ? !side : side;
	return c->end[side].port == 445 || c->end[side].port == 139 ? !side : side;
}

static struct cap_addr
addr_of(const struct packet_end *e)
{
	struct cap_addr a = {.family = (uint8_t)e->family, .port = e->port};

	memcpy(a.ip, e->ip, sizeof(a.ip));
	return a;
}

static bool
is_selected(const struct tcp *t, const struct conn *c)
{
	if (t->port != 0 && c->end[!c->client].port != t->port)
		return false;
	return !t->by_client ||
	       (c->end[c->client].family == t->client.family &&
		memcmp(c->end[c->client].ip, t->client.ip, sizeof(t->client.ip)) == 0);
}

static void
become_other(struct tcp *t, struct conn *c)
{
	c->state = CONN_OTHER;
	t->totals->other_tcp += c->packets;
	for (int i = 0; i < 2; i++)
		while (c->stream[i].head != NULL)
			(void)stream_drop(&t->shared, &c->stream[i]);
}

/* The connection speaks SMB: announce it and deliver what was held of it. */
static int
become_smb(struct tcp *t, struct conn *c)
{
	struct cap_event e = {.kind = CAP_CONNECT,
			      .conn = &c->cap,
			      .dir = CAP_C2S,
			      .t = c->t_first,
			      .frame = c->frame_first};
	int r;

	c->state = CONN_SMB;
	list_move(c, &t->smb);
	c->cap.id = t->next_id++;
	c->cap.client = addr_of(&c->end[c->client]);
	c->cap.server = addr_of(&c->end[!c->client]);
	c->cap.syn_seen = c->stream[c->client].syn;
	for (int i = 0; i < 2; i++) {
		c->stream[i].framing.conn = &c->cap;
		c->stream[i].framing.dir = i == c->client ? CAP_C2S : CAP_S2C;
	}
	t->totals->connections++;
	t->totals->stream_bytes += c->dropped;
	t->totals->junk_bytes += c->dropped;
	r = list_trim(t, &t->smb, TCP_SMB_MAX);
	if (r == 0)
		r = t->sink->event(t->sink->ctx, &e);
	return r != 0 ? r : conn_flush(t, c, false);
}

/* Too much was held without a sign of SMB. In the middle of a connection on its port a long message
 * may just be passing. */
static enum verdict
undecided_trim(struct tcp *t, struct conn *c, struct stream *s)
{
	bool patient = !c->stream[0].syn && !c->stream[1].syn &&
		       (has_port(c, 445) || has_port(c, 139) || t->port != 0);

	while (s->pieces > UNDECIDED_PIECES || s->held > UNDECIDED_HELD) {
		if (!patient)
			return VERDICT_OTHER;
		c->dropped += stream_drop(&t->shared, s);
	}
	return VERDICT_WAIT;
}

/* Hold a payload that did not say enough by itself, and judge by all that is held. */
static int
undecided_hold(struct tcp *t, struct conn *c, int side, const struct packet *p, enum verdict *v)
{
	struct stream *s = &c->stream[side];
	struct stream_segment seg[2];
	uint8_t start[START_PROBE];
	struct slice held;
	size_t n = segments_of(p, seg);
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++)
		r = stream_hold(&t->shared, s, &seg[i]);
	if (r != 0)
		return r;
	held = slice_of(start, stream_peek(s, start, sizeof(start)));
	if (s->syn)
		*v = judge_start(c, held);
	if (*v == VERDICT_SMB && c->client < 0)
		c->client = guess_client(c, side, held);
	if (*v == VERDICT_WAIT)
		*v = undecided_trim(t, c, s);
	return 0;
}

/* A payload of a connection of which it is not known yet whether it speaks SMB. */
static int
undecided_payload(struct tcp *t, struct conn *c, int side, const struct packet *p, enum verdict *v)
{
	struct stream *s = &c->stream[side];
	uint64_t off = stream_offset(s, p->seq + ((p->flags & TCP_SYN) != 0));

	if (!s->syn && off < s->next && s->next - off < UNDECIDED_HELD && c->dropped == 0 &&
	    !is_keep_alive(s, p))
		stream_rewind(s, p->seq);
	if (s->syn && off == s->next && s->head == NULL)
		*v = judge_start(c, p->payload);
	else
		*v = judge_middle(p->payload);
	if (*v == VERDICT_SMB && c->client < 0)
		c->client = guess_client(c, side, p->payload);
	return *v == VERDICT_WAIT ? undecided_hold(t, c, side, p, v) : 0;
}

static int
undecided_packet(struct tcp *t, struct conn *c, int side, const struct packet *p)
{
	enum verdict v = VERDICT_WAIT;
	int r = 0;

	c->packets++;
	if (p->payload.n + p->cut > 0 && c->stream[side].open &&
	    !is_keep_alive(&c->stream[side], p))
		r = undecided_payload(t, c, side, p, &v);
	if (r == 0 && v == VERDICT_SMB && !is_selected(t, c))
		v = VERDICT_OTHER;
	if (r != 0)
		return r;
	switch (v) {
	case VERDICT_WAIT:
		note_fin(&c->stream[side], p);
		break;
	case VERDICT_SMB:
		r = become_smb(t, c);
		return r != 0 ? r : smb_packet(t, c, side, p);
	case VERDICT_OTHER:
		become_other(t, c);
		break;
	}
	return 0;
}

int
tcp_packet(struct tcp *t, const struct packet *p)
{
	struct conn *c;
	int side = 0, r;

	if (t->port != 0 && p->src.port != t->port && p->dst.port != t->port) {
		t->totals->other_tcp++;
		return 0;
	}
	if ((r = expire(t, p->t)) != 0)
		return r;
	c = conn_find(t, p, &side);
	if (c != NULL && is_reuse(t, c, side, p)) {
		if ((r = conn_close(t, c)) != 0)
			return r;
		c = NULL;
		side = 0;
	}
	if (c == NULL) {
		if ((r = list_trim(t, &t->others, TCP_OTHERS_MAX)) != 0)
			return r;
		if ((c = conn_new(t, p)) == NULL)
			return ERR_NOMEM;
	}
	c->used = true;
	conn_learn(c, side, p);
	switch (c->state) {
	case CONN_SMB:
		return smb_packet(t, c, side, p);
	case CONN_UNDECIDED:
		return undecided_packet(t, c, side, p);
	case CONN_OTHER:
		t->totals->other_tcp++;
		break;
	}
	return 0;
}

int
tcp_new(struct tcp **out, const struct cap_options *opt, const struct cap_sink *sink,
	struct cap_totals *totals, struct err *e)
{
	struct tcp *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	t->sink = t->shared.out.sink = sink;
	t->totals = t->shared.out.totals = totals;
	t->port = opt->port;
	t->by_client = opt->client != NULL;
	if (t->by_client && inet_pton(AF_INET, opt->client, t->client.ip) == 1) {
		t->client.family = AF_INET;
	} else if (t->by_client && inet_pton(AF_INET6, opt->client, t->client.ip) == 1) {
		t->client.family = AF_INET6;
	} else if (t->by_client) {
		free(t);
		return err_set(e, ERR_USAGE,
			       "client address '%s' is not a valid IPv4 or IPv6 address",
			       opt->client);
	}
	*out = t;
	return 0;
}

int
tcp_end(struct tcp *t)
{
	struct conn_list *lists[] = {&t->closing, &t->smb, &t->others};
	int r = 0;

	for (size_t i = 0; i < 3; i++)
		while (r == 0 && lists[i]->oldest != NULL)
			r = conn_close(t, lists[i]->oldest);
	return r;
}

void
tcp_free(struct tcp *t)
{
	struct conn_list *lists[3];

	if (t == NULL)
		return;
	lists[0] = &t->closing;
	lists[1] = &t->smb;
	lists[2] = &t->others;
	for (size_t i = 0; i < 3; i++)
		while (lists[i]->oldest != NULL)
			conn_free(t, lists[i]->oldest);
	buf_free(&t->shared.out.spare);
	free(t);
}
