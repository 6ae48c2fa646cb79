/* Dates and times as PostgreSQL's texts in the style ISO, as "2026-01-02 03:04:05.5+01". */
#ifndef POSTERN_PG_VALUE_MOMENT_H
#define POSTERN_PG_VALUE_MOMENT_H

#include "str.h"
#include "value.h"

/* Each reads a whole text, in the units of value.h; a moment with a zone is VALUE_ZONED. False: it
 * is none that Python has, as "infinity", "0044-03-15 BC" and "24:00:00". */
bool pg_value_read_date(struct str text, struct value *value);
bool pg_value_read_time(struct str text, struct value *value);
bool pg_value_read_moment(struct str text, struct value *value);

#endif
