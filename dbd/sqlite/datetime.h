/*
 * The text in which SQLAlchemy keeps a moment in SQLite, `YYYY-MM-DD HH:MM:SS.ffffff` without a
 * zone, and microseconds since 1970-01-01T00:00:00; and the other texts that it reads.
 *
 * SQLAlchemy 2.0 gives the column's text to datetime.fromisoformat (dialects/sqlite/base.py,
 * DATETIME.result_processor; cyextension/processors.pyx, str_to_datetime; a regular expression only
 * where a model names one). So what is read here is what CPython 3.14 reads,
 * Modules/_datetimemodule.c: dates in basic and extended form, week dates, any character before the
 * time, 24:00, zones.
 */
#ifndef POSTERN_DATETIME_H
#define POSTERN_DATETIME_H

#include "str.h"

#include <stdbool.h>
#include <stdint.h>

enum { DATETIME_LENGTH = 26 };

enum datetime_kind {
	DATETIME_NONE,  /* the text names no moment */
	DATETIME_LOCAL, /* a day and a time without a zone */
	DATETIME_ZONED
};

/* Always six digits of fraction; ends in NUL. The year must be between 0001 and 9999. */
void datetime_format(int64_t microseconds, char text[DATETIME_LENGTH + 1]);

/* *microseconds is what the text's day and time are in UTC, whatever its zone is: for one with a
 * zone, *offset is how many seconds that is ahead of UTC, rounded to whole ones (halves away from
 * 0), -86400 to 86400. Of a fraction six digits count. Both are set only as far as the kind has
 * them. */
enum datetime_kind datetime_parse(struct str text, int64_t *microseconds, int32_t *offset)
	__attribute__((warn_unused_result));

#endif
