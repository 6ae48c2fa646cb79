/*
 * Creates and checks the types, tables and indexes of all resources. Missing ones are created; a
 * table that differs from its declaration is refused: a column that is missing, of a type that does
 * not serve, or NOT NULL where the field is nullable, or the reverse; an enum without one of the
 * members. A type serves if it stores all values of the field and no column reads back otherwise:
 * a longer VARCHAR, TEXT, BIGINT. Other tables, additional columns that may be NULL or have a
 * default, triggers and additional indexes are accepted; views and foreign tables are not, as they
 * have no unique values.
 *
 * Names are looked up as SQLAlchemy does: what is missing is made in the first schema of the search
 * path (current_schema).
 */
#ifndef POSTERN_PG_SCHEMA_H
#define POSTERN_PG_SCHEMA_H

#include "buf.h"
#include "resource.h"

#include <libpq-fe.h>

/* Checks all tables. If something is missing, creates it in one transaction; other processes that
 * do the same wait meanwhile. A complete schema takes no lock and needs no right to create.
 * *has_log: the tables of freshness.h and pg_commits.h are there, with all rights to them. If it
 * fails, nothing has changed, and *error has got one line that names table, column, what was
 * expected and what was found, and the remedy; or why PostgreSQL could not do it. */
bool pg_schema_ensure(PGconn *conn, const struct api *declared, bool *has_log, struct buf *error)
	__attribute__((warn_unused_result));

/* Checks whether pg_schema_ensure would succeed, apart from the rights of the role. Changes
 * nothing; missing tables and indexes are fine. False: *error has got one line. */
bool pg_schema_check(PGconn *conn, const struct api *declared, struct buf *error)
	__attribute__((warn_unused_result));

/* *others_write: a statement that writes a declared table may write other rows, or other values
 * than it says: the table has a trigger or a rule, or foreign keys refer to it that say what else a
 * change of it does (ON DELETE CASCADE). False: it cannot be found out; *error has the reason. */
bool pg_schema_others_write(PGconn *conn, const struct api *declared, bool *others_write,
	struct buf *error) __attribute__((warn_unused_result));

#endif
