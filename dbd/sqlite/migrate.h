/*
 * Plans how to bring the tables of a database to a declaration without losing data.
 *
 * A plan is SQL text: statements, and comments that name what the plan cannot do. Running it needs
 * nothing but SQLite; the sqlite3 shell can.
 *
 * In the plan are, for each resource in declared order:
 *
 *	CREATE TABLE and its CREATE INDEX, as SQLAlchemy writes them: the table is missing.
 *	ALTER TABLE … ADD COLUMN: the column is missing, and the rows that are there can have a
 *	  value in it: the default as its type stores it, else NULL if the field is nullable, else
 *	  none if there are no rows. A reference has its REFERENCES clause.
 *	CREATE INDEX, CREATE UNIQUE INDEX: an index is missing; a unique one only if no two rows
 *	  have the same value. A column that is added gets its uniqueness by an index, since SQLite
 *	  cannot add a constraint.
 *	DROP INDEX ix_TABLE_COLUMN, and CREATE … INDEX: the index is exactly the one that SQLAlchemy
 *	  makes, but it is unique and the field is not, or the reverse.
 *
 * Differences, which the plan names and leaves to a person:
 *
 *	a column of another type, NOT NULL where the field is nullable or the reverse, generated, or
 *	  (not) the key: SQLite would have to copy the table;
 *	a column that is missing without a value for the rows that are there: a required field
 *	  without default, a unique field with a default, a reference whose default refers to no
 *	  row, a default with NUL, which SQL text cannot say;
 *	a column that is not declared, is NOT NULL and has no default, so that no row could be
 *added; values that are not unique, though the field is; a view, virtual table, or something else
 *with a name that the declaration needs.
 *
 * A plan never drops or renames a table or a column, and never changes a value. Not compared are
 *what a server accepts too (schema.h): lengths, foreign keys, defaults of columns, other tables,
 *columns and indexes; and the values in the rows.
 */
#ifndef POSTERN_MIGRATE_H
#define POSTERN_MIGRATE_H

#include "engine_admin.h"

#include <sqlite3.h>

/* Plans in one snapshot of the database; the connection may be read-only, and may be in a
 * transaction. *plan need not be initialized; its sql is to be freed, whatever is returned. Returns
 * SQLite's primary code; unless it is SQLITE_OK, *error has the reason. */
int migrate_plan(struct engine_plan *plan, sqlite3 *db, const struct api *declared,
	struct buf *error) __attribute__((warn_unused_result));

/* On a connection that writes, outside of a transaction: plans again, runs the plan, and checks
 * with schema.h that all tables are as declared; all in one transaction. *ret_statements: how many
 * ran. Returns SQLite's extended code. Unless it is SQLITE_OK, nothing has changed, and *error has
 * the reason; SQLITE_ABORT: the tables have differences that the plan does not mend. */
int migrate_apply(sqlite3 *db, const struct api *declared, unsigned *ret_statements,
	struct buf *error) __attribute__((warn_unused_result));

#endif
