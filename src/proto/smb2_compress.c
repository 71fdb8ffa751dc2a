/* Compressed messages: their headers by the structure lists, their payloads by MS-XCA and LZ4. */
#include "config.h"

#include "proto/smb2_compress.h"

#include <inttypes.h>
#include <limits.h>

#include <lz4.h>

#include "proto/smb2_codec.h"
#include "proto/xca.h"

#define FLAG_CHAINED 1 /* of the transform header, and of the first payload header */

/* Where both forms of the header have their flags (MS-SMB2 2.2.42). */
struct compressed_wire {
	SMB2_COMPRESSED(SMB2_SHADOW_F, SMB2_SHADOW_V, smb2_compressed)
};

static const struct smb2_b4 compressed_id = {{0xfc, 'S', 'M', 'B'}};

/* Decompress to exactly `n` bytes. */
static int
expand(unsigned algorithm, struct slice in, uint8_t *out, size_t n)
{
	switch (algorithm) {
	case SMB2_COMPRESSION_LZNT1:
		return xca_lznt1_decompress(in, out, n);
	case SMB2_COMPRESSION_LZ77:
		return xca_lz77_decompress(in, out, n);
	case SMB2_COMPRESSION_LZ77_HUFFMAN:
		return xca_huffman_decompress(in, out, n);
	case SMB2_COMPRESSION_LZ4:
		if (in.n == 0 || in.n > INT_MAX || n > INT_MAX ||
		    LZ4_decompress_safe((const char *)in.p, (char *)out, (int)in.n, (int)n) !=
			    (int)n)
			return ERR_MALFORMED;
		return 0;
	default:
		return ERR_UNSUPPORTED;
	}
}

static int
append_expanded(unsigned algorithm, struct slice in, size_t n, struct buf *out)
{
	uint8_t *to = buf_reserve(out, n);
	int ret;

	if (to == NULL)
		return out->err;
	ret = expand(algorithm, in, to, n);
	if (ret == 0)
		out->n += n;
	return ret;
}

/* One payload of a chain, decoded. */
struct payload {
	unsigned algorithm;
	size_t size;       /* decompressed */
	struct slice data; /* as the algorithm has it; empty for a pattern */
	uint8_t pattern;
};

static int
get_payload(const struct smb2_compression_payload *p, struct payload *out)
{
	const struct smb2_def *def;
	struct smb2_compression_pattern_v1 pattern;
	struct smb2_compression_lz lz;
	int ret;

	*out = (struct payload){.algorithm = p->compression_algorithm};
	switch (p->compression_algorithm) {
	case SMB2_COMPRESSION_NONE:
		out->size = p->payload.n;
		out->data = p->payload;
		return 0;
	case SMB2_COMPRESSION_PATTERN_V1:
		def = &smb2_defs[SMB2_DEF_smb2_compression_pattern_v1];
		ret = smb2_decode(def, p->payload, 0, &pattern, NULL);
		if (ret == 0) {
			out->size = pattern.repetitions;
			out->pattern = pattern.pattern;
		}
		return ret;
	default:
		def = &smb2_defs[SMB2_DEF_smb2_compression_lz];
		ret = smb2_decode(def, p->payload, 0, &lz, NULL);
		if (ret == 0) {
			out->size = lz.original_payload_size;
			out->data = lz.compressed;
		}
		return ret;
	}
}

/* The payloads of a chain, front to back. */
struct chain {
	struct slice all;
	size_t pos;
	int err; /* why there are no more; 0 at the end */
};

static bool
next_payload(struct chain *c, struct payload *out)
{
	struct smb2_compression_payload p;

	if (c->err != 0 || c->pos >= c->all.n)
		return false;
	c->err = smb2_decode(&smb2_defs[SMB2_DEF_smb2_compression_payload], c->all, c->pos, &p,
			     &c->pos);
	if (c->err == 0)
		c->err = get_payload(&p, out);
	return c->err == 0;
}

