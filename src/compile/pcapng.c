/*
 * Reads pcapng (draft-ietf-opsawg-pcapng). libpcap's own reader refuses files whose interfaces
 * differ in link type or snap length, as those of several interfaces do, and knows neither sections
 * of another byte order nor all packet blocks.
 */
#include "config.h"

#include "compile/pcapfile.h"

#include <inttypes.h>
#include <stdlib.h>

#define INTERFACES_MAX 4096u /* in one section */
#define BLOCK_MIN 12u        /* type, and the length in front and behind */
#define SPB_HEADER 4u        /* 4.4: length on the wire */
#define EPB_HEADER                                                                                 \
	20u /* 4.3 and, in another order, the obsolete 4.5: interface, time, captured and wire     \
	       length */
#define OPTIONS_MAX 65536u /* bytes of options of an interface that are looked at */

enum block_type {
	BLOCK_SECTION = 0x0A0D0D0A, /* 4.1 */
	BLOCK_INTERFACE = 1,        /* 4.2 */
	BLOCK_OBSOLETE = 2,         /* appendix A: the obsolete packet block */
	BLOCK_SIMPLE = 3,           /* 4.4 */
	BLOCK_ENHANCED = 6,         /* 4.3 */
};

struct interface {
	uint16_t link;
	uint32_t snaplen; /* 0: no limit */
	bool binary;      /* the unit of time is 2^-resolution s, else 10^-resolution s */
	uint8_t resolution;
	int64_t offset; /* seconds to add */
};

struct ng {
	struct input *in;
	const char *name; /* borrowed */
	uint64_t pos;     /* of the block, in the unpacked file */
	bool big;         /* the section's byte order */
	struct interface interfaces[INTERFACES_MAX];
	size_t n_interfaces;
	uint64_t t; /* of the last packet; a simple packet block has no time of its own */
	struct buf packet;
};

struct block {
	uint32_t type, length;
	uint32_t left; /* bytes of its body that were not read */
};

static uint64_t
get(const struct ng *ng, const uint8_t *p, size_t width)
{
	return ng->big ? wire_be(p, width) : wire_le(p, width);
}

static int
fail(const struct ng *ng, int code, const char *what, struct err *e)
{
	return err_set(e, code, "%s: pcapng block at byte %" PRIu64 ": %s", ng->name, ng->pos,
		       what);
}

/* Read `n` bytes of the block's body. */
static int
body_read(struct ng *ng, struct block *b, void *to, uint32_t n, struct err *e)
{
	if (n > b->left)
		return fail(ng, ERR_MALFORMED, "too short for its type", e);
	b->left -= n;
	return input_read(ng->in, to, n) == n
		       ? 0
		       : fail(ng, ERR_TRUNCATED, "the file ends inside of it", e);
}

/* Step over the rest of the block and check the length behind it. */
static int
block_end(struct ng *ng, const struct block *b, struct err *e)
{
	uint8_t behind[4] = {0};

	if (input_skip(ng->in, b->left) != b->left || input_read(ng->in, behind, 4) != 4)
		return fail(ng, ERR_TRUNCATED, "the file ends inside of it", e);
	if (get(ng, behind, 4) != b->length)
		return fail(ng, ERR_MALFORMED, "the lengths in front and behind differ", e);
	ng->pos += b->length;
	return 0;
}

/* Read type and length; of a section header also the byte order, in which its length is written.
 * ERR_END at the end. */
