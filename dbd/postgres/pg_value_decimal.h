/* Decimals: PostgreSQL's numeric, and the texts of Python's str(Decimal). */
#ifndef POSTERN_PG_VALUE_DECIMAL_H
#define POSTERN_PG_VALUE_DECIMAL_H

#include "arena.h"
#include "resource.h"

/* True if a column of this field can store the decimal. */
bool pg_value_decimal_fits(const struct field *f, struct str decimal);

/* True if it certainly reads back as the same text. */
bool pg_value_decimal_keeps(const struct field *f, struct str decimal);

/* Reads the text of a numeric. What is converted is in the arena. False: it is not finite. */
bool pg_value_decimal_read(struct arena *arena, struct str text, struct str *decimal);

#endif
