/*
 * Dates, times of day and datetimes in requests, read as Pydantic's lax mode does (pydantic-core,
 * validators/date.rs, time.rs and datetime.rs; the Rust crate speedate): RFC 3339 and its relatives
 * (rfc3339.h), and Unix timestamps (timestamp.h), which are in UTC. A datetime may be a date, at
 * midnight; a date may be a datetime at midnight.
 */
#ifndef POSTERN_DATETIME_INPUT_H
#define POSTERN_DATETIME_INPUT_H

#include "arena.h"
#include "json.h"
#include "value.h"

enum datetime_input {
	DATETIME_INPUT_OK,
	DATETIME_INPUT_INVALID, /* Pydantic's date_parsing, time_parsing or datetime_parsing */
	DATETIME_INPUT_OTHER,   /* datetime_from_date_parsing or date_from_datetime_parsing */
	DATETIME_INPUT_INEXACT, /* date_from_datetime_inexact */
	DATETIME_INPUT__COUNT
};

/* Each reads a JSON_STRING without surrogates, a JSON_INT or a JSON_FLOAT. On OK it sets *value, as
 * value.h says for the type, within the years 1 to 9999; else *reason to the words of Pydantic's
 * message, static; "" for INEXACT. The arena is for scratch memory. */

enum datetime_input datetime_input_read(struct arena *arena, const struct json *json,
	struct value *value, const char **reason) __attribute__((warn_unused_result));

enum datetime_input datetime_input_date(struct arena *arena, const struct json *json,
	struct value *value, const char **reason) __attribute__((warn_unused_result));

enum datetime_input datetime_input_time(struct arena *arena, const struct json *json,
	struct value *value, const char **reason) __attribute__((warn_unused_result));

#endif
