/* Types, tables and indexes. */
#include "pg_sql.h"

#include "pg_sql_parts.h"
#include "sql_types.h"
#include "table.h"

#include <ctype.h>
#include <stdio.h>

/* Types of columns. */

static void put_zone(struct buf *out, const struct field *f, const char *type)
{
	buf_str(out, str_from(type));
	buf_str(out,
		f->flags & FIELD_TIMEZONE ? STR(" WITH TIME ZONE") : STR(" WITHOUT TIME ZONE"));
}

/* The name of the class in lower case. */
static void put_enum(struct buf *out, const struct field *f, const char *type)
{
	char name[PG_NAME_MAX + 1];
	size_t i = 0;

	(void)type;
	for (; i < PG_NAME_MAX && f->choices->schema[i]; i++)
		name[i] = (char)tolower((unsigned char)f->choices->schema[i]);
	name[i] = '\0';
	pg_sql_name(out, name);
}

/* clang-format off */
#define COLUMN_TYPES(ROW) \
	ROW(FIELD_INT,        sql_put_plain,      "INTEGER") \
	ROW(FIELD_NUMBER,     sql_put_plain,      "FLOAT") \
	ROW(FIELD_DECIMAL,    sql_put_precision,  "NUMERIC") \
	ROW(FIELD_BOOL,       sql_put_plain,      "BOOLEAN") \
	ROW(FIELD_STR,        sql_put_length,     "VARCHAR") \
	ROW(FIELD_TEXT,       sql_put_plain,      "TEXT") \
	ROW(FIELD_EMAIL,      sql_put_length,     "VARCHAR") \
	ROW(FIELD_URL,        sql_put_length,     "VARCHAR") \
	ROW(FIELD_UUID,       sql_put_plain,      "UUID") \
	ROW(FIELD_DATE,       sql_put_plain,      "DATE") \
	ROW(FIELD_TIME,       put_zone,           "TIME") \
	ROW(FIELD_DATETIME,   put_zone,           "TIMESTAMP") \
	ROW(FIELD_ENUM,       put_enum,           NULL) \
	ROW(FIELD_LITERAL,    sql_put_literal,    "VARCHAR") \
	ROW(FIELD_OBJECT,     sql_put_plain,      "JSON") \
	ROW(FIELD_ARRAY,      sql_put_plain,      "JSON") \
	ROW(FIELD_LINKS,      NULL,               NULL)
/* clang-format on */

static const struct {
	void (*put)(struct buf *out, const struct field *f, const char *type);
	const char *type;
} column_types[] = { COLUMN_TYPES(TABLE_ROW) };
TABLE_IS_WHOLE(COLUMN_TYPES, FIELD_TYPE__COUNT);

void pg_sql_column_type(struct buf *out, const struct field *f)
{
	column_types[f->type].put(out, f, column_types[f->type].type);
}

/* Quotes are doubled. */
static void put_string(struct buf *out, struct str text)
{
	buf_char(out, '\'');
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] == '\'')
			buf_char(out, '\'');
		buf_char(out, text.ptr[i]);
	}
	buf_char(out, '\'');
}

void pg_sql_create_type(struct buf *out, const struct field *f)
{
	const char *separator = "";

	buf_str(out, STR("CREATE TYPE "));
	pg_sql_column_type(out, f);
	buf_str(out, STR(" AS ENUM ("));
	for (unsigned i = 0; i < f->choices->count; i++) {
		buf_str(out, str_from(separator));
		put_string(out, f->choices->list[i].name);
		separator = ", ";
	}
	buf_char(out, ')');
}

void pg_sql_add_label(struct buf *out, const struct field *f, unsigned choice)
{
	buf_str(out, STR("ALTER TYPE "));
	pg_sql_column_type(out, f);
	buf_str(out, STR(" ADD VALUE "));
	put_string(out, f->choices->list[choice].name);
}

/* Columns. */

static bool is_counted(const struct field *f)
{
	return f->flags & FIELD_KEY && f->type == FIELD_INT && !f->to;
}

void pg_sql_column(struct buf *out, const struct field *f)
{
	pg_sql_name(out, f->name);
	buf_char(out, ' ');
	if (is_counted(f))
		buf_str(out, STR("SERIAL"));
	else
		pg_sql_column_type(out, f);
	if (!(f->flags & FIELD_NULLABLE))
		buf_str(out, STR(" NOT NULL"));
}

static void put_foreign_key(struct buf *out, const struct field *f)
{
	buf_str(out, STR("FOREIGN KEY("));
	pg_sql_name(out, f->name);
	buf_str(out, STR(") REFERENCES "));
	pg_sql_name(out, f->to->table);
	buf_str(out, STR(" ("));
	pg_sql_name(out, pg_key_field(f->to)->name);
	buf_char(out, ')');
}

/* SQLAlchemy writes constraints in the order of their creation: that of the columns, and for each
 * column UNIQUE first. */
static void put_constraints(struct buf *out, const struct field *f, bool refers)
{
	if (sql_has_unique_constraint(f)) {
		buf_str(out, STR(", \n\tUNIQUE ("));
		pg_sql_name(out, f->name);
		buf_char(out, ')');
	}
	if (f->to && refers) {
		buf_str(out, STR(", \n\t"));
		put_foreign_key(out, f);
	}
}

void pg_sql_create_table(struct buf *out, const struct resource *r, uint64_t references)
{
	uint64_t keys = 0;

	buf_str(out, STR("CREATE TABLE "));
	pg_sql_name(out, r->table);
	buf_str(out, STR(" (\n"));
	for (unsigned i = 0; i < resource_columns(r); i++) {
		buf_char(out, '\t');
		pg_sql_column(out, &r->fields[i]);
		buf_str(out, STR(", \n"));
		keys |= r->fields[i].flags & FIELD_KEY ? UINT64_C(1) << i : 0;
	}
	buf_str(out, STR("\tPRIMARY KEY ("));
	pg_put_columns(out, NULL, r, keys);
	buf_char(out, ')');
	for (unsigned i = 0; i < resource_columns(r); i++)
		put_constraints(out, &r->fields[i], references >> i & 1);
	buf_str(out, STR("\n)"));
}

void pg_sql_add_reference(struct buf *out, const struct resource *r, unsigned field)
{
	buf_str(out, STR("ALTER TABLE "));
	pg_sql_name(out, r->table);
	buf_str(out, STR(" ADD "));
	put_foreign_key(out, &r->fields[field]);
}

/* PostgreSQL finds a name of its own for an index whose name would be too long. */
static void put_index_name(struct buf *out, const struct resource *r, const struct field *f)
{
	char name[PG_NAME_MAX + 1];
	int length = snprintf(name, sizeof(name), "ix_%s_%s", r->table, f->name);

	if (length > PG_NAME_MAX)
		return;
	pg_sql_name(out, name);
	buf_char(out, ' ');
}

void pg_sql_create_index(struct buf *out, const struct resource *r, unsigned field)
{
	const struct field *f = &r->fields[field];

	buf_str(out, f->flags & FIELD_UNIQUE ? STR("CREATE UNIQUE INDEX ") : STR("CREATE INDEX "));
	put_index_name(out, r, f);
	buf_str(out, STR("ON "));
	pg_sql_name(out, r->table);
	buf_str(out, STR(" ("));
	pg_sql_name(out, f->name);
	buf_char(out, ')');
}