static int
append_payload(const struct payload *p, struct buf *out)
{
	uint8_t *to;

	switch (p->algorithm) {
	case SMB2_COMPRESSION_NONE:
		buf_add(out, p->data.p, p->data.n);
		return out->err;
	case SMB2_COMPRESSION_PATTERN_V1:
		to = buf_reserve(out, p->size);
		if (to == NULL)
			return out->err;
		memset(to, p->pattern, p->size);
		out->n += p->size;
		return 0;
	default:
		return append_expanded(p->algorithm, p->data, p->size, out);
	}
}

static int
decompress_chain(struct slice payloads, size_t size, struct buf *out, struct err *e)
{
	struct chain c = {.all = payloads};
	struct payload p;
	size_t start = out->n;
	int ret;

	for (int i = 1; next_payload(&c, &p); i++) {
		if (p.size > size - (out->n - start))
			return err_set(e, ERR_MALFORMED,
				       "compressed message: over %zu bytes at payload %d", size, i);
		ret = append_payload(&p, out);
		if (ret != 0)
			return err_set(e, ret, "compressed message: payload %d, algorithm %u: %s",
				       i, p.algorithm, err_str(ret));
	}
	if (c.err != 0)
		return err_set(e, c.err, "compressed message: payload at byte %zu: %s", c.pos,
			       err_str(c.err));
	if (out->n - start != size)
		return err_set(e, ERR_MALFORMED, "compressed message: %zu of %zu bytes",
			       out->n - start, size);
	return 0;
}

static int
decompress_unchained(const struct smb2_compressed *c, struct buf *out, struct err *e)
{
	int ret;

	buf_add(out, c->uncompressed.p, c->uncompressed.n);
	ret = out->err != 0 ? out->err
			    : append_expanded(c->compression_algorithm, c->compressed,
					      c->original_compressed_segment_size, out);
	if (ret != 0)
		return err_set(e, ret,
			       "compressed message: %zu to %" PRIu32 " bytes, algorithm %u: %s",
			       c->compressed.n, c->original_compressed_segment_size,
			       c->compression_algorithm, err_str(ret));
	return 0;
}

/* Which of the two forms it is; the one that it is not stays as it was. */
static int
decode_header(struct slice message, struct smb2_compressed *c, struct smb2_compressed_chain *chain,
	      bool *chained, struct err *e)
{
	size_t flags_at = offsetof(struct compressed_wire, flags);
	int ret;

	if (message.n < sizeof(struct compressed_wire))
		return err_set(e, ERR_TRUNCATED, "compression header: %zu of %zu bytes", message.n,
			       sizeof(struct compressed_wire));
	if (memcmp(message.p, &compressed_id, sizeof(compressed_id)) != 0)
		return err_set(e, ERR_MALFORMED, "not a compression header");
	*chained = (wire_le(message.p + flags_at, 2) & FLAG_CHAINED) != 0;
	if (*chained)
		ret = smb2_decode(&smb2_defs[SMB2_DEF_smb2_compressed_chain], message, 0, chain,
				  NULL);
	else
		ret = smb2_decode(&smb2_defs[SMB2_DEF_smb2_compressed], message, 0, c, NULL);
	if (ret != 0)
		return err_set(e, ret,
			       "compression header: Offset %" PRIu32 ", but %zu bytes follow",
			       c->offset, message.n - sizeof(struct compressed_wire));
	return 0;
}

int
smb2_decompress(struct slice message, struct buf *out, struct err *e)
{
	struct smb2_compressed c = {0};
	struct smb2_compressed_chain chain = {0};
	size_t size, start = out->n;
	bool chained;
	int ret = decode_header(message, &c, &chain, &chained, e);

	if (ret != 0)
		return ret;
	size = chained ? chain.original_compressed_segment_size
		       : c.original_compressed_segment_size;
	if (size > SMB2_DECOMPRESSED_MAX || c.uncompressed.n > SMB2_DECOMPRESSED_MAX - size)
		return err_set(e, ERR_LIMIT, "compressed message: would make over %zu bytes",
			       SMB2_DECOMPRESSED_MAX);
	if (chained)
		ret = decompress_chain(chain.payloads, size, out, e);
	else
		ret = decompress_unchained(&c, out, e);
	if (ret != 0)
		out->n = start;
	return ret;
}

