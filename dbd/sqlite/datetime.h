/*
 * Converts dates and times, in the units of value.h, from and to the texts that SQLAlchemy stores
 * in SQLite. It writes `YYYY-MM-DD HH:MM:SS.ffffff`, or the date or the time alone, without a zone,
 * and reads other forms, too.
 *
 * SQLAlchemy 2.0 passes the column's text to the method fromisoformat of datetime, date or time
 * (dialects/sqlite/base.py, result_processor of DATETIME, DATE and TIME;
 * cyextension/processors.pyx; it uses a regular expression only if a model gives one). These
 * parsers therefore accept what CPython 3.14 accepts (Modules/_datetimemodule.c): dates in basic
 * and extended form, week dates, any character between date and time, T before a time alone, 24:00,
 * zones.
 */
#ifndef POSTERN_DATETIME_H
#define POSTERN_DATETIME_H

#include "str.h"

#include <stdbool.h>
#include <stdint.h>

enum { /* bytes, without the NUL */
	DATETIME_LENGTH = sizeof("2026-01-02 03:04:05.000006") - 1,
	DATETIME_DATE_LENGTH = sizeof("2026-01-02") - 1,
	DATETIME_TIME_LENGTH = sizeof("03:04:05.000006") - 1
};

enum datetime_kind {
	DATETIME_NONE,  /* not a date */
	DATETIME_LOCAL, /* without a zone */
	DATETIME_ZONED  /* with an offset from UTC */
};

/* Writes the date and time with six digits of fraction and a NUL. The year must be between 0001 and
 * 9999. */
void datetime_format(int64_t microseconds, char text[DATETIME_LENGTH + 1]);

/* Writes a date of the years 0001 to 9999, in days since 1970-01-01, and a NUL. */
void datetime_format_date(int64_t days, char text[DATETIME_DATE_LENGTH + 1]);

/* Writes a time of day, in microseconds since midnight, with six digits of fraction and a NUL. */
void datetime_format_time(int64_t microseconds, char text[DATETIME_TIME_LENGTH + 1]);

/* Parses the whole text and returns its kind.
 *
 * *microseconds: the text's date and time taken as UTC, without applying its offset; digits of the
 * fraction after the sixth are ignored. Not set for DATETIME_NONE.
 * *offset: seconds ahead of UTC, -86400 to 86400, rounded to whole seconds (halves away from 0).
 * Set only for DATETIME_ZONED. */
enum datetime_kind datetime_parse(struct str text, int64_t *microseconds, int32_t *offset)
	__attribute__((warn_unused_result));

/* Parses a date that fills the whole text. False: *days is not set. */
bool datetime_parse_date(struct str text, int64_t *days) __attribute__((warn_unused_result));

/* The same as datetime_parse for a time of day: *microseconds since midnight, 24:00 being 0:00. */
enum datetime_kind datetime_parse_time(struct str text, int64_t *microseconds, int32_t *offset)
	__attribute__((warn_unused_result));

#endif
