/* Tells the formats of capture files apart; reads classic pcap through libpcap. */
#include "config.h"

#include "compile/pcapfile.h"

#include <pcap/pcap.h>

#include <inttypes.h>
#include <stdlib.h>

struct pcapfile {
	const struct pcapfile_format *format;
	void *state;
	struct input *in;
};

struct classic {
	pcap_t *pcap;
	FILE *stream;     /* closed with pcap */
	const char *name; /* borrowed */
	uint32_t link;
	uint64_t packets;
};

static int
classic_open(void **state, struct input *in, const char *name, struct err *e)
{
	struct classic *c = calloc(1, sizeof(*c));
	char text[PCAP_ERRBUF_SIZE] = "";
	const char *link;
	int r = ERR_NOMEM;

	if (c == NULL || (c->stream = input_stream(in)) == NULL) {
		free(c);
		return err_set(e, ERR_NOMEM, "%s: out of memory", name);
	}
	c->name = name;
	c->pcap = pcap_fopen_offline_with_tstamp_precision(c->stream, PCAP_TSTAMP_PRECISION_NANO,
							   text);
	if (c->pcap == NULL) {
		r = err_set(e, feof(c->stream) ? ERR_TRUNCATED : ERR_MALFORMED, "%s: %s", name,
			    text);
		(void)fclose(c->stream);
		free(c);
		return r;
	}
	c->link = (uint32_t)pcap_datalink(c->pcap);
	if (!packet_link_known(c->link)) {
		link = pcap_datalink_val_to_name((int)c->link);
		r = err_set(e, ERR_UNSUPPORTED, "%s: link type %" PRIu32 " (%s) is not supported",
			    name, c->link, link != NULL ? link : "unknown");
		pcap_close(c->pcap);
		free(c);
		return r;
	}
	*state = c;
	return 0;
}

static int
classic_next(void *state, struct packet_raw *out, struct err *e)
{
	struct classic *c = state;
	struct pcap_pkthdr *h;
	const u_char *data;
	int r = pcap_next_ex(c->pcap, &h, &data);

	if (r == PCAP_ERROR_BREAK)
		return ERR_END;
	if (r != 1)
		return err_set(e, feof(c->stream) ? ERR_TRUNCATED : ERR_MALFORMED,
			       "%s: after packet %" PRIu64 ": %s", c->name, c->packets,
			       pcap_geterr(c->pcap));
	c->packets++;
	out->t = (uint64_t)h->ts.tv_sec * 1000000000u + (uint64_t)h->ts.tv_usec;
	out->link = c->link;
	out->wire_len = h->len;
	out->bytes = slice_of(data, h->caplen);
	return 0;
}

static void
classic_close(void *state)
{
	struct classic *c = state;

	pcap_close(c->pcap);
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
