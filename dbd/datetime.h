/*
 * The text in which SQLAlchemy keeps a moment in SQLite, `YYYY-MM-DD HH:MM:SS.ffffff` in UTC, and
 * microseconds since 1970-01-01T00:00:00 UTC.
 */
#ifndef POSTERN_DATETIME_H
#define POSTERN_DATETIME_H

#include "str.h"

#include <stdint.h>

enum { DATETIME_LENGTH = 26 };

/* Always six digits of fraction; ends in NUL. The year must be between 0001 and 9999. */
void datetime_format(int64_t microseconds, char text[DATETIME_LENGTH + 1]);

/* Reads that text, and what SQLAlchemy also takes: `T` for the space, a time without seconds or
 * without a fraction, a date alone. Of the fraction six digits count. False if it is no such text,
 * or names no day or time that exists; *microseconds is then unset. */
bool datetime_parse(struct str text, int64_t *microseconds) __attribute__((warn_unused_result));

/* The moment, by CLOCK_REALTIME. */
int64_t datetime_now(void);

#endif
