/* Bytes as hexadecimal digits and back. Written in lower case, read in either. */
#ifndef SMB_BASE_HEX_H
#define SMB_BASE_HEX_H

#include <stdio.h>

#include "base/buf.h"

/* The value of a digit, or -1 where it is none. */
int hex_digit(char c);

/*
 * Read exactly `n` bytes from `text`, which must be their 2 * n digits and nothing else. Returns 0,
 * or ERR_USAGE; `out` is written to only where all is good.
 */
int hex_read(const char *text, uint8_t *out, size_t n) MUST_CHECK;

/* Write the digits of `n` bytes to `text`, 2 * n + 1 characters with the NUL. */
void hex_text(const uint8_t *p, size_t n, char *text);

/* Append the digits of `n` bytes. */
void hex_add(struct buf *out, const uint8_t *p, size_t n);

/* Print them; an error of the file stays for whoever closes it. */
void hex_print(FILE *f, const uint8_t *p, size_t n);

#endif
