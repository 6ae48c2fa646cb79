/*
 * What a database has of the tables of a declaration: one query for each catalog, however many
 * tables there are. A table is the one that its name alone finds, as for SQLAlchemy: in the first
 * schema of the search path that has it.
 */
#ifndef POSTERN_PG_SHAPE_H
#define POSTERN_PG_SHAPE_H

#include "arena.h"
#include "buf.h"
#include "resource.h"

#include <libpq-fe.h>

/* A column, and the indexes that a field needs. */
struct pg_column {
	bool found;
	const char *name,
		*type; /* as format_type(3) writes it; of a column that is not found NULL */
	bool not_null, has_default, generated;
	bool is_enum;
	bool *labels; /* ENUM: by choice, whether the type has it; also if only the type is found */
	bool type_found; /* ENUM: there is a type of the name that the declaration gives it */
	bool first;      /* of an index */
	bool unique;     /* alone in a unique index */
};

struct pg_table {
	const struct resource *resource;
	const char *oid;
	char kind;                   /* pg_class.relkind; '\0': there is none */
	struct pg_column *columns;   /* by field */
	struct pg_column undeclared; /* the first that is NOT NULL without a default */
};

struct pg_shape {
	PGconn *conn;
	const struct api *declared;
	struct buf *error;
	struct arena arena;
	struct pg_table *tables; /* api_table */
};

/* Reads the shape. False: *error has the reason. To be freed by pg_shape_done, whatever is
 * returned; it may be read again after that. */
bool pg_shape_read(struct pg_shape *shape, PGconn *conn, const struct api *declared,
	struct buf *error) __attribute__((warn_unused_result));

void pg_shape_done(struct pg_shape *shape);

/* Runs a statement with one parameter, or NULL. NULL, after appending the reason to *error, if it
 * fails. */
PGresult *pg_shape_ask(
	PGconn *conn, const char *statement, const char *parameter, struct buf *error);

/* The oids of the tables that are there, as an array. In the shape's arena. */
const char *pg_shape_oids(struct pg_shape *shape);

#endif