static int
append_lz4(struct slice in, struct buf *out)
{
	int n, max = LZ4_compressBound((int)in.n);
	uint8_t *to = buf_reserve(out, (size_t)max);

	if (to == NULL)
		return out->err;
	n = LZ4_compress_default((const char *)in.p, (char *)to, (int)in.n, max);
	if (n <= 0)
		return ERR_INTERNAL;
	out->n += (size_t)n;
	return 0;
}

static int
append_compressed(unsigned algorithm, struct slice in, struct buf *out)
{
	switch (algorithm) {
	case SMB2_COMPRESSION_LZNT1:
		return xca_lznt1_compress(in, out);
	case SMB2_COMPRESSION_LZ77:
		return xca_lz77_compress(in, out);
	case SMB2_COMPRESSION_LZ77_HUFFMAN:
		return xca_huffman_compress(in, out);
	case SMB2_COMPRESSION_LZ4:
		return append_lz4(in, out);
	default:
		return ERR_UNSUPPORTED;
	}
}

/* Encode a header to `at` of the buffer, in room that is there or right behind the content. */
static int
put_header(enum smb2_def_id id, const void *in, size_t at, struct buf *out)
{
	const struct smb2_def *def = &smb2_defs[id];

	if (at == out->n)
		buf_zero(out, def->fixed);
	if (out->err != 0)
		return out->err;
	return smb2_encode(def, in, 0, out->p + at, NULL, def->fixed);
}

/* Take back what came after `start` and put the plain bytes in its place. */
static int
put_plain(size_t start, struct slice plain, struct buf *out)
{
	out->n = start;
	buf_add(out, plain.p, plain.n);
	return out->err;
}

int
smb2_compress(unsigned algorithm, size_t offset, struct slice plain, struct buf *out)
{
	struct smb2_compressed c = {.protocol_id = compressed_id,
				    .compression_algorithm = (uint16_t)algorithm};
	size_t start = out->n;
	int ret;

	if (plain.n > SMB2_DECOMPRESSED_MAX)
		return ERR_LIMIT;
	if (offset > plain.n)
		offset = plain.n;
	c.offset = (uint32_t)offset;
	c.original_compressed_segment_size = (uint32_t)(plain.n - offset);
	ret = put_header(SMB2_DEF_smb2_compressed, &c, start, out);
	if (ret != 0)
		return ret;
	buf_add(out, plain.p, offset);
	ret = append_compressed(algorithm, slice_of(plain.p + offset, plain.n - offset), out);
	if (ret == 0 && out->n - start >= plain.n)
		ret = put_plain(start, plain, out);
	if (ret != 0)
		out->n = start;
	return ret;
}

static bool
is_pattern(struct slice s)
{
	return s.n > 0 && memcmp(s.p, s.p + 1, s.n - 1) == 0;
}

/* What stands behind a payload's header. */
static int
put_payload_data(unsigned algorithm, struct slice in, struct buf *out)
{
	struct smb2_compression_pattern_v1 pattern = {.repetitions = (uint32_t)in.n};
	struct smb2_compression_lz lz = {.original_payload_size = (uint32_t)in.n};
	int ret;

	if (algorithm == SMB2_COMPRESSION_NONE) {
		buf_add(out, in.p, in.n);
		return out->err;
	}
	if (algorithm == SMB2_COMPRESSION_PATTERN_V1) {
		pattern.pattern = in.p[0];
		return put_header(SMB2_DEF_smb2_compression_pattern_v1, &pattern, out->n, out);
	}
	ret = put_header(SMB2_DEF_smb2_compression_lz, &lz, out->n, out);
	return ret != 0 ? ret : append_compressed(algorithm, in, out);
}

