/*
 * The compressions of MS-XCA: hostile input for the decompressors; and what was compressed
 * decompresses to the same bytes. The input is the algorithm in a byte, the size to decompress to
 * in three bytes, least significant first, and the data.
 */
#include "config.h"

#include <stdlib.h>

#include "fuzz/fuzz.h"
#include "proto/xca.h"

static const struct {
	int (*decompress)(struct slice in, uint8_t *out, size_t n);
	int (*compress)(struct slice in, struct buf *out);
} algorithms[] = {
	{xca_lznt1_decompress, xca_lznt1_compress},
	{xca_lz77_decompress, xca_lz77_compress},
	{xca_huffman_decompress, xca_huffman_compress},
};

/* Exact-size memory, so that the address sanitizer sees one byte over. */
static uint8_t *
allocate(size_t n)
{
	uint8_t *p = malloc(n > 0 ? n : 1);

	if (p == NULL)
		abort();
	return p;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct wire_rd r = wire_rd_init(slice_of(data, n));
	unsigned a = wire_get_u8(&r) % 3u;
	size_t size = wire_get_le(&r, 3) % (1u << 20);
	struct slice in = wire_get_slice(&r, wire_rd_left(&r));
	struct buf packed = {0};
	uint8_t *out = allocate(size);

	(void)algorithms[a].decompress(in, out, size);
	free(out);
	if (algorithms[a].compress(in, &packed) != 0)
		abort();
	out = allocate(in.n);
	if (algorithms[a].decompress(buf_slice(&packed), out, in.n) != 0 ||
	    !slice_eq(slice_of(out, in.n), in))
		abort();
	free(out);
	buf_free(&packed);
	return 0;
}
