/* Builds packets and capture files for tests. */
#include "config.h"

#include "tests/pcap_build.h"

#include <zlib.h>
#include <zstd.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

struct build_segment
build_c2s(uint32_t seq, uint32_t ack, uint8_t flags, struct slice payload)
{
	return (struct build_segment){.src = BUILD_CLIENT,
				      .dst = BUILD_SERVER,
				      .sport = 40000,
				      .dport = 445,
				      .seq = seq,
				      .ack = ack,
				      .flags = flags,
				      .payload = payload};
}

struct build_segment
build_s2c(uint32_t seq, uint32_t ack, uint8_t flags, struct slice payload)
{
	return (struct build_segment){.src = BUILD_SERVER,
				      .dst = BUILD_CLIENT,
				      .sport = 445,
				      .dport = 40000,
				      .seq = seq,
				      .ack = ack,
				      .flags = flags,
				      .payload = payload};
}

void
build_smb2(struct buf *out, unsigned command, bool response, uint64_t message_id, size_t body)
{
	buf_be(out, 4, 64 + body);
	buf_add(out, "\xFESMB", 4);
	buf_le(out, 2, 64);
	buf_le(out, 2, 1);
	buf_le(out, 4, 0);
	buf_le(out, 2, command);
	buf_le(out, 2, 1);
	buf_le(out, 4, response);
	buf_le(out, 4, 0);
	buf_le(out, 8, message_id);
	buf_zero(out, 32);
	for (size_t i = 0; i < body; i++)
		buf_le(out, 1, (message_id * 31 + i * 7 + i / 251) & 0xFF);
}

void
build_tcp(struct buf *out, const struct build_segment *s)
{
	buf_be(out, 2, s->sport);
	buf_be(out, 2, s->dport);
	buf_be(out, 4, s->seq);
	buf_be(out, 4, s->ack);
	buf_be(out, 1, 0x50);
	buf_be(out, 1, s->flags);
	buf_be(out, 2, 512);
	buf_be(out, 4, 0);
	buf_add(out, s->payload.p, s->payload.n);
}

static void
ipv6_address(struct buf *out, uint32_t low)
{
	buf_be(out, 4, 0xFD000000);
	buf_be(out, 8, 0);
	buf_be(out, 4, low);
}

static void
ipv6_header(struct buf *out, const struct build_segment *s, uint8_t next, size_t payload)
{
	buf_be(out, 4, 0x60000000);
	buf_be(out, 2, payload);
	buf_be(out, 1, next);
	buf_be(out, 1, 64);
	ipv6_address(out, s->src);
	ipv6_address(out, s->dst);
}

static void
ipv4_header(struct buf *out, const struct build_segment *s, uint16_t frag, size_t payload)
{
	buf_be(out, 2, 0x4500);
	buf_be(out, 2, 20 + payload);
	buf_be(out, 2, 0x1234);
	buf_be(out, 2, frag);
	buf_be(out, 2, 0x4006);
	buf_be(out, 2, 0);
	buf_be(out, 4, s->src);
	buf_be(out, 4, s->dst);
}

void
build_ip(struct buf *out, const struct build_segment *s)
{
	if (s->v6)
		ipv6_header(out, s, 6, 20 + s->payload.n);
	else
		ipv4_header(out, s, 0, 20 + s->payload.n);
	build_tcp(out, s);
}

void
build_fragment(struct buf *out, const struct build_segment *s, size_t off, size_t n)
{
	struct buf whole = {0};
	bool more;

	build_tcp(&whole, s);
	more = off + n < whole.n;
	if (s->v6) {
		ipv6_header(out, s, 44, 8 + n);
		buf_be(out, 2, 0x0600);
		buf_be(out, 2, off | more);
		buf_be(out, 4, 0x77);
	} else {
		ipv4_header(out, s, (uint16_t)(off / 8 | (more ? 0x2000 : 0)), n);
	}
	buf_add(out, whole.p + off, n);
	buf_free(&whole);
}

void
build_link(struct buf *out, uint32_t link, unsigned vlans, struct slice ip)
{
	bool v6 = ip.p[0] >> 4 == 6;
	uint16_t type = v6 ? 0x86DD : 0x0800;

	switch (link) {
	case 1:
		buf_zero(out, 12);
		for (unsigned i = 0; i < vlans; i++)
			buf_be(out, 4, (i == 0 ? 0x88A8u : 0x8100u) << 16 | (100 + i));
		buf_be(out, 2, type);
		break;
	case 113:
		buf_zero(out, 14);
		buf_be(out, 2, type);
		break;
	case 276:
		buf_be(out, 2, type);
		buf_zero(out, 18);
		break;
	case 0:
		buf_le(out, 4, v6 ? 30 : 2);
		break;
	case 108:
		buf_be(out, 4, v6 ? 24 : 2);
		break;
	default:
		break;
	}
	buf_add(out, ip.p, ip.n);
}

