/*
 * Generates the SQL text of a resource for PostgreSQL; no database is needed. CREATE TYPE, TABLE
 * and INDEX are those of SQLAlchemy 2.0 (dialects/postgresql/base.py).
 *
 * Parameters are texts, $1 to $n without gaps. Where a type cannot be derived from the context the
 * statement casts it. A list of keys is an array: '{1,2,3}', as bigint[] or uuid[].
 *
 * None raises an error for what a client may send: an insert meets a taken value by ON CONFLICT DO
 * NOTHING, and looks for the rows to which it refers itself. An error (23505) remains where an
 * index that is not declared refuses a row.
 */
#ifndef POSTERN_PG_SQL_H
#define POSTERN_PG_SQL_H

#include "buf.h"
#include "resource.h"

enum pg_purpose {
	PG_LIST,  /* all rows, in the order of the resource's list, else by key */
	PG_SLICE, /* the same without the first $1 rows, at most $2 of them */
	PG_COUNT, /* the number of rows */
	PG_PAGE,  /* the rows with a key greater than $1, an integer, ordered by key */
	PG_READ,  /* the rows with one of the keys $1 (array), in no order */

	/* The row with key $1, locked until the end of the transaction. */
	PG_LOCK,     /* against changes: FOR NO KEY UPDATE */
	PG_LOCK_ALL, /* also against rows that begin to refer to it: FOR UPDATE */

	PG_EXISTS,  /* of the rows with one of the keys $1 (array): the key, and the parent's key or
		     * NULL without a parent, in no order */
	PG_REQUIRE, /* the same of the row with key $1 alone, locked FOR KEY SHARE */
	PG_RELEASE, /* the same, locked FOR UPDATE, to delete it */

	/* Inserts one row, unless a row to which it refers is absent or one of its unique values is
	 * taken: then it inserts none. Rows that are referred to are locked FOR KEY SHARE. Returns
	 * the key. Parameters: the columns in declared order, without a key that the database
	 * counts. */
	PG_INSERT,

	/* The same for several rows; for resources whose rows are in each other's way only by their
	 * keys. Parameters: for each column an array. Returns for each row that was inserted its
	 * key, and the columns that refer to other rows, in declared order; the rows in the order
	 * of the arrays. */
	PG_INSERT_SEVERAL,

	PG_DELETE, /* deletes the row with key $1; returns one row if it was there */
	PG_TAKEN,  /* the rows other than $1 (NULL: none) that have one of the unique values $2...,
		    * in declared order: for each of these whether its value is the given one */
	PG__COUNT
};

/* True if the resource has a statement for this purpose. */
bool pg_sql_applies(const struct resource *r, enum pg_purpose purpose);

/* Appends the statement. Result rows have all columns in declared order unless said otherwise. */
void pg_sql_statement(struct buf *out, const struct resource *r, enum pg_purpose purpose);

/* Appends the statement that sets these columns (bits, at least one) of the row with key $1 to
 * $2... in declared order, and returns one row; it changes nothing if a row to which one of them
 * refers is absent, or if another row has one of the unique values among them. */
void pg_sql_update(struct buf *out, const struct resource *r, uint64_t fields);

/* The rows whose parent or reference, which this field is, has one of the keys $1 (array), ordered
 * by that field, then by key. */
void pg_sql_children(struct buf *out, const struct resource *r, unsigned field);

/* This field, a key, of the row with key $1. */
void pg_sql_field(struct buf *out, const struct resource *r, unsigned field);

/* The rows whose parent or reference, which this field is, has key $1, locked FOR UPDATE: the key
 * of each, and of its parent or NULL. Ordered by key. */
void pg_sql_referring(struct buf *out, const struct resource *r, unsigned field);

/* Sets such a field to NULL where it has key $1, and the columns `others` (bits) to $2... Returns
 * the keys of these rows. */
void pg_sql_set_null(struct buf *out, const struct resource *r, unsigned field, uint64_t others);

