/* Rows in the text format of PostgreSQL's COPY (its documentation, COPY, File Formats). Pure. */
#ifndef POSTERN_PG_COPY_TEXT_H
#define POSTERN_PG_COPY_TEXT_H

#include "buf.h"

/* Appends a value; NULL: null. It has no NUL. */
void pg_copy_put(struct buf *out, const char *text);

/* Between two values, and after the last one of a row. */
void pg_copy_put_next(struct buf *out);
void pg_copy_put_end(struct buf *out);

/* Splits a row, without or with its newline, into its values, whose escapes it decodes in place;
 * ptr NULL: null. False: it has another number of values. */
bool pg_copy_split(char *row, size_t length, struct str values[], unsigned count)
	__attribute__((warn_unused_result));

#endif
