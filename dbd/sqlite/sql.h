/*
 * The SQL of a resource: pure text from its declaration, no database needed. Tables and indexes are
 * written byte for byte as SQLAlchemy 2.0 writes them, so that a file of ours and one of the
 * reference's cannot be told apart.
 *
 * In every statement the parameter of a field is its index + 1, so ?1 is the key; statements that
 * are given one key, be it the row's or an ancestor's, take that as ?1 too.
 */
#ifndef POSTERN_SQL_H
#define POSTERN_SQL_H

#include "buf.h"
#include "resource.h"

enum sql_purpose {
	SQL_LIST,     /* every row, by key */
	SQL_COUNT,    /* how many rows there are */
	SQL_PAGE,     /* the rows whose key is greater than ?1, by key */
	SQL_READ,     /* the row with key ?1 */
	SQL_CHILDREN, /* the rows whose parent is ?1, by key; only with a parent */
	SQL_EXISTS,   /* one row if there is one with key ?1: its parent's key, or 1 */
	SQL_INSERT, /* every field but the key; NULL for an absent parent, which NOT NULL refuses */
	SQL_UPDATE, /* every input field, of the row with key ?1 */
	SQL_DELETE, /* the row with key ?1 */
	SQL_TAKEN,  /* one row if another than ?1 has a unique value of these; only with such */
	SQL__COUNT
};

/* Has this resource a statement for this purpose? */
bool sql_applies(const struct resource *r, enum sql_purpose purpose);

/* Does a statement for this purpose change the table? */
bool sql_writes(enum sql_purpose purpose);

/* Appends that statement. Rows have every field, in declared order. */
void sql_statement(struct buf *out, const struct resource *r, enum sql_purpose purpose);

/* Appends the statement that changes one field only, of the row with key ?1. */
void sql_update_one(struct buf *out, const struct resource *r, unsigned field);

/* Is `ancestor` the parent of r, or of its parent, and so on? */
bool sql_is_below(const struct resource *r, const struct resource *ancestor);

/* Appends the statement that deletes the rows of r below the row of `ancestor` with key ?1. */
void sql_delete_below(struct buf *out, const struct resource *r, const struct resource *ancestor);

/* Appends CREATE TABLE, as it then stands in sqlite_master. */
void sql_create_table(struct buf *out, const struct resource *r);

/* A field's index: its name, and CREATE INDEX. Only for fields with FIELD_INDEX or FIELD_UNIQUE. */
void sql_index_name(struct buf *out, const struct resource *r, unsigned field);
void sql_create_index(struct buf *out, const struct resource *r, unsigned field);

/* Appends the type that a field's column is declared with: "INTEGER", "VARCHAR(50)". */
void sql_column_type(struct buf *out, const struct field *f);

/* True if a column of text affinity serves the field too. */
bool sql_column_may_be_text(const struct field *f);

#endif
