#include "sql.h"

#include "record.h"
#include "sql_parts.h"

static void put_list_statement(struct buf *out, const struct resource *r)
{
	sql_put_select(out, r);
	sql_put_list_order(out, r);
}

static void put_slice(struct buf *out, const struct resource *r)
{
	put_list_statement(out, r);
	buf_str(out, STR(" LIMIT ?2 OFFSET ?1"));
}

static void put_count(struct buf *out, const struct resource *r)
{
	buf_str(out, STR("SELECT count(*)"));
	sql_put_from(out, r);
}

static void put_page(struct buf *out, const struct resource *r)
{
	sql_put_select(out, r);
	sql_put_where(out, sql_key_name(r));
	buf_str(out, STR(" > ?1"));
	sql_put_order(out, r);
}

static void put_read(struct buf *out, const struct resource *r)
{
	sql_put_select(out, r);
	sql_put_where(out, sql_key_name(r));
	sql_put_equals_first(out);
}

static void put_exists(struct buf *out, const struct resource *r)
{
	buf_str(out, STR("SELECT "));
	if (r->parent)
		sql_name(out, sql_parent_name(r));
	else
		buf_char(out, '1');
	sql_put_from(out, r);
	sql_put_where(out, sql_key_name(r));
	sql_put_equals_first(out);
}

/* Inserts NULL for an absent row, which the column's NOT NULL refuses. SQLite looks the row up by
 * rowid inside the statement, which costs as much as enforcing a foreign key. */
static void put_checked(struct buf *out, const struct resource *r, unsigned field)
{
	const struct resource *to = r->fields[field].to;

	buf_str(out, STR("CASE WHEN "));
	sql_put_parameter(out, r, field);
	buf_str(out, STR(" IN (SELECT "));
	sql_name(out, sql_key_name(to));
	sql_put_from(out, to);
	buf_str(out, STR(") THEN "));
	sql_put_parameter(out, r, field);
	buf_str(out, STR(" END"));
}

static void put_inserted(struct buf *out, const struct resource *r, unsigned field)
{
	const struct field *f = &r->fields[field];
	bool checked = f->to && !(f->flags & FIELD_NULLABLE);

	(checked ? put_checked : sql_put_parameter)(out, r, field);
}

static void put_insert(struct buf *out, const struct resource *r)
{
	uint64_t counted = resource_has_uuids(r) ? 0 : sql_fields_with(r, FIELD_KEY);
	uint64_t given = record_all(r) & ~counted;

	buf_str(out, STR("INSERT INTO "));
	sql_name(out, r->table);
	buf_str(out, STR(" ("));
	sql_put_list(out, r, given, ", ", sql_put_column);
	buf_str(out, STR(") VALUES ("));
	sql_put_list(out, r, given, ", ", put_inserted);
	buf_char(out, ')');
}

static void put_update_of(struct buf *out, const struct resource *r, uint64_t fields)
{
	buf_str(out, STR("UPDATE "));
	sql_name(out, r->table);
	buf_str(out, STR(" SET "));
	sql_put_list(out, r, fields, ", ", sql_put_assignment);
	sql_put_where(out, sql_key_name(r));
	sql_put_equals_first(out);
}

static void put_update(struct buf *out, const struct resource *r)
{
	put_update_of(out, r, sql_fields_with(r, FIELD_INPUT) | sql_fields_with(r, FIELD_NOW_TOO));
}

static void put_delete(struct buf *out, const struct resource *r)
{
	buf_str(out, STR("DELETE"));
	sql_put_from(out, r);
	sql_put_where(out, sql_key_name(r));
	sql_put_equals_first(out);
}

static void put_taken(struct buf *out, const struct resource *r)
{
	uint64_t unique = sql_fields_with(r, FIELD_UNIQUE);

	buf_str(out, STR("SELECT "));
	sql_put_list(out, r, unique, ", ", sql_put_assignment);
	sql_put_from(out, r);
	sql_put_where(out, sql_key_name(r));
	buf_str(out, STR(" IS NOT ?1 AND ("));
	sql_put_list(out, r, unique, " OR ", sql_put_assignment);
	buf_char(out, ')');
}

static void (*const statements[])(struct buf *out, const struct resource *r) = {
	[SQL_LIST] = put_list_statement,
	[SQL_SLICE] = put_slice,
	[SQL_COUNT] = put_count,
	[SQL_PAGE] = put_page,
	[SQL_READ] = put_read,
	[SQL_EXISTS] = put_exists,
	[SQL_INSERT] = put_insert,
	[SQL_UPDATE] = put_update,
	[SQL_DELETE] = put_delete,
	[SQL_TAKEN] = put_taken,
};
_Static_assert(NITEMS(statements) == SQL__COUNT, "a purpose has no statement");

bool sql_applies(const struct resource *r, enum sql_purpose purpose)
{
	if (purpose == SQL_PAGE)
		return !resource_has_uuids(r);
	return purpose != SQL_TAKEN || sql_fields_with(r, FIELD_UNIQUE) != 0;
}

bool sql_writes(enum sql_purpose purpose)
{
	return purpose == SQL_INSERT || purpose == SQL_UPDATE || purpose == SQL_DELETE;
}

void sql_statement(struct buf *out, const struct resource *r, enum sql_purpose purpose)
{
	statements[purpose](out, r);
}

void sql_update_one(struct buf *out, const struct resource *r, unsigned field)
{
	put_update_of(out, r, UINT64_C(1) << field);
}

void sql_children(struct buf *out, const struct resource *r, unsigned field)
{
	sql_put_select(out, r);
	sql_put_where(out, r->fields[field].name);
	sql_put_equals_first(out);
	sql_put_order(out, r);
}

void sql_field(struct buf *out, const struct resource *r, unsigned field)
{
	buf_str(out, STR("SELECT "));
	sql_put_column(out, r, field);
	sql_put_from(out, r);
	sql_put_where(out, sql_key_name(r));
	sql_put_equals_first(out);
}

void sql_referring(struct buf *out, const struct resource *r, unsigned field)
{
	buf_str(out, STR("SELECT "));
	sql_name(out, sql_key_name(r));
	buf_str(out, STR(", "));
	if (r->parent)
		sql_name(out, sql_parent_name(r));
	else
		buf_char(out, '0');
	sql_put_from(out, r);
	sql_put_where(out, r->fields[field].name);
	sql_put_equals_first(out);
}

void sql_set_null(struct buf *out, const struct resource *r, unsigned field)
{
	uint64_t touched = sql_fields_with(r, FIELD_NOW_TOO);

	buf_str(out, STR("UPDATE "));
	sql_name(out, r->table);
	buf_str(out, STR(" SET "));
	sql_put_column(out, r, field);
	buf_str(out, touched ? STR(" = NULL, ") : STR(" = NULL"));
	sql_put_list(out, r, touched, ", ", sql_put_assignment);
	sql_put_where(out, r->fields[field].name);
	sql_put_equals_first(out);
}
