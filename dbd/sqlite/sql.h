/*
 * Generates the SQL text of a resource from its declaration; no database is needed. CREATE TABLE
 * and CREATE INDEX are byte for byte those of SQLAlchemy 2.0, so that a file made by Postern has
 * the same schema text as one made by the reference.
 *
 * In every statement the parameter of a field is its index + 1, so ?1 is the key. A statement that
 * takes the key of an ancestor takes it as ?1, too.
 */
#ifndef POSTERN_SQL_H
#define POSTERN_SQL_H

#include "buf.h"
#include "resource.h"

enum sql_purpose {
	SQL_LIST,   /* all rows, in the order of the resource's list, else by key; where keys are
		     * UUIDs in SQLite's own order, as SQLAlchemy reads them: that of insertion */
	SQL_SLICE,  /* the same without the first ?1 rows, at most ?2 of them */
	SQL_COUNT,  /* the number of rows */
	SQL_PAGE,   /* the rows with a key greater than ?1, an integer, ordered by key */
	SQL_READ,   /* the row with key ?1 */
	SQL_EXISTS, /* one row if key ?1 exists: its parent's key, or 1 without a parent */
	SQL_INSERT, /* all fields except a key that the database counts; NULL, which is refused, for
		     * an absent parent and for a reference to an absent row, unless that may be
		     * null */
	SQL_UPDATE, /* sets all fields of the row with key ?1 that an update may set */
	SQL_DELETE, /* deletes the row with key ?1 */
	SQL_TAKEN,  /* the rows other than ?1 that have one of the given unique values: for each
		     * unique field in declared order, whether its value is the given one */
	SQL__COUNT
};

/* True if the resource has a statement for this purpose: SQL_PAGE needs a key that is an integer,
 * SQL_TAKEN a unique field. */
bool sql_applies(const struct resource *r, enum sql_purpose purpose);

/* True if a statement for this purpose changes the table. */
bool sql_writes(enum sql_purpose purpose);

/* Appends the statement, which sql_applies must allow. Result rows have all fields in declared
 * order, except those of SQL_COUNT, SQL_EXISTS and SQL_TAKEN. */
void sql_statement(struct buf *out, const struct resource *r, enum sql_purpose purpose);

/* Appends the statement that sets one field of the row with key ?1. */
void sql_update_one(struct buf *out, const struct resource *r, unsigned field);

/* Appends the statement that selects the rows whose parent or reference, which this field is, has
 * key ?1, ordered by key. */
void sql_children(struct buf *out, const struct resource *r, unsigned field);

/* Appends the statement that selects this field of the row with key ?1. */
void sql_field(struct buf *out, const struct resource *r, unsigned field);

/* Appends the statement that finds the rows whose parent or reference, which this field is, has key
 * ?1: the key of each, and of its parent; 0 without a parent. */
void sql_referring(struct buf *out, const struct resource *r, unsigned field);

/* Appends the statement that sets such a field to NULL where it has key ?1, and with it the fields
 * that every update sets. */
void sql_set_null(struct buf *out, const struct resource *r, unsigned field);

/* Statements of an association table (struct links). Their parameters are keys: of its two columns,
 * or of the one that is not in the result. */
enum sql_links {
	SQL_LINKED_OWNERS, /* the keys of the owners that are linked with ?1 */
	SQL_LINKED_ROWS,   /* the keys of the rows with which the owner ?1 is linked */
	SQL_LINK,          /* links ?1 with ?2, unless they are */
	SQL_UNLINK,        /* the reverse */
	SQL_UNLINK_OWNER,  /* removes all links of the owner ?1 */
	SQL_UNLINK_ROW,    /* removes all links to the row ?1 */
	SQL_LINKS__COUNT
};

/* Appends such a statement. */
void sql_links(struct buf *out, const struct resource *table, enum sql_links purpose);

/* Appends the statement that selects the rows of r at this end of the links whose other end is ?1,
 * ordered by key. */
void sql_linked(
	struct buf *out, const struct resource *r, const struct resource *table, enum link_end end);

/* Which rows a filtered statement is about, and what it says of them. */
struct sql_filtered {
	uint64_t filters; /* the parameters of the resource's list that are given, as bits */
	bool below;       /* only rows with parent ?1 */
	bool counts;      /* the number of rows; else the rows */
};

/* Parameters of a filtered statement. */
enum {
	SQL_FILTERED_AFTER = 2, /* rows that are left out at the beginning */
	SQL_FILTERED_LIMIT,     /* most rows */
	SQL_FILTERED_VALUES     /* of parameter 0 of the list; the others follow */
};

/* Appends a filtered statement: the rows of r, in the order of its list, or their number. As with
 * SQLAlchemy, NULL is neither equal nor unequal to a value, and contains is LIKE. */
void sql_filtered(struct buf *out, const struct resource *r, const struct sql_filtered *filtered);

/* True if `ancestor` is the parent of r, or an ancestor of that parent. */
bool sql_is_below(const struct resource *r, const struct resource *ancestor);

/* Appends the statement that deletes all rows of r below the row of `ancestor` with key ?1.
 * sql_is_below(r, ancestor) must be true. */
void sql_delete_below(struct buf *out, const struct resource *r, const struct resource *ancestor);

/* Appends the statement that finds the keys of these rows. */
void sql_keys_below(struct buf *out, const struct resource *r, const struct resource *ancestor);

/* Appends CREATE TABLE; sqlite_schema stores exactly this text. */
void sql_create_table(struct buf *out, const struct resource *r);

/* Appends a field's column as in CREATE TABLE: name, type and NOT NULL. */
void sql_column(struct buf *out, const struct field *f);

/* Appends the name of a table, column or index, quoted only if SQLAlchemy does that. */
void sql_name(struct buf *out, const char *name);

/* Appends " REFERENCES TABLE (KEY)". */
void sql_references(struct buf *out, const struct resource *to);

/* Appends the declared type of a field's column, as "INTEGER" or "VARCHAR(50)". */
void sql_column_type(struct buf *out, const struct field *f);

/* Appends CREATE INDEX for a field with FIELD_INDEX or FIELD_UNIQUE. */
void sql_create_index(struct buf *out, const struct resource *r, unsigned field);

/* The affinity of a column that serves the field as well as that of its type; NULL: none. */
const char *sql_other_affinity(const struct field *f);

#endif
