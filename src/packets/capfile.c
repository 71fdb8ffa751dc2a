/* Writes capture files: times in nanoseconds, packets that begin with their IP header. */
#include "config.h"

#include "packets/capfile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define PCAP_MAGIC_NS 0xa1b23c4du
#define LINKTYPE_RAW 101 /* packets begin with the IP header */
#define SNAPLEN 0x40000
#define COMMENT_MAX 65000u /* bytes; an option's length has 16 bits */

/* Blocks and options of pcapng: sections 4.1 to 4.3 and 3.5 of the draft. */
enum { BLOCK_SECTION = 0x0A0D0D0A, BLOCK_INTERFACE = 1, BLOCK_ENHANCED = 6 };
enum { OPT_END = 0, OPT_COMMENT = 1, SHB_USERAPPL = 4, IF_NAME = 2, IF_TSRESOL = 9 };
#define BYTE_ORDER_MAGIC 0x1A2B3C4Du
#define BLOCK_FRAME 12u  /* type, and the length in front and behind */
#define OPTION_HEADER 4u /* code and length */

struct capfile {
	FILE *f;
	enum capfile_format format;
};

static void
put_le(const struct capfile *c, size_t width, uint64_t v)
{
	uint8_t b[8];

	wire_put_le(b, width, v);
	(void)fwrite(b, 1, width, c->f);
}

static void
put(const struct capfile *c, struct slice s)
{
	if (s.n > 0)
		(void)fwrite(s.p, 1, s.n, c->f);
}

static size_t
padding(size_t n)
{
	return (4 - n % 4) % 4;
}

static void
put_padded(const struct capfile *c, struct slice s)
{
	put(c, s);
	put_le(c, padding(s.n), 0);
}

/* An option's text; NULL or empty: there is none. */
static struct slice
text_of(const char *text)
{
	size_t n = text != NULL ? strlen(text) : 0;

	if (n > COMMENT_MAX)
		for (n = COMMENT_MAX; n > 0 && ((uint8_t)text[n] & 0xC0) == 0x80;)
			n--; /* no half of a character */
	return slice_of(text, n);
}

static size_t
option_size(struct slice value)
{
	return value.n > 0 ? OPTION_HEADER + value.n + padding(value.n) : 0;
}

static void
put_option(const struct capfile *c, unsigned code, struct slice value)
{
	if (value.n == 0)
		return;
	put_le(c, 2, code);
	put_le(c, 2, value.n);
	put_padded(c, value);
}

/* Type and length in front of a block of `body` bytes; gives the length, which stands behind it,
 * too. */
static size_t
put_block(const struct capfile *c, uint32_t type, size_t body)
{
	put_le(c, 4, type);
	put_le(c, 4, BLOCK_FRAME + body);
	return BLOCK_FRAME + body;
}

static void
put_section(const struct capfile *c, struct slice comment)
{
	struct slice program = text_of(PACKAGE_STRING);
	size_t n = put_block(c, BLOCK_SECTION,
			     16 + option_size(comment) + option_size(program) + OPTION_HEADER);

	put_le(c, 4, BYTE_ORDER_MAGIC);
	put_le(c, 4, 1);          /* version 1.0 */
	put_le(c, 8, UINT64_MAX); /* the section's length: not given */
	put_option(c, OPT_COMMENT, comment);
	put_option(c, SHB_USERAPPL, program);
	put_le(c, 4, OPT_END);
	put_le(c, 4, n);
}

static void
put_interface(const struct capfile *c)
{
	static const uint8_t resolution = 9; /* 10^-9 s */
	struct slice name = text_of("smbench"), tsresol = slice_of(&resolution, 1);
	size_t n = put_block(c, BLOCK_INTERFACE,
			     8 + option_size(name) + option_size(tsresol) + OPTION_HEADER);

	put_le(c, 4, LINKTYPE_RAW);
	put_le(c, 4, SNAPLEN);
	put_option(c, IF_NAME, name);
	put_option(c, IF_TSRESOL, tsresol);
	put_le(c, 4, OPT_END);
	put_le(c, 4, n);
}

static void
put_pcap_header(const struct capfile *c)
{
	put_le(c, 4, PCAP_MAGIC_NS);
	put_le(c, 4, 2 | 4u << 16); /* version 2.4 */
	put_le(c, 8, 0);
	put_le(c, 4, SNAPLEN);
	put_le(c, 4, LINKTYPE_RAW);
}

int
capfile_open(const char *path, enum capfile_format format, const char *comment,
	     struct capfile **out, struct err *e)
{
	struct capfile *c = calloc(1, sizeof(*c));
	int r;

	if (c == NULL)
		return ERR_NOMEM;
	c->format = format;
	c->f = strcmp(path, "-") == 0 ? stdout : fopen(path, "wb");
	if (c->f == NULL) {
		r = err_set(e, -errno, "%s: %s", path, strerror(errno));
		free(c);
		return r;
	}
	if (format == CAPFILE_PCAP) {
		put_pcap_header(c);
	} else {
		put_section(c, text_of(comment));
		put_interface(c);
	}
	*out = c;
	return 0;
}

static void
put_enhanced(const struct capfile *c, struct slice headers, struct slice data, uint64_t t,
	     struct slice comment)
{
	size_t length = headers.n + data.n, n, options = option_size(comment);

	n = put_block(c, BLOCK_ENHANCED,
		      20 + length + padding(length) + (options > 0 ? options + OPTION_HEADER : 0));
	put_le(c, 4, 0); /* the first interface */
	put_le(c, 4, t >> 32);
	put_le(c, 4, t & UINT32_MAX);
	put_le(c, 4, length);
	put_le(c, 4, length);
	put(c, headers);
	put(c, data);
	put_le(c, padding(length), 0);
	put_option(c, OPT_COMMENT, comment);
	if (options > 0)
		put_le(c, 4, OPT_END);
	put_le(c, 4, n);
}

void
capfile_packet(struct capfile *c, struct slice headers, struct slice data, uint64_t t,
	       const char *comment)
{
	if (c->format == CAPFILE_PCAPNG) {
		put_enhanced(c, headers, data, t, text_of(comment));
		return;
	}
	put_le(c, 4, t / 1000000000u);
	put_le(c, 4, t % 1000000000u);
	put_le(c, 4, headers.n + data.n);
	put_le(c, 4, headers.n + data.n);
	put(c, headers);
	put(c, data);
}

int
capfile_close(struct capfile *c)
{
	int r = ferror(c->f) ? -EIO : 0;

	if ((c->f == stdout ? fflush(c->f) : fclose(c->f)) != 0 && r == 0)
		r = -errno;
	free(c);
	return r;
}
