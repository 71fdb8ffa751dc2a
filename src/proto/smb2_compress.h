/*
 * Compressed messages (MS-SMB2 2.2.42, 3.1.4.4, 3.1.5.3).
 *
 * All messages here begin with their ProtocolId: without the 4 bytes of the session service.
 */
#ifndef SMB_PROTO_SMB2_COMPRESS_H
#define SMB_PROTO_SMB2_COMPRESS_H

#include "base/buf.h"

/* The most that a message decompresses to: what a frame's 24 bits of length can count. */
#define SMB2_DECOMPRESSED_MAX ((size_t)0xffffff)

/* CompressionAlgorithm, MS-SMB2 2.2.3.1.3. */
enum smb2_compression {
	SMB2_COMPRESSION_NONE,
	SMB2_COMPRESSION_LZNT1,
	SMB2_COMPRESSION_LZ77,
	SMB2_COMPRESSION_LZ77_HUFFMAN,
	SMB2_COMPRESSION_PATTERN_V1,
	SMB2_COMPRESSION_LZ4
};

/*
 * Append to `out` what a compressed message holds, chained or not. Returns 0, or with a text in `e`
 * ERR_TRUNCATED or ERR_MALFORMED (it does not hold what it says), ERR_UNSUPPORTED (an unknown
 * algorithm), ERR_LIMIT (more than SMB2_DECOMPRESSED_MAX) or ERR_NOMEM.
 */
int smb2_decompress(struct slice message, struct buf *out, struct err *e) MUST_CHECK;

/*
 * Append `plain` compressed from `offset` on, unchained; or plain where that would not be shorter
 * (MS-SMB2 3.1.4.4). `plain` may not lie in `out`. Returns 0, ERR_UNSUPPORTED (an algorithm that
 * does not exist, or only in chains), ERR_LIMIT or ERR_NOMEM.
 */
int smb2_compress(unsigned algorithm, size_t offset, struct slice plain,
		  struct buf *out) MUST_CHECK;

/*
 * Append `plain` compressed as the message `recorded` was: chained or not, with the same algorithms
 * for the same parts. Where `plain` is longer or shorter than what was recorded, the longest part
 * that is no pattern takes the difference; a part that does not shrink, or that no longer is one
 * repeated byte, goes uncompressed; and all of it goes plain where nothing is won. Returns 0, an
 * error of smb2_decompress for the headers of `recorded`, ERR_LIMIT or ERR_NOMEM.
 */
int smb2_compress_like(struct slice recorded, struct slice plain, struct buf *out) MUST_CHECK;

#endif
