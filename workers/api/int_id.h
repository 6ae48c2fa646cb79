/*
 * The integer in a path, /users/{id}, read as leniently as the API always has (Pydantic's lax mode
 * for int: " 7", "+7", "007", "1_000" and "7.0" are integers).
 */
#ifndef POSTERN_INT_ID_H
#define POSTERN_INT_ID_H

#include "str.h"

#include <stdint.h>

enum { INT_ID_CHARS_MAX = 4300 }; /* of an integer, its minus sign included */

enum int_id_outcome {
	INT_ID_OK,
	INT_ID_OUT_OF_RANGE, /* an integer, but no row can have it: it exceeds signed 64 bits */
	INT_ID_PARSING,      /* not an integer */
	INT_ID_SIZE,         /* plain digits, more than INT_ID_CHARS_MAX of them */
};

/* segment is the decoded path segment, valid UTF-8. *value is set on INT_ID_OK only. */
enum int_id_outcome int_id_parse(struct str segment, int64_t *value)
	__attribute__((warn_unused_result));

#endif
