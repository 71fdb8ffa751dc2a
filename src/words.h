/* Option values: words and numbers. */
#ifndef SMB_WORDS_H
#define SMB_WORDS_H

#include <stdint.h>

#include "base/err.h"

/* The index of one of several words, the last of which NULL follows; -1: none of them. */
int word_of(const char *word, const char *const *words);

/* A number over 0, `max` at most. Returns 0 or ERR_USAGE. */
int word_positive(const char *text, double max, double *out) MUST_CHECK;

/* A whole number, 0 to `max`. Returns 0 or ERR_USAGE. */
int word_whole(const char *text, uint32_t max, uint32_t *out) MUST_CHECK;

/* A time with its unit: "200us", "1.5ms", "2s", "80ns"; or "0". `max` and the result in ns. Returns
 * 0 or ERR_USAGE. */
int word_duration(const char *text, uint64_t max, uint64_t *out) MUST_CHECK;

#endif
