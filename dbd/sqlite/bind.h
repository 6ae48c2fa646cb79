/*
 * Binds values to the parameters of a statement and reads them from its columns, by a table of
 * types. Texts have a length and may contain NUL bytes. For a NULL statement, which could not be
 * prepared, the functions that bind return SQLITE_ERROR.
 */
#ifndef POSTERN_BIND_H
#define POSTERN_BIND_H

#include "record.h"

#include <sqlite3.h>

/* Binds a key as ?1. Returns an SQLite result code. */
int bind_key(sqlite3_stmt *statement, int64_t key) __attribute__((warn_unused_result));

/* Binds every present field to the parameter of its index + 1, if the statement has that parameter.
 * Texts are borrowed until the parameter is bound again or the statement is finalized; dates are
 * copied. Returns an SQLite result code. */
int bind_record(sqlite3_stmt *statement, const struct record *record)
	__attribute__((warn_unused_result));

/* Reads the current row of the statement, whose columns are r's fields. Texts are borrowed until
 * the next step or reset. Returns r->nfields, or the index of the first field whose column has a
 * value that the type does not allow: NULL, another storage class, invalid UTF-8, not a date.
 * Running out of memory has the same result: bind_lacked_memory, called next, tells the difference.
 */
unsigned bind_read_row(sqlite3_stmt *statement, const struct resource *r, struct record *row)
	__attribute__((warn_unused_result));

/* True if bind_read_row stopped because SQLite was out of memory. */
bool bind_lacked_memory(sqlite3_stmt *statement);

#endif
