/*
 * Objects and arrays as SQLAlchemy stores them: the text of Python's json.dumps with its default
 * separators and ensure_ascii, read by json.loads (sqltypes.py, JSON).
 */
#ifndef POSTERN_JSON_COLUMN_H
#define POSTERN_JSON_COLUMN_H

#include "arena.h"
#include "buf.h"
#include "json.h"

/* Appends the column's text of compact JSON. */
void json_column_store(struct buf *out, struct str compact);

/* Reads a column's text. Sets *type to that of its root, and *compact to compact JSON in the arena
 * (json_write.h). False: the text is not JSON. */
bool json_column_read(struct arena *arena, struct str text, enum json_type *type,
	struct str *compact) __attribute__((warn_unused_result));

/* True if json_column_read certainly returns the same compact JSON for what json_column_store
 * stores. False if it contains numbers with a fraction or an exponent, which have several forms. */
bool json_column_keeps(struct str compact);

#endif