static int
block_begin(struct ng *ng, struct block *b, struct err *e)
{
	uint8_t head[12] = {0};
	size_t n = input_read(ng->in, head, 8);

	if (n == 0)
		return ERR_END;
	if (n < 8)
		return fail(ng, ERR_TRUNCATED, "the file ends inside of it", e);
	b->type = (uint32_t)get(ng, head, 4);
	if (b->type == BLOCK_SECTION) {
		if (input_read(ng->in, head + 8, 4) != 4)
			return fail(ng, ERR_TRUNCATED, "the file ends inside of it", e);
		if (wire_be(head + 8, 4) != 0x1A2B3C4D && wire_le(head + 8, 4) != 0x1A2B3C4D)
			return fail(ng, ERR_MALFORMED, "no byte-order magic", e);
		ng->big = wire_be(head + 8, 4) == 0x1A2B3C4D;
	}
	b->length = (uint32_t)get(ng, head + 4, 4);
	n = b->type == BLOCK_SECTION ? BLOCK_MIN + 4 : BLOCK_MIN;
	if (b->length < n || b->length % 4 != 0)
		return fail(ng, ERR_MALFORMED, "impossible length", e);
	b->left = b->length - (uint32_t)n;
	return 0;
}

static int
section(struct ng *ng, struct block *b, struct err *e)
{
	uint8_t version[4] = {0};
	int r = body_read(ng, b, version, 4, e);

	ng->n_interfaces = 0;
	if (r == 0 && get(ng, version, 2) != 1)
		r = fail(ng, ERR_UNSUPPORTED, "a major version other than 1", e);
	return r;
}

/* Options 9 if_tsresol and 14 if_tsoffset (4.2). */
static int
interface_options(struct ng *ng, struct interface *f, struct slice s, struct err *e)
{
	struct wire_rd rd = wire_rd_init(s);

	while (wire_rd_left(&rd) >= 4) {
		struct slice head = wire_get_slice(&rd, 4), value;
		size_t code = (size_t)get(ng, head.p, 2), n = (size_t)get(ng, head.p + 2, 2);

		if (code == 0)
			break;
		value = wire_get_slice(&rd, n);
		(void)wire_get_slice(&rd, (4 - n % 4) % 4);
		if (rd.err != 0)
			return fail(ng, ERR_MALFORMED, "an option is longer than the block", e);
		if (code == 9 && n == 1) {
			f->binary = (value.p[0] & 0x80) != 0;
			f->resolution = value.p[0] & 0x7F;
		} else if (code == 14 && n == 8) {
			f->offset = (int64_t)get(ng, value.p, 8);
		}
	}
	if (f->resolution > (f->binary ? 63 : 19))
		return fail(ng, ERR_UNSUPPORTED, "the time resolution does not fit 64 bits", e);
	return 0;
}

static int
interface(struct ng *ng, struct block *b, struct err *e)
{
	struct interface f = {.resolution = 6};
	uint8_t head[8] = {0}, *options;
	uint32_t n;
	int r;

	if (ng->n_interfaces == INTERFACES_MAX)
		return fail(ng, ERR_LIMIT, "too many interfaces", e);
	if ((r = body_read(ng, b, head, 8, e)) != 0)
		return r;
	f.link = (uint16_t)get(ng, head, 2);
	f.snaplen = (uint32_t)get(ng, head + 4, 4);
	n = b->left < OPTIONS_MAX ? b->left : OPTIONS_MAX;
	if ((options = malloc(n > 0 ? n : 1)) == NULL)
		return fail(ng, ERR_NOMEM, "out of memory", e);
	if ((r = body_read(ng, b, options, n, e)) == 0)
		r = interface_options(ng, &f, slice_of(options, n), e);
	free(options);
	ng->interfaces[ng->n_interfaces++] = f;
	return r;
}

/* A time in the interface's units as ns since 1970. */
static uint64_t
to_ns(const struct interface *f, uint64_t units)
{
	uint64_t sec, part, scale = 1;
	unsigned bits = f->resolution;

	if (!f->binary) {
		for (unsigned i = bits; i < 9; i++)
			scale *= 10;
		units *= scale;
		scale = 1;
		for (unsigned i = bits; i > 9; i--)
			scale *= 10;
		return units / scale + (uint64_t)f->offset * 1000000000u;
	}
	sec = units >> bits;
	part = units - (sec << bits);
	if (bits > 32) {
		part >>= bits - 32;
		bits = 32;
	}
	return (sec + (uint64_t)f->offset) * 1000000000u + (part * 1000000000u >> bits);
}

