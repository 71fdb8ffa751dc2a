/*
 * One input file or pipe as a stream of bytes, unpacked. A thread of its own reads, hashes and
 * decompresses.
 */
#ifndef SMB_COMPILE_INPUT_H
#define SMB_COMPILE_INPUT_H

#include <stdio.h>

#include "compile/capture.h"

struct input;

/*
 * Open `path` ("-" is standard input) and start its thread. gzip and zstd are told by their magic.
 * Returns 0, a negated errno or ERR_NOMEM, with the path in `e`. The path must outlive
 * the input.
 */
int input_open(struct input **out, const char *path, struct err *e) MUST_CHECK;

/* The next `n` bytes without consuming them, in at most the first 64 KiB; fewer where the input is
 * shorter. */
struct slice input_peek(struct input *in, size_t n);

/*
 * Copy up to `n` bytes out and consume them. Returns how many; fewer only at the end, of which
 * input_failure tells whether it is the true one.
 */
size_t input_read(struct input *in, void *to, size_t n);

/* Consume `n` bytes; returns how many there were. */
uint64_t input_skip(struct input *in, uint64_t n);

/* A FILE* over the input, for libpcap. Closing it leaves the input open. NULL when memory is out.
 */
FILE *input_stream(struct input *in);

/* 0, or why the bytes ended early: a negated errno, ERR_MALFORMED or ERR_TRUNCATED, with the path
 * in `e`. */
int input_failure(struct input *in, struct err *e) MUST_CHECK;

/* Bytes read so far as they are on disk, and the file's size (0 where it is not known); for a
 * progress display. */
void input_progress(struct input *in, uint64_t *done, uint64_t *total);

/*
 * Stop and free. A file is read on to its end for its digest, however the parsing ended; a pipe is
 * left where it is. Sets `to`'s digest and size. Accepts NULL.
 */
void input_close(struct input *in, struct cap_input *to);

#endif
