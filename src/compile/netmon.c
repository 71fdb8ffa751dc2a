/*
 * Reads captures of Microsoft Network Monitor 2.x (.cap): a header, the frames, then tables. The
 * frames follow each other, so that the frame table is not needed and a pipe will do. Frames of
 * Windows event tracing hold an Ethernet frame inside an event. After Microsoft's
 * CAPTUREFILE_HEADER_VALUES and the file format page of Network Monitor 3.4.
 */
#include "config.h"

#include "compile/pcapfile.h"

#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#define HEADER_2_3 72u    /* bytes of the header, where the frames begin; before 2.3 */
#define HEADER_OLD 128u   /* it was padded */
#define RECORD_HEADER 16u /* time, wire length, captured length */
#define FILETIME_1970 116444736000000000u /* 100 ns units from 1601 to 1970 */
#define NET_EVENT 0xFFE0u                 /* the frame is an event of Windows event tracing */
#define LINK_NONE UINT32_MAX

/* An event: EVENT_HEADER of evntrace.h, 9 bytes on buffers, then what the provider wrote. */
#define EVENT_PROVIDER 24u
#define EVENT_ID 40u
#define EVENT_KEYWORD 48u
#define EVENT_DATA 89u
#define NDIS_PACKET_FRAGMENT                                                                       \
	1001u /* an event of NDIS-PacketCapture: two interface indexes, a length, a frame */
#define NDIS_WHOLE_ETHERNET 0xC0000001u /* keyword bits: 802.3, first and last fragment */

struct netmon {
	struct input *in;
	const char *name; /* borrowed */
	uint8_t minor;
	uint16_t link;     /* of frames without one of their own */
	uint64_t start;    /* ns since 1970 */
	uint64_t pos, end; /* of the frames */
	struct buf packet;
};

/* Microsoft-Windows-NDIS-PacketCapture {2ED6006E-4729-4609-B423-3EE7BCD678EF} */
static const uint8_t ndis_provider[16] = {0x6E, 0x00, 0xD6, 0x2E, 0x29, 0x47, 0x09, 0x46,
					  0xB4, 0x23, 0x3E, 0xE7, 0xBC, 0xD6, 0x78, 0xEF};

static int
fail(const struct netmon *nm, int code, const char *what, struct err *e)
{
	return err_set(e, code, "%s: Network Monitor file at byte %" PRIu64 ": %s", nm->name,
		       nm->pos, what);
}

/* A SYSTEMTIME as ns since 1970; its zone is not recorded, UTC is assumed. */
static uint64_t
systemtime(const uint8_t *p)
{
	struct tm tm = {
		.tm_year = (int)wire_le(p, 2) - 1900,
		.tm_mon = (int)wire_le(p + 2, 2) - 1,
		.tm_mday = (int)wire_le(p + 6, 2),
		.tm_hour = (int)wire_le(p + 8, 2),
		.tm_min = (int)wire_le(p + 10, 2),
		.tm_sec = (int)wire_le(p + 12, 2),
	};

	return (uint64_t)timegm(&tm) * 1000000000u + wire_le(p + 14, 2) * 1000000u;
}

static int
netmon_open(void **state, struct input *in, const char *name, struct err *e)
{
	struct netmon *nm = calloc(1, sizeof(*nm));
	uint8_t head[HEADER_OLD];
	int r = 0;

	if (nm == NULL)
		return err_set(e, ERR_NOMEM, "%s: out of memory", name);
	nm->in = in;
	nm->name = name;
	if (input_read(in, head, HEADER_2_3) != HEADER_2_3) {
		r = fail(nm, ERR_TRUNCATED, "the header is not complete", e);
	} else if (head[5] != 2) {
		r = fail(nm, ERR_UNSUPPORTED, "only versions 2.x are supported", e);
	} else {
		nm->minor = head[4];
		nm->link = (uint16_t)wire_le(head + 6, 2);
		nm->start = systemtime(head + 8);
		nm->end = wire_le(head + 24, 4);
		nm->pos = nm->minor >= 3 ? HEADER_2_3 : HEADER_OLD;
		(void)input_skip(in, nm->pos - HEADER_2_3);
	}
	if (r != 0)
		free(nm);
	else
		*state = nm;
	return r;
}

/* The Ethernet frame inside an event, if it holds a whole one. */
static void
event_unwrap(struct packet_raw *out)
{
	const uint8_t *p = out->bytes.p;
	size_t n;

	out->link = LINK_NONE;
	if (out->bytes.n < EVENT_DATA + 12 || memcmp(p + EVENT_PROVIDER, ndis_provider, 16) != 0 ||
	    wire_le(p + EVENT_ID, 2) != NDIS_PACKET_FRAGMENT ||
	    (wire_le(p + EVENT_KEYWORD, 4) & NDIS_WHOLE_ETHERNET) != NDIS_WHOLE_ETHERNET)
		return;
	n = (size_t)wire_le(p + EVENT_DATA + 8, 4);
	out->link = 1;
	out->wire_len = (uint32_t)n;
	if (n > out->bytes.n - EVENT_DATA - 12)
		n = out->bytes.n - EVENT_DATA - 12;
	out->bytes = slice_of(p + EVENT_DATA + 12, n);
}

/* What stands behind a frame, by version: 2.1 its link type, 2.2 a process, 2.3 its time. */
static int
trailer(struct netmon *nm, struct packet_raw *out, struct err *e)
{
	static const uint8_t sizes[] = {0, 2, 6, 15};
	uint8_t tail[15], n = sizes[nm->minor < 3 ? nm->minor : 3];

	if (input_read(nm->in, tail, n) != n)
		return fail(nm, ERR_TRUNCATED, "the file ends inside of a frame", e);
	nm->pos += n;
	out->link = n > 0 ? (uint32_t)wire_le(tail, 2) : nm->link;
	if (n == 15)
		out->t = (wire_le(tail + 6, 8) - FILETIME_1970) * 100;
	if (out->link == NET_EVENT)
		event_unwrap(out);
	else if (out->link != 1)
		out->link = LINK_NONE;
	return 0;
}

static int
netmon_next(void *state, struct packet_raw *out, struct err *e)
{
	struct netmon *nm = state;
	uint8_t head[RECORD_HEADER], *to;
	uint32_t n;

	if (nm->pos >= nm->end)
		return ERR_END;
	if (input_read(nm->in, head, sizeof(head)) != sizeof(head))
		return fail(nm, ERR_TRUNCATED, "the file ends inside of a frame", e);
	n = (uint32_t)wire_le(head + 12, 4);
	if (n > PCAPFILE_PACKET_MAX || n > nm->end - nm->pos)
		return fail(nm, ERR_MALFORMED, "a frame is larger than the file", e);
	buf_reset(&nm->packet);
	if ((to = buf_reserve(&nm->packet, n)) == NULL)
		return fail(nm, ERR_NOMEM, "out of memory", e);
	if (input_read(nm->in, to, n) != n)
		return fail(nm, ERR_TRUNCATED, "the file ends inside of a frame", e);
	nm->pos += sizeof(head) + n;
	out->t = nm->start + wire_le(head, 8) * 1000;
	out->wire_len = (uint32_t)wire_le(head + 8, 4);
	out->bytes = slice_of(to, n);
	return trailer(nm, out, e);
}

static void
netmon_close(void *state)
{
	struct netmon *nm = state;

	buf_free(&nm->packet);
	free(nm);
}

const struct pcapfile_format pcapfile_netmon = {netmon_open, netmon_next, netmon_close};