void
build_int(struct buf *out, bool big, size_t width, uint64_t v)
{
	if (big)
		buf_be(out, width, v);
	else
		buf_le(out, width, v);
}

void
build_pcap_header(struct buf *out, const struct build_pcap *f)
{
	build_int(out, f->big, 4, f->nano ? 0xA1B23C4D : 0xA1B2C3D4);
	build_int(out, f->big, 2, 2);
	build_int(out, f->big, 2, 4);
	build_int(out, f->big, 8, 0);
	build_int(out, f->big, 4, 262144);
	build_int(out, f->big, 4, f->link);
}

void
build_pcap_packet(struct buf *out, const struct build_pcap *f, uint64_t t, struct slice frame,
		  size_t captured)
{
	build_int(out, f->big, 4, t / 1000000000u);
	build_int(out, f->big, 4, t % 1000000000u / (f->nano ? 1 : 1000));
	build_int(out, f->big, 4, captured);
	build_int(out, f->big, 4, frame.n);
	buf_add(out, frame.p, captured);
}

/* A block around `body`, padded. */
static void
ng_block(struct buf *out, bool big, uint32_t type, struct buf *body)
{
	buf_zero(body, (4 - body->n % 4) % 4);
	build_int(out, big, 4, type);
	build_int(out, big, 4, body->n + 12);
	buf_add(out, body->p, body->n);
	build_int(out, big, 4, body->n + 12);
	buf_free(body);
}

void
build_ng_section(struct buf *out, bool big)
{
	struct buf b = {0};

	build_int(&b, big, 4, 0x1A2B3C4D);
	build_int(&b, big, 2, 1);
	build_int(&b, big, 2, 0);
	build_int(&b, big, 8, UINT64_MAX);
	ng_block(out, big, 0x0A0D0D0A, &b);
}

void
build_ng_interface(struct buf *out, bool big, uint16_t link, uint32_t snaplen, int tsresol)
{
	struct buf b = {0};

	build_int(&b, big, 2, link);
	build_int(&b, big, 2, 0);
	build_int(&b, big, 4, snaplen);
	if (tsresol >= 0) {
		build_int(&b, big, 2, 2); /* if_name, so that an option is stepped over */
		build_int(&b, big, 2, 3);
		buf_add(&b, "lo0", 4);
		build_int(&b, big, 2, 9);
		build_int(&b, big, 2, 1);
		build_int(&b, big, 1, (uint64_t)tsresol);
		buf_zero(&b, 3);
		build_int(&b, big, 4, 0);
	}
	ng_block(out, big, 1, &b);
}

void
build_ng_enhanced(struct buf *out, bool big, uint32_t interface, uint64_t units, struct slice frame)
{
	struct buf b = {0};

	build_int(&b, big, 4, interface);
	build_int(&b, big, 4, units >> 32);
	build_int(&b, big, 4, units);
	build_int(&b, big, 4, frame.n);
	build_int(&b, big, 4, frame.n);
	buf_add(&b, frame.p, frame.n);
	ng_block(out, big, 6, &b);
}

void
build_ng_obsolete(struct buf *out, bool big, uint16_t interface, uint64_t units, struct slice frame)
{
	struct buf b = {0};

	build_int(&b, big, 2, interface);
	build_int(&b, big, 2, 0xFFFF);
	build_int(&b, big, 4, units >> 32);
	build_int(&b, big, 4, units);
	build_int(&b, big, 4, frame.n);
	build_int(&b, big, 4, frame.n);
	buf_add(&b, frame.p, frame.n);
	ng_block(out, big, 2, &b);
}

void
build_ng_simple(struct buf *out, bool big, struct slice frame, size_t captured)
{
	struct buf b = {0};

	build_int(&b, big, 4, frame.n);
	buf_add(&b, frame.p, captured);
	ng_block(out, big, 3, &b);
}

void
build_ng_other(struct buf *out, bool big, uint32_t type, size_t body)
{
	struct buf b = {0};

	buf_zero(&b, body);
	ng_block(out, big, type, &b);
}