/* The captured bytes at the front of what is left of the block. */
static int
packet_data(struct ng *ng, struct block *b, uint32_t n, struct packet_raw *out, struct err *e)
{
	uint8_t *to;
	int r;

	if (n > PCAPFILE_PACKET_MAX)
		return fail(ng, ERR_LIMIT, "the packet is too large", e);
	buf_reset(&ng->packet);
	if ((to = buf_reserve(&ng->packet, n)) == NULL)
		return fail(ng, ERR_NOMEM, "out of memory", e);
	if ((r = body_read(ng, b, to, n, e)) == 0)
		out->bytes = slice_of(to, n);
	return r;
}

/* An enhanced or an obsolete packet block; they differ in the width of the interface's number. */
static int
packet(struct ng *ng, struct block *b, struct packet_raw *out, struct err *e)
{
	uint8_t head[EPB_HEADER] = {0};
	uint64_t id;
	int r = body_read(ng, b, head, sizeof(head), e);

	if (r != 0)
		return r;
	id = get(ng, head, b->type == BLOCK_ENHANCED ? 4 : 2);
	if (id >= ng->n_interfaces)
		return fail(ng, ERR_MALFORMED, "names an interface that is not described", e);
	ng->t = to_ns(&ng->interfaces[id], get(ng, head + 4, 4) << 32 | get(ng, head + 8, 4));
	out->t = ng->t;
	out->link = ng->interfaces[id].link;
	out->wire_len = (uint32_t)get(ng, head + 16, 4);
	return packet_data(ng, b, (uint32_t)get(ng, head + 12, 4), out, e);
}

/* A simple packet block: interface 0, no time, its captured length follows from the snap length. */
static int
simple_packet(struct ng *ng, struct block *b, struct packet_raw *out, struct err *e)
{
	uint8_t head[SPB_HEADER] = {0};
	uint32_t n, snap;
	int r = body_read(ng, b, head, sizeof(head), e);

	if (r != 0)
		return r;
	if (ng->n_interfaces == 0)
		return fail(ng, ERR_MALFORMED, "names an interface that is not described", e);
	out->t = ng->t;
	out->link = ng->interfaces[0].link;
	out->wire_len = n = (uint32_t)get(ng, head, 4);
	snap = ng->interfaces[0].snaplen;
	if (snap != 0 && snap < n)
		n = snap;
	return packet_data(ng, b, n < b->left ? n : b->left, out, e);
}

static int
ng_next(void *state, struct packet_raw *out, struct err *e)
{
	struct ng *ng = state;
	struct block b = {0};
	bool found = false;
	int r;

	while (!found) {
		if ((r = block_begin(ng, &b, e)) != 0)
			return r;
		switch ((enum block_type)b.type) {
		case BLOCK_SECTION:
			r = section(ng, &b, e);
			break;
		case BLOCK_INTERFACE:
			r = interface(ng, &b, e);
			break;
		case BLOCK_ENHANCED:
		case BLOCK_OBSOLETE:
			r = packet(ng, &b, out, e);
			found = true;
			break;
		case BLOCK_SIMPLE:
			r = simple_packet(ng, &b, out, e);
			found = true;
			break;
		}
		if (r == 0)
			r = block_end(ng, &b, e);
		if (r != 0)
			return r;
	}
	return 0;
}

static int
ng_open(void **state, struct input *in, const char *name, struct err *e)
{
	struct ng *ng = calloc(1, sizeof(*ng));

	if (ng == NULL)
		return err_set(e, ERR_NOMEM, "%s: out of memory", name);
	ng->in = in;
	ng->name = name;
	*state = ng;
	return 0;
}

static void
ng_close(void *state)
{
	struct ng *ng = state;

	buf_free(&ng->packet);
	free(ng);
}

const struct pcapfile_format pcapfile_ng = {ng_open, ng_next, ng_close};
