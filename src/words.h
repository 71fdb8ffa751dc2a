/* Option values: words and numbers. */
#ifndef SMB_WORDS_H
#define SMB_WORDS_H

#include "base/err.h"

/* The index of one of several words, the last of which NULL follows; -1: none of them. */
int word_of(const char *word, const char *const *words);

/* A number over 0, `max` at most. Returns 0 or ERR_USAGE. */
int word_positive(const char *text, double max, double *out) MUST_CHECK;

#endif
