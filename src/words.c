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

int
word_whole(const char *text, uint32_t max, uint32_t *out)
{
	char *end;
	unsigned long v = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end != '\0' || v > max)
		return ERR_USAGE;
	*out = (uint32_t)v;
	return 0;
}

int
word_duration(const char *text, uint64_t max, uint64_t *out)
{
	static const char *const units[] = {"ns", "us", "ms", "s", NULL};
	static const double ns[] = {1, 1e3, 1e6, 1e9};
	char *end;
	double v = strtod(text, &end);
	int unit = word_of(end, units);

	if (strcmp(text, "0") == 0)
		unit = 0;
	if (end == text || unit < 0 || !(v >= 0) || v * ns[unit] > (double)max)
		return ERR_USAGE;
	*out = (uint64_t)(v * ns[unit]);
	return 0;
}
