/*
 * Values into the parameters of a statement, and out of its columns, by a table of types. SQLite
 * keeps texts by their length: a NUL is a byte like any other. A statement that is NULL, as it
 * could not be prepared, is SQLITE_ERROR.
 */
#ifndef POSTERN_BIND_H
#define POSTERN_BIND_H

#include "record.h"

#include <sqlite3.h>

/* Binds a key as ?1. Returns an SQLite result code. */
int bind_key(sqlite3_stmt *statement, int64_t key) __attribute__((warn_unused_result));

/* Binds every present field to the parameter of its index + 1, as far as the statement has it.
 * Texts are borrowed until the statement is bound anew, dates are copied. Returns an SQLite result
 * code. */
int bind_record(sqlite3_stmt *statement, const struct record *record)
	__attribute__((warn_unused_result));

/* The row that the statement stands on, whose columns are r's fields; texts are borrowed until the
 * next step or reset. Returns r->nfields, or the index of the first field whose column holds what
 * the type does not allow: NULL, another storage class, no UTF-8, no date. It may also be one that
 * SQLite had no memory for: ask bind_lacked_memory at once. */
unsigned bind_read_row(sqlite3_stmt *statement, const struct resource *r, struct record *row)
	__attribute__((warn_unused_result));

/* True: what bind_read_row said of a field says nothing about its column. */
bool bind_lacked_memory(sqlite3_stmt *statement);

#endif