/* One payload; uncompressed where the algorithm cannot, or does not make it shorter. */
static int
put_payload(unsigned algorithm, bool first, struct slice in, struct buf *out)
{
	struct smb2_compression_payload p = {.flags = first ? FLAG_CHAINED : 0};
	size_t at = out->n, data;
	int ret = put_header(SMB2_DEF_smb2_compression_payload, &p, at, out);

	if (ret != 0)
		return ret;
	data = out->n;
	if (algorithm == SMB2_COMPRESSION_PATTERN_V1 && !is_pattern(in))
		algorithm = SMB2_COMPRESSION_NONE;
	ret = put_payload_data(algorithm, in, out);
	if (ret == 0 && algorithm != SMB2_COMPRESSION_NONE &&
	    algorithm != SMB2_COMPRESSION_PATTERN_V1 && out->n - data >= in.n) {
		algorithm = SMB2_COMPRESSION_NONE;
		ret = put_plain(data, in, out);
	}
	if (ret != 0)
		return ret;
	p.compression_algorithm = (uint16_t)algorithm;
	p.length = (uint32_t)(out->n - data);
	return put_header(SMB2_DEF_smb2_compression_payload, &p, at, out);
}

/* The sizes of a recorded chain's parts: their sum, and the longest that is no pattern. */
struct shape {
	size_t total, longest;
	int longest_at; /* which payload it is; -1: none */
};

static int
get_shape(struct slice payloads, struct shape *s)
{
	struct chain c = {.all = payloads};
	struct payload p;

	*s = (struct shape){.longest_at = -1};
	for (int i = 0; next_payload(&c, &p); i++) {
		if (p.size > SMB2_DECOMPRESSED_MAX - s->total)
			return ERR_LIMIT;
		s->total += p.size;
		if (p.algorithm != SMB2_COMPRESSION_PATTERN_V1 && p.size >= s->longest) {
			s->longest = p.size;
			s->longest_at = i;
		}
	}
	return c.err;
}

/* The size of the longest part when all of them are to make `n` bytes. */
static size_t
stretched(const struct shape *s, size_t n)
{
	size_t others = s->total - s->longest;

	return n > others ? n - others : 0;
}

static int
compress_chain(struct slice payloads, struct slice plain, struct buf *out)
{
	struct smb2_compressed_chain h = {.protocol_id = compressed_id,
					  .original_compressed_segment_size = (uint32_t)plain.n};
	struct chain c = {.all = payloads};
	struct payload p;
	struct shape s;
	size_t start = out->n, done = 0, n;
	int ret = get_shape(payloads, &s);

	if (ret == 0)
		ret = put_header(SMB2_DEF_smb2_compressed_chain, &h, start, out);
	for (int i = 0; ret == 0 && done < plain.n && next_payload(&c, &p); i++, done += n) {
		n = i == s.longest_at ? stretched(&s, plain.n) : p.size;
		if (n > plain.n - done)
			n = plain.n - done;
		ret = put_payload(p.algorithm, i == 0, slice_of(plain.p + done, n), out);
	}
	if (ret == 0 && done < plain.n)
		ret = put_payload(SMB2_COMPRESSION_NONE, done == 0,
				  slice_of(plain.p + done, plain.n - done), out);
	if (ret == 0 && out->n - start >= plain.n)
		ret = put_plain(start, plain, out);
	if (ret != 0)
		out->n = start;
	return ret;
}

int
smb2_compress_like(struct slice recorded, struct slice plain, struct buf *out)
{
	struct smb2_compressed c = {0};
	struct smb2_compressed_chain chain = {0};
	bool chained;
	int ret = decode_header(recorded, &c, &chain, &chained, NULL);

	if (ret != 0)
		return ret;
	if (plain.n > SMB2_DECOMPRESSED_MAX)
		return ERR_LIMIT;
	if (chained)
		return compress_chain(chain.payloads, plain, out);
	return smb2_compress(c.compression_algorithm, c.offset, plain, out);
}
