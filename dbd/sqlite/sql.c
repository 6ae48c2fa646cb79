#include "sql.h"

#include "record.h"
#include "table.h"

#include <sqlite3.h>

/* Quotes the name only if it is a keyword, as SQLAlchemy does. Declared names contain no quotes. */
static void put_name(struct buf *out, const char *name)
{
	bool keyword = sqlite3_keyword_check(name, (int)strlen(name)) != 0;

	buf_printf(out, keyword ? "\"%s\"" : "%s", name);
}

static const char *key_name(const struct resource *r)
{
	return r->fields[resource_field_with(r, FIELD_KEY)].name;
}

static const char *parent_name(const struct resource *r)
{
	return r->fields[resource_field_with(r, FIELD_PARENT)].name;
}

/* Sets of fields, as bits. */

static uint64_t all_fields(const struct resource *r)
{
	return record_all(r);
}

static uint64_t fields_with(const struct resource *r, enum field_flag flag)
{
	uint64_t fields = 0;

	for (unsigned i = 0; i < r->nfields; i++)
		if (r->fields[i].flags & flag)
			fields |= UINT64_C(1) << i;
	return fields;
}

static void put_column(struct buf *out, const struct resource *r, unsigned field)
{
	put_name(out, r->fields[field].name);
}

static void put_parameter(struct buf *out, const struct resource *r, unsigned field)
{
	(void)r;
	buf_printf(out, "?%u", field + 1);
}

static void put_assignment(struct buf *out, const struct resource *r, unsigned field)
{
	put_column(out, r, field);
	buf_str(out, STR(" = "));
	put_parameter(out, r, field);
}

static void put_list(struct buf *out, const struct resource *r, uint64_t fields,
	const char *between, void (*put)(struct buf *out, const struct resource *r, unsigned field))
{
	const char *separator = "";

	for (unsigned i = 0; i < r->nfields; i++) {
		if (!(fields >> i & 1))
			continue;
		buf_str(out, str_from(separator));
		put(out, r, i);
		separator = between;
	}
}

/* Clauses. */

static void put_from(struct buf *out, const struct resource *r)
{
	buf_str(out, STR(" FROM "));
	put_name(out, r->plural);
}

static void put_where(struct buf *out, const char *column)
{
	buf_str(out, STR(" WHERE "));
	put_name(out, column);
}

static void put_equals_first(struct buf *out)
{
	buf_str(out, STR(" = ?1"));
}

static void put_order(struct buf *out, const struct resource *r)
{
	buf_str(out, STR(" ORDER BY "));
	put_name(out, key_name(r));
}

static void put_select(struct buf *out, const struct resource *r)
{
	buf_str(out, STR("SELECT "));
	put_list(out, r, all_fields(r), ", ", put_column);
	put_from(out, r);
}

/* Statements. */

static void put_list_statement(struct buf *out, const struct resource *r)
{
	put_select(out, r);
	put_order(out, r);
}

static void put_count(struct buf *out, const struct resource *r)
{
	buf_str(out, STR("SELECT count(*)"));
	put_from(out, r);
}

static void put_page(struct buf *out, const struct resource *r)
{
	put_select(out, r);
	put_where(out, key_name(r));
	buf_str(out, STR(" > ?1"));
	put_order(out, r);
}

static void put_read(struct buf *out, const struct resource *r)
{
	put_select(out, r);
	put_where(out, key_name(r));
	put_equals_first(out);
}

static void put_children(struct buf *out, const struct resource *r)
{
	put_select(out, r);
	put_where(out, parent_name(r));
	put_equals_first(out);
	put_order(out, r);
}

static void put_exists(struct buf *out, const struct resource *r)
{
	buf_str(out, STR("SELECT "));
	if (r->parent)
		put_name(out, parent_name(r));
	else
		buf_char(out, '1');
	put_from(out, r);
	put_where(out, key_name(r));
	put_equals_first(out);
}

/* Inserts NULL for an absent row, which the column's NOT NULL refuses. SQLite looks the row up by
 * rowid inside the statement, which costs as much as enforcing a foreign key. */
