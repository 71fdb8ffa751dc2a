/* Ranges of numbers as people write them. */
#include "config.h"

#include "ranges.h"

/* A number at *p, or `otherwise` where there is none. False: too large. */
static bool
parse_number(const char **p, uint64_t otherwise, uint64_t *out)
{
	*out = **p >= '0' && **p <= '9' ? 0 : otherwise;
	for (; **p >= '0' && **p <= '9'; (*p)++) {
		if (*out > UINT64_MAX / 10 - 1)
			return false;
		*out = *out * 10 + (uint64_t)(**p - '0');
	}
	return true;
}

bool
ranges_parse(const char *p, struct ranges *out)
{
	do {
		const char *start = p;
		struct cut_range *r = &out->at[out->n];

		if (out->n == RANGES_MAX || !parse_number(&p, 0, &r->first))
			return false;
		r->last = r->first;
		if (*p == '-') {
			p++;
			if (!parse_number(&p, UINT64_MAX, &r->last))
				return false;
		}
		if (p == start || (p == start + 1 && *start == '-') || r->last < r->first)
			return false;
		out->n++;
	} while (*p++ == ',');
	return p[-1] == '\0';
}

bool
ranges_have(const struct ranges *r, uint64_t x)
{
	for (size_t i = 0; i < r->n; i++)
		if (x >= r->at[i].first && x <= r->at[i].last)
			return true;
	return false;
}
