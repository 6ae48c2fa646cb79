/*
 * Declared types of columns as SQLAlchemy 2.0 writes them, as far as they are the same in each
 * dialect of SQL. `type` is the dialect's name of the type, without parameters.
 */
#ifndef POSTERN_SQL_TYPES_H
#define POSTERN_SQL_TYPES_H

#include "buf.h"
#include "resource.h"

/* Appends the type alone. */
void sql_put_plain(struct buf *out, const struct field *f, const char *type);

/* Appends the type, and the field's greatest length in characters if it has one: "VARCHAR(50)". */
void sql_put_length(struct buf *out, const struct field *f, const char *type);

/* Appends the type, and the decimal's digits and places if they are declared: "NUMERIC(10, 2)". */
void sql_put_precision(struct buf *out, const struct field *f, const char *type);

/* Appends the type with the length of the longest name of an Enum, in code points. */
void sql_put_names(struct buf *out, const struct field *f, const char *type);

/* Appends the type of a Literal: "INTEGER", or `type` with the length of its longest value in code
 * points. */
void sql_put_literal(struct buf *out, const struct field *f, const char *type);

/* True if CREATE TABLE makes the field unique; with FIELD_INDEX, CREATE UNIQUE INDEX does. */
bool sql_has_unique_constraint(const struct field *f);

#endif
