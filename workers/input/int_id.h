/*
 * Reads an integer from a text, in a path, a query or a body, as Pydantic's lax mode for int does
 * (pydantic-core, input/shared.rs, str_as_int): " 7", "+7", "007", "1_000" and "7.0" are integers.
 */
#ifndef POSTERN_INT_ID_H
#define POSTERN_INT_ID_H

#include "arena.h"
#include "str.h"

#include <stdint.h>

enum { INT_ID_CHARS_MAX = 4300 }; /* of an integer, with its minus sign */

enum int_id_outcome {
	INT_ID_OK,
	INT_ID_OUT_OF_RANGE, /* an integer beyond signed 64 bits */
	INT_ID_PARSING,      /* not an integer */
	INT_ID_SIZE,         /* more than INT_ID_CHARS_MAX plain digits */
};

/* The text must be valid UTF-8. Sets *value on INT_ID_OK only. */
enum int_id_outcome int_id_parse(struct str text, int64_t *value)
	__attribute__((warn_unused_result));

/* Returns an optional minus sign and digits, the first of which is 0 only if it is the last: the
 * form of a text that is an integer (OK or OUT_OF_RANGE). It is borrowed, or in the arena. */
struct str int_id_plain(struct arena *arena, struct str text);

#endif
