/* The classes of characters, as ranges of UTF-16 units. */
#include "config.h"

#include "anonymize/anon_chars.h"

#include <stddef.h>

/*
 * A range of a class: lower-case letters (or what has no case) from `first` on, every `stride`-th
 * unit; the upper-case ones of the same order from `upper` on, 0 where there are none. Letters
 * whose case pairs are not one to one (U+00DF, U+0130, U+0131, ...) are in no class, so that no
 * server can take two names for one that were two.
 */
static const struct range {
	uint8_t class, stride;
	uint16_t n, first, upper;
} ranges[] = {
	{0, 1, 10, 0x0030, 0},       {1, 1, 26, 0x0061, 0x0041},
	{2, 1, 23, 0x00e0, 0x00c0},                              /* Latin-1 */
	{2, 1, 7, 0x00f8, 0x00d8},   {3, 2, 24, 0x0101, 0x0100}, /* Latin Extended-A */
	{3, 2, 3, 0x0133, 0x0132},   {3, 2, 8, 0x013a, 0x0139},
	{3, 2, 23, 0x014b, 0x014a},  {3, 2, 3, 0x017a, 0x0179},
	{4, 1, 17, 0x03b1, 0x0391}, /* Greek, without the final sigma */
	{4, 1, 7, 0x03c3, 0x03a3},   {5, 1, 32, 0x0430, 0x0410}, /* Cyrillic */
	{5, 1, 16, 0x0450, 0x0400},  {6, 2, 17, 0x0461, 0x0460},
	{6, 2, 27, 0x048b, 0x048a},  {6, 2, 48, 0x04d1, 0x04d0},
	{7, 1, 38, 0x0561, 0x0531},                             /* Armenian */
	{8, 1, 27, 0x05d0, 0},                                  /* Hebrew */
	{9, 1, 26, 0x0621, 0},                                  /* Arabic */
	{9, 1, 10, 0x0641, 0},       {10, 1, 10, 0x0660, 0},    /* its digits */
	{11, 1, 53, 0x0905, 0},                                 /* Devanagari */
	{12, 1, 46, 0x0e01, 0},                                 /* Thai */
	{13, 1, 43, 0x10d0, 0},                                 /* Georgian */
	{14, 2, 75, 0x1e01, 0x1e00},                            /* Latin Extended Additional */
	{14, 2, 48, 0x1ea1, 0x1ea0}, {15, 1, 86, 0x3041, 0},    /* Hiragana */
	{16, 1, 90, 0x30a1, 0},                                 /* Katakana */
	{17, 1, 6582, 0x3400, 0},                               /* CJK */
	{18, 1, 20902, 0x4e00, 0},   {19, 1, 11172, 0xac00, 0}, /* Hangul */
	{20, 1, 1024, 0xdc00, 0}, /* the second half of a pair: its first half says the script */
	{21, 1, 10, 0xff10, 0},   /* full width */
	{22, 1, 26, 0xff41, 0xff21}, {23, 1, 56, 0xff66, 0}, /* half width Katakana */
};

#define N_RANGES (sizeof(ranges) / sizeof(ranges[0]))

static bool
find(uint16_t unit, uint16_t first, const struct range *r, uint16_t *at)
{
	unsigned d = (unsigned)unit - first;

	if (first == 0 || unit < first || d % r->stride != 0 || d / r->stride >= r->n)
		return false;
	*at = (uint16_t)(d / r->stride);
	return true;
}

bool
anon_char_of(uint16_t unit, struct anon_char *out)
{
	uint16_t base = 0, at;

	for (size_t i = 0; i < N_RANGES; i++) {
		const struct range *r = &ranges[i];

		if (i == 0 || r->class != ranges[i - 1].class)
			base = 0;
		out->upper = find(unit, r->upper, r, &at);
		if (out->upper || find(unit, r->first, r, &at)) {
			out->class = r->class;
			out->index = (uint16_t)(base + at);
			return true;
		}
		base = (uint16_t)(base + r->n);
	}
	return false;
}

uint16_t
anon_char_unit(const struct anon_char *c)
{
	uint16_t left = c->index;

	for (size_t i = 0; i < N_RANGES; i++) {
		const struct range *r = &ranges[i];

		if (r->class != c->class)
			continue;
		if (left < r->n)
			return (uint16_t)((c->upper ? r->upper : r->first) + left * r->stride);
		left = (uint16_t)(left - r->n);
	}
	return '?';
}

uint16_t
anon_class_size(uint8_t class)
{
	uint16_t n = 0;

	for (size_t i = 0; i < N_RANGES; i++)
		if (ranges[i].class == class)
			n = (uint16_t)(n + ranges[i].n);
	return n;
}

uint16_t
anon_fold(uint16_t unit)
{
	struct anon_char c;

	if (!anon_char_of(unit, &c) || !c.upper)
		return unit;
	c.upper = false;
	return anon_char_unit(&c);
}

bool
anon_is_strange(uint16_t unit)
{
	static const uint16_t marks[][2] = {
		{0x0080, 0x00bf}, {0x00d7, 0x00d7}, {0x00f7, 0x00f7}, {0x02b0, 0x036f},
		{0x2000, 0x2bff}, {0x3000, 0x3040}, {0xd800, 0xdbff}, {0xe000, 0xf8ff},
		{0xfe00, 0xfe6f}, {0xff00, 0xff0f}, {0xfff0, 0xffff},
	};
	struct anon_char c;

	if (unit < 0x80 || anon_char_of(unit, &c))
		return false;
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (unit >= marks[i][0] && unit <= marks[i][1])
			return false;
	return true;
}
