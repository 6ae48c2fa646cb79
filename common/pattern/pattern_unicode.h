/* The character classes of Unicode that patterns name, from unicode_names.def. */
#ifndef POSTERN_PATTERN_UNICODE_H
#define POSTERN_PATTERN_UNICODE_H

#include "point_set.h"
#include "str.h"

/* Adds the members of \p{name}, or of \p{property=name} if property.ptr is not NULL. Returns false
 * if there is no such class. Names are compared as UTS #18 says: without regard to case, spaces,
 * hyphens, low lines and "is" at the beginning. */
bool pattern_unicode_class(struct point_memory *memory, struct point_set *set, struct str property,
	struct str name) __attribute__((warn_unused_result));

/* True for a property that has values in Rust and not here. */
bool pattern_unicode_is_unsupported(struct str property);

/* The sets of \w, \d and \s. */
void pattern_unicode_word(struct point_memory *memory, struct point_set *set);
void pattern_unicode_digit(struct point_memory *memory, struct point_set *set);
void pattern_unicode_space(struct point_memory *memory, struct point_set *set);

/* Closes the set under simple case folding. */
void pattern_unicode_fold(struct point_memory *memory, struct point_set *set);

/* Properties of one code point: Alphabetic, General_Category=Number, White_Space. */
bool pattern_unicode_is_alphabetic(uint32_t point);
bool pattern_unicode_is_numeric(uint32_t point);
bool pattern_unicode_is_space(uint32_t point);

#endif
