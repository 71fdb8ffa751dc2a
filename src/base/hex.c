/* Bytes as hexadecimal digits and back. */
#include "config.h"

#include "base/hex.h"

#include <string.h>

static const char digits[] = "0123456789abcdef";

int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

int
hex_read(const char *text, uint8_t *out, size_t n)
{
	size_t len = strlen(text);

	if (len % 2 != 0 || len / 2 != n)
		return ERR_USAGE;
	for (size_t i = 0; i < len; i++)
		if (hex_digit(text[i]) < 0)
			return ERR_USAGE;
	for (size_t i = 0; i < n; i++)
		out[i] = (uint8_t)((unsigned)hex_digit(text[2 * i]) << 4 |
				   (unsigned)hex_digit(text[2 * i + 1]));
	return 0;
}

void
hex_text(const uint8_t *p, size_t n, char *text)
{
	for (size_t i = 0; i < n; i++) {
		text[2 * i] = digits[p[i] >> 4];
		text[2 * i + 1] = digits[p[i] & 15];
	}
	text[2 * n] = '\0';
}

void
hex_add(struct buf *out, const uint8_t *p, size_t n)
{
	char pair[3];

	for (size_t i = 0; i < n; i++) {
		hex_text(p + i, 1, pair);
		buf_add(out, pair, 2);
	}
}

void
hex_print(FILE *f, const uint8_t *p, size_t n)
{
	char pair[3];

	for (size_t i = 0; i < n; i++) {
		hex_text(p + i, 1, pair);
		(void)fwrite(pair, 1, 2, f);
	}
}
