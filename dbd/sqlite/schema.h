/*
 * The tables and indexes of all resources: what is missing is created, what differs from its
 * declaration is refused. Tables of others, columns that have a default or may be null, triggers
 * and further indexes, unique ones too, are nobody's business here.
 */
#ifndef POSTERN_SCHEMA_H
#define POSTERN_SCHEMA_H

#include "buf.h"

#include <sqlite3.h>

/* One transaction on a writing connection, all or nothing. False: *error has one line that names
 * table, column, what was expected and what was found. */
bool schema_ensure(sqlite3 *db, struct buf *error) __attribute__((warn_unused_result));

/* Does a constraint of one of the tables, by its declaration, delete rows in favour of a new one
 * (ON CONFLICT REPLACE)? True also when that cannot be found out. */
bool schema_replaces(sqlite3 *db) __attribute__((warn_unused_result));

#endif
