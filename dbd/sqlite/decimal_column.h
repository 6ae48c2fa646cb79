/*
 * Decimals as SQLAlchemy stores them in SQLite, which has none: as a double, read back with the
 * column's number of places (sqltypes.py, Numeric.bind_processor and result_processor).
 */
#ifndef POSTERN_DECIMAL_COLUMN_H
#define POSTERN_DECIMAL_COLUMN_H

#include "arena.h"
#include "resource.h"

/* Sets *number to the nearest double of a finite decimal, as Python's float() does. False: it is
 * beyond all doubles, or memory is missing. */
bool decimal_column_store(struct str decimal, double *number) __attribute__((warn_unused_result));

/* Sets *decimal to what SQLAlchemy reads for a field, as Python's str() writes it, in the arena.
 * False: the number is infinite. */
bool decimal_column_read(struct arena *arena, const struct field *f, double number,
	struct str *decimal) __attribute__((warn_unused_result));

/* True if decimal_column_read returns the same text for what decimal_column_store stores. */
bool decimal_column_keeps(const struct field *f, struct str decimal);

#endif