/* Statements of an association table. Their parameters are keys, as for SQLite (sql.h). */
enum pg_links {
	PG_LINKED_OWNERS, /* the keys of the owners that are linked with $1 */
	PG_LINKED_ROWS,   /* the keys of the rows with which the owner $1 is linked */
	PG_LINK,          /* links $1 with $2, unless they are */
	PG_UNLINK,        /* the reverse; returns one row if they were linked */
	PG_UNLINK_OWNER,  /* removes all links of the owner $1; returns the other keys */
	PG_UNLINK_ROW,    /* removes all links to the row $1; returns the other keys */
	PG_LINKS__COUNT
};

void pg_sql_links(struct buf *out, const struct resource *table, enum pg_links purpose);

/* The rows of r at this end of the links whose other end is one of the keys $1 (array): first that
 * key, then all columns; ordered by that key, then by key. */
void pg_sql_linked(
	struct buf *out, const struct resource *r, const struct resource *table, enum link_end end);

/* Locks the links of which pg_sql_linked reads the rows at this end, with the same parameter. */
void pg_sql_lock_links(struct buf *out, const struct resource *table, enum link_end end);

/* Which rows a filtered statement is about, and what it says of them. */
struct pg_filtered {
	uint64_t filters; /* the parameters of the resource's list that are given, as bits */
	bool below;       /* only rows with the parent that is the first parameter */
	bool counts;      /* the number of rows; else the rows */
};

/* The rows of r in the order of its list, or their number. Parameters, in this order: the parent's
 * key with `below`; unless it counts, the rows to leave out and the most rows; the values of the
 * filters that are given, in the order of the list's parameters. `contains` is LIKE, as SQLAlchemy
 * writes it; NULL is neither equal nor unequal to a value. */
void pg_sql_filtered(struct buf *out, const struct resource *r, const struct pg_filtered *filtered);

/* Deletes all rows of r below the row of `ancestor` with key $1; returns the key of each, and of
 * its parent. */
void pg_sql_delete_below(
	struct buf *out, const struct resource *r, const struct resource *ancestor);

/* Deletes the rows of these tables with the keys $1, $2... (an array for each table) in one
 * statement, which checks at its end what refers to them. Returns one row if that of the first
 * table with the key after these was deleted. */
void pg_sql_delete_rows(struct buf *out, const struct resource *const *tables, unsigned count);

/* The longest name that PostgreSQL has, in bytes (NAMEDATALEN - 1). */
enum { PG_NAME_MAX = 63 };

/* Appends CREATE TYPE of an enum, and ALTER TYPE that adds the member of this index to it. */
void pg_sql_create_type(struct buf *out, const struct field *f);
void pg_sql_add_label(struct buf *out, const struct field *f, unsigned choice);

/* Appends CREATE TABLE, with foreign keys for those of these fields (bits) that refer to a row; and
 * ALTER TABLE that adds one later: tables may refer to each other. */
void pg_sql_create_table(struct buf *out, const struct resource *r, uint64_t references);
void pg_sql_add_reference(struct buf *out, const struct resource *r, unsigned field);

/* Appends CREATE INDEX of a field with FIELD_INDEX or FIELD_UNIQUE. Where SQLAlchemy's name is too
 * long, which it then shortens by a hash, the index has a name that PostgreSQL makes. */
void pg_sql_create_index(struct buf *out, const struct resource *r, unsigned field);

/* Appends a column as in CREATE TABLE: name, type and NOT NULL. */
void pg_sql_column(struct buf *out, const struct field *f);

/* Appends the declared type of a column, as "INTEGER", "VARCHAR(50)", "TIMESTAMP WITH TIME ZONE".
 */
void pg_sql_column_type(struct buf *out, const struct field *f);

/* Appends a name, quoted only if SQLAlchemy quotes it for PostgreSQL. */
void pg_sql_name(struct buf *out, const char *name);

#endif
