/* Reads capture files, merged by time, into the TCP engine. */
#include "config.h"

#include "compile/capture.h"
#include "compile/pcapfile.h"
#include "compile/tcp.h"

#include <inttypes.h>
#include <stdlib.h>

#define PROGRESS_PACKETS 4096u

/* One input of the merge. */
struct source {
	struct cap_input *given;
	struct input *in;
	struct pcapfile *file;
	bool ready; /* `head` is its next packet */
	struct packet_raw head;
};

struct capture {
	struct source *sources;
	size_t n;
	const struct cap_options *opt;
	struct cap_totals *totals;
	struct frag_table frags;
	struct tcp *tcp;
	uint64_t frame;
	int damage; /* the first failure of an input; the others are read on */
	struct err *e;
};

/* Have the source's next packet, if there is one. A damaged source ends there. */
static void
source_advance(struct capture *c, struct source *s)
{
	int r = pcapfile_next(s->file, &s->head, c->damage == 0 ? c->e : NULL);

	s->ready = r == 0;
	if (r != 0 && r != ERR_END && c->damage == 0)
		c->damage = r;
}

static int
sources_open(struct capture *c, struct cap_input *inputs)
{
	struct source *s;
	int r;

	for (size_t i = 0; i < c->n; i++) {
		s = &c->sources[i];
		s->given = &inputs[i];
		if ((r = input_open(&s->in, inputs[i].path, c->e)) != 0)
			return r;
	}
	for (size_t i = 0; i < c->n; i++) {
		s = &c->sources[i];
		r = pcapfile_open(&s->file, s->in, inputs[i].path, c->e);
		if (r != 0)
			return r;
		source_advance(c, s);
	}
	return 0;
}

/* The source whose packet is the earliest; of equals, the one named first. NULL at the end. */
static struct source *
sources_earliest(struct capture *c)
{
	struct source *best = NULL;

	for (size_t i = 0; i < c->n; i++) {
		struct source *s = &c->sources[i];

		if (s->ready && (best == NULL || s->head.t < best->head.t))
			best = s;
	}
	return best;
}

static void
progress(const struct capture *c)
{
	uint64_t done = 0, total = 0, d, t;
	bool known = true;

	for (size_t i = 0; i < c->n; i++) {
		input_progress(c->sources[i].in, &d, &t);
		done += d;
		total += t;
		known = known && t > 0;
	}
	c->opt->progress(c->opt->progress_ctx, done, known ? total : 0);
}

static int
packet_take(struct capture *c, const struct packet_raw *raw)
{
	struct cap_totals *totals = c->totals;
	struct packet p;

	totals->packets++;
	totals->packet_bytes += raw->bytes.n;
	switch (packet_decode(&c->frags, raw, &p)) {
	case PACKET_TCP:
		totals->snaplen_cut += p.cut > 0;
		return tcp_packet(c->tcp, &p);
	case PACKET_NOT_IP:
		totals->not_ip++;
		break;
	case PACKET_NOT_TCP:
		totals->not_tcp++;
		break;
	case PACKET_BAD:
		totals->bad_packets++;
		break;
	case PACKET_FRAGMENT:
		break;
	}
	return 0;
}

static int
packets_all(struct capture *c)
{
	const struct cap_options *opt = c->opt;
	struct source *s;
	int r = 0;

	while (r == 0 && (s = sources_earliest(c)) != NULL) {
		s->head.frame = ++c->frame;
		if (s->head.t >= opt->from && (opt->to == 0 || s->head.t <= opt->to))
			r = packet_take(c, &s->head);
		if (opt->progress != NULL && c->frame % PROGRESS_PACKETS == 0)
			progress(c);
		if (r == 0)
			source_advance(c, s);
	}
	return r;
}

static int
capture_run(struct capture *c, struct cap_input *inputs, const struct cap_sink *sink)
{
	int r;

	if ((r = tcp_new(&c->tcp, c->opt, sink, c->totals, c->e)) != 0 ||
	    (r = sources_open(c, inputs)) != 0)
		return r;
	if ((r = packets_all(c)) == 0)
		r = tcp_end(c->tcp);
	if (r != 0)
		return err_set(c->e, r, "at frame %" PRIu64 ": %s", c->frame, err_str(r));
	return c->damage;
}

int
capture_read(struct cap_input *inputs, size_t n, const struct cap_options *opt,
	     const struct cap_sink *sink, struct cap_totals *totals, struct err *e)
{
	struct capture c = {.n = n, .opt = opt, .totals = totals, .e = e};
	int r;

	memset(totals, 0, sizeof(*totals));
	c.sources = calloc(n > 0 ? n : 1, sizeof(*c.sources));
	if (c.sources == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	r = capture_run(&c, inputs, sink);
	tcp_free(c.tcp);
	frag_end(&c.frags);
	totals->fragments_lost = c.frags.lost;
	for (size_t i = 0; i < n; i++) {
		pcapfile_close(c.sources[i].file);
		input_close(c.sources[i].in, &inputs[i]);
	}
	free(c.sources);
	return r;
}