static void put_checked(struct buf *out, const struct resource *r, unsigned field)
{
	const struct field *f = &r->fields[field];
	const struct resource *to = f->flags & FIELD_PARENT ? r->parent : f->to;

	buf_str(out, STR("CASE WHEN "));
	put_parameter(out, r, field);
	buf_str(out, STR(" IN (SELECT "));
	put_name(out, key_name(to));
	put_from(out, to);
	buf_str(out, STR(") THEN "));
	put_parameter(out, r, field);
	buf_str(out, STR(" END"));
}

static void put_inserted(struct buf *out, const struct resource *r, unsigned field)
{
	const struct field *f = &r->fields[field];
	bool checked = f->flags & FIELD_PARENT ||
		       (f->type == FIELD_REFERENCE && !(f->flags & FIELD_NULLABLE));

	(checked ? put_checked : put_parameter)(out, r, field);
}

static void put_insert(struct buf *out, const struct resource *r)
{
	uint64_t given = all_fields(r) & ~fields_with(r, FIELD_KEY);

	buf_str(out, STR("INSERT INTO "));
	put_name(out, r->plural);
	buf_str(out, STR(" ("));
	put_list(out, r, given, ", ", put_column);
	buf_str(out, STR(") VALUES ("));
	put_list(out, r, given, ", ", put_inserted);
	buf_char(out, ')');
}

static void put_update_of(struct buf *out, const struct resource *r, uint64_t fields)
{
	buf_str(out, STR("UPDATE "));
	put_name(out, r->plural);
	buf_str(out, STR(" SET "));
	put_list(out, r, fields, ", ", put_assignment);
	put_where(out, key_name(r));
	put_equals_first(out);
}

static void put_update(struct buf *out, const struct resource *r)
{
	put_update_of(out, r, fields_with(r, FIELD_INPUT) | fields_with(r, FIELD_NOW_TOO));
}

static void put_delete(struct buf *out, const struct resource *r)
{
	buf_str(out, STR("DELETE"));
	put_from(out, r);
	put_where(out, key_name(r));
	put_equals_first(out);
}

static void put_taken(struct buf *out, const struct resource *r)
{
	uint64_t unique = fields_with(r, FIELD_UNIQUE);

	buf_str(out, STR("SELECT 1"));
	put_from(out, r);
	put_where(out, key_name(r));
	buf_str(out, STR(" IS NOT ?1 AND ("));
	put_list(out, r, unique, " OR ", put_assignment);
	buf_char(out, ')');
}

static void (*const statements[])(struct buf *out, const struct resource *r) = {
	[SQL_LIST] = put_list_statement,
	[SQL_COUNT] = put_count,
	[SQL_PAGE] = put_page,
	[SQL_READ] = put_read,
	[SQL_CHILDREN] = put_children,
	[SQL_EXISTS] = put_exists,
	[SQL_INSERT] = put_insert,
	[SQL_UPDATE] = put_update,
	[SQL_DELETE] = put_delete,
	[SQL_TAKEN] = put_taken,
};
_Static_assert(NITEMS(statements) == SQL__COUNT, "a purpose has no statement");

