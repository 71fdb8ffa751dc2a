/* Option values: words and numbers. */
#include "config.h"

#include "words.h"

#include <stdlib.h>
#include <string.h>

int
word_of(const char *word, const char *const *words)
{
	for (int i = 0; words[i] != NULL; i++)
		if (strcmp(word, words[i]) == 0)
			return i;
	return -1;
}

int
word_positive(const char *text, double max, double *out)
{
	char *end;

	*out = strtod(text, &end);
	return end != text && *end == '\0' && *out > 0 && *out <= max ? 0 : ERR_USAGE;
}
