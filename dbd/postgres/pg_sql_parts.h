/* The parts of which statements for PostgreSQL are made. */
#ifndef POSTERN_PG_SQL_PARTS_H
#define POSTERN_PG_SQL_PARTS_H

#include "buf.h"
#include "resource.h"

static inline const struct field *pg_key_field(const struct resource *r)
{
	return &r->fields[RESOURCE_KEY];
}

/* Appends a column's name; with the alias of its table, unless that is NULL. */
void pg_put_column(struct buf *out, const char *alias, const struct field *f);

/* Appends the columns of these fields (bits), with commas between them. */
void pg_put_columns(struct buf *out, const char *alias, const struct resource *r, uint64_t fields);

/* Appends " FROM TABLE". */
void pg_put_from(struct buf *out, const struct resource *r);

/* Appends "$N", cast so that every value of the field's type can be compared with a column of it,
 * and assigned to one. */
void pg_put_parameter(struct buf *out, const struct field *f, unsigned number);

/* The same for several rows: "$N", cast to an array, and its element for one row, which is a column
 * of `p`. Not for enums. */
void pg_put_array(struct buf *out, const struct field *f, unsigned number);
void pg_put_element(struct buf *out, const struct field *f, unsigned number);

/* Appends "ANY ($N)", cast to an array of keys of the field's type. */
void pg_put_any(struct buf *out, const struct field *f, unsigned number);

#endif
