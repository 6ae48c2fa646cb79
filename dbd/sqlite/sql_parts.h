/* The parts of which statements for SQLite are made. */
#ifndef POSTERN_SQL_PARTS_H
#define POSTERN_SQL_PARTS_H

#include "buf.h"
#include "resource.h"

static inline const char *sql_key_name(const struct resource *r)
{
	return r->fields[RESOURCE_KEY].name;
}

/* r must have a parent. */
static inline const char *sql_parent_name(const struct resource *r)
{
	return r->fields[r->parent_field].name;
}

/* The fields with a column that have this flag, as bits. */
uint64_t sql_fields_with(const struct resource *r, enum field_flag flag);

/* Each appends what this field is in a statement: "COLUMN", "?N", "COLUMN = ?N". */
void sql_put_column(struct buf *out, const struct resource *r, unsigned field);
void sql_put_parameter(struct buf *out, const struct resource *r, unsigned field);
void sql_put_assignment(struct buf *out, const struct resource *r, unsigned field);

/* Appends what `put` appends for each of these fields (bits), with `between` between them. */
void sql_put_list(struct buf *out, const struct resource *r, uint64_t fields, const char *between,
	void (*put)(struct buf *out, const struct resource *r, unsigned field));

/* Appends "SELECT all columns FROM TABLE"; and " FROM TABLE" alone. */
void sql_put_select(struct buf *out, const struct resource *r);
void sql_put_from(struct buf *out, const struct resource *r);

/* Appends " WHERE COLUMN"; and " = ?1". */
void sql_put_where(struct buf *out, const char *column);
void sql_put_equals_first(struct buf *out);

/* Appends ORDER BY: the key, unless keys are UUIDs, which have no order; and the order of the
 * resource's list, in which the key decides between equal values. */
void sql_put_order(struct buf *out, const struct resource *r);
void sql_put_list_order(struct buf *out, const struct resource *r);

#endif