void
build_gzip(struct buf *out, struct slice in)
{
	z_stream z = {0};
	size_t room = compressBound(in.n) + 64;
	uint8_t *to = buf_reserve(out, room);

	if (to == NULL || deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		abort();
	z.next_in = (Bytef *)(uintptr_t)in.p;
	z.avail_in = (uInt)in.n;
	z.next_out = to;
	z.avail_out = (uInt)room;
	if (deflate(&z, Z_FINISH) != Z_STREAM_END)
		abort();
	out->n += room - z.avail_out;
	(void)deflateEnd(&z);
}

void
build_zstd(struct buf *out, struct slice in)
{
	size_t room = ZSTD_compressBound(in.n), n;
	uint8_t *to = buf_reserve(out, room);

	if (to == NULL)
		abort();
	n = ZSTD_compress(to, room, in.p, in.n, 3);
	if (ZSTD_isError(n))
		abort();
	out->n += n;
}

void
build_file(char *path, struct slice content)
{
	const char *dir = getenv("TMPDIR");
	int fd;

	if (dir == NULL || strlen(dir) > 40)
		dir = "/tmp";
	(void)snprintf(path, 64, "%.40s/smbench-XXXXXX", dir);
	fd = mkstemp(path);
	if (fd < 0 || write(fd, content.p, content.n) != (ssize_t)content.n)
		abort();
	(void)close(fd);
}

/* FNV-1a. */
static uint64_t
digest(struct slice s)
{
	uint64_t h = 0xCBF29CE484222325u;

	for (size_t i = 0; i < s.n; i++)
		h = (h ^ s.p[i]) * 0x100000001B3u;
	return h;
}

static int
collect_message(void *ctx, const struct cap_message *m)
{
	struct collect *c = ctx;

	c->n++;
	if (c->n == c->fail_at)
		return ERR_USAGE;
	c->bytes += m->bytes.n;
	c->cuts = m->n_cuts;
	buf_printf(&c->messages, "c%u %c n=%zu h=%016" PRIx64 "\n", m->conn->id,
		   m->dir == CAP_C2S ? '>' : '<', m->bytes.n, digest(m->bytes));
	buf_printf(&c->text,
		   "c%u %c message n=%zu f=%" PRIu64 "-%" PRIu64 " t=%" PRIu64 "-%" PRIu64 "%s",
		   m->conn->id, m->dir == CAP_C2S ? '>' : '<', m->bytes.n, m->frame_first,
		   m->frame_last, m->t_first, m->t_last, m->at_segment_start ? " start" : "");
	for (size_t i = 0; i < m->n_cuts; i++)
		buf_printf(&c->text, " %u@%" PRIu64, m->cuts[i].offset, m->cuts[i].frame);
	buf_printf(&c->text, "\n");
	return 0;
}

static int
collect_event(void *ctx, const struct cap_event *e)
{
	static const char *const names[] = {"connect", "fin", "rst", "gap", "junk"};
	struct collect *c = ctx;

	c->bytes += e->bytes.n;
	buf_printf(&c->text, "c%u %c %s f=%" PRIu64, e->conn->id, e->dir == CAP_C2S ? '>' : '<',
		   names[e->kind], e->frame);
	if (e->kind == CAP_CONNECT)
		buf_printf(&c->text, " %u>%u%s", e->conn->client.port, e->conn->server.port,
			   e->conn->syn_seen ? " syn" : "");
	if (e->kind == CAP_GAP)
		buf_printf(&c->text, " lost=%" PRIu64, e->lost);
	if (e->bytes.n > 0)
		buf_printf(&c->text, " n=%zu", e->bytes.n);
	buf_printf(&c->text, "\n");
	return 0;
}

static void
collect_close(void *ctx, struct cap_conn *conn)
{
	struct collect *c = ctx;

	buf_printf(&c->text, "c%u close\n", conn->id);
}

void
collect_init(struct collect *c)
{
	*c = (struct collect){.sink = {.message = collect_message,
				       .event = collect_event,
				       .close = collect_close}};
	c->sink.ctx = c;
}

void
collect_free(struct collect *c)
{
	buf_free(&c->text);
	buf_free(&c->messages);
}

const char *
collect_text(struct buf *b)
{
	buf_zero(b, 1);
	b->n--;
	return (const char *)b->p;
}

struct packet
build_packet(const struct build_segment *s, uint64_t frame)
{
	struct packet p = {.t = frame * 1000,
			   .frame = frame,
			   .seq = s->seq,
			   .ack = s->ack,
			   .flags = s->flags,
			   .payload = s->payload};

	p.src.family = p.dst.family = AF_INET;
	wire_put_be(p.src.ip, 4, s->src);
	wire_put_be(p.dst.ip, 4, s->dst);
	p.src.port = s->sport;
	p.dst.port = s->dport;
	return p;
}
