/* Hexadecimal text to bytes, for vectors that are written as their sources print them. */
#ifndef SMB_TESTS_HEX_H
#define SMB_TESTS_HEX_H

#include <stdlib.h>

#include "base/wire.h"

struct hex {
	uint8_t p[2048];
	size_t n;
};

/*
 * The bytes of `text`: two digits each, blanks between bytes are skipped. A vector that is not
 * hexadecimal ends the test.
 */
static inline struct hex
unhex(const char *text)
{
	struct hex h = {.n = 0};

	while (*text != '\0') {
		char pair[3] = {text[0], text[1], '\0'}, *end;

		if (*text == ' ') {
			text++;
			continue;
		}
		if (h.n == sizeof(h.p))
			abort();
		h.p[h.n++] = (uint8_t)strtoul(pair, &end, 16);
		if (end != pair + 2)
			abort();
		text += 2;
	}
	return h;
}

static inline struct slice
hex_slice(const struct hex *h)
{
	return slice_of(h->p, h->n);
}

#endif