bool sql_applies(const struct resource *r, enum sql_purpose purpose)
{
	switch (purpose) {
	case SQL_CHILDREN:
		return r->parent != NULL;
	case SQL_TAKEN:
		return fields_with(r, FIELD_UNIQUE) != 0;
	default:
		return true;
	}
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

void sql_referring(struct buf *out, const struct resource *r, unsigned field)
{
	buf_str(out, STR("SELECT "));
	put_name(out, key_name(r));
	buf_str(out, STR(", "));
	if (r->parent)
		put_name(out, parent_name(r));
	else
		buf_char(out, '0');
	put_from(out, r);
	put_where(out, r->fields[field].name);
	put_equals_first(out);
}

bool sql_is_below(const struct resource *r, const struct resource *ancestor)
{
	for (r = r->parent; r; r = r->parent)
		if (r == ancestor)
			return true;
	return false;
}

void sql_delete_below(struct buf *out, const struct resource *r, const struct resource *ancestor)
{
	unsigned depth = 0;

	buf_str(out, STR("DELETE"));
	put_from(out, r);
	put_where(out, parent_name(r));
	for (r = r->parent; r != ancestor; r = r->parent, depth++) {
		buf_str(out, STR(" IN (SELECT "));
		put_name(out, key_name(r));
		put_from(out, r);
		put_where(out, parent_name(r));
	}
	put_equals_first(out);
	while (depth-- > 0)
		buf_char(out, ')');
}

/* The schema. */

/* clang-format off */
#define COLUMN_TYPES(ROW) \
	ROW(FIELD_INT,       { 0 }, STR_INIT("INTEGER"), false) \
	ROW(FIELD_NUMBER,    { 0 }, STR_INIT("TEXT"), false) \
	ROW(FIELD_DECIMAL,   { 0 }, STR_INIT("TEXT"), false) \
	ROW(FIELD_BOOL,      { 0 }, STR_INIT("INTEGER"), false) \
	ROW(FIELD_STR,       STR_INIT("VARCHAR"), STR_INIT("VARCHAR"), false) \
	ROW(FIELD_TEXT,      { 0 }, STR_INIT("TEXT"), false) \
	ROW(FIELD_EMAIL,     STR_INIT("VARCHAR"), STR_INIT("VARCHAR"), false) \
	ROW(FIELD_URL,       { 0 }, STR_INIT("TEXT"), false) \
	ROW(FIELD_UUID,      { 0 }, STR_INIT("TEXT"), false) \
	ROW(FIELD_DATE,      { 0 }, STR_INIT("INTEGER"), false) \
	ROW(FIELD_TIME,      { 0 }, STR_INIT("INTEGER"), false) \
	ROW(FIELD_DATETIME,  { 0 }, STR_INIT("DATETIME"), true) \
	ROW(FIELD_ENUM,      { 0 }, STR_INIT("INTEGER"), false) \
	ROW(FIELD_LITERAL,   { 0 }, STR_INIT("INTEGER"), false) \
	ROW(FIELD_OBJECT,    { 0 }, STR_INIT("TEXT"), false) \
	ROW(FIELD_ARRAY,     { 0 }, STR_INIT("TEXT"), false) \
	ROW(FIELD_REFERENCE, { 0 }, STR_INIT("INTEGER"), false)
/* clang-format on */

static const struct {
	struct str bounded; /* len.max in parentheses follows */
	struct str unbounded;
	bool may_be_text; /* values are texts, so that a column of text affinity will do */
} column_types[] = { COLUMN_TYPES(TABLE_ROW) };
TABLE_IS_WHOLE(COLUMN_TYPES, FIELD_TYPE__COUNT);

bool sql_column_may_be_text(const struct field *f)
{
	return column_types[f->type].may_be_text;
}

void sql_column_type(struct buf *out, const struct field *f)
{
	if (f->len.max == FIELD_UNBOUNDED || column_types[f->type].bounded.len == 0) {
		buf_str(out, column_types[f->type].unbounded);
		return;
	}
	buf_str(out, column_types[f->type].bounded);
	buf_printf(out, "(%u)", f->len.max);
}

void sql_create_table(struct buf *out, const struct resource *r)
{
	buf_str(out, STR("CREATE TABLE "));
	put_name(out, r->plural);
	buf_str(out, STR(" (\n"));
	for (unsigned i = 0; i < r->nfields; i++) {
		buf_char(out, '\t');
		put_column(out, r, i);
		buf_char(out, ' ');
		sql_column_type(out, &r->fields[i]);
		buf_str(out, STR(" NOT NULL, \n"));
	}
	buf_str(out, STR("\tPRIMARY KEY ("));
	put_name(out, key_name(r));
	buf_char(out, ')');
	if (r->parent) {
		buf_str(out, STR(", \n\tFOREIGN KEY("));
		put_name(out, parent_name(r));
		buf_str(out, STR(") REFERENCES "));
		put_name(out, r->parent->plural);
		buf_str(out, STR(" ("));
		put_name(out, key_name(r->parent));
		buf_char(out, ')');
	}
	buf_str(out, STR("\n)"));
}

void sql_index_name(struct buf *out, const struct resource *r, unsigned field)
{
	buf_printf(out, "ix_%s_%s", r->plural, r->fields[field].name);
}

void sql_create_index(struct buf *out, const struct resource *r, unsigned field)
{
	bool unique = (r->fields[field].flags & FIELD_UNIQUE) != 0;

	buf_str(out, unique ? STR("CREATE UNIQUE INDEX ") : STR("CREATE INDEX "));
	sql_index_name(out, r, field);
	buf_str(out, STR(" ON "));
	put_name(out, r->plural);
	buf_str(out, STR(" ("));
	put_column(out, r, field);
	buf_char(out, ')');
}
