/*
 * How the tables of a database differ from a declaration: columns and indexes, read one table at a
 * time. Used to check the schema (schema.h) and to plan its migration (migrate.h).
 */
#ifndef POSTERN_TABLE_SHAPE_H
#define POSTERN_TABLE_SHAPE_H

#include "buf.h"
#include "resource.h"

#include <sqlite3.h>

enum { SHAPE_NAME_SIZE = 256, SHAPE_TYPE_SIZE = 256 };

/* The queries, each prepared once for all tables. */
enum shape_question { SHAPE_TABLES, SHAPE_COLUMNS, SHAPE_INDEXES, SHAPE_QUESTION__COUNT };

/* What has the name of a resource's table. */
enum shape_kind { SHAPE_ABSENT, SHAPE_TABLE, SHAPE_VIEW, SHAPE_VIRTUAL_TABLE, SHAPE_KIND__COUNT };

/* A column of a table, and the indexes that a field needs. */
struct shape_column {
	bool found;
	char name[SHAPE_NAME_SIZE], type[SHAPE_TYPE_SIZE];
	bool not_null, key, generated, has_default;
	bool first;  /* of an index */
	bool unique; /* alone in a unique index */
};

/* Functions that return false have appended the reason to *error and set `failure`. */
struct shape {
	sqlite3 *db;
	const struct api *declared;
	struct buf *error;
	int failure; /* SQLite's primary code of what has failed */
	sqlite3_stmt *questions[SHAPE_QUESTION__COUNT];
	enum shape_kind kinds[RESOURCES_MAX]; /* by resource_index */

	/* Of one table at a time. */
	const struct resource *resource;                  /* NULL: none yet */
	struct shape_column columns[RESOURCE_MAX_FIELDS]; /* by field */
	/* The first column that is not declared and is in the way, as it is NOT NULL without a
	 * default: an INSERT of dbd would fail. */
	struct shape_column undeclared;
	bool key_is_indexed; /* the key is not the rowid */
	bool has_rowid;      /* it is not WITHOUT ROWID */
};

/* Prepares to read the shapes of all tables of the declaration; sets `kinds`. What the arguments
 * point to is borrowed. To be ended by shape_end, whatever is returned. */
bool shape_begin(struct shape *shape, sqlite3 *db, const struct api *declared, struct buf *error)
	__attribute__((warn_unused_result));

void shape_end(struct shape *shape);

/* The kind as a noun, such as "view". Static. */
const char *shape_kind_name(enum shape_kind kind);

/* Reads the table of this resource, which is of SHAPE_TABLE. */
bool shape_read(struct shape *shape, const struct resource *r) __attribute__((warn_unused_result));

/* True if the column, which was found, serves the field. */
bool shape_column_serves(const struct shape *shape, unsigned field);

/* What is wrong with the key besides its column; NULL: nothing. Static. */
const char *shape_key_objection(const struct shape *shape);

/* True if the field needs an index that is not there. */
bool shape_lacks_index(const struct shape *shape, unsigned field);

/* Appends ", column NAME: expected TYPE …, found TYPE …" or "found none". */
void shape_say_column(struct buf *out, const struct shape *shape, unsigned field);

/* The affinity of a declared type (https://www.sqlite.org/datatype3.html, 3.1). Static. */
const char *shape_affinity(const char *type);

/* Appends "table NAME: " or, without a resource, nothing, and SQLite's last reason; sets `failure`.
 * Returns false. */
bool shape_fail_sqlite(struct shape *shape);

/* Executes the statement in sql and frees the buffer. Returns SQLite's code. */
int shape_run(sqlite3 *db, struct buf *sql);

#endif
