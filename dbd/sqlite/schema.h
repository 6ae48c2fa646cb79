/*
 * Creates and checks the tables and indexes of all resources. Missing ones are created; a table
 * that differs from its declaration is refused: a column that is missing, of another affinity, or
 * NOT NULL where the field is nullable, or the reverse. Other tables, additional columns that may
 * be NULL or have a default, triggers and additional indexes (unique ones too) are accepted.
 */
#ifndef POSTERN_SCHEMA_H
#define POSTERN_SCHEMA_H

#include "buf.h"
#include "resource.h"

#include <sqlite3.h>

/* Checks all tables and creates what is missing, in one transaction on a writing connection. If it
 * fails, nothing has changed, and *error has got one line that names table, column, what was
 * expected and what was found, and the remedy if posternctl migrate is one; or why SQLite could not
 * do it. */
bool schema_ensure(sqlite3 *db, struct buf *error) __attribute__((warn_unused_result));

/* The same for any declaration, within a transaction that the caller has begun and ends. Returns
 * SQLITE_OK, or SQLITE_BUSY or SQLITE_ERROR with the line in *error. */
int schema_complete(sqlite3 *db, const struct api *declared, struct buf *error)
	__attribute__((warn_unused_result));

/* Checks whether schema_ensure would succeed, on a connection that may be read-only, in one
 * snapshot. Changes nothing; missing tables and indexes are fine. Returns false after appending one
 * line to *error. */
bool schema_check(sqlite3 *db, const struct api *declared, struct buf *error)
	__attribute__((warn_unused_result));

#endif
