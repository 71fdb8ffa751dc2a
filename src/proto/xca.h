/*
 * The three compressions of MS-XCA: LZNT1, plain LZ77 and LZ77+Huffman.
 *
 * The size of what was compressed is never part of the compressed bytes: the caller gives it and is
 * responsible for its being within reason.
 */
#ifndef SMB_PROTO_XCA_H
#define SMB_PROTO_XCA_H

#include "base/buf.h"

/*
 * Decompress `in` to exactly `n` bytes at `out`. Returns 0, or ERR_MALFORMED (it holds fewer or
 * more bytes, or refers to bytes before its start), or ERR_NOMEM. After a failure the bytes at
 * `out` are undefined, but no others were touched.
 */
int xca_lznt1_decompress(struct slice in, uint8_t *out, size_t n) MUST_CHECK;   /* MS-XCA 2.5 */
int xca_lz77_decompress(struct slice in, uint8_t *out, size_t n) MUST_CHECK;    /* MS-XCA 2.4 */
int xca_huffman_decompress(struct slice in, uint8_t *out, size_t n) MUST_CHECK; /* MS-XCA 2.2 */

/*
 * Append the compressed form of `in` to `out`; it may be longer than `in`. `in` may not lie in
 * `out`. Other compressors find other forms of the same bytes. Returns 0, ERR_NOMEM or ERR_LIMIT
 * (over XCA_MAX bytes).
 */
int xca_lznt1_compress(struct slice in, struct buf *out) MUST_CHECK;   /* MS-XCA 2.5 */
int xca_lz77_compress(struct slice in, struct buf *out) MUST_CHECK;    /* MS-XCA 2.3 */
int xca_huffman_compress(struct slice in, struct buf *out) MUST_CHECK; /* MS-XCA 2.1 */

#define XCA_MAX ((size_t)1 << 28)

#endif
