/* The form of UUIDs (RFC 9562, 4): 32 hexadecimal digits in five groups with hyphens between them.
 */
#ifndef POSTERN_UUID_H
#define POSTERN_UUID_H

#include "str.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	UUID_DIGITS = 32,
	UUID_LENGTH = UUID_DIGITS + 4 /* with the hyphens */
};

/* True if there is a hyphen at this place of the UUID_LENGTH characters. */
static inline bool uuid_has_hyphen_at(size_t place)
{
	return place == 8 || place == 13 || place == 18 || place == 23;
}

/* True if the text is a UUID with hyphens and in lower case: the form of values. */
bool uuid_valid(struct str text);

/* Reads a text in the form of values: *high has the first 8 bytes, *low the last ones, big-endian.
 * False, with nothing set, if the text is not valid. */
bool uuid_parse(struct str text, uint64_t *high, uint64_t *low) __attribute__((warn_unused_result));

/* Writes the form of values, without a NUL. */
void uuid_format(uint64_t high, uint64_t low, char text[UUID_LENGTH]);

#endif
