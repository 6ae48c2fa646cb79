/*
 * Binds values to the parameters of a statement and reads them from its columns, by a table of
 * types. Texts have a length and may contain NUL bytes. For a NULL statement, which could not be
 * prepared, the functions that bind return SQLITE_ERROR.
 */
#ifndef POSTERN_BIND_H
#define POSTERN_BIND_H

#include "arena.h"
#include "key.h"
#include "record.h"

#include <sqlite3.h>

/* Binds a key as ?1: of a field that has a key or refers to one. Returns an SQLite result code. */
int bind_key(sqlite3_stmt *statement, const struct field *f, struct key key)
	__attribute__((warn_unused_result));

/* Reads the key of such a field from a column of the current row. False: *key is none, as the
 * column has no UUID, perhaps NULL. */
bool bind_read_key(sqlite3_stmt *statement, int column, const struct field *f, struct key *key);

/* Binds every present field to the parameter of its index + 1, if the statement has that parameter,
 * as SQLAlchemy stores it: NaN becomes NULL, and zones are dropped. Texts are borrowed until the
 * parameter is bound again or the statement is finalized; what is converted is copied. Returns an
 * SQLite result code; SQLITE_TOOBIG for a decimal beyond all doubles. */
int bind_record(sqlite3_stmt *statement, const struct record *record)
	__attribute__((warn_unused_result));

/* Binds each value of a filter, by its index in the list of the record's resource, to the parameter
 * first + index, in the same way; a refused value, which no row has, as NULL. */
int bind_filters(sqlite3_stmt *statement, int first, const struct record *filters)
	__attribute__((warn_unused_result));

/* Binds the field's default, which it must have (FIELD_PRESET), to a parameter in the same way. */
int bind_preset(sqlite3_stmt *statement, int parameter, const struct field *f)
	__attribute__((warn_unused_result));

/* The fields whose values may be stored as others: by their type, unless dbd makes the value. */
uint64_t bind_convertible(const struct resource *r);

/* True if these fields of the record, which are present and of bind_convertible, read back as they
 * are once they are stored. */
bool bind_keeps(const struct record *record, uint64_t fields) __attribute__((warn_unused_result));

/* Reads the current row of the statement, whose columns are r's fields. Texts are borrowed until
 * the next step or reset, or are in the arena. Returns r->nfields, or the index of the first field
 * whose column has a value that SQLAlchemy or the field's type does not allow: NULL without
 * FIELD_NULLABLE, another storage class, invalid UTF-8, not a date, not a member of the enum.
 * Running out of memory has the same result: bind_lacked_memory, called next, tells the difference.
 */
unsigned bind_read_row(sqlite3_stmt *statement, const struct resource *r, struct arena *arena,
	struct record *row) __attribute__((warn_unused_result));

/* True if bind_read_row stopped because SQLite was out of memory. */
bool bind_lacked_memory(sqlite3_stmt *statement);

#endif
