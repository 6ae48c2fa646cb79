/*
 * Converts between microseconds since 1970-01-01T00:00:00 and the texts that SQLAlchemy stores in
 * SQLite. It writes `YYYY-MM-DD HH:MM:SS.ffffff` without a zone, and reads other forms, too.
 *
 * SQLAlchemy 2.0 passes the column's text to datetime.fromisoformat (dialects/sqlite/base.py,
 * DATETIME.result_processor; cyextension/processors.pyx, str_to_datetime; it uses a regular
 * expression only if a model gives one). This parser therefore accepts what CPython 3.14 accepts
 * (Modules/_datetimemodule.c): dates in basic and extended form, week dates, any character before
 * the time, 24:00, zones.
 */
#ifndef POSTERN_DATETIME_H
#define POSTERN_DATETIME_H

#include "str.h"

#include <stdbool.h>
#include <stdint.h>

enum { DATETIME_LENGTH = 26 /* bytes, without the NUL */ };

enum datetime_kind {
	DATETIME_NONE,  /* not a date */
	DATETIME_LOCAL, /* without a zone */
	DATETIME_ZONED  /* with an offset from UTC */
};

/* Writes the date and time with six digits of fraction and a NUL. The year must be between 0001 and
 * 9999. */
void datetime_format(int64_t microseconds, char text[DATETIME_LENGTH + 1]);

/* Parses the whole text and returns its kind.
 *
 * *microseconds: the text's date and time taken as UTC, without applying its offset; digits of the
 * fraction after the sixth are ignored. Not set for DATETIME_NONE.
 * *offset: seconds ahead of UTC, -86400 to 86400, rounded to whole seconds (halves away from 0).
 * Set only for DATETIME_ZONED. */
enum datetime_kind datetime_parse(struct str text, int64_t *microseconds, int32_t *offset)
	__attribute__((warn_unused_result));

#endif
