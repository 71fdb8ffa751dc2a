/*
 * Characters that a name may be told by, in classes: a letter becomes another one of its class and
 * case, a digit another digit, and all else stays. A class keeps the length in UTF-16 and in UTF-8.
 */
#ifndef SMB_ANONYMIZE_ANON_CHARS_H
#define SMB_ANONYMIZE_ANON_CHARS_H

#include <stdbool.h>
#include <stdint.h>

struct anon_char {
	uint8_t class;
	bool upper;
	uint16_t index; /* in its class, the same for both cases */
};

/* Classes are numbered from 0; the first is that of the digits. */
#define ANON_DIGITS 0

/* False where the UTF-16 unit is in no class. */
bool anon_char_of(uint16_t unit, struct anon_char *out);
uint16_t anon_char_unit(const struct anon_char *c);

/* How many characters a class has, of one case. */
uint16_t anon_class_size(uint8_t class);

/* A unit without its case, by the classes alone. */
uint16_t anon_fold(uint16_t unit);

/* Might a unit that is in no class be a letter, as far as is known here? */
bool anon_is_strange(uint16_t unit);

#endif
