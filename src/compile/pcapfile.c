/* Tells the formats of capture files apart; reads classic pcap. */
#include "config.h"

#include "compile/pcapfile.h"

#include <pcap/pcap.h>

#include <inttypes.h>
#include <stdlib.h>

#define FILE_HEADER 24
#define PACKET_HEADER 16
#define KUZNETZOV_HEADER 24
#define MAGIC_NANO 0xA1B23C4D
#define MAGIC_KUZNETZOV 0xA1B2CD34
#define LINK_MASK 0x03FFFFFFu /* above it stands the length of a checksum behind frames */

struct pcapfile {
	const struct pcapfile_format *format;
	void *state;
	struct input *in;
};

struct classic {
	struct input *in;
	const char *name; /* borrowed */
	bool big, nano;
	uint8_t head; /* bytes before each packet */
	uint32_t link;
	uint64_t packets;
	struct buf scratch;
};

static uint64_t
get(const struct classic *c, const uint8_t *p, size_t width)
{
	return c->big ? wire_be(p, width) : wire_le(p, width);
}

static int
fail(const struct classic *c, int code, const char *what, struct err *e)
{
	return err_set(e, code, "%s: after packet %" PRIu64 ": %s", c->name, c->packets, what);
}

/* The file's header (draft-ietf-opsawg-pcap 4); Kuznetzov's variant has longer ones before packets.
 */
static int
classic_header(struct classic *c, struct err *e)
{
	uint8_t head[FILE_HEADER] = {0};
	const char *link;
	uint64_t magic;

	if (input_read(c->in, head, sizeof(head)) != sizeof(head))
		return err_set(e, ERR_TRUNCATED, "%s: the file ends inside of its header", c->name);
	c->big = head[0] == 0xA1;
	magic = get(c, head, 4);
	c->nano = magic == MAGIC_NANO;
	c->head = magic == MAGIC_KUZNETZOV ? KUZNETZOV_HEADER : PACKET_HEADER;
	if (get(c, head + 4, 2) != 2)
		return err_set(e, ERR_UNSUPPORTED, "%s: a version other than 2", c->name);
	c->link = (uint32_t)get(c, head + 20, 4) & LINK_MASK;
	if (packet_link_known(c->link))
		return 0;
	link = pcap_datalink_val_to_name((int)c->link);
	return err_set(e, ERR_UNSUPPORTED, "%s: link type %" PRIu32 " (%s) is not supported",
		       c->name, c->link, link != NULL ? link : "unknown");
}

static int
classic_open(void **state, struct input *in, const char *name, struct err *e)
{
	struct classic *c = calloc(1, sizeof(*c));
	int r;

	if (c == NULL)
		return err_set(e, ERR_NOMEM, "%s: out of memory", name);
	c->in = in;
	c->name = name;
	r = classic_header(c, e);
	if (r != 0)
		free(c);
	else
		*state = c;
	return r;
}

static int
classic_next(void *state, struct packet_raw *out, struct err *e)
{
	struct classic *c = state;
	struct slice head = input_take(c->in, c->head, &c->scratch);
	uint32_t n;

	if (head.n == 0 && c->scratch.err == 0)
		return ERR_END;
	if (head.n < c->head)
		return fail(c, c->scratch.err != 0 ? c->scratch.err : ERR_TRUNCATED,
			    "the file ends inside of a packet", e);
	n = (uint32_t)get(c, head.p + 8, 4);
	if (n > PCAPFILE_PACKET_MAX)
		return fail(c, ERR_MALFORMED, "the next one has an impossible length", e);
	out->t = get(c, head.p, 4) * 1000000000u + get(c, head.p + 4, 4) * (c->nano ? 1 : 1000);
	out->link = c->link;
	out->wire_len = (uint32_t)get(c, head.p + 12, 4);
	out->bytes = input_take(c->in, n, &c->scratch);
	if (out->bytes.n < n)
		return fail(c, c->scratch.err != 0 ? c->scratch.err : ERR_TRUNCATED,
			    "the file ends inside of a packet", e);
	c->packets++;
	return 0;
}

static void
classic_close(void *state)
{
	struct classic *c = state;

	buf_free(&c->scratch);
	free(c);
}

static const struct pcapfile_format pcapfile_classic = {classic_open, classic_next, classic_close};

/* The format that a file's first bytes announce; NULL for none that is known. */
static const struct pcapfile_format *
format_find(struct slice s)
{
	if (s.n < 4)
		return NULL;
	switch (wire_be(s.p, 4)) {
	case 0xA1B2C3D4: /* microseconds */
	case 0xD4C3B2A1:
	case 0xA1B23C4D: /* nanoseconds */
	case 0x4D3CB2A1:
	case 0xA1B2CD34: /* Kuznetzov's variant */
	case 0x34CDB2A1:
		return &pcapfile_classic;
	case 0x0A0D0D0A:
		return &pcapfile_ng;
	case 0x474D4255: /* "GMBU" */
		return &pcapfile_netmon;
	default:
		return NULL;
	}
}

int
pcapfile_open(struct pcapfile **out, struct input *in, const char *name, struct err *e)
{
	struct slice magic = input_peek(in, 4);
	struct pcapfile *pf;
	int r;

	if (magic.n < 4 && (r = input_failure(in, e)) != 0)
		return r;
	if (magic.n < 4)
		return err_set(e, ERR_TRUNCATED, "%s: %s", name,
			       magic.n == 0 ? "empty file" : "too short for a capture file");
	if ((pf = calloc(1, sizeof(*pf))) == NULL)
		return err_set(e, ERR_NOMEM, "%s: out of memory", name);
	pf->in = in;
	pf->format = format_find(magic);
	if (pf->format == NULL)
		r = err_set(e, ERR_UNSUPPORTED,
			    "%s: not a capture file of a known format (pcap, pcapng, Network "
			    "Monitor 2)",
			    name);
	else
		r = pf->format->open(&pf->state, in, name, e);
	if (r != 0) {
		free(pf);
		return r;
	}
	*out = pf;
	return 0;
}

int
pcapfile_next(struct pcapfile *pf, struct packet_raw *out, struct err *e)
{
	struct err format_error = {0};
	int r = pf->format->next(pf->state, out, &format_error), failure;

	if (r == 0)
		return 0;
	/* Where the bytes ended early the reason lies below the format. */
	if ((failure = input_failure(pf->in, e)) != 0)
		return failure;
	return r == ERR_END ? r : err_set(e, r, "%s", err_text(&format_error));
}

void
pcapfile_close(struct pcapfile *pf)
{
	if (pf == NULL)
		return;
	pf->format->close(pf->state);
	free(pf);
}
