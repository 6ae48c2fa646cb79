/* Describes the tables of any SQLite file as JSON, for posternctl import. */
#ifndef POSTERN_DESCRIBE_H
#define POSTERN_DESCRIBE_H

#include "buf.h"

/*
 * Reads the schema of the file, which is not changed, nor are files made beside it; a log of a
 * program that has it open is read too. Appends
 *
 *	{"tables": [{"name", "columns": [{"name", "type", "not_null", "key", "default"}],
 *	    "indexes": [{"unique", "origin", "columns": [NAME]}],
 *	    "foreign_keys": [{"from": [NAME], "table", "on_delete"}]}],
 *	 "values": [{"table", "column", "values": [TEXT]}]}
 *
 * where not_null and unique are 0 or 1, key is the place in the primary key, from 1, and default is
 * SQL or null; origin is SQLite's: "c" for CREATE INDEX, "u", "pk". "values" has, of the columns of
 *type VARCHAR(n), the distinct texts of the first rows, if they are few. Returns false with the
 *reason in *error.
 */
bool describe_database(const char *path, struct buf *out, struct buf *error)
	__attribute__((warn_unused_result));

#endif
