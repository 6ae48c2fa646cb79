/*
 * Unix timestamps as Pydantic's lax mode reads them (pydantic-core, input/datetime.rs; the Rust
 * crate speedate, datetime.rs): numbers, or texts of numbers, in seconds up to 2e10 and beyond that
 * in milliseconds.
 *
 * Each function that returns a reason returns NULL and sets its result, or returns the words of
 * Pydantic's message, static.
 */
#ifndef POSTERN_TIMESTAMP_H
#define POSTERN_TIMESTAMP_H

#include "arena.h"
#include "json.h"
#include "str.h"

#include <stdint.h>

/* Since 1970-01-01T00:00:00. The year is 0 to 9999. */
struct timestamp {
	int64_t seconds;
	uint32_t microseconds; /* below a million */
};

/* A number as JSON has it, JSON_INT or JSON_FLOAT. */
const char *timestamp_number(const struct json *number, struct timestamp *timestamp);

/* Returns false if the text is no number: digits with a sign or without, or a decimal with a point
 * and an exponent or not. Else sets *reason. The arena is for scratch memory. */
bool timestamp_text(struct arena *arena, struct str text, struct timestamp *timestamp,
	const char **reason) __attribute__((warn_unused_result));

/* The same for digits alone. */
bool timestamp_digits(struct str text, struct timestamp *timestamp, const char **reason)
	__attribute__((warn_unused_result));

/* A number of seconds, of which a time of day consists: in microseconds since midnight. */
const char *timestamp_clock(const struct json *number, int64_t *microseconds);

#endif
