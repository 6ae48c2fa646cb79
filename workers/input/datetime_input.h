/*
 * Dates and times in request bodies, read as Pydantic's lax mode for datetime does (pydantic-core,
 * input/datetime.rs; the speedate crate): RFC 3339 and its relatives, a date alone, and Unix
 * timestamps as numbers or texts, in seconds up to 2e10 and beyond that in milliseconds.
 *
 * A zone is checked and dropped, as SQLAlchemy does when it stores a datetime in SQLite.
 */
#ifndef POSTERN_DATETIME_INPUT_H
#define POSTERN_DATETIME_INPUT_H

#include "arena.h"
#include "str.h"

#include <stdint.h>

enum datetime_input {
	DATETIME_INPUT_OK,
	DATETIME_INPUT_INVALID,  /* Pydantic's datetime_parsing */
	DATETIME_INPUT_NOT_A_DAY /* datetime_from_date_parsing */
};

/* Each sets *moment, in microseconds since 1970-01-01T00:00:00, if it returns OK, and else *reason,
 * the words of Pydantic's message, static. The year of a moment is 1 to 9999. The
 * arena is for scratch memory. */
enum datetime_input datetime_input_text(struct arena *arena, struct str text, int64_t *moment,
	const char **reason) __attribute__((warn_unused_result));
enum datetime_input datetime_input_float(double timestamp, int64_t *moment, const char **reason)
	__attribute__((warn_unused_result));

/* digits: an integer as JSON has it, of any magnitude. */
enum datetime_input datetime_input_integer(struct str digits, int64_t *moment, const char **reason)
	__attribute__((warn_unused_result));

#endif
