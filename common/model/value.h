/* A value is a typed scalar: what one field of a row has. */
#ifndef POSTERN_VALUE_H
#define POSTERN_VALUE_H

#include "str.h"

#include <stdbool.h>
#include <stdint.h>

enum value_kind {
	VALUE_NULL,
	VALUE_INT,
	VALUE_STR,
	VALUE_ZONED, /* a time or datetime with a zone: integer and offset */
	VALUE_NUMBER,
	VALUE_REFUSED /* of a client: the validation accepts it, and no column can store it */
};

enum { VALUE_OFFSET_MOST = 24 * 60 * 60 /* seconds, either way */ };

/*
 * The meaning of a value that is not null depends on the field's type:
 *
 *	FIELD_INT                   VALUE_INT
 *	FIELD_BOOL                  VALUE_INT, 0 or 1
 *	FIELD_ENUM, FIELD_LITERAL   VALUE_INT, the index in the field's choices
 *	FIELD_DATE                  VALUE_INT, days since 1970-01-01
 *	FIELD_TIME                  VALUE_INT, microseconds since midnight; VALUE_ZONED
 *	FIELD_DATETIME              VALUE_INT, microseconds since 1970-01-01T00:00:00; VALUE_ZONED
 *	FIELD_NUMBER                VALUE_NUMBER
 *	FIELD_DECIMAL               VALUE_STR, as Python's str(Decimal) writes it
 *	FIELD_UUID                  VALUE_STR, 36 lower-case characters
 *	FIELD_LINKS                 VALUE_STR, a JSON array of keys without blanks (link_keys.h)
 *	FIELD_OBJECT, FIELD_ARRAY   VALUE_STR, compact JSON with numbers as Python's json.dumps
 *	                            writes them, and null for those that JSON does not have
 *	the others                  VALUE_STR
 *
 * VALUE_ZONED is a client's time with a zone, less than 24 hours from UTC, in whole minutes.
 *
 * VALUE_REFUSED stands for a value that Pydantic accepts and the database does not: an integer
 * beyond 64 bits, a text with a lone surrogate, NaN for a field that is not nullable, a decimal
 * beyond all doubles. Only records that a worker sends have it. dbd refuses it where the row would
 * be written.
 */
struct value {
	enum value_kind kind;
	int32_t offset; /* VALUE_ZONED: seconds ahead of UTC */
	union {
		int64_t integer;
		double number;
		struct str text; /* borrowed; UTF-8 that may contain NUL */
	};
};

static inline struct value value_null(void)
{
	return (struct value){ .kind = VALUE_NULL };
}

static inline struct value value_int(int64_t integer)
{
	return (struct value){ .kind = VALUE_INT, .integer = integer };
}

static inline struct value value_number(double number)
{
	return (struct value){ .kind = VALUE_NUMBER, .number = number };
}

static inline struct value value_refused(void)
{
	return (struct value){ .kind = VALUE_REFUSED };
}

/* The moment is the local day and time, in microseconds as if they were in UTC. */
static inline struct value value_zoned(int64_t moment, int32_t offset)
{
	return (struct value){ .kind = VALUE_ZONED, .offset = offset, .integer = moment };
}

/* True if both are null, or both are refused, or have the same kind and are the same number, moment
 * or bytes. As in Python, 0.0 is equal to -0.0, and NaN is unequal to itself. */
bool value_equal(const struct value *a, const struct value *b);

static inline struct value value_text(struct str text)
{
	return (struct value){ .kind = VALUE_STR, .text = text };
}

#endif
