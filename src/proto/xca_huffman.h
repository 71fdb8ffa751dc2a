/* The Huffman codes of LZ77+Huffman: lengths from counts, and codes from lengths. */
#ifndef SMB_PROTO_XCA_HUFFMAN_H
#define SMB_PROTO_XCA_HUFFMAN_H

#include <stdint.h>

#define XCA_SYMBOLS 512 /* 256 literals, then 16 lengths for each of 16 distances */
#define XCA_CODE_MAX 15 /* bits of the longest code */

/*
 * The length in bits of each symbol's code: 0 for one that does not occur, unless only one occurs,
 * which gets company, since a code of no bits cannot be written. At least one count is not 0, and
 * their sum is below 2^31.
 */
void xca_code_lengths(const uint32_t count[XCA_SYMBOLS], uint8_t length[XCA_SYMBOLS]);

/* The canonical codes of such lengths (MS-XCA 2.1.4.2): by length, then by symbol. */
void xca_codes(const uint8_t length[XCA_SYMBOLS], uint16_t code[XCA_SYMBOLS]);

#endif
